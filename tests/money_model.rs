//! Money held against a model: random steps of several agencies, their approvers and payment partners, right ones and wrong ones, are
//! taken by the service and by a few lists in memory. After each step both answer the same, and everything stands the same.
//!
//! `MODEL_SEQUENCES` and `MODEL_STEPS` make it longer; `MODEL_SEED` plays the same again.

mod batches;
mod draw;
mod model;
mod picture;
mod rules;
mod service;
mod step;

use draw::Dice;
use model::Model;
use service::Service;
use std::collections::BTreeMap;
use step::{Step, Who};

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[tokio::test]
async fn whatever_is_asked_the_books_are_as_a_simple_model_says() {
    let steps = setting("MODEL_STEPS").unwrap_or(60);
    let seed = setting("MODEL_SEED");
    let sequences = setting("MODEL_SEQUENCES").unwrap_or(if seed.is_some() { 1 } else { 3 });
    let mut tally = BTreeMap::new();
    for number in 0..sequences {
        let seed = seed.map_or_else(rand::random::<u32>, |seed| u32::try_from(seed + number).unwrap());
        let mut play = Play::begin(seed).await;
        for _ in 0..steps {
            play.step().await;
        }
        play.end(&mut tally).await;
    }
    // How often each step was answered what.
    for (answer, times) in tally {
        println!("{times:6} {answer}");
    }
}

/// One sequence under way.
struct Play {
    seed: u32,
    dice: Dice,
    /// Steps to be taken before any is drawn, the last one first.
    first: Vec<Step>,
    model: Model,
    service: Service,
    lines: Vec<String>,
}

impl Play {
    async fn begin(seed: u32) -> Self {
        let model = Model::new();
        let service = Service::begin(&model).await;
        Self { seed, dice: Dice(u64::from(seed)), first: first_steps(), model, service, lines: Vec::new() }
    }

    fn next(&mut self) -> Step {
        self.first.pop().unwrap_or_else(|| {
            let mut drawn = std::iter::repeat_with(|| self.dice.draw(&self.model, self.service.keyed.len()));
            drawn.find_map(|step| step).unwrap()
        })
    }

    async fn step(&mut self) {
        let step = self.next();
        self.lines.push(format!("{step:?}"));
        let expected = self.model.take(&step);
        let reply = self.service.ask(&self.model, &step).await;
        let told = told(&reply);
        self.lines.last_mut().unwrap().push_str(&format!(" -> {} {told:?}", reply.status.as_u16()));
        if let Step::Again { which, otherwise: false } = step {
            let first = &self.service.keyed[which];
            self.same("whether it is a repeat", &true, &reply.headers.contains_key("idempotent-replayed"));
            self.same("the first answer", &(first.status, &first.answer), &(reply.status.as_u16(), &reply.json()));
        } else {
            let expected = expected.map_err(str::to_owned);
            self.same("the answer", &expected, &told);
            if let Err(code) = &told {
                self.same("the status", &status_of(code), &reply.status.as_u16());
            }
        }
        let told = self.service.picture().await;
        let expected = self.model.picture();
        for place in 0..expected.len().max(told.len()) {
            self.same("where it stands", &expected.get(place), &told.get(place));
        }
        if let Some(batch) = listed_by(&step, &self.model) {
            let expected =
                self.model.batches[batch].findings.iter().map(|(one, kind)| (*one, (*kind).to_owned())).collect();
            self.same("who is left out", &expected, &self.service.findings(batch).await);
        }
    }

    #[track_caller]
    fn same<T: PartialEq + std::fmt::Debug>(&self, what: &str, expected: &T, told: &T) {
        assert!(
            expected == told,
            "{what}: the model says {expected:?}, the service {told:?}\nthe same again: MODEL_SEED={} MODEL_STEPS={}\n{}",
            self.seed,
            self.lines.len(),
            self.lines.join("\n")
        );
    }

    async fn end(self, tally: &mut BTreeMap<String, usize>) {
        let proof = self.service.stage.proof().await;
        self.same("the proof", &serde_json::json!(true), &proof["holds"]);
        println!("MODEL_SEED={}: {} steps", self.seed, self.lines.len());
        for line in &self.lines {
            let name = line.split(' ').next().unwrap();
            let answer = line.rsplit(" -> ").next().unwrap();
            let words = answer
                .split('"')
                .skip(1)
                .step_by(2)
                .map(|word| word.trim_end_matches(|letter| !char::is_alphabetic(letter)));
            let mut words: Vec<&str> = words.collect();
            words.dedup();
            if words.is_empty() {
                words.push(&answer[..3]);
            }
            for word in words {
                *tally.entry(format!("{name} {word}")).or_insert(0) += 1;
            }
        }
    }
}

/// What came back, in the model's words.
fn told(reply: &crate::support::Reply) -> Result<Vec<String>, String> {
    let body = if reply.text.is_empty() { serde_json::Value::Null } else { reply.json() };
    if !reply.status.is_success() {
        return Err(body["code"].as_str().unwrap_or(&reply.text).to_owned());
    }
    if body["skipped_already_paid"].is_number() {
        return Ok(vec![format!("recorded {}, skipped {}", body["recorded"], body["skipped_already_paid"])]);
    }
    let rows = body["items"].as_array().into_iter().flatten();
    let word = |row: &serde_json::Value| row["code"].as_str().or(row["outcome"].as_str()).unwrap_or("-").to_owned();
    Ok(rows.map(word).collect())
}

/// Which status goes with a code.
fn status_of(code: &str) -> u16 {
    match code {
        "forbidden" | "needs-another-person" => 403,
        "not-found" => 404,
        "stale-version" => 412,
        "unknown-period"
        | "unknown-budget"
        | "budget-required"
        | "amount-required"
        | "not-a-payment-partner"
        | "invalid-fields"
        | "idempotency-key-reused" => 422,
        _ => 409,
    }
}

/// The batch whose list a step may have changed.
fn listed_by(step: &Step, model: &Model) -> Option<usize> {
    match step {
        Step::Prepare { .. } => model.batches.len().checked_sub(1),
        Step::Freeze { batch, .. } | Step::Decide { batch, .. } => Some(*batch),
        _ => None,
    }
}

/// A shared fund, budgets of both agencies, and which programmes draw on them.
fn first_steps() -> Vec<Step> {
    let (one, other) = (Who::Manager(0, 0), Who::Manager(1, 0));
    let mut steps = vec![
        Step::NewFund { who: one, code: 0, amount: 6_000_000 },
        Step::NewBudget { who: one, fund: 0, line: 0, amount: 2_000_000 },
        Step::NewBudget { who: one, fund: 0, line: 1, amount: 1_000_000 },
        Step::NewBudget { who: other, fund: 0, line: 0, amount: 1_500_000 },
        Step::Link { who: one, program: 0, budget: 0 },
        Step::Link { who: one, program: 1, budget: 1 },
        Step::Link { who: one, program: 2, budget: 0 },
        Step::Link { who: other, program: 3, budget: 2 },
    ];
    steps.reverse();
    steps
}
