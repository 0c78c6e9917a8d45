//! Which refusal a database constraint stands for. The friendly check comes first; where two callers race,
//! the constraint has the last word, and this table makes it say the same.

use super::{Code, codes};
use std::sync::OnceLock;

/// Pairs of a constraint's name and its code.
pub type Table = &'static [(&'static str, &'static Code)];

static FEATURES: OnceLock<Vec<Table>> = OnceLock::new();

const PLATFORM: Table = &[
    ("approval_by_another_person", &codes::SAME_PERSON),
    ("approval_by_a_person", &codes::FORBIDDEN),
    ("approval_by_who_was_named", &codes::FORBIDDEN),
    ("approval_is_open", &codes::NOT_FOUND),
    ("one_open_approval", &codes::APPROVAL_OPEN),
    ("approval_decisions_pkey", &codes::ALREADY_DECIDED),
];

/// Told once at start, by the one place that knows all features (`src/app.rs`).
pub fn register(tables: Vec<Table>) {
    let _ = FEATURES.set(tables);
}

/// The code that stands for this constraint. Keys of partitioned tables carry the partition's name; a feature
/// that races on one inserts with `ON CONFLICT DO NOTHING` and counts instead.
#[must_use]
pub fn code_of(constraint: &str) -> Option<&'static Code> {
    let features = FEATURES.get().map(Vec::as_slice).unwrap_or_default();
    std::iter::once(PLATFORM)
        .chain(features.iter().copied())
        .flatten()
        .find(|(name, _)| *name == constraint)
        .map(|(_, code)| *code)
}
