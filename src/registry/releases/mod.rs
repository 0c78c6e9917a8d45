//! DTSEN releases (rilis): received, validated, compared, activated, turned back.

pub mod activation;
pub mod active;
pub mod comparison;
pub mod deciles;
pub mod delivery;
pub mod findings;
pub mod import;
pub mod queries;
pub mod retention;
pub mod routes;
pub mod service;
mod upload;

use crate::{
    platform::{
        problem::{Outcome, codes::codes, constraints},
        text_enum::text_enum,
        versions::Versioned,
    },
    schema::releases,
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// The files of the delivery were deleted when their retention ended.
    FILES_GONE = 409 "files-gone", "Berkas kiriman sudah dihapus karena masa simpannya berakhir; unggah lagi.", "The files of this delivery were deleted when their retention ended; upload them again.",
        because "Berkas kiriman dihapus setelah masa simpannya berakhir." / "The delivery's files were deleted when their retention ended.",
        mend "Unggah berkasnya lagi sebagai rilis baru." / "Upload the files again as a new release.";
    /// These very files came before.
    SAME_FILES = 409 "release-already-received", "Berkas yang sama sudah diterima sebagai rilis lain.", "The same files were received before as another release.",
        because "Berkas yang persis sama sudah diterima; lihat release_id." / "The very same files were received before; see release_id.",
        mend "Pakai rilis itu; bila ditolak dahulu, unggah lagi diperbolehkan." / "Use that release; one that was rejected may be uploaded again.";
    /// The label is taken.
    SAME_LABEL = 409 "release-label-taken", "Nama rilis sudah dipakai.", "A release with this label exists already.",
        because "Rilis lain memakai nama ini." / "Another release has this label.",
        mend "Pilih nama lain." / "Choose another label.";
    /// The state does not allow it.
    RELEASE_STEP = 409 "release-step", "Keadaan rilis tidak mengizinkan langkah ini.", "The release's state does not allow this step.",
        because "Rilis sedang dibaca, belum dibaca, ditolak, atau sudah aktif." / "The release is being read, was not read yet, was rejected, or is active already.",
        mend "Lihat state di GET /v1/releases/{release_id}, dan pekerjaannya di GET /v1/jobs." / "See state at GET /v1/releases/{release_id}, and its jobs at GET /v1/jobs.";
    /// Its households were matched to a release that is no longer the active one.
    STALE_COMPARISON = 409 "comparison-is-stale", "Rilis ini dibaca terhadap rilis aktif yang lain; baca ulang (POST …/reading), periksa perbandingannya, lalu minta pengaktifan lagi.", "This release was read against another active release; have it read again (POST …/reading), examine its comparison, then ask for its activation again.",
        because "Sejak rilis ini dibaca, rilis lain menjadi aktif; perbandingannya tidak berlaku lagi." / "Since this release was read another one became active; its comparison no longer holds.",
        mend "Baca ulang (POST …/reading), periksa perbandingannya, lalu minta pengaktifan lagi." / "Have it read again (POST …/reading), examine its comparison, then ask for its activation again.";
    /// A file has no usable form.
    UNREADABLE_DELIVERY = 422 "unreadable-delivery", "Berkas kiriman tidak dapat dibaca.", "The delivery can't be read.",
        because "Berkas bukan CSV, XLSX, atau arsip yang dikenal, atau kolom wajibnya tidak ada." / "A file is no CSV, XLSX or archive that is known, or lacks columns that it must have.",
        mend "Bandingkan dengan bentuk kiriman yang didukung, perbaiki, lalu unggah lagi." / "Compare it with the forms of delivery that are supported, mend it and upload it again.";
    /// The line was deleted when its retention ended.
    SET_ASIDE_GONE = 410 "set-aside-line-gone", "Baris yang disisihkan sudah dihapus karena masa simpannya berakhir.", "The line that was set aside was deleted when its retention ended.",
        because "Masa simpan baris yang disisihkan sudah berakhir." / "The retention of lines that were set aside has ended.",
        mend "Cari baris itu di berkas asli menurut nomornya." / "Look the line up in the original file by its number.";
    /// The caller's areas do not hold the whole regency.
    NARROW_STEWARD = 403 "needs-whole-regency", "Rilis dimuat dan diputuskan, dan barisnya dibuka, hanya oleh petugas dengan wilayah seluruh kabupaten.", "A release is loaded and decided on, and its lines are opened, by whoever holds the whole regency.",
        because "Wilayah token lebih sempit daripada kabupaten, padahal rilis berlaku di semua desa." / "The token's areas are narrower than the regency, but a release holds in every village.",
        mend "Masuk dengan akun untuk seluruh kabupaten." / "Log in with an account for the whole regency.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("one_release_of_the_same_files", &SAME_FILES),
    ("one_release_of_the_same_label", &SAME_LABEL),
    ("release_step", &RELEASE_STEP),
];

text_enum! {
    /// Where a release stands.
    pub enum ReleaseState {
        /// Its files are here.
        Received = "received",
        /// They are being read.
        Validating = "validating",
        /// It can be activated.
        Validated = "validated",
        /// The one that decisions are taken on.
        Active = "active",
        /// Was active before.
        Superseded = "superseded",
        /// Will not be used.
        Rejected = "rejected",
    }
}

impl ReleaseState {
    /// The states that may follow. The database holds the same steps by a trigger.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Received => &[Self::Validating, Self::Rejected],
            // Back to received where a reading failed for our own reasons.
            Self::Validating => &[Self::Validated, Self::Received, Self::Rejected],
            // Validating again where another release became active since it was read.
            Self::Validated => &[Self::Active, Self::Validating, Self::Rejected],
            // Validated again where it is turned back from.
            Self::Active => &[Self::Superseded, Self::Validated],
            Self::Superseded => &[Self::Active],
            Self::Rejected => &[],
        }
    }

    /// Whether `to` may follow.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

/// A release of DTSEN (rilis) as received from BPS.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = releases)]
pub struct Release {
    /// Its id.
    pub release_id: Uuid,
    /// Its name.
    #[schema(example = "DTSEN 2026 triwulan 1")]
    pub label: String,
    /// The day that the data describes.
    pub data_date: NaiveDate,
    /// Where it stands.
    pub state: ReleaseState,
    /// The person who handed it in; may not be the one who agrees to its activation.
    pub received_by: Uuid,
    /// When.
    pub received_at: DateTime<Utc>,
    /// When its reading was done.
    pub validated_at: Option<DateTime<Utc>>,
    /// Why it was rejected.
    pub rejected_reason: Option<String>,
    /// The release that was active when households were matched to it.
    pub compared_with: Option<Uuid>,
    /// Households loaded.
    #[schema(example = 300_000)]
    pub households: i32,
    /// Individuals loaded.
    #[schema(example = 1_100_000)]
    pub individuals: i32,
    /// Counts up with each change; the `ETag`.
    pub version: i32,
}

impl Release {
    /// Whether its rows are there to be compared.
    ///
    /// # Errors
    /// `release-step` where it was not read yet, or was rejected.
    pub fn check_is_loaded(&self) -> Outcome<()> {
        match self.state {
            ReleaseState::Validated | ReleaseState::Active | ReleaseState::Superseded => Ok(()),
            _ => Err(RELEASE_STEP.with("state", self.state)),
        }
    }
}

impl Versioned for Release {
    fn version(&self) -> i32 {
        self.version
    }
}

/// One delivered file and what became of its lines: `lines_in = loaded + merged + set_aside`.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = crate::schema::release_files)]
pub struct ReleaseFile {
    /// `families`, `members` or `code_book`.
    #[schema(example = "families")]
    pub kind: String,
    /// Name as delivered.
    #[schema(example = "keluarga_dtsen_v3_2026_q1_35.26.csv")]
    pub original_name: String,
    /// Size as delivered.
    pub bytes: i64,
    /// SHA-256 as delivered, in hexadecimal.
    #[serde(serialize_with = "in_hexadecimal")]
    #[schema(value_type = String, example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: Vec<u8>,
    /// Lines after the header.
    pub lines_in: Option<i64>,
    /// Lines loaded.
    pub loaded: Option<i64>,
    /// Lines that say the same as another.
    pub merged: Option<i64>,
    /// Lines that could not be loaded; kept sealed.
    pub set_aside: Option<i64>,
    #[serde(skip)]
    pub(in crate::registry::releases) stored_as: String,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn in_hexadecimal<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hexadecimal(bytes))
}

/// A release with its files.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReleaseWithFiles {
    /// The release.
    #[serde(flatten)]
    pub release: Release,
    /// Its files.
    pub files: Vec<ReleaseFile>,
}

impl Versioned for ReleaseWithFiles {
    fn version(&self) -> i32 {
        self.release.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_release_stays_rejected_and_a_validated_one_is_never_superseded_unused() {
        assert!(ReleaseState::Rejected.next().is_empty());
        assert!(!ReleaseState::Validated.may_become(ReleaseState::Superseded));
        assert!(ReleaseState::Superseded.may_become(ReleaseState::Active));
    }
}
