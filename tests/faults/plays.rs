//! What a client does with single payments.

use super::{
    client::Client,
    record::{Answer, Asked},
    town::{AMOUNT_IDR, Period, Program},
};
use crate::support::Actor;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

const PAYMENTS: &str = "/v1/disbursements";
const RETURN: &str = "return";

/// A POST.
pub fn post(what: &'static str, path: String, body: Value, may: &'static [&'static str]) -> Asked {
    Asked { what, method: Method::POST, path, key: None, version: None, body: Some(body), may }
}

impl Asked {
    pub fn keyed(self, key: String) -> Self {
        Self { key: Some(key), ..self }
    }

    pub fn seen(self, of: &Value) -> Self {
        Self { version: of["version"].as_i64(), ..self }
    }
}

fn address(payment: &Value, rest: &str) -> String {
    format!("{PAYMENTS}/{}{rest}", payment["disbursement_id"].as_str().unwrap())
}

impl Client {
    /// Records a payment, planned or paid: once, with one key twice at once, with two keys at once, or for a month of another
    /// programme, which is refused for good.
    pub async fn pay(&mut self) {
        let desk = Arc::clone(&self.desk);
        let (program, period) = desk.town.slot(&mut self.dice);
        let enrolment = self.dice.pick(&program.enrolments).unwrap();
        let strange = self.dice.chance(4).then(|| desk.town.slot(&mut self.dice).1);
        let planned = self.dice.chance(40);
        let way = self.dice.below(100);
        let keys = [self.key(), self.key()];
        let ask = |key: &String| payment(key, enrolment, strange.unwrap_or(period), planned);
        let (first, second) = (ask(&keys[0]), ask(&keys[1]));
        match way {
            0..60 => drop(self.ask(&self.manager, &first).await),
            60..80 => drop(tokio::join!(self.ask(&self.manager, &first), self.ask(&self.manager, &first))),
            _ => drop(tokio::join!(self.ask(&self.manager, &first), self.ask(&self.manager, &second))),
        }
    }

    /// The payments of a month in this state.
    pub async fn payments(&self, program: &Program, period: &Period, state: &str) -> Vec<Value> {
        let path = format!("{PAYMENTS}?program_id={}&period_id={}&state={state}&limit=500", program.id, period.id);
        self.read(path).await["items"].as_array().cloned().unwrap_or_default()
    }

    /// One of them, if there is any.
    async fn some_payment(&mut self, state: &str, fits: fn(&Value) -> bool) -> Option<(Value, String)> {
        let desk = Arc::clone(&self.desk);
        let (program, period) = desk.town.slot(&mut self.dice);
        let payments = self.payments(program, period, state).await;
        let payments: Vec<Value> = payments.into_iter().filter(fits).collect();
        Some((self.dice.pick(&payments)?.clone(), period.day.clone()))
    }

    /// Pays what was planned, or says that it failed.
    pub async fn settle_plan(&mut self) {
        const MAY: &[&str] = &["stale-version", "disbursement-step"];
        let pays = self.dice.chance(60);
        let Some((payment, day)) = self.some_payment("planned", |it| it["batch_id"].is_null()).await else { return };
        let asked = if pays {
            post("pay what was planned", address(&payment, "/payment"), json!({ "paid_on": day }), MAY)
        } else {
            post("failure", address(&payment, "/failure"), json!({ "reason": "Tidak ditemukan" }), MAY)
        };
        self.ask(&self.manager, &asked.seen(&payment)).await;
    }

    /// Money comes back.
    pub async fn take_return(&mut self) {
        let twice = self.dice.chance(20);
        let key = self.key();
        let Some((payment, _)) = self.some_payment("paid", |_| true).await else { return };
        let asked = came_back(&payment, key);
        let once = self.ask(&self.approver, &asked);
        if twice { drop(tokio::join!(once, self.ask(&self.approver, &asked))) } else { drop(once.await) }
    }

    /// Asks for a reversal, which an approver grants or refuses, or the asker takes back, or both at once.
    pub async fn reverse(&mut self) {
        let way = self.dice.below(100);
        let Some((payment, _)) = self.some_payment("paid", |_| true).await else { return };
        if !self.ask_for_reversal(&payment).await.is_done() && way < 50 {
            return;
        }
        let (grant, refuse) = (decision(&payment, true), decision(&payment, false));
        let withdrawal = Asked {
            method: Method::DELETE,
            body: None,
            ..post("withdraw a reversal", address(&payment, "/reversal"), Value::Null, &["not-found", "forbidden"])
        };
        match way {
            0..60 => drop(self.ask(&self.approver, &grant).await),
            60..70 => drop(self.ask(&self.approver, &refuse).await),
            70..80 => drop(self.ask(&self.manager, &withdrawal).await),
            80..90 => {
                let key = self.key();
                let back = came_back(&payment, key);
                drop(tokio::join!(self.ask(&self.approver, &grant), self.ask(&self.approver, &back)));
            }
            _ => drop(tokio::join!(self.ask(&self.approver, &grant), self.ask(&self.manager, &withdrawal))),
        }
    }

    pub async fn ask_for_reversal(&self, payment: &Value) -> Answer {
        const MAY: &[&str] = &["disbursement-step", "approval-already-open"];
        let reason = json!({ "reason": "Salah rekening" });
        self.ask(&self.manager, &post("ask for a reversal", address(payment, "/reversal"), reason, MAY)).await
    }

    /// Sends again what was answered, some time ago.
    pub async fn repeat(&mut self) {
        let Some(kept) = self.dice.pick(&self.record.get_mut().unwrap().kept).cloned() else { return };
        let answer = self.ask(self.asker_of(&kept.asked), &kept.asked).await;
        self.hold_to(&kept, &answer);
    }

    /// Whose request with a key it was: that money came back is an approver's word, all else the manager's.
    pub fn asker_of(&self, asked: &Asked) -> &Actor {
        if asked.what == RETURN { &self.approver } else { &self.manager }
    }
}

fn payment(key: &String, enrolment: &String, period: &Period, planned: bool) -> Asked {
    const MAY: &[&str] = &["already-paid", "budget-exhausted", "unknown-period"];
    let mut body = json!({ "enrolment_id": enrolment, "period_id": period.id, "amount_idr": AMOUNT_IDR,
        "state": if planned { "planned" } else { "paid" }, "external_reference": key });
    if !planned {
        body["paid_on"] = json!(period.day);
    }
    post("pay", PAYMENTS.to_owned(), body, MAY).keyed(key.clone())
}

fn came_back(payment: &Value, key: String) -> Asked {
    let reason = json!({ "reason": "Rekening sudah ditutup" });
    post(RETURN, address(payment, "/return"), reason, &["disbursement-step"]).keyed(key)
}

/// An approver's word on a reversal.
pub fn decision(payment: &Value, approve: bool) -> Asked {
    const MAY: &[&str] = &["not-found", "disbursement-step", "already-decided"];
    let body = json!({ "approve": approve, "reason": "Sesuai bukti" });
    post("decide on a reversal", address(payment, "/reversal/decision"), body, MAY)
}
