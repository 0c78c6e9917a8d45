//! What is wrong with a rule: where in its text, what, and what its writer may have meant.

use serde::Serialize;
use std::ops::Range;
use utoipa::ToSchema;

/// The kinds of fault; stable names for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleFaultCode {
    /// The text is no CEL expression.
    Syntax,
    /// The catalogue has no such field.
    UnknownField,
    /// A value of this type cannot stand here.
    WrongType,
    /// The code book has no such word for the field.
    UnknownWord,
    /// The rule is too long, too deep, or asks for more than one pass over the members.
    UnboundedCost,
    /// The whole is not true or false.
    NotBoolean,
    /// A programme is asked for in another way than `'CODE' in aid.programs`.
    UnknownProgramSyntax,
    /// CEL has it, rules do not.
    Unsupported,
}

/// A stretch of the rule's text, in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TextRange {
    /// Characters before the stretch.
    pub offset: usize,
    /// Characters in it; 0 at the end of the text.
    pub length: usize,
}

impl TextRange {
    /// Counts the characters of a byte range; one that does not fit the text comes down to its end.
    pub(super) fn of_bytes(text: &str, bytes: &Range<usize>) -> Self {
        let characters = |range: Range<usize>| text.get(range).map(|part| part.chars().count());
        match (characters(0..bytes.start), characters(bytes.clone())) {
            (Some(offset), Some(length)) => Self { offset, length },
            _ => Self { offset: text.chars().count(), length: 0 },
        }
    }
}

/// One fault of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RuleFault {
    /// Where in the text.
    pub pointer: TextRange,
    /// What kind of fault.
    pub code: RuleFaultCode,
    /// What is wrong, in Indonesian.
    pub message_id: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What may have been meant, to be put in the place of the stretch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A message in both languages, Indonesian first.
pub(super) struct Message(pub String, pub String);

impl Message {
    pub(super) fn new(indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        Self(indonesian.into(), english.into())
    }
}

/// The candidate nearest in spelling, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR_ENOUGH: f64 = 0.8;
    let given = given.to_lowercase();
    let scored = candidates.into_iter().map(|candidate| (strsim::jaro_winkler(&given, candidate), candidate));
    scored.filter(|(score, _)| *score >= NEAR_ENOUGH).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, candidate)| candidate)
}
