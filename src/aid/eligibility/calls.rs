//! Operators and functions of a rule: what each takes, and what it gives.

use super::fault::{Message, RuleFaultCode, nearest};
use super::rule::{Comparison, Condition, Number, Operation};
use super::typing::{Typed, Typing};
use cel::common::ast::{CallExpr, Expr, IdedExpr, operators};

/// Functions that rules have, for suggestions.
const FUNCTIONS: [&str; 10] =
    ["exists", "all", "exists_one", "filter", "size", "has", "startsWith", "endsWith", "contains", "in"];

/// The most members of whom a condition may be counted.
const LARGEST_COUNT: i128 = i32::MAX as i128;

impl Typing<'_> {
    pub(super) fn call(&mut self, expression: &IdedExpr, call: &CallExpr) -> Option<Typed> {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND, None, [left, right]) => self.both(left, right, Condition::And),
            (operators::LOGICAL_OR, None, [left, right]) => self.both(left, right, Condition::Or),
            (operators::LOGICAL_NOT, None, [inner]) => {
                self.condition(inner).map(|inner| Typed::Condition(Condition::Not(Box::new(inner))))
            }
            (operators::CONDITIONAL, None, [condition, then, otherwise]) => self.choice(condition, then, otherwise),
            (operators::EQUALS, None, [left, right]) => self.equality(left, right).map(Typed::Condition),
            (operators::NOT_EQUALS, None, [left, right]) => {
                self.equality(left, right).map(|equal| Typed::Condition(negated(equal)))
            }
            (operators::IN, None, [element, list]) => self.membership(element, list).map(Typed::Condition),
            (operators::NEGATE, None, [inner]) => self.negative(expression, inner),
            ("size", None, [counted]) | ("size", Some(counted), []) => self.size(counted),
            ("has", None, [asked]) => self.answered(asked),
            ("exists" | "all" | "exists_one" | "existsOne" | "filter", Some(list), [variable, condition]) => {
                self.over_members(expression, name, list, variable, condition)
            }
            ("startsWith" | "endsWith" | "contains", Some(text), [part]) => {
                self.text_part(expression, name, text, part)
            }
            (_, None, [left, right]) if comparison(name).is_some() => self.compare(left, comparison(name)?, right),
            (_, None, [left, right]) if operation(name).is_some() => {
                self.calculate(expression, left, operation(name)?, right)
            }
            ("map" | "matches", _, _) => self.costly(expression, name),
            _ => self.unknown_function(expression, name),
        }
    }

    fn both(
        &mut self,
        left: &IdedExpr,
        right: &IdedExpr,
        join: fn(Box<Condition>, Box<Condition>) -> Condition,
    ) -> Option<Typed> {
        let (left, right) = (self.condition(left), self.condition(right));
        Some(Typed::Condition(join(Box::new(left?), Box::new(right?))))
    }

    fn choice(&mut self, condition: &IdedExpr, then: &IdedExpr, otherwise: &IdedExpr) -> Option<Typed> {
        let condition = self.condition(condition);
        let (first, second) = (self.typed(then), self.typed(otherwise));
        match (first?, second?) {
            (Typed::Condition(first), Typed::Condition(second)) => {
                Some(Typed::Condition(Condition::If(Box::new([condition?, first, second]))))
            }
            (Typed::Number(first, a), Typed::Number(second, b)) => {
                Some(Typed::Number(Number::If(Box::new(condition?), Box::new(first), Box::new(second)), a.max(b)))
            }
            (Typed::Condition(_), other) => {
                self.wrong_type(otherwise, &other, "benar atau salah", "true or false");
                None
            }
            (Typed::Number(..), other) => {
                self.wrong_type(otherwise, &other, "angka", "a number");
                None
            }
            (other, _) => {
                self.wrong_type(then, &other, "angka atau benar/salah", "a number, or true or false");
                None
            }
        }
    }

    fn compare(&mut self, left: &IdedExpr, comparison: Comparison, right: &IdedExpr) -> Option<Typed> {
        let (left, right) = (self.number(left), self.number(right));
        Some(Typed::Condition(Condition::Compare(left?.0, comparison, right?.0)))
    }

    fn calculate(
        &mut self,
        expression: &IdedExpr,
        left: &IdedExpr,
        operation: Operation,
        right: &IdedExpr,
    ) -> Option<Typed> {
        let (left, right) = (self.number(left), self.number(right));
        let ((left, a), (right, b)) = (left?, right?);
        let magnitude = match operation {
            Operation::Plus | Operation::Minus => a.saturating_add(b),
            Operation::Times => a.saturating_mul(b),
        };
        if magnitude > i128::from(i64::MAX) {
            return self.too_large(expression);
        }
        Some(Typed::Number(Number::Calculated(Box::new(left), operation, Box::new(right)), magnitude))
    }

    fn negative(&mut self, expression: &IdedExpr, inner: &IdedExpr) -> Option<Typed> {
        let (number, magnitude) = self.number(inner)?;
        let negative = match number {
            Number::Constant(value) => match value.checked_neg() {
                Some(value) => Number::Constant(value),
                None => return self.too_large(expression),
            },
            other => {
                let zero = Box::new(Number::Constant(0));
                Number::Calculated(zero, Operation::Minus, Box::new(other))
            }
        };
        Some(Typed::Number(negative, magnitude))
    }

    fn too_large(&mut self, expression: &IdedExpr) -> Option<Typed> {
        let message = Message::new("Hasil hitungan dapat terlalu besar", "The result can become too large");
        let place = self.places.of(expression);
        self.fault(place, RuleFaultCode::UnboundedCost, message, None);
        None
    }

    fn size(&mut self, counted: &IdedExpr) -> Option<Typed> {
        match self.typed(counted)? {
            Typed::Members => Some(Typed::Number(Number::Members(None), LARGEST_COUNT)),
            Typed::Filtered(condition) => {
                Some(Typed::Number(Number::Members(Some(Box::new(condition))), LARGEST_COUNT))
            }
            Typed::Programs => {
                self.program_syntax(counted);
                None
            }
            other => {
                self.wrong_type(counted, &other, "daftar anggota", "the list of members");
                None
            }
        }
    }

    fn answered(&mut self, asked: &IdedExpr) -> Option<Typed> {
        let field = match (&asked.expr, self.typed(asked)?) {
            (Expr::Select(_), Typed::Condition(Condition::Holds(field)) | Typed::Number(Number::Field(field), _)) => {
                field
            }
            (Expr::Select(_), Typed::Named(field)) => field,
            (_, Typed::Programs) => {
                self.program_syntax(asked);
                return None;
            }
            (_, other) => {
                self.wrong_type(asked, &other, "sebuah bidang", "a field");
                return None;
            }
        };
        Some(Typed::Condition(Condition::Answered(field)))
    }

    fn over_members(
        &mut self,
        expression: &IdedExpr,
        name: &str,
        list: &IdedExpr,
        variable: &IdedExpr,
        condition: &IdedExpr,
    ) -> Option<Typed> {
        match self.typed(list)? {
            Typed::Members => {}
            Typed::Programs => {
                self.program_syntax(list);
                return None;
            }
            other => {
                self.wrong_type(list, &other, "members", "members");
                return None;
            }
        }
        if self.member.is_some() {
            let message = Message::new(
                "Anggota sudah sedang diperiksa satu per satu; tidak boleh bersarang",
                "The members are already being gone through; this cannot be nested",
            );
            self.fault(self.places.of(expression), RuleFaultCode::UnboundedCost, message, None);
            return None;
        }
        self.member = Some(self.variable(variable)?);
        let condition = self.condition(condition);
        self.member = None;
        let condition = condition?;
        Some(match name {
            "exists" => Typed::Condition(Condition::SomeMember(Box::new(condition))),
            "all" => Typed::Condition(Condition::EveryMember(Box::new(condition))),
            "filter" => Typed::Filtered(condition),
            _ => Typed::Condition(Condition::Compare(
                Number::Members(Some(Box::new(condition))),
                Comparison::Equal,
                Number::Constant(1),
            )),
        })
    }

    /// The name that a rule gives to the member it asks about.
    fn variable(&mut self, variable: &IdedExpr) -> Option<String> {
        match &variable.expr {
            Expr::Ident(name) if !matches!(name.as_str(), "household" | "members" | "aid") => Some(name.clone()),
            _ => {
                let message = Message::new(
                    "Di sini diperlukan nama baru untuk anggota, misalnya m",
                    "This must be a new name for the member, such as m",
                );
                self.fault(self.places.of(variable), RuleFaultCode::WrongType, message, Some("m".into()));
                None
            }
        }
    }

    fn costly(&mut self, expression: &IdedExpr, name: &str) -> Option<Typed> {
        let message = Message::new(
            format!("{name}() tidak boleh dipakai: biayanya tidak terbatas"),
            format!("{name}() is refused: its cost has no bound"),
        );
        let suggestion = match name {
            "map" => "exists",
            _ => "contains",
        };
        self.fault(self.places.of(expression), RuleFaultCode::UnboundedCost, message, Some(suggestion.into()));
        None
    }

    fn unknown_function(&mut self, expression: &IdedExpr, name: &str) -> Option<Typed> {
        let shown = match name {
            operators::DIVIDE => "/".to_owned(),
            operators::MODULO => "%".to_owned(),
            operators::INDEX => "[…]".to_owned(),
            other => format!("{other}()"),
        };
        self.unsupported(expression, &shown, nearest(name, FUNCTIONS).map(String::from));
        None
    }

    /// Programmes are asked for in one way only.
    pub(super) fn program_syntax(&mut self, expression: &IdedExpr) {
        let message = Message::new(
            "Program hanya dapat ditanyakan sebagai 'KODE' in aid.programs",
            "A programme is asked for as 'CODE' in aid.programs only",
        );
        let suggestion = Some("'PKH' in aid.programs".to_owned());
        self.fault(self.places.of(expression), RuleFaultCode::UnknownProgramSyntax, message, suggestion);
    }
}

/// Not the condition; what was negated stands by itself again.
pub(super) fn negated(condition: Condition) -> Condition {
    match condition {
        Condition::Not(inner) => *inner,
        Condition::Compare(left, comparison, right) => Condition::Compare(left, comparison.opposite(), right),
        other => Condition::Not(Box::new(other)),
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

fn operation(operator: &str) -> Option<Operation> {
    Some(match operator {
        operators::ADD => Operation::Plus,
        operators::SUBSTRACT => Operation::Minus,
        operators::MULTIPLY => Operation::Times,
        _ => return None,
    })
}
