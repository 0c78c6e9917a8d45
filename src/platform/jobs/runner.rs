//! The worker that takes jobs and runs them, one at a time, on a thread of its own.

use super::{JobState, TAKINGS, Taken, queries};
use crate::platform::{
    auth::{Identity, Principal},
    db::{Db, SharedSettings, Tx},
    problem::{Outcome, Problem, codes},
};
use chrono::Duration;
use diesel_async::AsyncPgConnection;
use futures::future::{LocalBoxFuture, select};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time,
};
use tokio::sync::watch;
use uuid::Uuid;

/// How often the queue is asked.
const GLANCE: time::Duration = time::Duration::from_millis(250);
/// How often a lease is renewed and progress told.
const HEARTBEAT: time::Duration = time::Duration::from_secs(1);

/// Does the work of one kind of job. May be started again after a crash, so it begins by clearing what an
/// unfinished run left, or goes on from it. One whose effect is a transaction ends the job within it
/// ([`JobRun::succeed`]).
pub type Handler = fn(JobRun) -> LocalBoxFuture<'static, Outcome<Value>>;

/// Answers whether the login that asked still stands as it did: jobs check their lane again.
pub type Standing = fn(Db, Identity) -> LocalBoxFuture<'static, Outcome<bool>>;

/// How far a job is, shared between its handler and its heartbeat.
#[derive(Debug, Default)]
struct Progress {
    done: AtomicI64,
    total: AtomicI64,
    stop: AtomicBool,
}

/// A job as its handler sees it.
#[derive(Clone)]
pub struct JobRun {
    /// Its id.
    pub job_id: Uuid,
    /// What it works on.
    pub subject_id: Uuid,
    /// What the feature left for it.
    pub payload: Value,
    /// Who asked; the lane to work in.
    pub caller: Principal,
    /// Connections.
    pub db: Db,
    /// Settings, with the vault.
    pub settings: SharedSettings,
    progress: Arc<Progress>,
    /// Which taking of the job this is.
    attempt: i16,
}

impl JobRun {
    fn of(taken: Taken, db: Db, settings: SharedSettings) -> Self {
        Self {
            job_id: taken.job_id,
            subject_id: taken.subject_id,
            payload: taken.payload,
            caller: Principal::resumed(taken.identity, taken.job_id),
            db,
            settings,
            progress: Arc::default(),
            attempt: taken.attempts,
        }
    }

    /// Ends the job in the transaction of its effect, as the last word before the commit: a process that is killed
    /// leaves both or neither, and a worker that lost its lease commits nothing.
    ///
    /// # Errors
    /// An internal problem where another worker has the job; then the effect must not be committed either.
    pub async fn succeed(&self, connection: &mut AsyncPgConnection, result: &Value) -> Outcome<()> {
        let (state, result, steps) = (JobState::Succeeded, Some(result.clone()), self.so_far());
        if queries::end(connection, self.job_id, self.attempt, state, result, None, steps).await? {
            Ok(())
        } else {
            Err(Problem::internal(format!("job {} is no longer this worker's", self.job_id)))
        }
    }

    /// Whether the job is still this worker's to undo; it stays so until the transaction ends.
    ///
    /// # Errors
    /// An internal problem where PostgreSQL refuses.
    pub async fn hold(&self, tx: &mut Tx) -> Outcome<bool> {
        queries::hold(tx, self.job_id, self.attempt).await
    }

    /// So many steps more are done.
    pub fn advance(&self, steps: u64) {
        self.progress.done.fetch_add(i64::try_from(steps).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// How many steps there will be.
    pub fn expect(&self, total: u64) {
        self.progress.total.store(i64::try_from(total).unwrap_or(i64::MAX), Ordering::Relaxed);
    }

    /// Steps done and, where known, steps in all.
    #[must_use]
    pub fn so_far(&self) -> (i64, Option<i64>) {
        let total = self.progress.total.load(Ordering::Relaxed);
        (self.progress.done.load(Ordering::Relaxed), (total > 0).then_some(total))
    }

    /// Whether it was asked to stop, or lost its lease.
    #[must_use]
    pub fn should_stop(&self) -> bool {
        self.progress.stop.load(Ordering::Relaxed)
    }
}

/// Runs jobs until it is told to stop.
pub struct Runner {
    /// Connections of the runner's own.
    pub db: Db,
    /// Settings handed to each job.
    pub settings: SharedSettings,
    /// What does which kind.
    pub handlers: HashMap<&'static str, Handler>,
    /// Whether who asked still stands.
    pub standing: Standing,
}

impl Runner {
    /// Takes and runs jobs until `stop` turns true. A job under way then loses its lease and is taken up by the
    /// next process.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.db.act_as_service(queries::take).await {
                Ok(Some(taken)) => {
                    let work = std::pin::pin!(self.work(taken));
                    let stopped = std::pin::pin!(stop.changed());
                    select(work, stopped).await;
                }
                Ok(None) => {
                    let _ = tokio::time::timeout(GLANCE, stop.changed()).await;
                }
                Err(problem) => {
                    log::warn!("jobs can't be taken: {problem}");
                    let _ = tokio::time::timeout(GLANCE * 8, stop.changed()).await;
                }
            }
        }
    }

    async fn work(&self, taken: Taken) {
        let (kind, identity) = (taken.kind.clone(), taken.identity.clone());
        let run = JobRun::of(taken, self.db.clone(), self.settings.clone());
        let outcome = match self.handlers.get(kind.as_str()) {
            None => Err(Problem::internal(format!("no handler for jobs of kind {kind}"))),
            Some(handler) => match (self.standing)(self.db.clone(), identity).await {
                Ok(true) => with_heartbeat(&run, handler(run.clone())).await,
                Ok(false) => Err(Problem::from(&codes::FORBIDDEN)),
                Err(problem) => Err(problem),
            },
        };
        let ended = match outcome {
            Err(problem) if may_be_tried_again(&run, &problem) => put_back(&run).await,
            outcome => end(&run, &outcome).await,
        };
        if let Err(problem) = ended {
            log::error!("job {} could not be ended: {problem}", run.job_id);
        }
    }
}

/// Does a job here and now, for the command line: under a lease like any worker's, so that nobody else takes it while
/// this process lives, and a service takes it up where it dies. It ends with this run, whatever comes of it.
///
/// # Errors
/// Those of the handler.
pub async fn run_here(
    taken: Taken,
    db: Db,
    settings: SharedSettings,
    handler: Handler,
    watch: impl FnOnce(&JobRun),
) -> Outcome<Value> {
    let run = JobRun::of(taken, db, settings);
    watch(&run);
    let outcome = with_heartbeat(&run, handler(run.clone())).await;
    end(&run, &outcome).await?;
    outcome
}

async fn with_heartbeat(run: &JobRun, work: LocalBoxFuture<'static, Outcome<Value>>) -> Outcome<Value> {
    let heartbeat = async {
        loop {
            tokio::time::sleep(HEARTBEAT).await;
            let renewed =
                run.db.act_as_service(async |tx| queries::renew(tx, run.job_id, run.attempt, run.so_far()).await).await;
            match renewed {
                Ok(asked) => run.progress.stop.fetch_or(asked, Ordering::Relaxed),
                Err(problem) => {
                    log::warn!("lease of job {} not renewed: {problem}", run.job_id);
                    false
                }
            };
        }
    };
    tokio::select! {
        outcome = work => outcome,
        () = heartbeat => Err(Problem::internal("the heartbeat ended")),
    }
}

/// Whether it failed on our side, was not asked to stop, and was not taken too often.
fn may_be_tried_again(run: &JobRun, problem: &Problem) -> bool {
    problem.code.status >= 500 && !run.should_stop() && run.attempt < TAKINGS
}

async fn put_back(run: &JobRun) -> Outcome<()> {
    let pause = Duration::seconds(i64::from(run.attempt) * 2);
    run.db.act_as_service(async |tx| queries::put_back(tx, run.job_id, run.attempt, pause).await).await
}

async fn end(run: &JobRun, outcome: &Outcome<Value>) -> Outcome<()> {
    let (state, result, problem) = match outcome {
        Ok(result) => (JobState::Succeeded, Some(result.clone()), None),
        Err(_) if run.should_stop() => (JobState::Cancelled, None, None),
        Err(problem) => (JobState::Failed, None, Some(problem.stored().1)),
    };
    run.db
        .act_as_service(async |tx| {
            queries::end(tx, run.job_id, run.attempt, state, result, problem, run.so_far()).await.map(|_| ())
        })
        .await
}
