//! Aid: programmes and their rules, who is enrolled, what was delivered.

pub mod eligibility;
pub mod history;
pub mod lookups;
