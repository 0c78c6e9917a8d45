//! Whom a programme's rule reaches, why, and whom no longer.

use crate::support::{
    aid::Stage,
    programs::{program, with},
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_preview_counts_by_district_and_decile_what_the_rule_would_reach() {
    let stage = Stage::set().await;
    let Stage { world, manager, .. } = &stage;
    world.households(6, |_, home| home.decile(1).floor("tanah")).await;
    world.households(5, |_, home| home.decile(2).floor("tanah").village("35.26.02.2001")).await;
    world.households(2, |_, home| home.decile(3).floor("tanah").village("35.26.02.2001")).await;
    world.households(3, |_, home| home.decile(1).floor("keramik")).await;
    world.households(7, |_, home| home.decile(1).floor("tanah").village("35.27.01.2001")).await;
    let address = stage.address_of(&program("BLT", "household.decile <= 1")).await;
    let trial = json!({ "eligibility": "household.decile <= 4 && household.floor == 'tanah'",
        "ranking": [{ "expression": "household.decile", "order": "desc" }] });
    let preview = manager.post(&format!("{address}/eligibility/preview"), &trial).await.ok();
    assert_eq!(preview["eligible"], 13);
    // All of Bangkalan's 18 districts are there, whether or not anybody lives in them.
    let districts = preview["by_district"].as_array().unwrap();
    assert_eq!(districts[0], json!({ "district_code": "35.26.01", "name": "Bangkalan", "eligible": 6 }));
    assert_eq!(districts[1], json!({ "district_code": "35.26.02", "name": "Socah", "eligible": 7 }));
    assert_eq!((districts.len(), districts[2..].iter().all(|row| row["eligible"] == "<5")), (18, true));
    // Two are of decile 3: of 13 in all, 13 - 6 - 5 would tell them. The empty ones look the same.
    let told: Vec<_> = preview["by_decile"].as_array().unwrap().iter().map(|part| part["eligible"].clone()).collect();
    let (few, withheld) = (json!("<5"), Value::Null);
    let mut expected = vec![json!(6), withheld];
    expected.resize(11, few);
    assert_eq!(told, expected);
    assert_eq!(preview["by_decile"][10]["decile"], Value::Null);
    assert_eq!(preview["cost_idr"], 13 * 300_000);
    let samples = preview["samples"].as_array().unwrap();
    let deciles: Vec<_> = samples.iter().map(|sample| sample["decile"].as_i64().unwrap()).collect();
    assert_eq!(deciles, [3, 3, 2, 2, 2, 2, 2, 1, 1, 1]);
    assert_eq!(samples[0]["name"], "S. R.");
}

#[tokio::test]
async fn a_district_where_few_are_eligible_looks_like_one_where_nobody_is() {
    let stage = Stage::set().await;
    stage.world.households(9, |_, home| home.decile(1)).await;
    stage.world.households(4, |_, home| home.decile(1).village("35.26.02.2001")).await;
    let address = stage.address_of(&program("BLT", "household.decile <= 1")).await;
    let preview = stage.manager.post(&format!("{address}/eligibility/preview"), json!({})).await.ok();
    let told: Vec<_> = preview["by_district"].as_array().unwrap().iter().map(|row| row["eligible"].clone()).collect();
    // Nine and four of thirteen: the nine would tell the four.
    let mut expected = vec![json!("<5"); 18];
    expected[0] = Value::Null;
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_preview_of_few_households_gives_none_of_them_away() {
    let stage = Stage::set().await;
    stage.world.households(4, |_, home| home.decile(1)).await;
    let address = stage.address_of(&program("BLT", "household.decile <= 1")).await;
    let preview = stage.manager.post(&format!("{address}/eligibility/preview"), json!({})).await.ok();
    assert_eq!(preview["eligible"], "<5");
    assert_eq!((preview.get("cost_idr"), preview.get("samples")), (None, None));
}

#[tokio::test]
async fn a_preview_stays_within_the_caller_s_areas_and_the_programme_s_and_is_on_record() {
    let stage = Stage::set().await;
    stage.world.households(5, |_, home| home.village("35.26.01.2001")).await;
    stage.world.households(6, |_, home| home.village("35.26.02.2001")).await;
    stage.world.households(7, |_, home| home.village("35.26.03.2001")).await;
    let body = with(program("BLT", "household.decile <= 4"), json!({ "areas": ["35.26.01", "35.26.02"] }));
    let address = format!("{}/eligibility/preview", stage.address_of(&body).await);
    assert_eq!(stage.manager.post(&address, json!({})).await.ok()["eligible"], 11);
    let of_one_district = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.02", "35.26.03"]).await;
    assert_eq!(of_one_district.post(&address, json!({})).await.ok()["eligible"], 6);
    let acts =
        "SELECT string_agg(action || ' ' || purpose || ' ' || cardinality(household_ids), ', ' ORDER BY occurred_at)
                FROM audit_entries";
    let on_record: String = stage.api.database.value(acts).await;
    assert_eq!(on_record, "eligibility.preview BLT 10, eligibility.preview BLT 6");
}

#[tokio::test]
async fn ages_are_counted_today_and_no_other_day_may_be_named_or_they_would_tell_birth_dates() {
    let stage = Stage::set().await;
    let homes = stage.world.households(5, |_, home| home.member(|head| head.age(60))).await;
    let address = stage.address_of(&program("LANSIA", "members.exists(m, m.age >= 60)")).await;
    let [preview, explain] = ["preview", "explain"].map(|what| format!("{address}/eligibility/{what}"));
    assert_eq!(stage.manager.post(&preview, json!({})).await.ok()["eligible"], 5);
    assert_eq!(stage.manager.post(&preview, json!({ "on": "2020-01-01" })).await.wrong_fields(), ["/on"]);
    let whom = json!({ "household_id": homes[0].household_id, "on": "2020-01-01" });
    assert_eq!(stage.manager.post(&explain, whom).await.wrong_fields(), ["/on"]);
}

#[tokio::test]
async fn a_preview_that_asks_for_health_shows_nobody_to_who_does_not_see_it() {
    let stage = Stage::set().await;
    stage.world.households(6, |_, home| home.decile(1).member(|head| head.set("walking", 1))).await;
    let body = with(program("ALAT-BANTU", "household.decile <= 4"), json!({ "sensitive_fields": true }));
    let address = format!("{}/eligibility/preview", stage.address_of(&body).await);
    let plain = stage.manager.post(&address, json!({})).await.ok();
    assert_eq!(plain["samples"].as_array().unwrap().len(), 6);
    let by_rule = json!({ "eligibility": "members.exists(m, m.walking == 'sama_sekali_tidak_bisa')" });
    let by_ranking = json!({ "ranking": [{ "order": "desc",
        "expression": "members.filter(m, m.walking == 'sama_sekali_tidak_bisa').size()" }] });
    for (trial, is_rough) in [(by_rule, true), (by_ranking, false)] {
        let told = stage.manager.post(&address, &trial).await.ok();
        assert_eq!((&told["rough"], told.get("samples")), (&json!(is_rough), None), "{trial}");
        // The order of those who are eligible does not tell who is.
        assert!(is_rough || told["eligible"] == 6, "{told}");
    }
    let traced = "audit_entries WHERE action = 'eligibility.preview' AND (details ->> 'asks_for_health')::boolean
        AND coalesce(cardinality(household_ids), 0) = 0";
    assert_eq!(stage.count(traced).await, 2);
}

#[tokio::test]
async fn a_comment_within_a_clause_does_not_show_what_it_asks_of_health() {
    let stage = Stage::set().await;
    let home = stage.world.household(|home| home.decile(1).member(|head| head.set("walking", 1))).await;
    let rule = "members.exists(m, m.// tes\n walking == 'sama_sekali_tidak_bisa') || household.decile > 9";
    let body = with(program("ALAT-BANTU", rule), json!({ "sensitive_fields": true }));
    let address = stage.address_of(&body).await;
    let whom = json!({ "household_id": home.household_id });
    let told = stage.manager.post(&format!("{address}/eligibility/explain"), &whom).await.ok();
    let clause = &told["explanation"]["clauses"][0];
    assert_eq!((&clause["withheld"], clause.get("members"), clause.get("clauses")), (&json!(true), None, None));
    // Frozen by the interpreter, and by SQL.
    stage.manager.post(&format!("{address}/enrolments"), &whom).await.created();
    let other = stage.world.household(|home| home.decile(1).member(|head| head.set("walking", 1))).await;
    let list = json!({ "items": [{ "household_id": other.household_id }] });
    stage.manager.post(&format!("{address}/enrolments/bulk"), list).await.ok();
    let listed = stage.manager.get("/v1/enrolments").await.ok();
    let items = listed["items"].as_array().unwrap();
    assert!(
        items.len() == 2 && items.iter().all(|row| row["explanation"]["clauses"][0]["withheld"] == true),
        "{listed}"
    );
}

#[tokio::test]
async fn an_explanation_goes_through_the_rule_clause_by_clause() {
    let stage = Stage::set().await;
    let home = stage
        .world
        .household(|home| home.decile(2).floor("keramik").member(|head| head.age(67)).member(|child| child.age(12)))
        .await;
    let rule = "household.decile <= 4 && household.floor == 'tanah' && members.exists(m, m.age >= 60)";
    let address = format!("{}/eligibility/explain", stage.address_of(&program("LANSIA", rule)).await);
    let explained = stage.manager.post(&address, json!({ "household_id": home.household_id })).await.ok();
    assert_eq!(
        (&explained["program_code"], &explained["rule_version"], &explained["decile"]),
        (&json!("LANSIA"), &json!(1), &json!(2))
    );
    let clauses = explained["explanation"]["clauses"].as_array().unwrap();
    let verdicts: Vec<_> = clauses.iter().map(|clause| clause["verdict"].as_str().unwrap()).collect();
    assert_eq!((verdicts, &explained["explanation"]["eligible"]), (vec!["true", "false", "true"], &json!(false)));
    assert_eq!(clauses[1]["values"], json!({ "household.floor": "keramik" }));
    assert_eq!(clauses[2]["members"][0][0]["values"], json!({ "m.age": 67 }));
    let on_record: bool = stage
        .api
        .database
        .value(&format!(
            "SELECT household_ids = ARRAY['{}'::uuid] AND purpose = 'LANSIA' FROM audit_entries",
            home.household_id
        ))
        .await;
    assert!(on_record);
}

#[tokio::test]
async fn an_answer_that_is_missing_is_named_and_does_not_make_eligible() {
    let stage = Stage::set().await;
    let home = stage.world.household(|home| home.decile(2)).await;
    let address = format!(
        "{}/eligibility/explain",
        stage.address_of(&program("RTLH", "household.decile <= 4 && household.floor == 'tanah'")).await
    );
    let explained = stage.manager.post(&address, json!({ "household_id": home.household_id })).await.ok();
    assert_eq!(explained["explanation"]["verdict"], "unknown");
    assert_eq!(explained["explanation"]["missing"], json!(["household.floor"]));
}

#[tokio::test]
async fn an_explanation_knows_the_aid_that_other_agencies_give() {
    let stage = Stage::set().await;
    let home = stage.world.household(|home| home).await;
    let health = stage.api.manager_of("dinkes").await;
    for (code, sensitive) in [("ODHA", true), ("PKH", false)] {
        health
            .post("/v1/programs", with(program(code, "household.decile <= 4"), json!({ "sensitive": sensitive })))
            .await
            .created();
        stage.world.stands_in(&home, code, "dinkes").await;
    }
    // What another agency marked sensitive stays with it, though a rule names it.
    for (code, told, eligible) in [("ODHA", json!([]), true), ("PKH", json!(["PKH"]), false)] {
        let rule = format!("!('{code}' in aid.programs)");
        let address =
            format!("{}/eligibility/explain", stage.address_of(&program(&format!("BUKAN-{code}"), &rule)).await);
        let explained = stage.manager.post(&address, json!({ "household_id": home.household_id })).await.ok();
        assert_eq!(explained["explanation"]["clauses"][0]["values"], json!({ "aid.programs": told }));
        assert_eq!(explained["explanation"]["eligible"], eligible);
    }
}

#[tokio::test]
async fn a_household_beyond_the_areas_is_not_there_to_be_explained() {
    let stage = Stage::set().await;
    let home = stage.world.household(|home| home.village("35.26.02.2001")).await;
    let body = with(program("BLT", "household.decile <= 4"), json!({ "areas": ["35.26.01"] }));
    let near = format!("{}/eligibility/explain", stage.address_of(&body).await);
    let wide = format!("{}/eligibility/explain", stage.address_of(&program("BLT-2", "household.decile <= 4")).await);
    let whom = json!({ "household_id": home.household_id });
    stage.manager.post(&near, &whom).await.refused("household-not-found");
    stage.manager.post(&wide, &whom).await.ok();
    let elsewhere = stage.api.actor(Role::CaseManager, "slrt", &["35.26.01"]).await;
    elsewhere.post(&wide, &whom).await.refused("household-not-found");
    let stranger = json!({ "household_id": home.household_id, "individual_id": Uuid::now_v7() });
    assert_eq!(stage.manager.post(&wide, &stranger).await.wrong_fields(), ["/individual_id"]);
    let analyst = stage.api.actor(Role::Analyst, "bappeda", &["35.26"]).await;
    analyst.post(&wide, &whom).await.refused("forbidden");
}

#[tokio::test]
async fn a_rule_on_disability_is_explained_to_its_own_agency_only() {
    let stage = Stage::set().await;
    let home = stage.world.household(|home| home).await;
    let body = with(program("ALAT-BANTU", "members.exists(m, m.disabled)"), json!({ "sensitive_fields": true }));
    let address = format!("{}/eligibility/explain", stage.address_of(&body).await);
    let whom = json!({ "household_id": home.household_id });
    stage.manager.post(&address, &whom).await.ok();
    let front_desk = stage.api.actor(Role::CaseManager, "slrt", &["35.26"]).await;
    front_desk.post(&address, &whom).await.refused("forbidden");
    // A manager looks at households for the own agency's programmes, whatever their rules ask for.
    stage.api.manager_of("dinkes").await.post(&address, &whom).await.refused("not-your-program");
}

/// Puts an enrolment in the state that it would have after a decision on the release in force.
async fn enrolled(stage: &Stage, program: &Value, household_id: Uuid, decile: i16, state: &str) -> String {
    let enrolment_id = Uuid::now_v7();
    let sql = format!(
        "INSERT INTO enrolments (household_id, enrolment_id, program_id, agency_code, beneficiary_id, village_code,
             state, release_id, decile, rule_version, explanation, created_by)
         VALUES ('{household_id}', '{enrolment_id}', '{}', 'dinsos', '{household_id}', '35.26.01.2001', '{state}',
             '{}', {decile}, 1, '{{}}', 'user:x')",
        program["program_id"].as_str().unwrap(),
        stage.world.release_id
    );
    stage.api.database.execute(&sql).await;
    enrolment_id.to_string()
}

#[tokio::test]
async fn enrolments_that_a_new_release_no_longer_supports_are_listed_with_what_changed() {
    let mut stage = Stage::set().await;
    let made = stage.made(&program("BLT", "household.decile <= 4")).await;
    let homes = stage.world.households(5, |_, home| home.decile(2)).await;
    let ids: Vec<Uuid> = homes.iter().map(|home| home.household_id).collect();
    let still = enrolled(&stage, &made, ids[0], 2, "active").await;
    let richer = enrolled(&stage, &made, ids[1], 2, "active").await;
    let gone = enrolled(&stage, &made, ids[2], 2, "candidate").await;
    let ended = enrolled(&stage, &made, ids[3], 2, "ended").await;
    let unranked = enrolled(&stage, &made, ids[4], 2, "suspended").await;
    stage.world.next_release().await;
    for (id, decile) in [(ids[0], Some(4)), (ids[1], Some(6)), (ids[3], Some(9)), (ids[4], None)] {
        stage.world.household(|home| home.id(id).decile(decile)).await;
    }
    let address = format!("/v1/programs/{}/enrolments-no-longer-eligible", made["program_id"].as_str().unwrap());
    let first = stage.manager.get(&format!("{address}?limit=2")).await.ok();
    let second =
        stage.manager.get(&format!("{address}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.ok();
    let items: Vec<Value> =
        [&first, &second].iter().flat_map(|page| page["items"].as_array().unwrap().clone()).collect();
    let listed: Vec<_> = items
        .iter()
        .map(|item| {
            (item["enrolment_id"].as_str().unwrap(), &item["decile_then"], &item["decile_now"], &item["in_release"])
        })
        .collect();
    assert_eq!(
        listed,
        [
            (&*richer, &json!(2), &json!(6), &json!(true)),
            (&*gone, &json!(2), &Value::Null, &json!(false)),
            (&*unranked, &json!(2), &Value::Null, &json!(true)),
        ]
    );
    assert!(![still, ended].iter().any(|id| listed.iter().any(|item| item.0 == id)));
    assert_eq!(second.get("next_cursor"), None);
}

#[tokio::test]
async fn a_rule_that_a_new_code_book_no_longer_knows_is_not_used() {
    let mut stage = Stage::set().await;
    let home = stage.world.household(|home| home.floor("tanah")).await;
    let address = stage.address_of(&program("RTLH", "household.floor == 'tanah'")).await;
    let release = stage.world.next_release().await;
    let renamed = format!(
        "UPDATE code_book_entries SET description = 'Tanah liat'
         WHERE release_id = '{release}' AND \"column\" = 'jenis_lantai_terluas' AND description = 'Tanah'"
    );
    stage.api.database.execute(&renamed).await;
    stage.world.household(|same| same.id(home.household_id)).await;
    let refused = stage
        .manager
        .post(&format!("{address}/eligibility/explain"), json!({ "household_id": home.household_id }))
        .await;
    assert_eq!(refused.refused("rule-out-of-date")["errors"][0]["pointer"], "/eligibility");
    let rule = json!({ "eligibility": "household.floor == 'tanah_liat'" });
    stage.manager.post_seen(&format!("{address}/rules"), 1, &rule).await.created();
}

#[tokio::test]
async fn a_member_who_left_or_died_is_listed_and_one_who_died_is_not_enrolled() {
    let mut stage = Stage::set().await;
    let scheme = stage.program("KIP-JAWARA", json!({ "serves": "individual" })).await;
    let home =
        stage.world.household(|home| home.decile(1).member(|one| one).member(|two| two).member(|three| three)).await;
    let enrol = |member: Uuid| {
        let body = json!({ "household_id": home.household_id, "individual_id": member });
        let (manager, path) = (stage.manager.clone(), scheme.enrolments(""));
        async move { manager.post(&path, body).await }
    };
    for member in &home.member_ids {
        enrol(*member).await.created();
    }
    // In the next release the first is there, the second is marked as deceased, the third has left.
    let [one, two, three] = home.member_ids[..] else { panic!("three members") };
    stage.world.next_release().await;
    stage
        .world
        .household(|described| {
            described
                .id(home.household_id)
                .decile(1)
                .member(|member| member.id(one))
                .member(|member| member.id(two).set("deceased", true))
        })
        .await;
    let list = stage.manager.get(&format!("/v1/programs/{}/enrolments-no-longer-eligible", scheme.id)).await.ok();
    let mut listed: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["individual_id"].as_str().unwrap().to_owned(), row["is_member"].clone()))
        .collect();
    listed.sort_by_key(|(member, _)| member.clone());
    let mut expected = [(two.to_string(), json!(false)), (three.to_string(), json!(false))];
    expected.sort_by_key(|(member, _)| member.clone());
    assert_eq!(listed, expected);
    let other = stage.world.household(|home| home.decile(1).member(|head| head.set("deceased", true))).await;
    let body = json!({ "household_id": other.household_id, "individual_id": other.member_ids[0] });
    stage.manager.post(&scheme.enrolments(""), body).await.refused("not-a-member");
}

#[tokio::test]
async fn an_enrolment_whose_exemption_holds_is_not_listed_and_one_whose_has_run_out_is() {
    let stage = Stage::set().await;
    let scheme = stage.program("BLT-DAERAH", json!({})).await;
    let household = stage.world.household(|home| home.decile(None)).await;
    let coordinator = stage.api.actor(Role::Coordinator, "bapperida", &["35.26"]).await;
    let body = json!({ "reason": "Bencana", "regulation": "SK Bupati 7/2026", "until": "2099-12-31" });
    let granted = coordinator.post(&format!("/v1/programs/{}/exemptions", scheme.id), body).await.created();
    let body = json!({ "household_id": household.household_id, "exemption_id": granted["exemption_id"] });
    stage.manager.post(&scheme.enrolments(""), body).await.created();
    let path = format!("/v1/programs/{}/enrolments-no-longer-eligible", scheme.id);
    assert_eq!(stage.manager.get(&path).await.ok()["items"], json!([]));
    stage.api.database.execute("UPDATE program_exemptions SET until = '2026-01-01'").await;
    assert_eq!(stage.manager.get(&path).await.ok()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn one_who_moved_out_of_the_manager_s_areas_is_listed_as_there_and_the_auditor_sees_the_same_list() {
    let mut stage = Stage::set().await;
    let scheme = stage.program("BLT-DAERAH", json!({ "areas": ["35.26.01"] })).await;
    let wide = stage.program("BLT-KABUPATEN", json!({})).await;
    let home = stage.world.household(|home| home.decile(2)).await;
    scheme.enrolled(&home).await;
    wide.enrolled(&home).await;
    stage.world.next_release().await;
    stage.world.household(|there| there.id(home.household_id).decile(3).village("35.26.02.2001")).await;
    let path = format!("/v1/programs/{}/enrolments-no-longer-eligible", scheme.id);
    let narrow = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    let seen = narrow.get(&path).await.ok()["items"][0].clone();
    let told = ["in_release", "in_your_areas", "in_program_areas", "decile_now"].map(|field| seen[field].clone());
    assert_eq!(told, [json!(true), json!(false), json!(false), json!(3)]);
    let audited = stage.api.auditor().await.get(&path).await.ok()["items"][0].clone();
    assert_eq!(audited["enrolment_id"], seen["enrolment_id"]);
    assert_eq!((&audited["in_your_areas"], &audited["decile_now"]), (&json!(true), &json!(3)));
    stage.api.manager_of("dinkes").await.get(&path).await.refused("not-found");
    // One whom only the lane hides is left to whoever sees them.
    let path = format!("/v1/programs/{}/enrolments-no-longer-eligible", wide.id);
    assert_eq!(narrow.get(&path).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn a_rule_for_individuals_is_tried_and_explained_member_by_member() {
    let mut stage = Stage::set().await;
    let terms = json!({ "serves": "individual", "beneficiary": "m.age >= 60 && m.disabled",
        "sensitive_fields": true, "amount_idr": 500_000 });
    let scheme = stage.program("ASPD", terms).await;
    let able = json!(4);
    let questions = [
        "seeing",
        "hearing",
        "walking",
        "using_hands",
        "learning",
        "behaviour",
        "speaking",
        "self_care",
        "remembering",
    ];
    let homes = stage
        .world
        .households(5, |_, home| {
            (0..2)
                .fold(home.decile(2), |home, number| {
                    home.member(|elder| {
                        let elder = questions
                            .iter()
                            .fold(elder.age(60 + number), |elder, asked| elder.set(asked, able.clone()));
                        elder.set("walking", 1).set("name", "SITI RAHMAWATI")
                    })
                })
                .member(|young| young.age(30).set("walking", 1))
        })
        .await;
    let path = format!("/v1/programs/{}/eligibility", scheme.id);
    let preview = stage.manager.post(&format!("{path}/preview"), json!({})).await.ok();
    assert_eq!((&preview["rough"], preview.get("samples")), (&json!(true), None));
    // Two elders in each of five households.
    let trial = json!({ "beneficiary": "m.age >= 60" });
    let preview = stage.manager.post(&format!("{path}/preview"), trial).await.ok();
    assert_eq!((&preview["eligible"], &preview["cost_idr"]), (&json!(10), &json!(5_000_000)));
    let trial = json!({ "beneficiary": "m.age >= 61" });
    let tried = stage.manager.post(&format!("{path}/preview"), trial).await.ok();
    assert_eq!((&tried["eligible"], tried["samples"].as_array().unwrap().len()), (&json!(5), 5));
    assert_eq!(tried["samples"][0]["individual_id"], json!(homes[0].member_ids[1]));
    // Who does not see answers on health is told the verdict alone.
    let ask =
        |member: usize| json!({ "household_id": homes[0].household_id, "individual_id": homes[0].member_ids[member] });
    let told = stage.manager.post(&format!("{path}/explain"), ask(2)).await.ok()["explanation"].clone();
    let withheld = json!({ "text": "m.age >= 60 && m.disabled", "verdict": "false", "withheld": true });
    assert_eq!((&told["eligible"], &told["beneficiary"]), (&json!(false), &withheld));
    let seen = stage.api.auditor().await.post(&format!("{path}/explain"), ask(0)).await.ok()["explanation"].clone();
    assert_eq!(seen["beneficiary"]["values"], json!({ "m.age": 60, "m.disabled": true }));
    // The household alone decides nothing.
    let of_household = json!({ "household_id": homes[0].household_id });
    stage.manager.post(&format!("{path}/explain"), of_household).await.refused("individual-required");
    // One who can walk again is listed.
    stage.manager.post(&scheme.enrolments(""), ask(0)).await.created();
    stage.world.next_release().await;
    stage
        .world
        .household(|home| {
            home.id(homes[0].household_id).decile(2).member(|elder| {
                let elder = questions.iter().fold(elder.age(60), |elder, asked| elder.set(asked, able.clone()));
                elder.id(homes[0].member_ids[0])
            })
        })
        .await;
    let path = format!("/v1/programs/{}/enrolments-no-longer-eligible", scheme.id);
    let listed = stage.manager.get(&path).await.ok()["items"][0].clone();
    assert_eq!((&listed["is_member"], &listed["is_served"]), (&json!(true), &json!(false)));
}
