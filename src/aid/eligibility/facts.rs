//! What is known of one household, in the words that rules use.

use super::catalogue::{Field, FieldScope, Source, difficulties, of_scope};
use crate::registry::code_book::{Answer, CodeBook};
use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value};

/// A household as a rule sees it: names of fields to words, numbers and yes or no; null where nobody answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HouseholdFacts {
    /// `household.…`
    pub household: Map<String, Value>,
    /// `members`, in the order of the household.
    pub members: Vec<MemberFacts>,
    /// `aid.programs`
    pub programs: Vec<String>,
}

/// A member of a household as a rule sees them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MemberFacts {
    /// Order within the household, from 1.
    pub position: i64,
    /// `m.…`
    pub values: Map<String, Value>,
}

impl HouseholdFacts {
    /// Reads the facts from rows of the snapshots, as `to_jsonb` gives them: names of columns to codes. `on` is
    /// the day of the decision, on which ages are counted; `programs` are the codes of the programmes in which
    /// the household stands with any agency. A column that is not in a row is not answered.
    pub fn from_rows(
        household: &Value,
        members: &[Value],
        programs: Vec<String>,
        book: &CodeBook,
        on: NaiveDate,
    ) -> Self {
        let read = |scope, row: &Value| {
            of_scope(scope).map(|field| (field.name.to_owned(), value_of(field, row, book, on))).collect::<Map<_, _>>()
        };
        let mut members: Vec<MemberFacts> = members
            .iter()
            .map(|row| MemberFacts {
                position: row["position"].as_i64().unwrap_or_default(),
                values: read(FieldScope::Member, row),
            })
            .collect();
        members.sort_by_key(|member| member.position);
        Self { household: read(FieldScope::Household, household), members, programs }
    }
}

fn value_of(field: &Field, row: &Value, book: &CodeBook, on: NaiveDate) -> Value {
    if field.source == Source::Disabled {
        return disabled(row, book).into();
    }
    let cell = &row[field.column];
    match field.source {
        Source::Number | Source::Flag | Source::Text | Source::Region => return cell.clone(),
        Source::Age => return age(cell, on).into(),
        _ => {}
    }
    let Some(code) = cell.as_i64() else {
        return Value::Null;
    };
    let answer = book.answer(field.dtsen, code);
    match field.source {
        Source::Coded => book.word_of(field.dtsen, code).into(),
        Source::CodedNumber => answer.and_then(|answer| answer.number).into(),
        Source::CodedFlag => answer.and_then(yes_or_no).into(),
        Source::Head => answer.is_some_and(Answer::is_head).into(),
        _ => Value::Null,
    }
}

fn yes_or_no(answer: &Answer) -> Option<bool> {
    if answer.is_yes() { Some(true) } else { answer.is_no().then_some(false) }
}

/// Whole years: the birthday counts from the day itself, for one born on 29 February from 1 March of other years.
fn age(born: &Value, on: NaiveDate) -> Option<i64> {
    let born: NaiveDate = born.as_str()?.parse().ok()?;
    let before_birthday = (on.month(), on.day()) < (born.month(), born.day());
    Some(i64::from(on.year() - born.year()) - i64::from(before_birthday))
}

fn disabled(row: &Value, book: &CodeBook) -> Option<bool> {
    let severe = |field: &Field| {
        let code = row[field.column].as_i64()?;
        Some(book.answer(field.dtsen, code).is_some_and(Answer::is_severe_difficulty))
    };
    let answers: Vec<Option<bool>> = difficulties().map(severe).collect();
    if answers.contains(&Some(true)) { Some(true) } else { (!answers.contains(&None)).then_some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_birthday_counts_from_the_day_itself() {
        assert_eq!(age(&json!("1966-05-10"), date("2026-05-09")), Some(59));
        assert_eq!(age(&json!("1966-05-10"), date("2026-05-10")), Some(60));
    }

    #[test]
    fn one_born_on_29_february_grows_older_on_1_march_of_other_years() {
        assert_eq!(age(&json!("2004-02-29"), date("2022-02-28")), Some(17));
        assert_eq!(age(&json!("2004-02-29"), date("2022-03-01")), Some(18));
        assert_eq!(age(&json!("2004-02-29"), date("2024-02-29")), Some(20));
    }

    #[test]
    fn a_member_is_disabled_by_one_severe_difficulty_and_unknown_while_an_answer_is_missing() {
        let columns = [
            "penglihatan",
            "pendengaran",
            "berjalan_atau_naik_tangga",
            "menggunakan_tangan_jari",
            "belajar_kemampuan_intelektual",
            "pengendalian_perilaku",
            "berbicara_komunikasi",
            "mengurus_diri",
            "mengingat_berkonsentrasi",
        ];
        let answers = [(2, "Banyak kesulitan"), (4, "Tidak mengalami kesulitan")];
        let book =
            CodeBook::from_rows(columns.iter().flat_map(|column| answers.map(|(code, words)| (*column, code, words))));
        let mut row = json!({"seeing": 4, "hearing": 4, "walking": 4, "using_hands": 4, "learning": 4,
            "behaviour": 4, "speaking": 4, "self_care": 4, "remembering": 4});
        assert_eq!(disabled(&row, &book), Some(false));
        row["hearing"] = Value::Null;
        assert_eq!(disabled(&row, &book), None);
        row["walking"] = json!(2);
        assert_eq!(disabled(&row, &book), Some(true));
    }
}
