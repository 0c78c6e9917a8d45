//! The one pointer: which release is active. A transaction that decides holds it shared and stamps the release
//! on what it decides; activation holds it alone. Readers take the id once, within their own query.

use crate::{
    platform::{
        db::{Tx, planned_for},
        problem::{Outcome, Problem, codes},
    },
    schema::active_release,
};
use diesel::{prelude::*, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Name of the advisory lock that stands for the pointer.
const POINTER: i64 = 0x5259_4c53;

/// The active release, held so that it stays active until the transaction ends.
///
/// # Errors
/// `no-active-release`.
pub async fn hold(tx: &mut Tx) -> Outcome<Uuid> {
    // Advisory locks have no word in the query builder.
    let query = diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)").bind::<BigInt, _>(POINTER);
    planned_for(1, query).execute(&mut **tx).await?;
    required(tx).await
}

/// Waits until nobody decides any more, and keeps everybody from deciding until the transaction ends.
///
/// # Errors
/// `busy` where deciding transactions do not end in time.
pub async fn hold_alone(tx: &mut Tx) -> Outcome<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(POINTER).execute(&mut **tx).await?;
    Ok(())
}

/// The active release as it stands, not held: for reading.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn current(tx: &mut Tx) -> Outcome<Option<Uuid>> {
    Ok(active_release::table.select(active_release::release_id).first(&mut **tx).await.optional()?)
}

/// The active release as it stands, not held, for reading what is there only with one.
///
/// # Errors
/// `no-active-release`.
pub async fn required(tx: &mut Tx) -> Outcome<Uuid> {
    current(tx).await?.ok_or_else(|| Problem::from(&codes::NO_ACTIVE_RELEASE))
}
