//! One line of a file, split into its fields: a buffer that is filled again for each line.

use crate::platform::workbook::{RowSink, SheetRows};
use encoding_rs::WINDOWS_1252;
use std::io::{Read, Seek};

/// Where the lines come from: text or a workbook's sheet.
pub(super) trait Records {
    /// Fills the record with the next line; `false` at the end. Empty lines at the end are none.
    fn next(&mut self, record: &mut Record) -> Result<bool, super::DeliveryFault>;
}

impl<R: Read + Seek> Records for SheetRows<'_, R> {
    fn next(&mut self, record: &mut Record) -> Result<bool, super::DeliveryFault> {
        Ok(Self::next(self, record)?)
    }
}

/// A line and its fields.
#[derive(Default)]
pub(super) struct Record {
    /// The physical line, from 1.
    pub(super) line: u64,
    /// As delivered, without the line's end. Empty for a row of a workbook.
    raw: Vec<u8>,
    /// The line decoded; behind it copies of fields whose doubled quotes were undone.
    text: String,
    /// Where each field stands in `text`.
    fields: Vec<(usize, usize)>,
    /// What was odd about the line as such.
    pub(super) oddities: Oddities,
}

/// What may be odd about a line before its fields are looked at.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Oddities {
    /// Some letters were Windows-1252.
    pub(super) not_utf8: bool,
    /// Some letters mean nothing in either encoding, or were lost before.
    pub(super) lost_characters: bool,
    /// A quote was opened and not closed.
    pub(super) unclosed_quote: bool,
    /// It was the last field's, so that the line may be cut within a value.
    pub(super) last_field_open: bool,
}

impl RowSink for Record {
    fn begin(&mut self, line: u64) {
        self.clear(line);
    }

    fn push(&mut self, cell: &str) {
        let start = self.text.len();
        self.text.push_str(cell);
        self.fields.push((start, self.text.len()));
    }

    fn cells(&self) -> usize {
        self.len()
    }
}

impl Record {
    /// How many fields the line has.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field, without its quotes; empty beyond the last.
    pub(super) fn field(&self, position: usize) -> &str {
        match self.fields.get(position) {
            Some((start, end)) => &self.text[*start..*end],
            None => "",
        }
    }

    /// The line as it came; a workbook's row as fields in quotes between bars.
    pub(super) fn as_delivered(&self) -> Vec<u8> {
        if !self.raw.is_empty() || self.fields.is_empty() {
            return self.raw.clone();
        }
        let fields = (0..self.len()).map(|at| format!("\"{}\"", self.field(at).replace('"', "\"\"")));
        fields.collect::<Vec<_>>().join("|").into_bytes()
    }

    /// Empties the record for another line.
    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.raw.clear();
        self.text.clear();
        self.fields.clear();
        self.oddities = Oddities::default();
    }

    /// Takes over a line of text, which is swapped with the record's old buffer, and splits it.
    pub(super) fn take_text(&mut self, line: u64, raw: &mut Vec<u8>, separator: u8) {
        self.clear(line);
        std::mem::swap(&mut self.raw, raw);
        self.decode();
        self.split(separator);
    }

    /// The decoded line.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Files are said to be UTF-8 or Latin-1 and are often both, so every line is decoded for itself: what is
    /// valid UTF-8 stays, and the bytes between are Windows-1252, the superset of Latin-1 that is meant.
    fn decode(&mut self) {
        if let Ok(text) = std::str::from_utf8(&self.raw) {
            self.text.push_str(text);
        } else {
            self.oddities.not_utf8 = true;
            for chunk in self.raw.utf8_chunks() {
                self.text.push_str(chunk.valid());
                for byte in chunk.invalid() {
                    self.text.push_str(&windows_1252(*byte));
                }
            }
        }
        self.oddities.lost_characters = !self.text.is_ascii() && self.text.contains('\u{FFFD}');
    }

    /// Splits at separators outside of quotes. A quote opens a field only as its first letter and closes it
    /// only before a separator, so that `a "b" c` is a plain field. Spaces around the quotes do not count.
    ///
    /// A quote never reaches into the next line: one physical line is one record. A value with a line break
    /// does not occur in DTSEN, while an unclosed quote does, and read by the book it would swallow all lines
    /// up to the next quote.
    fn split(&mut self, separator: u8) {
        let end = self.text.len();
        let mut at = 0;
        loop {
            let bytes = &self.text.as_bytes()[..end];
            let opening = at + spaces(bytes, at);
            let is_quoted = bytes.get(opening) == Some(&b'"');
            let next = match is_quoted.then(|| quoted_field(bytes, opening + 1, separator)) {
                Some(Some(quoted)) => {
                    self.add_quoted(opening + 1, &quoted);
                    quoted.next
                }
                unclosed => {
                    let field_end = find(bytes, at, separator).unwrap_or(end);
                    if unclosed.is_some() {
                        self.oddities.unclosed_quote = true;
                        self.oddities.last_field_open = field_end == end;
                    }
                    let start = if unclosed.is_some() { opening + 1 } else { at };
                    self.fields.push((start, field_end));
                    field_end
                }
            };
            if next >= end {
                return;
            }
            at = next + 1;
            if at == end {
                // The line ends with a separator: one more empty field.
                self.fields.push((end, end));
                return;
            }
        }
    }

    fn add_quoted(&mut self, start: usize, quoted: &Quoted) {
        if quoted.has_doubled_quotes {
            let plain = self.text[start..quoted.end].replace("\"\"", "\"");
            self.push(&plain);
        } else {
            self.fields.push((start, quoted.end));
        }
    }
}

/// A field in quotes: where its value ends and where the separator after it stands.
struct Quoted {
    end: usize,
    next: usize,
    has_doubled_quotes: bool,
}

/// Looks for the quote that closes the field whose value begins at `start`.
fn quoted_field(bytes: &[u8], start: usize, separator: u8) -> Option<Quoted> {
    let mut has_doubled_quotes = false;
    let mut at = start;
    while let Some(quote) = find(bytes, at, b'"') {
        let after = spaces(bytes, quote + 1);
        let next = quote + 1 + after;
        match bytes.get(next) {
            None => {}
            Some(byte) if *byte == separator => {}
            Some(b'"') if after == 0 => {
                has_doubled_quotes = true;
                at = quote + 2;
                continue;
            }
            // A quote between a separator and a value opens the next field, so this one was not closed.
            Some(_) if quote > start && bytes[quote - 1] == separator => return None,
            Some(_) => {
                at = quote + 1;
                continue;
            }
        }
        return Some(Quoted { end: quote, next, has_doubled_quotes });
    }
    None
}

/// How many spaces stand here.
fn spaces(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().take_while(|byte| **byte == b' ').count()
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    let found = bytes.get(from..)?.iter().position(|byte| *byte == wanted)?;
    Some(from + found)
}

/// One byte of Windows-1252; the five that mean nothing there become U+FFFD.
fn windows_1252(byte: u8) -> String {
    match byte {
        0x81 | 0x8D | 0x8F | 0x90 | 0x9D => '\u{FFFD}'.to_string(),
        _ => WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(raw: &[u8]) -> Record {
        let mut record = Record::default();
        record.take_text(2, &mut raw.to_vec(), b'|');
        record
    }

    fn fields(raw: &str) -> Vec<String> {
        let record = record(raw.as_bytes());
        (0..record.len()).map(|at| record.field(at).to_owned()).collect()
    }

    #[test]
    fn separators_within_quotes_belong_to_the_field() {
        assert_eq!(fields(r#""35"|"JL. A|B"|7"#), ["35", "JL. A|B", "7"]);
        assert_eq!(fields(r#"a||"""#), ["a", "", ""]);
        assert_eq!(fields("a|"), ["a", ""]);
        assert_eq!(fields(r#""a"|"#), ["a", ""]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn quotes_within_a_field_are_kept() {
        assert_eq!(fields(r#""DSN ""TENGAH"" 2"|x"#), [r#"DSN "TENGAH" 2"#, "x"]);
        assert_eq!(fields(r#""DSN "TENGAH" 2"|x"#), [r#"DSN "TENGAH" 2"#, "x"]);
        assert_eq!(fields(r#"RT "3"|x"#), [r#"RT "3""#, "x"]);
        assert_eq!(fields(r#" "a" |"b""#), ["a", "b"]);
    }

    #[test]
    fn an_unclosed_quote_ends_at_the_next_separator() {
        assert_eq!(fields(r#""a|"b"|"c""#), ["a", "b", "c"]);
        assert_eq!(fields(r#""a|""|"c""#), ["a", "", "c"]);
        let open = record(br#""a|b|c"#);
        assert_eq!(fields(r#""a|b|c"#), ["a", "b", "c"]);
        assert!(open.oddities.unclosed_quote && !open.oddities.last_field_open);
        let cut = record(br#""a"|"b"|"SMA/se"#);
        assert_eq!(cut.field(2), "SMA/se");
        assert!(cut.oddities.unclosed_quote && cut.oddities.last_field_open);
    }

    #[test]
    fn each_line_is_decoded_for_itself() {
        assert_eq!(record("SITI NURÉ".as_bytes()).oddities, Oddities::default());
        let latin = record(b"SITI NUR\xC9");
        assert_eq!(latin.text(), "SITI NURÉ");
        assert!(latin.oddities.not_utf8 && !latin.oddities.lost_characters);
        let both = record(b"NUR\xC3\x89 NUR\xC9 \x81");
        assert_eq!(both.text(), "NURÉ NURÉ \u{FFFD}");
        assert!(both.oddities.not_utf8 && both.oddities.lost_characters);
        assert_eq!(both.as_delivered(), b"NUR\xC3\x89 NUR\xC9 \x81");
    }

    #[test]
    fn a_row_of_a_workbook_is_kept_as_fields_in_quotes() {
        let mut record = Record::default();
        record.clear(3);
        record.push("a\"b");
        record.push("c");
        assert_eq!(record.as_delivered(), br#""a""b"|"c""#);
    }
}
