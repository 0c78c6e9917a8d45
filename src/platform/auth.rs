//! Who calls: tokens (RFC 9068 access tokens, signed with Ed25519), and the principal read from one.

mod keys;
pub mod lane;
mod principal;
mod roles;

pub use keys::{Claims, TokenKeys};
pub use principal::{AnyCaller, Identity, Principal};
pub use roles::Role;
