//! Enrolling many: a list, row by row; or from the ranking, all or nothing. Neither asks PostgreSQL row by row.

use super::{
    BENEFICIARY_RULE_REQUIRED, QUOTA_FULL,
    decision::{Basis, decide_list, free, have_room},
    list::{EnrolmentRowAsked, ForAllEnrolled, ListAnswer},
    queries,
    requests::{FULFILS_THE_RULE, RankedAnswer, RankedPlaces},
};
use crate::{
    aid::programs::{Program, Serves, queries as programs},
    platform::{
        audit,
        db::Tx,
        problem::{Language, Outcome, Problem, codes},
        rows::RowList,
    },
    registry::households::{lock::lock_households, succession},
};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Enrols a list; each row is answered, and one that is refused, or can't be read, does not stop the others.
///
/// # Errors
/// `no-active-release`, `program-ended`, `rule-out-of-date`.
pub async fn enrol_list(
    tx: &mut Tx,
    program: &Program,
    common: &ForAllEnrolled,
    list: &RowList<EnrolmentRowAsked>,
    language: Language,
) -> Outcome<ListAnswer> {
    let basis = Basis::hold(tx, program).await?;
    let read = list.rows.iter().filter_map(|row| row.said.as_ref().ok());
    let asked: Vec<(Uuid, Option<Uuid>)> = read.map(|row| (row.household_id, row.individual_id)).collect();
    let household_ids: Vec<Uuid> = asked.iter().map(|(household_id, _)| *household_id).collect();
    lock_households(tx, &household_ids).await?;
    let places = programs::lock_places(tx, program.program_id).await?;
    let candidates = queries::candidates(tx, &basis, Some(&basis.compiled()), &asked).await?;
    let seen = asked.iter().zip(&candidates).filter(|(_, candidate)| candidate.village_code.is_some());
    let mut trace =
        audit::Entry::households("enrolment.listed", seen.map(|((household_id, _), _)| *household_id).collect());
    trace.individual_ids =
        candidates.iter().zip(&asked).filter(|(found, _)| found.is_member).filter_map(|(_, row)| row.1).collect();
    let absent = asked.iter().zip(&candidates).filter(|(_, candidate)| candidate.village_code.is_none());
    let absent: Vec<Uuid> = absent.map(|((household_id, _), _)| *household_id).collect();
    let gone = if absent.is_empty() { HashMap::new() } else { succession::gone(tx, &absent).await? };
    let (items, decided) = decide_list(program.serves, places, &list.rows, candidates, &gone, language);
    let enrolled = decided.len();
    if enrolled > 0 {
        let reason = common.reason.as_deref().unwrap_or(FULFILS_THE_RULE);
        queries::write::decided(tx, &basis, decided, reason).await?;
    }
    let refused = items.len() - enrolled;
    let asks_for_health = basis.checked.rule.is_sensitive();
    let details = json!({ "enrolled": enrolled, "refused": refused, "asks_for_health": asks_for_health });
    tx.trace(trace.purpose(&program.code).details(details));
    Ok(ListAnswer { items, enrolled, refused })
}

/// Enrols the first of the ranking, all or nothing.
///
/// The rule is asked over everybody, to know whom to hold. What it asks of other aid is asked once more of those held, in
/// the statement that writes, because aid may have come in between; a release does not change.
///
/// # Errors
/// `no-active-release`, `program-ended`, `rule-out-of-date`, `beneficiary-rule-required`, `quota-full`; `busy` where one of the chosen
/// was enrolled elsewhere meanwhile.
pub async fn enrol_ranked(tx: &mut Tx, program: &Program, asked: &RankedPlaces) -> Outcome<RankedAnswer> {
    let basis = Basis::hold(tx, program).await?;
    if program.serves == Serves::Individual && basis.checked.rule.beneficiary.is_none() {
        return Err(Problem::from(&BENEFICIARY_RULE_REQUIRED));
    }
    let places = queries::places(tx, program.program_id).await?;
    let most = asked.places.map(i64::from).or_else(|| free(places));
    if most == Some(0) || most.is_some_and(|most| !have_room(places, most)) {
        return Err(QUOTA_FULL.with("free", free(places)));
    }
    let rule = basis.compiled();
    let chosen = queries::ranked(tx, &basis, &rule, most).await?;
    let households: Vec<Uuid> = chosen.iter().map(|chosen| chosen.household_id).collect();
    lock_households(tx, &households).await?;
    programs::lock_places(tx, program.program_id).await?;
    let enrolled =
        queries::write::ranked(tx, &basis, &rule, &chosen, asked.reason.as_deref().unwrap_or(FULFILS_THE_RULE)).await?;
    if enrolled.len() != chosen.len() {
        return Err(Problem::from(&codes::BUSY));
    }
    let answer = RankedAnswer { enrolled: enrolled.len(), release_id: basis.release_id };
    let households = enrolled.iter().map(|enrolled| enrolled.household_id).collect();
    let mut trace = audit::Entry::households("enrolment.created", households).purpose(&program.code);
    trace.individual_ids = enrolled.into_iter().filter_map(|enrolled| enrolled.individual_id).collect();
    tx.trace(trace.details(json!({ "asks_for_health": basis.checked.is_sensitive() })));
    Ok(answer)
}
