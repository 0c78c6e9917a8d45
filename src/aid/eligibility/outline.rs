//! The outline of a rule: how its clauses are joined, so that each can be shown, and judged, by itself.
//!
//! Only brackets, strings and the operators between clauses are looked at; what a clause says is left to the
//! parser. A rule comes here after it has been parsed, so that brackets and quotes are known to match.

use std::ops::Range;

/// A part of a rule and the parts that it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    /// Bytes of the part in the rule's text, without brackets around it.
    pub range: Range<usize>,
    pub joined: Joined<Outline>,
}

/// How the parts of a clause are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined<Part> {
    /// It has none.
    Single,
    /// By `&&`.
    All(Vec<Part>),
    /// By `||`.
    Any(Vec<Part>),
    /// One part, with `!` before it.
    Not(Box<Part>),
}

/// Outlines a rule that parses.
pub(super) fn outline(text: &str) -> Outline {
    let masked = mask(text);
    outlined(&masked, 0..masked.len())
}

fn outlined(masked: &[u8], range: Range<usize>) -> Outline {
    let range = without_brackets(masked, range);
    let joined = if positions(masked, &range, b"?").is_empty() {
        joined_by(masked, &range, b"||", Joined::Any)
            .or_else(|| joined_by(masked, &range, b"&&", Joined::All))
            .or_else(|| negated(masked, &range))
            .unwrap_or(Joined::Single)
    } else {
        Joined::Single
    };
    Outline { range, joined }
}

fn joined_by(
    masked: &[u8],
    range: &Range<usize>,
    operator: &[u8],
    join: fn(Vec<Outline>) -> Joined<Outline>,
) -> Option<Joined<Outline>> {
    let at = positions(masked, range, operator);
    if at.is_empty() {
        return None;
    }
    let starts = std::iter::once(range.start).chain(at.iter().map(|position| position + operator.len()));
    let ends = at.iter().copied().chain([range.end]);
    let parts = starts.zip(ends).map(|(start, end)| outlined(masked, start..end));
    Some(join(parts.flat_map(|part| flattened(part, operator)).collect()))
}

/// `(a && b) && c` is three clauses.
fn flattened(part: Outline, operator: &[u8]) -> Vec<Outline> {
    match (part.joined, operator) {
        (Joined::All(parts), b"&&") | (Joined::Any(parts), b"||") => parts,
        (joined, _) => vec![Outline { range: part.range, joined }],
    }
}

/// `!` before one pair of brackets that reaches to the end.
fn negated(masked: &[u8], range: &Range<usize>) -> Option<Joined<Outline>> {
    let inner = trimmed(masked, range.start + 1..range.end);
    let in_brackets = masked[range.clone()].first() == Some(&b'!')
        && masked[inner.clone()].first() == Some(&b'(')
        && closing(masked, inner.start) == Some(inner.end - 1);
    in_brackets.then(|| Joined::Not(Box::new(outlined(masked, inner))))
}

fn without_brackets(masked: &[u8], range: Range<usize>) -> Range<usize> {
    let range = trimmed(masked, range);
    if masked[range.clone()].first() == Some(&b'(') && closing(masked, range.start) == Some(range.end - 1) {
        without_brackets(masked, range.start + 1..range.end - 1)
    } else {
        range
    }
}

fn trimmed(masked: &[u8], mut range: Range<usize>) -> Range<usize> {
    while range.start < range.end && masked[range.start].is_ascii_whitespace() {
        range.start += 1;
    }
    while range.start < range.end && masked[range.end - 1].is_ascii_whitespace() {
        range.end -= 1;
    }
    range
}

/// Where an operator stands outside all brackets.
fn positions(masked: &[u8], range: &Range<usize>, operator: &[u8]) -> Vec<usize> {
    let mut depth = 0usize;
    let mut found = Vec::new();
    for position in range.clone() {
        match masked[position] {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && masked[position..range.end].starts_with(operator) => found.push(position),
            _ => {}
        }
    }
    found
}

/// Where the bracket that opens here closes.
fn closing(masked: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (position, byte) in masked.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(position);
                }
            }
            _ => {}
        }
    }
    None
}

/// The text with its strings written over by `s` and its comments by blanks, byte for byte, so that what
/// stands in them is not taken for an operator.
fn mask(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut masked = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, cover) = match bytes[at] {
            quote @ (b'\'' | b'"') => (string_end(bytes, at, quote), b's'),
            b'/' if bytes[at..].starts_with(b"//") => {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n');
                (line.map_or(bytes.len(), |length| at + length), b' ')
            }
            _ => {
                at += 1;
                continue;
            }
        };
        masked[at..end].fill(cover);
        at = end;
    }
    masked
}

fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let raw = start > 0
        && matches!(bytes[start - 1], b'r' | b'R')
        && (start < 2 || !bytes[start - 2].is_ascii_alphanumeric());
    let tripled = [quote; 3];
    let delimiter: &[u8] = if bytes[start..].starts_with(&tripled) { &tripled } else { &tripled[..1] };
    let mut at = start + delimiter.len();
    while at < bytes.len() {
        if bytes[at..].starts_with(delimiter) {
            return at + delimiter.len();
        }
        at += if bytes[at] == b'\\' && !raw { 2 } else { 1 };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outline written with brackets: `&(a,|(b,c))`.
    fn drawn(text: &str) -> String {
        fn draw(text: &str, outline: &Outline) -> String {
            let list = |parts: &[Outline]| parts.iter().map(|part| draw(text, part)).collect::<Vec<_>>().join(",");
            match &outline.joined {
                Joined::Single => text[outline.range.clone()].to_owned(),
                Joined::All(parts) => format!("&({})", list(parts)),
                Joined::Any(parts) => format!("|({})", list(parts)),
                Joined::Not(part) => format!("!({})", draw(text, part)),
            }
        }
        draw(text, &outline(text))
    }

    #[test]
    fn clauses_are_split_where_and_and_or_stand_outside_brackets() {
        assert_eq!(drawn("a && f(b && c) && [d || e]"), "&(a,f(b && c),[d || e])");
        assert_eq!(drawn("a && b || c"), "|(&(a,b),c)");
        assert_eq!(drawn("((a && b)) && (c || d)"), "&(a,b,|(c,d))");
    }

    #[test]
    fn a_negated_group_is_one_clause_with_a_part() {
        assert_eq!(drawn("!(a || b) && !c"), "&(!(|(a,b)),!c)");
        assert_eq!(drawn("!(a) == b"), "!(a) == b");
    }

    #[test]
    fn a_choice_is_one_clause() {
        assert_eq!(drawn("a && b ? c : d"), "a && b ? c : d");
    }

    #[test]
    fn what_stands_in_strings_and_comments_is_no_operator() {
        assert_eq!(drawn(r"a == 'x\' && y' && b"), r"&(a == 'x\' && y',b)");
        assert_eq!(drawn(r"a == r'\' && b"), r"&(a == r'\',b)");
        assert_eq!(drawn("a == '''it's || ''' || b"), "|(a == '''it's || ''',b)");
        assert_eq!(drawn("a // && c\n && b"), "&(a,b)");
    }
}
