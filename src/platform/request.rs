//! What names a request: its id and where it came from.

use actix_web::{HttpMessage, HttpRequest};
use std::{net::IpAddr, sync::Arc};
use uuid::Uuid;

/// Proxies whose word on the caller's address is taken.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Arc<[IpAddr]>);

/// The id of a request, kept with it. Ours always: a caller's own id would let it write into our log.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

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
