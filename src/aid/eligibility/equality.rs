//! `==`, `in` and the parts of texts: which values a field may be held against.

use super::calls::negated;
use super::catalogue::{Field, FieldType};
use super::fault::{Message, RuleFaultCode, TextRange, nearest};
use super::rule::{Comparison, Condition, Number, Part};
use super::typing::{Literal, Typed, Typing};
use cel::common::ast::IdedExpr;

impl Typing<'_> {
    pub(super) fn equality(&mut self, left: &IdedExpr, right: &IdedExpr) -> Option<Condition> {
        let (first, second) = (self.typed(left), self.typed(right));
        match (first?, second?) {
            (Typed::Number(a, _), Typed::Number(b, _)) => Some(Condition::Compare(a, Comparison::Equal, b)),
            (Typed::Named(field), Typed::Text(text)) => self.one_of(field, vec![(text, self.places.of(right))]),
            (Typed::Text(text), Typed::Named(field)) => self.one_of(field, vec![(text, self.places.of(left))]),
            (Typed::Condition(condition), Typed::Condition(Condition::Constant(value)))
            | (Typed::Condition(Condition::Constant(value)), Typed::Condition(condition)) => {
                Some(if value { condition } else { negated(condition) })
            }
            (Typed::Condition(_), Typed::Condition(_)) => {
                self.unsupported(right, "benar == benar", Some("&&".into()));
                None
            }
            (Typed::Programs, _) => self.refused_program(left),
            (_, Typed::Programs) => self.refused_program(right),
            (Typed::Number(..), other) => self.refused(right, &other, "angka", "a number"),
            (Typed::Named(_), other) => self.refused(right, &other, "teks dalam tanda petik", "a text in quotes"),
            (Typed::Condition(_), other) => self.refused(right, &other, "benar atau salah", "true or false"),
            (other, _) => self.refused(left, &other, "sebuah bidang", "a field"),
        }
    }

    /// `element in list`.
    pub(super) fn membership(&mut self, element: &IdedExpr, list: &IdedExpr) -> Option<Condition> {
        let (wanted, place) = (self.typed(element), self.places.of(list));
        match (wanted?, self.typed(list)?) {
            (Typed::Text(program), Typed::Programs) => self.enrolled(element, program),
            (_, Typed::Programs) => self.refused_program(element),
            (Typed::Number(..) | Typed::Named(_), Typed::List(values)) if values.is_empty() => {
                let message = Message::new("Daftar ini kosong", "This list is empty");
                self.fault(place, RuleFaultCode::WrongType, message, None);
                None
            }
            (Typed::Number(number, _), Typed::List(values)) => self.number_in(number, values),
            (Typed::Named(field), Typed::List(values)) => {
                let texts = values.into_iter().map(|(value, place)| self.text_value(value, place));
                let texts: Vec<Option<_>> = texts.collect();
                self.one_of(field, texts.into_iter().collect::<Option<Vec<_>>>()?)
            }
            (other, Typed::List(_)) => self.refused(element, &other, "sebuah bidang", "a field"),
            (_, other) => self.refused(list, &other, "daftar", "a list"),
        }
    }

    fn number_in(&mut self, number: Number, values: Vec<(Literal, TextRange)>) -> Option<Condition> {
        let mut numbers = Vec::with_capacity(values.len());
        let mut sound = true;
        for (value, place) in values {
            match value {
                Literal::Number(value) => numbers.push(value),
                Literal::Text(_) => {
                    sound = false;
                    let message = Message::new("Daftar ini harus berisi angka", "This list must hold numbers");
                    self.fault(place, RuleFaultCode::WrongType, message, None);
                }
            }
        }
        sound.then_some(Condition::NumberIn(number, numbers))
    }

    fn text_value(&mut self, value: Literal, place: TextRange) -> Option<(String, TextRange)> {
        match value {
            Literal::Text(text) => Some((text, place)),
            Literal::Number(_) => {
                let message = Message::new(
                    "Daftar ini harus berisi teks dalam tanda petik",
                    "This list must hold texts in quotes",
                );
                self.fault(place, RuleFaultCode::WrongType, message, None);
                None
            }
        }
    }

    /// A word, text or region against the values that it may have.
    fn one_of(&mut self, field: &'static Field, values: Vec<(String, TextRange)>) -> Option<Condition> {
        let mut sound = true;
        for (value, place) in &values {
            sound &= match field.field_type() {
                FieldType::Word => self.known_word(field, value, *place),
                FieldType::Region => self.whole_region(value, *place),
                _ => self.storable(value, *place),
            };
        }
        sound.then(|| Condition::OneOf(field, values.into_iter().map(|(value, _)| value).collect()))
    }

    fn known_word(&mut self, field: &Field, word: &str, place: TextRange) -> bool {
        let words = self.book.words(field.dtsen);
        if words.contains(&word) {
            return true;
        }
        let suggestion = words
            .iter()
            .find(|known| known.split('_').any(|part| part == word))
            .copied()
            .or_else(|| nearest(&crate::registry::code_book::word(word), words))
            .map(|word| format!("'{word}'"));
        let message = Message::new(
            format!("Buku kode tidak mengenal kata '{word}' untuk {}", field.path()),
            format!("The code book has no word '{word}' for {}", field.path()),
        );
        self.fault(place, RuleFaultCode::UnknownWord, message, suggestion);
        false
    }

    fn whole_region(&mut self, code: &str, place: TextRange) -> bool {
        if region_levels(code) == Some(4) {
            return true;
        }
        let message = Message::new(
            format!("'{code}' bukan kode desa/kelurahan bertitik seperti 35.26.01.2001"),
            format!("'{code}' is no dotted code of a village, such as 35.26.01.2001"),
        );
        let suggestion = region_levels(code).map(|_| format!("household.region.startsWith('{code}')"));
        self.fault(place, RuleFaultCode::WrongType, message, suggestion);
        false
    }

    /// PostgreSQL's texts have no character of number zero.
    fn storable(&mut self, text: &str, place: TextRange) -> bool {
        if !text.contains('\0') {
            return true;
        }
        let message = Message::new("Teks memuat karakter nol", "The text holds a null character");
        self.fault(place, RuleFaultCode::Unsupported, message, None);
        false
    }

    pub(super) fn text_part(
        &mut self,
        expression: &IdedExpr,
        name: &str,
        text: &IdedExpr,
        part: &IdedExpr,
    ) -> Option<Typed> {
        let (field, wanted) = (self.typed(text), self.typed(part));
        let place = self.places.of(part);
        let (field, wanted) = match (field?, wanted?) {
            (Typed::Named(field), Typed::Text(wanted)) => (field, wanted),
            (Typed::Named(_), other) => {
                self.wrong_type(part, &other, "teks dalam tanda petik", "a text in quotes");
                return None;
            }
            (other, _) => {
                self.wrong_type(text, &other, "bidang teks", "a text field");
                return None;
            }
        };
        let where_in_text = match name {
            "startsWith" => Part::Start,
            "endsWith" => Part::End,
            _ => Part::Anywhere,
        };
        let sound = match (field.field_type(), where_in_text) {
            (FieldType::Region, Part::Start) => self.region_prefix(&wanted, place),
            (FieldType::Text, _) => self.storable(&wanted, place),
            _ => {
                let suggestion = if field.field_type() == FieldType::Region { "startsWith" } else { "==" };
                self.unsupported(expression, &format!("{name}() ({})", field.path()), Some(suggestion.into()));
                false
            }
        };
        sound.then_some(Typed::Condition(Condition::Contains(field, where_in_text, wanted)))
    }

    /// A prefix of regions ends where a level ends: `35.26.01` or `35.26.01.`, never `35.26.0`.
    fn region_prefix(&mut self, prefix: &str, place: TextRange) -> bool {
        let whole = match prefix.strip_suffix('.') {
            Some(levels) => region_levels(levels).filter(|levels| *levels < 4),
            None => region_levels(prefix),
        };
        if whole.is_some() {
            return true;
        }
        let message = Message::new(
            format!("'{prefix}' bukan awal kode wilayah yang utuh, seperti 35.26 atau 35.26.01"),
            format!("'{prefix}' is no whole beginning of a region's code, such as 35.26 or 35.26.01"),
        );
        let suggestion = prefix
            .rmatch_indices('.')
            .map(|(dot, _)| &prefix[..dot])
            .find(|levels| region_levels(levels).is_some())
            .map(|levels| format!("'{levels}'"));
        self.fault(place, RuleFaultCode::WrongType, message, suggestion);
        false
    }

    fn enrolled(&mut self, element: &IdedExpr, program: String) -> Option<Condition> {
        if is_program_code(&program) {
            return Some(Condition::Enrolled(program));
        }
        let message = Message::new(
            format!("'{program}' bukan kode program: huruf, angka, titik dan garis, paling panjang 40"),
            format!("'{program}' is no programme code: letters, digits, dots and dashes, 40 at most"),
        );
        self.fault(self.places.of(element), RuleFaultCode::UnknownProgramSyntax, message, None);
        None
    }

    fn refused(&mut self, expression: &IdedExpr, found: &Typed, id: &str, en: &str) -> Option<Condition> {
        self.wrong_type(expression, found, id, en);
        None
    }

    fn refused_program(&mut self, expression: &IdedExpr) -> Option<Condition> {
        self.program_syntax(expression);
        None
    }
}

/// How many levels a dotted region code has (1 province to 4 village); nothing if it is none.
fn region_levels(code: &str) -> Option<usize> {
    const DIGITS: [usize; 4] = [2, 2, 2, 4];
    let levels: Vec<&str> = code.split('.').collect();
    let sound = levels.len() <= DIGITS.len()
        && levels
            .iter()
            .zip(DIGITS)
            .all(|(level, digits)| level.len() == digits && level.bytes().all(|byte| byte.is_ascii_digit()));
    sound.then_some(levels.len())
}

fn is_program_code(code: &str) -> bool {
    let sound = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.');
    (1..=40).contains(&code.len()) && code.bytes().all(sound)
}
