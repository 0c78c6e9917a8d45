//! `Idempotency-Key`: a request that makes money has its effect once, whatever is sent again.
//!
//! The key is the client's own, per route. A try-lock on it answers 409 while the first is under way; the first
//! answer is sealed and stored in the effect's own transaction, so that there is no moment at which the one
//! exists without the other. A refusal that the request's content deserves undoes its effect and is stored in a
//! transaction of its own ([`stands`]); after any other the key is free for another try. A trial (`dry_run`) needs a
//! key as the real request does, but takes no notice of what is stored under it and leaves nothing there.

pub mod together;

use super::{
    audit,
    auth::Principal,
    db::{Db, SharedSettings, Tx, planned_for},
    problem::{Code, Outcome, Problem, codes},
    request::only_header,
    retention::days_ago,
    vault::{Use, Vault},
};
use crate::schema::idempotency_keys;
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Text},
};
use diesel_async::RunQueryDsl;
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    future::{Ready, ready},
    ops::AsyncFnOnce,
};
use uuid::Uuid;

/// Named so by draft-ietf-httpapi-idempotency-key-header.
static HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer was given before.
static REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The key of a request; a route that creates money takes it.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: String,
    route: String,
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Outcome<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(only_header(request, &HEADER).and_then(|key| match key {
            Some(key) if (1..=255).contains(&key.len()) => Ok(Self { key: key.to_owned(), route: route_of(request) }),
            _ => Err(Problem::from(&codes::KEY_REQUIRED)),
        }))
    }
}

/// The route with the ids in its path: one text, in however many ways its address can be written (`%64` for `d`, an id
/// in capitals).
fn route_of(request: &HttpRequest) -> String {
    let pattern = request.match_pattern().unwrap_or_else(|| request.path().to_owned());
    request.match_info().iter().fold(format!("{} {pattern}", request.method()), |route, (name, value)| {
        let id = value.parse::<Uuid>().map_or_else(|_| value.to_owned(), |id| id.to_string());
        route.replace(&format!("{{{name}}}"), &id)
    })
}

/// An answer that can be given again.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
}

impl Answer {
    /// 201 with this body.
    ///
    /// # Errors
    /// An internal problem where it can't be written as JSON.
    pub fn created(body: &impl serde::Serialize) -> Outcome<Self> {
        Ok(Self { status: 201, body: serde_json::to_value(body).map_err(Problem::internal)? })
    }

    /// 200 with this body.
    ///
    /// # Errors
    /// As [`Answer::created`].
    pub fn ok(body: &impl serde::Serialize) -> Outcome<Self> {
        Ok(Self { status: 200, ..Self::created(body)? })
    }
}

/// A request by its key: the same key with another digest is another request.
#[derive(Debug, Clone)]
pub struct Keyed {
    key: IdempotencyKey,
    digest: [u8; 32],
}

impl Keyed {
    /// The caller's request. `asked` is all that its effect hangs on. The lane belongs to it, too: an answer is given again
    /// only to a token that sees as much as the first one.
    #[must_use]
    pub fn new(caller: &Principal, key: &IdempotencyKey, asked: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(caller.lane.as_bytes()).chain_update(asked).finalize().into();
        Self { key: key.clone(), digest }
    }
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
struct Stored<'a> {
    client: &'a str,
    route: &'a str,
    key: &'a str,
    body_digest: &'a [u8],
    status: i16,
    answer: Vec<u8>,
}

/// Runs `effect` once for this key and body; a repeat gets the first answer.
///
/// # Errors
/// `request-still-running`, `idempotency-key-reused`, or the effect's own refusal.
pub async fn once(
    db: &Db,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    body: &[u8],
    effect: impl AsyncFnOnce(&mut Tx) -> Outcome<Answer>,
) -> Outcome<HttpResponse> {
    Ok(told_once(db, vault, caller, key, body, effect).await?.respond())
}

/// An answer on its way to the caller.
#[derive(Debug, Clone)]
pub struct Told {
    answer: Answer,
    repeated: bool,
}

impl Told {
    /// The first answer to a request.
    #[must_use]
    pub const fn first(answer: Answer) -> Self {
        Self { answer, repeated: false }
    }

    const fn again(answer: Answer) -> Self {
        Self { answer, repeated: true }
    }

    /// As JSON.
    #[must_use]
    pub fn respond(self) -> HttpResponse {
        respond(&self.answer, self.repeated)
    }

    /// In a form of the route's own; a stored refusal is a problem in any case.
    ///
    /// # Errors
    /// Those of the form.
    pub fn respond_by(self, form: impl FnOnce(&Value) -> Outcome<HttpResponse>) -> Outcome<HttpResponse> {
        if self.answer.status >= 300 {
            return Ok(self.respond());
        }
        let mut response = form(&self.answer.body)?;
        if self.repeated {
            response.headers_mut().insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        }
        Ok(response)
    }
}

/// As [`once`], for a route that gives the answer a form of its own. `asked` is all that the effect hangs on: what the
/// address says, too.
///
/// # Errors
/// As [`once`].
pub async fn told_once(
    db: &Db,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    asked: &[u8],
    effect: impl AsyncFnOnce(&mut Tx) -> Outcome<Answer>,
) -> Outcome<Told> {
    if caller.dry_run {
        return db.act(caller, effect).await.map(Told::first);
    }
    let keyed = Keyed::new(caller, key, asked);
    let outcome = db
        .act(caller, async |tx| {
            lock(tx, caller, &keyed).await?;
            if let Some(first) = first_answer(tx, vault, caller, &keyed).await? {
                return Ok(Told::again(first));
            }
            let answer = effect(tx).await?;
            store(tx, vault, &[(caller, &keyed, &answer)]).await?;
            Ok(Told::first(answer))
        })
        .await;
    match outcome {
        Ok(told) => Ok(told),
        Err(problem) if stands(problem.code) => {
            // A repeat may have got in between and been answered otherwise: then that is the first answer.
            let first = remember_refusal(db, vault, caller, &keyed, &problem).await?;
            first.map_or(Err(problem), |answer| Ok(Told::again(answer)))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether a refusal is kept as the answer to this key. It is where the rule refuses what the request says (422):
/// the same request will not fare better. Everything else is of the moment (409: a state that may change; 429, 503),
/// of our making (5xx), or about what may come to be (403, 404): a later try with the same key is judged anew.
fn stands(code: &'static Code) -> bool {
    code.status == 422 && code != &codes::KEY_REUSED
}

async fn remember_refusal(
    db: &Db,
    vault: &Vault,
    caller: &Principal,
    keyed: &Keyed,
    problem: &Problem,
) -> Outcome<Option<Answer>> {
    let (status, body) = problem.stored();
    db.act(caller, async |tx| {
        lock(tx, caller, keyed).await?;
        match first_answer(tx, vault, caller, keyed).await? {
            Some(first) => Ok(Some(first)),
            None => store(tx, vault, &[(caller, keyed, &Answer { status, body })]).await.map(|()| None),
        }
    })
    .await
}

async fn lock(tx: &mut Tx, caller: &Principal, keyed: &Keyed) -> Outcome<()> {
    if try_lock(tx, &[(caller, keyed)]).await?.contains(&true) {
        Ok(())
    } else {
        Err(Problem::from(&codes::STILL_RUNNING))
    }
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    is_free: bool,
}

/// Locks the keys until the transaction ends; answers of each whether it was free. Raw, because PostgreSQL's advisory locks
/// have no word in the query builder.
async fn try_lock(tx: &mut Tx, asked: &[(&Principal, &Keyed)]) -> Outcome<Vec<bool>> {
    const LOCK: &str = "
        SELECT pg_try_advisory_xact_lock(hashtextextended(name, 7)) AS is_free
        FROM unnest($1) WITH ORDINALITY AS asked (name, row_no) ORDER BY row_no";
    let names: Vec<String> = asked
        .iter()
        .map(|(caller, Keyed { key, .. })| format!("{}\n{}\n{}", caller.subject, key.route, key.key))
        .collect();
    let locked: Vec<Locked> =
        planned_for(asked.len(), diesel::sql_query(LOCK).bind::<Array<Text>, _>(names)).load(&mut **tx).await?;
    Ok(locked.into_iter().map(|row| row.is_free).collect())
}

async fn first_answer(
    tx: &mut Tx,
    vault: &Vault,
    caller: &Principal,
    Keyed { key, digest }: &Keyed,
) -> Outcome<Option<Answer>> {
    let stored: Option<(Vec<u8>, i16, Vec<u8>)> = idempotency_keys::table
        .find((&caller.subject, &key.route, &key.key))
        .select((idempotency_keys::body_digest, idempotency_keys::status, idempotency_keys::answer))
        .first(&mut **tx)
        .await
        .optional()?;
    let Some((body_digest, status, sealed)) = stored else { return Ok(None) };
    if body_digest != digest {
        return Err(Problem::from(&codes::KEY_REUSED));
    }
    let body: Value = serde_json::from_slice(&vault.open(Use::StoredAnswer, &sealed)?).map_err(Problem::internal)?;
    // What is told again is seen again.
    let trace = audit::Entry {
        individual_ids: ids_in(&body, &["individual_id", "shared_with"]),
        ..audit::Entry::households("answer.replayed", ids_in(&body, &["household_id"]))
    };
    tx.trace(trace.details(json!({ "route": key.route })));
    Ok(Some(Answer { status: u16::try_from(status).unwrap_or(500), body }))
}

/// The ids that an answer holds under these names, one or a list of them, at whatever depth, each once.
fn ids_in(answer: &Value, names: &[&str]) -> Vec<Uuid> {
    let id = |value: &Value| value.as_str().and_then(|id| id.parse::<Uuid>().ok());
    let mut ids = BTreeSet::new();
    let mut open = vec![answer];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                for named in names.iter().filter_map(|name| members.get(*name)) {
                    ids.extend(id(named));
                    ids.extend(named.as_array().into_iter().flatten().filter_map(id));
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    ids.into_iter().collect()
}

async fn store(tx: &mut Tx, vault: &Vault, answered: &[(&Principal, &Keyed, &Answer)]) -> Outcome<()> {
    let rows = answered.iter().map(|(caller, Keyed { key, digest }, answer)| {
        let body = serde_json::to_vec(&answer.body).map_err(Problem::internal)?;
        Ok(Stored {
            client: &caller.subject,
            route: &key.route,
            key: &key.key,
            body_digest: digest,
            status: i16::try_from(answer.status).unwrap_or(500),
            answer: vault.seal(Use::StoredAnswer, &body)?,
        })
    });
    let rows: Vec<Stored<'_>> = rows.collect::<Outcome<_>>()?;
    diesel::insert_into(idempotency_keys::table).values(&rows).execute(&mut **tx).await?;
    Ok(())
}

fn respond(answer: &Answer, repeated: bool) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if repeated {
        response.insert_header((REPLAYED.clone(), "true"));
    }
    if let Some(version) = answer.body.get("version").and_then(Value::as_i64) {
        response.insert_header((header::ETAG, format!("\"{version}\"")));
    }
    if !status.is_success() {
        response.content_type("application/problem+json");
    }
    response.json(&answer.body)
}

/// Deletes stored answers that have outlived their retention. A request that is repeated after that is a new one.
pub fn delete_answers(db: Db, settings: SharedSettings) -> LocalBoxFuture<'static, Outcome<usize>> {
    Box::pin(async move {
        let before = days_ago(settings.retention.answers);
        let due = idempotency_keys::table.filter(idempotency_keys::created_at.lt(before));
        db.act_as_service(async |tx| Ok(diesel::delete(due).execute(&mut **tx).await?)).await
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_rule_refuses_stands() {
        for passing in [
            &codes::NO_ACTIVE_RELEASE,
            &codes::STILL_RUNNING,
            &codes::STALE,
            &codes::VERSION_REQUIRED,
            &codes::BUSY,
            &codes::INTERNAL,
            &codes::NOT_FOUND,
            &codes::FORBIDDEN,
            &codes::KEY_REUSED,
        ] {
            assert!(!stands(passing), "{}", passing.code);
        }
        assert!(stands(&codes::INVALID) && stands(&codes::PURPOSE_REQUIRED));
    }

    #[test]
    fn the_ids_of_an_answer_are_found_at_any_depth_and_once() {
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        let answer = json!({ "household_id": one, "items": [{ "household_id": two }, { "household_id": one, "x": { "household_id": null } }] });
        assert_eq!(ids_in(&answer, &["household_id"]), [one, two]);
        let answer = json!({ "individual_id": one, "shared_with": [two, "dinkes"], "other": [one] });
        assert_eq!(ids_in(&answer, &["individual_id", "shared_with"]), [one, two]);
        assert_eq!(ids_in(&answer, &["shared_with"]), [two]);
    }
}
