//! Recording a disbursement, and moving it on.

use super::{
    ALREADY_PAID, AMOUNT_REQUIRED, DISBURSEMENT_STEP, Disbursement, DisbursementState, DisbursementStep, NOT_MONEY,
    NewDisbursement, PAID_BY_BATCH, UNKNOWN_PERIOD,
    money::Leg,
    payee::Payee,
    queries::{
        self, Wanted,
        write::{self, Move, Step},
    },
    recording::{self, Asked},
    requests::Payment,
};
use crate::{
    aid::{
        ledger::AccountKind,
        programs::{
            Program,
            periods::{self, Period},
            queries as programs,
        },
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        problem::{Outcome, Problem, codes},
        reason::Reason,
        rupiah::Rupiah,
        versions::IfMatch,
    },
    registry::{households::lock::lock_household, releases::active},
};
use uuid::Uuid;

/// Records one disbursement.
///
/// # Errors
/// `not-found`, `invalid-fields`, `enrolment-not-active`, `exemption-over`, `excluded-by-other-aid`,
/// `unknown-period`, `amount-required`, `budget-required`, `unknown-budget`, `budget-exhausted`, `already-paid`,
/// `no-active-release`.
pub async fn record(tx: &mut Tx, asked: &NewDisbursement) -> Outcome<Disbursement> {
    let actor = tx.caller()?.actor();
    let mut held = recording::hold(tx, &[Asked { payment: asked, actor: &actor }]).await?;
    let one = held.to.pop().flatten().ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    // From here on a refusal tells something of the household too.
    tx.trace(one.trace());
    held.to.push(Some(one));
    let made = recording::record(tx, &held).await?.pop();
    made.unwrap_or_else(|| Err(Problem::from(&codes::NOT_FOUND)))
}

/// Planned to paid, checked anew: the enrolment, its exemption and other aid may have changed since.
///
/// # Errors
/// `not-found`, `invalid-fields`, `stale-version`, `disbursement-step`, `enrolment-not-active`, `exemption-over`,
/// `excluded-by-other-aid`, `already-paid`, `paid-by-batch`, `no-active-release`.
pub async fn pay(tx: &mut Tx, disbursement_id: Uuid, seen: IfMatch, payment: &Payment) -> Outcome<Disbursement> {
    let release_id = active::hold(tx).await?;
    let standing = hold(tx, disbursement_id).await?;
    seen.check(standing.version)?;
    stands_by_itself(&standing)?;
    check(&standing, DisbursementState::Paid)?;
    let program = programs::find(tx, standing.program_id).await?;
    let period = period_of(tx, &program, standing.period_id).await?;
    payment.check(&period, today())?;
    let payee = payable(tx, &period, standing.enrolment_id, release_id).await?;
    // Two that were planned may be one family's by now.
    stands_alone(tx, standing.wanted()).await?;
    let step = Move {
        key: standing.key(),
        reason: None,
        paid_on: Some(payment.paid_on),
        proof_reference: payment.proof_reference.as_deref(),
        checked_decile: payee.checked_decile,
    };
    let legs = [Leg::delivery(AccountKind::Committed, program.kind)];
    go(tx, &standing, DisbursementState::Paid, Some(release_id), step, &legs).await
}

/// Planned to failed; the period may be paid anew.
///
/// # Errors
/// `not-found`, `stale-version`, `disbursement-step`, `paid-by-batch`.
pub async fn fail(tx: &mut Tx, disbursement_id: Uuid, seen: IfMatch, reason: &Reason) -> Outcome<Disbursement> {
    let standing = hold(tx, disbursement_id).await?;
    seen.check(standing.version)?;
    stands_by_itself(&standing)?;
    take_back(tx, &standing, DisbursementState::Failed, &reason.reason, &[Leg::RELEASE]).await
}

/// Paid to returned: the money came back from whom it was paid to; the period may be paid anew. Told by a person who neither
/// made the payment nor prepared its list.
///
/// # Errors
/// `not-found`, `disbursement-step`; `not-money` where goods were delivered; `forbidden` for a system, `needs-another-person`.
pub async fn take_return(tx: &mut Tx, disbursement_id: Uuid, reason: &Reason) -> Outcome<Disbursement> {
    tx.caller()?.person()?;
    let standing = hold(tx, disbursement_id).await?;
    let program = programs::find(tx, standing.program_id).await?;
    if !Leg::is_money(program.kind) {
        return Err(Problem::from(&NOT_MONEY));
    }
    take_back(tx, &standing, DisbursementState::Returned, &reason.reason, &Leg::RETURN).await
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

/// A payment that no longer stands. What was paid is taken back by another person than who made the payment or prepared its
/// list.
///
/// # Errors
/// `disbursement-step`, `needs-another-person`.
pub(super) async fn take_back(
    tx: &mut Tx,
    standing: &Disbursement,
    to: DisbursementState,
    reason: &str,
    legs: &[Leg],
) -> Outcome<Disbursement> {
    check(standing, to)?;
    if standing.state == DisbursementState::Paid && queries::caller_prepared(tx, standing).await? {
        return Err(Problem::from(&codes::SAME_PERSON));
    }
    go(tx, standing, to, None, Move::to_fail(standing.key(), reason), legs).await
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

/// That no batch reports on it.
///
/// # Errors
/// `paid-by-batch` with its `batch_id`.
pub(super) fn stands_by_itself(standing: &Disbursement) -> Outcome<()> {
    standing.batch_id.map_or(Ok(()), |batch_id| Err(PAID_BY_BATCH.with("batch_id", batch_id)))
}

pub(super) fn check(standing: &Disbursement, to: DisbursementState) -> Outcome<()> {
    if standing.state.may_become(to) { Ok(()) } else { Err(DISBURSEMENT_STEP.with("allowed", standing.state.next())) }
}

async fn go(
    tx: &mut Tx,
    standing: &Disbursement,
    to: DisbursementState,
    checked_release_id: Option<Uuid>,
    step: Move<'_>,
    legs: &[Leg],
) -> Outcome<Disbursement> {
    let (from, allowed) = (standing.state, standing.state.next());
    let moved = write::moved(tx, Step { from, to, checked_release_id, legs, partner: None, moves: &[step] }).await?;
    if moved.is_empty() {
        // Whoever decides on a reversal holds no household: another one was faster.
        return Err(DISBURSEMENT_STEP.with("allowed", allowed));
    }
    queries::find(tx, standing.disbursement_id).await
}

/// That nothing else stands where this payment would.
async fn stands_alone(tx: &mut Tx, wanted: Wanted) -> Outcome<()> {
    match queries::standing(tx, &[wanted]).await?.pop().flatten() {
        Some(other) => Err(ALREADY_PAID.with("disbursement_id", other)),
        None => Ok(()),
    }
}

/// The enrolment as one that may be paid for the period; its household is held.
async fn payable(tx: &mut Tx, period: &Period, enrolment_id: Uuid, release_id: Uuid) -> Outcome<Payee> {
    let payee = queries::payees(tx, &[enrolment_id], release_id).await?.pop();
    let payee = payee.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    payee.check(period)?;
    Ok(payee)
}

/// The period, where the programme has it.
///
/// # Errors
/// `unknown-period`.
pub async fn period_of(tx: &mut Tx, program: &Program, period_id: Uuid) -> Outcome<Period> {
    let period = periods::find(tx, program.program_id, period_id).await?;
    period.ok_or_else(|| Problem::from(&UNKNOWN_PERIOD))
}

/// How much is given: what is stated, else what the programme sets.
///
/// # Errors
/// `amount-required`.
pub fn amount_of(program: &Program, stated: Option<Rupiah>) -> Outcome<Rupiah> {
    let amount = stated.or(program.amount_idr).filter(|amount| amount.0 > 0);
    amount.ok_or_else(|| Problem::from(&AMOUNT_REQUIRED))
}
