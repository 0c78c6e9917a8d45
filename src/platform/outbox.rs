//! The outbox: what changed, written in the transaction that changed it. Nothing reads it yet; the feeds, webhooks and
//! subscriptions to come will, by the number that a sequencer gives to committed rows.

use super::problem::Outcome;
use crate::schema::outbox_events;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

/// One change.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = outbox_events)]
pub struct Event {
    event_id: Uuid,
    kind: &'static str,
    agency_code: Option<String>,
    household_id: Option<Uuid>,
    subject_id: Uuid,
    payload: Value,
}

impl Event {
    /// A change of `subject_id`. The payload carries ids and states, never a name or number.
    #[must_use]
    pub fn new(kind: &'static str, subject_id: Uuid, payload: Value) -> Self {
        Self { event_id: Uuid::now_v7(), kind, agency_code: None, household_id: None, subject_id, payload }
    }

    /// Says whose work it is.
    #[must_use]
    pub fn of_agency(mut self, agency: impl Into<String>) -> Self {
        self.agency_code = Some(agency.into());
        self
    }

    /// Says which household it touches.
    #[must_use]
    pub fn on_household(mut self, household_id: Uuid) -> Self {
        self.household_id = Some(household_id);
        self
    }
}

/// How many rows of six columns go into one statement; PostgreSQL takes 65,535 parameters.
const ROWS_A_STATEMENT: usize = 8_000;

/// Writes events.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn write(connection: &mut AsyncPgConnection, events: &[Event]) -> Outcome<()> {
    for rows in events.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(outbox_events::table).values(rows).execute(connection).await?;
    }
    Ok(())
}
