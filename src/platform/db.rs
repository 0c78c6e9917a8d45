//! PostgreSQL: a pool for each worker, and the one way to work in it.
//!
//! [`Db::act`] opens a transaction, sets the caller's lane, runs a service function and commits together with
//! the events and audit entries that the function left in its [`Tx`]. There is no other way to a connection
//! for a route, so no query runs without a lane and nothing personal is answered before its trace is durable:
//! of work that ends in a refusal nothing stays but the traces, since what was read for it was seen.

pub mod migrate;
mod planned;

pub use planned::{MANY, planned_for};

use super::{
    audit,
    auth::{self, lane},
    outbox::Event,
    problem::{Outcome, Problem, codes},
    request::Origin,
};
use diesel_async::{
    AsyncPgConnection, SimpleAsyncConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{Object, Pool},
    },
};
use std::{ops::AsyncFnOnce, sync::Arc, time::Duration};

/// How long a statement may wait for a lock, and how long it may run, before the caller is told to try again: many
/// times what the slowest takes over a whole regency, so that one that has lost its way does not hold others for ever.
const PATIENCE: &str = "SET LOCAL lock_timeout = '15s';SET LOCAL statement_timeout = '120s';";
/// The same of a transaction that several callers share: nobody waits long for what another one of them is after.
const HURRY: &str = "SET LOCAL lock_timeout = '250ms';SET LOCAL statement_timeout = '10s';";

/// A pool of connections as the application role.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
}

/// For whom a transaction works, as its traces will say.
enum Who {
    Caller(auth::Principal),
    /// Several callers of one lane; each trace names its own.
    Together,
    /// Somebody who has no token yet, in the service's lane.
    Stranger(Origin),
    /// Nobody: the service keeps its house.
    Service,
}

/// A transaction in a lane.
pub struct Tx {
    connection: Object<AsyncPgConnection>,
    who: Who,
    events: Vec<Event>,
    traces: Vec<Trace>,
}

/// What a transaction leaves in the audit log.
struct Trace {
    /// Who, in a transaction of several.
    caller: Option<auth::Principal>,
    entry: audit::Entry,
}

impl std::ops::Deref for Tx {
    type Target = AsyncPgConnection;
    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

impl Db {
    /// A pool that connects when first asked.
    ///
    /// # Errors
    /// An internal problem where the settings of the pool contradict each other.
    pub fn new(url: &str, size: usize) -> Outcome<Self> {
        let mut config = ManagerConfig::default();
        // A connection that a dropped request left within a transaction is closed, never handed on.
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config(url, config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .wait_timeout(Some(Duration::from_secs(10)))
            .create_timeout(Some(Duration::from_secs(10)))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(Problem::internal)?;
        Ok(Self { pool })
    }

    /// Runs `work` in one transaction, in the caller's lane.
    ///
    /// # Errors
    /// Those of `work`, after which nothing of it remains but its traces; `busy` where no connection was to be had.
    pub async fn act<R>(&self, caller: &auth::Principal, work: impl AsyncFnOnce(&mut Tx) -> Outcome<R>) -> Outcome<R> {
        let begin = format!("BEGIN;{PATIENCE}{}{}", caller.lane, lane::subject_statement(&caller.subject));
        self.run(Who::Caller(caller.clone()), &begin, work).await
    }

    /// Runs `work` in one transaction for several callers of one lane, none of whom only tries. It does not wait long
    /// for others: where it fails, each is to be served alone.
    ///
    /// # Errors
    /// As [`Db::act`]; an internal problem where the callers are of several lanes.
    pub async fn act_together<R>(
        &self,
        callers: &[&auth::Principal],
        work: impl AsyncFnOnce(&mut Tx) -> Outcome<R>,
    ) -> Outcome<R> {
        let lane = callers.first().map(|caller| &caller.lane);
        let lane = lane.filter(|lane| callers.iter().all(|other| other.lane == **lane && !other.dry_run));
        let lane = lane.ok_or_else(|| Problem::internal("callers who can't share a transaction"))?;
        let subjects = lane::subjects_statement(callers.iter().map(|caller| caller.subject.as_str()));
        self.run(Who::Together, &format!("BEGIN;{HURRY}{lane}{subjects}"), work).await
    }

    /// Runs `work` in the service's own lane, which sees no household.
    ///
    /// # Errors
    /// As [`Db::act`].
    pub async fn act_as_service<R>(&self, work: impl AsyncFnOnce(&mut Tx) -> Outcome<R>) -> Outcome<R> {
        self.run(Who::Service, &format!("BEGIN;{PATIENCE}{}", lane::of_service()), work).await
    }

    /// Runs `work` in the service's own lane for somebody who has no token yet; its traces name the request.
    ///
    /// # Errors
    /// As [`Db::act`].
    pub async fn act_for_stranger<R>(
        &self,
        origin: &Origin,
        work: impl AsyncFnOnce(&mut Tx) -> Outcome<R>,
    ) -> Outcome<R> {
        let begin = format!("BEGIN;{PATIENCE}{}", lane::of_service());
        self.run(Who::Stranger(origin.clone()), &begin, work).await
    }

    async fn run<R>(&self, who: Who, begin: &str, work: impl AsyncFnOnce(&mut Tx) -> Outcome<R>) -> Outcome<R> {
        let connection = self.pool.get().await.map_err(|error| {
            log::warn!("no connection: {error}");
            Problem::from(&codes::BUSY)
        })?;
        let mut tx = Tx { connection, who, events: Vec::new(), traces: Vec::new() };
        // BEGIN and the lane travel together; Diesel's own transaction manager would make a flight of each.
        tx.connection.batch_execute(begin).await?;
        if tx.only_tries() {
            tx.connection.batch_execute("SAVEPOINT tried").await?;
        }
        let mut guard = Unfinished { tx: Some(tx) };
        let Some(tx) = guard.tx.as_mut() else { return Err(Problem::internal("transaction vanished")) };
        let outcome = match work(tx).await {
            Ok(value) => tx.close().await.map(|()| value),
            Err(problem) => Err(problem),
        };
        match outcome {
            Ok(value) => {
                tx.connection.batch_execute("COMMIT").await?;
                guard.release();
                Ok(value)
            }
            Err(problem) => {
                // Where the traces can't be kept, the refusal, which may tell what was seen, is not given either.
                tx.undo(begin).await?;
                guard.release();
                Err(problem)
            }
        }
    }

    /// Whether PostgreSQL answers.
    pub async fn is_ready(&self) -> bool {
        match self.pool.get().await {
            Ok(mut connection) => connection.batch_execute("SELECT 1").await.is_ok(),
            Err(_) => false,
        }
    }
}

/// Holds a transaction that has not ended. A request that is dropped half-way takes its connection with it
/// out of the pool, so that PostgreSQL rolls back and nobody inherits the lane.
struct Unfinished {
    tx: Option<Tx>,
}

impl Unfinished {
    fn release(&mut self) {
        self.tx = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(tx) = self.tx.take() {
            drop(Object::take(tx.connection));
        }
    }
}

impl Tx {
    /// The caller.
    ///
    /// # Errors
    /// An internal problem in the service's own lane, where nobody calls.
    pub fn caller(&self) -> Outcome<&auth::Principal> {
        match &self.who {
            Who::Caller(caller) => Ok(caller),
            Who::Together => Err(Problem::internal("one caller in a transaction of several")),
            Who::Stranger(_) | Who::Service => Err(Problem::internal("no caller in the service's lane")),
        }
    }

    /// Takes room for sorting and hashing a hundred thousand rows in memory, until the transaction ends.
    ///
    /// # Errors
    /// An internal problem where PostgreSQL refuses.
    pub async fn take_room(&mut self) -> Outcome<()> {
        Ok(self.connection.batch_execute("SET LOCAL work_mem = '64MB'").await?)
    }

    /// Joins by hash until the transaction ends. PostgreSQL believes that a policy lets hardly a row through, and would compare
    /// each of a hundred thousand with each.
    ///
    /// # Errors
    /// An internal problem where PostgreSQL refuses.
    pub async fn join_by_hash(&mut self) -> Outcome<()> {
        Ok(self.connection.batch_execute("SET LOCAL enable_nestloop = off").await?)
    }

    /// Leaves an event in the outbox, in this transaction.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Leaves an entry in the audit log: in this transaction, or in one of its own where this one is undone.
    pub fn trace(&mut self, entry: audit::Entry) {
        self.traces.push(Trace { caller: None, entry });
    }

    /// The same, of one of the callers who share this transaction.
    pub fn trace_of(&mut self, caller: &auth::Principal, entry: audit::Entry) {
        self.traces.push(Trace { caller: Some(caller.clone()), entry });
    }

    /// Whether nothing of this transaction shall stay but its trace.
    fn only_tries(&self) -> bool {
        matches!(&self.who, Who::Caller(caller) if caller.dry_run)
    }

    /// Writes what the work left. Of a trial only the trace stays: what was read was seen.
    async fn close(&mut self) -> Outcome<()> {
        if self.only_tries() {
            self.connection.batch_execute("ROLLBACK TO SAVEPOINT tried").await?;
            self.events.clear();
        }
        let events = std::mem::take(&mut self.events);
        super::outbox::write(&mut self.connection, &events).await?;
        self.write_traces(audit::End::Done).await
    }

    /// Takes the work back and keeps its traces, in a transaction of their own that begins where the other ends.
    async fn undo(&mut self, begin: &str) -> Outcome<()> {
        if self.traces.is_empty() {
            // A connection that can't even roll back is broken; the guard closes it.
            self.connection.batch_execute("ROLLBACK").await?;
            return Ok(());
        }
        self.connection.batch_execute(&format!("ROLLBACK;{begin}")).await?;
        self.write_traces(audit::End::Refused).await?;
        self.connection.batch_execute("COMMIT").await?;
        Ok(())
    }

    async fn write_traces(&mut self, end: audit::End) -> Outcome<()> {
        if self.traces.is_empty() {
            return Ok(());
        }
        let end = if self.only_tries() { audit::End::Tried } else { end };
        let author = match &self.who {
            Who::Caller(caller) => Some(audit::Author::from(caller)),
            Who::Stranger(origin) => Some(audit::Author::from(origin)),
            Who::Together | Who::Service => None,
        };
        let signed = self.traces.iter().map(|Trace { caller, entry }| {
            let author = caller.as_ref().map(audit::Author::from).or(author);
            author.map(|author| (author, entry)).ok_or_else(|| Problem::internal("a trace that names nobody"))
        });
        let signed: Vec<_> = signed.collect::<Outcome<_>>()?;
        audit::write_as(&mut self.connection, end, &signed).await
    }
}

/// Pools are asked for by every worker; the settings travel in one piece.
pub type SharedSettings = Arc<super::config::Settings>;
