//! From the bytes of a file to its content: compression, kind of file and byte order mark, all told by the
//! first bytes and never by the file's name, which senders get wrong.

use super::fault::{DeliveryFault, PastLimit};
use std::io::{self, BufReader, Cursor, Read};

/// How much of a file is taken before it is refused: a guard against archives that unpack without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text after unpacking; for a workbook, of all its parts.
    pub unpacked_bytes: u64,
    /// Bytes of an XLSX workbook as delivered. It is held in memory, since its directory stands at its end;
    /// its rows are streamed all the same.
    pub workbook_bytes: u64,
    /// Unpacked bytes of a workbook's table of texts, which is held in memory too.
    pub workbook_texts_bytes: u64,
}

impl Default for Limits {
    /// A regency's members are some 500 MB of text, so 4 GiB is far off; a workbook may have 64 MiB and as
    /// much again for its texts.
    fn default() -> Self {
        Self { unpacked_bytes: 4 << 30, workbook_bytes: 64 << 20, workbook_texts_bytes: 64 << 20 }
    }
}

/// The content of a file.
pub(super) enum Content<'r> {
    /// Text, without byte order mark.
    Text(BufReader<Bytes<'r>>),
    /// An XLSX workbook, whole.
    Workbook(Vec<u8>),
}

pub(super) type Bytes<'r> = Box<dyn Read + Send + 'r>;

/// Bytes read at once from the source and from the decompressor.
const BUFFER: usize = 128 << 10;

/// 64 MiB: the largest window that zstd may ask for, so that a frame cannot claim memory at will.
const ZSTD_WINDOW_LOG: u32 = 26;

/// Opens a file of a delivery.
///
/// # Errors
/// A damaged compression, a content that is neither text nor XLSX, a workbook beyond the limits.
pub(super) fn open<'r>(input: impl Read + Send + 'r, limits: &Limits) -> Result<Content<'r>, DeliveryFault> {
    let unpacked = Limited::new(unpack(Box::new(input))?, limits.unpacked_bytes);
    let (start, bytes) = peek(Box::new(unpacked))?;
    match start.as_slice() {
        [] => Err(DeliveryFault::Empty),
        [b'P', b'K', 3, 4] => {
            let mut workbook = Vec::new();
            Limited::new(bytes, limits.workbook_bytes).read_to_end(&mut workbook)?;
            Ok(Content::Workbook(workbook))
        }
        // UTF-16, and the XLS of old.
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0xD0, 0xCF, 0x11, 0xE0] => Err(DeliveryFault::NotText),
        [0xEF, 0xBB, 0xBF, ..] => {
            let mut bytes = bytes;
            bytes.read_exact(&mut [0; 3])?;
            Ok(Content::Text(BufReader::with_capacity(BUFFER, bytes)))
        }
        _ => Ok(Content::Text(BufReader::with_capacity(BUFFER, bytes))),
    }
}

/// Takes gzip or zstd off, if there is any.
fn unpack(input: Bytes<'_>) -> io::Result<Bytes<'_>> {
    let (start, bytes) = peek(input)?;
    Ok(match start.as_slice() {
        [0x1F, 0x8B, ..] => {
            let packed = BufReader::with_capacity(BUFFER, bytes);
            Box::new(flate2::bufread::MultiGzDecoder::new(packed))
        }
        [0x28, 0xB5, 0x2F, 0xFD] => {
            let mut decoder = zstd::stream::read::Decoder::new(bytes)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        _ => bytes,
    })
}

/// The first four bytes, or fewer, and all bytes including them.
fn peek(mut bytes: Bytes<'_>) -> io::Result<(Vec<u8>, Bytes<'_>)> {
    let mut start = Vec::with_capacity(4);
    bytes.as_mut().take(4).read_to_end(&mut start)?;
    let again = Cursor::new(start.clone());
    Ok((start, Box::new(again.chain(bytes))))
}

/// Fails once more bytes come than it may let through.
struct Limited<R> {
    inner: R,
    limit: u64,
    left: u64,
}

impl<R> Limited<R> {
    fn new(inner: R, limit: u64) -> Self {
        Self { inner, limit, left: limit }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = (self.left).checked_sub(count as u64).ok_or_else(|| io::Error::other(PastLimit(self.limit)))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn text_of(bytes: &[u8], limits: &Limits) -> Result<String, DeliveryFault> {
        match open(bytes, limits)? {
            Content::Text(mut reader) => {
                let mut text = String::new();
                reader.read_to_string(&mut text)?;
                Ok(text)
            }
            Content::Workbook(_) => Err(DeliveryFault::NotText),
        }
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compression_and_byte_order_mark_are_seen_by_the_bytes() {
        let limits = Limits::default();
        for bytes in [
            b"nama|alamat".to_vec(),
            b"\xEF\xBB\xBFnama|alamat".to_vec(),
            gzip("nama|alamat"),
            [gzip("nama"), gzip("|alamat")].concat(),
            gzip("\u{FEFF}nama|alamat"),
            zstd::encode_all(&b"nama|alamat"[..], 3).unwrap(),
        ] {
            assert_eq!(text_of(&bytes, &limits).unwrap(), "nama|alamat");
        }
    }

    #[test]
    fn what_unpacks_without_end_is_refused() {
        let limits = Limits { unpacked_bytes: 1_000, ..Limits::default() };
        let packed = gzip(&"0".repeat(1_001));
        assert!(packed.len() < 100);
        let refused = text_of(&packed, &limits);
        assert!(matches!(refused, Err(DeliveryFault::TooLarge { limit: 1_000 })));
        assert!(text_of(&gzip(&"0".repeat(1_000)), &limits).is_ok());
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let limits = Limits::default();
        let refused = |bytes: &[u8]| text_of(bytes, &limits).unwrap_err().to_string();
        assert!(refused(b"\xFF\xFEn\0a\0").contains("neither text"));
        assert_eq!(refused(b""), "the file is empty");
        let mut cut = gzip("nama|alamat");
        cut.truncate(15);
        assert!(refused(&cut).contains("cannot be read"));
    }
}
