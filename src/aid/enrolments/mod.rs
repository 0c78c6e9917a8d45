//! Enrolments (kepesertaan): which household or individual stands in which programme, decided on what.

pub mod bulk;
pub mod decision;
pub mod explanation;
pub mod list;
pub mod moves;
pub mod queries;
pub mod requests;
pub mod routes;
pub mod service;
pub mod state;

pub use requests::{EnrolmentFilter, NewEnrolment, Override};
pub use state::EnrolmentState;

use crate::{
    platform::{
        auth::Principal,
        problem::{codes::codes, constraints},
        versions::Versioned,
    },
    schema::{enrolment_steps, enrolments},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// The beneficiary stands in the programme.
    ALREADY_ENROLLED = 409 "already-enrolled", "Penerima manfaat sudah menjadi peserta program ini.", "The beneficiary stands in this programme already.",
        because "Penerima manfaat ini sudah memiliki kepesertaan yang berlaku di program ini." / "The beneficiary has an enrolment that stands in this programme.",
        mend "Pakai kepesertaan dalam enrolment_id." / "Use the enrolment in enrolment_id.";
    /// The rule is false of the household, or unknown.
    NOT_ELIGIBLE = 422 "not-eligible", "Keluarga, atau anggota yang disebut, tidak memenuhi syarat program.", "The household, or the member named, does not satisfy the programme's rule.",
        because "Aturan program tidak terpenuhi, atau jawabannya tidak diketahui." / "The programme's rule is not satisfied, or can't be known.",
        mend "Baca explanation: bagian mana yang gagal, jawaban mana yang belum ada." / "Read explanation: which clause fails, which answer is missing.";
    /// The release gives the household no decile, and no exemption was named.
    NO_DECILE = 422 "no-decile", "Keluarga tidak punya desil di rilis aktif; perlu pengecualian (exemption_id).", "The household has no decile in the active release; an exemption (exemption_id) is needed.",
        because "Rilis aktif tidak memuat desil keluarga ini." / "The active release gives this household no decile.",
        mend "Sebutkan exemption_id dari pengecualian yang berlaku, atau tunggu rilis berikutnya." / "Name the exemption_id of an exemption in force, or wait for the next release.";
    /// The exemption is not this programme's, or has run out.
    UNKNOWN_EXEMPTION = 422 "unknown-exemption", "Pengecualian tidak dikenal untuk program ini atau sudah berakhir.", "The exemption is not known for this programme or has run out.",
        because "Pengecualian milik program lain, tidak ada, atau masa berlakunya habis." / "The exemption is another programme's, is not there, or has run out.",
        mend "Lihat GET …/exemptions; minta yang baru kepada koordinator TKPKD." / "See GET …/exemptions; ask the TKPKD coordinator for a new one.";
    /// The household stands in a programme that this one excludes, or receives from it.
    EXCLUDED = 409 "excluded-by-other-aid", "Keluarga menerima bantuan lain yang tidak boleh berdampingan dengan program ini.", "The household has other aid beside which this programme may not be given.",
        because "Keluarga menjadi peserta, atau menerima, dari program yang dikecualikan program ini." / "The household stands in, or receives from, a programme that this one excludes.",
        mend "Lihat others; koordinasikan dengan perangkat daerahnya." / "See others; settle it with the agency concerned.";
    /// No place is left, or not as many as asked for.
    QUOTA_FULL = 409 "quota-full", "Kuota program tidak mencukupi.", "The programme has not enough places left.",
        because "Tempat yang tersisa lebih sedikit daripada yang diminta." / "Fewer places are left than were asked for.",
        mend "Tambah kuota, daftarkan lebih sedikit, atau tunggu tempat kosong." / "Raise the quota, enrol fewer, or wait for a free place.";
    /// The programme serves individuals, and none was named.
    INDIVIDUAL_REQUIRED = 422 "individual-required", "Program ini melayani individu; individual_id wajib diisi.", "This programme serves individuals; individual_id is required.",
        because "Program melayani individu, dan tidak disebut siapa." / "The programme serves individuals, and none was named.",
        mend "Sebutkan individual_id seorang anggota keluarga." / "Name the individual_id of a member of the household.";
    /// The rule does not say which members the programme serves, so none can be chosen by it.
    BENEFICIARY_RULE_REQUIRED = 422 "beneficiary-rule-required", "Aturan program belum menyebut anggota keluarga mana yang dilayani (beneficiary).", "The programme's rule does not yet say which members it serves (beneficiary).",
        because "Program melayani individu, dan aturannya hanya tentang keluarga." / "The programme serves individuals, and its rule is about households alone.",
        mend "Tulis versi aturan dengan beneficiary, atau daftarkan anggota satu per satu atau dari daftar." / "Write a version of the rule with beneficiary, or enrol members singly or from a list.";
    /// The programme serves households, and an individual was named.
    INDIVIDUAL_NOT_SERVED = 422 "individual-not-served", "Program ini melayani keluarga, bukan individu.", "This programme serves households, not individuals.",
        because "Program melayani keluarga, tetapi individu disebut." / "The programme serves households, but an individual was named.",
        mend "Hilangkan individual_id." / "Leave individual_id out.";
    /// The individual is not of the household, or marked as deceased.
    NOT_A_MEMBER = 422 "not-a-member", "Individu bukan anggota keluarga ini di rilis aktif, atau ditandai meninggal.", "The individual is not a member of this household in the active release, or is marked as deceased.",
        because "Individu tercatat di keluarga lain, tidak ada di rilis aktif, atau ditandai meninggal." / "The individual is of another household, not in the active release, or marked as deceased.",
        mend "Lihat anggota di GET /v1/households/{household_id}." / "See the members at GET /v1/households/{household_id}.";
    /// An enrolment does not go from there to there.
    ENROLMENT_STEP = 409 "enrolment-step", "Kepesertaan tidak dapat berpindah ke status itu.", "The enrolment can't go to that state.",
        because "Langkah dari status sekarang ke status itu tidak ada." / "There is no step from its present state to that one.",
        mend "Baca kepesertaan lagi; langkah yang ada disebut dalam panduan integrasi." / "Read the enrolment again; the steps that there are stand in the integration guide.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("enrolment_claims_pkey", &ALREADY_ENROLLED),
    ("quota_is_kept", &QUOTA_FULL),
    ("enrolment_step", &ENROLMENT_STEP),
];

/// An enrolment as it stands in PostgreSQL.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = enrolments)]
pub struct EnrolmentRow {
    pub household_id: Uuid,
    pub enrolment_id: Uuid,
    pub program_id: Uuid,
    pub individual_id: Option<Uuid>,
    pub state: EnrolmentState,
    pub release_id: Uuid,
    pub decile: Option<i16>,
    pub exemption_id: Option<Uuid>,
    pub rule_version: i32,
    pub explanation: Value,
    pub override_reason: Option<String>,
    pub override_allowed_by: Option<String>,
    pub external_reference: Option<String>,
    pub created_at: DateTime<Utc>,
    pub version: i32,
}

/// An enrolment. What it was decided on (release, decile, rule, explanation) never changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolment {
    /// Id.
    pub enrolment_id: Uuid,
    /// The household.
    pub household_id: Uuid,
    /// The member whom it serves; null where it serves the household.
    pub individual_id: Option<Uuid>,
    /// The programme.
    pub program_id: Uuid,
    /// The programme's code.
    #[schema(example = "BLT-DAERAH")]
    pub program_code: String,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The DTSEN release that it was decided on.
    pub release_id: Uuid,
    /// The household's decile in that release; null where an exemption stands in for it.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// Which version of the programme's rule it was decided by.
    #[schema(example = 1)]
    pub rule_version: i32,
    /// The exemption that stood in for a missing decile.
    pub exemption_id: Option<Uuid>,
    /// Who allowed it beside a programme that its own excludes, and why; null where nothing had to be allowed.
    pub r#override: Option<Override>,
    /// Why the household was eligible, clause by clause with the values seen. Clauses that ask for health are
    /// `withheld` from whoever does not see answers on health.
    #[schema(value_type = Object, example = json!({"eligible": true, "verdict": "true", "clauses": [
        {"text": "household.decile <= 4", "verdict": "true", "values": {"household.decile": 2}}]}))]
    pub explanation: Value,
    /// The owning system's own id for it.
    #[schema(example = "SIM-PESERTA-00017")]
    pub external_reference: Option<String>,
    /// When it was decided.
    pub created_at: DateTime<Utc>,
    /// Counts up with each step; the `ETag`.
    pub version: i32,
}

/// A step of an enrolment: from where, where to, why, from which day, by whom.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = enrolment_steps)]
pub struct EnrolmentStep {
    /// Counts from 1; the enrolment's version after it.
    #[schema(example = 2)]
    pub step_no: i32,
    /// Where it stood; null of the first step.
    pub from_state: Option<EnrolmentState>,
    /// Where it went.
    pub to_state: EnrolmentState,
    /// Why.
    #[schema(example = "Hasil musyawarah desa 3 November 2026")]
    pub reason: String,
    /// From which day it counts.
    pub effective_on: NaiveDate,
    /// Who: a person's or a system's account.
    #[schema(example = "user:siti.manajer")]
    pub actor: String,
    /// When it was recorded.
    pub stepped_at: DateTime<Utc>,
}

/// The steps of an enrolment; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentSteps {
    /// The first one first.
    pub items: Vec<EnrolmentStep>,
}

impl Enrolment {
    /// The row together with its programme's code.
    #[must_use]
    pub fn of((row, program_code): (EnrolmentRow, String)) -> Self {
        let r#override = row
            .override_reason
            .zip(row.override_allowed_by)
            .map(|(reason, allowed_by)| Override { reason, allowed_by });
        Self {
            enrolment_id: row.enrolment_id,
            household_id: row.household_id,
            individual_id: row.individual_id,
            program_id: row.program_id,
            program_code,
            state: row.state,
            release_id: row.release_id,
            decile: row.decile,
            rule_version: row.rule_version,
            exemption_id: row.exemption_id,
            r#override,
            explanation: row.explanation,
            external_reference: row.external_reference,
            created_at: row.created_at,
            version: row.version,
        }
    }

    /// The enrolment as this caller may see it.
    #[must_use]
    pub fn seen_by(self, caller: &Principal) -> Self {
        Self { explanation: explanation::seen_by(caller, self.explanation), ..self }
    }
}

impl Versioned for Enrolment {
    fn version(&self) -> i32 {
        self.version
    }
}
