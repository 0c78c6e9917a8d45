//! The programmes of the demo, as data: who runs each, on what basis, for whom, and when it pays.
//!
//! Deciles and amounts are those that the sources name. Where no public source gives a number (of a regulation, a
//! threshold, a quota), the text says that it is the demo's. Real programmes are set up by their agencies.

use super::accounts::{KAMAL, SOCAH};
use serde_json::{Value, json};

/// What it pays for, and on which day it paid.
pub struct DemoPeriod {
    /// Name.
    pub label: &'static str,
    /// The budget year that bears it.
    pub fiscal_year: i16,
    /// First and last day.
    pub days: (&'static str, &'static str),
    /// The day of paying.
    pub paid_on: &'static str,
}

/// A programme.
pub struct DemoProgram {
    /// Code.
    pub code: &'static str,
    /// The agency that runs it here.
    pub agency: &'static str,
    /// Name.
    pub name: &'static str,
    /// Kind, funding, cadence, fund source: in the interface's words.
    pub form: [&'static str; 4],
    /// The benefit in words.
    pub benefit: &'static str,
    /// Rupiah for one enrolment and period.
    pub amount_idr: Option<i64>,
    /// The regulation it stands on.
    pub legal_basis: &'static str,
    /// Where threshold and amount are read.
    pub source: &'static str,
    /// Its region.
    pub area: &'static str,
    /// First day.
    pub starts_on: &'static str,
    /// Places, for each 10,000 households of the regency.
    pub places: u32,
    /// Programmes that may not stand beside it.
    pub excludes: &'static [&'static str],
    /// Programmes it may overlap with.
    pub may_overlap_with: &'static [&'static str],
    /// Whether the legal basis names disability and the like.
    pub sensitive_fields: bool,
    /// Whether being in it says something that others should not see.
    pub sensitive: bool,
    /// Which households are eligible, in CEL.
    pub eligibility: &'static str,
    /// Which of their members it serves, in CEL; none where it serves the household.
    pub beneficiary: Option<&'static str>,
    /// Who comes first, and in which order.
    pub ranking: &'static [(&'static str, &'static str)],
    /// What was paid in the first three months of 2026; none where no rupiah reach the household.
    pub periods: &'static [DemoPeriod],
}

impl DemoProgram {
    /// How many it takes in a regency of so many households.
    #[must_use]
    pub fn quota(&self, households: u32) -> u32 {
        let places = u64::from(households) * u64::from(self.places) / 10_000;
        u32::try_from(places).unwrap_or(u32::MAX).max(5)
    }

    /// As `POST /v1/programs` takes it.
    #[must_use]
    pub fn body(&self, households: u32) -> Value {
        let [kind, funding, cadence, fund_source] = self.form;
        let ranking: Vec<Value> = self
            .ranking
            .iter()
            .map(|(expression, order)| json!({ "expression": expression, "order": order }))
            .collect();
        json!({
            "code": self.code, "name": self.name, "kind": kind, "funding": funding, "cadence": cadence,
            "fund_source": fund_source,
            "serves": if self.beneficiary.is_none() { "household" } else { "individual" },
            "benefit": self.benefit, "amount_idr": self.amount_idr,
            "legal_basis": format!("{}. Sumber: {}.", self.legal_basis, self.source),
            "areas": [self.area], "starts_on": self.starts_on, "quota": self.quota(households),
            "excludes": self.excludes, "may_overlap_with": self.may_overlap_with, "sensitive": self.sensitive, "sensitive_fields": self.sensitive_fields,
            "eligibility": self.eligibility, "beneficiary": self.beneficiary, "ranking": ranking,
        })
    }
}

const REGENCY: &str = "35.26";

const MONTHS: &[DemoPeriod] = &[
    period("Januari 2026", ("2026-01-01", "2026-01-31"), "2026-01-28"),
    period("Februari 2026", ("2026-02-01", "2026-02-28"), "2026-02-25"),
    period("Maret 2026", ("2026-03-01", "2026-03-31"), "2026-03-25"),
];
const FIRST_QUARTER: &[DemoPeriod] = &[period("Triwulan 1 2026", ("2026-01-01", "2026-03-31"), "2026-02-18")];
const FIRST_STAGE: &[DemoPeriod] = &[period("Tahap 1 2026", ("2026-01-01", "2026-03-31"), "2026-02-20")];
const YEAR: &[DemoPeriod] = &[period("Tahun 2026", ("2026-01-01", "2026-12-31"), "2026-03-10")];
/// Borne by the budget of 2025, whenever it is paid.
const END_OF_2025: &[DemoPeriod] = &[DemoPeriod {
    label: "Oktober–Desember 2025",
    fiscal_year: 2025,
    days: ("2025-10-01", "2025-12-31"),
    paid_on: "2026-01-26",
}];

const fn period(label: &'static str, days: (&'static str, &'static str), paid_on: &'static str) -> DemoPeriod {
    DemoPeriod { label, fiscal_year: 2026, days, paid_on }
}

const POOREST_FIRST: &[(&str, &str)] = &[("household.decile", "asc"), ("household.member_count", "desc")];

/// What most of them share: a household of the regency, from 2026 on, nothing sensitive.
const USUAL: DemoProgram = DemoProgram {
    code: "",
    agency: "dinsos",
    name: "",
    form: ["cash", "reported", "monthly", "apbn"],
    benefit: "",
    amount_idr: None,
    legal_basis: "",
    source: "",
    area: REGENCY,
    starts_on: "2026-01-01",
    places: 0,
    excludes: &[],
    may_overlap_with: &[],
    sensitive_fields: false,
    sensitive: false,
    eligibility: "",
    beneficiary: None,
    ranking: POOREST_FIRST,
    periods: MONTHS,
};

/// BLT Desa, which each village runs for itself, for families without PKH and Sembako, the poorest first.
const VILLAGE_CASH: DemoProgram = DemoProgram {
    form: ["cash", "managed", "monthly", "village_fund"],
    benefit: "Uang tunai Rp 300.000 per bulan bagi keluarga hasil musyawarah desa",
    amount_idr: Some(300_000),
    legal_basis: "Permendesa PDT 2/2024 (fokus penggunaan Dana Desa 2025), paling banyak 15 % Dana Desa",
    source: "laman desa 2025; batas desil 4 dan kuota: demo",
    places: 5,
    excludes: &["PKH", "SEMBAKO"],
    eligibility: "household.decile <= 4 && !('PKH' in aid.programs) && !('SEMBAKO' in aid.programs)",
    ranking: &[("household.decile", "asc"), ("members.exists(m, m.head && m.age >= 60)", "desc")],
    ..USUAL
};

/// All of them, in the order of enrolling: PKH Plus is for families of PKH, BLT Desa for those without.
pub const PROGRAMS: &[DemoProgram] = &[
    DemoProgram {
        code: "PKH",
        name: "Program Keluarga Harapan",
        form: ["cash", "reported", "quarterly", "apbn"],
        benefit: "Uang tunai per tahap menurut komponen keluarga; di demo Rp 600.000 per tahap",
        amount_idr: Some(600_000),
        legal_basis: "Permensos 1/2018 (komponen kesehatan, pendidikan, lansia, penyandang disabilitas)",
        source: "Kepmensos 79/HUK/2025: desil 1–4; kuota: demo",
        places: 1_500,
        sensitive_fields: true,
        eligibility: "household.decile <= 4 \
                      && members.exists(m, m.age <= 6 || m.age >= 60 || m.disabled \
                                           || (m.age <= 21 && m.schooling == 'masih_sekolah')) \
                      && !members.exists(m, has(m.work_status) \
                                            && m.work_status == 'pns_tni_polri_bumn_bumd_pejabat_negara')",
        ranking: &[("household.decile", "asc"), ("members.filter(m, m.age <= 6 || m.age >= 60).size()", "desc")],
        periods: FIRST_STAGE,
        ..USUAL
    },
    DemoProgram {
        code: "SEMBAKO",
        name: "Program Sembako",
        benefit: "Bantuan pangan Rp 200.000 per bulan",
        amount_idr: Some(200_000),
        legal_basis: "Perpres 63/2017; Permensos 5/2021",
        source: "Kepmensos 79/HUK/2025: desil 1–5; kuota: demo",
        places: 2_000,
        eligibility: "household.decile <= 5 \
                      && !members.exists(m, has(m.work_status) \
                                            && m.work_status == 'pns_tni_polri_bumn_bumd_pejabat_negara')",
        ..USUAL
    },
    DemoProgram {
        code: "PBI-JK",
        agency: "dinkes",
        name: "Penerima Bantuan Iuran Jaminan Kesehatan",
        form: ["subsidy", "reported", "monthly", "apbn"],
        benefit: "Iuran JKN anggota keluarga dibayar pusat kepada BPJS Kesehatan",
        legal_basis: "PP 101/2012 jo. PP 76/2015",
        source: "Kepmensos 79/HUK/2025: desil 1–5; kuota: demo",
        places: 3_000,
        eligibility: "household.decile <= 5",
        periods: &[],
        ..USUAL
    },
    DemoProgram {
        code: "BLT-DESA",
        agency: "desa-socah",
        name: "BLT Dana Desa, Desa Socah",
        area: SOCAH,
        ..VILLAGE_CASH
    },
    DemoProgram {
        code: "BLT-DESA-KAMAL",
        agency: "desa-kamal",
        name: "BLT Dana Desa, Desa Kamal",
        area: KAMAL,
        ..VILLAGE_CASH
    },
    DemoProgram {
        code: "BLTS-KESRA",
        name: "BLTS Kesejahteraan Rakyat",
        form: ["cash", "reported", "once", "apbn"],
        benefit: "Uang tunai Rp 900.000 untuk Oktober sampai Desember 2025, di samping bantuan lain",
        amount_idr: Some(900_000),
        legal_basis: "Kebijakan stimulus pemerintah pusat triwulan 4 2025 (nomor keputusan: diisi instansi)",
        source: "laman desa 2025: desil 1–4; kuota: demo",
        may_overlap_with: &["PKH", "SEMBAKO"],
        starts_on: "2025-10-01",
        places: 2_500,
        eligibility: "household.decile <= 4",
        periods: END_OF_2025,
        ..USUAL
    },
    DemoProgram {
        code: "PKH-PLUS",
        agency: "dinsos-jatim",
        name: "PKH Plus Jawa Timur",
        form: ["cash", "reported", "quarterly", "apbd_province"],
        benefit: "Uang tunai Rp 500.000, empat kali setahun, bagi keluarga PKH dengan lansia",
        amount_idr: Some(500_000),
        legal_basis: "Peraturan Gubernur Jawa Timur (nomor: diisi instansi); lansia menurut UU 13/1998: 60 tahun",
        source: "publikasi Pemprov Jawa Timur; kuota: demo",
        places: 60,
        eligibility: "household.decile <= 4 && 'PKH' in aid.programs && members.exists(m, m.age >= 60)",
        ranking: &[("household.decile", "asc"), ("members.filter(m, m.age >= 60).size()", "desc")],
        periods: FIRST_QUARTER,
        ..USUAL
    },
    DemoProgram {
        code: "ASPD",
        agency: "dinsos-jatim",
        name: "Asistensi Sosial Penyandang Disabilitas",
        form: ["cash", "reported", "quarterly", "apbd_province"],
        benefit: "Uang tunai Rp 300.000 per bulan, dibayar per triwulan, bagi penyandang disabilitas berat",
        amount_idr: Some(900_000),
        legal_basis: "UU 8/2016 tentang Penyandang Disabilitas; Peraturan Gubernur Jawa Timur (nomor: diisi instansi)",
        source: "publikasi Pemprov Jawa Timur; batas desil 5, ukuran disabilitas berat dan kuota: demo",
        places: 40,
        sensitive_fields: true,
        sensitive: true,
        eligibility: "household.decile <= 5",
        beneficiary: Some(
            "m.walking == 'sama_sekali_tidak_bisa' || m.seeing == 'sama_sekali_tidak_bisa' \
             || m.learning == 'sama_sekali_tidak_bisa' \
             || m.self_care in ['sama_sekali_tidak_bisa', 'banyak_kesulitan']",
        ),
        periods: FIRST_QUARTER,
        ..USUAL
    },
    DemoProgram {
        code: "JATIM-EKSTREM",
        agency: "dinsos-jatim",
        name: "Bantuan Kemiskinan Ekstrem Jawa Timur",
        form: ["cash", "reported", "once", "apbd_province"],
        benefit: "Uang tunai Rp 1.500.000, sekali bagi satu orang dalam keluarga",
        amount_idr: Some(1_500_000),
        legal_basis: "Inpres 8/2025; Peraturan Gubernur Jawa Timur (nomor: diisi instansi)",
        source: "publikasi Pemprov Jawa Timur; ukuran lantai dan kuota: demo",
        places: 50,
        eligibility: "household.decile == 1 && household.floor in ['tanah', 'bambu']",
        periods: YEAR,
        ..USUAL
    },
    DemoProgram {
        code: "KIP-JAWARA",
        agency: "dinsos-jatim",
        name: "KIP Jawara",
        form: ["empowerment", "reported", "once", "apbd_province"],
        benefit: "Modal usaha Rp 3.000.000 bagi pencari nafkah utama",
        amount_idr: Some(3_000_000),
        legal_basis: "Peraturan Gubernur Jawa Timur (nomor: diisi instansi)",
        source: "publikasi Pemprov Jawa Timur; batas desil 4, umur dan kuota: demo",
        places: 30,
        eligibility: "household.decile <= 4",
        beneficiary: Some("m.head && m.age >= 18 && m.age < 60 && m.works"),
        periods: YEAR,
        ..USUAL
    },
    DemoProgram {
        code: "SEKOLAH-RAKYAT",
        name: "Sekolah Rakyat",
        form: ["service", "reported", "once", "apbn"],
        benefit: "Sekolah berasrama bagi anak keluarga termiskin, setelah kunjungan rumah; ditetapkan bupati",
        legal_basis: "Inpres 8/2025",
        source: "publikasi pemerintah 2025: desil 1, lalu 2; umur dan kuota: demo",
        places: 15,
        eligibility: "household.decile <= 2",
        beneficiary: Some("m.age >= 7 && m.age <= 18"),
        periods: &[],
        ..USUAL
    },
];
