//! Whether an enrolment may be paid for a period: asked when a payment is recorded, and once more when what was
//! planned is paid, since much may have happened in between.

use super::{ENROLMENT_NOT_ACTIVE, EXEMPTION_OVER};
use crate::{
    aid::{
        enrolments::{EXCLUDED, EnrolmentState},
        programs::periods::Period,
    },
    platform::problem::{Code, Outcome, Problem},
};
use chrono::NaiveDate;
use diesel::{QueryableByName, sql_types as sql};
use serde_json::Value;
use uuid::Uuid;

/// An enrolment of the programme as a payment finds it, once nobody else can decide on its household.
#[derive(Debug, Clone, QueryableByName)]
pub struct Payee {
    /// The enrolment.
    #[diesel(sql_type = sql::Uuid)]
    pub enrolment_id: Uuid,
    /// Its household.
    #[diesel(sql_type = sql::Uuid)]
    pub household_id: Uuid,
    /// Where it stands.
    #[diesel(sql_type = sql::Text)]
    pub state: EnrolmentState,
    /// The last day of the exemption that it was decided on; none where it was decided on a decile.
    #[diesel(sql_type = sql::Nullable<sql::Date>)]
    pub exempt_until: Option<NaiveDate>,
    /// The household's decile in the active release; none where it is no longer in it, or without one.
    #[diesel(sql_type = sql::Nullable<sql::SmallInt>)]
    pub checked_decile: Option<i16>,
    /// The programmes from which the household receives and that this one excludes, as `program_code` and `agency_code`;
    /// none where there are none, or somebody allowed them.
    #[diesel(sql_type = sql::Nullable<sql::Jsonb>)]
    pub excluded_by: Option<Value>,
}

impl Payee {
    /// Why it may not be paid for the period.
    #[must_use]
    pub fn refusal(&self, period: &Period) -> Option<&'static Code> {
        let is_over = |until: NaiveDate| until < period.starts_on;
        if self.state != EnrolmentState::Active {
            Some(&ENROLMENT_NOT_ACTIVE)
        } else if self.checked_decile.is_none() && self.exempt_until.is_some_and(is_over) {
            Some(&EXEMPTION_OVER)
        } else if self.excluded_by.is_some() {
            Some(&EXCLUDED)
        } else {
            None
        }
    }

    /// Checks that it may be paid for the period.
    ///
    /// # Errors
    /// As [`refusal`](Self::refusal), with what the caller may want to know of it.
    pub fn check(&self, period: &Period) -> Outcome<()> {
        match self.refusal(period) {
            None => Ok(()),
            Some(code) if code == &ENROLMENT_NOT_ACTIVE => Err(code.with("state", self.state)),
            Some(code) if code == &EXCLUDED => Err(code.with("others", &self.excluded_by)),
            Some(code) => Err(Problem::from(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn march() -> Period {
        Period {
            period_id: Uuid::nil(),
            program_id: Uuid::nil(),
            label: "Maret 2026".into(),
            fiscal_year: 2026,
            starts_on: day("2026-03-01"),
            ends_on: day("2026-03-31"),
        }
    }

    fn ranked() -> Payee {
        Payee {
            enrolment_id: Uuid::nil(),
            household_id: Uuid::nil(),
            state: EnrolmentState::Active,
            exempt_until: None,
            checked_decile: Some(2),
            excluded_by: None,
        }
    }

    fn code(payee: &Payee) -> Option<&'static str> {
        payee.refusal(&march()).map(|code| code.code)
    }

    #[test]
    fn an_active_enrolment_is_paid_and_no_other() {
        for &state in EnrolmentState::ALL {
            let expected = (state != EnrolmentState::Active).then_some("enrolment-not-active");
            assert_eq!(code(&Payee { state, ..ranked() }), expected, "{state}");
        }
    }

    #[test]
    fn one_that_left_the_release_is_paid_on_its_decision() {
        assert_eq!(code(&Payee { checked_decile: None, ..ranked() }), None);
    }

    #[test]
    fn an_exemption_bears_the_periods_that_begin_by_its_last_day() {
        let exempt = |until| Payee { exempt_until: Some(day(until)), checked_decile: None, ..ranked() };
        assert_eq!(code(&exempt("2026-03-01")), None);
        assert_eq!(code(&exempt("2026-02-28")), Some("exemption-over"));
    }

    #[test]
    fn a_decile_that_came_since_makes_good_for_an_exemption_that_is_over() {
        assert_eq!(code(&Payee { exempt_until: Some(day("2026-01-31")), ..ranked() }), None);
    }

    #[test]
    fn whoever_receives_what_the_programme_excludes_is_not_paid() {
        assert_eq!(
            code(&Payee { excluded_by: Some(serde_json::json!([])), ..ranked() }),
            Some("excluded-by-other-aid")
        );
    }
}
