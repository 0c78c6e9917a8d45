//! What a payment's steps do with its money: which transfers, from which account of its budget to which.

use crate::aid::{
    ledger::{AccountKind, TransferKind},
    programs::ProgramKind,
};

/// A transfer between two accounts of the payment's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// What it is.
    pub kind: TransferKind,
    /// The account that gives.
    pub debit: AccountKind,
    /// The account that takes.
    pub credit: AccountKind,
}

const fn leg(kind: TransferKind, debit: AccountKind, credit: AccountKind) -> Leg {
    Leg { kind, debit, credit }
}

/// Where what such a programme delivers is booked: goods and services are spent, and are no cash.
const fn delivered_of(kind: ProgramKind) -> AccountKind {
    match kind {
        ProgramKind::Cash | ProgramKind::Subsidy | ProgramKind::Empowerment => AccountKind::Delivered,
        ProgramKind::InKind | ProgramKind::Service => AccountKind::Goods,
    }
}

impl Leg {
    /// A payment is planned.
    pub const COMMITMENT: Self = leg(TransferKind::Commitment, AccountKind::Budget, AccountKind::Committed);

    /// A planned payment could not be delivered.
    pub const RELEASE: Self = leg(TransferKind::Release, AccountKind::Committed, AccountKind::Budget);

    /// A payment that is with a partner could not be delivered.
    pub const FAILURE: Self = leg(TransferKind::Failure, AccountKind::InTransit, AccountKind::Budget);

    /// It came back from whom it was paid to, and is spendable again.
    pub const RETURN: [Self; 2] = [
        leg(TransferKind::Return, AccountKind::Delivered, AccountKind::Returned),
        leg(TransferKind::Repayment, AccountKind::Returned, AccountKind::Budget),
    ];

    /// It is paid out of this account.
    #[must_use]
    pub const fn delivery(from: AccountKind, program: ProgramKind) -> Self {
        leg(TransferKind::Delivery, from, delivered_of(program))
    }

    /// Whether such a programme gives money, which can come back.
    #[must_use]
    pub const fn is_money(program: ProgramKind) -> bool {
        matches!(delivered_of(program), AccountKind::Delivered)
    }

    /// It was paid wrongly.
    #[must_use]
    pub const fn reversal(program: ProgramKind) -> Self {
        leg(TransferKind::Reversal, delivered_of(program), AccountKind::Budget)
    }
}
