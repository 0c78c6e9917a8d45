//! Four eyes: one mechanism wherever somebody else must agree. A feature asks ([`request`]), its route takes
//! the decision ([`decide`]) and, when the task is approved, does what was asked in the same transaction.

mod queries;
pub mod routes;

pub use queries::{find, list};

use super::{
    auth::{Principal, Role},
    db::Tx,
    outbox::Event,
    problem::{Outcome, Problem, codes},
    text_enum::text_enum,
};
use crate::schema::{approval_decisions, approval_tasks};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

text_enum! {
    /// How many must agree. One refusal closes a task, whatever its policy.
    pub enum Policy {
        /// One of those who may is enough.
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

/// Something that waits, or waited, for other eyes.
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
    /// Whose work it is.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Which role may decide.
    pub needs_role: Role,
    /// How many must agree.
    pub policy: Policy,
    /// How many approvals it takes.
    #[schema(example = 1)]
    pub needed: i16,
    /// The persons who must all agree, where the policy is `all`; otherwise nobody is named.
    pub named: Vec<Uuid>,
    /// What the approval will do, in the feature's own form.
    pub payload: Value,
    /// Where the household lives, of a task on one payment; null of what has no one place.
    #[schema(example = json!(null))]
    pub village_code: Option<String>,
    /// Where it stands.
    pub state: TaskState,
    /// The person who asked; may not decide.
    pub requested_by: Uuid,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// Why it was asked.
    pub reason: Option<String>,
    /// When it was approved, refused or taken back.
    pub closed_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    excluded: Vec<Uuid>,
}

/// What one person decided.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = approval_decisions)]
pub struct DecisionTaken {
    #[serde(skip)]
    task_id: Uuid,
    /// The natural person.
    pub person_id: Uuid,
    /// Whether they approved.
    pub approve: bool,
    /// Why; always there where they refused.
    #[schema(example = "Diperiksa terhadap berita acara serah terima")]
    pub reason: Option<String>,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// A task with what was decided on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Approval {
    /// The task.
    #[serde(flatten)]
    pub task: ApprovalTask,
    /// Each decision, in the order they were taken.
    pub decisions: Vec<DecisionTaken>,
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
    #[garde(custom(said_to_refuse(self.approve)), inner(length(chars, max = 1000)))]
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

/// Whose agreement is enough.
#[derive(Debug, Clone)]
pub enum Quorum {
    /// Of any one who has the role.
    AnyOne,
    /// Of every one of these persons, who have the role.
    AllOf(Vec<Uuid>),
    /// Of so many who have the role.
    SoMany(i16),
}

impl Quorum {
    /// As it is kept: the policy, how many must agree, and who is named.
    fn kept(self) -> (Policy, i16, Vec<Uuid>) {
        match self {
            Self::AnyOne => (Policy::Any, 1, Vec::new()),
            Self::SoMany(needed) => (Policy::NOf, needed, Vec::new()),
            Self::AllOf(mut named) => {
                // A person who is named twice decides once.
                named.sort_unstable();
                named.dedup();
                (Policy::All, i16::try_from(named.len()).unwrap_or(i16::MAX), named)
            }
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
    /// How many of them.
    pub quorum: Quorum,
    /// Further persons who may not decide: who prepared it.
    pub excluded: Vec<Uuid>,
    /// What the approval will do.
    pub payload: Value,
    /// The village, where only those may know of it whose areas have it.
    pub village_code: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Asks for the approval of others.
///
/// # Errors
/// `forbidden` for a system, `needs-another-person` where who asked or prepared it is named to agree,
/// `approval-already-open` where it was asked before, `quorum-lowered` where more had to agree before; an internal problem for a
/// quorum of nobody.
pub async fn request(tx: &mut Tx, caller: &Principal, task: NewTask) -> Outcome<ApprovalTask> {
    let person = caller.person()?;
    let (policy, needed, named) = task.quorum.clone().kept();
    if needed < 1 {
        return Err(Problem::internal(format!("{} asks for nobody's approval", task.kind)));
    }
    let before = queries::most_needed(tx, task.kind, task.subject_id).await?;
    if needed < before {
        // Who takes a request back does not ask fewer the next time.
        return Err(codes::QUORUM_LOWERED.with("needed", before));
    }
    if named.iter().any(|one| *one == person || task.excluded.contains(one)) {
        return Err(Problem::from(&codes::SAME_PERSON));
    }
    let asked = queries::insert(tx, caller, person, (policy, needed, named), task).await?;
    let further = json!({ "policy": asked.policy, "needed": asked.needed, "person_id": person });
    tell(tx, "approval.requested", &asked, further);
    Ok(asked)
}

/// Takes a person's decision on the open task of this kind and subject, and closes it where that is enough: at once
/// where they refuse.
///
/// # Errors
/// `not-found` where nothing is asked, `forbidden` for another role, for a system, and for who was not named where some
/// were; `needs-another-person` for who asked or prepared it, `already-decided`.
pub async fn decide(
    tx: &mut Tx,
    caller: &Principal,
    kind: &str,
    subject_id: Uuid,
    decision: &Decision,
) -> Outcome<ApprovalTask> {
    let mut task = queries::lock_open(tx, kind, subject_id).await?;
    let person = caller.person()?;
    if caller.role != task.needs_role {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    if person == task.requested_by || task.excluded.contains(&person) {
        return Err(Problem::from(&codes::SAME_PERSON));
    }
    if task.policy == Policy::All && !task.named.contains(&person) {
        return Err(Problem::from(&codes::FORBIDDEN).detail(
            "Hanya orang yang disebut dalam permintaan ini yang memutuskan.",
            "Only those whom the request names decide on it.",
        ));
    }
    queries::insert_decision(tx, task.task_id, person, decision).await?;
    if !decision.approve {
        queries::close(tx, &mut task, TaskState::Rejected).await?;
    } else if queries::approvals(tx, task.task_id).await? >= i64::from(task.needed) {
        queries::close(tx, &mut task, TaskState::Approved).await?;
    }
    let further = json!({ "approve": decision.approve, "person_id": person });
    tell(tx, "approval.decided", &task, further);
    Ok(task)
}

/// Takes back what one asked oneself.
///
/// # Errors
/// `not-found` where nothing is asked, `forbidden` for anybody but who asked.
pub async fn withdraw(tx: &mut Tx, caller: &Principal, kind: &str, subject_id: Uuid) -> Outcome<()> {
    let mut task = queries::lock_open(tx, kind, subject_id).await?;
    let person = caller.person()?;
    if task.requested_by != person {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    queries::close(tx, &mut task, TaskState::Withdrawn).await?;
    tell(tx, "approval.withdrawn", &task, json!({ "person_id": person }));
    Ok(())
}

/// Leaves an event on the task: what is asked, on what, where it stands now, and what is particular. Reasons stay with
/// the task.
fn tell(tx: &mut Tx, kind: &'static str, task: &ApprovalTask, further: Value) {
    let mut payload = json!({ "kind": task.kind, "subject_id": task.subject_id, "state": task.state });
    if let (Some(payload), Value::Object(further)) = (payload.as_object_mut(), further) {
        payload.extend(further);
    }
    tx.emit(Event::new(kind, task.task_id, payload).of_agency(&task.agency_code));
}
