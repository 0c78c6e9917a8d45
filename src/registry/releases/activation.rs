//! Making a release the one that decisions are taken on, and turning back. Needs a second steward; is one
//! atomic switch; can be scheduled.

use super::{RELEASE_STEP, Release, ReleaseState, STALE_COMPARISON, active, queries, service::check_whole_regency};
use crate::platform::{
    approvals::{self, ApprovalTask, Decision, NewTask, Quorum, TaskState},
    auth::{Principal, Role},
    db::Tx,
    jobs::{self, JobRun, NewJob},
    outbox::Event,
    problem::Outcome,
    reason::words,
};
use chrono::{DateTime, Utc};
use futures::future::LocalBoxFuture;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// What the approval task of an activation is called.
pub const APPROVAL: &str = "release.activation";
/// The job that activates at a later time.
pub const KIND: &str = "release.activate";

/// A wish to activate.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ActivationRequest {
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "Rilis triwulan 1 sesuai berita acara BPS")]
    pub reason: String,
    /// Not before; as soon as it is approved where it is not said.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub at: Option<DateTime<Utc>>,
}

/// What a decision brought about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivationDecided {
    /// The task.
    pub approval: ApprovalTask,
    /// The release as it stands now.
    pub release: Release,
    /// The job that will activate it, where that was scheduled.
    pub job_id: Option<Uuid>,
}

/// Asks for a release to be activated; of a superseded one, to be turned back to.
///
/// # Errors
/// `needs-whole-regency`, `not-found`, `release-step`, `comparison-is-stale`, `approval-already-open`.
pub async fn request(
    tx: &mut Tx,
    caller: &Principal,
    release_id: Uuid,
    wish: ActivationRequest,
) -> Outcome<ApprovalTask> {
    check_whole_regency(tx, caller).await?;
    let release = queries::lock(tx, release_id).await?;
    check(tx, &release).await?;
    let task = NewTask {
        kind: APPROVAL,
        subject_id: release_id,
        needs_role: Role::RegistrySteward,
        quorum: Quorum::AnyOne,
        // Activated by a steward who did not load it.
        excluded: vec![release.received_by],
        payload: json!({ "at": wish.at }),
        village_code: None,
        reason: Some(wish.reason),
    };
    approvals::request(tx, caller, task).await
}

/// Takes back one's own wish.
///
/// # Errors
/// `needs-whole-regency`; as `approvals::withdraw`.
pub async fn withdraw(tx: &mut Tx, caller: &Principal, release_id: Uuid) -> Outcome<()> {
    check_whole_regency(tx, caller).await?;
    approvals::withdraw(tx, caller, APPROVAL, release_id).await
}

/// Takes the second steward's decision, and activates or schedules where it is yes.
///
/// # Errors
/// As `approvals::decide`; `needs-whole-regency`; `release-step` where the release has moved on meanwhile, `comparison-is-stale` where
/// another one became active. The task then stays open: it can be decided once the release was read again.
pub async fn decide(
    tx: &mut Tx,
    caller: &Principal,
    release_id: Uuid,
    decision: &Decision,
) -> Outcome<ActivationDecided> {
    check_whole_regency(tx, caller).await?;
    let approval = approvals::decide(tx, caller, APPROVAL, release_id, decision).await?;
    let mut job_id = None;
    if approval.state == TaskState::Approved {
        let at: Option<DateTime<Utc>> = serde_json::from_value(approval.payload["at"].clone()).unwrap_or(None);
        match at.filter(|at| *at > Utc::now()) {
            None => {
                activate(tx, release_id, caller.person()?, decision.reason.as_deref()).await?;
            }
            Some(at) => {
                let payload = json!({ "person": caller.person()?, "reason": decision.reason });
                let job = NewJob { kind: KIND, subject_id: release_id, payload, run_after: Some(at) };
                job_id = Some(jobs::enqueue(tx, caller, job).await?.job_id);
            }
        }
    }
    Ok(ActivationDecided { approval, release: queries::find(tx, release_id).await?, job_id })
}

/// The switch. Nobody decides while it is made; readers see the former release or this one, whole.
///
/// # Errors
/// `release-step`, `comparison-is-stale`.
pub async fn activate(tx: &mut Tx, release_id: Uuid, person: Uuid, reason: Option<&str>) -> Outcome<Release> {
    active::hold_alone(tx).await?;
    let release = queries::lock(tx, release_id).await?;
    check(tx, &release).await?;
    let former = active::current(tx).await?;
    if let Some(former_id) = former {
        let former = queries::lock(tx, former_id).await?;
        // Turning back makes the one that is left a validated release again.
        let turned_back = release.state == ReleaseState::Superseded;
        let left_as = if turned_back { ReleaseState::Validated } else { ReleaseState::Superseded };
        queries::step(tx, &former, left_as, None).await?;
    }
    if release.state == ReleaseState::Superseded {
        // Card numbers lead again where they led while it was active: the latest move is taken back first.
        for later in queries::activated_after(tx, release_id).await? {
            queries::undo_moved_numbers(tx, later).await?;
        }
    }
    queries::move_numbers(tx, release_id).await?;
    let activated = queries::step(tx, &release, ReleaseState::Active, None).await?;
    queries::point(tx, release_id, former, person, reason).await?;
    tx.emit(Event::new("release.activated", release_id, json!({ "replaced": former, "label": activated.label })));
    Ok(activated)
}

async fn check(tx: &mut Tx, release: &Release) -> Outcome<()> {
    if !release.state.may_become(ReleaseState::Active) {
        return Err(RELEASE_STEP.with("state", release.state));
    }
    if is_stale(tx, release).await? {
        return Err(STALE_COMPARISON.with("compared_with", release.compared_with));
    }
    Ok(())
}

/// Whether another release became active since this one was read: its households were matched to those of the former,
/// and the comparison that the stewards looked at says what differs from the former. One that was active itself is
/// not judged anew: decisions name its households as they are.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub(super) async fn is_stale(tx: &mut Tx, release: &Release) -> Outcome<bool> {
    Ok(release.compared_with != active::current(tx).await? && !queries::was_active(tx, release.release_id).await?)
}

/// Activates at the time that was asked for.
pub fn run_scheduled(run: JobRun) -> LocalBoxFuture<'static, Outcome<Value>> {
    Box::pin(async move {
        let person: Uuid = serde_json::from_value(run.payload["person"].clone()).unwrap_or_default();
        let reason = run.payload["reason"].as_str().map(str::to_owned);
        let db = run.db.clone();
        db.act(&run.caller, async |tx| {
            activate(tx, run.subject_id, person, reason.as_deref()).await?;
            let result = json!({ "release_id": run.subject_id });
            run.succeed(tx, &result).await.map(|()| result)
        })
        .await
    })
}
