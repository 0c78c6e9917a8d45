//! The examples of the OpenAPI document, sent for real: whoever pastes one is understood.

use crate::support::{
    Actor, Api, Reply,
    document::{Operation, document, example, operations},
    world::World,
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

/// Answers by which a caller learns that the body itself was not understood.
const NOT_UNDERSTOOD: &[&str] = &["malformed-request", "invalid-fields", "unsupported-media-type", "internal-error"];

fn is_understood(reply: &Reply) -> bool {
    let code = reply.text.contains("\"code\"").then(|| reply.json()["code"].clone());
    !code.as_ref().and_then(Value::as_str).is_some_and(|code| NOT_UNDERSTOOD.contains(&code))
}

/// Whether the operation reads this actor's body at all: one that is no body of any route is then not understood.
/// Whoever may not call it, or names what is not there, is refused before.
async fn reads_body_of(operation: &Operation, actor: &Actor, path: &str) -> bool {
    !is_understood(&operation.send(actor, path, Some(&json!({ "no_such_field": true }))).await)
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
    let document = document();
    let new_program = example(&document, &json!({ "$ref": "#/components/schemas/NewProgram" }));
    let manager = actors.iter().find(|actor| actor.identity.as_ref().unwrap().role == Role::ProgramManager).unwrap();
    let program = manager.post("/v1/programs", &new_program).await.created();
    let known = [("program_id", program["program_id"].as_str().unwrap()), ("code", "dinsos")];
    let mut sent = 0;
    for operation in operations(&document) {
        let Some(body) = operation.body(&document).filter(|_| operation.path != "/v1/programs") else { continue };
        let path = operation.filled(&known);
        let mut readers = 0;
        for actor in &actors {
            if reads_body_of(&operation, actor, &path).await {
                let reply = operation.send(actor, &path, Some(&body)).await;
                assert!(is_understood(&reply), "{} with {body}: {}", operation.name(), reply.text);
                readers += 1;
            }
        }
        assert!(readers > 0, "{}: nobody's body is read", operation.name());
        sent += 1;
    }
    assert!(sent >= 25, "{sent} examples sent");
}
