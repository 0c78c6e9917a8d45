//! The reading thread: the code book, then both files, line by line, each line handed to [`super::check`] as it
//! passes.

use super::{check::Check, desk::Desk, encode::RowWriter, head_codes, questionnaire};
use crate::{
    platform::{
        civil, jobs::JobRun, problem::Problem, region_code::RegionCode, sealed_files::SealedReader, vault::Vault,
    },
    registry::{
        code_book::CodeBook,
        releases::delivery::{
            BpsRegions, CodeBookContent, CodeBookEntry, DeliveryFault, DeliveryFile, Finding, KnownAnswers, Limits,
            ReadingRules, read_code_book, read_families, read_members,
        },
    },
};
use bytes::Bytes;
use std::{
    collections::HashSet,
    io::{self, Read},
    sync::Arc,
};
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

/// Why reading ended early.
pub enum ReadingFault {
    /// The file has no usable form; what is wrong with it.
    Delivery(Vec<Finding>),
    /// It was asked to stop, or nobody takes the rows.
    Stopped,
    /// Something failed on our side.
    Ours(Problem),
}

impl From<Problem> for ReadingFault {
    fn from(problem: Problem) -> Self {
        Self::Ours(problem)
    }
}

/// A fault of a file on its way out of the reader, which does not know which file it reads.
enum Broken {
    Form(DeliveryFault),
    Other(ReadingFault),
}

impl From<DeliveryFault> for Broken {
    fn from(fault: DeliveryFault) -> Self {
        Self::Form(fault)
    }
}

impl From<ReadingFault> for Broken {
    fn from(fault: ReadingFault) -> Self {
        Self::Other(fault)
    }
}

impl Broken {
    fn of(self, file: DeliveryFile) -> ReadingFault {
        match self {
            Self::Form(fault) => ReadingFault::Delivery(fault.findings(file)),
            Self::Other(fault) => fault,
        }
    }
}

/// What became of a file's lines: `lines_in = loaded + merged + set_aside`.
#[derive(Debug, Default, Clone, Copy)]
pub struct Lines {
    pub lines_in: u64,
    pub loaded: u64,
    pub merged: u64,
    pub set_aside: u64,
}

/// The account of both files, and of the code book where one came.
#[derive(Debug, Default, Clone, Copy)]
pub struct Account {
    pub families: Lines,
    pub members: Lines,
    pub code_book: Option<Lines>,
}

/// Where the rows go.
pub struct Sinks {
    pub families: Sender<Bytes>,
    pub members: Sender<Bytes>,
    pub findings: Sender<Bytes>,
    pub set_aside: Sender<Bytes>,
}

/// The code book that the files are read by.
pub struct Book {
    entries: Vec<CodeBookEntry>,
    findings: Vec<Finding>,
    /// Lines that could not be used, by their number and as they came.
    set_aside: Vec<(u64, Vec<u8>)>,
    /// The account, where a book came.
    lines: Option<Lines>,
}

impl Book {
    /// Reads the delivered book; the questionnaire's where none came.
    pub fn read(file: Option<SealedReader>) -> Result<Self, Vec<Finding>> {
        let Some(file) = file else {
            let rows = questionnaire().into_iter();
            let entries = rows.map(|(column, code, description)| CodeBookEntry { column, code, description }).collect();
            return Ok(Self { entries, findings: Vec::new(), set_aside: Vec::new(), lines: None });
        };
        let content =
            read_code_book(file, &Limits::default()).map_err(|fault| fault.findings(DeliveryFile::CodeBook))?;
        let CodeBookContent { entries, lines_in, merged, set_aside, findings } = content;
        let (loaded, unused) = (entries.len() as u64, set_aside.len() as u64);
        let lines = Lines { lines_in, loaded, merged, set_aside: unused };
        Ok(Self { entries, findings, set_aside, lines: Some(lines) })
    }
}

/// A file on whose reading the job's progress is told, byte by byte as delivered.
struct Counted<'r> {
    file: SealedReader,
    run: &'r JobRun,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        self.run.advance(count as u64);
        Ok(count)
    }
}

/// All that the thread needs.
pub struct Reading {
    pub release_id: Uuid,
    pub vault: Arc<Vault>,
    /// Villages that a family can live in.
    pub villages: HashSet<RegionCode>,
    /// The same by BPS's numbers.
    pub bps_regions: BpsRegions,
    pub families: SealedReader,
    pub members: SealedReader,
    pub book: Book,
}

impl Reading {
    /// The code book as rows, to be loaded with the release.
    pub fn code_book_rows(&self) -> Vec<(String, i16, String)> {
        self.book.entries.iter().map(|entry| (entry.column.clone(), entry.code, entry.description.clone())).collect()
    }

    /// Reads both files to their ends.
    pub fn read(self, sinks: Sinks, run: &JobRun) -> Result<Account, ReadingFault> {
        let Self { release_id, vault, villages, bps_regions, families, members, book } = self;
        let answers = KnownAnswers::new(&book.entries);
        let rows = book.entries.iter().map(|entry| (entry.column.clone(), entry.code, entry.description.clone()));
        let heads = head_codes(&CodeBook::from_rows(rows));
        let rules = ReadingRules {
            today: civil::today(),
            villages: &villages,
            bps_regions: &bps_regions,
            answers: &answers,
            limits: Limits::default(),
        };
        let desk = Desk::new(release_id, &vault, run, sinks.findings, sinks.set_aside);
        let mut account = Account { code_book: book.lines, ..Account::default() };
        let mut check = Check::new(desk, heads);
        check.desk.tell(&book.findings)?;
        for (line, original) in &book.set_aside {
            check.desk.keep(DeliveryFile::CodeBook, *line, original)?;
        }

        let counted = |file| Counted { file, run };
        let mut out = RowWriter::new(sinks.families);
        let summary = read_families(counted(families), &rules, |line, _| Ok(check.family(line, &mut out)?))
            .map_err(|broken: Broken| broken.of(DeliveryFile::Families))?;
        out.flush()?;
        drop(out);
        account.families = check.desk.close(DeliveryFile::Families, &summary)?;

        let mut out = RowWriter::new(sinks.members);
        let summary =
            read_members(counted(members), &rules, |line, original| Ok(check.member(line, &original, &mut out)?))
                .map_err(|broken: Broken| broken.of(DeliveryFile::Members))?;
        out.flush()?;
        drop(out);
        account.members = check.desk.close(DeliveryFile::Members, &summary)?;
        check.families_in_themselves()?;
        check.desk.finish()?;
        Ok(account)
    }
}
