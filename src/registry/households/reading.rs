//! The hot path: one household with its members, by id, authorised by the lane and audited.
//!
//! Reads that wait together are one flight: for each lane the households, their members and one audit row, and one
//! commit for all of them. The transaction reads from one snapshot, so that no answer mixes two releases.
//! The statements stand here whole: pipelining, and a trace written by the statement that reads, are beyond the
//! query builder.

use super::columns::{HouseholdRow, IndividualRow};
use crate::platform::{
    gather::{Flight, Group, Waiting},
    problem::Outcome,
};
use futures::future::{LocalBoxFuture, join_all};
use std::collections::HashMap;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

/// A household and its members, as rows.
pub type Found = (HouseholdRow, Vec<IndividualRow>);

/// Reads of households by id.
pub struct HouseholdReads;

/// The statements of a connection.
pub struct Statements {
    households: Statement,
    members: Statement,
}

fn households_sql() -> String {
    format!(
        "WITH found AS MATERIALIZED (
             SELECT {columns} FROM household_snapshots
             WHERE release_id = (SELECT release_id FROM active_release) AND household_id = ANY ($1)),
         trace AS (
             INSERT INTO audit_entries (role, agency_code, action, subject_ids, actor_ids, peers, request_ids, household_ids)
             SELECT lane_role(), lane_agency(), 'household.read', array_agg(a.subject), array_agg(a.actor), array_agg(a.peer),
                    array_agg(a.request), array_agg(a.household_id)
             FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[]) AS a (household_id, subject, actor, peer, request)
             WHERE a.household_id IN (SELECT household_id FROM found)
             HAVING count(*) > 0)
         SELECT {columns} FROM found",
        columns = HouseholdRow::COLUMNS.join(", ")
    )
}

fn members_sql() -> String {
    format!(
        "SELECT {} FROM individual_snapshots
         WHERE release_id = (SELECT release_id FROM active_release) AND household_id = ANY ($1)
         ORDER BY household_id, position",
        IndividualRow::COLUMNS.join(", ")
    )
}

impl Flight for HouseholdReads {
    type Question = Uuid;
    type Answer = Option<Found>;
    type Prepared = Statements;

    async fn prepare(client: &Client) -> Result<Statements, tokio_postgres::Error> {
        Ok(Statements {
            households: client.prepare(&households_sql()).await?,
            members: client.prepare(&members_sql()).await?,
        })
    }

    async fn fly(
        client: &Client,
        prepared: &Statements,
        groups: Vec<Group<Uuid, Option<Found>>>,
    ) -> Result<(), tokio_postgres::Error> {
        let asked: Vec<Asked<'_>> = groups.iter().map(Asked::of).collect();
        let lanes: Vec<String> = groups
            .iter()
            .zip(0..)
            .map(|(group, number)| {
                if number == 0 {
                    format!("BEGIN ISOLATION LEVEL REPEATABLE READ;{}", group.lane)
                } else {
                    group.lane.to_string()
                }
            })
            .collect();
        // Polled in order, sent in order: the whole flight goes out before the first answer comes back.
        let mut flight: Vec<LocalBoxFuture<'_, Result<Vec<Row>, tokio_postgres::Error>>> = Vec::new();
        for (asked, lane) in asked.iter().zip(&lanes) {
            flight.push(Box::pin(async move { client.batch_execute(lane).await.map(|()| Vec::new()) }));
            flight.push(Box::pin(async move { asked.households(client, prepared).await }));
            flight.push(Box::pin(async move { client.query(&prepared.members, &[&asked.ids]).await }));
        }
        flight.push(Box::pin(async move { client.batch_execute("COMMIT").await.map(|()| Vec::new()) }));
        let landed: Result<Vec<Vec<Row>>, _> = join_all(flight).await.into_iter().collect();
        drop(asked);
        let landed = match landed {
            Ok(landed) => landed,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        let mut rows = landed.into_iter();
        for group in groups {
            let (_lane, households, members) =
                (rows.next(), rows.next().unwrap_or_default(), rows.next().unwrap_or_default());
            answer(group.waiting, &households, &members)?;
        }
        Ok(())
    }
}

/// The arrays of one lane's questions, in step.
struct Asked<'a> {
    ids: Vec<Uuid>,
    subjects: Vec<&'a str>,
    actors: Vec<&'a str>,
    peers: Vec<&'a str>,
    requests: Vec<Uuid>,
}

impl<'a> Asked<'a> {
    fn of(group: &'a Group<Uuid, Option<Found>>) -> Self {
        let each = || group.waiting.iter();
        Self {
            ids: each().map(|waiting| waiting.question).collect(),
            subjects: each().map(|waiting| waiting.caller.subject.as_str()).collect(),
            actors: each().map(|waiting| waiting.caller.acting_for.as_deref().unwrap_or_default()).collect(),
            peers: each().map(|waiting| &*waiting.caller.peer).collect(),
            requests: each().map(|waiting| waiting.caller.request_id).collect(),
        }
    }

    async fn households(&self, client: &Client, prepared: &Statements) -> Result<Vec<Row>, tokio_postgres::Error> {
        client
            .query(&prepared.households, &[&self.ids, &self.subjects, &self.actors, &self.peers, &self.requests])
            .await
    }
}

/// Hands each caller its household. The same household may have been asked for twice.
fn answer(
    waiting: Vec<Waiting<Uuid, Option<Found>>>,
    households: &[Row],
    members: &[Row],
) -> Result<(), tokio_postgres::Error> {
    let mut found: HashMap<Uuid, Found> = HashMap::with_capacity(households.len());
    for row in households {
        let household = HouseholdRow::read(row)?;
        let members = Vec::with_capacity(usize::try_from(household.member_count).unwrap_or(0));
        found.insert(household.household_id, (household, members));
    }
    for row in members {
        let member = IndividualRow::read(row)?;
        if let Some((_, members)) = found.get_mut(&member.household_id) {
            members.push(member);
        }
    }
    for asked in waiting {
        let answer: Outcome<Option<Found>> = Ok(found.get(&asked.question).cloned());
        // A caller that hung up meanwhile takes no answer; the trace stands all the same.
        let _ = asked.reply.send(answer);
    }
    Ok(())
}
