//! The examples of the OpenAPI document, sent for real: whoever pastes one is understood.

use crate::support::{Actor, Api, Reply, world::World};
use reqwest::Method;
use sejahtera::{app::openapi, platform::auth::Role};
use serde_json::{Map, Value, json};

/// The example of a schema: its own, or that of its parts.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(known) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return known.clone();
    }
    if let Some(path) = schema["$ref"].as_str() {
        return example(document, document.pointer(path.trim_start_matches('#')).unwrap());
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(options) = schema[several].as_array() {
            let real = options.iter().find(|option| option["type"] != "null");
            return real.map_or(Value::Null, |option| example(document, option));
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let merged = parts.iter().filter_map(|part| example(document, part).as_object().cloned()).flatten();
        return Value::Object(merged.collect());
    }
    if let Some(properties) = schema["properties"].as_object() {
        let known: Map<String, Value> =
            properties.iter().map(|(name, property)| (name.clone(), example(document, property))).collect();
        return Value::Object(known);
    }
    match schema["type"].as_str() {
        Some("array") => json!([example(document, &schema["items"])]),
        Some("boolean") => json!(false),
        Some("integer" | "number") => json!(1),
        Some("string") if schema["format"] == "uuid" => json!("01900000-0000-7000-8000-000000000001"),
        Some("string") if schema["format"] == "date" => json!("2026-11-01"),
        Some("string") if schema["format"] == "date-time" => json!("2026-11-01T00:00:00Z"),
        _ => Value::Null,
    }
}

/// Answers by which a caller learns that the example itself was not understood.
const NOT_UNDERSTOOD: &[&str] = &["malformed-request", "invalid-fields", "unsupported-media-type", "internal-error"];

async fn send(actor: &Actor, method: &str, path: &str, body: &Value) -> Reply {
    let request = actor.request(Method::from_bytes(method.as_bytes()).unwrap(), path);
    let request = request.header("idempotency-key", path).header("if-match", "\"1\"").json(body);
    Reply::of(request).await
}

#[tokio::test]
async fn every_example_of_a_body_is_understood() {
    let api = Api::start().await;
    let world = World::begin(&api).await;
    world.household(|home| home).await;
    let mut actors = Vec::new();
    for role in Role::ALL {
        actors.push(api.actor(*role, "dinsos", &["35.26"]).await);
    }
    let document: Value = serde_json::from_str(&openapi::to_text()).unwrap();
    let new_program = example(&document, &json!({ "$ref": "#/components/schemas/NewProgram" }));
    let manager = actors.iter().find(|actor| actor.identity.as_ref().unwrap().role == Role::ProgramManager).unwrap();
    let program = manager.post("/v1/programs", &new_program).await.created();
    let mut sent = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            if schema.is_null() || path == "/v1/programs" {
                continue;
            }
            let body = example(&document, schema);
            let path = path.replace("{program_id}", program["program_id"].as_str().unwrap());
            let path = path.replace("{code}", "dinsos").replace('{', "").replace("_id}", "");
            for actor in &actors {
                let reply = send(actor, &method.to_uppercase(), &path, &body).await;
                let code = reply.text.contains("\"code\"").then(|| reply.json()["code"].clone());
                let code = code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                assert!(!NOT_UNDERSTOOD.contains(&code.as_str()), "{method} {path} with {body}: {}", reply.text);
            }
            sent += 1;
        }
    }
    assert!(sent >= 15, "{sent} examples sent");
}
