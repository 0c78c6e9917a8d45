//! What the payment partner reports: row by row, and idempotent, so that a report that broke off is sent again as it was.

use super::{
    ALREADY_REPORTED, BATCH_NOT_OPEN, Batch, BatchState, UNKNOWN_ROW, WRONG_AMOUNT, WRONG_BATCH,
    queries::{
        self,
        report::{self, Payment},
    },
    service::tell,
};
use crate::{
    aid::{
        disbursements::{
            DISBURSEMENT_STEP, DisbursementState,
            money::Leg,
            queries::write::{self, Move, Step},
            requests::RecordedAs,
            service::period_of,
        },
        ledger::AccountKind,
        programs::{Program, periods::Period, queries as programs},
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        problem::{FieldFault, FieldFaultBody, Language, Outcome, Problem, Refusal, codes},
        reason::words,
        rows::{Column, Lenient, ListBody, ListRow, Row, RowList},
        rupiah::{Rupiah, written},
        text_enum::text_enum,
    },
};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
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
    const fn ends_account(self) -> bool {
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
    fn why(&self) -> Option<String> {
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
pub enum RowOutcome {
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
    outcome: RowOutcome,
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

/// What a row does to its payment.
#[derive(Debug)]
enum Verdict {
    Post(DisbursementState),
    Unchanged,
    Refuse(Problem),
}

/// Posts a report on a batch that the partner has.
///
/// # Errors
/// `not-found`, `batch-not-open`.
pub async fn post(
    tx: &mut Tx,
    batch_id: Uuid,
    common: &Report,
    list: &RowList<ResultRow>,
    language: Language,
) -> Outcome<Reported> {
    report::hold(tx, batch_id).await?;
    let batch = queries::find(tx, batch_id).await?;
    if batch.state != BatchState::HandedOver {
        return Err(BATCH_NOT_OPEN.with("state", batch.state));
    }
    let program = programs::find(tx, batch.program_id).await?;
    let period = period_of(tx, &program, batch.period_id).await?;
    let named: Vec<Uuid> = list.rows.iter().filter_map(|row| Some(row.said.as_ref().ok()?.disbursement_id)).collect();
    let payments = report::payments(tx, &named).await?;
    let households = payments.iter().map(|payment| payment.household_id).collect();
    tx.trace(audit::Entry::households("batch.reported", households).purpose(&program.code));
    let mut payments: HashMap<Uuid, Payment> =
        payments.into_iter().map(|payment| (payment.disbursement_id, payment)).collect();

    let verdicts: Vec<Verdict> = list.rows.iter().map(|row| judge(row, &mut payments, &batch, &period)).collect();
    let refused = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Refuse(_))).count();
    let posts = common.partial || refused == 0;
    if posts {
        book(tx, &batch, &program, list, &verdicts, &payments).await?;
    }
    let outstanding = report::outstanding(tx, &batch).await?.len();
    Ok(told(list, verdicts, posts, outstanding, language))
}

/// Holds a row against its payment, which then stands as the row says, for those that come after it.
fn judge(row: &Row<ResultRow>, payments: &mut HashMap<Uuid, Payment>, batch: &Batch, period: &Period) -> Verdict {
    let judged = row.read().and_then(|said| {
        let payment = payments.get_mut(&said.disbursement_id).ok_or_else(|| Problem::from(&UNKNOWN_ROW))?;
        if payment.batch_id != Some(batch.batch_id) {
            return Err(Problem::from(&WRONG_BATCH));
        }
        let verdict = said.against(payment, period, today())?;
        if let Verdict::Post(to) = verdict {
            payment.state = to;
            payment.paid_on = said.paid_on.or(payment.paid_on);
            payment.proof_reference = said.proof_reference.clone().or_else(|| payment.proof_reference.take());
        }
        Ok(verdict)
    });
    judged.unwrap_or_else(Verdict::Refuse)
}

impl ResultRow {
    fn against(&self, payment: &Payment, period: &Period, today: NaiveDate) -> Outcome<Verdict> {
        if self.amount_idr.is_some_and(|amount| amount != payment.amount_idr) {
            return Err(WRONG_AMOUNT.with("amount_idr", payment.amount_idr));
        }
        use DisbursementState as State;
        match (self.result, payment.state) {
            (PaymentResult::Paid, State::Planned) => {
                if self.amount_idr.is_none() {
                    return Err(required("/amount_idr"));
                }
                if self.why().is_some() {
                    let only = ("hanya untuk yang gagal atau kembali", "only of what failed or came back");
                    let pointer = if self.reason_code.is_some() { "/reason_code" } else { "/reason" };
                    return Err(codes::INVALID.fields(vec![FieldFault::new(pointer, only.0, only.1)]));
                }
                RecordedAs::Paid.check(self.paid_on, self.proof_reference.as_deref(), period, today)?;
                Ok(Verdict::Post(State::Paid))
            }
            (PaymentResult::Paid, State::Paid)
                if (self.paid_on, &self.proof_reference) == (payment.paid_on, &payment.proof_reference) =>
            {
                Ok(Verdict::Unchanged)
            }
            (PaymentResult::Failed, State::Failed) | (PaymentResult::Returned, State::Returned) => {
                Ok(Verdict::Unchanged)
            }
            (PaymentResult::Failed, State::Planned) | (PaymentResult::Returned, State::Paid)
                if self.why().is_none() =>
            {
                Err(required("/reason_code"))
            }
            (PaymentResult::Failed, State::Planned) => Ok(Verdict::Post(State::Failed)),
            (PaymentResult::Returned, State::Paid) => Ok(Verdict::Post(State::Returned)),
            (PaymentResult::Returned, State::Planned) => Err(DISBURSEMENT_STEP.with("allowed", payment.state.next())),
            (_, state) => Err(ALREADY_REPORTED.with("state", state)),
        }
    }
}

fn required(pointer: &str) -> Problem {
    codes::INVALID.fields(vec![FieldFault::new(pointer, "wajib diisi", "is required")])
}

/// Writes what is to be posted, one statement for each step.
async fn book(
    tx: &mut Tx,
    batch: &Batch,
    program: &Program,
    list: &RowList<ResultRow>,
    verdicts: &[Verdict],
    payments: &HashMap<Uuid, Payment>,
) -> Outcome<()> {
    let delivery = [Leg::delivery(AccountKind::InTransit, program.kind)];
    let steps: [(DisbursementState, DisbursementState, &[Leg]); 3] = [
        (DisbursementState::Planned, DisbursementState::Paid, &delivery),
        (DisbursementState::Planned, DisbursementState::Failed, &[Leg::FAILURE]),
        (DisbursementState::Paid, DisbursementState::Returned, &Leg::RETURN),
    ];
    for (from, to, legs) in steps {
        let posted = list
            .rows
            .iter()
            .zip(verdicts)
            .filter(|(_, verdict)| matches!(verdict, Verdict::Post(state) if *state == to));
        let said: Vec<(&ResultRow, Option<String>)> = posted
            .filter_map(|(row, _)| row.said.as_ref().ok())
            .map(|said| (said, if to == DisbursementState::Paid { None } else { said.why() }))
            .collect();
        let moves: Vec<Move<'_>> = said
            .iter()
            .filter_map(|(said, why)| {
                Some(Move {
                    key: payments.get(&said.disbursement_id)?.key(),
                    reason: why.as_deref(),
                    paid_on: said.paid_on.filter(|_| to == DisbursementState::Paid),
                    proof_reference: said.proof_reference.as_deref().filter(|_| to == DisbursementState::Paid),
                    checked_decile: None,
                })
            })
            .collect();
        if moves.is_empty() {
            continue;
        }
        let step = Step { from, to, checked_release_id: None, legs, partner: Some(&batch.partner_code), moves: &moves };
        if write::moved(tx, step).await?.len() != moves.len() {
            return Err(Problem::internal("a payment that was held against a report did not take its step"));
        }
        let payload = json!({ "state": to, "payments": moves.len() });
        tell(tx, "batch.reported", batch, payload);
        let ended = said.iter().filter(|(said, _)| said.reason_code.is_some_and(ReasonCode::ends_account));
        let ended: Vec<Uuid> = ended.map(|(said, _)| said.disbursement_id).collect();
        if !ended.is_empty() {
            report::fail_accounts(tx, batch, &ended, "dilaporkan mitra pembayaran").await?;
        }
    }
    Ok(())
}

fn told(
    list: &RowList<ResultRow>,
    verdicts: Vec<Verdict>,
    posts: bool,
    outstanding: usize,
    language: Language,
) -> Reported {
    let answers = list.rows.iter().zip(verdicts).map(|(row, verdict)| {
        let (outcome, problem) = match verdict {
            Verdict::Post(_) if posts => (RowOutcome::Posted, None),
            Verdict::Post(_) => (RowOutcome::Fits, None),
            Verdict::Unchanged => (RowOutcome::Unchanged, None),
            Verdict::Refuse(problem) => (RowOutcome::Refused, Some(problem)),
        };
        let plain = ResultAnswer {
            row: row.number,
            line: row.line,
            outcome,
            code: None,
            detail: None,
            errors: Vec::new(),
            extra: Map::new(),
        };
        let Some(problem) = problem else { return plain };
        let problem = Problem { errors: row.within(problem.errors), ..problem };
        let Refusal { code, detail, errors, extra } = Refusal::of(&problem, language);
        ResultAnswer { code: Some(code), detail: Some(detail), errors, extra, ..plain }
    });
    let items: Vec<ResultAnswer> = answers.collect();
    let count = |outcome| items.iter().filter(|answer| answer.outcome == outcome).count();
    Reported {
        posted: count(RowOutcome::Posted),
        unchanged: count(RowOutcome::Unchanged),
        refused: count(RowOutcome::Refused),
        outstanding,
        items,
    }
}
