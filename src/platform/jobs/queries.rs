//! Jobs in PostgreSQL.

use super::{Job, JobState, KeptLane, NewJob, TAKINGS};
use crate::{
    platform::{
        auth::{Identity, Principal},
        db::Tx,
        outbox::{self, Event},
        page::{Listed, Page},
        problem::{Outcome, Problem, codes},
    },
    schema::jobs::{self, dsl},
};
use chrono::{DateTime, Duration, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long a worker holds a job without renewing its word.
pub(super) const LEASE_SECONDS: i64 = 15;

/// Puts a job in the queue, in the caller's transaction.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn enqueue(tx: &mut Tx, caller: &Principal, job: NewJob) -> Outcome<Job> {
    let lane = serde_json::to_value(KeptLane::from(&*caller.identity)).map_err(Problem::internal)?;
    let queued = diesel::insert_into(jobs::table)
        .values((
            dsl::job_id.eq(Uuid::now_v7()),
            dsl::kind.eq(job.kind),
            dsl::subject_id.eq(job.subject_id),
            dsl::agency_code.eq(&caller.agency),
            dsl::lane.eq(lane),
            dsl::payload.eq(job.payload),
            dsl::run_after.eq(job.run_after.unwrap_or_else(Utc::now)),
        ))
        .returning(Job::as_returning())
        .get_result(&mut **tx)
        .await?;
    tx.emit(event("job.queued", &queued).of_agency(&caller.agency));
    Ok(queued)
}

/// What happened to a job: which kind it is, what it works on, where it stands.
fn event(kind: &'static str, job: &Job) -> Event {
    Event::new(kind, job.job_id, json!({ "kind": job.kind, "subject_id": job.subject_id, "state": job.state }))
}

/// A job of the caller's agency.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, caller: &Principal, job_id: Uuid) -> Outcome<Job> {
    Ok(jobs::table
        .filter(dsl::job_id.eq(job_id).and(dsl::agency_code.eq(&caller.agency)))
        .select(Job::as_select())
        .first(&mut **tx)
        .await?)
}

/// Jobs of the caller's agency that work on this subject.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_subject(tx: &mut Tx, caller: &Principal, subject_id: Uuid, page: Page) -> Outcome<Listed<Job>> {
    let rows = jobs::table
        .filter(
            dsl::subject_id
                .eq(subject_id)
                .and(dsl::agency_code.eq(&caller.agency))
                .and(dsl::job_id.gt(page.after_or_start())),
        )
        .order(dsl::job_id)
        .limit(page.probe())
        .select(Job::as_select())
        .load(&mut **tx)
        .await?;
    Ok(page.cut(rows, |job| job.job_id))
}

/// Whether a job of this kind waits or runs for this subject.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn is_under_way(tx: &mut Tx, kind: &str, subject_id: Uuid) -> Outcome<bool> {
    let waiting = jobs::table.filter(
        dsl::subject_id
            .eq(subject_id)
            .and(dsl::kind.eq(kind))
            .and(dsl::state.eq_any([JobState::Queued, JobState::Running])),
    );
    Ok(diesel::select(exists(waiting)).get_result(&mut **tx).await?)
}

/// Asks a job to stop: one that waits is cancelled at once, one that runs at its next step.
///
/// # Errors
/// `not-found`, `forbidden` for another role than the one that asked for it, and for areas that leave out some of those
/// that it was asked for: what the whole regency decided, nobody for a part of it undoes.
pub async fn cancel(tx: &mut Tx, caller: &Principal, job_id: Uuid) -> Outcome<Job> {
    find(tx, caller, job_id).await?;
    let lane: Value = jobs::table.find(job_id).select(dsl::lane).first(&mut **tx).await?;
    let lane: KeptLane = serde_json::from_value(lane).map_err(Problem::internal)?;
    if lane.role != caller.role {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    if !lane.areas.iter().all(|area| caller.covers(area)) {
        return Err(Problem::from(&codes::FORBIDDEN).detail(
            "Pekerjaan ini diminta untuk wilayah yang lebih luas daripada wilayah Anda.",
            "This job was asked for areas wider than yours.",
        ));
    }
    let target = jobs::table.find(job_id);
    let asked = diesel::update(target.filter(dsl::cancel_asked.eq(false).and(dsl::finished_at.is_null())))
        .set(dsl::cancel_asked.eq(true))
        .execute(&mut **tx)
        .await?;
    diesel::update(target.filter(dsl::state.eq(JobState::Queued)))
        .set((dsl::state.eq(JobState::Cancelled), dsl::finished_at.eq(Utc::now())))
        .execute(&mut **tx)
        .await?;
    let job = find(tx, caller, job_id).await?;
    // Who asks again, or after the end, changes nothing.
    if asked == 1 {
        tx.emit(event("job.stop_asked", &job).of_agency(&caller.agency));
    }
    Ok(job)
}

/// A job that a worker has taken.
pub struct Taken {
    pub(super) job_id: Uuid,
    pub(super) kind: String,
    pub(super) subject_id: Uuid,
    pub(super) payload: Value,
    pub(super) identity: Identity,
    pub(super) attempts: i16,
}

/// A job that waits for its time, or whose worker no longer renews its lease.
#[derive(Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct Due {
    job_id: Uuid,
    kind: String,
    subject_id: Uuid,
    payload: Value,
    lane: Value,
    attempts: i16,
    cancel_asked: bool,
    done: i64,
    total: Option<i64>,
}

/// How far a job is: steps done and, where known, steps in all.
pub(super) type Steps = (i64, Option<i64>);

/// Takes the next job that is due. One that was asked to stop, or was taken too often, is ended instead.
pub(super) async fn take(tx: &mut Tx) -> Outcome<Option<Taken>> {
    while let Some(due) = next_due(tx).await? {
        if due.cancel_asked {
            let steps = (due.done, due.total);
            end(tx, due.job_id, due.attempts, JobState::Cancelled, None, None, steps).await?;
        } else if due.attempts >= TAKINGS {
            let problem = codes::JOB_GIVEN_UP.with("attempts", due.attempts).stored().1;
            let steps = (due.done, due.total);
            end(tx, due.job_id, due.attempts, JobState::Failed, None, Some(problem), steps).await?;
        } else {
            return hand_out(tx, due).await.map(Some);
        }
    }
    Ok(None)
}

/// Takes a job that this very transaction put in the queue, for whoever does it here and now; nobody else sees it wait.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn take_own(tx: &mut Tx, job_id: Uuid) -> Outcome<Taken> {
    let due = jobs::table.find(job_id).select(Due::as_select()).first(&mut **tx).await?;
    hand_out(tx, due).await
}

async fn next_due(tx: &mut Tx) -> Outcome<Option<Due>> {
    let now = Utc::now();
    Ok(jobs::table
        .filter(
            dsl::state
                .eq(JobState::Queued)
                .and(dsl::run_after.le(now))
                .or(dsl::state.eq(JobState::Running).and(dsl::leased_until.lt(now))),
        )
        .order(dsl::run_after)
        .select(Due::as_select())
        .for_update()
        .skip_locked()
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Gives a job to the worker that asks. It counts from now on, whatever becomes of the worker.
async fn hand_out(tx: &mut Tx, due: Due) -> Outcome<Taken> {
    let Due { job_id, kind, subject_id, payload, lane, .. } = due;
    let attempts = due.attempts + 1;
    diesel::update(jobs::table.find(job_id))
        .set((
            dsl::state.eq(JobState::Running),
            dsl::attempts.eq(attempts),
            dsl::leased_until.eq(Utc::now() + Duration::seconds(LEASE_SECONDS)),
        ))
        .execute(&mut **tx)
        .await?;
    let lane: KeptLane = serde_json::from_value(lane).map_err(Problem::internal)?;
    Ok(Taken { job_id, kind, subject_id, payload, identity: lane.into(), attempts })
}

/// Whether this worker still has the job; it is held until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, job_id: Uuid, attempt: i16) -> Outcome<bool> {
    let mine: Option<Uuid> = jobs::table
        .filter(dsl::job_id.eq(job_id).and(dsl::state.eq(JobState::Running)).and(dsl::attempts.eq(attempt)))
        .select(dsl::job_id)
        .for_update()
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(mine.is_some())
}

/// Renews the lease and tells how far the job is. Answers whether it should stop: because it was asked to, or because
/// another worker has taken it meanwhile.
pub(super) async fn renew(tx: &mut Tx, job_id: Uuid, attempt: i16, (done, total): Steps) -> Outcome<bool> {
    let mine = jobs::table.find(job_id).filter(dsl::state.eq(JobState::Running).and(dsl::attempts.eq(attempt)));
    let asked = diesel::update(mine)
        .set((
            dsl::leased_until.eq(Utc::now() + Duration::seconds(LEASE_SECONDS)),
            dsl::done.eq(done),
            dsl::total.eq(total),
        ))
        .returning(dsl::cancel_asked)
        .get_result(&mut **tx)
        .await
        .optional()?;
    Ok(asked.unwrap_or(true))
}

/// Puts a job back to be tried again later, unless it has ended.
pub(super) async fn put_back(tx: &mut Tx, job_id: Uuid, attempt: i16, after: Duration) -> Outcome<()> {
    diesel::update(jobs::table.find(job_id).filter(dsl::attempts.eq(attempt).and(dsl::finished_at.is_null())))
        .set((
            dsl::state.eq(JobState::Queued),
            dsl::run_after.eq(Utc::now() + after),
            dsl::leased_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Ends a job, unless it has ended or another worker has taken it meanwhile. Answers whether it was ended.
pub(super) async fn end(
    connection: &mut AsyncPgConnection,
    job_id: Uuid,
    attempt: i16,
    state: JobState,
    result: Option<Value>,
    problem: Option<Value>,
    (done, total): Steps,
) -> Outcome<bool> {
    let unfinished = jobs::table.find(job_id).filter(dsl::attempts.eq(attempt).and(dsl::finished_at.is_null()));
    let ended: Option<(Job, String)> = diesel::update(unfinished)
        .set((
            dsl::state.eq(state),
            dsl::result.eq(result),
            dsl::problem.eq(problem),
            dsl::done.eq(done),
            dsl::total.eq(total),
            dsl::finished_at.eq(Utc::now()),
            dsl::leased_until.eq(None::<DateTime<Utc>>),
        ))
        .returning((Job::as_returning(), dsl::agency_code))
        .get_result(connection)
        .await
        .optional()?;
    let Some((job, agency)) = ended else { return Ok(false) };
    outbox::write(connection, &[event("job.ended", &job).of_agency(agency)]).await?;
    Ok(true)
}
