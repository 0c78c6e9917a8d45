//! Approvals in PostgreSQL.

use super::{Approval, ApprovalTask, Decision, DecisionTaken, NewTask, Policy, TaskState};
use crate::{
    platform::{
        auth::{Principal, Role},
        db::Tx,
        page::{Listed, Page},
        problem::{Outcome, Problem, codes},
    },
    schema::{
        approval_decisions,
        approval_tasks::{self, dsl},
    },
};
use chrono::Utc;
use diesel::{
    dsl::{count_star, exists, max},
    pg::Pg,
    prelude::*,
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A new task.
pub(super) async fn insert(
    tx: &mut Tx,
    caller: &Principal,
    person: Uuid,
    (policy, needed, named): (Policy, i16, Vec<Uuid>),
    task: NewTask,
) -> Outcome<ApprovalTask> {
    Ok(diesel::insert_into(approval_tasks::table)
        .values((
            dsl::task_id.eq(Uuid::now_v7()),
            dsl::kind.eq(task.kind),
            dsl::subject_id.eq(task.subject_id),
            dsl::agency_code.eq(&caller.agency),
            dsl::needs_role.eq(task.needs_role),
            dsl::policy.eq(policy),
            dsl::needed.eq(needed),
            dsl::named.eq(named),
            dsl::payload.eq(task.payload),
            dsl::village_code.eq(task.village_code),
            dsl::requested_by.eq(person),
            dsl::excluded.eq(task.excluded),
            dsl::reason.eq(task.reason),
        ))
        .returning(ApprovalTask::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// How many had to agree to this before, at most; none where it was not asked.
pub(super) async fn most_needed(tx: &mut Tx, kind: &str, subject_id: Uuid) -> Outcome<i16> {
    let before = approval_tasks::table.filter(dsl::kind.eq(kind).and(dsl::subject_id.eq(subject_id)));
    let most: Option<i16> = before.select(max(dsl::needed)).first(&mut **tx).await?;
    Ok(most.unwrap_or_default())
}

/// The open task of this kind and subject, held until the transaction ends.
pub(super) async fn lock_open(tx: &mut Tx, kind: &str, subject_id: Uuid) -> Outcome<ApprovalTask> {
    Ok(approval_tasks::table
        .filter(dsl::kind.eq(kind).and(dsl::subject_id.eq(subject_id)).and(dsl::state.eq(TaskState::Open)))
        .select(ApprovalTask::as_select())
        .for_update()
        .first(&mut **tx)
        .await?)
}

/// A person's decision.
pub(super) async fn insert_decision(tx: &mut Tx, task_id: Uuid, person: Uuid, decision: &Decision) -> Outcome<()> {
    diesel::insert_into(approval_decisions::table)
        .values((
            approval_decisions::task_id.eq(task_id),
            approval_decisions::person_id.eq(person),
            approval_decisions::approve.eq(decision.approve),
            approval_decisions::reason.eq(&decision.reason),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// How many have approved.
pub(super) async fn approvals(tx: &mut Tx, task_id: Uuid) -> Outcome<i64> {
    Ok(approval_decisions::table
        .filter(approval_decisions::task_id.eq(task_id).and(approval_decisions::approve))
        .select(count_star())
        .first(&mut **tx)
        .await?)
}

/// Ends a task.
pub(super) async fn close(tx: &mut Tx, task: &mut ApprovalTask, state: TaskState) -> Outcome<()> {
    let closed = Utc::now();
    diesel::update(approval_tasks::table.find(task.task_id))
        .set((dsl::state.eq(state), dsl::closed_at.eq(closed)))
        .execute(&mut **tx)
        .await?;
    (task.state, task.closed_at) = (state, Some(closed));
    Ok(())
}

/// Tasks that the caller may know of: those of the own agency that the own role decides, what one asked or decided
/// oneself, and all of them for the auditor.
fn known_to(caller: &Principal) -> approval_tasks::BoxedQuery<'_, Pg> {
    let tasks = approval_tasks::table.into_boxed();
    if caller.role == Role::Auditor {
        return tasks;
    }
    let mine = dsl::needs_role.eq(caller.role).and(dsl::agency_code.eq(&caller.agency));
    let Some(person) = caller.person else { return tasks.filter(mine) };
    let decided = approval_decisions::table
        .filter(approval_decisions::task_id.eq(dsl::task_id).and(approval_decisions::person_id.eq(person)));
    tasks.filter(mine.or(dsl::requested_by.eq(person)).or(exists(decided)))
}

/// One task that the caller may know of, open or closed.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, caller: &Principal, task_id: Uuid) -> Outcome<Approval> {
    let query = known_to(caller).filter(dsl::task_id.eq(task_id)).select(ApprovalTask::as_select());
    let task = query.first(&mut **tx).await?;
    with_decisions(tx, vec![task]).await?.pop().ok_or_else(|| Problem::from(&codes::NOT_FOUND))
}

/// Tasks in this state that the caller may know of, oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, caller: &Principal, state: TaskState, page: Page) -> Outcome<Listed<Approval>> {
    let rows = known_to(caller)
        .filter(dsl::state.eq(state).and(dsl::task_id.gt(page.after_or_start())))
        .order(dsl::task_id)
        .limit(page.probe())
        .select(ApprovalTask::as_select())
        .load(&mut **tx)
        .await?;
    let Listed { items, next_cursor } = page.cut(rows, |task| task.task_id);
    Ok(Listed { items: with_decisions(tx, items).await?, next_cursor })
}

async fn with_decisions(tx: &mut Tx, tasks: Vec<ApprovalTask>) -> Outcome<Vec<Approval>> {
    let ids: Vec<Uuid> = tasks.iter().map(|task| task.task_id).collect();
    let mut decisions: Vec<DecisionTaken> = approval_decisions::table
        .filter(approval_decisions::task_id.eq_any(ids))
        .order((approval_decisions::decided_at, approval_decisions::person_id))
        .select(DecisionTaken::as_select())
        .load(&mut **tx)
        .await?;
    let mut of_task = |task: ApprovalTask| {
        let decisions = decisions.extract_if(.., |decision| decision.task_id == task.task_id).collect();
        Approval { task, decisions }
    };
    Ok(tasks.into_iter().map(&mut of_task).collect())
}
