//! The lines of both files, held against each other as they pass.
//!
//! What two lines say of each other (the same family twice, a member without a family, a family without a head)
//! is seen here, with one small entry for each family and person; everything else streams through.

use super::{
    desk::Desk,
    encode::{Binary, RowWriter},
    fresh_id,
    reading::ReadingFault,
    rows::{write_family, write_member},
};
use crate::{
    platform::{problem::Problem, vault::Use},
    registry::releases::delivery::{
        Delivered, DeliveryFile, FamilyRow, FindingAction, FindingKind, LineContent, MemberRow, Original,
    },
};
use std::collections::{HashMap, HashSet};

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
pub struct Check<'a> {
    /// Where what is found goes.
    pub desk: Desk<'a>,
    known: Families,
    /// The first line on which each NIK stood.
    persons: HashMap<u64, u32>,
    /// Persons by that line, in each further family that they stand in.
    elsewhere: HashSet<(u32, u32)>,
    /// The family of each member loaded.
    families_of: Vec<u32>,
    heads: Vec<i16>,
}

impl<'a> Check<'a> {
    /// Nothing is read yet. `heads` are the codes that mean "head of the family".
    pub fn new(desk: Desk<'a>, heads: Vec<i16>) -> Self {
        Self {
            desk,
            known: Families::default(),
            persons: HashMap::new(),
            elsewhere: HashSet::new(),
            families_of: Vec::new(),
            heads,
        }
    }

    /// A family's line: loaded, merged with an earlier one, or set aside.
    pub fn family(&mut self, delivered: Delivered<FamilyRow>, out: &mut RowWriter) -> Result<(), ReadingFault> {
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

    /// A member's line, likewise; it needs its family's line before it.
    pub fn member(
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
    pub fn families_in_themselves(&mut self) -> Result<(), ReadingFault> {
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
