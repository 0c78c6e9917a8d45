//! When an account is shut, as a rule without a database.

use chrono::{DateTime, Duration, Utc};

/// Failed logins of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failures {
    /// How many.
    pub count: i32,
    /// When the first of them was.
    pub since: DateTime<Utc>,
}

/// How many failures are borne, and for how long they are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub failures: u16,
    pub window: Duration,
}

impl Patience {
    /// Seconds until the account opens again, where it is shut.
    pub(super) fn shut_for(&self, failures: Failures, now: DateTime<Utc>) -> Option<u32> {
        let left = failures.since + self.window - now;
        let is_shut = failures.count >= i32::from(self.failures) && left > Duration::zero();
        is_shut.then(|| u32::try_from(left.num_seconds()).unwrap_or(u32::MAX).saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_shut_from_its_last_allowed_failure_until_the_window_ends() {
        let patience = Patience { failures: 3, window: Duration::seconds(900) };
        let since = Utc::now();
        let at = |count, seconds| patience.shut_for(Failures { count, since }, since + Duration::seconds(seconds));
        assert_eq!(at(2, 10), None);
        assert_eq!(at(3, 10), Some(891));
        assert_eq!(at(9, 899), Some(2));
        assert_eq!(at(9, 900), None);
    }
}
