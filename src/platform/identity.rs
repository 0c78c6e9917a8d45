//! Numbers that name a person or a family: the NIK (nomor induk kependudukan) and the KK number
//! (nomor kartu keluarga).
//!
//! A value of these types has a valid form. It does not print itself: `Debug` shows the mask, there is
//! no `Display` and no `Serialize`. Whoever must show one goes through [`Nik::masked`], or asks for the
//! digits by name with [`Nik::reveal`].

use chrono::NaiveDate;
use std::fmt;

/// Why a text is not a NIK or KK number. Says nothing of the digits themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIdentity {
    #[error("not sixteen digits")]
    Length,
    #[error("no province has this code")]
    Region,
    #[error("no such day")]
    Date,
    #[error("serial number 0000")]
    Serial,
}

/// Digits of a NIK or KK number that passed the checks of form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Digits([u8; 16]);

impl Digits {
    fn parse(text: &str, day_offset: u32) -> Result<Self, NotAnIdentity> {
        let digits: [u8; 16] = text.as_bytes().try_into().map_err(|_| NotAnIdentity::Length)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotAnIdentity::Length);
        }
        let number = |from: usize, to: usize| digits[from..to].iter().fold(0u32, |n, d| n * 10 + u32::from(d - b'0'));
        // Provinces are numbered 11 to 99; regency and district begin with 01.
        if number(0, 2) < 11 || number(2, 4) == 0 || number(4, 6) == 0 {
            return Err(NotAnIdentity::Region);
        }
        let (day, month) = (number(6, 8), number(8, 10));
        let day = if day > day_offset && day_offset > 0 { day - day_offset } else { day };
        // The century is not in the number; 2000 is a leap year, so that 29 February passes.
        let leap_safe = 2000 + i32::try_from(number(10, 12)).unwrap_or(0) / 4 * 4;
        NaiveDate::from_ymd_opt(leap_safe, month, day).ok_or(NotAnIdentity::Date)?;
        if number(12, 16) == 0 {
            return Err(NotAnIdentity::Serial);
        }
        Ok(Self(digits))
    }

    fn as_str(&self) -> &str {
        // Only ASCII digits get in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

macro_rules! identity_number {
    ($(#[$doc:meta])* $name:ident, $day_offset:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Digits);

        impl $name {
            /// Reads exactly sixteen digits; whatever needs repair is repaired before.
            ///
            /// # Errors
            /// [`NotAnIdentity`] names the part that is wrong.
            pub fn parse(text: &str) -> Result<Self, NotAnIdentity> {
                Digits::parse(text, $day_offset).map(Self)
            }

            /// The digits in clear. Every call is a place where a number leaves its type.
            #[must_use]
            pub fn reveal(&self) -> &str {
                self.0.as_str()
            }

            /// The last two digits, which is all that most callers may see.
            #[must_use]
            pub fn tail(&self) -> &str {
                &self.0.as_str()[14..]
            }

            /// `**************01`.
            #[must_use]
            pub fn masked(&self) -> String {
                mask(self.tail())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.masked())
            }
        }
    };
}

identity_number!(
    /// Nomor induk kependudukan: region code 6, birth date ddmmyy (day + 40 for women), serial 4.
    Nik,
    40
);
identity_number!(
    /// Nomor kartu keluarga: region code 6, date of issue ddmmyy, serial 4.
    KkNumber,
    0
);

/// The masked form of a number of which only the last two digits are kept.
#[must_use]
pub fn mask(tail: &str) -> String {
    format!("**************{tail}")
}

/// A number of another register as most callers may see it: its last two characters and how long it is.
#[must_use]
pub fn covered(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(2);
    number.chars().enumerate().map(|(at, letter)| if at < hidden { '*' } else { letter }).collect()
}

impl Nik {
    /// The birth date that the number carries, in the century that makes the person younger than a
    /// hundred years on `today`.
    #[must_use]
    pub fn birth_date(&self, today: NaiveDate) -> Option<NaiveDate> {
        use chrono::Datelike;
        let number = |from: usize| self.reveal()[from..from + 2].parse::<u32>().ok();
        let (day, month, year) = (number(6)?, number(8)?, i32::try_from(number(10)?).ok()?);
        let day = if day > 40 { day - 40 } else { day };
        let this_century = today.year() / 100 * 100 + year;
        let year = if this_century > today.year() { this_century - 100 } else { this_century };
        NaiveDate::from_ymd_opt(year, month, day)
    }

    /// Whether the number says that its holder is a woman (day of birth + 40).
    #[must_use]
    pub fn says_female(&self) -> bool {
        self.reveal()[6..8].parse::<u32>().is_ok_and(|day| day > 40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_woman_s_day_counts_from_forty() {
        let nik = Nik::parse("3526015708900003").unwrap();
        assert!(nik.says_female());
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        assert_eq!(nik.birth_date(today), NaiveDate::from_ymd_opt(1990, 8, 17));
    }

    #[test]
    fn a_number_of_wrong_form_does_not_become_a_nik() {
        for (text, why) in [
            ("352601170890000", NotAnIdentity::Length),
            ("35260117089000O3", NotAnIdentity::Length),
            ("0026011708900003", NotAnIdentity::Region),
            ("3526013213900003", NotAnIdentity::Date),
            ("3526017208900003", NotAnIdentity::Date),
            ("3526011708900000", NotAnIdentity::Serial),
        ] {
            assert_eq!(Nik::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_number_does_not_print_itself() {
        let nik = Nik::parse("3526011708900003").unwrap();
        assert_eq!(format!("{nik:?}"), "**************03");
    }

    #[test]
    fn a_card_number_knows_no_women() {
        assert_eq!(KkNumber::parse("3526015708900003"), Err(NotAnIdentity::Date));
    }
}
