//! Disbursements: no rupiah twice and none lost, whatever is retried, raced or replayed.

use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage, id, step},
};
use futures::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;

/// A programme of Rp 300,000 with one period and one active enrolment.
struct Paying {
    stage: Stage,
    program: Scheme,
    period: String,
    enrolment: String,
    household: uuid::Uuid,
}

impl Paying {
    async fn begin() -> Self {
        let stage = Stage::set().await;
        let program = stage.program("BLT-DAERAH", json!({})).await;
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        let household = stage.households(&[2]).await.remove(0);
        let enrolment = program.active(&household).await;
        Self { stage, program, period, enrolment, household: household.household_id }
    }

    /// What is asked to pay the enrolment for the period, on a day that has passed.
    fn paid(&self) -> Value {
        json!({ "enrolment_id": self.enrolment, "period_id": self.period, "state": "paid", "paid_on": "2026-11-01" })
    }

    fn planned(&self) -> Value {
        json!({ "enrolment_id": self.enrolment, "period_id": self.period, "state": "planned" })
    }

    async fn record(&self, key: &str, body: &Value) -> Reply {
        record(&self.stage.manager, key, body).await
    }

    async fn count(&self, from: &str) -> i64 {
        self.stage.count(from).await
    }
}

async fn record(actor: &Actor, key: &str, body: &Value) -> Reply {
    actor.post_once(key, "/v1/disbursements", body).await
}

#[tokio::test]
async fn a_payment_carries_the_decision_and_what_it_was_checked_against() {
    let mut paying = Paying::begin().await;
    let decided = paying.stage.world.release_id;
    let checked = paying.stage.world.next_release().await;
    let household = paying.household;
    paying.stage.world.household(|home| home.id(household).decile(6)).await;
    let mut body = paying.paid();
    body["proof_reference"] = json!("TRF-1");
    body["external_reference"] = json!("SIM-1");
    let made = paying.record("k", &body).await.created();
    for (field, value) in [
        ("enrolment_id", json!(paying.enrolment)),
        ("household_id", json!(household)),
        ("program_id", json!(paying.program.id)),
        ("program_code", json!("BLT-DAERAH")),
        ("period_id", json!(paying.period)),
        ("fiscal_year", json!(2026)),
        ("amount_idr", json!(300_000)),
        ("state", json!("paid")),
        ("release_id", json!(decided)),
        ("decile", json!(2)),
        ("checked_release_id", json!(checked)),
        ("checked_decile", json!(6)),
        ("paid_on", json!("2026-11-01")),
        ("proof_reference", json!("TRF-1")),
        ("external_reference", json!("SIM-1")),
        ("version", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let path = format!("/v1/disbursements/{}", id(&made, "disbursement_id"));
    assert_eq!(paying.stage.manager.get(&path).await.ok(), made);
    for written in [
        "disbursement_steps WHERE step_no = 1 AND from_state IS NULL AND to_state = 'paid'",
        "outbox_events WHERE kind = 'disbursement.created' AND agency_code = 'dinsos' AND payload ->> 'state' = 'paid'",
        "audit_entries WHERE action = 'disbursement.created' AND purpose = 'BLT-DAERAH' AND cardinality(household_ids) = 1",
        "audit_entries WHERE action = 'disbursement.read' AND purpose = 'BLT-DAERAH'",
    ] {
        assert_eq!(paying.count(written).await, 1, "{written}");
    }
}

#[tokio::test]
async fn a_request_sent_again_has_its_effect_once_and_gets_the_first_answer() {
    let paying = Paying::begin().await;
    let first = paying.record("gaji-17", &paying.paid()).await;
    let again = paying.record("gaji-17", &paying.paid()).await;
    assert_eq!(
        (&first.headers.get("idempotent-replayed"), &again.headers["idempotent-replayed"]),
        (&None, &"true".parse().unwrap())
    );
    assert_eq!(first.created(), again.created());
    let mut other = paying.paid();
    other["paid_on"] = json!("2026-11-02");
    paying.record("gaji-17", &other).await.refused("idempotency-key-reused");
    paying.stage.manager.post("/v1/disbursements", paying.paid()).await.refused("idempotency-key-required");
    assert_eq!(paying.count("disbursements").await, 1);
}

#[tokio::test]
async fn of_equal_payments_at_once_with_different_keys_one_is_made() {
    let paying = Paying::begin().await;
    let body = paying.paid();
    let keys: Vec<String> = (0..12).map(|number| format!("k{number}")).collect();
    let replies = join_all(keys.iter().map(|key| paying.record(key, &body))).await;
    let (made, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 11));
    for reply in refused {
        assert_eq!(reply.refused("already-paid")["disbursement_id"], made[0].json()["disbursement_id"]);
    }
    assert_eq!(paying.count("disbursements").await, 1);
}

#[tokio::test]
async fn of_one_key_at_once_one_payment_is_made() {
    let paying = Paying::begin().await;
    let body = paying.paid();
    let replies = join_all((0..12).map(|_| paying.record("k", &body))).await;
    assert!(replies.iter().all(|reply| reply.status == 201 || reply.json()["code"] == "request-still-running"));
    assert_eq!(paying.count("disbursements").await, 1);
    paying.record("k", &body).await.created();
}

#[tokio::test]
async fn only_active_enrolments_are_paid() {
    let paying = Paying::begin().await;
    let (manager, enrolment) = (&paying.stage.manager, &paying.enrolment);
    step(manager, enrolment, 3, "suspended").await.ok();
    assert_eq!(paying.record("a", &paying.paid()).await.refused("enrolment-not-active")["state"], "suspended");
    step(manager, enrolment, 4, "active").await.ok();
    paying.record("b", &paying.paid()).await.created();
}

#[tokio::test]
async fn a_payment_waits_for_whoever_decides_on_the_household_and_sees_what_was_decided() {
    let paying = Paying::begin().await;
    let decider = paying.stage.api.database.owner().await;
    let hold = format!("BEGIN; SELECT 1 FROM households WHERE household_id = '{}' FOR UPDATE", paying.household);
    decider.batch_execute(&hold).await.unwrap();
    let body = paying.paid();
    let payment = paying.record("k", &body);
    tokio::pin!(payment);
    let early = tokio::time::timeout(Duration::from_millis(500), &mut payment).await;
    assert!(early.is_err(), "the payment did not wait");
    decider.batch_execute("UPDATE enrolments SET state = 'ended'; COMMIT").await.unwrap();
    payment.await.refused("enrolment-not-active");
    assert_eq!(paying.count("disbursements").await, 0);
}

#[tokio::test]
async fn a_payment_names_a_period_of_its_programme_and_an_amount() {
    let paying = Paying::begin().await;
    let other = paying.stage.program("BLT-LAIN", json!({ "amount_idr": null })).await;
    let foreign = other.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
    let mut body = paying.paid();
    body["period_id"] = json!(foreign);
    paying.record("a", &body).await.refused("unknown-period");
    let enrolment = other.active(&paying.stage.households(&[1]).await[0]).await;
    let mut body = json!({ "enrolment_id": enrolment, "period_id": foreign, "state": "planned" });
    paying.record("b", &body).await.refused("amount-required");
    for wrong in [json!(0), json!(-1), json!(1.5), json!(1_000_000_000_001_i64)] {
        body["amount_idr"] = wrong;
        assert_eq!(paying.record("c", &body).await.wrong_fields(), ["/amount_idr"]);
    }
    body["amount_idr"] = json!(450_000);
    assert_eq!(paying.record("d", &body).await.created()["amount_idr"], 450_000);
}

#[tokio::test]
async fn a_payment_is_paid_on_a_day_that_has_come_and_a_plan_has_none() {
    let paying = Paying::begin().await;
    let mut body = paying.paid();
    body["paid_on"] = json!("2999-01-01");
    assert_eq!(paying.record("a", &body).await.wrong_fields(), ["/paid_on"]);
    body["paid_on"] = json!(null);
    assert_eq!(paying.record("b", &body).await.wrong_fields(), ["/paid_on"]);
    let mut plan = paying.planned();
    plan["paid_on"] = json!("2026-11-01");
    plan["proof_reference"] = json!("TRF-1");
    assert_eq!(paying.record("c", &plan).await.wrong_fields(), ["/paid_on", "/proof_reference"]);
}

#[tokio::test]
async fn a_plan_is_paid_or_fails_and_a_payment_only_moves_forward() {
    let paying = Paying::begin().await;
    let manager = &paying.stage.manager;
    let planned = paying.record("a", &paying.planned()).await.created();
    let path = format!("/v1/disbursements/{}", id(&planned, "disbursement_id"));
    let payment = json!({ "paid_on": "2026-11-03", "proof_reference": "TRF-9" });
    manager.post_seen(&format!("{path}/payment"), 7, &payment).await.refused("stale-version");
    let reversal = json!({ "reason": "Salah orang" });
    let refused = manager.post(&format!("{path}/reversal"), &reversal).await.refused("disbursement-step");
    assert_eq!(refused["allowed"], json!(["paid", "failed"]));
    let paid = manager.post_seen(&format!("{path}/payment"), 1, &payment).await;
    assert_eq!(paid.headers["etag"], "\"2\"");
    let paid = paid.ok();
    assert_eq!(
        (&paid["state"], &paid["paid_on"], &paid["proof_reference"]),
        (&json!("paid"), &json!("2026-11-03"), &json!("TRF-9"))
    );
    manager.post_seen(&format!("{path}/payment"), 2, &payment).await.refused("disbursement-step");
    manager.post_seen(&format!("{path}/failure"), 2, &reversal).await.refused("disbursement-step");
    assert_eq!(
        paying.count("disbursement_steps WHERE step_no = 2 AND from_state = 'planned' AND to_state = 'paid'").await,
        1
    );
    assert_eq!(
        paying.count("outbox_events WHERE kind = 'disbursement.moved' AND payload ->> 'state' = 'paid'").await,
        1
    );
    assert_eq!(paying.count("audit_entries WHERE action = 'disbursement.moved' AND purpose = 'BLT-DAERAH'").await, 1);
}

#[tokio::test]
async fn a_failed_plan_makes_room_for_another() {
    let paying = Paying::begin().await;
    let planned = paying.record("a", &paying.planned()).await.created();
    paying.record("b", &paying.paid()).await.refused("already-paid");
    let path = format!("/v1/disbursements/{}/failure", id(&planned, "disbursement_id"));
    let failed = paying.stage.manager.post_seen(&path, 1, json!({ "reason": "Rekening tutup" })).await.ok();
    assert_eq!((&failed["state"], &failed["paid_on"]), (&json!("failed"), &json!(null)));
    assert_eq!(paying.count("disbursement_steps WHERE reason = 'Rekening tutup' AND to_state = 'failed'").await, 1);
    paying.record("c", &paying.paid()).await.created();
}

#[tokio::test]
async fn a_reversed_payment_can_be_paid_again_once() {
    let paying = Paying::begin().await;
    let manager = &paying.stage.manager;
    let first = paying.record("a", &paying.paid()).await.created();
    let reversed = paying.stage.reversed(id(&first, "disbursement_id")).await;
    assert_eq!((&reversed["state"], &reversed["paid_on"]), (&json!("reversed"), &json!("2026-11-01")));
    let path = format!("/v1/disbursements/{}/reversal", id(&first, "disbursement_id"));
    manager.post(&path, json!({ "reason": "Salah rekening" })).await.refused("disbursement-step");
    let body = paying.paid();
    let replies = join_all(["b", "c", "d", "e"].map(|key| paying.record(key, &body))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(paying.count("disbursements WHERE state = 'paid'").await, 1);
    assert_eq!(paying.count("disbursements").await, 2);
    // The first answer is repeated even now that another payment stands.
    assert_eq!(paying.record("a", &body).await.created()["disbursement_id"], first["disbursement_id"]);
}

#[tokio::test]
async fn a_household_can_be_paid_for_each_period_once() {
    let paying = Paying::begin().await;
    let second = paying.program.period("Tahap 2 2026", "2026-04-01", "2026-06-30").await;
    paying.record("a", &paying.paid()).await.created();
    let mut body = paying.paid();
    body["period_id"] = json!(second);
    paying.record("b", &body).await.created();
    paying.record("c", &body).await.refused("already-paid");
}

#[tokio::test]
async fn another_agency_and_other_areas_neither_pay_nor_see_nor_move() {
    let paying = Paying::begin().await;
    let made = paying.record("a", &paying.planned()).await.created();
    let path = format!("/v1/disbursements/{}", id(&made, "disbursement_id"));
    let role = paying.stage.manager.identity.as_ref().unwrap().role;
    let strangers =
        [paying.stage.api.manager_of("dinkes").await, paying.stage.api.actor(role, "dinsos", &["35.26.02"]).await];
    for stranger in strangers {
        record(&stranger, "k", &paying.paid()).await.refused("not-found");
        stranger.get(&path).await.refused("not-found");
        let payment = json!({ "paid_on": "2026-11-03" });
        stranger.post_seen(&format!("{path}/payment"), 1, payment).await.refused("not-found");
        stranger.post_seen(&format!("{path}/failure"), 1, json!({ "reason": "x" })).await.refused("not-found");
        stranger.post(&format!("{path}/reversal"), json!({ "reason": "x" })).await.refused("not-found");
        assert_eq!(stranger.get("/v1/disbursements").await.ok()["items"], json!([]));
    }
    let all = json!({ "program_id": paying.program.id, "period_id": paying.period, "state": "planned" });
    let other = paying.stage.api.manager_of("dinkes").await;
    other.post_once("k", "/v1/disbursements/from-active", &all).await.refused("not-found");
    let list = json!({ "common": all, "items": [{ "enrolment_id": paying.enrolment }] });
    other.post_once("k", "/v1/disbursements/bulk", &list).await.refused("not-found");
    let auditor = paying.stage.api.auditor().await;
    auditor.get(&path).await.ok();
    record(&auditor, "k", &paying.paid()).await.refused("forbidden");
    let officer = paying.stage.api.actor(sejahtera::platform::auth::Role::FieldOfficer, "dinsos", &["35.26"]).await;
    officer.get(&path).await.refused("forbidden");
}

#[tokio::test]
async fn a_period_is_paid_to_all_active_enrolments_at_once_and_to_nobody_twice() {
    let paying = Paying::begin().await;
    for household in &paying.stage.households(&[1, 2, 3]).await {
        paying.program.active(household).await;
    }
    paying.program.enrolled(&paying.stage.households(&[1]).await[0]).await;
    paying.record("one", &paying.paid()).await.created();
    let all = json!({ "program_id": paying.program.id, "period_id": paying.period, "state": "paid", "paid_on": "2026-11-02" });
    let bulk = |key: &'static str| {
        let (manager, all) = (paying.stage.manager.clone(), all.clone());
        async move { manager.post_once(key, "/v1/disbursements/from-active", all).await }
    };
    // Four are active, one of whom is paid already: 3 x 300,000.
    let (one, other) = tokio::join!(bulk("a"), bulk("b"));
    let mut answers = [one.ok(), other.ok()];
    answers.sort_by_key(|answer| answer["skipped_already_paid"].as_i64());
    assert_eq!(answers[0], json!({ "recorded": 3, "skipped_already_paid": 1, "refused": [], "amount_idr": 900_000 }));
    assert_eq!(answers[1], json!({ "recorded": 0, "skipped_already_paid": 4, "refused": [], "amount_idr": 0 }));
    assert_eq!(bulk("a").await.headers["idempotent-replayed"], "true");
    let sum: i64 = paying.stage.api.database.value("SELECT sum(amount_idr)::bigint FROM disbursements").await;
    assert_eq!((paying.count("disbursements").await, sum), (4, 1_200_000));
    for written in [
        "disbursement_steps WHERE step_no = 1 AND to_state = 'paid'",
        "outbox_events WHERE kind = 'disbursement.created'",
        "disbursements WHERE decile IS NOT NULL AND checked_decile = decile AND checked_release_id = release_id",
    ] {
        assert_eq!(paying.count(written).await, 4, "{written}");
    }
    // Both runs looked at all four, whomever they paid.
    let traced = "audit_entries WHERE action = 'disbursement.created' AND cardinality(household_ids) = 4";
    assert_eq!(paying.count(traced).await, 2);
}

#[tokio::test]
async fn disbursements_are_listed_by_filter_and_each_reading_is_traced() {
    let paying = Paying::begin().await;
    let mut body = paying.planned();
    body["external_reference"] = json!("SIM-5");
    let made = paying.record("a", &body).await.created();
    for (filter, count) in [
        (format!("program_id={}", paying.program.id), 1),
        (format!("enrolment_id={}", paying.enrolment), 1),
        (format!("period_id={}", paying.period), 1),
        ("state=planned".to_owned(), 1),
        ("state=paid".to_owned(), 0),
        ("external_reference=SIM-5".to_owned(), 1),
        ("external_reference=SIM-6".to_owned(), 0),
    ] {
        let items = paying.stage.manager.get(&format!("/v1/disbursements?{filter}")).await.ok()["items"].clone();
        assert_eq!(items, json!(vec![made.clone(); count]), "{filter}");
    }
    assert_eq!(
        paying.count("audit_entries WHERE action = 'disbursement.list' AND cardinality(household_ids) = 1").await,
        5
    );
}

#[tokio::test]
async fn a_recorded_payment_can_t_be_changed_by_anybody_nor_paid_twice_past_the_service() {
    let paying = Paying::begin().await;
    paying.record("a", &paying.paid()).await.created();
    let lane = "BEGIN; SET LOCAL app.role = 'program_manager'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.areas = '{35.26.%}';";
    let application = paying.stage.api.database.application().await;
    let owner = paying.stage.api.database.owner().await;
    let columns = "household_id, gen_random_uuid(), fiscal_year, enrolment_id, program_id, period_id, agency_code,
        village_code, amount_idr, state, release_id, decile, exemption_id, checked_release_id, checked_decile, paid_on, NULL, NULL, created_by";
    let twice = format!("INSERT INTO disbursements SELECT {columns} FROM disbursements");
    for change in [
        "UPDATE disbursements SET amount_idr = 1, state = 'reversed'",
        "UPDATE disbursements SET paid_on = '2026-01-01', state = 'reversed'",
        "UPDATE disbursements SET decile = 1, state = 'reversed'",
        "UPDATE disbursements SET enrolment_id = gen_random_uuid(), state = 'reversed'",
        "UPDATE disbursements SET state = 'planned'",
        "UPDATE disbursements SET state = 'failed'",
        "UPDATE disbursements SET version = 9",
        "DELETE FROM disbursements",
        "UPDATE disbursement_steps SET to_state = 'failed'",
        "DELETE FROM disbursement_steps",
        &twice,
    ] {
        assert!(owner.batch_execute(change).await.is_err(), "owner: {change}");
        assert!(application.batch_execute(&format!("{lane} {change}")).await.is_err(), "application: {change}");
        application.batch_execute("ROLLBACK").await.unwrap();
    }
    assert_eq!(paying.count("disbursements WHERE amount_idr = 300000 AND state = 'paid'").await, 1);
}
