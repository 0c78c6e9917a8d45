//! Gathering: questions (or payments) that wait for a connection at the same time travel in one flight and share one
//! commit.
//!
//! It needs no timer: a connection that becomes free takes all that waits, at most [`TOGETHER`]. Only questions of
//! one lane share a query, so that row-level security holds; several lanes share one flight. A lane's questions, from
//! whichever worker, wait for the same connection, so that more connections do not thin out what a query answers; unless
//! a flight keeps a connection so busy that two in the air bring more ([`Flight::SPREADS`]).
//! Measured, this is what makes a small audited read fast: a statement costs more than the rows that it reads, and the
//! commit is paid once for many.

use super::{
    auth::Principal,
    config::Settings,
    db::SharedSettings,
    problem::{Outcome, Problem, codes},
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::LocalSet,
};

/// Questions that one flight takes.
const TOGETHER: usize = 64;
/// Questions that may wait for one connection before callers are told to come back.
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
    type Question: Send + 'static;
    /// Its answer.
    type Answer: Send + 'static;
    /// What it travels on.
    type Connection;
    /// Whether a lane's questions take turns with the connections.
    const SPREADS: bool = false;

    /// Makes a connection.
    fn connect(settings: &Settings) -> impl Future<Output = Outcome<Self::Connection>>;

    /// Answers all groups. Replies go out after the commit only. After an error the connection is made anew.
    fn fly(
        connection: &mut Self::Connection,
        groups: Vec<Group<Self::Question, Self::Answer>>,
    ) -> impl Future<Output = Outcome<()>>;
}

type Asked<F> = Waiting<<F as Flight>::Question, <F as Flight>::Answer>;

/// The process's gathering point for one kind of question, on a thread of its own.
pub struct Gatherer<F: Flight> {
    connections: Arc<[mpsc::Sender<Asked<F>>]>,
    turn: Arc<AtomicUsize>,
}

impl<F: Flight> Clone for Gatherer<F> {
    fn clone(&self) -> Self {
        Self { connections: self.connections.clone(), turn: self.turn.clone() }
    }
}

impl<F: Flight> Gatherer<F> {
    /// A point of so many connections; each is made when it is first asked. It ends with the last of its clones.
    ///
    /// # Errors
    /// An internal problem where its thread can't be had.
    pub fn start(settings: &SharedSettings) -> Outcome<Self> {
        let connections = settings.gathering_connections;
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..connections).map(|_| mpsc::channel(WAITING)).unzip();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Problem::internal)?;
        let settings = settings.clone();
        let work = move || {
            let local = LocalSet::new();
            for asked in receivers {
                local.spawn_local(serve::<F>(settings.clone(), asked));
            }
            runtime.block_on(local);
        };
        std::thread::Builder::new().name("gathering".to_owned()).spawn(work).map_err(Problem::internal)?;
        Ok(Self { connections: senders.into(), turn: Arc::default() })
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// `busy` where too many wait or the database does not answer.
    pub async fn ask(&self, caller: &Principal, question: F::Question) -> Outcome<F::Answer> {
        let busy = || Problem::from(&codes::BUSY);
        let (reply, answer) = oneshot::channel();
        let asked = Waiting { caller: caller.clone(), question, reply };
        self.connection_of(&caller.lane).and_then(|connection| connection.try_send(asked).ok()).ok_or_else(busy)?;
        answer.await.unwrap_or_else(|_| Err(busy()))
    }

    fn connection_of(&self, lane: &str) -> Option<&mpsc::Sender<Asked<F>>> {
        let turn = if F::SPREADS {
            self.turn.fetch_add(1, Ordering::Relaxed)
        } else {
            let mut hasher = DefaultHasher::new();
            lane.hash(&mut hasher);
            usize::try_from(hasher.finish() >> 32).ok()?
        };
        self.connections.get(turn.checked_rem(self.connections.len())?)
    }
}

/// Questions by lane, in the order of coming.
fn by_lane<Q, A>(taken: impl Iterator<Item = Waiting<Q, A>>) -> Vec<Group<Q, A>> {
    let mut groups: Vec<Group<Q, A>> = Vec::new();
    // Who no longer waits (the caller hung up) asks nothing more.
    for next in taken.filter(|next| !next.reply.is_closed()) {
        match groups.iter_mut().find(|group| group.lane == next.caller.lane) {
            Some(group) => group.waiting.push(next),
            None => groups.push(Group { lane: next.caller.lane.clone(), waiting: vec![next] }),
        }
    }
    groups
}

/// One connection's life: take what waits, answer, again, until nobody is left who could ask. A connection that fails
/// drops its questions' replies, which tells their callers to come back, and is made anew when asked again.
async fn serve<F: Flight>(settings: SharedSettings, mut asked: mpsc::Receiver<Asked<F>>) {
    let mut taken = Vec::with_capacity(TOGETHER);
    while asked.recv_many(&mut taken, TOGETHER).await > 0 {
        if let Err(problem) = serve_connection::<F>(&settings, &mut taken, &mut asked).await {
            log::warn!("a gathering connection failed: {problem}");
            taken.clear();
            tokio::time::sleep(Duration::from_millis(200)).await;
            while asked.try_recv().is_ok() {}
        }
    }
}

async fn serve_connection<F: Flight>(
    settings: &Settings,
    taken: &mut Vec<Asked<F>>,
    asked: &mut mpsc::Receiver<Asked<F>>,
) -> Outcome<()> {
    let mut connection = F::connect(settings).await?;
    loop {
        F::fly(&mut connection, by_lane(taken.drain(..))).await?;
        if asked.recv_many(taken, TOGETHER).await == 0 {
            return Ok(());
        }
    }
}
