//! Recording funds, budgets and their revisions, each with its transfer in the ledger.

use super::{
    Budget, BudgetWithSums, Entry, Fund, FundWithSums, NewBudget, NewEntry, NewFund,
    queries::{self, Entered},
};
use crate::{
    aid::ledger::{
        AccountKind, TransferKind,
        queries::{self as ledger, Opening, Posting},
    },
    platform::{
        db::Tx,
        outbox::Event,
        problem::{Outcome, Problem, codes},
        rupiah::Rupiah,
    },
};
use serde_json::json;
use uuid::Uuid;

/// Records a fund of the caller's agency, with what it is granted.
///
/// # Errors
/// `fund-exists`.
pub async fn record_fund(tx: &mut Tx, asked: &NewFund) -> Outcome<FundWithSums> {
    let (agency, actor) = (tx.caller()?.agency.clone(), tx.caller()?.actor());
    let fund = queries::insert_fund(tx, &agency, &actor, asked).await?;
    let opening = Opening {
        fund_id: fund.fund_id,
        budget_id: None,
        partner_code: None,
        fiscal_year: fund.fiscal_year,
        agency_code: &agency,
    };
    ledger::open(tx, &opening, &[AccountKind::Source, AccountKind::Fund]).await?;
    let entered = Entered {
        fund_id: fund.fund_id,
        budget_id: None,
        amount: asked.amount_idr,
        legal_basis: &asked.legal_basis,
        reason: None,
    };
    enter_into_fund(tx, &fund, entered).await?;
    tx.emit(Event::new("fund.created", fund.fund_id, json!({ "code": fund.code })).of_agency(&agency));
    with_sums(tx, fund).await
}

/// Enters a revision of a fund of the caller's agency.
///
/// # Errors
/// `not-found`, `fund-exhausted` where less is left than is taken.
pub async fn revise_fund(tx: &mut Tx, fund_id: Uuid, asked: &NewEntry) -> Outcome<Entry> {
    let fund = queries::fund(tx, fund_id).await?;
    if fund.agency_code != tx.caller()?.agency {
        return Err(Problem::from(&codes::NOT_FOUND));
    }
    enter_into_fund(tx, &fund, revision(asked, fund_id, None)).await
}

fn revision(asked: &NewEntry, fund_id: Uuid, budget_id: Option<Uuid>) -> Entered<'_> {
    let NewEntry { amount_idr, legal_basis, reason } = asked;
    Entered { fund_id, budget_id, amount: *amount_idr, legal_basis, reason: Some(reason) }
}

async fn enter_into_fund(tx: &mut Tx, fund: &Fund, entered: Entered<'_>) -> Outcome<Entry> {
    let accounts = ledger::of_funds(tx, &[fund.fund_id]).await?;
    let account = |kind| accounts.iter().find(|account| account.kind == kind).map(|account| account.account_id);
    let (Some(source), Some(own)) = (account(AccountKind::Source), account(AccountKind::Fund)) else {
        return Err(Problem::internal("a fund without its two accounts"));
    };
    let way = (TransferKind::Grant, source, own);
    enter(tx, &fund.agency_code, fund.fiscal_year, entered, [way, (TransferKind::Withdrawal, own, source)]).await
}

/// Records a budget of the caller's agency, with what it is given.
///
/// # Errors
/// `invalid-fields` where the fund is not there for it, `budget-exists`, `fund-exhausted`.
pub async fn record_budget(tx: &mut Tx, asked: &NewBudget) -> Outcome<BudgetWithSums> {
    let (agency, actor) = (tx.caller()?.agency.clone(), tx.caller()?.actor());
    let fund = queries::fund(tx, asked.fund_id).await.map_err(|problem| {
        if problem.code != &codes::NOT_FOUND {
            return problem;
        }
        codes::INVALID.field("/fund_id", "tidak ada untuk perangkat daerah Anda", "is not there for your agency")
    })?;
    let budget = queries::insert_budget(tx, &agency, &actor, &fund, asked).await?;
    let opening = Opening {
        fund_id: fund.fund_id,
        budget_id: Some(budget.budget_id),
        partner_code: None,
        fiscal_year: fund.fiscal_year,
        agency_code: &agency,
    };
    ledger::open(tx, &opening, &AccountKind::OF_BUDGET).await?;
    let entered = Entered {
        fund_id: fund.fund_id,
        budget_id: Some(budget.budget_id),
        amount: asked.amount_idr,
        legal_basis: &asked.legal_basis,
        reason: None,
    };
    enter_into_budget(tx, &budget, entered).await?;
    let payload = json!({ "fund_id": fund.fund_id, "fiscal_year": fund.fiscal_year });
    tx.emit(Event::new("budget.created", budget.budget_id, payload).of_agency(&agency));
    budget_with_sums(tx, budget).await
}

/// Enters a revision of a budget of the caller's agency.
///
/// # Errors
/// `not-found`, `fund-exhausted`, `budget-exhausted` where less is left than is taken.
pub async fn revise_budget(tx: &mut Tx, budget_id: Uuid, asked: &NewEntry) -> Outcome<Entry> {
    let budget = own_budget(tx, budget_id).await?;
    enter_into_budget(tx, &budget, revision(asked, budget.fund_id, Some(budget_id))).await
}

/// A budget of the caller's agency.
///
/// # Errors
/// `not-found`.
pub async fn own_budget(tx: &mut Tx, budget_id: Uuid) -> Outcome<Budget> {
    let budget = queries::budget(tx, budget_id).await?;
    if budget.agency_code == tx.caller()?.agency { Ok(budget) } else { Err(Problem::from(&codes::NOT_FOUND)) }
}

async fn enter_into_budget(tx: &mut Tx, budget: &Budget, entered: Entered<'_>) -> Outcome<Entry> {
    let fund = ledger::fund_account(tx, budget.fund_id).await?;
    let accounts = ledger::of_budgets(tx, &[budget.budget_id]).await?;
    let own = accounts.iter().find(|account| account.kind == AccountKind::Budget);
    let own = own.ok_or_else(|| Problem::internal("a budget without its account"))?.account_id;
    let ways = [(TransferKind::Allocation, fund, own), (TransferKind::Recall, own, fund)];
    enter(tx, &budget.agency_code, budget.fiscal_year, entered, ways).await
}

/// An entry with its transfer: the first way where it gives, the second where it takes back.
async fn enter(
    tx: &mut Tx,
    agency: &str,
    fiscal_year: i16,
    entered: Entered<'_>,
    [gives, takes]: [(TransferKind, Uuid, Uuid); 2],
) -> Outcome<Entry> {
    let actor = tx.caller()?.actor();
    let entry = queries::insert_entry(tx, agency, &actor, &entered).await?;
    let (kind, debit, credit) = if entered.amount.0 > 0 { gives } else { takes };
    let amount = Rupiah(entered.amount.0.abs());
    let posting = Posting { kind, debit, credit, amount, entry_id: entry.entry_id, fiscal_year, agency_code: agency };
    ledger::post(tx, posting).await?;
    let subject = entered.budget_id.unwrap_or(entered.fund_id);
    let payload = json!({ "entry_id": entry.entry_id, "kind": kind, "amount_idr": entered.amount });
    tx.emit(Event::new("budget.entered", subject, payload).of_agency(agency));
    Ok(entry)
}

/// A fund with its sums.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn with_sums(tx: &mut Tx, fund: Fund) -> Outcome<FundWithSums> {
    let accounts = ledger::of_funds(tx, &[fund.fund_id]).await?;
    Ok(FundWithSums::of(fund, &accounts))
}

/// A budget with its sums.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn budget_with_sums(tx: &mut Tx, budget: Budget) -> Outcome<BudgetWithSums> {
    let accounts = ledger::of_budgets(tx, &[budget.budget_id]).await?;
    Ok(BudgetWithSums::of(budget, &accounts))
}

/// Budgets with their sums.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn with_sums_of(tx: &mut Tx, budgets: Vec<Budget>) -> Outcome<Vec<BudgetWithSums>> {
    let ids: Vec<Uuid> = budgets.iter().map(|budget| budget.budget_id).collect();
    let accounts = ledger::of_budgets(tx, &ids).await?;
    Ok(budgets.into_iter().map(|budget| BudgetWithSums::of(budget, &accounts)).collect())
}
