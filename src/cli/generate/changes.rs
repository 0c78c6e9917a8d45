//! What a quarter does to a household. All rates are per quarter, and of our own choosing within what the
//! field reports; figures of a delivery may be checked against them.

use super::calendar::{age, delivery_date};
use super::households::{GeneratedHousehold, found, register};
use super::lists::{self, Origin};
use super::members::{Draft, Marital, Relation, Sex};
use super::numbers::{INFANT_SLOT, SPOUSE_SLOT, later_card, newborn};
use super::places::villages;
use super::rng::{Dice, Topic, mix};
use super::{members::GeneratedMember, names};

/// Households that leave the regency.
pub const LEAVE_RATE: f64 = 0.01;
/// Households that arrive, for each that was there in the first quarter.
pub const ARRIVE_RATE: f64 = 0.01;
/// Households whose decile changes.
pub const DECILE_CHANGE_RATE: f64 = 0.12;
/// Of those whose decile changes and that stand low or high enough for it, how many move 7 steps or more.
pub const EXTREME_SHARE: f64 = 0.04;
/// Of those whose decile changes, how many move two or three steps.
pub const FEW_STEPS_SHARE: f64 = 0.12;
/// Households that move to another village of the regency.
pub const MOVE_RATE: f64 = 0.007;
/// Households with a woman of 19 to 41 in which a child is born.
pub const BIRTH_RATE: f64 = 0.025;
/// Members of 60 and more who die.
pub const DEATH_RATE_OLD: f64 = 0.009;
/// Other members who die.
pub const DEATH_RATE: f64 = 0.000_4;
/// Of the dead, how many are still listed, with `(ALM)` before the name, for the quarter of their death.
pub const LISTED_DEAD_SHARE: f64 = 0.4;
/// Households from which a grown child founds a family with a card of its own, if there is one.
pub const SPLIT_RATE: f64 = 0.02;
/// Persons living alone who move in with another family, among those who may (every second place).
pub const MERGE_RATE: f64 = 0.03;

/// Lets a quarter pass. `false`: the household is no longer there.
pub(super) fn pass_quarter(seed: u64, household: &mut GeneratedHousehold, quarter: u32) -> bool {
    if leaves(seed, household.index, quarter) || moves_in_elsewhere(seed, household, quarter) {
        return false;
    }
    bury(household);
    take_in(seed, household, quarter);
    child_leaves(seed, household, quarter);
    someone_dies(seed, household, quarter);
    child_is_born(seed, household, quarter);
    move_village(seed, household, quarter);
    change_decile(seed, household, quarter);
    !household.members.is_empty()
}

fn dice(seed: u64, index: u64, topic: Topic, quarter: u32) -> Dice {
    Dice::new(seed, index, topic, quarter.into())
}

fn leaves(seed: u64, index: u64, quarter: u32) -> bool {
    dice(seed, index, Topic::Leave, quarter).chance(LEAVE_RATE)
}

/// Whether a household arrives in this quarter beside the one with this place.
pub(super) fn arrives(seed: u64, place: u32, quarter: u32) -> bool {
    dice(seed, place.into(), Topic::Arrive, quarter).chance(ARRIVE_RATE)
}

/// A person who lives alone at an odd place moves in with the family at the place before.
fn moves_in_elsewhere(seed: u64, household: &GeneratedHousehold, quarter: u32) -> bool {
    let may_move = household.index % 2 == 1
        && Origin::of(household.index).is_base()
        && household.members.len() == 1
        && !household.members[0].deceased
        && wants_to_move_in(seed, household.index, quarter);
    may_move && takes_in(seed, household.index - 1)
}

fn wants_to_move_in(seed: u64, index: u64, quarter: u32) -> bool {
    dice(seed, index, Topic::Merge, quarter).chance(MERGE_RATE)
}

/// Families of two and more that never leave may take in a guest.
fn takes_in(seed: u64, index: u64) -> bool {
    !(2..=super::calendar::LAST_QUARTER).any(|quarter| leaves(seed, index, quarter))
        && found(seed, index, Origin::of(index).place(), None).members.len() >= 2
}

fn take_in(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let guest_index = household.index + 1;
    if !Origin::of(household.index).is_base()
        || household.index % 2 == 1
        || !wants_to_move_in(seed, guest_index, quarter)
        || leaves(seed, guest_index, quarter)
        || !takes_in(seed, household.index)
    {
        return;
    }
    let Some(guest) = lists::undescribed(seed, guest_index, quarter - 1) else {
        return;
    };
    if !moves_in_elsewhere(seed, &guest, quarter) {
        return;
    }
    let head_born = household.members.first().map(|head| head.birth_date);
    for mut member in guest.members {
        let older_by = head_born.map_or(0, |born| age(member.birth_date, born));
        member.relation = if older_by >= 16 { Relation::Parent } else { Relation::Other };
        household.members.push(member);
    }
}

/// Those listed as dead in the quarter before are gone now.
fn bury(household: &mut GeneratedHousehold) {
    household.members.retain(|member| !member.deceased);
    put_a_head_first(household);
}

fn someone_dies(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let today = delivery_date(quarter);
    let dead = household.members.iter().position(|member| {
        let rate = if age(member.birth_date, today) >= 60 { DEATH_RATE_OLD } else { DEATH_RATE };
        dice(seed, member.key, Topic::Death, quarter).chance(rate)
    });
    let Some(position) = dead else { return };
    let mut chance = dice(seed, household.index, Topic::Death, quarter);
    if household.members[position].relation == Relation::Head {
        widow(household, Relation::Spouse);
    } else if household.members[position].relation == Relation::Spouse {
        widow(household, Relation::Head);
    }
    if chance.chance(LISTED_DEAD_SHARE) {
        let member = &mut household.members[position];
        member.deceased = true;
        member.name = format!("(ALM) {}", member.name);
    } else {
        household.members.remove(position);
        put_a_head_first(household);
    }
}

fn widow(household: &mut GeneratedHousehold, relation: Relation) {
    for member in household.members.iter_mut().filter(|member| member.relation == relation) {
        member.marital = Marital::Widowed;
    }
}

/// Where the head is gone, the spouse becomes head, or else the oldest; the others stay what they are to the
/// couple, except that brothers and sisters of a new head count as others.
fn put_a_head_first(household: &mut GeneratedHousehold) {
    let members = &mut household.members;
    if members.first().is_none_or(|first| first.relation == Relation::Head) {
        return;
    }
    let spouse = members.iter().position(|member| member.relation == Relation::Spouse);
    let oldest = (0..members.len()).min_by_key(|at| members[*at].birth_date);
    let Some(heir) = spouse.or(oldest) else {
        return;
    };
    let mut head = members.remove(heir);
    if spouse.is_none() {
        for member in members.iter_mut() {
            member.relation = Relation::Other;
        }
    }
    head.relation = Relation::Head;
    members.insert(0, head);
}

fn child_is_born(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let today = delivery_date(quarter);
    let mother = household.members.iter().any(|member| {
        member.sex == Sex::Female
            && member.marital == Marital::Married
            && matches!(member.relation, Relation::Head | Relation::Spouse)
            && (19..=41).contains(&age(member.birth_date, today))
    });
    let mut dice = dice(seed, household.index, Topic::Birth, quarter);
    // Only numbers of households of the first quarter have room for births.
    if !mother || !Origin::of(household.index).is_base() || !dice.chance(BIRTH_RATE) {
        return;
    }
    let sex = if dice.chance(0.51) { Sex::Male } else { Sex::Female };
    let (birth_date, nik) = newborn(&household.number_region, sex, household.home.rank, quarter);
    household.members.push(GeneratedMember {
        nik,
        name: names::person(&mut dice, sex),
        birth_date,
        sex,
        relation: Relation::Child,
        marital: Marital::Single,
        deceased: false,
        card_village: household.village,
        life: Default::default(),
        key: mix(household.index).wrapping_add(100 + u64::from(quarter)),
    });
}

/// Whether a grown child would found a family in this quarter, were there one.
pub(super) fn splits(seed: u64, index: u64, quarter: u32) -> bool {
    dice(seed, index, Topic::Split, quarter).chance(SPLIT_RATE)
        && !(2..quarter).any(|before| dice(seed, index, Topic::Split, before).chance(SPLIT_RATE))
}

fn grown_child(household: &GeneratedHousehold, quarter: u32) -> Option<usize> {
    let today = delivery_date(quarter);
    let grown = |member: &GeneratedMember| {
        member.relation == Relation::Child
            && member.marital == Marital::Single
            && (20..=32).contains(&age(member.birth_date, today))
    };
    household.members.iter().position(grown)
}

fn child_leaves(seed: u64, household: &mut GeneratedHousehold, quarter: u32) -> Option<GeneratedMember> {
    if !Origin::of(household.index).is_base() || !splits(seed, household.index, quarter) {
        return None;
    }
    grown_child(household, quarter).map(|child| household.members.remove(child))
}

/// The family that a grown child of the household at `place` founds in `quarter`, with a card of its own.
pub(super) fn new_family(seed: u64, index: u64, place: u32, quarter: u32) -> Option<GeneratedHousehold> {
    let mut family = lists::undescribed(seed, place.into(), quarter - 1)?;
    if leaves(seed, place.into(), quarter) || moves_in_elsewhere(seed, &family, quarter) {
        return None;
    }
    // The parents' quarter up to the point where the child leaves, as in `pass_quarter`.
    bury(&mut family);
    take_in(seed, &mut family, quarter);
    let child = child_leaves(seed, &mut family, quarter)?;

    let mut dice = dice(seed, index, Topic::Birth, 0);
    family.index = index;
    family.kk_number = later_card(&family.home, quarter, false);
    family.members = marry(seed, &family, child);
    if dice.chance(0.3) {
        let infant = Draft { sex: Sex::Male, age: 0, relation: Relation::Child, marital: Marital::Single };
        let infant = register(seed, &family, infant, INFANT_SLOT);
        family.members.push(infant);
    }
    family.settle_in(family.village, &mut dice);
    Some(family)
}

/// The couple that a grown child becomes one of, husband first.
fn marry(seed: u64, family: &GeneratedHousehold, mut child: GeneratedMember) -> Vec<GeneratedMember> {
    let years = age(child.birth_date, delivery_date(1));
    let (own, other, other_sex) = match child.sex {
        Sex::Male => (Relation::Head, Relation::Spouse, Sex::Female),
        Sex::Female => (Relation::Spouse, Relation::Head, Sex::Male),
    };
    child.relation = own;
    child.marital = Marital::Married;
    let spouse = Draft { sex: other_sex, age: years.max(20), relation: other, marital: Marital::Married };
    let spouse = register(seed, family, spouse, SPOUSE_SLOT);
    match other {
        Relation::Head => vec![spouse, child],
        _ => vec![child, spouse],
    }
}

fn move_village(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let mut dice = dice(seed, household.index, Topic::Move, quarter);
    if !dice.chance(MOVE_RATE) {
        return;
    }
    let village = dice.pick(villages());
    if village.code != household.village.code {
        household.settle_in(village, &mut dice);
    }
}

fn change_decile(seed: u64, household: &mut GeneratedHousehold, quarter: u32) {
    let mut dice = dice(seed, household.index, Topic::Step, quarter);
    if !dice.chance(DECILE_CHANGE_RATE) {
        return;
    }
    let decile = i32::from(household.decile);
    let (kind, up) = (dice.fraction(), dice.chance(0.5));
    let extreme = kind < EXTREME_SHARE && (decile <= 3 || decile >= 8);
    let steps = match kind {
        _ if extreme => 7,
        kind if kind < EXTREME_SHARE + FEW_STEPS_SHARE => dice.between(2, 3) as i32,
        _ => 1,
    };
    let up = if extreme { decile <= 3 } else { up };
    let moved = if up { decile + steps } else { decile - steps };
    // Who would fall off the scale moves the other way instead.
    let moved = if (1..=10).contains(&moved) { moved } else { 2 * decile - moved };
    household.decile = moved.clamp(1, 10) as u8;
}
