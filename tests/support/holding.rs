//! Holding the service where a test wants it: at a lock that its next statement waits for.

use super::Api;
use std::time::Duration;
use tokio_postgres::Client;

/// A connection that holds this lock until it is dropped.
pub async fn hold(api: &Api, lock: &str) -> Client {
    let holder = api.database.owner().await;
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {lock}")).await.unwrap();
    holder
}

/// Waits until a condition in SQL holds.
pub async fn until(api: &Api, condition: &str) {
    for _ in 0..600 {
        if api.database.value::<bool>(&format!("SELECT {condition}")).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{condition}: not in thirty seconds")
}

/// Who waits for a table's lock.
pub const WAITING: &str = "FROM pg_locks WHERE NOT granted AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Whether the program has no connection any more.
pub const GONE: &str =
    "NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND usename = 'sejahtera_test_app')";
