//! Counted failures in PostgreSQL, in the service's lane.

use super::shutting::Failures;
use crate::{
    platform::{db::Tx, problem::Outcome, vault::Digest},
    schema::login_failures::{self, dsl},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// What was counted for this account.
pub(super) async fn failures(tx: &mut Tx, account: &Digest) -> Outcome<Option<Failures>> {
    let counted: Option<(i32, DateTime<Utc>)> = login_failures::table
        .find(account.as_slice())
        .select((dsl::failures, dsl::counted_since))
        .first(&mut **tx)
        .await
        .optional()?;
    Ok(counted.map(|(count, since)| Failures { count, since }))
}

/// Counts one more; forgets whatever was counted since before `forgotten`, of any account. Answers the count.
pub(super) async fn count(tx: &mut Tx, account: &Digest, forgotten: DateTime<Utc>) -> Outcome<i32> {
    diesel::delete(login_failures::table.filter(dsl::counted_since.le(forgotten))).execute(&mut **tx).await?;
    Ok(diesel::insert_into(login_failures::table)
        .values((dsl::account_digest.eq(account.as_slice()), dsl::failures.eq(1), dsl::counted_since.eq(Utc::now())))
        .on_conflict(dsl::account_digest)
        .do_update()
        .set(dsl::failures.eq(dsl::failures + 1))
        .returning(dsl::failures)
        .get_result(&mut **tx)
        .await?)
}

/// Forgets what was counted for this account.
pub(super) async fn forget(tx: &mut Tx, account: &Digest) -> Outcome<()> {
    diesel::delete(login_failures::table.find(account.as_slice())).execute(&mut **tx).await?;
    Ok(())
}
