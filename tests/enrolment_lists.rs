//! Enrolling many: a list, row by row, and the ranking, all or nothing.

use crate::support::{
    Reply,
    aid::{Stage, id},
    world::Household,
};
use serde_json::{Value, json};
use uuid::Uuid;

fn rows(households: &[&Household]) -> Value {
    let items: Vec<Value> = households.iter().map(|h| json!({ "household_id": h.household_id })).collect();
    json!({ "items": items })
}

#[tokio::test]
async fn each_row_of_a_list_is_answered_and_a_bad_one_does_not_stop_the_others() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "excludes": ["PKH"] })).await;
    let homes = stage.households(&[1, 5, 2, 3]).await;
    let nameless = stage.world.household(|home| home.decile(None)).await;
    let stranger = Household { household_id: Uuid::now_v7(), member_ids: Vec::new() };
    stage.world.stands_in(&homes[2], "PKH", "kemensos").await;
    program.enrolled(&homes[3]).await;
    let list = rows(&[&homes[0], &homes[1], &homes[2], &homes[3], &nameless, &stranger, &homes[0]]);
    let answer = stage.manager.post(&program.enrolments("/bulk"), list).await.ok();
    assert_eq!((&answer["enrolled"], &answer["refused"]), (&json!(1), &json!(6)));
    let items = answer["items"].as_array().unwrap();
    let enrolment = id(&items[0], "enrolment_id");
    assert_eq!(items[0], json!({ "row": 0, "outcome": "enrolled", "enrolment_id": enrolment }));
    let codes = [
        "not-eligible",
        "excluded-by-other-aid",
        "already-enrolled",
        "no-decile",
        "household-not-found",
        "already-enrolled",
    ];
    for ((row, item), code) in (1..).zip(&items[1..]).zip(codes) {
        assert_eq!((&item["row"], &item["outcome"], &item["code"]), (&json!(row), &json!("refused"), &json!(code)));
        assert!(item["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    let made = stage.manager.get(&format!("/v1/enrolments/{enrolment}")).await.ok();
    assert_eq!((&made["decile"], id(&made, "release_id")), (&json!(1), stage.world.release_id));
    assert_eq!(made["explanation"]["clauses"][0]["values"], json!({ "household.decile": 1 }));
    assert_eq!(program.taken().await, 2);
    let traced = format!(
        "audit_entries WHERE action = 'enrolment.listed' AND purpose = 'BLT-DAERAH'
        AND '{}' = ANY (household_ids) AND NOT '{}' = ANY (household_ids)",
        homes[1].household_id, stranger.household_id
    );
    assert_eq!(stage.count(&traced).await, 1);
}

#[tokio::test]
async fn an_empty_list_and_one_too_long_are_refused() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let path = program.enrolments("/bulk");
    assert_eq!(stage.manager.post(&path, json!({ "items": [] })).await.wrong_fields(), ["/items"]);
    let long: Vec<Value> = (0..10_001).map(|_| json!({ "household_id": Uuid::nil() })).collect();
    stage.manager.post(&path, json!({ "items": long })).await.refused("too-many-rows");
    // A misspelt trial enrols nobody, wherever the list says what holds for all.
    let home = stage.households(&[1]).await.remove(0);
    assert_eq!(stage.manager.post(&format!("{path}?dryrun=true"), rows(&[&home])).await.wrong_fields(), ["dryrun"]);
    assert_eq!(stage.count("enrolments").await, 0);
}

#[tokio::test]
async fn a_list_comes_as_csv_or_ndjson_too_and_a_line_that_can_t_be_read_is_answered_in_its_place() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let [one, poor, other] = stage.households(&[1, 9, 2]).await.try_into().unwrap();
    let send = async |media: &str, address: String, body: String| {
        let request = stage.manager.request(reqwest::Method::POST, &address).header("content-type", media);
        Reply::of(request.header("accept-language", "en").body(body)).await
    };
    let file = format!(
        "nama;household_id;external_reference\nSiti;{};A-1\nBudi;bukan-id;A-2\nTini;{};A-3\n",
        one.household_id, poor.household_id
    );
    let answer = send("text/csv", program.enrolments("/bulk?reason=SK%2012"), file).await;
    let made: Uuid = stage.api.database.value("SELECT enrolment_id FROM enrolments").await;
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines[0], "nama;household_id;external_reference;line;outcome;enrolment_id;code;detail;errors");
    assert_eq!(lines[1], format!("Siti;{};A-1;2;enrolled;{made};;;", one.household_id));
    assert!(
        lines[2].starts_with("Budi;bukan-id;A-2;3;refused;;invalid-fields;Some fields are not valid.;"),
        "{}",
        lines[2]
    );
    assert!(lines[3].contains(
        ";4;refused;;not-eligible;The household, or the member named, does not satisfy the programme's rule.;"
    ));
    assert_eq!(stage.count("enrolment_steps WHERE reason = 'SK 12'").await, 1);
    let lines = format!("{{\"household_id\":\"{}\"}}\n{{\n", other.household_id);
    let answer = send("application/x-ndjson", program.enrolments("/bulk"), lines).await;
    let items: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&items[0]["outcome"], &items[1]["line"]), (&json!("enrolled"), &json!(2)));
    assert_eq!(items[1]["errors"][0]["message"], "is no valid JSON");
    assert_eq!(stage.count("enrolments").await, 2);
}

#[tokio::test]
async fn a_nul_in_a_row_stops_that_row_alone_and_does_not_come_back() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let [one, two, three] = stage.households(&[1, 2, 3]).await.try_into().unwrap();
    let send = async |media: &str, body: String| {
        let request = stage.manager.request(reqwest::Method::POST, &program.enrolments("/bulk"));
        Reply::of(request.header("content-type", media).header("accept-language", "en").body(body)).await
    };
    let file = format!(
        "nama,household_id,external_reference\nSiti,{},A\0\nBu\0di,{},B\nTini,{},C\n",
        one.household_id, two.household_id, three.household_id
    );
    let answer = send("text/csv", file).await;
    let lines: Vec<&str> = answer.text.lines().collect();
    assert!(lines.len() == 4 && !answer.text.contains('\0'), "{}", answer.text);
    for (line, refused) in [(1, true), (2, true), (3, false)] {
        assert_eq!(lines[line].contains(",refused,,invalid-fields,"), refused, "{}", lines[line]);
        assert_eq!(lines[line].contains("has a NUL in it"), refused, "{}", lines[line]);
    }
    // A backslash and the letters u0000 are no NUL.
    let row = format!("{{\"household_id\":\"{}\",\"external_reference\":\"\\\\u0000lit\"}}\n", one.household_id);
    assert!(send("application/x-ndjson", row).await.text.contains("\"enrolled\""));
    assert_eq!(stage.count("enrolments WHERE external_reference = '\\u0000lit'").await, 1);
}

#[tokio::test]
async fn a_list_gives_the_last_places_to_the_rows_that_come_first() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 2 })).await;
    let homes = stage.households(&[4, 9, 1, 1]).await;
    let list = rows(&homes.iter().collect::<Vec<_>>());
    let answer = stage.manager.post(&program.enrolments("/bulk"), list).await.ok();
    let outcomes: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(outcomes, [&json!(null), &json!("not-eligible"), &json!(null), &json!("quota-full")]);
    assert_eq!(program.taken().await, 2);
}

#[tokio::test]
async fn lists_and_single_enrolments_at_once_enrol_nobody_twice_and_keep_the_quota() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 25 })).await;
    let homes = stage.households(&[1; 30]).await;
    let forward: Vec<&Household> = homes.iter().collect();
    let backward: Vec<&Household> = homes.iter().rev().collect();
    let path = program.enrolments("/bulk");
    let (one, other, ..) = tokio::join!(
        stage.manager.post(&path, rows(&forward)),
        stage.manager.post(&path, rows(&backward)),
        program.enrol(&homes[3]),
        program.enrol(&homes[20]),
        program.enrol(&homes[29]),
    );
    for reply in [one, other] {
        assert_eq!(reply.ok()["items"].as_array().unwrap().len(), 30);
    }
    assert_eq!((stage.count("enrolments").await, program.taken().await), (25, 25));
    assert_eq!(stage.count("(SELECT DISTINCT household_id FROM enrolments) e").await, 25);
}

#[tokio::test]
async fn a_list_for_individuals_takes_two_of_one_household_and_one_of_two_households_once() {
    let stage = Stage::set().await;
    let program = stage.program("KIP-JAWARA", json!({ "serves": "individual" })).await;
    let person = Uuid::now_v7();
    let one = stage.world.household(|home| home.member(|p| p).member(|p| p.id(person))).await;
    let two = stage.world.household(|home| home.member(|p| p.id(person))).await;
    let row = |household: &Household, individual: Uuid| json!({ "household_id": household.household_id, "individual_id": individual });
    let list = json!({ "items": [row(&one, one.member_ids[0]), row(&one, person), row(&two, person), row(&two, one.member_ids[0])] });
    let answer = stage.manager.post(&program.enrolments("/bulk"), list).await.ok();
    let outcomes: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(outcomes, [&json!(null), &json!(null), &json!("already-enrolled"), &json!("not-a-member")]);
}

#[tokio::test]
async fn the_first_of_the_ranking_get_the_places() {
    let stage = Stage::set().await;
    let ranking = json!([{ "expression": "members.size()", "order": "desc" }, { "expression": "household.decile", "order": "asc" }]);
    let program = stage.program("BLT-DAERAH", json!({ "quota": 3, "ranking": ranking })).await;
    // In the order of the ranking: three members; then two members of decile 1, of decile 2; then one.
    let members = |count: usize, decile: i16| {
        stage.world.household(move |home| (0..count).fold(home.decile(decile), |home, _| home.member(|p| p)))
    };
    let (fourth, third) = (members(1, 1).await, members(2, 2).await);
    let (first, second, never) = (members(3, 4).await, members(2, 1).await, members(4, 5).await);
    let path = program.enrolments("/from-eligible");
    let tried = stage.manager.post(&format!("{path}?dry_run=true"), json!({})).await.ok();
    assert_eq!((&tried["enrolled"], stage.count("enrolments").await), (&json!(3), 0));
    let answer = stage.manager.post(&path, json!({ "places": 2 })).await.ok();
    assert_eq!(answer, json!({ "enrolled": 2, "release_id": stage.world.release_id }));
    let stands = |household: &Household| format!("enrolments WHERE household_id = '{}'", household.household_id);
    for (household, count) in [(&first, 1), (&second, 1), (&third, 0), (&fourth, 0), (&never, 0)] {
        assert_eq!(stage.count(&stands(household)).await, count);
    }
    let full = stage.manager.post(&path, json!({ "places": 2 })).await.refused("quota-full");
    assert_eq!(full["free"], 1);
    // What is left of the quota goes to the next; then it is full.
    assert_eq!(stage.manager.post(&path, json!({})).await.ok()["enrolled"], 1);
    assert_eq!(stage.count(&stands(&third)).await, 1);
    stage.manager.post(&path, json!({})).await.refused("quota-full");
    let explained = "enrolments WHERE explanation #> '{clauses,0,values}' = '{\"household.decile\": 2}' AND decile = 2";
    assert_eq!(stage.count(explained).await, 1);
}

#[tokio::test]
async fn the_ranking_leaves_out_who_stands_in_it_or_in_what_it_excludes_or_has_no_decile() {
    let stage = Stage::set().await;
    let program =
        stage.program("BLT-DAERAH", json!({ "excludes": ["PKH"], "eligibility": "members.size() >= 1" })).await;
    let homes = stage.households(&[1, 1, 1, 1]).await;
    stage.world.household(|home| home.decile(None)).await;
    let outside = stage.world.household(|home| home.village("35.27.01.2001")).await;
    program.enrolled(&homes[0]).await;
    stage.world.stands_in(&homes[1], "PKH", "kemensos").await;
    assert_eq!(stage.manager.post(&program.enrolments("/from-eligible"), json!({})).await.ok()["enrolled"], 2);
    let stand = format!("enrolments WHERE household_id IN ('{}', '{}')", homes[2].household_id, homes[3].household_id);
    assert_eq!(stage.count(&stand).await, 2);
    assert_eq!(stage.count(&format!("enrolments WHERE household_id = '{}'", outside.household_id)).await, 0);
    for written in [
        "enrolment_claims WHERE agency_code = 'dinsos'",
        "enrolment_steps WHERE agency_code = 'dinsos'",
        "outbox_events WHERE kind = 'enrolment.created' AND agency_code = 'dinsos'",
    ] {
        assert_eq!(stage.count(written).await, 3, "{written}");
    }
    assert_eq!(
        stage.count("audit_entries WHERE action = 'enrolment.created' AND cardinality(household_ids) = 2").await,
        1
    );
    assert_eq!(program.taken().await, 3);
}

#[tokio::test]
async fn the_ranking_chooses_no_member_while_the_rule_does_not_say_which() {
    let stage = Stage::set().await;
    let program = stage.program("KIP-JAWARA", json!({ "serves": "individual" })).await;
    stage.households(&[1]).await;
    stage.manager.post(&program.enrolments("/from-eligible"), json!({})).await.refused("beneficiary-rule-required");
    assert_eq!(
        stage.manager.post(&program.enrolments("/from-eligible"), json!({ "places": 0 })).await.wrong_fields(),
        ["/places"]
    );
}

#[tokio::test]
async fn the_ranking_of_a_programme_for_individuals_takes_the_members_whom_the_rule_serves() {
    let stage = Stage::set().await;
    let terms = json!({ "serves": "individual", "beneficiary": "m.age >= 60", "quota": 3, "excludes": ["PKH"],
        "ranking": [{ "expression": "household.decile", "order": "asc" }] });
    let program = stage.program("PKH-PLUS", terms).await;
    let elders = |decile: i16, ages: &'static [i32]| {
        stage.world.household(move |home| {
            ages.iter().fold(home.decile(decile), |home, age| home.member(|member| member.age(*age)))
        })
    };
    let (second, first) = (elders(2, &[30, 61, 62]).await, elders(1, &[70, 40]).await);
    let (too_rich, excluded) = (elders(5, &[80]).await, elders(1, &[80]).await);
    stage.world.stands_in(&excluded, "PKH", "kemensos").await;
    stage.world.household(|home| home.member(|head| head.age(80).set("deceased", true))).await;
    // She stands in two families, and is enrolled in the one that comes first.
    let twice = stage.world.household(|home| home.decile(4).member(|p| p.id(first.member_ids[0]).age(70))).await;
    let path = program.enrolments("/from-eligible");
    assert_eq!(stage.manager.post(&path, json!({ "places": 2 })).await.ok()["enrolled"], 2);
    let enrolled = async || -> Vec<(Uuid, Uuid)> {
        let sql = "SELECT household_id, individual_id FROM enrolments ORDER BY decile, enrolment_id";
        let rows = stage.api.database.owner().await.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    };
    let expected = [(first.household_id, first.member_ids[0]), (second.household_id, second.member_ids[1])];
    assert_eq!(enrolled().await, expected);
    // The next place goes to the other elder of the same household; nobody is left after that.
    assert_eq!(stage.manager.post(&path, json!({})).await.ok()["enrolled"], 1);
    assert_eq!(enrolled().await[2], (second.household_id, second.member_ids[2]));
    for nobody in [&too_rich, &excluded, &twice] {
        let stands = format!("enrolments WHERE household_id = '{}'", nobody.household_id);
        assert_eq!(stage.count(&stands).await, 0);
    }
    let explained = "enrolments WHERE explanation -> 'beneficiary' =
        '{\"text\": \"m.age >= 60\", \"verdict\": \"true\", \"position\": 1, \"values\": {\"m.age\": 70}}'";
    assert_eq!(stage.count(explained).await, 1);
    let individuals: i64 = stage
        .api
        .database
        .value("SELECT sum(cardinality(individual_ids)) FROM audit_entries WHERE action = 'enrolment.created'")
        .await;
    assert_eq!(individuals, 3);
}

#[tokio::test]
async fn rankings_at_once_keep_the_quota_and_enrol_nobody_twice() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 30 })).await;
    stage.households(&[1; 40]).await;
    let ask = || async {
        let reply = stage.manager.post(&program.enrolments("/from-eligible"), json!({ "places": 20 })).await;
        reply.status.as_u16()
    };
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    let enrolled = [one, two, three].iter().filter(|status| **status == 200).count();
    assert_eq!(enrolled, 1, "{one} {two} {three}");
    assert_eq!((stage.count("enrolments").await, program.taken().await), (20, 20));
    assert_eq!(stage.count("(SELECT DISTINCT household_id FROM enrolments) e").await, 20);
}

#[tokio::test]
async fn a_list_is_enrolled_at_once_though_postgresql_knows_nothing_yet_of_the_tables() {
    // A regency's first hour: thousands were enrolled a moment ago, and no statistics were gathered since. A statement
    // that loses its way is ended, and answered as busy.
    let stage = Stage::set().await;
    let (first, second) = (stage.program("SATU", json!({})).await, stage.program("DUA", json!({})).await);
    let homes = stage.households(&[1; 4000]).await;
    stage.manager.post(&first.enrolments("/from-eligible"), json!({})).await.ok();
    let some: Vec<&Household> = homes.iter().take(30).collect();
    let answer = stage.manager.post(&second.enrolments("/bulk"), rows(&some)).await.ok();
    assert_eq!(answer["enrolled"], 30);
}

#[tokio::test]
async fn a_row_of_a_household_that_is_gone_names_its_heirs() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let [gone, heir] = stage.households(&[2, 2]).await.try_into().unwrap();
    stage.world.next_release().await;
    stage.world.household(|home| home.id(heir.household_id).decile(2)).await;
    stage.world.goes_into(gone.household_id, heir.household_id).await;
    let stranger = Household { household_id: Uuid::now_v7(), member_ids: Vec::new() };
    let answer = stage.manager.post(&program.enrolments("/bulk"), rows(&[&gone, &stranger, &heir])).await.ok();
    let items = answer["items"].as_array().unwrap();
    assert_eq!((&items[0]["code"], &items[1]["code"]), (&json!("household-gone"), &json!("household-not-found")));
    assert_eq!(items[0]["successors"], json!([{ "household_id": heir.household_id }]));
    assert_eq!(items[2]["outcome"], "enrolled");
}
