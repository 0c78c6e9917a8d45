//! The rule of a programme: who is eligible, who comes first. Each version is kept; the newest is in force.

pub mod check;
pub mod queries;
pub mod routes;
pub mod service;

pub use check::{CheckedRule, Terms};

use crate::aid::eligibility::RankingExpression;
use chrono::{DateTime, Utc};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Steps that a ranking may have.
pub const MOST_RANKING_STEPS: usize = 10;

/// A version of a programme's rule.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProgramRule {
    /// Counts up with each rule that is written; a decision names the one it was taken with.
    #[schema(example = 1)]
    pub rule_version: i32,
    /// Who is eligible, in CEL over the fields of `GET /v1/eligibility-fields`.
    #[schema(example = "household.decile <= 4 && members.exists(m, m.age >= 60)")]
    pub eligibility: String,
    /// Which members of an eligible household are served, in CEL over the member `m`; null where the programme serves
    /// households, or any living member may be named.
    #[schema(example = json!(null))]
    pub beneficiary: Option<String>,
    /// Who comes first where places are short.
    pub ranking: Vec<RankingExpression>,
    /// Since when it is in force.
    pub written_at: DateTime<Utc>,
}

/// A rule to be put in force.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Who is eligible, in CEL over the fields of `GET /v1/eligibility-fields`.
    #[garde(length(chars, min = 1))]
    #[schema(example = "household.decile <= 2 && members.exists(m, m.age >= 60)")]
    pub eligibility: String,
    /// Which members of an eligible household are served, in CEL over the member `m`; only where the programme serves
    /// individuals. Left out, any living member may be named.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1)))]
    #[schema(example = json!(null))]
    pub beneficiary: Option<String>,
    /// Who comes first where places are short; equal households are ordered by their id.
    #[serde(default)]
    #[garde(length(max = MOST_RANKING_STEPS))]
    #[schema(example = json!([{"expression": "household.decile", "order": "asc"}]))]
    pub ranking: Vec<RankingExpression>,
}
