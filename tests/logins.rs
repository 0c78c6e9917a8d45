//! Logging in, with the wrong secret and with too many of them.

use crate::support::{Actor, Api, Reply};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const PASSWORD: &str = "kata-sandi-yang-panjang";

/// A service that bears three failures within as many seconds as said, and one login, `ani`.
async fn door(window: u32) -> Arc<Api> {
    let api = Api::start_with(|settings| {
        settings.insert("LOGIN_FAILURES".to_owned(), "3".to_owned());
        settings.insert("LOGIN_WINDOW_SECONDS".to_owned(), window.to_string());
    })
    .await;
    let user = json!({ "username": "ani", "full_name": "Ani", "password": PASSWORD, "role": "auditor",
        "agency_code": "diskominfo", "areas": ["35.26"] });
    api.admin().await.post("/v1/users", &user).await.created();
    api
}

async fn log_in(api: &Arc<Api>, username: &str, password: &str) -> Reply {
    api.nobody().post("/v1/auth/login", json!({ "username": username, "password": password })).await
}

#[tokio::test]
async fn after_too_many_failures_an_account_is_shut_whether_or_not_there_is_one() {
    let api = door(900).await;
    for name in ["ani", "tidak-ada"] {
        for _ in 0..3 {
            log_in(&api, name, "bukan-sandi-ini").await.refused("wrong-credentials");
        }
        for password in ["bukan-sandi-ini", PASSWORD] {
            let shut = log_in(&api, name, password).await;
            let seconds: u32 = shut.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((800..=901).contains(&seconds), "{seconds}");
            assert_eq!(shut.status, 429);
            shut.refused("too-many-failed-logins");
        }
    }
    // Nobody else is shut out.
    log_in(&api, "siti", "bukan-sandi-ini").await.refused("wrong-credentials");
}

#[tokio::test]
async fn a_shut_account_opens_when_its_time_is_over() {
    let api = door(2).await;
    for _ in 0..3 {
        log_in(&api, "ani", "bukan-sandi-ini").await.refused("wrong-credentials");
    }
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    log_in(&api, "ani", PASSWORD).await.ok();
}

#[tokio::test]
async fn a_login_that_succeeds_clears_the_count() {
    let api = door(900).await;
    for _ in 0..3 {
        for _ in 0..2 {
            log_in(&api, "ani", "bukan-sandi-ini").await.refused("wrong-credentials");
        }
        log_in(&api, "ani", PASSWORD).await.ok();
    }
}

#[tokio::test]
async fn of_guesses_sent_at_once_no_more_are_tried_than_may_fail() {
    let api = door(900).await;
    let replies = join_all((0..12).map(|_| log_in(&api, "ani", "bukan-sandi-ini"))).await;
    let answered = |status: u16| replies.iter().filter(|reply| reply.status == status).count();
    // What was tried is told to be wrong; the others were not tried, since so many were under way, or since it is shut.
    assert!((1..=3).contains(&answered(401)), "{} were tried", answered(401));
    assert_eq!(answered(401) + answered(429) + answered(503), 12);
    let tried: i64 = api.database.value("SELECT count(*) FROM audit_entries WHERE action = 'login.failed'").await;
    assert_eq!(usize::try_from(tried).unwrap(), answered(401));
}

#[tokio::test]
async fn right_logins_sent_at_once_shut_nothing() {
    let api = door(900).await;
    let replies = join_all((0..12).map(|_| log_in(&api, "ani", PASSWORD))).await;
    for reply in replies {
        if reply.status == 503 {
            assert_eq!(reply.headers["retry-after"], "1");
            reply.refused("busy");
        } else {
            reply.ok();
        }
    }
    log_in(&api, "ani", PASSWORD).await.ok();
    assert_eq!(api.database.value::<i64>("SELECT count(*) FROM login_failures").await, 0);
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_no_attempt_under_way() {
    let api = door(900).await;
    for _ in 0..4 {
        let login = json!({ "username": "ani", "password": PASSWORD });
        let sent = api.nobody().request(Method::POST, "/v1/auth/login").json(&login).send();
        let _ = tokio::time::timeout(Duration::from_millis(5), sent).await;
    }
    for _ in 0..100 {
        if api.database.value::<i64>("SELECT count(*) FROM login_failures").await == 0 {
            return log_in(&api, "ani", PASSWORD).await.ok().as_object().map(|_| ()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("an attempt is still under way");
}

#[tokio::test]
async fn an_account_that_is_shut_is_told_by_one_event() {
    let api = door(900).await;
    for name in ["ani", "tidak-ada"] {
        for _ in 0..3 {
            log_in(&api, name, "bukan-sandi-ini").await.refused("wrong-credentials");
        }
        log_in(&api, name, "bukan-sandi-ini").await.refused("too-many-failed-logins");
    }
    let told = api
        .rows("SELECT kind, agency_code, payload ->> 'account' FROM outbox_events WHERE kind LIKE 'login.%' ORDER BY event_id")
        .await;
    assert_eq!(told, ["login.shut|diskominfo|user:ani", "login.shut|-|-"]);
}

#[tokio::test]
async fn logins_are_on_record_without_what_was_typed() {
    let api = door(900).await;
    log_in(&api, "3526010101900001", "rahasia-orang-lain").await.refused("wrong-credentials");
    log_in(&api, "ani", "bukan-sandi-ini").await.refused("wrong-credentials");
    log_in(&api, "ani", PASSWORD).await.ok();
    let sql = "SELECT string_agg(action || coalesce(' ' || (details ->> 'account'), ''), ', ' ORDER BY occurred_at)
               FROM audit_entries WHERE action LIKE 'login.%'";
    let told: String = api.database.value(sql).await;
    assert_eq!(told, "login.failed, login.failed user:ani, login.succeeded user:ani");
    let whole: String = api
        .database
        .value("SELECT string_agg(a::text, '') || (SELECT string_agg(l::text, '') FROM login_failures l) FROM audit_entries a")
        .await;
    for typed in ["3526010101900001", "rahasia-orang-lain", "bukan-sandi-ini", PASSWORD] {
        assert!(!whole.contains(typed), "{typed}");
    }
}

async fn client(api: &Arc<Api>) -> String {
    let client = json!({ "client_id": "dinkes-backend", "name": "Aplikasi", "role": "program_manager",
        "agency_code": "diskominfo", "areas": ["35.26"] });
    let made = api.admin().await.post("/v1/clients", &client).await.created();
    made["client_secret"].as_str().unwrap().to_owned()
}

/// A token request as RFC 6749 has it; `basic` as `id:secret`.
async fn ask(nobody: &Actor, form: &str, basic: Option<(&str, &str)>) -> Reply {
    let request = nobody.request(Method::POST, "/oauth2/token");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
    Reply::of(match basic {
        Some((id, secret)) => request.basic_auth(id, Some(secret)),
        None => request,
    })
    .await
}

fn refusal(reply: &Reply) -> (u16, Value) {
    assert_eq!(
        (&reply.headers["cache-control"], &reply.headers["pragma"]),
        (&"no-store".parse().unwrap(), &"no-cache".parse().unwrap())
    );
    (reply.status.as_u16(), reply.json()["error"].clone())
}

#[tokio::test]
async fn a_client_proves_itself_in_one_way() {
    let api = door(900).await;
    let secret = client(&api).await;
    let nobody = api.nobody();
    let grant = "grant_type=client_credentials";
    let whole = format!("{grant}&client_id=dinkes-backend&client_secret={secret}");
    ask(&nobody, &whole, None).await.ok();
    ask(&nobody, grant, Some(("dinkes-backend", &secret))).await.ok();
    ask(&nobody, &format!("{grant}&client_id=dinkes-backend"), Some(("dinkes-backend", &secret))).await.ok();
    for (form, basic, status, error) in [
        (whole.as_str(), Some(("dinkes-backend", secret.as_str())), 400, "invalid_request"),
        (&format!("{grant}&client_id=lain"), Some(("dinkes-backend", &secret)), 400, "invalid_request"),
        (grant, None, 401, "invalid_client"),
        (&format!("{grant}&client_id=dinkes-backend&client_secret="), None, 401, "invalid_client"),
        (grant, Some(("dinkes-backend", "salah")), 401, "invalid_client"),
        (&format!("{whole}&client_id=lain"), None, 400, "invalid_request"),
        (&whole.replace("client_credentials", "password"), None, 400, "unsupported_grant_type"),
        (&whole.replace("grant_type", "grant"), None, 400, "invalid_request"),
        (&format!("{whole}&areas=33.01"), None, 400, "invalid_scope"),
    ] {
        let reply = ask(&nobody, form, basic).await;
        assert_eq!(refusal(&reply), (status, json!(error)), "{form} {basic:?}");
        let challenged =
            reply.headers.get("www-authenticate").is_some_and(|value| value == "Basic realm=\"sejahtera\"");
        assert_eq!(challenged, status == 401);
    }
    let bearer = nobody.request(Method::POST, "/oauth2/token").bearer_auth("x");
    let bearer = bearer.header("content-type", "application/x-www-form-urlencoded").body(whole.clone());
    assert_eq!(refusal(&Reply::of(bearer).await), (401, json!("invalid_client")));
    let json_body = nobody.request(Method::POST, "/oauth2/token").json(&json!({ "grant_type": "client_credentials" }));
    assert_eq!(refusal(&Reply::of(json_body).await), (400, json!("invalid_request")));
}

#[tokio::test]
async fn a_client_with_too_many_wrong_secrets_is_shut() {
    let api = door(900).await;
    let secret = client(&api).await;
    for _ in 0..3 {
        let wrong = ask(&api.nobody(), "grant_type=client_credentials", Some(("dinkes-backend", "salah"))).await;
        assert_eq!(wrong.status, 401);
    }
    let shut = ask(&api.nobody(), "grant_type=client_credentials", Some(("dinkes-backend", &secret))).await;
    assert!(shut.headers.contains_key("retry-after"));
    assert_eq!(refusal(&shut), (429, json!("temporarily_unavailable")));
    // A person of the same name is another account.
    log_in(&api, "dinkes-backend", "bukan-sandi-ini").await.refused("wrong-credentials");
}
