//! `/v1/programs`.

use super::{
    NewProgram, Program, ProgramChange, ProgramDetail, ProgramFilter, WholeProgram, exemptions, explain,
    no_longer_eligible, periods, preview, queries, rules, service,
};
use crate::{
    access::permissions::{AnyCaller, ProgramManager},
    platform::{
        db::Db,
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::PagedQuery,
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_programs).service(get_program).service(create_program).service(change_program);
    rules::routes::configure(config);
    periods::configure(config);
    exemptions::configure(config);
    preview::configure(config);
    explain::configure(config);
    no_longer_eligible::configure(config);
}

/// List programmes.
///
/// Programmes of every agency, the oldest first. They hold no personal data; every role may see them.
#[utoipa::path(tag = "programs", params(ProgramFilter, PageParams), responses((status = 200, body = Listed<Program>)))]
#[get("/programs")]
pub async fn list_programs(
    caller: AnyCaller,
    asked: PagedQuery<ProgramFilter>,
    request: HttpRequest,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    db.act(&caller, async |tx| queries::list(tx, &asked.filter, asked.page).await).await?.respond(&request)
}

/// See a programme.
///
/// With its rule in force, what it excludes, and its places. Every role may see it. The `ETag` is what a change
/// of it must name.
#[utoipa::path(tag = "programs",
    params(("program_id" = Uuid, Path, description = "Id of the programme")),
    responses((status = 200, body = ProgramDetail)))]
#[get("/programs/{program_id}")]
pub async fn get_program(caller: AnyCaller, program_id: web::Path<Uuid>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let program = db
        .act(&caller, async |tx| {
            let program = queries::find(tx, *program_id).await?;
            queries::detail(tx, program).await
        })
        .await?;
    Ok(versions::ok(&program))
}

/// Make a programme.
///
/// It belongs to the caller's agency. Its rule is checked against the code book of the active release, and every
/// fault of it is an entry of `errors` that points to `/eligibility` or `/ranking/{step}/expression`, with the
/// stretch of the text (`offset`, `length`, in characters) and a suggestion where one is near. Fields of the class
/// `sensitive` are a fault unless `sensitive_fields` is true.
#[utoipa::path(tag = "programs", request_body = NewProgram, responses(
    (status = 201, body = ProgramDetail),
    (status = 409,
        description = "`program-exists`: the code is taken; `no-active-release`: there is no code book yet to check \
            the rule with",
        body = ProblemBody),
    (status = 422,
        description = "`invalid-fields`: with every fault of the fields, or of the rule",
        body = ProblemBody)))]
#[post("/programs")]
pub async fn create_program(
    manager: ProgramManager,
    program: ValidJson<NewProgram>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let program = db.act(&manager, async |tx| service::create(tx, program.into_inner()).await).await?;
    Ok(versions::created(&format!("/v1/programs/{}", program.program.program_id), &program))
}

/// Change a programme.
///
/// What is not named stays as it is; `null` takes away an amount, a last day, a quota or a reference. The rule is
/// changed by `POST /v1/programs/{program_id}/rules`. Code, kind and areas never change: enrolments were decided
/// on them.
#[utoipa::path(tag = "programs", request_body = ProgramChange,
    params(
        ("program_id" = Uuid, Path, description = "Id of a programme of the own agency"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = ProgramDetail),
        (status = 403,
            description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas",
            body = ProblemBody),
        (status = 409,
            description = "`quota-below-taken`, with `taken`: more enrolments stand than the new quota allows; \
                `periods-beyond-end`, with the `last_day` of its periods",
            body = ProblemBody)))]
#[patch("/programs/{program_id}")]
pub async fn change_program(
    own: WholeProgram,
    seen: IfMatch,
    change: ValidJson<ProgramChange>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let work = async |tx: &mut _| service::change(tx, &own.program, seen, change.into_inner()).await;
    Ok(versions::ok(&db.act(&own.manager, work).await?))
}
