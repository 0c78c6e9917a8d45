//! The ground over HTTP: problems in one form, unknown addresses, documentation, health.

use crate::support::{Api, Reply};
use reqwest::Method;

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    let api = Api::start().await;
    let admin = api.admin().await;
    admin.get("/v1/tidak-ada").await.refused("not-found");
    let text = admin.request(Method::POST, "/v1/agencies").header("content-type", "text/plain").body("x");
    Reply::of(text).await.refused("unsupported-media-type");
    let broken = admin.request(Method::POST, "/v1/agencies").header("content-type", "application/json").body("{");
    Reply::of(broken).await.refused("malformed-request");
    admin.get("/v1/users?limit=0").await.refused("invalid-fields");
}

#[tokio::test]
async fn the_service_says_how_it_is() {
    let api = Api::start().await;
    let nobody = api.nobody();
    nobody.get("/health/live").await.ok();
    nobody.get("/health/ready").await.ok();
    assert!(
        nobody
            .get("/metrics")
            .await
            .text
            .contains("http_request_seconds_count{method=\"GET\",route=\"/health/live\",status=\"200\"} 1")
    );
    assert!(nobody.get("/docs/").await.text.contains("swagger"));
    assert_eq!(nobody.get("/openapi.json").await.ok()["openapi"], "3.1.0");
    assert_eq!(nobody.get("/problems/stale-version").await.ok()["status"], 412);
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let api = Api::start().await;
    let reply = api.nobody().get("/v1/me").await;
    assert!(reply.headers["x-request-id"].to_str().unwrap().parse::<uuid::Uuid>().is_ok());
}

#[tokio::test]
async fn a_trial_that_is_misspelt_is_refused_and_not_done() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let agency = serde_json::json!({ "code": "coba", "name": "Coba", "kind": "other" });
    for query in ["dry_run=True", "dry_run=1", "dry_run", "dry_run=true&dry_run=false", "dry%5Frun=true"] {
        admin.post(&format!("/v1/agencies?{query}"), &agency).await.refused("malformed-request");
    }
    let tried = admin.post("/v1/agencies?dry_run=true", &agency).await;
    assert_eq!(tried.headers["dry-run"], "true");
    tried.created();
    admin.get("/v1/agencies/coba").await.refused("not-found");
    let nul = serde_json::json!({ "code": "coba", "name": "a\0b", "kind": "other" });
    admin.post("/v1/agencies", &nul).await.refused("malformed-request");
}
