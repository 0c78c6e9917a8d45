//! Where a person's money goes: accounts (rekening, KKS) in an agency's books, and the points (titik bayar) at which a
//! partner pays by hand. A number is sealed like a NIK and found by its digest; nobody is shown more than its last two
//! digits.

pub mod list_routes;
pub mod lists;
pub mod many;
pub mod number;
pub mod points;
pub mod queries;
pub mod requests;
pub mod routes;
pub mod service;

pub use requests::{NewPayoutAccount, PayoutAccountFilter};

use crate::{
    platform::{
        identity::mask,
        problem::{
            codes::{self, codes},
            constraints,
        },
        text_enum::text_enum,
        versions::Versioned,
    },
    schema::payout_accounts,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// Nobody of this id or NIK is there for the caller.
    INDIVIDUAL_NOT_FOUND = 404 "individual-not-found", "Orang itu tidak ada di rilis aktif dalam wilayah Anda.", "The person is not in the active release within your areas.",
        because "individual_id atau NIK itu tidak ada di rilis DTSEN yang aktif, atau orangnya tinggal di luar wilayah Anda." / "The active DTSEN release has nobody of that individual_id or NIK, or the person lives outside your areas.",
        mend "Periksa nomornya; cari orangnya dengan POST /v1/households/lookup." / "Check the number; look the person up by POST /v1/households/lookup.";
    /// A closed account takes no step any more.
    ACCOUNT_CLOSED = 409 "payout-account-closed", "Rekening itu sudah ditutup.", "The account is closed already.",
        because "Rekening ditutup, atau digantikan rekening lain dari orang yang sama." / "The account was closed, or another one of the same person took its place.",
        mend "Lihat rekening yang terbuka: GET /v1/payout-accounts?individual_id=…&open=true." / "See the one that is open: GET /v1/payout-accounts?individual_id=…&open=true.";
    /// An earlier row is of the same person or account.
    LISTED_TWICE = 409 "listed-twice", "Baris sebelumnya sudah menyebut orang atau rekening yang sama.", "An earlier row names the same person or account.",
        because "Dalam satu daftar setiap orang atau rekening disebut satu kali; baris pertamalah yang dijawab." / "In one list each person or account is named once; the first row is the one that counts.",
        mend "Tentukan baris mana yang benar, dan kirim baris itu saja." / "Decide which row is right, and send that one alone.";
    /// The partner has a point of this name.
    PAY_POINT_EXISTS = 409 "pay-point-exists", "Titik bayar bernama itu sudah ada pada mitra ini.", "The partner has a pay point of this name already.",
        because "Setiap titik bayar yang dicatat satu instansi pada sebuah mitra bernama lain." / "Each pay point that one agency recorded of a partner has a name of its own.",
        mend "Ubah titik yang ada dengan PATCH /v1/pay-points/{pay_point_id}, atau pilih nama lain." / "Change the one that is there by PATCH /v1/pay-points/{pay_point_id}, or choose another name.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("pay_points_name_key", &PAY_POINT_EXISTS),
    ("account_checked_by_another_person", &codes::SAME_PERSON),
    // Of a person in two families two districts may each record one at once, and see only their own family held.
    ("one_open_payout_account", &codes::BUSY),
];

text_enum! {
    /// What sort of account it is.
    pub enum PayoutKind {
        /// Kartu Keluarga Sejahtera.
        Kks = "kks",
        /// An account at a bank.
        Bank = "bank",
    }
}

text_enum! {
    /// What the partner said of an account (burekol, cek rekening).
    pub enum CheckState {
        /// Nobody has asked yet.
        Unchecked = "unchecked",
        /// Number and holder fit.
        Valid = "valid",
        /// They do not, for the reason given.
        Invalid = "invalid",
    }
}

/// An account of a person in an agency's books. At most one is open; which it is, and whose, never changes.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = payout_accounts)]
pub struct PayoutAccount {
    /// Id.
    pub account_id: Uuid,
    /// Whose.
    pub individual_id: Uuid,
    /// In whose books.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// The bank that keeps it.
    #[schema(example = "bank-jatim")]
    pub partner_code: String,
    /// Sort.
    pub kind: PayoutKind,
    /// The number, of which nobody is shown more than the last two digits.
    #[serde(rename = "number_masked", serialize_with = "masked")]
    #[schema(example = "**************42")]
    pub number_tail: String,
    /// The holder's name, as the bank has it.
    #[schema(example = "SITI AMINAH")]
    pub holder_name: String,
    /// What the partner said of it.
    pub check_state: CheckState,
    /// What is wrong with it.
    #[schema(example = json!(null))]
    pub check_reason: Option<String>,
    /// When the result of the check was recorded.
    pub checked_at: Option<DateTime<Utc>>,
    /// Whether it is the one that payments go to.
    pub open: bool,
    /// Why it was closed; none where another account took its place.
    #[schema(example = json!(null))]
    pub close_reason: Option<String>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Counts up with each change; the `ETag`.
    pub version: i32,
}

fn masked<S: Serializer>(tail: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&mask(tail))
}

impl Versioned for PayoutAccount {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An account, with who else is paid by the same number.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SharedAccount {
    /// The account.
    #[serde(flatten)]
    pub account: PayoutAccount,
    /// Other persons in your agency's books and your areas whose open account has the same number, twenty at most: spouses
    /// share a book, and so does whoever collects other people's aid.
    #[schema(example = json!([]))]
    pub shared_with: Vec<Uuid>,
}

impl Versioned for SharedAccount {
    fn version(&self) -> i32 {
        self.account.version
    }
}

/// An account that was recorded, or stood already.
pub struct Kept {
    /// The account, and who shares its number.
    pub account: SharedAccount,
    /// Whether it was recorded now.
    pub is_new: bool,
}
