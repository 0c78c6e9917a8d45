//! Races for the same money, each so many times (`RACES`, 10 where nothing is said; `./dev test races` takes 200): one wins,
//! the others are told why not, and after each the books hold.

use crate::support::{
    Actor, Reply,
    batches::{BANK, PayDay, failed, paid, path, version},
    money::approver,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// What each payment is worth.
const AMOUNT_IDR: i64 = 300_000;

fn times() -> u32 {
    std::env::var("RACES").map_or(10, |times| times.parse().unwrap())
}

/// A pay day with so many enrolments that race.
struct Track {
    day: PayDay,
    enrolments: Vec<String>,
    approver: Actor,
}

impl Track {
    async fn of(amount_idr: i64, enrolments: u32) -> Self {
        let day = PayDay::of(amount_idr).await;
        let enrolments = day.payees(enrolments).await.into_iter().map(|(_, enrolment)| enrolment).collect();
        let approver = approver(&day.stage.api).await;
        Self { day, enrolments, approver }
    }

    async fn pay(&self, key: &str, enrolment: usize) -> Reply {
        let body = json!({ "enrolment_id": self.enrolments[enrolment], "period_id": self.day.period, "state": "paid",
            "paid_on": "2026-03-10" });
        self.day.stage.manager.post_once(key, "/v1/disbursements", body).await
    }

    /// The money of a payment comes back, so that the next race is for the same.
    async fn give_back(&self, payment: &Value) {
        let path = format!("/v1/disbursements/{}/return", payment["disbursement_id"].as_str().unwrap());
        self.approver.post_once("kembali", &path, json!({ "reason": "Uji" })).await.ok();
    }

    async fn standing(&self) -> i64 {
        self.day.stage.count("disbursements WHERE state IN ('planned', 'paid')").await
    }

    /// A batch of all enrolments that was submitted.
    async fn submitted(&self) -> Value {
        let batch = self.day.prepared(BANK).await;
        self.day.submit(&batch).await.created();
        batch
    }

    async fn decide(&self, batch: &Value) -> Reply {
        let yes = json!({ "approve": true, "reason": "Diperiksa" });
        self.approver.post(&path(batch, "decision"), yes).await
    }

    async fn withdraw(&self, batch: &Value) -> Reply {
        Reply::of(self.day.stage.manager.request(Method::DELETE, &path(batch, "submission"))).await
    }

    async fn give_up(&self, draft: &Value) {
        let asked = self.day.stage.manager.request(Method::POST, &path(draft, "cancellation"));
        Reply::of(asked.header("if-match", format!("\"{}\"", version(draft)))).await.ok();
    }

    async fn read(&self, batch: &Value) -> Value {
        let path = format!("/v1/batches/{}", batch["batch_id"].as_str().unwrap());
        self.day.stage.manager.get(&path).await.ok()
    }

    /// Hands an approved batch over; the ids of its payments.
    async fn handed_over(&self, batch: &Value) -> Vec<String> {
        let handing = path(batch, "hand-over");
        self.day.stage.manager.post_seen(&handing, version(batch), json!({})).await.ok();
        self.day.payments(batch).await.into_iter().map(|(_, payment)| payment).collect()
    }

    /// Closes what was handed over; what has no result fails.
    async fn close(&self, batch: &Value) {
        let body = json!({ "fail_outstanding": "Uji" });
        let seen = version(&self.read(batch).await);
        self.approver.post_seen(&path(batch, "closure"), seen, body).await.ok();
    }

    /// After each race: so many payments stand, the budget knows it, and the books hold.
    async fn assert_settled(&self, round: u32, standing: i64) {
        assert_eq!(self.standing().await, standing, "round {round}");
        let budget = self.day.stage.budget(&self.day.budget).await;
        let amount = |field: &str| budget[field].as_i64().unwrap();
        assert_eq!(amount("amount_idr") - amount("available_idr"), standing * AMOUNT_IDR, "round {round}: {budget}");
        self.day.stage.assert_books_hold().await;
    }
}

/// The only one that was answered so.
#[track_caller]
fn only(replies: Vec<Reply>, status: u16, others: &str) -> Value {
    let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == status);
    assert_eq!(won.len(), 1, "{won:#?}");
    for reply in lost {
        reply.refused(others);
    }
    won[0].json()
}

fn key(round: u32, number: impl std::fmt::Display) -> String {
    format!("{round}-{number}")
}

#[tokio::test]
async fn of_those_who_pay_the_same_one_does() {
    let track = Track::of(10 * AMOUNT_IDR, 1).await;
    for round in 0..times() {
        let keys: Vec<String> = (0..8).map(|number| key(round, number)).collect();
        let made = only(join_all(keys.iter().map(|key| track.pay(key, 0))).await, 201, "already-paid");
        track.assert_settled(round, 1).await;
        track.give_back(&made).await;
    }
}

#[tokio::test]
async fn whoever_sends_a_key_at_once_hears_the_one_answer_or_that_it_is_under_way() {
    let track = Track::of(10 * AMOUNT_IDR, 1).await;
    for round in 0..times() {
        let key = key(round, "k");
        let mut answers = Vec::new();
        for reply in join_all((0..8).map(|_| track.pay(&key, 0))).await {
            if reply.status == 201 {
                answers.push(reply.json());
            } else {
                reply.refused("request-still-running");
            }
        }
        let later = track.pay(&key, 0).await.created();
        assert!(!answers.is_empty() && answers.iter().all(|answer| *answer == later), "round {round}: {answers:#?}");
        track.assert_settled(round, 1).await;
        track.give_back(&later).await;
        // Though the payment no longer stands, the key has its answer.
        assert_eq!(track.pay(&key, 0).await.created(), later, "round {round}");
    }
}

#[tokio::test]
async fn the_last_rupiah_goes_to_one_payment_or_to_one_batch() {
    let mut track = Track::of(2 * AMOUNT_IDR - 1, 1).await;
    // These have no account, so the list is of the first one alone.
    for household in track.day.stage.households(&[1, 1, 1]).await {
        track.enrolments.push(track.day.program.active(&household).await);
    }
    for round in 0..times() {
        let batch = track.submitted().await;
        let keys: Vec<String> = (0..4).map(|number| key(round, number)).collect();
        let paying = join_all((1..4).map(|number| track.pay(&keys[number], number)));
        let (mut replies, decided) = tokio::join!(paying, track.decide(&batch));
        if decided.status == 200 {
            replies.into_iter().for_each(|reply| drop(reply.refused("budget-exhausted")));
            track.assert_settled(round, 1).await;
            let approved = decided.json()["batch"].clone();
            track.handed_over(&approved).await;
            track.close(&approved).await;
        } else {
            replies.push(decided);
            let made = only(replies, 201, "budget-exhausted");
            track.assert_settled(round, 1).await;
            track.give_back(&made).await;
            let draft = track.withdraw(&batch).await.ok();
            track.give_up(&draft).await;
        }
        assert_eq!(track.standing().await, 0, "round {round}");
    }
}

#[tokio::test]
async fn a_batch_is_approved_or_withdrawn_and_never_both() {
    let track = Track::of(10 * AMOUNT_IDR, 2).await;
    for round in 0..times() {
        let batch = track.submitted().await;
        let (decided, withdrawn) = tokio::join!(track.decide(&batch), track.withdraw(&batch));
        only(vec![decided, withdrawn], 200, "not-found");
        let stands = track.read(&batch).await;
        if stands["state"] == "approved" {
            track.assert_settled(round, 2).await;
            track.handed_over(&stands).await;
            track.close(&stands).await;
        } else {
            assert_eq!(stands["state"], "draft", "round {round}");
            track.assert_settled(round, 0).await;
            track.give_up(&stands).await;
        }
    }
}

#[tokio::test]
async fn money_comes_back_by_a_result_or_by_a_reversal_and_never_by_both() {
    let track = Track::of(10 * AMOUNT_IDR, 2).await;
    for round in 0..times() {
        let batch = track.submitted().await;
        track.decide(&batch).await.ok();
        let payments = track.handed_over(&track.read(&batch).await).await;
        let results = [paid(&payments[0]), failed(&payments[1], "not_collected")];
        track.day.report(&batch, &results, false).await.ok();
        let reversal = format!("/v1/disbursements/{}/reversal", payments[0]);
        track.day.stage.manager.post(&reversal, json!({ "reason": "Salah rekening" })).await.created();
        let (decision, yes) = (format!("{reversal}/decision"), json!({ "approve": true, "reason": "Sesuai bukti" }));
        let back = [json!({ "disbursement_id": payments[0], "result": "returned", "reason_code": "refused" })];
        let (reversed, returned) =
            tokio::join!(track.approver.post(&decision, yes), track.day.report(&batch, &back, false));
        let returned = returned.ok()["items"][0].clone();
        if reversed.status == 200 {
            assert_eq!(returned["code"], "already-reported", "round {round}");
        } else {
            reversed.refused("disbursement-step");
            assert_eq!(returned["outcome"], "posted", "round {round}");
        }
        track.assert_settled(round, 0).await;
        track.close(&batch).await;
    }
}
