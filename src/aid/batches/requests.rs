//! What callers send of batches.

use super::{BatchState, WhyLeftOut};
use crate::{
    aid::programs::requests::is_amount,
    platform::{
        approvals::Quorum,
        civil::is_plausible,
        problem::{Outcome, codes},
        reason::words,
        rupiah::Rupiah,
    },
};
use chrono::NaiveDate;
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A batch to be prepared.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// A managed programme of your own agency.
    #[garde(skip)]
    pub program_id: Uuid,
    /// A period of it.
    #[garde(skip)]
    pub period_id: Uuid,
    /// The payment partner that pays it: an agency of kind bank or postal.
    #[garde(length(chars, min = 1, max = 60))]
    #[schema(example = "bank-jatim")]
    pub partner_code: String,
    /// The decree (SK penetapan) that stands behind the list.
    #[garde(custom(words(100)))]
    #[schema(example = "SK Kepala Dinas Sosial 460/12/2026")]
    pub decree_number: String,
    /// The day of the decree.
    #[garde(custom(is_plausible))]
    #[schema(example = "2026-03-02")]
    pub decree_date: NaiveDate,
    /// Rupiah for each; leave it out to take the programme's amount.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// The budget that it draws on, where the programme has several for the period's year.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub budget_id: Option<Uuid>,
    /// Your own id for it, by which it can be found.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SPM-2026-0042")]
    pub external_reference: Option<String>,
}

/// A list to be frozen anew.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Freezing {
    /// Rupiah for each; leave it out to take the programme's amount.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 300_000)]
    pub amount_idr: Option<Rupiah>,
}

/// A submission to approvers.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "Tahap 1 sesuai SK penetapan")]
    pub reason: String,
    /// How many approvers must agree, whoever they are; one, where neither this nor `named` is said.
    #[serde(default)]
    #[garde(inner(range(min = 1, max = 20)))]
    #[schema(example = json!(null))]
    pub needed: Option<i16>,
    /// The persons who must all agree; instead of `needed`.
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schema(example = json!([]))]
    pub named: Vec<Uuid>,
}

impl Submission {
    /// Who must agree.
    ///
    /// # Errors
    /// `invalid-fields` where both a number and persons are said: one would be dropped in silence.
    pub fn quorum(&self) -> Outcome<Quorum> {
        match (self.named.as_slice(), self.needed) {
            ([], None | Some(1)) => Ok(Quorum::AnyOne),
            ([], Some(needed)) => Ok(Quorum::SoMany(needed)),
            (named, None) => Ok(Quorum::AllOf(named.to_vec())),
            (_, Some(_)) => Err(codes::INVALID.field(
                "/needed",
                "hanya tanpa named: yang disebut harus setuju semua",
                "only without named: all who are named must agree",
            )),
        }
    }
}

/// The closing of a batch.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Why those without a result fail; leave it out to close only what has all its results.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "Tidak diambil sampai batas waktu")]
    pub fail_outstanding: Option<String>,
}

/// Which batches to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BatchFilter {
    /// Only of this programme.
    pub program_id: Option<Uuid>,
    /// Only for this period.
    pub period_id: Option<Uuid>,
    /// Only for this payment partner.
    #[param(example = "bank-jatim")]
    pub partner: Option<String>,
    /// Only in this state.
    #[param(example = "handed_over")]
    pub state: Option<BatchState>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SPM-2026-0042")]
    pub external_reference: Option<String>,
}

/// Which findings to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FindingFilter {
    /// Only of this kind.
    #[param(example = "missing-account")]
    pub kind: Option<WhyLeftOut>,
}
