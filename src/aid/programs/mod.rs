//! Programmes (program bantuan): what an agency runs for poor households, by which rule, for how many, when.

pub mod exemptions;
pub mod explain;
pub mod no_longer_eligible;
pub mod own;
pub mod periods;
pub mod preview;
pub mod queries;
pub mod requests;
pub mod routes;
pub mod rules;
pub mod service;

pub use own::{OwnProgram, ProgramInReview, WholeProgram};
pub use requests::{NewProgram, ProgramChange, ProgramFilter};
pub use rules::{ProgramRule, Terms};

use crate::{
    platform::{
        problem::{codes::codes, constraints},
        region_code::RegionCode,
        rupiah::Rupiah,
        text_enum::text_enum,
        versions::Versioned,
    },
    schema::{program_places, programs},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// The programme's code is taken.
    PROGRAM_EXISTS = 409 "program-exists", "Kode program sudah dipakai.", "A programme with this code exists already.",
        because "Kode program dipakai program lain, mungkin dari perangkat daerah lain." / "Another programme has this code, perhaps another agency's.",
        mend "Pilih kode lain; cari program Anda dengan external_reference." / "Choose another code; find your programme by its external_reference.";
    /// To change a programme one must answer for all of its areas.
    PROGRAM_IS_WIDER = 403 "program-wider-than-token", "Wilayah program lebih luas daripada wilayah token Anda.", "The programme's areas are wider than your token's.",
        because "Program menjangkau wilayah di luar wilayah token Anda, sehingga Anda tidak dapat mengubahnya." / "The programme reaches beyond your token's areas, so you can't change it.",
        mend "Pakai token untuk seluruh wilayah program, atau persempit wilayah programnya." / "Use a token for all of the programme's areas, or keep the programme to yours.";
    /// A period of this label stands.
    PERIOD_EXISTS = 409 "period-exists", "Program ini sudah punya periode dengan nama itu.", "The programme has a period of this label already.",
        because "Program ini sudah mempunyai periode dengan nama yang sama." / "The programme has a period of the same label.",
        mend "Pakai periode itu (GET …/periods), atau pilih nama lain." / "Use that period (GET …/periods), or choose another label.";
    /// The days of two periods of a programme overlap.
    PERIODS_OVERLAP = 409 "periods-overlap", "Periode bertumpang tindih dengan periode lain program ini.", "The period overlaps another one of this programme.",
        because "Sebagian harinya sudah termasuk periode lain; bantuan untuk hari yang sama akan tercatat dua kali." / "Some of its days belong to another period; aid for the same days would be recorded twice.",
        mend "Lihat GET …/periods dan pilih hari yang belum terpakai." / "See GET …/periods and choose days that are free.";
    /// More places are taken than the new quota has.
    QUOTA_BELOW_TAKEN = 409 "quota-below-taken", "Kuota baru lebih kecil dari kepesertaan yang sudah ada.", "The new quota is below the places already taken.",
        because "Kepesertaan yang berlaku lebih banyak daripada kuota baru." / "More enrolments stand than the new quota has places.",
        mend "Akhiri kepesertaan lebih dahulu, atau tetapkan kuota yang lebih besar." / "End enrolments first, or set a larger quota.";
    /// A period would lie outside the programme's days.
    PERIODS_BEYOND_END = 409 "periods-beyond-end", "Program masih punya periode setelah hari terakhir itu.", "The programme has periods beyond that last day.",
        because "Ada periode yang berakhir sesudah hari terakhir yang diminta." / "A period ends after the last day that was asked for.",
        mend "Pilih hari terakhir yang tidak lebih awal daripada akhir periode terakhir." / "Choose a last day no earlier than the end of the last period.";
    /// The programme's last day has passed.
    PROGRAM_ENDED = 409 "program-ended", "Program sudah berakhir.", "The programme has ended.",
        because "Hari terakhir program sudah lewat; kepesertaan baru tidak diterima lagi." / "The programme's last day has passed; it takes no further enrolments.",
        mend "Perpanjang programnya bila dasar hukumnya mengizinkan, atau pakai program lain." / "Prolong the programme where its legal basis allows it, or use another one.";
    /// The rule was written with words that the active release's code book does not have.
    RULE_OUT_OF_DATE = 409 "rule-out-of-date", "Aturan program tidak sesuai dengan kamus kode rilis aktif; tulis versi baru.", "The programme's rule does not fit the active release's code book; write a new version.",
        because "Aturan memakai kata yang tidak ada dalam kamus kode rilis aktif." / "The rule has words that the active release's code book lacks.",
        mend "Lihat GET /v1/eligibility-fields dan tulis versi baru (POST …/rules)." / "See GET /v1/eligibility-fields and write a new version (POST …/rules).";
    /// No such household in the active release, or none that the caller may see.
    HOUSEHOLD_NOT_FOUND = 404 "household-not-found", "Keluarga tidak ada di rilis aktif dalam wilayah Anda dan wilayah program.", "The household is not in the active release within your areas and the programme's.",
        because "Keluarga tidak ada di rilis aktif, atau di luar wilayah Anda atau wilayah program." / "The household is not in the active release, or outside your areas or the programme's.",
        mend "Cari lagi lewat POST /v1/households/lookup; usulkan ke DTSEN bila memang belum ada." / "Look it up again (POST /v1/households/lookup); propose it to DTSEN where it is really missing.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("programs_code_key", &PROGRAM_EXISTS),
    ("program_periods_program_id_label_key", &PERIOD_EXISTS),
    ("periods_do_not_overlap", &PERIODS_OVERLAP),
];

text_enum! {
    /// What a programme gives.
    pub enum ProgramKind {
        /// Money.
        Cash = "cash",
        /// Goods.
        InKind = "in_kind",
        /// A price or premium that is paid for the household.
        Subsidy = "subsidy",
        /// A service, such as care or counselling.
        Service = "service",
        /// Training, tools, capital: what raises income.
        Empowerment = "empowerment",
    }
}

text_enum! {
    /// Whose books the money runs through.
    pub enum Funding {
        /// Its rupiah run through the ledger here.
        Managed = "managed",
        /// Another government pays; here is known that, and what.
        Reported = "reported",
    }
}

text_enum! {
    /// Whom an enrolment serves.
    pub enum Serves {
        /// The household (keluarga) as a whole.
        Household = "household",
        /// One member of it.
        Individual = "individual",
    }
}

text_enum! {
    /// How often the benefit is given.
    pub enum Cadence {
        /// Once.
        Once = "once",
        /// Every month.
        Monthly = "monthly",
        /// Every three months.
        Quarterly = "quarterly",
        /// In stages (tahap) as the budget allows.
        Stages = "stages",
    }
}

impl Cadence {
    /// Days that a period has at least, so that what is given for a month is not given three times in one: the
    /// shortest month, the shortest quarter.
    #[must_use]
    pub const fn shortest_period(self) -> i64 {
        match self {
            Self::Monthly => 28,
            Self::Quarterly => 89,
            Self::Once | Self::Stages => 1,
        }
    }
}

text_enum! {
    /// Who bears the cost.
    pub enum FundSource {
        /// The state budget.
        Apbn = "apbn",
        /// The province's budget.
        ApbdProvince = "apbd_province",
        /// The regency's budget.
        ApbdRegency = "apbd_regency",
        /// The village fund (dana desa).
        VillageFund = "village_fund",
        /// A partner outside government.
        Partner = "partner",
    }
}

/// A programme. It holds no personal data, so every role may see it.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = programs)]
pub struct Program {
    /// Id.
    pub program_id: Uuid,
    /// Code by which rules and exclusions name it; unique across agencies.
    #[schema(example = "BLT-DAERAH")]
    pub code: String,
    /// The agency that runs it.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Name.
    #[schema(example = "Bantuan Langsung Tunai Daerah")]
    pub name: String,
    /// What it gives.
    pub kind: ProgramKind,
    /// Whose books the money runs through.
    pub funding: Funding,
    /// Whom an enrolment serves.
    pub serves: Serves,
    /// The benefit in words.
    #[schema(example = "Uang tunai Rp 300.000 per bulan")]
    pub benefit: String,
    /// Rupiah for one enrolment and period; null where each payment states it.
    #[schema(example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// How often it is given.
    pub cadence: Cadence,
    /// Who bears the cost.
    pub fund_source: FundSource,
    /// The regulation that it stands on.
    #[schema(example = "Perbup Bangkalan 12/2026")]
    pub legal_basis: String,
    /// Regions whose households it serves.
    #[schema(value_type = Vec<RegionCode>, example = json!(["35.26"]))]
    pub areas: Vec<String>,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day; null where it has no end yet.
    pub ends_on: Option<NaiveDate>,
    /// Whether its rule may ask for illness, disability and the like, because the legal basis names them.
    pub sensitive_fields: bool,
    /// Whether being enrolled says something of a household that other agencies should not see.
    pub sensitive: bool,
    /// Codes of programmes that this one may overlap with, by its legal basis.
    #[schema(example = json!(["BLTS-KESRA"]))]
    pub may_overlap_with: Vec<String>,
    /// The owning system's own id for it.
    #[schema(example = "SIM-2026-004")]
    pub external_reference: Option<String>,
    /// Since when it is known here.
    pub created_at: DateTime<Utc>,
    /// Counts up with each change of the programme, its rule, exclusions or quota; the `ETag`.
    pub version: i32,
}

impl Program {
    /// What its rule may say.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms { sensitive_fields: self.sensitive_fields, serves: self.serves }
    }

    /// LIKE patterns over a village's code, one for each area: `35.26.%`.
    #[must_use]
    pub fn area_patterns(&self) -> Vec<String> {
        self.areas.iter().filter_map(|area| area.parse::<RegionCode>().ok()).map(|area| area.pattern()).collect()
    }
}

/// How many may be enrolled, and how many are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = program_places)]
pub struct Places {
    /// Places at most; null where there is no limit.
    #[schema(example = 1500)]
    pub quota: Option<i32>,
    /// Places that standing enrolments take.
    #[schema(example = 1204)]
    pub taken: i32,
}

/// A programme with its rule in force, what it excludes, and its places.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgramDetail {
    /// The programme.
    #[serde(flatten)]
    pub program: Program,
    /// The rule in force: the newest version.
    pub rule: ProgramRule,
    /// Codes of programmes beside which this one may not be given: a household that stands in one of them is not
    /// enrolled, one that receives from it is not paid.
    #[schema(example = json!(["PKH", "SEMBAKO"]))]
    pub excludes: Vec<String>,
    /// Those of them that no programme here bears yet, so that a slip of the keyboard is seen: they exclude nobody
    /// until one does.
    #[schema(example = json!([]))]
    pub excludes_unknown: Vec<String>,
    /// How many may be enrolled, and how many are; null where another agency marked the programme as sensitive.
    pub places: Option<Places>,
}

impl Versioned for ProgramDetail {
    fn version(&self) -> i32 {
        self.program.version
    }
}
