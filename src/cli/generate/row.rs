//! One line of a delivery while it is made: its fields in one text, and the form it is written in.

use std::fmt::{Display, Write};

/// Fields of one line, in the order of its columns.
#[derive(Debug, Clone)]
pub struct Row {
    columns: &'static [&'static str],
    text: String,
    ends: Vec<usize>,
}

/// How a line is written out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// As it should be: every field quoted, Latin-1.
    Whole,
    /// With one separator too many after half of the fields.
    StraySeparator,
    /// Cut off after this share of its bytes.
    Cut(f64),
    /// In UTF-8 among lines of Latin-1.
    Utf8,
}

impl Row {
    /// A line without fields yet.
    #[must_use]
    pub fn new(columns: &'static [&'static str]) -> Self {
        Self { columns, text: String::with_capacity(512), ends: Vec::with_capacity(columns.len()) }
    }

    /// Adds a field.
    pub fn push(&mut self, field: &str) {
        self.text.push_str(field);
        self.ends.push(self.text.len());
    }

    /// Adds a number.
    pub fn number(&mut self, number: impl Display) {
        // Writing into a String does not fail.
        let _ = write!(self.text, "{number}");
        self.ends.push(self.text.len());
    }

    /// Adds an answer, or an empty field where there is none.
    pub fn optional(&mut self, answer: Option<u8>) {
        match answer {
            Some(code) => self.number(code),
            None => self.push(""),
        }
    }

    /// Adds empty fields.
    pub fn blank(&mut self, fields: usize) {
        self.ends.extend(std::iter::repeat_n(self.text.len(), fields));
    }

    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        self.ends.iter().scan(0, |start, end| {
            let field = &self.text[*start..*end];
            *start = *end;
            Some(field)
        })
    }

    /// The field of this column; empty where there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        let position = self.columns.iter().position(|name| *name == column);
        position.and_then(|at| self.fields().nth(at)).unwrap_or_default()
    }

    /// Puts another text into this column. A column that the file does not have is left out.
    pub fn set(&mut self, column: &str, to: &str) {
        let mut changed = Self::new(self.columns);
        for (name, field) in self.columns.iter().zip(self.fields()) {
            changed.push(if *name == column { to } else { field });
        }
        *self = changed;
    }

    /// Appends the line, with its line break.
    pub fn write(&self, form: Form, out: &mut Vec<u8>) {
        let (start, half) = (out.len(), self.ends.len() / 2);
        for (position, field) in self.fields().enumerate() {
            if position > 0 {
                out.push(b'|');
            }
            if form == Form::StraySeparator && position == half {
                out.push(b'|');
            }
            out.push(b'"');
            write_text(field, form == Form::Utf8, out);
            out.push(b'"');
        }
        if let Form::Cut(share) = form {
            out.truncate(start + ((out.len() - start) as f64 * share) as usize);
        }
        out.push(b'\n');
    }
}

fn write_text(text: &str, utf8: bool, out: &mut Vec<u8>) {
    if utf8 || text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        // What Latin-1 cannot say becomes a question mark; no name of ours needs that.
        out.extend(text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(form: Form) -> Vec<u8> {
        let mut row = Row::new(&["satu", "dua"]);
        row.push("SONGÈH");
        row.number(7);
        let mut out = Vec::new();
        row.write(form, &mut out);
        out
    }

    #[test]
    fn a_line_is_written_as_deliveries_are() {
        assert_eq!(written(Form::Whole), b"\"SONG\xc8H\"|\"7\"\n");
        assert_eq!(written(Form::Utf8), b"\"SONG\xc3\x88H\"|\"7\"\n");
        assert_eq!(written(Form::StraySeparator), b"\"SONG\xc8H\"||\"7\"\n");
        assert_eq!(written(Form::Cut(0.5)), b"\"SONG\xc8\n");
    }

    #[test]
    fn a_field_is_changed_by_its_column_s_name() {
        let mut row = Row::new(&["satu", "dua"]);
        row.push("a");
        row.push("b");
        row.set("satu", "longer");
        assert_eq!((row.get("satu"), row.get("dua"), row.get("tiga")), ("longer", "b", ""));
    }
}
