//! The ground over HTTP: problems in one form, unknown addresses, documentation, health.

use crate::support::{
    Api, Reply,
    holding::{WAITING, hold, until},
};
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
async fn whoever_waits_when_postgresql_lets_the_connection_go_is_told_to_ask_again() {
    let api = Api::start().await;
    let auditor = api.auditor().await;
    let holder = hold(&api, "disbursements IN ACCESS EXCLUSIVE MODE").await;
    let let_go = async {
        until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        let sql = format!("SELECT pg_terminate_backend(w.pid) FROM (SELECT pid {WAITING}) w");
        api.database.superuser().await.batch_execute(&sql).await.unwrap();
    };
    let (told, ()) = tokio::join!(auditor.get("/v1/disbursements"), let_go);
    assert_eq!(told.headers["retry-after"], "1");
    told.refused("busy");
    holder.batch_execute("ROLLBACK").await.unwrap();
    auditor.get("/v1/disbursements").await.ok();
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
    for (query, wrong) in [
        ("dry_run=True", "dry_run"),
        ("dry_run=1", "dry_run"),
        ("dry_run", "dry_run"),
        ("dry_run=true&dry_run=false", "dry_run"),
        ("dry%5Frun=1", "dry_run"),
        ("dryrun=true", "dryrun"),
        ("dry-run=true", "dry-run"),
        ("DRY_RUN=true", "DRY_RUN"),
        ("simulate=true", "simulate"),
    ] {
        assert_eq!(admin.post(&format!("/v1/agencies?{query}"), &agency).await.wrong_fields(), [wrong], "{query}");
    }
    // Written in another way it is the same word.
    admin.post("/v1/agencies?dry%5Frun=%74rue", &agency).await.created();
    let tried = admin.post("/v1/agencies?dry_run=true", &agency).await;
    assert_eq!(tried.headers["dry-run"], "true");
    tried.created();
    admin.get("/v1/agencies/coba").await.refused("not-found");
    let nul = serde_json::json!({ "code": "coba", "name": "a\0b", "kind": "other" });
    admin.post("/v1/agencies", &nul).await.refused("malformed-request");
}

#[tokio::test]
async fn every_wrong_parameter_is_told_at_once_in_the_caller_s_language() {
    let api = Api::start().await;
    let manager = api.manager_of("dinsos").await;
    let path = "/v1/households?decile_max=99&region=xx&limit=0&cursor=x&desile_min=1&has_program=A&has_program=B";
    for (language, faults) in [
        (
            "id",
            [
                ("cursor", "bukan kursor dari halaman sebelumnya"),
                ("limit", "harus antara 1 dan 500"),
                ("region", "jenis atau bentuk nilai tidak sesuai"),
                ("desile_min", "tidak dikenal"),
                ("has_program", "hanya boleh disebut satu kali"),
                ("decile_max", "lebih dari 10"),
            ],
        ),
        (
            "en",
            [
                ("cursor", "is no cursor of a former page"),
                ("limit", "must be between 1 and 500"),
                ("region", "has the wrong type or form"),
                ("desile_min", "is not known"),
                ("has_program", "must be named once only"),
                ("decile_max", "is greater than 10"),
            ],
        ),
    ] {
        let asked = manager.request(Method::GET, path).header("accept-language", language);
        let refused = Reply::of(asked).await.refused("invalid-fields");
        let told = refused["errors"].as_array().unwrap().iter();
        let told: Vec<_> =
            told.map(|fault| (fault["pointer"].as_str().unwrap(), fault["message"].as_str().unwrap())).collect();
        assert_eq!(told, faults, "{language}");
        assert_eq!(refused["errors"][3]["suggestion"], "decile_min");
    }
    // What is wrong with a body is told in both languages, too, where the library found it.
    let admin = api.admin().await;
    let nameless = serde_json::json!({ "code": "coba", "name": "", "kind": "other" });
    for (language, message) in [("id", "lebih pendek dari 1"), ("en", "is shorter than 1")] {
        let asked = admin.request(Method::POST, "/v1/agencies").header("accept-language", language).json(&nameless);
        assert_eq!(Reply::of(asked).await.refused("invalid-fields")["errors"][0]["message"], message);
    }
}

#[tokio::test]
async fn an_address_that_does_not_take_a_method_says_which_it_takes() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let id = uuid::Uuid::now_v7();
    for (method, path, allowed) in [
        (Method::DELETE, "/v1/agencies".to_owned(), "GET, POST"),
        (Method::PUT, format!("/v1/programs/{id}"), "GET, PATCH"),
        (Method::GET, "/v1/auth/login".to_owned(), "POST"),
        (Method::DELETE, "/v1/households/lookup".to_owned(), "POST"),
        (Method::GET, "/oauth2/token".to_owned(), "POST"),
        (Method::POST, "/health/live".to_owned(), "GET"),
        (Method::POST, "/problems/not-found".to_owned(), "GET"),
        (Method::POST, "/openapi.json".to_owned(), "GET"),
    ] {
        for language in ["id", "en"] {
            let reply = Reply::of(admin.request(method.clone(), &path).header("accept-language", language)).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.headers["allow"], allowed, "{method} {path}");
            reply.refused("method-not-allowed");
        }
    }
    admin.get("/v1/agencies/").await.refused("not-found");
}

#[tokio::test]
async fn an_array_is_taken_for_no_object() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let fields = serde_json::json!(["dinkes", "Dinas Kesehatan", "regency_office", null, {}]);
    assert_eq!(admin.post("/v1/agencies", &fields).await.wrong_fields(), [""]);
    let contact = serde_json::json!({ "code": "dinkes", "name": "D", "kind": "other", "contact": [null, null, null] });
    assert_eq!(admin.post("/v1/agencies", &contact).await.wrong_fields(), ["/contact"]);
}

#[tokio::test]
async fn a_media_type_has_no_case() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let agency = r#"{"code":"dinkes","name":"Dinas Kesehatan","kind":"other"}"#;
    let request = admin.request(Method::POST, "/v1/agencies").header("content-type", "APPLICATION/JSON; Charset=UTF-8");
    Reply::of(request.body(agency)).await.created();
}

#[tokio::test]
async fn a_version_is_named_once_and_by_its_own_tag() {
    let api = Api::start().await;
    let admin = api.admin().await;
    let agency = serde_json::json!({ "code": "dinkes", "name": "Dinas Kesehatan", "kind": "other" });
    admin.post("/v1/agencies", &agency).await.created();
    let change = |tags: &[&str]| {
        let request =
            admin.request(Method::PATCH, "/v1/agencies/dinkes").json(&serde_json::json!({ "name": "Dinkes" }));
        Reply::of(tags.iter().fold(request, |request, tag| request.header("if-match", *tag)))
    };
    change(&[]).await.refused("version-required");
    change(&["*"]).await.refused("version-required");
    change(&["1"]).await.refused("malformed-request");
    change(&["\"1\"", "\"1\""]).await.refused("malformed-request");
    change(&["W/\"1\""]).await.refused("stale-version");
    change(&["\"9\""]).await.refused("stale-version");
    change(&["\"9\", \"1\""]).await.ok();
}

#[tokio::test]
async fn a_refusal_names_its_request_in_either_language() {
    let api = Api::start().await;
    let manager = api.manager_of("dinsos").await;
    for language in ["id", "en"] {
        let path = "/v1/enrolments/01900000-0000-7000-8000-000000000001";
        let asked = manager.request(reqwest::Method::GET, path).header("accept-language", language);
        let refused = crate::support::Reply::of(asked).await;
        assert_eq!((refused.status.as_u16(), refused.headers.contains_key("x-request-id")), (404, true), "{language}");
    }
}

#[tokio::test]
async fn every_refusal_is_explained_with_its_cause_and_remedy_in_both_languages() {
    let api = Api::start().await;
    let nobody = api.nobody();
    let listed = nobody.get("/problems").await.ok()["items"].as_array().unwrap().clone();
    let codes: std::collections::BTreeSet<&str> =
        sejahtera::app::problems().iter().map(|problem| problem.code).collect();
    assert_eq!(codes.len(), listed.len(), "a code stands twice");
    for code in codes {
        let page = nobody.get(&format!("/problems/{code}")).await.ok();
        assert!(listed.contains(&page), "{code}");
        let mut said = std::collections::BTreeSet::new();
        for part in ["title", "cause", "remedy"] {
            for language in ["id", "en"] {
                let text = page[part][language].as_str().unwrap();
                assert!(text.ends_with('.') && said.insert(text.to_owned()), "{code}: {part} in {language}: {text}");
            }
        }
    }
    nobody.get("/problems/no-such-code").await.refused("not-found");
}
