//! PostgreSQL's text format of COPY, written without an allocation for each field.

use super::reading::ReadingFault;
use crate::platform::region_code::RegionCode;
use bytes::{BufMut, Bytes, BytesMut};
use chrono::NaiveDate;
use serde_json::Value;
use std::fmt::Write;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

/// Bytes that are sent together.
const CHUNK: usize = 64 * 1024;

/// Rows of one table on their way.
pub struct RowWriter {
    buffer: BytesMut,
    sender: Sender<Bytes>,
    begun: bool,
}

/// A value that COPY can take.
pub trait Field {
    /// Writes it; `\N` for what is not there.
    fn write(&self, out: &mut BytesMut);
}

impl RowWriter {
    pub fn new(sender: Sender<Bytes>) -> Self {
        Self { buffer: BytesMut::with_capacity(CHUNK + 4096), sender, begun: false }
    }

    /// The next field of the row.
    pub fn put(&mut self, field: &impl Field) -> &mut Self {
        if self.begun {
            self.buffer.put_u8(b'\t');
        }
        self.begun = true;
        field.write(&mut self.buffer);
        self
    }

    /// Ends the row; sends what has come together.
    pub fn end_row(&mut self) -> Result<(), ReadingFault> {
        self.buffer.put_u8(b'\n');
        self.begun = false;
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    /// Sends what is left.
    pub fn flush(&mut self) -> Result<(), ReadingFault> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = self.buffer.split().freeze();
        self.buffer.reserve(CHUNK + 4096);
        // A closed channel: the database refused, and the async side knows why.
        self.sender.blocking_send(chunk).map_err(|_| ReadingFault::Stopped)
    }
}

impl<T: Field> Field for Option<T> {
    fn write(&self, out: &mut BytesMut) {
        match self {
            Some(value) => value.write(out),
            None => out.put_slice(b"\\N"),
        }
    }
}

impl Field for str {
    fn write(&self, out: &mut BytesMut) {
        for byte in self.bytes() {
            match byte {
                b'\\' => out.put_slice(b"\\\\"),
                b'\t' => out.put_slice(b"\\t"),
                b'\n' => out.put_slice(b"\\n"),
                b'\r' => out.put_slice(b"\\r"),
                // PostgreSQL's text can't hold it, and it says nothing.
                0 => {}
                other => out.put_u8(other),
            }
        }
    }
}

impl Field for &str {
    fn write(&self, out: &mut BytesMut) {
        (**self).write(out);
    }
}

impl Field for String {
    fn write(&self, out: &mut BytesMut) {
        self.as_str().write(out);
    }
}

impl Field for bool {
    fn write(&self, out: &mut BytesMut) {
        out.put_u8(if *self { b't' } else { b'f' });
    }
}

impl Field for RegionCode {
    fn write(&self, out: &mut BytesMut) {
        out.put_slice(self.as_str().as_bytes());
    }
}

/// Bytes, as `\x…`; the backslash itself is escaped.
pub struct Binary<'a>(pub &'a [u8]);

impl Field for Binary<'_> {
    fn write(&self, out: &mut BytesMut) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        out.put_slice(b"\\\\x");
        out.reserve(self.0.len() * 2);
        for byte in self.0 {
            out.put_u8(DIGITS[usize::from(byte >> 4)]);
            out.put_u8(DIGITS[usize::from(byte & 15)]);
        }
    }
}

macro_rules! displayed {
    ($($type:ty),+) => {
        $(impl Field for $type {
            fn write(&self, out: &mut BytesMut) {
                // Writing into a growing buffer does not fail.
                let _ = write!(out, "{self}");
            }
        })+
    };
}

displayed!(i16, i32, i64, u32, u64, NaiveDate, Uuid);

impl Field for Value {
    fn write(&self, out: &mut BytesMut) {
        // jsonb refuses the escaped NUL as text refuses the plain one.
        self.to_string().replace("\\u0000", "").write(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(field: &impl Field) -> String {
        let mut out = BytesMut::new();
        field.write(&mut out);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn what_would_end_a_field_or_row_is_escaped() {
        assert_eq!(written(&"a\tb\\N\nc\0"), "a\\tb\\\\N\\nc");
        assert_eq!(written(&None::<i16>), "\\N");
        assert_eq!(written(&Some(-7_i16)), "-7");
        assert_eq!(written(&Binary(&[0, 255])), "\\\\x00ff");
    }
}
