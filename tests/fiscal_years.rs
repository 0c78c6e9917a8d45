//! Money and audit are partitioned by year: every year that may be named has its partitions.

use crate::support::aid::Stage;
use serde_json::json;

/// Years that the owner sees partitions for.
async fn years(stage: &Stage, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT right(inhrelid::regclass::text, 4) FROM pg_inherits WHERE inhparent = '{table}'::regclass ORDER BY 1"
    );
    stage.api.rows(&sql).await
}

#[tokio::test]
async fn a_payment_of_next_year_lies_in_next_year_s_partition() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period =
        json!({ "label": "Tahap 1 2027", "fiscal_year": 2027, "starts_on": "2027-01-01", "ends_on": "2027-03-31" });
    let opened = stage.manager.post(&format!("/v1/programs/{}/periods", program.id), &period).await.created();
    program.funded(2027).await;
    let household = stage.households(&[1]).await.remove(0);
    let enrolment = program.active(&household).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": opened["period_id"], "state": "planned" });
    stage.manager.post_once("k", "/v1/disbursements", &body).await.created();
    let lies = "SELECT d.tableoid::regclass, s.tableoid::regclass FROM disbursements d JOIN disbursement_steps s USING (disbursement_id)";
    assert_eq!(stage.api.rows(lies).await, ["disbursements_2027|disbursement_steps_2027"]);
}

#[tokio::test]
async fn every_year_that_a_period_may_name_has_its_partitions_and_no_other_may_be_named() {
    let stage = Stage::set().await;
    let allowed: Vec<String> = (2025..=2036).map(|year: i32| year.to_string()).collect();
    for table in ["disbursements", "disbursement_steps"] {
        assert_eq!(years(&stage, table).await, allowed, "{table}");
    }
    let program = stage.program("BLT-DAERAH", json!({ "starts_on": "2025-01-01", "cadence": "once" })).await;
    let path = format!("/v1/programs/{}/periods", program.id);
    let open = |year: i32| {
        let body = json!({ "label": year.to_string(), "fiscal_year": year,
            "starts_on": format!("{year}-01-01"), "ends_on": format!("{year}-12-31") });
        stage.manager.post(&path, body)
    };
    for year in 2025..=2036 {
        open(year).await.created();
    }
    for year in [2024, 2037] {
        assert!(open(year).await.wrong_fields().contains(&"/fiscal_year".to_owned()), "{year}");
    }
}
