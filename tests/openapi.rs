//! The OpenAPI document: it equals what the code makes, and every route has its caller.

use crate::support::{Api, Reply};
use reqwest::Method;
use sejahtera::app::openapi;
use serde_json::Value;

/// Routes that need no token, as DESIGN section 6 allows.
const OPEN: &[&str] =
    &["/v1/auth/login", "/oauth2/token", "/.well-known/jwks.json", "/health/live", "/health/ready", "/metrics"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(|(method, operation)| (path.clone(), method.to_uppercase(), operation.clone()))
        })
        .collect()
}

#[test]
fn the_committed_document_is_what_the_code_makes() {
    let committed = include_str!("../openapi/openapi.json");
    assert!(committed == openapi::to_text(), "openapi/openapi.json is not up to date: run `./dev openapi`");
}

#[test]
fn every_operation_says_what_it_is() {
    let document: Value = serde_json::from_str(&openapi::to_text()).unwrap();
    for (path, method, operation) in operations(&document) {
        for part in ["summary", "description", "operationId", "tags"] {
            assert!(!operation[part].is_null(), "{method} {path} has no {part}");
        }
    }
}

#[tokio::test]
async fn no_route_answers_without_a_token() {
    let api = Api::start().await;
    let document: Value = serde_json::from_str(&openapi::to_text()).unwrap();
    for (path, method, _) in operations(&document).into_iter().filter(|(path, ..)| !OPEN.contains(&path.as_str())) {
        let filled = path
            .split('/')
            .map(|part| if part.starts_with('{') { "01900000-0000-7000-8000-000000000000" } else { part });
        let path = filled.collect::<Vec<_>>().join("/");
        let reply = Reply::of(api.nobody().request(Method::from_bytes(method.as_bytes()).unwrap(), &path)).await;
        assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text);
    }
}
