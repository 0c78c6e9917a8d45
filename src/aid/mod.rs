//! Aid: programmes and their rules, who is enrolled, what was delivered.

pub mod batches;
pub mod disbursements;
pub mod eligibility;
pub mod enrolments;
pub mod facts;
pub mod funds;
pub mod history;
pub mod ledger;
pub mod lookups;
pub mod payouts;
pub mod programs;
pub mod purpose;
pub mod receipts;
