//! The ledger in PostgreSQL: accounts and transfers as the caller's policies show them, and posting that belongs to no
//! payment. A payment's transfers are posted by the statement that records or moves it.

use super::{Account, AccountKind, Transfer, TransferKind};
use crate::{
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::{Outcome, Problem, codes},
        rupiah::Rupiah,
    },
    schema::{ledger_accounts, ledger_transfers},
};
use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Accounts to be opened: of a fund, or of one of its budgets.
pub struct Opening<'a> {
    /// The fund.
    pub fund_id: Uuid,
    /// Its budget.
    pub budget_id: Option<Uuid>,
    /// With whom money will be in transit.
    pub partner_code: Option<&'a str>,
    /// The budget year.
    pub fiscal_year: i16,
    /// Whose books.
    pub agency_code: &'a str,
}

/// Opens accounts of these kinds, but for those that are open.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn open(tx: &mut Tx, opening: &Opening<'_>, kinds: &[AccountKind]) -> Outcome<()> {
    let rows: Vec<_> = kinds
        .iter()
        .map(|kind| {
            (
                ledger_accounts::account_id.eq(Uuid::now_v7()),
                ledger_accounts::kind.eq(*kind),
                ledger_accounts::fund_id.eq(opening.fund_id),
                ledger_accounts::budget_id.eq(opening.budget_id),
                ledger_accounts::partner_code.eq(opening.partner_code),
                ledger_accounts::fiscal_year.eq(opening.fiscal_year),
                ledger_accounts::agency_code.eq(opening.agency_code),
            )
        })
        .collect();
    diesel::insert_into(ledger_accounts::table).values(rows).on_conflict_do_nothing().execute(&mut **tx).await?;
    Ok(())
}

/// One account that the caller may see.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, account_id: Uuid) -> Outcome<Account> {
    Ok(ledger_accounts::table.find(account_id).select(Account::as_select()).first(&mut **tx).await?)
}

/// Which accounts to list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AccountFilter {
    /// Only of this fund.
    pub fund_id: Option<Uuid>,
    /// Only of this budget.
    pub budget_id: Option<Uuid>,
    /// Only of this kind.
    #[param(example = "delivered")]
    pub kind: Option<AccountKind>,
}

/// A page of accounts that the caller may see, by id: the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &AccountFilter, page: Page) -> Outcome<Listed<Account>> {
    let mut query = ledger_accounts::table.filter(ledger_accounts::account_id.gt(page.after_or_start())).into_boxed();
    if let Some(fund_id) = filter.fund_id {
        query = query.filter(ledger_accounts::fund_id.eq(fund_id));
    }
    if let Some(budget_id) = filter.budget_id {
        query = query.filter(ledger_accounts::budget_id.eq(budget_id));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(ledger_accounts::kind.eq(kind));
    }
    let query = query.order(ledger_accounts::account_id).limit(page.probe()).select(Account::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |account| account.account_id))
}

/// The two accounts of each of these funds themselves that the caller may see.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_funds(tx: &mut Tx, fund_ids: &[Uuid]) -> Outcome<Vec<Account>> {
    let own = ledger_accounts::fund_id.eq_any(fund_ids).and(ledger_accounts::budget_id.is_null());
    Ok(ledger_accounts::table.filter(own).select(Account::as_select()).load(&mut **tx).await?)
}

/// All accounts of these budgets that the caller may see; a few of each.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_budgets(tx: &mut Tx, budget_ids: &[Uuid]) -> Outcome<Vec<Account>> {
    let theirs = ledger_accounts::budget_id.eq_any(budget_ids);
    Ok(ledger_accounts::table.filter(theirs).select(Account::as_select()).load(&mut **tx).await?)
}

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    debits_idr: Rupiah,
    #[diesel(sql_type = BigInt)]
    credits_idr: Rupiah,
}

/// An account as it stood at a moment. Raw, because a function that answers a table has no word in the query builder.
///
/// # Errors
/// `not-found`.
pub async fn find_at(tx: &mut Tx, account_id: Uuid, moment: DateTime<Utc>) -> Outcome<Account> {
    let account = find(tx, account_id).await?;
    let Sums { debits_idr, credits_idr } =
        diesel::sql_query("SELECT debits_idr, credits_idr FROM account_sums_at($1, $2)")
            .bind::<SqlUuid, _>(account_id)
            .bind::<Timestamptz, _>(moment)
            .get_result(&mut **tx)
            .await?;
    Ok(Account { debits_idr, credits_idr, ..account })
}

/// A page of an account's transfers that the caller may see, the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn transfers(tx: &mut Tx, account: &Account, page: Page) -> Outcome<Listed<Transfer>> {
    let touches = ledger_transfers::debit_account_id
        .eq(account.account_id)
        .or(ledger_transfers::credit_account_id.eq(account.account_id));
    let rows = ledger_transfers::table
        .filter(ledger_transfers::fiscal_year.eq(account.fiscal_year))
        .filter(ledger_transfers::transfer_id.gt(page.after_or_start()))
        .filter(touches)
        .order(ledger_transfers::transfer_id)
        .limit(page.probe())
        .select(Transfer::as_select());
    Ok(page.cut(rows.load(&mut **tx).await?, |transfer| transfer.transfer_id))
}

#[derive(QueryableByName)]
struct FundAccount {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    account_id: Option<Uuid>,
}

/// The account of a fund that budgets draw on: of one that is shared the id alone is told. Raw, because the function has
/// no word in the query builder.
///
/// # Errors
/// `not-found`.
pub async fn fund_account(tx: &mut Tx, fund_id: Uuid) -> Outcome<Uuid> {
    let found: FundAccount = diesel::sql_query("SELECT fund_account($1) AS account_id")
        .bind::<SqlUuid, _>(fund_id)
        .get_result(&mut **tx)
        .await?;
    found.account_id.ok_or_else(|| Problem::from(&codes::NOT_FOUND))
}

/// A transfer that belongs to an entry of a fund or budget.
pub struct Posting<'a> {
    /// What it is.
    pub kind: TransferKind,
    /// The account that gives.
    pub debit: Uuid,
    /// The account that takes.
    pub credit: Uuid,
    /// Rupiah, more than none.
    pub amount: Rupiah,
    /// The entry.
    pub entry_id: Uuid,
    /// The budget year.
    pub fiscal_year: i16,
    /// Whose books.
    pub agency_code: &'a str,
}

/// Posts it.
///
/// # Errors
/// `budget-exhausted`, `fund-exhausted` where the account that gives does not have it.
pub async fn post(tx: &mut Tx, posting: Posting<'_>) -> Outcome<()> {
    let actor = tx.caller()?.actor();
    diesel::insert_into(ledger_transfers::table)
        .values((
            ledger_transfers::transfer_id.eq(Uuid::now_v7()),
            ledger_transfers::fiscal_year.eq(posting.fiscal_year),
            ledger_transfers::kind.eq(posting.kind),
            ledger_transfers::debit_account_id.eq(posting.debit),
            ledger_transfers::credit_account_id.eq(posting.credit),
            ledger_transfers::amount_idr.eq(posting.amount),
            ledger_transfers::agency_code.eq(posting.agency_code),
            ledger_transfers::entry_id.eq(posting.entry_id),
            ledger_transfers::actor.eq(actor),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
