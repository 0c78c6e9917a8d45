//! The examples of the OpenAPI document, sent for real: whoever pastes one, with ids of what is there, succeeds.

use crate::{
    permissions,
    support::{
        Actor, Api, Reply,
        deliveries::id_of,
        document::{Operation, document, operations},
        furnished::Furnished,
    },
};
use reqwest::multipart;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

/// What speaks against an answer: a refusal, of the whole or of a row.
fn faults_of(reply: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    if !reply.status.is_success() {
        faults.push(format!("{} {}", reply.status, reply.text));
    }
    let rows = serde_json::from_str::<Value>(&reply.text).unwrap_or_default();
    let is_told = !rows["refused"].is_null() && rows["refused"] != 0 && rows["refused"] != json!([]);
    // A list in lines has no sum of its rows.
    let in_lines = ["\"outcome\":\"refused\"", "\"outcome\":\"invalid\"", ",refused,", ",invalid,"];
    if is_told || in_lines.iter().any(|sign| reply.text.contains(sign)) {
        faults.push(reply.text.clone());
    }
    faults
}

/// Whoever may send it.
async fn all_rightful(house: &Furnished, operation: &Operation) -> Vec<Actor> {
    if !operation.needs_token() {
        return vec![house.stage.api.nobody()];
    }
    let mut actors = Vec::new();
    for role in permissions::roles_of(&operation.name()) {
        actors.push(house.rightful(*role, operation).await);
    }
    actors
}

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
        let Some(body) = house.body(&operation, &document) else { continue };
        // Tried only, where it can be: so each finds the house as it was.
        let path = house.path(&operation) + if operation.can_be_tried() { "?dry_run=true" } else { "" };
        for actor in all_rightful(&house, &operation).await {
            let reply = operation.send(&actor, &path, Some(&body)).await;
            faults.extend(faults_of(&reply).iter().map(|fault| format!("{} with {body}: {fault}", operation.name())));
        }
        sent += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(sent >= 25, "{sent} examples sent");
}

#[tokio::test]
async fn every_example_of_a_list_succeeds_as_lines_and_as_csv() {
    let house = Furnished::set().await;
    let document = document();
    let (mut sent, mut faults) = (0, Vec::new());
    for operation in operations(&document) {
        for media_type in ["application/x-ndjson", "text/csv"] {
            let Some((path, text)) = house.list(&operation, media_type, &document) else { continue };
            let path = path + if operation.can_be_tried() { "&dry_run=true" } else { "" };
            for actor in all_rightful(&house, &operation).await {
                let reply = operation.send_text(&actor, &path, media_type, &text).await;
                faults.extend(faults_of(&reply).iter().map(|fault| format!("{path} with {text}: {fault}")));
            }
            sent += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(sent, 16, "eight lists in two forms");
}

/// The one operation that takes a body of this media type, and the example of its fields.
fn form_of(media_type: &str) -> (Operation, Vec<(String, String)>) {
    let document = document();
    let mut taking = operations(&document).into_iter().filter_map(|operation| {
        let fields = operation.body_of(media_type, &document)?;
        Some((operation, fields))
    });
    let (operation, fields) = taking.next().unwrap();
    assert!(taking.next().is_none(), "another operation takes {media_type}");
    let fields = fields.as_object().unwrap().iter();
    (operation, fields.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect())
}

#[tokio::test]
async fn the_example_of_asking_for_a_token_succeeds_with_the_secret_of_its_client() {
    let api = Api::start().await;
    let (operation, mut fields) = form_of("application/x-www-form-urlencoded");
    let id = fields.iter().find(|(name, _)| name == "client_id").unwrap().1.clone();
    let client = json!({ "client_id": id, "name": "Aplikasi Dinas Sosial", "role": "program_manager",
        "agency_code": "diskominfo", "areas": ["35.26"] });
    let made = api.admin().await.post("/v1/clients", client).await.created();
    // The one value that nobody could know beforehand.
    let secret = fields.iter_mut().find(|(name, _)| name == "client_secret").unwrap();
    secret.1 = made["client_secret"].as_str().unwrap().to_owned();
    let form = fields.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+")));
    let form = form.collect::<Vec<_>>().join("&");
    let token =
        operation.send_text(&api.nobody(), &operation.path, "application/x-www-form-urlencoded", &form).await.ok();
    assert_eq!(token["token_type"], "Bearer");
}

#[tokio::test]
async fn the_example_of_a_delivery_is_read_and_every_line_of_it_loaded() {
    let api = Api::start().await;
    let steward = api.actor(Role::RegistrySteward, "dinsos", &["35.26"]).await;
    let (_, fields) = form_of("multipart/form-data");
    let form = fields.into_iter().fold(multipart::Form::new(), |form, (name, value)| {
        // Texts go as texts, and what is a file goes as one.
        if matches!(name.as_str(), "label" | "data_date") {
            form.text(name, value)
        } else {
            let file = multipart::Part::bytes(value.into_bytes()).file_name(format!("{name}.csv"));
            form.part(name, file)
        }
    });
    let received = steward.hand_in_form(form).await.accepted();
    let job = steward.wait_for(id_of(&received["job"]["job_id"])).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let release =
        steward.get(&format!("/v1/releases/{}", received["release"]["release_id"].as_str().unwrap())).await.ok();
    assert_eq!(release["state"], "validated");
    for file in ["families", "members"] {
        let told = release["files"].as_array().unwrap().iter().find(|it| it["kind"] == file).unwrap();
        assert_eq!((&told["lines_in"], &told["loaded"]), (&json!(1), &json!(1)), "{told}");
    }
}
