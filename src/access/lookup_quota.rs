//! How many lookups a caller made in vain today. Numbers can be guessed; whoever guesses is stopped for the day.

use crate::{
    platform::{civil, db::Tx, problem::Outcome},
    schema::lookup_misses,
};
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

/// Today's misses of a caller.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn so_far(tx: &mut Tx, subject: &str) -> Outcome<i32> {
    let today = lookup_misses::table.find((subject, civil::today())).select(lookup_misses::misses);
    Ok(today.first(&mut **tx).await.optional()?.unwrap_or_default())
}

/// Adds to today's misses of a caller; answers how many there are now. Where there is nothing to add, nothing is
/// written.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn count(tx: &mut Tx, subject: &str, misses: i32) -> Outcome<i32> {
    if misses == 0 {
        return so_far(tx, subject).await;
    }
    let today: NaiveDate = civil::today();
    Ok(diesel::insert_into(lookup_misses::table)
        .values((lookup_misses::subject.eq(subject), lookup_misses::day.eq(today), lookup_misses::misses.eq(misses)))
        .on_conflict((lookup_misses::subject, lookup_misses::day))
        .do_update()
        .set(lookup_misses::misses.eq(lookup_misses::misses + misses))
        .returning(lookup_misses::misses)
        .get_result(&mut **tx)
        .await?)
}
