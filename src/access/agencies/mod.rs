//! Agencies (OPD) and partners: who runs programmes, pays, verifies.

pub mod queries;
pub mod routes;
pub mod service;

use crate::{
    platform::{
        problem::{codes::codes, constraints},
        text_enum::text_enum,
        versions::Versioned,
    },
    schema::agencies,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

codes! {
    /// The code is taken.
    AGENCY_EXISTS = 409 "agency-exists", "Kode perangkat daerah sudah dipakai.", "An agency with this code exists already.",
        because "Perangkat daerah lain sudah terdaftar dengan kode ini." / "Another agency is known by this code already.",
        mend "Pakai kode lain, atau ubah yang sudah ada." / "Take another code, or change the one that is there.";
    /// The parent is not known.
    UNKNOWN_AGENCY = 422 "unknown-agency", "Perangkat daerah tidak dikenal.", "This agency is not known.",
        because "Kode perangkat daerah yang disebut belum terdaftar." / "The agency code that was named is not known yet.",
        mend "Lihat GET /v1/agencies; daftarkan lebih dahulu bila belum ada." / "See GET /v1/agencies; make it known first where it is missing.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[
    ("agencies_pkey", &AGENCY_EXISTS),
    ("agencies_parent_code_fkey", &UNKNOWN_AGENCY),
    ("users_agency_code_fkey", &UNKNOWN_AGENCY),
    ("clients_agency_code_fkey", &UNKNOWN_AGENCY),
];

text_enum! {
    /// What sort of agency it is.
    pub enum AgencyKind {
        /// Dinas, badan, kecamatan.
        RegencyOffice = "regency_office",
        /// Pemerintah desa or kelurahan.
        VillageGovernment = "village_government",
        /// BPS.
        StatisticsOffice = "statistics_office",
        /// SLRT, Puskesos.
        Slrt = "slrt",
        /// Bank.
        Bank = "bank",
        /// PT Pos.
        Postal = "postal",
        /// An office of the province.
        Province = "province",
        /// A ministry.
        Ministry = "ministry",
        /// A university.
        University = "university",
        /// Baznas, a company's social fund, an NGO.
        Other = "other",
    }
}

impl AgencyKind {
    /// The kinds that keep accounts or pay by hand: payment partners.
    pub const PARTNERS: [Self; 2] = [Self::Bank, Self::Postal];
}

/// How to reach an agency.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Office address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 300)))]
    #[schema(example = "Jl. Soekarno Hatta 35, Bangkalan")]
    pub address: Option<String>,
    /// E-mail of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 3, max = 200)))]
    #[schema(example = "dinsos@bangkalan.example")]
    pub email: Option<String>,
    /// Telephone of the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 3, max = 40)))]
    #[schema(example = "+62 31 000000")]
    pub telephone: Option<String>,
}

/// An agency (OPD) or partner.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = agencies)]
pub struct Agency {
    /// Short code by which it is known everywhere.
    #[schema(example = "dinsos")]
    pub code: String,
    /// Name.
    #[schema(example = "Dinas Sosial")]
    pub name: String,
    /// Sort.
    pub kind: AgencyKind,
    /// The agency that it belongs to.
    pub parent_code: Option<String>,
    /// How to reach it.
    #[schema(value_type = Contact)]
    pub contact: serde_json::Value,
    /// Since when it is known here.
    pub created_at: DateTime<Utc>,
    /// Counts up with each change; the `ETag`.
    pub version: i32,
}

impl Versioned for Agency {
    fn version(&self) -> i32 {
        self.version
    }
}

/// An agency to be made.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewAgency {
    /// Short code: lower case letters, digits, single dashes.
    #[garde(custom(is_code))]
    #[schema(example = "dinkes", max_length = 60)]
    pub code: String,
    /// Name.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Dinas Kesehatan")]
    pub name: String,
    /// Sort.
    #[garde(skip)]
    pub kind: AgencyKind,
    /// The agency that it belongs to.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub parent_code: Option<String>,
    /// How to reach it.
    #[serde(default)]
    #[garde(dive)]
    pub contact: Contact,
}

/// What may change of an agency; what is not named stays.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AgencyChange {
    /// New name.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(example = "Dinas Kesehatan dan Keluarga Berencana")]
    pub name: Option<String>,
    /// New contact, whole.
    #[serde(default)]
    #[garde(dive)]
    pub contact: Option<Contact>,
}

/// Lower case letters and digits, in parts joined by single dashes.
///
/// # Errors
/// Says so in both languages.
pub fn is_code(code: &str, (): &()) -> garde::Result {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if code.len() <= 60 && code.split('-').all(part) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "hanya huruf kecil, angka, dan tanda hubung tunggal, paling banyak 60 | only lower case letters, digits and single dashes, 60 at most",
        ))
    }
}
