//! A line that was set aside, as it may be shown. Of such a line nobody can say which field is which (it may be cut, or
//! have one too many), so it is covered by what a field looks like: numbers but for their last two digits, whatever marks
//! stand between them, and dates but for their year. What is no digit stays, so that the shape of the fault (an
//! apostrophe, an exponent, a digit too few) can be seen.

use super::date::civil_date;
use super::record::Record;
use super::text::separator_of;
use chrono::Datelike;

/// Digits that may be shown: codes, counts, RT and RW. Five are a workbook's way to write a date.
const SHORT: usize = 4;

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
    if is_region(field) && !may_be_cut {
        return field.to_owned();
    }
    // What an exponent is, is no digit of the number.
    let exponent = field.find(['E', 'e']).filter(|&at| field[at + 1..].starts_with(['+', '-']));
    let (number, exponent) = field.split_at(exponent.unwrap_or(field.len()));
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let longest = number.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    // An address has letters around its short numbers; between the digits of one number stand only marks.
    let is_one_number = !number.contains(char::is_alphabetic);
    if digits <= SHORT || (longest <= SHORT && !is_one_number) {
        return field.to_owned();
    }
    let mut left = digits;
    let covered = number.chars().map(|letter| {
        let is_digit = letter.is_ascii_digit();
        left -= usize::from(is_digit);
        if is_digit && left >= 2 { '*' } else { letter }
    });
    covered.chain(exponent.chars()).collect()
}

/// Whether the whole field is a region's code in Kemendagri's dotted form. What could as well be a date (17.08.90) is
/// none, nor is what has no dots: it could be a part of a number.
fn is_region(field: &str) -> bool {
    let parts: Vec<&str> = field.split('.').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u8>().ok()).unwrap_or_default();
    let may_be_day = matches!(number(0), 1..=31 | 41..=71) && matches!(number(1), 1..=12);
    let is_dotted = matches!(lengths[..], [2, 2] | [2, 2, 2] | [2, 2, 2, 4]);
    is_dotted && !may_be_day && field.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
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
            ("352601  170890  0003", "******  ******  **03"),
            ("3526-01--170890--0003", "****-**--******--**03"),
            ("352601 - 170890 - 0003", "****** - ****** - **03"),
            ("SITI 3526011708900003 L", "SITI **************03 L"),
            // Parts of one.
            ("3526011708", "********08"),
            ("900003", "****03"),
            ("170890", "****90"),
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
        assert_eq!(of("8/17/1990|17.08.90|8-17-1990|x"), ["*/**/**90", "**.**.90", "*-**-**90", "x"]);
    }

    #[test]
    fn codes_of_places_and_answers_stay_for_they_are_what_is_to_be_mended() {
        let fields = ["35", "35.26", "35.26.02", "35.26.02.2999", "DSN KRAJAN RT 001/002 NO 12", "900"];
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
