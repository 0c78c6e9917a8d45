//! Enrolling one.

use super::{
    EXCLUDED, Enrolment, NO_DECILE, NOT_ELIGIBLE, NewEnrolment, Override, QUOTA_FULL, UNKNOWN_EXEMPTION,
    decision::{Basis, Candidate, Decided, have_room},
    explanation, queries,
    requests::FULFILS_THE_RULE,
};
use crate::{
    aid::{
        eligibility::{Explanation, Verdict, judge},
        facts::{self, Sought},
        programs::{HOUSEHOLD_NOT_FOUND, Program, queries as programs},
    },
    platform::{
        audit,
        db::Tx,
        problem::{Outcome, Problem},
    },
    registry::households::{lock::lock_household, succession},
};
use serde_json::json;
use uuid::Uuid;

/// The one answer whose lack an exemption makes good.
const DECILE: &str = "household.decile";

/// Enrols one household or individual as a candidate, or says why not. A refusal tells something of the household
/// too, so it is a value here: the transaction ends well, with its trace, and nothing was written.
///
/// # Errors
/// `no-active-release`, `program-ended`, `rule-out-of-date`, `household-not-found`, `household-gone`.
pub async fn enrol(tx: &mut Tx, program: &Program, asked: NewEnrolment) -> Outcome<Result<Enrolment, Problem>> {
    let basis = Basis::hold(tx, program).await?;
    let household_id = asked.household_id;
    lock_household(tx, household_id).await?;
    let trace = audit::Entry { individual_ids: asked.individual_id.into_iter().collect(), ..audit::Entry::default() };
    let trace = |action| audit::Entry { action, household_ids: vec![household_id], ..trace }.purpose(&program.code);
    let reason = asked.reason.clone().unwrap_or_else(|| FULFILS_THE_RULE.to_owned());
    let decided = match decide(tx, &basis, asked).await {
        Err(refusal) if matches!(refusal.code.status, 409 | 422) => {
            tx.trace(trace("enrolment.refused").details(json!({ "code": refusal.code.code })));
            return Ok(Err(refusal));
        }
        decided => decided?,
    };
    let enrolment_id = decided.enrolment_id;
    queries::write::decided(tx, &basis, vec![decided], &reason).await?;
    let enrolment = queries::find(tx, enrolment_id).await?;
    tx.trace(trace("enrolment.created"));
    Ok(Ok(enrolment))
}

/// Holds the programme's places and checks everything, in the order in which a caller can mend it.
async fn decide(tx: &mut Tx, basis: &Basis<'_>, asked: NewEnrolment) -> Outcome<Decided> {
    let program = basis.program;
    let places = programs::lock_places(tx, program.program_id).await?;
    let household_id = asked.household_id;
    let candidate = queries::candidates(tx, basis, None, &[(household_id, asked.individual_id)]).await?;
    let candidate = candidate.into_iter().next().ok_or_else(|| Problem::from(&HOUSEHOLD_NOT_FOUND))?;
    if let Some(code) = candidate.absence(program.serves, asked.individual_id) {
        if code == &HOUSEHOLD_NOT_FOUND {
            return Err(succession::refusal(tx, household_id, code).await?);
        }
        return Err(candidate.refused(code));
    }
    let exemption_id = exempted(tx, basis, &candidate, asked.exemption_id).await?;
    let explanation = judged(tx, basis, household_id, asked.individual_id, exemption_id.is_some()).await?;
    let allowed = allowed(&candidate, asked.r#override)?;
    if !have_room(places, 1) {
        return Err(Problem::from(&QUOTA_FULL));
    }
    let (said, override_for) = allowed.unzip();
    let (override_reason, override_allowed_by) =
        said.map(|Override { reason, allowed_by }| (reason, allowed_by)).unzip();
    Ok(Decided {
        enrolment_id: Uuid::now_v7(),
        household_id,
        individual_id: asked.individual_id,
        village_code: candidate.village_code.unwrap_or_default(),
        decile: candidate.decile,
        exemption_id,
        explanation: serde_json::to_value(explanation).map_err(Problem::internal)?,
        override_reason,
        override_allowed_by,
        override_for,
        external_reference: asked.external_reference,
    })
}

/// The exemption that stands in for a decile; none where the release gives one.
async fn exempted(
    tx: &mut Tx,
    basis: &Basis<'_>,
    candidate: &Candidate,
    exemption_id: Option<Uuid>,
) -> Outcome<Option<Uuid>> {
    let Some(exemption_id) = exemption_id else {
        return if candidate.decile.is_some() { Ok(None) } else { Err(Problem::from(&NO_DECILE)) };
    };
    if !queries::is_exempted(tx, basis.program.program_id, exemption_id, basis.on).await? {
        return Err(Problem::from(&UNKNOWN_EXEMPTION));
    }
    Ok(candidate.decile.is_none().then_some(exemption_id))
}

/// The verdict of the interpreter. With an exemption, a rule that is unknown for want of the decile alone counts
/// as true; every other answer must be there.
async fn judged(
    tx: &mut Tx,
    basis: &Basis<'_>,
    household_id: Uuid,
    individual_id: Option<Uuid>,
    is_exempted: bool,
) -> Outcome<Explanation> {
    let sought = Sought {
        release_id: basis.release_id,
        household_ids: &[household_id],
        areas: &basis.program.area_patterns(),
        programs: &basis.checked.rule.programs(),
        on: basis.on,
    };
    let mut found = facts::find(tx, sought, &basis.book).await?;
    let household = found.remove(&household_id).ok_or_else(|| Problem::from(&HOUSEHOLD_NOT_FOUND))?;
    let position = individual_id.and_then(|individual| household.position_of(individual));
    let explanation = judge(&basis.checked.rule, &household.facts, position);
    let wants_decile_alone = explanation.verdict == Verdict::Unknown && explanation.missing == [DECILE];
    if explanation.eligible || (is_exempted && wants_decile_alone) {
        Ok(explanation)
    } else {
        let explanation = serde_json::to_value(explanation).map_err(Problem::internal)?;
        Err(NOT_ELIGIBLE.with("explanation", explanation::seen_by(tx.caller()?, explanation)))
    }
}

/// The override, and what it allows: the programmes that stand in the way now.
fn allowed(candidate: &Candidate, named: Option<Override>) -> Outcome<Option<(Override, Vec<String>)>> {
    let Some(others) = &candidate.excluded_by else { return Ok(None) };
    let named = named.ok_or_else(|| candidate.refused(&EXCLUDED))?;
    let codes = others.as_array().into_iter().flatten().filter_map(|other| other["program_code"].as_str());
    Ok(Some((named, codes.map(str::to_owned).collect())))
}
