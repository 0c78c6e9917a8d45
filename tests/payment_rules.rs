//! What may be paid, when, and how often: the rules that hold a payment against its enrolment, exemption, period,
//! other aid and the release of the day, when it is recorded and once more when it is paid.

use crate::support::{
    Reply,
    aid::{Scheme, Stage, id, step},
    world::Household,
};
use futures::future::join_all;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

const PAY: &str = "/v1/disbursements";

/// Asks to pay an enrolment for a period, on a day that has passed, with a key of its own.
async fn pay(stage: &Stage, enrolment: &str, period: &str) -> Reply {
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    stage.manager.post_once(&uuid::Uuid::now_v7().to_string(), PAY, body).await
}

/// Plans to pay an enrolment for a period.
async fn plan(stage: &Stage, enrolment: &str, period: &str) -> Value {
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned" });
    stage.manager.post_once(&uuid::Uuid::now_v7().to_string(), PAY, body).await.created()
}

/// Asks to pay what was planned.
async fn deliver(stage: &Stage, planned: &Value, paid_on: &str) -> Reply {
    let path = format!("{PAY}/{}/payment", id(planned, "disbursement_id"));
    stage.manager.post_seen(&path, 1, json!({ "paid_on": paid_on })).await
}

async fn first_quarter(program: &Scheme) -> String {
    program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await
}

#[tokio::test]
async fn whoever_ended_and_was_enrolled_anew_is_not_paid_again_for_the_period() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let household = stage.households(&[1]).await.remove(0);
    let former = program.active(&household).await;
    let paid = pay(&stage, &former, &period).await.created();
    step(&stage.manager, &former, 3, "ended").await.ok();
    let anew = program.active(&household).await;
    let refused = pay(&stage, &anew, &period).await.refused("already-paid");
    assert_eq!(refused["disbursement_id"], paid["disbursement_id"]);
    let all = json!({ "program_id": program.id, "period_id": period, "state": "paid", "paid_on": "2026-11-02" });
    let answer = stage.manager.post_once("all", "/v1/disbursements/from-active", all).await.ok();
    assert_eq!((&answer["recorded"], &answer["skipped_already_paid"]), (&json!(0), &json!(1)));
    // What is taken back makes room, once.
    stage.reversed(id(&paid, "disbursement_id")).await;
    let replies = join_all((0..4).map(|_| pay(&stage, &anew, &period))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(stage.count("disbursements WHERE state = 'paid'").await, 1);
}

#[tokio::test]
async fn what_is_given_once_is_given_once_whatever_the_period() {
    let stage = Stage::set().await;
    let program = stage.program("HIBAH", json!({ "cadence": "once" })).await;
    let (one, two) = (first_quarter(&program).await, program.period("Tahap 2", "2026-04-01", "2026-06-30").await);
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let (first, second) = tokio::join!(pay(&stage, &enrolment, &one), pay(&stage, &enrolment, &two));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    assert_eq!(stage.count("disbursements").await, 1);
}

#[tokio::test]
async fn what_was_planned_is_not_paid_once_its_enrolment_is_no_longer_active() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let planned = plan(&stage, &enrolment, &period).await;
    step(&stage.manager, &enrolment, 3, "suspended").await.ok();
    assert_eq!(deliver(&stage, &planned, "2026-11-01").await.refused("enrolment-not-active")["state"], "suspended");
    step(&stage.manager, &enrolment, 4, "ended").await.ok();
    deliver(&stage, &planned, "2026-11-01").await.refused("enrolment-not-active");
    assert_eq!(stage.count("disbursements WHERE state = 'planned' AND paid_on IS NULL").await, 1);
}

#[tokio::test]
async fn what_was_planned_is_checked_against_the_release_of_the_day_it_is_paid() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let household = stage.households(&[2]).await.remove(0);
    let enrolment = program.active(&household).await;
    let planned = plan(&stage, &enrolment, &period).await;
    let decided = stage.world.release_id;
    let checked = stage.world.next_release().await;
    stage.world.household(|home| home.id(household.household_id).decile(5)).await;
    let paid = deliver(&stage, &planned, "2026-11-01").await.ok();
    assert_eq!((id(&paid, "release_id"), &paid["decile"]), (decided, &json!(2)));
    assert_eq!((id(&paid, "checked_release_id"), &paid["checked_decile"]), (checked, &json!(5)));
    // Taking it back changes nothing of what it was paid on.
    stage.world.next_release().await;
    let reversed = stage.reversed(id(&paid, "disbursement_id")).await;
    assert_eq!((id(&reversed, "checked_release_id"), &reversed["checked_decile"]), (checked, &json!(5)));
}

#[tokio::test]
async fn a_household_that_moved_out_of_the_area_is_checked_by_its_decile_there() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let household = stage.households(&[2]).await.remove(0);
    let enrolment = program.active(&household).await;
    stage.world.next_release().await;
    stage.world.household(|home| home.id(household.household_id).decile(3).village("35.26.02.2001")).await;
    let local = stage.api.actor(Role::ProgramManager, "dinsos", &["35.26.01"]).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    assert_eq!(local.post_once("k", PAY, body).await.created()["checked_decile"], 3);
}

/// Enrols a household without a decile by an exemption until that day, and makes it active.
async fn exempted(stage: &Stage, program: &Scheme, household: &Household, until: &str) -> String {
    let coordinator = stage.api.actor(Role::Coordinator, "bapperida", &["35.26"]).await;
    let body = json!({ "reason": "Bencana", "regulation": "SK Bupati 7/2026", "until": "2099-12-31" });
    let granted = coordinator.post(&format!("/v1/programs/{}/exemptions", program.id), body).await.created();
    let body = json!({ "household_id": household.household_id, "exemption_id": granted["exemption_id"] });
    let made = stage.manager.post(&program.enrolments(""), body).await.created();
    let enrolment = id(&made, "enrolment_id").to_string();
    program.activate(&enrolment).await;
    // Nobody grants one that has passed; time does it.
    let sql = format!("UPDATE program_exemptions SET until = '{until}'");
    stage.api.database.execute(&sql).await;
    enrolment
}

#[tokio::test]
async fn an_exemption_bears_the_periods_that_begin_by_its_last_day_and_no_other() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let (one, two) = (first_quarter(&program).await, program.period("Tahap 2", "2026-04-01", "2026-06-30").await);
    let household = stage.world.household(|home| home.decile(None)).await;
    let enrolment = exempted(&stage, &program, &household, "2026-03-31").await;
    pay(&stage, &enrolment, &one).await.created();
    pay(&stage, &enrolment, &two).await.refused("exemption-over");
    let all = json!({ "program_id": program.id, "period_id": two, "state": "planned" });
    let answer = stage.manager.post_once("all", "/v1/disbursements/from-active", &all).await.ok();
    let refused = &answer["refused"][0];
    assert_eq!((&refused["enrolment_id"], &refused["code"]), (&json!(enrolment), &json!("exemption-over")));
    assert_eq!(answer["recorded"], 0);
    // A decile that came since is the reference that the exemption stood in for.
    stage.world.next_release().await;
    stage.world.household(|home| home.id(household.household_id).decile(4)).await;
    assert_eq!(pay(&stage, &enrolment, &two).await.created()["checked_decile"], 4);
}

#[tokio::test]
async fn nothing_is_paid_before_its_period_begins_but_it_may_be_planned() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = program.period("Desember 2026", "2026-12-01", "2026-12-31").await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    assert_eq!(pay(&stage, &enrolment, &period).await.wrong_fields(), ["/paid_on"]);
    let all = json!({ "program_id": program.id, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    let refused = stage.manager.post_once("all", "/v1/disbursements/from-active", all).await;
    assert_eq!(refused.wrong_fields(), ["/paid_on"]);
    let planned = plan(&stage, &enrolment, &period).await;
    assert_eq!(deliver(&stage, &planned, "2026-11-01").await.wrong_fields(), ["/paid_on"]);
}

#[tokio::test]
async fn periods_lie_within_the_programme_s_days() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({ "starts_on": "2026-01-15", "ends_on": "2026-12-31" })).await;
    let path = format!("/v1/programs/{}/periods", program.id);
    let early = json!({ "label": "A", "fiscal_year": 2026, "starts_on": "2026-01-14", "ends_on": "2026-02-15" });
    assert_eq!(stage.manager.post(&path, early).await.wrong_fields(), ["/starts_on"]);
    let late = json!({ "label": "A", "fiscal_year": 2026, "starts_on": "2026-12-01", "ends_on": "2027-01-01" });
    assert_eq!(stage.manager.post(&path, late).await.wrong_fields(), ["/ends_on"]);
    program.period("Semester 2", "2026-07-01", "2026-12-31").await;
    let shorter = json!({ "ends_on": "2026-12-30" });
    let refused = stage.manager.patch(&format!("/v1/programs/{}", program.id), 1, shorter).await;
    assert_eq!(refused.refused("periods-beyond-end")["last_day"], "2026-12-31");
}

#[tokio::test]
async fn whoever_receives_from_an_excluded_programme_is_not_paid_beside_it() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let excluded = Scheme::make(&health, "SEMBAKO-DAERAH", json!({})).await;
    let blt = stage.program("BLT-DAERAH", json!({ "excludes": ["SEMBAKO-DAERAH"] })).await;
    let period = first_quarter(&blt).await;
    let homes = stage.households(&[1, 1, 1]).await;
    let enrolments = join_all(homes.iter().map(|home| blt.active(home))).await;
    let planned = plan(&stage, &enrolments[0], &period).await;
    excluded.active(&homes[0]).await;
    excluded.active(&homes[1]).await;
    // Whoever is a candidate receives nothing yet.
    excluded.enrolled(&homes[2]).await;
    let others = json!([{ "program_code": "SEMBAKO-DAERAH", "agency_code": "dinkes" }]);
    assert_eq!(deliver(&stage, &planned, "2026-11-01").await.refused("excluded-by-other-aid")["others"], others);
    assert_eq!(pay(&stage, &enrolments[1], &period).await.refused("excluded-by-other-aid")["others"], others);
    let all = json!({ "program_id": blt.id, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    let answer = stage.manager.post_once("all", "/v1/disbursements/from-active", all).await.ok();
    assert_eq!(answer["recorded"], 1);
    let refused: Vec<&Value> = answer["refused"].as_array().unwrap().iter().map(|row| &row["enrolment_id"]).collect();
    let mut expected = [json!(enrolments[0]), json!(enrolments[1])];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(refused, expected.iter().collect::<Vec<_>>());
    // Such enrolments are on the list of those to look at again.
    let list = stage.manager.get(&format!("/v1/programs/{}/enrolments-no-longer-eligible", blt.id)).await.ok();
    let codes: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|row| &row["excluded_by"]).collect();
    assert_eq!(codes, [&json!(["SEMBAKO-DAERAH"]); 3]);
}

#[tokio::test]
async fn an_override_of_the_enrolment_holds_for_its_payments() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let excluded = Scheme::make(&health, "SEMBAKO-DAERAH", json!({})).await;
    let blt = stage.program("BLT-DAERAH", json!({ "excludes": ["SEMBAKO-DAERAH"] })).await;
    let period = first_quarter(&blt).await;
    let household = stage.households(&[1]).await.remove(0);
    excluded.active(&household).await;
    let allowed = json!({ "reason": "Sembako berakhir bulan depan", "allowed_by": "Kepala Bidang" });
    let body = json!({ "household_id": household.household_id, "override": allowed });
    let made = stage.manager.post(&blt.enrolments(""), body).await.created();
    let enrolment = id(&made, "enrolment_id").to_string();
    blt.activate(&enrolment).await;
    pay(&stage, &enrolment, &period).await.created();
}

#[tokio::test]
async fn two_households_that_became_one_are_paid_once_for_a_period() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let homes = stage.households(&[1, 1]).await;
    let (gone, living) = (program.active(&homes[0]).await, program.active(&homes[1]).await);
    stage.world.next_release().await;
    stage.world.household(|home| home.id(homes[1].household_id).decile(1)).await;
    stage.world.goes_into(homes[0].household_id, homes[1].household_id).await;
    let paid = pay(&stage, &gone, &period).await.created();
    assert_eq!(paid["checked_decile"], json!(null));
    assert_eq!(pay(&stage, &living, &period).await.refused("already-paid")["disbursement_id"], paid["disbursement_id"]);
    let all = json!({ "program_id": program.id, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    let answer = stage.manager.post_once("all", "/v1/disbursements/from-active", all).await.ok();
    assert_eq!((&answer["recorded"], &answer["skipped_already_paid"]), (&json!(0), &json!(2)));
}

#[tokio::test]
async fn a_programme_does_not_exclude_what_it_may_overlap_with() {
    let stage = Stage::set().await;
    let overlapping = json!({ "excludes": ["PKH"], "may_overlap_with": ["BLTS-KESRA", "PKH"] });
    let body = crate::support::programs::with(
        crate::support::programs::program("BLT-DAERAH", "household.decile <= 4"),
        overlapping,
    );
    assert_eq!(stage.manager.post("/v1/programs", body).await.wrong_fields(), ["/excludes/0"]);
    let program = stage.program("BLT-DAERAH", json!({ "may_overlap_with": ["BLTS-KESRA"] })).await;
    let path = format!("/v1/programs/{}", program.id);
    let change = json!({ "excludes": ["BLTS-KESRA"] });
    assert_eq!(stage.manager.patch(&path, 1, change).await.wrong_fields(), ["/excludes/0"]);
    assert_eq!(stage.manager.get(&path).await.ok()["may_overlap_with"], json!(["BLTS-KESRA"]));
}

#[tokio::test]
async fn why_a_payment_was_taken_back_is_told() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let paid = pay(&stage, &enrolment, &period).await.created();
    let path = format!("{PAY}/{}", id(&paid, "disbursement_id"));
    stage.reversed(id(&paid, "disbursement_id")).await;
    let steps = stage.manager.get(&format!("{path}/steps")).await.ok();
    let told: Vec<_> = steps["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["from_state"].clone(), step["to_state"].clone(), step["reason"].clone()))
        .collect();
    let reason = json!("Salah rekening");
    assert_eq!(told, [(json!(null), json!("paid"), json!(null)), (json!("paid"), json!("reversed"), reason)]);
    stage.api.manager_of("dinkes").await.get(&format!("{path}/steps")).await.refused("not-found");
    let of_household = format!("{PAY}?household_id={}", id(&paid, "household_id"));
    assert_eq!(stage.manager.get(&of_household).await.ok()["items"].as_array().unwrap().len(), 1);
}

/// Two households of which the first goes into the second in the next release.
async fn became_one(stage: &mut Stage, homes: &[Household]) {
    stage.world.next_release().await;
    stage.world.household(|home| home.id(homes[1].household_id).decile(1)).await;
    stage.world.goes_into(homes[0].household_id, homes[1].household_id).await;
}

#[tokio::test]
async fn what_a_household_was_paid_before_it_went_into_another_is_not_paid_to_that_one() {
    let mut stage = Stage::set().await;
    for (code, cadence) in [("BLT-DAERAH", "stages"), ("HIBAH", "once")] {
        let program = stage.program(code, json!({ "cadence": cadence })).await;
        let period = first_quarter(&program).await;
        let homes = stage.households(&[1, 1]).await;
        let former = program.active(&homes[0]).await;
        let paid = pay(&stage, &former, &period).await.created();
        became_one(&mut stage, &homes).await;
        step(&stage.manager, &former, 3, "ended").await.ok();
        let anew = program.active(&homes[1]).await;
        let refused = pay(&stage, &anew, &period).await.refused("already-paid");
        assert_eq!(refused["disbursement_id"], paid["disbursement_id"], "{code}");
    }
}

#[tokio::test]
async fn what_was_paid_in_an_heir_s_name_is_not_paid_again_after_turning_back() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let homes = stage.households(&[1, 1]).await;
    let (first, former) = (stage.world.release_id, program.active(&homes[0]).await);
    became_one(&mut stage, &homes).await;
    pay(&stage, &former, &period).await.created();
    stage.api.database.execute(&format!("UPDATE active_release SET release_id = '{first}'")).await;
    step(&stage.manager, &former, 3, "ended").await.ok();
    let anew = program.active(&homes[0]).await;
    pay(&stage, &anew, &period).await.refused("already-paid");
    assert_eq!(stage.count("disbursements").await, 1);
}

#[tokio::test]
async fn of_two_plans_for_what_became_one_family_one_is_paid() {
    let mut stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let homes = stage.households(&[1, 1]).await;
    let (one, two) = (program.active(&homes[0]).await, program.active(&homes[1]).await);
    let plans = [plan(&stage, &one, &period).await, plan(&stage, &two, &period).await];
    became_one(&mut stage, &homes).await;
    let replies = join_all(plans.iter().map(|planned| deliver(&stage, planned, "2026-11-01"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 0, "each stands in the other's way");
    // Whoever gives one up may pay the other.
    let path = format!("{PAY}/{}/failure", id(&plans[0], "disbursement_id"));
    stage.manager.post_seen(&path, 1, json!({ "reason": "Keluarga bergabung" })).await.ok();
    deliver(&stage, &plans[1], "2026-11-01").await.ok();
    assert_eq!(stage.count("disbursements WHERE state = 'paid'").await, 1);
}

#[tokio::test]
async fn a_refusal_to_pay_is_on_record_and_so_is_whoever_a_list_leaves_out() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let excluded = Scheme::make(&health, "SEMBAKO-DAERAH", json!({})).await;
    let blt = stage.program("BLT-DAERAH", json!({ "excludes": ["SEMBAKO-DAERAH"] })).await;
    let period = first_quarter(&blt).await;
    let household = stage.households(&[1]).await.remove(0);
    let enrolment = blt.active(&household).await;
    let planned = plan(&stage, &enrolment, &period).await;
    excluded.active(&household).await;
    let seen = format!(
        "audit_entries WHERE action LIKE 'disbursement.%' AND '{}' = ANY (household_ids)",
        household.household_id
    );
    let before = stage.count(&seen).await;
    deliver(&stage, &planned, "2026-11-01").await.refused("excluded-by-other-aid");
    assert_eq!(stage.count(&seen).await, before + 1);
    let other = blt.period("Tahap 2", "2026-04-01", "2026-06-30").await;
    let all = json!({ "program_id": blt.id, "period_id": other, "state": "planned" });
    assert_eq!(stage.manager.post_once("all", "/v1/disbursements/from-active", all).await.ok()["recorded"], 0);
    assert_eq!(stage.count(&seen).await, before + 2);
}

#[tokio::test]
async fn an_override_allows_what_stood_then_and_nothing_that_is_excluded_later() {
    let stage = Stage::set().await;
    let health = stage.api.manager_of("dinkes").await;
    let (one, two) = (Scheme::make(&health, "SATU", json!({})).await, Scheme::make(&health, "DUA", json!({})).await);
    let blt = stage.program("BLT-DAERAH", json!({ "excludes": ["SATU"] })).await;
    let period = first_quarter(&blt).await;
    let household = stage.households(&[1]).await.remove(0);
    one.active(&household).await;
    let allowed = json!({ "reason": "Berakhir bulan depan", "allowed_by": "Kepala Bidang" });
    let body = json!({ "household_id": household.household_id, "override": allowed });
    let enrolment = id(&stage.manager.post(&blt.enrolments(""), body).await.created(), "enrolment_id").to_string();
    blt.activate(&enrolment).await;
    two.active(&household).await;
    let path = format!("/v1/programs/{}", blt.id);
    stage.manager.patch(&path, 1, json!({ "excludes": ["SATU", "DUA"] })).await.ok();
    pay(&stage, &enrolment, &period).await.refused("excluded-by-other-aid");
    stage.manager.patch(&path, 2, json!({ "excludes": ["SATU"] })).await.ok();
    pay(&stage, &enrolment, &period).await.created();
}

#[tokio::test]
async fn what_is_given_for_a_month_is_not_given_three_times_in_one() {
    let stage = Stage::set().await;
    for (cadence, short, long) in [
        ("monthly", "2026-02-27", "2026-02-28"),
        ("quarterly", "2026-04-29", "2026-04-30"),
        ("stages", "", "2026-02-01"),
    ] {
        let program = stage.program(&format!("P-{}", cadence.to_uppercase()), json!({ "cadence": cadence })).await;
        let path = format!("/v1/programs/{}/periods", program.id);
        let ask = |ends_on: &str, year: i32| {
            let body = json!({ "label": ends_on, "fiscal_year": year, "starts_on": "2026-02-01", "ends_on": ends_on });
            let (manager, path) = (stage.manager.clone(), path.clone());
            async move { manager.post(&path, body).await }
        };
        if !short.is_empty() {
            assert_eq!(ask(short, 2026).await.wrong_fields(), ["/ends_on"], "{cadence}");
        }
        assert_eq!(ask(long, 2028).await.wrong_fields(), ["/fiscal_year"], "{cadence}");
        ask(long, 2026).await.created();
    }
}

#[tokio::test]
async fn days_that_nobody_means_are_refused() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let enrolment = program.enrolled(&stage.households(&[1]).await[0]).await;
    for absurd in ["-5000-01-01", "1899-12-31", "2100-01-01", "+262142-12-31"] {
        let body = crate::support::programs::with(
            crate::support::programs::program("LAIN", "household.decile <= 4"),
            json!({ "starts_on": absurd, "ends_on": absurd }),
        );
        assert_eq!(
            stage.manager.post("/v1/programs", body).await.wrong_fields(),
            ["/ends_on", "/starts_on"],
            "{absurd}"
        );
        let path = format!("/v1/enrolments/{enrolment}/transitions");
        let body = json!({ "to": "confirmed", "reason": "x", "effective_on": absurd });
        assert_eq!(stage.manager.post_seen(&path, 1, body).await.wrong_fields(), ["/effective_on"], "{absurd}");
        let period = json!({ "label": "P", "fiscal_year": 2026, "starts_on": "2026-01-01", "ends_on": absurd });
        let refused = stage.manager.post(&format!("/v1/programs/{}/periods", program.id), period).await;
        assert_eq!(refused.wrong_fields(), ["/ends_on"], "{absurd}");
    }
}

#[tokio::test]
async fn a_stored_answer_is_not_told_to_a_token_of_another_lane() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = first_quarter(&program).await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned" });
    stage.manager.post_once("k", PAY, &body).await.created();
    let mut narrower = stage.manager.identity.clone().unwrap();
    narrower.areas = vec!["35.26.05".parse().unwrap()];
    let narrower = crate::support::Actor::new(stage.api.clone(), narrower);
    narrower.post_once("k", PAY, &body).await.refused("idempotency-key-reused");
    assert_eq!(stage.manager.post_once("k", PAY, &body).await.headers["idempotent-replayed"], "true");
}
