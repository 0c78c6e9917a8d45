//! `/v1/disbursements`.

use super::{
    Disbursement, DisbursementFilter, DisbursementSteps, NewDisbursement, queries,
    requests::Payment,
    reversals::{self, ReversalDecided},
    service,
    together::{self, Payments},
};
use crate::{
    access::permissions::{DisbursementReader, PaymentApprover, ProgramManager},
    platform::{
        approvals::{ApprovalTask, Decision},
        audit,
        config::Settings,
        db::{Db, Tx},
        gather::Gatherer,
        idempotency::{self, Answer, IdempotencyKey},
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::PagedQuery,
        reason::Reason,
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(record_disbursement);
    config.service(list_disbursements).service(get_disbursement).service(list_disbursement_steps);
    config.service(pay_disbursement).service(fail_disbursement).service(return_disbursement);
    config.service(request_reversal).service(decide_reversal).service(withdraw_reversal);
}

/// Record a disbursement.
///
/// To an active enrolment of your agency, for a period of its programme, planned or paid already. It carries the
/// release and decile that the enrolment was decided on, and those it is checked against now. At most one stands
/// for a beneficiary and period, whatever is retried or raced and through whichever enrolment; of a programme that
/// gives once, one at all. A failed or reversed one makes room for another. An exemption bears the periods that
/// begin by its last day. Whoever receives from a programme that this one excludes is not paid, unless the
/// enrolment's override allows it.
/// Sent again with the same `Idempotency-Key` and body, the first answer comes again (`Idempotent-Replayed: true`).
#[utoipa::path(tag = "disbursements", request_body = NewDisbursement,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "bayar-2026-11-00017")),
    responses(
        (status = 201, body = Disbursement),
        (status = 404, description = "`not-found`: no enrolment of your agency in your areas", body = ProblemBody),
        (status = 409, description = "`already-paid` with the `disbursement_id` that stands, `enrolment-not-active` with its `state`, `exemption-over`, `excluded-by-other-aid` with the `others`, `budget-exhausted`, `no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`unknown-period`, `amount-required`, `budget-required` with the `budgets`, `unknown-budget`, `invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements")]
pub async fn record_disbursement(
    manager: ProgramManager,
    key: IdempotencyKey,
    asked: ValidJson<NewDisbursement>,
    payments: web::Data<Gatherer<Payments>>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    if let Some(told) = together::record(&payments, &manager, &key, &asked).await? {
        return Ok(told.respond());
    }
    idempotency::once(&db, &settings.vault, &manager, &key, &asked.bytes, async |tx| {
        Answer::created(&service::record(tx, &asked.value).await?)
    })
    .await
}

/// List disbursements.
///
/// Your agency's in your areas, the oldest first; the auditor sees every agency's. Audited.
#[utoipa::path(tag = "disbursements", params(DisbursementFilter, PageParams), responses((status = 200, body = Listed<Disbursement>)))]
#[get("/disbursements")]
pub async fn list_disbursements(
    reader: DisbursementReader,
    asked: PagedQuery<DisbursementFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&reader, async |tx| {
            let listed = queries::list(tx, &asked.filter, asked.page).await?;
            let seen = listed.items.iter().map(|disbursement| disbursement.household_id).collect();
            tx.trace(audit::Entry::households("disbursement.list", seen));
            Ok(listed)
        })
        .await?;
    listed.respond(&request)
}

/// See a disbursement.
///
/// One of your agency's in your areas; the auditor sees every agency's. Audited.
#[utoipa::path(tag = "disbursements",
    params(("disbursement_id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = Disbursement)))]
#[get("/disbursements/{disbursement_id}")]
pub async fn get_disbursement(
    reader: DisbursementReader,
    disbursement_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let disbursement = db
        .act(&reader, async |tx| {
            let disbursement = queries::find(tx, *disbursement_id).await?;
            let trace = audit::Entry::households("disbursement.read", vec![disbursement.household_id]);
            tx.trace(trace.purpose(&disbursement.program_code));
            Ok(disbursement)
        })
        .await?;
    Ok(versions::ok(&disbursement))
}

/// List the steps of a disbursement.
///
/// Each with its actor, and of a failure or reversal the reason; the first one first. Audited.
#[utoipa::path(tag = "disbursements",
    params(("disbursement_id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = DisbursementSteps)))]
#[get("/disbursements/{disbursement_id}/steps")]
pub async fn list_disbursement_steps(
    reader: DisbursementReader,
    disbursement_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<DisbursementSteps>> {
    let items = db.act(&reader, async |tx| service::steps(tx, *disbursement_id).await).await?;
    Ok(web::Json(DisbursementSteps { items }))
}

/// Say that a planned disbursement was paid.
///
/// With the day of paying, which lies neither ahead nor before the period begins, and what proves it. Checked anew
/// against the active release: an enrolment that is no longer active is not paid, whatever was planned.
#[utoipa::path(tag = "disbursements", request_body = Payment,
    params(("disbursement_id" = Uuid, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = Disbursement),
        (status = 409, description = "`disbursement-step`: it is not planned; `paid-by-batch` with its `batch_id`, `already-paid` with the `disbursement_id` that stands, `enrolment-not-active` with its `state`, `exemption-over`, `excluded-by-other-aid` with the `others`, `no-active-release`", body = ProblemBody)))]
#[post("/disbursements/{disbursement_id}/payment")]
pub async fn pay_disbursement(
    manager: ProgramManager,
    disbursement_id: web::Path<Uuid>,
    seen: IfMatch,
    payment: ValidJson<Payment>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let paid = db.act(&manager, async |tx| service::pay(tx, *disbursement_id, seen, &payment.value).await).await?;
    Ok(versions::ok(&paid))
}

/// Say that a planned disbursement could not be delivered.
///
/// Its beneficiary may then be paid anew for the period.
#[utoipa::path(tag = "disbursements", request_body = Reason,
    params(("disbursement_id" = Uuid, Path, description = "Its id"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = Disbursement),
        (status = 409, description = "`disbursement-step`: it is not planned; `paid-by-batch` with its `batch_id`", body = ProblemBody)))]
#[post("/disbursements/{disbursement_id}/failure")]
pub async fn fail_disbursement(
    manager: ProgramManager,
    disbursement_id: web::Path<Uuid>,
    seen: IfMatch,
    reason: ValidJson<Reason>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let failed = db.act(&manager, async |tx| service::fail(tx, *disbursement_id, seen, &reason.value).await).await?;
    Ok(versions::ok(&failed))
}

/// Say that the money came back.
///
/// What was paid came back from whom it was paid to (an account that was closed, a recipient who died): it is posted back
/// to its budget, and its beneficiary may be paid anew for the period, once. By an approver of the agency who neither made the
/// payment nor prepared its list: who pays is not who says that it came back. Of a batch its partner reports it, too. Sent again
/// with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "disbursements", request_body = Reason,
    params(("disbursement_id" = Uuid, Path, description = "Its id"),
        ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "kembali-2026-11-00017")),
    responses(
        (status = 200, body = Disbursement),
        (status = 403, description = "`forbidden`: also for a system; `needs-another-person`: you made it, or prepared its list", body = ProblemBody),
        (status = 409, description = "`disbursement-step`: it is not paid; `not-money`; `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements/{disbursement_id}/return")]
pub async fn return_disbursement(
    approver: PaymentApprover,
    disbursement_id: web::Path<Uuid>,
    key: IdempotencyKey,
    reason: ValidJson<Reason>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &approver, &key, &reason.bytes, async |tx| {
        Answer::ok(&service::take_return(tx, *disbursement_id, &reason.value).await?)
    })
    .await
}

/// Ask for a disbursement to be reversed.
///
/// What was paid wrongly is corrected by taking it back, never by changing or deleting it, and by two persons: an approver
/// of your agency decides (`…/reversal/decision`). Its beneficiary may then be paid anew for the period, once.
#[utoipa::path(tag = "disbursements", request_body = Reason,
    params(("disbursement_id" = Uuid, Path, description = "Its id")),
    responses(
        (status = 201, body = ApprovalTask, headers(("Location" = String, description = "The approval"))),
        (status = 403, description = "`forbidden`: also for a system, since a person asks", body = ProblemBody),
        (status = 409, description = "`disbursement-step`: it is not paid; `approval-already-open`", body = ProblemBody)))]
#[post("/disbursements/{disbursement_id}/reversal")]
pub async fn request_reversal(
    manager: ProgramManager,
    disbursement_id: web::Path<Uuid>,
    reason: ValidJson<Reason>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let reason = reason.into_inner();
    let task = db.act(&manager, async |tx| reversals::request(tx, &manager, *disbursement_id, reason).await).await?;
    let place = format!("/v1/approvals/{}", task.task_id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(task))
}

/// Decide on a reversal.
///
/// By an approver of the agency, who is another person than who asked, and than who made the payment or prepared its list. Where
/// it is yes, the payment is reversed at once.
#[utoipa::path(tag = "disbursements", request_body = Decision,
    params(("disbursement_id" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, body = ReversalDecided),
        (status = 403, description = "`forbidden`; `needs-another-person`: you asked for it, made it, or prepared its list", body = ProblemBody),
        (status = 404, description = "`not-found`: nothing is asked, or not of your agency", body = ProblemBody),
        (status = 409, description = "`disbursement-step`: it is no longer paid", body = ProblemBody)))]
#[post("/disbursements/{disbursement_id}/reversal/decision")]
pub async fn decide_reversal(
    approver: PaymentApprover,
    disbursement_id: web::Path<Uuid>,
    decision: ValidJson<Decision>,
    db: web::Data<Db>,
) -> Outcome<web::Json<ReversalDecided>> {
    let work = async |tx: &mut Tx| reversals::decide(tx, &approver, *disbursement_id, &decision.value).await;
    db.act(&approver, work).await.map(web::Json)
}

/// Take back the asking for a reversal.
///
/// By the person who asked, while nobody has decided.
#[utoipa::path(tag = "disbursements", params(("disbursement_id" = Uuid, Path, description = "Its id")), responses(
    (status = 204, description = "Taken back"),
    (status = 404, description = "`not-found`: nothing is asked, or not of your agency", body = ProblemBody)))]
#[delete("/disbursements/{disbursement_id}/reversal")]
pub async fn withdraw_reversal(
    manager: ProgramManager,
    disbursement_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    db.act(&manager, async |tx| reversals::withdraw(tx, &manager, *disbursement_id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
