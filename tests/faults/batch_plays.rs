//! What a client does with batches: from the list to the partner's results, step by step, some of them given up half-way.

use super::{
    client::Client,
    plays::{decision, post},
    record::Asked,
    town::{AMOUNT_IDR, Period, Program},
};
use crate::support::batches::{BANK, path};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

impl Client {
    /// Prepares a batch and takes it as far as it goes.
    pub async fn pay_by_batch(&mut self) {
        let desk = Arc::clone(&self.desk);
        let (program, period) = desk.town.slot(&mut self.dice);
        let (twice, key) = (self.dice.chance(20), self.key());
        let asked = preparation(program, period, &key);
        let prepared = self.ask(&self.manager, &asked);
        let prepared = if twice { tokio::join!(prepared, self.ask(&self.manager, &asked)).0 } else { prepared.await };
        if !prepared.is_done() {
            return;
        }
        let Some(batch) = self.decided(&prepared.body).await else { return };
        if self.dice.chance(5) {
            return;
        }
        let hand_over = post("hand over", path(&batch, "hand-over"), json!({}), &[]).seen(&batch);
        self.ask(&self.manager, &hand_over).await;
        self.report(&batch, program, period).await;
    }

    /// Submits it and has it decided on; the batch, where it is approved. A draft is given up.
    async fn decided(&mut self, draft: &Value) -> Option<Value> {
        const MAY: &[&str] = &["not-found", "budget-exhausted", "batch-empty"];
        let way = self.dice.below(100);
        let word = |approve: bool| {
            post(
                "decide on a batch",
                path(draft, "decision"),
                json!({ "approve": approve, "reason": "Diperiksa" }),
                MAY,
            )
        };
        let submission = path(draft, "submission");
        let withdrawal = post("withdraw a batch", submission.clone(), Value::Null, &["not-found"]);
        let withdrawal = Asked { method: Method::DELETE, body: None, ..withdrawal };
        if draft["lines"] != 0 {
            let asked = post("submit", submission, json!({ "reason": "Sesuai SK" }), &[]).seen(draft);
            self.ask(&self.manager, &asked).await;
            match way {
                0..65 => drop(self.ask(&self.approver, &word(true)).await),
                65..75 => drop(self.ask(&self.approver, &word(false)).await),
                _ => {
                    let yes = word(true);
                    drop(tokio::join!(self.ask(&self.approver, &yes), self.ask(&self.manager, &withdrawal)));
                }
            }
        }
        let mut batch = self.read(address(draft)).await;
        if batch["state"] == "submitted" {
            // Its money was not to be had.
            self.ask(&self.manager, &withdrawal).await;
            batch = self.read(address(draft)).await;
        }
        if batch["state"] == "draft" {
            let asked = post("give up a draft", path(&batch, "cancellation"), Value::Null, &[]).seen(&batch);
            self.ask(&self.manager, &Asked { body: None, ..asked }).await;
        }
        (batch["state"] == "approved").then_some(batch)
    }

    /// Reports as its partner, in parts and in part twice at once, with returns and a reversal among them, and closes it.
    async fn report(&mut self, batch: &Value, program: &Program, period: &Period) {
        let mut payments = self.payments(program, period, "planned").await;
        payments.retain(|payment| payment["batch_id"] == batch["batch_id"]);
        let part = 1 + usize::try_from(self.dice.below(12)).unwrap();
        for some in payments.chunks(part) {
            let rows: Vec<Value> = some.iter().map(|payment| self.result(payment, period)).collect();
            let (asked, twice) = (report(batch, &rows), self.dice.chance(25));
            let bank = &self.desk.town.bank;
            let told = self.ask(bank, &asked);
            if twice {
                drop(tokio::join!(told, self.ask(bank, &asked)))
            } else {
                drop(told.await)
            }
            if self.dice.chance(30)
                && let Some(paid) = rows.iter().find(|row| row["result"] == "paid")
            {
                self.take_one_back(batch, paid).await;
            }
        }
        if self.dice.chance(75) {
            let body = json!({ "fail_outstanding": "Tidak diambil sampai batas waktu" });
            let handed_over = self.read(address(batch)).await;
            let asked = post("close", path(batch, "closure"), body, &[]).seen(&handed_over);
            self.ask(&self.approver, &asked).await;
        }
    }

    /// What the bank says of a payment.
    fn result(&mut self, payment: &Value, period: &Period) -> Value {
        let id = &payment["disbursement_id"];
        if self.dice.chance(70) {
            json!({ "disbursement_id": id, "result": "paid", "amount_idr": AMOUNT_IDR, "paid_on": period.day,
                "proof_reference": "TRF-1" })
        } else {
            json!({ "disbursement_id": id, "result": "failed", "reason_code": "not_collected" })
        }
    }

    /// The bank has it back, and at the same time two persons reverse it.
    async fn take_one_back(&mut self, batch: &Value, paid: &Value) {
        let races = self.dice.chance(50);
        let row = json!({ "disbursement_id": paid["disbursement_id"], "result": "returned", "reason_code": "refused" });
        let back = report(batch, &[row]);
        let bank = &self.desk.town.bank;
        if !races {
            self.ask(bank, &back).await;
            return;
        }
        self.ask_for_reversal(paid).await;
        let grant = decision(paid, true);
        drop(tokio::join!(self.ask(bank, &back), self.ask(&self.approver, &grant)));
    }
}

fn address(batch: &Value) -> String {
    format!("/v1/batches/{}", batch["batch_id"].as_str().unwrap())
}

fn preparation(program: &Program, period: &Period, key: &str) -> Asked {
    let body = json!({ "program_id": program.id, "period_id": period.id, "partner_code": BANK,
        "decree_number": "SK 460/12/2026", "decree_date": "2026-01-02", "amount_idr": AMOUNT_IDR });
    post("prepare", "/v1/batches".to_owned(), body, &[]).keyed(key.to_owned())
}

/// What fits is posted, whatever else became of the others meanwhile.
fn report(batch: &Value, rows: &[Value]) -> Asked {
    post("report", path(batch, "results"), json!({ "common": { "partial": true }, "items": rows }), &[])
}
