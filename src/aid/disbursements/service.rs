//! Recording disbursements, one or many, and moving them on.

use super::{
    ALREADY_PAID, AMOUNT_REQUIRED, DISBURSEMENT_STEP, Disbursement, DisbursementState, DisbursementStep,
    ENROLMENT_NOT_ACTIVE, NewDisbursement, UNKNOWN_PERIOD,
    payee::Payee,
    queries,
    queries::{Move, Record},
    requests::{NewDisbursements, NotPaid, Payment, Recorded},
};
use crate::{
    aid::{
        enrolments::{EXCLUDED, queries as enrolments},
        other_aid,
        programs::{
            Program,
            periods::{self, Period},
            queries as programs,
            queries::exclusions,
        },
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        outbox::Event,
        problem::{Outcome, Problem, codes},
        reason::Reason,
        rupiah::Rupiah,
        versions::IfMatch,
    },
    registry::{
        households::lock::{lock_household, lock_households},
        releases::active,
    },
};
use serde_json::json;
use std::collections::HashSet;
use uuid::Uuid;

/// Records one disbursement.
///
/// # Errors
/// `not-found`, `invalid-fields`, `enrolment-not-active`, `exemption-over`, `excluded-by-other-aid`,
/// `unknown-period`, `amount-required`, `already-paid`, `no-active-release`.
pub async fn record(tx: &mut Tx, asked: &NewDisbursement) -> Outcome<Disbursement> {
    let release_id = active::hold(tx).await?;
    let standing = enrolments::find(tx, asked.enrolment_id).await?;
    let household_id = standing.household_id;
    lock_household(tx, household_id).await?;
    // From here on a refusal tells something of the household too.
    tx.trace(audit::Entry::households("disbursement.created", vec![household_id]).purpose(&standing.program_code));
    let program = programs::find(tx, standing.program_id).await?;
    let period = period_of(tx, &program, asked.period_id).await?;
    asked.state.check(asked.paid_on, asked.proof_reference.as_deref(), &period, today())?;
    let payee = payable(tx, &program, &period, asked.enrolment_id, release_id).await?;
    let record = Record {
        program: &program,
        payees: &[payee],
        period: &period,
        amount: amount_of(&program, asked.amount_idr)?,
        state: asked.state,
        paid_on: asked.paid_on,
        proof_reference: asked.proof_reference.as_deref(),
        external_reference: asked.external_reference.as_deref(),
        release_id,
    };
    let Some(made) = queries::record(tx, record).await?.pop() else {
        let standing = queries::standing(tx, asked.enrolment_id, &period, None).await?;
        return Err(ALREADY_PAID.with("disbursement_id", standing));
    };
    queries::find(tx, made.disbursement_id).await
}

/// Records a period's disbursements of a programme, all or nothing. Who has one already is left out and counted;
/// who may not be paid is left out and named.
///
/// # Errors
/// `not-found`, `invalid-fields`, `enrolment-not-active` with those named that are not, `unknown-period`,
/// `amount-required`, `no-active-release`.
pub async fn record_many(tx: &mut Tx, asked: &NewDisbursements) -> Outcome<Recorded> {
    let agency = tx.caller()?.agency.clone();
    let program = programs::find_of(tx, asked.program_id, &agency).await?;
    let period = period_of(tx, &program, asked.period_id).await?;
    asked.state.check(asked.paid_on, None, &period, today())?;
    let amount = amount_of(&program, asked.amount_idr)?;
    let release_id = active::hold(tx).await?;
    let enrolment_ids = hold_active(tx, &program, asked.enrolment_ids.as_deref()).await?;
    let excluded = exclusions(tx, &program).await?;
    let found = queries::payees(tx, &enrolment_ids, &excluded, release_id).await?;
    let households = found.iter().map(|payee| payee.household_id).collect();
    let (payees, refused): (Vec<Payee>, Vec<Payee>) =
        found.into_iter().partition(|payee| payee.refusal(&period).is_none());
    let record = Record {
        program: &program,
        payees: &payees,
        period: &period,
        amount,
        state: asked.state,
        paid_on: asked.paid_on,
        proof_reference: None,
        external_reference: None,
        release_id,
    };
    let made = queries::record(tx, record).await?;
    let sum = i64::try_from(made.len()).ok().and_then(|count| amount.checked_times(count));
    let answer = Recorded {
        recorded: made.len(),
        skipped_already_paid: payees.len() - made.len(),
        refused: refused.iter().filter_map(|payee| NotPaid::of(payee, &period)).collect(),
        amount_idr: sum.ok_or_else(|| Problem::internal("the sum of a list does not fit"))?,
    };
    let details =
        json!({ "recorded": answer.recorded, "period_id": period.period_id, "amount_idr": answer.amount_idr });
    tx.trace(audit::Entry::households("disbursement.created", households).purpose(&program.code).details(details));
    Ok(answer)
}

/// Planned to paid, checked anew: the enrolment, its exemption and other aid may have changed since.
///
/// # Errors
/// `not-found`, `invalid-fields`, `stale-version`, `disbursement-step`, `enrolment-not-active`, `exemption-over`,
/// `excluded-by-other-aid`, `already-paid`, `no-active-release`.
pub async fn pay(tx: &mut Tx, disbursement_id: Uuid, seen: IfMatch, payment: &Payment) -> Outcome<Disbursement> {
    let release_id = active::hold(tx).await?;
    let standing = hold(tx, disbursement_id).await?;
    seen.check(standing.version)?;
    check(&standing, DisbursementState::Paid)?;
    let program = programs::find(tx, standing.program_id).await?;
    let period = period_of(tx, &program, standing.period_id).await?;
    payment.check(&period, today())?;
    let payee = payable(tx, &program, &period, standing.enrolment_id, release_id).await?;
    // Two that were planned may be one family's by now.
    let other = queries::standing(tx, standing.enrolment_id, &period, Some(disbursement_id)).await?;
    if let Some(other) = other {
        return Err(ALREADY_PAID.with("disbursement_id", other));
    }
    let step = Move {
        to: DisbursementState::Paid,
        reason: None,
        paid_on: Some(payment.paid_on),
        proof_reference: payment.proof_reference.as_deref(),
        checked_release_id: release_id,
        checked_decile: payee.checked_decile,
    };
    go(tx, &standing, &step).await
}

/// Planned to failed; the period may be paid anew.
///
/// # Errors
/// `not-found`, `stale-version`, `disbursement-step`.
pub async fn fail(tx: &mut Tx, disbursement_id: Uuid, seen: IfMatch, reason: &Reason) -> Outcome<Disbursement> {
    let standing = hold(tx, disbursement_id).await?;
    seen.check(standing.version)?;
    go(tx, &standing, &taken_back(&standing, DisbursementState::Failed, reason)).await
}

/// Paid to reversed; the period may be paid anew.
///
/// # Errors
/// `not-found`, `disbursement-step`.
pub async fn reverse(tx: &mut Tx, disbursement_id: Uuid, reason: &Reason) -> Outcome<Disbursement> {
    let standing = hold(tx, disbursement_id).await?;
    go(tx, &standing, &taken_back(&standing, DisbursementState::Reversed, reason)).await
}

/// The steps that a disbursement took, the first one first.
///
/// # Errors
/// `not-found`.
pub async fn steps(tx: &mut Tx, disbursement_id: Uuid) -> Outcome<Vec<DisbursementStep>> {
    let disbursement = queries::find(tx, disbursement_id).await?;
    let trace = audit::Entry::households("disbursement.steps", vec![disbursement.household_id]);
    tx.trace(trace.purpose(&disbursement.program_code));
    queries::steps(tx, &disbursement).await
}

fn taken_back<'a>(standing: &'a Disbursement, to: DisbursementState, reason: &'a Reason) -> Move<'a> {
    Move {
        to,
        reason: Some(&reason.reason),
        paid_on: standing.paid_on,
        proof_reference: standing.proof_reference.as_deref(),
        checked_release_id: standing.checked_release_id,
        checked_decile: standing.checked_decile,
    }
}

/// The disbursement, with its household held.
async fn hold(tx: &mut Tx, disbursement_id: Uuid) -> Outcome<Disbursement> {
    let found = queries::find(tx, disbursement_id).await?;
    let household_id = found.household_id;
    lock_household(tx, household_id).await?;
    // From here on a refusal tells something of the household too.
    tx.trace(audit::Entry::households("disbursement.moved", vec![household_id]).purpose(&found.program_code));
    queries::find(tx, disbursement_id).await
}

fn check(standing: &Disbursement, to: DisbursementState) -> Outcome<()> {
    if standing.state.may_become(to) { Ok(()) } else { Err(DISBURSEMENT_STEP.with("allowed", standing.state.next())) }
}

async fn go(tx: &mut Tx, standing: &Disbursement, step: &Move<'_>) -> Outcome<Disbursement> {
    check(standing, step.to)?;
    queries::moved(tx, standing, step).await?;
    let payload = json!({ "program_id": standing.program_id, "enrolment_id": standing.enrolment_id,
        "period_id": standing.period_id, "from": standing.state, "state": step.to });
    let agency = tx.caller()?.agency.clone();
    let event = Event::new("disbursement.moved", standing.disbursement_id, payload);
    tx.emit(event.of_agency(agency).on_household(standing.household_id));
    queries::find(tx, standing.disbursement_id).await
}

/// The enrolment as one that may be paid for the period; its household is held.
async fn payable(
    tx: &mut Tx,
    program: &Program,
    period: &Period,
    enrolment_id: Uuid,
    release_id: Uuid,
) -> Outcome<Payee> {
    let excluded = exclusions(tx, program).await?;
    let payee = queries::payees(tx, &[enrolment_id], &excluded, release_id).await?.pop();
    let payee = payee.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    match payee.refusal(period) {
        None => Ok(payee),
        Some(code) if code == &ENROLMENT_NOT_ACTIVE => Err(code.with("state", payee.state)),
        Some(code) if code == &EXCLUDED => {
            let others = other_aid::received(tx, payee.household_id, &excluded).await?;
            Err(code.with("others", others))
        }
        Some(code) => Err(Problem::from(code)),
    }
}

async fn period_of(tx: &mut Tx, program: &Program, period_id: Uuid) -> Outcome<Period> {
    let period = periods::find(tx, program.program_id, period_id).await?;
    period.ok_or_else(|| Problem::from(&UNKNOWN_PERIOD))
}

fn amount_of(program: &Program, stated: Option<Rupiah>) -> Outcome<Rupiah> {
    let amount = stated.or(program.amount_idr).filter(|amount| amount.0 > 0);
    amount.ok_or_else(|| Problem::from(&AMOUNT_REQUIRED))
}

/// The active enrolments of the programme, each once, with their households held: those named, all of which must
/// be active, or all in the caller's areas.
async fn hold_active(tx: &mut Tx, program: &Program, named: Option<&[Uuid]>) -> Outcome<Vec<Uuid>> {
    let (before, households): (Vec<Uuid>, Vec<Uuid>) =
        queries::active(tx, program.program_id, named).await?.into_iter().unzip();
    lock_households(tx, &households).await?;
    let held = queries::active(tx, program.program_id, Some(&before)).await?;
    let held: Vec<Uuid> = held.into_iter().map(|(enrolment_id, _)| enrolment_id).collect();
    let active: HashSet<&Uuid> = held.iter().collect();
    let others: Vec<&Uuid> = named.unwrap_or_default().iter().filter(|named| !active.contains(named)).collect();
    if others.is_empty() { Ok(held) } else { Err(ENROLMENT_NOT_ACTIVE.with("enrolment_ids", others)) }
}
