//! Text in Helvetica, one of the fonts that every PDF reader has: its bytes, its widths, and where a line ends.

use encoding_rs::WINDOWS_1252;

/// Widths of the letters from blank to tilde in thousandths of the font's size (Adobe's metrics of Helvetica).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
/// The widest of all others.
const OTHER: u16 = 1000;
/// `…` in the bytes of a page.
const ELLIPSIS: u8 = 0x85;

/// A text in the bytes of a page (WinAnsi): what has none is a question mark, what is no letter a blank.
#[must_use]
pub fn bytes(text: &str) -> Vec<u8> {
    text.chars().map(byte).collect()
}

fn byte(letter: char) -> u8 {
    if letter.is_control() {
        return b' ';
    }
    let mut buffer = [0; 4];
    let (bytes, _, has_none) = WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
    bytes.first().copied().filter(|_| !has_none).unwrap_or(b'?')
}

fn width_of(byte: u8) -> u16 {
    byte.checked_sub(b' ').and_then(|place| WIDTHS.get(usize::from(place))).copied().unwrap_or(OTHER)
}

/// Width of bytes at a size, in points.
#[must_use]
pub fn width(bytes: &[u8], size: f32) -> f32 {
    bytes.iter().map(|byte| f32::from(width_of(*byte))).sum::<f32>() * size / 1000.0
}

/// The text in lines no wider than so many points: broken between words, and within one that is wider than a line. What is
/// beyond `most` lines ends in `…`.
#[must_use]
pub fn lines(text: &str, size: f32, widest: f32, most: usize) -> Vec<Vec<u8>> {
    let text = bytes(text);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for word in text.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_vec() } else { [&line, &b" "[..], word].concat() };
        if width(&longer, size) <= widest {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(line);
        }
        let mut begun = pieces(word, size, widest);
        line = begun.pop().unwrap_or_default();
        lines.extend(begun);
    }
    lines.push(line);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push(ELLIPSIS);
            while width(last, size) > widest && last.len() > 1 {
                last.remove(last.len() - 2);
            }
        }
    }
    lines
}

/// A word in pieces that fit.
fn pieces(word: &[u8], size: f32, widest: f32) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = vec![Vec::new()];
    for byte in word {
        let full =
            pieces.last().is_some_and(|piece| !piece.is_empty() && width(piece, size) + width(&[*byte], size) > widest);
        match pieces.last_mut() {
            Some(piece) if !full => piece.push(*byte),
            _ => pieces.push(vec![*byte]),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::{bytes, lines, width};

    #[test]
    fn letters_that_a_page_has_stay_and_others_are_question_marks() {
        assert_eq!(bytes("Né’…"), [b'N', 0xe9, 0x92, 0x85]);
        assert_eq!(bytes("a\n\u{7f}\u{81}b"), b"a   b");
        assert_eq!(bytes("ꦱ字"), b"??");
    }

    #[test]
    fn a_width_is_the_sum_of_its_letters() {
        // A 667, blank 278, i 222, 1 556, ~ 584 thousandths.
        assert!((width(b"A i1~", 10.0) - 23.07).abs() < 0.001);
    }

    #[test]
    fn a_line_ends_between_words_and_within_one_that_is_too_long() {
        let text =
            |lines: Vec<Vec<u8>>| lines.into_iter().map(|line| String::from_utf8(line).unwrap()).collect::<Vec<_>>();
        // At size 10 a zero is 5.56 points wide and a blank 2.78: four zeros and a blank are 25.02.
        assert_eq!(text(lines("00 00 00", 10.0, 25.1, 9)), ["00 00", "00"]);
        assert_eq!(text(lines(" 00000 0", 10.0, 14.0, 9)), ["00", "00", "0 0"]);
        assert_eq!(text(lines("0 00000", 10.0, 12.0, 9)), ["0", "00", "00", "0"]);
        assert_eq!(text(lines("", 10.0, 12.0, 9)), [""]);
    }

    #[test]
    fn what_does_not_fit_the_lines_there_are_ends_in_dots() {
        // `…` is a thousand thousandths wide: one zero gives way to it.
        assert_eq!(lines("00 00 00", 10.0, 16.0, 2), [b"00".to_vec(), vec![b'0', 0x85]]);
    }
}
