//! Where a payment stands, and where it may go from there: only forward.

use crate::platform::text_enum::text_enum;

text_enum! {
    /// Where a disbursement (penyaluran) stands.
    pub enum DisbursementState {
        /// Prepared; nobody has it yet.
        Planned = "planned",
        /// Delivered.
        Paid = "paid",
        /// Could not be delivered; the period may be paid anew.
        Failed = "failed",
        /// Delivered and taken back; the period may be paid anew.
        Reversed = "reversed",
        /// Delivered, and came back from whom it was paid to; the period may be paid anew.
        Returned = "returned",
    }
}

impl DisbursementState {
    /// The states that follow this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Planned => &[Self::Paid, Self::Failed],
            Self::Paid => &[Self::Reversed, Self::Returned],
            Self::Failed | Self::Reversed | Self::Returned => &[],
        }
    }

    /// Whether the payment stands: no other may be made for its beneficiary and period.
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
    use super::DisbursementState::{self, Failed, Paid, Planned, Returned, Reversed};

    #[test]
    fn a_payment_takes_the_four_steps_forward_and_no_other() {
        let steps = [(Planned, Paid), (Planned, Failed), (Paid, Reversed), (Paid, Returned)];
        for &from in DisbursementState::ALL {
            for &to in DisbursementState::ALL {
                assert_eq!(from.may_become(to), steps.contains(&(from, to)), "{from} > {to}");
            }
        }
    }

    #[test]
    fn what_is_planned_or_paid_stands() {
        let standing: Vec<_> = DisbursementState::ALL.iter().copied().filter(|state| state.stands()).collect();
        assert_eq!(standing, [Planned, Paid]);
    }
}
