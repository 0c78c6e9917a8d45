//! When an account is shut, and how many logins of it may be tried at once, as rules without a database.

use chrono::{DateTime, Duration, Utc};

/// What is counted of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempts {
    /// How many failed.
    pub failures: i32,
    /// How many are being tried now.
    pub under_way: i32,
    /// When the first that failed was; before one has, when the first was tried.
    pub since: DateTime<Utc>,
}

/// How many failures are borne, and for how long they are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub failures: u16,
    pub window: Duration,
}

impl Attempts {
    /// Of an account of which nothing is counted.
    pub(super) fn none(now: DateTime<Utc>) -> Self {
        Self { failures: 0, under_way: 0, since: now }
    }

    /// One more is being tried.
    pub(super) fn begun(self) -> Self {
        Self { under_way: self.under_way + 1, ..self }
    }

    /// One that was tried has failed.
    pub(super) fn failed(self, now: DateTime<Utc>) -> Self {
        let since = if self.failures == 0 { now } else { self.since };
        Self { failures: self.failures + 1, under_way: (self.under_way - 1).max(0), since }
    }

    /// One that was tried has succeeded: the failures before it are forgotten.
    pub(super) fn succeeded(self) -> Self {
        Self { failures: 0, under_way: (self.under_way - 1).max(0), ..self }
    }
}

impl Patience {
    /// What still counts of it: nothing after the window.
    pub(super) fn remembered(&self, counted: Attempts, now: DateTime<Utc>) -> Attempts {
        if counted.since + self.window > now { counted } else { Attempts::none(now) }
    }

    /// Seconds until the account opens again, where it is shut.
    pub(super) fn shut_for(&self, counted: Attempts, now: DateTime<Utc>) -> Option<u32> {
        let left = counted.since + self.window - now;
        let is_shut = counted.failures >= i32::from(self.failures) && left > Duration::zero();
        is_shut.then(|| u32::try_from(left.num_seconds()).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Whether one more may be tried beside those under way: were they all to fail, no more would have been tried than
    /// are borne.
    pub(super) fn has_room(&self, counted: Attempts) -> bool {
        counted.failures + counted.under_way < i32::from(self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { failures: 3, window: Duration::seconds(900) };

    #[test]
    fn an_account_is_shut_from_its_last_allowed_failure_until_the_window_ends() {
        let since = Utc::now();
        let at = |failures, seconds| {
            PATIENCE.shut_for(Attempts { failures, under_way: 0, since }, since + Duration::seconds(seconds))
        };
        assert_eq!(at(2, 10), None);
        assert_eq!(at(3, 10), Some(891));
        assert_eq!(at(9, 899), Some(2));
        assert_eq!(at(9, 900), None);
    }

    #[test]
    fn no_more_are_tried_at_once_than_may_still_fail() {
        let none = Attempts::none(Utc::now());
        let two = none.begun().begun();
        assert!(PATIENCE.has_room(two) && !PATIENCE.has_room(two.begun()));
        let failed = two.failed(Utc::now());
        assert!(PATIENCE.has_room(failed) && !PATIENCE.has_room(failed.begun()));
    }

    #[test]
    fn failures_are_counted_from_the_first_of_them_and_forgotten_after_the_window() {
        let start = Utc::now();
        let at = |seconds| start + Duration::seconds(seconds);
        let failed = Attempts::none(start).begun().failed(at(5)).begun().failed(at(9));
        assert_eq!(failed, Attempts { failures: 2, under_way: 0, since: at(5) });
        assert_eq!(PATIENCE.remembered(failed, at(904)), failed);
        assert_eq!(PATIENCE.remembered(failed, at(905)), Attempts::none(at(905)));
        assert_eq!(failed.begun().succeeded().failures, 0);
    }
}
