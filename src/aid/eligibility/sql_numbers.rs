//! Numbers of a rule as SQL: coded numbers come down to lists of codes, ages to comparisons of birth dates.

use super::catalogue::{Field, Source};
use super::rule::{Comparison, Condition, Number, Operation};
use super::sql::{MEMBERS, column, in_codes, is_false, is_true};
use crate::registry::code_book::CodeBook;

/// Years within which an age is compared by dates; beyond, the dates could leave PostgreSQL's calendar.
const COMPARABLE_AGES: std::ops::RangeInclusive<i64> = -200..=200;

/// SQL that is true just where the comparison holds, null where it is unknown.
pub(super) fn compared(left: &Number, comparison: Comparison, right: &Number, book: &CodeBook) -> String {
    match (left, right) {
        (Number::Field(field), Number::Constant(value)) => field_compared(field, comparison, *value, book),
        (Number::Constant(value), Number::Field(field)) => field_compared(field, comparison.exchanged(), *value, book),
        _ => format!("{} {} {}", number(left, book), operator(comparison), number(right, book)),
    }
}

fn field_compared(field: &Field, comparison: Comparison, value: i64, book: &CodeBook) -> String {
    match field.source {
        Source::CodedNumber => {
            let satisfies = |number| comparison.holds(number, value);
            in_codes(field, &book.codes_where(field.dtsen, |answer| answer.number.is_some_and(satisfies)))
        }
        Source::Age if COMPARABLE_AGES.contains(&value) => age_compared(field, comparison, value),
        _ => format!("{} {} {}", field_number(field, book), operator(comparison), literal(value)),
    }
}

/// A person is `n` years old from their n-th birthday on; one born on 29 February, in other years from 1 March.
/// That day of the decision minus `n` years is the last birthday of those who are, also where PostgreSQL moves
/// 29 February to the 28th.
fn age_compared(field: &Field, comparison: Comparison, years: i64) -> String {
    let born = column(field);
    let at_least = |years: i64| format!("{born} <= ($2::date - interval '{years} years')::date");
    let younger_than = |years: i64| format!("{born} > ($2::date - interval '{years} years')::date");
    match comparison {
        Comparison::AtLeast => at_least(years),
        Comparison::Greater => at_least(years + 1),
        Comparison::Less => younger_than(years),
        Comparison::AtMost => younger_than(years + 1),
        Comparison::Equal => format!("({} AND {})", at_least(years), younger_than(years + 1)),
        Comparison::NotEqual => format!("({} OR {})", younger_than(years), at_least(years + 1)),
    }
}

/// SQL that is true just where the number is one of these, or (`wanted` false) none of them.
pub(super) fn one_of_numbers(of: &Number, values: &[i64], wanted: bool, book: &CodeBook) -> String {
    if let Number::Field(field) = of
        && field.source == Source::CodedNumber
    {
        let fits = |number| values.contains(&number) == wanted;
        return in_codes(field, &book.codes_where(field.dtsen, |answer| answer.number.is_some_and(fits)));
    }
    let values = values.iter().map(|value| literal(*value)).collect::<Vec<_>>().join(", ");
    format!("{} {} ({values})", number(of, book), if wanted { "IN" } else { "NOT IN" })
}

/// The number as SQL; null where it is unknown. Calculates with eight bytes, which the check has found to suffice.
pub(super) fn number(of: &Number, book: &CodeBook) -> String {
    match of {
        Number::Constant(value) => format!("({value})::bigint"),
        Number::Field(field) => format!("({})::bigint", field_number(field, book)),
        Number::Members(None) => "h.member_count::bigint".into(),
        Number::Members(Some(condition)) => members(condition, book),
        Number::Calculated(left, operation, right) => {
            let operator = match operation {
                Operation::Plus => "+",
                Operation::Minus => "-",
                Operation::Times => "*",
            };
            format!("({} {operator} {})", number(left, book), number(right, book))
        }
        Number::If(condition, then, otherwise) => format!(
            "CASE WHEN {} THEN {} WHEN {} THEN {} END",
            is_true(condition, book),
            number(then, book),
            is_false(condition, book),
            number(otherwise, book)
        ),
    }
}

/// Counts a column of the member, not rows: an aggregate in which only the household's columns stood would
/// belong to the query outside.
fn members(condition: &Condition, book: &CodeBook) -> String {
    let (yes, no) = (is_true(condition, book), is_false(condition, book));
    format!(
        "(SELECT CASE WHEN count(m.position) FILTER (WHERE ({yes}) IS NOT TRUE AND ({no}) IS NOT TRUE) = 0 \
         THEN count(m.position) FILTER (WHERE {yes}) END {MEMBERS})"
    )
}

pub(super) fn field_number(field: &Field, book: &CodeBook) -> String {
    match field.source {
        Source::CodedNumber => coded(field, book),
        Source::Age => age(field),
        _ => column(field),
    }
}

fn coded(field: &Field, book: &CodeBook) -> String {
    let numbers = book.answers(field.dtsen).iter().filter_map(|answer| Some((answer.code, answer.number?)));
    let cases: String = numbers.map(|(code, number)| format!(" WHEN {code} THEN {number}")).collect();
    if cases.is_empty() { "NULL::bigint".into() } else { format!("CASE {}{cases} END", column(field)) }
}

fn age(field: &Field) -> String {
    let born = column(field);
    format!(
        "(extract(year FROM $2::date) - extract(year FROM {born}) - CASE WHEN \
         (extract(month FROM $2::date), extract(day FROM $2::date)) < \
         (extract(month FROM {born}), extract(day FROM {born})) THEN 1 ELSE 0 END)::bigint"
    )
}

const fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::AtMost => "<=",
        Comparison::Greater => ">",
        Comparison::AtLeast => ">=",
    }
}

fn literal(value: i64) -> String {
    if value < 0 { format!("({value})") } else { value.to_string() }
}
