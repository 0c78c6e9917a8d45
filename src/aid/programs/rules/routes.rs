//! `/v1/eligibility-fields` and `/v1/programs/{program_id}/rules`.

use super::{NewRule, service};
use crate::{
    access::permissions::AnyCaller,
    aid::{
        eligibility::{EligibilityField, catalogue},
        programs::{ProgramDetail, WholeProgram},
    },
    platform::{
        db::{Db, Tx},
        json::ValidJson,
        problem::{Outcome, ProblemBody},
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_eligibility_fields).service(write_rule);
}

/// The fields that a rule may ask for.
#[derive(Debug, Serialize, ToSchema)]
pub struct EligibilityFields {
    /// The release whose code book gives the words.
    release_id: Uuid,
    /// Every field.
    items: Vec<EligibilityField>,
}

/// List the fields of rules.
///
/// Every field that `eligibility` and `ranking` may ask for: type, class, meaning, unit, and the words that the
/// active release's code book has for it. Open to every role.
#[utoipa::path(tag = "programs", responses(
    (status = 200, body = EligibilityFields),
    (status = 409, description = "`no-active-release`: no code book is in force yet", body = ProblemBody)))]
#[get("/eligibility-fields")]
pub async fn list_eligibility_fields(caller: AnyCaller, db: web::Data<Db>) -> Outcome<web::Json<EligibilityFields>> {
    Ok(web::Json(db.act(&caller, fields).await?))
}

async fn fields(tx: &mut Tx) -> Outcome<EligibilityFields> {
    let (release_id, book) = service::active_book(tx).await?;
    Ok(EligibilityFields { release_id, items: catalogue::fields(&book) })
}

/// Write a new version of the rule.
///
/// It is in force at once and counts the programme's version up; enrolments that stand keep the version that they
/// were decided with. Faults are told as on making a programme. Try a rule before with
/// `POST /v1/programs/{program_id}/eligibility/preview`.
#[utoipa::path(tag = "programs", request_body = NewRule,
    params(
        ("program_id" = Uuid, Path, description = "Id of a programme of the own agency"),
        ("If-Match" = String, Header, description = "The programme's `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 201, body = ProgramDetail),
        (status = 403,
            description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas",
            body = ProblemBody),
        (status = 409,
            description = "`no-active-release`: there is no code book yet to check the rule with",
            body = ProblemBody),
        (status = 422,
            description = "`invalid-fields`: every fault of the rule, with its place in the text",
            body = ProblemBody)))]
#[post("/programs/{program_id}/rules")]
pub async fn write_rule(
    own: WholeProgram,
    seen: IfMatch,
    rule: ValidJson<NewRule>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let work = async |tx: &mut Tx| service::write(tx, &own.program, seen, rule.into_inner()).await;
    let program = db.act(&own.manager, work).await?;
    Ok(versions::created(&format!("/v1/programs/{}", own.program.program_id), &program))
}
