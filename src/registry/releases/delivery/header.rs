//! The header: which column stands where.

use super::columns::Column;
use super::fault::DeliveryFault;
use super::finding::{FindingAction, FindingLog};
use super::finding_kind::FindingKind;
use super::record::Record;
use std::borrow::Cow;
use std::marker::PhantomData;

/// Places of the known columns, and names of the others.
pub(super) struct Header<C> {
    /// By [`Column::index`].
    places: Vec<Option<usize>>,
    /// Columns that are not known, by place and name; their values are kept aside.
    pub(super) others: Vec<(usize, String)>,
    /// Fields of a whole line.
    pub(super) width: usize,
    columns: PhantomData<C>,
}

impl<C: Column> Header<C> {
    /// Reads the header line. Names are taken without the spaces around them and lower-cased; spaces within
    /// count as underscores.
    ///
    /// # Errors
    /// All required columns that are missing and all that stand twice, at once.
    pub(super) fn read(record: &Record, log: &mut FindingLog) -> Result<Self, DeliveryFault> {
        let mut header =
            Self { places: vec![None; C::ALL.len()], others: Vec::new(), width: record.len(), columns: PhantomData };
        let mut duplicate: Vec<Cow<'static, str>> = Vec::new();
        for place in 0..record.len() {
            let written = record.field(place);
            let name = standard_name(written);
            match C::by_name(&name) {
                Some(column) => {
                    if header.places[column.index()].replace(place).is_some() {
                        duplicate.push(column.name().into());
                    }
                    if written != column.name() {
                        let kind = FindingKind::HeaderForm;
                        log.add(kind, FindingAction::Repaired, Some(column.name()), "spaces, capitals or older name");
                    }
                }
                None if header.others.iter().any(|(_, other)| *other == name) && !name.is_empty() => {
                    duplicate.push(format!("column {}", place + 1).into());
                }
                None => header.add_other(place, name, log),
            }
        }
        header.check(duplicate, log)
    }

    fn add_other(&mut self, place: usize, name: String, log: &mut FindingLog) {
        // Nameless columns come from a separator at the end of each line, or from a row number.
        if name.is_empty() {
            self.others.push((place, format!("column_{}", place + 1)));
            return;
        }
        log.add(FindingKind::UnknownColumn, FindingAction::Noted, None, tellable(&name, place));
        self.others.push((place, name));
    }

    fn check(self, duplicate: Vec<Cow<'static, str>>, log: &mut FindingLog) -> Result<Self, DeliveryFault> {
        let is_missing = |column: &&C| self.places[column.index()].is_none();
        let missing: Vec<&'static str> = C::REQUIRED.iter().filter(is_missing).map(|column| column.name()).collect();
        if !missing.is_empty() || !duplicate.is_empty() {
            return Err(DeliveryFault::Header { missing, duplicate });
        }
        for column in C::ALL.iter().filter(is_missing) {
            let kind = FindingKind::MissingColumn;
            log.add(kind, FindingAction::Noted, Some(column.name()), "not delivered");
        }
        Ok(self)
    }

    /// A line's cell of this column, as it stands; empty where the column is not delivered.
    pub(super) fn cell<'r>(&self, record: &'r Record, column: C) -> &'r str {
        match self.places[column.index()] {
            Some(place) => record.field(place),
            None => "",
        }
    }
}

fn standard_name(written: &str) -> String {
    let words: Vec<&str> = written.split_whitespace().collect();
    words.join("_").trim_start_matches('\u{FEFF}').to_lowercase()
}

/// A column's name as a finding may tell it. A file without header has data where names are expected, so
/// only what looks like a name is repeated.
fn tellable(name: &str, place: usize) -> String {
    let is_name = name.len() <= 60
        && name.contains('_')
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && name.bytes().filter(u8::is_ascii_digit).count() < 5;
    if is_name { name.to_owned() } else { format!("column {}", place + 1) }
}

#[cfg(test)]
mod tests {
    use super::super::columns::Members;
    use super::super::finding::DeliveryFile;
    use super::*;

    fn header(line: &str) -> (Result<Header<Members>, DeliveryFault>, FindingLog) {
        let mut record = Record::default();
        record.take_text(1, &mut line.as_bytes().to_vec(), b'|');
        let mut log = FindingLog::new(DeliveryFile::Members);
        log.begin_line(1);
        (Header::read(&record, &mut log), log)
    }

    const KEYS: &str = "nomor_induk_kependudukan|nomor_kartu_keluarga|tanggal_lahir|status_hubungan_keluarga";

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        let (read, mut log) = header(&format!("JENIS_KELAMIN | \" Nama \"|{KEYS}|is_pbi_se|"));
        let read = read.ok().unwrap();
        assert_eq!(read.places[Members::jenis_kelamin.index()], Some(0));
        assert_eq!(read.places[Members::nama.index()], Some(1));
        assert_eq!(read.others, [(6, "is_pbi_se".to_owned()), (7, "column_8".to_owned())]);
        let findings = log.take();
        let of_kind = |kind| findings.iter().filter(|finding| finding.kind == kind).count();
        assert_eq!(of_kind(FindingKind::HeaderForm), 2);
        assert_eq!(of_kind(FindingKind::UnknownColumn), 1);
        // 48 columns of members, of which six are here.
        assert_eq!(of_kind(FindingKind::MissingColumn), 42);
    }

    #[test]
    fn all_that_is_wrong_with_a_header_is_told_at_once() {
        let (read, _) = header("nama|nama|tanggal_lahir|catatan|catatan|nomor_kartu_keluarga");
        let Err(DeliveryFault::Header { missing, duplicate }) = read else {
            panic!("the header is refused");
        };
        let expected = ["nomor_induk_kependudukan", "jenis_kelamin", "status_hubungan_keluarga"];
        assert_eq!(missing, expected);
        assert_eq!(duplicate, ["nama", "column 5"]);
    }

    #[test]
    fn what_may_be_data_is_not_repeated_as_a_name() {
        assert_eq!(tellable("is_pbi_se", 3), "is_pbi_se");
        assert_eq!(tellable("3526011708900003", 3), "column 4");
        assert_eq!(tellable("siti", 3), "column 4");
    }
}
