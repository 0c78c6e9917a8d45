//! `/v1/jobs`: how work that outlives its request is going. Any role sees its own agency's jobs; the role that asked
//! for one stops it, in the areas that it was asked for.

use super::{Job, queries};
use crate::platform::{
    auth::AnyCaller,
    db::Db,
    page::{Listed, PageParams},
    problem::Outcome,
    query::PagedQuery,
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_jobs).service(get_job).service(cancel_job);
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobFilter {
    /// What they work on: a release, a batch.
    subject_id: Uuid,
}

/// List the jobs that work on something.
///
/// Jobs of one's own agency, oldest first.
#[utoipa::path(tag = "jobs", params(JobFilter, PageParams), responses((status = 200, body = Listed<Job>)))]
#[get("/jobs")]
pub async fn list_jobs(
    caller: AnyCaller,
    asked: PagedQuery<JobFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let PagedQuery { filter: JobFilter { subject_id }, page } = asked;
    let jobs = db.act(&caller, async |tx| queries::of_subject(tx, &caller, subject_id, page).await).await?;
    jobs.respond(&request)
}

/// See how a job is going.
///
/// State, progress, result or problem of a job of one's own agency.
#[utoipa::path(tag = "jobs", params(("job_id" = Uuid, Path, description = "The job, as `Location` named it")), responses((status = 200, body = Job)))]
#[get("/jobs/{job_id}")]
pub async fn get_job(caller: AnyCaller, job_id: web::Path<Uuid>, db: web::Data<Db>) -> Outcome<web::Json<Job>> {
    db.act(&caller, async |tx| queries::find(tx, &caller, *job_id).await).await.map(web::Json)
}

/// Stop a job.
///
/// For the role that asked for it, where the areas cover those that it was asked for. One that waits ends at once, one
/// that runs at its next step; what it had begun is undone.
#[utoipa::path(tag = "jobs", params(("job_id" = Uuid, Path, description = "The job")), responses((status = 200, body = Job)))]
#[post("/jobs/{job_id}/cancellation")]
pub async fn cancel_job(caller: AnyCaller, job_id: web::Path<Uuid>, db: web::Data<Db>) -> Outcome<web::Json<Job>> {
    db.act(&caller, async |tx| queries::cancel(tx, &caller, *job_id).await).await.map(web::Json)
}
