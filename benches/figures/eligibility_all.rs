//! A rule over all households, with each hit's explanation frozen in its enrolment, as the service does it over HTTP
//! (tried, not kept); against the same enrolments made by hand without explanations. And the rule's query alone.

use crate::{
    Bench, Outcome,
    database::{self, Database},
    report::{Figure, median},
    stage::aid::{self, MEASURED, RULE},
};
use sejahtera::{
    aid::eligibility::{CodeBook, CompiledRule, Rule, compile},
    cli::progress::say,
    platform::civil,
};
use serde_json::Value;
use std::time::Instant;
use tokio_postgres::Client;
use uuid::Uuid;

const ENROLLED_BY_HAND: &str = include_str!("../limits/eligibility_all.sql");
const ASKED_BY_HAND: &str = include_str!("../limits/eligibility_query.sql");
const LANE: &str =
    "SET LOCAL app.role = 'program_manager'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.areas = '{35.26.%}';";
const ROUNDS: usize = 5;

/// Measures both.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let program_id = aid::find(&bench.stage.manager, MEASURED).await?;
    let path = format!("/v1/programs/{program_id}/enrolments/from-eligible?dry_run=true");
    let statement = |sql: &str| for_program(sql, bench.stage.release_id, program_id);
    let (enrol_by_hand, ask_by_hand) = (statement(ENROLLED_BY_HAND), statement(ASKED_BY_HAND));
    let rule = compiled(bench).await?;
    let ask = statement(&format!(
        "CREATE TEMPORARY TABLE hits ON COMMIT DROP AS
         SELECT h.household_id, {} AS explanation FROM household_snapshots h WHERE h.release_id = $1 AND {}",
        rule.explanation_sql(),
        rule.where_sql
    ));
    let application = database::connect(&bench.database.application_url).await?;
    let Database { owner, .. } = &bench.database;

    let mut times: [Vec<f64>; 4] = Default::default();
    for round in 0..=ROUNDS {
        let began = Instant::now();
        let answer: Value = serde_json::from_str(&bench.stage.manager.post_bytes(&path, b"{}".to_vec()).await?)?;
        let enrolled = (began.elapsed().as_secs_f64() * 1e3, answer["enrolled"].as_u64().unwrap_or(0));
        let runs = [
            enrolled,
            tried_ms(owner, &enrol_by_hand).await?,
            undone_ms(&application, LANE, &ask).await?,
            undone_ms(owner, "", &ask_by_hand).await?,
        ];
        let hits = runs.map(|(_, hits)| hits);
        if hits[0] == 0 || hits.iter().any(|found| *found != hits[0]) {
            return Err(format!("the rule's hits differ: {hits:?}").into());
        }
        // The first round warms all up.
        if round > 0 {
            times.iter_mut().zip(runs).for_each(|(times, (ms, _))| times.push(ms));
        } else {
            say(&format!("  {} hits", hits[0]));
        }
    }
    let [service, enrolled_by_hand, asked, asked_by_hand] = times.map(median);
    let enrolments = ("the same enrolments by hand, without explanations", enrolled_by_hand);
    let question = ("the same query by hand, without explanations", asked_by_hand);
    Ok(vec![
        Figure::at_most("eligibility_all", service, "ms", enrolments, 1.5),
        Figure::at_most("eligibility_query", asked, "ms", question, 1.5),
    ])
}

async fn compiled(bench: &Bench) -> Outcome<CompiledRule> {
    let sql = r#"SELECT "column", code, description FROM code_book_entries WHERE release_id = $1"#;
    let rows = bench.database.owner.query(sql, &[&bench.stage.release_id]).await?;
    let entries: Vec<(String, i16, String)> = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let book = CodeBook::from_rows(entries);
    let rule = Rule::parse(RULE, &book).map_err(|faults| format!("{faults:?}"))?;
    Ok(compile(&rule, &book))
}

/// The statement with its parameters as literals, since CREATE TABLE AS takes none.
fn for_program(sql: &str, release_id: Uuid, program_id: Uuid) -> String {
    sql.replace("$1", &format!("'{release_id}'::uuid"))
        .replace("$2", &format!("'{}'", civil::today()))
        .replace("$3", &format!("'{program_id}'::uuid"))
}

/// Milliseconds that a statement takes when it is tried as the service tries: undone to a savepoint, and committed, so
/// that both wait for the log to be written. And its rows.
async fn tried_ms(client: &Client, sql: &str) -> Outcome<(f64, u64)> {
    let began = Instant::now();
    client.batch_execute("BEGIN; SAVEPOINT tried").await?;
    let hits = client.execute(sql, &[]).await?;
    client.batch_execute("ROLLBACK TO SAVEPOINT tried; COMMIT").await?;
    Ok((began.elapsed().as_secs_f64() * 1e3, hits))
}

/// Milliseconds that a statement takes, and its rows; then it is undone.
async fn undone_ms(client: &Client, lane: &str, sql: &str) -> Outcome<(f64, u64)> {
    client.batch_execute(&format!("BEGIN; {lane}")).await?;
    let began = Instant::now();
    let hits = client.execute(sql, &[]).await?;
    let elapsed = began.elapsed().as_secs_f64() * 1e3;
    client.batch_execute("ROLLBACK").await?;
    Ok((elapsed, hits))
}
