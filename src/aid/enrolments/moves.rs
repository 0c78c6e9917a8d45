//! Moving enrolments on: one, or all of a programme that stand in one state.

use super::{
    ENROLMENT_STEP, Enrolment, EnrolmentState, EnrolmentStep, queries,
    queries::write::Move,
    requests::{Moved, Step, StepOfAll},
};
use crate::{
    aid::programs::{Program, queries as programs},
    platform::{
        audit,
        civil::today,
        db::Tx,
        problem::{Outcome, codes},
        versions::IfMatch,
    },
    registry::households::lock::{lock_household, lock_households},
};
use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

/// Moves one enrolment on.
///
/// # Errors
/// `not-found`, `stale-version`, `enrolment-step`, `invalid-fields`.
pub async fn step(tx: &mut Tx, enrolment_id: Uuid, seen: IfMatch, step: &Step) -> Outcome<Enrolment> {
    let household_id = queries::find(tx, enrolment_id).await?.household_id;
    lock_household(tx, household_id).await?;
    let standing = queries::find(tx, enrolment_id).await?;
    // From here on a refusal tells something of the household too.
    tx.trace(audit::Entry::households("enrolment.moved", vec![household_id]).purpose(&standing.program_code));
    seen.check(standing.version)?;
    check(standing.state, step.to)?;
    hold_places(tx, standing.program_id, step.to).await?;
    let moved = Move {
        program_id: standing.program_id,
        enrolment_ids: &[enrolment_id],
        from: standing.state,
        to: step.to,
        reason: &step.reason,
        effective_on: effective(step.effective_on)?,
    };
    queries::write::moved(tx, moved).await?;
    queries::find(tx, enrolment_id).await
}

/// Moves all enrolments of a programme that stand in one state, as far as the caller's areas go.
///
/// # Errors
/// `enrolment-step`, `invalid-fields`.
pub async fn step_of_all(tx: &mut Tx, program: &Program, step: &StepOfAll) -> Outcome<Moved> {
    check(step.from, step.to)?;
    let program_id = program.program_id;
    let (enrolment_ids, household_ids): (Vec<Uuid>, Vec<Uuid>) =
        queries::in_state(tx, program_id, step.from).await?.into_iter().unzip();
    lock_households(tx, &household_ids).await?;
    hold_places(tx, program_id, step.to).await?;
    let moved = Move {
        program_id,
        enrolment_ids: &enrolment_ids,
        from: step.from,
        to: step.to,
        reason: &step.reason,
        effective_on: effective(step.effective_on)?,
    };
    let moved = queries::write::moved(tx, moved).await?;
    let count = moved.len();
    let details = json!({ "from": step.from, "to": step.to });
    tx.trace(audit::Entry::households("enrolment.moved", moved).purpose(&program.code).details(details));
    Ok(Moved { moved: count })
}

/// The steps that an enrolment took, the first one first.
///
/// # Errors
/// `not-found`.
pub async fn steps(tx: &mut Tx, enrolment_id: Uuid) -> Outcome<Vec<EnrolmentStep>> {
    let enrolment = queries::find(tx, enrolment_id).await?;
    tx.trace(
        audit::Entry::households("enrolment.steps", vec![enrolment.household_id]).purpose(&enrolment.program_code),
    );
    queries::steps(tx, &enrolment).await
}

/// The day from which a step counts: today where none is said, and none that lies ahead, since it is taken now.
fn effective(on: Option<NaiveDate>) -> Outcome<NaiveDate> {
    let today = today();
    let on = on.unwrap_or(today);
    if on <= today {
        return Ok(on);
    }
    Err(codes::INVALID.field("/effective_on", "tidak boleh di masa depan", "must not lie ahead"))
}

fn check(from: EnrolmentState, to: EnrolmentState) -> Outcome<()> {
    if from.may_become(to) { Ok(()) } else { Err(ENROLMENT_STEP.with("allowed", from.next())) }
}

/// A step out of the standing states gives a place back: the place is held before the claim, as in enrolling.
async fn hold_places(tx: &mut Tx, program_id: Uuid, to: EnrolmentState) -> Outcome<()> {
    if !to.stands() {
        programs::lock_places(tx, program_id).await?;
    }
    Ok(())
}
