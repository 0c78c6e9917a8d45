//! The hot path: one household with its members, by id, authorised by the lane and audited.
//!
//! Reads that wait together fly together: for each lane its households and their members, then one trace for all of
//! them, and one commit. The transaction reads from one snapshot, so that no answer mixes two releases.
//! The statements stand here whole: pipelining is beyond the query builder.

use super::columns::{HouseholdRow, IndividualRow};
use crate::platform::{
    audit::GatheredReads,
    config::Settings,
    gather::{Flight, Group},
    problem::{Outcome, Problem},
};
use futures::future::{LocalBoxFuture, join, join_all};
use std::{collections::HashMap, sync::Arc};
use tokio_postgres::{Client, Error, NoTls, Row, Statement};
use uuid::Uuid;

/// A household and its members, as rows.
pub type Found = (HouseholdRow, Vec<IndividualRow>);

/// Reads of households by id.
pub struct HouseholdReads;

/// A connection and its statements.
pub struct Reader {
    client: Client,
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
    type Connection = Reader;

    async fn connect(settings: &Settings) -> Outcome<Reader> {
        Reader::connect(&settings.database_url).await.map_err(Problem::internal)
    }

    async fn fly(reader: &mut Reader, groups: Vec<Group<Uuid, Self::Answer>>) -> Outcome<()> {
        reader.answer(groups).await.map_err(Problem::internal)
    }
}

impl Reader {
    async fn connect(url: &str) -> Result<Self, Error> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::task::spawn_local(connection);
        // The statements are few, wide and always asked alike: planning them anew each time takes longer than running them.
        client.batch_execute("SET plan_cache_mode = force_generic_plan").await?;
        Ok(Self {
            households: client.prepare(&households_sql()).await?,
            members: client.prepare(&members_sql()).await?,
            trace: GatheredReads::prepare(&client).await?,
            client,
        })
    }

    async fn answer(&self, groups: Vec<Group<Uuid, Option<Arc<Found>>>>) -> Result<(), Error> {
        let found = match self.read(&groups).await {
            Ok(found) => found,
            Err(error) => {
                self.client.batch_execute("ROLLBACK").await?;
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
        let commit = self.client.batch_execute("COMMIT");
        let (traced, committed) = join(reads.write(&self.client, &self.trace), commit).await;
        traced.and(committed)?;
        for (group, found) in groups.into_iter().zip(found) {
            for asked in group.waiting {
                // A caller that hung up meanwhile takes no answer; the trace stands all the same.
                let _ = asked.reply.send(Ok(found.get(&asked.question).cloned()));
            }
        }
        Ok(())
    }

    /// What each group's lane has of the households that it asks for.
    async fn read(&self, groups: &[Group<Uuid, Option<Arc<Found>>>]) -> Result<Vec<ById>, Error> {
        let Self { client, households, members, .. } = self;
        let asked: Vec<Vec<Uuid>> =
            groups.iter().map(|group| group.waiting.iter().map(|asked| asked.question).collect()).collect();
        // Polled in order, sent in order: all goes out before the first answer comes back.
        let mut flight: Vec<LocalBoxFuture<'_, Result<Vec<Row>, Error>>> = Vec::new();
        for (number, (group, ids)) in groups.iter().zip(&asked).enumerate() {
            let begin = if number == 0 { "BEGIN ISOLATION LEVEL REPEATABLE READ;" } else { "" };
            let lane = format!("{begin}{}", group.lane);
            flight.push(Box::pin(async move { client.batch_execute(&lane).await.map(|()| Vec::new()) }));
            flight.push(Box::pin(async move { client.query(households, &[ids]).await }));
            flight.push(Box::pin(async move { client.query(members, &[ids]).await }));
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
}

type ById = HashMap<Uuid, Arc<Found>>;

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
