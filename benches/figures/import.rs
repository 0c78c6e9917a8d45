//! The second release: read, validated, sealed, matched, indexed, analysed; against COPY of the rows that come of it
//! into empty tables with the same indexes. With the service's peak memory meanwhile.

use crate::{
    Bench, Outcome,
    report::Figure,
    stage::releases::{self, Received},
};
use futures::{SinkExt, StreamExt};
use sejahtera::cli::progress::say;
use serde_json::json;
use std::{path::PathBuf, pin::pin, time::Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

const MOST_MIB: f64 = 256.0;
/// Bytes sent to PostgreSQL at once.
const CHUNK: usize = 64 * 1024;
/// Tables whose new rows an import writes in its own transaction.
const IDENTITIES: [&str; 7] = [
    "households",
    "individuals",
    "household_identities",
    "individual_identities",
    "kk_directory",
    "nik_directory",
    "household_successions",
];

/// Measures it, and takes the release away again.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let steward = &bench.stage.steward;
    let received = match hand_in(bench).await? {
        Ok(received) => received,
        Err(left_over) => {
            remove(bench, left_over).await?;
            hand_in(bench).await?.map_err(|_| "the former second release can't be removed")?
        }
    };
    let seconds = releases::await_read(steward, &received).await?;
    let peak = bench.service.peak_mib()?;
    say(&format!("  read in {seconds:.1} s; copying the same rows"));
    let limit = copy_seconds(bench, received.release_id).await?;
    remove(bench, received.release_id).await?;
    Ok(vec![
        Figure::at_most("import", seconds, "s", ("COPY of the same rows, same indexes", limit), 3.0),
        Figure::at_most("import_memory", peak, "MiB", ("256 MiB", MOST_MIB), 1.0),
    ])
}

async fn hand_in(bench: &Bench) -> Outcome<Result<Received, Uuid>> {
    bench.service.forget_peak()?;
    releases::hand_in(&bench.stage.steward, &bench.folder, 2).await
}

fn partition(parent: &str, release_id: Uuid) -> String {
    format!("{parent}_{}", release_id.simple())
}

/// Rows of the import's one transaction in a table that holds others too.
fn of_import(release_id: Uuid) -> String {
    format!("xmin = (SELECT xmin FROM {} LIMIT 1)", partition("household_snapshots", release_id))
}

/// The tables that hold what came of the release, and which of their rows do.
fn results(release_id: Uuid) -> Vec<(String, String)> {
    let whole = ["household_snapshots", "individual_snapshots"];
    let of_release = ["release_findings", "set_aside_lines", "code_book_entries"];
    let whole = whole.iter().map(|table| (partition(table, release_id), "true".to_owned()));
    let new = IDENTITIES.iter().map(|table| ((*table).to_owned(), of_import(release_id)));
    let named = of_release.iter().map(|table| ((*table).to_owned(), format!("release_id = '{release_id}'")));
    whole.chain(new).chain(named).collect()
}

/// Seconds that PostgreSQL takes to COPY the rows into empty tables with the same indexes, in one transaction.
async fn copy_seconds(bench: &Bench, release_id: Uuid) -> Outcome<f64> {
    let owner = &bench.database.owner;
    let mut copies: Vec<(String, PathBuf)> = Vec::new();
    for (number, (table, condition)) in (0..).zip(results(release_id)) {
        let (copy, file) = (format!("bench.copy_{number}"), bench.folder.join(format!("copy.{number}")));
        export(bench, &format!("COPY (SELECT * FROM {table} WHERE {condition}) TO STDOUT"), &file).await?;
        owner
            .batch_execute(&format!("DROP TABLE IF EXISTS {copy}; CREATE TABLE {copy} (LIKE {table} INCLUDING ALL)"))
            .await?;
        copies.push((copy, file));
    }
    let began = Instant::now();
    owner.batch_execute("BEGIN").await?;
    for (copy, file) in &copies {
        import(bench, &format!("COPY {copy} FROM STDIN"), file).await?;
    }
    owner.batch_execute("COMMIT").await?;
    let seconds = began.elapsed().as_secs_f64();
    for (copy, file) in copies {
        owner.batch_execute(&format!("DROP TABLE {copy}")).await?;
        std::fs::remove_file(file)?;
    }
    Ok(seconds)
}

async fn export(bench: &Bench, sql: &str, path: &PathBuf) -> Outcome<()> {
    let mut file = tokio::io::BufWriter::new(tokio::fs::File::create(path).await?);
    let mut rows = pin!(bench.database.owner.copy_out(sql).await?);
    while let Some(chunk) = rows.next().await {
        file.write_all(&chunk?).await?;
    }
    Ok(file.flush().await?)
}

async fn import(bench: &Bench, sql: &str, path: &PathBuf) -> Outcome<()> {
    let mut file = tokio::fs::File::open(path).await?;
    let mut sink = pin!(bench.database.owner.copy_in(sql).await?);
    loop {
        let mut chunk = bytes::BytesMut::with_capacity(CHUNK);
        if file.read_buf(&mut chunk).await? == 0 {
            break;
        }
        sink.send(chunk.freeze()).await?;
    }
    sink.finish().await?;
    Ok(())
}

/// Takes the release away, so that the next run finds what this one found. The service keeps ids for ever; here they
/// never were.
async fn remove(bench: &Bench, release_id: Uuid) -> Outcome<()> {
    let owner = &bench.database.owner;
    let rows = partition("household_snapshots", release_id);
    let loaded: bool = bench.database.value("SELECT to_regclass($1) IS NOT NULL", &[&rows]).await?;
    if loaded {
        for table in IDENTITIES {
            owner.batch_execute(&format!("DELETE FROM {table} WHERE {}", of_import(release_id))).await?;
        }
    }
    let path = format!("/v1/releases/{release_id}/rejection");
    bench.stage.steward.post(&path, &json!({ "reason": "Hanya untuk pengukuran" })).await?;
    Ok(owner.batch_execute(&format!("VACUUM (ANALYZE) {}", IDENTITIES.join(", "))).await?)
}
