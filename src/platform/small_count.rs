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
pub struct SmallCount(pub i64);

impl SmallCount {
    /// Whether the count is told as it is, so that what follows from it may be told too.
    #[must_use]
    pub const fn is_told(self) -> bool {
        self.0 >= SMALLEST_TOLD
    }
}

impl Serialize for SmallCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_told() { serializer.serialize_i64(self.0) } else { serializer.serialize_str("<5") }
    }
}

impl PartialSchema for SmallCount {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(SMALLEST_TOLD)))
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["<5"])))
            .description(Some("A count; fewer than five read `\"<5\"`, zero too"))
            .examples([serde_json::json!(1204), serde_json::json!("<5")])
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
            assert_eq!(to_value(SmallCount(few)).ok(), Some(json!("<5")));
        }
        assert_eq!(to_value(SmallCount(5)).ok(), Some(json!(5)));
    }
}
