//! The days of the four deliveries of 2026, and arithmetic on days.

use chrono::{Datelike, Days, NaiveDate};

/// The last quarter that can be generated.
pub const LAST_QUARTER: u32 = 4;

/// The day that the delivery of a quarter (1 to 4) describes: the 20th of January, April, July, October 2026.
#[must_use]
pub fn delivery_date(quarter: u32) -> NaiveDate {
    let month = 1 + 3 * (quarter.clamp(1, LAST_QUARTER) - 1);
    NaiveDate::from_ymd_opt(2026, month, 20).unwrap_or_default()
}

/// The day after the delivery before this quarter's. At least 90 days lie from it to the delivery's day,
/// both counted.
#[must_use]
pub fn first_day_of(quarter: u32) -> NaiveDate {
    days_before(delivery_date(quarter), 89)
}

/// The date so many days earlier.
#[must_use]
pub fn days_before(date: NaiveDate, days: u32) -> NaiveDate {
    date.checked_sub_days(Days::new(days.into())).unwrap_or(date)
}

/// Full years from `birth` to `today`; 0 where birth lies later.
#[must_use]
pub fn age(birth: NaiveDate, today: NaiveDate) -> u32 {
    today.years_since(birth).unwrap_or(0)
}

/// The latest day not after `date` whose number leaves `remainder` when divided by `modulus`.
#[must_use]
pub fn aligned_before(date: NaiveDate, remainder: u32, modulus: u32) -> NaiveDate {
    let excess = (date.num_days_from_ce() - remainder as i32).rem_euclid(modulus as i32);
    days_before(date, excess as u32)
}

/// `ddmmyy`, with `shift` added to the day, as identity numbers carry it.
#[must_use]
pub fn six_digits(date: NaiveDate, shift: u32) -> String {
    format!("{:02}{:02}{:02}", date.day() + shift, date.month(), date.year().rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_come_each_three_months() {
        let dates: Vec<String> = (1..=4).map(|quarter| delivery_date(quarter).to_string()).collect();
        assert_eq!(dates, ["2026-01-20", "2026-04-20", "2026-07-20", "2026-10-20"]);
    }

    #[test]
    fn no_day_belongs_to_two_quarters() {
        assert!((2..=4).all(|quarter| first_day_of(quarter) > delivery_date(quarter - 1)));
    }

    #[test]
    fn an_aligned_day_is_at_most_a_modulus_earlier() {
        let date = delivery_date(1);
        for remainder in 0..64 {
            let aligned = aligned_before(date, remainder, 64);
            assert_eq!(aligned.num_days_from_ce() % 64, remainder as i32);
            assert!((date - aligned).num_days() < 64);
        }
    }
}
