//! Payout accounts: sealed numbers, one open account a person, checks, closure, and who sees them.

use crate::support::{
    Actor, Reply,
    aid::Stage,
    payouts::{ACCOUNTS, account, address, record},
};
use futures::future::join_all;
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const NUMBER: &str = "9876-5432 1098 7642";
const DIGITS: &str = "9876543210987642";

async fn ids(actor: &Actor, query: &str) -> Vec<Value> {
    let listed = actor.get(&format!("{ACCOUNTS}?{query}")).await.ok();
    listed["items"].as_array().unwrap().iter().map(|account| account["account_id"].clone()).collect()
}

/// The tables in which a text stands, as it is or within bytes.
async fn tables_with(stage: &Stage, text: &str) -> Vec<String> {
    let bytes: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let tables =
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1";
    let mut found = Vec::new();
    for table in stage.api.rows(tables).await {
        let rows = format!("{table} t WHERE t::text LIKE '%{text}%' OR t::text LIKE '%{bytes}%'");
        if stage.count(&rows).await > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn a_number_is_in_no_answer_and_nowhere_in_the_database_in_clear() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let made = record(&stage.manager, person, NUMBER).await;
    assert_eq!(made.headers["etag"], "\"1\"");
    let told = made.text.clone();
    let made = made.created();
    assert_eq!(made["number_masked"], "**************42");
    let listed = stage.manager.get(ACCOUNTS).await.text;
    let seen = stage.manager.get(&address(&made)).await.text;
    for text in [told, listed, seen] {
        assert!(text.contains("**************42") && !text.contains("9876"), "{text}");
    }
    assert_eq!(tables_with(&stage, DIGITS).await, Vec::<String>::new());
    // What is looked for would be found.
    assert_eq!(
        tables_with(&stage, "SITI RAHMAWATI").await.iter().filter(|table| *table == "payout_accounts").count(),
        1
    );
    let sealed: Vec<u8> = stage.api.database.value("SELECT sealed_number FROM payout_accounts").await;
    let opened = stage.api.settings.vault.open(sejahtera::platform::vault::Use::PayoutAccount, &sealed).unwrap();
    assert_eq!(&opened[..], DIGITS.as_bytes());
}

#[tokio::test]
async fn what_a_key_stands_for_gives_no_number_away() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let lane = stage.manager.identity.as_ref().unwrap().lane_statements();
    let plain = |body: &Value| Sha256::new().chain_update(&lane).chain_update(body.to_string()).finalize().to_vec();
    let stored = async |route: &str| -> Vec<u8> {
        stage
            .api
            .database
            .value(&format!("SELECT body_digest FROM idempotency_keys WHERE route = 'POST {route}'"))
            .await
    };
    // Whoever reads the table could try all numbers, if the digest were one that anybody can make, as it is of a fund.
    let fund = json!({ "code": "APBD-2026", "name": "APBD", "source": "apbd_regency", "fiscal_year": 2026,
        "amount_idr": 900_000_000, "legal_basis": "Perda 7/2025" });
    stage.manager.post_once("k", "/v1/funds", &fund).await.created();
    assert_eq!(stored("/v1/funds").await, plain(&fund));
    let body = account(person, NUMBER);
    let made = stage.manager.post_once("k", ACCOUNTS, &body).await.created();
    assert_ne!(stored(ACCOUNTS).await, plain(&body));
    assert_eq!(stage.manager.post_once("k", ACCOUNTS, &body).await.created(), made);
    stage.manager.post_once("k", ACCOUNTS, account(person, "12345678")).await.refused("idempotency-key-reused");
}

#[tokio::test]
async fn a_new_account_closes_the_one_that_was_open() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let first = stage.account(person, "11110001").await;
    let second = stage.account(person, "11110002").await;
    let former = stage.manager.get(&address(&first)).await.ok();
    assert_eq!(
        (&former["open"], &former["version"], &former["close_reason"]),
        (&json!(false), &json!(2), &Value::Null)
    );
    assert!(former["closed_at"].is_string());
    assert_eq!(ids(&stage.manager, "open=true").await, [second["account_id"].clone()]);
    let told = format!(
        "outbox_events WHERE kind = 'payout_account.closed' AND subject_id = '{}' AND payload->>'replaced_by' = '{}'",
        first["account_id"].as_str().unwrap(),
        second["account_id"].as_str().unwrap()
    );
    assert_eq!(stage.count(&told).await, 1);
    // Another agency keeps books of its own.
    let dinkes = stage.api.manager_of("dinkes").await;
    let other = record(&dinkes, person, "11110002").await.created();
    assert_eq!((&other["shared_with"], &other["agency_code"]), (&json!([]), &json!("dinkes")));
    assert_eq!(stage.manager.get(&address(&second)).await.ok()["open"], true);
}

#[tokio::test]
async fn the_very_same_account_stays_with_what_its_check_found() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let made = stage.account(person, "11110001").await;
    let check = format!("{}/check", address(&made));
    stage.api.manager_of("dinsos").await.post_seen(&check, 1, json!({ "valid": true })).await.ok();
    let again = record(&stage.manager, person, "1111 0001").await.ok();
    assert_eq!((&again["account_id"], &again["check_state"]), (&made["account_id"], &json!("valid")));
    // Under another name it is another one, which nobody has checked.
    let mut renamed = account(person, "11110001");
    renamed["holder_name"] = json!("SITI R");
    let renamed = stage.manager.post_once("k", ACCOUNTS, renamed).await.created();
    assert_eq!(renamed["check_state"], "unchecked");
    assert_eq!(stage.count("payout_accounts").await, 2);
}

#[tokio::test]
async fn of_those_who_record_at_once_the_last_one_stands_and_all_others_are_closed() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(5).await;
    for person in &persons {
        let numbers: Vec<String> = (0..6).map(|number| format!("2222000{number}")).collect();
        let replies = join_all(numbers.iter().map(|number| record(&stage.manager, *person, number))).await;
        replies.into_iter().for_each(|reply| drop(reply.created()));
    }
    assert_eq!(stage.count("payout_accounts").await, 30);
    assert_eq!(stage.count("payout_accounts WHERE open").await, 5);
    assert_eq!(stage.count("(SELECT DISTINCT individual_id FROM payout_accounts WHERE open) p").await, 5);
}

#[tokio::test]
async fn a_person_in_two_families_has_one_open_account_however_two_districts_race() {
    let stage = Stage::with_a_bank().await;
    for round in 0..8 {
        let person = Uuid::now_v7();
        for village in ["35.26.01.2001", "35.26.02.2001"] {
            stage.world.household(|home| home.village(village).member(|member| member.id(person))).await;
        }
        let one = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
        let two = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.02"]).await;
        let asked = [record(&one, person, "33330001"), record(&two, person, "33330002")];
        for reply in join_all(asked).await {
            assert!(matches!(reply.status.as_u16(), 201 | 503), "{round}: {}", reply.text);
        }
        assert_eq!(stage.count(&format!("payout_accounts WHERE open AND individual_id = '{person}'")).await, 1);
    }
}

#[tokio::test]
async fn nobody_records_an_account_of_who_is_not_there_or_at_what_is_no_bank() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let elsewhere = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.18"]).await;
    record(&elsewhere, person, "12345678").await.refused("individual-not-found");
    record(&stage.manager, Uuid::now_v7(), "12345678").await.refused("individual-not-found");
    for (field, value) in [
        ("partner_code", json!("dinsos")),
        ("partner_code", json!("bank-lain")),
        ("number", json!("1234567")),
        ("number", json!("123456789012345678901")),
        ("number", json!("1234567x")),
        ("number", json!(12_345_678)),
        ("holder_name", json!(" ")),
        ("kind", json!("dana")),
    ] {
        let mut body = account(person, "12345678");
        body[field] = value;
        let wrong = stage.manager.post_once(&Uuid::now_v7().to_string(), ACCOUNTS, &body).await;
        assert_eq!(wrong.wrong_fields(), [format!("/{field}")], "{body}");
    }
    assert_eq!(stage.count("payout_accounts").await, 0);
    // Whom the next release no longer has is not there either, though the last one still is.
    let mut stage = stage;
    stage.world.next_release().await;
    record(&stage.manager, person, "12345678").await.refused("individual-not-found");
}

#[tokio::test]
async fn an_account_is_seen_by_its_agency_s_people_in_the_areas_and_by_the_auditor() {
    let stage = Stage::with_a_bank().await;
    let home = stage.world.household(|home| home).await;
    let made = stage.account(home.member_ids[0], "11110001").await;
    let household = format!("household_id={}", home.household_id);
    for (role, agency, area, sees) in [
        (Role::ProgramManager, "dinsos", "35.26.01", true),
        (Role::ProgramManager, "dinsos", "35.26.18", false),
        (Role::ProgramManager, "dinkes", "35.26", false),
        (Role::Approver, "dinsos", "35.26.01", true),
        (Role::Approver, "dinsos", "35.26.18", false),
        (Role::Approver, "dinkes", "35.26", false),
        (Role::Auditor, "inspektorat", "35.26", true),
        (Role::Auditor, "inspektorat", "35.26.18", false),
    ] {
        let actor = stage.api.actor(role, agency, &[area]).await;
        let seen = vec![made["account_id"].clone(); usize::from(sees)];
        assert_eq!(ids(&actor, "").await, seen, "{role} of {agency} for {area}");
        assert_eq!(ids(&actor, &household).await, seen, "{role} of {agency} for {area}");
        let one = actor.get(&address(&made)).await;
        assert_eq!(one.status, if sees { 200 } else { 404 }, "{role} of {agency} for {area}");
    }
    assert_eq!(ids(&stage.manager, &format!("household_id={}", Uuid::now_v7())).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_foreign_account_is_neither_checked_nor_closed() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let made = address(&stage.account(person, "11110001").await);
    let strangers =
        [stage.api.manager_of("dinkes").await, stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.18"]).await];
    for stranger in &strangers {
        let check = stranger.post_seen(&format!("{made}/check"), 1, json!({ "valid": true })).await;
        check.refused("not-found");
        let closure = stranger.post_seen(&format!("{made}/closure"), 1, json!({ "reason": "x" })).await;
        closure.refused("not-found");
    }
    assert_eq!(stage.count("payout_accounts WHERE open AND check_state = 'unchecked' AND version = 1").await, 1);
}

#[tokio::test]
async fn an_account_is_checked_by_who_has_seen_it_and_again_until_it_is_closed() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let made = address(&stage.account(person, "11110001").await);
    let (check, closure) = (format!("{made}/check"), format!("{made}/closure"));
    let (fits, differs) = (json!({ "valid": true }), json!({ "valid": false, "reason": " Nama berbeda " }));
    stage.manager.post(&check, &fits).await.refused("version-required");
    for wrong in [json!({ "valid": false }), json!({ "valid": true, "reason": "x" })] {
        assert_eq!(stage.manager.post_seen(&check, 1, &wrong).await.wrong_fields(), ["/reason"]);
    }
    let checked = stage.manager.post_seen(&check, 1, &differs).await;
    assert_eq!(checked.headers["etag"], "\"2\"");
    let checked = checked.ok();
    assert_eq!((&checked["check_state"], &checked["check_reason"]), (&json!("invalid"), &json!("Nama berbeda")));
    assert!(checked["checked_at"].is_string());
    stage.manager.post_seen(&check, 1, &fits).await.refused("stale-version");
    // Who recorded it may find it wrong, and somebody else finds it right.
    stage.manager.post_seen(&check, 2, &fits).await.refused("needs-another-person");
    let checked = stage.api.manager_of("dinsos").await.post_seen(&check, 2, &fits).await.ok();
    assert_eq!((&checked["check_state"], &checked["check_reason"]), (&json!("valid"), &Value::Null));
    let closed = stage.manager.post_seen(&closure, 3, json!({ "reason": "Pindah bank" })).await.ok();
    assert_eq!((&closed["open"], &closed["close_reason"]), (&json!(false), &json!("Pindah bank")));
    stage.manager.post_seen(&check, 4, &fits).await.refused("payout-account-closed");
    stage.manager.post_seen(&closure, 4, json!({ "reason": "x" })).await.refused("payout-account-closed");
    for (kind, times) in [("created", 1), ("checked", 2), ("closed", 1)] {
        assert_eq!(stage.count(&format!("outbox_events WHERE kind = 'payout_account.{kind}'")).await, times, "{kind}");
    }
    // And the room is free for another one.
    stage.account(person, "11110001").await;
}

#[tokio::test]
async fn whoever_has_the_same_number_is_named_and_not_refused() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(3).await;
    let first = stage.account(persons[0], "11110001").await;
    assert_eq!(first["shared_with"], json!([]));
    let second = stage.account(persons[1], "1111-0001").await;
    assert_eq!(second["shared_with"], json!([persons[0]]));
    assert_eq!(stage.manager.get(&address(&first)).await.ok()["shared_with"], json!([persons[1]]));
    let third = stage.account(persons[2], "11110003").await;
    assert_eq!(third["shared_with"], json!([]));
    // One that is closed pays nobody any more.
    stage.account(persons[1], "11110002").await;
    assert_eq!(stage.manager.get(&address(&first)).await.ok()["shared_with"], json!([]));
}

#[tokio::test]
async fn every_look_and_step_is_on_record_with_all_whom_it_showed() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(2).await;
    stage.account(persons[0], "11110001").await;
    let made = address(&stage.account(persons[1], "11110001").await);
    let auditor = stage.api.auditor().await;
    stage.manager.get(&made).await.ok();
    auditor.get(&format!("{ACCOUNTS}?individual_id={}", persons[0])).await.ok();
    stage.api.manager_of("dinsos").await.post_seen(&format!("{made}/check"), 1, json!({ "valid": true })).await.ok();
    stage.manager.post_seen(&format!("{made}/closure"), 2, json!({ "reason": "x" })).await.ok();
    let both = format!("individual_ids @> ARRAY['{}', '{}']::uuid[]", persons[0], persons[1]);
    let only = |person: Uuid| format!("individual_ids = ARRAY['{person}']::uuid[]");
    for (action, whom, role) in [
        ("payout.recorded", only(persons[0]), "program_manager"),
        ("payout.recorded", both.clone(), "program_manager"),
        ("payout.read", both, "program_manager"),
        ("payout.read", only(persons[0]), "auditor"),
        ("payout.checked", only(persons[1]), "program_manager"),
        ("payout.closed", only(persons[1]), "program_manager"),
    ] {
        let entries = format!("audit_entries WHERE action = '{action}' AND role = '{role}' AND {whom}");
        assert_eq!(stage.count(&entries).await, 1, "{entries}");
    }
}

#[tokio::test]
async fn an_answer_that_is_given_again_is_on_record_with_all_whom_it_names() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(2).await;
    stage.account(persons[0], "11110001").await;
    let body = account(persons[1], "11110001");
    let first = stage.manager.post_once("k", ACCOUNTS, &body).await.created();
    assert_eq!(stage.manager.post_once("k", ACCOUNTS, &body).await.created(), first);
    let both = format!("individual_ids @> ARRAY['{}', '{}']::uuid[]", persons[0], persons[1]);
    assert_eq!(stage.count(&format!("audit_entries WHERE action = 'answer.replayed' AND {both}")).await, 1);
}

#[tokio::test]
async fn accounts_are_listed_by_pages_and_by_what_their_check_found() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(3).await;
    let mut made = Vec::new();
    for person in &persons {
        made.push(stage.account(*person, "11110001").await);
    }
    let check = format!("{}/check", address(&made[1]));
    stage.manager.post_seen(&check, 1, json!({ "valid": false, "reason": "x" })).await.ok();
    assert_eq!(ids(&stage.manager, "check_state=invalid").await, [made[1]["account_id"].clone()]);
    assert_eq!(ids(&stage.manager, &format!("individual_id={}", persons[2])).await, [made[2]["account_id"].clone()]);
    let page = stage.manager.get(&format!("{ACCOUNTS}?limit=2")).await.ok();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let cursor = page["next_cursor"].as_str().unwrap();
    assert_eq!(ids(&stage.manager, &format!("limit=2&cursor={cursor}")).await, [made[2]["account_id"].clone()]);
}

#[tokio::test]
async fn an_account_never_becomes_another_and_a_closed_one_stays_even_for_the_owner() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let made = address(&stage.account(person, "11110001").await);
    let owner = stage.api.database.owner().await;
    let refused = async |statement: &str| owner.batch_execute(statement).await.is_err();
    assert!(refused("UPDATE payout_accounts SET holder_name = 'X'").await);
    assert!(refused("UPDATE payout_accounts SET number_digest = 'x'").await);
    assert!(refused("UPDATE payout_accounts SET open = false").await, "without saying by whom");
    assert!(refused("DELETE FROM payout_accounts").await);
    assert!(!refused("UPDATE payout_accounts SET version = 1").await);
    stage.manager.post_seen(&format!("{made}/closure"), 1, json!({ "reason": "x" })).await.ok();
    let opening = "UPDATE payout_accounts SET open = true, closed_at = NULL, closed_by = NULL, close_reason = NULL";
    assert!(refused(opening).await);
    assert!(refused("UPDATE payout_accounts SET check_state = 'valid', checked_by = 'x', checked_at = now()").await);
}

#[tokio::test]
async fn a_trial_records_nothing() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let tried: Reply =
        stage.manager.post_once("k", &format!("{ACCOUNTS}?dry_run=true"), account(person, "11110001")).await;
    assert_eq!(tried.headers["dry-run"], "true");
    tried.created();
    assert_eq!(stage.count("payout_accounts").await + stage.count("outbox_events").await, 0);
    let request = stage.manager.request(Method::POST, ACCOUNTS).json(&account(person, "11110001"));
    Reply::of(request).await.refused("idempotency-key-required");
}
