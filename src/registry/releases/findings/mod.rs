//! What the reading of a delivery found: line by line, in counts, as CSV; and the lines that it set aside.

mod queries;
pub mod routes;
mod set_aside;

use crate::schema::release_findings;
use diesel::prelude::*;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// One thing that was wrong in one place of a delivery, and what was done. Never holds a number or name.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = release_findings)]
pub struct ReleaseFinding {
    /// Its number within the release.
    #[serde(skip)]
    pub finding_no: i64,
    /// `families`, `members` or `code_book`.
    #[schema(example = "members")]
    pub file: String,
    /// Line of the file, from 1, which is the header's.
    #[schema(example = 1042)]
    pub line: i64,
    /// The column to blame, as DTSEN calls it.
    #[serde(rename = "column")]
    #[schema(example = "nomor_induk_kependudukan")]
    pub column_name: Option<String>,
    /// What is wrong; `docs/dtsen.md` explains each.
    #[schema(example = "unusable-nik")]
    pub kind: String,
    /// What was done: `repaired`, `set_aside`, `refused`, `noted` or `merged`.
    #[schema(example = "noted")]
    pub action: String,
    /// The shape of the fault.
    #[schema(example = "length 15")]
    pub detail: String,
    /// Lines that it stands for; more than one where the whole file has a habit, which only what was repaired can be.
    #[schema(example = 1)]
    pub lines: i64,
}

/// Which findings.
#[derive(Debug, Default, Clone, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// Only of this kind.
    #[param(example = "unusable-nik")]
    pub kind: Option<String>,
    /// Only of this file.
    #[param(example = "members")]
    pub file: Option<String>,
    /// Only what was dealt with so.
    #[param(example = "set_aside")]
    pub action: Option<String>,
}

/// Findings of one kind in one file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingCount {
    /// File.
    #[schema(example = "members")]
    pub file: String,
    /// Kind.
    #[schema(example = "unusable-nik")]
    pub kind: String,
    /// What was done.
    #[schema(example = "noted")]
    pub action: String,
    /// On how many lines.
    #[schema(example = 12)]
    pub lines: i64,
    /// What the kind means, in Indonesian.
    pub meaning: Option<&'static str>,
    /// What the kind means, in English.
    pub meaning_en: Option<&'static str>,
}
