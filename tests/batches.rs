//! Batches: from a list that is frozen under a decree to payments that a partner has, each derived once.

use crate::support::{
    Actor,
    batches::{BANK, POST, PayDay, account, partner, path, pay_point, version},
    money::approver,
};
use futures::future::join_all;
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

async fn findings(day: &PayDay, batch: &Value) -> BTreeMap<String, String> {
    let told = day.stage.manager.get(&path(batch, "findings")).await.ok();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    told["items"].as_array().unwrap().iter().map(|row| (text(row, "enrolment_id"), text(row, "kind"))).collect()
}

#[tokio::test]
async fn a_list_becomes_payments_by_the_word_of_another_and_goes_to_its_partner() {
    let day = PayDay::of(2_000_000).await;
    let payees = day.payees(3).await;
    let batch = day.prepared(BANK).await;
    assert_eq!((&batch["state"], &batch["lines"], &batch["left_out"]), (&json!("draft"), &json!(3), &json!(0)));
    assert_eq!((&batch["amount_idr"], &batch["revision"]), (&json!(900_000), &json!(1)));
    assert_eq!(batch["decree_number"], "SK 460/12/2026");
    let lines = day.stage.manager.get(&path(&batch, "lines")).await.ok();
    let release = day.stage.world.release_id.to_string();
    for line in lines["items"].as_array().unwrap() {
        let (household, _) = payees.iter().find(|(_, id)| line["enrolment_id"] == id.as_str()).unwrap();
        assert_eq!(line["payee_id"], household.member_ids[0].to_string());
        assert_eq!((&line["release_id"], &line["decile"]), (&json!(release), &json!(1)));
        assert!(line["account_id"].is_string() && line["pay_point_id"].is_null());
    }
    // Nothing is promised for a list.
    assert_eq!(day.sums().await, [2_000, 0, 0, 0]);
    day.submit(&batch).await.created();
    day.submit(&batch).await.refused("stale-version");
    let decided = day.decide(&batch, true).await.ok();
    assert_eq!(decided["batch"]["state"], "approved");
    assert_eq!(day.sums().await, [1_100, 900, 0, 0]);
    assert_eq!(day.payments(&batch).await.len(), 3);
    day.stage.assert_books_hold().await;
    day.decide(&batch, true).await.refused("not-found");
    let handing = path(&batch, "hand-over");
    day.stage.manager.post_seen(&handing, version(&decided["batch"]), json!({})).await.ok();
    assert_eq!(day.sums().await, [1_100, 0, 900, 0]);
    day.stage.assert_books_hold().await;
    // A payment carries what it was decided on, and its batch.
    let (_, payment) = &day.payments(&batch).await[0];
    let told = day.stage.manager.get(&format!("/v1/disbursements/{payment}")).await.ok();
    assert_eq!(
        (&told["batch_id"], &told["decile"], &told["release_id"]),
        (&batch["batch_id"], &json!(1), &json!(release))
    );
}

#[tokio::test]
async fn whoever_is_left_out_is_a_finding_with_its_reason() {
    let day = PayDay::of(9_000_000).await;
    let api = &day.stage.api;
    let mut expected = BTreeMap::new();
    let (_, fine) = day.payee(1).await;
    // What the active release says of them, and what else stands in the way.
    let changed = |column: &'static str, household: Uuid| {
        api.database.execute(Box::leak(
            format!("UPDATE household_snapshots SET {column} WHERE household_id = '{household}'").into_boxed_str(),
        ))
    };
    let (dear, enrolment) = day.payee(2).await;
    changed("decile = 9", dear.household_id).await;
    expected.insert(enrolment, "no-longer-eligible");
    let (moved, enrolment) = day.payee(3).await;
    changed("village_code = '35.27.01.2001'", moved.household_id).await;
    expected.insert(enrolment, "moved");
    let (gone, enrolment) = day.payee(4).await;
    for table in ["individual_snapshots", "household_snapshots"] {
        api.database
            .superuser()
            .await
            .batch_execute(&format!(
                "SET session_replication_role = replica; DELETE FROM {table} WHERE household_id = '{}'",
                gone.household_id
            ))
            .await
            .unwrap();
    }
    expected.insert(enrolment, "gone");
    let (dead, enrolment) = day.payee(5).await;
    api.database
        .execute(&format!(
            "UPDATE individual_snapshots SET deceased = true WHERE household_id = '{}'",
            dead.household_id
        ))
        .await;
    expected.insert(enrolment, "deceased");
    let (_, enrolment) = day.payee(6).await;
    let single = json!({ "enrolment_id": enrolment, "period_id": day.period, "state": "planned" });
    day.stage.manager.post_once("single", "/v1/disbursements", single).await.created();
    expected.insert(enrolment, "already-paid");
    let homes = day.stage.households(&[1, 1]).await;
    expected.insert(day.program.active(&homes[0]).await, "missing-account");
    partner(api, "bank-lain", "bank").await;
    account(api, homes[1].member_ids[0], "bank-lain", "1234567890").await;
    expected.insert(day.program.active(&homes[1]).await, "account-elsewhere");
    let (broken, enrolment) = day.payee(7).await;
    let invalid = format!(
        "UPDATE payout_accounts SET check_state = 'invalid', checked_by = 'x', checked_at = now() WHERE individual_id = '{}'",
        broken.member_ids[0]
    );
    api.database.execute(&invalid).await;
    expected.insert(enrolment, "account-check-failed");
    // Somebody who receives what the programme excludes.
    let (doubled, enrolment) = day.payee(8).await;
    let other = day.stage.program("PKH", json!({ "funding": "reported" })).await;
    other.active(&doubled).await;
    day.stage.manager.patch(&format!("/v1/programs/{}", day.program.id), 1, json!({ "excludes": ["PKH"] })).await.ok();
    expected.insert(enrolment, "excluded-by-other-aid");
    let batch = day.prepared(BANK).await;
    let found = findings(&day, &batch).await;
    let expected: BTreeMap<String, String> = expected.into_iter().map(|(id, kind)| (id, kind.to_owned())).collect();
    assert_eq!(found, expected);
    assert_eq!((&batch["lines"], &batch["left_out"]), (&json!(1), &json!(expected.len())));
    let lines = day.stage.manager.get(&path(&batch, "lines")).await.ok();
    assert_eq!(lines["items"][0]["enrolment_id"], fine.as_str());
    let of_kind = day.stage.manager.get(&path(&batch, "findings?kind=gone")).await.ok();
    assert_eq!(of_kind["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whose_account_is_not_paid_into_is_paid_at_the_post_s_pay_point() {
    let day = PayDay::of(9_000_000).await;
    let api = &day.stage.api;
    let (_, with_account) = day.payee(1).await;
    let (broken, failed) = day.payee(2).await;
    let invalid = format!(
        "UPDATE payout_accounts SET check_state = 'invalid', checked_by = 'x', checked_at = now() WHERE individual_id = '{}'",
        broken.member_ids[0]
    );
    api.database.execute(&invalid).await;
    let without = day.program.active(&day.stage.households(&[1]).await[0]).await;
    pay_point(api, POST, "35.26").await;
    let near = pay_point(api, POST, "35.26.01").await;
    pay_point(api, POST, "35.26.02").await;
    let batch = day.prepared(POST).await;
    let lines = day.stage.manager.get(&path(&batch, "lines")).await.ok();
    let placed: BTreeMap<&str, &str> = lines["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["enrolment_id"].as_str().unwrap(), line["pay_point_id"].as_str().unwrap()))
        .collect();
    // The nearest point serves the village.
    let near = near.to_string();
    assert_eq!(placed, BTreeMap::from([(failed.as_str(), near.as_str()), (without.as_str(), near.as_str())]));
    assert_eq!(findings(&day, &batch).await, BTreeMap::from([(with_account, "account-elsewhere".to_owned())]));
}

#[tokio::test]
async fn a_batch_is_approved_by_others_than_who_prepared_or_submitted_it() {
    let day = PayDay::of(2_000_000).await;
    day.payees(2).await;
    let api = &day.stage.api;
    let batch = day.prepared(BANK).await;
    let (decision, yes) = (path(&batch, "decision"), json!({ "approve": true, "reason": "Diperiksa" }));
    approver(api).await.post(&decision, &yes).await.refused("not-found");
    // Prepared by one, submitted by another of the agency: neither approves, under whatever login.
    let submitter = api.manager_of("dinsos").await;
    submitter.post_seen(&path(&batch, "submission"), version(&batch), json!({ "reason": "SK" })).await.created();
    for one in [&day.stage.manager, &submitter] {
        one.post(&decision, &yes).await.refused("forbidden");
        let mut twin = one.identity.clone().unwrap();
        twin.role = Role::Approver;
        Actor::new(api.clone(), twin).post(&decision, &yes).await.refused("needs-another-person");
    }
    api.actor(Role::Approver, "dinkes", &["35.26"]).await.post(&decision, &yes).await.refused("not-found");
    assert_eq!(day.payments(&batch).await.len(), 0);
    day.decide(&batch, true).await.ok();
    assert_eq!(day.payments(&batch).await.len(), 2);
}

#[tokio::test]
async fn so_many_approvers_must_agree_as_the_submission_asks() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    let batch = day.prepared(BANK).await;
    let named = json!({ "reason": "SK", "needed": 2, "named": [approver(&day.stage.api).await.person()] });
    let both = day.stage.manager.post_seen(&path(&batch, "submission"), version(&batch), named).await;
    assert_eq!(both.refused("invalid-fields")["errors"][0]["pointer"], "/needed");
    let asked = json!({ "reason": "SK", "needed": 2 });
    day.stage.manager.post_seen(&path(&batch, "submission"), version(&batch), asked).await.created();
    let first = approver(&day.stage.api).await;
    let yes = json!({ "approve": true, "reason": "Diperiksa" });
    assert_eq!(first.post(&path(&batch, "decision"), &yes).await.ok()["batch"]["state"], "submitted");
    first.post(&path(&batch, "decision"), &yes).await.refused("already-decided");
    assert_eq!(day.decide(&batch, true).await.ok()["batch"]["state"], "approved");
}

#[tokio::test]
async fn a_refusal_makes_a_draft_again_and_deletes_nothing() {
    let day = PayDay::of(2_000_000).await;
    day.payees(2).await;
    let batch = day.prepared(BANK).await;
    day.submit(&batch).await.created();
    let refused = day.decide(&batch, false).await.ok()["batch"].clone();
    assert_eq!(refused["state"], "draft");
    // What is frozen anew is a list of its own.
    day.payee(9).await;
    let nothing = json!({});
    let again = day.stage.manager.post_seen(&path(&batch, "freezing"), version(&refused), &nothing).await.ok();
    assert_eq!((&again["revision"], &again["lines"]), (&json!(2), &json!(3)));
    assert_eq!(day.stage.count("batch_lines WHERE revision = 1").await, 2);
    assert_eq!(day.approved(&again).await["lines"], 3);
    day.stage.manager.post_seen(&path(&batch, "freezing"), 99, &nothing).await.refused("stale-version");
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_submission_is_withdrawn_by_who_made_it_and_a_draft_given_up() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    let batch = day.prepared(BANK).await;
    day.submit(&batch).await.created();
    let withdraw = |actor: Actor| {
        let path = path(&batch, "submission");
        async move { crate::support::Reply::of(actor.request(Method::DELETE, &path)).await }
    };
    withdraw(day.stage.api.manager_of("dinsos").await).await.refused("forbidden");
    let draft = withdraw(day.stage.manager.clone()).await.ok();
    assert_eq!(draft["state"], "draft");
    let cancelled = day.stage.manager.post_seen(&path(&batch, "cancellation"), version(&draft), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    let nothing = json!({});
    for step in ["freezing", "hand-over", "closure", "cancellation"] {
        day.stage.manager.post_seen(&path(&batch, step), version(&cancelled), &nothing).await.refused("batch-step");
    }
}

#[tokio::test]
async fn two_that_approve_or_withdraw_at_once_make_each_payment_once_or_not_at_all() {
    for round in 0..6 {
        let day = PayDay::of(2_000_000).await;
        day.payees(3).await;
        let batch = day.prepared(BANK).await;
        day.submit(&batch).await.created();
        let approvers = [approver(&day.stage.api).await, approver(&day.stage.api).await];
        let yes = json!({ "approve": true, "reason": "Diperiksa" });
        let decision = path(&batch, "decision");
        let deciding = join_all(approvers.iter().map(|one| one.post(&decision, &yes)));
        let submission = path(&batch, "submission");
        let withdrawing = crate::support::Reply::of(day.stage.manager.request(Method::DELETE, &submission));
        let (decided, withdrawn) = tokio::join!(deciding, withdrawing);
        let approved = decided.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(approved + usize::from(withdrawn.status == 200), 1, "round {round}");
        assert_eq!(day.payments(&batch).await.len(), 3 * approved);
        assert_eq!(day.sums().await[1], 900 * i64::try_from(approved).unwrap());
        day.stage.assert_books_hold().await;
    }
}

#[tokio::test]
async fn two_batches_race_for_the_last_rupiah_and_one_of_them_has_it() {
    let day = PayDay::of(700_000).await;
    day.payees(2).await;
    let later = day.program.period("Tahap 2 2026", "2026-04-01", "2026-06-30").await;
    let first = day.prepared(BANK).await;
    let mut asked = day.asked(BANK);
    asked["period_id"] = json!(later);
    let second = day.stage.manager.post_once("2", "/v1/batches", asked).await.created();
    for batch in [&first, &second] {
        day.submit(batch).await.created();
    }
    let (one, other) = tokio::join!(day.decide(&first, true), day.decide(&second, true));
    let replies = [one, other];
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in replies.into_iter().filter(|reply| reply.status != 200) {
        reply.refused("budget-exhausted");
    }
    assert_eq!(day.stage.count("disbursements").await, 2);
    assert_eq!(day.sums().await, [100, 600, 0, 0]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn whoever_was_paid_since_the_freezing_is_not_paid_by_the_batch() {
    let day = PayDay::of(2_000_000).await;
    let payees = day.payees(3).await;
    let batch = day.prepared(BANK).await;
    day.submit(&batch).await.created();
    let single =
        json!({ "enrolment_id": payees[0].1, "period_id": day.period, "state": "paid", "paid_on": "2026-03-01" });
    day.stage.manager.post_once("single", "/v1/disbursements", single).await.created();
    crate::support::aid::step(&day.stage.manager, &payees[1].1, 3, "ended").await.ok();
    let approved = day.decide(&batch, true).await.ok()["batch"].clone();
    assert_eq!(
        (&approved["lines"], &approved["left_out"], &approved["amount_idr"]),
        (&json!(1), &json!(2), &json!(300_000))
    );
    let expected =
        [(payees[0].1.clone(), "already-paid".to_owned()), (payees[1].1.clone(), "enrolment-not-active".to_owned())];
    assert_eq!(findings(&day, &batch).await, BTreeMap::from(expected));
    assert_eq!(day.sums().await, [1_400, 300, 0, 300]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_batch_of_a_former_release_is_frozen_anew_before_it_is_approved() {
    let mut day = PayDay::of(2_000_000).await;
    let (household, _) = day.payee(1).await;
    let batch = day.prepared(BANK).await;
    day.submit(&batch).await.created();
    day.stage.world.next_release().await;
    let (id, person) = (household.household_id, household.member_ids[0]);
    day.stage.world.household(|home| home.id(id).decile(2).member(|head| head.id(person))).await;
    day.decide(&batch, true).await.refused("batch-out-of-date");
    assert_eq!(day.payments(&batch).await.len(), 0);
    let draft = day.decide(&batch, false).await.ok()["batch"].clone();
    let again = day.stage.manager.post_seen(&path(&batch, "freezing"), version(&draft), json!({})).await.ok();
    assert_eq!(again["release_id"], day.stage.world.release_id.to_string());
    day.approved(&again).await;
}

#[tokio::test]
async fn a_batch_is_for_a_partner_of_a_managed_programme_and_its_agency() {
    let day = PayDay::of(2_000_000).await;
    let manager = &day.stage.manager;
    manager.post_once("a", "/v1/batches", day.asked("dinkes")).await.refused("not-a-payment-partner");
    day.stage.api.manager_of("dinkes").await.post_once("b", "/v1/batches", day.asked(BANK)).await.refused("not-found");
    let narrow = day.stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    narrow.post_once("c", "/v1/batches", day.asked(BANK)).await.refused("program-wider-than-token");
    // Nor of goods: a partner could report them neither paid nor returned.
    for (code, changes, refusal) in [
        ("PKH", json!({ "funding": "reported" }), "program-is-reported"),
        ("BERAS", json!({ "kind": "in_kind" }), "batch-of-goods"),
        ("SEKOLAH", json!({ "kind": "service" }), "batch-of-goods"),
    ] {
        let other = day.stage.program(code, changes).await;
        let period = other.period("T1", "2026-01-01", "2026-03-31").await;
        let mut asked = day.asked(BANK);
        (asked["program_id"], asked["period_id"]) = (json!(other.id), json!(period));
        manager.post_once(code, "/v1/batches", asked).await.refused(refusal);
    }
    assert_eq!(day.stage.count("batches").await, 0);
    // Nobody to be paid.
    let batch = day.prepared(BANK).await;
    assert_eq!(batch["lines"], 0);
    day.submit(&batch).await.refused("batch-empty");
    // The same key and body, the same batch.
    let first = manager.post_once("e", "/v1/batches", day.asked(BANK)).await.created();
    assert_eq!(manager.post_once("e", "/v1/batches", day.asked(BANK)).await.created(), first);
}

#[tokio::test]
async fn a_partner_sees_what_was_handed_to_it_and_nobody_else_does() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    let batch = day.prepared(BANK).await;
    let seen = |actor: Actor| {
        let path = format!("/v1/batches/{}", batch["batch_id"].as_str().unwrap());
        async move { actor.get(&path).await }
    };
    seen(day.bank.clone()).await.refused("not-found");
    day.handed_over(&batch).await;
    seen(day.bank.clone()).await.ok();
    let other = partner(&day.stage.api, "bank-lain", "bank").await;
    seen(other.clone()).await.refused("not-found");
    other.get(&path(&batch, "file?layout=tugas")).await.refused("not-found");
    seen(day.stage.api.manager_of("dinkes").await).await.refused("not-found");
    seen(day.stage.api.auditor().await).await.ok();
    day.bank.get(&path(&batch, "lines")).await.refused("forbidden");
    day.stage.manager.get(&path(&batch, "file?layout=tugas")).await.refused("forbidden");
}
