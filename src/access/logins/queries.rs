//! Counted logins in PostgreSQL, in the service's lane.

use super::shutting::Attempts;
use crate::{
    platform::{db::Tx, problem::Outcome, vault::Digest},
    schema::login_failures::{self, dsl},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// What is counted of this account, held until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, account: &Digest, now: DateTime<Utc>) -> Outcome<Attempts> {
    diesel::insert_into(login_failures::table)
        .values((dsl::account_digest.eq(account.as_slice()), dsl::failures.eq(0), dsl::counted_since.eq(now)))
        .on_conflict_do_nothing()
        .execute(&mut **tx)
        .await?;
    let (failures, under_way, since) = login_failures::table
        .find(account.as_slice())
        .select((dsl::failures, dsl::under_way, dsl::counted_since))
        .for_update()
        .first(&mut **tx)
        .await?;
    Ok(Attempts { failures, under_way, since })
}

/// Keeps what is counted of an account that is held; nothing where nothing is.
pub(super) async fn keep(tx: &mut Tx, account: &Digest, counted: Attempts) -> Outcome<()> {
    let of_account = login_failures::table.find(account.as_slice());
    if counted.failures == 0 && counted.under_way == 0 {
        diesel::delete(of_account).execute(&mut **tx).await?;
    } else {
        diesel::update(of_account)
            .set((
                dsl::failures.eq(counted.failures),
                dsl::under_way.eq(counted.under_way),
                dsl::counted_since.eq(counted.since),
            ))
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Forgets whatever was counted since before that, of any account.
pub(super) async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Outcome<()> {
    diesel::delete(login_failures::table.filter(dsl::counted_since.le(before))).execute(&mut **tx).await?;
    Ok(())
}
