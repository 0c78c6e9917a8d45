//! `Idempotency-Key`: a request that makes money has its effect once, whatever is sent again.
//!
//! The key is the client's own, per route. A try-lock on it answers 409 while the first is under way; the first
//! answer is sealed and stored in the effect's own transaction, so that there is no moment at which the one
//! exists without the other. A refusal by rule undoes its effect and is stored in a transaction of its own.

use super::{
    auth::Principal,
    db::{Db, Tx},
    problem::{Code, Outcome, Problem, codes},
    vault::{Use, Vault},
};
use crate::schema::idempotency_keys;
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
};
use diesel::{dsl::sql, prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    future::{Ready, ready},
    ops::AsyncFnOnce,
};

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
        let key = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
        ready(match key {
            Some(key) if (1..=255).contains(&key.len()) => {
                Ok(Self { key: key.to_owned(), route: format!("{} {}", request.method(), request.path()) })
            }
            _ => Err(Problem::from(&codes::KEY_REQUIRED)),
        })
    }
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
/// `request-still-running`, `idempotency-key-reused`, or the effect's own refusal (stored, where a rule
/// refused; given as it is, where we failed or the caller should simply try again).
pub async fn once(
    db: &Db,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    body: &[u8],
    effect: impl AsyncFnOnce(&mut Tx) -> Outcome<Answer>,
) -> Outcome<HttpResponse> {
    let digest: [u8; 32] = Sha256::digest(body).into();
    let outcome = db
        .act(caller, async |tx| {
            lock(tx, caller, key).await?;
            if let Some(first) = first_answer(tx, vault, caller, key, &digest).await? {
                return Ok((first, true));
            }
            let answer = effect(tx).await?;
            store(tx, vault, caller, key, &digest, &answer).await?;
            Ok((answer, false))
        })
        .await;
    match outcome {
        Ok((answer, repeated)) => Ok(respond(&answer, repeated)),
        Err(problem) if is_rule(problem.code) => {
            // A repeat may have got in between and been answered otherwise: then that is the first answer.
            let first = remember_refusal(db, vault, caller, key, &digest, &problem).await?;
            first.map_or(Err(problem), |answer| Ok(respond(&answer, true)))
        }
        Err(problem) => Err(problem),
    }
}

/// Whether a refusal is the rule's word, which will be the same next time, and not one about the request's own
/// form or the moment.
fn is_rule(code: &'static Code) -> bool {
    matches!(code.status, 409 | 422) && ![&codes::STILL_RUNNING, &codes::KEY_REUSED].contains(&code)
}

async fn remember_refusal(
    db: &Db,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    problem: &Problem,
) -> Outcome<Option<Answer>> {
    let (status, body) = problem.stored();
    db.act(caller, async |tx| {
        lock(tx, caller, key).await?;
        match first_answer(tx, vault, caller, key, digest).await? {
            Some(first) => Ok(Some(first)),
            None => store(tx, vault, caller, key, digest, &Answer { status, body }).await.map(|()| None),
        }
    })
    .await
}

/// PostgreSQL's advisory locks have no word in the query builder.
async fn lock(tx: &mut Tx, caller: &Principal, key: &IdempotencyKey) -> Outcome<()> {
    let name = format!("{}\n{}\n{}", caller.subject, key.route, key.key);
    let free: bool = diesel::select(
        sql::<Bool>("pg_try_advisory_xact_lock(hashtextextended(")
            .bind::<diesel::sql_types::Text, _>(name)
            .sql(", 7))"),
    )
    .get_result(&mut **tx)
    .await?;
    if free { Ok(()) } else { Err(Problem::from(&codes::STILL_RUNNING)) }
}

async fn first_answer(
    tx: &mut Tx,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    digest: &[u8; 32],
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
    let body = serde_json::from_slice(&vault.open(Use::StoredAnswer, &sealed)?).map_err(Problem::internal)?;
    Ok(Some(Answer { status: u16::try_from(status).unwrap_or(500), body }))
}

async fn store(
    tx: &mut Tx,
    vault: &Vault,
    caller: &Principal,
    key: &IdempotencyKey,
    digest: &[u8; 32],
    answer: &Answer,
) -> Outcome<()> {
    let body = serde_json::to_vec(&answer.body).map_err(Problem::internal)?;
    let row = Stored {
        client: &caller.subject,
        route: &key.route,
        key: &key.key,
        body_digest: digest,
        status: i16::try_from(answer.status).unwrap_or(500),
        answer: vault.seal(Use::StoredAnswer, &body)?,
    };
    diesel::insert_into(idempotency_keys::table).values(&row).execute(&mut **tx).await?;
    Ok(())
}

fn respond(answer: &Answer, repeated: bool) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    if repeated {
        response.insert_header(("idempotent-replayed", "true"));
    }
    if let Some(version) = answer.body.get("version").and_then(Value::as_i64) {
        response.insert_header((header::ETAG, format!("\"{version}\"")));
    }
    if !status.is_success() {
        response.content_type("application/problem+json");
    }
    response.json(&answer.body)
}
