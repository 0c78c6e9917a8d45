//! Which households a delivery has, and each of them by its index.
//!
//! An index names a household over all quarters; what it is in a quarter is a pure function of seed, index and
//! quarter. So tests and the demo can name households that a delivery really has, without reading its files.

use super::calendar::LAST_QUARTER;
use super::households::{GeneratedHousehold, describe, found};
use super::{changes, dirt};

const OFFSHOOT: u64 = 1 << 40;

/// What an index means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// There from the first quarter on; the index is its place in the order.
    Base(u32),
    /// Arrived beside this place in this quarter.
    Newcomer(u32, u32),
    /// Founded by a grown child of the household at this place.
    Offshoot(u32),
}

impl Origin {
    /// What this index means.
    #[must_use]
    pub const fn of(index: u64) -> Self {
        let place = index as u32;
        if index >= OFFSHOOT {
            Self::Offshoot(place)
        } else if index >> 32 > 0 {
            Self::Newcomer(place, (index >> 32) as u32)
        } else {
            Self::Base(place)
        }
    }

    /// The index that means this.
    #[must_use]
    pub const fn index(self) -> u64 {
        match self {
            Self::Base(place) => place as u64,
            Self::Newcomer(place, quarter) => (quarter as u64) << 32 | place as u64,
            Self::Offshoot(place) => OFFSHOOT | place as u64,
        }
    }

    /// The place in the order that it stands at or beside.
    #[must_use]
    pub const fn place(self) -> u32 {
        match self {
            Self::Base(place) | Self::Newcomer(place, _) | Self::Offshoot(place) => place,
        }
    }

    /// Whether it was there in the first quarter.
    #[must_use]
    pub const fn is_base(self) -> bool {
        matches!(self, Self::Base(_))
    }
}

/// The household of this index in the delivery of this quarter (1 to 4); `None` where it is not there yet or
/// no longer, or there is no such household.
#[must_use]
pub fn household(seed: u64, index: u64, quarter: u32) -> Option<GeneratedHousehold> {
    let mut household = undescribed(seed, index, quarter)?;
    describe(seed, &mut household, quarter);
    Some(household)
}

/// Whether the delivery of this quarter has this household.
#[must_use]
pub fn exists(seed: u64, index: u64, quarter: u32) -> bool {
    undescribed(seed, index, quarter).is_some()
}

/// Whether the household's lines come through undamaged in a dirty delivery, so that it can be looked up by
/// its numbers and has all its members.
#[must_use]
pub fn is_intact(seed: u64, index: u64, quarter: u32) -> bool {
    household(seed, index, quarter).is_some_and(|household| dirt::damage_of(seed, &household, quarter).is_none())
}

/// The indexes of a delivery made from `households` of the first quarter, in the order of its lines. Some may
/// turn out not to exist; [`household`] knows.
pub fn indexes(seed: u64, households: u32, quarter: u32) -> impl Iterator<Item = u64> {
    (0..households).flat_map(move |place| {
        let newcomers = (2..=quarter)
            .filter(move |arrival| changes::arrives(seed, place, *arrival))
            .map(move |arrival| Origin::Newcomer(place, arrival).index());
        let offshoot = (2..=quarter)
            .any(|split| changes::splits(seed, place.into(), split))
            .then(|| Origin::Offshoot(place).index());
        std::iter::once(Origin::Base(place).index()).chain(newcomers).chain(offshoot)
    })
}

/// A household whose members' lives are still to be filled in.
pub(super) fn undescribed(seed: u64, index: u64, quarter: u32) -> Option<GeneratedHousehold> {
    let quarter = quarter.min(LAST_QUARTER);
    let (mut household, since) = match Origin::of(index) {
        Origin::Base(place) => (found(seed, index, place, None), 1),
        Origin::Newcomer(place, arrival) => {
            let here = (2..=quarter).contains(&arrival) && changes::arrives(seed, place, arrival);
            (here.then(|| found(seed, index, place, Some(arrival)))?, arrival)
        }
        Origin::Offshoot(place) => {
            let split = (2..=quarter).find(|split| changes::splits(seed, place.into(), *split))?;
            (changes::new_family(seed, index, place, split)?, split)
        }
    };
    (since + 1..=quarter).all(|passed| changes::pass_quarter(seed, &mut household, passed)).then_some(household)
}
