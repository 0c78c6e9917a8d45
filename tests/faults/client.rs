//! A client: it asks until it is answered, and keeps what it was answered.

use super::{
    dice::Dice,
    record::{Answer, Asked, Kept, Record},
    town::Town,
};
use crate::support::{Actor, Api, money::approver};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long one request may take, and how long a client goes on asking.
const PATIENCE: Duration = Duration::from_secs(30);
const PERSEVERANCE: Duration = Duration::from_secs(60);

/// What a request that was sent again without a key may hear: it had its effect the first time.
const DONE_BEFORE: &[&str] = &[
    "stale-version",
    "disbursement-step",
    "batch-step",
    "not-found",
    "approval-already-open",
    "already-decided",
    "batch-not-open",
];

/// What all clients share.
pub struct Desk {
    pub town: Town,
    pub seed: u64,
    pub closes: AtomicBool,
    /// Requests that were sent, those of them that were sent again, and those that were answered.
    pub sent: AtomicU64,
    pub again: AtomicU64,
    pub answered: AtomicU64,
    counts: Mutex<BTreeMap<String, u64>>,
    deviations: Mutex<Vec<String>>,
}

impl Desk {
    pub fn open(town: Town, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            town,
            seed,
            closes: AtomicBool::default(),
            sent: AtomicU64::default(),
            again: AtomicU64::default(),
            answered: AtomicU64::default(),
            counts: Mutex::default(),
            deviations: Mutex::default(),
        })
    }

    pub fn deviates(&self, what: impl Into<String>) {
        self.deviations.lock().unwrap().push(what.into());
    }

    pub fn so_far(&self) -> String {
        let [sent, answered, again] = [&self.sent, &self.answered, &self.again].map(|n| n.load(Ordering::Relaxed));
        format!("{sent} requests, {answered} answered, {again} sent again")
    }

    /// Each kind of request with its answers.
    pub fn counts(&self) -> String {
        let counts = self.counts.lock().unwrap();
        counts.iter().map(|(what, count)| format!("  {count:>7}  {what}\n")).collect()
    }

    #[track_caller]
    pub fn assert_nothing_deviates(&self) {
        let deviations = self.deviations.lock().unwrap();
        let first: Vec<String> = deviations.iter().map(|one| one.chars().take(1_200).collect()).take(20).collect();
        assert!(deviations.is_empty(), "{} deviations, the first of them:\n{}", deviations.len(), first.join("\n"));
    }

    fn count(&self, what: String) {
        *self.counts.lock().unwrap().entry(what).or_default() += 1;
    }
}

/// One client: a manager, the approver whom it calls upon, and their record.
pub struct Client {
    pub desk: Arc<Desk>,
    pub number: u64,
    pub dice: Dice,
    pub manager: Actor,
    pub approver: Actor,
    pub record: Mutex<Record>,
    keys: u64,
}

impl Client {
    pub async fn new(api: &Arc<Api>, desk: Arc<Desk>, number: u64, seed: u64) -> Self {
        let (manager, approver) = (api.manager_of("dinsos").await, approver(api).await);
        Self { desk, number, dice: Dice::of(seed, number), manager, approver, record: Mutex::default(), keys: 0 }
    }

    /// Plays until the desk closes.
    pub async fn play(mut self) -> Self {
        while !self.desk.closes.load(Ordering::Relaxed) {
            match self.dice.below(100) {
                0..35 => self.pay().await,
                35..50 => self.settle_plan().await,
                50..62 => self.take_return().await,
                62..75 => self.reverse().await,
                75..88 => self.repeat().await,
                _ => self.pay_by_batch().await,
            }
        }
        self
    }

    /// A key that nobody has used.
    pub fn key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}-{}", self.desk.seed, self.number, self.keys)
    }

    /// Asks until there is an answer, which is kept. What was not answered, or only that the service can't now, is sent again
    /// as it was.
    pub async fn ask(&self, actor: &Actor, asked: &Asked) -> Answer {
        let began = Instant::now();
        for attempt in 0.. {
            self.desk.sent.fetch_add(1, Ordering::Relaxed);
            if let Some(answer) = self.settled(actor, asked).await {
                self.judge(asked, &answer, attempt > 0);
                return answer;
            }
            assert!(began.elapsed() < PERSEVERANCE, "no answer in a minute: {asked:?}");
            self.desk.again.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20 + 13 * (self.number % 8))).await;
        }
        unreachable!("it is asked until it is answered")
    }

    /// The answer, where one came that settles the request.
    async fn settled(&self, actor: &Actor, asked: &Asked) -> Option<Answer> {
        // A token lives an hour, a long run longer.
        let actor = Actor::new(actor.api.clone(), actor.identity.clone().unwrap());
        let answer = send(&actor, asked).await;
        let said = match &answer {
            Some(answer) => format!("{} {}", answer.status, answer.code()),
            None => "no answer".to_owned(),
        };
        self.desk.count(format!("{}: {}", asked.what, said.trim_end()));
        if said.starts_with("500") {
            // Whatever goes down, the service knows what it is about and says when to ask again.
            self.desk.deviates(format!("{asked:?}: {said}"));
        }
        answer.filter(|answer| answer.status < 500 && answer.code() != "request-still-running")
    }

    fn judge(&self, asked: &Asked, answer: &Answer, again: bool) {
        self.desk.answered.fetch_add(1, Ordering::Relaxed);
        let done_before = again && asked.key.is_none() && DONE_BEFORE.contains(&answer.code());
        if !answer.is_done() && !asked.may.contains(&answer.code()) && !done_before {
            self.desk
                .deviates(format!("an answer that nobody waits for: {asked:?}: {} {}", answer.status, answer.body));
        }
        if let Some(deviation) = self.record.lock().unwrap().take(asked, answer) {
            self.desk.deviates(deviation);
        }
    }

    /// What was answered for good before is not refused for the moment now. (That it is the same, the record sees.)
    pub fn hold_to(&self, kept: &Kept, answer: &Answer) {
        if let Some(deviation) = kept.differs(answer).filter(|_| !answer.stands()) {
            self.desk.deviates(deviation);
        }
    }

    /// The manager's reading.
    pub async fn read(&self, path: String) -> Value {
        let (method, what) = (reqwest::Method::GET, "read");
        let asked = Asked { what, method, path, key: None, version: None, body: None, may: &[] };
        self.ask(&self.manager, &asked).await.body
    }
}

/// Sends it once; nothing where no whole answer came.
pub async fn send(actor: &Actor, asked: &Asked) -> Option<Answer> {
    let mut request = actor.request(asked.method.clone(), &asked.path).timeout(PATIENCE);
    if let Some(key) = &asked.key {
        request = request.header("idempotency-key", key);
    }
    if let Some(version) = asked.version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    if let Some(body) = &asked.body {
        request = request.json(body);
    }
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let text = response.text().await.ok()?;
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).ok()? };
    Some(Answer { status, body })
}
