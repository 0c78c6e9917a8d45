//! From a checked rule to SQL: one condition for all households.
//!
//! A condition of three values is compiled in two forms: SQL that is true just where the condition is **true**,
//! and SQL that is true just where it is **false**. Where the condition is unknown neither is. `!` exchanges the
//! two, so that no form ever has to tell "false" from "unknown", and a question about the members stays a plain
//! `EXISTS` that PostgreSQL plans as a join, under `!` too.

use super::catalogue::{Field, FieldScope, Source, difficulties};
use super::rule::{Condition, Part, Rule};
use super::sql_explanation::explanation;
use super::sql_numbers::{compared, one_of_numbers};
use crate::registry::code_book::{Answer, CodeBook};

/// A rule as SQL.
///
/// The condition stands over `household_snapshots h`; `$1` is the release (uuid), `$2` the day of the decision
/// (date). All constants in it are literals that were made from checked values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledRule {
    /// True just where the household is eligible; false or null where it is not, or where that is unknown.
    pub where_sql: String,
    /// The clauses that all must be true, in the order of the text.
    pub clauses: Vec<CompiledClause>,
    /// True just where a member, `individual_snapshots m`, is served; nothing where the rule does not say who is.
    pub beneficiary_sql: Option<String>,
    /// Codes of the programmes that the rule asks for.
    pub programs: Vec<String>,
    /// The fields that the rule asks for, as it writes them (a member's with `m`).
    pub fields: Vec<String>,
    explanation_sql: String,
}

/// A clause as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledClause {
    /// As it was written.
    pub text: String,
    /// True just where the clause is.
    pub sql: String,
    /// Whether it asks for other aid, which comes and goes while a release stays.
    pub asks_for_aid: bool,
}

impl CompiledRule {
    /// The clauses of [`where_sql`](Self::where_sql) that ask for other aid: all that has to be asked again of a
    /// household that was eligible by the same release.
    pub fn aid_sql(&self) -> String {
        conjunction(self.clauses.iter().filter(|clause| clause.asks_for_aid))
    }

    /// SQL of a text that says in JSON why an eligible household is eligible: every clause with the values seen in
    /// it, and for questions about the members the positions of those who satisfy them. To be selected beside
    /// [`where_sql`](Self::where_sql): it takes each clause to be true, and [`beneficiary_sql`](Self::beneficiary_sql)
    /// of the member `m` where there is one.
    pub fn explanation_json_sql(&self) -> &str {
        &self.explanation_sql
    }

    /// The same as `jsonb`, which takes PostgreSQL somewhat longer.
    pub fn explanation_sql(&self) -> String {
        format!("({})::jsonb", self.explanation_sql)
    }
}

/// Compiles a rule with the code book of the release that it will be asked of.
pub fn compile(rule: &Rule, book: &CodeBook) -> CompiledRule {
    let clauses: Vec<CompiledClause> = rule
        .clauses()
        .iter()
        .map(|clause| CompiledClause {
            text: clause.text.clone(),
            sql: is_true(&clause.condition, book),
            asks_for_aid: !clause.condition.programs().is_empty(),
        })
        .collect();
    CompiledRule {
        where_sql: conjunction(clauses.iter()),
        beneficiary_sql: rule.beneficiary.as_ref().map(|member| is_true(&member.condition, book)),
        explanation_sql: explanation(rule.clauses(), rule.beneficiary.as_ref(), book),
        programs: rule.programs(),
        fields: rule.fields().into_iter().map(Field::path).collect(),
        clauses,
    }
}

fn conjunction<'a>(clauses: impl Iterator<Item = &'a CompiledClause>) -> String {
    let joined: Vec<String> = clauses.map(|clause| format!("({})", clause.sql)).collect();
    if joined.is_empty() { "true".to_owned() } else { joined.join(" AND ") }
}

/// The members of the household at hand.
pub(super) const MEMBERS: &str =
    "FROM individual_snapshots m WHERE m.household_id = h.household_id AND m.release_id = $1";

/// SQL that is true just where the condition is true.
pub(super) fn is_true(condition: &Condition, book: &CodeBook) -> String {
    let yes = |condition: &Condition| is_true(condition, book);
    match condition {
        Condition::Constant(value) => value.to_string(),
        Condition::Holds(field) => holds(field, book),
        Condition::Answered(field) => answered(field, book),
        Condition::Not(inner) => is_false(inner, book),
        Condition::And(left, right) => format!("({} AND {})", yes(left), yes(right)),
        Condition::Or(left, right) => format!("({} OR {})", yes(left), yes(right)),
        Condition::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            choice(&yes(condition), &is_false(condition, book), &yes(then), &yes(otherwise))
        }
        Condition::Compare(left, comparison, right) => compared(left, *comparison, right, book),
        Condition::NumberIn(number, values) => one_of_numbers(number, values, true, book),
        Condition::OneOf(field, values) => one_of(field, values, book),
        Condition::Contains(field, part, text) => contains(field, *part, text),
        Condition::Enrolled(program) => enrolled(program),
        Condition::SomeMember(inner) => format!("EXISTS (SELECT 1 {MEMBERS} AND ({}))", yes(inner)),
        Condition::EveryMember(inner) => format!("NOT EXISTS (SELECT 1 {MEMBERS} AND ({}) IS NOT TRUE)", yes(inner)),
    }
}

/// SQL that is true just where the condition is false.
pub(super) fn is_false(condition: &Condition, book: &CodeBook) -> String {
    let no = |condition: &Condition| is_false(condition, book);
    match condition {
        Condition::Constant(value) => (!value).to_string(),
        Condition::Holds(field) => holds_not(field, book),
        Condition::Answered(field) => format!("({}) IS NOT TRUE", answered(field, book)),
        Condition::Not(inner) => is_true(inner, book),
        Condition::And(left, right) => format!("({} OR {})", no(left), no(right)),
        Condition::Or(left, right) => format!("({} AND {})", no(left), no(right)),
        Condition::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            choice(&is_true(condition, book), &no(condition), &no(then), &no(otherwise))
        }
        Condition::Compare(left, comparison, right) => compared(left, comparison.opposite(), right, book),
        Condition::NumberIn(number, values) => one_of_numbers(number, values, false, book),
        Condition::OneOf(field, values) => none_of(field, values, book),
        Condition::Contains(field, part, text) => format!("NOT ({})", contains(field, *part, text)),
        Condition::Enrolled(program) => format!("NOT ({})", enrolled(program)),
        Condition::SomeMember(inner) => format!("NOT EXISTS (SELECT 1 {MEMBERS} AND ({}) IS NOT TRUE)", no(inner)),
        Condition::EveryMember(inner) => format!("EXISTS (SELECT 1 {MEMBERS} AND ({}))", no(inner)),
    }
}

fn choice(if_true: &str, if_false: &str, then: &str, otherwise: &str) -> String {
    format!("(({if_true} AND {then}) OR ({if_false} AND {otherwise}))")
}

/// `h.floor`, `m.birth_date`.
pub(super) fn column(field: &Field) -> String {
    let table = if field.scope == FieldScope::Member { "m" } else { "h" };
    format!("{table}.{}", field.column)
}

fn holds(field: &Field, book: &CodeBook) -> String {
    match field.source {
        Source::CodedFlag => in_codes(field, &book.codes_where(field.dtsen, Answer::is_yes)),
        Source::Head => in_codes(field, &book.codes_where(field.dtsen, Answer::is_head)),
        Source::Disabled => disabled(book),
        _ => column(field),
    }
}

fn holds_not(field: &Field, book: &CodeBook) -> String {
    match field.source {
        Source::CodedFlag => in_codes(field, &book.codes_where(field.dtsen, Answer::is_no)),
        Source::Head => not_in_codes(field, &book.codes_where(field.dtsen, Answer::is_head)),
        _ => format!("NOT {}", holds(field, book)),
    }
}

/// True if one difficulty is severe; else null if one was not answered; else false.
fn disabled(book: &CodeBook) -> String {
    let each: Vec<String> = difficulties()
        .map(|field| {
            let severe = book.codes_where(field.dtsen, Answer::is_severe_difficulty);
            if severe.is_empty() {
                format!("NULLIF({} IS NULL, true)", column(field))
            } else {
                in_codes(field, &severe)
            }
        })
        .collect();
    format!("({})", each.join(" OR "))
}

fn answered(field: &Field, book: &CodeBook) -> String {
    match field.source {
        Source::CodedNumber => in_codes(field, &book.codes_where(field.dtsen, |answer| answer.number.is_some())),
        Source::CodedFlag => {
            in_codes(field, &book.codes_where(field.dtsen, |answer| answer.is_yes() || answer.is_no()))
        }
        Source::Disabled => format!("{} IS NOT NULL", disabled(book)),
        _ => format!("{} IS NOT NULL", column(field)),
    }
}

fn one_of(field: &Field, values: &[String], book: &CodeBook) -> String {
    match field.source {
        Source::Coded => in_codes(field, &codes_of(field, values, book)),
        _ => format!("{} IN ({})", column(field), text_literals(values)),
    }
}

fn none_of(field: &Field, values: &[String], book: &CodeBook) -> String {
    match field.source {
        Source::Coded => not_in_codes(field, &codes_of(field, values, book)),
        _ => format!("{} NOT IN ({})", column(field), text_literals(values)),
    }
}

fn codes_of(field: &Field, words: &[String], book: &CodeBook) -> Vec<i16> {
    book.codes_where(field.dtsen, |answer| words.contains(&answer.word))
}

pub(super) fn in_codes(field: &Field, codes: &[i16]) -> String {
    if codes.is_empty() { "false".into() } else { format!("{} IN ({})", column(field), joined(codes)) }
}

fn not_in_codes(field: &Field, codes: &[i16]) -> String {
    if codes.is_empty() {
        format!("{} IS NOT NULL", column(field))
    } else {
        format!("{} NOT IN ({})", column(field), joined(codes))
    }
}

fn joined(codes: &[i16]) -> String {
    codes.iter().map(i16::to_string).collect::<Vec<_>>().join(",")
}

fn contains(field: &Field, part: Part, text: &str) -> String {
    let (column, literal) = (column(field), text_literal(text));
    match part {
        // A checked prefix of regions has digits and dots only.
        Part::Start if field.source == Source::Region => {
            format!("{column} LIKE {}", text_literal(&format!("{text}%")))
        }
        Part::Start => format!("starts_with({column}, {literal})"),
        Part::End => format!("right({column}, {}) = {literal}", text.chars().count()),
        Part::Anywhere => format!("strpos({column}, {literal}) > 0"),
    }
}

/// `standing_aid` sees the enrolments of every agency, which the caller's lane hides, and gives away no more than
/// which households stand in these programmes.
pub(super) fn enrolled(program: &str) -> String {
    format!("h.household_id IN (SELECT household_id FROM standing_aid(ARRAY[{}]))", text_literal(program))
}

fn text_literals(values: &[String]) -> String {
    values.iter().map(|value| text_literal(value)).collect::<Vec<_>>().join(", ")
}

/// A text as a literal of SQL, whatever stands in it and whatever `standard_conforming_strings` says.
pub(super) fn text_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(text: &str) -> CompiledRule {
        let book = CodeBook::of_questionnaire();
        match Rule::parse(text, &book) {
            Ok(rule) => compile(&rule, &book),
            Err(faults) => panic!("{text}: {faults:?}"),
        }
    }

    fn sql(text: &str) -> String {
        compiled(text).where_sql
    }

    #[test]
    fn only_clauses_that_ask_for_aid_have_to_be_asked_again() {
        let pkh = "h.household_id IN (SELECT household_id FROM standing_aid(ARRAY['PKH']))";
        let rule = compiled("household.decile <= 4 && !('PKH' in aid.programs) && members.exists(m, m.age >= 60)");
        assert_eq!(rule.aid_sql(), format!("(NOT ({pkh}))"));
        let mixed = compiled("household.decile <= 4 || 'PKH' in aid.programs");
        assert_eq!(mixed.aid_sql(), format!("((h.decile <= 4 OR {pkh}))"));
        assert_eq!(compiled("household.decile <= 4").aid_sql(), "true");
    }

    #[test]
    fn the_rule_of_the_bench_is_what_a_good_reader_of_sql_would_write() {
        let rule = compiled(
            "household.decile <= 4 && household.floor in ['tanah','bambu'] && household.power_va <= 900 \
             && members.exists(m, m.age >= 60 || m.disabled) && !('PKH' in aid.programs)",
        );
        let expected = "(h.decile <= 4) AND (h.floor IN (7,8)) AND (h.installed_power IN (1,2)) AND \
            (EXISTS (SELECT 1 FROM individual_snapshots m WHERE m.household_id = h.household_id AND m.release_id = $1 \
            AND ((m.birth_date <= ($2::date - interval '60 years')::date OR (m.seeing IN (1,2) OR m.hearing IN (1,2) \
            OR m.walking IN (1,2) OR m.using_hands IN (1,2) OR m.learning IN (1,2) OR m.behaviour IN (1,2) \
            OR m.speaking IN (1,2) OR m.self_care IN (1,2) OR m.remembering IN (1,2)))))) AND \
            (NOT (h.household_id IN (SELECT household_id FROM standing_aid(ARRAY['PKH']))))";
        assert_eq!(rule.where_sql, expected);
        assert_eq!(rule.programs, ["PKH"]);
        let fields = ["household.decile", "household.floor", "household.power_va", "m.age", "m.disabled"];
        assert_eq!(rule.fields, fields);
        let clauses: Vec<&str> = rule.clauses.iter().map(|clause| clause.text.as_str()).collect();
        assert_eq!(clauses[1], "household.floor in ['tanah','bambu']");
        assert_eq!(clauses[4], "!('PKH' in aid.programs)");
    }

    #[test]
    fn coded_answers_come_down_to_lists_of_codes() {
        assert_eq!(sql("household.floor != 'tanah'"), "(h.floor NOT IN (8))");
        assert_eq!(sql("household.power_va > 900"), "(h.installed_power IN (3,4,5))");
        assert_eq!(sql("900 < household.power_va"), "(h.installed_power IN (3,4,5))");
        assert_eq!(sql("household.power_va in [450, 451]"), "(h.installed_power IN (1))");
        assert_eq!(sql("household.power_va > 99999"), "(false)");
    }

    #[test]
    fn under_not_a_false_condition_is_asked_for_and_an_unknown_one_is_not() {
        assert_eq!(sql("!(household.power_va <= 900)"), "(h.installed_power IN (3,4,5))");
        assert_eq!(sql("!(household.car && household.decile < 3)"), "((NOT h.car OR h.decile >= 3))");
        assert_eq!(
            sql("!members.exists(m, m.deceased)"),
            "(NOT EXISTS (SELECT 1 FROM individual_snapshots m WHERE m.household_id = h.household_id \
             AND m.release_id = $1 AND (NOT m.deceased) IS NOT TRUE))"
        );
    }

    #[test]
    fn an_age_is_compared_by_the_birthday_that_was_reached() {
        let born = |condition: &str| {
            format!(
                "(EXISTS (SELECT 1 FROM individual_snapshots m WHERE m.household_id = h.household_id \
                 AND m.release_id = $1 AND ({condition})))"
            )
        };
        let day = |years: i64| format!("($2::date - interval '{years} years')::date");
        assert_eq!(sql("members.exists(m, m.age <= 5)"), born(&format!("m.birth_date > {}", day(6))));
        assert_eq!(
            sql("members.exists(m, 7 == m.age)"),
            born(&format!("(m.birth_date <= {} AND m.birth_date > {})", day(7), day(8)))
        );
    }

    #[test]
    fn a_text_cannot_leave_its_literal() {
        assert_eq!(
            sql(r#"members.exists(m, m.card_occupation == "x'); DROP TABLE households; --")"#),
            "(EXISTS (SELECT 1 FROM individual_snapshots m WHERE m.household_id = h.household_id \
             AND m.release_id = $1 AND (m.card_occupation IN ('x''); DROP TABLE households; --'))))"
        );
        assert_eq!(text_literal(r"\' OR true --"), r"E'\\'' OR true --'");
        assert_eq!(text_literal("$1"), "'$1'");
    }

    #[test]
    fn a_region_is_found_by_the_beginning_of_its_code() {
        let beginning = "(h.village_code LIKE '35.26.01%')";
        assert_eq!(sql("household.region.startsWith('35.26.01')"), beginning);
    }
}
