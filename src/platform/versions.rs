//! `ETag` and `If-Match` (RFC 9110, section 13.1.1): nobody changes what they have not seen.

use super::{
    problem::{Outcome, Problem, codes},
    request::only_header,
};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, http::header};
use serde::Serialize;
use std::future::{Ready, ready};

/// The versions that the caller has read; a route that changes something takes it. `*` is refused: it would change
/// what nobody has seen. Weak tags never match (RFC 9110, section 8.8.3.2), and all of ours are strong.
#[derive(Debug, Clone)]
pub struct IfMatch(Vec<i32>);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(only_header(request, &header::IF_MATCH).and_then(|value| match value {
            None => Err(Problem::from(&codes::VERSION_REQUIRED)),
            Some("*") => Err(Problem::from(&codes::VERSION_REQUIRED).detail(
                "If-Match harus menyebut ETag yang dibaca; * tidak diterima.",
                "If-Match must name the ETag that was read; * is not taken.",
            )),
            Some(tags) => strong_versions(tags).map(Self).ok_or_else(|| {
                Problem::from(&codes::MALFORMED).detail(
                    "If-Match harus berupa ETag dalam tanda kutip.",
                    "If-Match must hold an ETag within quotes.",
                )
            }),
        }))
    }
}

/// The versions among a list of entity tags; none where it is no such list. A tag that is none of ours is passed over,
/// as it matches nothing.
fn strong_versions(tags: &str) -> Option<Vec<i32>> {
    let mut versions = Vec::new();
    for tag in tags.split(',').map(str::trim) {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag);
        let inner = opaque.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))?;
        // A tag is compared letter by letter: `01` is another one than `1`.
        let is_ours = |version: &i32| opaque == tag && version.to_string() == inner;
        versions.extend(inner.parse::<i32>().ok().filter(is_ours));
    }
    Some(versions)
}

impl IfMatch {
    /// Holds the versions read against the one that stands.
    ///
    /// # Errors
    /// `stale-version`.
    pub fn check(self, standing: i32) -> Outcome<()> {
        if self.0.contains(&standing) { Ok(()) } else { Err(Problem::from(&codes::STALE)) }
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

#[cfg(test)]
mod tests {
    use super::strong_versions;

    #[test]
    fn a_list_of_tags_is_read_and_only_strong_ones_of_ours_count() {
        assert_eq!(strong_versions("\"3\""), Some(vec![3]));
        assert_eq!(strong_versions("\"3\", W/\"4\", \"lain\" ,\"5\""), Some(vec![3, 5]));
        assert_eq!(strong_versions("W/\"3\""), Some(vec![]));
        assert_eq!(strong_versions("\"03\", \"+3\", \" 3\", \"-0\""), Some(vec![]));
    }

    #[test]
    fn what_is_no_tag_is_no_version() {
        for text in ["3", "\"3", "\"\"3\"\"", "", "\"3\",", "w/\"3\""] {
            assert_eq!(strong_versions(text), None, "{text}");
        }
    }
}
