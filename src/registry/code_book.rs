//! The code book: which answers a coded question may have, and the words that rules use for them.
//!
//! Codes are data. A delivery of DTSEN brings its own book (`kolom`, `kode`, `keterangan`); a rule names an
//! answer by its word, never by its number, so that the same rule holds when a delivery renumbers.

use std::collections::BTreeMap;

/// One answer of a coded question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number that stands in the delivery.
    pub code: i16,
    /// What the code book says of it, as it is written there.
    pub description: String,
    /// The word for it in rules: [`word`] of the description.
    pub word: String,
    /// The first number in the description, for answers that are quantities: [`number`].
    pub number: Option<i64>,
}

/// The code book of one release: DTSEN column (`kolom`) to its answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeBook {
    columns: BTreeMap<String, Vec<Answer>>,
}

impl CodeBook {
    /// Builds a book from `(kolom, kode, keterangan)` rows, in any order. Of a code that is given twice for a
    /// column the last description counts.
    pub fn from_rows<K, D>(rows: impl IntoIterator<Item = (K, i16, D)>) -> Self
    where
        K: Into<String>,
        D: Into<String>,
    {
        let mut columns: BTreeMap<String, Vec<Answer>> = BTreeMap::new();
        for (column, code, description) in rows {
            let description = description.into();
            let answer = Answer { code, word: word(&description), number: number(&description), description };
            let answers = columns.entry(column.into()).or_default();
            answers.retain(|known| known.code != code);
            answers.push(answer);
        }
        columns.values_mut().for_each(|answers| answers.sort_by_key(|answer| answer.code));
        Self { columns }
    }

    /// The answers of a DTSEN column in the order of their codes; none for a column that is not coded.
    pub fn answers(&self, column: &str) -> &[Answer] {
        self.columns.get(column).map_or(&[], Vec::as_slice)
    }

    /// The codes of a column whose answers satisfy a condition.
    pub fn codes_where(&self, column: &str, condition: impl Fn(&Answer) -> bool) -> Vec<i16> {
        let answers = self.answers(column).iter();
        answers.filter(|answer| condition(answer)).map(|answer| answer.code).collect()
    }

    /// The answer that a code of a column stands for.
    pub fn answer(&self, column: &str, code: i64) -> Option<&Answer> {
        self.answers(column).iter().find(|answer| i64::from(answer.code) == code)
    }

    /// The word of a code. A code that the book does not have still is an answer: it reads `kode_99`, which
    /// no rule can name, so that it equals nothing and differs from everything.
    pub fn word_of(&self, column: &str, code: i64) -> String {
        self.answer(column, code).map_or_else(|| format!("kode_{code}"), |answer| answer.word.clone())
    }

    /// The words that a rule may use for a column, in the order of their codes, each once.
    pub fn words(&self, column: &str) -> Vec<&str> {
        let mut words: Vec<&str> = Vec::new();
        for answer in self.answers(column) {
            if !words.contains(&answer.word.as_str()) {
                words.push(&answer.word);
            }
        }
        words
    }
}

impl Answer {
    /// Whether the answer is "yes" (`ya`).
    pub fn is_yes(&self) -> bool {
        self.word == "ya"
    }

    /// Whether the answer is "no" (`tidak`).
    pub fn is_no(&self) -> bool {
        self.word == "tidak"
    }

    /// Whether the answer names the head of the family (kepala keluarga).
    pub fn is_head(&self) -> bool {
        self.word.starts_with("kepala")
    }

    /// Whether the answer tells of a disability: cannot do it at all (`sama sekali tidak bisa`), or only with
    /// much difficulty (`banyak kesulitan`). The international threshold of the Washington Group's questions.
    pub fn is_severe_difficulty(&self) -> bool {
        self.word.contains("sama_sekali") || self.word.contains("banyak_kesulitan")
    }
}

/// The word of a description: lower case, accents taken off, everything between letters and digits one `_`.
/// `Kayu/papan` becomes `kayu_papan`.
pub fn word(description: &str) -> String {
    let mut word = String::with_capacity(description.len());
    for letter in description.chars().flat_map(char::to_lowercase).map(without_accent) {
        if letter.is_ascii_alphanumeric() {
            word.push(letter);
        } else if !word.is_empty() && !word.ends_with('_') {
            word.push('_');
        }
    }
    word.truncate(word.trim_end_matches('_').len());
    word
}

/// The quantity that a description names: its first number, dots being thousands (`1.300 VA` is 1300). One
/// more where the description says "more than" (`Lebih dari 2.200 VA` is 2201).
pub fn number(description: &str) -> Option<i64> {
    let start = description.find(|letter: char| letter.is_ascii_digit())?;
    let (before, rest) = description.split_at(start);
    let digits: String = rest
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == '.')
        .filter(char::is_ascii_digit)
        .collect();
    let stated: i64 = digits.parse().ok()?;
    let open_ended =
        word(before).split('_').any(|part| matches!(part, "lebih" | "atas")) || before.trim_end().ends_with('>');
    stated.checked_add(i64::from(open_ended))
}

/// The plain letter under the accents that Indonesian and loan words carry.
fn without_accent(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

#[cfg(test)]
impl CodeBook {
    /// The book that `data/code_book.csv` starts with: the codes of the questionnaire of 2022.
    pub(crate) fn of_questionnaire() -> Self {
        let text = include_str!("../../data/code_book.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.records().map(|row| {
            let row = row.expect("a row of three cells");
            (row[0].to_owned(), row[1].parse().expect("a code"), row[2].to_owned())
        });
        Self::from_rows(rows.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_the_description_in_lower_case_with_its_punctuation_gone() {
        assert_eq!(word("Kayu/papan"), "kayu_papan");
        assert_eq!(word("  Kurang gizi (wasting) "), "kurang_gizi_wasting");
        assert_eq!(word("Gas elpiji 5,5 kg"), "gas_elpiji_5_5_kg");
        assert_eq!(word("Café – désa"), "cafe_desa");
        assert_eq!(word("—"), "");
    }

    #[test]
    fn a_number_reads_dots_as_thousands() {
        assert_eq!(number("450 VA"), Some(450));
        assert_eq!(number("1.300 VA"), Some(1300));
        assert_eq!(number("Tanah"), None);
    }

    #[test]
    fn more_than_a_number_is_one_more() {
        assert_eq!(number("Lebih dari 2.200 VA"), Some(2201));
        assert_eq!(number("> 2.200 VA"), Some(2201));
    }

    #[test]
    fn a_code_that_the_book_lacks_reads_as_a_word_that_no_rule_can_name() {
        let book = CodeBook::from_rows([("jenis_lantai_terluas", 8, "Tanah")]);
        assert_eq!(book.word_of("jenis_lantai_terluas", 8), "tanah");
        assert_eq!(book.word_of("jenis_lantai_terluas", 99), "kode_99");
    }

    #[test]
    fn a_code_given_twice_has_its_last_description() {
        let book = CodeBook::from_rows([("kolom", 1, "Lama"), ("kolom", 1, "Baru")]);
        assert_eq!(book.words("kolom"), ["baru"]);
    }
}
