//! `/v1/enrolments`, `/v1/programs/{program_id}/enrolments`.

use super::{
    Enrolment, EnrolmentFilter, EnrolmentSteps, NewEnrolment, bulk,
    list::{EnrolmentList, EnrolmentRowAsked, ForAllEnrolled, ListAnswer},
    moves, queries,
    requests::{Moved, RankedAnswer, RankedPlaces, Step, StepOfAll},
    service,
};
use crate::{
    access::permissions::{EnrolmentReader, ProgramManager},
    aid::programs::OwnProgram,
    platform::{
        audit,
        db::{Db, Tx},
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Language, Outcome, ProblemBody},
        query::PagedQuery,
        rows::{self, ListRow},
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(enrol).service(enrol_list).service(enrol_ranked).service(move_all_enrolments);
    config.service(list_enrolments).service(get_enrolment);
    config.service(list_enrolment_steps).service(move_enrolment);
}

/// Enrol a household or individual.
///
/// As a candidate, decided now: the active release, the decile, the version of the rule and the explanation are
/// frozen in the enrolment. Where the programme serves one of the household's members, they are named by
/// `individual_id`, and the rule is asked of the household and of them (`beneficiary`). A household that stands in a programme which this one excludes, of
/// any agency, is refused with the `others`, unless `override` says why it may and who allowed it. What stood in a
/// household that the active release has no more stands in the one that took it in. Where the release gives no decile, `exemption_id` stands in for the decile, and for nothing
/// else.
#[utoipa::path(tag = "enrolments", request_body = NewEnrolment,
    params(("program_id" = Uuid, Path, description = "A programme of your own agency")),
    responses(
        (status = 201, body = Enrolment),
        (status = 404, description = "`household-not-found`: not in the active release, your areas and the programme's; `not-found`: no programme of your agency", body = ProblemBody),
        (status = 410, description = "`household-gone` with `successors`, whom to enrol instead", body = ProblemBody),
        (status = 409, description = "`already-enrolled` with the `enrolment_id` that stands, `excluded-by-other-aid` with the `others`, `quota-full`, `no-active-release`, `program-ended`, `rule-out-of-date`", body = ProblemBody),
        (status = 422, description = "`not-eligible` with its `explanation`, `no-decile`, `unknown-exemption`, `individual-required`, `individual-not-served`, `not-a-member`, `invalid-fields`", body = ProblemBody)))]
#[post("/programs/{program_id}/enrolments")]
pub async fn enrol(own: OwnProgram, asked: ValidJson<NewEnrolment>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let asked = asked.into_inner();
    let enrolment = db.act(&own.manager, async |tx| service::enrol(tx, &own.program, asked).await).await??;
    let place = format!("/v1/enrolments/{}", enrolment.enrolment_id);
    Ok(versions::created(&place, &enrolment.seen_by(&own.manager)))
}

/// Enrol a list.
///
/// Up to 10,000 rows at once, as JSON, as NDJSON (an object on each line) or as CSV with a column `household_id`; the
/// answer comes in the same form. Each row is answered with its `enrolment_id` or with the code for which it is
/// refused, the same as of a single enrolment; a row that is refused, or can't be read, does not stop the others. Where
/// places are short, the rows that come first get them. For NDJSON and CSV what holds for all stands in the address; a CSV
/// file comes back as it was, with the answers in columns of their own. Exemptions and overrides are for single enrolments.
#[utoipa::path(tag = "enrolments",
    request_body(content((EnrolmentList = "application/json"),
        (String = "application/x-ndjson", example = json!(EnrolmentRowAsked::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(EnrolmentRowAsked::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(("program_id" = Uuid, Path, description = "A programme of your own agency"), ForAllEnrolled),
    responses(
        (status = 200, content((ListAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header", body = ProblemBody),
        (status = 409, description = "`no-active-release`, `program-ended`, `rule-out-of-date`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`: an empty list; `too-many-rows`", body = ProblemBody)))]
#[post("/programs/{program_id}/enrolments/bulk")]
pub async fn enrol_list(
    own: OwnProgram,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<EnrolmentList>(&request, &body)?;
    let work = async |tx: &mut Tx| bulk::enrol_list(tx, &own.program, &common, &list, language).await;
    let answer = db.act(&own.manager, work).await?;
    list.respond(&answer)
}

/// Enrol from the ranking.
///
/// Takes the eligible households of your areas and the programme's in the order of its ranking, leaves out those
/// that stand in it already or in a programme that may not stand beside it, and enrols as many as asked for (as
/// many as the quota has places left, where nothing is asked), all or nothing. Where fewer are eligible, all of
/// them are enrolled. More places than are left are refused. Where the programme serves individuals, the living
/// members whom its rule serves are taken (`beneficiary`), those of one household in their order.
#[utoipa::path(tag = "enrolments", request_body = RankedPlaces,
    params(("program_id" = Uuid, Path, description = "A programme of your own agency")),
    responses(
        (status = 200, body = RankedAnswer),
        (status = 409, description = "`quota-full` with the places that are `free`, `no-active-release`, `program-ended`, `rule-out-of-date`", body = ProblemBody),
        (status = 422, description = "`beneficiary-rule-required`: the programme serves individuals, and its rule does not say whom; `invalid-fields`", body = ProblemBody)))]
#[post("/programs/{program_id}/enrolments/from-eligible")]
pub async fn enrol_ranked(
    own: OwnProgram,
    asked: ValidJson<RankedPlaces>,
    db: web::Data<Db>,
) -> Outcome<web::Json<RankedAnswer>> {
    let answer = db.act(&own.manager, async |tx| bulk::enrol_ranked(tx, &own.program, &asked.value).await).await?;
    Ok(web::Json(answer))
}

/// Move all enrolments of a programme that stand in one state.
///
/// As far as your areas go, all or nothing: all candidates are confirmed, or all that are confirmed become active.
/// Each keeps its own step with reason, day and actor.
#[utoipa::path(tag = "enrolments", request_body = StepOfAll,
    params(("program_id" = Uuid, Path, description = "A programme of your own agency")),
    responses(
        (status = 200, body = Moved),
        (status = 409, description = "`enrolment-step`: no such step, with those `allowed`", body = ProblemBody)))]
#[post("/programs/{program_id}/enrolments/transitions")]
pub async fn move_all_enrolments(
    own: OwnProgram,
    step: ValidJson<StepOfAll>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Moved>> {
    let moved = db.act(&own.manager, async |tx| moves::step_of_all(tx, &own.program, &step.value).await).await?;
    Ok(web::Json(moved))
}

/// List enrolments.
///
/// Your agency's in your areas, the oldest first; the auditor sees every agency's. Audited.
#[utoipa::path(tag = "enrolments", params(EnrolmentFilter, PageParams), responses((status = 200, body = Listed<Enrolment>)))]
#[get("/enrolments")]
pub async fn list_enrolments(
    reader: EnrolmentReader,
    asked: PagedQuery<EnrolmentFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&reader, async |tx| {
            let listed = queries::list(tx, &asked.filter, asked.page).await?;
            let seen = listed.items.iter().map(|enrolment| enrolment.household_id).collect();
            tx.trace(audit::Entry::households("enrolment.list", seen));
            Ok(listed)
        })
        .await?;
    listed.map(|enrolment| enrolment.seen_by(&reader)).respond(&request)
}

/// See an enrolment.
///
/// One of your agency's in your areas; the auditor sees every agency's. Audited.
#[utoipa::path(tag = "enrolments",
    params(("enrolment_id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = Enrolment)))]
#[get("/enrolments/{enrolment_id}")]
pub async fn get_enrolment(
    reader: EnrolmentReader,
    enrolment_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let enrolment = db
        .act(&reader, async |tx| {
            let enrolment = queries::find(tx, *enrolment_id).await?;
            let trace = audit::Entry::households("enrolment.read", vec![enrolment.household_id]);
            tx.trace(trace.purpose(&enrolment.program_code));
            Ok(enrolment)
        })
        .await?;
    Ok(versions::ok(&enrolment.seen_by(&reader)))
}

/// List the steps of an enrolment.
///
/// Each with its reason, day and actor, the first one first. Audited.
#[utoipa::path(tag = "enrolments",
    params(("enrolment_id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = EnrolmentSteps)))]
#[get("/enrolments/{enrolment_id}/steps")]
pub async fn list_enrolment_steps(
    reader: EnrolmentReader,
    enrolment_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<EnrolmentSteps>> {
    let items = db.act(&reader, async |tx| moves::steps(tx, *enrolment_id).await).await?;
    Ok(web::Json(EnrolmentSteps { items }))
}

/// Move an enrolment on.
///
/// candidate → confirmed → active ⇄ suspended → graduated or ended; a candidate or confirmed one can be rejected,
/// a confirmed, active or suspended one ended. Graduated, ended and rejected are final: the beneficiary may be
/// enrolled anew, and the place is free again, at once.
#[utoipa::path(tag = "enrolments", request_body = Step,
    params(("enrolment_id" = Uuid, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = Enrolment),
        (status = 409, description = "`enrolment-step`: no such step from here, with those `allowed`", body = ProblemBody)))]
#[post("/enrolments/{enrolment_id}/transitions")]
pub async fn move_enrolment(
    manager: ProgramManager,
    enrolment_id: web::Path<Uuid>,
    seen: IfMatch,
    step: ValidJson<Step>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let enrolment = db.act(&manager, async |tx| moves::step(tx, *enrolment_id, seen, &step.value).await).await?;
    Ok(versions::ok(&enrolment.seen_by(&manager)))
}
