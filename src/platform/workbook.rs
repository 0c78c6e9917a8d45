//! XLSX workbooks: the rows of the first sheet, one after the other, within limits.

use calamine::{Cell, DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use std::io::{Cursor, Read, Seek};

/// Why a workbook can't be read.
#[derive(Debug, PartialEq, Eq)]
pub enum WorkbookFault {
    /// It is no workbook, or a damaged one; in words for the log.
    Damaged(String),
    /// It unpacks to more bytes than this.
    TooLarge(u64),
    /// It has no sheet.
    Empty,
}

impl From<XlsxError> for WorkbookFault {
    fn from(error: XlsxError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// How much a workbook may unpack to: a guard against archives that unpack without end.
#[derive(Debug, Clone, Copy)]
pub struct WorkbookLimits {
    /// Bytes of all its parts.
    pub all_bytes: u64,
    /// Bytes of its table of texts, which is held in memory.
    pub texts_bytes: u64,
}

/// Where a row's cells go.
pub trait RowSink {
    /// A row begins: its number in the sheet, from 1.
    fn begin(&mut self, line: u64);
    /// Its next cell.
    fn push(&mut self, cell: &str);
    /// Cells so far.
    fn cells(&self) -> usize;
}

/// Opens the workbook, after a look into its directory at what it would unpack to.
///
/// # Errors
/// It is damaged, or larger than the limits allow.
pub fn open(bytes: Vec<u8>, limits: WorkbookLimits) -> Result<Xlsx<Cursor<Vec<u8>>>, WorkbookFault> {
    let sizes = Sizes::of(&bytes).ok_or_else(|| WorkbookFault::Damaged("no directory".to_owned()))?;
    for (size, limit) in [(sizes.all, limits.all_bytes), (sizes.texts, limits.texts_bytes)] {
        if size > limit {
            return Err(WorkbookFault::TooLarge(limit));
        }
    }
    Ok(Xlsx::new(Cursor::new(bytes))?)
}

/// A sheet has no more columns, whatever a cell says of its place.
const MOST_COLUMNS: usize = 16_384;

/// Reads the first sheet row by row. Rows that hold nothing are not in the file, so they are no lines; a
/// row's line is its number in the sheet.
pub struct SheetRows<'w, R: Read + Seek> {
    cells: XlsxCellReader<'w, R>,
    ahead: Option<Cell<DataRef<'w>>>,
    /// The sheet was read to its end; its reader may not be asked again.
    is_at_end: bool,
    /// Cells of the header; a shorter row ends with empty ones.
    width: usize,
    /// What a cell says that is false, and one that is true.
    truth: [&'static str; 2],
}

impl<'w, R: Read + Seek> SheetRows<'w, R> {
    /// From its first row; a cell that is false or true says so in these words.
    ///
    /// # Errors
    /// It is damaged, or has no sheet.
    pub fn new(workbook: &'w mut Xlsx<R>, truth: [&'static str; 2]) -> Result<Self, WorkbookFault> {
        let sheet = workbook.sheet_names().into_iter().next().ok_or(WorkbookFault::Empty)?;
        Ok(Self { cells: workbook.worksheet_cells_reader(&sheet)?, ahead: None, is_at_end: false, width: 0, truth })
    }

    /// The next cell that holds something.
    fn next_cell(&mut self) -> Result<Option<Cell<DataRef<'w>>>, WorkbookFault> {
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

    /// Gives the next row to the sink; `false` at the end.
    ///
    /// # Errors
    /// It is damaged.
    pub fn next(&mut self, row: &mut impl RowSink) -> Result<bool, WorkbookFault> {
        let first = match self.ahead.take() {
            Some(cell) => cell,
            None => match self.next_cell()? {
                Some(cell) => cell,
                None => return Ok(false),
            },
        };
        let number = first.get_position().0;
        row.begin(u64::from(number) + 1);
        let mut cell = Some(first);
        while let Some(this) = cell.take_if(|cell| cell.get_position().0 == number) {
            let column = this.get_position().1 as usize;
            if column >= MOST_COLUMNS {
                return Err(WorkbookFault::Damaged(format!("a cell in column {column}")));
            }
            while row.cells() < column {
                row.push("");
            }
            row.push(&text_of(this.get_value(), self.truth));
            cell = self.next_cell()?;
        }
        self.ahead = cell;
        if self.width == 0 {
            self.width = row.cells();
        }
        while row.cells() < self.width {
            row.push("");
        }
        Ok(true)
    }
}

/// Whole numbers up to here are exact in a workbook's cells (2^53).
pub const EXACT: f64 = 9_007_199_254_740_992.0;

/// What a cell says. Whole numbers lose the `.0` that they do not show in the sheet either, as long as they
/// are exact; beyond, the digits are not those that were meant, and `.0` tells the reader of identities so.
fn text_of(value: &DataRef<'_>, [untrue, yes]: [&str; 2]) -> String {
    match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.fract() == 0.0 && number.abs() <= EXACT => {
            format!("{number:.0}")
        }
        DataRef::Float(number) => format!("{number:?}"),
        DataRef::Bool(is_true) => (if *is_true { yes } else { untrue }).to_owned(),
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
