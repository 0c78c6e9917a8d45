//! Why a household is eligible, as SQL: what is frozen with each decision of a whole list.
//!
//! The explanation is put together as the text of a JSON document, its fixed parts as literals and only the values
//! seen as expressions. Building it from nested `jsonb_build_object` takes PostgreSQL three times as long, which
//! counts with tens of thousands of hits.

use super::catalogue::{Field, FieldScope, Source};
use super::rule::{Clause, Condition, MemberRule};
use super::sql::{MEMBERS, column, enrolled, is_false, is_true, text_literal};
use super::sql_numbers::field_number;
use crate::registry::code_book::CodeBook;
use serde_json::{Value, json};

/// SQL of a text that is a JSON document: each clause with the household's values that it has seen, the
/// programmes of those it asks for in which the household stands, and for each question about the members the
/// positions of those for whom it is true (`satisfied_by`); then the member who is served, with the values seen.
pub(super) fn explanation(clauses: &[Clause], beneficiary: Option<&MemberRule>, book: &CodeBook) -> String {
    let mut document = JsonText::default();
    document.fixed(r#"{"eligible":true,"verdict":"true","clauses":["#);
    for (index, clause) in clauses.iter().enumerate() {
        document.separate(index);
        document.fixed(&opened(&clause.text, &clause.condition));
        document.fixed(r#","values":{"#);
        document.values(&clause.condition, book);
        document.fixed("}");
        document.satisfied_by(&clause.condition, book);
        document.fixed("}");
    }
    document.fixed("]");
    if let Some(member) = beneficiary {
        document.beneficiary(member, book);
    }
    document.fixed("}");
    document.into_sql()
}

/// The beginning of what is said of a clause that is true, as text of JSON.
fn opened(text: &str, condition: &Condition) -> String {
    let health = if condition.is_sensitive() { r#""asks_for_health":true,"# } else { "" };
    format!(r#"{{"text":{},{health}"verdict":"true""#, json!(text))
}

/// A JSON document in the making: fixed text and SQL of texts that are never null, in turns.
#[derive(Default)]
struct JsonText {
    pieces: Vec<String>,
    fixed: String,
}

impl JsonText {
    fn fixed(&mut self, text: &str) {
        self.fixed.push_str(text);
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.fixed(",");
        }
    }

    fn sql(&mut self, sql: &str) {
        let before = std::mem::take(&mut self.fixed);
        self.pieces.push(text_literal(&before));
        self.pieces.push(sql.to_owned());
    }

    fn into_sql(mut self) -> String {
        self.pieces.push(text_literal(&self.fixed));
        self.pieces.join(" || ")
    }

    fn beneficiary(&mut self, member: &MemberRule, book: &CodeBook) {
        self.fixed(r#","beneficiary":"#);
        self.fixed(&opened(&member.text, &member.condition));
        self.fixed(r#","position":"#);
        self.sql("m.position::text");
        self.fixed(r#","values":{"#);
        self.values_of(FieldScope::Member, &member.condition, book);
        self.fixed("}}");
    }

    /// The values of the household's or the member's fields in a condition; how many.
    fn values_of(&mut self, scope: FieldScope, condition: &Condition, book: &CodeBook) -> usize {
        let fields: Vec<_> = condition.fields().into_iter().filter(|field| field.scope == scope).collect();
        for (index, field) in fields.iter().enumerate() {
            self.separate(index);
            self.fixed(&format!("{}:", json!(field.path())));
            self.sql(&value(field, book));
        }
        fields.len()
    }

    fn values(&mut self, condition: &Condition, book: &CodeBook) {
        let count = self.values_of(FieldScope::Household, condition, book);
        let programs = condition.programs();
        if !programs.is_empty() {
            self.separate(count);
            self.fixed(r#""aid.programs":"#);
            self.standing(condition, &programs);
        }
    }

    /// Where the clause is nothing but the question, its answer is known from its being true.
    fn standing(&mut self, condition: &Condition, programs: &[String]) {
        match condition {
            Condition::Enrolled(program) => self.fixed(&json!([program]).to_string()),
            Condition::Not(inner) if matches!(**inner, Condition::Enrolled(_)) => self.fixed("[]"),
            _ => self.sql(&standing(programs)),
        }
    }

    fn satisfied_by(&mut self, condition: &Condition, book: &CodeBook) {
        let questions = condition.member_conditions();
        if questions.is_empty() {
            return;
        }
        self.fixed(r#","satisfied_by":["#);
        for (index, question) in questions.into_iter().enumerate() {
            self.separate(index);
            self.fixed("[");
            self.sql(&positions(question, book));
            self.fixed("]");
        }
        self.fixed("]");
    }
}

fn value(field: &'static Field, book: &CodeBook) -> String {
    match field.source {
        Source::CodedFlag | Source::Head | Source::Disabled => yes_or_no(&Condition::Holds(field), book),
        Source::Coded => word(field, book),
        Source::Text | Source::Region => {
            format!("coalesce(to_json({})::text, 'null')", column(field))
        }
        Source::CodedNumber | Source::Age => format!("coalesce(({})::text, 'null')", field_number(field, book)),
        _ => format!("coalesce({}::text, 'null')", column(field)),
    }
}

fn yes_or_no(condition: &Condition, book: &CodeBook) -> String {
    let (yes, no) = (is_true(condition, book), is_false(condition, book));
    format!("CASE WHEN {yes} THEN 'true' WHEN {no} THEN 'false' ELSE 'null' END")
}

fn word(field: &Field, book: &CodeBook) -> String {
    let column = column(field);
    let unnamed = format!("coalesce('\"kode_' || {column} || '\"', 'null')");
    let quoted = |word: &str| text_literal(&Value::from(word).to_string());
    let cases: String = book
        .answers(field.dtsen)
        .iter()
        .map(|answer| format!(" WHEN {} THEN {}", answer.code, quoted(&answer.word)))
        .collect();
    if cases.is_empty() { unnamed } else { format!("CASE {column}{cases} ELSE {unnamed} END") }
}

fn standing(programs: &[String]) -> String {
    let each: Vec<String> = programs
        .iter()
        .map(|program| {
            let code = text_literal(program);
            format!("CASE WHEN {} THEN {code} END", enrolled(program))
        })
        .collect();
    format!("array_to_json(array_remove(ARRAY[{}]::text[], NULL))::text", each.join(", "))
}

fn positions(question: &Condition, book: &CodeBook) -> String {
    format!(
        "(SELECT coalesce(string_agg(m.position::text, ',' ORDER BY m.position), '') {MEMBERS} AND ({}))",
        is_true(question, book)
    )
}

#[cfg(test)]
mod tests {
    use super::super::rule::Rule;
    use super::*;

    fn explained(text: &str) -> String {
        let book = CodeBook::of_questionnaire();
        match Rule::parse(text, &book) {
            Ok(rule) => explanation(rule.clauses(), rule.beneficiary.as_ref(), &book),
            Err(faults) => panic!("{text}: {faults:?}"),
        }
    }

    #[test]
    fn only_the_values_seen_are_expressions() {
        assert_eq!(
            explained("household.decile <= 4 && !('PKH' in aid.programs)"),
            r#"'{"eligible":true,"verdict":"true","clauses":[{"text":"household.decile <= 4","verdict":"true","values":{"household.decile":' || coalesce(h.decile::text, 'null') || '}},{"text":"!(''PKH'' in aid.programs)","verdict":"true","values":{"aid.programs":[]}}]}'"#
        );
    }
}
