//! Disbursements (penyaluran): what was delivered to whom, for which period, on which release and decile.

pub mod items;
pub mod list_routes;
pub mod lists;
pub mod many;
pub mod money;
pub mod payee;
pub mod queries;
pub mod recording;
pub mod requests;
pub mod reversals;
pub mod routes;
pub mod service;
pub mod state;
pub mod together;

pub use requests::{DisbursementFilter, NewDisbursement};
pub use state::DisbursementState;

use crate::{
    platform::{
        problem::{
            codes::{self, codes},
            constraints,
        },
        rupiah::Rupiah,
        versions::Versioned,
    },
    schema::{disbursement_steps, disbursements, programs},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// Its partner reports on it, and nothing else moves it.
    PAID_BY_BATCH = 409 "paid-by-batch", "Penyaluran ini termasuk daftar bayar; hasilnya dilaporkan lewat daftar itu.", "This disbursement is part of a batch; its result is reported there.",
        because "Pembayaran dalam daftar bayar berpindah hanya lewat hasil yang dilaporkan untuk daftarnya." / "Payments of a batch move by the results that are reported for the batch alone.",
        mend "Kirim hasilnya ke POST /v1/batches/{batch_id}/results." / "Send its result to POST /v1/batches/{batch_id}/results.";
    /// Only active enrolments are paid.
    ENROLMENT_NOT_ACTIVE = 409 "enrolment-not-active", "Kepesertaan tidak aktif.", "The enrolment is not active.",
        because "Hanya kepesertaan aktif yang dapat menerima penyaluran." / "Only active enrolments receive disbursements.",
        mend "Tetapkan dan aktifkan kepesertaan lebih dahulu (POST …/transitions)." / "Confirm and activate the enrolment first (POST …/transitions).";
    /// The period is not one of the programme's.
    UNKNOWN_PERIOD = 422 "unknown-period", "Periode tidak dikenal untuk program ini.", "The period is not one of this programme's.",
        because "Periode milik program lain, atau tidak ada." / "The period is another programme's, or is not there.",
        mend "Lihat GET /v1/programs/{program_id}/periods, atau buka periodenya." / "See GET /v1/programs/{program_id}/periods, or open the period.";
    /// Neither the payment nor the programme says how much.
    AMOUNT_REQUIRED = 422 "amount-required", "Nilai (amount_idr) wajib diisi; program tidak menetapkannya.", "amount_idr is required: the programme does not set it.",
        because "Nilai tidak disebut, dan program tidak menetapkannya." / "No amount was named, and the programme sets none.",
        mend "Sebutkan amount_idr dalam rupiah bulat." / "Name amount_idr in whole rupiah.";
    /// A payment for the beneficiary and period stands, or one at all where the programme gives once.
    ALREADY_PAID = 409 "already-paid", "Penerima manfaat ini sudah punya penyaluran untuk periode itu.", "A disbursement for this beneficiary and period stands already.",
        because "Sudah ada penyaluran untuk penerima dan periode ini, atau program hanya memberi sekali." / "A disbursement for the beneficiary and period stands, or the programme gives once only.",
        mend "Lihat disbursement_id; bila keliru, batalkan dahulu (POST …/reversal)." / "See disbursement_id; if that one is wrong, reverse it first (POST …/reversal).";
    /// The enrolment was decided on an exemption that ended before the period began, and no decile has come since.
    EXEMPTION_OVER = 409 "exemption-over", "Pengecualian kepesertaan ini berakhir sebelum periode itu mulai, dan keluarga belum punya desil.", "The enrolment's exemption ended before the period began, and the household still has no decile.",
        because "Pengecualian yang menjadi dasar kepesertaan berakhir sebelum periode, dan desilnya belum ada." / "The exemption that the enrolment rests on ended before the period, and no decile has come.",
        mend "Minta pengecualian baru dan daftarkan lagi, atau tunggu rilis yang memuat desilnya." / "Ask for a new exemption and enrol again, or wait for a release that has the decile.";
    /// Goods do not come back as money.
    NOT_MONEY = 409 "not-money", "Program ini menyalurkan barang atau jasa, bukan uang.", "The programme delivers goods or services, no money.",
        because "Barang dan jasa tidak kembali sebagai uang." / "Goods and services do not come back as money.",
        mend "Bila salah salur, minta pembatalan (POST …/reversal)." / "Where it was delivered wrongly, ask for a reversal (POST …/reversal).";
    /// A payment does not go from there to there.
    DISBURSEMENT_STEP = 409 "disbursement-step", "Penyaluran tidak dapat berpindah ke status itu.", "The disbursement can't go to that state.",
        because "Penyaluran hanya bergerak maju; langkah itu tidak ada dari status sekarang." / "A disbursement only moves forward; that step does not begin at its present state.",
        mend "Baca penyalurannya lagi; yang keliru dibayar dibatalkan dengan /reversal." / "Read it again; what was paid wrongly is taken back by /reversal.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("disbursement_step", &DISBURSEMENT_STEP),
    ("return_by_another_person", &codes::SAME_PERSON),
    ("payment_claims_pkey", &ALREADY_PAID),
    ("one_payment_of_what_is_given_once", &ALREADY_PAID),
];

/// A disbursement: one delivery to one enrolment for one period. Nothing of it changes but its state, and with the
/// paying its day and proof.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = disbursements)]
pub struct Disbursement {
    /// Id.
    pub disbursement_id: Uuid,
    /// The enrolment that it was delivered to.
    pub enrolment_id: Uuid,
    /// The enrolment's household.
    pub household_id: Uuid,
    /// The programme.
    pub program_id: Uuid,
    /// The programme's code.
    #[diesel(select_expression = programs::code, select_expression_type = programs::code)]
    #[schema(example = "BLT-DAERAH")]
    pub program_code: String,
    /// The period (tahap) that it is for.
    pub period_id: Uuid,
    /// The period's fiscal year, whenever it is paid.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// Rupiah; the value, where goods are delivered.
    pub amount_idr: Rupiah,
    /// Where it stands.
    pub state: DisbursementState,
    /// The DTSEN release that the enrolment was decided on.
    pub release_id: Uuid,
    /// The decile that the enrolment was decided on; null where an exemption stands in for it.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// The enrolment's exemption from having a decile.
    pub exemption_id: Option<Uuid>,
    /// The release that was active when the payment was recorded, or when what was planned was paid.
    pub checked_release_id: Uuid,
    /// The household's decile in that release; null where it is no longer in it, or without one.
    #[schema(example = 3)]
    pub checked_decile: Option<i16>,
    /// The day of paying.
    pub paid_on: Option<NaiveDate>,
    /// What proves it: a transfer's or receipt's number.
    #[schema(example = "TRF-20261124-0001")]
    pub proof_reference: Option<String>,
    /// The owning system's own id for it.
    #[schema(example = "SIM-BAYAR-00017")]
    pub external_reference: Option<String>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// Counts up with each step; the `ETag`.
    pub version: i32,
    /// The budget that it draws on; null of a programme that is only reported.
    pub budget_id: Option<Uuid>,
    /// The batch that it belongs to; null where it stands alone.
    pub batch_id: Option<Uuid>,
    /// The goods or services that it consists of, with quantity and value; null of money.
    #[schema(value_type = Option<Vec<items::Item>>)]
    pub items: Option<serde_json::Value>,
}

/// A step of a disbursement: from where, where to, why, by whom.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = disbursement_steps)]
pub struct DisbursementStep {
    /// Counts from 1; the disbursement's version after it.
    #[schema(example = 2)]
    pub step_no: i32,
    /// Where it stood; null of the first step.
    pub from_state: Option<DisbursementState>,
    /// Where it went.
    pub to_state: DisbursementState,
    /// Why it failed or was taken back; null of the other steps.
    #[schema(example = "Rekening penerima tidak aktif")]
    pub reason: Option<String>,
    /// Who: a person's or a system's account.
    #[schema(example = "user:siti.manajer")]
    pub actor: String,
    /// When it was recorded.
    pub stepped_at: DateTime<Utc>,
}

/// The steps of a disbursement; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisbursementSteps {
    /// The first one first.
    pub items: Vec<DisbursementStep>,
}

impl Disbursement {
    /// By which it is found in its table.
    #[must_use]
    pub const fn key(&self) -> queries::write::Key {
        let Self { household_id, disbursement_id, fiscal_year, .. } = *self;
        queries::write::Key { household_id, disbursement_id, fiscal_year }
    }

    /// The payment that it stands for.
    #[must_use]
    pub fn wanted(&self) -> queries::Wanted {
        let planned = Some(self.disbursement_id);
        queries::Wanted { enrolment_id: self.enrolment_id, period_id: self.period_id, planned }
    }
}

impl Versioned for Disbursement {
    fn version(&self) -> i32 {
        self.version
    }
}
