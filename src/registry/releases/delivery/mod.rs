//! Reads a DTSEN delivery as it comes: two text files (or workbooks), packed or not, in mixed encodings and
//! with every damage that importers meet. Pure and synchronous: bytes go in, typed rows and findings come out.
//!
//! The way of a line: `open` unpacks the file, `text` (or the ground's `workbook`) finds the line,
//! `record` decodes and splits it, `header` knows which field is which column, `cells` reads them with
//! the repairs of `repair`, `date` and `village`, and `family` or `member` makes the row of them.
//!
//! Three promises:
//! - Each line comes out exactly once: as a typed row, or as it came ([`LineContent::SetAside`]).
//! - A value is repaired only where it has one meaning; what has none becomes unknown and is told.
//! - A finding never holds a number or name of the delivery, only the shape of what was wrong.
//!
//! What can be seen only with both files at hand (the same family twice, a member without a family) is found
//! later, in the database, with kinds out of the same [`FindingKind`]. `docs/dtsen.md` tells it to people.

mod cells;
mod code_book;
mod columns;
mod covered;
mod date;
mod family;
mod fault;
mod finding;
mod finding_kind;
mod header;
mod member;
mod open;
mod record;
mod repair;
mod table;
mod text;
mod village;

#[cfg(test)]
mod tests;

pub use cells::UnusableNumber;
pub use code_book::{CodeBookContent, CodeBookEntry, KnownAnswers, read_code_book};
pub use covered::covered_fields;
pub use family::FamilyRow;
pub use fault::DeliveryFault;
pub use finding::{DeliveryFile, FORMS_TOLD, Finding, FindingAction, Untold};
pub use finding_kind::{Explanation, FindingKind};
pub use member::MemberRow;
pub use open::Limits;
pub use table::Summary;
pub use village::BpsRegions;

use crate::platform::region_code::RegionCode;
use chrono::NaiveDate;
use std::collections::HashSet;
use std::io::Read;

/// What a delivery is read against.
#[derive(Debug, Clone, Copy)]
pub struct ReadingRules<'a> {
    /// The civil day (Asia/Jakarta) on which nobody is unborn.
    pub today: NaiveDate,
    /// Villages that a family can live in.
    pub villages: &'a HashSet<RegionCode>,
    /// BPS's numbering of villages; empty where a delivery is not to be read in it.
    pub bps_regions: &'a BpsRegions,
    /// The answers that the release's code book knows; an empty one accepts every code.
    pub answers: &'a KnownAnswers,
    /// How large a file may be.
    pub limits: Limits,
}

/// One line of a delivery, read.
pub struct Delivered<T> {
    /// The physical line, from 1 (the header's); in a workbook the sheet's row.
    pub line: u64,
    /// The row, or the line as it came.
    pub content: LineContent<T>,
    /// What was found on it.
    pub findings: Vec<Finding>,
}

/// A line as it came, for whoever sets it aside after all. Holds personal data: what is kept of it is sealed.
pub struct Original<'a>(&'a record::Record);

impl Original<'_> {
    /// The bytes; of a workbook the cells in quotes between bars.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.as_delivered()
    }
}

/// What became of a line.
pub enum LineContent<T> {
    /// It can be loaded.
    Row(T),
    /// It cannot, and one of its findings says why. The bytes as they came (of a workbook: the cells in
    /// quotes between bars) hold personal data and are to be sealed.
    SetAside(Vec<u8>),
}

/// Reads the families' file and hands each line over once. Memory stays the same however long a text file
/// is; a workbook is held as delivered (up to [`Limits::workbook_bytes`]) while its rows are streamed.
///
/// # Errors
/// A [`DeliveryFault`], or what `sink` returned: reading stops with it.
pub fn read_families<E: From<DeliveryFault>>(
    input: impl Read + Send,
    rules: &ReadingRules<'_>,
    sink: impl FnMut(Delivered<FamilyRow>, Original<'_>) -> Result<(), E>,
) -> Result<Summary, E> {
    table::with_records(input, &rules.limits, |records, is_sheet| table::read_rows(records, is_sheet, rules, sink))
}

/// Reads the members' file; as [`read_families`].
///
/// # Errors
/// A [`DeliveryFault`], or what `sink` returned.
pub fn read_members<E: From<DeliveryFault>>(
    input: impl Read + Send,
    rules: &ReadingRules<'_>,
    sink: impl FnMut(Delivered<MemberRow>, Original<'_>) -> Result<(), E>,
) -> Result<Summary, E> {
    table::with_records(input, &rules.limits, |records, is_sheet| table::read_rows(records, is_sheet, rules, sink))
}
