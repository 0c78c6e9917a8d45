//! Whoever calls the service: HTTP with a token.

use super::Outcome;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// How long a connection is kept for the next request: shorter than the
/// service keeps an idle one, since a load of many seconds between two
/// requests would leave this side with a connection that is no longer there.
const IDLE: Duration = Duration::from_secs(2);

/// A caller.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    address: String,
    /// The access token; none for whoever has not logged in.
    pub token: Option<String>,
}

impl Caller {
    /// Somebody without a token.
    pub fn anybody(address: &str) -> Self {
        let http = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(300))
            .pool_idle_timeout(IDLE)
            .build()
            .unwrap_or_default();
        Self { http, address: address.to_owned(), token: None }
    }

    /// The same caller at another address of the same service.
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// Logs in.
    pub async fn log_in(address: &str, username: &str, password: &str) -> Outcome<Self> {
        let anybody = Self::anybody(address);
        let answer = anybody.post("/v1/auth/login", &json!({ "username": username, "password": password })).await?;
        Ok(Self { token: answer["access_token"].as_str().map(str::to_owned), ..anybody })
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The answer's body, whole. Anything but success is an error.
    pub async fn get(&self, path: &str) -> Outcome<String> {
        let request = self.authorised(self.http.get(format!("{}{path}", self.address)));
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if status.is_success() { Ok(text) } else { Err(format!("GET {path}: {status} {text}").into()) }
    }

    /// The answer to a POST. Anything but success is an error.
    pub async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let (status, answer) = self.answer(self.http.post(format!("{}{path}", self.address)).json(body)).await?;
        if status.is_success() { Ok(answer) } else { Err(format!("POST {path}: {status} {answer}").into()) }
    }

    /// As [`Caller::post`], under an idempotency key.
    pub async fn post_once(&self, key: &str, path: &str, body: &Value) -> Outcome<Value> {
        self.post_under(("Idempotency-Key", key), path, body).await
    }

    /// As [`Caller::post`], upon this version.
    pub async fn post_seen(&self, version: u32, path: &str, body: &Value) -> Outcome<Value> {
        self.post_under(("If-Match", &format!("\"{version}\"")), path, body).await
    }

    async fn post_under(&self, (name, value): (&str, &str), path: &str, body: &Value) -> Outcome<Value> {
        let request = self.http.post(format!("{}{path}", self.address)).header(name, value).json(body);
        let (status, answer) = self.answer(request).await?;
        if status.is_success() { Ok(answer) } else { Err(format!("POST {path}: {status} {answer}").into()) }
    }

    /// As [`Caller::post`]; what exists already is as good.
    pub async fn ensure(&self, path: &str, body: &Value) -> Outcome<()> {
        let (status, answer) = self.answer(self.http.post(format!("{}{path}", self.address)).json(body)).await?;
        if status.is_success() || status == StatusCode::CONFLICT {
            return Ok(());
        }
        Err(format!("POST {path}: {status} {answer}").into())
    }

    /// The answer to a POST whose bytes are given: so that making them is not in the time.
    pub async fn post_bytes(&self, path: &str, json: Vec<u8>) -> Outcome<String> {
        self.post_as("application/json", path, json).await
    }

    /// The same, of any media type.
    pub async fn post_as(&self, media_type: &str, path: &str, body: Vec<u8>) -> Outcome<String> {
        let request = self.http.post(format!("{}{path}", self.address)).header("content-type", media_type);
        let response = self.authorised(request.body(body)).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if status.is_success() { Ok(text) } else { Err(format!("POST {path}: {status} {text}").into()) }
    }

    /// Hands in a form with files; answers status and body.
    pub async fn upload(&self, path: &str, form: reqwest::multipart::Form) -> Outcome<(StatusCode, Value)> {
        self.answer(self.http.post(format!("{}{path}", self.address)).multipart(form)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Outcome<(StatusCode, Value)> {
        let response = self.authorised(request).send().await?;
        Ok((response.status(), response.json().await.unwrap_or_default()))
    }
}
