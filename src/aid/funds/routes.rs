//! `/v1/funds`, `/v1/budgets`.

use super::{
    Budget, BudgetFilter, BudgetWithSums, Entry, FundFilter, FundWithSums, NewBudget, NewEntry, NewFund, programs,
    queries, service,
};
use crate::{
    access::permissions::{BooksReader, BudgetKeeper},
    aid::ledger::queries as ledger,
    platform::{
        config::Settings,
        db::Db,
        idempotency::{self, Answer, IdempotencyKey},
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::{PagedQuery, ValidQuery},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(record_fund).service(list_funds).service(get_fund);
    config.service(revise_fund).service(list_fund_entries);
    config.service(record_budget).service(list_budgets).service(get_budget);
    config.service(revise_budget).service(list_budget_entries);
    programs::configure(config);
}

/// Record a fund.
///
/// Where money comes from, for one fiscal year, kept by your agency: APBN, the province, the regency, the village fund, a
/// partner; with what it is granted. Sent again with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "budgets", request_body = NewFund,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "dana-apbd-2026")),
    responses(
        (status = 201, body = FundWithSums),
        (status = 409, description = "`fund-exists`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`unknown-agency`: it would be shared with none that is known; `invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/funds")]
pub async fn record_fund(
    keeper: BudgetKeeper,
    key: IdempotencyKey,
    asked: ValidJson<NewFund>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &keeper, &key, &asked.bytes, async |tx| {
        Answer::created(&service::record_fund(tx, &asked.value).await?)
    })
    .await
}

/// List funds.
///
/// Your agency's and those shared with it, the oldest first; the auditor and the coordinator see all.
#[utoipa::path(tag = "budgets", params(FundFilter, PageParams), responses((status = 200, body = Listed<FundWithSums>)))]
#[get("/funds")]
pub async fn list_funds(
    reader: BooksReader,
    asked: PagedQuery<FundFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&reader, async |tx| {
            let funds = queries::list_funds(tx, &asked.filter, asked.page).await?;
            let ids: Vec<Uuid> = funds.items.iter().map(|fund| fund.fund_id).collect();
            let accounts = ledger::of_funds(tx, &ids).await?;
            Ok(funds.map(|fund| FundWithSums::of(fund, &accounts)))
        })
        .await?;
    listed.respond(&request)
}

/// See a fund.
///
/// With what it was granted, and what no budget was given yet.
#[utoipa::path(tag = "budgets", params(("fund_id" = Uuid, Path, description = "Its id")), responses((status = 200, body = FundWithSums)))]
#[get("/funds/{fund_id}")]
pub async fn get_fund(
    reader: BooksReader,
    fund_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<FundWithSums>> {
    let fund = db
        .act(&reader, async |tx| {
            let fund = queries::fund(tx, *fund_id).await?;
            service::with_sums(tx, fund).await
        })
        .await?;
    Ok(web::Json(fund))
}

/// Revise a fund.
///
/// By a new entry with its legal basis; what stood is never changed. Sent again with the same `Idempotency-Key` and body,
/// the first answer comes again.
#[utoipa::path(tag = "budgets", request_body = NewEntry,
    params(("fund_id" = Uuid, Path, description = "A fund of your agency"),
        ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "papbd-2026-dana")),
    responses(
        (status = 201, body = Entry),
        (status = 409, description = "`fund-exhausted`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/funds/{fund_id}/entries")]
pub async fn revise_fund(
    keeper: BudgetKeeper,
    fund_id: web::Path<Uuid>,
    key: IdempotencyKey,
    asked: ValidJson<NewEntry>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &keeper, &key, &asked.bytes, async |tx| {
        Answer::created(&service::revise_fund(tx, *fund_id, &asked.value).await?)
    })
    .await
}

/// List the entries of a fund.
///
/// What it was granted, and each revision; the oldest first.
#[utoipa::path(tag = "budgets", params(("fund_id" = Uuid, Path, description = "The fund"), PageParams), responses((status = 200, body = Listed<Entry>)))]
#[get("/funds/{fund_id}/entries")]
pub async fn list_fund_entries(
    reader: BooksReader,
    fund_id: web::Path<Uuid>,
    page: ValidQuery<PageParams>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let page = page.0.page()?;
    let entries = db
        .act(&reader, async |tx| {
            let fund = queries::fund(tx, *fund_id).await?;
            queries::entries(tx, fund.fund_id, None, page).await
        })
        .await?;
    entries.respond(&request)
}

/// Record a budget.
///
/// What your agency may spend of a fund: a line of its DPA, with what it is given. Sent again with the same
/// `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "budgets", request_body = NewBudget,
    params(("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "dpa-2026-lansia")),
    responses(
        (status = 201, body = BudgetWithSums),
        (status = 409, description = "`budget-exists`, `fund-exhausted`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/budgets")]
pub async fn record_budget(
    keeper: BudgetKeeper,
    key: IdempotencyKey,
    asked: ValidJson<NewBudget>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &keeper, &key, &asked.bytes, async |tx| {
        Answer::created(&service::record_budget(tx, &asked.value).await?)
    })
    .await
}

/// List budgets.
///
/// Your agency's and those that draw on its funds, the oldest first; the auditor and the coordinator see all.
#[utoipa::path(tag = "budgets", params(BudgetFilter, PageParams), responses((status = 200, body = Listed<BudgetWithSums>)))]
#[get("/budgets")]
pub async fn list_budgets(
    reader: BooksReader,
    asked: PagedQuery<BudgetFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&reader, async |tx| {
            let budgets: Listed<Budget> = queries::list_budgets(tx, &asked.filter, asked.page).await?;
            let ids: Vec<Uuid> = budgets.items.iter().map(|budget| budget.budget_id).collect();
            let accounts = ledger::of_budgets(tx, &ids).await?;
            Ok(budgets.map(|budget| BudgetWithSums::of(budget, &accounts)))
        })
        .await?;
    listed.respond(&request)
}

/// See a budget.
///
/// With what it was given, and what became of it: available, promised, with payment partners, paid out, spent on goods.
#[utoipa::path(tag = "budgets", params(("budget_id" = Uuid, Path, description = "Its id")), responses((status = 200, body = BudgetWithSums)))]
#[get("/budgets/{budget_id}")]
pub async fn get_budget(
    reader: BooksReader,
    budget_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<BudgetWithSums>> {
    let budget = db
        .act(&reader, async |tx| {
            let budget = queries::budget(tx, *budget_id).await?;
            service::budget_with_sums(tx, budget).await
        })
        .await?;
    Ok(web::Json(budget))
}

/// Revise a budget.
///
/// By a new entry with its legal basis; what stood is never changed, and what is promised is never taken back. Sent again
/// with the same `Idempotency-Key` and body, the first answer comes again.
#[utoipa::path(tag = "budgets", request_body = NewEntry,
    params(("budget_id" = Uuid, Path, description = "A budget of your agency"),
        ("Idempotency-Key" = String, Header, description = "Names this request; your own, 1 to 255 characters", example = "papbd-2026-lansia")),
    responses(
        (status = 201, body = Entry),
        (status = 409, description = "`budget-exhausted`, `fund-exhausted`, `request-still-running`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`, `idempotency-key-required`, `idempotency-key-reused`", body = ProblemBody)))]
#[post("/budgets/{budget_id}/entries")]
pub async fn revise_budget(
    keeper: BudgetKeeper,
    budget_id: web::Path<Uuid>,
    key: IdempotencyKey,
    asked: ValidJson<NewEntry>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    idempotency::once(&db, &settings.vault, &keeper, &key, &asked.bytes, async |tx| {
        Answer::created(&service::revise_budget(tx, *budget_id, &asked.value).await?)
    })
    .await
}

/// List the entries of a budget.
///
/// What it was given, and each revision; the oldest first.
#[utoipa::path(tag = "budgets", params(("budget_id" = Uuid, Path, description = "The budget"), PageParams), responses((status = 200, body = Listed<Entry>)))]
#[get("/budgets/{budget_id}/entries")]
pub async fn list_budget_entries(
    reader: BooksReader,
    budget_id: web::Path<Uuid>,
    page: ValidQuery<PageParams>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let page = page.0.page()?;
    let entries = db
        .act(&reader, async |tx| {
            let budget = queries::budget(tx, *budget_id).await?;
            queries::entries(tx, budget.fund_id, Some(budget.budget_id), page).await
        })
        .await?;
    entries.respond(&request)
}
