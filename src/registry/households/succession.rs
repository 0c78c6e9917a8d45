//! What became of a household: taken into another (merged), or divided (split). A release that no longer has a
//! household leaves word where its members are; the word holds while that release is active or superseded.

use super::HOUSEHOLD_GONE;
use crate::{
    platform::{
        audit,
        db::Tx,
        problem::{Code, Outcome, Problem},
    },
    registry::releases::active,
    schema::{household_snapshots, releases},
};
use diesel::{dsl::exists, prelude::*, sql_query, sql_types as sql};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A household that another one became, or became a part of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
pub struct Successor {
    /// Its lasting id; it stands in the active release.
    #[diesel(sql_type = sql::Uuid)]
    pub household_id: Uuid,
    /// `merged` where the whole family went there, `split` where a part of it did.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "merged")]
    pub kind: String,
    /// The release that said so first.
    #[diesel(sql_type = sql::Uuid)]
    pub release_id: Uuid,
}

/// Follows the words from release to release, to households of the active one. Recursion has no word in the query
/// builder. The row-level security of snapshots keeps to the caller's areas.
const SUCCESSORS: &str = "
    WITH RECURSIVE here AS NOT MATERIALIZED (
        SELECT household_id FROM household_snapshots WHERE release_id = (SELECT release_id FROM active_release)),
    said AS NOT MATERIALIZED (
        SELECT s.* FROM household_successions s JOIN releases r USING (release_id)
        WHERE r.state IN ('active', 'superseded')),
    became AS (
        SELECT successor_id, kind, release_id FROM said WHERE household_id = $1
        UNION
        SELECT s.successor_id, s.kind, s.release_id FROM became b JOIN said s ON s.household_id = b.successor_id
        WHERE NOT EXISTS (SELECT 1 FROM here h WHERE h.household_id = b.successor_id))
    SELECT DISTINCT ON (b.successor_id) b.successor_id AS household_id, b.kind, b.release_id
    FROM became b JOIN here h ON h.household_id = b.successor_id
    WHERE b.successor_id <> $1
    ORDER BY b.successor_id, b.release_id";

/// The households of the active release, in the caller's areas, that a household which is gone became; none where
/// nobody knows. Of one that is still there, those that became out of a part of it.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn successors(tx: &mut Tx, household_id: Uuid) -> Outcome<Vec<Successor>> {
    Ok(sql_query(SUCCESSORS).bind::<sql::Uuid, _>(household_id).load(&mut **tx).await?)
}

/// How to refuse a household that was looked for in the active release, the caller's areas and perhaps narrower ones,
/// and not found: `household-gone` with its successors where a release that was active before had it in the caller's
/// areas; otherwise `unknown`, also where the active release has it, outside the narrower areas.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn refusal(tx: &mut Tx, household_id: Uuid, unknown: &'static Code) -> Outcome<Problem> {
    if is_there(tx, household_id).await? || !was_there(tx, household_id).await? {
        return Ok(Problem::from(unknown));
    }
    let successors = successors(tx, household_id).await?;
    let seen = std::iter::once(household_id).chain(successors.iter().map(|successor| successor.household_id)).collect();
    tx.trace(audit::Entry::households("household.succession.read", seen));
    Ok(HOUSEHOLD_GONE.with("successors", successors))
}

/// Whether the active release has the household in the caller's areas.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn is_there(tx: &mut Tx, household_id: Uuid) -> Outcome<bool> {
    let Some(release_id) = active::current(tx).await? else { return Ok(false) };
    let there = household_snapshots::table
        .filter(household_snapshots::release_id.eq(release_id).and(household_snapshots::household_id.eq(household_id)));
    Ok(diesel::select(exists(there)).get_result(&mut **tx).await?)
}

#[derive(QueryableByName)]
struct Gone {
    #[diesel(sql_type = sql::Uuid)]
    household_id: Uuid,
    #[diesel(sql_type = sql::Array<sql::Uuid>)]
    heirs: Vec<Uuid>,
}

/// Of these households the ones that a release which was active had in the caller's areas and the active one has no more,
/// each with the households of the caller's areas that it went into. Raw, because `heirs_of` answers a table.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn gone(tx: &mut Tx, households: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Uuid>>> {
    const GONE: &str = "
        WITH here AS NOT MATERIALIZED (
            SELECT household_id FROM household_snapshots WHERE release_id = (SELECT release_id FROM active_release)),
        gone AS MATERIALIZED (
            SELECT DISTINCT h.household_id FROM household_snapshots h JOIN releases r USING (release_id)
            WHERE h.household_id = ANY ($1) AND r.state IN ('active', 'superseded')
              AND NOT EXISTS (SELECT 1 FROM here WHERE here.household_id = h.household_id)),
        heirs AS MATERIALIZED (
            SELECT k.household_id, k.heir_id FROM heirs_of(ARRAY(SELECT household_id FROM gone)) k
            WHERE EXISTS (SELECT 1 FROM here WHERE here.household_id = k.heir_id))
        SELECT g.household_id, array_remove(array_agg(h.heir_id ORDER BY h.heir_id), NULL) AS heirs
        FROM gone g LEFT JOIN heirs h USING (household_id) GROUP BY g.household_id";
    let rows: Vec<Gone> = sql_query(GONE).bind::<sql::Array<sql::Uuid>, _>(households).load(&mut **tx).await?;
    if !rows.is_empty() {
        let seen = rows.iter().flat_map(|gone| std::iter::once(gone.household_id).chain(gone.heirs.iter().copied()));
        tx.trace(audit::Entry::households("household.succession.read", seen.collect()));
    }
    Ok(rows.into_iter().map(|gone| (gone.household_id, gone.heirs)).collect())
}

async fn was_there(tx: &mut Tx, household_id: Uuid) -> Outcome<bool> {
    let snapshots = household_snapshots::table
        .inner_join(releases::table.on(releases::release_id.eq(household_snapshots::release_id)))
        .filter(
            household_snapshots::household_id.eq(household_id).and(releases::state.eq_any(["active", "superseded"])),
        );
    Ok(diesel::select(exists(snapshots)).get_result(&mut **tx).await?)
}
