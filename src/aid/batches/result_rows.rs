//! What payment partners send of the payments of a batch, and what they are answered.

use crate::platform::{
    problem::{FieldFaultBody, Language, Problem, Refusal},
    reason::words,
    rows::{Column, Lenient, ListBody, ListRow, Row},
    rupiah::{Rupiah, written},
    text_enum::text_enum,
};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

text_enum! {
    /// What became of a payment.
    pub enum PaymentResult {
        /// Paid.
        Paid = "paid",
        /// Could not be paid.
        Failed = "failed",
        /// Was paid, and came back.
        Returned = "returned",
    }
}

text_enum! {
    /// Why it failed or came back.
    pub enum ReasonCode {
        /// The account is not there, or not this person's; the next list goes another way.
        AccountInvalid = "account_invalid",
        /// The account was closed; the next list goes another way.
        AccountClosed = "account_closed",
        /// The person did not come.
        NotCollected = "not_collected",
        /// The person has died.
        Deceased = "deceased",
        /// The person was not found.
        NotFound = "not_found",
        /// The person did not want it.
        Refused = "refused",
        /// Something else, as `reason` says.
        Other = "other",
    }
}

impl ReasonCode {
    /// Whether the account is such that nothing more should be paid into it.
    #[must_use]
    pub const fn ends_account(self) -> bool {
        matches!(self, Self::AccountInvalid | Self::AccountClosed)
    }
}

/// A row of a report.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "disbursement_id": "01900000-0000-7000-8000-000000000001", "result": "paid", "amount_idr": 600_000,
    "paid_on": "2026-08-10", "proof_reference": "TRF-20260810-0001"
}))]
pub struct ResultRow {
    /// The payment, as the batch's file names it (ID SALUR).
    #[garde(skip)]
    pub disbursement_id: Uuid,
    /// What became of it.
    #[garde(skip)]
    #[schema(example = "paid")]
    pub result: PaymentResult,
    /// Rupiah, as a number or as it is written (`Rp 300.000,00`); of what was paid it must be there and fit.
    #[serde(default, deserialize_with = "written")]
    #[garde(skip)]
    #[schema(value_type = Option<i64>, example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// The day of paying; of what was paid.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "2026-03-10")]
    pub paid_on: Option<NaiveDate>,
    /// What proves it; of what was paid.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "TRF-20260310-0001")]
    pub proof_reference: Option<String>,
    /// Why it failed or came back.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub reason_code: Option<ReasonCode>,
    /// The same in words.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = json!(null))]
    pub reason: Option<String>,
}

impl ListRow for ResultRow {
    const COLUMNS: &'static [Column] = &[
        Column::key("disbursement_id").or("id salur"),
        Column::text("result"),
        Column::text("amount_idr").or("nominal cair"),
        Column::text("paid_on"),
        Column::text("proof_reference"),
        Column::text("reason_code"),
        Column::text("reason"),
    ];
    const ANSWERS: &'static [&'static str] = &["line", "outcome", "code", "detail", "errors"];
    const MOST: usize = 200_000;
    const EXAMPLE_LINES: &'static str = "{\"disbursement_id\":\"01900000-0000-7000-8000-000000000001\",\"result\":\"paid\",\"amount_idr\":600000,\"paid_on\":\"2026-08-10\",\"proof_reference\":\"TRF-0001\"}\n";
    const EXAMPLE_CSV: &'static str = "disbursement_id,result,amount_idr,paid_on,proof_reference\n01900000-0000-7000-8000-000000000001,paid,Rp 600.000,2026-08-10,TRF-0001\n";
}

impl ResultRow {
    /// Why, as the payment's step keeps it.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match (self.reason_code, &self.reason) {
            (Some(code), Some(reason)) => Some(format!("{code}: {reason}")),
            (Some(code), None) => Some(code.to_string()),
            (None, reason) => reason.clone(),
        }
    }
}

/// What holds for a whole report.
#[derive(Debug, Default, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Report {
    /// Whether what fits is posted though something does not; otherwise nothing is.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = false)]
    #[param(example = false)]
    pub partial: bool,
}

/// A report on the payments of a batch.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// What holds for all of it.
    #[serde(default)]
    #[garde(dive)]
    pub common: Report,
    /// 1 to 200,000 rows.
    #[garde(skip)]
    #[schema(min_items = 1, max_items = 200_000, value_type = Vec<ResultRow>)]
    pub items: Vec<Lenient<ResultRow>>,
}

impl ListBody for Results {
    type Common = Report;
    type Row = ResultRow;

    fn parts(self) -> (Report, Vec<Lenient<ResultRow>>) {
        (self.common, self.items)
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResultOutcome {
    /// It is in the books now.
    Posted,
    /// It was in the books before.
    Unchanged,
    /// It fits, and is not in the books, since another row does not fit.
    Fits,
    /// It does not fit.
    Refused,
}

/// The answer to a row, in the order of the report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultAnswer {
    /// Which row, from 0.
    #[schema(example = 0)]
    row: usize,
    /// The line that it begins on, from 1, of NDJSON and CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    line: Option<u64>,
    /// What became of it.
    pub outcome: ResultOutcome,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = json!(null))]
    code: Option<&'static str>,
    /// The code in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    detail: Option<String>,
    /// Every wrong field of the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([]))]
    errors: Vec<FieldFaultBody>,
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

impl ResultAnswer {
    /// What became of a row that was read.
    #[must_use]
    pub fn of<T>(row: &Row<T>, outcome: ResultOutcome) -> Self {
        let (row, line) = (row.number, row.line);
        Self { row, line, outcome, code: None, detail: None, errors: Vec::new(), extra: Map::new() }
    }

    /// Why a row was refused.
    #[must_use]
    pub fn refused<T>(row: &Row<T>, problem: Problem, language: Language) -> Self {
        let problem = Problem { errors: row.within(problem.errors), ..problem };
        let Refusal { code, detail, errors, extra } = Refusal::of(&problem, language);
        Self { code: Some(code), detail: Some(detail), errors, extra, ..Self::of(row, ResultOutcome::Refused) }
    }
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reported {
    /// Each row, in the order of the report.
    pub items: Vec<ResultAnswer>,
    /// Rows that are in the books now.
    #[schema(example = 812)]
    pub posted: usize,
    /// Rows that were in the books before.
    #[schema(example = 0)]
    pub unchanged: usize,
    /// Rows that do not fit.
    #[schema(example = 0)]
    pub refused: usize,
    /// Payments of the batch that have no result yet.
    #[schema(example = 0)]
    pub outstanding: usize,
}
