//! A file for each line of the table.

pub mod batches;
pub mod eligibility_all;
pub mod household_list;
pub mod household_read;
pub mod idle_memory;
pub mod import;
pub mod ledger_proof;
pub mod lookup_bulk;
pub mod payments_single;
