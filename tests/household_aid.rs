//! What every agency gives one household, as each of them may see it: the reason this service exists.

use crate::support::{
    Actor,
    aid::{Scheme, Stage},
    world::Household,
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

/// A household that took another one in, and the aid of three agencies for both.
struct Neighbourhood {
    stage: Stage,
    home: Household,
    gone: Household,
    health: Actor,
    school: Actor,
}

/// Enrols a household and pays it this much in one period.
async fn paid(scheme: &Scheme, household: &Household, amount_idr: i64) {
    let enrolment = scheme.active(household).await;
    let period = scheme.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-02-20",
        "amount_idr": amount_idr, "proof_reference": "TRF-1" });
    let key = format!("bayar-{amount_idr}");
    scheme.manager.post_once(&key, "/v1/disbursements", body).await.created();
}

impl Neighbourhood {
    /// Dinas Sosial gives `BLT-DAERAH` and, in confidence, `ODGJ`; Dinas Kesehatan `PMT` and, in confidence, `TBC`;
    /// Dinas Pendidikan gave `KIP` to the household that is gone, and has put the other one down for `BOS`.
    async fn set() -> Self {
        let mut stage = Stage::set().await;
        let (health, school) = (stage.api.manager_of("dinkes").await, stage.api.manager_of("disdik").await);
        let [home, gone] = stage.households(&[1, 2]).await.try_into().unwrap();
        let confidential = json!({ "sensitive": true });
        paid(&stage.program("BLT-DAERAH", json!({})).await, &home, 100_001).await;
        paid(&stage.program("ODGJ", confidential.clone()).await, &home, 100_002).await;
        paid(&Scheme::make(&health, "PMT", json!({})).await, &home, 100_003).await;
        paid(&Scheme::make(&health, "TBC", confidential).await, &home, 100_004).await;
        paid(&Scheme::make(&school, "KIP", json!({})).await, &gone, 100_005).await;
        Scheme::make(&school, "BOS", json!({})).await.enrolled(&home).await;
        stage.world.next_release().await;
        stage.world.household(|again| again.id(home.household_id).decile(1)).await;
        stage.world.goes_into(gone.household_id, home.household_id).await;
        Self { stage, home, gone, health, school }
    }

    /// The aid as a caller sees it, each line in a few words.
    async fn seen_by(&self, actor: &Actor, purpose: &str) -> Vec<String> {
        let path = format!("/v1/households/{}/aid{purpose}", self.home.household_id);
        let aid = actor.get(&path).await.ok();
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let fields = [
            "program_code",
            "agency_code",
            "enrolment_state",
            "period_label",
            "payment_state",
            "paid_on",
            "amount_idr",
        ];
        let line = |line: &Value| fields.map(|field| word(&line[field])).join(" ");
        let mut lines: Vec<String> = aid["items"].as_array().unwrap().iter().map(line).collect();
        lines.sort_unstable();
        lines
    }
}

/// The lines of a caller: `known` of every agency's, with an amount where the caller sees it.
fn lines(told: &[(&str, &str, Option<i64>)]) -> Vec<String> {
    let amount = |amount: &Option<i64>| amount.map_or_else(|| "null".to_owned(), |amount| amount.to_string());
    let paid = |(code, agency, idr): &(&str, &str, Option<i64>)| {
        format!("{code} {agency} active Tahap 1 2026 paid 2026-02-20 {}", amount(idr))
    };
    let mut lines: Vec<String> = told.iter().map(paid).collect();
    // Put down, and not paid yet: everybody sees that.
    lines.push("BOS disdik candidate null null null null".to_owned());
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn each_agency_sees_all_aid_with_its_own_amounts_and_its_own_confidences() {
    let place = Neighbourhood::set().await;
    let social = lines(&[
        ("BLT-DAERAH", "dinsos", Some(100_001)),
        ("ODGJ", "dinsos", Some(100_002)),
        ("PMT", "dinkes", None),
        ("KIP", "disdik", None),
    ]);
    assert_eq!(place.seen_by(&place.stage.manager, "?program=BLT-DAERAH").await, social);
    let health = lines(&[
        ("BLT-DAERAH", "dinsos", None),
        ("PMT", "dinkes", Some(100_003)),
        ("TBC", "dinkes", Some(100_004)),
        ("KIP", "disdik", None),
    ]);
    assert_eq!(place.seen_by(&place.health, "?program=PMT").await, health);
    let school = lines(&[("BLT-DAERAH", "dinsos", None), ("PMT", "dinkes", None), ("KIP", "disdik", Some(100_005))]);
    assert_eq!(place.seen_by(&place.school, "?program=BOS").await, school);
}

#[tokio::test]
async fn who_runs_no_programme_sees_no_amount_and_no_confidence_and_the_auditor_sees_both() {
    let place = Neighbourhood::set().await;
    let api = &place.stage.api;
    let open = lines(&[("BLT-DAERAH", "dinsos", None), ("PMT", "dinkes", None), ("KIP", "disdik", None)]);
    let case_manager = api.actor(Role::CaseManager, "slrt", &["35.26.01"]).await;
    assert_eq!(place.seen_by(&case_manager, "?program=PMT").await, open);
    let steward = api.actor(Role::RegistrySteward, "diskominfo", &["35.26"]).await;
    assert_eq!(place.seen_by(&steward, "").await, open);
    let all = lines(&[
        ("BLT-DAERAH", "dinsos", Some(100_001)),
        ("ODGJ", "dinsos", Some(100_002)),
        ("PMT", "dinkes", Some(100_003)),
        ("TBC", "dinkes", Some(100_004)),
        ("KIP", "disdik", Some(100_005)),
    ]);
    assert_eq!(place.seen_by(&api.auditor().await, "").await, all);
}

#[tokio::test]
async fn every_look_at_the_aid_is_on_record_with_its_purpose() {
    let place = Neighbourhood::set().await;
    let auditor = place.stage.api.auditor().await;
    place.seen_by(&place.health, "?program=PMT").await;
    place.seen_by(&auditor, "").await;
    let home = place.home.household_id;
    let subject = |actor: &Actor| actor.identity.as_ref().unwrap().subject.clone();
    let sql = "SELECT role, agency_code, purpose, subject_ids[1], household_ids[1], cardinality(household_ids)
               FROM audit_entries WHERE action = 'household.aid.read' ORDER BY role DESC";
    let expected = [
        format!("program_manager|dinkes|PMT|{}|{home}|1", subject(&place.health)),
        format!("auditor|inspektorat|-|{}|{home}|1", subject(&auditor)),
    ];
    assert_eq!(place.stage.api.rows(sql).await, expected);
}

#[tokio::test]
async fn the_aid_of_a_household_of_other_areas_is_no_more_there_than_that_of_none() {
    let place = Neighbourhood::set().await;
    let api = &place.stage.api;
    let path = |household: &dyn std::fmt::Display| format!("/v1/households/{household}/aid?program=BLT-DAERAH");
    for role in [Role::ProgramManager, Role::CaseManager, Role::RegistrySteward, Role::Auditor] {
        let far = api.actor(role, "dinsos", &["35.26.02"]).await;
        let there = far.get(&path(&place.home.household_id)).await.refused("not-found");
        let nowhere = far.get(&path(&uuid::Uuid::now_v7())).await.refused("not-found");
        assert_eq!(there["detail"], nowhere["detail"]);
        // Nor is the one that it took in, and of its heir nothing is said.
        let gone = far.get(&path(&place.gone.household_id)).await;
        assert!(!gone.text.contains(&place.home.household_id.to_string()), "{}", gone.text);
    }
    assert_eq!(place.stage.count("audit_entries WHERE action = 'household.aid.read'").await, 0);
}
