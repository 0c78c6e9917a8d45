//! `/v1/auth/login`, `/oauth2/token`, `/.well-known/jwks.json`, `/v1/me`.

use crate::{
    access::{
        accounts::{passwords, queries},
        permissions::{self, AnyCaller},
    },
    platform::{
        auth::{Identity, Role, TokenKeys},
        config::Settings,
        db::Db,
        json::ValidJson,
        problem::{FieldFault, Outcome, Problem, codes},
        region_code::RegionCode,
    },
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers the routes under `/v1`.
pub fn configure(config: &mut ServiceConfig) {
    config.service(log_in).service(get_me);
}

/// Registers the routes that standards put outside of `/v1`.
pub fn configure_root(config: &mut ServiceConfig) {
    config.service(issue_token).service(get_jwks);
}

/// A name and a password.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the login.
    #[garde(length(min = 1, max = 100))]
    #[schema(example = "siti.steward")]
    username: String,
    /// Its password.
    #[garde(length(min = 1, max = 200))]
    #[schema(example = "kata-sandi-yang-panjang", format = Password)]
    password: String,
    /// Narrows the token to these areas within the login's own.
    #[serde(default)]
    #[garde(inner(length(min = 1, max = 50)))]
    #[schema(example = json!(["35.26.01"]))]
    areas: Option<Vec<RegionCode>>,
}

/// A token (RFC 6749, section 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSJ9…")]
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds that it holds.
    #[schema(example = 3600)]
    expires_in: i64,
}

fn token_for(keys: &TokenKeys, identity: &Identity) -> Outcome<Token> {
    Ok(Token { access_token: keys.issue(identity)?, token_type: "Bearer", expires_in: keys.lifetime() })
}

/// Log in as a person.
///
/// The token may be narrowed to areas within the login's own.
#[utoipa::path(tag = "tokens", security(()), request_body = Login, responses(
    (status = 200, body = Token),
    (status = 401, description = "`wrong-credentials`", body = crate::platform::problem::ProblemBody)))]
#[post("/auth/login")]
pub async fn log_in(login: ValidJson<Login>, keys: web::Data<TokenKeys>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let Login { username, password, areas } = login.into_inner();
    let user = db.act_as_service(async |tx| queries::active_user(tx, &username).await).await?;
    let fits = passwords::fits(password, user.as_ref().map(|user| user.password_hash().to_owned())).await?;
    let user = user.filter(|_| fits).ok_or_else(|| Problem::from(&codes::WRONG_CREDENTIALS))?;
    let mut identity = user.identity();
    if let Some(narrower) = areas {
        if !narrower.iter().all(|area| identity.covers(area)) {
            let fault = FieldFault::new("/areas", "di luar wilayah akun", "lies outside the login's areas");
            return Err(codes::INVALID.fields(vec![fault]));
        }
        identity.areas = narrower;
    }
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(token_for(&keys, &identity)?))
}

/// A system's request for a token (RFC 6749, section 4.4).
#[derive(Deserialize, ToSchema)]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
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
    /// `invalid_client`, `invalid_request`, `invalid_scope` or `unsupported_grant_type`.
    #[schema(example = "invalid_client")]
    error: &'static str,
}

fn refuse_token(error: &'static str) -> HttpResponse {
    let mut response =
        if error == "invalid_client" { HttpResponse::Unauthorized() } else { HttpResponse::BadRequest() };
    if error == "invalid_client" {
        response.insert_header((header::WWW_AUTHENTICATE, "Basic"));
    }
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(TokenRefusal { error })
}

/// Ask for a token as a system.
///
/// OAuth 2.0 client credentials, in the form's fields or as HTTP Basic. A system that acts for an officer says
/// so in `act`; the audit names both.
#[utoipa::path(tag = "tokens", security(()), request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, body = Token),
    (status = 400, description = "The request lacks something, or asks for what the client does not have", body = TokenRefusal),
    (status = 401, description = "The client or its secret is wrong", body = TokenRefusal)))]
#[post("/oauth2/token")]
pub async fn issue_token(
    form: web::Form<TokenRequest>,
    keys: web::Data<TokenKeys>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let form = form.into_inner();
    if form.grant_type != "client_credentials" {
        return Ok(refuse_token("unsupported_grant_type"));
    }
    let credentials = basic(&request).or_else(|| Some((form.client_id.clone()?, form.client_secret.clone()?)));
    let Some((client_id, secret)) = credentials else { return Ok(refuse_token("invalid_request")) };
    let client = db.act_as_service(async |tx| queries::active_client(tx, &client_id).await).await?;
    let fits = passwords::fits(secret, client.as_ref().map(|client| client.secret_hash().to_owned())).await?;
    let Some(client) = client.filter(|_| fits) else { return Ok(refuse_token("invalid_client")) };
    let mut identity = client.identity();
    if form
        .act
        .as_ref()
        .is_some_and(|officer| officer.is_empty() || officer.len() > 100 || officer.contains(char::is_control))
    {
        return Ok(refuse_token("invalid_request"));
    }
    identity.acting_for = form.act;
    if let Some(areas) = form.areas {
        match areas.split_whitespace().map(str::parse).collect::<Result<Vec<RegionCode>, _>>() {
            Ok(narrower) if !narrower.is_empty() && narrower.iter().all(|area| identity.covers(area)) => {
                identity.areas = narrower
            }
            _ => return Ok(refuse_token("invalid_scope")),
        }
    }
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(token_for(&keys, &identity)?))
}

/// Id and secret of `Authorization: Basic` (RFC 7617).
fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let decoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(encoded.trim()).ok())??;
    let (id, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The public keys that check our tokens.
///
/// A JSON Web Key Set (RFC 7517).
#[utoipa::path(tag = "tokens", security(()), responses((status = 200, body = serde_json::Value, description = "A JSON Web Key Set", example = json!({"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(keys: web::Data<TokenKeys>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(keys.jwks())
}

/// What a token is and may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The login.
    #[schema(example = "user:siti.steward")]
    subject: String,
    /// The natural person, for people.
    person_id: Option<Uuid>,
    /// The officer for whom a system acts.
    acting_for: Option<String>,
    /// Role.
    role: Role,
    /// Agency's code.
    #[schema(example = "dinsos")]
    agency: String,
    /// Areas.
    areas: Vec<RegionCode>,
    /// What the role may do.
    #[schema(example = json!(["households.read", "programs.manage"]))]
    permissions: Vec<&'static str>,
    /// Data agreements in force.
    agreements: Vec<String>,
    /// Limits that apply.
    limits: Limits,
}

/// Limits of a caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limits {
    /// Identities that may be looked up in vain each day.
    #[schema(example = 2000)]
    daily_lookup_misses: i32,
    /// Rows on a page.
    #[schema(example = 500)]
    page_rows: i32,
    /// Identities in one bulk lookup.
    #[schema(example = 10_000)]
    bulk_lookup_rows: i32,
}

/// See what one's token may do.
///
/// Role, agency, areas, permissions, agreements, limits.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Me)))]
#[get("/me")]
pub async fn get_me(caller: AnyCaller, settings: web::Data<Settings>) -> web::Json<Me> {
    let identity = &caller.identity;
    web::Json(Me {
        subject: identity.subject.clone(),
        person_id: identity.person,
        acting_for: identity.acting_for.clone(),
        role: identity.role,
        agency: identity.agency.clone(),
        areas: identity.areas.clone(),
        permissions: permissions::of_role(identity.role),
        agreements: Vec::new(),
        limits: Limits { daily_lookup_misses: settings.daily_misses, page_rows: 500, bulk_lookup_rows: 10_000 },
    })
}
