//! Personal data at rest is deleted when its retention ends. Each feature deletes what is its own; this asks them all,
//! when the service starts and every hour after, in the service's own lane.

use super::{
    db::{Db, SharedSettings},
    problem::Outcome,
};
use chrono::{DateTime, Duration, Utc};
use futures::future::{LocalBoxFuture, select};
use std::{pin::pin, time};
use tokio::sync::watch;

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    /// Delivered files, from when they came in.
    pub deliveries: u16,
    /// Lines set aside, from when their delivery came in.
    pub set_aside_lines: u16,
    /// Stored answers of requests with an `Idempotency-Key`.
    pub answers: u16,
}

/// The moment before which things that are kept so many days have outlived it.
#[must_use]
pub fn days_ago(days: u16) -> DateTime<Utc> {
    Utc::now() - Duration::days(i64::from(days))
}

/// Deletes what has outlived its retention; answers how much that was.
pub type Sweep = fn(Db, SharedSettings) -> LocalBoxFuture<'static, Outcome<usize>>;

/// How often it is asked.
const PAUSE: time::Duration = time::Duration::from_secs(3600);

/// Asks every feature to delete what is due.
pub struct Sweeper {
    /// Connections.
    pub db: Db,
    /// Settings, with the retention of each kind.
    pub settings: SharedSettings,
    /// What is deleted, by name.
    pub sweeps: &'static [(&'static str, Sweep)],
}

impl Sweeper {
    /// Sweeps now and every hour until it is told to stop.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.sweep().await;
            select(pin!(tokio::time::sleep(PAUSE)), pin!(stop.changed())).await;
            if stop.has_changed().is_err() {
                return;
            }
        }
    }

    /// Sweeps once. What fails is tried again the next time.
    pub async fn sweep(&self) {
        for (name, sweep) in self.sweeps {
            match sweep(self.db.clone(), self.settings.clone()).await {
                Ok(0) => {}
                Ok(deleted) => log::info!("retention: {deleted} {name} deleted"),
                Err(problem) => log::error!("retention: {name} can't be deleted: {problem}"),
            }
        }
    }
}
