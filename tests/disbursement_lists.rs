//! Many disbursements at once: recorded, paid or failed from a list, each row answered.

use crate::support::{
    Reply,
    aid::{Scheme, Stage, step},
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

const LIST: &str = "/v1/disbursements/bulk";
const PAYMENTS: &str = "/v1/disbursements/payments";
const FAILURES: &str = "/v1/disbursements/failures";

/// A programme of Rp 300,000 with one period and three active enrolments.
struct Payday {
    stage: Stage,
    program: Scheme,
    period: String,
    enrolments: Vec<String>,
}

impl Payday {
    async fn begin() -> Self {
        let stage = Stage::set().await;
        let program = stage.program("BLT-DAERAH", json!({})).await;
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        let mut enrolments = Vec::new();
        for household in &stage.households(&[1, 2, 3]).await {
            enrolments.push(program.active(household).await);
        }
        Self { stage, program, period, enrolments }
    }

    fn common(&self, state: &str) -> Value {
        let paid_on = (state == "paid").then_some("2026-03-20");
        json!({ "program_id": self.program.id, "period_id": self.period, "state": state, "paid_on": paid_on })
    }

    async fn record(&self, key: &str, state: &str, items: Value) -> Reply {
        let body = json!({ "common": self.common(state), "items": items });
        self.stage.manager.post_once(key, LIST, body).await
    }

    /// Plans all three; their disbursements, in the order of the enrolments.
    async fn planned(&self) -> Vec<Value> {
        let items: Vec<Value> = self.enrolments.iter().map(|id| json!({ "enrolment_id": id })).collect();
        let answer = self.record("plan", "planned", json!(items)).await.ok();
        answer["items"].as_array().unwrap().iter().map(|row| row["disbursement_id"].clone()).collect()
    }

    async fn step(&self, key: &str, path: &str, common: Value, items: Value) -> Reply {
        let mut all = json!({ "program_id": self.program.id });
        all.as_object_mut().unwrap().extend(common.as_object().unwrap().clone());
        self.stage.manager.post_once(key, path, json!({ "common": all, "items": items })).await
    }

    /// A list in lines; what holds for all stands in the address.
    async fn send(&self, key: &str, address: &str, kind: &str, body: &str) -> Reply {
        let request = self.stage.manager.request(Method::POST, address).header("idempotency-key", key);
        Reply::of(request.header("content-type", kind).body(body.to_owned())).await
    }

    fn address(&self, rest: &str) -> String {
        format!("{LIST}?program_id={}&period_id={}&{rest}", self.program.id, self.period)
    }

    async fn count(&self, from: &str) -> i64 {
        self.stage.count(from).await
    }
}

/// Each row's outcome, or the code that it was refused with.
fn outcomes(answer: &Value) -> Vec<&str> {
    let rows = answer["items"].as_array().unwrap();
    assert!(rows.iter().enumerate().all(|(number, row)| row["row"] == json!(number)), "{answer}");
    rows.iter().map(|row| row["code"].as_str().or(row["outcome"].as_str()).unwrap()).collect()
}

#[tokio::test]
async fn each_row_says_what_is_particular_and_the_rest_is_as_for_all() {
    let payday = Payday::begin().await;
    let [one, two, three] = [0, 1, 2].map(|at| &payday.enrolments[at]);
    let items = json!([
        { "enrolment_id": one },
        { "enrolment_id": two, "amount_idr": 450_000, "paid_on": "2026-03-21", "proof_reference": "TRF-2" },
        { "enrolment_id": three, "external_reference": "SIM-3" }
    ]);
    let answer = payday.record("k", "paid", items).await.ok();
    assert_eq!(outcomes(&answer), ["recorded"; 3]);
    let sums = (&answer["recorded"], &answer["refused"], &answer["amount_idr"]);
    assert_eq!(sums, (&json!(3), &json!(0), &json!(1_050_000)));
    let told = |amount: i64, day: &str, proof: Value, own: Value| json!([amount, day, proof, own]);
    let expected = [
        told(300_000, "2026-03-20", Value::Null, Value::Null),
        told(450_000, "2026-03-21", json!("TRF-2"), Value::Null),
        told(300_000, "2026-03-20", Value::Null, json!("SIM-3")),
    ];
    for (row, expected) in answer["items"].as_array().unwrap().iter().zip(expected) {
        let path = format!("/v1/disbursements/{}", row["disbursement_id"].as_str().unwrap());
        let made = payday.stage.manager.get(&path).await.ok();
        let fields = ["amount_idr", "paid_on", "proof_reference", "external_reference"].map(|name| &made[name]);
        assert_eq!(json!(fields), expected);
        assert_eq!((&made["household_id"], &made["amount_idr"]), (&row["household_id"], &row["amount_idr"]));
    }
    for written in [
        "disbursement_steps WHERE step_no = 1 AND to_state = 'paid'",
        "outbox_events WHERE kind = 'disbursement.created'",
        "payment_claims",
    ] {
        assert_eq!(payday.count(written).await, 3, "{written}");
    }
    let traced = "audit_entries WHERE action = 'disbursement.created' AND purpose = 'BLT-DAERAH' AND cardinality(household_ids) = 3";
    assert_eq!(payday.count(traced).await, 1);
}

#[tokio::test]
async fn a_row_that_is_refused_stops_no_other_and_says_why() {
    let payday = Payday::begin().await;
    let [one, two, three] = [0, 1, 2].map(|at| &payday.enrolments[at]);
    let other = payday.stage.program("BLT-LAIN", json!({})).await;
    let foreign = other.active(&payday.stage.households(&[1]).await[0]).await;
    step(&payday.stage.manager, three, 3, "suspended").await.ok();
    let before = payday.record("before", "paid", json!([{ "enrolment_id": two }])).await.ok();
    let items = json!([
        { "enrolment_id": one }, { "enrolment_id": two }, { "enrolment_id": three }, { "enrolment_id": foreign },
        { "enrolment_id": Uuid::now_v7() }, { "enrolment_id": one }, { "enrolment_id": "x" }, [one],
        { "enrolment_id": one, "amount_idr": 0 }, { "enrolment_id": one, "paid_on": "2999-01-01" }
    ]);
    let answer = payday.record("k", "paid", items).await.ok();
    let expected = [
        "recorded",
        "already-paid",
        "enrolment-not-active",
        "not-found",
        "not-found",
        "already-paid",
        "invalid-fields",
        "invalid-fields",
        "invalid-fields",
        "invalid-fields",
    ];
    assert_eq!(outcomes(&answer), expected);
    let row = |at: usize| &answer["items"][at];
    assert_eq!(row(1)["disbursement_id"], before["items"][0]["disbursement_id"]);
    assert_eq!(row(2)["state"], "suspended");
    assert_eq!(row(2)["detail"], "Kepesertaan tidak aktif.");
    assert_eq!(row(5)["disbursement_id"], row(0)["disbursement_id"]);
    let wrong: Vec<&Value> = (6..10).map(|at| &row(at)["errors"][0]["pointer"]).collect();
    assert_eq!(wrong, ["/items/6/enrolment_id", "/items/7", "/items/8/amount_idr", "/items/9/paid_on"]);
    assert_eq!((&answer["recorded"], &answer["refused"]), (&json!(1), &json!(9)));
    assert_eq!(payday.count("disbursements").await, 2);
}

#[tokio::test]
async fn why_a_row_was_refused_is_told_in_the_caller_s_language() {
    let payday = Payday::begin().await;
    let body = json!({ "common": payday.common("paid"), "items": [{ "enrolment_id": Uuid::now_v7() }] });
    let request = payday.stage.manager.request(Method::POST, LIST).header("idempotency-key", "k");
    let answer = Reply::of(request.header("accept-language", "en").json(&body)).await.ok();
    assert_eq!(answer["items"][0]["detail"], "Not found.");
}

#[tokio::test]
async fn a_csv_list_comes_back_as_it_was_with_the_answers_beside_it() {
    let payday = Payday::begin().await;
    let [one, two] = [0, 1].map(|at| &payday.enrolments[at]);
    let file = format!(
        "Nama,enrolment_id,amount_idr,proof_reference\nANI,{one},450000,TRF-1\nBUDI,{two},,\nCICI,123,,\nANI,{one},x,\n"
    );
    let address = payday.address("state=paid&paid_on=2026-03-20");
    let answer = payday.send("k", &address, "text/csv", &file).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let made = async |enrolment: &str| -> (Uuid, Uuid) {
        let of = |column: &str| format!("SELECT {column} FROM disbursements WHERE enrolment_id = '{enrolment}'");
        let database = &payday.stage.api.database;
        (database.value(&of("disbursement_id")).await, database.value(&of("household_id")).await)
    };
    let ((first, her), (second, his)) = (made(one).await, made(two).await);
    let wrong = "Ada isian yang tidak sah.";
    let expected = format!(
        "Nama,enrolment_id,amount_idr,proof_reference,line,outcome,disbursement_id,household_id,code,detail,errors\n\
         ANI,{one},450000,TRF-1,2,recorded,{first},{her},,,\n\
         BUDI,{two},,,3,recorded,{second},{his},,,\n\
         CICI,123,,,4,refused,,,invalid-fields,{wrong},enrolment_id jenis atau bentuk nilai tidak sesuai\n\
         ANI,{one},x,,5,refused,,,invalid-fields,{wrong},amount_idr jenis atau bentuk nilai tidak sesuai\n"
    );
    assert_eq!(answer.text, expected);
    let sum: i64 = payday.stage.api.database.value("SELECT sum(amount_idr)::bigint FROM disbursements").await;
    assert_eq!(sum, 750_000);
    let again = payday.send("k", &address, "text/csv", &file).await;
    assert_eq!((again.headers["idempotent-replayed"].to_str().unwrap(), &again.text), ("true", &answer.text));
}

#[tokio::test]
async fn a_slip_in_a_column_s_name_pays_nobody() {
    let payday = Payday::begin().await;
    let address = payday.address("state=planned");
    let file = format!("enrolment_id,amonut_idr\n{},450000\n", payday.enrolments[0]);
    let refused = payday.send("k", &address, "text/csv", &file).await.refused("malformed-request");
    assert_eq!(refused["detail"], "Kolom amonut_idr tidak dikenal; maksudnya amount_idr?");
    let file = format!("enrolment_id\n{}\n", payday.enrolments[0]);
    assert_eq!(payday.send("k", LIST, "text/csv", &file).await.wrong_fields(), ["program_id"]);
    assert_eq!(payday.count("disbursements").await, 0);
}

#[tokio::test]
async fn what_holds_for_all_is_refused_once_where_it_stands() {
    let payday = Payday::begin().await;
    let rows = json!([{ "enrolment_id": payday.enrolments[0] }]);
    let mut common = payday.common("paid");
    common["paid_on"] = json!("2999-01-01");
    let ask = async |key: &str, common: &Value, items: &Value| {
        let body = json!({ "common": common, "items": items });
        payday.stage.manager.post_once(key, LIST, body).await
    };
    assert_eq!(ask("a", &common, &rows).await.wrong_fields(), ["/common/paid_on"]);
    common["paid_on"] = json!("2026-03-20");
    assert_eq!(ask("b", &common, &json!([])).await.wrong_fields(), ["/items"]);
    let many: Vec<&Value> = std::iter::repeat_n(&rows[0], 10_001).collect();
    ask("c", &common, &json!(many)).await.refused("too-many-rows");
    common["period_id"] = json!(Uuid::now_v7());
    ask("d", &common, &rows).await.refused("unknown-period");
    common["program_id"] = json!(Uuid::now_v7());
    ask("e", &common, &rows).await.refused("not-found");
    let address = payday.address("state=paid&paid_on=2999-01-01");
    let file = format!("enrolment_id\n{}\n", payday.enrolments[0]);
    assert_eq!(payday.send("f", &address, "text/csv", &file).await.wrong_fields(), ["/paid_on"]);
    assert_eq!(payday.count("disbursements").await, 0);
}

#[tokio::test]
async fn a_list_sent_again_has_its_effect_once_and_its_address_belongs_to_it() {
    let payday = Payday::begin().await;
    let second = payday.program.period("Tahap 2 2026", "2026-04-01", "2026-06-30").await;
    let line = json!({ "enrolment_id": payday.enrolments[0] }).to_string();
    let address = payday.address("state=planned");
    let first = payday.send("k", &address, "application/x-ndjson", &line).await;
    let again = payday.send("k", &address, "application/x-ndjson", &line).await;
    assert_eq!((first.status.as_u16(), &first.text), (200, &again.text));
    assert_eq!(
        (first.headers.get("idempotent-replayed"), &again.headers["idempotent-replayed"]),
        (None, &"true".parse().unwrap())
    );
    let other = address.replace(&payday.period, &second);
    payday.send("k", &other, "application/x-ndjson", &line).await.refused("idempotency-key-reused");
    let tried = payday.send("k2", &format!("{other}&dry_run=true"), "application/x-ndjson", &line).await;
    assert_eq!(tried.json()["outcome"], "recorded");
    assert_eq!(payday.count("disbursements").await, 1);
    let keyless = payday.stage.manager.request(Method::POST, &other).header("content-type", "application/x-ndjson");
    Reply::of(keyless.body(line)).await.refused("idempotency-key-required");
}

#[tokio::test]
async fn of_two_lists_at_once_each_enrolment_is_paid_by_one() {
    let payday = Payday::begin().await;
    let items: Vec<Value> = payday.enrolments.iter().map(|id| json!({ "enrolment_id": id })).collect();
    let backwards: Vec<Value> = items.iter().rev().cloned().collect();
    let (one, other) =
        tokio::join!(payday.record("a", "paid", json!(items)), payday.record("b", "paid", json!(backwards)));
    let (one, other) = (one.ok(), other.ok());
    let sum = one["recorded"].as_i64().unwrap() + other["recorded"].as_i64().unwrap();
    assert_eq!((sum, payday.count("disbursements").await), (3, 3));
    let refused = one["items"].as_array().unwrap().iter().chain(other["items"].as_array().unwrap());
    assert_eq!(refused.filter(|row| row["code"] == "already-paid" && row["disbursement_id"].is_string()).count(), 3);
}

#[tokio::test]
async fn a_row_that_is_refused_stands_in_the_way_of_no_other_of_the_same_disbursement() {
    let payday = Payday::begin().await;
    let planned = payday.planned().await;
    let items = json!([
        { "disbursement_id": planned[0], "paid_on": "2999-01-01" },
        { "disbursement_id": planned[0], "paid_on": "2026-03-20" },
        { "disbursement_id": planned[0], "paid_on": "2026-03-21" }
    ]);
    let answer = payday.step("a", PAYMENTS, json!({}), items).await.ok();
    assert_eq!(outcomes(&answer), ["invalid-fields", "moved", "disbursement-step"]);
    assert_eq!(payday.count("disbursements WHERE state = 'paid' AND paid_on = '2026-03-20'").await, 1);
    let items = json!([
        { "disbursement_id": planned[1] }, { "disbursement_id": planned[1], "reason": "Pindah" },
        { "disbursement_id": planned[1], "reason": "Meninggal" }
    ]);
    let answer = payday.step("b", FAILURES, json!({}), items).await.ok();
    assert_eq!(outcomes(&answer), ["invalid-fields", "moved", "disbursement-step"]);
    assert_eq!(payday.count("disbursement_steps WHERE to_state = 'failed' AND reason = 'Pindah'").await, 1);
}

#[tokio::test]
async fn many_that_were_planned_are_paid_at_once_each_checked_anew() {
    let payday = Payday::begin().await;
    let planned = payday.planned().await;
    step(&payday.stage.manager, &payday.enrolments[2], 3, "suspended").await.ok();
    let items = json!([
        { "disbursement_id": planned[0], "proof_reference": "TRF-1" },
        { "disbursement_id": planned[1], "paid_on": "2026-03-22" },
        { "disbursement_id": planned[2] },
        { "disbursement_id": planned[0] },
        { "disbursement_id": Uuid::now_v7() },
        { "disbursement_id": planned[1], "paid_on": "2025-12-31" }
    ]);
    let answer = payday.step("k", PAYMENTS, json!({ "paid_on": "2026-03-20" }), items.clone()).await.ok();
    let expected = ["moved", "moved", "enrolment-not-active", "disbursement-step", "not-found", "disbursement-step"];
    assert_eq!(outcomes(&answer), expected);
    assert_eq!((&answer["moved"], &answer["refused"]), (&json!(2), &json!(4)));
    for paid in [
        "disbursements WHERE state = 'paid' AND version = 2 AND paid_on = '2026-03-20' AND proof_reference = 'TRF-1'",
        "disbursements WHERE state = 'paid' AND version = 2 AND paid_on = '2026-03-22' AND proof_reference IS NULL",
        "disbursements WHERE state = 'planned' AND version = 1 AND paid_on IS NULL",
    ] {
        assert_eq!(payday.count(paid).await, 1, "{paid}");
    }
    for written in [
        "disbursement_steps WHERE step_no = 2 AND from_state = 'planned' AND to_state = 'paid'",
        "outbox_events WHERE kind = 'disbursement.moved' AND payload ->> 'state' = 'paid'",
    ] {
        assert_eq!(payday.count(written).await, 2, "{written}");
    }
    assert_eq!(payday.count("payment_claims").await, 3);
    let again = payday.step("k", PAYMENTS, json!({ "paid_on": "2026-03-20" }), items).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.ok(), answer);
    // Without a day for all each row must have its own.
    let undated = payday.step("k2", PAYMENTS, json!({}), json!([{ "disbursement_id": planned[2] }])).await.ok();
    assert_eq!(undated["items"][0]["errors"][0]["pointer"], "/items/0/paid_on");
}

#[tokio::test]
async fn many_that_failed_make_room_for_others() {
    let payday = Payday::begin().await;
    let planned = payday.planned().await;
    let items = json!([
        { "disbursement_id": planned[0] }, { "disbursement_id": planned[1], "reason": "Pindah" },
        { "disbursement_id": planned[2], "reason": " " }
    ]);
    let none = payday.step("a", FAILURES, json!({}), items.clone()).await.ok();
    assert_eq!(outcomes(&none), ["invalid-fields", "moved", "invalid-fields"]);
    assert_eq!(none["items"][0]["errors"][0]["pointer"], "/items/0/reason");
    let rest = json!([{ "disbursement_id": planned[0] }, { "disbursement_id": planned[1] }]);
    let rest = payday.step("b", FAILURES, json!({ "reason": "Rekening tutup" }), rest).await.ok();
    assert_eq!(outcomes(&rest), ["moved", "disbursement-step"]);
    for reason in ["Pindah", "Rekening tutup"] {
        let kept = format!("disbursement_steps WHERE to_state = 'failed' AND reason = '{reason}'");
        assert_eq!(payday.count(&kept).await, 1, "{reason}");
    }
    assert_eq!(payday.count("payment_claims").await, 1);
    let anew = json!([{ "enrolment_id": payday.enrolments[0] }, { "enrolment_id": payday.enrolments[2] }]);
    assert_eq!(outcomes(&payday.record("c", "paid", anew).await.ok()), ["recorded", "already-paid"]);
}

#[tokio::test]
async fn another_agency_and_other_areas_move_nothing_of_a_list() {
    let payday = Payday::begin().await;
    let planned = payday.planned().await;
    let role = payday.stage.manager.identity.as_ref().unwrap().role;
    let neighbour = payday.stage.api.actor(role, "dinsos", &["35.26.02"]).await;
    let stranger = payday.stage.api.manager_of("dinkes").await;
    for (path, row) in [
        (PAYMENTS, json!({ "disbursement_id": planned[0], "paid_on": "2026-03-20" })),
        (FAILURES, json!({ "disbursement_id": planned[0], "reason": "x" })),
    ] {
        let body = json!({ "common": { "program_id": payday.program.id }, "items": [row] });
        stranger.post_once("k", path, &body).await.refused("not-found");
        assert_eq!(outcomes(&neighbour.post_once("k", path, &body).await.ok()), ["not-found"], "{path}");
    }
    let body = json!({ "common": payday.common("paid"), "items": [{ "enrolment_id": payday.enrolments[0] }] });
    assert_eq!(outcomes(&neighbour.post_once("k", LIST, &body).await.ok()), ["not-found"]);
    assert_eq!(payday.count("disbursements WHERE state = 'planned'").await, 3);
}

#[tokio::test]
async fn ten_thousand_rows_are_recorded_and_paid_in_one_request_each() {
    let payday = Payday::begin().await;
    let homes = payday.stage.world.households(10_000, |_, home| home.decile(1)).await;
    let rows: Vec<String> = homes.iter().map(|home| format!("('{}'::uuid)", home.household_id)).collect();
    let sql = format!(
        "INSERT INTO enrolments (household_id, enrolment_id, program_id, agency_code, beneficiary_id, village_code, state,
             release_id, decile, rule_version, explanation, created_by)
         SELECT id, id, '{}', 'dinsos', id, '35.26.01.2001', 'active', '{}', 1, 1, '{{}}', 'test'
         FROM (VALUES {}) AS home (id)",
        payday.program.id,
        payday.stage.world.release_id,
        rows.join(",")
    );
    payday.stage.api.database.execute(&sql).await;
    let items: Vec<Value> = homes.iter().map(|home| json!({ "enrolment_id": home.household_id })).collect();
    let answer = payday.record("k", "planned", json!(items)).await.ok();
    assert_eq!((&answer["recorded"], &answer["amount_idr"]), (&json!(10_000), &json!(3_000_000_000_i64)));
    let ids =
        answer["items"].as_array().unwrap().iter().map(|row| json!({ "disbursement_id": row["disbursement_id"] }));
    let ids: Vec<Value> = ids.collect();
    let moved = payday.step("m", PAYMENTS, json!({ "paid_on": "2026-03-20" }), json!(ids)).await.ok();
    assert_eq!(moved["moved"], 10_000);
    assert_eq!(payday.count("disbursements WHERE state = 'paid'").await, 10_000);
}

#[tokio::test]
async fn a_family_that_split_is_paid_once_by_a_list_and_by_all() {
    for way in ["list", "all"] {
        let mut stage = Stage::set().await;
        let program = stage.program("BLT-DAERAH", json!({})).await;
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        let homes = stage.households(&[1, 1, 1]).await;
        let mut enrolments = Vec::new();
        for home in &homes {
            enrolments.push(program.active(home).await);
        }
        // The first went into both others.
        stage.world.next_release().await;
        for home in &homes[1..] {
            stage.world.household(|there| there.id(home.household_id)).await;
            stage.world.goes_into(homes[0].household_id, home.household_id).await;
        }
        let common = json!({ "program_id": program.id, "period_id": period, "state": "planned" });
        let items: Vec<Value> = enrolments.iter().map(|id| json!({ "enrolment_id": id })).collect();
        let list = json!({ "common": common, "items": items });
        let answer = match way {
            "list" => stage.manager.post_once("k", LIST, list).await.ok(),
            _ => stage.manager.post_once("k", "/v1/disbursements/from-active", &common).await.ok(),
        };
        assert_eq!(answer["recorded"], 1, "{way}: {answer}");
        assert_eq!(stage.count("disbursements").await, 1);
        if way == "list" {
            assert_eq!(outcomes(&answer), ["recorded", "already-paid", "already-paid"]);
        }
    }
}
