//! The reading thread: both files, line by line, checked against each other as they pass.
//!
//! What two lines say of each other (the same family twice, a member without a family, a family without a head)
//! is seen here, with one small entry for each family and person; everything else streams through.

use super::{
    encode::{Binary, RowWriter},
    fresh_id, head_codes, questionnaire,
    rows::{write_family, write_member},
};
use crate::{
    platform::{
        civil,
        jobs::JobRun,
        problem::Problem,
        region_code::RegionCode,
        sealed_files::SealedReader,
        vault::{Use, Vault},
    },
    registry::{
        code_book,
        releases::delivery::{
            BpsRegions, CodeBook, CodeBookEntry, Delivered, DeliveryFault, DeliveryFile, FamilyRow, Finding,
            FindingAction, FindingKind, Limits, LineContent, MemberRow, Original, ReadingRules, Summary,
            read_code_book, read_families, read_members,
        },
    },
};
use bytes::Bytes;
use std::{
    collections::{HashMap, HashSet},
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
    lines: Option<Lines>,
}

impl Book {
    /// Reads the delivered book; the questionnaire's where none came.
    pub fn read(file: Option<SealedReader>) -> Result<Self, Vec<Finding>> {
        let Some(file) = file else {
            let rows = questionnaire().into_iter();
            let entries = rows.map(|(column, code, description)| CodeBookEntry { column, code, description }).collect();
            return Ok(Self { entries, findings: Vec::new(), lines: None });
        };
        let content =
            read_code_book(file, &Limits::default()).map_err(|fault| fault.findings(DeliveryFile::CodeBook))?;
        let loaded = content.entries.len() as u64;
        let lines = Lines { lines_in: content.lines_in, loaded, merged: content.merged, set_aside: content.set_aside };
        Ok(Self { entries: content.entries, findings: content.findings, lines: Some(lines) })
    }
}

/// All that the thread needs.
pub struct Reading {
    pub release_id: Uuid,
    pub vault: Arc<Vault>,
    pub villages: HashSet<RegionCode>,
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
        let Self { release_id, vault, villages, families, members, book } = self;
        let answers = CodeBook::new(&book.entries);
        let rows = book.entries.iter().map(|entry| (entry.column.clone(), entry.code, entry.description.clone()));
        let heads = head_codes(&code_book::CodeBook::from_rows(rows));
        let rules = ReadingRules {
            today: civil::today(),
            villages: &villages,
            bps_regions: &BpsRegions::default(),
            code_book: &answers,
            limits: Limits::default(),
        };
        let desk = Desk::new(release_id, &vault, run, sinks.findings, sinks.set_aside);
        let mut account = Account { code_book: book.lines, ..Account::default() };
        let mut check = Check {
            desk,
            known: Families::default(),
            persons: HashMap::new(),
            elsewhere: HashSet::new(),
            families_of: Vec::new(),
            heads,
        };
        check.desk.tell(&book.findings)?;

        let mut out = RowWriter::new(sinks.families);
        let summary = read_families(families, &rules, |line, original| Ok(check.family(line, &original, &mut out)?))
            .map_err(|broken: Broken| broken.of(DeliveryFile::Families))?;
        out.flush()?;
        drop(out);
        account.families = check.desk.close(DeliveryFile::Families, &summary)?;

        let mut out = RowWriter::new(sinks.members);
        let summary = read_members(members, &rules, |line, original| Ok(check.member(line, &original, &mut out)?))
            .map_err(|broken: Broken| broken.of(DeliveryFile::Members))?;
        out.flush()?;
        drop(out);
        account.members = check.desk.close(DeliveryFile::Members, &summary)?;
        check.families_in_themselves()?;
        check.desk.finish()?;
        Ok(account)
    }
}

/// Findings and set-aside lines on their way out, and the account of the file being read.
struct Desk<'a> {
    release_id: Uuid,
    vault: &'a Vault,
    run: &'a JobRun,
    findings: RowWriter,
    set_aside: RowWriter,
    finding_no: u64,
    lines: Lines,
}

impl<'a> Desk<'a> {
    fn new(
        release_id: Uuid,
        vault: &'a Vault,
        run: &'a JobRun,
        findings: Sender<Bytes>,
        set_aside: Sender<Bytes>,
    ) -> Self {
        Self {
            release_id,
            vault,
            run,
            findings: RowWriter::new(findings),
            set_aside: RowWriter::new(set_aside),
            finding_no: 0,
            lines: Lines::default(),
        }
    }

    /// Counts a line; every thousandth looks whether to stop.
    fn begin_line(&mut self) -> Result<(), ReadingFault> {
        self.lines.lines_in += 1;
        if self.lines.lines_in.is_multiple_of(1000) {
            self.run.advance(1000);
            if self.run.should_stop() {
                return Err(ReadingFault::Stopped);
            }
        }
        Ok(())
    }

    fn tell(&mut self, findings: &[Finding]) -> Result<(), ReadingFault> {
        findings.iter().try_for_each(|finding| self.tell_of(finding, 1))
    }

    fn tell_of(&mut self, finding: &Finding, lines: u64) -> Result<(), ReadingFault> {
        self.finding_no += 1;
        self.findings
            .put(&self.release_id)
            .put(&self.finding_no)
            .put(&finding.file.as_str())
            .put(&finding.line)
            .put(&finding.column)
            .put(&finding.kind.code())
            .put(&finding.action.as_str())
            .put(&&*finding.detail)
            .put(&lines);
        self.findings.end_row()
    }

    fn found(
        &mut self,
        file: DeliveryFile,
        line: u64,
        kind: FindingKind,
        action: FindingAction,
        detail: &'static str,
    ) -> Result<(), ReadingFault> {
        self.tell_of(&Finding { file, line, column: None, kind, action, detail: detail.into() }, 1)
    }

    fn put_aside(&mut self, file: DeliveryFile, line: u64, original: &[u8]) -> Result<(), ReadingFault> {
        self.lines.set_aside += 1;
        let sealed = self.vault.seal(Use::SetAsideLine, original)?;
        self.set_aside.put(&self.release_id).put(&file.as_str()).put(&line).put(&Binary(&sealed));
        self.set_aside.end_row()
    }

    /// Ends a file: what was found in its header, and its account.
    fn close(&mut self, file: DeliveryFile, summary: &Summary) -> Result<Lines, ReadingFault> {
        self.run.advance(self.lines.lines_in % 1000);
        self.tell(&summary.findings)?;
        for untold in &summary.untold {
            let finding = Finding {
                file,
                line: 1,
                column: untold.column,
                kind: untold.kind,
                action: FindingAction::Repaired,
                detail: "further lines of the same form".into(),
            };
            self.tell_of(&finding, untold.lines)?;
        }
        Ok(std::mem::take(&mut self.lines))
    }

    fn finish(mut self) -> Result<(), ReadingFault> {
        self.findings.flush()?;
        self.set_aside.flush()
    }
}

/// A family as its members' lines complete it.
struct Seen {
    line: u64,
    declared: Option<i16>,
    members: u16,
    heads: u8,
}

/// How a member's line finds its family.
#[derive(Default)]
struct Families {
    seen: Vec<Seen>,
    by_number: HashMap<u64, u32>,
    /// By what stands in place of a usable number; none where several families carry the same.
    by_damage: HashMap<String, Option<u32>>,
}

/// Sixteen digits as a number.
fn compact(digits: &str) -> u64 {
    digits.parse().unwrap_or(0)
}

/// The lines of both files, held against each other.
struct Check<'a> {
    desk: Desk<'a>,
    known: Families,
    /// The first line on which each NIK stood.
    persons: HashMap<u64, u32>,
    /// Persons by that line, in each further family that they stand in.
    elsewhere: HashSet<(u32, u32)>,
    /// The family of each member loaded.
    families_of: Vec<u32>,
    heads: Vec<i16>,
}

impl Check<'_> {
    fn family(
        &mut self,
        delivered: Delivered<FamilyRow>,
        original: &Original<'_>,
        out: &mut RowWriter,
    ) -> Result<(), ReadingFault> {
        const FILE: DeliveryFile = DeliveryFile::Families;
        self.desk.begin_line()?;
        self.desk.tell(&delivered.findings)?;
        let row = match delivered.content {
            LineContent::SetAside(bytes) => return self.desk.put_aside(FILE, delivered.line, &bytes),
            LineContent::Row(row) => row,
        };
        let family_no = u32::try_from(self.known.seen.len()).map_err(Problem::internal)?;
        if let Some(number) = &row.kk_number {
            if self.known.by_number.contains_key(&compact(number.reveal())) {
                // The first line stands; the account says that this one was the same family.
                self.desk.lines.merged += 1;
                let _ = original;
                return self.desk.found(
                    FILE,
                    delivered.line,
                    FindingKind::SameFamilyTwice,
                    FindingAction::Merged,
                    "the first line stands",
                );
            }
            self.known.by_number.insert(compact(number.reveal()), family_no);
        } else if let Some(damage) = &row.unusable_kk {
            self.known
                .by_damage
                .entry(damage.reveal().to_owned())
                .and_modify(|family| *family = None)
                .or_insert(Some(family_no));
        }
        self.known.seen.push(Seen { line: delivered.line, declared: row.declared_member_count, members: 0, heads: 0 });
        self.desk.lines.loaded += 1;
        let number = row.kk_number.as_ref();
        let digest = number.map(|kk| self.desk.vault.digest(Use::Kk, kk.reveal().as_bytes()));
        let sealed = number.map(|kk| self.desk.vault.seal(Use::Kk, kk.reveal().as_bytes())).transpose()?;
        out.put(&family_no)
            .put(&fresh_id())
            .put(&digest.as_ref().map(|digest| Binary(digest)))
            .put(&sealed.as_deref().map(Binary))
            .put(&number.map(|kk| kk.tail()));
        write_family(&row, out);
        out.end_row()
    }

    fn member(
        &mut self,
        delivered: Delivered<MemberRow>,
        original: &Original<'_>,
        out: &mut RowWriter,
    ) -> Result<(), ReadingFault> {
        const FILE: DeliveryFile = DeliveryFile::Members;
        self.desk.begin_line()?;
        self.desk.tell(&delivered.findings)?;
        let row = match delivered.content {
            LineContent::SetAside(bytes) => return self.desk.put_aside(FILE, delivered.line, &bytes),
            LineContent::Row(row) => row,
        };
        let Some(family_no) = self.family_of(&row) else {
            let (kind, action) = (FindingKind::MemberWithoutFamily, FindingAction::SetAside);
            self.desk.found(FILE, delivered.line, kind, action, "no family line carries its card number")?;
            return self.desk.put_aside(FILE, delivered.line, &original.bytes());
        };
        let member_no = u32::try_from(self.families_of.len()).map_err(Problem::internal)?;
        let first_no = match &row.nik {
            None => member_no,
            Some(nik) => *self.persons.entry(compact(nik.reveal())).or_insert(member_no),
        };
        if first_no != member_no {
            let stands_here = self.families_of.get(first_no as usize) == Some(&family_no);
            if stands_here || !self.elsewhere.insert((first_no, family_no)) {
                self.desk.lines.merged += 1;
                let (kind, action) = (FindingKind::SamePersonTwiceInFamily, FindingAction::Merged);
                return self.desk.found(FILE, delivered.line, kind, action, "the first line stands");
            }
            let (kind, action) = (FindingKind::PersonInTwoFamilies, FindingAction::Noted);
            self.desk.found(FILE, delivered.line, kind, action, "loaded in both families")?;
        }
        self.families_of.push(family_no);
        self.desk.lines.loaded += 1;
        let family = &mut self.known.seen[family_no as usize];
        family.members = family.members.saturating_add(1);
        family.heads =
            family.heads.saturating_add(u8::from(row.relation.is_some_and(|code| self.heads.contains(&code))));
        let position = i16::try_from(family.members).unwrap_or(i16::MAX);
        self.write_member(&row, [member_no, family_no, first_no], position, out)
    }

    fn write_member(
        &self,
        row: &MemberRow,
        numbers: [u32; 3],
        position: i16,
        out: &mut RowWriter,
    ) -> Result<(), ReadingFault> {
        let [member_no, family_no, first_no] = numbers;
        let nik = row.nik.as_ref();
        let digest = nik.map(|nik| self.desk.vault.digest(Use::Nik, nik.reveal().as_bytes()));
        let sealed = nik.map(|nik| self.desk.vault.seal(Use::Nik, nik.reveal().as_bytes())).transpose()?;
        out.put(&member_no)
            .put(&family_no)
            .put(&position)
            .put(&(first_no != member_no).then_some(first_no))
            .put(&fresh_id())
            .put(&digest.as_ref().map(|digest| Binary(digest)))
            .put(&sealed.as_deref().map(Binary))
            .put(&nik.map(|nik| nik.tail()));
        write_member(row, out);
        out.end_row()
    }

    fn family_of(&self, row: &MemberRow) -> Option<u32> {
        match (&row.kk_number, &row.unusable_kk) {
            (Some(number), _) => self.known.by_number.get(&compact(number.reveal())).copied(),
            (None, Some(damage)) => self.known.by_damage.get(damage.reveal()).copied().flatten(),
            (None, None) => None,
        }
    }

    /// What can be said of a family once all members are read.
    fn families_in_themselves(&mut self) -> Result<(), ReadingFault> {
        const FILE: DeliveryFile = DeliveryFile::Families;
        for family in std::mem::take(&mut self.known.seen) {
            let mut note = |kind, detail| self.desk.found(FILE, family.line, kind, FindingAction::Noted, detail);
            if family.members == 0 {
                note(FindingKind::FamilyWithoutMembers, "no member line carries its card number")?;
            } else if family.heads == 0 {
                note(FindingKind::FamilyWithoutHead, "no member is its head")?;
            } else if family.heads > 1 {
                note(FindingKind::FamilyWithTwoHeads, "more than one member is its head")?;
            }
            if family.members > 0
                && family.declared.is_some_and(|declared| i32::from(declared) != i32::from(family.members))
            {
                note(FindingKind::DeclaredCountDiffers, "its line says another number of members")?;
            }
        }
        Ok(())
    }
}
