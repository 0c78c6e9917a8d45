//! `/v1/payout-accounts/bulk`, `/v1/payout-accounts/checks`.

use super::{
    lists::{
        CheckResults, CheckRow, CheckedRows, ForAllAccounts, NewPayoutAccounts, PayoutAccountRow, PayoutAccountRows,
    },
    many, routes,
};
use crate::{
    access::permissions::ProgramManager,
    platform::{
        auth::Principal,
        config::Settings,
        db::Db,
        idempotency::{self, Answer, IdempotencyKey},
        problem::{Language, Outcome, ProblemBody},
        request::media_type_of,
        rows::{self, ListRow},
        vault::Digest,
    },
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers the routes of lists.
pub fn configure(config: &mut ServiceConfig) {
    config.service(record_payout_accounts).service(check_payout_accounts);
}

/// All that a list says: its form and what holds for all may stand beside the body.
fn asked(settings: &Settings, request: &HttpRequest, body: &[u8]) -> Digest {
    let kind = media_type_of(request);
    routes::asked(settings, &[request.query_string().as_bytes(), b"\n", kind.as_bytes(), b"\n", body].concat())
}

/// Record payout accounts from a list.
///
/// Of one bank, 10,000 rows at most, as JSON, as NDJSON (an object on each line), or as CSV; the answer comes in the same
/// form, a row for each. A row names its person by `individual_id` or by `nik`. One that is refused, or can't be read, stops
/// no other. For NDJSON and CSV what holds for all stands in the address; a CSV file comes back with the answers in columns
/// of their own, the numbers masked. A NIK of nobody in your areas counts against the day's lookups, as one that is looked
/// up does, also in a trial and whenever the list is sent. Sent again with the same `Idempotency-Key`, address and body,
/// the first answer comes again.
#[utoipa::path(tag = "payouts",
    request_body(content((NewPayoutAccounts = "application/json"),
        (String = "application/x-ndjson", example = json!(PayoutAccountRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(PayoutAccountRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(ForAllAccounts, ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "rekening-2026-11")),
    responses(
        (status = 200, content((PayoutAccountRows = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header; or the address lacks something", body = ProblemBody),
        (status = 409, description = "`no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields` of what holds for all, `too-many-rows`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody),
        (status = 429, description = "`lookup-quota-exceeded`: too many NIKs of nobody today", body = ProblemBody)))]
#[post("/payout-accounts/bulk")]
pub async fn record_payout_accounts(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<NewPayoutAccounts>(&request, &body)?;
    // In earnest, whatever becomes of the list: a NIK that was asked for was asked for.
    let looking = Principal { dry_run: false, ..manager.0.clone() };
    let bearers = db.act(&looking, async |tx| many::bearers(tx, &settings, &list).await).await??;
    let asked = asked(&settings, &request, &body);
    let told = idempotency::told_once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        Answer::ok(&many::record_rows(tx, &settings.vault, (&common, &list), &bearers, language).await?)
    });
    told.await?.respond_by(|answer| list.respond(answer))
}

/// Say what the partner found of many payout accounts.
///
/// 10,000 rows at most, in the forms of a list of accounts to be recorded; each is answered by itself. Sent again with the
/// same `Idempotency-Key` and body, the first answer comes again. Audited.
#[utoipa::path(tag = "payouts",
    request_body(content((CheckResults = "application/json"),
        (String = "application/x-ndjson", example = json!(CheckRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(CheckRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "cek-rekening-2026-11")),
    responses(
        (status = 200, content((CheckedRows = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header", body = ProblemBody),
        (status = 409, description = "`request-still-running`", body = ProblemBody),
        (status = 422, description = "`too-many-rows`, `invalid-fields` where the list is empty, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/payout-accounts/checks")]
pub async fn check_payout_accounts(
    manager: ProgramManager,
    key: IdempotencyKey,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (_, list) = rows::read::<CheckResults>(&request, &body)?;
    let asked = asked(&settings, &request, &body);
    let told = idempotency::told_once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        Answer::ok(&many::check_rows(tx, &list, language).await?)
    });
    told.await?.respond_by(|answer| list.respond(answer))
}
