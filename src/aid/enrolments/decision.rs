//! What an enrolment is decided on, and the checks that need no database.

use super::{
    ALREADY_ENROLLED, EXCLUDED, INDIVIDUAL_NOT_SERVED, INDIVIDUAL_REQUIRED, NO_DECILE, NOT_A_MEMBER, NOT_ELIGIBLE,
    QUOTA_FULL,
    list::{EnrolmentAnswer, EnrolmentRowAsked},
};
use crate::{
    aid::{
        eligibility::{CodeBook, CompiledRule},
        programs::{
            HOUSEHOLD_NOT_FOUND, PROGRAM_ENDED, Places, Program, Serves, queries as programs,
            rules::{
                CheckedRule,
                service::{RuleInForce, in_force},
            },
        },
    },
    platform::{
        civil::today,
        db::Tx,
        problem::{Code, Language, Outcome, Problem},
        rows::Row,
    },
    registry::{households::HOUSEHOLD_GONE, releases::active},
};
use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Bool, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// What holds for every decision of a transaction on one programme.
pub struct Basis<'a> {
    /// The programme.
    pub program: &'a Program,
    /// The active release, held.
    pub release_id: Uuid,
    /// The day of the decision.
    pub on: NaiveDate,
    /// Which version of the rule.
    pub rule_version: i32,
    /// The rule.
    pub checked: CheckedRule,
    /// The release's code book.
    pub book: Arc<CodeBook>,
    /// Codes of the programmes that it excludes.
    pub excluded: Vec<String>,
}

impl<'a> Basis<'a> {
    /// Holds the active release and reads the rule in force.
    ///
    /// # Errors
    /// `no-active-release`, `program-ended`, `rule-out-of-date`.
    pub async fn hold(tx: &mut Tx, program: &'a Program) -> Outcome<Self> {
        let release_id = active::hold(tx).await?;
        let on = today();
        if program.ends_on.is_some_and(|last| last < on) {
            return Err(PROGRAM_ENDED.with("ends_on", program.ends_on));
        }
        let RuleInForce { book, rule_version, checked, .. } = in_force(tx, program, release_id).await?;
        let excluded = programs::exclusions(tx, program).await?;
        Ok(Self { program, release_id, on, rule_version, checked, book, excluded })
    }

    /// Codes of the programmes whose households can't be enrolled: those that this one excludes, and this one itself,
    /// unless it serves their members one by one.
    #[must_use]
    pub fn closed_to(&self) -> Vec<&str> {
        let itself = (self.program.serves == Serves::Household).then_some(&self.program.code);
        itself.into_iter().chain(&self.excluded).map(String::as_str).collect()
    }

    /// The rule as SQL over `household_snapshots h`.
    #[must_use]
    pub fn compiled(&self) -> CompiledRule {
        self.checked.compile(&self.book)
    }
}

/// How whoever is to be enrolled stands, once nobody else can decide on the household.
#[derive(Debug, Clone, Default, QueryableByName)]
pub struct Candidate {
    /// Where the household lives; nothing where it is not in the release, the caller's areas and the programme's.
    #[diesel(sql_type = Nullable<Text>)]
    pub village_code: Option<String>,
    /// Its decile.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub decile: Option<i16>,
    /// Whether the individual is of the household.
    #[diesel(sql_type = Bool)]
    pub is_member: bool,
    /// The enrolment by which the beneficiary stands in the programme.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub standing: Option<Uuid>,
    /// The programmes in which the household stands and that this one excludes, as `program_code` and `agency_code`; none
    /// where there are none.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub excluded_by: Option<Value>,
    /// The explanation, where the rule is true of the household.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub explanation: Option<Value>,
}

impl Candidate {
    /// Why there is nobody to decide on: no such household or member, or one who stands in the programme already.
    #[must_use]
    pub fn absence(&self, serves: Serves, individual_id: Option<Uuid>) -> Option<&'static Code> {
        match (serves, individual_id) {
            (Serves::Individual, None) => return Some(&INDIVIDUAL_REQUIRED),
            (Serves::Household, Some(_)) => return Some(&INDIVIDUAL_NOT_SERVED),
            _ => {}
        }
        if self.village_code.is_none() {
            Some(&HOUSEHOLD_NOT_FOUND)
        } else if individual_id.is_some() && !self.is_member {
            Some(&NOT_A_MEMBER)
        } else if self.standing.is_some() {
            Some(&ALREADY_ENROLLED)
        } else {
            None
        }
    }

    /// A refusal by this code, with the enrolment or the programmes that stand in the way.
    #[must_use]
    pub fn refused(&self, code: &'static Code) -> Problem {
        match (self.standing, &self.excluded_by) {
            (Some(enrolment_id), _) if code == &ALREADY_ENROLLED => code.with("enrolment_id", enrolment_id),
            (_, Some(others)) if code == &EXCLUDED => code.with("others", others),
            _ => Problem::from(code),
        }
    }

    /// Why it is refused, where no exemption and no override is named.
    #[must_use]
    pub fn refusal(&self) -> Option<&'static Code> {
        if self.decile.is_none() {
            Some(&NO_DECILE)
        } else if self.explanation.is_none() {
            Some(&NOT_ELIGIBLE)
        } else if self.excluded_by.is_some() {
            Some(&EXCLUDED)
        } else {
            None
        }
    }
}

/// An enrolment decided, ready to be written.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Its id.
    pub enrolment_id: Uuid,
    /// The household.
    pub household_id: Uuid,
    /// The member whom it serves.
    pub individual_id: Option<Uuid>,
    /// Where the household lives.
    pub village_code: String,
    /// Its decile.
    pub decile: Option<i16>,
    /// The exemption that stands in for it.
    pub exemption_id: Option<Uuid>,
    /// Why it is eligible.
    pub explanation: Value,
    /// Why it may stand beside what excludes it.
    pub override_reason: Option<String>,
    /// Who said so.
    pub override_allowed_by: Option<String>,
    /// Beside which programmes.
    pub override_for: Option<Vec<String>>,
    /// The owning system's own id.
    pub external_reference: Option<String>,
}

impl Decided {
    /// Of a row of a list, which names neither exemption nor override.
    fn of(asked: &EnrolmentRowAsked, candidate: Candidate) -> Option<Self> {
        Some(Self {
            enrolment_id: Uuid::now_v7(),
            household_id: asked.household_id,
            individual_id: asked.individual_id,
            village_code: candidate.village_code?,
            decile: candidate.decile,
            exemption_id: None,
            explanation: candidate.explanation?,
            override_reason: None,
            override_allowed_by: None,
            override_for: None,
            external_reference: asked.external_reference.clone(),
        })
    }
}

/// How many more may be enrolled; nothing where there is no limit.
#[must_use]
pub fn free(places: Places) -> Option<i64> {
    places.quota.map(|quota| i64::from(quota) - i64::from(places.taken))
}

/// Whether so many more may be enrolled.
#[must_use]
pub fn have_room(places: Places, more: i64) -> bool {
    free(places).is_none_or(|free| more <= free)
}

/// Decides on a list, row by row in its order, with a candidate for each row that could be read: a beneficiary that comes
/// twice is enrolled once, and the first come get the places that are left. `gone` has the heirs of those that the active
/// release no longer has.
#[must_use]
pub fn decide_list(
    serves: Serves,
    places: Places,
    rows: &[Row<EnrolmentRowAsked>],
    candidates: Vec<Candidate>,
    gone: &HashMap<Uuid, Vec<Uuid>>,
    language: Language,
) -> (Vec<EnrolmentAnswer>, Vec<Decided>) {
    let mut candidates = candidates.into_iter();
    let mut answers = Vec::with_capacity(rows.len());
    let mut decided: Vec<Decided> = Vec::new();
    let mut beneficiaries = HashSet::new();
    for row in rows {
        let judged = row.read().and_then(|asked| {
            let candidate = candidates.next().unwrap_or_default();
            let beneficiary = asked.individual_id.unwrap_or(asked.household_id);
            let next = i64::try_from(decided.len()).unwrap_or(i64::MAX).saturating_add(1);
            let refusal = candidate
                .absence(serves, asked.individual_id)
                .or_else(|| beneficiaries.contains(&beneficiary).then_some(&ALREADY_ENROLLED))
                .or_else(|| candidate.refusal())
                .or_else(|| (!have_room(places, next)).then_some(&QUOTA_FULL));
            match refusal {
                Some(code) if code == &HOUSEHOLD_NOT_FOUND && gone.contains_key(&asked.household_id) => {
                    let heirs = gone.get(&asked.household_id).into_iter().flatten();
                    let heirs: Vec<Value> = heirs.map(|heir| json!({ "household_id": heir })).collect();
                    Err(HOUSEHOLD_GONE.with("successors", heirs))
                }
                Some(code) => Err(candidate.refused(code)),
                None => Decided::of(asked, candidate).ok_or_else(|| Problem::from(&NOT_ELIGIBLE)),
            }
        });
        match judged {
            Ok(enrolment) => {
                answers.push(EnrolmentAnswer::enrolled(row, enrolment.enrolment_id));
                beneficiaries.insert(enrolment.individual_id.unwrap_or(enrolment.household_id));
                decided.push(enrolment);
            }
            Err(problem) => answers.push(EnrolmentAnswer::refused(row, problem, language)),
        }
    }
    (answers, decided)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Candidate {
        Candidate {
            village_code: Some("35.26.01.2001".into()),
            decile: Some(2),
            explanation: Some(json!({"eligible": true})),
            ..Candidate::default()
        }
    }

    fn row(household: u128, individual: Option<u128>) -> EnrolmentRowAsked {
        EnrolmentRowAsked {
            household_id: Uuid::from_u128(household),
            individual_id: individual.map(Uuid::from_u128),
            external_reference: None,
        }
    }

    fn outcomes(serves: Serves, quota: Option<i32>, rows: &[(EnrolmentRowAsked, Candidate)]) -> Vec<&'static str> {
        let (rows, candidates): (Vec<_>, Vec<_>) = rows.iter().cloned().unzip();
        let rows: Vec<_> =
            rows.into_iter().enumerate().map(|(number, said)| Row { number, line: None, said: Ok(said) }).collect();
        let places = Places { quota, taken: 1 };
        let (answers, decided) = decide_list(serves, places, &rows, candidates, &HashMap::new(), Language::English);
        let ids: Vec<Uuid> = answers.iter().filter_map(|answer| answer.enrolment_id).collect();
        assert_eq!(ids, decided.iter().map(|decided| decided.enrolment_id).collect::<Vec<_>>());
        answers.iter().map(|answer| answer.code.unwrap_or("enrolled")).collect()
    }

    #[test]
    fn each_row_is_refused_for_the_first_reason_that_holds() {
        let rows = [
            (row(1, None), Candidate::default()),
            (row(2, Some(20)), sound()),
            (row(3, None), Candidate { standing: Some(Uuid::from_u128(9)), excluded_by: Some(json!([])), ..sound() }),
            (row(4, None), Candidate { decile: None, explanation: None, ..sound() }),
            (row(5, None), Candidate { explanation: None, excluded_by: Some(json!([])), ..sound() }),
            (row(6, None), Candidate { excluded_by: Some(json!([])), ..sound() }),
            (row(7, None), sound()),
        ];
        let expected = [
            "household-not-found",
            "individual-not-served",
            "already-enrolled",
            "no-decile",
            "not-eligible",
            "excluded-by-other-aid",
            "enrolled",
        ];
        assert_eq!(outcomes(Serves::Household, None, &rows), expected);
    }

    #[test]
    fn an_individual_must_be_named_and_be_of_the_household() {
        let member = Candidate { is_member: true, ..sound() };
        let rows = [(row(1, None), sound()), (row(1, Some(10)), sound()), (row(1, Some(11)), member)];
        assert_eq!(outcomes(Serves::Individual, None, &rows), ["individual-required", "not-a-member", "enrolled"]);
    }

    #[test]
    fn a_beneficiary_that_comes_twice_is_enrolled_once_and_two_of_one_household_are_two() {
        let member = Candidate { is_member: true, ..sound() };
        let rows = [(row(1, Some(10)), member.clone()), (row(2, Some(10)), member.clone()), (row(1, Some(11)), member)];
        assert_eq!(outcomes(Serves::Individual, None, &rows), ["enrolled", "already-enrolled", "enrolled"]);
    }

    #[test]
    fn the_first_come_get_the_places_that_are_left_and_a_refused_row_takes_none() {
        // A quota of 3, of which 1 is taken: two places are left.
        let rows = [
            (row(1, None), sound()),
            (row(2, None), Candidate::default()),
            (row(3, None), sound()),
            (row(4, None), sound()),
        ];
        assert_eq!(
            outcomes(Serves::Household, Some(3), &rows),
            ["enrolled", "household-not-found", "enrolled", "quota-full"]
        );
    }
}
