//! What callers send of funds and budgets.

use crate::{
    aid::programs::{FundSource, requests::is_program_code},
    platform::{reason::words, rupiah::Rupiah},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A fund to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewFund {
    /// Code, unique across agencies: capital letters, digits, single dashes.
    #[garde(custom(is_program_code))]
    #[schema(example = "APBD-2026", max_length = 40)]
    pub code: String,
    /// Name.
    #[garde(custom(words(200)))]
    #[schema(example = "APBD Kabupaten Bangkalan 2026")]
    pub name: String,
    /// Who bears the cost.
    #[garde(skip)]
    #[schema(example = "apbd_regency")]
    pub source: FundSource,
    /// The budget year.
    #[garde(range(min = 2025, max = 2036))]
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// Rupiah that are granted.
    #[garde(custom(is_grant))]
    #[schema(example = 5_000_000_000_i64)]
    pub amount_idr: Rupiah,
    /// The regulation that grants it.
    #[garde(custom(words(200)))]
    #[schema(example = "Perda 7/2025 tentang APBD 2026")]
    pub legal_basis: String,
    /// Further agencies whose budgets may draw on it.
    #[serde(default)]
    #[garde(length(max = 100), inner(length(chars, min = 1, max = 60)))]
    #[schema(example = json!([]))]
    pub shared_with: Vec<String>,
    /// Your own id for it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIPD-2026-01")]
    pub external_reference: Option<String>,
}

/// A budget to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewBudget {
    /// The fund that it draws on: your agency's, or one that is shared with it.
    #[garde(skip)]
    pub fund_id: Uuid,
    /// The budget line in your agency's DPA (kode rekening).
    #[garde(custom(words(100)))]
    #[schema(example = "1.06.05.2.02.0004/5.4.02.01")]
    pub line: String,
    /// Name.
    #[garde(custom(words(200)))]
    #[schema(example = "Bantuan sosial tunai lansia")]
    pub name: String,
    /// Rupiah that it is given.
    #[garde(custom(is_grant))]
    #[schema(example = 900_000_000)]
    pub amount_idr: Rupiah,
    /// The document that gives it.
    #[garde(custom(words(200)))]
    #[schema(example = "DPA Dinas Sosial 2026")]
    pub legal_basis: String,
    /// Your own id for it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIPD-2026-0117")]
    pub external_reference: Option<String>,
}

/// A revision of a fund or budget.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// Rupiah given; below zero, taken back.
    #[garde(custom(is_revision))]
    #[schema(example = 1_000_000)]
    pub amount_idr: Rupiah,
    /// The document that it stands on.
    #[garde(custom(words(200)))]
    #[schema(example = "Perbup 31/2026 tentang perubahan penjabaran APBD")]
    pub legal_basis: String,
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "Pergeseran ke bantuan lansia")]
    pub reason: String,
}

/// Rupiah that may be granted at once, a few times a regency's whole budget: a slip of the keyboard stops here, and no sum of
/// grants that somebody could make overflows.
const LARGEST_GRANT: i64 = 10_000_000_000_000;

fn is_grant(amount: &Rupiah, (): &()) -> garde::Result {
    if (1..=LARGEST_GRANT).contains(&amount.0) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "harus antara 1 dan 10.000.000.000.000 rupiah | must be between 1 and 10,000,000,000,000 rupiah",
        ))
    }
}

fn is_revision(amount: &Rupiah, (): &()) -> garde::Result {
    is_grant(&Rupiah(amount.0.saturating_abs()), &())
}

/// Which funds to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FundFilter {
    /// Only of this year.
    #[param(example = 2026)]
    pub fiscal_year: Option<i16>,
    /// Only from this source.
    #[param(example = "apbd_regency")]
    pub source: Option<FundSource>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SIPD-2026-01")]
    pub external_reference: Option<String>,
}

/// Which budgets to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BudgetFilter {
    /// Only of this fund.
    pub fund_id: Option<Uuid>,
    /// Only of this agency.
    #[param(example = "dinsos")]
    pub agency: Option<String>,
    /// Only of this year.
    #[param(example = 2026)]
    pub fiscal_year: Option<i16>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SIPD-2026-0117")]
    pub external_reference: Option<String>,
}
