//! Many payout accounts at once: recorded by NIK or id, or checked, each row answered.

use crate::support::{
    Reply,
    aid::Stage,
    identities::{know_individual, nik},
    payouts::{ACCOUNTS, account, record},
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

const BULK: &str = "/v1/payout-accounts/bulk";
const CHECKS: &str = "/v1/payout-accounts/checks";

fn list(items: Value) -> Value {
    json!({ "common": { "partner_code": "bank-jatim", "kind": "bank" }, "items": items })
}

fn row(person: Uuid, number: &str) -> Value {
    json!({ "individual_id": person, "number": number, "holder_name": "SITI" })
}

/// The outcome of each row, or why it was refused.
fn outcomes(answer: &Value) -> Vec<&str> {
    let rows = answer["items"].as_array().unwrap().iter();
    rows.map(|row| row["code"].as_str().unwrap_or_else(|| row["outcome"].as_str().unwrap())).collect()
}

/// A list in lines; what holds for all stands in the address.
async fn send(stage: &Stage, key: &str, address: &str, kind: &str, body: &str) -> Reply {
    let request = stage.manager.request(Method::POST, address).header("idempotency-key", key);
    Reply::of(request.header("content-type", kind).body(body.to_owned())).await
}

#[tokio::test]
async fn a_list_records_by_nik_and_by_id_and_refuses_only_its_bad_rows() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(4).await;
    know_individual(&stage.api, persons[1], &nik(1)).await;
    know_individual(&stage.api, persons[2], &nik(2)).await;
    record(&stage.manager, persons[3], "55550004").await.created();
    let standing = account(persons[3], "55550004");
    let by_nik = |number: u32, account: &str| json!({ "nik": nik(number), "number": account, "holder_name": "ANI" });
    let items = json!([
        row(persons[0], "5555-0001"), by_nik(1, "55550001"), by_nik(9, "55550009"), row(Uuid::now_v7(), "55550009"),
        row(persons[0], "55550002"), by_nik(2, "5555"), { "number": "55550002", "holder_name": "ANI" },
        { "individual_id": persons[3], "number": "55550004", "holder_name": standing["holder_name"] }, [persons[0]]
    ]);
    let reply = stage.manager.post_once("k", BULK, list(items)).await;
    assert!(!reply.text.contains("5555"), "{}", reply.text);
    let answer = reply.ok();
    let expected = [
        "recorded",
        "recorded",
        "individual-not-found",
        "individual-not-found",
        "listed-twice",
        "invalid-fields",
        "invalid-fields",
        "standing",
        "invalid-fields",
    ];
    assert_eq!(outcomes(&answer), expected);
    let items = &answer["items"];
    assert_eq!((&items[1]["individual_id"], &items[1]["number"]), (&json!(persons[1]), &json!("**************01")));
    assert_eq!((&items[0]["shared_with"], &items[1]["shared_with"]), (&json!([persons[1]]), &json!([persons[0]])));
    assert_eq!(items[5]["errors"], json!([{ "pointer": "/items/5/number", "message": "harus 8 sampai 20 angka" }]));
    assert_eq!(items[6]["errors"][0]["pointer"], "/items/6");
    let counts = ["recorded", "standing", "refused"].map(|name| answer[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 6]);
    assert_eq!(stage.count("payout_accounts WHERE open").await, 3);
    assert_eq!(stage.count("outbox_events WHERE kind = 'payout_account.created'").await, 3);
    // The first account of persons[0] stands, and not the row that came after.
    assert_eq!(stage.count(&format!("payout_accounts WHERE individual_id = '{}'", persons[0])).await, 1);
}

#[tokio::test]
async fn a_csv_file_comes_back_with_its_answers_and_without_its_numbers() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    let text = format!("no;individual_id;number;holder_name\n1;{person};5555-0001;SITI\n2;{person};x;SITI\n");
    let address = format!("{BULK}?partner_code=bank-jatim&kind=kks");
    let reply = send(&stage, "k", &address, "text/csv", &text).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let lines: Vec<&str> = reply.text.lines().collect();
    // A column of the caller's that has the name of an answer gives way to it.
    assert_eq!(lines[0], "no;holder_name;line;outcome;account_id;individual_id;number;shared_with;code;detail;errors");
    assert!(lines[1].starts_with("1;SITI;2;recorded;") && lines[1].contains(";**************01;"), "{}", lines[1]);
    assert!(lines[2].starts_with("2;SITI;3;refused;;;;;invalid-fields;"), "{}", lines[2]);
    assert!(!reply.text.contains("5555"));
    let again = send(&stage, "k", &address, "text/csv", &text).await;
    assert_eq!((again.headers["idempotent-replayed"].to_str().unwrap(), &again.text), ("true", &reply.text));
    // The address belongs to the request.
    let other = format!("{BULK}?partner_code=bank-jatim&kind=bank");
    send(&stage, "k", &other, "text/csv", &text).await.refused("idempotency-key-reused");
    let wrong = send(&stage, "l", &format!("{BULK}?partner_code=dinsos&kind=bank"), "text/csv", &text).await;
    assert_eq!(wrong.refused("invalid-fields")["errors"][0]["pointer"], "/partner_code");
    let body = json!({ "common": { "partner_code": "dinsos", "kind": "bank" }, "items": [row(person, "55550001")] });
    assert_eq!(stage.manager.post_once("m", BULK, body).await.wrong_fields(), ["/common/partner_code"]);
}

#[tokio::test]
async fn a_nik_of_nobody_counts_against_the_day_whether_tried_or_sent_again() {
    let stage = Stage::with_a_bank().await;
    let person = stage.persons(1).await[0];
    know_individual(&stage.api, person, &nik(1)).await;
    let by_nik = |number: u32| json!({ "nik": nik(number), "number": "55550001", "holder_name": "ANI" });
    let items = json!([by_nik(1), by_nik(7), by_nik(8), by_nik(8)]);
    let misses = async || -> i32 {
        stage.api.database.value("SELECT coalesce(sum(misses), 0)::integer FROM lookup_misses").await
    };
    stage.manager.post_once("k", &format!("{BULK}?dry_run=true"), list(items.clone())).await.ok();
    assert_eq!((misses().await, stage.count("payout_accounts").await), (2, 0));
    stage.manager.post_once("k", BULK, list(items)).await.ok();
    assert_eq!((misses().await, stage.count("payout_accounts").await), (4, 1));
    // Outside the areas is nobody, too.
    let elsewhere = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.18"]).await;
    let answer = elsewhere.post_once("k", BULK, list(json!([by_nik(1)]))).await.ok();
    assert_eq!((outcomes(&answer), misses().await), (vec!["individual-not-found"], 5));
    // A day that is used up: what would be found is refused like what would not.
    let owner = stage.api.database.owner().await;
    owner.batch_execute("UPDATE lookup_misses SET misses = 1000000").await.unwrap();
    let refused = stage.manager.post_once("l", BULK, list(json!([by_nik(1)]))).await;
    assert!(refused.headers.contains_key("retry-after"));
    refused.refused("lookup-quota-exceeded");
    assert_eq!(stage.count("payout_accounts").await, 1);
}

#[tokio::test]
async fn checks_of_many_accounts_are_recorded_and_bad_rows_stop_no_other() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(4).await;
    let mut ids = Vec::new();
    for person in &persons[..3] {
        ids.push(stage.account(*person, "55550001").await["account_id"].clone());
    }
    stage.account(persons[2], "55550003").await;
    let foreign = record(&stage.api.manager_of("dinkes").await, persons[3], "55550009").await.created();
    let items = json!([
        { "account_id": ids[0], "valid": true }, { "account_id": ids[1], "valid": false, "reason": "Nama berbeda" },
        { "account_id": ids[2], "valid": true }, { "account_id": foreign["account_id"], "valid": true },
        { "account_id": ids[0], "valid": false, "reason": "x" }, { "account_id": ids[0], "valid": false },
        { "account_id": ids[0] }, { "account_id": Uuid::now_v7(), "valid": true }
    ]);
    // Who recorded an account does not find it right, too.
    let own = stage.manager.post_once("k", CHECKS, json!({ "items": [items[0]] })).await.ok();
    assert_eq!(outcomes(&own), ["needs-another-person"]);
    let colleague = stage.api.manager_of("dinsos").await;
    let answer = colleague.post_once("k", CHECKS, json!({ "items": items })).await.ok();
    let expected = [
        "checked",
        "checked",
        "payout-account-closed",
        "not-found",
        "listed-twice",
        "invalid-fields",
        "invalid-fields",
        "not-found",
    ];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!((&answer["checked"], &answer["refused"]), (&json!(2), &json!(6)));
    assert_eq!(answer["items"][1]["individual_id"], json!(persons[1]));
    let states = "SELECT check_state, coalesce(check_reason, '-'), version FROM payout_accounts ORDER BY account_id";
    let expected = ["valid|-|2", "invalid|Nama berbeda|2", "unchecked|-|2", "unchecked|-|1", "unchecked|-|1"];
    assert_eq!(stage.api.rows(states).await, expected);
    assert_eq!(stage.count("outbox_events WHERE kind = 'payout_account.checked'").await, 2);
}

#[tokio::test]
async fn results_come_as_a_csv_file_of_the_bank_s() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(2).await;
    let colleague = stage.api.manager_of("dinsos").await;
    let one = record(&colleague, persons[0], "55550001").await.created();
    let two = record(&colleague, persons[1], "55550002").await.created();
    let id = |account: &Value| account["account_id"].as_str().unwrap().to_owned();
    let text = format!("ACCOUNT_ID,VALID,REASON\n{},TRUE,\n{},false,Tutup\n", id(&one), id(&two));
    let reply = send(&stage, "k", CHECKS, "text/csv", &text).await;
    assert_eq!(reply.text.matches(",checked,").count(), 2, "{}", reply.text);
    let listed = stage.manager.get(&format!("{ACCOUNTS}?check_state=invalid")).await.ok();
    assert_eq!((&listed["items"][0]["account_id"], &listed["items"][1]), (&two["account_id"], &Value::Null));
}

#[tokio::test]
async fn ten_thousand_rows_with_one_dummy_number_are_answered_within_bounds() {
    let stage = Stage::with_a_bank().await;
    let persons = stage.persons(10_000).await;
    let items: Vec<Value> = persons.iter().map(|person| row(*person, "00000000")).collect();
    let answer = stage.manager.post_once("k", BULK, list(json!(items))).await.ok();
    assert_eq!((&answer["recorded"], &answer["refused"]), (&json!(10_000), &json!(0)));
    let longest =
        answer["items"].as_array().unwrap().iter().map(|row| row["shared_with"].as_array().unwrap().len()).max();
    assert_eq!(longest, Some(20));
    assert_eq!(stage.count("outbox_events WHERE kind = 'payout_account.created'").await, 10_000);
}
