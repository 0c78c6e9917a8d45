//! The demo's way to the service: HTTP with tokens of its own accounts, as any agency's system would go.

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{fmt, path::PathBuf, time::Duration};

use crate::cli::generate::GenerateError;

/// How often something is sent while the service is not ready for it.
const MOST_TRIES: u32 = 6;

/// Why the demo could not go on.
#[derive(Debug, thiserror::Error)]
pub enum DemoFault {
    /// Nothing answers.
    #[error("no answer from {url}: {error}\n  ./dev up starts the service; --url says where it is")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// What went wrong.
        error: String,
    },
    /// The service said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The service answered something else than was agreed.
    #[error("{path} answered what the demo can't read: {error}")]
    Unreadable {
        /// The route.
        path: String,
        /// What does not fit.
        error: String,
    },
    /// A delivery could not be written.
    #[error(transparent)]
    Delivery(#[from] GenerateError),
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The reading of a delivery came to a bad end.
    #[error("the reading of {label} {state}: {detail}")]
    Import {
        /// The release.
        label: String,
        /// `failed` or `cancelled`.
        state: String,
        /// What the job says.
        detail: Value,
    },
    /// Settings that can't be used.
    #[error("{0}")]
    Setting(String),
}

/// A problem (RFC 9457), with the request that met it.
#[derive(Debug)]
pub struct Refusal {
    /// `POST /v1/programs`.
    pub request: String,
    /// HTTP status.
    pub status: StatusCode,
    /// What the service said.
    pub problem: Problem,
}

/// What the demo reads of a problem.
#[derive(Debug, Default, Deserialize)]
pub struct Problem {
    /// Stable name.
    #[serde(default)]
    pub code: String,
    /// In words.
    #[serde(default)]
    pub detail: String,
    /// Every wrong field.
    #[serde(default)]
    errors: Vec<FieldFault>,
}

#[derive(Debug, Deserialize)]
struct FieldFault {
    pointer: String,
    message: String,
}

impl Refusal {
    /// Whether trying again may help: the service is busy, or still at what an interrupted demo asked for.
    fn is_for_now(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE || self.problem.code == "request-still-running"
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { code, detail, errors, .. } = &self.problem;
        write!(f, "{}: {} {code}: {detail}", self.request, self.status.as_u16())?;
        errors.iter().try_for_each(|fault| write!(f, "\n  {}: {}", fault.pointer, fault.message))
    }
}

/// An answer that may say that the thing is there already.
pub trait Unless<T> {
    /// Nothing where it was refused by this code, which an earlier run of the demo explains.
    ///
    /// # Errors
    /// Every other fault.
    fn unless(self, code: &str) -> Result<Option<T>, DemoFault>;
}

impl<T> Unless<T> for Result<T, DemoFault> {
    fn unless(self, code: &str) -> Result<Option<T>, DemoFault> {
        match self {
            Ok(answer) => Ok(Some(answer)),
            Err(DemoFault::Refused(refusal)) if refusal.problem.code == code => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// The running service, and the password of all of the demo's accounts.
pub struct Service {
    http: reqwest::Client,
    url: String,
    password: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

impl Service {
    /// The service at this address. Proxies of the environment are left aside: it is on this machine.
    ///
    /// # Errors
    /// That no client can be made.
    pub fn new(url: String, password: String) -> Result<Self, DemoFault> {
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.map_err(|error| DemoFault::Setting(error.to_string()))?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), password })
    }

    /// The password of all accounts.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Logs in.
    ///
    /// # Errors
    /// `wrong-credentials` where there is no such account, or it has another password.
    pub async fn log_in(&self, username: &str) -> Result<Caller<'_>, DemoFault> {
        let nobody = Caller { service: self, token: String::new() };
        let login = json!({ "username": username, "password": self.password });
        let Token { access_token: token } = nobody.post("/v1/auth/login", &login).await?;
        Ok(Caller { token, ..nobody })
    }
}

/// One who calls, with a token.
pub struct Caller<'a> {
    service: &'a Service,
    token: String,
}

impl Caller<'_> {
    /// Reads.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, DemoFault> {
        self.send(Method::GET, path, |request| request).await
    }

    /// Makes something.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, DemoFault> {
        self.send(Method::POST, path, |request| request.json(body)).await
    }

    /// Makes money move, once for this key.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn post_once<T: DeserializeOwned>(&self, path: &str, key: &str, body: &Value) -> Result<T, DemoFault> {
        self.send(Method::POST, path, |request| request.header("idempotency-key", key).json(body)).await
    }

    /// Sends a form with files.
    ///
    /// # Errors
    /// What the service refuses.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        form: reqwest::multipart::Form,
    ) -> Result<T, DemoFault> {
        let response = self.request(Method::POST, path).multipart(form).send().await;
        self.read("POST", path, self.reached(response)?).await
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<T, DemoFault> {
        let mut tries = 1;
        loop {
            let response = self.reached(with(self.request(method.clone(), path)).send().await)?;
            match self.read(method.as_str(), path, response).await {
                Err(DemoFault::Refused(refusal)) if refusal.is_for_now() && tries < MOST_TRIES => tries += 1,
                answer => return answer,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.service.http.request(method, format!("{}{path}", self.service.url));
        let request = request.header(header::ACCEPT_LANGUAGE, "en");
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    fn reached(&self, response: reqwest::Result<Response>) -> Result<Response, DemoFault> {
        response.map_err(|error| DemoFault::Unreachable { url: self.service.url.clone(), error: innermost(&error) })
    }

    async fn read<T: DeserializeOwned>(&self, method: &str, path: &str, response: Response) -> Result<T, DemoFault> {
        let status = response.status();
        let body = response.bytes().await;
        let body = body.map_err(|error| DemoFault::Unreadable { path: path.to_owned(), error: innermost(&error) })?;
        if status.is_success() {
            let answer = serde_json::from_slice(&body);
            return answer.map_err(|error| DemoFault::Unreadable { path: path.to_owned(), error: error.to_string() });
        }
        let problem = serde_json::from_slice(&body).unwrap_or_default();
        Err(DemoFault::Refused(Box::new(Refusal { request: format!("{method} {path}"), status, problem })))
    }
}

/// What lies at the bottom of a chain of errors; the ones above only say that a request failed.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct Listed<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Where the next page begins.
    #[serde(default)]
    pub next_cursor: Option<String>,
}
