//! `/v1/agencies`.

use super::{Agency, AgencyChange, NewAgency, queries, service};
use crate::{
    access::permissions::{AnyCaller, SystemAdmin},
    platform::{
        db::Db,
        json::ValidJson,
        problem::{Outcome, ProblemBody},
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpResponse, get, patch, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_agencies).service(get_agency).service(create_agency).service(change_agency);
}

/// All agencies; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct Agencies {
    items: Vec<Agency>,
}

/// List agencies.
///
/// Every agency and partner, by code. Open to every role.
#[utoipa::path(tag = "agencies", responses((status = 200, body = Agencies)))]
#[get("/agencies")]
pub async fn list_agencies(caller: AnyCaller, db: web::Data<Db>) -> Outcome<web::Json<Agencies>> {
    let items = db.act(&caller, queries::all).await?;
    Ok(web::Json(Agencies { items }))
}

/// See an agency.
///
/// Open to every role.
#[utoipa::path(tag = "agencies", params(("code" = String, Path, description = "Its code", example = "dinsos")), responses((status = 200, body = Agency)))]
#[get("/agencies/{code}")]
pub async fn get_agency(caller: AnyCaller, code: web::Path<String>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let agency = db.act(&caller, async |tx| queries::find(tx, &code).await).await?;
    Ok(versions::ok(&agency))
}

/// Make an agency known.
///
/// Its code can't be changed later.
#[utoipa::path(tag = "agencies", request_body = NewAgency, responses(
    (status = 201, body = Agency),
    (status = 409, description = "`agency-exists`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`; `unknown-agency`: its parent", body = ProblemBody)))]
#[post("/agencies")]
pub async fn create_agency(
    admin: SystemAdmin,
    agency: ValidJson<NewAgency>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let agency = db.act(&admin, async |tx| service::create(tx, agency.into_inner()).await).await?;
    Ok(versions::created(&format!("/v1/agencies/{}", agency.code), &agency))
}

/// Change an agency's name or contact.
///
/// What is not named stays as it is.
#[utoipa::path(tag = "agencies", request_body = AgencyChange,
    params(("code" = String, Path, description = "Its code", example = "dinkes"), ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses((status = 200, body = Agency)))]
#[patch("/agencies/{code}")]
pub async fn change_agency(
    admin: SystemAdmin,
    code: web::Path<String>,
    seen: IfMatch,
    change: ValidJson<AgencyChange>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let agency = db.act(&admin, async |tx| service::change(tx, &code, seen, change.into_inner()).await).await?;
    Ok(versions::ok(&agency))
}
