//! The trail of processing (jejak pemrosesan, UU 27/2022): who read or changed what of whom. An entry is
//! written in the transaction that reads or changes, so it is durable before the answer goes out. Ids only,
//! never a NIK or KK number.

use super::{auth::Principal, problem::Outcome};
use crate::schema::audit_entries;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use std::borrow::Cow;
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

/// Writes entries of one caller.
///
/// # Errors
/// An internal problem where PostgreSQL refuses; the caller's transaction then fails with it.
pub async fn write(connection: &mut AsyncPgConnection, caller: &Principal, entries: &[Entry]) -> Outcome<()> {
    let rows: Vec<NewEntry<'_>> = entries
        .iter()
        .map(|entry| NewEntry {
            role: caller.role.as_str(),
            agency_code: &caller.agency,
            // Of a trial nothing stays; what was read for it was read all the same.
            action: if caller.dry_run { format!("{}.tried", entry.action).into() } else { entry.action.into() },
            purpose: entry.purpose.as_deref(),
            subject_ids: vec![&caller.subject],
            actor_ids: vec![caller.acting_for.as_deref().unwrap_or_default()],
            peers: vec![&caller.peer],
            request_ids: vec![caller.request_id],
            household_ids: &entry.household_ids,
            individual_ids: &entry.individual_ids,
            details: entry.details.as_ref(),
        })
        .collect();
    diesel::insert_into(audit_entries::table).values(&rows).execute(connection).await?;
    Ok(())
}
