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
    ACCOUNT_SHUT = 429 "too-many-failed-logins", "Terlalu banyak percobaan masuk yang gagal; coba lagi nanti.", "Too many logins have failed; try again later.",
        because "Terlalu banyak percobaan masuk akun ini dari alamat Anda gagal dalam waktu singkat." / "Too many logins of this account from your address have failed within a short time.",
        mend "Tunggu sesuai Retry-After; sandi yang benar pun baru diterima sesudahnya." / "Wait as Retry-After says; the right secret is taken only after that, too.";
}
