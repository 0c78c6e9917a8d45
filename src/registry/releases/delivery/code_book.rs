//! The code book (kamus kode) that comes with a release: which codes a column may hold, and what they mean.

use super::columns::{CodeBookColumns as C, Column};
use super::fault::DeliveryFault;
use super::finding::{DeliveryFile, Finding, FindingAction, FindingLog};
use super::finding_kind::FindingKind;
use super::header::Header;
use super::open::Limits;
use super::record::{Record, Records};
use super::repair::{whole_number, yes_or_no};
use super::table::with_records;
use std::collections::HashMap;
use std::io::Read;

/// One line of the code book: what a code of a column means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBookEntry {
    /// The column of the delivery (`kolom`).
    pub column: String,
    /// The code (`kode`).
    pub code: i16,
    /// Its words (`keterangan`).
    pub description: String,
}

/// What a code book's file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CodeBookContent {
    /// Its entries in the file's order.
    pub entries: Vec<CodeBookEntry>,
    /// Lines of the file, without the header.
    pub lines_in: u64,
    /// Lines that say what an earlier one said.
    pub merged: u64,
    /// Lines that could not be used, by their number and as they came; `findings` says why.
    pub set_aside: Vec<(u64, Vec<u8>)>,
    /// What was wrong.
    pub findings: Vec<Finding>,
}

/// Reads a code book: XLSX, or text in the forms that deliveries have, with columns `kolom`, `kode` and
/// `keterangan`. An empty `kolom` means the one above, as in a sheet with merged cells.
///
/// # Errors
/// The file cannot be read, or it gives one code two meanings: then no answer could be trusted.
pub fn read_code_book(input: impl Read + Send, limits: &Limits) -> Result<CodeBookContent, DeliveryFault> {
    with_records(input, limits, |records, _| read_entries(records))
}

fn read_entries(records: &mut dyn Records) -> Result<CodeBookContent, DeliveryFault> {
    let mut record = Record::default();
    let mut log = FindingLog::new(DeliveryFile::CodeBook);
    if !records.next(&mut record)? {
        return Err(DeliveryFault::Empty);
    }
    log.begin_line(record.line);
    let header = Header::<C>::read(&record, &mut log)?;
    let mut content = CodeBookContent::default();
    let mut meanings: HashMap<(String, i16), String> = HashMap::new();
    let mut ambiguous = Vec::new();
    let mut column = String::new();
    while records.next(&mut record)? {
        content.lines_in += 1;
        log.begin_line(record.line);
        let cell = |of| header.cell(&record, of).trim();
        if !cell(C::kolom).is_empty() {
            column = cell(C::kolom).to_lowercase();
        }
        let Some(entry) = entry(&column, cell(C::kode), cell(C::keterangan)) else {
            content.set_aside.push((record.line, record.as_delivered()));
            log.add(FindingKind::CodeBookLine, FindingAction::SetAside, None, "incomplete");
            continue;
        };
        match meanings.insert((entry.column.clone(), entry.code), entry.description.clone()) {
            None => content.entries.push(entry),
            Some(before) if before.eq_ignore_ascii_case(&entry.description) => {
                content.merged += 1;
                log.add(FindingKind::CodeBookLineTwice, FindingAction::Merged, None, "the first line stands");
            }
            Some(_) => ambiguous.push(record.line),
        }
    }
    if !ambiguous.is_empty() {
        return Err(DeliveryFault::Ambiguous { lines: ambiguous });
    }
    content.findings = log.take();
    Ok(content)
}

fn entry(column: &str, code: &str, description: &str) -> Option<CodeBookEntry> {
    if column.is_empty() || description.is_empty() {
        return None;
    }
    Some(CodeBookEntry {
        column: column.to_owned(),
        code: i16::try_from(whole_number(code)?.value).ok()?,
        description: description.to_owned(),
    })
}

/// The answers that a code book knows, column by column, made ready to judge delivered ones by. Knowing none, it
/// accepts every code.
#[derive(Debug, Clone, Default)]
pub struct KnownAnswers(HashMap<String, Answers>);

/// The answers of one column.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    /// In ascending order.
    codes: Vec<i16>,
    by_words: HashMap<String, i16>,
    /// Codes by the first letter of their words; `None` where two begin with it.
    by_initial: HashMap<char, Option<i16>>,
}

impl KnownAnswers {
    /// The answers of these entries.
    #[must_use]
    pub fn new<'e>(entries: impl IntoIterator<Item = &'e CodeBookEntry>) -> Self {
        let mut columns: HashMap<String, Answers> = HashMap::new();
        for entry in entries {
            columns.entry(entry.column.clone()).or_default().add(entry);
        }
        Self(columns)
    }

    /// The answers of each column of a file, by [`Column::index`]; `None` where the book is silent.
    pub(super) fn of_columns<C: Column>(&self) -> Vec<Option<&Answers>> {
        C::ALL.iter().map(|column| self.0.get(column.name())).collect()
    }
}

impl Answers {
    fn add(&mut self, entry: &CodeBookEntry) {
        if let Err(place) = self.codes.binary_search(&entry.code) {
            self.codes.insert(place, entry.code);
        }
        let words = entry.description.trim().to_lowercase();
        if let Some(initial) = words.chars().next() {
            let same = self.by_initial.entry(initial).or_insert(Some(entry.code));
            *same = same.filter(|code| *code == entry.code);
        }
        self.by_words.insert(words, entry.code);
    }

    /// Whether a column may hold this code.
    pub(super) fn has(&self, code: i16) -> bool {
        self.codes.binary_search(&code).is_ok()
    }

    /// The code of an answer in words, or in their first letter where only one answer begins with it
    /// (`L`, `P` for the sexes).
    pub(super) fn code_of(&self, words: &str) -> Option<i16> {
        let words = words.to_lowercase();
        let mut letters = words.chars();
        match (letters.next(), letters.next()) {
            (Some(initial), None) => self.by_initial.get(&initial).copied().flatten(),
            _ => self.by_words.get(&words).copied(),
        }
    }

    /// What a code says where the words are yes and no (Ya, Tidak).
    pub(super) fn says(&self, code: i16) -> Option<bool> {
        let (words, _) = self.by_words.iter().find(|(_, of)| **of == code)?;
        yes_or_no(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CodeBookContent, DeliveryFault> {
        read_code_book(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn entries_are_read_with_the_column_above_where_it_is_empty() {
        let content = read(" Kolom ;KODE;Keterangan\nJENIS_KELAMIN;1;Laki-laki\n;2.0;\"Perempuan\"\n").unwrap();
        let entry = |code, description: &str| CodeBookEntry {
            column: "jenis_kelamin".to_owned(),
            code,
            description: description.to_owned(),
        };
        assert_eq!(content.entries, [entry(1, "Laki-laki"), entry(2, "Perempuan")]);
    }

    #[test]
    fn each_line_is_accounted_for() {
        let content = read("kolom,kode,keterangan\na,1,X\na,1,x\na,YA,X\na,2,\n").unwrap();
        assert_eq!((content.lines_in, content.merged), (4, 1));
        assert_eq!(content.set_aside, [(4, b"a,YA,X".to_vec()), (5, b"a,2,".to_vec())]);
        let lines: Vec<u64> = content.findings.iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [3, 4, 5]);
    }

    #[test]
    fn a_code_with_two_meanings_refuses_the_book() {
        let refused = read("kolom,kode,keterangan\na,1,X\na,1,Y\n");
        assert!(matches!(refused, Err(DeliveryFault::Ambiguous { lines }) if lines == [3]));
        assert!(matches!(read("kolom,kode\na,1\n"), Err(DeliveryFault::Header { .. })));
    }

    #[test]
    fn answers_are_known_by_code_words_and_a_unique_first_letter() {
        let content = read("kolom,kode,keterangan\ns,1,Laki-laki\ns,2,Perempuan\nl,1,Kayu\nl,2,Keramik\n").unwrap();
        let book = KnownAnswers::new(&content.entries);
        let (sex, floor) = (&book.0["s"], &book.0["l"]);
        assert!(sex.has(2) && !sex.has(3));
        assert_eq!((sex.code_of("LAKI-LAKI"), sex.code_of("p")), (Some(1), Some(2)));
        assert_eq!((floor.code_of("kayu"), floor.code_of("k")), (Some(1), None));
    }
}
