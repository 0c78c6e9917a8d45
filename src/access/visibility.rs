//! What a caller sees of a person: decided here and nowhere else.
//!
//! Rows are the lane's matter (row-level security). This is about fields: numbers come masked and birth dates as
//! ages unless a data agreement opens them, since region, birth date and sex give away most of a NIK; answers on
//! health go to those whose work is with the family itself.

use crate::platform::auth::{Principal, Role};

/// The fields that a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Birth dates; ages otherwise.
    pub birth_dates: bool,
    /// Answers on illness, disability, nutrition and sadness.
    pub health: bool,
}

impl Sight {
    /// By role; data agreements will open more.
    #[must_use]
    pub fn of(caller: &Principal) -> Self {
        let health =
            matches!(caller.role, Role::RegistrySteward | Role::FieldOfficer | Role::CaseManager | Role::Auditor);
        Self { birth_dates: false, health }
    }
}
