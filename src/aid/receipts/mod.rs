//! Receipts (kuitansi, tanda terima): what is shown of a payment, on a screen or on paper, with a code by which anybody can
//! ask whether it holds.

pub mod code;
mod letters;
pub mod pdf;
pub mod queries;
pub mod routes;
pub mod service;
pub mod words;

use crate::{
    aid::disbursements::DisbursementState,
    platform::{problem::codes::codes, region_code::RegionCode, rupiah::Rupiah},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// Nothing was paid that a receipt could be of, or nobody who may has taken it.
    NO_RECEIPT = 409 "no-receipt", "Penyaluran ini belum punya kuitansi.", "There is no receipt of this disbursement yet.",
        because "Penyaluran belum dibayar atau gagal; atau, bagi pemeriksa, perangkat daerahnya belum pernah membuka kuitansinya." / "It is not paid yet, or failed; or, for an auditor, its agency has never opened the receipt.",
        mend "Catat pembayarannya (POST …/payment); kuitansi terbit ketika perangkat daerahnya pertama kali membukanya." / "Record its payment (POST …/payment); the receipt is issued when its agency first opens it.";
}

/// The receipt of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Running number; it rises, with gaps.
    #[schema(example = "KW-2026-00000017")]
    pub number: String,
    /// By which anybody can ask whether it holds (`GET /v1/public/receipts/{code}`).
    #[schema(example = "3N7Q-2K9D-XW4T-0HB6-M5RV-Z8CE-1J")]
    pub code: String,
    /// Whether it holds: not where the payment was reversed or came back.
    pub valid: bool,
    /// Where the payment stands: `paid`, `reversed` or `returned`.
    #[schema(example = "paid")]
    pub state: DisbursementState,
    /// The payment.
    pub disbursement_id: Uuid,
    /// The programme's code.
    #[schema(example = "BLT-DAERAH")]
    pub program_code: String,
    /// The programme's name.
    #[schema(example = "Bantuan Langsung Tunai Daerah")]
    pub program_name: String,
    /// The agency's code.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// The agency's name.
    #[schema(example = "Dinas Sosial")]
    pub agency_name: String,
    /// The period that it is for.
    #[schema(example = "Tahap 1 2026")]
    pub period: String,
    /// Rupiah; the value, where goods were delivered.
    pub amount_idr: Rupiah,
    /// The same in Indonesian words (terbilang).
    #[schema(example = "enam ratus ribu rupiah")]
    pub amount_in_words: String,
    /// The day of paying.
    pub paid_on: NaiveDate,
    /// What proves it: a transfer's number.
    #[schema(example = "TRF-20261124-0001")]
    pub proof_reference: Option<String>,
    /// Name of the member, or of the household's head, in the active release; null where the release no longer has them in
    /// your areas, and for roles that see no households.
    #[schema(example = "SITI RAHMAWATI")]
    pub beneficiary: Option<String>,
    /// The village where the household lived when the enrolment was decided.
    #[schema(value_type = RegionCode)]
    pub village_code: String,
    /// The village's name, and those of the regions that it lies in.
    #[schema(example = "Burneh, Burneh, Bangkalan, Jawa Timur")]
    pub region: String,
    /// The DTSEN release that the enrolment was decided on.
    pub release_id: Uuid,
    /// Its label.
    #[schema(example = "DTSEN Triwulan 4 2026")]
    pub release: String,
    /// The decile that the enrolment was decided on; null where an exemption stands in for it.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// When it was first opened.
    pub issued_at: DateTime<Utc>,
}

/// Whether a receipt holds, for whoever has its code: all that the code tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct Validity {
    /// Whether there is such a receipt, and its payment stands.
    #[schema(example = true)]
    pub valid: bool,
    /// The day of paying, where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_on: Option<NaiveDate>,
    /// The agency's name, where it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Dinas Sosial")]
    pub agency: Option<String>,
}
