//! Keys of several callers who share a transaction ([`Db::act_together`](crate::platform::db::Db::act_together)): the
//! first answers, and nothing else. Whoever repeats a request, or sends it while it is under way, is served alone.

use super::{Answer, Keyed, store as store_answers, try_lock};
use crate::{
    platform::{auth::Principal, db::Tx, problem::Outcome, vault::Vault},
    schema::idempotency_keys,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::collections::HashSet;

/// Of each of these requests of one lane, whether it is the first of its key: it is then locked until the transaction
/// ends.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn first_ones(tx: &mut Tx, asked: &[(&Principal, &Keyed)]) -> Outcome<Vec<bool>> {
    let free = try_lock(tx, asked).await?;
    let clients = asked.iter().map(|(caller, _)| caller.subject.as_str());
    let keys = asked.iter().map(|(_, keyed)| keyed.key.key.as_str());
    let routes: HashSet<&str> = asked.iter().map(|(_, keyed)| keyed.key.route.as_str()).collect();
    let stored: Vec<(String, String, String)> = idempotency_keys::table
        .filter(idempotency_keys::client.eq_any(clients.collect::<HashSet<_>>()))
        .filter(idempotency_keys::route.eq_any(routes))
        .filter(idempotency_keys::key.eq_any(keys.collect::<Vec<_>>()))
        .select((idempotency_keys::client, idempotency_keys::route, idempotency_keys::key))
        .load(&mut **tx)
        .await?;
    // A lock that this transaction has already is free to it.
    let mut known: HashSet<(&str, &str, &str)> =
        stored.iter().map(|(client, route, key)| (client.as_str(), route.as_str(), key.as_str())).collect();
    let firsts = asked.iter().zip(free).map(|((caller, Keyed { key, .. }), is_free)| {
        known.insert((caller.subject.as_str(), key.route.as_str(), key.key.as_str())) && is_free
    });
    Ok(firsts.collect())
}

/// Stores the first answers to these requests.
///
/// # Errors
/// An internal problem where PostgreSQL refuses; the transaction then fails with it.
pub async fn store(tx: &mut Tx, vault: &Vault, answered: &[(&Principal, &Keyed, &Answer)]) -> Outcome<()> {
    if answered.is_empty() { Ok(()) } else { store_answers(tx, vault, answered).await }
}
