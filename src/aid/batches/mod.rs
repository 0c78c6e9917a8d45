//! Batches (daftar bayar): payments prepared together from a list that is frozen under a decree, approved by somebody else,
//! handed to a payment partner, and reported on until none is outstanding.

pub mod approval;
pub mod file;
pub mod partner_routes;
pub mod queries;
pub mod reconciliation;
pub mod requests;
pub mod result_rows;
pub mod results;
pub mod routes;
pub mod service;
pub mod state;

pub use requests::{BatchFilter, NewBatch};
pub use state::BatchState;

use crate::{
    platform::{
        problem::{Outcome, Problem, codes::codes, constraints},
        rupiah::Rupiah,
        text_enum::text_enum,
        versions::Versioned,
    },
    schema::{batch_findings, batch_lines, batches, programs},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// A batch does not go from there to there.
    BATCH_STEP = 409 "batch-step", "Daftar bayar tidak dapat berpindah ke status itu.", "The batch can't go to that state.",
        because "Langkah itu tidak ada dari status daftar bayar sekarang." / "That step does not begin at the batch's present state.",
        mend "Baca daftar bayarnya lagi; allowed menyebut status yang mungkin." / "Read the batch again; allowed names the states that can follow.";
    /// There is nobody to be paid by it.
    BATCH_EMPTY = 409 "batch-empty", "Tidak ada seorang pun yang dapat dibayar dengan daftar ini.", "Nobody can be paid by this batch.",
        because "Semua kepesertaan aktif tersisih, atau sudah dibayar sejak daftar dibekukan." / "All active enrolments were left out, or were paid since the list was frozen.",
        mend "Lihat GET …/findings; perbaiki sebabnya dan bekukan lagi (POST …/freezing)." / "See GET …/findings; mend the causes and freeze the list anew (POST …/freezing).";
    /// Another release became active since the list was frozen.
    BATCH_OUT_OF_DATE = 409 "batch-out-of-date", "Daftar bayar dibekukan terhadap rilis yang tidak lagi aktif.", "The batch was frozen against a release that is no longer active.",
        because "Rilis DTSEN berganti sejak daftar dibekukan; siapa yang berhak mungkin berubah." / "The DTSEN release changed since the list was frozen; who is eligible may have changed.",
        mend "Tolak atau tarik pengajuannya, lalu bekukan lagi (POST …/freezing)." / "Refuse or withdraw the submission, then freeze it anew (POST …/freezing).";
    /// Payments of it have no result yet.
    BATCH_OUTSTANDING = 409 "batch-outstanding", "Masih ada pembayaran dalam daftar ini yang belum dilaporkan.", "Payments of this batch have no result yet.",
        because "Daftar bayar ditutup bila setiap pembayarannya sudah dibayar atau gagal." / "A batch is closed when each of its payments was paid or failed.",
        mend "Kirim hasilnya (POST …/results); outstanding menyebut jumlahnya." / "Send the results (POST …/results); outstanding says how many.";
    /// Not handed over, or closed.
    BATCH_NOT_OPEN = 409 "batch-not-open", "Daftar bayar tidak sedang menunggu hasil.", "The batch does not wait for results.",
        because "Daftar bayar belum diserahkan kepada mitra, atau sudah ditutup." / "The batch was not handed to its partner yet, or is closed.",
        mend "Sesudah ditutup, uang yang kembali dicatat per penyaluran (POST /v1/disbursements/{disbursement_id}/return)." / "After it was closed, money that comes back is recorded payment by payment (POST /v1/disbursements/{disbursement_id}/return).";
    /// The file of a batch that is long over.
    BATCH_FILE_OVER = 409 "batch-file-over", "Berkas daftar bayar ini tidak tersedia lagi.", "The batch's file is no longer to be had.",
        because "Tiga puluh hari sesudah penutupan, nomor orang dan rekeningnya tidak diberikan lagi." / "Thirty days after the closing, numbers of people and accounts are told no more.",
        mend "Lihat rekonsiliasinya (GET …/reconciliation)." / "See its reconciliation (GET …/reconciliation).";
    /// Nobody who pays.
    NOT_A_PARTNER = 422 "not-a-payment-partner", "Kode itu bukan mitra pembayaran (bank atau pos).", "The code is none of a payment partner (a bank or the post).",
        because "Daftar bayar diserahkan hanya kepada bank atau PT Pos yang terdaftar." / "A batch is handed to a registered bank or the post only.",
        mend "Lihat GET /v1/agencies: kind bank atau postal." / "See GET /v1/agencies: kind bank or postal.";
    /// A partner pays money; goods are delivered one by one.
    BATCH_OF_GOODS = 409 "batch-of-goods", "Program ini menyalurkan barang atau jasa; daftar bayar hanya untuk uang.", "The programme delivers goods or services: a batch is of money.",
        because "Uang dalam daftar bayar dipegang mitra pembayaran; barang dan jasa tidak dibukukan sebagai uang." / "The money of a batch is with its payment partner; goods and services are not in the books as money.",
        mend "Catat penyalurannya satu per satu atau sekaligus (POST /v1/disbursements, …/bulk, …/from-active)." / "Record its disbursements one by one or at once (POST /v1/disbursements, …/bulk, …/from-active).";
    /// A row of a report that names no payment of ours.
    UNKNOWN_ROW = 404 "unknown-row", "Baris ini tidak menyebut pembayaran yang dikenal.", "The row names no payment that is known.",
        because "disbursement_id tidak ada, atau bukan dari daftar yang diserahkan kepada Anda." / "The disbursement_id is not there, or of no batch that was handed to you.",
        mend "Pakai ID SALUR dari berkas daftar bayar." / "Use the ID SALUR of the batch's file.";
    /// A row of a report whose amount is another.
    WRONG_AMOUNT = 422 "wrong-amount", "Nominalnya lain daripada yang dibukukan.", "The amount is another than the books have.",
        because "amount_idr pada baris berbeda dengan nilai pembayarannya." / "The row's amount_idr differs from the payment's.",
        mend "Periksa barisnya; pembayaran sebagian dilaporkan sebagai gagal." / "Check the row; what was paid in part is reported as failed.";
    /// A row of a report that says otherwise than one before.
    ALREADY_REPORTED = 409 "already-reported", "Pembayaran ini sudah dilaporkan lain.", "This payment was reported otherwise before.",
        because "Hasil yang berbeda sudah dibukukan untuk pembayaran ini." / "Another result was booked for this payment.",
        mend "Lihat penyalurannya; yang keliru dibatalkan oleh dua orang (/reversal)." / "See the disbursement; what is wrong is taken back by two persons (/reversal).";
    /// A row of a report whose payment is another batch's.
    WRONG_BATCH = 409 "wrong-batch", "Pembayaran ini dari daftar bayar lain.", "The payment is another batch's.",
        because "Baris itu milik daftar bayar lain." / "The row belongs to another batch.",
        mend "Kirim barisnya ke hasil daftar bayar itu." / "Send the row with the results of that batch.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[("batch_step", &BATCH_STEP)];

/// A batch.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = batches)]
pub struct Batch {
    /// Id.
    pub batch_id: Uuid,
    /// Whose.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// The programme.
    pub program_id: Uuid,
    /// The programme's code.
    #[diesel(select_expression = programs::code, select_expression_type = programs::code)]
    #[schema(example = "BLT-DAERAH")]
    pub program_code: String,
    /// The period that it pays for.
    pub period_id: Uuid,
    /// The period's fiscal year.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// The budget that it draws on.
    pub budget_id: Uuid,
    /// The payment partner that it is for.
    #[schema(example = "bank-jatim")]
    pub partner_code: String,
    /// The decree (SK penetapan) that stands behind its list.
    #[schema(example = "SK Kepala Dinas Sosial 460/12/2026")]
    pub decree_number: String,
    /// The day of the decree.
    pub decree_date: NaiveDate,
    /// Where it stands.
    pub state: BatchState,
    /// Which freezing of its list it has now, from 1.
    #[schema(example = 1)]
    pub revision: i32,
    /// The DTSEN release that the list was checked against.
    pub release_id: Uuid,
    /// Lines of the list; once approved, its payments.
    #[schema(example = 812)]
    pub lines: i32,
    /// Active enrolments that were left out, each with a finding.
    #[schema(example = 9)]
    pub left_out: i32,
    /// Sum of the lines.
    #[schema(example = 243_600_000)]
    pub amount_idr: Rupiah,
    /// The persons who froze the list or took a step of it as managers: they neither approve it nor say what became of it.
    pub prepared_by: Vec<Uuid>,
    /// The owning system's own id for it.
    #[schema(example = "SPM-2026-0042")]
    pub external_reference: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its payments were derived.
    pub approved_at: Option<DateTime<Utc>>,
    /// When it was handed to the partner.
    pub handed_over_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Counts up with each step; the `ETag`.
    pub version: i32,
}

impl Batch {
    /// That its file may still be downloaded: thirty days after it was closed the partner needs nobody's number any more.
    ///
    /// # Errors
    /// `batch-file-over`.
    pub fn check_still_downloaded(&self, now: DateTime<Utc>) -> Outcome<()> {
        let is_over = self.closed_at.is_some_and(|closed_at| closed_at + TimeDelta::days(30) < now);
        if is_over { Err(Problem::from(&BATCH_FILE_OVER)) } else { Ok(()) }
    }
}

impl Versioned for Batch {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A line of a batch's list.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = batch_lines)]
pub struct Line {
    /// Its number, from 1.
    #[schema(example = 1)]
    pub line_no: i32,
    /// The enrolment.
    pub enrolment_id: Uuid,
    /// Its household.
    pub household_id: Uuid,
    /// The member into whose hand it goes.
    pub payee_id: Uuid,
    /// Where the household lived at the decision.
    #[schema(example = "35.26.01.2001")]
    pub village_code: String,
    /// The release that the enrolment was decided on.
    pub release_id: Uuid,
    /// The decile that it was decided on.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// The enrolment's exemption from having a decile.
    pub exemption_id: Option<Uuid>,
    /// The household's decile in the release that the list was checked against.
    #[schema(example = 2)]
    pub checked_decile: Option<i16>,
    /// Rupiah.
    pub amount_idr: Rupiah,
    /// The account that it is paid into.
    pub account_id: Option<Uuid>,
    /// Or the pay point where it is paid.
    pub pay_point_id: Option<Uuid>,
}

text_enum! {
    /// Why an active enrolment was left out of a list.
    pub enum WhyLeftOut {
        /// The active release has the household, or the member, no more.
        Gone = "gone",
        /// The household has left the programme's areas.
        Moved = "moved",
        /// The release marks whom it serves as dead, or everybody in the household.
        Deceased = "deceased",
        /// The programme's rule is no longer true of it.
        NoLongerEligible = "no-longer-eligible",
        /// Its exemption ended before the period began.
        ExemptionOver = "exemption-over",
        /// The household receives from a programme that this one excludes.
        Excluded = "excluded-by-other-aid",
        /// A payment for the period stands, or one at all where the programme gives once.
        AlreadyPaid = "already-paid",
        /// Another line is for the same beneficiary.
        Doubled = "doubled",
        /// The account can't be paid into, and the partner has no pay point for the village.
        AccountCheckFailed = "account-check-failed",
        /// The open account is another partner's.
        AccountElsewhere = "account-elsewhere",
        /// There is no account, and the partner has no pay point for the village.
        MissingAccount = "missing-account",
        /// The enrolment was no longer active when the batch was approved.
        EnrolmentNotActive = "enrolment-not-active",
    }
}

/// An active enrolment that was left out of a list.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = batch_findings)]
pub struct Finding {
    /// The enrolment.
    pub enrolment_id: Uuid,
    /// Its household.
    pub household_id: Uuid,
    /// Where the household lived at the decision.
    #[schema(example = "35.26.01.2001")]
    pub village_code: String,
    /// Why: the first that applies.
    pub kind: WhyLeftOut,
}
