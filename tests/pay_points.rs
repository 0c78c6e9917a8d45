//! Pay points: who says where a partner pays by hand, and whom a point serves.

use crate::support::{Actor, aid::Stage};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

const POINTS: &str = "/v1/pay-points";

fn point(partner: &str, region: &str, name: &str) -> Value {
    json!({ "partner_code": partner, "kind": "post_office", "region_code": region, "name": name })
}

fn address(point: &Value) -> String {
    format!("{POINTS}/{}", point["pay_point_id"].as_str().unwrap())
}

async fn names(actor: &Actor, query: &str) -> Vec<Value> {
    let listed = actor.get(&format!("{POINTS}?{query}")).await.ok();
    listed["items"].as_array().unwrap().iter().map(|point| point["name"].clone()).collect()
}

#[tokio::test]
async fn a_partner_records_and_changes_its_own_points_and_no_other_s() {
    let stage = Stage::with_a_bank().await;
    let (pos, bank) = (
        stage.api.actor(Role::PaymentPartner, "pos", &["35.26"]).await,
        stage.api.actor(Role::PaymentPartner, "bank-jatim", &["35.26"]).await,
    );
    let made = pos.post(POINTS, point("pos", "35.26.01", "Kantor Pos")).await;
    assert_eq!(made.headers["etag"], "\"1\"");
    let made = made.created();
    assert_eq!(bank.post(POINTS, point("pos", "35.26.01", "Lain")).await.wrong_fields(), ["/partner_code"]);
    bank.patch(&address(&made), 1, json!({ "open": false })).await.refused("forbidden");
    // Nor does an agency that pays through it change it, and nobody its name; every role sees it.
    stage.manager.patch(&address(&made), 1, json!({ "open": false })).await.refused("forbidden");
    assert_eq!(pos.patch(&address(&made), 1, json!({ "name": "Lain" })).await.wrong_fields(), ["/name"]);
    let changed = pos.patch(&address(&made), 1, json!({ "address": "Jl. Trunojoyo 2" })).await.ok();
    assert_eq!(
        (&changed["address"], &changed["name"], &changed["open"]),
        (&json!("Jl. Trunojoyo 2"), &made["name"], &json!(true))
    );
    pos.patch(&address(&made), 1, json!({ "open": false })).await.refused("stale-version");
    let changed = pos.patch(&address(&made), 2, json!({ "open": false, "address": null })).await.ok();
    assert_eq!((&changed["address"], &changed["open"], &changed["version"]), (&Value::Null, &json!(false), &json!(3)));
    assert_eq!(bank.get(&address(&made)).await.ok(), changed);
    assert_eq!(stage.count("outbox_events WHERE kind = 'pay_point.changed'").await, 2);
}

#[tokio::test]
async fn a_point_is_a_bank_s_or_the_post_s_in_the_caller_s_areas_under_a_name_of_its_own() {
    let stage = Stage::with_a_bank().await;
    let district = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    for (body, field) in [
        (point("dinsos", "35.26.01", "A"), "/partner_code"),
        (point("tidak-ada", "35.26.01", "A"), "/partner_code"),
        (point("pos", "35.26", "A"), "/region_code"),
        (point("pos", "35.26.02.2001", "A"), "/region_code"),
        (point("pos", "35.26.01.2999", "A"), "/region_code"),
        (point("pos", "35.26.01", " "), "/name"),
    ] {
        assert_eq!(district.post(POINTS, &body).await.wrong_fields(), [field], "{body}");
    }
    district.post(POINTS, point("pos", "35.26.01", "A")).await.created();
    district.post(POINTS, point("pos", "35.26.01.1001", "A")).await.refused("pay-point-exists");
    let other = district.post(POINTS, point("bank-jatim", "35.26.01", "B")).await.created();
    district.post(POINTS, point("bank-jatim", "35.26.01", "A")).await.created();
    // Another agency's point of that name is its own.
    let dinkes = stage.api.manager_of("dinkes").await;
    let theirs = dinkes.post(POINTS, point("pos", "35.26.01", "A")).await.created();
    assert_eq!(theirs["agency_code"], "dinkes");
    stage.manager.patch(&address(&theirs), 1, json!({ "open": false })).await.refused("forbidden");
    let elsewhere = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.02"]).await;
    elsewhere.patch(&address(&other), 1, json!({ "open": false })).await.refused("forbidden");
    assert_eq!(stage.count("pay_points").await, 4);
}

#[tokio::test]
async fn a_region_is_served_by_the_points_within_it_and_by_those_around_it() {
    let stage = Stage::with_a_bank().await;
    for (partner, region, name) in [
        ("pos", "35.26", "kabupaten"),
        ("pos", "35.26.01", "kecamatan"),
        ("bank-jatim", "35.26.01.1001", "desa"),
        ("pos", "35.26.02", "kecamatan lain"),
    ] {
        stage.manager.post(POINTS, point(partner, region, name)).await.created();
    }
    let analyst = stage.api.actor(Role::Analyst, "bps", &["35.26"]).await;
    for (query, expected) in [
        ("region=35.26.01.1001", &["kabupaten", "kecamatan", "desa"][..]),
        ("region=35.26.01.1002", &["kabupaten", "kecamatan"]),
        ("region=35.26.01", &["kabupaten", "kecamatan", "desa"]),
        ("region=35.26.02", &["kabupaten", "kecamatan lain"]),
        ("region=35.26&partner=bank-jatim", &["desa"]),
        ("partner=pos&region=35.26.01.1001", &["kabupaten", "kecamatan"]),
        ("open=false", &[]),
    ] {
        assert_eq!(names(&analyst, query).await, expected, "{query}");
    }
}
