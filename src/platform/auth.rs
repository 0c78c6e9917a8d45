//! Who calls: tokens (RFC 9068 access tokens, signed with Ed25519), and the principal read from one.

mod keys;
mod principal;
mod roles;

pub use keys::{Claims, TokenKeys};
pub use principal::{Identity, Principal, is_dry_run};
pub use roles::Role;
