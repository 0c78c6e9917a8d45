//! `/v1/ledger`.

use super::{
    Account, AccountWithBalance, Transfer, proof,
    queries::{self, AccountFilter},
};
use crate::{
    access::permissions::{BooksReader, LedgerProver, LedgerReader},
    platform::{
        audit,
        db::Db,
        jobs::Job,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::{PagedQuery, ValidQuery},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_accounts).service(get_account).service(list_transfers).service(prove_ledger);
}

/// List the ledger's accounts.
///
/// With what they hold: your agency's, and those of budgets that draw on your agency's funds; the auditor and the
/// coordinator see all. A fund has two accounts (`source`, `fund`), a budget five, and one more for each payment partner.
#[utoipa::path(tag = "ledger", params(AccountFilter, PageParams), responses((status = 200, body = Listed<AccountWithBalance>)))]
#[get("/ledger/accounts")]
pub async fn list_accounts(
    reader: BooksReader,
    asked: PagedQuery<AccountFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let accounts = db.act(&reader, async |tx| queries::list(tx, &asked.filter, asked.page).await).await?;
    accounts.map(Account::shown).respond(&request)
}

/// At which moment.
#[derive(Debug, Default, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// What was recorded until then; now, where it is not said.
    #[param(example = "2026-06-30T17:00:00Z")]
    at: Option<DateTime<Utc>>,
}

/// See an account of the ledger.
///
/// With what it holds now, or held at a moment.
#[utoipa::path(tag = "ledger", params(("account_id" = Uuid, Path, description = "Its id"), Moment),
    responses((status = 200, body = AccountWithBalance)))]
#[get("/ledger/accounts/{account_id}")]
pub async fn get_account(
    reader: BooksReader,
    account_id: web::Path<Uuid>,
    moment: ValidQuery<Moment>,
    db: web::Data<Db>,
) -> Outcome<web::Json<AccountWithBalance>> {
    let account = db
        .act(&reader, async |tx| match moment.0.at {
            Some(at) => queries::find_at(tx, *account_id, at).await,
            None => queries::find(tx, *account_id).await,
        })
        .await?;
    Ok(web::Json(account.shown()))
}

/// List the transfers of an account.
///
/// The oldest first; of payments those in your areas. Audited.
#[utoipa::path(tag = "ledger", params(("account_id" = Uuid, Path, description = "The account"), PageParams),
    responses((status = 200, body = Listed<Transfer>)))]
#[get("/ledger/accounts/{account_id}/transfers")]
pub async fn list_transfers(
    reader: LedgerReader,
    account_id: web::Path<Uuid>,
    page: ValidQuery<PageParams>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let page = page.0.page()?;
    let transfers = db
        .act(&reader, async |tx| {
            let account = queries::find(tx, *account_id).await?;
            let transfers = queries::transfers(tx, &account, page).await?;
            let seen = transfers.items.iter().filter_map(|transfer| transfer.household_id).collect();
            tx.trace(audit::Entry::households("ledger.transfers", seen));
            Ok(transfers)
        })
        .await?;
    transfers.respond(&request)
}

/// Prove the books.
///
/// As a job: everything recomputed from the rows. Its `result` says whether the books hold (`holds`), and of each of the
/// `checks` how many rows it asked (`checked`), how many do not fit (`deviating`), and the first twenty of them
/// (`deviations`): all accounts sum to zero; each account equals its transfers; each transfer goes a way that there is;
/// each payment equals its transfers; each batch equals its transfers and its payments; each budget covers what is promised;
/// funds and budgets equal their entries.
#[utoipa::path(tag = "ledger", responses(
    (status = 202, body = Job, headers(("Location" = String, description = "The job"))),
    (status = 403, description = "`forbidden`; `needs-whole-regency`", body = ProblemBody)))]
#[post("/ledger/proof")]
pub async fn prove_ledger(prover: LedgerProver, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let job = db.act(&prover, async |tx| proof::ask(tx, &prover).await).await?;
    Ok(HttpResponse::Accepted().insert_header((header::LOCATION, format!("/v1/jobs/{}", job.job_id))).json(job))
}
