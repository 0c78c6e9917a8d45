//! What is delivered in kind: goods and services with their quantity and value, whose sum is the payment's amount.

use super::money::Leg;
use crate::{
    aid::programs::{Program, requests::is_amount},
    platform::{
        problem::{Outcome, Problem, codes},
        reason::words,
        rupiah::Rupiah,
    },
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One kind of goods or service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What.
    #[garde(custom(words(100)))]
    #[schema(example = "Beras medium")]
    pub name: String,
    /// How many units.
    #[garde(range(min = 1, max = 1_000_000))]
    #[schema(example = 10)]
    pub quantity: i64,
    /// The unit.
    #[garde(custom(words(30)))]
    #[schema(example = "kg")]
    pub unit: String,
    /// Rupiah for a unit.
    #[garde(custom(is_amount))]
    #[schema(example = 13_500)]
    pub unit_value_idr: Rupiah,
}

/// Items as they are kept; none where nothing is said of them.
#[must_use]
pub fn written(items: &[Item]) -> Option<Value> {
    (!items.is_empty()).then(|| json!(items))
}

/// How much is given: what the items are worth, else what is stated, as far as it is.
///
/// # Errors
/// `invalid-fields`: items of a programme that gives money, or a stated amount that is another than the items' sum.
pub fn worth(program: &Program, items: &[Item], stated: Option<Rupiah>) -> Outcome<Option<Rupiah>> {
    if items.is_empty() {
        return Ok(stated);
    }
    let fault =
        |pointer: &str, indonesian: &str, english: &str| Err(codes::INVALID.field(pointer, indonesian, english));
    if Leg::is_money(program.kind) {
        return fault(
            "/items",
            "program ini memberi uang, bukan barang atau jasa",
            "the programme gives money, not goods or services",
        );
    }
    let sum = items
        .iter()
        .try_fold(Rupiah(0), |sum, item| sum.checked_add(item.unit_value_idr.checked_times(item.quantity)?));
    let sum = sum.ok_or_else(|| Problem::internal("the sum of items does not fit"))?;
    if is_amount(&sum, &()).is_err() {
        return fault(
            "/items",
            "jumlah nilainya melebihi batas satu penyaluran",
            "are worth more than one payment may be",
        );
    }
    match stated {
        Some(stated) if stated != sum => {
            fault("/amount_idr", "bukan jumlah nilai barangnya", "is not what the items are worth")
        }
        _ => Ok(Some(sum)),
    }
}
