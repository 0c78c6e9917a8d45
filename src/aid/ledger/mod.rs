//! The ledger (buku besar): what happened with a programme's money. A transfer is one row with the account that gives and
//! the one that takes, and is never changed; an account holds what its transfers brought and took.

pub mod proof;
pub mod queries;
pub mod routes;

use crate::{
    platform::{rupiah::Rupiah, text_enum::text_enum},
    schema::{ledger_accounts, ledger_transfers},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

text_enum! {
    /// What an account is for.
    pub enum AccountKind {
        /// Where a fund's money comes from, outside the books: the only account below zero.
        Source = "source",
        /// What a fund has that no budget was given.
        Fund = "fund",
        /// What a budget may still promise.
        Budget = "budget",
        /// Promised to beneficiaries.
        Committed = "committed",
        /// With a payment partner.
        InTransit = "in_transit",
        /// Paid out.
        Delivered = "delivered",
        /// Spent on goods and services that were delivered; no cash.
        Goods = "goods",
        /// Came back from whom it was paid to.
        Returned = "returned",
    }
}

impl AccountKind {
    /// What a budget has one of from its beginning.
    pub const OF_BUDGET: [Self; 5] = [Self::Budget, Self::Committed, Self::Delivered, Self::Goods, Self::Returned];
}

text_enum! {
    /// What a transfer is.
    pub enum TransferKind {
        /// A source gives to a fund.
        Grant = "grant",
        /// A fund is reduced.
        Withdrawal = "withdrawal",
        /// A budget is set, or raised.
        Allocation = "allocation",
        /// A budget is reduced.
        Recall = "recall",
        /// Promised: to one payment, or to those of a batch.
        Commitment = "commitment",
        /// No longer promised.
        Release = "release",
        /// Handed to a payment partner.
        HandOver = "hand_over",
        /// Taken back from a payment partner before it paid.
        TakeBack = "take_back",
        /// Delivered to a beneficiary.
        Delivery = "delivery",
        /// Could not be delivered.
        Failure = "failure",
        /// Paid wrongly, and taken back.
        Reversal = "reversal",
        /// Came back from whom it was paid to.
        Return = "return",
        /// What came back is spendable again.
        Repayment = "repayment",
    }
}

/// An account and what it holds.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = ledger_accounts)]
pub struct Account {
    /// Id.
    pub account_id: Uuid,
    /// What it is for.
    pub kind: AccountKind,
    /// The fund whose money it holds.
    pub fund_id: Uuid,
    /// The budget; none of a fund's own two accounts.
    pub budget_id: Option<Uuid>,
    /// With whom money is in transit.
    #[schema(example = json!(null))]
    pub partner_code: Option<String>,
    /// The budget year.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// Whose books.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Sum of what it gave, ever.
    #[schema(example = 450_000_000)]
    pub debits_idr: Rupiah,
    /// Sum of what it took, ever.
    #[schema(example = 900_000_000)]
    pub credits_idr: Rupiah,
}

impl Account {
    /// What it holds: what it took less what it gave.
    #[must_use]
    pub const fn balance(&self) -> Rupiah {
        Rupiah(self.credits_idr.0 - self.debits_idr.0)
    }

    /// With its balance, as it is answered.
    #[must_use]
    pub fn shown(self) -> AccountWithBalance {
        AccountWithBalance { balance_idr: self.balance(), account: self }
    }
}

/// An account with its balance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountWithBalance {
    /// The account.
    #[serde(flatten)]
    pub account: Account,
    /// What it holds; below zero only of a source.
    #[schema(example = 450_000_000)]
    pub balance_idr: Rupiah,
}

/// A transfer: one row, never changed.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = ledger_transfers)]
pub struct Transfer {
    /// Id.
    pub transfer_id: Uuid,
    /// The budget year.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// What it is.
    pub kind: TransferKind,
    /// The account that gives.
    pub debit_account_id: Uuid,
    /// The account that takes.
    pub credit_account_id: Uuid,
    /// Rupiah, more than none.
    pub amount_idr: Rupiah,
    /// Whose books.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// The entry of a fund or budget that it belongs to.
    pub entry_id: Option<Uuid>,
    /// The batch that it belongs to.
    pub batch_id: Option<Uuid>,
    /// The household of the payment that it belongs to.
    pub household_id: Option<Uuid>,
    /// The payment that it belongs to.
    pub disbursement_id: Option<Uuid>,
    /// Who caused it: a person's or a system's account.
    #[schema(example = "user:siti.manajer")]
    pub actor: String,
    /// When.
    pub transferred_at: DateTime<Utc>,
}
