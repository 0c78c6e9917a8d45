//! The number of an account (nomor rekening, nomor KKS). It does not print itself: `Debug` shows the mask, and there is no
//! `Display` and no `Serialize`.

use crate::platform::{
    identity::mask,
    problem::{Outcome, codes},
};
use serde::{Deserialize, Deserializer};
use std::fmt;
use zeroize::Zeroizing;

/// The text is no number of an account. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 8 to 20 digits")]
pub struct NotAnAccountNumber;

/// 8 to 20 digits.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountNumber(Zeroizing<String>);

impl AccountNumber {
    /// Reads digits; blanks and dashes, by which people group them, are taken out.
    ///
    /// # Errors
    /// [`NotAnAccountNumber`].
    pub fn parse(text: &str) -> Result<Self, NotAnAccountNumber> {
        let digits: String = text.chars().filter(|letter| !matches!(letter, ' ' | '-')).collect();
        let digits = Zeroizing::new(digits);
        let is_number = (8..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { Ok(Self(digits)) } else { Err(NotAnAccountNumber) }
    }

    /// The digits in clear. Every call is a place where a number leaves its type.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The last two digits.
    #[must_use]
    pub fn tail(&self) -> &str {
        self.0.get(self.0.len() - 2..).unwrap_or_default()
    }

    /// `**************42`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(self.tail())
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// A number as it was sent: read at once, so that no text of it stays, and judged with the other fields.
#[derive(Debug, Clone)]
pub struct SentNumber(Result<AccountNumber, NotAnAccountNumber>);

impl SentNumber {
    /// The number.
    ///
    /// # Errors
    /// `invalid-fields`.
    pub fn read(&self) -> Outcome<&AccountNumber> {
        self.0.as_ref().map_err(|_| codes::INVALID.field("/number", NOT_A_NUMBER.0, NOT_A_NUMBER.1))
    }
}

const NOT_A_NUMBER: (&str, &str) = ("harus 8 sampai 20 angka", "must be 8 to 20 digits");

/// Checks what was sent.
///
/// # Errors
/// Says so in both languages.
pub fn is_account_number(sent: &SentNumber, (): &()) -> garde::Result {
    let (indonesian, english) = NOT_A_NUMBER;
    sent.0.as_ref().map(drop).map_err(|_| garde::Error::new(format!("{indonesian} | {english}")))
}

impl<'de> Deserialize<'de> for SentNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Ok(Self(AccountNumber::parse(&text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_dashes_are_taken_out_and_zeros_stay() {
        let number = AccountNumber::parse(" 0012-3456 7842").unwrap();
        assert_eq!((number.reveal(), number.tail()), ("001234567842", "42"));
    }

    #[test]
    fn what_is_not_8_to_20_digits_is_no_number() {
        for text in ["1234567", "123456789012345678901", "12345678a", "1.23457E+14", "１２３４５６７８", "", "--------"]
        {
            assert_eq!(AccountNumber::parse(text), Err(NotAnAccountNumber), "{text}");
        }
        for text in ["12345678", "12345678901234567890"] {
            assert!(AccountNumber::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_number_does_not_print_itself_nor_does_the_refusal_of_one() {
        assert_eq!(format!("{:?}", AccountNumber::parse("001234567842")), "Ok(**************42)");
        let sent: SentNumber = serde_json::from_str("\"1234567\"").unwrap();
        let refused = sent.read().unwrap_err();
        assert_eq!(refused.errors[0].message.english, "must be 8 to 20 digits");
        assert!(!format!("{sent:?} {refused:?}").contains("1234567"));
    }
}
