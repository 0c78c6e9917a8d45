//! Tokens: people log in, systems ask for theirs, anyone checks them by the published keys.
//!
//! A login that fails leaves a trace and is counted; after too many the account is shut for a while, whether or not it
//! exists, so that nothing can be learnt from it.

mod queries;
pub mod routes;
mod service;
mod shutting;
pub mod token_endpoint;

use crate::platform::problem::codes::codes;

codes! {
    /// Too many logins of this account have failed of late.
    ACCOUNT_SHUT = 429 "too-many-failed-logins", "Terlalu banyak percobaan masuk yang gagal; coba lagi nanti.", "Too many logins have failed; try again later.";
}
