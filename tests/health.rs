//! What the manager of a programme is not told of who is ill, although its rule may ask.

use crate::support::aid::Stage;
use serde_json::{Value, json};

/// What makes a member able: 4 is no difficulty.
const ABLE: [&str; 9] =
    ["seeing", "hearing", "walking", "using_hands", "learning", "behaviour", "speaking", "self_care", "remembering"];

#[tokio::test]
async fn what_is_missing_does_not_name_the_ill() {
    let stage = Stage::set().await;
    // Unknown just of those who are disabled, since nobody asked about nutrition.
    let ill = "members.all(m, !m.disabled || m.nutrition == 'kurang_gizi_wasting')";
    let rule = format!("household.power_va <= 900 && {ill}");
    let program = stage.program("ASPD", json!({ "eligibility": rule, "sensitive_fields": true })).await;
    let home = stage
        .world
        .household(|home| {
            home.decile(2)
                .member(|able| ABLE.iter().fold(able, |able, asked| able.set(asked, 4)))
                .member(|ill| ill.set("walking", 1))
        })
        .await;
    let whom = json!({ "household_id": home.household_id });
    let explain = format!("/v1/programs/{}/eligibility/explain", program.id);
    let refused = stage.manager.post(&program.enrolments(""), &whom).await.refused("not-eligible");
    let explained = stage.manager.post(&explain, &whom).await.ok();
    for told in [&refused["explanation"], &explained["explanation"]] {
        assert_eq!(told["clauses"][1], json!({ "text": ill, "verdict": "unknown", "withheld": true }));
        assert_eq!((&told["verdict"], &told["missing"]), (&json!("unknown"), &json!(["household.power_va"])));
        assert!(!told.to_string().contains("members["), "{told}");
    }
    // Who sees answers on health is told.
    let seen = stage.api.auditor().await.post(&explain, &whom).await.ok();
    assert_eq!(seen["explanation"]["missing"], json!(["household.power_va", "members[2].nutrition"]));
    // An answer that the member lacks who would be served is no matter of health.
    let terms = json!({ "serves": "individual", "eligibility": ill, "beneficiary": "m.sex == 'perempuan'",
        "sensitive_fields": true });
    let program = stage.program("ASPD-INDIVIDU", terms).await;
    let explain = format!("/v1/programs/{}/eligibility/explain", program.id);
    let whom = json!({ "household_id": home.household_id, "individual_id": home.member_ids[1] });
    let told = stage.manager.post(&explain, &whom).await.ok();
    assert_eq!(told["explanation"]["missing"], json!(["members[2].sex"]));
}

#[tokio::test]
async fn a_preview_by_health_is_rough_so_that_one_household_more_or_less_tells_nothing_surely() {
    let stage = Stage::set().await;
    stage.world.households(19, |_, home| home.decile(1)).await;
    let ill = |home: crate::support::world::Home| home.decile(5).member(|head| head.set("walking", 1));
    stage.world.household(ill).await;
    let program = stage.program("ASPD", json!({ "sensitive_fields": true })).await;
    let path = format!("/v1/programs/{}/eligibility/preview", program.id);
    let preview = async |rule: String| stage.manager.post(&path, json!({ "eligibility": rule })).await.ok();
    // Without health the count is exact, and a calculating manager can begin with 19.
    assert_eq!(preview("household.decile <= 1".into()).await["eligible"], 19);
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for more in 2..=21 {
        // Each rule means the same and is another one: nobody has so many members.
        let known = format!("household.decile <= 1 || household.member_count > {more}");
        let unlucky = format!("{known} && members.exists(m, m.disabled)");
        let lucky = format!("{known} || household.decile == 5 && members.exists(m, m.disabled)");
        without.push(preview(unlucky).await);
        with.push(preview(lucky).await);
    }
    let counts = |previews: &[Value]| previews.iter().map(|told| told["eligible"].clone()).collect::<Vec<_>>();
    for told in without.iter().chain(&with) {
        let eligible = told["eligible"].as_i64();
        assert!(eligible.map_or(told["eligible"] == "<10", |count| count > 0 && count % 10 == 0), "{told}");
        assert_eq!((&told["rough"], told.get("samples")), (&json!(true), None));
        assert_eq!(told.get("cost_idr").and_then(Value::as_i64), eligible.map(|count| count * 300_000));
        let parts = told["by_decile"].as_array().unwrap().iter().chain(told["by_district"].as_array().unwrap());
        let is_rough = |part: &Value| part["eligible"].as_i64().map_or(part["eligible"] == "<10", |n| n % 10 == 0);
        assert!(parts.clone().count() == 29 && parts.clone().all(is_rough), "{told}");
    }
    // 19 and 20 are told alike, now so, now so.
    let overlap = |one: &[Value], other: &[Value]| one.iter().any(|count| other.contains(count));
    assert!(overlap(&counts(&without), &counts(&with)), "{without:?} {with:?}");
    for told in [counts(&without), counts(&with)] {
        assert!(told.iter().any(|count| *count != told[0]), "{told:?}");
    }
    // Who asks the same again learns nothing more.
    let same = "household.decile == 1 || members.exists(m, m.disabled)";
    let first = preview(same.into()).await;
    assert_eq!(preview(format!("  {same} // lagi")).await, first);
}
