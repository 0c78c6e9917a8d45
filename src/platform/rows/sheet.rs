//! A list as a workbook: its first sheet is read as a CSV file would be, line for row, and answered as a workbook.

use super::unreadable;
use crate::platform::{
    problem::{Outcome, Problem, codes},
    workbook::{self, RowSink, SheetRows, WorkbookFault, WorkbookLimits},
};
use rust_xlsxwriter::{Workbook, XlsxError};

/// The body itself is limited already; this is what it may unpack to.
const LIMITS: WorkbookLimits = WorkbookLimits { all_bytes: 256 << 20, texts_bytes: 64 << 20 };

/// A row as it comes.
#[derive(Default)]
struct Cells {
    line: u64,
    cells: Vec<String>,
}

impl RowSink for Cells {
    fn begin(&mut self, line: u64) {
        self.line = line;
        self.cells.clear();
    }

    fn push(&mut self, cell: &str) {
        // A line of the text is a row of the sheet.
        self.cells.push(cell.replace(['\r', '\n'], " "));
    }

    fn cells(&self) -> usize {
        self.cells.len()
    }
}

/// The first sheet as CSV. A row that holds nothing is an empty line, so that lines count as rows do.
///
/// # Errors
/// `malformed-request` where it is no workbook, `too-large` where it unpacks to more than a list may have,
/// `too-many-rows`.
pub(super) fn to_csv(bytes: &[u8], most_rows: usize) -> Outcome<String> {
    read(bytes, most_rows).map_err(|fault| match fault {
        Unread::Refused(problem) => problem,
        Unread::Fault(WorkbookFault::TooLarge(_)) => Problem::from(&codes::TOO_LARGE),
        Unread::Fault(WorkbookFault::Damaged(_) | WorkbookFault::Empty) => {
            unreadable(1, "Buku kerja XLSX tidak dapat dibaca.", "The XLSX workbook can't be read.")
        }
    })
}

enum Unread {
    Fault(WorkbookFault),
    Refused(Problem),
}

impl From<WorkbookFault> for Unread {
    fn from(fault: WorkbookFault) -> Self {
        Self::Fault(fault)
    }
}

fn read(bytes: &[u8], most_rows: usize) -> Result<String, Unread> {
    let mut workbook = workbook::open(bytes.to_vec(), LIMITS)?;
    let mut rows = SheetRows::new(&mut workbook, ["false", "true"])?;
    let (mut out, mut row, mut next_line) = (Vec::new(), Cells::default(), 1);
    let too_many = |line: u64| Unread::Refused(codes::TOO_MANY_ROWS.with("line", line));
    let (mut told, mut size) = (0_usize, 0_u64);
    while rows.next(&mut row)? {
        if row.line < next_line {
            return Err(Unread::Fault(WorkbookFault::Damaged("rows out of order".to_owned())));
        }
        // A sheet may skip a million rows, and that is no list either.
        if told > most_rows || row.line - next_line > most_rows as u64 {
            return Err(too_many(row.line));
        }
        (next_line..row.line).for_each(|_| out.push(b'\n'));
        let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
        let written = line.write_record(&row.cells).map_err(Problem::internal);
        let line = written.and_then(|()| line.into_inner().map_err(Problem::internal)).map_err(Unread::Refused)?;
        size += line.len() as u64;
        if size > LIMITS.texts_bytes {
            return Err(Unread::Fault(WorkbookFault::TooLarge(LIMITS.texts_bytes)));
        }
        out.extend(line);
        (told, next_line) = (told + 1, row.line + 1);
    }
    String::from_utf8(out).map_err(|error| Unread::Refused(Problem::internal(error)))
}

/// A CSV text as a workbook of one sheet, every cell a text: so a formula is none, and a number keeps its digits.
///
/// # Errors
/// An internal problem where it can't be written.
pub(super) fn of_csv(text: &[u8], delimiter: u8) -> Outcome<Vec<u8>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(Problem::internal)?;
    write(&records).map_err(Problem::internal)
}

fn write(records: &[csv::StringRecord]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    for (row, record) in (0..).zip(records) {
        for (column, cell) in (0..).zip(record) {
            sheet.write_string(row, column, cell)?;
        }
    }
    workbook.save_to_buffer()
}
