//! Who may do what: agencies, the accounts of people and systems, their tokens, and the permissions that
//! handlers take as types.

pub mod accounts;
pub mod agencies;
pub mod logins;
pub mod lookup_quota;
pub mod permissions;
pub mod visibility;
