//! Birth dates in the forms that deliveries use.

use super::repair::Read;
use chrono::{Datelike, Months, NaiveDate};

/// No living person is older (years).
const OLDEST: u32 = 120;

/// Day 0 of a workbook's serial dates; day 60 is a 29 February 1900 that never was, hence the 30th.
const SERIAL_ZERO: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);

/// Serial dates that are read as such: 1 March 1900 to 31 December 2099.
const SERIALS: std::ops::RangeInclusive<i64> = 61..=73_050;

/// Names of the months, Indonesian and English, long and short.
const MONTHS: [&[&str]; 12] = [
    &["januari", "january", "jan"],
    &["februari", "february", "feb"],
    &["maret", "march", "mar"],
    &["april", "apr"],
    &["mei", "may"],
    &["juni", "june", "jun"],
    &["juli", "july", "jul"],
    &["agustus", "august", "agu", "ags", "aug"],
    &["september", "sep", "sept"],
    &["oktober", "october", "okt", "oct"],
    &["november", "nopember", "nov", "nop"],
    &["desember", "december", "des", "dec"],
];

/// Reads a date. Where day and month come as numbers after one another, the day comes first, as everywhere
/// in Indonesia. Bare numbers of days are dates only in a workbook (`has_serials`).
pub(super) fn civil_date(text: &str, has_serials: bool) -> Option<Read<NaiveDate>> {
    if let Some(date) = iso_date(text) {
        return Some(Read::plain(date));
    }
    let bare = text.trim_matches(['\'', '`', '\u{2019}', ' ']);
    let day = without_time(bare);
    if let Some(date) = iso_date(day) {
        let form = if day.len() < bare.len() { "with time" } else { "apostrophe" };
        return Some(Read::odd(date, form));
    }
    let number = day.strip_suffix(".0").unwrap_or(day);
    if number.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_number(number, has_serials);
    }
    let parts: Vec<&str> = day.split(['-', '/', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let &[first, month, last] = parts.as_slice() else {
        return None;
    };
    let month_number = month_of(month)?;
    let of = |year: &str, day: &str| {
        let is_year = year.len() == 4 && day.len() <= 2;
        let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month_number, day.parse().ok()?)?;
        is_year.then_some(date)
    };
    of(first, last)
        .map(|date| Read::odd(date, "year/month/day"))
        .or_else(|| of(last, first).map(|date| Read::odd(date, "day/month/year")))
}

/// `1990-08-17`, the form that nearly every line has.
fn iso_date(text: &str) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// `1990-08-17 00:00:00` and `1990-08-17T00:00:00Z` without their time.
fn without_time(text: &str) -> &str {
    match text.rsplit_once([' ', 'T']) {
        Some((day, time)) if time.contains(':') && time.starts_with(|first: char| first.is_ascii_digit()) => day,
        _ => text,
    }
}

fn from_number(digits: &str, has_serials: bool) -> Option<Read<NaiveDate>> {
    if digits.len() == 8 {
        let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
        let of = |year: u32, month, day| {
            let plausible = (1850..2200).contains(&year);
            let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
            plausible.then_some(date)
        };
        // Never both: no month is 18 to 21.
        return of(part(0, 4)?, part(4, 6)?, part(6, 8)?)
            .map(|date| Read::odd(date, "yyyymmdd"))
            .or_else(|| of(part(4, 8)?, part(2, 4)?, part(0, 2)?).map(|date| Read::odd(date, "ddmmyyyy")));
    }
    let days: i64 = digits.parse().ok()?;
    if !has_serials || !SERIALS.contains(&days) {
        return None;
    }
    let date = SERIAL_ZERO?.checked_add_signed(chrono::Duration::days(days))?;
    Some(Read::odd(date, "serial number of a workbook"))
}

/// The month that a name or number of one or two digits names.
pub(super) fn month_of(text: &str) -> Option<u32> {
    if let Ok(number) = text.parse::<u32>() {
        return (text.len() <= 2).then_some(number);
    }
    let has_name = |names: &&[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
    let position = MONTHS.iter().position(has_name)?;
    u32::try_from(position + 1).ok()
}

/// Whether somebody born on this day can be alive on `today`.
pub(super) fn is_plausible_birth(born: NaiveDate, today: NaiveDate) -> bool {
    let oldest = today.checked_sub_months(Months::new(OLDEST * 12));
    born <= today && oldest.is_none_or(|oldest| born >= oldest)
}

/// Whether two dates agree in what a NIK holds of a date: day, month and the year without its century.
pub(super) fn agree_within_century(one: NaiveDate, other: NaiveDate) -> bool {
    let in_century = |date: NaiveDate| (date.day(), date.month(), date.year().rem_euclid(100));
    in_century(one) == in_century(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_is_read_out_of_all_its_forms() {
        let day = NaiveDate::from_ymd_opt(1990, 8, 17);
        for (text, form) in [
            ("1990-08-17", None),
            ("17-08-1990", Some("day/month/year")),
            ("17/08/1990", Some("day/month/year")),
            ("17.8.1990", Some("day/month/year")),
            ("17 Agustus 1990", Some("day/month/year")),
            ("17-AUG-1990", Some("day/month/year")),
            ("1990/08/17", Some("year/month/day")),
            ("19900817", Some("yyyymmdd")),
            ("19900817.0", Some("yyyymmdd")),
            ("17081990", Some("ddmmyyyy")),
            ("1990-08-17 00:00:00", Some("with time")),
            ("1990-08-17T00:00:00Z", Some("with time")),
            ("17/08/1990 00:00", Some("day/month/year")),
            ("'1990-08-17", Some("apostrophe")),
        ] {
            let read = civil_date(text, false);
            assert_eq!(read.as_ref().map(|read| read.value), day, "{text}");
            assert_eq!(read.and_then(|read| read.form).as_deref(), form, "{text}");
        }
    }

    #[test]
    fn a_number_of_days_is_a_date_only_in_a_workbook() {
        // A spreadsheet shows 33102 as 17 August 1990.
        let read = civil_date("33102", true).map(|read| read.value);
        assert_eq!(read, NaiveDate::from_ymd_opt(1990, 8, 17));
        assert_eq!(civil_date("33102", false), None);
        assert_eq!(civil_date("7", true), None);
    }

    #[test]
    fn what_has_two_meanings_or_none_is_no_date() {
        for text in ["08/17/1990", "1990-02-30", "17-08-90", "0000-00-00", "1990", "tanggal", "--"] {
            assert_eq!(civil_date(text, false), None, "{text}");
        }
    }

    #[test]
    fn nobody_is_born_tomorrow_or_older_than_120_years() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let today = day(2026, 11, 24);
        assert!(is_plausible_birth(today, today) && is_plausible_birth(day(1906, 11, 24), today));
        assert!(!is_plausible_birth(day(2026, 11, 25), today));
        assert!(!is_plausible_birth(day(1906, 11, 23), today));
    }
}
