//! `ETag` and `If-Match` (RFC 9110, section 13.1.1): nobody changes what they have not seen.

use super::problem::{Outcome, Problem, codes};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::header};
use serde::Serialize;
use std::future::{Ready, ready};

/// The version that the caller read; a route that changes something takes it.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.headers().get(header::IF_MATCH) {
            None => Err(Problem::from(&codes::VERSION_REQUIRED)),
            Some(value) => value
                .to_str()
                .ok()
                .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok())
                .map(IfMatch)
                .ok_or_else(|| Problem::from(&codes::STALE)),
        })
    }
}

impl IfMatch {
    /// Holds the version read against the one that stands.
    ///
    /// # Errors
    /// `stale-version`.
    pub fn check(self, standing: i32) -> Outcome<()> {
        if self.0 == standing { Ok(()) } else { Err(Problem::from(&codes::STALE)) }
    }
}

/// An answer that carries its version.
pub trait Versioned: Serialize {
    /// Counts up with each change.
    fn version(&self) -> i32;
}

/// 200 with the version as `ETag`.
pub fn ok<T: Versioned>(body: &T) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{}\"", body.version()))).json(body)
}

/// 201 with the version as `ETag` and the address of what was made.
pub fn created<T: Versioned>(location: &str, body: &T) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((header::ETAG, format!("\"{}\"", body.version())))
        .insert_header((header::LOCATION, location))
        .json(body)
}
