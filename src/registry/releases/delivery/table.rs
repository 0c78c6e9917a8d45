//! From a file to its typed rows, one line after the other.

use super::cells::Cells;
use super::columns::Column;
use super::fault::DeliveryFault;
use super::finding::{DeliveryFile, Finding, FindingAction, FindingLog, Untold};
use super::finding_kind::FindingKind;
use super::header::Header;
use super::open::{Content, Limits, open};
use super::record::{Record, Records};
use super::text::TextLines;
use super::{Delivered, LineContent, Original, ReadingRules};
use crate::platform::workbook::{self, SheetRows, WorkbookLimits};
use std::io::Read;

/// What a line of one of the files becomes.
pub(super) trait Row: Sized {
    type Columns: Column;
    const FILE: DeliveryFile;

    /// Reads a whole line. `None`: it cannot be loaded, and the log says why.
    fn read(cells: &mut Cells<'_, Self::Columns>) -> Option<Self>;
}

/// The account of a file that was read to its end: `lines_in = rows + set_aside`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Physical lines after the header; empty ones at the end are none.
    pub lines_in: u64,
    /// Lines handed over as rows.
    pub rows: u64,
    /// Lines handed over as they came.
    pub set_aside: u64,
    /// What was found in the header.
    pub findings: Vec<Finding>,
    /// Repairs of mere form that were too many to be told line by line.
    pub untold: Vec<Untold>,
}

/// Opens a file and hands its lines to `read`, with word whether they are rows of a workbook.
pub(super) fn with_records<O, E: From<DeliveryFault>>(
    input: impl Read + Send,
    limits: &Limits,
    read: impl FnOnce(&mut dyn Records, bool) -> Result<O, E>,
) -> Result<O, E> {
    match open(input, limits)? {
        Content::Text(text) => read(&mut TextLines::new(text), false),
        Content::Workbook(bytes) => {
            let within = WorkbookLimits { all_bytes: limits.unpacked_bytes, texts_bytes: limits.workbook_texts_bytes };
            let mut workbook = workbook::open(bytes, within).map_err(DeliveryFault::from)?;
            let mut rows = SheetRows::new(&mut workbook, ["TIDAK", "YA"]).map_err(DeliveryFault::from)?;
            read(&mut rows, true)
        }
    }
}

/// Reads all lines of a file and hands each over once, as a row or as it came.
pub(super) fn read_rows<T: Row, E: From<DeliveryFault>>(
    records: &mut dyn Records,
    is_sheet: bool,
    rules: &ReadingRules<'_>,
    mut sink: impl FnMut(Delivered<T>, Original<'_>) -> Result<(), E>,
) -> Result<Summary, E> {
    let mut record = Record::default();
    let mut log = FindingLog::new(T::FILE);
    if !records.next(&mut record)? {
        return Err(DeliveryFault::Empty.into());
    }
    log.begin_line(record.line);
    let header = Header::<T::Columns>::read(&record, &mut log)?;
    let answers = rules.answers.of_columns::<T::Columns>();
    let mut summary = Summary { findings: log.take(), ..Summary::default() };
    while records.next(&mut record)? {
        log.begin_line(record.line);
        let row = is_whole(&record, header.width, &mut log).then(|| {
            T::read(&mut Cells { record: &record, header: &header, answers: &answers, rules, is_sheet, log: &mut log })
        });
        summary.lines_in += 1;
        let content = match row.flatten() {
            Some(row) => {
                summary.rows += 1;
                LineContent::Row(row)
            }
            None => {
                summary.set_aside += 1;
                LineContent::SetAside(record.as_delivered())
            }
        };
        let delivered = Delivered { line: record.line, content, findings: log.take() };
        sink(delivered, Original(&record))?;
    }
    summary.untold = log.untold();
    Ok(summary)
}

/// Whether each field stands under its column. A line with a field too many or too few has no single
/// meaning, even if the surplus is empty: the stray separator may stand anywhere before.
fn is_whole(record: &Record, width: usize, log: &mut FindingLog) -> bool {
    use FindingAction::{Noted, Repaired, SetAside};
    let oddities = record.oddities;
    if oddities.not_utf8 {
        log.add(FindingKind::NotUtf8, Repaired, None, "Windows-1252");
    }
    if oddities.lost_characters {
        log.add(FindingKind::LostCharacters, Noted, None, "replacement sign");
    }
    let shape = || format!("{} of {width} fields", record.len());
    match record.len() {
        0 => log.add(FindingKind::EmptyLine, SetAside, None, "empty"),
        count if count < width => log.add(FindingKind::CutLine, SetAside, None, shape()),
        count if count > width => log.add(FindingKind::StraySeparator, SetAside, None, shape()),
        _ if oddities.last_field_open => log.add(FindingKind::UnclosedQuote, SetAside, None, "in the last field"),
        _ => {
            if oddities.unclosed_quote {
                log.add(FindingKind::UnclosedQuote, Repaired, None, "closed at the next separator");
            }
            return true;
        }
    }
    false
}
