//! The OpenAPI document as tests read it: its operations, and the examples that it gives.

use super::{Actor, Reply};
use reqwest::{Method, RequestBuilder};
use sejahtera::app::openapi;
use serde_json::{Map, Value, json};

/// An id of nothing.
pub const NOTHING: &str = "01900000-0000-7000-8000-000000000000";

/// The document that the code makes.
pub fn document() -> Value {
    serde_json::from_str(&openapi::to_text()).unwrap()
}

/// The version at which a furnished house has what a step works on, where it is not the first.
const VERSIONS: &[(&str, i32)] =
    &[("POST /v1/batches/{batch_id}/hand-over", 3), ("POST /v1/batches/{batch_id}/closure", 4)];

/// An operation of the document.
pub struct Operation {
    pub path: String,
    pub method: String,
    pub told: Value,
}

impl Operation {
    /// Method and path, as in `GET /v1/me`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it asks for a token.
    pub fn needs_token(&self) -> bool {
        self.told["security"].as_array().is_some_and(|ways| ways.iter().any(|way| !way["token"].is_null()))
    }

    /// The example of its JSON body, where it takes one.
    pub fn body(&self, document: &Value) -> Option<Value> {
        self.body_of("application/json", document)
    }

    /// The example of its body of this media type.
    pub fn body_of(&self, media_type: &str, document: &Value) -> Option<Value> {
        let content = self.told["requestBody"]["content"].get(media_type)?;
        Some(content.get("example").cloned().unwrap_or_else(|| example(document, &content["schema"])))
    }

    /// The path with these values for its parameters, and [`NOTHING`] for every other id.
    pub fn filled(&self, values: &[(&str, &str)]) -> String {
        let known =
            values.iter().fold(self.path.clone(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value));
        let parts = known.split('/').map(|part| if part.starts_with('{') { NOTHING } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Whether it can be tried without leaving anything.
    pub fn can_be_tried(&self) -> bool {
        self.told["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "dry_run"))
    }

    /// Sends it, as one who has read its version and names the request by its path.
    pub async fn send(&self, actor: &Actor, path: &str, body: Option<&Value>) -> Reply {
        let request = self.request(actor, path);
        Reply::of(if let Some(body) = body { request.json(body) } else { request }).await
    }

    /// Sends a text of this media type, likewise.
    pub async fn send_text(&self, actor: &Actor, path: &str, media_type: &str, text: &str) -> Reply {
        Reply::of(self.request(actor, path).header("content-type", media_type).body(text.to_owned())).await
    }

    fn request(&self, actor: &Actor, path: &str) -> RequestBuilder {
        let request = actor.request(Method::from_bytes(self.method.as_bytes()).unwrap(), path);
        let version = VERSIONS.iter().find(|(name, _)| *name == self.name()).map_or(1, |(_, version)| *version);
        request.header("idempotency-key", path).header("if-match", format!("\"{version}\""))
    }
}

/// Every operation.
pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| -> Vec<Operation> {
        let methods = item.as_object().unwrap().iter();
        methods
            .map(|(method, told)| Operation { path: path.clone(), method: method.to_uppercase(), told: told.clone() })
            .collect()
    };
    paths.iter().flat_map(of_path).collect()
}

/// The example of a schema: its own, or that of its parts.
pub fn example(document: &Value, schema: &Value) -> Value {
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
