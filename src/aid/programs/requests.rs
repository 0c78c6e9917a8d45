//! What callers send of programmes.

use super::{
    Cadence, FundSource, Funding, ProgramKind, Serves,
    rules::{MOST_RANKING_STEPS, NewRule, Terms},
};
use crate::{
    aid::eligibility::RankingExpression,
    platform::{
        auth::Principal,
        civil::is_plausible,
        problem::{FieldFault, Outcome, codes},
        region_code::RegionCode,
        rupiah::Rupiah,
    },
};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

/// Rupiah that one payment may be at most: a slip of the keyboard stops here.
const LARGEST_AMOUNT: i64 = 1_000_000_000_000;

/// A programme to be made.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewProgram {
    /// Code by which rules and exclusions name it: capital letters, digits, single dashes. It can't be changed.
    #[garde(custom(is_program_code))]
    #[schema(example = "BLT-DAERAH", max_length = 40)]
    pub code: String,
    /// Name.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Bantuan Langsung Tunai Daerah")]
    pub name: String,
    /// What it gives.
    #[garde(skip)]
    pub kind: ProgramKind,
    /// Whose books the money runs through.
    #[garde(skip)]
    pub funding: Funding,
    /// Whom an enrolment serves.
    #[garde(skip)]
    pub serves: Serves,
    /// The benefit in words.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(example = "Uang tunai Rp 300.000 per bulan")]
    pub benefit: String,
    /// Rupiah for one enrolment and period; leave it out where each payment states it.
    #[serde(default)]
    #[garde(inner(custom(is_amount)))]
    #[schema(example = 300_000)]
    pub amount_idr: Option<Rupiah>,
    /// How often it is given.
    #[garde(skip)]
    pub cadence: Cadence,
    /// Who bears the cost.
    #[garde(skip)]
    pub fund_source: FundSource,
    /// The regulation that it stands on.
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(example = "Perbup Bangkalan 12/2026")]
    pub legal_basis: String,
    /// Regions whose households it serves; each must lie in the caller's own areas.
    #[garde(length(min = 1, max = 100))]
    #[schema(example = json!(["35.26"]))]
    pub areas: Vec<RegionCode>,
    /// First day.
    #[garde(custom(is_plausible))]
    #[schema(example = "2026-01-01")]
    pub starts_on: NaiveDate,
    /// Last day; leave it out where it has no end yet.
    #[serde(default)]
    #[garde(inner(custom(is_plausible)))]
    #[schema(example = "2026-12-31")]
    pub ends_on: Option<NaiveDate>,
    /// Places at most; leave it out where there is no limit.
    #[serde(default)]
    #[garde(inner(range(min = 0)))]
    #[schema(example = 1500)]
    pub quota: Option<i32>,
    /// Codes of programmes beside which this one may not be given, of any agency; they need not be known here yet.
    #[serde(default)]
    #[garde(length(max = 100), inner(custom(is_program_code)))]
    #[schema(example = json!(["PKH", "SEMBAKO"]))]
    pub excludes: Vec<String>,
    /// Codes of programmes that this one may overlap with, by its legal basis.
    #[serde(default)]
    #[garde(length(max = 100), inner(custom(is_program_code)))]
    #[schema(example = json!(["BLTS-KESRA"]))]
    pub may_overlap_with: Vec<String>,
    /// Whether being enrolled says something of a household that other agencies should not see.
    #[serde(default)]
    #[garde(skip)]
    pub sensitive: bool,
    /// Whether the legal basis names illness, disability and the like, so that the rule may ask for them.
    #[serde(default)]
    #[garde(skip)]
    pub sensitive_fields: bool,
    /// Who is eligible, in CEL over the fields of `GET /v1/eligibility-fields`.
    #[garde(length(chars, min = 1))]
    #[schema(example = "household.decile <= 4 && members.exists(m, m.age >= 60)")]
    pub eligibility: String,
    /// Which members of an eligible household are served, in CEL over the member `m`; only where the programme serves
    /// individuals. Left out, any living member may be named.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1)))]
    #[schema(example = json!(null))]
    pub beneficiary: Option<String>,
    /// Who comes first where places are short; equal households are ordered by their id.
    #[serde(default)]
    #[garde(length(max = MOST_RANKING_STEPS))]
    #[schema(example = json!([{"expression": "household.decile", "order": "asc"}]))]
    pub ranking: Vec<RankingExpression>,
    /// The owning system's own id for it.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIM-2026-004")]
    pub external_reference: Option<String>,
}

impl NewProgram {
    /// Its first rule.
    #[must_use]
    pub fn rule(&self) -> NewRule {
        NewRule {
            eligibility: self.eligibility.clone(),
            beneficiary: self.beneficiary.clone(),
            ranking: self.ranking.clone(),
        }
    }

    /// What its rule may say.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        Terms { sensitive_fields: self.sensitive_fields, serves: self.serves }
    }

    /// Checks what takes more than one field, or the caller, to judge.
    ///
    /// # Errors
    /// `invalid-fields`.
    pub fn check(&self, caller: &Principal) -> Outcome<()> {
        let mut faults = Vec::new();
        for (index, area) in self.areas.iter().enumerate().filter(|(_, area)| !caller.covers(area)) {
            faults.push(FieldFault::new(
                format!("/areas/{index}"),
                format!("{area} tidak berada di wilayah Anda"),
                format!("{area} does not lie in your areas"),
            ));
        }
        faults.extend(ends_too_early(self.starts_on, self.ends_on));
        faults.extend(excludes_itself(&self.excludes, &self.code));
        faults.extend(excludes_what_may_overlap(&self.excludes, &self.may_overlap_with));
        if faults.is_empty() { Ok(()) } else { Err(codes::INVALID.fields(faults)) }
    }
}

/// What may change of a programme. What is not named stays; `null` takes away what may be absent.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ProgramChange {
    /// New name.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)))]
    #[schema(example = "BLT Daerah Lansia")]
    pub name: Option<String>,
    /// New benefit in words.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(example = "Uang tunai Rp 350.000 per bulan")]
    pub benefit: Option<String>,
    /// New amount; `null`: each payment states it.
    #[serde(default, deserialize_with = "stated")]
    #[garde(inner(inner(custom(is_amount))))]
    #[schema(value_type = Option<Rupiah>, example = 350_000)]
    pub amount_idr: Option<Option<Rupiah>>,
    /// New legal basis.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 500)))]
    #[schema(example = "Perbup Bangkalan 12/2026 jo. 3/2027")]
    pub legal_basis: Option<String>,
    /// New last day; `null`: no end yet.
    #[serde(default, deserialize_with = "stated")]
    #[garde(inner(inner(custom(is_plausible))))]
    #[schema(value_type = Option<NaiveDate>, example = "2027-12-31")]
    pub ends_on: Option<Option<NaiveDate>>,
    /// New number of places, not below those taken; `null`: no limit.
    #[serde(default, deserialize_with = "stated")]
    #[garde(inner(inner(range(min = 0))))]
    #[schema(value_type = Option<i32>, example = 2000)]
    pub quota: Option<Option<i32>>,
    /// The programmes that it excludes, whole; enrolments that stand are not touched.
    #[serde(default)]
    #[garde(inner(length(max = 100), inner(custom(is_program_code))))]
    #[schema(example = json!(["PKH"]))]
    pub excludes: Option<Vec<String>>,
    /// The programmes that it may overlap with, whole.
    #[serde(default)]
    #[garde(inner(length(max = 100), inner(custom(is_program_code))))]
    #[schema(example = json!(["BLTS-KESRA"]))]
    pub may_overlap_with: Option<Vec<String>>,
    /// The owning system's own id for it; `null`: none.
    #[serde(default, deserialize_with = "stated")]
    #[garde(inner(inner(length(chars, min = 1, max = 100))))]
    #[schema(value_type = Option<String>, example = "SIM-2026-004")]
    pub external_reference: Option<Option<String>>,
}

/// Which programmes to list.
#[derive(Debug, Default, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ProgramFilter {
    /// Only this agency's.
    #[param(example = "dinsos")]
    pub agency: Option<String>,
    /// Only of this kind.
    #[param(example = "cash")]
    pub kind: Option<ProgramKind>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SIM-2026-004")]
    pub external_reference: Option<String>,
}

/// Tells a stated `null` from a field that is not there.
///
/// # Errors
/// Those of the value.
pub fn stated<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A fault of the last day where it comes before the first.
pub(super) fn ends_too_early(starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> Option<FieldFault> {
    ends_on.is_some_and(|ends_on| ends_on < starts_on).then(|| {
        FieldFault::new(
            "/ends_on",
            "lebih awal daripada hari pertama (starts_on)",
            "is before the first day (starts_on)",
        )
    })
}

/// A fault of each exclusion that names the programme itself.
pub(super) fn excludes_itself(excludes: &[String], code: &str) -> Vec<FieldFault> {
    let itself = excludes.iter().enumerate().filter(|(_, excluded)| *excluded == code);
    itself
        .map(|(index, _)| {
            FieldFault::new(
                format!("/excludes/{index}"),
                "program tidak dapat mengecualikan dirinya sendiri",
                "a programme can't exclude itself",
            )
        })
        .collect()
}

/// A fault of each exclusion that is also said to be allowed.
pub(super) fn excludes_what_may_overlap(excludes: &[String], may_overlap_with: &[String]) -> Vec<FieldFault> {
    let both = excludes.iter().enumerate().filter(|(_, excluded)| may_overlap_with.contains(excluded));
    both.map(|(index, _)| {
        FieldFault::new(
            format!("/excludes/{index}"),
            "juga disebut di may_overlap_with",
            "is named in may_overlap_with as well",
        )
    })
    .collect()
}

/// Capital letters and digits, in parts joined by single dashes.
///
/// # Errors
/// Says so in both languages.
pub fn is_program_code(code: &str, (): &()) -> garde::Result {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if code.len() <= 40 && code.split('-').all(part) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "hanya huruf kapital, angka, dan tanda hubung tunggal, paling banyak 40 | only capital letters, digits and single dashes, 40 at most",
        ))
    }
}

/// More than nothing, and no more than a payment can be.
///
/// # Errors
/// Says so in both languages.
pub fn is_amount(amount: &Rupiah, (): &()) -> garde::Result {
    if (1..=LARGEST_AMOUNT).contains(&amount.0) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "harus antara 1 dan 1.000.000.000.000 rupiah | must be between 1 and 1,000,000,000,000 rupiah",
        ))
    }
}
