//! Gathering: questions that wait for a connection at the same time travel in one flight and share one commit.
//!
//! It needs no timer: a connection that becomes free takes all that waits, at most [`TOGETHER`]. Only questions of
//! one lane share a query, so that row-level security holds; several lanes share one flight. Measured, this is
//! what makes a small audited read fast: the commit is paid once for many.

use super::{
    auth::Principal,
    problem::{Outcome, Problem, codes},
};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Notify, oneshot};
use tokio_postgres::{Client, NoTls};

/// Questions that one flight takes.
const TOGETHER: usize = 64;
/// Lanes that one flight takes; each is two messages more.
const LANES: usize = 12;
/// Questions that may wait in one worker before callers are told to come back.
const WAITING: usize = 4096;

/// A question on its way, and where its answer goes.
pub struct Waiting<Q, A> {
    /// Who asks.
    pub caller: Principal,
    /// What.
    pub question: Q,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Outcome<A>>,
}

/// Questions of one lane.
pub struct Group<Q, A> {
    /// The lane's statements.
    pub lane: Arc<str>,
    /// The questions.
    pub waiting: Vec<Waiting<Q, A>>,
}

/// How a kind of question is answered.
pub trait Flight: 'static {
    /// A question.
    type Question: 'static;
    /// Its answer.
    type Answer: 'static;
    /// What a connection prepares once.
    type Prepared;

    /// Prepares a fresh connection.
    fn prepare(client: &Client) -> impl Future<Output = Result<Self::Prepared, tokio_postgres::Error>>;

    /// Answers all groups in one transaction, in one flight. Replies go out after the commit only.
    fn fly(
        client: &Client,
        prepared: &Self::Prepared,
        groups: Vec<Group<Self::Question, Self::Answer>>,
    ) -> impl Future<Output = Result<(), tokio_postgres::Error>>;
}

struct Queue<F: Flight> {
    waiting: RefCell<VecDeque<Waiting<F::Question, F::Answer>>>,
    bell: Notify,
}

/// A worker's gathering point for one kind of question.
pub struct Gatherer<F: Flight> {
    url: String,
    connections: usize,
    begun: Cell<bool>,
    queue: Rc<Queue<F>>,
}

impl<F: Flight> Gatherer<F> {
    /// A point that connects when first asked.
    pub fn new(url: &str, connections: usize) -> Self {
        let queue = Queue { waiting: RefCell::default(), bell: Notify::new() };
        Self { url: url.to_owned(), connections, begun: Cell::new(false), queue: Rc::new(queue) }
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// `busy` where too many wait or the database does not answer.
    pub async fn ask(&self, caller: &Principal, question: F::Question) -> Outcome<F::Answer> {
        if !self.begun.replace(true) {
            for _ in 0..self.connections {
                actix_web::rt::spawn(serve::<F>(self.url.clone(), self.queue.clone()));
            }
        }
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = self.queue.waiting.borrow_mut();
            if waiting.len() >= WAITING {
                return Err(Problem::from(&codes::BUSY));
            }
            waiting.push_back(Waiting { caller: caller.clone(), question, reply });
        }
        self.queue.bell.notify_one();
        answer.await.unwrap_or_else(|_| Err(Problem::from(&codes::BUSY)))
    }
}

impl<F: Flight> Queue<F> {
    /// All that waits, by lane, in the order of coming.
    fn take(&self) -> Vec<Group<F::Question, F::Answer>> {
        let mut waiting = self.waiting.borrow_mut();
        let mut groups: Vec<Group<F::Question, F::Answer>> = Vec::new();
        let mut taken = 0;
        while taken < TOGETHER {
            let Some(next) = waiting.pop_front() else { break };
            // Who no longer waits (the caller hung up) asks nothing more.
            if next.reply.is_closed() {
                continue;
            }
            match groups.iter().position(|group| group.lane == next.caller.lane) {
                Some(known) => groups[known].waiting.push(next),
                None if groups.len() == LANES => {
                    waiting.push_front(next);
                    break;
                }
                None => groups.push(Group { lane: next.caller.lane.clone(), waiting: vec![next] }),
            }
            taken += 1;
        }
        if !waiting.is_empty() {
            self.bell.notify_one();
        }
        groups
    }
}

/// One connection's life: take what waits, answer, again. A connection that fails drops its questions' replies,
/// which tells their callers to come back, and is made anew.
async fn serve<F: Flight>(url: String, queue: Rc<Queue<F>>) {
    loop {
        if let Err(error) = serve_connection(&url, &queue).await {
            log::warn!("a gathering connection failed: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
            drop(queue.take());
        }
    }
}

async fn serve_connection<F: Flight>(url: &str, queue: &Queue<F>) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    actix_web::rt::spawn(connection);
    // The statements are few, wide and always asked alike: planning them anew each time takes longer than running them.
    client.batch_execute("SET plan_cache_mode = force_generic_plan").await?;
    let prepared = F::prepare(&client).await?;
    loop {
        let groups = queue.take();
        if groups.is_empty() {
            queue.bell.notified().await;
            continue;
        }
        F::fly(&client, &prepared, groups).await?;
    }
}
