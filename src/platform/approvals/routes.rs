//! `/v1/approvals`: what waits for the caller's decision. The decision itself is taken where the thing is.

use super::{ApprovalTask, open_for};
use crate::platform::{
    auth::AnyCaller,
    db::Db,
    json::ValidQuery,
    page::{Listed, PageParams},
    problem::Outcome,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_approvals);
}

/// List what waits for a decision.
///
/// Open tasks of one's own agency that one's role may decide. Who asked can't decide; the answer of the decision says
/// so.
#[utoipa::path(tag = "approvals", params(PageParams), responses((status = 200, body = Listed<ApprovalTask>)))]
#[get("/approvals")]
pub async fn list_approvals(
    caller: AnyCaller,
    page: ValidQuery<PageParams>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let page = page.0.page()?;
    db.act(&caller, async |tx| open_for(tx, &caller, page).await).await?.respond(&request)
}
