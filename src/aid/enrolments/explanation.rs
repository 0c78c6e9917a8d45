//! The explanation of an enrolment as its reader may see it. What was frozen holds answers of the household; those on
//! health are for whoever sees such answers of a household, which the manager of a programme does not: to them the
//! verdict must do.

use crate::{
    access::visibility::Sight,
    aid::eligibility::{FieldClass, FieldScope, catalogue},
    platform::auth::Principal,
};
use serde_json::{Value, json};

/// The explanation without what it tells of health, unless the caller sees that.
#[must_use]
pub fn seen_by(caller: &Principal, mut explanation: Value) -> Value {
    if Sight::of(caller).health {
        return explanation;
    }
    let parts = explanation.as_object_mut().into_iter().flatten();
    let clauses = parts.flat_map(|(name, part)| match (name.as_str(), part) {
        ("clauses", Value::Array(clauses)) => clauses.iter_mut().collect(),
        ("beneficiary", served) => vec![served],
        _ => Vec::new(),
    });
    // What was frozen before clauses said it of themselves is known by its text.
    let is_of_health =
        |clause: &&mut Value| clause["asks_for_health"] == true || clause["text"].as_str().is_some_and(asks_for_health);
    for clause in clauses.filter(is_of_health) {
        // The parts of a clause would tell which answer made it hold.
        *clause = json!({ "text": clause["text"], "verdict": clause["verdict"], "withheld": true });
    }
    told_where_missing(explanation)
}

/// Of the answers for want of which all of it is unknown, those that what is still told misses: which members a clause
/// on health lacks an answer of would tell who is ill.
fn told_where_missing(mut explanation: Value) -> Value {
    let Some(missing) = explanation.get_mut("missing").map(Value::take) else {
        return explanation;
    };
    let clauses = explanation["clauses"].as_array().into_iter().flatten();
    let of_clauses: Vec<&Value> = clauses.flat_map(|clause| clause["missing"].as_array()).flatten().collect();
    let served = &explanation["beneficiary"];
    let unanswered = served["values"].as_object().into_iter().flatten().filter(|(_, value)| value.is_null());
    let of_served: Vec<Value> = unanswered
        .map(|(path, _)| json!(format!("members[{}].{}", served["position"], path.trim_start_matches("m."))))
        .collect();
    let is_told = |answer: &&Value| of_clauses.contains(answer) || of_served.contains(answer);
    let told: Vec<Value> = missing.as_array().into_iter().flatten().filter(is_told).cloned().collect();
    explanation["missing"] = told.into();
    explanation
}

/// Whether a clause asks for a sensitive field, by whatever name it gives the member: `m.disabled`.
fn asks_for_health(text: &str) -> bool {
    let sensitive = [FieldScope::Household, FieldScope::Member, FieldScope::Aid]
        .into_iter()
        .flat_map(catalogue::of_scope)
        .filter(|field| field.class == FieldClass::Sensitive);
    sensitive.into_iter().any(|field| names(text, field.name))
}

/// Whether `.name` stands in the text as a whole word, with whatever space between.
fn names(text: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].trim_end();
        before.ends_with('.') && !text[at + name.len()..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_asks_for_health_whatever_it_calls_the_member() {
        assert!(asks_for_health("members.exists(m, m.disabled)"));
        assert!(asks_for_health("members.exists(orang, orang . chronic_illness == 'tbc') || household.decile <= 1"));
        assert!(!asks_for_health("household.decile <= 4 && members.exists(m, m.age >= 60)"));
        // A word that only begins like one.
        assert!(!asks_for_health("members.exists(m, m.disabled_since > 1)"));
        assert!(!asks_for_health("household.region == 'disabled'"));
    }
}
