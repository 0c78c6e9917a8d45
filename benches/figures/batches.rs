//! A batch of a hundred thousand payments frozen, approved, and reported on from one file, while households are read at half the rate
//! that they can be; against the bare insertion of the rows that each of the three writes.

use super::household_read;
use crate::{
    Bench, Outcome,
    caller::Caller,
    report::Figure,
    stage::{
        aid,
        money::{self, BATCH, BATCHED},
    },
};
use sejahtera::{cli::progress::say, platform::vault::random_bytes};
use serde_json::json;
use std::{fmt::Write, time::Instant};
use uuid::Uuid;

/// What each of the three took, in seconds.
type Times = [f64; 3];

/// Measures all three.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let tellers = money::fill(&bench.database, &bench.stage, &bench.service.address).await?;
    let alone = household_read::quickly(bench, None).await?;
    let (warm, limits) = batch(bench, &tellers).await?;
    say(&format!("  alone: freeze {:.1} s, approve {:.1} s, results {:.1} s", warm[0], warm[1], warm[2]));
    // Whatever is read goes on for as long as the batch takes.
    let seconds = warm.iter().sum::<f64>().ceil().max(5.0) as u32;
    let pace = 32.0 / (alone.rate / 2.0) * 1e3;
    let reads = household_read::quickly(bench, Some((pace, seconds)));
    let (reads, batch) = tokio::join!(reads, batch(bench, &tellers));
    let (reads, (times, _)) = (reads?, batch?);
    say(&format!(
        "  reads meanwhile {:.0}/s of {:.0}/s, p99 {:.2} of {:.2} ms",
        reads.rate, alone.rate, reads.p99_ms, alone.p99_ms
    ));
    let by = "the bare INSERT … SELECT of the same rows with their indexes";
    let names = ["batch_freeze", "batch_approve", "batch_results"];
    let mut figures: Vec<Figure> = names
        .into_iter()
        .zip(times.into_iter().zip(limits))
        .map(|(name, (time, limit))| Figure::at_most(name, time, "s", (by, limit), 4.0))
        .collect();
    let alone = ("the same reads, unhindered", alone.p99_ms);
    figures.push(Figure::at_most("batch_reads_p99", reads.p99_ms, "ms", alone, 5.0));
    Ok(figures)
}

/// Takes a batch through, and measures what inserting its rows takes by itself.
async fn batch(bench: &Bench, tellers: &money::Tellers) -> Outcome<(Times, Times)> {
    let manager = &bench.stage.manager;
    let program_id = aid::find(manager, BATCHED).await?;
    let (period_id, day) = money::open_period(manager, program_id).await?;
    let asked = json!({ "program_id": program_id, "period_id": period_id, "partner_code": "bank-jatim",
        "decree_number": "SK uji", "decree_date": day });
    let key = Uuid::from_bytes(random_bytes()).to_string();
    let began = Instant::now();
    let made = manager.post_once(&key, "/v1/batches", &asked).await?;
    let frozen = began.elapsed().as_secs_f64();
    if made["lines"] != BATCH {
        return Err(format!("the batch has {} lines, not {BATCH}", made["lines"]).into());
    }
    let batch_id = made["batch_id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/v1/batches/{batch_id}");
    let freeze_limit = bare(bench, &[("batch_lines", format!("batch_id = '{batch_id}'"))]).await?;

    manager.post_seen(1, &format!("{path}/submission"), &json!({ "reason": "Uji" })).await?;
    let began = Instant::now();
    tellers.approver.post(&format!("{path}/decision"), &json!({ "approve": true, "reason": "Uji" })).await?;
    let approved = began.elapsed().as_secs_f64();
    let of_batch =
        format!("disbursement_id IN (SELECT disbursement_id FROM disbursements WHERE batch_id = '{batch_id}')");
    let subjects = of_batch.replacen("disbursement_id", "subject_id", 1);
    let approve_limit = bare(
        bench,
        &[
            ("disbursements", format!("batch_id = '{batch_id}'")),
            ("disbursement_steps", of_batch.clone()),
            ("payment_claims", of_batch.clone()),
            ("outbox_events", subjects.clone()),
        ],
    )
    .await?;

    manager.post_seen(3, &format!("{path}/hand-over"), &json!({})).await?;
    let report = report(bench, &batch_id, &day).await?;
    let began = Instant::now();
    let told = send(&tellers.partner, &format!("{path}/results"), report).await?;
    let reported = began.elapsed().as_secs_f64();
    if told != BATCH {
        return Err(format!("{told} results were posted, not {BATCH}").into());
    }
    // A payment that moves is written anew, with all its indexes.
    let results_limit = bare(
        bench,
        &[
            ("disbursements", format!("batch_id = '{batch_id}'")),
            ("disbursement_steps", format!("step_no = 2 AND {of_batch}")),
            ("ledger_transfers", of_batch.clone()),
            ("outbox_events", format!("kind = 'disbursement.moved' AND {subjects}")),
        ],
    )
    .await?;
    Ok(([frozen, approved, reported], [freeze_limit, approve_limit, results_limit]))
}

/// Seconds that inserting these rows takes into tables of the same columns and indexes.
async fn bare(bench: &Bench, rows: &[(&str, String)]) -> Outcome<f64> {
    let owner = &bench.database.owner;
    let mut seconds = 0.0;
    for (table, which) in rows {
        // So fresh that the planner would look for them one by one.
        owner.batch_execute(&format!("ANALYZE {table}")).await?;
        let source = format!("CREATE TEMPORARY TABLE source AS SELECT * FROM {table} WHERE {which}");
        let copy = format!("CREATE TABLE bench.copy (LIKE {table} INCLUDING INDEXES INCLUDING DEFAULTS)");
        owner.batch_execute(&format!("DROP TABLE IF EXISTS bench.copy; {source}; {copy}")).await?;
        let began = Instant::now();
        let inserted = owner.execute("INSERT INTO bench.copy SELECT * FROM source", &[]).await?;
        seconds += began.elapsed().as_secs_f64();
        owner.batch_execute("DROP TABLE bench.copy, source").await?;
        if inserted != BATCH as u64 {
            return Err(format!("{table} has {inserted} rows of the batch, not {BATCH}").into());
        }
    }
    Ok(seconds)
}

/// The bank's file: each payment paid on the day of its period.
async fn report(bench: &Bench, batch_id: &str, day: &str) -> Outcome<Vec<u8>> {
    let sql = format!("SELECT disbursement_id FROM disbursements WHERE batch_id = '{batch_id}'");
    let mut text = String::from("disbursement_id,result,amount_idr,paid_on,proof_reference\n");
    for (number, row) in bench.database.owner.query(&sql, &[]).await?.iter().enumerate() {
        writeln!(text, "{},paid,300000,{day},TRF-{number:06}", row.get::<_, Uuid>(0))?;
    }
    Ok(text.into_bytes())
}

/// Sends a report; how many rows of it were posted.
async fn send(partner: &Caller, path: &str, report: Vec<u8>) -> Outcome<usize> {
    let answer = partner.post_as("text/csv", path, report).await?;
    Ok(answer.lines().filter(|line| line.contains(",posted,")).count())
}
