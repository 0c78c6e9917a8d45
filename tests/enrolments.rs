//! Enrolling one: what it is decided on, what stands in its way, and who comes first when two come at once.

use crate::support::aid::{Scheme, Stage, id, step};
use futures::future::join_all;
use sejahtera::platform::auth::Role;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn an_enrolment_carries_release_decile_rule_and_explanation() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[2]).await[0];
    let body = json!({ "household_id": household.household_id, "external_reference": "SIM-17" });
    let reply = stage.manager.post(&program.enrolments(""), body).await;
    assert_eq!(reply.headers["etag"], "\"1\"");
    let location = reply.headers["location"].to_str().unwrap().to_owned();
    let made = reply.created();
    assert_eq!(location, format!("/v1/enrolments/{}", id(&made, "enrolment_id")));
    assert_eq!(id(&made, "release_id"), stage.world.release_id);
    for (field, value) in [
        ("household_id", json!(household.household_id)),
        ("individual_id", json!(null)),
        ("program_code", json!("BLT-DAERAH")),
        ("state", json!("candidate")),
        ("decile", json!(2)),
        ("rule_version", json!(1)),
        ("exemption_id", json!(null)),
        ("override", json!(null)),
        ("external_reference", json!("SIM-17")),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let clause = json!({ "text": "household.decile <= 4", "verdict": "true", "values": { "household.decile": 2 } });
    assert_eq!(made["explanation"], json!({ "eligible": true, "verdict": "true", "clauses": [clause], "missing": [] }));
    assert_eq!(stage.manager.get(&location).await.ok(), made);
}

#[tokio::test]
async fn an_enrolment_is_written_with_its_claim_place_step_event_and_trace() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[2]).await[0];
    let enrolment = program.enrolled(household).await;
    let of = format!("household_id = '{}' AND", household.household_id);
    for written in [
        format!(
            "enrolment_claims WHERE {of} enrolment_id = '{enrolment}' AND program_code = 'BLT-DAERAH' AND agency_code = 'dinsos'"
        ),
        format!(
            "enrolment_steps WHERE {of} enrolment_id = '{enrolment}' AND step_no = 1 AND from_state IS NULL AND to_state = 'candidate'"
        ),
        format!(
            "outbox_events WHERE {of} subject_id = '{enrolment}' AND kind = 'enrolment.created' AND agency_code = 'dinsos'"
        ),
        format!(
            "audit_entries WHERE action = 'enrolment.created' AND purpose = 'BLT-DAERAH' AND household_ids = ARRAY['{}'::uuid]",
            household.household_id
        ),
        format!("program_places WHERE program_id = '{}' AND taken = 1", program.id),
    ] {
        assert_eq!(stage.count(&written).await, 1, "{written}");
    }
}

#[tokio::test]
async fn what_an_enrolment_was_decided_on_stays_when_another_release_comes() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = stage.households(&[2]).await.remove(0);
    let first = stage.world.release_id;
    let enrolment = program.enrolled(&household).await;
    stage.world.next_release().await;
    stage.world.household(|home| home.id(household.household_id).decile(7)).await;
    let seen = stage.manager.get(&format!("/v1/enrolments/{enrolment}")).await.ok();
    assert_eq!((id(&seen, "release_id"), &seen["decile"]), (first, &json!(2)));
}

#[tokio::test]
async fn a_household_that_the_rule_is_false_of_is_refused_with_its_explanation_and_the_refusal_is_traced() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[5]).await[0];
    let refused = program.enrol(household).await.refused("not-eligible");
    assert_eq!(refused["status"], 422);
    assert_eq!(refused["explanation"]["clauses"][0]["values"], json!({ "household.decile": 5 }));
    assert_eq!(stage.count("enrolments").await, 0);
    let trace = "audit_entries WHERE action = 'enrolment.refused' AND details = '{\"code\": \"not-eligible\"}'";
    assert_eq!(stage.count(trace).await, 1);
}

#[tokio::test]
async fn a_household_outside_release_areas_or_programme_is_not_there() {
    let mut stage = Stage::set().await;
    let district = stage.program("BLT-KOTA", json!({ "areas": ["35.26.02"] })).await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = stage.households(&[2]).await.remove(0);
    let unknown = json!({ "household_id": Uuid::now_v7() });
    stage.manager.post(&program.enrolments(""), unknown).await.refused("household-not-found");
    district.enrol(&household).await.refused("household-not-found");
    let elsewhere = stage.api.actor(stage.manager.identity.as_ref().unwrap().role, "dinsos", &["35.26.02"]).await;
    Scheme { manager: elsewhere, ..program.clone() }.enrol(&household).await.refused("household-not-found");
    stage.world.next_release().await;
    let gone = program.enrol(&household).await.refused("household-gone");
    assert_eq!((&gone["status"], &gone["successors"]), (&json!(410), &json!([])));
}

#[tokio::test]
async fn another_agency_s_programme_and_enrolments_are_not_there() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[2]).await[0];
    let enrolment = program.enrolled(household).await;
    let other = stage.api.manager_of("dinkes").await;
    Scheme { manager: other.clone(), ..program.clone() }.enrol(household).await.refused("not-found");
    for rest in ["/bulk", "/from-eligible", "/transitions"] {
        let body = match rest {
            "/bulk" => json!({ "items": [{ "household_id": household.household_id }] }),
            "/from-eligible" => json!({}),
            _ => json!({ "from": "candidate", "to": "confirmed", "reason": "x" }),
        };
        other.post(&program.enrolments(rest), body).await.refused("not-found");
    }
    other.get(&format!("/v1/enrolments/{enrolment}")).await.refused("not-found");
    step(&other, &enrolment, 1, "confirmed").await.refused("not-found");
    assert_eq!(other.get("/v1/enrolments").await.ok()["items"], json!([]));
}

#[tokio::test]
async fn an_enrolment_outside_the_caller_s_areas_is_not_there_and_the_auditor_sees_all() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[2]).await[0]).await;
    let role = stage.manager.identity.as_ref().unwrap().role;
    let elsewhere = stage.api.actor(role, "dinsos", &["35.26.02"]).await;
    elsewhere.get(&format!("/v1/enrolments/{enrolment}")).await.refused("not-found");
    step(&elsewhere, &enrolment, 1, "confirmed").await.refused("not-found");
    let auditor = stage.api.auditor().await;
    auditor.get(&format!("/v1/enrolments/{enrolment}")).await.ok();
    step(&auditor, &enrolment, 1, "confirmed").await.refused("forbidden");
    stage.api.admin().await.get("/v1/enrolments").await.refused("forbidden");
}

#[tokio::test]
async fn of_equal_enrolments_at_once_one_is_made_and_the_others_are_told_which() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[2]).await[0];
    let replies = join_all((0..12).map(|_| program.enrol(household))).await;
    let (made, refused): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert_eq!((made.len(), refused.len()), (1, 11));
    let enrolment = made[0].json()["enrolment_id"].clone();
    for reply in refused {
        assert_eq!(reply.refused("already-enrolled")["enrolment_id"], enrolment);
    }
    assert_eq!((stage.count("enrolments").await, program.taken().await), (1, 1));
}

#[tokio::test]
async fn of_two_households_at_once_one_gets_the_last_place() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 2 })).await;
    let households = stage.households(&[1, 1, 1, 1, 1]).await;
    program.enrolled(&households[0]).await;
    let replies = join_all(households[1..].iter().map(|household| program.enrol(household))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    for reply in replies.into_iter().filter(|reply| reply.status != 201) {
        reply.refused("quota-full");
    }
    assert_eq!((stage.count("enrolments").await, program.taken().await), (2, 2));
}

#[tokio::test]
async fn a_household_is_not_enrolled_beside_a_programme_that_this_one_excludes_whoever_runs_it() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let first = Scheme::make(&health, "SEMBAKO-DAERAH", json!({})).await;
    let second = stage.program("BLT-DAERAH", json!({ "excludes": ["SEMBAKO-DAERAH"] })).await;
    let households = stage.households(&[1, 1]).await;
    first.enrolled(&households[0]).await;
    let refused = second.enrol(&households[0]).await.refused("excluded-by-other-aid");
    let others = json!([{ "program_code": "SEMBAKO-DAERAH", "agency_code": "dinkes" }]);
    assert_eq!((&refused["status"], &refused["others"]), (&json!(409), &others));
    // What binds BLT-DAERAH binds nobody else: an agency can't keep a household from another agency's aid.
    second.enrolled(&households[1]).await;
    first.enrolled(&households[1]).await;
}

#[tokio::test]
async fn excluding_a_sensitive_programme_tells_nothing_of_who_stands_in_it() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let sensitive = Scheme::make(&health, "TBC", json!({ "sensitive": true })).await;
    let nosy = stage.program("BLT-DAERAH", json!({ "excludes": ["TBC"] })).await;
    let household = &stage.households(&[1]).await[0];
    sensitive.active(household).await;
    let enrolment = nosy.active(household).await;
    let period = nosy.period("Tahap 1", "2026-01-01", "2026-03-31").await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned" });
    stage.manager.post_once("k", "/v1/disbursements", body).await.created();
}

#[tokio::test]
async fn what_stands_in_a_household_that_is_gone_stands_in_the_one_that_took_it_in() {
    let mut stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let pkh = Scheme::make(&health, "PKH", json!({})).await;
    let blt = stage.program("BLT-DAERAH", json!({ "excludes": ["PKH"] })).await;
    let gone = stage.households(&[1, 1]).await;
    pkh.enrolled(&gone[0]).await;
    let standing = blt.enrolled(&gone[1]).await;
    // The next release has one household in the place of both; the one after it took that into a third.
    stage.world.next_release().await;
    let between = stage.households(&[1]).await.remove(0);
    for household in &gone {
        stage.world.goes_into(household.household_id, between.household_id).await;
    }
    stage.world.next_release().await;
    let heir = stage.households(&[1]).await.remove(0);
    stage.world.goes_into(between.household_id, heir.household_id).await;
    let refused = blt.enrol(&heir).await.refused("already-enrolled");
    assert_eq!(refused["enrolment_id"], json!(standing));
    step(&stage.manager, &standing, 1, "rejected").await.ok();
    blt.enrol(&heir).await.refused("excluded-by-other-aid");
    let aid = health.get(&format!("/v1/households/{}/aid?program=PKH", heir.household_id)).await.ok();
    let codes: Vec<_> = aid["items"].as_array().unwrap().iter().map(|line| line["program_code"].clone()).collect();
    assert_eq!(codes, [json!("PKH"), json!("BLT-DAERAH")]);
    assert_eq!(stage.manager.post(&blt.enrolments("/from-eligible"), json!({})).await.ok()["enrolled"], 0);
}

#[tokio::test]
async fn a_programme_that_has_ended_takes_nobody() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "starts_on": "2025-01-01", "ends_on": "2025-12-31" })).await;
    let household = &stage.households(&[1]).await[0];
    assert_eq!(program.enrol(household).await.refused("program-ended")["ends_on"], "2025-12-31");
    stage.manager.post(&program.enrolments("/from-eligible"), json!({})).await.refused("program-ended");
    assert_eq!(stage.count("enrolments").await, 0);
}

#[tokio::test]
async fn of_two_programmes_that_exclude_each_other_at_once_one_is_enrolled_in() {
    let stage = Stage::set().await;
    let first = stage.program("BLT-SATU", json!({ "excludes": ["BLT-DUA"] })).await;
    let second = stage.program("BLT-DUA", json!({ "excludes": ["BLT-SATU"] })).await;
    for household in &stage.households(&[1; 8]).await {
        let (one, other) = tokio::join!(first.enrol(household), second.enrol(household));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
    }
    assert_eq!(stage.count("enrolments").await, 8);
}

#[tokio::test]
async fn an_override_names_its_reason_and_who_allowed_it() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "excludes": ["PKH"] })).await;
    let households = stage.households(&[1, 1]).await;
    stage.world.stands_in(&households[0], "PKH", "kemensos").await;
    let with = |household: usize, allowed: serde_json::Value| {
        let body = json!({ "household_id": households[household].household_id, "override": allowed });
        let path = program.enrolments("");
        let manager = stage.manager.clone();
        async move { manager.post(&path, body).await }
    };
    let nameless = with(0, json!({ "reason": "PKH berakhir", "allowed_by": "" })).await;
    assert_eq!(nameless.wrong_fields(), ["/override/allowed_by"]);
    let allowed = json!({ "reason": "PKH berakhir bulan depan", "allowed_by": "Kepala Bidang" });
    let made = with(0, allowed.clone()).await.created();
    assert_eq!(made["override"], allowed);
    let kept =
        "enrolments WHERE override_reason = 'PKH berakhir bulan depan' AND override_allowed_by = 'Kepala Bidang'";
    assert_eq!(stage.count(kept).await, 1);
    // Where nothing is in the way, there is nothing to allow.
    assert_eq!(with(1, allowed).await.created()["override"], json!(null));
}

#[tokio::test]
async fn without_a_decile_only_an_exemption_that_holds_lets_in_and_for_the_decile_alone() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let tiled = stage
        .program("BLT-LANTAI", json!({ "eligibility": "household.decile <= 4 && household.floor == 'tanah'" }))
        .await;
    let household = stage.world.household(|home| home.decile(None)).await;
    assert_eq!(program.enrol(&household).await.refused("no-decile")["status"], 422);
    let exemption = |program: &Scheme, until: &'static str| {
        let id = Uuid::now_v7();
        let sql = format!(
            "INSERT INTO program_exemptions (exemption_id, program_id, granted_by, reason, regulation, until)
            VALUES ('{id}', '{}', 'user:koordinator', 'Bencana', 'SK Bupati 7/2026', '{until}')",
            program.id
        );
        let api = stage.api.clone();
        async move {
            api.database.execute(&sql).await;
            id
        }
    };
    let ask = |program: &Scheme, exemption: Uuid| {
        let body = json!({ "household_id": household.household_id, "exemption_id": exemption });
        let (manager, path) = (stage.manager.clone(), program.enrolments(""));
        async move { manager.post(&path, body).await }
    };
    let (over, foreign) = (exemption(&program, "2020-01-01").await, exemption(&tiled, "2099-01-01").await);
    ask(&program, over).await.refused("unknown-exemption");
    ask(&program, foreign).await.refused("unknown-exemption");
    // The floor is not known either, and no exemption stands in for that.
    let refused = ask(&tiled, foreign).await.refused("not-eligible");
    assert_eq!(refused["explanation"]["missing"], json!(["household.decile", "household.floor"]));
    let standing = exemption(&program, "2099-01-01").await;
    let made = ask(&program, standing).await.created();
    assert_eq!((&made["decile"], id(&made, "exemption_id")), (&json!(null), standing));
}

#[tokio::test]
async fn a_programme_for_individuals_names_a_member_and_one_in_two_families_holds_one_claim() {
    let stage = Stage::set().await;
    let program = stage.program("KIP-JAWARA", json!({ "serves": "individual" })).await;
    let family = stage.program("BLT-DAERAH", json!({})).await;
    let person = Uuid::now_v7();
    let mother = stage.world.household(|home| home.member(|p| p).member(|p| p.id(person))).await;
    let uncle = stage.world.household(|home| home.member(|p| p).member(|p| p.id(person))).await;
    let ask = |household: Uuid, individual: Option<Uuid>| {
        let body = json!({ "household_id": household, "individual_id": individual });
        let (manager, path) = (stage.manager.clone(), program.enrolments(""));
        async move { manager.post(&path, body).await }
    };
    ask(mother.household_id, None).await.refused("individual-required");
    ask(mother.household_id, Some(uncle.member_ids[0])).await.refused("not-a-member");
    let named = json!({ "household_id": mother.household_id, "individual_id": person });
    stage.manager.post(&family.enrolments(""), named).await.refused("individual-not-served");
    let (one, other) = tokio::join!(ask(mother.household_id, Some(person)), ask(uncle.household_id, Some(person)));
    let (made, refused) = if one.status == 201 { (one, other) } else { (other, one) };
    let made = made.created();
    assert_eq!(refused.refused("already-enrolled")["enrolment_id"], made["enrolment_id"]);
    assert_eq!(id(&made, "individual_id"), person);
    // Another member of the same household is another beneficiary.
    ask(mother.household_id, Some(mother.member_ids[0])).await.created();
    let claims = format!("enrolment_claims WHERE beneficiary_id = '{person}'");
    assert_eq!(stage.count(&claims).await, 1);
}

#[tokio::test]
async fn a_trial_answers_what_would_be_and_leaves_nothing_but_its_trace() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 1 })).await;
    let household = &stage.households(&[2]).await[0];
    let body = json!({ "household_id": household.household_id });
    let events = stage.count("outbox_events").await;
    for _ in 0..2 {
        let tried = stage.manager.post(&program.enrolments("?dry_run=true"), &body).await.created();
        assert_eq!((&tried["state"], &tried["decile"]), (&json!("candidate"), &json!(2)));
    }
    for table in ["enrolments", "enrolment_claims", "enrolment_steps"] {
        assert_eq!(stage.count(table).await, 0, "{table}");
    }
    assert_eq!((stage.count("outbox_events").await, program.taken().await), (events, 0));
    assert_eq!(stage.count("audit_entries WHERE action = 'enrolment.created.tried'").await, 2);
    assert_eq!(stage.count("audit_entries WHERE action = 'enrolment.created'").await, 0);
}

#[tokio::test]
async fn enrolments_are_listed_by_page_and_filter_and_each_reading_is_traced() {
    let stage = Stage::set().await;
    let (one, two) = (stage.program("BLT-SATU", json!({})).await, stage.program("BLT-DUA", json!({})).await);
    let households = stage.households(&[1, 2, 3]).await;
    for household in &households {
        one.enrolled(household).await;
    }
    let body = json!({ "household_id": households[0].household_id, "external_reference": "SIM-9" });
    let marked = stage.manager.post(&two.enrolments(""), body).await.created();
    let first = stage.manager.get(&format!("/v1/enrolments?program_id={}&limit=2", one.id)).await.ok();
    assert_eq!(first["items"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = stage.manager.get(&format!("/v1/enrolments?program_id={}&limit=2&cursor={cursor}", one.id)).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], json!(null));
    let found = stage.manager.get("/v1/enrolments?external_reference=SIM-9&state=candidate").await.ok();
    assert_eq!(found["items"], json!([marked]));
    let of_household = format!("/v1/enrolments?household_id={}", households[0].household_id);
    assert_eq!(stage.manager.get(&of_household).await.ok()["items"].as_array().unwrap().len(), 2);
    assert_eq!(stage.manager.get("/v1/enrolments?nik=3526").await.wrong_fields(), ["nik"]);
    let traced = format!(
        "audit_entries WHERE action = 'enrolment.list' AND '{}' = ANY (household_ids)",
        households[0].household_id
    );
    assert_eq!(stage.count(&traced).await, 3);
}

#[tokio::test]
async fn an_explanation_keeps_health_from_whoever_does_not_see_it() {
    let stage = Stage::set().await;
    let rule = "household.decile <= 4 && (household.decile <= 1 || members.exists(m, m.disabled))";
    let program = stage.program("ASPD", json!({ "eligibility": rule, "sensitive_fields": true })).await;
    let disabled = |home: crate::support::world::Home| home.decile(2).member(|head| head.set("seeing", 1));
    let (one, other) = (stage.world.household(disabled).await, stage.world.household(disabled).await);
    let withheld = json!({ "text": "household.decile <= 1 || members.exists(m, m.disabled)", "verdict": "true",
        "withheld": true });
    let made = program.enrol(&one).await.created();
    assert_eq!(made["explanation"]["clauses"][1], withheld);
    // From the ranking the explanation is PostgreSQL's, not the interpreter's.
    stage.manager.post(&program.enrolments("/from-eligible"), json!({})).await.ok();
    let (approver, auditor) = (stage.api.actor(Role::Approver, "dinsos", &["35.26"]).await, stage.api.auditor().await);
    for reader in [&stage.manager, &approver] {
        let listed = reader.get("/v1/enrolments").await.ok();
        let clauses: Vec<_> =
            listed["items"].as_array().unwrap().iter().map(|row| row["explanation"]["clauses"][1].clone()).collect();
        assert_eq!(clauses, [withheld.clone(), withheld.clone()]);
    }
    let open = auditor.get("/v1/enrolments").await.ok();
    assert!(open["items"][0]["explanation"].to_string().contains("m.disabled\":true"), "{open}");
    assert!(open["items"][1]["explanation"].to_string().contains("satisfied_by"), "{open}");
    let explain = format!("/v1/programs/{}/eligibility/explain", program.id);
    let told = stage.manager.post(&explain, json!({ "household_id": other.household_id })).await.ok();
    assert_eq!(told["explanation"]["clauses"][1], withheld);
    let asked = "audit_entries WHERE action IN ('eligibility.explain', 'enrolment.created') AND (details ->> 'asks_for_health')::boolean";
    assert_eq!(stage.count(asked).await, 2);
}

#[tokio::test]
async fn whoever_enrols_explains_or_asks_for_the_aid_of_a_household_that_is_gone_is_told_its_heir() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let [gone, heir] = stage.households(&[2, 2]).await.try_into().unwrap();
    stage.world.next_release().await;
    stage.world.household(|home| home.id(heir.household_id).decile(2)).await;
    stage.world.goes_into(gone.household_id, heir.household_id).await;
    let explain = format!("/v1/programs/{}/eligibility/explain", program.id);
    let aid = format!("/v1/households/{}/aid?program=BLT-DAERAH", gone.household_id);
    let refusals = [
        program.enrol(&gone).await,
        stage.manager.post(&explain, json!({ "household_id": gone.household_id })).await,
        stage.manager.get(&aid).await,
    ];
    for refusal in refusals {
        let refused = refusal.refused("household-gone");
        assert_eq!(refused["successors"][0]["household_id"], json!(heir.household_id));
    }
    // One that is there, but not where the programme is, is not gone.
    let elsewhere = stage.world.household(|home| home.decile(2).village("35.26.02.2001")).await;
    let narrow = stage.program("BLT-KOTA", json!({ "areas": ["35.26.01"] })).await;
    narrow.enrol(&elsewhere).await.refused("household-not-found");
}

#[tokio::test]
async fn a_member_whom_the_rule_does_not_serve_is_refused_singly_and_in_a_list() {
    let stage = Stage::set().await;
    let terms = json!({ "serves": "individual", "beneficiary": "m.age >= 60" });
    let program = stage.program("PKH-PLUS", terms).await;
    let home = stage
        .world
        .household(|home| {
            home.member(|elder| elder.age(60))
                .member(|young| young.age(59))
                .member(|m| m.set("birth_date", json!(null)))
        })
        .await;
    let row = |member: usize| json!({ "household_id": home.household_id, "individual_id": home.member_ids[member] });
    let young = stage.manager.post(&program.enrolments(""), row(1)).await.refused("not-eligible");
    assert_eq!(
        young["explanation"]["beneficiary"],
        json!({ "text": "m.age >= 60", "position": 2, "verdict": "false", "values": { "m.age": 59 } })
    );
    // The household's clauses hold; it is the member who does not.
    assert_eq!(young["explanation"]["clauses"][0]["verdict"], "true");
    let unborn = stage.manager.post(&program.enrolments(""), row(2)).await.refused("not-eligible");
    assert_eq!(unborn["explanation"]["missing"], json!(["members[3].age"]));
    let list = json!({ "items": [row(1), row(0), row(2)] });
    let answer = stage.manager.post(&program.enrolments("/bulk"), list).await.ok();
    let codes: Vec<_> = answer["items"].as_array().unwrap().iter().map(|item| &item["code"]).collect();
    assert_eq!(codes, [&json!("not-eligible"), &json!(null), &json!("not-eligible")]);
    assert_eq!(stage.count(&format!("enrolments WHERE individual_id = '{}'", home.member_ids[0])).await, 1);
}
