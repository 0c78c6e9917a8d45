//! Who pays frees nothing that was paid, and who prepares a list does not say alone where its money goes.

use crate::support::{
    Actor, Reply,
    aid::id,
    batches::{BANK, POST, PayDay, account, failed, paid, path, version},
    database::refusal,
    money::approver,
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The same person under the login of an approver.
fn twin(of: &Actor) -> Actor {
    let mut identity = of.identity.clone().unwrap();
    identity.role = Role::Approver;
    Actor::new(of.api.clone(), identity)
}

async fn findings(day: &PayDay, batch: &Value) -> BTreeMap<String, String> {
    let told = day.stage.manager.get(&path(batch, "findings")).await.ok();
    let items = told["items"].as_array().unwrap().iter();
    items.map(|item| (id(item, "enrolment_id").to_string(), item["kind"].as_str().unwrap().to_owned())).collect()
}

/// A batch with the bank, and the ids of its payments, by enrolment.
async fn handed_over(day: &PayDay, count: u32) -> (Value, Vec<String>) {
    day.payees(count).await;
    let batch = day.handed_over(&day.prepared(BANK).await).await;
    let payments = day.payments(&batch).await.into_iter().map(|(_, payment)| payment).collect();
    (batch, payments)
}

/// A payment that the manager planned and another one paid: who paid it, and its address.
async fn paid_by_another(day: &PayDay) -> (Actor, String) {
    let (_, enrolment) = day.payee(1).await;
    let planned = json!({ "enrolment_id": enrolment, "period_id": day.period, "state": "planned" });
    let planned = day.stage.manager.post_once("k", "/v1/disbursements", planned).await.created();
    let payer = day.stage.api.manager_of("dinsos").await;
    let address = format!("/v1/disbursements/{}", id(&planned, "disbursement_id"));
    payer.post_seen(&format!("{address}/payment"), 1, json!({ "paid_on": "2026-03-10" })).await.ok();
    (payer, address)
}

#[tokio::test]
async fn who_made_a_payment_does_not_say_that_its_money_came_back() {
    let day = PayDay::of(2_000_000).await;
    let (payer, address) = paid_by_another(&day).await;
    let back = |actor: Actor| {
        let path = format!("{address}/return");
        async move { actor.post_once("r", &path, json!({ "reason": "Rekening tutup" })).await }
    };
    for one in [&day.stage.manager, &payer] {
        back(one.clone()).await.refused("forbidden");
        back(twin(one)).await.refused("needs-another-person");
    }
    let mut machine = approver(&day.stage.api).await.identity.clone().unwrap();
    (machine.subject, machine.person) = ("client:robot".to_owned(), None);
    back(Actor::new(day.stage.api.clone(), machine)).await.refused("forbidden");
    back(day.stage.api.actor(Role::Approver, "dinkes", &["35.26"]).await).await.refused("not-found");
    assert_eq!(back(approver(&day.stage.api).await).await.ok()["state"], "returned");
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_reversal_is_decided_by_nobody_who_made_the_payment_and_by_no_statement_alone() {
    let day = PayDay::of(2_000_000).await;
    let (payer, address) = paid_by_another(&day).await;
    let owner = day.stage.api.database.owner().await;
    assert_eq!(refusal(&owner, "UPDATE disbursements SET state = 'reversed'").await, "reversal_by_two_persons");
    let third = day.stage.api.manager_of("dinsos").await;
    third.post(&format!("{address}/reversal"), json!({ "reason": "Salah orang" })).await.created();
    assert_eq!(
        refusal(&owner, "UPDATE disbursements SET state = 'reversed'").await,
        "reversal_by_two_persons",
        "asked is not agreed"
    );
    let forged = "INSERT INTO approval_tasks SELECT (jsonb_populate_record(NULL::approval_tasks, to_jsonb(one)
        || jsonb_build_object('task_id', gen_random_uuid(), 'state', 'approved', 'closed_at', now()))).* FROM approval_tasks one";
    assert_eq!(refusal(&owner, forged).await, "approval_begins_open");
    let decision = format!("{address}/reversal/decision");
    let yes = json!({ "approve": true, "reason": "Diperiksa" });
    for hand in [&day.stage.manager, &payer, &third] {
        twin(hand).post(&decision, &yes).await.refused("needs-another-person");
    }
    let second = approver(&day.stage.api).await;
    second.post(&decision, &yes).await.ok();
    assert_eq!(day.stage.manager.get(&address).await.ok()["state"], "reversed");
    // Nor is who took it back told afterwards that somebody else must say that it came back.
    second.post_once("r", &format!("{address}/return"), json!({ "reason": "x" })).await.refused("disbursement-step");
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_manager_frees_no_claim_of_what_was_paid_even_by_a_statement_of_its_own() {
    let day = PayDay::of(2_000_000).await;
    let mut made = Vec::new();
    for (number, state) in [(1, "paid"), (2, "planned")] {
        let (_, enrolment) = day.payee(number).await;
        let mut row = json!({ "enrolment_id": enrolment, "period_id": day.period, "state": state });
        if state == "paid" {
            row["paid_on"] = json!("2026-03-10");
        }
        let one = day.stage.manager.post_once(state, "/v1/disbursements", row).await.created();
        made.push(id(&one, "disbursement_id").to_string());
    }
    let application = day.stage.api.database.application().await;
    let lane = "BEGIN; SET LOCAL app.role = 'program_manager'; SET LOCAL app.agency = 'dinsos';
         SET LOCAL app.areas = '{35.26.%}';";
    application.batch_execute(lane).await.unwrap();
    let freed = application.query("DELETE FROM payment_claims RETURNING disbursement_id::text", &[]).await.unwrap();
    let freed: Vec<String> = freed.iter().map(|row| row.get(0)).collect();
    assert_eq!(freed, made[1..], "only what was never paid");
}

#[tokio::test]
async fn who_prepared_a_list_says_of_none_of_its_payments_what_became_of_it() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 3).await;
    let (results, closure) = (path(&batch, "results"), path(&batch, "closure"));
    let report = json!({ "items": [paid(&payments[0])] });
    let closing = json!({ "fail_outstanding": "Batas waktu" });
    day.stage.manager.post(&results, &report).await.refused("forbidden");
    day.stage.manager.post_seen(&closure, version(&batch), &closing).await.refused("forbidden");
    let twin = twin(&day.stage.manager);
    twin.post(&results, &report).await.refused("needs-another-person");
    twin.post_seen(&closure, version(&batch), &closing).await.refused("needs-another-person");
    // An approver reports for a partner that can't.
    let second = approver(&day.stage.api).await;
    second.post(&results, &report).await.ok();
    let ended = json!({ "items": [failed(&payments[1], "account_closed")] });
    assert_eq!(second.post(&results, &ended).await.ok()["posted"], 1);
    assert_eq!(day.stage.count("payout_accounts WHERE check_state = 'invalid'").await, 1);
    let back = format!("/v1/disbursements/{}/return", payments[0]);
    twin.post_once("r", &back, json!({ "reason": "x" })).await.refused("needs-another-person");
    second.post_once("r", &back, json!({ "reason": "Rekening tutup" })).await.ok();
    assert_eq!(second.post_seen(&closure, version(&batch), &closing).await.ok()["state"], "closed");
    assert_eq!(day.sums().await, [2_000, 0, 0, 0]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_manager_frees_no_period_even_by_a_statement_of_its_own() {
    let day = PayDay::of(2_000_000).await;
    handed_over(&day, 1).await;
    let (_, enrolment) = day.payee(7).await;
    let single =
        json!({ "enrolment_id": enrolment, "period_id": day.period, "state": "paid", "paid_on": "2026-03-10" });
    day.stage.manager.post_once("k", "/v1/disbursements", single).await.created();
    let application = day.stage.api.database.application().await;
    let subject = &day.stage.manager.identity.as_ref().unwrap().subject;
    let lane = |role: &str| {
        format!(
            "BEGIN; SET LOCAL app.role = '{role}'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.areas = '{{35.26.%}}';
             SET LOCAL app.subject = '{subject}';"
        )
    };
    application.batch_execute(&lane("program_manager")).await.unwrap();
    let moved = application.execute("UPDATE disbursements SET state = 'failed' WHERE batch_id IS NOT NULL", &[]).await;
    assert_eq!(moved.unwrap(), 0, "a payment of a batch is not a manager's to move");
    let returned = "UPDATE disbursements SET state = 'returned' WHERE batch_id IS NULL";
    assert_eq!(refusal(&application, returned).await, "42501");
    // Nor under another role, as the person who paid.
    application.batch_execute(&format!("ROLLBACK; {}", lane("approver"))).await.unwrap();
    assert_eq!(refusal(&application, returned).await, "return_by_another_person");
}

#[tokio::test]
async fn a_batch_is_approved_by_an_approval_and_by_no_statement_alone() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    day.submit(&day.prepared(BANK).await).await.created();
    let owner = day.stage.api.database.owner().await;
    assert_eq!(refusal(&owner, "UPDATE batches SET state = 'approved'").await, "batch_step");
    assert_eq!(refusal(&owner, "UPDATE batches SET prepared_by = '{}'").await, "batch_is_frozen");
}

#[tokio::test]
async fn whoever_froze_a_list_once_never_approves_it() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    let batch = day.prepared(BANK).await;
    let second = day.stage.api.manager_of("dinsos").await;
    let again = second.post_seen(&path(&batch, "freezing"), version(&batch), json!({})).await.ok();
    let third = day.stage.api.manager_of("dinsos").await;
    third.post_seen(&path(&batch, "submission"), version(&again), json!({ "reason": "SK" })).await.created();
    let yes = json!({ "approve": true, "reason": "Diperiksa" });
    for hand in [&day.stage.manager, &second, &third] {
        twin(hand).post(&path(&batch, "decision"), &yes).await.refused("needs-another-person");
    }
    assert_eq!(day.decide(&batch, true).await.ok()["batch"]["prepared_by"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_was_asked_of_two_is_not_asked_of_one_the_next_time() {
    let day = PayDay::of(2_000_000).await;
    day.payees(1).await;
    let batch = day.prepared(BANK).await;
    let submission = path(&batch, "submission");
    let ask = |seen: i64, needed: i16| {
        let (manager, submission) = (day.stage.manager.clone(), submission.clone());
        async move { manager.post_seen(&submission, seen, json!({ "reason": "SK", "needed": needed })).await }
    };
    ask(version(&batch), 2).await.created();
    let draft = Reply::of(day.stage.manager.request(Method::DELETE, &submission)).await.ok();
    assert_eq!(ask(version(&draft), 1).await.refused("quorum-lowered")["needed"], 2);
    ask(version(&draft), 2).await.created();
    day.decide(&batch, false).await.ok();
    let draft = day.stage.manager.get(&format!("/v1/batches/{}", id(&batch, "batch_id"))).await.ok();
    ask(version(&draft), 1).await.refused("quorum-lowered");
    ask(version(&draft), 3).await.created();
}

#[tokio::test]
async fn an_account_that_ended_since_the_freezing_is_not_paid_into() {
    let day = PayDay::of(2_000_000).await;
    let payees = day.payees(4).await;
    let batch = day.prepared(BANK).await;
    day.submit(&batch).await.created();
    let of = |payee: usize| format!("individual_id = '{}'", payees[payee].0.member_ids[0]);
    let close = "UPDATE payout_accounts SET open = false, closed_by = 'x', closed_at = now() WHERE";
    let owner = &day.stage.api.database;
    owner.execute(&format!("{close} {}", of(0))).await;
    let invalid = "check_state = 'invalid', check_reason = 'x', checked_by = 'x', checked_at = now()";
    owner.execute(&format!("UPDATE payout_accounts SET {invalid} WHERE {}", of(1))).await;
    let approved = day.decide(&batch, true).await.ok()["batch"].clone();
    assert_eq!((&approved["lines"], &approved["left_out"]), (&json!(2), &json!(2)));
    let ended = || "account-check-failed".to_owned();
    let expected = BTreeMap::from([(payees[0].1.clone(), ended()), (payees[1].1.clone(), ended())]);
    assert_eq!(findings(&day, &batch).await, expected);
    // And one that ends after it: its number is told to nobody any more.
    day.stage.manager.post_seen(&path(&batch, "hand-over"), version(&approved), json!({})).await.ok();
    owner.execute(&format!("{close} {}", of(2))).await;
    let file = day.bank.get(&path(&batch, "file?layout=tugas")).await.text;
    assert!(!file.contains("6013000000000002") && file.contains("6013000000000003"), "{file}");
    assert_eq!(file.lines().count(), 3);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_pay_point_that_closed_since_the_freezing_pays_nobody() {
    let day = PayDay::of(2_000_000).await;
    let household = day.stage.households(&[1]).await.remove(0);
    let enrolment = day.program.active(&household).await;
    day.payee(1).await;
    let point = json!({ "partner_code": POST, "kind": "agent", "region_code": "35.26.01", "name": "Agen 1" });
    let point = day.stage.manager.post("/v1/pay-points", point).await.created();
    let at_point = format!("/v1/pay-points/{}", id(&point, "pay_point_id"));
    let (first, second) = (day.prepared(POST).await, day.prepared(POST).await);
    assert_eq!((&first["lines"], &first["left_out"]), (&json!(1), &json!(1)));
    for batch in [&first, &second] {
        day.submit(batch).await.created();
    }
    day.stage.manager.patch(&at_point, 1, json!({ "open": false })).await.ok();
    day.decide(&first, true).await.refused("batch-empty");
    day.stage.manager.patch(&at_point, 2, json!({ "open": true })).await.ok();
    day.decide(&second, true).await.ok();
    assert_eq!(day.payments(&second).await[0].0, enrolment);
}

#[tokio::test]
async fn a_point_that_another_agency_recorded_pays_nobody_of_ours() {
    let day = PayDay::of(2_000_000).await;
    let household = day.stage.households(&[1]).await.remove(0);
    let enrolment = day.program.active(&household).await;
    let point = json!({ "partner_code": POST, "kind": "agent", "region_code": "35.26.01", "name": "Warung" });
    day.stage.api.manager_of("dinkes").await.post("/v1/pay-points", &point).await.created();
    let batch = day.prepared(POST).await;
    assert_eq!(findings(&day, &batch).await, BTreeMap::from([(enrolment, "missing-account".to_owned())]));
    // One that the post recorded itself serves whoever pays through it.
    let post = day.stage.api.actor(Role::PaymentPartner, POST, &["35.26"]).await;
    post.post("/v1/pay-points", &point).await.created();
    assert_eq!(day.prepared(POST).await["lines"], 1);
}

#[tokio::test]
async fn who_approves_is_told_how_many_accounts_nobody_checked_and_how_many_are_shared() {
    let day = PayDay::of(2_000_000).await;
    let payees = day.payees(2).await;
    let household = day.stage.households(&[1]).await.remove(0);
    account(&day.stage.api, household.member_ids[0], BANK, "6013000000000001").await;
    day.program.active(&household).await;
    let checked = "check_state = 'valid', checked_by = 'x', checked_at = now()";
    let person = payees[0].0.member_ids[0];
    let sql = format!("UPDATE payout_accounts SET {checked} WHERE individual_id = '{person}'");
    day.stage.api.database.execute(&sql).await;
    let task = day.submit(&day.prepared(BANK).await).await.created();
    assert_eq!(task["payload"]["lines"], 3);
    assert_eq!((&task["payload"]["unchecked_accounts"], &task["payload"]["shared_accounts"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn of_a_family_that_parted_one_is_paid_whatever_list_it_stands_in() {
    let mut day = PayDay::of(3_000_000).await;
    let homes = day.stage.households(&[1, 1, 1]).await;
    let former = day.program.active(&homes[0]).await;
    let mut enrolled = Vec::new();
    for home in &homes[1..] {
        enrolled.push(day.program.active(home).await);
    }
    // The next release parts the first family: some of it lives with the second, some with the third.
    day.stage.world.next_release().await;
    let mut heirs = Vec::new();
    for home in &homes[1..] {
        let (household, head) = (home.household_id, home.member_ids[0]);
        heirs.push(day.stage.world.household(|home| home.id(household).decile(1).member(|one| one.id(head))).await);
        day.stage.world.goes_into(homes[0].household_id, household).await;
    }
    for (heir, number) in heirs.iter().zip(["6013000000000001", "6013000000000002"]) {
        account(&day.stage.api, heir.member_ids[0], BANK, number).await;
    }
    let other = day.payee(3).await.1;
    let batch = day.prepared(BANK).await;
    assert_eq!(batch["lines"], 3);
    day.submit(&batch).await.created();
    // Meanwhile the family is paid under the name that it had.
    let single = json!({ "enrolment_id": former, "period_id": day.period, "state": "paid", "paid_on": "2026-03-10" });
    day.stage.manager.post_once("k", "/v1/disbursements", single).await.created();
    day.decide(&batch, true).await.ok();
    let mut expected: BTreeMap<String, String> =
        enrolled.into_iter().map(|heir| (heir, "already-paid".to_owned())).collect();
    expected.insert(former, "gone".to_owned());
    assert_eq!(findings(&day, &batch).await, expected);
    let paid: Vec<String> = day.payments(&batch).await.into_iter().map(|(enrolment, _)| enrolment).collect();
    assert_eq!(paid, [other]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_request_on_one_payment_is_known_only_where_its_household_lives() {
    let day = PayDay::of(2_000_000).await;
    let (_, enrolment) = day.payee(1).await;
    let single =
        json!({ "enrolment_id": enrolment, "period_id": day.period, "state": "paid", "paid_on": "2026-03-10" });
    let made = day.stage.manager.post_once("k", "/v1/disbursements", single).await.created();
    let reversal = format!("/v1/disbursements/{}/reversal", id(&made, "disbursement_id"));
    let task = day.stage.manager.post(&reversal, json!({ "reason": "Salah orang" })).await.created();
    let address = format!("/v1/approvals/{}", id(&task, "task_id"));
    let elsewhere = day.stage.api.actor(Role::Approver, "dinsos", &["35.26.18"]).await;
    elsewhere.get(&address).await.refused("not-found");
    assert_eq!(elsewhere.get("/v1/approvals").await.ok()["items"], json!([]));
    let yes = json!({ "approve": true, "reason": "x" });
    elsewhere.post(&format!("{reversal}/decision"), &yes).await.refused("not-found");
    approver(&day.stage.api).await.get(&address).await.ok();
}

#[tokio::test]
async fn numbers_are_downloaded_in_earnest_and_until_thirty_days_after_the_closing() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 1).await;
    let file = path(&batch, "file?layout=tugas");
    day.bank.get(&format!("{file}&dry_run=true")).await.refused("no-trial");
    day.report(&batch, &[paid(&payments[0])], false).await.ok();
    day.stage.manager.post_seen(&path(&batch, "closure"), version(&batch), json!({})).await.ok();
    assert!(day.bank.get(&file).await.text.contains("6013000000000000"));
    let sql =
        "ALTER TABLE batches DISABLE TRIGGER batch_step; UPDATE batches SET closed_at = now() - interval '31 days'";
    day.stage.api.database.execute(sql).await;
    day.bank.get(&file).await.refused("batch-file-over");
}
