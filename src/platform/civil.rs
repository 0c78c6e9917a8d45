//! Civil dates are those of Asia/Jakarta (WIB), which has kept UTC+7 without summer time since 1964.

use chrono::{Datelike, FixedOffset, NaiveDate, Utc};

/// Seconds that WIB is ahead of UTC.
const WIB: i32 = 7 * 3600;

/// Today, where the regency lies.
#[must_use]
pub fn today() -> NaiveDate {
    let now = Utc::now();
    FixedOffset::east_opt(WIB).map_or_else(|| now.date_naive(), |zone| now.with_timezone(&zone).date_naive())
}

/// A day of this century or the last, which every day is that somebody means; a check for fields of requests.
///
/// # Errors
/// Says so in both languages.
pub fn is_plausible(day: &NaiveDate, (): &()) -> garde::Result {
    if (1900..2100).contains(&day.year()) {
        Ok(())
    } else {
        Err(garde::Error::new("tahun harus antara 1900 dan 2099 | the year must lie between 1900 and 2099"))
    }
}

/// Seconds until the civil day ends.
#[must_use]
pub fn seconds_to_midnight() -> u32 {
    let day = 24 * 3600;
    let into_day = (Utc::now().timestamp() + i64::from(WIB)).rem_euclid(day);
    u32::try_from(day - into_day).unwrap_or(1)
}

/// Whole years of age on a day: a birthday counts when it is reached, and one of 29 February on 1 March.
#[must_use]
pub fn age_on(day: NaiveDate, born: NaiveDate) -> i32 {
    let reached = (day.month(), day.day()) >= (born.month(), born.day());
    day.year() - born.year() - i32::from(!reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_counts_when_the_birthday_is_reached() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(age_on(day("2026-11-24"), day("1966-11-24")), 60);
        assert_eq!(age_on(day("2026-11-23"), day("1966-11-24")), 59);
        assert_eq!(age_on(day("2026-02-28"), day("2004-02-29")), 21);
        assert_eq!(age_on(day("2026-03-01"), day("2004-02-29")), 22);
    }
}
