//! Counts of households or persons that do not give single ones away.

use super::vault::Digest;
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, OneOfBuilder, Type},
    },
};

/// The smallest count that is told.
const SMALLEST_TOLD: i64 = 5;

/// What a rough count is a multiple of.
const ROUGHNESS: i64 = 10;

/// How far the shift of a rough count goes, on an average.
const SHIFT: f64 = 5.0;

/// How many there are, as it may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmallCount {
    /// As it is.
    Told(i64),
    /// Fewer than five: `"<5"`.
    Few,
    /// Not told although it is large enough: a smaller one could be reckoned from it.
    Withheld,
    /// A multiple of ten near it; below ten `"<10"`.
    Rough(i64),
}

impl SmallCount {
    /// A count that stands alone.
    #[must_use]
    pub const fn of(count: i64) -> Self {
        if count < SMALLEST_TOLD { Self::Few } else { Self::Told(count) }
    }

    /// The parts of a whole that is told. Where what is not told adds up to fewer than five, it could be reckoned
    /// from the whole and the other parts; the smallest of those is then withheld as well.
    #[must_use]
    pub fn parts(counts: &[i64]) -> Vec<Self> {
        let mut parts: Vec<Self> = counts.iter().map(|count| Self::of(*count)).collect();
        let hidden: i64 = counts.iter().filter(|count| **count < SMALLEST_TOLD).sum();
        if (1..SMALLEST_TOLD).contains(&hidden) {
            let smallest = parts.iter_mut().filter(|part| part.told().is_some()).min_by_key(|part| part.told());
            if let Some(smallest) = smallest {
                *smallest = Self::Withheld;
            }
        }
        parts
    }

    /// A count of which one more or less must tell nothing surely: shifted by a number that nobody knows, and rounded
    /// down to tens. Rounding alone would not do, since whoever knows of nineteen others sees the twentieth. The shift
    /// is drawn by `chance`: the same for the same question, so that asking again tells nothing more.
    #[must_use]
    pub fn rough(count: i64, chance: &Digest) -> Self {
        Self::Rough((count + shift(chance)).max(0) / ROUGHNESS * ROUGHNESS)
    }

    /// The count where it is told, so that what follows from it may be told too.
    #[must_use]
    pub const fn told(self) -> Option<i64> {
        match self {
            Self::Told(count) | Self::Rough(count @ ROUGHNESS..) => Some(count),
            _ => None,
        }
    }
}

/// A number around zero of which none is impossible, and one further from it less likely: the difference of two that
/// are drawn geometrically, each smaller by the same factor in likelihood than the one before.
fn shift(chance: &Digest) -> i64 {
    let drawn = |bytes: &[u8]| {
        let number = bytes.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // Between 0 and 1, and neither.
        let share = (number as f64 + 0.5) / (1_u64 << 48) as f64;
        (-share.ln() * SHIFT).floor() as i64
    };
    let (one, other) = chance.split_at(chance.len() / 2);
    drawn(one) - drawn(other)
}

impl Serialize for SmallCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Few => serializer.serialize_str("<5"),
            Self::Withheld => serializer.serialize_none(),
            Self::Rough(..ROUGHNESS) => serializer.serialize_str("<10"),
            Self::Told(count) | Self::Rough(count) => serializer.serialize_i64(count),
        }
    }
}

impl PartialSchema for SmallCount {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(SMALLEST_TOLD)))
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["<5", "<10"])))
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .description(Some(
                "A count; fewer than five read `\"<5\"`, zero too; null where a smaller one could be reckoned from it. A \
                 rough one is a multiple of ten near the count, and below ten reads `\"<10\"`",
            ))
            .examples([serde_json::json!(1204), serde_json::json!("<5"), serde_json::json!(null)])
            .into()
    }
}

impl ToSchema for SmallCount {}

#[cfg(test)]
mod tests {
    use super::{SmallCount, shift};
    use serde_json::{json, to_value};
    use sha2::{Digest as _, Sha256};

    #[test]
    fn fewer_than_five_are_not_told_apart() {
        for few in [0, 1, 4] {
            assert_eq!(to_value(SmallCount::of(few)).ok(), Some(json!("<5")));
        }
        assert_eq!(to_value(SmallCount::of(5)).ok(), Some(json!(5)));
    }

    fn told(counts: &[i64]) -> Option<serde_json::Value> {
        to_value(SmallCount::parts(counts)).ok()
    }

    #[test]
    fn a_small_part_can_t_be_reckoned_from_the_whole_and_the_other_parts() {
        // Of 13 in all: 13 - 6 - 5 would tell the 2.
        assert_eq!(told(&[6, 5, 2]), Some(json!([6, null, "<5"])));
        assert_eq!(told(&[6, 0, 9, 3]), Some(json!([null, "<5", 9, "<5"])));
    }

    #[test]
    fn parts_that_hide_each_other_take_no_other_with_them() {
        assert_eq!(told(&[6, 4, 3]), Some(json!([6, "<5", "<5"])));
        assert_eq!(told(&[6, 0, 7]), Some(json!([6, "<5", 7])));
        assert_eq!(told(&[6, 7]), Some(json!([6, 7])));
    }

    #[test]
    fn a_rough_count_is_of_tens_and_any_count_may_be_told_as_its_neighbour() {
        let chances: Vec<[u8; 32]> = (0..2_000_u32).map(|number| Sha256::digest(number.to_be_bytes()).into()).collect();
        let shifts: Vec<i64> = chances.iter().map(shift).collect();
        let shown = |count: i64| -> Vec<i64> {
            chances.iter().filter_map(|chance| SmallCount::rough(count, chance).told()).collect()
        };
        // Around zero, as often to either side, and mostly near.
        assert!(shifts.iter().sum::<i64>().abs() < 2_000, "{}", shifts.iter().sum::<i64>());
        let near = shifts.iter().filter(|shift| shift.abs() <= 10).count();
        assert!((1_500..2_000).contains(&near), "{near}");
        assert!(shown(19).iter().all(|count| count % 10 == 0));
        // Nobody, nineteen and twenty: none of them is told from its neighbour by what is shown.
        assert!(!shown(0).is_empty() && shown(1).len() < chances.len());
        for count in [10, 20, 30] {
            assert!(shown(19).contains(&count) && shown(20).contains(&count), "{count}");
        }
        assert_eq!(to_value([SmallCount::Rough(0), SmallCount::Rough(20)]).ok(), Some(json!(["<10", 20])));
    }
}
