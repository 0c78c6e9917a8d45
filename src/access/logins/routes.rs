//! `/v1/auth/login`, `/.well-known/jwks.json`, `/v1/me`.

use super::{
    service::{self, Claim, Register},
    token_endpoint,
};
use crate::{
    access::{
        lookup_quota,
        permissions::{self, AnyCaller},
    },
    platform::{
        auth::{Identity, Role, TokenKeys},
        config::Settings,
        db::Db,
        json::ValidJson,
        problem::{Outcome, ProblemBody, codes},
        region_code::RegionCode,
        request::Origin,
        rows::MOST_ROWS,
    },
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web};
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
    config.service(token_endpoint::issue_token).service(get_jwks);
}

/// A name and a password.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Name of the login.
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(example = "siti.steward")]
    username: String,
    /// Its password.
    #[garde(length(chars, min = 1, max = 200))]
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

/// A fresh token, not to be kept by anything on its way (RFC 6749, section 5.1).
pub(super) fn token_for(keys: &TokenKeys, identity: &Identity) -> Outcome<HttpResponse> {
    let token = Token { access_token: keys.issue(identity)?, token_type: "Bearer", expires_in: keys.lifetime() };
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::PRAGMA, "no-cache"));
    Ok(response.json(token))
}

/// Log in as a person.
///
/// The token may be narrowed to areas within the login's own. After too many failures from one address (ten
/// within a quarter of an hour, unless it is set otherwise) the account is shut to that address for the rest of that time,
/// also for the right password.
#[utoipa::path(tag = "tokens", security(()), request_body = Login, responses(
    (status = 200, body = Token),
    (status = 401, description = "`wrong-credentials`", body = ProblemBody),
    (status = 429, description = "`too-many-failed-logins`, with `Retry-After`", body = ProblemBody)))]
#[post("/auth/login")]
pub async fn log_in(
    login: ValidJson<Login>,
    keys: web::Data<TokenKeys>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let Login { username, password, areas } = login.into_inner();
    let claim = Claim { register: Register::Users, name: username, secret: password };
    let mut identity = service::prove(&db, &settings, Origin::of(&request), claim).await?;
    if let Some(narrower) = areas {
        if !narrower.iter().all(|area| identity.covers(area)) {
            return Err(codes::INVALID.field("/areas", "di luar wilayah akun", "lies outside the login's areas"));
        }
        identity.areas = narrower;
    }
    token_for(&keys, &identity)
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
    /// How many of them are left today (WIB).
    #[schema(example = 1971)]
    lookup_misses_left_today: i32,
    /// Rows on a page.
    #[schema(example = 500)]
    page_rows: i32,
    /// Identities in one bulk lookup.
    #[schema(example = 10_000)]
    bulk_lookup_rows: usize,
}

/// See what one's token may do.
///
/// Role, agency, areas, permissions, agreements, limits, and how many lookups in vain are left today.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Me)))]
#[get("/me")]
pub async fn get_me(caller: AnyCaller, settings: web::Data<Settings>, db: web::Data<Db>) -> Outcome<web::Json<Me>> {
    let identity = &caller.identity;
    let misses = db.act(&caller, async |tx| lookup_quota::so_far(tx, &identity.subject).await).await?;
    Ok(web::Json(Me {
        subject: identity.subject.clone(),
        person_id: identity.person,
        acting_for: identity.acting_for.clone(),
        role: identity.role,
        agency: identity.agency.clone(),
        areas: identity.areas.clone(),
        permissions: permissions::of_role(identity.role),
        agreements: Vec::new(),
        limits: Limits {
            daily_lookup_misses: settings.daily_misses,
            lookup_misses_left_today: settings.daily_misses.saturating_sub(misses).max(0),
            page_rows: 500,
            bulk_lookup_rows: MOST_ROWS,
        },
    }))
}
