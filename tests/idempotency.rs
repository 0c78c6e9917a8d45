//! `Idempotency-Key`: what is kept under a key, what is not, and what is on record of a repeat.

use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage, step},
    money::approver,
};
use reqwest::Method;
use serde_json::{Value, json};

/// A programme with a period, and an enrolment that may be paid.
struct Till {
    stage: Stage,
    enrolment: String,
    household: uuid::Uuid,
    body: Value,
}

impl Till {
    async fn open() -> Self {
        let stage = Stage::set().await;
        let program: Scheme = stage.program("BLT-DAERAH", json!({})).await;
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        let household = stage.households(&[2]).await.remove(0);
        let enrolment = program.active(&household).await;
        let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned" });
        Self { stage, enrolment, household: household.household_id, body }
    }

    fn manager(&self) -> &Actor {
        &self.stage.manager
    }

    async fn pay(&self, key: &str) -> Reply {
        self.manager().post_once(key, "/v1/disbursements", &self.body).await
    }

    async fn tried(&self, key: &str) -> Reply {
        self.manager().post_once(key, "/v1/disbursements?dry_run=true", &self.body).await
    }

    /// Entries of the audit log with this action that name the household.
    async fn traces(&self, action: &str) -> i64 {
        let entries =
            format!("audit_entries WHERE action = '{action}' AND household_ids = ARRAY['{}'::uuid]", self.household);
        self.stage.count(&entries).await
    }
}

#[tokio::test]
async fn a_key_that_was_refused_for_a_passing_state_is_free_for_the_next_try() {
    let till = Till::open().await;
    step(till.manager(), &till.enrolment, 3, "suspended").await.ok();
    till.pay("k").await.refused("enrolment-not-active");
    assert_eq!(till.stage.count("idempotency_keys WHERE route LIKE '%disbursements%'").await, 0);
    step(till.manager(), &till.enrolment, 4, "active").await.ok();
    let made = till.pay("k").await;
    assert!(!made.headers.contains_key("idempotent-replayed"));
    let made = made.created();
    assert_eq!(till.pay("k").await.created(), made);
    assert_eq!(till.stage.count("disbursements").await, 1);
}

#[tokio::test]
async fn a_key_that_was_refused_by_rule_keeps_its_answer() {
    let till = Till::open().await;
    let mut wrong = till.body.clone();
    wrong["period_id"] = json!("01900000-0000-7000-8000-000000000001");
    let first = till.manager().post_once("k", "/v1/disbursements", &wrong).await.refused("unknown-period");
    let again = till.manager().post_once("k", "/v1/disbursements", &wrong).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.refused("unknown-period"), first);
    till.pay("k").await.refused("idempotency-key-reused");
}

#[tokio::test]
async fn a_trial_is_neither_kept_nor_answered_from_what_is_kept() {
    let till = Till::open().await;
    till.tried("k").await.created();
    assert_eq!(till.stage.count("idempotency_keys WHERE route LIKE '%disbursements%'").await, 0);
    let made = till.pay("k").await;
    assert!(!made.headers.contains_key("idempotent-replayed"));
    made.created();
    // The first answer would say that the trial went well, and it would not.
    let tried = till.tried("k").await;
    assert!(!tried.headers.contains_key("idempotent-replayed"));
    tried.refused("already-paid");
    till.manager().post("/v1/disbursements?dry_run=true", &till.body).await.refused("idempotency-key-required");
    assert_eq!(till.stage.count("disbursements").await, 1);
}

#[tokio::test]
async fn a_repeat_tells_of_the_household_again_and_is_on_record() {
    let till = Till::open().await;
    till.pay("k").await.created();
    assert_eq!(till.traces("answer.replayed").await, 0);
    till.pay("k").await.created();
    assert_eq!(till.traces("answer.replayed").await, 1);
}

#[tokio::test]
async fn a_refusal_that_tells_of_a_household_is_on_record() {
    let till = Till::open().await;
    till.pay("k").await.created();
    assert_eq!((till.traces("disbursement.created").await, till.traces("disbursement.created.refused").await), (1, 0));
    till.pay("other").await.refused("already-paid");
    assert_eq!((till.traces("disbursement.created").await, till.traces("disbursement.created.refused").await), (1, 1));
    assert_eq!(till.stage.count("outbox_events WHERE kind LIKE 'disbursement.%'").await, 1);
}

#[tokio::test]
async fn a_stored_answer_is_the_caller_s_own() {
    let till = Till::open().await;
    let made = till.pay("k").await.created();
    let colleague = till.stage.api.manager_of("dinsos").await;
    let other = colleague.post_once("k", "/v1/disbursements", &till.body).await;
    assert_eq!(other.refused("already-paid")["disbursement_id"], made["disbursement_id"]);
}

#[tokio::test]
async fn a_key_stands_once_in_a_request() {
    let till = Till::open().await;
    let request = till.manager().request(Method::POST, "/v1/disbursements").json(&till.body);
    let doubled = request.header("idempotency-key", "a").header("idempotency-key", "b");
    Reply::of(doubled).await.refused("malformed-request");
    assert_eq!(till.stage.count("disbursements").await, 0);
}

#[tokio::test]
async fn a_key_is_of_its_route_however_the_address_is_written() {
    let till = Till::open().await;
    let mut body = till.body.clone();
    body["state"] = json!("paid");
    body["paid_on"] = json!("2026-03-02");
    let pay = async |path: &str| till.manager().post_once("k", path, &body).await;
    let made = pay("/v1/disbursements").await.created();
    let again = pay("/v1/d%69sbursements").await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.created(), made);
    let id = made["disbursement_id"].as_str().unwrap().to_owned();
    let approver = approver(&till.stage.api).await;
    let give_back = async |id: &str| {
        let reason = json!({ "reason": "Salah orang" });
        approver.post_once("k", &format!("/v1/disbursements/{id}/return"), reason).await
    };
    let returned = give_back(&id).await;
    assert!(returned.status.is_success() && !returned.headers.contains_key("idempotent-replayed"), "{returned:?}");
    for written in [id.to_uppercase(), id.replace('-', ""), id.replace('-', "%2D")] {
        let again = give_back(&written).await;
        assert_eq!(
            (again.status, again.headers.contains_key("idempotent-replayed")),
            (returned.status, true),
            "{written}"
        );
    }
    assert_eq!(till.stage.count("idempotency_keys WHERE route LIKE '%disbursements%'").await, 2);
}
