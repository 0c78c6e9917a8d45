//! Repairs of single values that have exactly one meaning. Pure; what has no single meaning is refused, and
//! the shape of the fault is told without the value.

use std::borrow::Cow;

/// A value that was understood, and the odd form that it came in, if it was odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) form: Option<Cow<'static, str>>,
}

impl<T> Read<T> {
    pub(super) fn plain(value: T) -> Self {
        Self { value, form: None }
    }

    pub(super) fn odd(value: T, form: impl Into<Cow<'static, str>>) -> Self {
        Self { value, form: Some(form.into()) }
    }
}

/// Whether a cell says nothing: empty, or one of the words that programs write for it.
pub(super) fn is_blank(text: &str) -> bool {
    // Nearly all cells begin with a digit; only short ones are compared.
    match text.as_bytes().first() {
        None => true,
        Some(first) if first.is_ascii_digit() || text.len() > 4 => false,
        Some(_) => ["-", "null", "nan", "none", "n/a", "na", "\\n"].iter().any(|word| text.eq_ignore_ascii_case(word)),
    }
}

/// The largest whole number below which a float holds each one (2^53).
const EXACT_IN_FLOATS: u64 = 9_007_199_254_740_992;

/// The sixteen digits of a NIK or KK number out of the forms that programs make of them.
///
/// # Errors
/// The shape of what it is instead: `empty`, `zero`, `digits lost`, `letters`, `length 15`.
pub(super) fn identity_digits(cell: &str) -> Result<Read<Cow<'_, str>>, Cow<'static, str>> {
    if is_sixteen_digits(cell) {
        return Ok(Read::plain(Cow::Borrowed(cell)));
    }
    let mut forms: Vec<&'static str> = Vec::new();
    let text = cell.trim();
    if text.len() != cell.len() {
        forms.push("spaces");
    }
    let bare = text.trim_matches(is_apostrophe).trim();
    if bare.len() != text.len() {
        forms.push("apostrophe");
    }
    if is_blank(bare) {
        return Err("empty".into());
    }
    let digits = match without_exponent(bare)? {
        Some(digits) => {
            forms.push("scientific");
            digits
        }
        None => without_fraction_and_separators(bare, &mut forms)?,
    };
    if is_sixteen_digits(&digits) {
        return Ok(Read::odd(Cow::Owned(digits), forms.join(", ")));
    }
    Err(shape_of(&digits))
}

/// What two lines with the same unusable KK number have in common: letters and digits without ornament.
/// `None` where the number cannot hold a family together: empty, zero, or with lost digits.
pub(super) fn comparable_number(cell: &str) -> Option<String> {
    let bare = cell.trim().trim_matches(is_apostrophe).trim();
    if is_blank(bare) || without_exponent(bare).is_err() {
        return None;
    }
    let compact = without_fraction_and_separators(bare, &mut Vec::new()).ok()?;
    let says_something = compact.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    says_something.then(|| compact.to_ascii_uppercase())
}

fn is_sixteen_digits(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{B4}' | '"')
}

/// `3.526011708900003E+15` has all of its digits; `3.526E+15` has lost the others.
fn without_exponent(text: &str) -> Result<Option<String>, Cow<'static, str>> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Ok(None);
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    if !is_number(exponent) || !is_number(whole) || !is_number(fraction) {
        return Ok(None);
    }
    let digits = format!("{whole}{fraction}");
    let is_whole = whole.len() == 1 && exponent.parse() == Ok(fraction.len());
    if is_whole && is_sixteen_digits(&digits) && is_exact(&digits) {
        Ok(Some(digits))
    } else {
        Err("digits lost".into())
    }
}

fn is_exact(digits: &str) -> bool {
    digits.parse::<u64>().is_ok_and(|number| number <= EXACT_IN_FLOATS)
}

fn without_fraction_and_separators(text: &str, forms: &mut Vec<&'static str>) -> Result<String, Cow<'static, str>> {
    let mut rest = text;
    if let Some((whole, fraction)) = text.rsplit_once(['.', ','])
        && whole.bytes().all(|byte| byte.is_ascii_digit())
        && fraction.bytes().all(|byte| byte == b'0')
    {
        if whole.len() == 16 && !is_exact(whole) {
            return Err("digits lost".into());
        }
        forms.push("float");
        rest = whole;
    }
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, '.' | ',' | '-' | '/' | '_');
    let compact: String = rest.chars().filter(|letter| !is_separator(*letter)).collect();
    if compact.len() != rest.len() {
        forms.push("separators");
    }
    Ok(compact)
}

fn shape_of(digits: &str) -> Cow<'static, str> {
    if digits.bytes().all(|byte| byte == b'0') {
        "zero".into()
    } else if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("length {}", digits.len()).into()
    } else {
        "letters".into()
    }
}

/// A whole number: `7`, `07`, `2.0`, `1.250`, `1,250`. `None` where it is none.
pub(super) fn whole_number(text: &str) -> Option<Read<i64>> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(text) {
        return text.parse().ok().map(Read::plain);
    }
    let bare = text.trim_matches(is_apostrophe).trim();
    if is_digits(bare) {
        return bare.parse().ok().map(|number| Read::odd(number, "apostrophe"));
    }
    let (head, tail) = bare.rsplit_once(['.', ','])?;
    if is_digits(head) && tail.len() < 3 && is_digits(tail) && tail.bytes().all(|byte| byte == b'0') {
        return head.parse().ok().map(|number| Read::odd(number, "float"));
    }
    let groups: Vec<&str> = bare.split(['.', ',']).collect();
    let are_thousands = groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    if are_thousands && groups.iter().all(|group| is_digits(group)) && !groups[0].starts_with('0') {
        return groups.concat().parse().ok().map(|number| Read::odd(number, "thousands"));
    }
    None
}

/// Yes or no in words.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(&["ya", "y", "yes", "true"]) {
        Some(true)
    } else if is_one_of(&["tidak", "tdk", "t", "n", "no", "false"]) {
        Some(false)
    } else {
        None
    }
}

/// A text with single spaces and without control characters. Its capitals and titles stay.
pub(super) fn tidy(text: &str) -> Read<Cow<'_, str>> {
    let bytes = text.as_bytes();
    let is_odd =
        |(at, byte): (usize, &u8)| *byte < b' ' || *byte == 0x7F || (*byte == b' ' && bytes.get(at + 1) == Some(&b' '));
    if !bytes.iter().enumerate().any(is_odd) {
        return Read::plain(Cow::Borrowed(text));
    }
    let is_gap = |letter: char| letter == ' ' || letter.is_control();
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    Read::odd(Cow::Owned(words.join(" ")), "spaces or control characters")
}

/// Markers of the dead, longest first.
const DECEASED: [&str; 4] = ["almarhumah", "almarhum", "almh", "alm"];

/// A name without the marker that its bearer is dead (`SUPARMAN (ALM)`, `ALM. SUPARMAN`, `SITI, ALMH`);
/// `None` where it has none. The marker is a word of its own: `SALMAH` and `ALMIRA` are names.
pub(super) fn without_deceased_marker(name: &str) -> Option<&str> {
    DECEASED.iter().find_map(|marker| {
        let rest = before_marker(name, marker).or_else(|| after_marker(name, marker))?;
        (!rest.is_empty()).then_some(rest)
    })
}

fn before_marker<'n>(name: &'n str, marker: &str) -> Option<&'n str> {
    let name = name.trim_end_matches([' ', '.', ')', ',']);
    let (before, last) = name.split_at_checked(name.len().checked_sub(marker.len())?)?;
    let is_word = before.chars().next_back().is_some_and(|letter| !letter.is_alphabetic());
    let found = is_word && last.eq_ignore_ascii_case(marker);
    found.then(|| before.trim_end_matches([' ', '(', ',', '-']))
}

fn after_marker<'n>(name: &'n str, marker: &str) -> Option<&'n str> {
    let name = name.trim_start_matches([' ', '(']);
    let (first, after) = name.split_at_checked(marker.len())?;
    let is_word = after.chars().next().is_some_and(|letter| !letter.is_alphabetic());
    let found = is_word && first.eq_ignore_ascii_case(marker);
    found.then(|| after.trim_start_matches([' ', '.', ')', ',', '-']))
}

#[cfg(test)]
mod tests;
