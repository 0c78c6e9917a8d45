//! Finding a family for a purpose: by NIK or KK number, one or ten thousand at once, or by name within a village.
//! Every lookup names the programme it is for; what is not found is counted, since numbers can be guessed.

pub mod identity;
pub mod queries;
pub mod routes;
pub mod service;

use crate::{
    aid::purpose::Purpose,
    platform::{
        problem::{FieldFaultBody, codes::codes},
        region_code::RegionCode,
        rows::{Column, Lenient, ListRow},
    },
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// Too many lookups found nobody today.
    LOOKUP_QUOTA = 429 "lookup-quota-exceeded", "Kuota harian pencarian yang tidak menemukan sudah habis.", "Today's quota of lookups that found nobody is used up.",
        because "Terlalu banyak pencarian hari ini yang tidak menemukan siapa pun; permintaan yang melampaui kuota ikut menghabiskannya." / "Too many lookups found nobody today; a call that goes beyond the quota uses it up.",
        mend "Periksa nomor di sistem Anda; lanjutkan besok (WIB), atau minta batas yang lebih tinggi." / "Check the numbers in your system; go on tomorrow (WIB), or ask for a higher limit.";
}

/// One identity: a NIK or a KK number.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// NIK, sixteen digits.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "3526015708900003")]
    pub nik: Option<String>,
    /// KK number, sixteen digits.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub kk_number: Option<String>,
    /// What for.
    #[garde(dive)]
    pub purpose: Purpose,
}

/// A household that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Match {
    /// The household.
    pub household_id: Uuid,
    /// The individual, where a NIK was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<Uuid>,
    /// The release that says so.
    pub release_id: Uuid,
    /// The village it lives in.
    #[schema(value_type = RegionCode)]
    pub village_code: String,
    /// Name of its head as delivered.
    #[schema(example = "SITI AMINAH")]
    pub head_name: String,
    /// National decile.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// Codes of the programmes it stands in, of every agency, but for sensitive ones; absent for a field officer, who
    /// does not see aid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["PKH", "SEMBAKO"]))]
    pub programs: Option<Vec<String>>,
}

/// Households that a lookup found: none, one, or both families of a person who stands in two.
#[derive(Debug, Serialize, ToSchema)]
pub struct Matches {
    /// What was found.
    pub items: Vec<Match>,
}

/// One row of a bulk lookup.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BulkRow {
    /// NIK, sixteen digits.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "3526015708900003")]
    pub nik: Option<String>,
    /// KK number, sixteen digits.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub kk_number: Option<String>,
}

impl ListRow for BulkRow {
    const COLUMNS: &'static [Column] = &[Column::key("nik"), Column::key("kk_number")];
    const ANSWERS: &'static [&'static str] = &[
        "line",
        "outcome",
        "household_id",
        "individual_id",
        "release_id",
        "decile",
        "village_code",
        "programs",
        "errors",
    ];
    const EXAMPLE_LINES: &'static str = "{\"nik\":\"3526015708900003\"}\n";
    const EXAMPLE_CSV: &'static str = "nik\n3526015708900003\n";
}

/// A bulk lookup as JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkLookup {
    /// What for.
    pub purpose: Purpose,
    /// 10,000 at most.
    #[schema(max_items = 10_000, min_items = 1, value_type = Vec<BulkRow>)]
    pub items: Vec<Lenient<BulkRow>>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// The household is there.
    Found,
    /// Nobody, or not the caller's to know of.
    NotFound,
    /// The row can't be read, or names no valid NIK or KK number.
    Invalid,
}

/// The answer to a row, in the order of asking. A person who stands in two families has a row for each.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// The row, from 0.
    #[schema(example = 0)]
    pub row: usize,
    /// The line that it begins on, from 1, of NDJSON and CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub line: Option<u64>,
    /// What became of it.
    pub outcome: RowOutcome,
    /// The number, masked; absent where the row is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "**************03")]
    pub identity: Option<String>,
    /// The household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_id: Option<Uuid>,
    /// The individual, where a NIK was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual_id: Option<Uuid>,
    /// The release that says so, where it was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release_id: Option<Uuid>,
    /// National decile.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// The village it lives in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RegionCode>)]
    pub village_code: Option<String>,
    /// Programmes it stands in; absent where it was not found, and for a field officer, who does not see aid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["PKH"]))]
    pub programs: Option<Vec<String>>,
    /// What is wrong with the row, where it is invalid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([]))]
    pub errors: Vec<FieldFaultBody>,
}

/// The answers of a bulk lookup.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswers {
    /// The release they are taken from.
    pub release_id: Uuid,
    /// A row for each that was asked, in order.
    pub items: Vec<BulkAnswer>,
    /// Rows found.
    #[schema(example = 9_412)]
    pub found: usize,
    /// Rows not found.
    #[schema(example = 571)]
    pub not_found: usize,
    /// Rows that can't be read or name no valid number.
    #[schema(example = 17)]
    pub invalid: usize,
}

/// A search by name.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NameSearch {
    /// The village to search in.
    #[garde(skip)]
    #[schema(example = "35.26.02.2001")]
    pub village_code: RegionCode,
    /// Part of a name, three letters at least; spelling may differ.
    #[garde(custom(has_three_letters), length(chars, max = 100))]
    #[schema(example = "siti aminah", min_length = 3)]
    pub name: String,
    /// What for.
    #[garde(dive)]
    pub purpose: Purpose,
}

/// Three letters at least, whatever stands between and around them: fewer are alike to half a village.
///
/// # Errors
/// Says so in both languages.
fn has_three_letters(name: &str, (): &()) -> garde::Result {
    if name.chars().filter(|letter| letter.is_alphabetic()).count() >= 3 {
        Ok(())
    } else {
        Err(garde::Error::new("paling sedikit tiga huruf | three letters at least"))
    }
}

/// Somebody whose name is alike.
#[derive(Debug, Serialize, ToSchema, diesel::QueryableByName)]
pub struct NameMatch {
    /// The household.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub household_id: Uuid,
    /// The individual.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub individual_id: Uuid,
    /// Name as delivered.
    #[diesel(sql_type = diesel::sql_types::Text)]
    #[schema(example = "SITI AMINAH")]
    pub name: String,
    /// Whole years, today.
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Integer>)]
    #[schema(example = 36)]
    pub age: Option<i32>,
    /// Name of the family's head.
    #[diesel(sql_type = diesel::sql_types::Text)]
    #[schema(example = "SITI AMINAH")]
    pub head_name: String,
    /// How alike, 0 to 1.
    #[diesel(sql_type = diesel::sql_types::Float)]
    #[schema(example = 0.82)]
    pub similarity: f32,
}

/// The best hits, twenty at most; there are no pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct NameMatches {
    /// Best first.
    pub items: Vec<NameMatch>,
}
