//! Programmes: made and changed by their agency, their rules, periods and exemptions.

use crate::support::{
    Api,
    aid::Stage,
    programs::{program, with},
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

#[tokio::test]
async fn a_programme_is_made_with_its_rule_and_seen_by_every_role() {
    let stage = Stage::set().await;
    let body = with(
        program("BLT-DAERAH", "household.decile <= 4"),
        json!({ "quota": 100, "excludes": ["SEMBAKO", "PKH"], "external_reference": "SIM-4",
            "ranking": [{ "expression": "household.decile", "order": "asc" }] }),
    );
    let reply = stage.manager.post("/v1/programs", &body).await;
    let (etag, location) = (reply.headers["etag"].clone(), reply.headers["location"].to_str().unwrap().to_owned());
    let made = reply.created();
    assert_eq!(etag, "\"1\"");
    assert_eq!((&made["agency_code"], &made["version"]), (&json!("dinsos"), &json!(1)));
    assert_eq!(made["excludes"], json!(["PKH", "SEMBAKO"]));
    assert_eq!(made["places"], json!({ "quota": 100, "taken": 0 }));
    assert_eq!(
        (&made["rule"]["rule_version"], &made["rule"]["eligibility"]),
        (&json!(1), &json!("household.decile <= 4"))
    );
    assert_eq!(made["rule"]["ranking"], json!([{ "expression": "household.decile", "order": "asc" }]));
    let analyst = stage.api.actor(Role::Analyst, "bappeda", &["35.26"]).await;
    assert_eq!(analyst.get(&location).await.ok(), made);
    let told: i64 = stage
        .api
        .database
        .value("SELECT count(*) FROM outbox_events WHERE kind = 'program.created' AND agency_code = 'dinsos'")
        .await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_programme_s_code_is_given_once() {
    let stage = Stage::set().await;
    stage.made(&program("PKH", "household.decile <= 4")).await;
    let other = stage.api.manager_of("dinkes").await;
    other.post("/v1/programs", program("PKH", "household.decile <= 4")).await.refused("program-exists");
}

#[tokio::test]
async fn only_a_programme_manager_makes_programmes() {
    let stage = Stage::set().await;
    let steward = stage.api.steward().await;
    steward.post("/v1/programs", program("PKH", "household.decile <= 4")).await.refused("forbidden");
}

#[tokio::test]
async fn every_fault_of_a_rule_is_told_with_its_place_and_what_was_perhaps_meant() {
    let stage = Stage::set().await;
    let body = with(
        program("BLT", "household.decil <= 4 && household.floor == 'tanh'"),
        json!({ "ranking": [{ "expression": "household.decile", "order": "asc" },
            { "expression": "household.floor", "order": "asc" }] }),
    );
    let refused = stage.manager.post("/v1/programs", &body).await.refused("invalid-fields");
    let errors = refused["errors"].as_array().unwrap();
    let told: Vec<_> = errors
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["offset"].as_u64(), error["suggestion"].as_str()))
        .collect();
    // `decil` stands after the 10 characters of `household.`; the first clause and `&&` have 24 characters,
    // `household.floor == ` has 19.
    assert_eq!(told[0], ("/eligibility", Some(10), Some("decile")));
    assert_eq!(told[1], ("/eligibility", Some(24 + 19), Some("'tanah'")));
    assert_eq!(told[2].0, "/ranking/1/expression");
    assert_eq!(told.len(), 3);
}

#[tokio::test]
async fn illness_and_disability_are_asked_for_only_on_a_legal_basis() {
    let stage = Stage::set().await;
    let body = with(
        program("ALAT-BANTU", "members.exists(m, m.disabled)"),
        json!({ "ranking": [{ "expression": "members.filter(m, m.disabled).size()", "order": "desc" }] }),
    );
    let refused = stage.manager.post("/v1/programs", &body).await.refused("invalid-fields");
    let told: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (&error["pointer"], &error["offset"], &error["length"]))
        .collect();
    assert_eq!(
        told,
        [(&json!("/eligibility"), &json!(20), &json!(8)), (&json!("/ranking/0/expression"), &json!(20), &json!(8))]
    );
    stage.made(&with(body, json!({ "sensitive_fields": true }))).await;
}

#[tokio::test]
async fn a_programme_lies_within_its_manager_s_areas_and_its_own_days() {
    let stage = Stage::set().await;
    let manager = stage.api.actor(Role::ProgramManager, "dinkes", &["35.26.01"]).await;
    let body = with(
        program("BLT", "household.decile <= 4"),
        json!({ "areas": ["35.26.01.2001", "35.26"], "ends_on": "2025-12-31", "excludes": ["BLT"] }),
    );
    let reply = manager.post("/v1/programs", &body).await;
    assert_eq!(reply.wrong_fields(), ["/areas/1", "/ends_on", "/excludes/0"]);
    let body = with(body, json!({ "code": "blt", "amount_idr": 0, "kind": "uang" }));
    assert_eq!(manager.post("/v1/programs", &body).await.wrong_fields(), ["/kind"]);
    let body = with(body, json!({ "kind": "cash" }));
    assert_eq!(manager.post("/v1/programs", &body).await.wrong_fields(), ["/amount_idr", "/code"]);
}

#[tokio::test]
async fn no_rule_is_taken_before_a_release_is_in_force() {
    let api = Api::start().await;
    let manager = api.manager_of("dinsos").await;
    manager.post("/v1/programs", program("BLT", "household.decile <= 4")).await.refused("no-active-release");
    manager.get("/v1/eligibility-fields").await.refused("no-active-release");
}

#[tokio::test]
async fn the_catalogue_shows_the_words_of_the_release_in_force() {
    let stage = Stage::set().await;
    let analyst = stage.api.actor(Role::Analyst, "bappeda", &["35.26"]).await;
    let catalogue = analyst.get("/v1/eligibility-fields").await.ok();
    assert_eq!(catalogue["release_id"], json!(stage.world.release_id));
    let field =
        |name: &str| catalogue["items"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap().clone();
    assert!(field("household.floor")["words"].as_array().unwrap().contains(&json!("tanah")));
    assert_eq!((&field("m.disabled")["class"], &field("m.age")["type"]), (&json!("sensitive"), &json!("integer")));
}

#[tokio::test]
async fn programmes_are_listed_page_by_page_and_by_what_they_are() {
    let stage = Stage::set().await;
    for code in ["A", "B", "C"] {
        stage
            .made(&with(program(code, "household.decile <= 4"), json!({ "external_reference": format!("SIM-{code}") })))
            .await;
    }
    let health = stage.api.manager_of("dinkes").await;
    health
        .post("/v1/programs", with(program("D", "household.decile <= 4"), json!({ "kind": "service" })))
        .await
        .created();
    let codes = |list: &Value| -> Vec<String> {
        list["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
    };
    let first = stage.manager.get("/v1/programs?limit=3").await.ok();
    assert_eq!(codes(&first), ["A", "B", "C"]);
    let rest = format!("/v1/programs?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = stage.manager.get(&rest).await.ok();
    assert_eq!((codes(&rest), rest.get("next_cursor")), (vec!["D".to_owned()], None));
    assert_eq!(codes(&health.get("/v1/programs?agency=dinkes").await.ok()), ["D"]);
    assert_eq!(codes(&health.get("/v1/programs?kind=service").await.ok()), ["D"]);
    assert_eq!(codes(&health.get("/v1/programs?external_reference=SIM-B").await.ok()), ["B"]);
    assert_eq!(health.get("/v1/programs?kind=uang").await.wrong_fields(), ["kind"]);
}

#[tokio::test]
async fn what_a_change_does_not_name_stays_and_null_takes_away() {
    let stage = Stage::set().await;
    let body = with(
        program("BLT", "household.decile <= 4"),
        json!({ "quota": 10, "ends_on": "2026-12-31", "excludes": ["PKH"] }),
    );
    let address = stage.address_of(&body).await;
    let change = json!({ "name": "BLT Lansia", "quota": null, "amount_idr": null, "excludes": ["SEMBAKO"] });
    let changed = stage.manager.patch(&address, 1, &change).await.ok();
    assert_eq!((&changed["name"], &changed["version"]), (&json!("BLT Lansia"), &json!(2)));
    assert_eq!((&changed["amount_idr"], &changed["places"]["quota"]), (&Value::Null, &Value::Null));
    assert_eq!((&changed["ends_on"], &changed["excludes"]), (&json!("2026-12-31"), &json!(["SEMBAKO"])));
    stage.manager.patch(&address, 1, &change).await.refused("stale-version");
    let too_early = stage.manager.patch(&address, 2, json!({ "ends_on": "2025-12-31" })).await;
    assert_eq!(too_early.wrong_fields(), ["/ends_on"]);
    assert_eq!(stage.manager.patch(&address, 2, json!({ "code": "X" })).await.wrong_fields(), ["/code"]);
}

#[tokio::test]
async fn a_quota_is_not_set_below_the_places_taken() {
    let stage = Stage::set().await;
    let address = stage.address_of(&with(program("BLT", "household.decile <= 4"), json!({ "quota": 10 }))).await;
    stage.api.database.execute("UPDATE program_places SET taken = 3").await;
    let refused = stage.manager.patch(&address, 1, json!({ "quota": 2 })).await.refused("quota-below-taken");
    assert_eq!(refused["taken"], 3);
    stage.manager.patch(&address, 1, json!({ "quota": 3 })).await.ok();
}

#[tokio::test]
async fn another_agency_s_programme_is_not_there_to_be_written() {
    let stage = Stage::set().await;
    let address = stage.address_of(&program("BLT", "household.decile <= 4")).await;
    let other = stage.api.manager_of("dinkes").await;
    other.patch(&address, 1, json!({ "name": "X" })).await.refused("not-found");
    other
        .post_seen(&format!("{address}/rules"), 1, json!({ "eligibility": "household.decile <= 1" }))
        .await
        .refused("not-found");
    let period = json!({ "label": "T1", "fiscal_year": 2026, "starts_on": "2026-01-01", "ends_on": "2026-03-31" });
    other.post(&format!("{address}/periods"), &period).await.refused("not-found");
    other.post(&format!("{address}/eligibility/preview"), json!({})).await.refused("not-found");
    other.get(&format!("{address}/enrolments-no-longer-eligible")).await.refused("not-found");
}

#[tokio::test]
async fn who_changes_a_programme_covers_all_of_it_and_who_works_in_it_need_not() {
    let stage = Stage::set().await;
    let address = stage.address_of(&program("BLT", "household.decile <= 4")).await;
    let narrow = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    narrow.patch(&address, 1, json!({ "name": "X" })).await.refused("program-wider-than-token");
    let rule = json!({ "eligibility": "household.decile <= 1" });
    narrow.post_seen(&format!("{address}/rules"), 1, &rule).await.refused("program-wider-than-token");
    let period = json!({ "label": "T1", "fiscal_year": 2026, "starts_on": "2026-01-01", "ends_on": "2026-03-31" });
    narrow.post(&format!("{address}/periods"), &period).await.refused("program-wider-than-token");
    let exemption = json!({ "reason": "Korban banjir", "regulation": "SK Bupati 188/2026", "until": "2099-12-31" });
    let coordinator = stage.api.actor(Role::Coordinator, "bapperida", &["35.26.01"]).await;
    coordinator.post(&format!("{address}/exemptions"), &exemption).await.refused("program-wider-than-token");
    assert_eq!(stage.count("program_rules").await + stage.count("program_periods").await, 1);
    // To read it, try it and enrol within the own areas takes no more than that.
    narrow.get(&address).await.ok();
    narrow.post(&format!("{address}/eligibility/preview"), json!({})).await.ok();
    let home = stage.households(&[1]).await.remove(0);
    let asked = json!({ "household_id": home.household_id });
    narrow.post(&format!("{address}/enrolments"), &asked).await.created();
    narrow.post(&format!("{address}/enrolments/from-eligible"), json!({ "places": null })).await.ok();
    // One that lies within the token's areas is theirs to change.
    let small = with(program("BLT-KOTA", "household.decile <= 4"), json!({ "areas": ["35.26.01.2001"] }));
    let small = narrow.post("/v1/programs", &small).await.created();
    let small = format!("/v1/programs/{}", small["program_id"].as_str().unwrap());
    narrow.patch(&small, 1, json!({ "name": "X" })).await.ok();
}

#[tokio::test]
async fn each_version_of_a_rule_is_kept_and_the_newest_is_in_force() {
    let stage = Stage::set().await;
    let address = stage.address_of(&program("BLT", "household.decile <= 4")).await;
    let ranking = json!([{ "expression": "household.decile", "order": "asc" }]);
    let rule = json!({ "eligibility": "household.decile <= 2", "ranking": ranking });
    let changed = stage.manager.post_seen(&format!("{address}/rules"), 1, &rule).await;
    assert_eq!(changed.headers["etag"], "\"2\"");
    let changed = changed.created();
    assert_eq!(
        (&changed["rule"]["rule_version"], &changed["rule"]["eligibility"]),
        (&json!(2), &json!("household.decile <= 2"))
    );
    stage.manager.post_seen(&format!("{address}/rules"), 1, &rule).await.refused("stale-version");
    let wrong = json!({ "eligibility": "household.decile" });
    assert_eq!(stage.manager.post_seen(&format!("{address}/rules"), 2, &wrong).await.wrong_fields(), ["/eligibility"]);
    let kept: String =
        stage.api.database.value("SELECT string_agg(eligibility, '; ' ORDER BY rule_version) FROM program_rules").await;
    assert_eq!(kept, "household.decile <= 4; household.decile <= 2");
    let refused = stage.api.database.owner().await.execute("UPDATE program_rules SET eligibility = 'true'", &[]).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn periods_of_a_programme_do_not_overlap() {
    let stage = Stage::set().await;
    let address = format!("{}/periods", stage.address_of(&program("BLT", "household.decile <= 4")).await);
    let period = |label: &str, starts_on: &str, ends_on: &str| {
        let days = json!({ "starts_on": starts_on, "ends_on": ends_on });
        with(json!({ "label": label, "fiscal_year": 2026 }), days)
    };
    stage.manager.post(&address, period("Tahap 2", "2026-04-01", "2026-06-30")).await.created();
    stage.manager.post(&address, period("Tahap 1", "2026-01-01", "2026-04-01")).await.refused("periods-overlap");
    stage.manager.post(&address, period("Tahap 2", "2026-07-01", "2026-09-30")).await.refused("period-exists");
    assert_eq!(
        stage.manager.post(&address, period("Tahap 3", "2026-09-01", "2026-08-31")).await.wrong_fields(),
        ["/ends_on", "/ends_on"]
    );
    stage.manager.post(&address, period("Tahap 1", "2026-01-01", "2026-03-31")).await.created();
    let listed = stage.manager.get(&address).await.ok();
    let labels: Vec<_> = listed["items"].as_array().unwrap().iter().map(|period| &period["label"]).collect();
    assert_eq!(labels, ["Tahap 1", "Tahap 2"]);
}

#[tokio::test]
async fn an_exemption_is_granted_by_someone_else_than_the_programme_s_manager() {
    let stage = Stage::set().await;
    let address = format!("{}/exemptions", stage.address_of(&program("BLT", "household.decile <= 4")).await);
    let exemption = json!({ "reason": "Korban banjir", "regulation": "SK Bupati 188/2026", "until": "2099-12-31" });
    stage.manager.post(&address, &exemption).await.refused("forbidden");
    let coordinator = stage.api.actor(Role::Coordinator, "bapperida", &["35.26"]).await;
    let granted = coordinator.post(&address, &exemption).await.created();
    assert_eq!(granted["granted_by"], json!(coordinator.identity.as_ref().unwrap().subject));
    let passed = json!({ "reason": "x", "regulation": "y", "until": "2020-01-01" });
    assert_eq!(stage.api.steward().await.post(&address, &passed).await.wrong_fields(), ["/until"]);
    assert_eq!(stage.manager.get(&address).await.ok()["items"], json!([granted]));
}

#[tokio::test]
async fn how_many_stand_in_a_sensitive_programme_is_its_agency_s_to_know() {
    let stage = Stage::set().await;
    let path = stage.address_of(&with(program("TBC", "household.decile <= 4"), json!({ "sensitive": true }))).await;
    assert_eq!(stage.manager.get(&path).await.ok()["places"]["taken"], 0);
    let other = stage.api.manager_of("dinkes").await;
    assert_eq!(other.get(&path).await.ok()["places"], json!(null));
    assert_eq!(stage.api.auditor().await.get(&path).await.ok()["places"]["taken"], 0);
}

#[tokio::test]
async fn an_exclusion_that_names_no_programme_is_pointed_out_until_there_is_one() {
    let stage = Stage::set().await;
    let pkh = stage.made(&program("PKH", "household.decile <= 4")).await;
    assert_eq!(pkh["excludes_unknown"], json!([]));
    let body = with(program("BLT-DESA", "household.decile <= 1"), json!({ "excludes": ["PKH", "SEMBKO"] }));
    let made = stage.made(&body).await;
    assert_eq!(made["excludes_unknown"], json!(["SEMBKO"]));
    stage.made(&program("SEMBKO", "household.decile <= 5")).await;
    let address = format!("/v1/programs/{}", made["program_id"].as_str().unwrap());
    assert_eq!(stage.manager.get(&address).await.ok()["excludes_unknown"], json!([]));
}

#[tokio::test]
async fn words_on_members_are_for_programmes_that_serve_them_and_ask_for_nothing_else() {
    let stage = Stage::set().await;
    let ask = async |changes: Value| {
        let body = with(program("PKH-PLUS", "household.decile <= 4"), changes);
        stage.manager.post("/v1/programs", body).await
    };
    let of_household = ask(json!({ "beneficiary": "m.age >= 60" })).await;
    assert_eq!(of_household.wrong_fields(), ["/beneficiary"]);
    for (words, stretch) in [
        ("m.agee >= 60", "agee"),
        ("m.age >= 60 && household.decile <= 2", "household"),
        ("members.exists(x, x.age > 1)", "members"),
        ("m.age + 1", "+"),
        ("m.disabled", "disabled"),
    ] {
        let refused = ask(json!({ "serves": "individual", "beneficiary": words })).await.refused("invalid-fields");
        let fault = &refused["errors"][0];
        assert_eq!((&fault["pointer"], refused["errors"].as_array().unwrap().len()), (&json!("/beneficiary"), 1));
        let [offset, length] = ["offset", "length"].map(|part| fault[part].as_u64().unwrap() as usize);
        assert_eq!(&words[offset..offset + length], stretch, "{fault}");
    }
    let made = ask(json!({ "serves": "individual", "beneficiary": "m.age >= 60" })).await.created();
    assert_eq!(made["rule"]["beneficiary"], "m.age >= 60");
    let rule = json!({ "eligibility": "household.decile <= 2" });
    let path = format!("/v1/programs/{}/rules", made["program_id"].as_str().unwrap());
    let next = stage.manager.post_seen(&path, 1, rule).await.created();
    assert_eq!(next["rule"]["beneficiary"], json!(null));
}
