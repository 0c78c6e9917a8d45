//! Tokens: people log in, systems ask for theirs, anyone checks them by the published keys.

pub mod routes;
