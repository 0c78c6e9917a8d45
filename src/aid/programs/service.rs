//! Making and changing programmes.

use super::{
    NewProgram, PERIODS_BEYOND_END, Program, ProgramChange, ProgramDetail, QUOTA_BELOW_TAKEN, queries, requests,
    rules::{self, CheckedRule, service::active_book},
};
use crate::platform::{
    db::Tx,
    outbox::Event,
    problem::{Outcome, codes},
    versions::IfMatch,
};
use serde_json::json;

/// Makes a programme of the caller's agency.
///
/// # Errors
/// `invalid-fields`, with every fault of its rule; `program-exists`; `no-active-release`, without which no rule
/// can be checked.
pub async fn create(tx: &mut Tx, program: NewProgram) -> Outcome<ProgramDetail> {
    let caller = tx.caller()?.clone();
    program.check(&caller)?;
    let (_, book) = active_book(tx).await?;
    let rule = program.rule();
    CheckedRule::read(&rule, program.terms(), &book)?;
    let made = queries::insert(tx, &program, &caller.agency).await?;
    rules::queries::insert(tx, made.program_id, 1, rule, caller.actor()).await?;
    queries::insert_places(tx, made.program_id, program.quota).await?;
    queries::set_exclusions(tx, made.program_id, &program.excludes).await?;
    tell(tx, "program.created", &made);
    queries::detail(tx, made).await
}

/// Changes a programme, but not its rule.
///
/// # Errors
/// `stale-version`, `invalid-fields`, `periods-beyond-end`, `quota-below-taken`.
pub async fn change(tx: &mut Tx, program: &Program, seen: IfMatch, change: ProgramChange) -> Outcome<ProgramDetail> {
    let standing = queries::lock(tx, program.program_id).await?;
    seen.check(standing.version)?;
    let excludes = match &change.excludes {
        Some(excludes) => excludes.clone(),
        None => queries::exclusions(tx, &standing).await?,
    };
    let may_overlap_with = change.may_overlap_with.as_deref().unwrap_or(&standing.may_overlap_with);
    let faults: Vec<_> = requests::ends_too_early(standing.starts_on, change.ends_on.flatten())
        .into_iter()
        .chain(requests::excludes_itself(&excludes, &standing.code))
        .chain(requests::excludes_what_may_overlap(&excludes, may_overlap_with))
        .collect();
    if !faults.is_empty() {
        return Err(codes::INVALID.fields(faults));
    }
    if let Some(ends_on) = change.ends_on.flatten() {
        let last_day = queries::last_day_of_periods(tx, standing.program_id).await?;
        if last_day.is_some_and(|last_day| last_day > ends_on) {
            return Err(PERIODS_BEYOND_END.with("last_day", last_day));
        }
    }
    if let Some(quota) = change.quota {
        resize(tx, &standing, quota).await?;
    }
    if let Some(excludes) = &change.excludes {
        queries::set_exclusions(tx, standing.program_id, excludes).await?;
    }
    let changed = queries::update(tx, standing, &change).await?;
    tell(tx, "program.changed", &changed);
    queries::detail(tx, changed).await
}

async fn resize(tx: &mut Tx, program: &Program, quota: Option<i32>) -> Outcome<()> {
    let places = queries::lock_places(tx, program.program_id).await?;
    if quota.is_some_and(|quota| quota < places.taken) {
        return Err(QUOTA_BELOW_TAKEN.with("taken", places.taken));
    }
    queries::set_quota(tx, program.program_id, quota).await
}

/// Leaves an event on a programme.
pub(super) fn tell(tx: &mut Tx, kind: &'static str, program: &Program) {
    let payload = json!({ "code": program.code, "version": program.version });
    tx.emit(Event::new(kind, program.program_id, payload).of_agency(&program.agency_code));
}
