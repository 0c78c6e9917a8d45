//! What a client keeps: each request with a key and its first answer, and every fact that an answer told it.

use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// What is asked, whole, so that it can be asked again.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Which kind of request, for the counts.
    pub what: &'static str,
    pub method: reqwest::Method,
    pub path: String,
    pub key: Option<String>,
    /// The version that was seen.
    pub version: Option<i64>,
    pub body: Option<Value>,
    /// Codes of refusals that may come, others moving the same money.
    pub may: &'static [&'static str],
}

/// An answer that settles a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The code of a refusal.
    pub fn code(&self) -> &str {
        if self.is_done() { "" } else { self.body["code"].as_str().unwrap_or("?") }
    }

    /// Whether the service keeps it for whoever sends the key again.
    pub fn stands(&self) -> bool {
        self.is_done() || self.status == 422
    }
}

/// A request with a key that has got an answer, which it is to get whenever it is sent again.
#[derive(Clone)]
pub struct Kept {
    pub asked: Asked,
    pub answer: Answer,
}

impl Kept {
    /// How another answer differs from the first one.
    pub fn differs(&self, answer: &Answer) -> Option<String> {
        let Self { asked, answer: first } = self;
        (first != answer).then(|| {
            let told = [first, answer].map(|answer| format!("{} {}", answer.status, answer.body));
            format!("another answer than the first: {asked:?}\n  first {}\n  then {}", told[0], told[1])
        })
    }
}

/// Something that the service said is so, and that has to be so for ever.
#[derive(Debug)]
pub enum Fact {
    /// A disbursement took its step number so and so, to this state.
    Step { disbursement: Uuid, step_no: i32, state: String },
    /// A disbursement was made for this enrolment and period.
    Made { disbursement: Uuid, enrolment: Uuid, period: Uuid, amount: i64 },
    /// A partner's report moved a disbursement there.
    Reported { disbursement: Uuid, state: String },
    /// A batch stood there, as its version so and so.
    Batch { batch: Uuid, version: i32, state: String },
    /// So many payments were derived from a batch.
    Derived { batch: Uuid, payments: i64 },
    /// An approval was asked for or decided.
    Task { task: Uuid, state: String },
}

/// What one client keeps.
#[derive(Default)]
pub struct Record {
    /// By key and path.
    pub kept: Vec<Kept>,
    places: HashMap<String, usize>,
    /// Of requests with a key that were refused: the payments that they would have made are not there.
    pub refused: Vec<String>,
    pub facts: Vec<Fact>,
}

impl Record {
    /// Takes an answer down; what deviates from what was answered before.
    pub fn take(&mut self, asked: &Asked, answer: &Answer) -> Option<String> {
        if answer.is_done() {
            facts_of(asked, &answer.body, &mut self.facts);
        }
        let key = asked.key.as_ref()?;
        let name = format!("{} {key}", asked.path);
        if !answer.is_done() {
            self.refused.push(key.clone());
        }
        // A refusal of the moment may be overtaken by what the same key was granted at the same time.
        if !answer.stands() {
            return None;
        }
        if let Some(place) = self.places.get(&name) {
            return self.kept[*place].differs(answer);
        }
        self.places.insert(name, self.kept.len());
        self.kept.push(Kept { asked: asked.clone(), answer: answer.clone() });
        None
    }
}

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("no {field} in {body}")).to_owned()
}

fn id(body: &Value, field: &str) -> Uuid {
    text(body, field).parse().unwrap()
}

fn version(body: &Value) -> i32 {
    i32::try_from(body["version"].as_i64().unwrap()).unwrap()
}

/// What an answer tells.
fn facts_of(asked: &Asked, body: &Value, facts: &mut Vec<Fact>) {
    for part in ["approval", "disbursement", "batch"] {
        if body[part].is_object() {
            facts_of(asked, &body[part], facts);
        }
    }
    if body["task_id"].is_string() {
        facts.push(Fact::Task { task: id(body, "task_id"), state: text(body, "state") });
    } else if body["revision"].is_number() {
        let (batch, state) = (id(body, "batch_id"), text(body, "state"));
        if state == "approved" {
            facts.push(Fact::Derived { batch, payments: body["lines"].as_i64().unwrap() });
        }
        facts.push(Fact::Batch { batch, version: version(body), state });
    } else if body["disbursement_id"].is_string() {
        let disbursement = id(body, "disbursement_id");
        let (enrolment, period) = (id(body, "enrolment_id"), id(body, "period_id"));
        facts.push(Fact::Made { disbursement, enrolment, period, amount: body["amount_idr"].as_i64().unwrap() });
        facts.push(Fact::Step { disbursement, step_no: version(body), state: text(body, "state") });
    } else if body["outstanding"].is_number() {
        let sent = asked.body.as_ref().and_then(|sent| sent["items"].as_array());
        for (row, said) in sent.unwrap().iter().zip(body["items"].as_array().unwrap()) {
            if matches!(said["outcome"].as_str(), Some("posted" | "unchanged")) {
                facts.push(Fact::Reported { disbursement: id(row, "disbursement_id"), state: text(row, "result") });
            }
        }
    }
}
