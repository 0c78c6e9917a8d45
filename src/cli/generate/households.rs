//! A household: its card, place, decile, house, assets and members.

use super::calendar::{age, days_before, delivery_date};
use super::dwelling::Dwelling;
use super::life::Life;
use super::members::{Draft, GeneratedMember, draft};
use super::places::{Home, Village, home};
use super::rng::{Dice, Topic, mix};
use super::{names, numbers};
use chrono::Datelike;

/// Households of a thousand in each national decile, poorest first: the nation has a hundred in each, and
/// Bangkalan more poor ones (450 in deciles 1 to 4).
pub const DECILE_PER_THOUSAND: [u32; 10] = [105, 115, 117, 113, 110, 107, 101, 92, 79, 61];

/// A household as the delivery of one quarter shows it.
#[derive(Debug, Clone)]
pub struct GeneratedHousehold {
    /// Which household it is, over all quarters.
    pub index: u64,
    /// Its family card number: sixteen digits, well formed, given to no other.
    pub kk_number: String,
    /// Where it lives.
    pub village: &'static Village,
    /// Hamlet (dusun).
    pub hamlet: &'static str,
    /// Neighbourhood (RT), from 1.
    pub rt: u32,
    /// Ward (RW), from 1.
    pub rw: u32,
    /// National decile, 1 to 10.
    pub decile: u8,
    /// House, assets and livestock.
    pub dwelling: Dwelling,
    /// Head first.
    pub members: Vec<GeneratedMember>,
    /// The decile of its first quarter, which its house and schooling follow.
    pub(super) welfare: u8,
    pub(super) home: Home,
    /// The region of its members' numbers.
    pub(super) number_region: String,
}

impl GeneratedHousehold {
    /// The address (alamat) of the family file.
    #[must_use]
    pub fn address(&self) -> String {
        format!("DUSUN {} RT {:03} RW {:03}", self.hamlet.to_uppercase(), self.rt, self.rw)
    }

    /// Its decile among the families of the regency, by where the middle of its national decile lies there.
    #[must_use]
    pub fn decile_regency(&self) -> u8 {
        let at = usize::from(self.decile.clamp(1, 10)) - 1;
        let poorer: u32 = DECILE_PER_THOUSAND[..at].iter().sum();
        ((poorer + DECILE_PER_THOUSAND[at] / 2) / 100 + 1).min(10) as u8
    }

    /// Its decile among the families of the province, whose spread is taken as the nation's.
    #[must_use]
    pub fn decile_province(&self) -> u8 {
        self.decile
    }

    pub(super) fn settle_in(&mut self, village: &'static Village, dice: &mut Dice) {
        self.village = village;
        self.hamlet = names::hamlet(dice);
        self.rt = dice.between(1, 12);
        self.rw = dice.between(1, 6);
    }
}

/// The household that lives at this place of the order in its first quarter. `arrived_in` is the quarter in
/// which it came from elsewhere.
pub(super) fn found(seed: u64, index: u64, place: u32, arrived_in: Option<u32>) -> GeneratedHousehold {
    let home = home(seed, place);
    let decile = 1 + Dice::new(seed, index, Topic::Decile, 0).weighted(&DECILE_PER_THOUSAND) as u8;
    let mut dice = Dice::new(seed, index, Topic::Place, 0);
    let mut household = GeneratedHousehold {
        index,
        kk_number: match arrived_in {
            Some(quarter) => numbers::later_card(&home, quarter, true),
            None => numbers::card(&home, &mut dice),
        },
        village: home.village,
        hamlet: "",
        rt: 1,
        rw: 1,
        decile,
        dwelling: Dwelling::of(seed, index, decile),
        members: Vec::new(),
        welfare: decile,
        home,
        number_region: numbers::region_of(&home, arrived_in),
    };
    household.settle_in(home.village, &mut dice);
    for (slot, draft) in draft(seed, index, decile).into_iter().enumerate() {
        let member = register(seed, &household, draft, slot as u32);
        household.members.push(member);
    }
    household
}

/// Gives a drafted member a birth date, a number and a name.
pub(super) fn register(seed: u64, household: &GeneratedHousehold, draft: Draft, slot: u32) -> GeneratedMember {
    let key = mix(household.index).wrapping_add(u64::from(slot));
    let mut dice = Dice::new(seed, key, Topic::Name, 0);
    let rank = household.home.rank;
    let years = (f64::from(draft.age) * 365.25) as u32;
    let wanted = days_before(delivery_date(1), years + dice.below(302));
    let birth_date = numbers::birth_date(wanted, rank, slot);
    GeneratedMember {
        nik: numbers::nik(&household.number_region, birth_date, draft.sex, rank, slot),
        name: names::person(&mut dice, draft.sex),
        birth_date,
        sex: draft.sex,
        relation: draft.relation,
        marital: draft.marital,
        deceased: false,
        card_village: household.village,
        life: Life::default(),
        key,
    }
}

/// Fills in what depends on the day of the delivery.
pub(super) fn describe(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let (today, welfare) = (delivery_date(quarter), household.welfare);
    for member in &mut household.members {
        let years = age(member.birth_date, today);
        let born = member.birth_date.year();
        member.life = Life::of(seed, member.key, years, born, member.sex, welfare);
    }
}
