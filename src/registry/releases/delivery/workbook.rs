//! Rows of the first sheet of an XLSX workbook.

use super::fault::DeliveryFault;
use super::open::Limits;
use super::record::{Record, Records};
use calamine::{Cell, DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use std::io::{Cursor, Read, Seek};

impl From<XlsxError> for DeliveryFault {
    fn from(error: XlsxError) -> Self {
        Self::Workbook(error.to_string())
    }
}

/// Opens the workbook, after a look into its directory at what it would unpack to.
///
/// # Errors
/// It is damaged, or larger than the limits allow.
pub(super) fn open_workbook(bytes: Vec<u8>, limits: &Limits) -> Result<Xlsx<Cursor<Vec<u8>>>, DeliveryFault> {
    let sizes = Sizes::of(&bytes).ok_or_else(|| DeliveryFault::Workbook("no directory".to_owned()))?;
    for (size, limit) in [(sizes.all, limits.unpacked_bytes), (sizes.texts, limits.workbook_texts_bytes)] {
        if size > limit {
            return Err(DeliveryFault::TooLarge { limit });
        }
    }
    Ok(Xlsx::new(Cursor::new(bytes))?)
}

/// A sheet has no more columns, whatever a cell says of its place.
const MOST_COLUMNS: usize = 16_384;

/// Reads the first sheet row by row. Rows that hold nothing are not in the file, so they are no lines; a
/// row's line is its number in the sheet.
pub(super) struct SheetRows<'w, R: Read + Seek> {
    cells: XlsxCellReader<'w, R>,
    ahead: Option<Cell<DataRef<'w>>>,
    /// The sheet was read to its end; its reader may not be asked again.
    is_at_end: bool,
    /// Fields of the header; a shorter row ends with empty cells.
    width: usize,
}

impl<'w, R: Read + Seek> SheetRows<'w, R> {
    pub(super) fn new(workbook: &'w mut Xlsx<R>) -> Result<Self, DeliveryFault> {
        let sheet = workbook.sheet_names().into_iter().next().ok_or(DeliveryFault::Empty)?;
        Ok(Self { cells: workbook.worksheet_cells_reader(&sheet)?, ahead: None, is_at_end: false, width: 0 })
    }

    /// The next cell that holds something.
    fn next_cell(&mut self) -> Result<Option<Cell<DataRef<'w>>>, DeliveryFault> {
        while !self.is_at_end {
            let Some(cell) = self.cells.next_cell()? else {
                self.is_at_end = true;
                break;
            };
            let is_empty = match cell.get_value() {
                DataRef::Empty => true,
                DataRef::String(text) => text.trim().is_empty(),
                DataRef::SharedString(text) => text.trim().is_empty(),
                _ => false,
            };
            if !is_empty {
                return Ok(Some(cell));
            }
        }
        Ok(None)
    }
}

impl<R: Read + Seek> Records for SheetRows<'_, R> {
    fn next(&mut self, record: &mut Record) -> Result<bool, DeliveryFault> {
        let first = match self.ahead.take() {
            Some(cell) => cell,
            None => match self.next_cell()? {
                Some(cell) => cell,
                None => return Ok(false),
            },
        };
        let row = first.get_position().0;
        record.clear(u64::from(row) + 1);
        let mut cell = Some(first);
        while let Some(this) = cell.take_if(|cell| cell.get_position().0 == row) {
            let column = this.get_position().1 as usize;
            if column >= MOST_COLUMNS {
                return Err(DeliveryFault::Workbook(format!("a cell in column {column}")));
            }
            while record.len() < column {
                record.push("");
            }
            record.push(&text_of(this.get_value()));
            cell = self.next_cell()?;
        }
        self.ahead = cell;
        if self.width == 0 {
            self.width = record.len();
        }
        while record.len() < self.width {
            record.push("");
        }
        Ok(true)
    }
}

/// Whole numbers up to here are exact in a workbook's cells (2^53).
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a cell says. Whole numbers lose the `.0` that they do not show in the sheet either, as long as they
/// are exact; beyond, the digits are not those that were meant, and `.0` tells the reader of identities so.
fn text_of(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
            format!("{number:.0}")
        }
        DataRef::Float(number) => format!("{number:?}"),
        DataRef::Bool(true) => "YA".to_owned(),
        DataRef::Bool(false) => "TIDAK".to_owned(),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// What a zip archive's directory says of its parts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sizes {
    /// Bytes of all parts, unpacked.
    all: u64,
    /// Bytes of the workbook's table of texts.
    texts: u64,
}

impl Sizes {
    /// Reads the central directory (PKWARE's APPNOTE 4.3.12 and 4.3.16). `None`: there is none.
    fn of(zip: &[u8]) -> Option<Self> {
        const END_SIZE: usize = 22;
        const ENTRY_SIZE: usize = 46;
        let end = zip.windows(END_SIZE).rposition(|bytes| bytes.starts_with(b"PK\x05\x06"))?;
        let number = |at: usize, length: usize| -> Option<u64> {
            let bytes = zip.get(at..at + length)?;
            Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
        };
        let count = number(end + 10, 2)?;
        let mut at = usize::try_from(number(end + 16, 4)?).ok()?;
        let mut sizes = Self::default();
        for _ in 0..count {
            if number(at, 4)? != 0x0201_4B50 {
                return None;
            }
            let size = number(at + 24, 4)?;
            let [name, extra, comment] = [28, 30, 32].map(|field| number(at + field, 2));
            let name_end = at + ENTRY_SIZE + usize::try_from(name?).ok()?;
            sizes.all += size;
            if zip.get(at + ENTRY_SIZE..name_end)?.ends_with(b"sharedStrings.xml") {
                sizes.texts += size;
            }
            at = name_end + usize::try_from(extra? + comment?).ok()?;
        }
        Some(sizes)
    }
}
