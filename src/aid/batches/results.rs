//! What the payment partner reports: row by row, and idempotent, so that a report that broke off is sent again as it was.

use super::{
    ALREADY_REPORTED, BATCH_NOT_OPEN, Batch, BatchState, UNKNOWN_ROW, WRONG_AMOUNT, WRONG_BATCH,
    queries::{
        self,
        report::{self, Payment},
    },
    result_rows::{PaymentResult, ReasonCode, Report, Reported, ResultAnswer, ResultOutcome, ResultRow},
    service::{may_tell_results, tell},
};
use crate::{
    aid::{
        disbursements::{
            DISBURSEMENT_STEP, DisbursementState,
            money::Leg,
            queries::write::{self, Move, Step},
            requests::{RecordedAs, only_of_paid},
            service::period_of,
        },
        ledger::AccountKind,
        programs::{Program, periods::Period, queries as programs},
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        outbox::Event,
        problem::{FieldFault, Language, Outcome, Problem, codes},
        rows::{Row, RowList},
    },
};
use chrono::NaiveDate;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

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
/// `not-found`, `batch-not-open`; `needs-another-person` for an approver who had a hand in the list, `forbidden` for a system of
/// the agency's.
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
    may_tell_results(tx.caller()?, &batch)?;
    let program = programs::find(tx, batch.program_id).await?;
    let period = period_of(tx, &program, batch.period_id).await?;
    let said = || list.rows.iter().filter_map(|row| row.said.as_ref().ok());
    let returned = said().filter(|said| said.result == PaymentResult::Returned);
    report::hold_paid(tx, &returned.map(|said| said.disbursement_id).collect::<Vec<_>>()).await?;
    let named: Vec<Uuid> = said().map(|said| said.disbursement_id).collect();
    let mut payments = report::payments(tx, &batch, &named).await?;
    let households = payments.values().map(|payment| payment.household_id).collect();
    tx.trace(audit::Entry::households("batch.reported", households).purpose(&program.code));

    let verdicts: Vec<Verdict> = list.rows.iter().map(|row| judge(row, &mut payments, &batch, &period)).collect();
    let refused = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Refuse(_))).count();
    let posts = common.partial || refused == 0;
    if posts {
        book(tx, &batch, &program, list, &verdicts, &payments).await?;
    }
    let outstanding = report::count_outstanding(tx, &batch).await?;
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
        if self.reason_code == Some(ReasonCode::Other) && self.reason.is_none() {
            return Err(required("/reason"));
        }
        if self.result != PaymentResult::Paid && (self.paid_on.is_some() || self.proof_reference.is_some()) {
            let pointer = if self.paid_on.is_some() { "/paid_on" } else { "/proof_reference" };
            return Err(codes::INVALID.fields(vec![only_of_paid(pointer)]));
        }
        use DisbursementState as State;
        match (self.result, payment.state) {
            (PaymentResult::Paid, State::Planned) => {
                if self.amount_idr.is_none() {
                    return Err(required("/amount_idr"));
                }
                if self.why().is_some() {
                    let pointer = if self.reason_code.is_some() { "/reason_code" } else { "/reason" };
                    return Err(codes::INVALID.field(
                        pointer,
                        "hanya untuk yang gagal atau kembali",
                        "only of what failed or came back",
                    ));
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
    codes::INVALID.fields(vec![FieldFault::required(pointer)])
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
        let said: Vec<(&ResultRow, Option<String>)> =
            posted.filter_map(|(row, _)| row.said.as_ref().ok()).map(|said| (said, said.why())).collect();
        let moves: Vec<Move<'_>> = said
            .iter()
            .filter_map(|(said, why)| {
                Some(Move {
                    key: payments.get(&said.disbursement_id)?.key(),
                    reason: why.as_deref(),
                    paid_on: said.paid_on,
                    proof_reference: said.proof_reference.as_deref(),
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
            for account in report::fail_accounts(tx, batch, &ended, "dilaporkan mitra pembayaran").await? {
                let payload = json!({ "individual_id": account.individual_id, "check_state": "invalid" });
                tx.emit(
                    Event::new("payout_account.checked", account.account_id, payload).of_agency(&batch.agency_code),
                );
            }
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
    let answers = list.rows.iter().zip(verdicts).map(|(row, verdict)| match verdict {
        Verdict::Post(_) if posts => ResultAnswer::of(row, ResultOutcome::Posted),
        Verdict::Post(_) => ResultAnswer::of(row, ResultOutcome::Fits),
        Verdict::Unchanged => ResultAnswer::of(row, ResultOutcome::Unchanged),
        Verdict::Refuse(problem) => ResultAnswer::refused(row, problem, language),
    });
    let items: Vec<ResultAnswer> = answers.collect();
    let count = |outcome| items.iter().filter(|answer| answer.outcome == outcome).count();
    Reported {
        posted: count(ResultOutcome::Posted),
        unchanged: count(ResultOutcome::Unchanged),
        refused: count(ResultOutcome::Refused),
        outstanding,
        items,
    }
}
