//! Why something is done: a body of its own, wherever a route asks for no more than that, and what such words must be.

use garde::Validate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// Why something is done.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why; 1 to 1,000 characters, without the blanks around them.
    #[serde(deserialize_with = "trimmed")]
    #[garde(custom(words(1000)))]
    #[schema(example = "Rekening penerima tidak aktif", min_length = 1, max_length = 1000)]
    pub reason: String,
}

/// Checks words that say why, by whom or on what basis: not blank, and no more than so many characters.
///
/// # Errors
/// Says so in both languages.
pub fn words(most: usize) -> impl Fn(&str, &()) -> garde::Result {
    move |text, ()| {
        if text.trim().is_empty() {
            Err(garde::Error::new("wajib diisi | is required"))
        } else if text.chars().count() > most {
            Err(garde::Error::new(format!("paling banyak {most} karakter | {most} characters at most")))
        } else {
            Ok(())
        }
    }
}

fn trimmed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use crate::platform::json::read;

    #[test]
    fn a_reason_has_words_in_it() {
        let of =
            |text: &str| read::<Reason>(format!(r#"{{"reason":"{text}"}}"#).as_bytes()).map(|read| read.reason).ok();
        assert_eq!(of("  rekening mati "), Some("rekening mati".to_owned()));
        assert_eq!(of("   "), None);
        assert_eq!(of(&"é".repeat(1000)), Some("é".repeat(1000)));
        assert_eq!(of(&"é".repeat(1001)), None);
    }
}
