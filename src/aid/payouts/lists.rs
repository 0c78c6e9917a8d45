//! What callers send of many accounts at once, and what they are answered.

use super::{
    Kept, PayoutKind, SharedAccount,
    number::{AccountNumber, SentNumber, is_account_number},
};
use crate::platform::{
    identity::Nik,
    problem::{FieldFault, FieldFaultBody, Language, Outcome, Problem, Refusal, codes},
    query::NoFilter,
    reason::words,
    rows::{Column, Lenient, ListBody, ListRow, Row},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What holds for all accounts that are recorded at once: they are at one bank.
#[derive(Debug, Deserialize, ToSchema, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ForAllAccounts {
    /// The bank that keeps them: an agency of the kind `bank` or `postal`.
    #[garde(skip)]
    #[schema(example = "bank-jatim")]
    #[param(required = false, example = "bank-jatim")]
    pub partner_code: String,
    /// Sort.
    #[garde(skip)]
    #[schema(example = "bank")]
    #[param(required = false, example = "bank")]
    pub kind: PayoutKind,
}

/// An account to be recorded, of a person who is named by id or by NIK.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PayoutAccountRow {
    /// Whose, where no NIK is given.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = "01900000-0000-7000-8000-000000000001")]
    pub individual_id: Option<Uuid>,
    /// Their NIK, sixteen digits, where no id is given.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub nik: Option<String>,
    /// The number, 8 to 20 digits; blanks and dashes between them do not count.
    #[garde(custom(is_account_number))]
    #[schema(value_type = String, example = "0123-0100-0117-42", pattern = "^[0-9 -]+$")]
    pub number: SentNumber,
    /// The holder's name, as the bank has it.
    #[garde(custom(words(200)))]
    #[schema(example = "SITI AMINAH")]
    pub holder_name: String,
}

/// How a row names its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// By id.
    Id(Uuid),
    /// By NIK.
    Nik(Nik),
}

impl PayoutAccountRow {
    /// How it names its person: exactly one way.
    ///
    /// # Errors
    /// `invalid-fields`.
    pub fn named(&self) -> Outcome<Named> {
        let fault = match (self.individual_id, &self.nik) {
            (Some(id), None) => return Ok(Named::Id(id)),
            (None, Some(nik)) => match Nik::parse(nik.trim()) {
                Ok(nik) => return Ok(Named::Nik(nik)),
                Err(_) => FieldFault::new("/nik", "bukan NIK yang sah", "is no valid NIK"),
            },
            _ => FieldFault::new(
                "",
                "isi tepat salah satu: individual_id atau nik",
                "give exactly one: individual_id or nik",
            ),
        };
        Err(codes::INVALID.fields(vec![fault]))
    }
}

impl ListRow for PayoutAccountRow {
    const COLUMNS: &'static [Column] =
        &[Column::key("individual_id"), Column::key("nik"), Column::text("number"), Column::text("holder_name")];
    // The caller's column of numbers gives way to the masked ones: no answer has a number in clear.
    const ANSWERS: &'static [&'static str] =
        &["line", "outcome", "account_id", "individual_id", "number", "shared_with", "code", "detail", "errors"];
    const EXAMPLE_LINES: &'static str = "{\"individual_id\":\"01900000-0000-7000-8000-000000000001\",\"number\":\"012301000117-42\",\"holder_name\":\"SITI AMINAH\"}\n";
    const EXAMPLE_CSV: &'static str =
        "individual_id,number,holder_name\n01900000-0000-7000-8000-000000000001,012301000117-42,SITI AMINAH\n";
}

/// What the partner said of an account.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckRow {
    /// Which account.
    #[garde(skip)]
    pub account_id: Uuid,
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

impl ListRow for CheckRow {
    const COLUMNS: &'static [Column] = &[Column::key("account_id"), Column::flag("valid"), Column::text("reason")];
    const ANSWERS: &'static [&'static str] = &["line", "outcome", "individual_id", "code", "detail", "errors"];
    const EXAMPLE_LINES: &'static str = "{\"account_id\":\"01900000-0000-7000-8000-000000000001\",\"valid\":true}\n";
    const EXAMPLE_CSV: &'static str =
        "account_id,valid,reason\n01900000-0000-7000-8000-000000000001,false,Nama pemilik rekening berbeda\n";
}

/// Accounts to be recorded from a list.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPayoutAccounts {
    /// What holds for all rows.
    #[garde(dive)]
    pub common: ForAllAccounts,
    /// 1 to 10,000 rows.
    #[garde(skip)]
    #[schema(min_items = 1, max_items = 10_000, value_type = Vec<PayoutAccountRow>)]
    pub items: Vec<Lenient<PayoutAccountRow>>,
}

impl ListBody for NewPayoutAccounts {
    type Common = ForAllAccounts;
    type Row = PayoutAccountRow;

    fn parts(self) -> (ForAllAccounts, Vec<Lenient<PayoutAccountRow>>) {
        (self.common, self.items)
    }
}

/// Results of checks.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckResults {
    /// 1 to 10,000 rows.
    #[garde(skip)]
    #[schema(min_items = 1, max_items = 10_000, value_type = Vec<CheckRow>)]
    pub items: Vec<Lenient<CheckRow>>,
}

impl ListBody for CheckResults {
    type Common = NoFilter;
    type Row = CheckRow;

    fn parts(self) -> (NoFilter, Vec<Lenient<CheckRow>>) {
        (NoFilter {}, self.items)
    }
}

/// What became of a row.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutOutcome {
    /// The account was recorded, and one that was open before is closed.
    Recorded,
    /// The account is the one that is open already; nothing of it changed.
    Standing,
    /// The result of the check was recorded.
    Checked,
    /// Nothing of this row was written.
    Refused,
}

/// The answer to a row, in the order of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutAnswer {
    /// Which row, from 0.
    #[schema(example = 0)]
    row: usize,
    /// The line that it begins on, from 1, of NDJSON and CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    line: Option<u64>,
    /// What became of it.
    outcome: PayoutOutcome,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<Uuid>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    individual_id: Option<Uuid>,
    /// Its number, masked; in a CSV file it stands where the number stood.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "**************42")]
    number: Option<String>,
    /// Other persons whose open account in your agency's books has the same number, twenty at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([]))]
    shared_with: Vec<Uuid>,
    /// Why it was refused: a code as of a single account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = json!(null))]
    code: Option<&'static str>,
    /// The code in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(null))]
    detail: Option<String>,
    /// Every wrong field of the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!([]))]
    errors: Vec<FieldFaultBody>,
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

impl PayoutAnswer {
    fn of<T>(row: &Row<T>, outcome: PayoutOutcome) -> Self {
        Self {
            row: row.number,
            line: row.line,
            outcome,
            account_id: None,
            individual_id: None,
            number: None,
            shared_with: Vec::new(),
            code: None,
            detail: None,
            errors: Vec::new(),
            extra: Map::new(),
        }
    }

    /// The account of a row, as it was recorded or stood already.
    #[must_use]
    pub fn kept(row: &Row<PayoutAccountRow>, number: &AccountNumber, kept: Kept) -> Self {
        let Kept { account: SharedAccount { account, shared_with }, is_new } = kept;
        Self {
            account_id: Some(account.account_id),
            individual_id: Some(account.individual_id),
            number: Some(number.masked()),
            shared_with,
            ..Self::of(row, if is_new { PayoutOutcome::Recorded } else { PayoutOutcome::Standing })
        }
    }

    /// An account that was checked.
    #[must_use]
    pub fn checked(row: &Row<CheckRow>, account_id: Uuid, individual_id: Uuid) -> Self {
        Self {
            account_id: Some(account_id),
            individual_id: Some(individual_id),
            ..Self::of(row, PayoutOutcome::Checked)
        }
    }

    /// Why a row was refused.
    #[must_use]
    pub fn refused<T>(row: &Row<T>, problem: Problem, language: Language) -> Self {
        let problem = Problem { errors: row.within(problem.errors), ..problem };
        let Refusal { code, detail, errors, extra } = Refusal::of(&problem, language);
        Self { code: Some(code), detail: Some(detail), errors, extra, ..Self::of(row, PayoutOutcome::Refused) }
    }
}

/// What became of a list of accounts.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutAccountRows {
    /// Each row, in the order of the list.
    pub items: Vec<PayoutAnswer>,
    /// Accounts recorded.
    #[schema(example = 1)]
    pub recorded: usize,
    /// Accounts that stood already.
    #[schema(example = 0)]
    pub standing: usize,
    /// Rows refused.
    #[schema(example = 0)]
    pub refused: usize,
}

/// What became of a list of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedRows {
    /// Each row, in the order of the list.
    pub items: Vec<PayoutAnswer>,
    /// Accounts checked.
    #[schema(example = 1)]
    pub checked: usize,
    /// Rows refused.
    #[schema(example = 0)]
    pub refused: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(individual_id: Option<Uuid>, nik: Option<&str>) -> Result<Named, String> {
        let number = serde_json::from_str("\"12345678\"").unwrap();
        let row = PayoutAccountRow { individual_id, nik: nik.map(str::to_owned), number, holder_name: "A".to_owned() };
        row.named().map_err(|problem| problem.errors[0].pointer.clone())
    }

    #[test]
    fn a_row_names_its_person_in_exactly_one_way() {
        let (id, nik) = (Uuid::now_v7(), "3526015708900003");
        assert_eq!(named(Some(id), None), Ok(Named::Id(id)));
        assert_eq!(named(None, Some(" 3526015708900003 ")), Ok(Named::Nik(Nik::parse(nik).unwrap())));
        assert_eq!(named(None, Some("3526015708900000")), Err("/nik".to_owned()));
        assert_eq!(named(Some(id), Some(nik)), Err(String::new()));
        assert_eq!(named(None, None), Err(String::new()));
    }
}
