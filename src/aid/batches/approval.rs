//! The word of approvers: where it is enough, each line of the list becomes a payment, once.

use super::{
    BATCH_EMPTY, BATCH_OUT_OF_DATE, BATCH_STEP, Batch, BatchState,
    queries::{
        self,
        derive::{self, Whole},
    },
    service::{APPROVAL, tell},
};
use crate::{
    aid::{
        ledger::{AccountKind, TransferKind},
        programs::queries as programs,
    },
    platform::{
        approvals::{self, ApprovalTask, Decision, TaskState},
        audit,
        auth::Principal,
        db::Tx,
        problem::{Outcome, Problem},
    },
    registry::{households::lock::lock_households, releases::active},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a decision brought about.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchDecided {
    /// The task.
    pub approval: ApprovalTask,
    /// The batch as it stands now.
    pub batch: Batch,
}

/// Takes an approver's decision. Refused, the batch is a draft again; approved by enough, its payments are derived and their
/// money is promised.
///
/// # Errors
/// `not-found`, as `approvals::decide`; `batch-out-of-date`, `batch-empty`, `budget-exhausted`: then nothing of the decision
/// stays.
pub async fn decide(tx: &mut Tx, caller: &Principal, batch_id: Uuid, decision: &Decision) -> Outcome<BatchDecided> {
    let release_id = active::hold(tx).await?;
    let batch = queries::lock_own(tx, batch_id).await?;
    let approval = approvals::decide(tx, caller, APPROVAL, batch_id, decision).await?;
    match approval.state {
        TaskState::Approved => {
            if batch.state != BatchState::Submitted {
                return Err(BATCH_STEP.with("allowed", batch.state.next()));
            }
            if batch.release_id != release_id {
                return Err(Problem::from(&BATCH_OUT_OF_DATE));
            }
            pay_off(tx, &batch).await?;
        }
        TaskState::Rejected => {
            queries::step(tx, &batch, BatchState::Draft).await?;
            tell(tx, "batch.moved", &batch, json!({ "state": BatchState::Draft }));
        }
        TaskState::Open | TaskState::Withdrawn => {}
    }
    Ok(BatchDecided { approval, batch: queries::find(tx, batch_id).await? })
}

async fn pay_off(tx: &mut Tx, batch: &Batch) -> Outcome<()> {
    let households = derive::households(tx, batch).await?;
    lock_households(tx, &households).await?;
    let program = programs::find(tx, batch.program_id).await?;
    let made = derive::derive(tx, batch, program.cadence, &households).await?;
    tx.trace(audit::Entry::households("disbursement.created", households).purpose(&batch.program_code));
    if made.payments == 0 {
        return Err(Problem::from(&BATCH_EMPTY));
    }
    let whole = Whole {
        kind: TransferKind::Commitment,
        debit: AccountKind::Budget,
        credit: AccountKind::Committed,
        partner: None,
        amount: made.amount,
    };
    if derive::post(tx, batch, &whole).await? != 1 {
        return Err(Problem::internal("a batch without accounts to promise from and to"));
    }
    queries::derived(tx, batch, made.payments, made.amount).await?;
    tell(tx, "batch.moved", batch, json!({ "state": BatchState::Approved, "payments": made.payments }));
    Ok(())
}
