//! Money in whole rupiah.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whole rupiah. Never a fraction: what comes with one is refused, not rounded.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::BigInt)]
#[schema(example = 600_000)]
pub struct Rupiah(pub i64);

impl diesel::serialize::ToSql<diesel::sql_types::BigInt, diesel::pg::Pg> for Rupiah {
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
        diesel::serialize::ToSql::<diesel::sql_types::BigInt, diesel::pg::Pg>::to_sql(&self.0, out)
    }
}

impl diesel::deserialize::FromSql<diesel::sql_types::BigInt, diesel::pg::Pg> for Rupiah {
    fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        <i64 as diesel::deserialize::FromSql<diesel::sql_types::BigInt, diesel::pg::Pg>>::from_sql(bytes).map(Self)
    }
}

/// Reads an amount as people and banks write it: a number, or a text with `Rp`, dots or commas between thousands, and
/// a fraction that is nothing (`Rp 300.000,00`). What could be read in two ways is refused.
///
/// # Errors
/// Those of the form; a text that is no whole amount.
pub fn written<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Rupiah>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }
    Option::<Written>::deserialize(deserializer)?
        .map(|written| match written {
            Written::Number(number) => Ok(Rupiah(number)),
            Written::Text(text) => Rupiah::parse(&text)
                .ok_or_else(|| serde::de::Error::custom("bukan nilai rupiah bulat | is no whole amount of rupiah")),
        })
        .transpose()
}

impl Rupiah {
    /// The amount in a text, as [`written`] reads it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let bare = lower.strip_prefix("rp").map_or(text, |rest| &text[text.len() - rest.len()..]);
        let bare = bare.trim_start_matches('.').trim().trim_end_matches(",-").trim();
        // Two digits after the last mark are a fraction, three are thousands.
        let whole = match bare.rfind([',', '.']) {
            Some(at) if bare.len() - at == 3 => bare.get(..at).filter(|_| bare.ends_with("00"))?,
            _ => bare,
        };
        let marks: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
        if marks.iter().any(|mark| !matches!(mark, ',' | '.')) || marks.windows(2).any(|two| two[0] != two[1]) {
            return None;
        }
        let mut groups = whole.split([',', '.']);
        let first = groups.next().filter(|first| !first.is_empty() && (marks.is_empty() || first.len() <= 3))?;
        let rest: Vec<&str> = groups.collect();
        if rest.iter().any(|group| group.len() != 3) {
            return None;
        }
        format!("{first}{}", rest.concat()).parse().ok().map(Self)
    }

    /// The sum, or nothing where it no longer fits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// So many times the amount, or nothing where it no longer fits.
    #[must_use]
    pub fn checked_times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Rupiah;

    #[test]
    fn an_amount_is_read_as_people_and_banks_write_it() {
        for text in
            ["300000", "300.000", "300,000", "Rp 300.000", "Rp300.000,00", "rp. 300.000,-", " 300,000.00 ", "300000.00"]
        {
            assert_eq!(Rupiah::parse(text), Some(Rupiah(300_000)), "{text}");
        }
        assert_eq!(Rupiah::parse("Rp 1.250.000"), Some(Rupiah(1_250_000)));
        assert_eq!(Rupiah::parse("0"), Some(Rupiah(0)));
    }

    #[test]
    fn what_is_no_whole_amount_is_not_read() {
        for text in [
            "",
            "Rp",
            "300.000,50",
            "300,0",
            "3.00.000",
            "1.250,000",
            "-300",
            "300 000",
            "3e5",
            "tiga",
            "1234.567",
            "300.000.00.00",
        ] {
            assert_eq!(Rupiah::parse(text), None, "{text}");
        }
    }
}
