//! Rupiah in Indonesian words (terbilang), and with the dots that Indonesian puts between thousands.

use crate::platform::rupiah::Rupiah;

/// What a thousand is multiplied to, the greatest first; `u64` ends among the quintillions.
const SCALES: &[(u64, &str)] = &[
    (1_000_000_000_000_000_000, "kuintiliun"),
    (1_000_000_000_000_000, "kuadriliun"),
    (1_000_000_000_000, "triliun"),
    (1_000_000_000, "miliar"),
    (1_000_000, "juta"),
    (1_000, "ribu"),
];
const DIGITS: &[&str] = &["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"];

/// An amount as it is said: `tiga ratus ribu rupiah`.
#[must_use]
pub fn in_words(amount: Rupiah) -> String {
    let mut words = Vec::new();
    if amount.0 < 0 {
        words.push("minus");
    }
    let mut rest = amount.0.unsigned_abs();
    if rest == 0 {
        words.push(digit(0));
    }
    for &(scale, name) in SCALES {
        match rest / scale {
            0 => {}
            // One thousand alone has a word of its own; a million has not.
            1 if scale == 1_000 => words.push("seribu"),
            many => {
                below_thousand(many, &mut words);
                words.push(name);
            }
        }
        rest %= scale;
    }
    below_thousand(rest, &mut words);
    words.push("rupiah");
    words.join(" ")
}

fn below_thousand(number: u64, words: &mut Vec<&'static str>) {
    match number / 100 {
        0 => {}
        1 => words.push("seratus"),
        hundreds => words.extend([digit(hundreds), "ratus"]),
    }
    match number % 100 {
        0 => {}
        10 => words.push("sepuluh"),
        11 => words.push("sebelas"),
        ones @ 1..=9 => words.push(digit(ones)),
        teens @ 12..=19 => words.extend([digit(teens - 10), "belas"]),
        tens => {
            words.extend([digit(tens / 10), "puluh"]);
            if tens % 10 > 0 {
                words.push(digit(tens % 10));
            }
        }
    }
}

fn digit(value: u64) -> &'static str {
    usize::try_from(value).ok().and_then(|value| DIGITS.get(value)).copied().unwrap_or_default()
}

/// An amount as it is written: `Rp 300.000`.
#[must_use]
pub fn in_digits(amount: Rupiah) -> String {
    let digits = amount.0.unsigned_abs().to_string();
    let mut written = String::from(if amount.0 < 0 { "Rp -" } else { "Rp " });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push('.');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::{in_digits, in_words};
    use crate::platform::rupiah::Rupiah;

    #[test]
    fn an_amount_is_said_as_indonesian_says_it() {
        for (amount, said) in [
            (0, "nol rupiah"),
            (1, "satu rupiah"),
            (10, "sepuluh rupiah"),
            (11, "sebelas rupiah"),
            (12, "dua belas rupiah"),
            (19, "sembilan belas rupiah"),
            (20, "dua puluh rupiah"),
            (21, "dua puluh satu rupiah"),
            (99, "sembilan puluh sembilan rupiah"),
            (100, "seratus rupiah"),
            (101, "seratus satu rupiah"),
            (110, "seratus sepuluh rupiah"),
            (111, "seratus sebelas rupiah"),
            (200, "dua ratus rupiah"),
            (999, "sembilan ratus sembilan puluh sembilan rupiah"),
            (1_000, "seribu rupiah"),
            (1_001, "seribu satu rupiah"),
            (1_100, "seribu seratus rupiah"),
            (2_000, "dua ribu rupiah"),
            (10_000, "sepuluh ribu rupiah"),
            (11_500, "sebelas ribu lima ratus rupiah"),
            (21_000, "dua puluh satu ribu rupiah"),
            (100_000, "seratus ribu rupiah"),
            (101_000, "seratus satu ribu rupiah"),
            (300_000, "tiga ratus ribu rupiah"),
            (1_000_000, "satu juta rupiah"),
            (1_001_000, "satu juta seribu rupiah"),
            (1_250_075, "satu juta dua ratus lima puluh ribu tujuh puluh lima rupiah"),
            (1_000_000_000, "satu miliar rupiah"),
            (2_000_000_001, "dua miliar satu rupiah"),
            (1_000_000_000_000, "satu triliun rupiah"),
            (
                i64::MAX,
                "sembilan kuintiliun dua ratus dua puluh tiga kuadriliun tiga ratus tujuh puluh dua triliun tiga puluh enam \
                 miliar delapan ratus lima puluh empat juta tujuh ratus tujuh puluh lima ribu delapan ratus tujuh rupiah",
            ),
            (-1_500, "minus seribu lima ratus rupiah"),
        ] {
            assert_eq!(in_words(Rupiah(amount)), said, "{amount}");
        }
    }

    #[test]
    fn an_amount_is_written_with_dots_between_thousands() {
        for (amount, written) in [
            (0, "Rp 0"),
            (999, "Rp 999"),
            (1_000, "Rp 1.000"),
            (300_000, "Rp 300.000"),
            (12_345_678, "Rp 12.345.678"),
            (-300_000, "Rp -300.000"),
        ] {
            assert_eq!(in_digits(Rupiah(amount)), written);
        }
    }
}
