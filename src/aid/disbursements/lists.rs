//! What callers send of many disbursements at once, and what they are answered.

use super::{items::Item, payee::Payee, queries::write::Made, requests::RecordedAs};
use crate::{
    aid::programs::{periods::Period, requests::is_amount},
    platform::{
        problem::{FieldFaultBody, Language, Problem, Refusal},
        reason::words,
        rows::{Column, Lenient, ListBody, ListRow, Row},
        rupiah::Rupiah,
    },
};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What holds for all that is recorded at once: one programme and period.
#[derive(Debug, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Payday {
    /// A programme of your own agency.
    #[garde(skip)]
    #[param(required = false)]
    pub program_id: Uuid,
    /// One of its periods.
    #[garde(skip)]
    #[param(required = false)]
    pub period_id: Uuid,
    /// As what.
    #[garde(skip)]
    #[schema(example = "planned")]
    #[param(required = false, example = "planned")]
    pub state: RecordedAs,
    /// The day of paying, neither ahead nor before the period begins; only where they are paid.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub paid_on: Option<NaiveDate>,
    /// Rupiah for each; leave it out to take the programme's amount.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 300_000)]
    #[param(value_type = Option<i64>, example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// The budget that they draw on, where the programme has several for the period's year.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub budget_id: Option<Uuid>,
    /// What each is given in kind; the amount is what it is worth. Said in JSON only.
    #[serde(default)]
    #[garde(length(max = 50), dive)]
    #[schema(max_items = 50, example = json!([]))]
    #[param(ignore)]
    pub items: Vec<Item>,
}

/// A row of disbursements to be recorded; what it leaves out is as for all.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DisbursementRow {
    /// An active enrolment of the programme.
    #[garde(skip)]
    pub enrolment_id: Uuid,
    /// Rupiah.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 450_000)]
    pub amount_idr: Option<Rupiah>,
    /// The day of paying.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub paid_on: Option<NaiveDate>,
    /// What proves it; only where it is paid.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = json!(null))]
    pub proof_reference: Option<String>,
    /// Your own id for it, by which it can be found.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIM-BAYAR-00018")]
    pub external_reference: Option<String>,
}

impl ListRow for DisbursementRow {
    const COLUMNS: &'static [Column] = &[
        Column::key("enrolment_id"),
        Column::number("amount_idr"),
        Column::text("paid_on"),
        Column::text("proof_reference"),
        Column::text("external_reference"),
    ];
    const ANSWERS: &'static [&'static str] =
        &["line", "outcome", "disbursement_id", "household_id", "code", "detail", "errors"];
    const EXAMPLE_LINES: &'static str =
        "{\"enrolment_id\":\"01900000-0000-7000-8000-000000000001\",\"amount_idr\":450000}\n";
    const EXAMPLE_CSV: &'static str = "enrolment_id,amount_idr\n01900000-0000-7000-8000-000000000001,450000\n";
}

/// What holds for all that was planned and is said to be paid at once.
#[derive(Debug, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PaidAtOnce {
    /// A programme of your own agency.
    #[garde(skip)]
    #[param(required = false)]
    pub program_id: Uuid,
    /// The day of paying, where a row names none.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "2026-11-20")]
    #[param(example = "2026-11-20")]
    pub paid_on: Option<NaiveDate>,
}

/// A planned disbursement that was paid.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PaymentRow {
    /// Which.
    #[garde(skip)]
    pub disbursement_id: Uuid,
    /// The day of paying, neither ahead nor before its period begins.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub paid_on: Option<NaiveDate>,
    /// What proves it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "TRF-20261120-0001")]
    pub proof_reference: Option<String>,
}

impl ListRow for PaymentRow {
    const COLUMNS: &'static [Column] =
        &[Column::key("disbursement_id"), Column::text("paid_on"), Column::text("proof_reference")];
    const ANSWERS: &'static [&'static str] = &["line", "outcome", "household_id", "code", "detail", "errors"];
    const EXAMPLE_LINES: &'static str =
        "{\"disbursement_id\":\"01900000-0000-7000-8000-000000000001\",\"proof_reference\":\"TRF-20261120-0001\"}\n";
    const EXAMPLE_CSV: &'static str =
        "disbursement_id,proof_reference\n01900000-0000-7000-8000-000000000001,TRF-20261120-0001\n";
}

/// What holds for all that was planned and could not be delivered.
#[derive(Debug, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FailedAtOnce {
    /// A programme of your own agency.
    #[garde(skip)]
    #[param(required = false)]
    pub program_id: Uuid,
    /// Why, where a row does not say.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "Rekening penerima tidak aktif")]
    #[param(example = "Rekening penerima tidak aktif")]
    pub reason: Option<String>,
}

/// A planned disbursement that could not be delivered.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FailureRow {
    /// Which.
    #[garde(skip)]
    pub disbursement_id: Uuid,
    /// Why.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = json!(null))]
    pub reason: Option<String>,
}

impl ListRow for FailureRow {
    const COLUMNS: &'static [Column] = &[Column::key("disbursement_id"), Column::text("reason")];
    const ANSWERS: &'static [&'static str] = PaymentRow::ANSWERS;
    const EXAMPLE_LINES: &'static str = "{\"disbursement_id\":\"01900000-0000-7000-8000-000000000001\"}\n";
    const EXAMPLE_CSV: &'static str =
        "disbursement_id,reason\n01900000-0000-7000-8000-000000000001,Rekening tidak aktif\n";
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident of $common:ident and $row:ident;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Deserialize, ToSchema, Validate)]
            #[serde(deny_unknown_fields)]
            pub struct $name {
                /// What holds for all rows.
                #[garde(dive)]
                pub common: $common,
                /// 1 to 10,000 rows.
                #[garde(skip)]
                #[schema(min_items = 1, max_items = 10_000, value_type = Vec<$row>)]
                pub items: Vec<Lenient<$row>>,
            }

            impl ListBody for $name {
                type Common = $common;
                type Row = $row;

                fn parts(self) -> ($common, Vec<Lenient<$row>>) {
                    (self.common, self.items)
                }
            }
        )+
    };
}

bodies! {
    /// Disbursements to be recorded from a list.
    NewDisbursements of Payday and DisbursementRow;
    /// Planned disbursements that were paid.
    Payments of PaidAtOnce and PaymentRow;
    /// Planned disbursements that could not be delivered.
    Failures of FailedAtOnce and FailureRow;
}

/// What became of a row.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisbursementOutcome {
    /// The disbursement was recorded.
    Recorded,
    /// The disbursement took the step.
    Moved,
    /// Nothing of this row was written.
    Refused,
}

/// The answer to a row, in the order of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisbursementAnswer {
    /// Which row, from 0.
    #[schema(example = 0)]
    row: usize,
    /// The line that it begins on, from 1, of NDJSON and CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    line: Option<u64>,
    /// What became of it.
    outcome: DisbursementOutcome,
    /// The disbursement; of a row that is refused as `already-paid`, the one that stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    disbursement_id: Option<Uuid>,
    /// Its household.
    #[serde(skip_serializing_if = "Option::is_none")]
    household_id: Option<Uuid>,
    /// How much was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 300_000)]
    amount_idr: Option<Rupiah>,
    /// Why it was refused: a code as of a single disbursement.
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

impl DisbursementAnswer {
    fn of<T>(row: &Row<T>, outcome: DisbursementOutcome) -> Self {
        let (row, line) = (row.number, row.line);
        Self {
            row,
            line,
            outcome,
            disbursement_id: None,
            household_id: None,
            amount_idr: None,
            code: None,
            detail: None,
            errors: Vec::new(),
            extra: Map::new(),
        }
    }

    /// What was recorded of a row.
    #[must_use]
    pub fn recorded<T>(row: &Row<T>, made: &Made) -> Self {
        Self {
            disbursement_id: Some(made.disbursement_id),
            household_id: Some(made.household_id),
            amount_idr: Some(made.amount_idr),
            ..Self::of(row, DisbursementOutcome::Recorded)
        }
    }

    /// A disbursement that took the step.
    #[must_use]
    pub fn moved<T>(row: &Row<T>, disbursement_id: Uuid, household_id: Uuid) -> Self {
        Self {
            disbursement_id: Some(disbursement_id),
            household_id: Some(household_id),
            ..Self::of(row, DisbursementOutcome::Moved)
        }
    }

    /// Why a row was refused.
    #[must_use]
    pub fn refused<T>(row: &Row<T>, problem: Problem, language: Language) -> Self {
        let problem = Problem { errors: row.within(problem.errors), ..problem };
        let Refusal { code, detail, errors, extra } = Refusal::of(&problem, language);
        Self { code: Some(code), detail: Some(detail), errors, extra, ..Self::of(row, DisbursementOutcome::Refused) }
    }
}

/// What became of a list of disbursements to be recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedRows {
    /// Each row, in the order of the list.
    pub items: Vec<DisbursementAnswer>,
    /// Rows recorded.
    #[schema(example = 1)]
    pub recorded: usize,
    /// Rows refused.
    #[schema(example = 0)]
    pub refused: usize,
    /// Sum of what was recorded.
    #[schema(example = 450_000)]
    pub amount_idr: Rupiah,
}

/// What became of a list of steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedRows {
    /// Each row, in the order of the list.
    pub items: Vec<DisbursementAnswer>,
    /// Disbursements that took the step.
    #[schema(example = 1)]
    pub moved: usize,
    /// Rows refused.
    #[schema(example = 0)]
    pub refused: usize,
}

/// What came of paying all active enrolments.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recorded {
    /// Disbursements recorded.
    #[schema(example = 812)]
    pub recorded: usize,
    /// Enrolments left out because their beneficiary has a disbursement for the period (of a programme that gives
    /// once: any).
    #[schema(example = 3)]
    pub skipped_already_paid: usize,
    /// Active enrolments left out because they may not be paid, each with the reason.
    pub refused: Vec<NotPaid>,
    /// Sum of what was recorded.
    #[schema(example = 243_600_000)]
    pub amount_idr: Rupiah,
}

/// An active enrolment that may not be paid for the period.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotPaid {
    /// The enrolment.
    pub enrolment_id: Uuid,
    /// Why: a code as of a single disbursement.
    #[schema(value_type = String, example = "excluded-by-other-aid")]
    pub code: &'static str,
    /// The code in words.
    #[schema(value_type = String, example = "Keluarga menerima bantuan lain yang tidak boleh berdampingan dengan program ini.")]
    pub detail: &'static str,
}

impl NotPaid {
    /// What is said of this enrolment, where it may not be paid.
    #[must_use]
    pub fn of(payee: &Payee, period: &Period, language: Language) -> Option<Self> {
        let code = payee.refusal(period)?;
        Some(Self { enrolment_id: payee.enrolment_id, code: code.code, detail: language.title(code) })
    }
}
