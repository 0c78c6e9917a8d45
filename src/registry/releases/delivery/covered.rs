//! A line that was set aside, as it may be shown. Of such a line nobody can say which field is which (it may be cut, or
//! have one too many), so it is covered by what a field looks like: long numbers but for their last two digits, dates but
//! for their year. What is no digit stays, so that the shape of the fault (an apostrophe, an exponent, a digit too few)
//! can be seen.

use super::date::civil_date;
use super::record::Record;
use super::text::separator_of;
use crate::platform::region_code::RegionCode;
use chrono::Datelike;

/// Digits of a number that may be shown: codes, counts, RT and RW. Five are a workbook's way to write a date.
const SHORT: usize = 4;
/// Digits of a region's code: regency to district, of Kemendagri or BPS.
const REGION: [usize; 2] = [6, 7];
/// Digits of a village's code.
const VILLAGE: usize = 10;

/// The fields of a line as it came, covered; which separator it is, the line itself tells.
#[must_use]
pub fn covered_fields(line: &[u8]) -> Vec<String> {
    if line.is_empty() {
        return Vec::new();
    }
    let mut record = Record::default();
    record.take_text(1, &mut line.to_vec(), separator_of(line));
    let last = record.len() - 1;
    // The last field may be cut within a number, which then looks like a code.
    (0..=last).map(|at| covered(record.field(at).trim(), at == last)).collect()
}

fn covered(field: &str, may_be_cut: bool) -> String {
    if let Some(date) = civil_date(field, false) {
        return format!("{:04}-**-**", date.value.year());
    }
    let mut out = String::with_capacity(field.len());
    let mut rest = field;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, from_here) = rest.split_at(start);
        let run = number(from_here);
        out.push_str(before);
        out.push_str(&covered_number(run, may_be_cut));
        rest = &from_here[run.len()..];
    }
    out + rest
}

/// Digits from here on that belong together: with single marks between them, but no letters.
fn number(text: &str) -> &str {
    let mut end = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '0'..='9' => end = at + 1,
            _ if letter.is_alphabetic() || at > end => break,
            _ => {}
        }
    }
    &text[..end]
}

fn covered_number(run: &str, may_be_cut: bool) -> String {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let bare = run.strip_suffix(".0").unwrap_or(run);
    let is_village = digits_of(bare) == VILLAGE && bare.parse::<RegionCode>().is_ok();
    let is_region = REGION.contains(&digits_of(bare)) || is_village;
    if digits <= SHORT || (is_region && !may_be_cut) {
        return run.to_owned();
    }
    let mut left = digits;
    run.chars()
        .map(|letter| {
            let is_digit = letter.is_ascii_digit();
            left -= usize::from(is_digit);
            if is_digit && left >= 2 { '*' } else { letter }
        })
        .collect()
}

fn digits_of(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Vec<String> {
        covered_fields(line.as_bytes())
    }

    #[test]
    fn numbers_of_persons_are_covered_in_whatever_form_and_the_form_stays() {
        for (written, shown) in [
            ("3526011708900003", "**************03"),
            ("'3526011708900003", "'**************03"),
            ("352601 170890 0003", "****** ****** **03"),
            ("35.26.01.170890.0003", "**.**.**.******.**03"),
            ("3526011708900003.0", "***************3.0"),
            ("3.526011708900003E+15", "*.*************03E+15"),
            ("352601170890000", "*************00"),
            // A telephone, a customer of PLN: other people's registers.
            ("081234567890", "**********90"),
        ] {
            assert_eq!(of(&format!("\"{written}\"|\"x\"")), [shown, "x"], "{written}");
        }
    }

    #[test]
    fn a_date_tells_its_year_and_nothing_more() {
        for written in ["1990-08-17", "17/08/1990", "17 Agustus 1990", "19900817", "17081990", "1990-08-17 00:00:00"] {
            assert_eq!(of(&format!("\"{written}\"|x")), ["1990-**-**", "x"], "{written}");
        }
        // One that can't be read, and a workbook's.
        assert_eq!(of("08/17/1990|33102|x"), ["**/**/**90", "***02", "x"]);
    }

    #[test]
    fn codes_of_places_and_answers_stay_for_they_are_what_is_to_be_mended() {
        let fields = ["35", "35.26", "3526020", "35.26.02.2999", "3526022999.0", "DSN KRAJAN RT 001/002 NO 12", "900"];
        assert_eq!(of(&(fields.join("|") + "|x")), [&fields[..], &["x"]].concat());
    }

    #[test]
    fn what_may_be_a_number_cut_short_is_covered() {
        assert_eq!(of("\"1\"|\"3526011708"), ["1", "********08"]);
        assert_eq!(of("1|19900"), ["1", "***00"]);
        assert_eq!(of("1|2"), ["1", "2"]);
        assert_eq!(of(""), Vec::<String>::new());
    }

    #[test]
    fn any_separator_and_encoding_will_do() {
        assert_eq!(of("\"3526011708900003\";\"A, B\";1"), ["**************03", "A, B", "1"]);
        assert_eq!(of("3526011708900003,SITI,1"), ["**************03", "SITI", "1"]);
        assert_eq!(covered_fields(b"NUR\xC9|1"), ["NURÉ", "1"]);
    }
}
