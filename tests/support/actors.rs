//! Whoever calls: an actor speaks HTTP with one token, and reads the reply.

use super::Api;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use sejahtera::platform::auth::Identity;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// A caller.
#[derive(Clone)]
pub struct Actor {
    pub api: Arc<Api>,
    pub identity: Option<Identity>,
    pub token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Actor {
    pub fn new(api: Arc<Api>, identity: Identity) -> Self {
        let token = api.keys.issue(&identity).unwrap();
        Self { api, identity: Some(identity), token: Some(token) }
    }

    pub fn without_token(api: Arc<Api>) -> Self {
        Self { api, identity: None, token: None }
    }

    /// The same account with another token text.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The natural person.
    pub fn person(&self) -> uuid::Uuid {
        self.identity.as_ref().unwrap().person.unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.api.http.request(method, format!("{}{path}", self.api.address));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: impl Serialize) -> Reply {
        Reply::of(self.request(Method::POST, path).json(&body)).await
    }

    /// A POST that makes money: with an `Idempotency-Key`.
    pub async fn post_once(&self, key: &str, path: &str, body: impl Serialize) -> Reply {
        Reply::of(self.request(Method::POST, path).header("idempotency-key", key).json(&body)).await
    }

    /// A PATCH of the version that was read.
    pub async fn patch(&self, path: &str, version: i64, body: impl Serialize) -> Reply {
        let request = self.request(Method::PATCH, path).header("if-match", format!("\"{version}\""));
        Reply::of(request.json(&body)).await
    }

    /// A POST upon the version that was read.
    pub async fn post_seen(&self, path: &str, version: i64, body: impl Serialize) -> Reply {
        let request = self.request(Method::POST, path).header("if-match", format!("\"{version}\""));
        Reply::of(request.json(&body)).await
    }
}

impl Reply {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    #[track_caller]
    fn answered(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// 200, and its body.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.answered(200)
    }

    /// 201, and its body.
    #[track_caller]
    pub fn created(self) -> Value {
        self.answered(201)
    }

    /// 202, and its body.
    #[track_caller]
    pub fn accepted(self) -> Value {
        self.answered(202)
    }

    /// A problem of this code; its body.
    #[track_caller]
    pub fn refused(self, code: &str) -> Value {
        let body = self.json();
        assert_eq!(body["code"], code, "{} {}", self.status, self.text);
        assert_eq!(body["status"], self.status.as_u16(), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
        body
    }

    /// The pointers of a problem's wrong fields.
    #[track_caller]
    pub fn wrong_fields(self) -> Vec<String> {
        let body = self.refused("invalid-fields");
        let errors = body["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
