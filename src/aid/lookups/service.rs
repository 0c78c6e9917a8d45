//! Looking up, for a purpose, within a quota of misses.

use super::{
    BulkAnswer, BulkAnswers, LOOKUP_QUOTA, Match, NameMatches, NameSearch, RowOutcome,
    identity::{Asked, Sought},
    queries::{self, FoundRow},
};
use crate::{
    access::{lookup_quota, visibility::Sight},
    aid::purpose::{self, Purpose},
    platform::{
        audit,
        auth::Principal,
        civil,
        config::Settings,
        db::Tx,
        problem::{FieldFaultBody, Language, Outcome, Problem},
    },
    registry::releases::active,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who looks up, for what.
pub struct Asking<'a> {
    /// The caller.
    pub caller: &'a Principal,
    /// Keys and limits.
    pub settings: &'a Settings,
    /// What for.
    pub purpose: &'a Purpose,
    /// The language of what is wrong with a row.
    pub language: Language,
}

/// Counts what was not found against the caller's day. Once the day is used up, what would be found is refused like
/// what is not, or the refusals would tell them apart. The refusal is an answer like any other, so that the count and
/// the trace of a refused call stay.
///
/// # Errors
/// An internal problem where PostgreSQL refuses; within, `lookup-quota-exceeded`.
pub async fn count_misses(tx: &mut Tx, settings: &Settings, misses: usize) -> Outcome<Outcome<()>> {
    let (misses, most) = (i32::try_from(misses).unwrap_or(i32::MAX), settings.daily_misses);
    let subject = tx.caller()?.subject.clone();
    let before = lookup_quota::count(tx, &subject, misses).await?.saturating_sub(misses);
    if before < most && before.saturating_add(misses) <= most {
        return Ok(Ok(()));
    }
    let refusal = LOOKUP_QUOTA.with("daily_limit", most);
    Ok(Err(Problem { retry_after: Some(civil::seconds_to_midnight()), ..refusal }))
}

/// Finds the households of one number.
///
/// # Errors
/// `not-your-program`, `lookup-quota-exceeded`, `no-active-release`.
pub async fn one(tx: &mut Tx, asking: &Asking<'_>, sought: &Sought) -> Outcome<Outcome<Vec<Match>>> {
    purpose::check(tx, &asking.purpose.program).await?;
    let release_id = active::required(tx).await?;
    let rows = queries::find(tx, &[(0, sought)], asking.settings.vault.digest_key(), release_id).await?;
    let misses = usize::from(rows.is_empty());
    let within = count_misses(tx, asking.settings, misses).await?;
    trace(tx, "household.lookup", asking.purpose, &rows, json!({ "misses": misses }));
    let matches = rows
        .into_iter()
        .map(|row| Match {
            household_id: row.household_id,
            individual_id: row.individual_id,
            release_id,
            village_code: row.village_code,
            head_name: row.head_name,
            decile: row.decile,
            programs: Sight::of(asking.caller).aid.then_some(row.programs),
        })
        .collect();
    Ok(within.map(|()| matches))
}

/// Finds the households of many numbers at once, a row for each in the order of asking. What names no valid number is no
/// miss: a malformed number tells nothing.
///
/// # Errors
/// As [`one`].
pub async fn many(tx: &mut Tx, asking: &Asking<'_>, asked: Vec<Asked>) -> Outcome<Outcome<BulkAnswers>> {
    purpose::check(tx, &asking.purpose.program).await?;
    let release_id = active::required(tx).await?;
    let sought: Vec<(i32, &Sought)> =
        (0..).zip(&asked).filter_map(|(row, asked)| Some((row, asked.sought.as_ref().ok()?))).collect();
    let invalid = asked.len() - sought.len();
    let rows = queries::find(tx, &sought, asking.settings.vault.digest_key(), release_id).await?;
    let found = rows.chunk_by(|one, next| one.row_no == next.row_no).count();
    let not_found = sought.len() - found;
    let within = count_misses(tx, asking.settings, not_found).await?;
    let details = json!({ "misses": not_found, "invalid": invalid });
    trace(tx, "household.lookup.bulk", asking.purpose, &rows, details);
    Ok(within.map(|()| {
        let items = in_order(asking, asked, rows, release_id);
        BulkAnswers { release_id, found, not_found, invalid, items }
    }))
}

fn trace(tx: &mut Tx, action: &'static str, purpose: &Purpose, rows: &[FoundRow], details: Value) {
    let households = rows.iter().map(|row| row.household_id).collect();
    let mut entry = audit::Entry::households(action, households).purpose(&purpose.program).details(details);
    entry.individual_ids = rows.iter().filter_map(|row| row.individual_id).collect();
    tx.trace(entry);
}

/// Rows come by number; a number without a row was not found.
fn in_order(asking: &Asking<'_>, asked: Vec<Asked>, rows: Vec<FoundRow>, release_id: Uuid) -> Vec<BulkAnswer> {
    let sight = Sight::of(asking.caller);
    let mut found = rows.into_iter().peekable();
    let mut answers = Vec::with_capacity(asked.len());
    for (row, Asked { line, sought }) in asked.into_iter().enumerate() {
        let blank = |outcome, identity| BulkAnswer {
            row,
            line,
            outcome,
            identity,
            household_id: None,
            individual_id: None,
            release_id: None,
            decile: None,
            village_code: None,
            programs: None,
            errors: Vec::new(),
        };
        let masked = match sought {
            Ok(sought) => sought.masked,
            Err(faults) => {
                let errors = faults.iter().map(|fault| FieldFaultBody::of(fault, asking.language)).collect();
                answers.push(BulkAnswer { errors, ..blank(RowOutcome::Invalid, None) });
                continue;
            }
        };
        let is_this = |next: &FoundRow| usize::try_from(next.row_no) == Ok(row);
        if found.peek().is_none_or(|next| !is_this(next)) {
            answers.push(blank(RowOutcome::NotFound, Some(masked)));
            continue;
        }
        while let Some(next) = found.next_if(is_this) {
            answers.push(BulkAnswer {
                household_id: Some(next.household_id),
                individual_id: next.individual_id,
                release_id: Some(release_id),
                decile: next.decile,
                village_code: Some(next.village_code),
                programs: sight.aid.then_some(next.programs),
                ..blank(RowOutcome::Found, Some(masked.clone()))
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
pub async fn by_name(tx: &mut Tx, asking: &Asking<'_>, search: &NameSearch) -> Outcome<Outcome<NameMatches>> {
    purpose::check(tx, &asking.purpose.program).await?;
    let release_id = active::required(tx).await?;
    let items = queries::search(tx, release_id, &search.village_code, search.name.trim()).await?;
    let misses = usize::from(items.is_empty());
    let within = count_misses(tx, asking.settings, misses).await?;
    let mut entry = audit::Entry::households("individual.searched", items.iter().map(|hit| hit.household_id).collect())
        .purpose(&asking.purpose.program)
        .details(json!({ "village_code": search.village_code, "misses": misses }));
    entry.individual_ids = items.iter().map(|hit| hit.individual_id).collect();
    tx.trace(entry);
    Ok(within.map(|()| NameMatches { items }))
}
