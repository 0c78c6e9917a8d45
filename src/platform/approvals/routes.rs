//! `/v1/approvals`: what waits for a decision, and what was decided. The decision itself is taken where the thing is.

use super::{Approval, TaskState, queries};
use crate::platform::{
    auth::AnyCaller,
    db::Db,
    page::{Listed, PageParams},
    problem::Outcome,
    query::PagedQuery,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_approvals).service(get_approval);
}

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ApprovalFilter {
    /// Only those that stand so; those that wait where it is not said.
    #[param(example = "open")]
    state: Option<TaskState>,
}

/// List what waits for a decision, or was decided.
///
/// Of one's own agency what one's role may decide, and what one asked or decided oneself; all of it for the auditor.
/// Who asked can't decide; the answer of the decision says so.
#[utoipa::path(tag = "approvals", params(ApprovalFilter, PageParams), responses((status = 200, body = Listed<Approval>)))]
#[get("/approvals")]
pub async fn list_approvals(
    caller: AnyCaller,
    asked: PagedQuery<ApprovalFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let state = asked.filter.state.unwrap_or(TaskState::Open);
    db.act(&caller, async |tx| queries::list(tx, &caller, state, asked.page).await).await?.respond(&request)
}

/// See an approval.
///
/// How many must agree, who asked, and who decided what, when and why; also after it was closed.
#[utoipa::path(tag = "approvals", params(("task_id" = Uuid, Path, description = "The approval's id")), responses((status = 200, body = Approval)))]
#[get("/approvals/{task_id}")]
pub async fn get_approval(
    caller: AnyCaller,
    task_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Approval>> {
    db.act(&caller, async |tx| queries::find(tx, &caller, *task_id).await).await.map(web::Json)
}
