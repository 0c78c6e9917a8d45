//! The OpenAPI document: it equals what the code makes, says what it should, and every route has its caller.

use crate::support::{
    Api,
    document::{document, operations},
};
use sejahtera::app::openapi;

/// Routes that need no token, as DESIGN section 6 allows.
const OPEN: &[&str] = &[
    "/v1/auth/login",
    "/v1/public/receipts/{code}",
    "/oauth2/token",
    "/.well-known/jwks.json",
    "/health/live",
    "/health/ready",
    "/metrics",
];

#[test]
fn the_committed_document_is_what_the_code_makes() {
    let committed = include_str!("../openapi/openapi.json");
    assert!(committed == openapi::to_text(), "openapi/openapi.json is not up to date: run `./dev openapi`");
}

#[test]
fn every_operation_says_what_it_is() {
    for operation in operations(&document()) {
        for part in ["summary", "description", "operationId"] {
            let text = operation.told[part].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{} has no {part}", operation.name());
        }
        assert!(!operation.told["tags"].as_array().unwrap().is_empty(), "{} has no tag", operation.name());
    }
}

#[test]
fn every_operation_needs_a_token_unless_it_is_open() {
    for operation in operations(&document()) {
        assert_eq!(operation.needs_token(), !OPEN.contains(&operation.path.as_str()), "{}", operation.name());
    }
}

#[test]
fn every_operation_says_how_it_answers_and_how_it_refuses() {
    for operation in operations(&document()) {
        let answers = operation.told["responses"].as_object().unwrap();
        let (refusals, successes): (Vec<_>, Vec<_>) = answers.keys().partition(|status| status.as_str() >= "400");
        assert!(!successes.is_empty() && !refusals.is_empty(), "{}: {:?}", operation.name(), answers.keys());
        for status in refusals {
            let is_problem = answers[status]["content"]["application/problem+json"].is_object();
            assert!(is_problem || operation.path == "/oauth2/token", "{} {status} is no problem", operation.name());
        }
    }
}

#[test]
fn every_json_body_has_an_example_for_each_field_it_must_have() {
    let document = document();
    for operation in operations(&document) {
        let Some(body) = operation.body(&document) else { continue };
        let schema = &operation.told["requestBody"]["content"]["application/json"]["schema"];
        let schema = schema["$ref"].as_str().map_or(schema, |at| document.pointer(at.trim_start_matches('#')).unwrap());
        for field in schema["required"].as_array().into_iter().flatten() {
            let example = &body[field.as_str().unwrap()];
            assert!(!example.is_null(), "{}: no example of {field} in {body}", operation.name());
        }
    }
}

#[tokio::test]
async fn no_route_answers_without_a_token() {
    let api = Api::start().await;
    for operation in operations(&document()).iter().filter(|operation| !OPEN.contains(&operation.path.as_str())) {
        let reply = operation.send(&api.nobody(), &operation.filled(&[]), None).await;
        assert_eq!(reply.status, 401, "{}: {}", operation.name(), reply.text);
    }
}
