//! The explanation of an enrolment as its reader may see it. What was frozen holds answers of the household; those on
//! health are for whoever decided on them and for whoever sees such answers of a household anyway.

use crate::{
    access::visibility::Sight,
    aid::eligibility::{FieldClass, FieldScope, catalogue},
    platform::auth::{Principal, Role},
};
use serde_json::{Map, Value, json};

/// The explanation without the clauses that ask for health, unless the caller sees those.
#[must_use]
pub fn seen_by(caller: &Principal, mut explanation: Value) -> Value {
    if Sight::of(caller).health || caller.role == Role::ProgramManager {
        return explanation;
    }
    for clause in explanation["clauses"].as_array_mut().into_iter().flatten() {
        if asks_for_health(clause) {
            // All clauses of an enrolment hold; the parts of one would tell which answer made it hold.
            *clause = json!({ "text": clause["text"], "verdict": clause["verdict"], "withheld": true });
        }
    }
    explanation
}

fn asks_for_health(clause: &Value) -> bool {
    let parts = clause["clauses"].as_array().into_iter().flatten();
    let members = clause["members"].as_array().into_iter().flatten().filter_map(Value::as_array).flatten();
    names_health(&clause["values"])
        || members.into_iter().any(|member| names_health(&member["values"]))
        || parts.into_iter().any(asks_for_health)
}

/// Whether any of the values is of a sensitive field; members' go by the name that the rule gives them: `m.disabled`.
fn names_health(values: &Value) -> bool {
    let paths = values.as_object().into_iter().flat_map(Map::keys);
    paths.into_iter().any(|path| path.rsplit('.').next().is_some_and(is_sensitive))
}

fn is_sensitive(name: &str) -> bool {
    let scopes = [FieldScope::Household, FieldScope::Member, FieldScope::Aid];
    let mut fields = scopes.into_iter().filter_map(|scope| catalogue::find(scope, name));
    fields.any(|field| field.class == FieldClass::Sensitive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_asks_for_health_wherever_in_it_the_answer_stands() {
        let general =
            json!({ "text": "household.decile <= 4", "verdict": "true", "values": { "household.decile": 2 } });
        assert!(!asks_for_health(&general));
        let of_members = json!({ "text": "members.exists(m, m.disabled)", "verdict": "true", "values": {},
            "members": [[{ "position": 1, "verdict": "true", "values": { "m.disabled": true } }]] });
        assert!(asks_for_health(&of_members));
        assert!(asks_for_health(&json!({ "text": "…", "values": {}, "clauses": [general, of_members] })));
    }
}
