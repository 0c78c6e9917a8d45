//! A small dirty delivery, checked line by line. Numbers and names are made up.

mod families;
mod files;
mod members;

use super::*;
use FindingAction::{Noted, Repaired, SetAside};
use FindingKind as K;
use std::collections::HashMap;

type Cells<'a> = &'a [(&'a str, &'a str)];

/// What a line should come to: its findings as kind, action, column and detail.
type Told = (FindingKind, FindingAction, &'static str, String);

const FAMILY: Cells = &[
    ("nomor_kartu_keluarga", "3526010101150001"),
    ("nama_kepala_keluarga", "SUPARMAN"),
    ("alamat", "DSN TENGAH"),
    ("kode_kecamatan", "35.26.01"),
    ("kode_kelurahan_desa", "35.26.01.2001"),
    ("desil_nasional", "3"),
    ("jumlah_anggota_keluarga", "4"),
    ("jenis_lantai_terluas", "8"),
    ("aset_bergerak_mobil", "2"),
    ("jumlah_ternak_sapi", "2"),
    ("pbi_nas", "YA"),
    ("is_gc_kemensos", "1"),
];

const MEMBER: Cells = &[
    ("nomor_induk_kependudukan", "3526011708900003"),
    ("nomor_kartu_keluarga", "3526010101150001"),
    ("nama", "H. Suparman, S.Pd"),
    ("tanggal_lahir", "1990-08-17"),
    ("jenis_kelamin", "1"),
    ("status_hubungan_keluarga", "1"),
    ("penglihatan", "4"),
    ("jumlah_usaha", "1"),
    ("kode_kelurahan_desa_ktp", "35.78.01.1001"),
];

const CODE_BOOK: &str = "kolom,kode,keterangan\njenis_lantai_terluas,8,Tanah\njenis_kelamin,1,Laki-laki\n\
    jenis_kelamin,2,Perempuan\naset_bergerak_mobil,1,Ya\naset_bergerak_mobil,2,Tidak\n";

/// A line with some cells replaced, in quotes between bars.
fn line(cells: Cells, changes: Cells) -> String {
    let changes: HashMap<&str, &str> = changes.iter().copied().collect();
    let fields = cells.iter().map(|(name, value)| format!("\"{}\"", changes.get(name).unwrap_or(value)));
    fields.collect::<Vec<_>>().join("|")
}

fn header(cells: Cells) -> String {
    let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
    names.join("|")
}

/// What the rules refer to.
struct Desk {
    villages: HashSet<RegionCode>,
    bps_regions: BpsRegions,
    answers: KnownAnswers,
}

impl Desk {
    fn new() -> Self {
        let village: RegionCode = "35.26.01.2001".parse().unwrap();
        let entries = read_code_book(CODE_BOOK.as_bytes(), &Limits::default()).unwrap().entries;
        Self {
            villages: [village.clone()].into(),
            bps_regions: BpsRegions::new([("3526010001".to_owned(), village)]),
            answers: KnownAnswers::new(&entries),
        }
    }

    fn rules(&self) -> ReadingRules<'_> {
        ReadingRules {
            today: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
            villages: &self.villages,
            bps_regions: &self.bps_regions,
            answers: &self.answers,
            limits: Limits::default(),
        }
    }

    fn families(&self, file: &[u8]) -> (Vec<Delivered<FamilyRow>>, Summary) {
        let mut lines = Vec::new();
        let summary = read_families::<DeliveryFault>(file, &self.rules(), |line, _| {
            lines.push(line);
            Ok(())
        });
        (lines, summary.unwrap())
    }

    fn members(&self, file: &[u8]) -> (Vec<Delivered<MemberRow>>, Summary) {
        let mut lines = Vec::new();
        let summary = read_members::<DeliveryFault>(file, &self.rules(), |line, _| {
            lines.push(line);
            Ok(())
        });
        (lines, summary.unwrap())
    }

    /// One family's line with some cells replaced.
    fn family(&self, changes: Cells) -> (Option<FamilyRow>, Vec<Told>) {
        let file = format!("{}\n{}\n", header(FAMILY), line(FAMILY, changes));
        let (lines, _) = self.families(file.as_bytes());
        only(lines)
    }

    /// One member's line with some cells replaced.
    fn member(&self, changes: Cells) -> (Option<MemberRow>, Vec<Told>) {
        let file = format!("{}\n{}\n", header(MEMBER), line(MEMBER, changes));
        let (lines, _) = self.members(file.as_bytes());
        only(lines)
    }
}

fn only<T>(lines: Vec<Delivered<T>>) -> (Option<T>, Vec<Told>) {
    let mut lines = lines;
    assert_eq!(lines.len(), 1);
    let line = lines.remove(0);
    let told = told(&line.findings);
    match line.content {
        LineContent::Row(row) => (Some(row), told),
        LineContent::SetAside(_) => (None, told),
    }
}

fn told(findings: &[Finding]) -> Vec<Told> {
    let told = |finding: &Finding| {
        let column = finding.column.unwrap_or_default();
        (finding.kind, finding.action, column, finding.detail.to_string())
    };
    findings.iter().map(told).collect()
}

fn one(kind: FindingKind, action: FindingAction, column: &'static str, detail: &str) -> Vec<Told> {
    vec![(kind, action, column, detail.to_owned())]
}
