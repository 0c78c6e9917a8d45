//! Counts of households or persons that do not give single ones away.

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

/// How many there are; fewer than five read `"<5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallCount {
    count: i64,
    /// Not told although it is large enough: a smaller one could be reckoned from it.
    withheld: bool,
}

impl SmallCount {
    /// A count that stands alone.
    #[must_use]
    pub const fn of(count: i64) -> Self {
        Self { count, withheld: false }
    }

    /// The parts of a whole that is told. Where what is not told adds up to fewer than five, it could be reckoned
    /// from the whole and the other parts; the smallest of those is then withheld as well.
    #[must_use]
    pub fn parts(counts: &[i64]) -> Vec<Self> {
        let mut parts: Vec<Self> = counts.iter().map(|count| Self::of(*count)).collect();
        let hidden: i64 = parts.iter().filter(|part| !part.is_told()).map(|part| part.count).sum();
        if (1..SMALLEST_TOLD).contains(&hidden) {
            let smallest = parts.iter_mut().filter(|part| part.is_told()).min_by_key(|part| part.count);
            if let Some(smallest) = smallest {
                smallest.withheld = true;
            }
        }
        parts
    }

    /// Whether the count is told as it is, so that what follows from it may be told too.
    #[must_use]
    pub const fn is_told(self) -> bool {
        self.count >= SMALLEST_TOLD && !self.withheld
    }
}

impl Serialize for SmallCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self { withheld: true, .. } => serializer.serialize_none(),
            Self { count, .. } if *count < SMALLEST_TOLD => serializer.serialize_str("<5"),
            Self { count, .. } => serializer.serialize_i64(*count),
        }
    }
}

impl PartialSchema for SmallCount {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(SMALLEST_TOLD)))
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["<5"])))
            .item(ObjectBuilder::new().schema_type(Type::Null))
            .description(Some(
                "A count; fewer than five read `\"<5\"`, zero too; null where a smaller one could be reckoned from it",
            ))
            .examples([serde_json::json!(1204), serde_json::json!("<5"), serde_json::json!(null)])
            .into()
    }
}

impl ToSchema for SmallCount {}

#[cfg(test)]
mod tests {
    use super::SmallCount;
    use serde_json::{json, to_value};

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
}
