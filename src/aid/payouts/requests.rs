//! What callers send of one account.

use super::{
    CheckState, PayoutKind,
    number::{SentNumber, is_account_number},
};
use crate::platform::{
    problem::{Outcome, codes},
    reason::words,
};
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An account to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPayoutAccount {
    /// Whose: somebody in the active release, in your areas.
    #[garde(skip)]
    pub individual_id: Uuid,
    /// The bank that keeps it: an agency of the kind `bank` or `postal`.
    #[garde(skip)]
    #[schema(example = "bank-jatim")]
    pub partner_code: String,
    /// Sort.
    #[garde(skip)]
    #[schema(example = "bank")]
    pub kind: PayoutKind,
    /// Its number, 8 to 20 digits; blanks and dashes between them do not count.
    #[garde(custom(is_account_number))]
    #[schema(value_type = String, example = "0123-0100-0117-42", pattern = "^[0-9 -]+$")]
    pub number: SentNumber,
    /// The holder's name, as the bank has it.
    #[garde(custom(words(200)))]
    #[schema(example = "SITI AMINAH")]
    pub holder_name: String,
}

/// What the partner said of an account.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckResult {
    /// Whether number and holder fit.
    #[garde(skip)]
    #[schema(example = false)]
    pub valid: bool,
    /// What is wrong with it; only where it is not valid, and then required.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "Nama pemilik rekening berbeda")]
    pub reason: Option<String>,
}

impl CheckResult {
    /// What an account is after it.
    ///
    /// # Errors
    /// `invalid-fields` where the reason lacks, or there is one for nothing.
    pub fn state(valid: bool, reason: Option<&str>) -> Outcome<CheckState> {
        let fault = |indonesian, english| Err(codes::INVALID.field("/reason", indonesian, english));
        match (valid, reason) {
            (true, None) => Ok(CheckState::Valid),
            (false, Some(_)) => Ok(CheckState::Invalid),
            (true, Some(_)) => fault("hanya bila rekening tidak sah", "only where the account is not valid"),
            (false, None) => fault("wajib diisi bila rekening tidak sah", "is required where the account is not valid"),
        }
    }
}

/// Which accounts to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccountFilter {
    /// Only of this person.
    pub individual_id: Option<Uuid>,
    /// Only of who is in this household in the active release.
    pub household_id: Option<Uuid>,
    /// Only those that the partner has said this of.
    #[param(example = "invalid")]
    pub check_state: Option<CheckState>,
    /// Only open ones, or only closed ones.
    #[param(example = true)]
    pub open: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_gives_a_reason_where_and_only_where_the_account_is_not_valid() {
        let told = |valid, reason| CheckResult::state(valid, reason).ok();
        assert_eq!(told(true, None), Some(CheckState::Valid));
        assert_eq!(told(false, Some("x")), Some(CheckState::Invalid));
        assert_eq!(told(true, Some("x")), None);
        assert_eq!(told(false, None), None);
    }
}
