//! Work that outlives its request. A job lives in PostgreSQL, runs inside the service, keeps the lane of who
//! asked, and is taken up again when the process that ran it is gone.

mod queries;
pub mod routes;
mod runner;

pub use queries::{Taken, cancel, enqueue, find, is_under_way, of_subject, take_own};
pub use runner::{Handler, JobRun, Runner, Standing, run_here};

use super::{auth::Identity, text_enum::text_enum};
use crate::schema::jobs;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

text_enum! {
    /// Where a job stands.
    pub enum JobState {
        /// Waits for its time or for a worker.
        Queued = "queued",
        /// Held by a worker.
        Running = "running",
        /// Done; `result` says what.
        Succeeded = "succeeded",
        /// Given up; `problem` says why.
        Failed = "failed",
        /// Stopped on request; nothing of it remains.
        Cancelled = "cancelled",
    }
}

/// A piece of work that goes on after its request was answered.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = jobs)]
pub struct Job {
    /// Its id.
    pub job_id: Uuid,
    /// What it does: `release.import`.
    #[schema(example = "release.import")]
    pub kind: String,
    /// What it works on.
    pub subject_id: Uuid,
    /// Where it stands.
    pub state: JobState,
    /// Steps done; what a step is depends on the kind. Of `release.import` it is a byte of the two files as delivered; once
    /// both are read, households are matched and loaded.
    #[schema(example = 120_000_000)]
    pub done: i64,
    /// Steps in all, where that is known.
    #[schema(example = 540_000_000)]
    pub total: Option<i64>,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed, as a problem.
    pub problem: Option<Value>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Not before.
    pub run_after: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// How often a job is taken in all: after a failure of ours, or because the process that ran it is gone. A job that
/// kills its process (a crash, no memory left) is given up like any other.
const TAKINGS: i16 = 5;

/// A job to be done.
pub struct NewJob {
    /// Which handler: `release.import`.
    pub kind: &'static str,
    /// On what.
    pub subject_id: Uuid,
    /// What the handler needs to know.
    pub payload: Value,
    /// Not before.
    pub run_after: Option<DateTime<Utc>>,
}

/// A lane as it is kept with a job.
#[derive(Debug, Serialize, serde::Deserialize)]
pub(super) struct KeptLane {
    subject: String,
    person: Option<Uuid>,
    pub(super) role: super::auth::Role,
    agency: String,
    pub(super) areas: Vec<super::region_code::RegionCode>,
    acting_for: Option<String>,
}

impl From<&Identity> for KeptLane {
    fn from(identity: &Identity) -> Self {
        Self {
            subject: identity.subject.clone(),
            person: identity.person,
            role: identity.role,
            agency: identity.agency.clone(),
            areas: identity.areas.clone(),
            acting_for: identity.acting_for.clone(),
        }
    }
}

impl From<KeptLane> for Identity {
    fn from(kept: KeptLane) -> Self {
        Self {
            subject: kept.subject,
            person: kept.person,
            role: kept.role,
            agency: kept.agency,
            areas: kept.areas,
            acting_for: kept.acting_for,
        }
    }
}
