//! Numbers and dates within a field of any form: an address, a remark, two fields that a lost separator made one.

use super::SHORT;
use crate::registry::releases::delivery::date::{civil_date, month_of};
use std::ops::Range;

/// Digits of a NIK or KK number that is whole, or short of two: its last two are shown whatever else stands beside it.
const WHOLE: usize = 14;

/// Digits that a field's short numbers have in all before they could be one number in pieces.
const IN_PIECES: usize = 10;

/// What stands between the pieces of a number and is shown; whatever else does may stand for a digit.
const MARKS: &str = " .,-/:+'_()";

/// Names of months that no date of a delivery is read by, and those that are long enough to be known misspelt.
const OTHER_MONTHS: &str =
    "agt agst peb januari februari pebruari maret april agustus september oktober november desember";

/// Every name of a month begins with one of these.
const SHORT_MONTHS: &str = "jan feb peb mar apr mei may jun jul agu ags agt aug sep okt oct nov nop des dec";

/// Words that numbers are said in.
const NUMBERS: &str = "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas seratus seribu belas \
    puluh ratus ribu";

/// A stretch of digits, with letters that stand in for some and whatever marks between them.
struct Stretch {
    at: Range<usize>,
    /// Digits and letters that stand in for some.
    digits: usize,
    /// Its numbers, in digits.
    groups: Vec<String>,
}

/// The field with its numbers covered but for their last two digits, and its dates altogether.
pub(super) fn covered(field: &str) -> String {
    let mut letters: Vec<char> = field.chars().collect();
    let numerals = numerals(&letters);
    let stretches = stretches(&letters, &numerals);
    let words = words(&letters, char::is_alphabetic);
    if let Some(span) = date_in_words(&letters, &numerals, &stretches, &words) {
        // Every number of the field stands in it.
        cover(&mut letters[span], &[], 0);
        return letters.into_iter().collect();
    }
    let told = stretches.into_iter().filter(|stretch| !stretch.is_of_an_address(&letters));
    let (whole, short): (Vec<Stretch>, Vec<Stretch>) = told.partition(|stretch| stretch.digits >= WHOLE);
    let in_pieces = short.len() > 1 && short.iter().map(|piece| piece.digits).sum::<usize>() >= IN_PIECES;
    for stretch in whole.iter().chain(&short).filter(|stretch| in_pieces || stretch.is_long()) {
        let shown = if (in_pieces && stretch.digits < WHOLE) || stretch.is_date() { 0 } else { 2 };
        cover(&mut letters[stretch.at.clone()], &numerals[stretch.at.clone()], shown);
    }
    letters.into_iter().collect()
}

/// A text that is one number, covered but for its last two digits.
pub(super) fn all_but_two(number: &str) -> String {
    let mut letters: Vec<char> = number.chars().collect();
    let numerals: Vec<bool> = letters.iter().map(char::is_ascii_digit).collect();
    cover(&mut letters, &numerals, 2);
    letters.into_iter().collect()
}

/// Covers digits but for the last so many, and what else is no mark.
fn cover(letters: &mut [char], numerals: &[bool], mut shown: usize) {
    for (at, letter) in letters.iter_mut().enumerate().rev() {
        if shown > 0 && numerals.get(at) == Some(&true) {
            shown -= 1;
        } else if !MARKS.contains(*letter) {
            *letter = '*';
        }
    }
}

impl Stretch {
    /// Longer than a code, or three numbers as a date has them: `1/8/90`.
    fn is_long(&self) -> bool {
        self.digits > SHORT || (self.digits == SHORT && self.groups.len() > 2)
    }

    /// A date whose day may come last, so that its last two digits are too many.
    fn is_date(&self) -> bool {
        let is_year_first = self.groups.len() > 2 && self.groups.first().is_some_and(|group| is_year(group));
        is_year_first || civil_date(&self.groups.join("-"), false).is_some()
    }

    /// RT, RW or a house's number, and said to be one.
    fn is_of_an_address(&self, letters: &[char]) -> bool {
        let before = letters[..self.at.start].iter().rev().skip_while(|letter| " .:".contains(**letter));
        let backwards: String = before.take_while(|letter| letter.is_alphanumeric() || **letter == '/').collect();
        let is_named = ["TR", "WR", "WR/TR", "ON"].iter().any(|name| backwards.eq_ignore_ascii_case(name));
        let is_pair = self.groups.len() < 3 && self.groups.iter().all(|group| group.len() < SHORT);
        let mut inside = letters[self.at.clone()].iter();
        is_named && is_pair && inside.all(|letter| letter.is_ascii_digit() || matches!(letter, '/' | ' '))
    }
}

/// From the first to the last part of a date that is said in words, or whose year stands by itself.
fn date_in_words(
    letters: &[char],
    numerals: &[bool],
    stretches: &[Stretch],
    words: &[Range<usize>],
) -> Option<Range<usize>> {
    let of = |word: &Range<usize>| letters[word.clone()].iter().collect::<String>().to_lowercase();
    let is_between = |word: &Range<usize>| {
        let beside = |at: Option<usize>| at.is_some_and(|at| numerals[at]);
        let marks = |letter: &char| MARKS.contains(*letter);
        beside(letters[..word.start].iter().rposition(|letter| !marks(letter)))
            && beside(letters[word.end..].iter().position(|letter| !marks(letter)).map(|at| word.end + at))
    };
    let has_year =
        stretches.iter().any(|stretch| stretch.groups.len() < 3 && stretch.groups.iter().any(|group| is_year(group)));
    let months: Vec<Range<usize>> = words
        .iter()
        .filter(|word| is_month_s_name(&of(word), has_year) || (is_roman(&of(word)) && is_between(word)))
        .cloned()
        .collect();
    if months.is_empty() && !has_year {
        return None;
    }
    let said = words.iter().filter(|word| NUMBERS.split_whitespace().any(|number| of(word).contains(number)));
    let said = said.filter(|_| !months.is_empty()).cloned();
    let numbers = stretches.iter().map(|stretch| stretch.at.clone());
    let parts: Vec<Range<usize>> = months.iter().cloned().chain(said).chain(numbers).collect();
    let span = parts.iter().map(|part| part.start).min()?..parts.iter().map(|part| part.end).max()?;
    (parts.len() > 1).then_some(span)
}

/// Whether the word is a month's name, or near one; beside a year also where other letters stand around it.
fn is_month_s_name(word: &str, beside_a_year: bool) -> bool {
    // Slips of the pen, in names long enough that no other word is near.
    let slips = |name: &str| [0, 1, 2][usize::from(name.len() > 4) + usize::from(name.len() > 6)];
    month_of(word).is_some()
        || OTHER_MONTHS.split(' ').any(|name| strsim::osa_distance(word, name) <= slips(name))
        || beside_a_year && SHORT_MONTHS.split(' ').any(|name| word.contains(name))
}

fn is_roman(word: &str) -> bool {
    ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"].contains(&word)
}

/// Whether it is a year, or holds one that something ran into.
fn is_year(group: &str) -> bool {
    (4..7).contains(&group.len())
        && ["18", "19", "20", "??"].iter().any(|century| group[..group.len() - 2].contains(century))
}

/// Which characters are digits, or letters that stand in for some.
fn numerals(letters: &[char]) -> Vec<bool> {
    let mut numerals = vec![false; letters.len()];
    for word in words(letters, char::is_alphanumeric) {
        let has_digit = letters[word.clone()].iter().any(|letter| letter.is_numeric());
        let only_look_so = letters[word.clone()].iter().all(|letter| "OoIl".contains(*letter));
        for at in word.filter(|_| has_digit || only_look_so) {
            numerals[at] = digit_of(letters[at]).is_some();
        }
    }
    numerals
}

/// The digit that a character is or is taken for; `?` where it is one of a script that is not ours.
fn digit_of(letter: char) -> Option<char> {
    Some(match letter {
        '0'..='9' => letter,
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(letter) - 0xff10, 10)?,
        'O' | 'o' | 'D' | 'Q' => '0',
        'I' | 'i' | 'l' | 'L' => '1',
        'Z' | 'z' => '2',
        'S' | 's' => '5',
        'G' | 'b' => '6',
        'B' => '8',
        'g' | 'q' => '9',
        _ if letter.is_numeric() || (letter.is_alphabetic() && !letter.is_ascii()) => '?',
        _ => return None,
    })
}

fn stretches(letters: &[char], numerals: &[bool]) -> Vec<Stretch> {
    let is_part = |at: &usize| numerals[*at] || !letters[*at].is_alphabetic();
    let places: Vec<usize> = (0..letters.len()).collect();
    let runs = places.chunk_by(|one, other| is_part(one) && is_part(other));
    runs.filter_map(|run| {
        let from = run.iter().position(|at| numerals[*at])?;
        let to = run.iter().rposition(|at| numerals[*at])?;
        let run = &run[from..=to];
        run.iter().any(|at| letters[*at].is_numeric()).then(|| Stretch {
            at: run[0]..run[run.len() - 1] + 1,
            digits: run.iter().filter(|at| numerals[**at]).count(),
            groups: run
                .split(|at| !numerals[*at])
                .filter(|group| !group.is_empty())
                .map(|group| group.iter().filter_map(|at| digit_of(letters[*at])).collect())
                .collect(),
        })
    })
    .collect()
}

/// Where runs of such characters stand.
fn words(letters: &[char], is_of_word: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for at in (0..letters.len()).filter(|at| is_of_word(letters[*at])) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end += 1,
            _ => words.push(at..at + 1),
        }
    }
    words
}
