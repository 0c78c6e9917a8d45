//! The cells of one line, read as what their columns hold. Whatever had to be repaired or could not be read
//! is told to the log on the way.

use super::ReadingRules;
use super::code_book::Answers;
use super::columns::Column;
use super::date::civil_date;
use super::finding::{FindingAction, FindingLog};
use super::finding_kind::FindingKind;
use super::header::Header;
use super::record::Record;
use super::repair::{comparable_number, identity_digits, is_blank, tidy, whole_number, yes_or_no};
use crate::platform::identity::{KkNumber, Nik, NotAnIdentity};
use chrono::NaiveDate;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// What a line says in place of a usable KK number: enough to bring together the lines of one family that
/// carry the same damage. It does not print itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnusableNumber(String);

impl UnusableNumber {
    /// The letters and digits in clear. Every call is a place where a number leaves its type.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnusableNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(unusable number)")
    }
}

/// One line under its header.
pub(super) struct Cells<'a, C> {
    pub(super) record: &'a Record,
    pub(super) header: &'a Header<C>,
    pub(super) answers: &'a [Option<&'a Answers>],
    pub(super) rules: &'a ReadingRules<'a>,
    pub(super) is_sheet: bool,
    pub(super) log: &'a mut FindingLog,
}

impl<'a, C: Column> Cells<'a, C> {
    /// The cell without the spaces around it.
    pub(super) fn cell(&self, column: C) -> &'a str {
        self.header.cell(self.record, column).trim()
    }

    /// The cell, if it says something.
    fn said(&self, column: C) -> Option<&'a str> {
        let cell = self.cell(column);
        (!is_blank(cell)).then_some(cell)
    }

    /// The codes of a column, where the code book has them.
    pub(super) fn answers(&self, column: C) -> Option<&'a Answers> {
        self.answers[column.index()]
    }

    /// A value was understood in spite of its form.
    pub(super) fn repaired(&mut self, kind: FindingKind, column: C, form: impl Into<Cow<'static, str>>) {
        self.log.add(kind, FindingAction::Repaired, Some(column.name()), form);
    }

    /// A value is unknown, or in doubt.
    pub(super) fn noted(&mut self, kind: FindingKind, column: C, shape: impl Into<Cow<'static, str>>) {
        self.log.add(kind, FindingAction::Noted, Some(column.name()), shape);
    }

    /// The line cannot be loaded.
    pub(super) fn set_aside(&mut self, kind: FindingKind, column: C, shape: impl Into<Cow<'static, str>>) {
        self.log.add(kind, FindingAction::SetAside, Some(column.name()), shape);
    }

    /// A text; `None` where it says nothing.
    pub(super) fn text(&mut self, column: C) -> Option<String> {
        let cell = self.cell(column);
        if cell.is_empty() || cell.eq_ignore_ascii_case("null") {
            return None;
        }
        let tidied = tidy(cell);
        if let Some(form) = tidied.form {
            self.repaired(FindingKind::TextForm, column, form);
        }
        Some(tidied.value.into_owned())
    }

    /// A KK number; where it is unusable, what can still be compared of it.
    pub(super) fn kk_number(&mut self, column: C) -> (Option<KkNumber>, Option<UnusableNumber>) {
        let cell = self.header.cell(self.record, column);
        let number = self.identity(cell, column, KkNumber::parse, FindingKind::KkForm);
        match number {
            Ok(number) => (Some(number), None),
            Err(shape) => {
                self.noted(FindingKind::UnusableKk, column, shape);
                (None, comparable_number(cell).map(UnusableNumber))
            }
        }
    }

    /// A NIK.
    pub(super) fn nik(&mut self, column: C) -> Option<Nik> {
        let cell = self.header.cell(self.record, column);
        let number = self.identity(cell, column, Nik::parse, FindingKind::NikForm);
        number.map_err(|shape| self.noted(FindingKind::UnusableNik, column, shape)).ok()
    }

    fn identity<T>(
        &mut self,
        cell: &str,
        column: C,
        parse: fn(&str) -> Result<T, NotAnIdentity>,
        form_kind: FindingKind,
    ) -> Result<T, Cow<'static, str>> {
        let digits = identity_digits(cell)?;
        let number = parse(&digits.value).map_err(|why| why.to_string())?;
        if let Some(form) = digits.form {
            self.repaired(form_kind, column, form);
        }
        Ok(number)
    }

    /// The code of an answer, if the code book has it; a book that is silent on the column accepts all.
    pub(super) fn code(&mut self, column: C) -> Option<i16> {
        let cell = self.said(column)?;
        let answers = self.answers(column);
        if let Some(number) = whole_number(cell) {
            let code = i16::try_from(number.value).ok();
            let code = code.filter(|code| answers.is_none_or(|answers| answers.has(*code)));
            match (code, number.form) {
                (Some(_), Some(form)) => self.repaired(FindingKind::NumberForm, column, form),
                (None, _) => self.noted(FindingKind::UnknownCode, column, "not in the code book"),
                _ => {}
            }
            return code;
        }
        let code = answers.and_then(|answers| answers.code_of(cell));
        match code {
            Some(_) => self.repaired(FindingKind::AnswerAsWords, column, "words"),
            None => self.noted(FindingKind::UnknownCode, column, "neither a code nor known words"),
        }
        code
    }

    /// Yes or no, in words or as a code: what the code book says of it, else 1 is yes, 2 and 0 are no.
    pub(super) fn flag(&mut self, column: C) -> Option<bool> {
        let cell = self.said(column)?;
        let Some(number) = whole_number(cell) else {
            let answer = yes_or_no(cell);
            if answer.is_none() {
                self.noted(FindingKind::UnreadableAnswer, column, "neither yes nor no");
            }
            return answer;
        };
        let by_book = |code| self.answers(column).and_then(|answers| answers.says(code));
        let answer = match number.value {
            0 => by_book(0).or(Some(false)),
            1 => by_book(1).or(Some(true)),
            2 => by_book(2).or(Some(false)),
            _ => None,
        };
        match (answer, number.form) {
            (Some(_), Some(form)) => self.repaired(FindingKind::NumberForm, column, form),
            (None, _) => self.noted(FindingKind::UnreadableAnswer, column, "neither yes nor no"),
            _ => {}
        }
        answer
    }

    /// A count. Whole numbers are read without sign, so that it is never negative.
    pub(super) fn count<N: TryFrom<i64>>(&mut self, column: C) -> Option<N> {
        let cell = self.said(column)?;
        let number = whole_number(cell);
        let form = number.as_ref().and_then(|number| number.form.clone());
        let count = number.and_then(|number| N::try_from(number.value).ok());
        match (&count, form) {
            (Some(_), Some(form)) => self.repaired(FindingKind::NumberForm, column, form),
            (None, _) => self.noted(FindingKind::UnreadableNumber, column, "not a count"),
            _ => {}
        }
        count
    }

    /// A decile, 1 to 10.
    pub(super) fn decile(&mut self, column: C) -> Option<i16> {
        let number = whole_number(self.said(column)?);
        let in_range = number.filter(|number| (1..=10).contains(&number.value));
        let Some(number) = in_range else {
            self.noted(FindingKind::UnusableDecile, column, "not 1 to 10");
            return None;
        };
        if let Some(form) = number.form {
            self.repaired(FindingKind::NumberForm, column, form);
        }
        i16::try_from(number.value).ok()
    }

    /// A date in any form with one meaning.
    pub(super) fn date(&mut self, column: C) -> Option<NaiveDate> {
        let cell = self.said(column)?;
        let Some(date) = civil_date(cell, self.is_sheet) else {
            self.noted(FindingKind::UnreadableDate, column, format!("length {}", cell.chars().count()));
            return None;
        };
        if let Some(form) = date.form {
            self.repaired(FindingKind::DateForm, column, form);
        }
        Some(date.value)
    }

    /// The values of columns that are not known here, by their names; `None` where there are none.
    pub(super) fn extra(&self) -> Option<Value> {
        let values: Map<String, Value> = (self.header.others.iter())
            .map(|(place, name)| (name, self.record.field(*place).trim()))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.clone(), Value::from(tidy(value).value)))
            .collect();
        (!values.is_empty()).then_some(Value::Object(values))
    }
}
