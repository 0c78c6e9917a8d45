//! The ground: what every room stands on and none owns. Knows nothing of households, programmes or money.

pub mod approvals;
pub mod audit;
pub mod auth;
pub mod civil;
pub mod config;
pub mod db;
pub mod gather;
pub mod idempotency;
pub mod identity;
pub mod jobs;
pub mod json;
pub mod outbox;
pub mod page;
pub mod problem;
pub mod reason;
pub mod region_code;
pub mod request;
pub mod retention;
pub mod rows;
pub mod rupiah;
pub mod sealed_files;
pub mod small_count;
pub mod text_enum;
pub mod tls;
pub mod vault;
pub mod versions;
