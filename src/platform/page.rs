//! Keyset pages: `limit`, an opaque `cursor`, and `Link: rel="next"`. Made once, for every list.

use super::{
    json::value_faults,
    problem::{Outcome, codes},
};
use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Rows on a page where the caller does not say.
const USUAL: i64 = 100;
/// Rows on a page at most.
const MOST: i64 = 500;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, Validate)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// Rows on the page, 1 to 500; 100 where it is not said.
    #[param(minimum = 1, maximum = 500, example = 100)]
    #[garde(inner(custom(is_limit)))]
    pub limit: Option<i64>,
    /// Where the former page ended, as its `next_cursor` said.
    #[garde(inner(custom(is_cursor)))]
    pub cursor: Option<String>,
}

/// The page asked for, checked.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Rows at most.
    pub limit: i64,
    /// The last id of the former page.
    pub after: Option<Uuid>,
}

/// One page of a list. Lists have no totals.
#[derive(Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give this as `cursor` to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AZqxHk3ycT6c0QmE1k2vTQ")]
    pub next_cursor: Option<String>,
}

impl PageParams {
    /// Checks limit and cursor.
    ///
    /// # Errors
    /// `invalid-fields` that names them.
    pub fn page(&self) -> Outcome<Page> {
        self.validate().map_err(|report| codes::INVALID.fields(value_faults(&report)))?;
        Ok(Page { limit: self.limit.unwrap_or(USUAL), after: self.cursor.as_deref().and_then(id_in) })
    }
}

fn is_limit(limit: &i64, (): &()) -> garde::Result {
    if (1..=MOST).contains(limit) {
        Ok(())
    } else {
        Err(garde::Error::new("harus antara 1 dan 500 | must be between 1 and 500"))
    }
}

fn is_cursor(cursor: &str, (): &()) -> garde::Result {
    id_in(cursor)
        .map(|_| ())
        .ok_or_else(|| garde::Error::new("bukan kursor dari halaman sebelumnya | is no cursor of a former page"))
}

/// The id at which a former page ended.
fn id_in(cursor: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    Uuid::from_slice(&bytes).ok()
}

impl Page {
    /// Where this page begins; the smallest id where it is the first.
    #[must_use]
    pub fn after_or_start(&self) -> Uuid {
        self.after.unwrap_or(Uuid::nil())
    }

    /// Rows to ask the database for: one more than the page, to know whether another follows.
    #[must_use]
    pub fn probe(&self) -> i64 {
        self.limit + 1
    }

    /// Cuts the rows to the page.
    #[must_use]
    pub fn cut<T>(&self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Listed<T> {
        let most = usize::try_from(self.limit).unwrap_or(0);
        let more = rows.len() > most;
        rows.truncate(most);
        let next_cursor = rows.last().filter(|_| more).map(|row| URL_SAFE_NO_PAD.encode(id(row).as_bytes()));
        Listed { items: rows, next_cursor }
    }
}

impl<T> Listed<T> {
    /// The same page with each row as the caller may see it.
    #[must_use]
    pub fn map<U>(self, show: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(show).collect(), next_cursor: self.next_cursor }
    }
}

impl<T: Serialize> Listed<T> {
    /// The answer, with `Link: rel="next"` (RFC 8288) where another page follows.
    ///
    /// # Errors
    /// None of its own; in the form of a handler's answer.
    pub fn respond(&self, request: &HttpRequest) -> Outcome<HttpResponse> {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &self.next_cursor {
            let kept: Vec<&str> = request
                .query_string()
                .split('&')
                .filter(|part| !part.is_empty() && !part.starts_with("cursor="))
                .collect();
            let separator = if kept.is_empty() { "" } else { "&" };
            let link = format!("<{}?{}{separator}cursor={cursor}>; rel=\"next\"", request.path(), kept.join("&"));
            if let Ok(link) = header::HeaderValue::from_str(&link) {
                response.insert_header((header::LINK, link));
            }
        }
        Ok(response.json(self))
    }
}
