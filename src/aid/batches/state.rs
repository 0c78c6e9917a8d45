//! Where a batch stands, and where it may go from there.

use crate::platform::text_enum::text_enum;

text_enum! {
    /// Where a batch (daftar bayar) stands.
    pub enum BatchState {
        /// Its list is frozen, and may be frozen anew.
        Draft = "draft",
        /// Waits for the word of an approver.
        Submitted = "submitted",
        /// Its payments stand, and their money is promised.
        Approved = "approved",
        /// With the payment partner, who reports on it.
        HandedOver = "handed_over",
        /// Each payment was paid or failed.
        Closed = "closed",
        /// Given up as a draft; nothing came of it.
        Cancelled = "cancelled",
    }
}

impl BatchState {
    /// The states that follow this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Submitted, Self::Cancelled],
            Self::Submitted => &[Self::Approved, Self::Draft],
            Self::Approved => &[Self::HandedOver],
            Self::HandedOver => &[Self::Closed],
            Self::Closed | Self::Cancelled => &[],
        }
    }

    /// Whether it may go there.
    #[must_use]
    pub fn may_become(self, to: Self) -> bool {
        self.next().contains(&to)
    }
}

#[cfg(test)]
mod tests {
    use super::BatchState::{self, Approved, Cancelled, Closed, Draft, HandedOver, Submitted};

    #[test]
    fn a_batch_goes_forward_and_back_only_from_what_was_submitted() {
        let steps = [
            (Draft, Submitted),
            (Draft, Cancelled),
            (Submitted, Approved),
            (Submitted, Draft),
            (Approved, HandedOver),
            (HandedOver, Closed),
        ];
        for &from in BatchState::ALL {
            for &to in BatchState::ALL {
                assert_eq!(from.may_become(to), steps.contains(&(from, to)), "{from} > {to}");
            }
        }
    }
}
