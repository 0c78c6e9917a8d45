//! Households: read by id, listed, followed through the releases; what of them is seen, and by whom.

use crate::support::{Api, aid::Stage, world::World};
use futures::future::join_all;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

async fn audit_of(api: &Api, request_id: &str) -> Vec<(String, Vec<Uuid>)> {
    let sql = "SELECT action, household_ids FROM audit_entries WHERE $1::text::uuid = ANY (request_ids)";
    let rows = api.database.owner().await.query(sql, &[&request_id]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn a_household_is_told_in_the_code_book_s_words() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world
        .household(|home| {
            home.decile(2)
                .floor("tanah")
                .set("smartphone", true)
                .set("cattle", 3)
                .member(|head| head.sex("perempuan").set("nik_tail", "07"))
                .member(|child| child.age(9))
        })
        .await;
    let manager = api.manager_of("dinsos").await;
    let seen = manager.get(&format!("/v1/households/{}", home.household_id)).await.ok();
    assert_eq!(seen["release_id"], json!(world.release_id));
    assert_eq!(seen["deciles"]["national"], 2);
    assert_eq!(seen["dwelling"]["floor"]["text"].as_str().unwrap().to_lowercase(), "tanah");
    assert_eq!((&seen["assets"]["smartphone"], &seen["assets"]["car"]), (&json!(true), &Value::Null));
    assert_eq!(seen["livestock"]["cattle"], 3);
    assert_eq!(seen["members"].as_array().unwrap().len(), 2);
    assert_eq!((&seen["members"][0]["age"], &seen["members"][1]["age"]), (&json!(40), &json!(9)));
    assert_eq!(seen["members"][0]["sex"]["text"].as_str().unwrap().to_lowercase(), "perempuan");
}

/// Where a household's answer holds what rules call otherwise, or sum up.
const CALLED_OTHERWISE: [(&str, &str); 10] = [
    ("household.region", "/village_code"),
    ("household.decile", "/deciles/national"),
    ("household.decile_province", "/deciles/province"),
    ("household.decile_regency", "/deciles/regency"),
    ("household.power_va", "/dwelling/installed_power"),
    ("household.owns_assets", "/assets/any"),
    ("m.head", "/members/0/relation"),
    ("m.card_region", "/members/0/card/village_code"),
    ("m.disabled", "/members/0/health/seeing"),
    // Asked for by `GET /v1/households/{household_id}/aid`, with a purpose.
    ("aid.programs", "/household_id"),
];

#[tokio::test]
async fn whatever_a_rule_may_ask_of_a_household_who_sees_it_can_see() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home.member(|head| head)).await;
    // Every column that holds nothing yet is answered: codes and counts by 1, texts by a text.
    for table in ["household_snapshots", "individual_snapshots"] {
        let sql = format!(
            "SELECT string_agg(format('%I = coalesce(%I, %L)', column_name, column_name, CASE data_type
                 WHEN 'boolean' THEN 'true' WHEN 'date' THEN '1990-08-17' WHEN 'text' THEN 'kata' ELSE '1' END), ', ')
             FROM information_schema.columns
             WHERE table_name = '{table}' AND data_type IN ('boolean', 'date', 'text', 'smallint', 'integer')"
        );
        let answers = api.rows(&sql).await.remove(0);
        api.database.execute(&format!("UPDATE {table} SET {answers}")).await;
    }
    let steward = api.steward().await;
    let seen = steward.get(&format!("/v1/households/{}", home.household_id)).await.ok();
    let fields = steward.get("/v1/eligibility-fields").await.ok();
    let fields = fields["items"].as_array().unwrap();
    assert!(fields.len() > 70, "{}", fields.len());
    for field in fields {
        let name = field["name"].as_str().unwrap();
        let (owner, short) = name.split_once('.').unwrap();
        let within: &[&str] = match owner {
            "household" => &["", "/dwelling", "/assets", "/livestock"],
            _ => &["/members/0", "/members/0/health", "/members/0/card"],
        };
        let short = short.strip_prefix("card_").unwrap_or(short);
        let by_name = || within.iter().find_map(|place| seen.pointer(&format!("{place}/{short}")));
        let otherwise = CALLED_OTHERWISE.iter().find(|(called, _)| *called == name);
        let shown = otherwise.map_or_else(by_name, |(_, place)| seen.pointer(place));
        let shown = shown.unwrap_or_else(|| panic!("{name} is not in the answer"));
        assert!(!shown.is_null(), "{name}");
        if field["type"] == "word" {
            assert_ne!(shown["text"], "", "{name} comes without its words");
            assert_eq!(shown["code"], 1, "{name}");
        }
    }
    assert_eq!(seen["dwelling"]["pln_customer"], "**ta");
    let card = json!({ "village_code": "kata", "hamlet": "kata", "rt": "kata", "rw": "kata", "address": "kata",
        "occupation": "kata", "education": "kata" });
    assert_eq!(seen["members"][0]["card"], card);
}

#[tokio::test]
async fn numbers_come_masked_and_birth_dates_as_ages() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home.set("kk_tail", "42").member(|head| head.set("nik_tail", "07"))).await;
    let reply = api.manager_of("dinsos").await.get(&format!("/v1/households/{}", home.household_id)).await;
    assert!(!reply.text.contains("birth_date"));
    let seen = reply.ok();
    assert_eq!(seen["kk_number"], "**************42");
    assert_eq!(seen["members"][0]["nik"], "**************07");
}

#[tokio::test]
async fn answers_on_health_are_for_those_who_work_with_the_family() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home.member(|head| head.set("chronic_illness", 7))).await;
    let path = format!("/v1/households/{}", home.household_id);
    for (role, sees) in [
        (Role::ProgramManager, false),
        (Role::RegistrySteward, true),
        (Role::FieldOfficer, true),
        (Role::CaseManager, true),
        (Role::Auditor, true),
    ] {
        let seen = api.actor(role, "dinsos", &["35.26"]).await.get(&path).await.ok();
        assert_eq!(!seen["members"][0]["health"].is_null(), sees, "{role}");
    }
}

#[tokio::test]
async fn roles_without_households_are_refused() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home).await;
    for role in [Role::SystemAdmin, Role::Approver, Role::PaymentPartner, Role::Coordinator, Role::Analyst] {
        let actor = api.actor(role, "lain", &["35.26"]).await;
        actor.get(&format!("/v1/households/{}", home.household_id)).await.refused("forbidden");
        actor.get("/v1/households").await.refused("forbidden");
    }
}

#[tokio::test]
async fn a_household_outside_the_areas_is_not_there_and_leaves_no_trace() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home.village("35.26.02.2001")).await;
    let path = format!("/v1/households/{}", home.household_id);
    let stranger = api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    let reply = stranger.get(&path).await;
    let request = reply.headers["x-request-id"].to_str().unwrap().to_owned();
    let unknown = stranger.get(&format!("/v1/households/{}", Uuid::now_v7())).await.refused("not-found");
    assert_eq!(reply.refused("not-found"), unknown, "nobody learns that it is somewhere else");
    assert!(audit_of(&api, &request).await.is_empty());
    stranger.get(&format!("{path}/history")).await.refused("not-found");
    let neighbour = api.actor(Role::ProgramManager, "dinsos", &["35.26.02"]).await;
    neighbour.get(&path).await.ok();
}

#[tokio::test]
async fn a_release_that_was_turned_back_from_stays_in_the_history_and_one_never_in_force_does_not() {
    let api = Api::start().await;
    let mut world = World::begin(&api).await;
    let home = world.household(|home| home.decile(1)).await;
    let mut releases = vec![world.release_id];
    for decile in [2, 3, 4] {
        releases.push(world.next_release().await);
        world.household(|described| described.id(home.household_id).decile(decile)).await;
    }
    // The second was turned back from, the third never was in force; the first and the last were.
    for (release, activated) in [(releases[1], true), (releases[2], false)] {
        let sql = format!(
            "ALTER TABLE releases DISABLE TRIGGER release_step;
             UPDATE releases SET state = 'validated' WHERE release_id = '{release}';
             ALTER TABLE releases ENABLE TRIGGER release_step;
             INSERT INTO release_activations (activation_id, release_id, activated_by)
             SELECT gen_random_uuid(), '{release}', gen_random_uuid() WHERE {activated}"
        );
        api.database.execute(&sql).await;
    }
    let path = format!("/v1/households/{}/history", home.household_id);
    let told = api.manager_of("dinsos").await.get(&path).await.ok();
    let deciles: Vec<_> = told["items"].as_array().unwrap().iter().map(|line| line["decile"].as_i64()).collect();
    assert_eq!(deciles, [Some(1), Some(2), Some(4)]);
}

#[tokio::test]
async fn every_look_at_a_household_is_on_record() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let home = world.household(|home| home).await;
    let manager = api.manager_of("dinsos").await;
    let looks = [("", "household.read"), ("/history", "household.history.read")];
    for (rest, action) in looks {
        let reply = manager.get(&format!("/v1/households/{}{rest}", home.household_id)).await;
        let request = reply.headers["x-request-id"].to_str().unwrap();
        assert_eq!(audit_of(&api, request).await, [(action.to_owned(), vec![home.household_id])]);
    }
    let listed = manager.get("/v1/households?limit=10").await;
    let request = listed.headers["x-request-id"].to_str().unwrap();
    assert_eq!(audit_of(&api, request).await, [("household.listed".to_owned(), vec![home.household_id])]);
    let who: Vec<String> =
        api.database.value("SELECT subject_ids FROM audit_entries WHERE action = 'household.read'").await;
    assert_eq!(who, [manager.identity.unwrap().subject]);
}

#[tokio::test]
async fn reads_that_share_a_flight_do_not_share_a_lane() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let villages = ["35.26.01.2001", "35.26.02.2001", "35.26.03.2001"];
    let homes = world.households(30, |number, home| home.village(villages[number % 3])).await;
    let mut readers = Vec::new();
    for village in villages {
        readers.push((village, api.actor(Role::ProgramManager, "dinsos", &[&village[..8]]).await));
    }
    let looks = (0..300).map(|look| {
        let (village, reader) = &readers[look % 3];
        let home = &homes[(look / 3) % 30];
        let at_home = villages[(look / 3) % 3] == *village;
        async move { (at_home, reader.get(&format!("/v1/households/{}", home.household_id)).await.status == 200) }
    });
    assert!(join_all(looks).await.into_iter().all(|(at_home, seen)| at_home == seen));
    let strangers: i64 = api
        .database
        .value(
            "SELECT count(*) FROM audit_entries a, unnest(a.subject_ids, a.household_ids) AS look (subject, household_id)
             JOIN household_snapshots h USING (household_id) JOIN users u ON 'user:' || u.username = look.subject
             WHERE h.village_code NOT LIKE u.areas[1] || '.%'",
        )
        .await;
    let looked: i64 = api.database.value("SELECT sum(cardinality(household_ids)) FROM audit_entries").await;
    assert_eq!((strangers, looked), (0, 100), "a third of the looks were at home");
}

#[tokio::test]
async fn reads_that_share_a_flight_are_each_traced_under_their_own_caller() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let homes = world.households(5, |_, home| home).await;
    let mut readers = Vec::new();
    for (role, agency) in
        [(Role::ProgramManager, "dinsos"), (Role::CaseManager, "dinsos"), (Role::ProgramManager, "dinkes")]
    {
        readers.push((role, agency, api.actor(role, agency, &["35.26"]).await));
    }
    let looked = join_all((0..90).map(|look| {
        let ((role, agency, reader), home) = (&readers[look % 3], &homes[look % 5]);
        async move {
            let reply = reader.get(&format!("/v1/households/{}", home.household_id)).await;
            let request = reply.headers["x-request-id"].to_str().unwrap().to_owned();
            (
                request,
                (
                    role.as_str().to_owned(),
                    (*agency).to_owned(),
                    reader.identity.clone().unwrap().subject,
                    home.household_id,
                ),
            )
        }
    }))
    .await;
    let sql = "SELECT a.role, a.agency_code, look.subject, look.household_id
               FROM audit_entries a, unnest(a.request_ids, a.subject_ids, a.household_ids) AS look (request, subject, household_id)
               WHERE a.action = 'household.read' AND look.request = $1::text::uuid";
    let owner = api.database.owner().await;
    for (request, look) in looked {
        let rows = owner.query(sql, &[&request]).await.unwrap();
        let traced: Vec<_> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
        assert_eq!(traced, [look]);
    }
    let entries: i64 = api.database.value("SELECT count(*) FROM audit_entries WHERE action = 'household.read'").await;
    assert!(entries < 90, "some shared an entry");
}

async fn walk(actor: &crate::support::Actor, query: &str) -> Vec<Uuid> {
    let mut ids = Vec::new();
    let mut path = format!("/v1/households?limit=7{query}");
    loop {
        let reply = actor.get(&path).await;
        let next = reply.headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        let page = reply.ok();
        ids.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["household_id"].as_str().unwrap().parse::<Uuid>().unwrap()),
        );
        match next {
            Some(link) => path = link.split(['<', '>']).nth(1).unwrap().to_owned(),
            None => return ids,
        }
    }
}

#[tokio::test]
async fn pages_hold_each_household_once_and_only_those_asked_for() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let villages = ["35.26.01.2001", "35.26.01.2002", "35.26.02.2001"];
    let homes = world
        .households(60, |number, home| {
            home.village(villages[number % 3]).decile(i16::try_from(number % 10 + 1).unwrap())
        })
        .await;
    let manager = api.manager_of("dinsos").await;
    let expect = |keep: &dyn Fn(usize) -> bool| -> HashSet<Uuid> {
        homes.iter().enumerate().filter(|(number, _)| keep(*number)).map(|(_, home)| home.household_id).collect()
    };
    for (query, expected) in [
        ("", expect(&|_| true)),
        ("&decile_max=4", expect(&|number| number % 10 < 4)),
        ("&decile_min=2&decile_max=3", expect(&|number| (1..=2).contains(&(number % 10)))),
        ("&region=35.26.01", expect(&|number| number % 3 != 2)),
        ("&region=35.26.01.2002", expect(&|number| number % 3 == 1)),
        ("&region=35.26.03", HashSet::new()),
    ] {
        let ids = walk(&manager, query).await;
        assert_eq!(ids.len(), expected.len(), "{query}: each once");
        assert_eq!(ids.into_iter().collect::<HashSet<_>>(), expected, "{query}");
    }
    assert_eq!(manager.get("/v1/households?region=35.2").await.wrong_fields(), ["region"]);
    assert_eq!(manager.get("/v1/households?cursor=abc").await.wrong_fields(), ["cursor"]);
}

#[tokio::test]
async fn a_list_by_programme_is_for_one_s_own_programmes() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    let homes = world.households(5, |_, home| home).await;
    let manager = api.manager_of("dinsos").await;
    let program = json!({ "code": "PKH", "name": "PKH", "kind": "cash", "funding": "reported", "serves": "household", "benefit": "uang",
        "amount_idr": 600_000, "cadence": "quarterly", "fund_source": "apbn", "legal_basis": "Permensos", "areas": ["35.26"],
        "starts_on": "2026-01-01", "eligibility": "household.decile <= 4" });
    manager.post("/v1/programs", &program).await.created();
    world.stands_in(&homes[0], "PKH", "dinsos").await;
    assert_eq!(walk(&manager, "&has_program=PKH").await, [homes[0].household_id]);
    let lacking: HashSet<Uuid> = walk(&manager, "&lacks_program=PKH").await.into_iter().collect();
    assert_eq!(lacking, homes[1..].iter().map(|home| home.household_id).collect());
    let other = api.manager_of("dinkes").await;
    other.get("/v1/households?has_program=PKH").await.refused("not-found");
    other.get("/v1/households?lacks_program=TIDAK-ADA").await.refused("not-found");
}

#[tokio::test]
async fn a_household_is_followed_through_the_releases() {
    let api = Api::start().await;
    let mut world = World::begin(&api).await;
    let home = world.household(|home| home.decile(3)).await;
    world.next_release().await;
    world.household(|later| later.id(home.household_id).decile(5)).await;
    let history = api.steward().await.get(&format!("/v1/households/{}/history", home.household_id)).await.ok();
    let deciles: Vec<i64> =
        history["items"].as_array().unwrap().iter().map(|line| line["decile"].as_i64().unwrap()).collect();
    assert_eq!(deciles, [3, 5]);
}

#[tokio::test]
async fn no_reader_sees_a_mixture_of_two_releases_while_they_are_switched() {
    let api = Api::start().await;
    let mut world = World::begin(&api).await;
    let first = world.release_id;
    let home = world.household(|home| home.decile(1).head_name("SATU").member(|head| head.set("name", "SATU"))).await;
    let second = world.next_release().await;
    world
        .household(|later| {
            later
                .id(home.household_id)
                .decile(2)
                .head_name("DUA")
                .member(|head| head.id(home.member_ids[0]).set("name", "DUA"))
        })
        .await;
    let manager = api.manager_of("dinsos").await;
    let path: Arc<str> = format!("/v1/households/{}", home.household_id).into();
    let switching = async {
        let owner = api.database.owner().await;
        for turn in 0..60 {
            let target = if turn % 2 == 0 { first } else { second };
            owner.execute("UPDATE active_release SET release_id = $1", &[&target]).await.unwrap();
        }
    };
    let readers = join_all((0..32).map(|_| {
        let (manager, path) = (manager.clone(), path.clone());
        async move {
            let mut seen = Vec::new();
            for _ in 0..25 {
                seen.push(manager.get(&path).await.ok());
            }
            seen
        }
    }));
    let (_, seen) = tokio::join!(switching, readers);
    let seen: Vec<Value> = seen.into_iter().flatten().collect();
    for answer in &seen {
        let expected = if answer["release_id"] == json!(first) { (1, "SATU") } else { (2, "DUA") };
        let said = (answer["deciles"]["national"].as_i64().unwrap(), answer["head_name"].as_str().unwrap());
        assert_eq!(said, expected);
        assert_eq!(answer["members"].as_array().unwrap().len(), 1);
        assert_eq!(answer["members"][0]["name"], expected.1);
    }
    assert_eq!(seen.len(), 800);
}

#[tokio::test]
async fn a_household_that_took_in_a_beneficiary_has_the_programme_and_does_not_lack_it() {
    let mut stage = Stage::set().await;
    let pkh = stage.program("PKH", json!({})).await;
    let [gone, heir, split_off, other] = stage.households(&[1, 1, 1, 1]).await.try_into().unwrap();
    pkh.enrolled(&gone).await;
    pkh.enrolled(&other).await;
    stage.world.next_release().await;
    for home in [&heir, &split_off, &other] {
        stage.world.household(|there| there.id(home.household_id)).await;
    }
    stage.world.goes_into(gone.household_id, heir.household_id).await;
    // A household that lives on beside what came out of it hands nothing down.
    stage.world.goes_into(other.household_id, split_off.household_id).await;
    let ids = async |filter: &str| -> HashSet<Value> {
        let list = stage.manager.get(&format!("/v1/households?{filter}")).await.ok();
        list["items"].as_array().unwrap().iter().map(|line| line["household_id"].clone()).collect()
    };
    assert_eq!(ids("has_program=PKH").await, HashSet::from([json!(heir.household_id), json!(other.household_id)]));
    assert_eq!(ids("lacks_program=PKH").await, HashSet::from([json!(split_off.household_id)]));
}
