//! The OpenAPI document: it equals what the code makes, says what it should, and every route has its caller.

use crate::support::{
    Api,
    document::{document, operations},
};
use sejahtera::app::openapi;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

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

fn sources(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = found.partition(|path| path.is_dir());
    folders.iter().flat_map(|folder| sources(folder)).chain(files).collect()
}

/// Under which name each type stands in the document that the sources declare, with where.
fn named_schemas() -> BTreeMap<String, Vec<String>> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in sources(Path::new("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let (mut in_texts, mut in_derive, mut stands, mut renamed) = (false, false, false, None);
        for line in text.lines().map(str::trim) {
            in_texts |= line.starts_with("text_enum! {");
            in_derive |= line.starts_with("#[derive(");
            stands |= in_derive && line.contains("ToSchema");
            in_derive &= !line.contains(")]");
            if let Some(name) = line.strip_prefix("#[schema(as = ") {
                renamed = name.split([')', ',']).next().map(str::to_owned);
            }
            let Some(declared) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) else {
                continue;
            };
            let name = declared.split(|one: char| !one.is_alphanumeric()).next().unwrap().to_owned();
            if stands || in_texts {
                named.entry(renamed.take().unwrap_or(name)).or_default().push(path.display().to_string());
            }
            (stands, in_texts) = (false, false);
        }
    }
    named
}

#[test]
fn no_two_types_stand_in_the_document_under_one_name() {
    let named = named_schemas();
    assert!(named.len() > 100, "only {} types were found", named.len());
    let doubled: Vec<_> = named.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(doubled.is_empty(), "one would stand for the other: {doubled:?}");
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
