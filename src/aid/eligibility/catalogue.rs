//! The catalogue of fields that a rule may ask for: name, type, class, meaning and words.
//!
//! A field is a column of the snapshots under the name that rules use for it. What a release's code book must
//! explain is found by the field's DTSEN column.

use super::fields::FIELDS;
use crate::registry::code_book::CodeBook;
use serde::Serialize;
use utoipa::ToSchema;

/// Whose answer a field is, which is also how a rule names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldScope {
    /// `household.<name>`: the family (keluarga).
    Household,
    /// `m.<name>` inside `members.exists(m, …)` and its like: one of its members (anggota keluarga).
    Member,
    /// `aid.<name>`: what agencies give it.
    Aid,
}

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A whole number: `==`, `<=`, `in`, `+`, `-`, `*`.
    Integer,
    /// True or false: stands by itself, or with `!` before it.
    Boolean,
    /// Free text: `==`, `in`, `startsWith`, `endsWith`, `contains`.
    Text,
    /// One of the code book's words: `==`, `in`.
    Word,
    /// A region's dotted code: `==`, `in`, `startsWith` with a whole code.
    Region,
    /// A list of codes: `'PKH' in …`.
    List,
}

/// How freely a field may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldClass {
    /// By every programme.
    General,
    /// Illness, disability and the like: by a programme whose legal basis names them.
    Sensitive,
}

/// Where the value of a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A column with a whole number.
    Number,
    /// A coded column whose answers are quantities.
    CodedNumber,
    /// A boolean column.
    Flag,
    /// A coded column with the answers yes and no.
    CodedFlag,
    /// A coded column.
    Coded,
    /// A text column.
    Text,
    /// A column with a region code.
    Region,
    /// Whole years from the column to the decision's date.
    Age,
    /// Whether the coded column names the head of the family.
    Head,
    /// Whether one of the nine kinds of difficulty is severe: true if one is, unknown if none is but one was
    /// not answered, else false.
    Disabled,
    /// The programmes in which the household stands.
    Programs,
}

/// A field that a rule may ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Name after the dot.
    pub name: &'static str,
    /// Household, member or aid.
    pub scope: FieldScope,
    /// General or sensitive.
    pub class: FieldClass,
    /// What it says, in Indonesian.
    pub indonesian: &'static str,
    /// What it says, in English.
    pub english: &'static str,
    /// The unit of a number, as it is written in Indonesian.
    pub unit: Option<&'static str>,
    /// Column of the snapshot table.
    pub(super) column: &'static str,
    /// Column of the delivery, by which the code book is found.
    pub(super) dtsen: &'static str,
    pub(super) source: Source,
}

impl Field {
    /// The name as a rule about a household would write it: `household.floor`, `m.age`, `aid.programs`.
    pub fn path(&self) -> String {
        let owner = match self.scope {
            FieldScope::Household => "household",
            FieldScope::Member => "m",
            FieldScope::Aid => "aid",
        };
        format!("{owner}.{}", self.name)
    }

    /// The type of its values.
    pub const fn field_type(&self) -> FieldType {
        match self.source {
            Source::Number | Source::CodedNumber | Source::Age => FieldType::Integer,
            Source::Flag | Source::CodedFlag | Source::Head | Source::Disabled => FieldType::Boolean,
            Source::Coded => FieldType::Word,
            Source::Text => FieldType::Text,
            Source::Region => FieldType::Region,
            Source::Programs => FieldType::List,
        }
    }
}

/// A field as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EligibilityField {
    /// The name as a rule writes it; for a member's field, with `m` as the member.
    #[schema(example = "household.floor")]
    pub name: String,
    /// Whose answer it is.
    pub scope: FieldScope,
    /// Type of its values.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// General, or sensitive: only for a programme whose legal basis names it.
    pub class: FieldClass,
    /// What it says, in Indonesian.
    #[schema(example = "Jenis lantai terluas")]
    pub description: String,
    /// What it says, in English.
    #[schema(example = "Material of the largest part of the floor")]
    pub description_en: String,
    /// The unit of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The words that the active release's code book has for it; for a coded number, the numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// The published catalogue, with the words of a code book.
pub fn fields(book: &CodeBook) -> Vec<EligibilityField> {
    FIELDS.iter().map(|field| published(field, book)).collect()
}

fn published(field: &Field, book: &CodeBook) -> EligibilityField {
    let words = match field.source {
        Source::Coded => book.words(field.dtsen).into_iter().map(String::from).collect(),
        Source::CodedNumber => book
            .answers(field.dtsen)
            .iter()
            .filter_map(|answer| answer.number)
            .map(|number| number.to_string())
            .collect(),
        _ => Vec::new(),
    };
    EligibilityField {
        name: field.path(),
        scope: field.scope,
        field_type: field.field_type(),
        class: field.class,
        description: field.indonesian.into(),
        description_en: field.english.into(),
        unit: field.unit.map(String::from),
        words,
    }
}

/// Finds a field by its scope and name.
pub fn find(scope: FieldScope, name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.scope == scope && field.name == name)
}

/// All fields of a scope, in the order of the catalogue.
pub fn of_scope(scope: FieldScope) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| field.scope == scope)
}

/// The nine kinds of difficulty that `m.disabled` sums up.
pub(super) fn difficulties() -> impl Iterator<Item = &'static Field> {
    const NAMES: [&str; 9] = [
        "seeing",
        "hearing",
        "walking",
        "using_hands",
        "learning",
        "behaviour",
        "speaking",
        "self_care",
        "remembering",
    ];
    of_scope(FieldScope::Member).filter(|field| NAMES.contains(&field.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starting_code_book_explains_every_coded_field() {
        let book = CodeBook::of_questionnaire();
        for field in FIELDS {
            let coded = matches!(field.source, Source::Coded | Source::CodedNumber | Source::CodedFlag | Source::Head);
            assert_eq!(!book.answers(field.dtsen).is_empty() && coded, coded, "{}", field.path());
        }
    }

    #[test]
    fn a_name_stands_for_one_field_of_its_scope() {
        for field in FIELDS {
            assert_eq!(find(field.scope, field.name), Some(field), "{}", field.path());
        }
    }

    #[test]
    fn health_and_ability_are_sensitive_and_nothing_else_is() {
        let sensitive: Vec<&str> =
            FIELDS.iter().filter(|field| field.class == FieldClass::Sensitive).map(|field| field.name).collect();
        let expected = [
            "disabled",
            "nutrition",
            "seeing",
            "hearing",
            "walking",
            "using_hands",
            "learning",
            "behaviour",
            "speaking",
            "self_care",
            "remembering",
            "sadness",
            "chronic_illness",
        ];
        assert_eq!(sensitive, expected);
    }

    #[test]
    fn the_catalogue_shows_words_and_the_numbers_of_coded_quantities() {
        let shown = fields(&CodeBook::of_questionnaire());
        let words = |name: &str| shown.iter().find(|field| field.name == name).map(|field| field.words.clone());
        assert_eq!(
            words("household.power_va"),
            Some(vec!["450".into(), "900".into(), "1300".into(), "2200".into(), "2201".into()])
        );
        assert_eq!(words("m.sex"), Some(vec!["laki_laki".into(), "perempuan".into()]));
    }
}
