//! NIK and KK numbers, well formed and never given twice, without a list of those given out.
//!
//! A number's serial (4 digits) and its date together say which household of the district, and which person
//! in it, it belongs to: the serial carries the key modulo 8,999, the day's number modulo 64 (a KK: 8) the
//! rest. Two numbers of the same district, date and serial therefore belong to the same person. What is given
//! out later has serials or regions of its own:
//!
//! | who | region | serials | days |
//! | --- | --- | --- | --- |
//! | members of the first quarter, and whom they marry | home district | 0001–8999 | any, aligned to 64 |
//! | born in a later quarter | home district | 9000–9999 | that quarter's, aligned to 48 |
//! | arrived in a later quarter | Surabaya, Sampang or Gresik | 0001–8999 | any, aligned to 64 |
//! | cards of the first quarter | home district | 0001–8999 | 2010–2025, aligned to 8 |
//! | cards of arrivals | home district | 0001–4999 | that quarter's, aligned to 16 |
//! | cards of new families | home district | 5000–9998 | that quarter's, aligned to 16 |

use super::calendar::{aligned_before, days_before, delivery_date, six_digits};
use super::members::Sex;
use super::places::Home;
use super::rng::Dice;
use chrono::NaiveDate;

/// Persons that one household can give numbers to: ten members, a spouse and a child of a new family.
pub const SLOTS: u32 = 12;
/// The slot of whom a grown child marries.
pub const SPOUSE_SLOT: u32 = 10;
/// The slot of that couple's child.
pub const INFANT_SLOT: u32 = 11;
/// The most households that a district can have before numbers would repeat: 8,999 serials on 64 days.
pub const DISTRICT_CAPACITY: u32 = SERIALS * 64 / SLOTS;

/// A prime, so that any multiplier spreads the serials without joining two.
const SERIALS: u32 = 8_999;

/// Regencies that families arrive from in quarters 2, 3 and 4: Surabaya, Sampang, Gresik.
const ORIGINS: [&str; 3] = ["3578", "3527", "3525"];

const fn spread(key: u32) -> u32 {
    key % SERIALS * 1_237 % SERIALS + 1
}

/// The region that a household's members had their numbers from: the district, or the regency they came from.
#[must_use]
pub fn region_of(home: &Home, arrived_in: Option<u32>) -> String {
    let regency = match arrived_in {
        Some(quarter) => ORIGINS[(quarter as usize).saturating_sub(2) % ORIGINS.len()],
        None => "3526",
    };
    format!("{regency}{}", home.village.district_digits())
}

/// The date nearest before `wanted` on which the person of this rank and slot may be born.
#[must_use]
pub fn birth_date(wanted: NaiveDate, rank: u32, slot: u32) -> NaiveDate {
    aligned_before(wanted, (rank * SLOTS + slot) / SERIALS, 64)
}

/// The NIK of a person of the first quarter, or of one who arrived. `birth` comes from [`birth_date`].
#[must_use]
pub fn nik(region: &str, birth: NaiveDate, sex: Sex, rank: u32, slot: u32) -> String {
    let serial = spread(rank * SLOTS + slot);
    format!("{region}{}{serial:04}", six_digits(birth, sex.day_shift()))
}

/// The birth date and NIK of a child born in this quarter.
#[must_use]
pub fn newborn(region: &str, sex: Sex, rank: u32, quarter: u32) -> (NaiveDate, String) {
    let birth = aligned_before(delivery_date(quarter), rank / 1_000, 48);
    let date = six_digits(birth, sex.day_shift());
    (birth, format!("{region}{date}{:04}", 9_000 + rank % 1_000))
}

/// The KK number of a household of the first quarter.
#[must_use]
pub fn card(home: &Home, dice: &mut Dice) -> String {
    let last_of_2025 = days_before(delivery_date(1), 20);
    let wanted = days_before(last_of_2025, dice.below(15 * 365));
    let issued = aligned_before(wanted, home.rank / SERIALS, 8);
    let region = region_of(home, None);
    format!("{region}{}{:04}", six_digits(issued, 0), spread(home.rank))
}

/// The KK number that a family gets in a later quarter.
#[must_use]
pub fn later_card(home: &Home, quarter: u32, arrived: bool) -> String {
    let issued = aligned_before(delivery_date(quarter), home.rank / 4_999, 16);
    let serial = home.rank % 4_999 + if arrived { 1 } else { 5_000 };
    let region = region_of(home, None);
    format!("{region}{}{serial:04}", six_digits(issued, 0))
}

/// A KK number that no household has: well formed, but of 1999, when none was issued.
#[must_use]
pub fn card_of_nobody(home: &Home) -> String {
    format!("{}010199{:04}", region_of(home, None), spread(home.rank))
}
