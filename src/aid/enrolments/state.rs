//! Where an enrolment stands, and where it may go from there.

use crate::platform::text_enum::text_enum;

text_enum! {
    /// Where an enrolment (kepesertaan) stands.
    pub enum EnrolmentState {
        /// Calon: chosen, not yet confirmed.
        Candidate = "candidate",
        /// Confirmed by the agency (ditetapkan); may not be paid yet.
        Confirmed = "confirmed",
        /// Receives the benefit.
        Active = "active",
        /// Stopped for a while.
        Suspended = "suspended",
        /// Graduasi: the household no longer needs the aid.
        Graduated = "graduated",
        /// Ended for another reason.
        Ended = "ended",
        /// Never came to be.
        Rejected = "rejected",
    }
}

impl EnrolmentState {
    /// The states that follow this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Candidate => &[Self::Confirmed, Self::Rejected],
            Self::Confirmed => &[Self::Active, Self::Ended, Self::Rejected],
            Self::Active => &[Self::Suspended, Self::Graduated, Self::Ended],
            Self::Suspended => &[Self::Active, Self::Graduated, Self::Ended],
            Self::Graduated | Self::Ended | Self::Rejected => &[],
        }
    }

    /// Whether the enrolment stands: it holds its beneficiary's claim and one of the programme's places.
    #[must_use]
    pub const fn stands(self) -> bool {
        !self.next().is_empty()
    }

    /// Whether it may go there.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

#[cfg(test)]
mod tests {
    use super::EnrolmentState::{self, Active, Candidate, Confirmed, Ended, Graduated, Rejected, Suspended};

    #[test]
    fn an_enrolment_takes_the_eleven_steps_and_no_other() {
        let steps = [
            (Candidate, Confirmed),
            (Candidate, Rejected),
            (Confirmed, Active),
            (Confirmed, Ended),
            (Confirmed, Rejected),
            (Active, Suspended),
            (Active, Graduated),
            (Active, Ended),
            (Suspended, Active),
            (Suspended, Graduated),
            (Suspended, Ended),
        ];
        for &from in EnrolmentState::ALL {
            for &to in EnrolmentState::ALL {
                assert_eq!(from.may_become(to), steps.contains(&(from, to)), "{from} > {to}");
            }
        }
    }

    #[test]
    fn four_states_stand_and_three_are_final() {
        let standing: Vec<_> = EnrolmentState::ALL.iter().copied().filter(|state| state.stands()).collect();
        assert_eq!(standing, [Candidate, Confirmed, Active, Suspended]);
    }
}
