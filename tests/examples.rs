//! The examples of the OpenAPI document, sent for real: whoever pastes one, with ids of what is there, succeeds.

use crate::{
    permissions,
    support::{
        document::{document, operations},
        furnished::Furnished,
    },
};
use serde_json::{Value, json};

#[tokio::test]
async fn every_example_of_a_body_succeeds_for_every_role_that_may_send_it() {
    let house = Furnished::set().await;
    let document = document();
    // Who logs in as the example does.
    let user = json!({ "username": "siti.steward", "full_name": "Siti", "password": "kata-sandi-yang-panjang",
        "role": "registry_steward", "agency_code": "dinsos", "areas": ["35.26"] });
    house.stage.api.admin().await.post("/v1/users", user).await.created();
    let (mut sent, mut faults) = (0, Vec::new());
    for operation in operations(&document) {
        let name = operation.name();
        let Some(body) = house.body(&operation, &document) else { continue };
        // Tried only, where it can be: so each finds the house as it was.
        let path = house.path(&operation) + if operation.can_be_tried() { "?dry_run=true" } else { "" };
        let mut actors = Vec::new();
        if operation.needs_token() {
            for role in permissions::roles_of(&name) {
                actors.push(house.rightful(*role, &operation).await);
            }
        } else {
            actors.push(house.stage.api.nobody());
        }
        for actor in actors {
            let reply = operation.send(&actor, &path, Some(&body)).await;
            if !reply.status.is_success() {
                faults.push(format!("{name} with {body}: {} {}", reply.status, reply.text));
            }
            // The answer of a list tells of each row.
            let rows = serde_json::from_str::<Value>(&reply.text).unwrap_or_default();
            if !rows["refused"].is_null() && rows["refused"] != 0 && rows["refused"] != json!([]) {
                faults.push(format!("{name} with {body}: {}", reply.text));
            }
        }
        sent += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(sent >= 25, "{sent} examples sent");
}
