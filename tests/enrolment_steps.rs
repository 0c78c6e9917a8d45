//! How enrolments move on, what they give back when they end, and that what was decided can't be changed.

use crate::support::aid::{Stage, step};
use futures::future::join_all;
use serde_json::json;

#[tokio::test]
async fn an_enrolment_goes_its_way_and_each_step_keeps_reason_day_and_actor() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[2]).await[0]).await;
    let way = ["confirmed", "active", "suspended", "active", "graduated"];
    for (version, to) in (1..).zip(way) {
        let body = json!({ "to": to, "reason": format!("Ke {to}"), "effective_on": "2026-11-01" });
        let reply = stage.manager.post_seen(&format!("/v1/enrolments/{enrolment}/transitions"), version, body).await;
        assert_eq!(reply.headers["etag"], format!("\"{}\"", version + 1));
        assert_eq!(reply.ok()["state"], to);
    }
    let actor = &stage.manager.identity.as_ref().unwrap().subject;
    let owner = stage.api.database.owner().await;
    let sql = "SELECT from_state, to_state, reason, effective_on::text, actor FROM enrolment_steps ORDER BY step_no";
    let steps: Vec<(Option<String>, String, String, String, String)> = owner
        .query(sql, &[])
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)))
        .collect();
    assert_eq!(steps.len(), 6);
    let mut from = "candidate".to_owned();
    for (taken, to) in steps[1..].iter().zip(way) {
        let expected = (Some(from), to.to_owned(), format!("Ke {to}"), "2026-11-01".to_owned(), actor.clone());
        assert_eq!(taken, &expected);
        from = to.to_owned();
    }
    let told = format!("outbox_events WHERE kind = 'enrolment.moved' AND subject_id = '{enrolment}'");
    assert_eq!(stage.count(&told).await, 5);
}

#[tokio::test]
async fn a_step_that_does_not_exist_is_refused_with_those_that_do() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[2]).await[0]).await;
    for to in ["active", "suspended", "graduated", "ended", "candidate"] {
        let refused = step(&stage.manager, &enrolment, 1, to).await.refused("enrolment-step");
        assert_eq!((&refused["status"], &refused["allowed"]), (&json!(409), &json!(["confirmed", "rejected"])));
    }
    step(&stage.manager, &enrolment, 1, "rejected").await.ok();
    assert_eq!(step(&stage.manager, &enrolment, 2, "confirmed").await.refused("enrolment-step")["allowed"], json!([]));
}

#[tokio::test]
async fn nobody_moves_an_enrolment_that_they_have_not_seen_and_of_two_at_once_one_does() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[2]).await[0]).await;
    let body = json!({ "to": "confirmed", "reason": "x" });
    let blind = stage.manager.post(&format!("/v1/enrolments/{enrolment}/transitions"), body).await;
    assert_eq!(blind.refused("version-required")["status"], 428);
    let replies = join_all((0..6).map(|_| step(&stage.manager, &enrolment, 1, "confirmed"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 412).count(), 5);
    assert_eq!(stage.count("enrolment_steps WHERE to_state = 'confirmed'").await, 1);
}

#[tokio::test]
async fn an_ending_frees_claim_and_place_and_the_beneficiary_may_be_enrolled_anew() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "quota": 1 })).await;
    let households = stage.households(&[2, 2]).await;
    for last in ["rejected", "ended", "graduated"] {
        let enrolment = match last {
            "rejected" => program.enrolled(&households[0]).await,
            _ => program.active(&households[0]).await,
        };
        assert_eq!(program.taken().await, 1);
        program.enrol(&households[0]).await.refused("already-enrolled");
        program.enrol(&households[1]).await.refused("quota-full");
        let version = if last == "rejected" { 1 } else { 3 };
        step(&stage.manager, &enrolment, version, last).await.ok();
        assert_eq!((program.taken().await, stage.count("enrolment_claims").await), (0, 0), "{last}");
    }
    assert_eq!(stage.count("enrolments").await, 3);
}

#[tokio::test]
async fn a_suspended_enrolment_keeps_claim_and_place() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let household = &stage.households(&[2]).await[0];
    let enrolment = program.active(household).await;
    step(&stage.manager, &enrolment, 3, "suspended").await.ok();
    program.enrol(household).await.refused("already-enrolled");
    assert_eq!(program.taken().await, 1);
}

#[tokio::test]
async fn all_of_a_programme_in_one_state_move_at_once_and_no_other() {
    let stage = Stage::set().await;
    let (program, other) = (stage.program("BLT-SATU", json!({})).await, stage.program("BLT-DUA", json!({})).await);
    let households = stage.households(&[1, 2, 3, 4]).await;
    for household in &households {
        program.enrolled(household).await;
    }
    other.enrolled(&households[0]).await;
    let first = stage.manager.get(&format!("/v1/enrolments?program_id={}&limit=1", program.id)).await.ok();
    let rejected = first["items"][0]["enrolment_id"].as_str().unwrap();
    step(&stage.manager, rejected, 1, "rejected").await.ok();
    let all = |from: &str, to: &str| {
        let body = json!({ "from": from, "to": to, "reason": "SK 12/2026" });
        let (manager, path) = (stage.manager.clone(), program.enrolments("/transitions"));
        async move { manager.post(&path, body).await }
    };
    let refused = all("candidate", "active").await.refused("enrolment-step");
    assert_eq!(refused["allowed"], json!(["confirmed", "rejected"]));
    assert_eq!(all("candidate", "confirmed").await.ok(), json!({ "moved": 3 }));
    assert_eq!(all("candidate", "confirmed").await.ok(), json!({ "moved": 0 }));
    assert_eq!(stage.count("enrolments WHERE state = 'candidate'").await, 1);
    assert_eq!(stage.count("enrolment_steps WHERE to_state = 'confirmed' AND step_no = 2").await, 3);
    assert_eq!(stage.count("outbox_events WHERE kind = 'enrolment.moved'").await, 4);
    assert_eq!(
        stage.count("audit_entries WHERE action = 'enrolment.moved' AND cardinality(household_ids) = 3").await,
        1
    );
    assert_eq!(all("confirmed", "ended").await.ok(), json!({ "moved": 3 }));
    assert_eq!((program.taken().await, other.taken().await), (0, 1));
    assert_eq!(stage.count("enrolment_claims").await, 1);
}

#[tokio::test]
async fn a_move_of_all_stays_within_the_caller_s_areas() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let there = stage.world.household(|home| home.village("35.26.02.2001")).await;
    let here = stage.world.household(|home| home).await;
    for household in [&there, &here] {
        program.enrolled(household).await;
    }
    let role = stage.manager.identity.as_ref().unwrap().role;
    let elsewhere = stage.api.actor(role, "dinsos", &["35.26.02"]).await;
    let body = json!({ "from": "candidate", "to": "confirmed", "reason": "x" });
    assert_eq!(elsewhere.post(&program.enrolments("/transitions"), body).await.ok(), json!({ "moved": 1 }));
    let moved = format!("enrolments WHERE state = 'confirmed' AND household_id = '{}'", there.household_id);
    assert_eq!(stage.count(&moved).await, 1);
}

#[tokio::test]
async fn what_was_decided_can_t_be_changed_by_anybody_nor_a_step_be_left_out() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    program.enrolled(&stage.households(&[2]).await[0]).await;
    let lane = "BEGIN; SET LOCAL app.role = 'program_manager'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.areas = '{35.26.%}';";
    let application = stage.api.database.application().await;
    let owner = stage.api.database.owner().await;
    for change in [
        "UPDATE enrolments SET decile = 1",
        "UPDATE enrolments SET release_id = gen_random_uuid()",
        "UPDATE enrolments SET explanation = '{}'",
        "UPDATE enrolments SET rule_version = 2",
        "UPDATE enrolments SET household_id = gen_random_uuid()",
        "UPDATE enrolments SET created_by = 'x'",
        "UPDATE enrolments SET state = 'active'",
        "UPDATE enrolments SET state = 'ended'",
        "DELETE FROM enrolments",
        "UPDATE enrolment_steps SET reason = 'x'",
        "DELETE FROM enrolment_steps",
    ] {
        assert!(owner.batch_execute(change).await.is_err(), "owner: {change}");
        assert!(application.batch_execute(&format!("{lane} {change}")).await.is_err(), "application: {change}");
        application.batch_execute("ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn the_steps_of_an_enrolment_are_told_with_reason_day_and_actor_and_the_look_is_on_record() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[1]).await[0]).await;
    let path = format!("/v1/enrolments/{enrolment}/transitions");
    let ahead = json!({ "to": "confirmed", "reason": "Nanti", "effective_on": "9999-12-31" });
    assert_eq!(stage.manager.post_seen(&path, 1, ahead).await.wrong_fields(), ["/effective_on"]);
    let body = json!({ "to": "confirmed", "reason": "Musyawarah desa", "effective_on": "2026-11-01" });
    stage.manager.post_seen(&path, 1, body).await.ok();
    let steps = stage.manager.get(&format!("/v1/enrolments/{enrolment}/steps")).await.ok();
    let items = steps["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["to_state"], &items[0]["from_state"]), (2, &json!("candidate"), &json!(null)));
    for (field, value) in [
        ("step_no", json!(2)),
        ("from_state", json!("candidate")),
        ("to_state", json!("confirmed")),
        ("reason", json!("Musyawarah desa")),
        ("effective_on", json!("2026-11-01")),
        ("actor", json!(stage.manager.identity.as_ref().unwrap().subject)),
    ] {
        assert_eq!(items[1][field], value, "{field}");
    }
    assert_eq!(stage.count("audit_entries WHERE action = 'enrolment.steps' AND purpose = 'BLT-DAERAH'").await, 1);
    let other = stage.api.manager_of("dinkes").await;
    other.get(&format!("/v1/enrolments/{enrolment}/steps")).await.refused("not-found");
}

#[tokio::test]
async fn the_first_step_keeps_the_reason_that_was_given_however_one_enrols() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let homes = stage.households(&[1, 1, 1, 1]).await;
    let one = json!({ "household_id": homes[0].household_id, "reason": "Usulan desa" });
    stage.manager.post(&program.enrolments(""), one).await.created();
    let list = json!({ "common": { "reason": "SK 12/2026" }, "items": [{ "household_id": homes[1].household_id }] });
    stage.manager.post(&program.enrolments("/bulk"), list).await.ok();
    program.enrolled(&homes[2]).await;
    let ranked = json!({ "places": 1, "reason": "Peringkat 2026" });
    stage.manager.post(&program.enrolments("/from-eligible"), ranked).await.ok();
    for (home, reason) in homes.iter().zip(["Usulan desa", "SK 12/2026", "memenuhi syarat program", "Peringkat 2026"]) {
        let sql = format!("SELECT reason FROM enrolment_steps WHERE household_id = '{}'", home.household_id);
        assert_eq!(stage.api.database.value::<String>(&sql).await, reason);
    }
}
