//! `/oauth2/token`: OAuth 2.0 client credentials (RFC 6749, section 4.4), refused in the words of its section 5.2.

use super::{
    ACCOUNT_SHUT,
    routes::{Token, token_for},
    service::{self, Claim, Register},
};
use crate::platform::{
    auth::{Identity, TokenKeys},
    config::Settings,
    db::Db,
    problem::{Outcome, codes},
    region_code::RegionCode,
    request::{Origin, only_header},
};
use actix_web::{HttpRequest, HttpResponse, http::header, post, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A system's request for a token (RFC 6749, section 4.4).
#[derive(Default, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials", value_type = String)]
    grant_type: Option<String>,
    /// The client's id, unless it comes as HTTP Basic.
    #[schema(example = "dinsos-backend")]
    client_id: Option<String>,
    /// The client's secret, unless it comes as HTTP Basic.
    #[schema(example = "rahasia-klien", format = Password)]
    client_secret: Option<String>,
    /// The officer for whom the system acts, as the system names them (RFC 8693).
    #[schema(example = "petugas-07")]
    act: Option<String>,
    /// Narrows the token to these areas, separated by spaces.
    #[schema(example = "35.26.01 35.26.02")]
    areas: Option<String>,
}

/// A refusal in the form that OAuth clients know (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRefusal {
    /// `invalid_client`, `invalid_request`, `invalid_scope`, `unsupported_grant_type`; `temporarily_unavailable` where
    /// too many requests of this client have failed.
    #[schema(example = "invalid_client")]
    error: &'static str,
}

/// Ask for a token as a system.
///
/// OAuth 2.0 client credentials, in the form's fields or as HTTP Basic, not both. A system that acts for an officer
/// says so in `act`; the audit names both. After too many failures the client is shut for a while.
#[utoipa::path(tag = "tokens", security(()), request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, body = Token),
    (status = 400, description = "The request lacks something, or asks for what the client does not have", body = TokenRefusal),
    (status = 401, description = "The client or its secret is wrong", body = TokenRefusal),
    (status = 429, description = "Too many requests of this client have failed; `Retry-After` says when to come back", body = TokenRefusal)))]
#[post("/oauth2/token")]
pub async fn issue_token(
    form: Result<web::Form<TokenRequest>, actix_web::Error>,
    keys: web::Data<TokenKeys>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    // A form that can't be read, or that names a field twice, is an invalid request.
    let Ok(form) = form else { return Ok(refuse("invalid_request", None)) };
    let form = form.into_inner().without_empty();
    match form.grant_type.as_deref() {
        None => return Ok(refuse("invalid_request", None)),
        Some("client_credentials") => {}
        Some(_) => return Ok(refuse("unsupported_grant_type", None)),
    }
    let (client_id, secret) = match credentials(&request, &form) {
        Ok(credentials) => credentials,
        Err(error) => return Ok(refuse(error, None)),
    };
    let claim = Claim { register: Register::Clients, name: client_id, secret };
    match service::prove(&db, &settings, Origin::of(&request), claim).await {
        Ok(identity) => match form.narrow(identity) {
            Ok(identity) => token_for(&keys, &identity),
            Err(error) => Ok(refuse(error, None)),
        },
        Err(problem) if problem.code == &codes::WRONG_CREDENTIALS => Ok(refuse("invalid_client", None)),
        Err(problem) if problem.code == &ACCOUNT_SHUT => Ok(refuse("temporarily_unavailable", problem.retry_after)),
        Err(problem) => Err(problem),
    }
}

impl TokenRequest {
    /// A field without a value is one that is not there (RFC 6749, section 3.2).
    fn without_empty(self) -> Self {
        let full = |field: Option<String>| field.filter(|text| !text.is_empty());
        Self {
            grant_type: full(self.grant_type),
            client_id: full(self.client_id),
            client_secret: full(self.client_secret),
            act: full(self.act),
            areas: full(self.areas),
        }
    }

    /// The client's identity, for the officer and the areas that it asks for.
    fn narrow(self, mut identity: Identity) -> Result<Identity, &'static str> {
        if self.act.as_ref().is_some_and(|officer| officer.len() > 100 || officer.contains(char::is_control)) {
            return Err("invalid_request");
        }
        identity.acting_for = self.act;
        if let Some(areas) = self.areas {
            match areas.split_whitespace().map(str::parse).collect::<Result<Vec<RegionCode>, _>>() {
                Ok(narrower) if !narrower.is_empty() && narrower.iter().all(|area| identity.covers(area)) => {
                    identity.areas = narrower;
                }
                _ => return Err("invalid_scope"),
            }
        }
        Ok(identity)
    }
}

/// Id and secret, from the form or from HTTP Basic. A client proves itself in one way (RFC 6749, section 2.3).
fn credentials(request: &HttpRequest, form: &TokenRequest) -> Result<(String, String), &'static str> {
    let authorization = only_header(request, &header::AUTHORIZATION).map_err(|_| "invalid_request")?;
    let Some(authorization) = authorization else {
        return form.client_id.clone().zip(form.client_secret.clone()).ok_or("invalid_client");
    };
    let (id, secret) = basic(authorization).ok_or("invalid_client")?;
    let contradicts = form.client_secret.is_some() || form.client_id.as_ref().is_some_and(|other| *other != id);
    if contradicts { Err("invalid_request") } else { Ok((id, secret)) }
}

/// Id and secret of `Basic …` (RFC 7617).
fn basic(authorization: &str) -> Option<(String, String)> {
    let (scheme, encoded) = authorization.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn refuse(error: &'static str, retry_after: Option<u32>) -> HttpResponse {
    let mut response = match error {
        "invalid_client" => HttpResponse::Unauthorized(),
        "temporarily_unavailable" => HttpResponse::TooManyRequests(),
        _ => HttpResponse::BadRequest(),
    };
    if error == "invalid_client" {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"sejahtera\""));
    }
    if let Some(seconds) = retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"));
    response.json(TokenRefusal { error })
}
