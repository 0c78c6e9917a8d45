//! What the manager of a programme is not told of who is ill, although its rule may ask.

use crate::support::aid::Stage;
use serde_json::json;

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
