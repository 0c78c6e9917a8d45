//! A line that was set aside, as it may be shown. Of such a line nobody can say which field is which (it may be cut, or
//! have one too many), so it is covered by what it looks like: numbers but for their last two digits, whatever stands
//! between or around them, and dates but for their year. What is no part of a number stays, so that the shape of the
//! fault (an apostrophe, an exponent, a digit too few) can be seen. In doubt it is covered.

mod stretches;

use super::date::civil_date;
use super::record::Record;
use super::text::separator_of;
use chrono::Datelike;

/// Digits that may be shown: codes, counts, RT and RW. Five are a workbook's way to write a date.
const SHORT: usize = 4;

/// Digits that a number has at least which stands in pieces in fields of its own; the codes beside one another in a
/// whole line are fewer (RT and RW six).
const IN_PIECES: usize = 8;

/// The fields of a line as it came, covered; which separator it is, the line itself tells.
#[must_use]
pub fn covered_fields(line: &[u8]) -> Vec<String> {
    if line.is_empty() {
        return Vec::new();
    }
    let mut record = Record::default();
    record.take_text(1, &mut line.to_vec(), separator_of(line));
    let last = record.len() - 1;
    let fields: Vec<&str> = (0..=last).map(|at| record.field(at).trim()).collect();
    // The last field may be cut within a number, which then looks like a code.
    let mut shown: Vec<String> = fields.iter().enumerate().map(|(at, field)| covered(field, at == last)).collect();
    // Separators within a number make fields of its pieces, each of which looks like a code.
    let mut from = 0;
    for pieces in fields.chunk_by(|one, other| is_piece(one) && is_piece(other)) {
        if pieces.len() > 2 && pieces.iter().map(|piece| piece.len()).sum::<usize>() >= IN_PIECES {
            for (shown, piece) in shown.iter_mut().skip(from).zip(pieces) {
                *shown = "*".repeat(piece.len());
            }
        }
        from += pieces.len();
    }
    shown
}

/// Whether the field could be a piece of a number rather than an answer's code.
fn is_piece(field: &str) -> bool {
    (2..=SHORT).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit())
}

fn covered(field: &str, may_be_cut: bool) -> String {
    if let Some(date) = civil_date(field, false) {
        return format!("{:04}-**-**", date.value.year());
    }
    if is_region(field) && !may_be_cut {
        return field.to_owned();
    }
    // What an exponent is, is no digit of the number; but only where the whole field is one number.
    match exponent_at(field) {
        Some(at) => stretches::all_but_two(&field[..at]) + &field[at..],
        None => stretches::covered(field),
    }
}

/// Where the exponent begins, where the whole field is a number as a workbook writes it: `3.526011708900003E+15`.
fn exponent_at(field: &str) -> Option<usize> {
    let at = field.find(['E', 'e'])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, others) = field[..at].split_once(['.', ','])?;
    let exponent = field[at + 1..].strip_prefix(['+', '-'])?;
    (first.len() == 1 && digits(first) && digits(others) && exponent.len() <= 3 && digits(exponent)).then_some(at)
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
    use proptest::{prelude::*, sample::select, test_runner::RngSeed};

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
            // Beside other things in one field.
            ("SITE-3526011708900003", "SITE-**************03"),
            ("BLOK E-7 KK 3526011708900003 NIK 3526014105850002", "BLOK E-7 KK **************03 NIK **************02"),
            ("NIK 3526 0117 0890 0003 SITI", "NIK **** **** **** **03 SITI"),
            ("3526-0117-0890-0003/SITI", "****-****-****-**03/SITI"),
            ("3526011708900003E+15 SITI", "**************03E+15 SITI"),
            ("RT 003 RW 012 NIK 3526011708900003", "RT 003 RW 012 NIK **************03"),
            // Letters and other scripts' digits for digits, letters between them.
            ("3526O1l7O89OOOO3", "**************O3"),
            ("３５２６０１１７０８９００００３", "**************０３"),
            ("3526011708900\u{200b}003", "***************03"),
            ("352601 L 170890 NO 0003", "****** L ****** NO ****"),
            // A workbook's exponent says what became of the digits; the few that are left are a place's.
            ("3.526E+15", "*.*26E+15"),
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
    fn a_date_beside_other_things_or_in_words_is_covered() {
        for (written, shown) in [
            ("SITI 17-08-1990", "SITI **-**-****"),
            ("SITI 1/8/90 L", "SITI */*/90 L"),
            ("SITI 1990-08-17", "SITI ****-**-**"),
            ("SITI 17 Agustus 1990 L", "SITI ** ******* **** L"),
            ("17 Agustuss 90", "** ******** **"),
            ("17-VIII-90", "**-****-**"),
            ("17AGT1990", "*********"),
            ("lahir tujuh belas Agustus", "lahir ***** ***** *******"),
            ("l7 Agustus l990", "** ******* ****"),
            ("tgl 17 bln 8 thn 1990", "tgl ** *** * *** ****"),
        ] {
            assert_eq!(of(&format!("\"{written}\"|\"x\"")), [shown, "x"], "{written}");
        }
    }

    #[test]
    fn a_number_whose_pieces_became_fields_is_covered_as_one() {
        assert_eq!(of("3526|0117|0890|0003|SITI"), ["****", "****", "****", "****", "SITI"]);
        assert_eq!(of("SITI|17|08|1990|L"), ["SITI", "**", "**", "****", "L"]);
        // RT and RW, answers' codes.
        assert_eq!(of("001|002|KRAJAN|1|2|13|2|4|x"), ["001", "002", "KRAJAN", "1", "2", "13", "2", "4", "x"]);
    }

    /// Anything that may stand around a number, but for the digits that the number has.
    fn around() -> impl Strategy<Value = String> {
        proptest::string::string_regex("([ -/:-~49]|RT |NO |TGL |E\\+|e-|[OIl]|[４９é\u{301}٤]){0,8}").unwrap()
    }

    /// A NIK, whole, in groups, or with letters for digits.
    fn nik() -> impl Strategy<Value = String> {
        let digits = proptest::string::string_regex("[01235678]{16}").unwrap();
        let form = select(vec![(16, ""), (4, " "), (4, "-"), (6, "."), (6, "  "), (2, "/"), (1, " "), (5, "\u{a0}")]);
        (digits, form, any::<bool>()).prop_map(|(digits, (length, mark), with_letters)| {
            let digits = if with_letters { digits.replace('0', "O").replace('1', "l") } else { digits };
            let groups: Vec<&str> = (0..16).step_by(length).map(|at| &digits[at..(at + length).min(16)]).collect();
            groups.join(mark)
        })
    }

    /// A birth date in any form that has a day, a month and a year; and its year.
    fn birth_date() -> impl Strategy<Value = (String, u32)> {
        let of = |numbers: std::ops::Range<u32>| {
            select(numbers.filter(|number| !number.to_string().contains(['4', '9'])).collect::<Vec<_>>())
        };
        (of(1..29), of(1..13), of(2000..2024), 0..12).prop_map(|(day, month, year, form)| {
            let name = ["Mei", "AGUSTUS", "Nov", "oktober"][month as usize % 4];
            let short = year % 100;
            let date = match form {
                0 => format!("{year}-{month:02}-{day:02}"),
                1 => format!("{day:02}-{month:02}-{year}"),
                2 => format!("{day}/{month}/{short:02}"),
                3 => format!("{year}{month:02}{day:02}"),
                4 => format!("{day:02}{month:02}{year}"),
                5 => format!("{day} {name} {year}"),
                6 => format!("{day}{name}{year}"),
                7 => format!("{name} {day} {year}"),
                8 => format!("{day}.{month}.{year}"),
                9 => format!("{day:02}-{name}-{short:02}"),
                10 => format!("{day:02} {month:02} {year}"),
                _ => format!("{year}/{month}/{day}"),
            };
            (date, year)
        })
    }

    /// Those of the digits that can be seen.
    fn seen(fields: &[String]) -> String {
        fields.concat().chars().filter(|letter| "01235678".contains(*letter)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000, failure_persistence: None, rng_seed: RngSeed::Fixed(3_526), ..ProptestConfig::default()
        })]

        #[test]
        fn whatever_stands_around_a_number_no_more_than_its_last_two_digits_come_out(
            before in around(), number in nik(), after in around(), quoted in any::<bool>(),
        ) {
            let quote = if quoted { "\"" } else { "" };
            let fields = of(&format!("{quote}{before}{number}{after}{quote}|x"));
            prop_assert!(seen(&fields).len() <= 2, "{before}{number}{after} {fields:?}");
        }

        #[test]
        fn whatever_stands_around_a_birth_date_no_day_and_no_month_come_out(
            before in around(), (date, year) in birth_date(), after in around(), quoted in any::<bool>(),
        ) {
            let quote = if quoted { "\"" } else { "" };
            let fields = of(&format!("{quote}{before}{date}{after}{quote}|x"));
            let seen = seen(&fields);
            prop_assert!(seen.len() <= 2 || seen == year.to_string(), "{before}{date}{after} {fields:?}");
            let text = fields.concat().to_lowercase();
            // With a letter before it, it is another word.
            let is_a_word = !before.ends_with(char::is_alphabetic);
            for name in ["agustus", "oktober", "nov", "mei"].into_iter().filter(|name| is_a_word && date.to_lowercase().contains(name)) {
                prop_assert!(!text.contains(name), "{before}{date}{after} {fields:?}");
            }
        }
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
