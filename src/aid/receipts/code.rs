//! The code of a receipt: 128 random bits, printed in Crockford's base32, whose letters can be read aloud and copied by
//! hand. It does not print itself.

use crate::platform::vault::random_bytes;
use std::fmt;
use zeroize::Zeroize;

/// No I, L, O and U, which are taken for others.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 26 letters of five bits hold 128.
const LENGTH: usize = 26;
/// Letters that stand together in print.
const GROUP: usize = 4;

/// A receipt's code.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptCode(u128);

impl ReceiptCode {
    /// One that nobody has.
    #[must_use]
    pub fn random() -> Self {
        Self(u128::from_be_bytes(random_bytes()))
    }

    /// The 16 bytes, as they are sealed and digested.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From what [`ReceiptCode::bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(u128::from_be_bytes(bytes)))
    }

    /// Reads what somebody copied: in any case, with or without hyphens and blanks, and with the letters that are taken
    /// for digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters = || text.chars().filter(|letter| !matches!(letter, '-' | ' '));
        if letters().count() != LENGTH {
            return None;
        }
        letters().try_fold(0_u128, |bits, letter| Some(bits.checked_mul(32)? | value_of(letter)?)).map(Self)
    }

    /// In groups, as it stands on the receipt.
    #[must_use]
    pub fn printed(&self) -> String {
        let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
        for place in 0..LENGTH {
            if place > 0 && place.is_multiple_of(GROUP) {
                text.push('-');
            }
            let value = (self.0 >> (5 * (LENGTH - 1 - place))) & 31;
            text.extend(
                usize::try_from(value).ok().and_then(|value| LETTERS.get(value)).map(|letter| char::from(*letter)),
            );
        }
        text
    }
}

fn value_of(letter: char) -> Option<u128> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    LETTERS.iter().zip(0..).find(|(known, _)| char::from(**known) == letter).map(|(_, value)| value)
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptCode(…)")
    }
}

impl Drop for ReceiptCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::ReceiptCode;

    #[test]
    fn a_code_is_printed_in_groups_of_crockford_s_letters() {
        // By hand: 128 bits are 3 bits and 25 times 5; all ones are 7, then Z.
        assert_eq!(ReceiptCode(u128::MAX).printed(), "7ZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZ");
        assert_eq!(ReceiptCode(0).printed(), "0000-0000-0000-0000-0000-0000-00");
        // 1 x 32 + 18 (J).
        assert_eq!(ReceiptCode(50).printed(), "0000-0000-0000-0000-0000-0000-1J");
    }

    #[test]
    fn what_is_printed_is_read_and_so_is_what_a_hand_makes_of_it() {
        let code = ReceiptCode::random();
        let printed = code.printed();
        assert_eq!(ReceiptCode::parse(&printed), Some(code.clone()));
        assert_eq!(ReceiptCode::parse(&printed.replace('-', "").to_lowercase()), Some(code.clone()));
        assert_eq!(ReceiptCode::parse(&printed.replace('-', " ").replace('0', "o").replace('1', "l")), Some(code));
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        for wrong in [
            "",
            "-",
            "0000-0000-0000-0000-0000-0000-0",
            "0000-0000-0000-0000-0000-0000-000",
            "U000-0000-0000-0000-0000-0000-00",
            // A bit too many.
            "8000-0000-0000-0000-0000-0000-00",
            "0000-0000-0000-0000-0000-0000-0é",
        ] {
            assert_eq!(ReceiptCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_does_not_print_itself() {
        assert_eq!(format!("{:?}", ReceiptCode(50)), "ReceiptCode(…)");
    }
}
