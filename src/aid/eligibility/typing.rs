//! Names and types of a parsed rule: looks every name up and finds what each expression is.

use super::catalogue::{self, Field, FieldScope, FieldType, Source};
use super::fault::{Message, RuleFault, RuleFaultCode, TextRange, nearest};
use super::places::Places;
use super::rule::{Condition, Number};
use crate::registry::code_book::{Answer, CodeBook};
use cel::common::ast::{Expr, IdedExpr, LiteralValue, SourceInfo};

/// What an expression is.
#[derive(Debug, Clone)]
pub(super) enum Typed {
    Condition(Condition),
    /// A number, and the largest magnitude that it can have.
    Number(Number, i128),
    /// A word, text or region field.
    Named(&'static Field),
    Text(String),
    List(Vec<(Literal, TextRange)>),
    /// `household`, or the member that a condition is about: only the name before a dot.
    Owner(FieldScope),
    Members,
    /// `members.filter(m, …)`.
    Filtered(Condition),
    Programs,
    Null,
}

/// A value as written in a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Number(i64),
    Text(String),
}

/// The largest magnitude of a counted column: they are four-byte integers.
const LARGEST_COLUMN: i128 = i32::MAX as i128;

pub(super) struct Typing<'a> {
    pub(super) places: Places<'a>,
    pub(super) book: &'a CodeBook,
    /// The name of the member inside `members.exists(m, …)`, or of the one whom a rule is about.
    pub(super) member: Option<String>,
    /// Whether the rule is about one member, and the household is not there to be asked.
    is_about_member: bool,
    faults: Vec<RuleFault>,
}

impl<'a> Typing<'a> {
    pub(super) fn new(text: &'a str, source: &'a SourceInfo, book: &'a CodeBook) -> Self {
        Self { places: Places::new(text, source), book, member: None, is_about_member: false, faults: Vec::new() }
    }

    /// Lets the rule be about one member, called so.
    pub(super) fn about_member(&mut self, name: &str) {
        self.member = Some(name.to_owned());
        self.is_about_member = true;
    }

    pub(super) fn into_faults(mut self) -> Vec<RuleFault> {
        self.faults.sort_by_key(|fault| fault.pointer.offset);
        self.faults
    }

    pub(super) fn fault(
        &mut self,
        pointer: TextRange,
        code: RuleFaultCode,
        message: Message,
        suggestion: Option<String>,
    ) {
        let Message(message_id, message_en) = message;
        self.faults.push(RuleFault { pointer, code, message_id, message_en, suggestion });
    }

    pub(super) fn unsupported(&mut self, expression: &IdedExpr, what: &str, suggestion: Option<String>) {
        let message =
            Message::new(format!("{what} tidak didukung dalam aturan"), format!("{what} is not supported in rules"));
        self.fault(self.places.of(expression), RuleFaultCode::Unsupported, message, suggestion);
    }

    pub(super) fn wrong_type(&mut self, expression: &IdedExpr, found: &Typed, wanted_id: &str, wanted_en: &str) {
        let (found_id, found_en) = found.described();
        let message = Message::new(
            format!("Di sini diperlukan {wanted_id}, bukan {found_id}"),
            format!("This must be {wanted_en}, not {found_en}"),
        );
        let suggestion = match found {
            Typed::Null => Some("has(…)".to_owned()),
            _ => None,
        };
        self.fault(self.places.of(expression), RuleFaultCode::WrongType, message, suggestion);
    }

    /// The rule itself: it must be true or false.
    pub(super) fn whole_condition(&mut self, expression: &IdedExpr) -> Option<Condition> {
        match self.typed(expression)? {
            Typed::Condition(condition) => Some(condition),
            other => {
                let (id, en) = other.described();
                let message = Message::new(
                    format!("Aturan harus menghasilkan benar atau salah, bukan {id}"),
                    format!("A rule must be true or false, not {en}"),
                );
                self.fault(self.places.of(expression), RuleFaultCode::NotBoolean, message, None);
                None
            }
        }
    }

    pub(super) fn condition(&mut self, expression: &IdedExpr) -> Option<Condition> {
        match self.typed(expression)? {
            Typed::Condition(condition) => Some(condition),
            other => {
                self.wrong_type(expression, &other, "benar atau salah", "true or false");
                None
            }
        }
    }

    pub(super) fn number(&mut self, expression: &IdedExpr) -> Option<(Number, i128)> {
        match self.typed(expression)? {
            Typed::Number(number, magnitude) => Some((number, magnitude)),
            other => {
                self.wrong_type(expression, &other, "angka", "a number");
                None
            }
        }
    }

    /// What an expression is; nothing where a fault has been told.
    pub(super) fn typed(&mut self, expression: &IdedExpr) -> Option<Typed> {
        match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal),
            Expr::Ident(name) => self.name(expression, name),
            Expr::Select(select) => {
                let owner = self.typed(&select.operand)?;
                self.field(expression, &owner, &select.field)
            }
            Expr::List(list) => self.list(&list.elements),
            Expr::Call(call) => self.call(expression, call),
            _ => {
                self.unsupported(expression, "{…}", None);
                None
            }
        }
    }

    fn literal(&mut self, expression: &IdedExpr, literal: &LiteralValue) -> Option<Typed> {
        Some(match literal {
            LiteralValue::Boolean(value) => Typed::Condition(Condition::Constant(*value.inner())),
            LiteralValue::Int(value) => {
                Typed::Number(Number::Constant(*value.inner()), i128::from(value.inner().unsigned_abs()))
            }
            LiteralValue::String(value) => Typed::Text(value.inner().to_owned()),
            LiteralValue::Null => Typed::Null,
            LiteralValue::Double(_) | LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                let message = Message::new(
                    "Hanya bilangan bulat biasa dan teks yang dapat dipakai",
                    "Only plain whole numbers and texts can be used",
                );
                self.fault(self.places.of(expression), RuleFaultCode::WrongType, message, None);
                return None;
            }
        })
    }

    fn name(&mut self, expression: &IdedExpr, name: &str) -> Option<Typed> {
        match name {
            _ if self.member.as_deref() == Some(name) => Some(Typed::Owner(FieldScope::Member)),
            "household" if !self.is_about_member => Some(Typed::Owner(FieldScope::Household)),
            "aid" if !self.is_about_member => Some(Typed::Owner(FieldScope::Aid)),
            "members" if !self.is_about_member => Some(Typed::Members),
            _ => {
                let of_household: &[&str] = if self.is_about_member { &[] } else { &["household", "members", "aid"] };
                let known = of_household.iter().copied().chain(self.member.as_deref());
                let suggestion = nearest(name, known).map(String::from);
                let message =
                    Message::new(format!("Nama \"{name}\" tidak dikenal"), format!("The name \"{name}\" is not known"));
                self.fault(self.places.of(expression), RuleFaultCode::UnknownField, message, suggestion);
                None
            }
        }
    }

    fn field(&mut self, expression: &IdedExpr, owner: &Typed, name: &str) -> Option<Typed> {
        let Typed::Owner(scope) = owner else {
            let (id, en) = owner.described();
            let message =
                Message::new(format!("Tidak ada \".{name}\" pada {id}"), format!("There is no \".{name}\" of {en}"));
            let suggestion = matches!(owner, Typed::Members).then(|| format!("exists(m, m.{name} …)"));
            self.fault(self.places.of(expression), RuleFaultCode::UnknownField, message, suggestion);
            return None;
        };
        let Some(field) = catalogue::find(*scope, name) else {
            self.unknown_field(expression, *scope, name);
            return None;
        };
        if !self.is_explained(field) {
            let message = Message::new(
                format!("Buku kode tidak menjelaskan jawaban yang diperlukan untuk {}", field.path()),
                format!("The code book does not explain the answers that {} needs", field.path()),
            );
            self.fault(self.places.of(expression), RuleFaultCode::UnknownWord, message, None);
            return None;
        }
        Some(match field.field_type() {
            FieldType::Boolean => Typed::Condition(Condition::Holds(field)),
            FieldType::Integer => Typed::Number(Number::Field(field), LARGEST_COLUMN),
            FieldType::Word | FieldType::Text | FieldType::Region => Typed::Named(field),
            FieldType::List => Typed::Programs,
        })
    }

    /// Whether the code book has the answers by which a field is derived. Without them nobody would be disabled,
    /// and no rule would say so.
    fn is_explained(&self, field: &Field) -> bool {
        let answers = self.book.answers(field.dtsen);
        match field.source {
            Source::CodedNumber => answers.iter().any(|answer| answer.number.is_some()),
            Source::CodedFlag => answers.iter().any(Answer::is_yes),
            Source::Head => answers.iter().any(Answer::is_head),
            Source::Disabled => catalogue::difficulties()
                .all(|difficulty| self.book.answers(difficulty.dtsen).iter().any(Answer::is_severe_difficulty)),
            _ => true,
        }
    }

    fn unknown_field(&mut self, expression: &IdedExpr, scope: FieldScope, name: &str) {
        let near = nearest(name, catalogue::of_scope(scope).map(|field| field.name)).map(String::from);
        let elsewhere = || match (scope, catalogue::find(FieldScope::Member, name)) {
            (FieldScope::Household, Some(_)) => Some(format!("members.exists(m, m.{name} …)")),
            _ => None,
        };
        let message = Message::new(
            format!("Bidang \"{name}\" tidak ada dalam katalog"),
            format!("The catalogue has no field \"{name}\""),
        );
        self.fault(self.places.of(expression), RuleFaultCode::UnknownField, message, near.or_else(elsewhere));
    }

    fn list(&mut self, elements: &[IdedExpr]) -> Option<Typed> {
        let literals: Vec<Option<(Literal, TextRange)>> = elements
            .iter()
            .map(|element| {
                let place = self.places.of(element);
                match self.typed(element)? {
                    Typed::Number(Number::Constant(value), _) => Some((Literal::Number(value), place)),
                    Typed::Text(value) => Some((Literal::Text(value), place)),
                    other => {
                        self.wrong_type(element, &other, "nilai tetap", "a value as such");
                        None
                    }
                }
            })
            .collect();
        literals.into_iter().collect::<Option<Vec<_>>>().map(Typed::List)
    }
}

impl Typed {
    /// In Indonesian and English, to follow "not".
    pub(super) fn described(&self) -> (String, String) {
        let fixed = |id: &str, en: &str| (id.to_owned(), en.to_owned());
        match self {
            Self::Condition(_) => fixed("benar/salah", "true or false"),
            Self::Number(..) => fixed("angka", "a number"),
            Self::Named(field) => match field.source {
                Source::Coded => (format!("kata ({})", field.path()), format!("a word ({})", field.path())),
                _ => (format!("teks ({})", field.path()), format!("a text ({})", field.path())),
            },
            Self::Text(_) => fixed("teks", "a text"),
            Self::List(_) => fixed("daftar", "a list"),
            Self::Owner(FieldScope::Household) => fixed("keluarga itu sendiri", "the household itself"),
            Self::Owner(FieldScope::Member) => fixed("anggota itu sendiri", "the member itself"),
            Self::Owner(FieldScope::Aid) => fixed("bantuan itu sendiri", "aid itself"),
            Self::Members | Self::Filtered(_) => fixed("daftar anggota", "the list of members"),
            Self::Programs => fixed("daftar program", "the list of programmes"),
            Self::Null => fixed("null", "null"),
        }
    }
}
