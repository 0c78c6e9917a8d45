//! Who lives in a household: head, spouse, children, parents, with ages that fit together.

use super::life::Life;
use super::places::Village;
use super::rng::{Dice, Topic};
use chrono::NaiveDate;

/// The most members of a household in the first quarter.
pub const MOST_MEMBERS: usize = 10;

/// Sex (jenis kelamin).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Laki-laki.
    Male = 1,
    /// Perempuan.
    Female = 2,
}

impl Sex {
    /// What a NIK adds to the day of birth.
    #[must_use]
    pub const fn day_shift(self) -> u32 {
        match self {
            Self::Male => 0,
            Self::Female => 40,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Male => Self::Female,
            Self::Female => Self::Male,
        }
    }

    fn drawn(dice: &mut Dice) -> Self {
        if dice.chance(0.51) { Self::Male } else { Self::Female }
    }
}

/// Relation to the head (status hubungan keluarga), as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Kepala keluarga.
    Head = 1,
    /// Istri/suami.
    Spouse = 2,
    /// Anak.
    Child = 3,
    /// Menantu.
    ChildInLaw = 4,
    /// Cucu.
    Grandchild = 5,
    /// Orang tua/mertua.
    Parent = 6,
    /// Lainnya.
    Other = 8,
}

/// Marital status (status kawin), as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marital {
    /// Belum kawin.
    Single = 1,
    /// Kawin.
    Married = 2,
    /// Cerai hidup.
    Divorced = 3,
    /// Cerai mati.
    Widowed = 4,
}

/// A member of a generated household, as the delivery of one quarter shows them.
#[derive(Debug, Clone)]
pub struct GeneratedMember {
    /// Sixteen digits, well formed, given to nobody else.
    pub nik: String,
    /// In capitals; begins with `(ALM)` when the member is dead but still listed.
    pub name: String,
    /// Agrees with the NIK.
    pub birth_date: NaiveDate,
    /// Agrees with the NIK.
    pub sex: Sex,
    /// To the head of this household.
    pub relation: Relation,
    /// Marital status.
    pub marital: Marital,
    /// Dead, and marked so.
    pub deceased: bool,
    /// The village on the identity card, which lags behind a move.
    pub card_village: &'static Village,
    /// Schooling, work and health on the delivery's day.
    pub life: Life,
    /// Names the person over all quarters.
    pub(super) key: u64,
}

/// A member before numbers and names: who they are to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    pub sex: Sex,
    pub age: u32,
    pub relation: Relation,
    pub marital: Marital,
}

/// The kinds of household, and how many of a hundred are so.
const KINDS: [u32; 6] = [
    51, // a couple with children
    12, // a couple alone
    7,  // one parent with children
    15, // three generations, the grandparents as guests
    6,  // three generations, the grandparents as hosts
    9,  // one person alone
];

/// Whom a household of this decile consists of in its first quarter, head first.
pub(super) fn draft(seed: u64, index: u64, decile: u8) -> Vec<Draft> {
    let mut dice = Dice::new(seed, index, Topic::Composition, 0);
    let mut members = match dice.weighted(&KINDS) {
        0 => couple_with_children(&mut dice, decile),
        1 => couple_alone(&mut dice),
        2 => one_parent(&mut dice, decile),
        3 => with_grandparents(&mut dice, decile),
        4 => with_grandchildren(&mut dice),
        _ => vec![alone(&mut dice)],
    };
    members.truncate(MOST_MEMBERS);
    members
}

fn couple(dice: &mut Dice, age: u32) -> Vec<Draft> {
    let wife_age = age.saturating_sub(dice.below(8)).max(19);
    vec![
        Draft { sex: Sex::Male, age, relation: Relation::Head, marital: Marital::Married },
        Draft { sex: Sex::Female, age: wife_age, relation: Relation::Spouse, marital: Marital::Married },
    ]
}

fn couple_with_children(dice: &mut Dice, decile: u8) -> Vec<Draft> {
    let age = 24 + dice.below(16) + dice.below(17);
    let mut members = couple(dice, age);
    let mother = members[1].age;
    members.extend(children(dice, mother, decile));
    members
}

fn couple_alone(dice: &mut Dice) -> Vec<Draft> {
    let age = if dice.chance(0.3) { dice.between(22, 34) } else { dice.between(50, 79) };
    couple(dice, age)
}

fn one_parent(dice: &mut Dice, decile: u8) -> Vec<Draft> {
    let sex = if dice.chance(0.8) { Sex::Female } else { Sex::Male };
    let marital = if dice.chance(0.6) { Marital::Widowed } else { Marital::Divorced };
    let age = dice.between(28, 58);
    let mut members = vec![Draft { sex, age, relation: Relation::Head, marital }];
    members.extend(children(dice, age, decile).into_iter().take(3));
    members
}

fn with_grandparents(dice: &mut Dice, decile: u8) -> Vec<Draft> {
    let mut members = couple_with_children(dice, decile);
    let oldest = members[0].age.max(members[1].age);
    let age = (oldest + dice.between(18, 32)).min(92);
    if dice.chance(0.25) {
        for sex in [Sex::Male, Sex::Female] {
            members.push(Draft { sex, age, relation: Relation::Parent, marital: Marital::Married });
        }
    } else {
        let sex = if dice.chance(0.75) { Sex::Female } else { Sex::Male };
        members.push(Draft { sex, age, relation: Relation::Parent, marital: Marital::Widowed });
    }
    members
}

fn with_grandchildren(dice: &mut Dice) -> Vec<Draft> {
    let age = dice.between(50, 72);
    let mut members = couple(dice, age);
    let child = Draft {
        sex: Sex::drawn(dice),
        age: (members[1].age - dice.between(19, 26)).max(22),
        relation: Relation::Child,
        marital: Marital::Married,
    };
    let in_law = Draft { sex: child.sex.other(), relation: Relation::ChildInLaw, ..child };
    members.extend([child, in_law]);
    let mut age = (child.age - 21).min(dice.below(9));
    for _ in 0..dice.between(1, 2) {
        members.push(young(dice, age, Relation::Grandchild));
        age = age.saturating_sub(3);
    }
    members
}

fn alone(dice: &mut Dice) -> Draft {
    let sex = if dice.chance(0.65) { Sex::Female } else { Sex::Male };
    let (age, marital) = if dice.chance(0.6) {
        (dice.between(58, 88), Marital::Widowed)
    } else {
        let status = *dice.pick(&[Marital::Single, Marital::Divorced, Marital::Widowed]);
        (dice.between(26, 57), status)
    };
    Draft { sex, age, relation: Relation::Head, marital }
}

fn young(dice: &mut Dice, age: u32, relation: Relation) -> Draft {
    Draft { sex: Sex::drawn(dice), age, relation, marital: Marital::Single }
}

/// Children still at home, the oldest first. Poor families have more; most leave from their mid-twenties.
fn children(dice: &mut Dice, mother: u32, decile: u8) -> Vec<Draft> {
    let more = u32::from(decile <= 3 && dice.chance(0.7));
    let born = 1 + dice.weighted(&[21, 40, 25, 10, 4]) as u32 + more;
    let mut at_mother_s = dice.between(18, 26);
    let mut at_home = Vec::new();
    for _ in 0..born {
        if at_mother_s > mother.min(44) {
            break;
        }
        let age = mother - at_mother_s;
        let stays = if age < 20 {
            1.0
        } else if age < 27 {
            0.4
        } else {
            0.12
        };
        if dice.chance(stays) {
            at_home.push(young(dice, age, Relation::Child));
        }
        at_mother_s += dice.between(2, 6);
    }
    at_home
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_at_least_sixteen_years_older_than_children() {
        for index in 0..5_000 {
            let members = draft(1, index, 1 + (index % 10) as u8);
            let of = |relation| members.iter().filter(move |member| member.relation == relation);
            let head = members[0].age;
            let spouse = of(Relation::Spouse).map(|member| member.age).max().unwrap_or(head);
            assert!(of(Relation::Child).all(|child| child.age + 16 <= head.min(spouse)), "{index}");
            assert!(of(Relation::Parent).all(|parent| parent.age >= head + 16), "{index}");
        }
    }

    #[test]
    fn the_head_comes_first_and_there_is_one() {
        for index in 0..2_000 {
            let members = draft(1, index, 3);
            let heads = members.iter().filter(|member| member.relation == Relation::Head).count();
            assert_eq!((members[0].relation, heads), (Relation::Head, 1));
            assert!(members.len() <= MOST_MEMBERS);
        }
    }
}
