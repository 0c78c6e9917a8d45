//! Why one household is eligible, or is not: clause by clause, with the values seen.

use super::catalogue::{Field, FieldScope};
use super::check::MEMBER;
use super::facts::{HouseholdFacts, MemberFacts};
use super::interpret::{Expression, Interpreter, Verdict};
use super::outline::Joined;
use super::rule::{Clause, Rule};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// How a rule fares with one household.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// Whether the rule is true of it.
    pub eligible: bool,
    /// True, false, or unknown for want of an answer.
    pub verdict: Verdict,
    /// The clauses that all must be true.
    pub clauses: Vec<ClauseVerdict>,
    /// How the member fares whom the programme would serve; absent where none was named, or the rule does not say who
    /// is served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beneficiary: Option<BeneficiaryVerdict>,
    /// The answers for want of which the rule is unknown.
    #[schema(example = json!(["household.floor", "members[2].age"]))]
    pub missing: Vec<String>,
}

/// How the member fares whom a programme would serve.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BeneficiaryVerdict {
    /// The rule's words on whom it serves, as they were written.
    #[schema(example = "m.age >= 60")]
    pub text: String,
    /// Whether they ask for illness, disability and the like.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(example = false)]
    pub asks_for_health: bool,
    /// How the member fares with them.
    #[serde(flatten)]
    pub member: MemberVerdict,
}

/// How a clause fares with one household.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClauseVerdict {
    /// As it was written.
    #[schema(example = "household.decile <= 4")]
    pub text: String,
    /// Whether it asks for illness, disability and the like.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(example = false)]
    pub asks_for_health: bool,
    /// True, false, or unknown for want of an answer.
    pub verdict: Verdict,
    /// The household's values that the clause asks for; null where nobody answered. `aid.programs` lists those of
    /// the clause's programmes in which the household stands.
    #[schema(value_type = Object, example = json!({"household.decile": 2}))]
    pub values: Map<String, Value>,
    /// For each question about the members, how each of them fares with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Vec<MemberVerdict>>,
    /// The answers for want of which the clause is unknown.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How the parts of the clause are joined, if it has parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joined: Option<JoinedBy>,
    /// The parts of the clause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub clauses: Vec<ClauseVerdict>,
}

/// How a member fares with a question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MemberVerdict {
    /// Order within the household, from 1.
    pub position: i64,
    /// True, false, or unknown for want of an answer.
    pub verdict: Verdict,
    /// The member's values that the clause asks for; null where nobody answered.
    #[schema(value_type = Object, example = json!({"m.age": 67}))]
    pub values: Map<String, Value>,
}

/// How the parts of a clause are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinedBy {
    /// All must be true (`&&`).
    All,
    /// One must be true (`||`).
    Any,
    /// The part must be false (`!`).
    Not,
}

/// Judges one household by a rule.
pub fn explain(rule: &Rule, facts: &HouseholdFacts) -> Explanation {
    let household = Explained { facts, interpreter: Interpreter::new(facts) };
    let verdict = household.interpreter.judge(&Expression::new(&rule.text));
    let clauses: Vec<ClauseVerdict> = rule.clauses().iter().map(|clause| household.clause(clause)).collect();
    let missing = if verdict == Verdict::Unknown { missing_in(&clauses) } else { Vec::new() };
    Explanation { eligible: verdict == Verdict::True, verdict, clauses, beneficiary: None, missing }
}

/// Judges one household, and with it the member whom the programme would serve, where one is named.
pub fn judge(rule: &Rule, facts: &HouseholdFacts, position: Option<i64>) -> Explanation {
    position.map_or_else(|| explain(rule, facts), |position| explain_member(rule, facts, position))
}

/// Judges one household and the member at this place in it; eligible where both are.
fn explain_member(rule: &Rule, facts: &HouseholdFacts, position: i64) -> Explanation {
    let explanation = explain(rule, facts);
    let member = facts.members.iter().find(|member| member.position == position);
    let (Some(served), Some(member)) = (&rule.beneficiary, member) else {
        return explanation;
    };
    let verdict = Interpreter::new(facts).judge_as(MEMBER, &Expression::new(&served.text), member);
    let fields = served.condition.fields();
    let mut missing = explanation.missing;
    if verdict == Verdict::Unknown {
        missing.extend(unanswered(&fields, member).filter(|answer| !missing.contains(answer)).collect::<Vec<_>>());
    }
    let both = explanation.verdict.and(verdict);
    let member = MemberVerdict { position, verdict, values: values(&fields, FieldScope::Member, &member.values) };
    Explanation {
        eligible: both == Verdict::True,
        verdict: both,
        clauses: explanation.clauses,
        beneficiary: Some(BeneficiaryVerdict {
            text: served.text.clone(),
            asks_for_health: served.condition.is_sensitive(),
            member,
        }),
        missing: if both == Verdict::Unknown { missing } else { Vec::new() },
    }
}

/// The fields of these that a member did not answer.
fn unanswered(fields: &[&'static Field], member: &MemberFacts) -> impl Iterator<Item = String> {
    let open = |field: &&&'static Field| {
        field.scope == FieldScope::Member && member.values.get(field.name).is_none_or(Value::is_null)
    };
    fields.iter().filter(open).map(|field| format!("members[{}].{}", member.position, field.name))
}

struct Explained<'facts> {
    facts: &'facts HouseholdFacts,
    interpreter: Interpreter<'facts>,
}

impl Explained<'_> {
    fn clause(&self, clause: &Clause) -> ClauseVerdict {
        let (joined, parts) = match &clause.joined {
            Joined::Single => return self.single(clause),
            Joined::All(parts) => (JoinedBy::All, parts.as_slice()),
            Joined::Any(parts) => (JoinedBy::Any, parts.as_slice()),
            Joined::Not(part) => (JoinedBy::Not, std::slice::from_ref(&**part)),
        };
        let verdict = self.interpreter.judge(&Expression::new(&clause.text));
        let clauses: Vec<ClauseVerdict> = parts.iter().map(|part| self.clause(part)).collect();
        let missing = if verdict == Verdict::Unknown { missing_in(&clauses) } else { Vec::new() };
        ClauseVerdict {
            text: clause.text.clone(),
            asks_for_health: clause.condition.is_sensitive(),
            verdict,
            values: self.household_values(clause),
            members: Vec::new(),
            missing,
            joined: Some(joined),
            clauses,
        }
    }

    fn single(&self, clause: &Clause) -> ClauseVerdict {
        let expression = Expression::new(&clause.text);
        let verdict = self.interpreter.judge(&expression);
        let questions = self.interpreter.judge_members(&expression);
        let missing = if verdict == Verdict::Unknown { self.missing(clause, &questions) } else { Vec::new() };
        ClauseVerdict {
            text: clause.text.clone(),
            asks_for_health: clause.condition.is_sensitive(),
            verdict,
            values: self.household_values(clause),
            members: self.members(clause, questions),
            missing,
            joined: None,
            clauses: Vec::new(),
        }
    }

    fn household_values(&self, clause: &Clause) -> Map<String, Value> {
        let mut values = values(&clause.condition.fields(), FieldScope::Household, &self.facts.household);
        let asked = clause.condition.programs();
        if !asked.is_empty() {
            let standing: Vec<String> =
                asked.into_iter().filter(|program| self.facts.programs.contains(program)).collect();
            values.insert("aid.programs".into(), standing.into());
        }
        values
    }

    fn members(&self, clause: &Clause, questions: Vec<Vec<Verdict>>) -> Vec<Vec<MemberVerdict>> {
        let fields = clause.condition.fields();
        let seen = |(member, verdict): (&MemberFacts, Verdict)| MemberVerdict {
            position: member.position,
            verdict,
            values: values(&fields, FieldScope::Member, &member.values),
        };
        questions.into_iter().map(|verdicts| self.facts.members.iter().zip(verdicts).map(seen).collect()).collect()
    }

    /// The unanswered fields of the household, and of those members of whom a question is unknown.
    fn missing(&self, clause: &Clause, questions: &[Vec<Verdict>]) -> Vec<String> {
        let fields = clause.condition.fields();
        let is_null = |field: &Field| self.facts.household.get(field.name).is_none_or(Value::is_null);
        let of_household = fields
            .iter()
            .filter(|field| field.scope == FieldScope::Household && is_null(field))
            .map(|field| field.path());
        let is_open = |index: usize| questions.iter().any(|verdicts| verdicts.get(index) == Some(&Verdict::Unknown));
        let of_members = self
            .facts
            .members
            .iter()
            .enumerate()
            .filter(|(index, _)| is_open(*index))
            .flat_map(|(_, member)| unanswered(&fields, member).collect::<Vec<_>>());
        of_household.chain(of_members).collect()
    }
}

fn values(fields: &[&'static Field], scope: FieldScope, known: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|field| field.scope == scope)
        .map(|field| (field.path(), known.get(field.name).cloned().unwrap_or_default()))
        .collect()
}

/// What is missing in the unknown clauses, each answer once.
fn missing_in(clauses: &[ClauseVerdict]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for answer in clauses.iter().flat_map(|clause| &clause.missing) {
        if !missing.contains(answer) {
            missing.push(answer.clone());
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::code_book::CodeBook;
    use serde_json::json;

    /// A household on an earth floor with a woman of 60, whose disability nobody asked about, and a child of 9
    /// whose birth date is known and whose schooling is not.
    fn facts() -> HouseholdFacts {
        let household = json!({"village_code": "35.26.01.2001", "member_count": 2, "floor": 8, "car": false});
        let members = [
            json!({"position": 1, "birth_date": "1966-11-24", "sex": 2, "relation": 1, "deceased": false}),
            json!({"position": 2, "birth_date": "2017-01-01", "sex": 1, "relation": 3, "deceased": false}),
        ];
        let on = "2026-11-24".parse().expect("a date");
        HouseholdFacts::from_rows(&household, &members, vec!["SEMBAKO".into()], &CodeBook::of_questionnaire(), on)
    }

    fn explained(text: &str) -> Explanation {
        match Rule::parse(text, &CodeBook::of_questionnaire()) {
            Ok(rule) => explain(&rule, &facts()),
            Err(faults) => panic!("{text}: {faults:?}"),
        }
    }

    /// `t`, `f` and `u` as conditions of that household.
    fn in_letters(pattern: &str) -> Verdict {
        let letters = [('t', "household.floor == 'tanah'"), ('f', "household.car"), ('u', "household.decile <= 4")];
        let text: String = pattern
            .chars()
            .map(|letter| {
                let known = letters.iter().find(|(known, _)| *known == letter);
                known.map_or_else(|| letter.to_string(), |(_, condition)| format!("({condition})"))
            })
            .collect();
        explained(&text).verdict
    }

    #[test]
    fn unknown_goes_through_and_or_and_not_as_in_sql() {
        use Verdict::{False, True, Unknown};
        let expected = [
            ("t&&u", Unknown),
            ("u&&t", Unknown),
            ("f&&u", False),
            ("u&&f", False),
            ("u&&u", Unknown),
            ("t||u", True),
            ("u||t", True),
            ("f||u", Unknown),
            ("u||f", Unknown),
            ("u||u", Unknown),
            ("!u", Unknown),
            ("!(u&&f)", True),
            ("!(u||f)", Unknown),
            ("u?t:t", Unknown),
            ("t?u:f", Unknown),
            ("f?u:t", True),
        ];
        for (pattern, verdict) in expected {
            assert_eq!(in_letters(pattern), verdict, "{pattern}");
        }
    }

    #[test]
    fn a_question_about_members_is_unknown_while_an_answer_could_decide_it() {
        use Verdict::{False, True, Unknown};
        let expected = [
            ("members.exists(m, m.age >= 60 || m.disabled)", True),
            ("members.exists(m, m.age >= 61 || m.disabled)", Unknown),
            ("members.exists(m, m.age >= 61 && m.disabled)", False),
            ("!members.exists(m, m.disabled)", Unknown),
            ("members.all(m, m.age >= 9 || m.disabled)", True),
            ("members.all(m, m.disabled)", Unknown),
            ("members.all(m, m.age >= 10 && m.disabled)", False),
            ("members.exists_one(m, m.age < 18)", True),
            ("members.filter(m, m.age < 18).size() == 1", True),
            ("size(members.filter(m, m.disabled)) >= 0", Unknown),
            ("members.size() == 2", True),
            ("has(household.decile)", False),
            ("has(household.floor) && !has(household.decile)", True),
            ("members.exists(m, m.head && m.sex == 'perempuan')", True),
        ];
        for (text, verdict) in expected {
            assert_eq!(explained(text).verdict, verdict, "{text}");
        }
    }

    #[test]
    fn an_unknown_rule_names_the_answers_that_are_missing() {
        let found = explained(
            "household.decile <= 4 && members.exists(m, m.age >= 61 || m.disabled) && household.wall == 'bambu'",
        );
        assert!(!found.eligible);
        assert_eq!(found.missing, ["household.decile", "members[1].disabled", "members[2].disabled", "household.wall"]);
    }

    #[test]
    fn a_decided_rule_misses_nothing() {
        assert_eq!(explained("household.car && household.decile <= 4").missing, Vec::<String>::new());
    }

    #[test]
    fn a_clause_shows_the_values_seen_and_how_each_member_fares() {
        let found = explained(
            "household.floor == 'tanah' && members.exists(m, m.age >= 60) && !('PKH' in aid.programs || 'SEMBAKO' in aid.programs)",
        );
        let shown = serde_json::to_value(&found).expect("JSON");
        assert_eq!(shown["verdict"], "false");
        assert_eq!(
            shown["clauses"][0],
            json!({"text": "household.floor == 'tanah'", "verdict": "true",
            "values": {"household.floor": "tanah"}})
        );
        assert_eq!(
            shown["clauses"][1]["members"],
            json!([[
                {"position": 1, "verdict": "true", "values": {"m.age": 60}},
                {"position": 2, "verdict": "false", "values": {"m.age": 9}},
            ]])
        );
        let negated = &shown["clauses"][2];
        assert_eq!((&negated["joined"], &negated["verdict"]), (&json!("not"), &json!("false")));
        assert_eq!(negated["values"], json!({"aid.programs": ["SEMBAKO"]}));
        let any = &negated["clauses"][0];
        assert_eq!((&any["joined"], &any["verdict"]), (&json!("any"), &json!("true")));
        assert_eq!((&any["clauses"][0]["verdict"], &any["clauses"][1]["verdict"]), (&json!("false"), &json!("true")));
    }
}
