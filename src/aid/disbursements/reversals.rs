//! Reversals: what was paid wrongly is taken back by the word of a second person, and by nothing else.

use super::{Disbursement, DisbursementState, money::Leg, queries, service};
use crate::{
    aid::programs::queries as programs,
    platform::{
        approvals::{self, ApprovalTask, Decision, NewTask, Quorum, TaskState},
        audit,
        auth::{Principal, Role},
        db::Tx,
        problem::Outcome,
        reason::Reason,
    },
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// What the approval task of a reversal is called.
pub const APPROVAL: &str = "disbursement.reversal";

/// What a decision brought about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReversalDecided {
    /// The task.
    pub approval: ApprovalTask,
    /// The disbursement as it stands now.
    pub disbursement: Disbursement,
}

/// Asks for a paid disbursement to be reversed.
///
/// # Errors
/// `not-found`, `disbursement-step`, `forbidden` for a system, `approval-already-open`.
pub async fn request(tx: &mut Tx, caller: &Principal, disbursement_id: Uuid, reason: Reason) -> Outcome<ApprovalTask> {
    let standing = seen(tx, disbursement_id).await?;
    service::check(&standing, DisbursementState::Reversed)?;
    let task = NewTask {
        kind: APPROVAL,
        subject_id: disbursement_id,
        needs_role: Role::Approver,
        quorum: Quorum::AnyOne,
        excluded: Vec::new(),
        payload: json!({ "program_id": standing.program_id, "amount_idr": standing.amount_idr }),
        village_code: Some(queries::village(tx, &standing).await?),
        reason: Some(reason.reason),
    };
    approvals::request(tx, caller, task).await
}

/// Takes the second person's decision, and reverses where it is yes: of somebody who neither made the payment nor prepared its
/// list.
///
/// # Errors
/// `not-found`, `needs-another-person`, as `approvals::decide`, `disbursement-step` where the payment has moved on meanwhile.
pub async fn decide(
    tx: &mut Tx,
    caller: &Principal,
    disbursement_id: Uuid,
    decision: &Decision,
) -> Outcome<ReversalDecided> {
    let standing = seen(tx, disbursement_id).await?;
    let approval = approvals::decide(tx, caller, APPROVAL, disbursement_id, decision).await?;
    let disbursement = if approval.state == TaskState::Approved {
        let program = programs::find(tx, standing.program_id).await?;
        let reason = approval.reason.as_deref().unwrap_or_default();
        let legs = [Leg::reversal(program.kind)];
        service::take_back(tx, &standing, DisbursementState::Reversed, reason, &legs).await?
    } else {
        standing
    };
    Ok(ReversalDecided { approval, disbursement })
}

/// Takes back what one asked oneself.
///
/// # Errors
/// `not-found`, `forbidden` for anybody but who asked.
pub async fn withdraw(tx: &mut Tx, caller: &Principal, disbursement_id: Uuid) -> Outcome<()> {
    seen(tx, disbursement_id).await?;
    approvals::withdraw(tx, caller, APPROVAL, disbursement_id).await
}

/// The disbursement, where the caller may see it.
async fn seen(tx: &mut Tx, disbursement_id: Uuid) -> Outcome<Disbursement> {
    let found = queries::find(tx, disbursement_id).await?;
    let trace = audit::Entry::households("disbursement.reversal", vec![found.household_id]);
    tx.trace(trace.purpose(&found.program_code));
    Ok(found)
}
