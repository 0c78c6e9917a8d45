//! What a caller sees of a person and of a programme: decided here and nowhere else.
//!
//! Rows are the lane's matter (row-level security), and whose rows a purpose opens is the purpose's. This is about fields:
//! numbers come masked and birth dates as ages unless a data agreement opens them, since region, birth date and sex give
//! away most of a NIK; answers on health go to those whose work is with the family itself. What a function of the
//! database tells past the lane (`aid_of_household`: amounts of one's own programmes only) it decides where it stands,
//! since no row of it may come this far.

use super::permissions::AidReader;
use crate::platform::auth::{Principal, Role};

/// The fields that a caller sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Birth dates; ages otherwise.
    pub birth_dates: bool,
    /// Answers on illness, disability, nutrition and sadness.
    pub health: bool,
    /// Which programmes a family stands in, with whatever agency; whoever may not ask for its aid is not told in passing.
    pub aid: bool,
}

impl Sight {
    /// By role; data agreements will open more.
    #[must_use]
    pub fn of(caller: &Principal) -> Self {
        Self::of_role(caller.role)
    }

    fn of_role(role: Role) -> Self {
        let health = matches!(role, Role::RegistrySteward | Role::FieldOfficer | Role::CaseManager | Role::Auditor);
        Self { birth_dates: false, health, aid: AidReader::ROLES.contains(&role) }
    }
}

/// Whether the caller sees what is sensitive about a programme of this agency: how many stand in one that is marked so,
/// and how a household fares with a rule that asks for health. The agency itself does, and the auditor.
#[must_use]
pub fn sees_sensitive_of(caller: &Principal, agency_code: &str) -> bool {
    caller.agency == agency_code || caller.role == Role::Auditor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_and_aid_are_seen_by_the_roles_that_work_with_them_and_birth_dates_by_nobody() {
        for role in Role::ALL {
            let expected = match role {
                Role::RegistrySteward | Role::CaseManager | Role::Auditor => (true, true),
                Role::FieldOfficer => (true, false),
                Role::ProgramManager => (false, true),
                _ => (false, false),
            };
            let Sight { birth_dates, health, aid } = Sight::of_role(*role);
            assert_eq!(((health, aid), birth_dates), (expected, false), "{role}");
        }
    }
}
