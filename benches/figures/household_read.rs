//! The hot path: one household with its members by id, authorised and audited, from 24 tokens in 8 lanes; against
//! one prepared query that returns the same rows.

use crate::{
    Bench, Outcome,
    report::Figure,
    stage::Stage,
    tools::{self, Load},
};
use sejahtera::cli::progress::say;
use std::{fmt::Write, fs};
use uuid::Uuid;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/household_read.lua");
const LIMIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limits/household_read.sql");
/// Ids that are asked for, in each area.
const IDS: i64 = 20_000;
const WARM_UP: u32 = 3;
const SECONDS: u32 = 10;
/// Limit and service in turns, since a machine's speed drifts; the round in the middle counts.
const ROUNDS: usize = 3;

/// Measures it.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    write_tokens(bench)?;
    for area in 0..2 {
        write_ids(bench, area).await?;
    }
    let known = write_known(bench).await?.to_string();
    let limit = |seconds| tools::pgbench(bench, LIMIT, &[("known", &known)], seconds);
    let service = |seconds| tools::wrk(bench, SCRIPT, seconds);
    limit(WARM_UP)?;
    service(WARM_UP)?;
    let mut rounds: Vec<(Load, Load)> = Vec::new();
    for _ in 0..ROUNDS {
        let (least, reached) = (limit(SECONDS)?, service(SECONDS)?);
        say(&format!(
            "  limit {:.0}/s p99 {:.2} ms, service {:.0}/s p99 {:.2} ms",
            least.rate, least.p99_ms, reached.rate, reached.p99_ms
        ));
        rounds.push((least, reached));
    }
    rounds.sort_by(|a, b| (a.1.rate / a.0.rate).total_cmp(&(b.1.rate / b.0.rate)));
    let (least, reached) = rounds[ROUNDS / 2];
    let by = "pgbench, prepared, one query by key that returns the same rows";
    Ok(vec![
        Figure::at_least("household_read", reached.rate, "reads/s", (by, least.rate), 0.50),
        Figure::at_most("household_read_p99", reached.p99_ms, "ms", (by, least.p99_ms), 3.0),
    ])
}

/// Reads for a few seconds, or at a pace (milliseconds that each connection waits) for so many; what the reads saw.
pub async fn quickly(bench: &Bench, paced: Option<(f64, u32)>) -> Outcome<Load> {
    write_tokens(bench)?;
    for area in 0..2 {
        write_ids(bench, area).await?;
    }
    let (pace, seconds) = paced.unzip();
    let (address, folder) = (bench.service.address.clone(), bench.folder.clone());
    let loading =
        move || tools::wrk_at(&address, &folder, SCRIPT, seconds.unwrap_or(5), pace).map_err(|fault| fault.to_string());
    // Beside whatever else goes on.
    Ok(tokio::task::spawn_blocking(loading).await??)
}

/// A line for each token: the area it may see, and the token.
fn write_tokens(bench: &Bench) -> Outcome<()> {
    let mut text = String::new();
    for lane in &bench.stage.lanes {
        for caller in &lane.callers {
            writeln!(text, "{} {}", lane.area, caller.token.as_deref().unwrap_or_default())?;
        }
    }
    Ok(fs::write(bench.folder.join("tokens"), text)?)
}

/// Random households of an area.
async fn write_ids(bench: &Bench, area: usize) -> Outcome<()> {
    let sql = "SELECT household_id::text FROM household_snapshots
               WHERE release_id = $1 AND (village_code || '.') LIKE ANY ($2)
               ORDER BY md5(household_id::text) LIMIT $3";
    let rows = bench.database.owner.query(sql, &[&bench.stage.release_id, &Stage::patterns(area), &IDS]).await?;
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(fs::write(bench.folder.join(format!("ids.{area}")), lines.join("\n"))?)
}

/// The same ids in a table, for the limit: looking one up there costs a few percent, to the service's favour.
async fn write_known(bench: &Bench) -> Outcome<i64> {
    let ids = fs::read_to_string(bench.folder.join("ids.0"))?;
    let ids: Vec<Uuid> = ids.lines().map(str::parse).collect::<Result<_, _>>()?;
    let owner = &bench.database.owner;
    owner
        .batch_execute(
            "DROP TABLE IF EXISTS bench.known_households;
             CREATE TABLE bench.known_households (row_no integer PRIMARY KEY, household_id uuid NOT NULL)",
        )
        .await?;
    let fill = "INSERT INTO bench.known_households SELECT row_no, id FROM unnest($1::uuid[]) WITH ORDINALITY AS k (id, row_no)";
    owner.execute(fill, &[&ids]).await?;
    owner.batch_execute("VACUUM ANALYZE bench.known_households").await?;
    Ok(i64::try_from(ids.len())?)
}
