//! Looking up, for a purpose, within a quota of misses.

use super::{
    BulkAnswer, BulkAnswers, LOOKUP_QUOTA, Match, NameMatches, NameSearch, RowOutcome,
    identity::Sought,
    queries::{self, FoundRow},
};
use crate::{
    access::visibility::Sight,
    aid::purpose::{self, Purpose},
    platform::{
        audit,
        auth::Principal,
        civil,
        config::Settings,
        db::Tx,
        problem::{Outcome, Problem},
    },
    registry::releases::active,
};
use serde_json::json;
use uuid::Uuid;

/// Counts what was not found against the caller's day. Once the day is used up, what would be found is refused like
/// what is not, or the refusals would tell them apart. The refusal is an answer like any other, so that the count and
/// the trace of a refused call stay.
async fn count_misses(tx: &mut Tx, caller: &Principal, settings: &Settings, misses: usize) -> Outcome<Outcome<()>> {
    let misses = i32::try_from(misses).unwrap_or(i32::MAX);
    let before = queries::count_misses(tx, &caller.subject, misses).await?.saturating_sub(misses);
    if before < settings.daily_misses && before.saturating_add(misses) <= settings.daily_misses {
        return Ok(Ok(()));
    }
    let refusal = LOOKUP_QUOTA.with("daily_limit", settings.daily_misses);
    Ok(Err(Problem { retry_after: Some(civil::seconds_to_midnight()), ..refusal }))
}

/// Finds the households of one number.
///
/// # Errors
/// `not-your-program`, `lookup-quota-exceeded`, `no-active-release`.
pub async fn one(
    tx: &mut Tx,
    caller: &Principal,
    settings: &Settings,
    purpose: &Purpose,
    sought: Sought,
) -> Outcome<Outcome<Vec<Match>>> {
    purpose::check(tx, &purpose.program).await?;
    let release_id = active::required(tx).await?;
    let rows = queries::find(tx, &[sought], settings.vault.digest_key(), release_id).await?;
    let within = count_misses(tx, caller, settings, usize::from(rows.is_empty())).await?;
    trace(tx, "household.lookup", purpose, &rows, usize::from(rows.is_empty()));
    let matches = rows
        .into_iter()
        .map(|row| Match {
            household_id: row.household_id,
            individual_id: row.individual_id,
            release_id,
            village_code: row.village_code,
            head_name: row.head_name,
            decile: row.decile,
            programs: Sight::of(caller).aid.then_some(row.programs),
        })
        .collect();
    Ok(within.map(|()| matches))
}

/// Finds the households of many numbers at once, a row for each in the order of asking.
///
/// # Errors
/// As [`one`].
pub async fn many(
    tx: &mut Tx,
    caller: &Principal,
    settings: &Settings,
    purpose: &Purpose,
    sought: &[Sought],
) -> Outcome<Outcome<BulkAnswers>> {
    purpose::check(tx, &purpose.program).await?;
    let release_id = active::required(tx).await?;
    let rows = queries::find(tx, sought, settings.vault.digest_key(), release_id).await?;
    let answers = in_order(sought, rows.clone(), release_id, Sight::of(caller));
    let count = |outcome| answers.iter().filter(|answer: &&BulkAnswer| answer.outcome == outcome).count();
    let (not_found, invalid) = (count(RowOutcome::NotFound), count(RowOutcome::Invalid));
    let within = count_misses(tx, caller, settings, not_found).await?;
    trace(tx, "household.lookup.bulk", purpose, &rows, not_found);
    Ok(within.map(|()| BulkAnswers {
        release_id,
        found: sought.len() - not_found - invalid,
        not_found,
        invalid,
        items: answers,
    }))
}

fn trace(tx: &mut Tx, action: &'static str, purpose: &Purpose, rows: &[FoundRow], misses: usize) {
    let households = rows.iter().map(|row| row.household_id).collect();
    let mut entry =
        audit::Entry::households(action, households).purpose(&purpose.program).details(json!({ "misses": misses }));
    entry.individual_ids = rows.iter().filter_map(|row| row.individual_id).collect();
    tx.trace(entry);
}

/// Rows come by number; a number without a row was not found.
fn in_order(sought: &[Sought], rows: Vec<FoundRow>, release_id: Uuid, sight: Sight) -> Vec<BulkAnswer> {
    let mut found = rows.into_iter().peekable();
    let mut answers = Vec::with_capacity(sought.len());
    for (row, sought) in (0..).zip(sought) {
        let blank = |outcome| BulkAnswer {
            row,
            outcome,
            identity: sought.masked.clone(),
            household_id: None,
            individual_id: None,
            release_id: None,
            decile: None,
            village_code: None,
            programs: None,
        };
        if sought.digest.is_none() {
            answers.push(blank(RowOutcome::Invalid));
        } else if found.peek().is_none_or(|next| next.row_no != row) {
            answers.push(blank(RowOutcome::NotFound));
        }
        while let Some(next) = found.next_if(|next| next.row_no == row) {
            answers.push(BulkAnswer {
                household_id: Some(next.household_id),
                individual_id: next.individual_id,
                release_id: Some(release_id),
                decile: next.decile,
                village_code: Some(next.village_code),
                programs: sight.aid.then_some(next.programs),
                ..blank(RowOutcome::Found)
            });
        }
    }
    answers
}

/// Searches by name within one village. A name that nobody there bears counts as a miss, like a number that nobody has:
/// both are guesses.
///
/// # Errors
/// As [`one`].
pub async fn by_name(
    tx: &mut Tx,
    caller: &Principal,
    settings: &Settings,
    search: &NameSearch,
) -> Outcome<Outcome<NameMatches>> {
    purpose::check(tx, &search.purpose.program).await?;
    let release_id = active::required(tx).await?;
    let items = queries::search(tx, release_id, &search.village_code, search.name.trim()).await?;
    let misses = usize::from(items.is_empty());
    let within = count_misses(tx, caller, settings, misses).await?;
    let mut entry = audit::Entry::households("individual.searched", items.iter().map(|hit| hit.household_id).collect())
        .purpose(&search.purpose.program)
        .details(json!({ "village_code": search.village_code, "misses": misses }));
    entry.individual_ids = items.iter().map(|hit| hit.individual_id).collect();
    tx.trace(entry);
    Ok(within.map(|()| NameMatches { items }))
}
