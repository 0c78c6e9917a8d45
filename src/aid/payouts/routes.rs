//! `/v1/payout-accounts`.

use super::{
    NewPayoutAccount, PayoutAccount, PayoutAccountFilter, SharedAccount, list_routes, points, queries,
    requests::CheckResult, service,
};
use crate::{
    access::permissions::{PayoutReader, ProgramManager},
    platform::{
        config::Settings,
        db::Db,
        idempotency::{self, Answer, IdempotencyKey},
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::PagedQuery,
        reason::Reason,
        vault::{Digest, Use},
        versions::{self, IfMatch},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    list_routes::configure(config);
    config.service(record_payout_account).service(list_payout_accounts).service(get_payout_account);
    config.service(check_payout_account).service(close_payout_account);
    points::configure(config);
}

/// What a key stands for. The body has a number in it of which all but a few digits could be guessed, so that a digest
/// without a key, which is what is stored, would give it away.
pub(super) fn asked(settings: &Settings, body: &[u8]) -> Digest {
    settings.vault.digest(Use::PayoutAccount, body)
}

/// Record a payout account.
///
/// Of a person in the active release, in your areas: the bank account or KKS to which your agency pays. A person has one
/// open account in an agency's books: the one that was open before is closed; where it is the very same it stays, with what
/// its check found, and is answered with 200. `shared_with` names other persons in your books with the same number. No
/// answer has the number in clear. Sent again with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "payouts", request_body = NewPayoutAccount,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "rekening-00017")),
    responses(
        (status = 200, description = "It stood already", body = SharedAccount),
        (status = 201, body = SharedAccount),
        (status = 404, description = "`individual-not-found`: nobody in the active release within your areas", body = ProblemBody),
        (status = 409, description = "`no-active-release`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`, also where the partner is no bank or post; `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/payout-accounts")]
pub async fn record_payout_account(
    manager: ProgramManager,
    key: IdempotencyKey,
    body: ValidJson<NewPayoutAccount>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    let asked = asked(&settings, &body.bytes);
    idempotency::once(&db, &settings.vault, &manager, &key, &asked, async |tx| {
        let kept = service::record(tx, &settings.vault, &body.value).await?;
        if kept.is_new { Answer::created(&kept.account) } else { Answer::ok(&kept.account) }
    })
    .await
}

/// List payout accounts.
///
/// Those in your agency's books of persons in your areas, the oldest first; the auditor sees every agency's. Audited.
#[utoipa::path(tag = "payouts", params(PayoutAccountFilter, PageParams), responses((status = 200, body = Listed<PayoutAccount>)))]
#[get("/payout-accounts")]
pub async fn list_payout_accounts(
    reader: PayoutReader,
    asked: PagedQuery<PayoutAccountFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&reader, async |tx| {
            let listed = queries::list(tx, &asked.filter, asked.page).await?;
            tx.trace(service::trace("payout.read", listed.items.iter().map(|account| account.individual_id)));
            Ok(listed)
        })
        .await?;
    listed.respond(&request)
}

/// See a payout account.
///
/// One in your agency's books of a person in your areas; the auditor sees every agency's. With who shares its number.
/// Audited.
#[utoipa::path(tag = "payouts", params(("account_id" = Uuid, Path, description = "Its id")), responses((status = 200, body = SharedAccount)))]
#[get("/payout-accounts/{account_id}")]
pub async fn get_payout_account(
    reader: PayoutReader,
    account_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    Ok(versions::ok(&db.act(&reader, async |tx| service::see(tx, *account_id).await).await?))
}

/// Say what the partner found of a payout account.
///
/// Whether number and holder fit (cek rekening), of an open account in your agency's books; it can be said anew. Audited.
#[utoipa::path(tag = "payouts", request_body = CheckResult,
    params(("account_id" = Uuid, Path, description = "An account in your agency's books"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = PayoutAccount),
        (status = 403, description = "`forbidden`; `needs-another-person`: you recorded it", body = ProblemBody),
        (status = 409, description = "`payout-account-closed`", body = ProblemBody)))]
#[post("/payout-accounts/{account_id}/check")]
pub async fn check_payout_account(
    manager: ProgramManager,
    account_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<CheckResult>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let checked = db.act(&manager, async |tx| service::check(tx, *account_id, seen, &asked.value).await).await?;
    Ok(versions::ok(&checked))
}

/// Close a payout account.
///
/// One that is open in your agency's books; it is not opened again, but another one can be recorded. Audited.
#[utoipa::path(tag = "payouts", request_body = Reason,
    params(("account_id" = Uuid, Path, description = "An account in your agency's books"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = PayoutAccount),
        (status = 409, description = "`payout-account-closed`", body = ProblemBody)))]
#[post("/payout-accounts/{account_id}/closure")]
pub async fn close_payout_account(
    manager: ProgramManager,
    account_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<Reason>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let closed = db.act(&manager, async |tx| service::close(tx, *account_id, seen, &asked.value.reason).await).await?;
    Ok(versions::ok(&closed))
}
