//! Holding households. Whoever changes a household's aid holds it first, so that two who decide on the same
//! household follow each other and the second sees what the first decided.
//!
//! Everything that decides takes its locks in one order, so that nobody waits in a circle: the active release
//! (shared), the households by their ids, the programme's places.

use crate::platform::{
    db::{Tx, planned_for},
    problem::Outcome,
};
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Holds one household until the transaction ends. One that is not known is held by nobody, and found by nobody.
///
/// # Errors
/// `busy` where whoever holds it does not end in time.
pub async fn lock_household(tx: &mut Tx, household_id: Uuid) -> Outcome<()> {
    lock_households(tx, &[household_id]).await
}

/// Holds many at once, in the order of their ids.
///
/// # Errors
/// `busy` where whoever holds one of them does not end in time.
pub async fn lock_households(tx: &mut Tx, household_ids: &[Uuid]) -> Outcome<()> {
    // The row lock is given by a function of the owner (migration 000430), which has no word in the query builder.
    let query = diesel::sql_query("SELECT hold_households($1)").bind::<Array<SqlUuid>, _>(household_ids);
    planned_for(household_ids.len(), query).execute(&mut **tx).await?;
    Ok(())
}
