//! Accounts, tokens, agencies, and who may.

use crate::support::{Api, Reply};
use serde_json::json;

#[tokio::test]
async fn a_person_logs_in_and_the_token_says_who_they_are() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let user = json!({ "username": "budi.manajer", "full_name": "Budi", "password": "kata-sandi-panjang", "role": "program_manager",
        "agency_code": "diskominfo", "areas": ["35.26"] });
    admin.post("/v1/users", &user).await.created();
    let login = json!({ "username": "budi.manajer", "password": "kata-sandi-panjang", "areas": ["35.26.01"] });
    let token = api.nobody().post("/v1/auth/login", &login).await.ok();
    let me = api.nobody().with_token(token["access_token"].as_str().unwrap()).get("/v1/me").await.ok();
    assert_eq!(me["subject"], "user:budi.manajer");
    assert_eq!(me["role"], "program_manager");
    assert_eq!(me["areas"], json!(["35.26.01"]));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let user = json!({ "username": "ani", "full_name": "Ani", "password": "kata-sandi-panjang", "role": "auditor", "agency_code": "diskominfo", "areas": ["35.26"] });
    admin.post("/v1/users", &user).await.created();
    let refusal = |name: &str| {
        let login = json!({ "username": name, "password": "bukan-sandi-ini" });
        let nobody = api.nobody();
        async move { nobody.post("/v1/auth/login", &login).await.refused("wrong-credentials") }
    };
    assert_eq!(refusal("ani").await, refusal("tidak-ada").await);
}

#[tokio::test]
async fn a_token_is_not_widened_beyond_the_login_s_areas() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let user = json!({ "username": "ani", "full_name": "Ani", "password": "kata-sandi-panjang", "role": "program_manager", "agency_code": "diskominfo", "areas": ["35.26.01"] });
    admin.post("/v1/users", &user).await.created();
    let login = json!({ "username": "ani", "password": "kata-sandi-panjang", "areas": ["35.26"] });
    assert_eq!(api.nobody().post("/v1/auth/login", &login).await.wrong_fields(), ["/areas"]);
}

#[tokio::test]
async fn a_system_gets_a_token_by_client_credentials() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let client = json!({ "client_id": "dinkes-backend", "name": "Aplikasi", "role": "program_manager", "agency_code": "diskominfo", "areas": ["35.26"] });
    let made = admin.post("/v1/clients", &client).await.created();
    let secret = made["client_secret"].as_str().unwrap();
    let ask = |secret: String| {
        let form =
            format!("grant_type=client_credentials&client_id=dinkes-backend&client_secret={secret}&act=petugas-07");
        let request = api.nobody().request(reqwest::Method::POST, "/oauth2/token");
        Reply::of(request.header("content-type", "application/x-www-form-urlencoded").body(form))
    };
    let token = ask(secret.to_owned()).await.ok();
    let me = api.nobody().with_token(token["access_token"].as_str().unwrap()).get("/v1/me").await.ok();
    assert_eq!((&me["subject"], &me["acting_for"]), (&json!("client:dinkes-backend"), &json!("petugas-07")));
    let refused = ask("salah".to_owned()).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"], "invalid_client");
}

#[tokio::test]
async fn a_machine_is_never_an_approver() {
    let api = Api::start().await;
    let client = json!({ "client_id": "robot", "name": "Robot", "role": "approver", "agency_code": "diskominfo", "areas": ["35.26"] });
    api.admin().await.post("/v1/clients", &client).await.refused("role-needs-a-person");
}

#[tokio::test]
async fn secrets_and_passwords_are_not_kept_in_clear() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let client = json!({ "client_id": "robot", "name": "Robot", "role": "analyst", "agency_code": "diskominfo", "areas": ["35.26"] });
    let secret = admin.post("/v1/clients", &client).await.created()["client_secret"].as_str().unwrap().to_owned();
    let kept: String = api.database.value("SELECT secret_hash FROM clients WHERE client_id = 'robot'").await;
    assert!(kept.starts_with("$argon2id$") && !kept.contains(&secret));
    assert!(!admin.get("/v1/clients").await.text.contains("secret"));
    let user = json!({ "username": "ani", "full_name": "Ani", "password": "kata-sandi-panjang", "role": "auditor", "agency_code": "diskominfo", "areas": ["35.26"] });
    let made = admin.post("/v1/users", &user).await;
    assert!(made.status == 201 && !made.text.contains("kata-sandi-panjang") && !made.text.contains("argon2"));
    let kept: String = api.database.value("SELECT u::text FROM users u WHERE username = 'ani'").await;
    assert!(kept.contains("$argon2id$") && !kept.contains("kata-sandi-panjang"));
    let listed = admin.get("/v1/users").await.text;
    assert!(listed.contains("\"ani\"") && !listed.contains("password") && !listed.contains("argon2"));
}

#[tokio::test]
async fn a_second_login_is_a_person_s_whom_the_first_one_made_known() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let user = |name: &str, person: &serde_json::Value| {
        json!({ "username": name, "full_name": "Ani", "password": "kata-sandi-panjang", "role": "registry_steward",
            "agency_code": "diskominfo", "areas": ["35.26"], "person_id": person })
    };
    let first = admin.post("/v1/users", user("ani", &json!(null))).await.created();
    let second = admin.post("/v1/users", user("ani.kedua", &first["person_id"])).await.created();
    assert_eq!(second["person_id"], first["person_id"]);
    assert_ne!(second["user_id"], first["user_id"]);
    // Mistyped, it would be somebody who may decide on what Ani asked.
    let mistyped = json!(uuid::Uuid::now_v7());
    assert_eq!(admin.post("/v1/users", user("ani.ketiga", &mistyped)).await.wrong_fields(), ["/person_id"]);
    assert_eq!(api.rows("SELECT count(*) FROM users WHERE username = 'ani.ketiga'").await, ["0"]);
}

#[tokio::test]
async fn an_agency_is_changed_only_by_who_has_seen_it() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let agency = json!({ "code": "dinkes", "name": "Dinas Kesehatan", "kind": "regency_office" });
    admin.post("/v1/agencies", &agency).await.created();
    admin.post("/v1/agencies", &agency).await.refused("agency-exists");
    let change = json!({ "name": "Dinas Kesehatan dan KB" });
    let blind = Reply::of(admin.request(reqwest::Method::PATCH, "/v1/agencies/dinkes").json(&change)).await;
    assert_eq!(blind.status, 428);
    // Tags are compared letter by letter.
    for foreign in ["\"01\"", "\"+1\""] {
        let request = admin.request(reqwest::Method::PATCH, "/v1/agencies/dinkes").header("if-match", foreign);
        assert_eq!(Reply::of(request.json(&change)).await.refused("stale-version")["status"], 412, "{foreign}");
    }
    let changed = admin.patch("/v1/agencies/dinkes", 1, &change).await;
    assert_eq!(changed.headers["etag"], "\"2\"");
    admin.patch("/v1/agencies/dinkes", 1, &change).await.refused("stale-version");
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let user = json!({ "username": "Ani Besar", "full_name": "", "password": "pendek", "role": "auditor", "agency_code": "diskominfo", "areas": [] });
    assert_eq!(admin.post("/v1/users", &user).await.wrong_fields(), ["/areas", "/full_name", "/password", "/username"]);
    let unknown = json!({ "code": "x", "name": "X", "kind": "regency_office", "telefon": "1" });
    assert_eq!(admin.post("/v1/agencies", &unknown).await.wrong_fields(), ["/telefon"]);
}

#[tokio::test]
async fn a_problem_speaks_english_where_it_is_asked_to() {
    let api = Api::start().await;
    let request = api.nobody().request(reqwest::Method::GET, "/v1/me").header("accept-language", "en-GB, id;q=0.5");
    assert_eq!(Reply::of(request).await.refused("unauthenticated")["detail"], "The token is missing or not valid.");
    assert_eq!(
        api.nobody().get("/v1/me").await.refused("unauthenticated")["detail"],
        "Token tidak ada atau tidak berlaku."
    );
}
