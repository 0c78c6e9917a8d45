//! `/v1/batches` and `/v1/reconciliation`: what the agency does; what its partner does stands in `partner_routes`.

use super::{
    Batch, BatchFilter, Finding, Line, NewBatch,
    approval::{self, BatchDecided},
    queries,
    reconciliation::{self, Part, Reconciliation, Scope},
    requests::{Closing, FindingFilter, Freezing, Submission},
    service,
};
use crate::{
    access::permissions::{BatchCloser, BatchExaminer, BatchReader, PaymentApprover, ProgramManager, Reconciler},
    platform::{
        approvals::{ApprovalTask, Decision},
        audit,
        config::Settings,
        db::{Db, Tx},
        idempotency::{self, Answer, IdempotencyKey},
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::{PagedQuery, ValidQuery},
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(prepare_batch).service(list_batches).service(get_batch);
    config.service(freeze_batch).service(list_batch_lines).service(list_batch_findings).service(cancel_batch);
    config.service(submit_batch).service(withdraw_submission).service(decide_batch);
    config.service(hand_over_batch).service(close_batch);
    config.service(reconcile_batch).service(reconcile_all);
}

/// Prepare a batch.
///
/// For a managed programme and period, under a decree. Its list is frozen from the active enrolments at once, in one moment: who,
/// on which release and decile, how much, into which account or at which pay point. Each is checked against the active release: a
/// household that is gone or moved, a death, a rule that no longer holds, an exemption that is over, aid that excludes it, a payment
/// that stands, a second line for the same beneficiary, a missing account. Whoever is left out is a finding with the first that
/// applies. Paid are those whose open account is the partner's, and, at its pay points, those who have no account that can be paid
/// into. Sent again with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "batches", request_body = NewBatch,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "daftar-2026-03-tahap-1")),
    responses(
        (status = 201, body = Batch),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody),
        (status = 404, description = "`not-found`: no programme of your agency", body = ProblemBody),
        (status = 409, description = "`program-is-reported`, `batch-of-goods`, `no-active-release`, `rule-out-of-date`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`not-a-payment-partner`, `unknown-period`, `amount-required`, `budget-required` with the `budgets`, `unknown-budget`, `invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/batches")]
pub async fn prepare_batch(
    manager: ProgramManager,
    key: IdempotencyKey,
    asked: ValidJson<NewBatch>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &manager, &key, &asked.bytes, async |tx| {
        Answer::created(&service::prepare(tx, &asked.value).await?)
    })
    .await
}

/// List batches.
///
/// Your agency's, the oldest first; a payment partner sees those that were handed to it, the auditor all.
#[utoipa::path(tag = "batches", params(BatchFilter, PageParams), responses((status = 200, body = Listed<Batch>)))]
#[get("/batches")]
pub async fn list_batches(
    reader: BatchReader,
    asked: PagedQuery<BatchFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    db.act(&reader, async |tx| queries::list(tx, &asked.filter, asked.page).await).await?.respond(&request)
}

/// See a batch.
///
/// The `ETag` is what a step of it must name.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "Its id")), responses((status = 200, body = Batch)))]
#[get("/batches/{batch_id}")]
pub async fn get_batch(reader: BatchReader, batch_id: web::Path<Uuid>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let batch = db.act(&reader, async |tx| queries::find(tx, *batch_id).await).await?;
    Ok(versions::ok(&batch))
}

/// Freeze a list anew.
///
/// Of a draft: after a finding was mended, or a release became active. The former list stays as it was, under its revision.
#[utoipa::path(tag = "batches", request_body = Freezing,
    params(("batch_id" = Uuid, Path, description = "A draft of your agency"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = Batch),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody),
        (status = 409, description = "`batch-step`: it is no draft; `no-active-release`, `rule-out-of-date`", body = ProblemBody),
        (status = 422, description = "`amount-required`, `invalid-fields`", body = ProblemBody)))]
#[post("/batches/{batch_id}/freezing")]
pub async fn freeze_batch(
    manager: ProgramManager,
    batch_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<Freezing>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let work = async |tx: &mut Tx| service::freeze_again(tx, *batch_id, seen, &asked.value).await;
    Ok(versions::ok(&db.act(&manager, work).await?))
}

/// List the lines of a batch.
///
/// As its list is now, in your areas, by enrolment. Audited.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "The batch"), PageParams), responses((status = 200, body = Listed<Line>)))]
#[get("/batches/{batch_id}/lines")]
pub async fn list_batch_lines(
    examiner: BatchExaminer,
    batch_id: web::Path<Uuid>,
    page: ValidQuery<PageParams>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let page = page.0.page()?;
    let lines = db
        .act(&examiner, async |tx| {
            let batch = queries::find(tx, *batch_id).await?;
            let lines = queries::lines(tx, &batch, page).await?;
            let seen = lines.items.iter().map(|line| line.household_id).collect();
            tx.trace(audit::Entry::households("batch.lines", seen).purpose(&batch.program_code));
            Ok(lines)
        })
        .await?;
    lines.respond(&request)
}

/// List who was left out of a batch.
///
/// Active enrolments in your areas, each with the first reason that applies, by enrolment. Audited.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "The batch"), FindingFilter, PageParams), responses((status = 200, body = Listed<Finding>)))]
#[get("/batches/{batch_id}/findings")]
pub async fn list_batch_findings(
    examiner: BatchExaminer,
    batch_id: web::Path<Uuid>,
    asked: PagedQuery<FindingFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let findings = db
        .act(&examiner, async |tx| {
            let batch = queries::find(tx, *batch_id).await?;
            let findings = queries::findings(tx, &batch, asked.filter.kind, asked.page).await?;
            let seen = findings.items.iter().map(|finding| finding.household_id).collect();
            tx.trace(audit::Entry::households("batch.findings", seen).purpose(&batch.program_code));
            Ok(findings)
        })
        .await?;
    findings.respond(&request)
}

/// Give a draft up.
///
/// Nothing of it is deleted, and nothing more comes of it.
#[utoipa::path(tag = "batches",
    params(("batch_id" = Uuid, Path, description = "A draft of your agency"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses((status = 200, body = Batch),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody),
        (status = 409, description = "`batch-step`: it is no draft", body = ProblemBody)))]
#[post("/batches/{batch_id}/cancellation")]
pub async fn cancel_batch(
    manager: ProgramManager,
    batch_id: web::Path<Uuid>,
    seen: IfMatch,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    Ok(versions::ok(&db.act(&manager, async |tx| service::cancel(tx, *batch_id, seen).await).await?))
}

/// Submit a batch.
///
/// To approvers of your agency: any one of them, so many (`needed`), or all who are `named`. Never by who prepared or submitted it.
#[utoipa::path(tag = "batches", request_body = Submission,
    params(("batch_id" = Uuid, Path, description = "A draft of your agency"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 201, body = ApprovalTask, headers(("Location" = String, description = "The approval"))),
        (status = 403, description = "`program-wider-than-token`; `forbidden`: also for a system, since a person submits; `needs-another-person`: who is named prepared or submits it", body = ProblemBody),
        (status = 409, description = "`batch-step`: it is no draft; `batch-empty`; `quorum-lowered` with how many had to agree before (`needed`)", body = ProblemBody)))]
#[post("/batches/{batch_id}/submission")]
pub async fn submit_batch(
    manager: ProgramManager,
    batch_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<Submission>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let asked = asked.into_inner();
    let task = db.act(&manager, async |tx| service::submit(tx, &manager, *batch_id, seen, asked).await).await?;
    let place = format!("/v1/approvals/{}", task.task_id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, place)).json(task))
}

/// Take a submission back.
///
/// By the person who submitted it, while it is not decided; the batch is a draft again.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "A submitted batch of your agency")),
    responses((status = 200, body = Batch),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody)))]
#[delete("/batches/{batch_id}/submission")]
pub async fn withdraw_submission(
    manager: ProgramManager,
    batch_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    Ok(versions::ok(&db.act(&manager, async |tx| service::withdraw(tx, &manager, *batch_id).await).await?))
}

/// Decide on a batch.
///
/// By an approver of the agency who neither prepared nor submitted it. A refusal makes it a draft again, and deletes nothing. With
/// the last word that it takes, each line becomes a planned payment, exactly once, and their sum is promised from the budget, all or
/// nothing. Whoever was paid since, is no longer active, or has an account that ended since, gets a finding instead.
#[utoipa::path(tag = "batches", request_body = Decision,
    params(("batch_id" = Uuid, Path, description = "A submitted batch of your agency")),
    responses(
        (status = 200, body = BatchDecided),
        (status = 403, description = "`program-wider-than-token`; `forbidden`: also for who is not named where some are; `needs-another-person`: you prepared or submitted it", body = ProblemBody),
        (status = 404, description = "`not-found`: nothing is submitted, or not of your agency", body = ProblemBody),
        (status = 409, description = "`already-decided`, `batch-out-of-date`, `batch-empty`, `budget-exhausted`, `no-active-release`", body = ProblemBody)))]
#[post("/batches/{batch_id}/decision")]
pub async fn decide_batch(
    approver: PaymentApprover,
    batch_id: web::Path<Uuid>,
    decision: ValidJson<Decision>,
    db: web::Data<Db>,
) -> Outcome<web::Json<BatchDecided>> {
    let work = async |tx: &mut Tx| approval::decide(tx, &approver, *batch_id, &decision.value).await;
    db.act(&approver, work).await.map(web::Json)
}

/// Hand a batch to its payment partner.
///
/// From now on the partner sees it, downloads its file and reports on it; its money is in transit.
#[utoipa::path(tag = "batches",
    params(("batch_id" = Uuid, Path, description = "An approved batch of your agency"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses((status = 200, body = Batch),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody),
        (status = 409, description = "`batch-step`: it is not approved", body = ProblemBody)))]
#[post("/batches/{batch_id}/hand-over")]
pub async fn hand_over_batch(
    manager: ProgramManager,
    batch_id: web::Path<Uuid>,
    seen: IfMatch,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    Ok(versions::ok(&db.act(&manager, async |tx| service::hand_over(tx, *batch_id, seen).await).await?))
}

/// Close a batch.
///
/// Once each payment was paid or failed. With `fail_outstanding`, which only an approver says who had no hand in the list, those
/// without a result fail for that reason: their money is the budget's again, and they may be paid anew.
#[utoipa::path(tag = "batches", request_body = Closing,
    params(("batch_id" = Uuid, Path, description = "A batch of your agency that was handed over"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = Batch),
        (status = 403, description = "`program-wider-than-token`; `forbidden`: outstanding payments fail by an approver's word; `needs-another-person`: you froze, submitted or handed over the list", body = ProblemBody),
        (status = 409, description = "`batch-outstanding` with how many (`outstanding`); `batch-step`: it was not handed over", body = ProblemBody)))]
#[post("/batches/{batch_id}/closure")]
pub async fn close_batch(
    closer: BatchCloser,
    batch_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<Closing>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let reason = asked.value.fail_outstanding.as_deref();
    Ok(versions::ok(&db.act(&closer, async |tx| service::close(tx, *batch_id, seen, reason).await).await?))
}

/// Reconcile a batch.
///
/// What was handed out, in payments and rupiah, and what became of it: paid, failed, returned, reversed, outstanding and for how many
/// days. `handed_out` is the sum of the others.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "A batch that was handed over")),
    responses((status = 200, body = reconciliation::Reconciled)))]
#[get("/batches/{batch_id}/reconciliation")]
pub async fn reconcile_batch(
    reader: BatchReader,
    batch_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<reconciliation::Reconciled>> {
    let told = db
        .act(&reader, async |tx| {
            let batch = queries::find(tx, *batch_id).await?;
            let scope = Scope { batch_id: Some(batch.batch_id), ..Scope::default() };
            reconciliation::reconcile(tx, &scope, Part::Batch).await
        })
        .await?;
    Ok(web::Json(told.total))
}

/// Of what, and by which parts.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationScope {
    /// By which parts.
    #[param(inline, example = "program")]
    by: Part,
    /// Only of this programme.
    program_id: Option<Uuid>,
    /// Only of this fund.
    fund_id: Option<Uuid>,
    /// Only of this agency.
    #[param(example = "dinsos")]
    agency: Option<String>,
    /// Only of this year.
    #[param(example = 2026)]
    fiscal_year: Option<i16>,
}

/// Reconcile a programme, an agency, a fund, the regency.
///
/// What was handed to payment partners in batches and what became of it, in total and by parts, each the sum of its parts: of your
/// agency, in your areas; the auditor sees all.
#[utoipa::path(tag = "batches", params(ReconciliationScope), responses((status = 200, body = Reconciliation)))]
#[get("/reconciliation")]
pub async fn reconcile_all(
    reconciler: Reconciler,
    asked: ValidQuery<ReconciliationScope>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Reconciliation>> {
    let ReconciliationScope { by, program_id, fund_id, agency, fiscal_year } = asked.0;
    let scope = Scope { batch_id: None, program_id, fund_id, agency: agency.as_deref(), fiscal_year };
    db.act(&reconciler, async |tx| reconciliation::reconcile(tx, &scope, by).await).await.map(web::Json)
}
