//! Where the parts of a rule stand in its text.

use super::fault::TextRange;
use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use std::ops::Range;

/// The text and the parser's notes on it.
///
/// The parser notes one token for each expression, by its first and last byte: an operator, the dot of a field,
/// the bracket that opens a call. From there the word that its writer would point at is found.
pub(super) struct Places<'a> {
    text: &'a str,
    source: &'a SourceInfo,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str, source: &'a SourceInfo) -> Self {
        Self { text, source }
    }

    /// The name of a field or function, the operator, or the value itself.
    pub(super) fn of(&self, expression: &IdedExpr) -> TextRange {
        let token = self.token(expression);
        let bytes = match &expression.expr {
            Expr::Select(_) => self.name_after(token.end),
            Expr::Call(_) if self.text.get(token.clone()) == Some("(") => self.name_before(token.start),
            _ => token,
        };
        TextRange::of_bytes(self.text, &bytes)
    }

    fn token(&self, expression: &IdedExpr) -> Range<usize> {
        let end = self.text.len();
        self.source.offset_for(expression.id).map_or(end..end, |(first, last)| {
            let (first, last) = (first as usize, last as usize);
            first.min(end)..last.saturating_add(1).clamp(first.min(end), end)
        })
    }

    fn name_after(&self, position: usize) -> Range<usize> {
        let rest = self.text.get(position..).unwrap_or_default();
        let start = position + (rest.len() - rest.trim_start().len());
        let name = rest.trim_start();
        start..start + name.find(|letter| !is_name(letter)).unwrap_or(name.len())
    }

    fn name_before(&self, position: usize) -> Range<usize> {
        let before = self.text.get(..position).unwrap_or_default().trim_end();
        let start = before.rfind(|letter| !is_name(letter)).map_or(0, |last| last + 1);
        start..before.len()
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
