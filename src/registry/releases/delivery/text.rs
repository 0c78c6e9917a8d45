//! Lines of a text file with separators.

use super::fault::DeliveryFault;
use super::record::{Record, Records};
use std::io::{BufRead, Read};

/// No line of a delivery comes near: its 52 fields hold some 500 bytes.
const LONGEST_LINE: usize = 1 << 20;

/// The separators that deliveries use.
const SEPARATORS: [u8; 4] = *b"|;,\t";

/// Reads line by line. Which separator it is, the first line tells.
pub(super) struct TextLines<R> {
    input: R,
    separator: Option<u8>,
    /// The physical line that was read last.
    line: u64,
    /// That line, if it is still to be handed over.
    ahead: Option<Vec<u8>>,
    /// Empty lines before it that are still to be handed over.
    empty_before: u64,
    /// A buffer that waits to be used again.
    spare: Vec<u8>,
}

impl<R: BufRead> TextLines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, separator: None, line: 0, ahead: None, empty_before: 0, spare: Vec::new() }
    }

    /// The next line that is not empty, with the empty ones before it counted.
    fn read_ahead(&mut self) -> Result<bool, DeliveryFault> {
        let mut raw = std::mem::take(&mut self.spare);
        self.empty_before = 0;
        while self.read_line(&mut raw)? {
            self.line += 1;
            if raw.iter().all(|byte| *byte == b' ') {
                self.empty_before += 1;
            } else {
                self.ahead = Some(raw);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn read_line(&mut self, raw: &mut Vec<u8>) -> Result<bool, DeliveryFault> {
        raw.clear();
        let limit = LONGEST_LINE as u64 + 1;
        let count = self.input.by_ref().take(limit).read_until(b'\n', raw)?;
        if count > LONGEST_LINE {
            return Err(DeliveryFault::LineTooLong { line: self.line + 1, limit: LONGEST_LINE });
        }
        for end in [b'\n', b'\r'] {
            if raw.last() == Some(&end) {
                raw.pop();
            }
        }
        Ok(count > 0)
    }
}

impl<R: BufRead> Records for TextLines<R> {
    fn next(&mut self, record: &mut Record) -> Result<bool, DeliveryFault> {
        if self.ahead.is_none() && !self.read_ahead()? {
            return Ok(false);
        }
        // Empty lines above the header say nothing.
        if self.empty_before > 0 && self.separator.is_some() {
            record.clear(self.line - self.empty_before);
            self.empty_before -= 1;
            return Ok(true);
        }
        let mut raw = self.ahead.take().unwrap_or_default();
        let separator = *self.separator.get_or_insert_with(|| separator_of(&raw));
        record.take_text(self.line, &mut raw, separator);
        self.spare = raw;
        Ok(true)
    }
}

/// The separator that stands most often in the header, whose names hold none of them, or in another line.
pub(super) fn separator_of(line: &[u8]) -> u8 {
    let count = |separator: &u8| line.iter().filter(|byte| *byte == separator).count();
    // The last of equals wins: bars where there are none at all.
    SEPARATORS.into_iter().rev().max_by_key(count).unwrap_or(b'|')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut lines = TextLines::new(text.as_bytes());
        let mut record = Record::default();
        let mut read = Vec::new();
        while lines.next(&mut record).unwrap() {
            let fields = (0..record.len()).map(|at| record.field(at).to_owned());
            read.push((record.line, fields.collect()));
        }
        read
    }

    #[test]
    fn the_header_tells_the_separator() {
        for separator in ["|", ";", ",", "\t"] {
            let text = format!("nama{separator}alamat\n\"SITI, S.PD|A;\"{separator}X\n");
            assert_eq!(lines(&text)[1].1, ["SITI, S.PD|A;", "X"]);
        }
        assert_eq!(separator_of(b"nama"), b'|');
    }

    #[test]
    fn empty_lines_count_within_the_file_and_not_at_its_end() {
        let read = lines("\r\nnama|alamat\r\nA|B\r\n\r\n  \r\nC|D\r\n\r\n\r\n");
        let numbers: Vec<(u64, usize)> = read.iter().map(|(line, fields)| (*line, fields.len())).collect();
        assert_eq!(numbers, [(2, 2), (3, 2), (4, 0), (5, 0), (6, 2)]);
    }

    #[test]
    fn an_unclosed_quote_does_not_swallow_the_next_line() {
        let read = lines("nama|alamat\n\"A|B\n\"C\"|\"D\"\n");
        assert_eq!(read[1].1, ["A", "B"]);
        assert_eq!(read[2].1, ["C", "D"]);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let endless = format!("nama|alamat\n{}", "x".repeat(LONGEST_LINE + 1));
        let mut lines = TextLines::new(endless.as_bytes());
        let mut record = Record::default();
        assert!(lines.next(&mut record).unwrap());
        let refused = lines.next(&mut record);
        assert!(matches!(refused, Err(DeliveryFault::LineTooLong { line: 2, .. })));
    }
}
