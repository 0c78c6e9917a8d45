//! Passwords and client secrets: argon2id (RFC 9106), never kept in clear.

use crate::platform::{
    problem::{Outcome, Problem},
    vault::random_bytes,
};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::sync::OnceLock;

/// The hash of a password, as a PHC string. Takes tens of milliseconds on purpose, off the worker's thread.
///
/// # Errors
/// An internal problem where hashing fails.
pub async fn hash(password: String) -> Outcome<String> {
    tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(Problem::internal)?
}

fn hash_now(password: &str) -> Outcome<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(Problem::internal)?;
    Ok(hash.to_string())
}

/// Whether the password fits. Takes as long where there is no such login.
///
/// # Errors
/// An internal problem where hashing can't run.
pub async fn fits(password: String, known: Option<String>) -> Outcome<bool> {
    tokio::task::spawn_blocking(move || {
        static NOBODY: OnceLock<String> = OnceLock::new();
        let exists = known.is_some();
        let hash = known.unwrap_or_else(|| NOBODY.get_or_init(|| hash_now("nobody").unwrap_or_default()).clone());
        let parsed = PasswordHash::new(&hash).map_err(Problem::internal)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && exists)
    })
    .await
    .map_err(Problem::internal)?
}

/// A fresh client secret of 256 bits.
#[must_use]
pub fn fresh_secret() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes::<32>())
}
