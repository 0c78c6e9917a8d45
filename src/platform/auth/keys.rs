//! Making and checking tokens. One algorithm (EdDSA), one type (`at+jwt`), a key chosen by its id from our
//! own set and never from the token (RFC 8725).

use super::{Identity, Role};
use crate::platform::{
    problem::{Outcome, Problem, codes},
    region_code::RegionCode,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use ed25519_dalek::{SigningKey, pkcs8::DecodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Audience of our tokens.
const AUDIENCE: &str = "sejahtera";
/// Type of an access token (RFC 9068, section 2.1).
const TOKEN_TYPE: &str = "at+jwt";
/// No honest token is longer.
const LONGEST_TOKEN: usize = 4096;

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: this service's public address.
    pub iss: String,
    /// Audience.
    pub aud: String,
    /// End, in seconds since 1970.
    pub exp: i64,
    /// Beginning.
    pub iat: i64,
    /// Id of the token.
    pub jti: Uuid,
    /// The login: `user:…` or `client:…`.
    pub sub: String,
    /// The natural person, for people only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    /// Role.
    pub role: Role,
    /// Agency's code.
    pub agency: String,
    /// Areas, as region codes.
    pub areas: Vec<RegionCode>,
    /// The officer for whom a system acts (RFC 8693).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

/// The officer for whom a system acts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Actor {
    /// As the system names them.
    pub sub: String,
}

/// The key that signs and the keys that check.
pub struct TokenKeys {
    issuer: String,
    key_id: String,
    signing: EncodingKey,
    checking: DecodingKey,
    public_x: String,
    lifetime: i64,
}

impl TokenKeys {
    /// Reads the signing key from PKCS#8 PEM.
    ///
    /// # Errors
    /// A line saying that the key can't be used.
    pub fn new(pem: &str, issuer: &str, lifetime_seconds: u64) -> Result<Self, String> {
        let key = SigningKey::from_pkcs8_pem(pem)
            .map_err(|error| format!("the signing key is no Ed25519 key in PKCS#8 PEM: {error}"))?;
        let public_x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 8037, appendix A.3: the thumbprint of the public key names it.
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public_x}"}}"#));
        Ok(Self {
            issuer: issuer.to_owned(),
            key_id: URL_SAFE_NO_PAD.encode(thumbprint),
            signing: EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|error| error.to_string())?,
            checking: DecodingKey::from_ed_components(&public_x).map_err(|error| error.to_string())?,
            public_x,
            lifetime: i64::try_from(lifetime_seconds).unwrap_or(3600),
        })
    }

    /// Seconds that a token holds.
    #[must_use]
    pub fn lifetime(&self) -> i64 {
        self.lifetime
    }

    /// A token for this identity, holding from now on.
    ///
    /// # Errors
    /// An internal problem where signing fails.
    pub fn issue(&self, identity: &Identity) -> Outcome<String> {
        let now = Utc::now().timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            exp: now + self.lifetime,
            iat: now,
            jti: Uuid::now_v7(),
            sub: identity.subject.clone(),
            person: identity.person,
            role: identity.role,
            agency: identity.agency.clone(),
            areas: identity.areas.clone(),
            act: identity.acting_for.clone().map(|sub| Actor { sub }),
        };
        let header = Header {
            typ: Some(TOKEN_TYPE.to_owned()),
            kid: Some(self.key_id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(Problem::internal)
    }

    /// Checks a token. Every fault gives the same answer, so that nothing can be learnt from it.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn check(&self, token: &str) -> Outcome<Claims> {
        let refuse = || Problem::from(&codes::UNAUTHENTICATED);
        if token.len() > LONGEST_TOKEN {
            return Err(refuse());
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| refuse())?;
        let honest = header.alg == Algorithm::EdDSA
            && header.typ.as_deref() == Some(TOKEN_TYPE)
            && header.kid.as_deref() == Some(&self.key_id)
            && header.jwk.is_none()
            && header.jku.is_none()
            && header.x5u.is_none()
            && header.x5c.is_none();
        if !honest {
            return Err(refuse());
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[&self.issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = 0;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checking, &rules).map_err(|_| refuse())?.claims;
        if claims.iat > Utc::now().timestamp() + 60 {
            return Err(refuse());
        }
        Ok(claims)
    }

    /// The public keys (RFC 7517).
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.key_id, "x": self.public_x }] })
    }
}
