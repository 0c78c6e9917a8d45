//! What names a request: its id and where it came from.

use super::problem::{Outcome, Problem, codes};
use actix_web::{
    HttpMessage, HttpRequest,
    http::header::{self, HeaderName},
};
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// Proxies whose word on the caller's address is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Arc<[IpAddr]>);

/// The id of a request, kept with it. Ours always: a caller's own id would let it write into our log.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Where a request comes from, for whoever has no token yet.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Names the request in log and audit.
    pub request_id: Uuid,
    /// The caller's address.
    pub peer: Arc<str>,
}

impl Origin {
    /// Of this request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        Self { request_id: request_id_of(request), peer: peer_of(request) }
    }
}

/// The value of a header that decides something, and so may stand once only: of two that differ one would be passed
/// over in silence.
///
/// # Errors
/// `malformed-request` where it stands twice or is no text.
pub fn only_header<'a>(request: &'a HttpRequest, name: &HeaderName) -> Outcome<Option<&'a str>> {
    let mut values = request.headers().get_all(name);
    let value = values.next().map(|value| value.to_str().map(str::trim));
    match (value, values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(Problem::from(&codes::MALFORMED).detail(
            format!("Tajuk {name} harus ada satu kali saja."),
            format!("The header {name} must stand once only."),
        )),
    }
}

/// The media type of the body, in lower case (it has none of its own: RFC 9110, section 8.3.1), without parameters.
#[must_use]
pub fn media_type_of(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The request's id; made on first asking.
#[must_use]
pub fn request_id_of(request: &HttpRequest) -> Uuid {
    let known = request.extensions().get::<RequestId>().copied();
    known
        .unwrap_or_else(|| {
            let fresh = RequestId(Uuid::now_v7());
            request.extensions_mut().insert(fresh);
            fresh
        })
        .0
}

/// The address of the peer; behind a trusted proxy, the last address that it names.
#[must_use]
pub fn peer_of(request: &HttpRequest) -> Arc<str> {
    let Some(peer) = request.peer_addr().map(|address| address.ip()) else { return "unknown".into() };
    let trusted = request.app_data::<TrustedProxies>().is_some_and(|proxies| proxies.0.contains(&peer));
    let forwarded = request
        .headers()
        .get("x-forwarded-for")
        .filter(|_| trusted)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    forwarded.unwrap_or(peer).to_string().into()
}
