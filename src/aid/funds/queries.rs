//! Funds and budgets in PostgreSQL, as the caller's policies show them.

use super::{Budget, BudgetFilter, Entry, Fund, FundFilter, NewBudget, NewFund};
use crate::{
    aid::programs::Program,
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
        rupiah::Rupiah,
    },
    schema::{budget_entries, budgets, funds, program_budgets},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// One fund.
///
/// # Errors
/// `not-found`.
pub async fn fund(tx: &mut Tx, fund_id: Uuid) -> Outcome<Fund> {
    Ok(funds::table.find(fund_id).select(Fund::as_select()).first(&mut **tx).await?)
}

/// A page of funds, the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list_funds(tx: &mut Tx, filter: &FundFilter, page: Page) -> Outcome<Listed<Fund>> {
    let mut query = funds::table.filter(funds::fund_id.gt(page.after_or_start())).into_boxed();
    if let Some(fiscal_year) = filter.fiscal_year {
        query = query.filter(funds::fiscal_year.eq(fiscal_year));
    }
    if let Some(source) = filter.source {
        query = query.filter(funds::source.eq(source));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(funds::external_reference.eq(reference));
    }
    let query = query.order(funds::fund_id).limit(page.probe()).select(Fund::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |fund| fund.fund_id))
}

/// A new fund of this agency.
///
/// # Errors
/// `fund-exists`.
pub async fn insert_fund(tx: &mut Tx, agency: &str, actor: &str, fund: &NewFund) -> Outcome<Fund> {
    Ok(diesel::insert_into(funds::table)
        .values((
            funds::fund_id.eq(Uuid::now_v7()),
            funds::code.eq(&fund.code),
            funds::name.eq(&fund.name),
            funds::source.eq(fund.source),
            funds::fiscal_year.eq(fund.fiscal_year),
            funds::agency_code.eq(agency),
            funds::shared_with.eq(&fund.shared_with),
            funds::external_reference.eq(&fund.external_reference),
            funds::created_by.eq(actor),
        ))
        .returning(Fund::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// One budget.
///
/// # Errors
/// `not-found`.
pub async fn budget(tx: &mut Tx, budget_id: Uuid) -> Outcome<Budget> {
    Ok(budgets::table.find(budget_id).select(Budget::as_select()).first(&mut **tx).await?)
}

/// A page of budgets, the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list_budgets(tx: &mut Tx, filter: &BudgetFilter, page: Page) -> Outcome<Listed<Budget>> {
    let mut query = budgets::table.filter(budgets::budget_id.gt(page.after_or_start())).into_boxed();
    if let Some(fund_id) = filter.fund_id {
        query = query.filter(budgets::fund_id.eq(fund_id));
    }
    if let Some(agency) = &filter.agency {
        query = query.filter(budgets::agency_code.eq(agency));
    }
    if let Some(fiscal_year) = filter.fiscal_year {
        query = query.filter(budgets::fiscal_year.eq(fiscal_year));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(budgets::external_reference.eq(reference));
    }
    let query = query.order(budgets::budget_id).limit(page.probe()).select(Budget::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |budget| budget.budget_id))
}

/// A new budget of this agency.
///
/// # Errors
/// `budget-exists`.
pub async fn insert_budget(tx: &mut Tx, agency: &str, actor: &str, fund: &Fund, budget: &NewBudget) -> Outcome<Budget> {
    Ok(diesel::insert_into(budgets::table)
        .values((
            budgets::budget_id.eq(Uuid::now_v7()),
            budgets::fund_id.eq(fund.fund_id),
            budgets::fiscal_year.eq(fund.fiscal_year),
            budgets::agency_code.eq(agency),
            budgets::line.eq(&budget.line),
            budgets::name.eq(&budget.name),
            budgets::external_reference.eq(&budget.external_reference),
            budgets::created_by.eq(actor),
        ))
        .returning(Budget::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// What is entered of a fund or budget.
pub struct Entered<'a> {
    /// The fund.
    pub fund_id: Uuid,
    /// The budget; none of the fund itself.
    pub budget_id: Option<Uuid>,
    /// Rupiah; below zero, taken back.
    pub amount: Rupiah,
    /// What it stands on.
    pub legal_basis: &'a str,
    /// Why.
    pub reason: Option<&'a str>,
}

/// A new entry.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn insert_entry(tx: &mut Tx, agency: &str, actor: &str, entered: &Entered<'_>) -> Outcome<Entry> {
    Ok(diesel::insert_into(budget_entries::table)
        .values((
            budget_entries::entry_id.eq(Uuid::now_v7()),
            budget_entries::fund_id.eq(entered.fund_id),
            budget_entries::budget_id.eq(entered.budget_id),
            budget_entries::agency_code.eq(agency),
            budget_entries::amount_idr.eq(entered.amount),
            budget_entries::legal_basis.eq(entered.legal_basis),
            budget_entries::reason.eq(entered.reason),
            budget_entries::entered_by.eq(actor),
        ))
        .returning(Entry::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// A page of the entries of a fund itself, or of a budget; the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn entries(tx: &mut Tx, fund_id: Uuid, budget_id: Option<Uuid>, page: Page) -> Outcome<Listed<Entry>> {
    let rows = budget_entries::table
        .filter(budget_entries::fund_id.eq(fund_id))
        .filter(budget_entries::budget_id.is_not_distinct_from(budget_id))
        .filter(budget_entries::entry_id.gt(page.after_or_start()))
        .order(budget_entries::entry_id)
        .limit(page.probe())
        .select(Entry::as_select());
    Ok(page.cut(rows.load(&mut **tx).await?, |entry| entry.entry_id))
}

/// The budgets that a programme draws on, of all years or of one; they are few.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_program(tx: &mut Tx, program_id: Uuid, fiscal_year: Option<i16>) -> Outcome<Vec<Budget>> {
    let mut query = program_budgets::table
        .inner_join(budgets::table.on(budgets::budget_id.eq(program_budgets::budget_id)))
        .filter(program_budgets::program_id.eq(program_id))
        .into_boxed();
    if let Some(fiscal_year) = fiscal_year {
        query = query.filter(budgets::fiscal_year.eq(fiscal_year));
    }
    Ok(query.order(budgets::budget_id).select(Budget::as_select()).load(&mut **tx).await?)
}

/// The budgets of these programmes, by programme, the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_programs(tx: &mut Tx, program_ids: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Budget>>> {
    let rows: Vec<(Uuid, Budget)> = program_budgets::table
        .inner_join(budgets::table.on(budgets::budget_id.eq(program_budgets::budget_id)))
        .filter(program_budgets::program_id.eq_any(program_ids))
        .order(budgets::budget_id)
        .select((program_budgets::program_id, Budget::as_select()))
        .load(&mut **tx)
        .await?;
    let mut by_program: HashMap<Uuid, Vec<Budget>> = HashMap::new();
    for (program_id, budget) in rows {
        by_program.entry(program_id).or_default().push(budget);
    }
    Ok(by_program)
}

/// Lets a programme draw on a budget; once is enough.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn link(tx: &mut Tx, program: &Program, budget: &Budget, actor: &str) -> Outcome<bool> {
    let linked = diesel::insert_into(program_budgets::table)
        .values((
            program_budgets::program_id.eq(program.program_id),
            program_budgets::budget_id.eq(budget.budget_id),
            program_budgets::agency_code.eq(&budget.agency_code),
            program_budgets::linked_by.eq(actor),
        ))
        .on_conflict_do_nothing()
        .execute(&mut **tx)
        .await?;
    Ok(linked == 1)
}
