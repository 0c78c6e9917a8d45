//! Region codes (kode wilayah) of Kemendagri in their dotted form: `35.26.01.2001`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, schema::Schema},
};

/// A province, regency, district or village, by its dotted code. As a filter or an area it stands for all
/// that lies within it; a prefix ends at a dot, so `35.2` is no code and `35.26.01` does not hold `35.26.011`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RegionCode(String);

/// How far down a region lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegionLevel {
    /// Provinsi.
    Province,
    /// Kabupaten or kota.
    Regency,
    /// Kecamatan.
    District,
    /// Desa or kelurahan.
    Village,
}

/// The text is no region code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a region code such as 35.26.01.2001")]
pub struct NotARegionCode;

impl RegionCode {
    /// The dotted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its level.
    #[must_use]
    pub fn level(&self) -> RegionLevel {
        match self.0.len() {
            2 => RegionLevel::Province,
            5 => RegionLevel::Regency,
            8 => RegionLevel::District,
            _ => RegionLevel::Village,
        }
    }

    /// Whether this region is `other` or lies in it.
    #[must_use]
    pub fn is_within(&self, other: &RegionCode) -> bool {
        self.0.strip_prefix(&other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// A LIKE pattern over the codes of villages within: `35.26.01.%`; of a village, itself.
    #[must_use]
    pub fn pattern(&self) -> String {
        if self.level() == RegionLevel::Village { self.0.clone() } else { format!("{}.%", self.0) }
    }
}

impl FromStr for RegionCode {
    type Err = NotARegionCode;

    /// Takes the dotted form and the undotted one (`3526012001`).
    fn from_str(text: &str) -> Result<Self, NotARegionCode> {
        let digits: String = if text.contains('.') {
            let parts: Vec<&str> = text.split('.').collect();
            let lengths = [2, 2, 2, 4];
            let fits = parts.len() <= 4 && parts.iter().zip(lengths).all(|(part, length)| part.len() == length);
            if !fits {
                return Err(NotARegionCode);
            }
            parts.concat()
        } else {
            text.to_owned()
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotARegionCode);
        }
        let dotted = match digits.len() {
            2 => digits,
            4 => format!("{}.{}", &digits[..2], &digits[2..]),
            6 => format!("{}.{}.{}", &digits[..2], &digits[2..4], &digits[4..]),
            10 => format!("{}.{}.{}.{}", &digits[..2], &digits[2..4], &digits[4..6], &digits[6..]),
            _ => return Err(NotARegionCode),
        };
        Ok(Self(dotted))
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RegionCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RegionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for RegionCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some(r"^\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?$"))
            .description(Some("Kode wilayah Kemendagri / region code in dotted form"))
            .examples(["35.26.02.2001"])
            .into()
    }
}

impl ToSchema for RegionCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_and_undotted_are_one_code() {
        let dotted: RegionCode = "35.26.01.2001".parse().unwrap();
        assert_eq!("3526012001".parse(), Ok(dotted.clone()));
        assert_eq!(dotted.level(), RegionLevel::Village);
    }

    #[test]
    fn a_prefix_ends_at_a_dot() {
        let village: RegionCode = "35.26.01.2001".parse().unwrap();
        let is_within = |prefix: &str| village.is_within(&prefix.parse().unwrap());
        assert!(is_within("35.26.01") && is_within("35.26") && is_within("35.26.01.2001"));
        assert!(!is_within("35.26.02"));
        for wrong in ["35.2", "35.26.", "35.26.1", "3", "35.26.01.200", "a5.26", ""] {
            assert!(wrong.parse::<RegionCode>().is_err(), "{wrong}");
        }
    }
}
