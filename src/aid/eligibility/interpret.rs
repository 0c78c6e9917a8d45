//! One household judged by the `cel` crate's own interpreter.
//!
//! What nobody answered is left out of the values that the interpreter gets, so that asking for it is an error;
//! CEL's `&&`, `||`, `exists` and `all` pass over an error where the rest decides, which is just the logic of
//! three values. An error that remains is "unknown".

use super::facts::{HouseholdFacts, MemberFacts};
use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, operators};
use cel::{Context, Env, Program, Value};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

/// What a condition is of a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// An answer is missing; the household is not eligible by it.
    Unknown,
}

impl Verdict {
    /// Whether both hold.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }
}

static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// An expression parsed for the interpreter, to be asked of any number of households. One that does not parse is
/// unknown of all of them; a checked one parses.
pub struct Expression(Option<Program>);

impl Expression {
    /// Parses a checked expression.
    pub fn new(text: &str) -> Self {
        Self(STANDARD.compile(text).ok())
    }
}

/// The interpreter with one household before it.
pub struct Interpreter<'facts> {
    facts: &'facts HouseholdFacts,
    context: Context<'static, 'static>,
}

impl<'facts> Interpreter<'facts> {
    /// Puts a household before the interpreter.
    pub fn new(facts: &'facts HouseholdFacts) -> Self {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        let members: Vec<Value> = facts.members.iter().map(|member| known(&member.values)).collect();
        context.add_variable_from_value("household", known(&facts.household));
        context.add_variable_from_value("members", members);
        context.add_variable_from_value("aid", HashMap::from([("programs", Value::from(facts.programs.clone()))]));
        Self { facts, context }
    }

    /// Judges a checked condition.
    pub fn judge(&self, condition: &Expression) -> Verdict {
        match self.value(condition) {
            Some(Value::Bool(true)) => Verdict::True,
            Some(Value::Bool(false)) => Verdict::False,
            _ => Verdict::Unknown,
        }
    }

    /// The number of a checked expression, true being 1 and false 0; nothing where it is unknown.
    pub fn number(&self, expression: &Expression) -> Option<i64> {
        match self.value(expression)? {
            Value::Int(number) => Some(number),
            Value::Bool(holds) => Some(i64::from(holds)),
            _ => None,
        }
    }

    fn value(&self, expression: &Expression) -> Option<Value> {
        expression.0.as_ref()?.execute(&self.context).ok()
    }

    /// Judges each question about the members that a checked condition asks, in the order of the text, of each
    /// member by themselves.
    pub fn judge_members(&self, condition: &Expression) -> Vec<Vec<Verdict>> {
        let members = &self.facts.members;
        let judged = |(variable, question)| {
            let verdicts = members.iter().map(|member| self.judge_member(variable, question, member));
            verdicts.collect()
        };
        condition.0.iter().flat_map(questions).map(judged).collect()
    }

    /// Judges a checked condition on one member, whom it calls `variable`.
    pub fn judge_as(&self, variable: &str, condition: &Expression, member: &MemberFacts) -> Verdict {
        let program = condition.0.as_ref();
        program.map_or(Verdict::Unknown, |program| self.judge_member(variable, program.expression(), member))
    }

    fn judge_member(&self, variable: &str, question: &IdedExpr, member: &MemberFacts) -> Verdict {
        let mut context = self.context.new_inner_scope();
        context.add_variable_from_value(variable, known(&member.values));
        match context.resolve(question) {
            Ok(Value::Bool(true)) => Verdict::True,
            Ok(Value::Bool(false)) => Verdict::False,
            _ => Verdict::Unknown,
        }
    }
}

/// The values that are known; null is left out.
fn known(values: &serde_json::Map<String, serde_json::Value>) -> Value {
    let known: HashMap<&str, Value> =
        values.iter().filter_map(|(name, value)| Some((name.as_str(), as_cel(value)?))).collect();
    known.into()
}

fn as_cel(value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Bool(value) => Some(Value::Bool(*value)),
        serde_json::Value::Number(value) => value.as_i64().map(Value::Int),
        serde_json::Value::String(value) => Some(value.as_str().into()),
        _ => None,
    }
}

/// The questions about members, each with the name that it gives to the member, found in the loops to which CEL's
/// macros expand: `result || question`, `result && question`, `question ? … : result`.
fn questions(program: &Program) -> Vec<(&str, &IdedExpr)> {
    let mut found = Vec::new();
    collect_questions(program.expression(), &mut found);
    found
}

fn collect_questions<'a>(expression: &'a IdedExpr, found: &mut Vec<(&'a str, &'a IdedExpr)>) {
    match &expression.expr {
        Expr::Comprehension(comprehension) => {
            found.extend(question(comprehension).map(|question| (comprehension.iter_var.as_str(), question)));
        }
        Expr::Call(call) => {
            call.target.as_deref().into_iter().chain(&call.args).for_each(|part| collect_questions(part, found))
        }
        Expr::Select(select) => collect_questions(&select.operand, found),
        _ => {}
    }
}

fn question(comprehension: &ComprehensionExpr) -> Option<&IdedExpr> {
    let Expr::Call(step) = &comprehension.loop_step.expr else {
        return None;
    };
    match (step.func_name.as_str(), step.args.as_slice()) {
        (operators::LOGICAL_OR | operators::LOGICAL_AND, [_, question]) => Some(question),
        (operators::CONDITIONAL, [question, ..]) => Some(question),
        _ => None,
    }
}
