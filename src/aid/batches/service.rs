//! Preparing a batch, and its steps but the approval.

use super::{
    BATCH_EMPTY, BATCH_OF_GOODS, BATCH_OUTSTANDING, BATCH_STEP, Batch, BatchState, NOT_A_PARTNER, NewBatch,
    queries::{
        self, Basis, Frozen,
        derive::{self, Whole},
        freeze::{self, Freeze},
        report,
    },
    requests::{Freezing, Submission},
};
use crate::{
    access::agencies::queries as agencies,
    aid::{
        disbursements::{
            DisbursementState,
            money::Leg,
            queries::write::{self, Move, Step},
            service::{amount_of, period_of},
        },
        funds::{BUDGET_REQUIRED, PROGRAM_IS_REPORTED, programs::drawn_on},
        ledger::{AccountKind, TransferKind, queries as ledger},
        programs::{Funding, PROGRAM_IS_WIDER, Program, queries as programs, rules::service::in_force},
    },
    platform::{
        approvals::{self, ApprovalTask, NewTask},
        audit,
        auth::{Principal, Role},
        civil::today,
        db::Tx,
        outbox::Event,
        problem::{Outcome, Problem, codes},
        rupiah::Rupiah,
        versions::IfMatch,
    },
    registry::releases::active,
};
use serde_json::json;
use uuid::Uuid;

/// What the approval task of a batch is called.
pub const APPROVAL: &str = "batch.approval";

/// Prepares a batch, and freezes its list from the active enrolments of the programme.
///
/// # Errors
/// `not-found`, `program-wider-than-token`, `not-a-payment-partner`, `program-is-reported`, `batch-of-goods`, `unknown-period`,
/// `budget-required`, `unknown-budget`, `amount-required`, `rule-out-of-date`, `no-active-release`.
pub async fn prepare(tx: &mut Tx, asked: &NewBatch) -> Outcome<Batch> {
    let release_id = active::hold(tx).await?;
    let caller = tx.caller()?.clone();
    let program = &programs::find_of(tx, asked.program_id, &caller.agency).await?;
    if !program.is_covered_by(&caller) {
        return Err(Problem::from(&PROGRAM_IS_WIDER));
    }
    if !agencies::is_partner(tx, &asked.partner_code).await? {
        return Err(Problem::from(&NOT_A_PARTNER));
    }
    if program.funding == Funding::Reported {
        return Err(Problem::from(&PROGRAM_IS_REPORTED));
    }
    if !Leg::is_money(program.kind) {
        return Err(Problem::from(&BATCH_OF_GOODS));
    }
    let period = period_of(tx, program, asked.period_id).await?;
    let budget_id = drawn_on(tx, program, &period, asked.budget_id).await?;
    let budget_id = budget_id.ok_or_else(|| Problem::from(&BUDGET_REQUIRED))?;
    let basis = Basis { fiscal_year: period.fiscal_year, budget_id, release_id };
    let batch_id = queries::insert(tx, asked, &basis).await?;
    let batch = queries::find(tx, batch_id).await?;
    fill(tx, program, &batch, 1, asked.amount_idr).await?;
    tell(tx, "batch.created", &batch, json!({}));
    queries::find(tx, batch_id).await
}

/// Freezes the list of a draft anew; the former one stays as it was.
///
/// # Errors
/// `not-found`, `stale-version`, `batch-step`, and as [`prepare`].
pub async fn freeze_again(tx: &mut Tx, batch_id: Uuid, seen: IfMatch, asked: &Freezing) -> Outcome<Batch> {
    active::hold(tx).await?;
    let batch = queries::lock_own(tx, batch_id).await?;
    seen.check(batch.version)?;
    if batch.state != BatchState::Draft {
        return Err(BATCH_STEP.with("allowed", batch.state.next()));
    }
    let program = programs::find(tx, batch.program_id).await?;
    fill(tx, &program, &batch, batch.revision + 1, asked.amount_idr).await?;
    tell(tx, "batch.frozen", &batch, json!({ "revision": batch.revision + 1 }));
    queries::find(tx, batch_id).await
}

async fn fill(tx: &mut Tx, program: &Program, batch: &Batch, revision: i32, stated: Option<Rupiah>) -> Outcome<()> {
    let release_id = active::required(tx).await?;
    let amount = amount_of(program, stated)?;
    let period = period_of(tx, program, batch.period_id).await?;
    let rule = in_force(tx, program, release_id).await?.compile();
    let excluded = programs::exclusions(tx, program).await?;
    let freeze = Freeze {
        batch,
        revision,
        program,
        period: &period,
        rule: &rule,
        excluded: &excluded,
        release_id,
        on: today(),
        amount,
    };
    let counts = freeze::freeze(tx, freeze).await?;
    let sum = amount.checked_times(counts.lines).ok_or_else(|| Problem::internal("the sum of a batch does not fit"))?;
    let frozen = Frozen {
        revision,
        release_id,
        lines: i32::try_from(counts.lines).map_err(Problem::internal)?,
        left_out: i32::try_from(counts.left_out).map_err(Problem::internal)?,
        amount: sum,
    };
    queries::frozen(tx, batch, &frozen).await?;
    let details =
        json!({ "batch_id": batch.batch_id, "revision": revision, "lines": counts.lines, "left_out": counts.left_out });
    tx.trace(audit::Entry::households("batch.frozen", Vec::new()).purpose(&program.code).details(details));
    Ok(())
}

/// Submits a draft to approvers of the agency.
///
/// # Errors
/// `not-found`, `stale-version`, `batch-step`, `batch-empty`, `forbidden` for a system, `needs-another-person`,
/// `quorum-lowered`.
pub async fn submit(
    tx: &mut Tx,
    caller: &Principal,
    batch_id: Uuid,
    seen: IfMatch,
    asked: Submission,
) -> Outcome<ApprovalTask> {
    let batch = lock_for(tx, batch_id, seen, BatchState::Submitted).await?;
    if batch.lines == 0 {
        return Err(Problem::from(&BATCH_EMPTY));
    }
    let quorum = asked.quorum()?;
    queries::step(tx, &batch, BatchState::Submitted).await?;
    let accounts = queries::accounts(tx, &batch).await?;
    let task = NewTask {
        kind: APPROVAL,
        subject_id: batch_id,
        needs_role: Role::Approver,
        quorum,
        // Approved by somebody who did not prepare it.
        excluded: batch.prepared_by.clone(),
        payload: json!({
            "program_id": batch.program_id, "lines": batch.lines, "amount_idr": batch.amount_idr,
            "unchecked_accounts": accounts.unchecked, "shared_accounts": accounts.shared,
        }),
        village_code: None,
        reason: Some(asked.reason),
    };
    tell(tx, "batch.moved", &batch, json!({ "state": BatchState::Submitted }));
    approvals::request(tx, caller, task).await
}

/// Takes a submission back: the batch is a draft again.
///
/// # Errors
/// `not-found`, `forbidden` for anybody but who submitted it.
pub async fn withdraw(tx: &mut Tx, caller: &Principal, batch_id: Uuid) -> Outcome<Batch> {
    let batch = queries::lock_own(tx, batch_id).await?;
    approvals::withdraw(tx, caller, APPROVAL, batch_id).await?;
    move_to(tx, &batch, BatchState::Draft).await
}

/// Gives a draft up.
///
/// # Errors
/// `not-found`, `stale-version`, `batch-step`.
pub async fn cancel(tx: &mut Tx, batch_id: Uuid, seen: IfMatch) -> Outcome<Batch> {
    let batch = lock_for(tx, batch_id, seen, BatchState::Cancelled).await?;
    move_to(tx, &batch, BatchState::Cancelled).await
}

/// Hands an approved batch to its partner; its money is in transit from now on.
///
/// # Errors
/// `not-found`, `stale-version`, `batch-step`.
pub async fn hand_over(tx: &mut Tx, batch_id: Uuid, seen: IfMatch) -> Outcome<Batch> {
    let batch = lock_for(tx, batch_id, seen, BatchState::HandedOver).await?;
    let opening = ledger::Opening {
        fund_id: crate::aid::funds::queries::budget(tx, batch.budget_id).await?.fund_id,
        budget_id: Some(batch.budget_id),
        partner_code: Some(&batch.partner_code),
        fiscal_year: batch.fiscal_year,
        agency_code: &batch.agency_code,
    };
    ledger::open(tx, &opening, &[AccountKind::InTransit]).await?;
    let whole = Whole {
        kind: TransferKind::HandOver,
        debit: AccountKind::Committed,
        credit: AccountKind::InTransit,
        partner: Some(&batch.partner_code),
        amount: batch.amount_idr,
    };
    if derive::post(tx, &batch, &whole).await? != 1 {
        return Err(Problem::internal("a batch without accounts to hand over from and to"));
    }
    move_to(tx, &batch, BatchState::HandedOver).await
}

/// Closes a batch that has all its results; where an approver asks it, what is outstanding fails for this reason.
///
/// # Errors
/// `not-found`, `stale-version`, `batch-step`, `batch-outstanding` with how many; `forbidden` or `needs-another-person` for
/// whoever can't let payments fail.
pub async fn close(tx: &mut Tx, batch_id: Uuid, seen: IfMatch, fail_for: Option<&str>) -> Outcome<Batch> {
    report::hold(tx, batch_id).await?;
    let batch = lock_for(tx, batch_id, seen, BatchState::Closed).await?;
    let outstanding = report::outstanding(tx, &batch).await?;
    if !outstanding.is_empty() {
        let Some(reason) = fail_for else {
            return Err(BATCH_OUTSTANDING.with("outstanding", outstanding.len()));
        };
        may_tell_results(tx.caller()?, &batch)?;
        let moves: Vec<Move<'_>> = outstanding.iter().map(|key| Move::to_fail(*key, reason)).collect();
        let step = Step {
            from: DisbursementState::Planned,
            to: DisbursementState::Failed,
            checked_release_id: None,
            legs: &[Leg::FAILURE],
            partner: Some(&batch.partner_code),
            moves: &moves,
        };
        if write::moved(tx, step).await?.len() != outstanding.len() {
            return Err(Problem::internal("a payment that was outstanding did not fail"));
        }
        let households = outstanding.iter().map(|key| key.household_id).collect();
        tx.trace(audit::Entry::households("disbursement.moved", households).purpose(&batch.program_code));
    }
    move_to(tx, &batch, BatchState::Closed).await
}

/// That the caller may say what became of the batch's payments: its partner, or an approver who had no hand in the list. What
/// failed or came back may be paid anew, and who pays must not be who says so.
///
/// # Errors
/// `needs-another-person`, `forbidden`.
pub(super) fn may_tell_results(caller: &Principal, batch: &Batch) -> Outcome<()> {
    match caller.role {
        Role::PaymentPartner => Ok(()),
        Role::Approver if batch.prepared_by.contains(&caller.person()?) => Err(Problem::from(&codes::SAME_PERSON)),
        Role::Approver => Ok(()),
        _ => Err(Problem::from(&codes::FORBIDDEN).detail(
            "Hasil pembayaran disampaikan mitra pembayaran atau penyetuju, bukan oleh yang menyiapkannya.",
            "What became of payments is said by their partner or an approver, not by who prepares them.",
        )),
    }
}

/// The caller's batch, held, where it may take the step.
async fn lock_for(tx: &mut Tx, batch_id: Uuid, seen: IfMatch, to: BatchState) -> Outcome<Batch> {
    let batch = queries::lock_own(tx, batch_id).await?;
    seen.check(batch.version)?;
    if batch.state.may_become(to) { Ok(batch) } else { Err(BATCH_STEP.with("allowed", batch.state.next())) }
}

async fn move_to(tx: &mut Tx, batch: &Batch, to: BatchState) -> Outcome<Batch> {
    queries::step(tx, batch, to).await?;
    tell(tx, "batch.moved", batch, json!({ "state": to }));
    queries::find(tx, batch.batch_id).await
}

/// Leaves an event on the batch.
pub(super) fn tell(tx: &mut Tx, kind: &'static str, batch: &Batch, mut payload: serde_json::Value) {
    payload["program_id"] = json!(batch.program_id);
    payload["period_id"] = json!(batch.period_id);
    tx.emit(Event::new(kind, batch.batch_id, payload).of_agency(&batch.agency_code));
}
