//! `/v1/disbursements/bulk`, `/v1/disbursements/from-active`, `/v1/disbursements/payments`, `/v1/disbursements/failures`.

use super::{
    lists::{
        DisbursementRow, FailedAtOnce, FailureRow, Failures, MovedRows, NewDisbursements, PaidAtOnce, Payday,
        PaymentRow, Payments, Recorded, RecordedRows,
    },
    many,
};
use crate::{
    access::permissions::ProgramManager,
    platform::{
        config::Settings,
        db::Db,
        idempotency::{self, Answer, IdempotencyKey},
        json::ValidJson,
        problem::{Language, Outcome, ProblemBody},
        request::media_type_of,
        rows::{self, ListRow},
    },
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the routes of lists.
pub fn configure(config: &mut ServiceConfig) {
    config.service(record_disbursements).service(record_disbursements_of_all);
    config.service(pay_disbursements).service(fail_disbursements);
}

/// All that a list says: its form and what holds for all may stand beside the body.
fn asked(request: &HttpRequest, body: &[u8]) -> Vec<u8> {
    let kind = media_type_of(request);
    [request.query_string().as_bytes(), b"\n", kind.as_bytes(), b"\n", body].concat()
}

/// Record disbursements from a list.
///
/// Of one programme and period, 10,000 rows at most, as JSON, as NDJSON (an object on each line), or as CSV; the answer
/// comes in the same form, a row for each. A row that is refused, or can't be read, stops no other: it is answered with its
/// code and words. Amount and day hold for all rows that name none of their own. For NDJSON and CSV what holds for all
/// stands in the address; a CSV file comes back as it was, with the answers in columns of their own. All that is recorded
/// is recorded in one transaction, so that a request that breaks off recorded nothing. Sent again with the same
/// `Idempotency-Key`, address and body, the first answer comes again.
#[utoipa::path(tag = "disbursements",
    request_body(content((NewDisbursements = "application/json"),
        (String = "application/x-ndjson", example = json!(DisbursementRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(DisbursementRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(Payday, ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "bayar-2026-11-daftar")),
    responses(
        (status = 200, content((RecordedRows = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header; or the address lacks something", body = ProblemBody),
        (status = 404, description = "`not-found`: no programme of your agency", body = ProblemBody),
        (status = 409, description = "`budget-exhausted`: nothing is recorded; `no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`unknown-period`, `budget-required` with the `budgets`, `unknown-budget`, `invalid-fields` of what holds for all, `too-many-rows`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements/bulk")]
pub async fn record_disbursements(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<NewDisbursements>(&request, &body)?;
    let asked = asked(&request, &body);
    let told = idempotency::told_once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        Answer::ok(&many::record_rows(tx, &common, &list, language).await?)
    });
    told.await?.respond_by(|answer| list.respond(answer))
}

/// Record the disbursements of all active enrolments.
///
/// Of one programme and period, in your areas. Enrolments whose beneficiary has a standing disbursement for the period are
/// left out and counted; those that may not be paid (`exemption-over`, `excluded-by-other-aid`) are left out and named.
/// Sent again with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "disbursements", request_body = Payday,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "bayar-2026-11-semua")),
    responses(
        (status = 200, body = Recorded),
        (status = 404, description = "`not-found`: no programme of your agency", body = ProblemBody),
        (status = 409, description = "`budget-exhausted`: nothing is recorded; `no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`unknown-period`, `budget-required` with the `budgets`, `unknown-budget`, `amount-required`, `invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements/from-active")]
pub async fn record_disbursements_of_all(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    asked: ValidJson<Payday>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &manager, &key, &asked.bytes, async |tx| {
        Answer::ok(&many::record_all(tx, &asked.value, language).await?)
    })
    .await
}

/// Say that planned disbursements were paid.
///
/// Of one programme, 10,000 rows at most, in the forms of a list of disbursements to be recorded. Each is checked anew
/// against the active release, as one alone is, and answered by itself. Sent again with the same `Idempotency-Key`, address
/// and body, the first answer comes again.
#[utoipa::path(tag = "disbursements",
    request_body(content((Payments = "application/json"),
        (String = "application/x-ndjson", example = json!(PaymentRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(PaymentRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(PaidAtOnce, ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "hasil-2026-11-20")),
    responses(
        (status = 200, content((MovedRows = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header; or the address lacks something", body = ProblemBody),
        (status = 404, description = "`not-found`: no programme of your agency", body = ProblemBody),
        (status = 409, description = "`no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields` of what holds for all, `too-many-rows`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements/payments")]
pub async fn pay_disbursements(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<Payments>(&request, &body)?;
    let asked = asked(&request, &body);
    let told = idempotency::told_once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        Answer::ok(&many::pay_rows(tx, &common, &list, language).await?)
    });
    told.await?.respond_by(|answer| list.respond(answer))
}

/// Say that planned disbursements could not be delivered.
///
/// Of one programme, 10,000 rows at most, in the forms of a list of disbursements to be recorded. Their beneficiaries may
/// then be paid anew for the period. Sent again with the same `Idempotency-Key`, address and body, the first answer comes
/// again.
#[utoipa::path(tag = "disbursements",
    request_body(content((Failures = "application/json"),
        (String = "application/x-ndjson", example = json!(FailureRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(FailureRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(FailedAtOnce, ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "gagal-2026-11-20")),
    responses(
        (status = 200, content((MovedRows = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header; or the address lacks something", body = ProblemBody),
        (status = 404, description = "`not-found`: no programme of your agency", body = ProblemBody),
        (status = 409, description = "`request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields` of what holds for all, `too-many-rows`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/disbursements/failures")]
pub async fn fail_disbursements(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<Failures>(&request, &body)?;
    let asked = asked(&request, &body);
    let told = idempotency::told_once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        Answer::ok(&many::fail_rows(tx, &common, &list, language).await?)
    });
    told.await?.respond_by(|answer| list.respond(answer))
}
