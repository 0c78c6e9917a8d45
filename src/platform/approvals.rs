//! Four eyes: one mechanism wherever somebody else must agree. A feature asks ([`request`]), its route takes
//! the decision ([`decide`]) and, when the task is approved, does what was asked in the same transaction.

pub mod routes;

use super::{
    auth::{Principal, Role},
    db::Tx,
    page::{Listed, Page},
    problem::{Outcome, Problem, codes},
    text_enum::text_enum,
};
use crate::schema::{approval_decisions, approval_tasks};
use chrono::{DateTime, Utc};
use diesel::{dsl::count_star, prelude::*};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

text_enum! {
    /// How many must agree.
    pub enum Policy {
        /// One is enough.
        Any = "any",
        /// All who were named; `needed` counts them.
        All = "all",
        /// So many of those who may.
        NOf = "n_of",
    }
}

text_enum! {
    /// Where a task stands.
    pub enum TaskState {
        /// Waits for decisions.
        Open = "open",
        /// Enough agreed; what was asked is done.
        Approved = "approved",
        /// Somebody refused.
        Rejected = "rejected",
        /// Who asked took it back.
        Withdrawn = "withdrawn",
    }
}

/// Something that waits for other eyes.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = approval_tasks)]
pub struct ApprovalTask {
    /// Its id.
    pub task_id: Uuid,
    /// What is asked: `release.activation`.
    #[schema(example = "release.activation")]
    pub kind: String,
    /// On what: the release, the batch.
    pub subject_id: Uuid,
    /// Which role may decide.
    pub needs_role: Role,
    /// How many must agree.
    pub policy: Policy,
    /// How many approvals it takes.
    #[schema(example = 1)]
    pub needed: i16,
    /// What the approval will do, in the feature's own form.
    pub payload: Value,
    /// Where it stands.
    pub state: TaskState,
    /// The person who asked; may not decide.
    pub requested_by: Uuid,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Why it was asked.
    pub reason: Option<String>,
    #[serde(skip)]
    excluded: Vec<Uuid>,
}

/// A person's word on a task.
#[derive(Debug, Clone, Deserialize, ToSchema, garde::Validate)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Whether to approve.
    #[garde(skip)]
    #[schema(example = true)]
    pub approve: bool,
    /// Why; required to refuse.
    #[garde(custom(said_to_refuse(self.approve)), inner(length(min = 1, max = 1000)))]
    #[schema(example = "Diperiksa terhadap berita acara serah terima")]
    pub reason: Option<String>,
}

/// Whoever refuses says why: those who asked must know what to mend.
fn said_to_refuse(approve: bool) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |reason, ()| {
        let is_said = reason.as_deref().is_some_and(|reason| !reason.trim().is_empty());
        if approve || is_said {
            Ok(())
        } else {
            Err(garde::Error::new("wajib diisi untuk menolak | is required to refuse"))
        }
    }
}

/// What is asked for.
pub struct NewTask {
    /// What: `release.activation`.
    pub kind: &'static str,
    /// On what.
    pub subject_id: Uuid,
    /// Which role decides.
    pub needs_role: Role,
    /// Further persons who may not decide: who prepared it.
    pub excluded: Vec<Uuid>,
    /// What the approval will do.
    pub payload: Value,
    /// Why.
    pub reason: Option<String>,
}

/// Asks for one other person's approval.
///
/// # Errors
/// `forbidden` for a system, `approval-already-open` where it was asked before.
pub async fn request(tx: &mut Tx, caller: &Principal, task: NewTask) -> Outcome<ApprovalTask> {
    use approval_tasks::dsl;
    let asked = diesel::insert_into(approval_tasks::table)
        .values((
            dsl::task_id.eq(Uuid::now_v7()),
            dsl::kind.eq(task.kind),
            dsl::subject_id.eq(task.subject_id),
            dsl::agency_code.eq(&caller.agency),
            dsl::needs_role.eq(task.needs_role),
            dsl::policy.eq(Policy::Any),
            dsl::payload.eq(task.payload),
            dsl::requested_by.eq(caller.person()?),
            dsl::excluded.eq(task.excluded),
            dsl::reason.eq(task.reason),
        ))
        .returning(ApprovalTask::as_returning())
        .get_result(&mut **tx)
        .await?;
    Ok(asked)
}

/// Takes a person's decision on the open task of this kind and subject, and closes it where that is enough.
///
/// # Errors
/// `not-found` where nothing is asked, `forbidden` for another role or a system, `needs-another-person` for who
/// asked or prepared it, `already-decided`.
pub async fn decide(
    tx: &mut Tx,
    caller: &Principal,
    kind: &str,
    subject_id: Uuid,
    decision: &Decision,
) -> Outcome<ApprovalTask> {
    let mut task = lock_open(tx, kind, subject_id).await?;
    let person = caller.person()?;
    if caller.role != task.needs_role {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    if person == task.requested_by || task.excluded.contains(&person) {
        return Err(Problem::from(&codes::SAME_PERSON));
    }
    diesel::insert_into(approval_decisions::table)
        .values((
            approval_decisions::task_id.eq(task.task_id),
            approval_decisions::person_id.eq(person),
            approval_decisions::approve.eq(decision.approve),
            approval_decisions::reason.eq(&decision.reason),
        ))
        .execute(&mut **tx)
        .await?;
    let approvals: i64 = approval_decisions::table
        .filter(approval_decisions::task_id.eq(task.task_id).and(approval_decisions::approve))
        .select(count_star())
        .first(&mut **tx)
        .await?;
    if !decision.approve {
        close(tx, &mut task, TaskState::Rejected).await?;
    } else if approvals >= i64::from(task.needed) {
        close(tx, &mut task, TaskState::Approved).await?;
    }
    Ok(task)
}

/// Takes back what one asked oneself.
///
/// # Errors
/// `not-found` where nothing is asked, `forbidden` for anybody but who asked.
pub async fn withdraw(tx: &mut Tx, caller: &Principal, kind: &str, subject_id: Uuid) -> Outcome<()> {
    let mut task = lock_open(tx, kind, subject_id).await?;
    if task.requested_by != caller.person()? {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    close(tx, &mut task, TaskState::Withdrawn).await
}

async fn lock_open(tx: &mut Tx, kind: &str, subject_id: Uuid) -> Outcome<ApprovalTask> {
    Ok(approval_tasks::table
        .filter(
            approval_tasks::kind
                .eq(kind)
                .and(approval_tasks::subject_id.eq(subject_id))
                .and(approval_tasks::state.eq(TaskState::Open)),
        )
        .select(ApprovalTask::as_select())
        .for_update()
        .first(&mut **tx)
        .await?)
}

async fn close(tx: &mut Tx, task: &mut ApprovalTask, state: TaskState) -> Outcome<()> {
    diesel::update(approval_tasks::table.find(task.task_id))
        .set((approval_tasks::state.eq(state), approval_tasks::closed_at.eq(Utc::now())))
        .execute(&mut **tx)
        .await?;
    task.state = state;
    Ok(())
}

/// Open tasks that the caller's role may decide, those of the caller's own asking included.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn open_for(tx: &mut Tx, caller: &Principal, page: Page) -> Outcome<Listed<ApprovalTask>> {
    let rows = approval_tasks::table
        .filter(
            approval_tasks::state
                .eq(TaskState::Open)
                .and(approval_tasks::needs_role.eq(caller.role))
                .and(approval_tasks::agency_code.eq(&caller.agency))
                .and(approval_tasks::task_id.gt(page.after_or_start())),
        )
        .order(approval_tasks::task_id)
        .limit(page.probe())
        .select(ApprovalTask::as_select())
        .load(&mut **tx)
        .await?;
    Ok(page.cut(rows, |task| task.task_id))
}
