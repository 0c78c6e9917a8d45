//! The hot path: one household with its members, by id, authorised by the lane and audited.
//!
//! Reads that wait together fly together: for each lane its households and their members, then one trace for all of
//! them, and one commit. The transaction reads from one snapshot, so that no answer mixes two releases.
//! The statements stand here whole: pipelining is beyond the query builder.

use super::columns::{HouseholdRow, IndividualRow};
use crate::platform::{
    audit::GatheredReads,
    gather::{Flight, Group},
};
use futures::future::{LocalBoxFuture, join, join_all};
use std::{collections::HashMap, sync::Arc};
use tokio_postgres::{Client, Error, Row, Statement};
use uuid::Uuid;

/// A household and its members, as rows.
pub type Found = (HouseholdRow, Vec<IndividualRow>);

/// Reads of households by id.
pub struct HouseholdReads;

/// The statements of a connection.
pub struct Statements {
    households: Statement,
    members: Statement,
    trace: Statement,
}

fn households_sql() -> String {
    format!(
        "SELECT {} FROM household_snapshots
         WHERE release_id = (SELECT release_id FROM active_release) AND household_id = ANY ($1)",
        HouseholdRow::COLUMNS.join(", ")
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
    type Answer = Option<Arc<Found>>;
    type Prepared = Statements;

    async fn prepare(client: &Client) -> Result<Statements, Error> {
        Ok(Statements {
            households: client.prepare(&households_sql()).await?,
            members: client.prepare(&members_sql()).await?,
            trace: GatheredReads::prepare(client).await?,
        })
    }

    async fn fly(client: &Client, prepared: &Statements, groups: Vec<Group<Uuid, Self::Answer>>) -> Result<(), Error> {
        let found = match read(client, prepared, &groups).await {
            Ok(found) => found,
            Err(error) => {
                client.batch_execute("ROLLBACK").await?;
                return Err(error);
            }
        };
        let mut reads = GatheredReads::default();
        for (group, found) in groups.iter().zip(&found) {
            for asked in group.waiting.iter().filter(|asked| found.contains_key(&asked.question)) {
                reads.add(&asked.caller, asked.question);
            }
        }
        // The commit follows without waiting. After a trace that failed it does nothing, and nobody is answered.
        let (traced, committed) = join(reads.write(client, &prepared.trace), client.batch_execute("COMMIT")).await;
        traced.and(committed)?;
        for (group, found) in groups.into_iter().zip(found) {
            for asked in group.waiting {
                // A caller that hung up meanwhile takes no answer; the trace stands all the same.
                let _ = asked.reply.send(Ok(found.get(&asked.question).cloned()));
            }
        }
        Ok(())
    }
}

type ById = HashMap<Uuid, Arc<Found>>;

/// What each group's lane has of the households that it asks for.
async fn read(
    client: &Client,
    prepared: &Statements,
    groups: &[Group<Uuid, Option<Arc<Found>>>],
) -> Result<Vec<ById>, Error> {
    let asked: Vec<Vec<Uuid>> =
        groups.iter().map(|group| group.waiting.iter().map(|asked| asked.question).collect()).collect();
    // Polled in order, sent in order: all goes out before the first answer comes back.
    let mut flight: Vec<LocalBoxFuture<'_, Result<Vec<Row>, Error>>> = Vec::new();
    for (number, (group, ids)) in groups.iter().zip(&asked).enumerate() {
        let begin = if number == 0 { "BEGIN ISOLATION LEVEL REPEATABLE READ;" } else { "" };
        let lane = format!("{begin}{}", group.lane);
        flight.push(Box::pin(async move { client.batch_execute(&lane).await.map(|()| Vec::new()) }));
        flight.push(Box::pin(async move { client.query(&prepared.households, &[ids]).await }));
        flight.push(Box::pin(async move { client.query(&prepared.members, &[ids]).await }));
    }
    let landed: Vec<Vec<Row>> = join_all(flight).await.into_iter().collect::<Result<_, _>>()?;
    landed
        .chunks_exact(3)
        .map(|landed| match landed {
            [_lane, households, members] => put_together(households, members),
            _ => Ok(ById::new()),
        })
        .collect()
}

fn put_together(households: &[Row], members: &[Row]) -> Result<ById, Error> {
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
    Ok(found.into_iter().map(|(id, found)| (id, Arc::new(found))).collect())
}
