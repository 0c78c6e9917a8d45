//! The trail of processing (jejak pemrosesan, UU 27/2022): who read or changed what of whom. An entry is
//! written in the transaction that reads or changes, or right after it where a refusal undoes that one; so it is
//! durable before the answer goes out. Ids only, never a NIK or KK number.

use super::{auth::Principal, problem::Outcome, request::Origin};
use crate::schema::audit_entries;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use std::borrow::Cow;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

/// One act on personal data.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// What was done: `household.read`.
    pub action: &'static str,
    /// The programme, case or agreement that it was done for, where one is named.
    pub purpose: Option<String>,
    /// Whose families.
    pub household_ids: Vec<Uuid>,
    /// Which persons.
    pub individual_ids: Vec<Uuid>,
    /// What else the auditor will want: a filter, a count. Never a number or name.
    pub details: Option<Value>,
}

impl Entry {
    /// An act on these households.
    #[must_use]
    pub fn households(action: &'static str, household_ids: Vec<Uuid>) -> Self {
        Self { action, household_ids, ..Self::default() }
    }

    /// Names what it was for.
    #[must_use]
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Adds what the auditor will want to know.
    #[must_use]
    pub fn details(mut self, details: Value) -> Self {
        self.details = Some(details);
        self
    }
}

#[derive(Insertable)]
#[diesel(table_name = audit_entries)]
struct NewEntry<'a> {
    role: &'a str,
    agency_code: &'a str,
    action: Cow<'a, str>,
    purpose: Option<&'a str>,
    subject_ids: Vec<&'a str>,
    actor_ids: Vec<&'a str>,
    peers: Vec<&'a str>,
    request_ids: Vec<Uuid>,
    household_ids: &'a [Uuid],
    individual_ids: &'a [Uuid],
    details: Option<&'a Value>,
}

/// How an act ended; what was read for it was read all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It stands.
    Done,
    /// It was a trial, of which nothing stays: the action reads `….tried`.
    Tried,
    /// It was refused and undone: the action reads `….refused`.
    Refused,
}

impl End {
    fn of(self, action: &'static str) -> Cow<'static, str> {
        match self {
            Self::Done => action.into(),
            Self::Tried => format!("{action}.tried").into(),
            Self::Refused => format!("{action}.refused").into(),
        }
    }
}

/// Who acts, from where, in which request.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    role: &'a str,
    agency: &'a str,
    subject: &'a str,
    acting_for: &'a str,
    peer: &'a str,
    request_id: Uuid,
}

impl<'a> From<&'a Principal> for Author<'a> {
    fn from(caller: &'a Principal) -> Self {
        Self {
            role: caller.role.as_str(),
            agency: &caller.agency,
            subject: &caller.subject,
            acting_for: caller.acting_for.as_deref().unwrap_or_default(),
            peer: &caller.peer,
            request_id: caller.request_id,
        }
    }
}

/// Somebody without a token: the service's lane writes for them, and only the request says from where.
impl<'a> From<&'a Origin> for Author<'a> {
    fn from(origin: &'a Origin) -> Self {
        Self {
            role: "service",
            agency: "",
            subject: "nobody",
            acting_for: "",
            peer: &origin.peer,
            request_id: origin.request_id,
        }
    }
}

/// Writes entries of one caller, whose act stands.
///
/// # Errors
/// An internal problem where PostgreSQL refuses; the caller's transaction then fails with it.
pub async fn write(connection: &mut AsyncPgConnection, caller: &Principal, entries: &[Entry]) -> Outcome<()> {
    let signed: Vec<_> = entries.iter().map(|entry| (Author::from(caller), entry)).collect();
    write_as(connection, End::Done, &signed).await
}

/// Writes entries, each with its author, and how the act ended.
///
/// # Errors
/// As [`write`].
pub async fn write_as(connection: &mut AsyncPgConnection, end: End, signed: &[(Author<'_>, &Entry)]) -> Outcome<()> {
    let rows: Vec<NewEntry<'_>> = signed
        .iter()
        .map(|(author, entry)| NewEntry {
            role: author.role,
            agency_code: author.agency,
            action: end.of(entry.action),
            purpose: entry.purpose.as_deref(),
            subject_ids: vec![author.subject],
            actor_ids: vec![author.acting_for],
            peers: vec![author.peer],
            request_ids: vec![author.request_id],
            household_ids: &entry.household_ids,
            individual_ids: &entry.individual_ids,
            details: entry.details.as_ref(),
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(connection).await?;
    Ok(())
}

/// Households that several callers read in one flight (`platform::gather`), as arrays in step.
#[derive(Debug, Default)]
pub struct GatheredReads<'a> {
    roles: Vec<&'a str>,
    agencies: Vec<&'a str>,
    subjects: Vec<&'a str>,
    actors: Vec<&'a str>,
    peers: Vec<&'a str>,
    requests: Vec<Uuid>,
    households: Vec<Uuid>,
}

impl<'a> GatheredReads<'a> {
    /// One entry for each role and agency. The statement stands whole, since the gathering connections are not Diesel's:
    /// they send it with the commit behind it.
    const SQL: &'static str = "
        INSERT INTO audit_entries (role, agency_code, action, subject_ids, actor_ids, peers, request_ids, household_ids)
        SELECT role, agency, 'household.read', array_agg(subject), array_agg(actor), array_agg(peer), array_agg(request),
               array_agg(household)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[])
             AS read (role, agency, subject, actor, peer, request, household)
        GROUP BY role, agency";

    /// Prepares what [`GatheredReads::write`] needs.
    ///
    /// # Errors
    /// PostgreSQL's.
    pub async fn prepare(client: &Client) -> Result<Statement, tokio_postgres::Error> {
        client.prepare(Self::SQL).await
    }

    /// Adds one caller's read.
    pub fn add(&mut self, caller: &'a Principal, household: Uuid) {
        self.roles.push(caller.role.as_str());
        self.agencies.push(&caller.agency);
        self.subjects.push(&caller.subject);
        self.actors.push(caller.acting_for.as_deref().unwrap_or_default());
        self.peers.push(&caller.peer);
        self.requests.push(caller.request_id);
        self.households.push(household);
    }

    /// Writes the entries, in the transaction that read.
    ///
    /// # Errors
    /// PostgreSQL's; the transaction then fails with it.
    pub async fn write(&self, client: &Client, prepared: &Statement) -> Result<(), tokio_postgres::Error> {
        if self.households.is_empty() {
            return Ok(());
        }
        let Self { roles, agencies, subjects, actors, peers, requests, households } = self;
        client.execute(prepared, &[roles, agencies, subjects, actors, peers, requests, households]).await.map(drop)
    }
}
