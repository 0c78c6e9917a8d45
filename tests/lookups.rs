//! Finding a family: by NIK or KK number, one or many, and by name; for a purpose, within a quota.

use crate::support::{
    Actor, Api, Reply,
    document::document,
    identities::{kk, know_household, know_individual, nik},
    world::{Household, World},
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::sync::Arc;

struct Desk {
    api: Arc<Api>,
    world: World,
    home: Household,
    manager: Actor,
}

fn program(code: &str) -> Value {
    json!({ "code": code, "name": code, "kind": "cash", "funding": "reported", "serves": "household", "benefit": "uang",
        "amount_idr": 600_000, "cadence": "quarterly", "fund_source": "apbn", "legal_basis": "Permensos", "areas": ["35.26"],
        "starts_on": "2026-01-01", "eligibility": "household.decile <= 4" })
}

/// A family known by NIK 1 and KK number 1, and a manager of `dinsos` who runs PKH.
async fn desk() -> Desk {
    desk_with(Api::start().await).await
}

async fn desk_with(api: Arc<Api>) -> Desk {
    let world = World::begin(&api).await;
    let home = world.household(|home| home.decile(2).member(|head| head.set("name", "SITI AMINAH"))).await;
    know_individual(&api, home.member_ids[0], &nik(1)).await;
    know_household(&api, &home, &kk(1)).await;
    let manager = api.manager_of("dinsos").await;
    manager.post("/v1/programs", program("PKH")).await.created();
    Desk { api, world, home, manager }
}

/// A service that lets a caller look up so often in vain.
async fn quota_of(misses: &str) -> Arc<Api> {
    let misses = misses.to_owned();
    Api::start_with(|settings| drop(settings.insert("DAILY_MISSES".to_owned(), misses))).await
}

/// A bulk lookup in a form that names its programme in the address.
async fn send(desk: &Desk, kind: &str, body: String) -> Reply {
    let request = desk.manager.request(Method::POST, "/v1/households/lookup/bulk?program=PKH");
    Reply::of(request.header("content-type", kind).body(body)).await
}

fn by_nik(number: u32) -> Value {
    json!({ "nik": nik(number), "purpose": { "program": "PKH" } })
}

#[tokio::test]
async fn a_family_is_found_by_either_number() {
    let desk = desk().await;
    let by_kk = json!({ "kk_number": kk(1), "purpose": { "program": "PKH" } });
    for body in [by_nik(1), by_kk] {
        let found = desk.manager.post("/v1/households/lookup", &body).await.ok();
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        assert_eq!(found["items"][0]["household_id"], json!(desk.home.household_id));
        assert_eq!(found["items"][0]["decile"], 2);
    }
}

#[tokio::test]
async fn the_next_agency_sees_the_aid_but_not_what_is_sensitive() {
    let desk = desk().await;
    let mut hidden = program("ODHA");
    hidden["sensitive"] = json!(true);
    desk.manager.post("/v1/programs", &hidden).await.created();
    desk.world.stands_in(&desk.home, "PKH", "dinsos").await;
    desk.world.stands_in(&desk.home, "ODHA", "dinsos").await;
    let other = desk.api.manager_of("desa-socah").await;
    other.post("/v1/programs", program("BLT-DESA")).await.created();
    let body = json!({ "nik": nik(1), "purpose": { "program": "BLT-DESA" } });
    let found = other.post("/v1/households/lookup", &body).await.ok();
    assert_eq!(found["items"][0]["programs"], json!(["PKH"]));
    let own = desk.manager.post("/v1/households/lookup", by_nik(1)).await.ok();
    assert_eq!(own["items"][0]["programs"], json!(["ODHA", "PKH"]));
}

#[tokio::test]
async fn a_purpose_is_a_programme_of_one_s_own() {
    let desk = desk().await;
    let other = desk.api.manager_of("dinkes").await;
    other.post("/v1/households/lookup", by_nik(1)).await.refused("not-your-program");
    let without = json!({ "nik": nik(1) });
    assert_eq!(desk.manager.post("/v1/households/lookup", &without).await.wrong_fields(), ["/purpose"]);
    let aid = format!("/v1/households/{}/aid", desk.home.household_id);
    desk.manager.get(&aid).await.refused("purpose-required");
    other.get(&format!("{aid}?program=PKH")).await.refused("not-your-program");
    desk.manager.get(&format!("{aid}?program=PKH")).await.ok();
}

#[tokio::test]
async fn not_there_and_not_yours_read_alike_and_both_count_as_misses() {
    let desk = desk().await;
    let elsewhere = desk.api.actor(Role::ProgramManager, "dinsos", &["35.26.18"]).await;
    let not_yours = elsewhere.post("/v1/households/lookup", by_nik(1)).await.ok();
    let not_there = elsewhere.post("/v1/households/lookup", by_nik(2)).await.ok();
    assert_eq!(not_yours, not_there);
    assert_eq!(not_there, json!({ "items": [] }));
    let subject = elsewhere.identity.unwrap().subject;
    let sql = format!("SELECT misses FROM lookup_misses WHERE subject = '{subject}'");
    assert_eq!(desk.api.database.value::<i32>(&sql).await, 2);
}

#[tokio::test]
async fn whoever_guesses_too_often_is_stopped_for_the_day() {
    let desk = desk_with(quota_of("3").await).await;
    for number in 2..=4 {
        desk.manager.post("/v1/households/lookup", by_nik(number)).await.ok();
    }
    desk.manager.post("/v1/households/lookup", by_nik(5)).await.refused("lookup-quota-exceeded");
    let rows: Vec<Value> = (10..20).map(|number| json!({ "nik": nik(number) })).collect();
    let many = json!({ "purpose": { "program": "PKH" }, "items": rows });
    desk.manager.post("/v1/households/lookup/bulk", &many).await.refused("lookup-quota-exceeded");
    // A hit is refused too: otherwise the refusals would tell who is there.
    desk.manager.post("/v1/households/lookup", by_nik(1)).await.refused("lookup-quota-exceeded");
}

#[tokio::test]
async fn a_lookup_tells_something_and_so_can_t_be_tried() {
    let desk = desk().await;
    let many = json!({ "purpose": { "program": "PKH" }, "items": [{ "nik": nik(2) }] });
    let name = json!({ "village_code": "35.26.01.2001", "name": "siti", "purpose": { "program": "PKH" } });
    for (path, body) in [("lookup", by_nik(1)), ("lookup/bulk", many), ("search", name)] {
        let refused = desk.manager.post(&format!("/v1/households/{path}?dry_run=true"), &body).await;
        refused.refused("no-trial");
        let parameters = document()["paths"][format!("/v1/households/{path}")]["post"]["parameters"].to_string();
        assert!(!parameters.contains("dry_run"), "{path}: {parameters}");
    }
    assert_eq!(desk.api.database.value::<i64>("SELECT count(*) FROM lookup_misses").await, 0);
}

#[tokio::test]
async fn what_is_left_of_the_day_is_told() {
    let desk = desk_with(quota_of("3").await).await;
    let left = async || desk.manager.get("/v1/me").await.ok()["limits"]["lookup_misses_left_today"].clone();
    assert_eq!(left().await, 3);
    desk.manager.post("/v1/households/lookup", by_nik(1)).await.ok();
    assert_eq!(left().await, 3);
    desk.manager.post("/v1/households/lookup", by_nik(2)).await.ok();
    assert_eq!(left().await, 2);
    let rows: Vec<Value> = (10..20).map(|number| json!({ "nik": nik(number) })).collect();
    let many = json!({ "purpose": { "program": "PKH" }, "items": rows });
    desk.manager.post("/v1/households/lookup/bulk", &many).await.refused("lookup-quota-exceeded");
    assert_eq!(left().await, 0);
    // Another caller has a day of its own.
    let other = desk.api.manager_of("dinkes").await;
    assert_eq!(other.get("/v1/me").await.ok()["limits"]["lookup_misses_left_today"], 3);
}

#[tokio::test]
async fn a_lookup_is_on_record_with_its_purpose_and_without_the_number() {
    let desk = desk().await;
    desk.manager.post("/v1/households/lookup", by_nik(1)).await.ok();
    let sql = "SELECT purpose || ' ' || household_ids[1] || ' ' || individual_ids[1] FROM audit_entries WHERE action = 'household.lookup'";
    let trace: String = desk.api.database.value(sql).await;
    assert_eq!(trace, format!("PKH {} {}", desk.home.household_id, desk.home.member_ids[0]));
    let whole: String = desk.api.database.value("SELECT string_agg(a::text, '') FROM audit_entries a").await;
    assert!(!whole.contains(&nik(1)));
}

#[tokio::test]
async fn every_row_of_many_is_answered_in_order() {
    let desk = desk().await;
    desk.world.stands_in(&desk.home, "PKH", "dinsos").await;
    let rows = json!([{ "nik": nik(1) }, { "nik": nik(99) }, { "kk_number": kk(1) }, { "nik": "123" }, {},
        { "nik": nik(1), "kk_number": kk(1) }, { "nik": 5 }, { "nik": nik(1), "nama": "x" }, [nik(1)], "x", null]);
    let body = json!({ "purpose": { "program": "PKH" }, "items": rows });
    let answer = desk.manager.post("/v1/households/lookup/bulk", &body).await.ok();
    let items = answer["items"].as_array().unwrap();
    let outcomes: Vec<&str> = items.iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes[..3], ["found", "not_found", "found"]);
    assert_eq!(outcomes[3..], ["invalid"; 8]);
    assert_eq!((&answer["found"], &answer["not_found"], &answer["invalid"]), (&json!(2), &json!(1), &json!(8)));
    assert_eq!(items[0]["programs"], json!(["PKH"]));
    assert_eq!(items[1]["identity"], "**************99");
    let wrong: Vec<&Value> = items[3..].iter().map(|item| &item["errors"][0]["pointer"]).collect();
    let expected = ["3/nik", "4", "5", "6/nik", "7/nama", "8", "9", "10"];
    assert_eq!(wrong, expected.map(|place| json!(format!("/items/{place}"))).iter().collect::<Vec<_>>());
    assert_eq!(items[3]["errors"][0]["message"], "bukan NIK yang sah");
    // A malformed number tells nothing, so it is no miss.
    assert_eq!(desk.api.database.value::<i32>("SELECT misses FROM lookup_misses").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_row_is_told_in_the_caller_s_language() {
    let desk = desk().await;
    let request = desk.manager.request(Method::POST, "/v1/households/lookup/bulk?program=PKH");
    let request = request.header("content-type", "application/x-ndjson").header("accept-language", "en");
    let answer: Value = Reply::of(request.body("{\"nik\":\"123\"}")).await.json();
    assert_eq!(answer["errors"][0]["message"], "is no valid NIK");
}

#[tokio::test]
async fn json_and_ndjson_ask_and_answer_the_same() {
    let desk = desk().await;
    desk.world.stands_in(&desk.home, "PKH", "dinsos").await;
    let asked = [json!({ "nik": nik(1) }), json!({ "nik": nik(2) }), json!({ "kk_number": kk(1) })];
    let body = json!({ "purpose": { "program": "PKH" }, "items": asked });
    let answered = desk.manager.post("/v1/households/lookup/bulk", &body).await.ok();
    let items = answered["items"].as_array().unwrap();
    assert_eq!(items[0]["household_id"], json!(desk.home.household_id));

    let lines = asked.iter().map(|row| format!("{row}\n")).collect();
    let ndjson = send(&desk, "application/x-ndjson", lines).await;
    let mut rows: Vec<Value> = ndjson.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (row, line) in rows.iter_mut().zip(1..) {
        assert_eq!(row.as_object_mut().unwrap().remove("line"), Some(json!(line)));
    }
    assert_eq!(&rows, items);
}

#[tokio::test]
async fn a_line_that_can_t_be_read_is_answered_in_its_place_and_stops_no_other() {
    let desk = desk().await;
    let lines = format!("{{\"nik\":\"{}\"}}\n\n{{\"nik\":\n[\"{}\"]\n{{\"nik\":\"{}\"}}\n", nik(1), nik(1), nik(2));
    let answer = send(&desk, "application/x-ndjson", lines).await;
    assert_eq!(answer.status, 200);
    let told: Vec<(i64, String)> = answer
        .text
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            (row["line"].as_i64().unwrap(), row["outcome"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [(1, "found"), (3, "invalid"), (4, "invalid"), (5, "not_found")];
    assert_eq!(told, expected.map(|(line, outcome)| (line, outcome.to_owned())));
}

#[tokio::test]
async fn a_csv_file_comes_back_as_it_was_with_the_answers_beside_it() {
    let desk = desk().await;
    let (known, unknown) = (nik(1), nik(2));
    let file = format!(
        "Nama;NIK;Catatan\n\"SITI; AMINAH\";{known};lama\nBUDI;{unknown};\nANI;123;\"dua\nbaris\"\nEKA;{known}\n"
    );
    let answer = send(&desk, "text/csv", file).await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    let (home, person, release) = (desk.home.household_id, desk.home.member_ids[0], desk.world.release_id);
    let expected = format!(
        "Nama;NIK;Catatan;line;outcome;household_id;individual_id;release_id;decile;village_code;programs;errors\n\
         \"SITI; AMINAH\";{known};lama;2;found;{home};{person};{release};2;35.26.01.2001;;\n\
         BUDI;{unknown};;3;not_found;;;;;;;\n\
         ANI;123;\"dua\nbaris\";4;invalid;;;;;;;\"memuat 2 baris dalam tanda kutip; satu baris berkas adalah satu baris daftar\"\n\
         EKA;{known};;6;invalid;;;;;;;berisi 2 kolom, padahal kepala memuat 3\n"
    );
    assert_eq!(answer.text, expected);
    // The answer can be mended and sent again.
    let again = send(&desk, "text/csv", answer.text.clone()).await;
    assert_eq!(again.text.lines().next(), answer.text.lines().next());
}

#[tokio::test]
async fn only_what_makes_a_list_unreadable_refuses_all_of_it_and_says_where() {
    let desk = desk().await;
    for (kind, body, line) in [
        ("text/csv", format!("nomor\n{}\n", nik(1)), 1),
        ("text/csv", format!("nik\n{}\n\"{}\n{}\n", nik(1), nik(1), nik(1)), 3),
    ] {
        assert_eq!(send(&desk, kind, body).await.refused("malformed-request")["line"], line);
    }
    let request = desk.manager.request(Method::POST, "/v1/households/lookup/bulk?program=PKH");
    let latin = request.header("content-type", "application/x-ndjson").body(b"{}\n{\"nik\":\"\xe9\"}".to_vec());
    assert_eq!(Reply::of(latin).await.refused("malformed-request")["line"], 2);
    let request = desk.manager.request(Method::POST, "/v1/households/lookup/bulk");
    let broken = request.header("content-type", "application/json").body("{\"items\":\n[{]}");
    assert_eq!(Reply::of(broken).await.refused("malformed-request")["line"], 2);
    assert_eq!(desk.api.database.value::<i64>("SELECT count(*) FROM lookup_misses").await, 0);
}

#[tokio::test]
async fn a_list_of_many_is_known_by_its_media_type() {
    let desk = desk().await;
    assert_eq!(send(&desk, "Application/X-NDJSON", format!("{{\"nik\":\"{}\"}}", nik(1))).await.status, 200);
    send(&desk, "text/plain", nik(1)).await.refused("unsupported-media-type");
}

#[tokio::test]
async fn a_list_without_a_programme_in_its_address_names_no_purpose() {
    let desk = desk().await;
    for (kind, body) in
        [("application/x-ndjson", json!({ "nik": nik(1) }).to_string()), ("text/csv", format!("nik\n{}\n", nik(1)))]
    {
        let request = desk.manager.request(Method::POST, "/v1/households/lookup/bulk");
        Reply::of(request.header("content-type", kind).body(body)).await.refused("purpose-required");
    }
}

#[tokio::test]
async fn an_empty_list_and_one_too_long_are_refused() {
    let desk = desk().await;
    let ask = |rows: Vec<Value>| json!({ "purpose": { "program": "PKH" }, "items": rows });
    assert_eq!(desk.manager.post("/v1/households/lookup/bulk", ask(Vec::new())).await.wrong_fields(), ["/items"]);
    let many = (0..10_001).map(|_| json!({ "nik": nik(1) })).collect();
    desk.manager.post("/v1/households/lookup/bulk", ask(many)).await.refused("too-many-rows");
}

#[tokio::test]
async fn a_person_who_stands_in_two_families_is_found_in_both() {
    let desk = desk().await;
    let other = desk.world.household(|home| home.member(|twin| twin.id(desk.home.member_ids[0]))).await;
    let found = desk.manager.post("/v1/households/lookup", by_nik(1)).await.ok();
    let mut ids: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["household_id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let mut expected = [desk.home.household_id.to_string(), other.household_id.to_string()];
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_name_is_found_within_its_village_though_spelt_otherwise() {
    let desk = desk().await;
    desk.world.household(|home| home.village("35.26.02.2001").member(|head| head.set("name", "SITI AMINAH"))).await;
    let ask = |name: &str| json!({ "village_code": "35.26.01.2001", "name": name, "purpose": { "program": "PKH" } });
    for spelling in ["siti aminah", "Siti Aminnah", "sitti aminah", "aminah"] {
        let hits = desk.manager.post("/v1/households/search", ask(spelling)).await.ok();
        let hits = hits["items"].as_array().unwrap();
        assert_eq!(hits.len(), 1, "{spelling}");
        assert_eq!(hits[0]["household_id"], json!(desk.home.household_id));
    }
    assert_eq!(desk.manager.post("/v1/households/search", ask("budi santoso")).await.ok(), json!({ "items": [] }));
    for short in ["si", " s i ", "si...", "   "] {
        assert_eq!(desk.manager.post("/v1/households/search", ask(short)).await.wrong_fields(), ["/name"], "{short}");
    }
    let district = json!({ "village_code": "35.26.01", "name": "siti", "purpose": { "program": "PKH" } });
    assert_eq!(desk.manager.post("/v1/households/search", &district).await.wrong_fields(), ["/village_code"]);
}

#[tokio::test]
async fn whoever_guesses_names_too_often_is_stopped_for_the_day_in_lookups_too() {
    let api = Api::start_with(|settings| {
        settings.insert("DAILY_MISSES".to_owned(), "3".to_owned());
    })
    .await;
    let desk = desk_with(api).await;
    let ask = |name: &str| json!({ "village_code": "35.26.01.2001", "name": name, "purpose": { "program": "PKH" } });
    // Who is there costs nothing, and a search can't be tried past the quota.
    for name in ["siti aminah", "budi santoso", "siti aminah", "budi santoso"] {
        desk.manager.post("/v1/households/search", ask(name)).await.ok();
    }
    desk.manager.post("/v1/households/search?dry_run=true", ask("budi santoso")).await.refused("no-trial");
    desk.manager.post("/v1/households/lookup", by_nik(2)).await.ok();
    assert_eq!(desk.api.database.value::<i32>("SELECT sum(misses)::integer FROM lookup_misses").await, 3);
    for name in ["budi santoso", "siti aminah"] {
        let refused = desk.manager.post("/v1/households/search", ask(name)).await;
        assert!(refused.headers.contains_key("retry-after"));
        refused.refused("lookup-quota-exceeded");
    }
    desk.manager.post("/v1/households/lookup", by_nik(1)).await.refused("lookup-quota-exceeded");
    let told =
        "SELECT count(*), sum((details->>'misses')::integer) FROM audit_entries WHERE action = 'individual.searched'";
    assert_eq!(desk.api.rows(told).await, ["6|3"]);
}

#[tokio::test]
async fn a_search_answers_twenty_hits_at_most() {
    let desk = desk().await;
    desk.world.households(30, |_, home| home.member(|head| head.set("name", "NUR HASANAH"))).await;
    let ask = json!({ "village_code": "35.26.01.2001", "name": "nur hasanah", "purpose": { "program": "PKH" } });
    assert_eq!(desk.manager.post("/v1/households/search", &ask).await.ok()["items"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_field_officer_finds_the_family_and_is_told_nothing_of_its_aid() {
    let desk = desk().await;
    let officer = desk.api.actor(Role::FieldOfficer, "slrt", &["35.26"]).await;
    let ask = by_nik(1);
    let told = desk.manager.post("/v1/households/lookup", &ask).await.ok();
    assert!(told["items"][0]["programs"].is_array(), "{told}");
    let found = officer.post("/v1/households/lookup", &ask).await.ok();
    assert_eq!(found["items"][0]["household_id"], told["items"][0]["household_id"]);
    assert_eq!(found["items"][0].get("programs"), None);
}
