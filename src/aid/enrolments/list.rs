//! Lists of enrolments, in and out, as JSON, NDJSON or CSV.

use crate::platform::{
    problem::{FieldFaultBody, Language, Problem, Refusal},
    reason::words,
    rows::{Column, Lenient, ListBody, ListRow, Row},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What holds for all enrolments of a list.
#[derive(Debug, Default, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForAllEnrolled {
    /// Why they are enrolled, as the first step of each keeps it; "memenuhi syarat program" where it is not said.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "SK Kepala Dinas 12/2026")]
    #[param(example = "SK Kepala Dinas 12/2026")]
    pub reason: Option<String>,
}

/// A row of a list.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentRowAsked {
    /// The household, as the active release has it.
    #[garde(skip)]
    pub household_id: Uuid,
    /// The member whom it serves; required where the programme serves individuals, refused where not.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub individual_id: Option<Uuid>,
    /// Your own id for it, by which it can be found.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIM-PESERTA-00018")]
    pub external_reference: Option<String>,
}

impl ListRow for EnrolmentRowAsked {
    const COLUMNS: &'static [Column] =
        &[Column::key("household_id"), Column::text("individual_id"), Column::text("external_reference")];
    const ANSWERS: &'static [&'static str] = &["line", "outcome", "enrolment_id", "code", "detail", "errors"];
    const EXAMPLE_LINES: &'static str =
        "{\"household_id\":\"01900000-0000-7000-8000-000000000001\",\"external_reference\":\"SIM-PESERTA-00018\"}\n";
    const EXAMPLE_CSV: &'static str =
        "household_id,external_reference\n01900000-0000-7000-8000-000000000001,SIM-PESERTA-00018\n";
}

/// Enrolments to be made from a list.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentList {
    /// What holds for all rows.
    #[serde(default)]
    #[garde(dive)]
    pub common: ForAllEnrolled,
    /// 1 to 10,000 rows.
    #[garde(skip)]
    #[schema(min_items = 1, max_items = 10_000, value_type = Vec<EnrolmentRowAsked>)]
    pub items: Vec<Lenient<EnrolmentRowAsked>>,
}

impl ListBody for EnrolmentList {
    type Common = ForAllEnrolled;
    type Row = EnrolmentRowAsked;

    fn parts(self) -> (ForAllEnrolled, Vec<Lenient<EnrolmentRowAsked>>) {
        (self.common, self.items)
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentOutcome {
    /// Enrolled, as a candidate.
    Enrolled,
    /// Refused; nothing of this row was written.
    Refused,
}

/// The answer to a row, in the order of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentAnswer {
    /// Which row, from 0.
    #[schema(example = 0)]
    pub row: usize,
    /// The line that it begins on, from 1, of NDJSON and CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub line: Option<u64>,
    /// What became of it.
    pub outcome: EnrolmentOutcome,
    /// The enrolment; of a row that is refused as `already-enrolled`, the one that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment_id: Option<Uuid>,
    /// Why it was refused: a code as of a single enrolment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = json!(null))]
    pub code: Option<&'static str>,
    /// The code in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    pub detail: Option<String>,
    /// Every wrong field of the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([]))]
    pub errors: Vec<FieldFaultBody>,
    /// What else a single enrolment is told of such a refusal: the `explanation` of a conflict, say.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Map<String, Value>,
}

impl EnrolmentAnswer {
    fn of<T>(row: &Row<T>, outcome: EnrolmentOutcome) -> Self {
        let (row, line) = (row.number, row.line);
        Self { row, line, outcome, enrolment_id: None, code: None, detail: None, errors: Vec::new(), extra: Map::new() }
    }

    /// A row that was enrolled.
    #[must_use]
    pub fn enrolled<T>(row: &Row<T>, enrolment_id: Uuid) -> Self {
        Self { enrolment_id: Some(enrolment_id), ..Self::of(row, EnrolmentOutcome::Enrolled) }
    }

    /// Why a row was refused.
    #[must_use]
    pub fn refused<T>(row: &Row<T>, problem: Problem, language: Language) -> Self {
        let problem = Problem { errors: row.within(problem.errors), ..problem };
        let Refusal { code, detail, errors, extra } = Refusal::of(&problem, language);
        Self { code: Some(code), detail: Some(detail), errors, extra, ..Self::of(row, EnrolmentOutcome::Refused) }
    }
}

/// What became of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListAnswer {
    /// Each row, in the order of the list.
    pub items: Vec<EnrolmentAnswer>,
    /// Rows enrolled.
    #[schema(example = 1)]
    pub enrolled: usize,
    /// Rows refused.
    #[schema(example = 0)]
    pub refused: usize,
}
