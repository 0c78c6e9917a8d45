//! Single payments that wait at the same time are recorded in one transaction: each is judged, answered and traced as if it
//! had come alone.

use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage, id, step},
    holding::{WAITING, hold, until},
};
use futures::{FutureExt, future::join_all};
use serde_json::{Value, json};
use std::{collections::HashSet, time::Duration};

fn asked(enrolment: &str, period: &str) -> Value {
    json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-03-10" })
}

async fn pay(payer: &Actor, key: &str, body: &Value) -> Reply {
    payer.post_once(key, "/v1/disbursements", body).await
}

/// A programme with its period and so many active enrolments.
async fn scheme(stage: &Stage, code: &str, changes: Value, enrolments: usize) -> (Scheme, String, Vec<String>) {
    let program = stage.program(code, changes).await;
    let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
    let households = stage.households(&vec![1; enrolments]).await;
    let mut enrolled = Vec::new();
    for household in &households {
        enrolled.push(program.active(household).await);
    }
    (program, period, enrolled)
}

/// Sends these while the first of them waits for a table, so that the others wait together; their replies in order.
async fn at_once(stage: &Stage, sent: Vec<(&Actor, String, Value)>) -> Vec<Reply> {
    let holder = hold(&stage.api, "program_periods").await;
    let replies = join_all(sent.iter().map(|(payer, key, body)| pay(payer, key, body)));
    let release = async {
        until(&stage.api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        holder.batch_execute("COMMIT").await.unwrap();
    };
    futures::join!(replies, release).0
}

#[tokio::test]
async fn each_payment_is_its_own_caller_s_whatever_programme_it_is_of() {
    let stage = Stage::set().await;
    let other = stage.api.manager_of("dinsos").await;
    let payers = [&stage.manager, &other];
    let mut sent = Vec::new();
    for (code, amount, changes) in [
        ("BLT-SATU", 300_000, json!({ "amount_idr": 300_000 })),
        ("BLT-DUA", 450_000, json!({ "amount_idr": 450_000, "cadence": "once" })),
        ("BLT-LAPOR", 200_000, json!({ "amount_idr": 200_000, "funding": "reported" })),
    ] {
        let (_, period, enrolments) = scheme(&stage, code, changes, 8).await;
        for enrolment in enrolments {
            sent.push((sent.len() % 2, amount, asked(&enrolment, &period)));
        }
    }
    let requests =
        sent.iter().enumerate().map(|(at, (payer, _, body))| (payers[*payer], format!("k{at}"), body.clone()));
    let replies = at_once(&stage, requests.collect()).await;

    let database = &stage.api.database;
    for (at, ((payer, amount, body), reply)) in sent.iter().zip(&replies).enumerate() {
        assert_eq!(reply.status, 201, "{}", reply.text);
        let paid = reply.json();
        assert_eq!((&paid["enrolment_id"], &paid["amount_idr"]), (&body["enrolment_id"], &json!(amount)));
        let again = pay(payers[*payer], &format!("k{at}"), body).await;
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(again.json(), paid);
        // Of another caller it is another key.
        pay(payers[1 - *payer], &format!("k{at}"), body).await.refused("already-paid");
        let subject = &payers[*payer].identity.as_ref().unwrap().subject;
        let disbursement = id(&paid, "disbursement_id");
        let by: String = database
            .value(&format!("SELECT created_by FROM disbursements WHERE disbursement_id = '{disbursement}'"))
            .await;
        assert_eq!(&by, subject);
        let traced = format!(
            "audit_entries WHERE action = 'disbursement.created' AND subject_ids = ARRAY['{subject}']
             AND household_ids = ARRAY['{}'::uuid]",
            id(&paid, "household_id")
        );
        assert_eq!(stage.count(&traced).await, 1);
    }
    assert_eq!(stage.count("ledger_transfers WHERE kind = 'delivery'").await, 16);
    let transactions = stage.count("(SELECT DISTINCT xmin::text FROM disbursements) each_transaction").await;
    assert!(transactions <= 12, "{transactions} transactions for 24 payments: they did not go together");
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn who_is_refused_keeps_nobody_else_from_being_paid() {
    let stage = Stage::set().await;
    let (_, period, enrolments) = scheme(&stage, "BLT-DAERAH", json!({}), 10).await;
    let (_, foreign, _) = scheme(&stage, "BLT-LAIN", json!({}), 0).await;
    let manager = &stage.manager;
    step(manager, &enrolments[1], 3, "suspended").await.ok();
    let mut ahead = asked(&enrolments[3], &period);
    ahead["paid_on"] = json!("2999-01-01");
    let nobody = uuid::Uuid::now_v7().to_string();
    let sent = vec![
        (manager, "k0".to_owned(), asked(&enrolments[0], &period)),
        (manager, "k1".to_owned(), asked(&enrolments[1], &period)),
        (manager, "k2".to_owned(), asked(&enrolments[2], &foreign)),
        (manager, "k3".to_owned(), ahead),
        (manager, "k4".to_owned(), asked(&nobody, &period)),
        (manager, "k5".to_owned(), asked(&enrolments[5], &period)),
        // The same enrolment by another key, and the same key with another body.
        (manager, "k6".to_owned(), asked(&enrolments[5], &period)),
        (manager, "k7".to_owned(), asked(&enrolments[7], &period)),
        (manager, "k7".to_owned(), asked(&enrolments[8], &period)),
        (manager, "k9".to_owned(), asked(&enrolments[9], &period)),
    ];
    let replies = at_once(&stage, sent).await;
    let told: Vec<Value> = replies.iter().map(|reply| reply.json()["code"].clone()).collect();
    assert_eq!(told[1], "enrolment-not-active");
    assert_eq!(told[2], "unknown-period");
    assert_eq!(told[3], "invalid-fields");
    assert_eq!(told[4], "not-found");
    for (one, other, refusals) in
        [(5, 6, &["already-paid"][..]), (7, 8, &["idempotency-key-reused", "request-still-running"])]
    {
        let (first, second) = if replies[one].status == 201 { (one, other) } else { (other, one) };
        assert_eq!(replies[first].status, 201, "{}", replies[first].text);
        assert!(refusals.iter().any(|code| told[second] == *code), "{}", replies[second].text);
    }
    for paid in [0, 9] {
        assert_eq!(replies[paid].status, 201, "{}", replies[paid].text);
    }
    assert_eq!(stage.count("disbursements").await, 4);
    // A refusal by rule keeps its answer, as that of a payment alone does; and what was told of a household is on record.
    let again = pay(manager, "k2", &asked(&enrolments[2], &foreign)).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(stage.count("audit_entries WHERE action = 'disbursement.created.refused'").await, 4);
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn of_two_households_that_became_one_one_is_paid_though_both_come_at_once() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
    let homes = stage.households(&[1, 1, 1]).await;
    let mut enrolments = Vec::new();
    for home in &homes {
        enrolments.push(program.active(home).await);
    }
    stage.world.next_release().await;
    for home in &homes[1..] {
        stage.world.household(|living| living.id(home.household_id).decile(1)).await;
    }
    stage.world.goes_into(homes[0].household_id, homes[1].household_id).await;
    // The third goes ahead, and the other two wait together.
    let sent = [2, 0, 1].map(|at| (&stage.manager, format!("k{at}"), asked(&enrolments[at], &period)));
    let replies = at_once(&stage, sent.into()).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 201, 409]);
    assert_eq!(replies[0].status, 201);
}

#[tokio::test]
async fn a_household_that_somebody_holds_does_not_keep_the_others_waiting() {
    let stage = Stage::set().await;
    let (_, period, enrolments) = scheme(&stage, "BLT-DAERAH", json!({}), 6).await;
    let decider = stage.api.database.owner().await;
    let held = format!(
        "BEGIN; SELECT 1 FROM households WHERE household_id =
            (SELECT household_id FROM enrolments WHERE enrolment_id = '{}') FOR UPDATE",
        enrolments[0]
    );
    decider.batch_execute(&held).await.unwrap();
    let bodies: Vec<Value> = enrolments.iter().map(|enrolment| asked(enrolment, &period)).collect();
    let waiting = pay(&stage.manager, "k0", &bodies[0]);
    tokio::pin!(waiting);
    assert!(waiting.as_mut().now_or_never().is_none());
    let keys: Vec<String> = (1..6).map(|at| format!("k{at}")).collect();
    let others = join_all(keys.iter().zip(&bodies[1..]).map(|(key, body)| pay(&stage.manager, key, body)));
    tokio::select! {
        _ = &mut waiting => panic!("the payment of the held household did not wait"),
        others = others => others.into_iter().for_each(|reply| drop(reply.created())),
    }
    decider.batch_execute("COMMIT").await.unwrap();
    waiting.await.created();
}

#[tokio::test]
async fn the_last_rupiah_is_paid_once_though_all_come_at_once() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    program.funded_with(2026, 900_000).await;
    let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
    let mut sent = Vec::new();
    for (at, household) in stage.households(&[1; 8]).await.iter().enumerate() {
        sent.push((&stage.manager, format!("k{at}"), asked(&program.active(household).await, &period)));
    }
    let replies = at_once(&stage, sent).await;
    let paid: HashSet<String> = replies
        .iter()
        .filter(|reply| reply.status == 201)
        .map(|reply| reply.json()["enrolment_id"].to_string())
        .collect();
    assert_eq!(paid.len(), 3);
    for reply in replies.into_iter().filter(|reply| reply.status != 201) {
        reply.refused("budget-exhausted");
    }
    stage.assert_books_hold().await;
}
