//! Who comes first where places are short: expressions by which eligible households are ordered.

use super::catalogue::{Field, FieldClass};
use super::check::{RankedValue, check_ranking};
use super::facts::HouseholdFacts;
use super::fault::RuleFault;
use super::interpret::{Expression, Interpreter};
use super::sql::{is_false, is_true};
use super::sql_numbers::number;
use crate::registry::code_book::CodeBook;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use utoipa::ToSchema;

/// One step of a ranking; households that are equal in it go on to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingExpression {
    /// A CEL expression that gives a number, or true or false.
    #[schema(example = "members.filter(m, m.age < 6).size()")]
    pub expression: String,
    /// Which households come first. Those of whom the expression is unknown come last in either order.
    pub order: RankingOrder,
}

/// Which households come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RankingOrder {
    /// The smallest number, or false.
    Asc,
    /// The largest number, or true.
    Desc,
}

/// A fault of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RankingFault {
    /// Which step, from 0.
    pub index: usize,
    /// What is wrong with its expression.
    #[serde(flatten)]
    pub fault: RuleFault,
}

/// A checked ranking.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ranking {
    steps: Vec<(RankingExpression, RankedValue)>,
}

/// A household's place: the value of each step, nothing where it is unknown.
pub type RankingValues = Vec<Option<i64>>;

impl Ranking {
    /// Checks the expressions of a ranking.
    ///
    /// # Errors
    /// All faults of all steps.
    pub fn parse(expressions: &[RankingExpression], book: &CodeBook) -> Result<Self, Vec<RankingFault>> {
        let mut steps = Vec::with_capacity(expressions.len());
        let mut faults = Vec::new();
        for (index, step) in expressions.iter().enumerate() {
            match check_ranking(&step.expression, book) {
                Ok(value) => steps.push((step.clone(), value)),
                Err(found) => faults.extend(found.into_iter().map(|fault| RankingFault { index, fault })),
            }
        }
        if faults.is_empty() { Ok(Self { steps }) } else { Err(faults) }
    }

    /// Its expressions, as they were written.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|(step, _)| step.expression.as_str())
    }

    /// Whether it asks for illness, disability and the like.
    pub fn is_sensitive(&self) -> bool {
        let of_step = |step| self.fields_of_step(step).iter().any(|field| field.class == FieldClass::Sensitive);
        (0..self.steps.len()).any(of_step)
    }

    /// The fields that a step asks for, each once, in the order of its text.
    pub fn fields_of_step(&self, index: usize) -> Vec<&'static Field> {
        match self.steps.get(index) {
            Some((_, RankedValue::Condition(condition))) => condition.fields(),
            Some((_, RankedValue::Number(number))) => number.fields(),
            None => Vec::new(),
        }
    }

    /// The parts of an `ORDER BY` over `household_snapshots h`, with the parameters of a compiled rule. Whoever
    /// uses it adds a last, unique part.
    pub fn order_by_sql(&self, book: &CodeBook) -> Vec<String> {
        self.steps
            .iter()
            .map(|(step, value)| format!("{} {} NULLS LAST", value_sql(value, book), keyword(step.order)))
            .collect()
    }

    /// A household's place in the ranking, by the `cel` crate's interpreter.
    pub fn values(&self, facts: &HouseholdFacts) -> RankingValues {
        let interpreter = Interpreter::new(facts);
        self.steps.iter().map(|(step, _)| interpreter.number(&Expression::new(&step.expression))).collect()
    }

    /// Which of two households comes first.
    pub fn compare(&self, left: &RankingValues, right: &RankingValues) -> Ordering {
        let sides = left.iter().zip(right).zip(&self.steps);
        sides
            .map(|((left, right), (step, _))| compare_step(*left, *right, step.order))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

fn compare_step(left: Option<i64>, right: Option<i64>, order: RankingOrder) -> Ordering {
    match (left, right, order) {
        (Some(left), Some(right), RankingOrder::Asc) => left.cmp(&right),
        (Some(left), Some(right), RankingOrder::Desc) => right.cmp(&left),
        (left, right, _) => left.is_none().cmp(&right.is_none()),
    }
}

fn value_sql(value: &RankedValue, book: &CodeBook) -> String {
    match value {
        RankedValue::Number(ranked) => number(ranked, book),
        RankedValue::Condition(condition) => {
            format!("CASE WHEN {} THEN 1 WHEN {} THEN 0 END", is_true(condition, book), is_false(condition, book))
        }
    }
}

const fn keyword(order: RankingOrder) -> &'static str {
    match order {
        RankingOrder::Asc => "ASC",
        RankingOrder::Desc => "DESC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(expression: &str, order: RankingOrder) -> RankingExpression {
        RankingExpression { expression: expression.into(), order }
    }

    fn ranking(steps: &[RankingExpression]) -> Ranking {
        Ranking::parse(steps, &CodeBook::of_questionnaire()).expect("a sound ranking")
    }

    fn household(decile: Option<i64>, car: bool) -> HouseholdFacts {
        let row = json!({"decile": decile, "car": car});
        let on = "2026-11-24".parse().expect("a date");
        HouseholdFacts::from_rows(&row, &[], Vec::new(), &CodeBook::of_questionnaire(), on)
    }

    #[test]
    fn households_are_ordered_step_by_step_and_the_unknown_come_last() {
        let ranking =
            ranking(&[step("household.decile", RankingOrder::Desc), step("household.car", RankingOrder::Asc)]);
        let places = [(Some(1), false), (None, false), (Some(2), true), (Some(2), false)]
            .map(|(decile, car)| ranking.values(&household(decile, car)));
        let mut order = [0, 1, 2, 3];
        order.sort_by(|left, right| ranking.compare(&places[*left], &places[*right]));
        assert_eq!(order, [3, 2, 0, 1]);
    }

    #[test]
    fn a_ranking_becomes_the_parts_of_an_order_by() {
        let ranking =
            ranking(&[step("household.decile", RankingOrder::Asc), step("household.car", RankingOrder::Desc)]);
        assert_eq!(
            ranking.order_by_sql(&CodeBook::of_questionnaire()),
            ["(h.decile)::bigint ASC NULLS LAST", "CASE WHEN h.car THEN 1 WHEN NOT h.car THEN 0 END DESC NULLS LAST",]
        );
    }

    #[test]
    fn every_fault_names_its_step() {
        let steps = [
            step("household.floor", RankingOrder::Asc),
            step("household.decile", RankingOrder::Asc),
            step("household.decil", RankingOrder::Asc),
        ];
        let faults = Ranking::parse(&steps, &CodeBook::of_questionnaire()).expect_err("two faults");
        assert_eq!(faults.iter().map(|fault| fault.index).collect::<Vec<_>>(), [0, 2]);
    }
}
