//! What callers send of disbursements.

use super::{DisbursementState, items::Item};
use crate::{
    aid::programs::{periods::Period, requests::is_amount},
    platform::{
        problem::{FieldFault, Outcome, codes},
        rupiah::Rupiah,
        text_enum::text_enum,
    },
};
use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

text_enum! {
    /// As what a disbursement is recorded.
    pub enum RecordedAs {
        /// To be delivered.
        Planned = "planned",
        /// Delivered already.
        Paid = "paid",
    }
}

impl RecordedAs {
    /// Checks the day of paying: it is told of what is paid, and of nothing else, lies in no period before its own,
    /// and never ahead.
    ///
    /// # Errors
    /// `invalid-fields`.
    pub fn check(
        self,
        paid_on: Option<NaiveDate>,
        proof: Option<&str>,
        period: &Period,
        today: NaiveDate,
    ) -> Outcome<()> {
        let mut faults = Vec::new();
        match (self, paid_on) {
            (Self::Paid, None) => faults.push(FieldFault::required("/paid_on")),
            (Self::Planned, Some(_)) => faults.push(only_of_paid("/paid_on")),
            (Self::Paid, Some(day)) => faults.extend(out_of_time(day, period, today)),
            (Self::Planned, None) => {}
        }
        if self == Self::Planned && proof.is_some() {
            faults.push(only_of_paid("/proof_reference"));
        }
        if faults.is_empty() { Ok(()) } else { Err(codes::INVALID.fields(faults)) }
    }
}

/// That it is said of what is paid alone.
pub(in crate::aid) fn only_of_paid(pointer: &str) -> FieldFault {
    FieldFault::new(pointer, "hanya untuk yang sudah dibayar (paid)", "only of what is paid")
}

fn out_of_time(day: NaiveDate, period: &Period, today: NaiveDate) -> Option<FieldFault> {
    if day > today {
        Some(FieldFault::new("/paid_on", "tidak boleh di masa depan", "must not lie ahead"))
    } else if day < period.starts_on {
        Some(FieldFault::new("/paid_on", "periode belum mulai pada tanggal itu", "the period had not begun by then"))
    } else {
        None
    }
}

/// A disbursement to be recorded.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "enrolment_id": "01900000-0000-7000-8000-000000000001", "period_id": "01900000-0000-7000-8000-000000000002",
    "state": "paid", "paid_on": "2026-11-20", "amount_idr": 600_000, "proof_reference": "TRF-20261120-0001",
    "external_reference": "SIM-BAYAR-00017"
}))]
pub struct NewDisbursement {
    /// An active enrolment of your own agency.
    #[garde(skip)]
    pub enrolment_id: Uuid,
    /// A period of its programme.
    #[garde(skip)]
    pub period_id: Uuid,
    /// Rupiah; leave it out to take the programme's amount.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// The budget that it draws on, where the programme has several for the period's year.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub budget_id: Option<Uuid>,
    /// What is delivered in kind; the amount is what it is worth. Of a programme that gives goods or services.
    #[serde(default)]
    #[garde(length(max = 50), dive)]
    #[schema(max_items = 50, example = json!([]))]
    pub items: Vec<Item>,
    /// As what.
    #[garde(skip)]
    #[schema(example = "paid")]
    pub state: RecordedAs,
    /// The day of paying, neither ahead nor before the period begins; required where it is paid, refused where it is
    /// planned.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "2026-11-20")]
    pub paid_on: Option<NaiveDate>,
    /// What proves it; only where it is paid.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "TRF-20261120-0001")]
    pub proof_reference: Option<String>,
    /// Your own id for it, by which it can be found.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIM-BAYAR-00017")]
    pub external_reference: Option<String>,
}

/// The paying of what was planned.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The day of paying, neither ahead nor before the period begins.
    #[garde(skip)]
    #[schema(example = "2026-11-20")]
    pub paid_on: NaiveDate,
    /// What proves it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "TRF-20261120-0001")]
    pub proof_reference: Option<String>,
}

impl Payment {
    /// Checks the day.
    ///
    /// # Errors
    /// `invalid-fields`.
    pub fn check(&self, period: &Period, today: NaiveDate) -> Outcome<()> {
        RecordedAs::Paid.check(Some(self.paid_on), self.proof_reference.as_deref(), period, today)
    }
}

/// Which disbursements to list.
#[derive(Debug, Default, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DisbursementFilter {
    /// Only of this programme.
    pub program_id: Option<Uuid>,
    /// Only to this enrolment.
    pub enrolment_id: Option<Uuid>,
    /// Only of this household.
    pub household_id: Option<Uuid>,
    /// Only for this period.
    pub period_id: Option<Uuid>,
    /// Only in this state.
    #[param(example = "paid")]
    pub state: Option<DisbursementState>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SIM-BAYAR-00017")]
    pub external_reference: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn november() -> Period {
        Period {
            period_id: Uuid::nil(),
            program_id: Uuid::nil(),
            label: "November 2026".into(),
            fiscal_year: 2026,
            starts_on: day("2026-11-01"),
            ends_on: day("2026-11-30"),
        }
    }

    fn faults(recorded: RecordedAs, paid_on: Option<&str>, proof: Option<&str>) -> Vec<String> {
        let checked = recorded.check(paid_on.map(day), proof, &november(), day("2026-11-24"));
        let faults = checked.err().map(|problem| problem.errors).unwrap_or_default();
        faults.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn what_is_paid_names_a_day_that_has_come() {
        assert_eq!(faults(RecordedAs::Paid, None, Some("X")), ["/paid_on"]);
        assert_eq!(faults(RecordedAs::Paid, Some("2026-11-25"), None), ["/paid_on"]);
        assert!(faults(RecordedAs::Paid, Some("2026-11-24"), Some("X")).is_empty());
    }

    #[test]
    fn nothing_is_paid_before_its_period_begins() {
        assert_eq!(faults(RecordedAs::Paid, Some("2026-10-31"), None), ["/paid_on"]);
        assert!(faults(RecordedAs::Paid, Some("2026-11-01"), None).is_empty());
    }

    #[test]
    fn what_is_planned_has_neither_day_nor_proof() {
        assert_eq!(faults(RecordedAs::Planned, Some("2026-11-20"), Some("X")), ["/paid_on", "/proof_reference"]);
        assert!(faults(RecordedAs::Planned, None, None).is_empty());
    }
}
