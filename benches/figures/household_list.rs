//! A late page of a list against its first: both should cost the same.

use crate::{
    Bench, Outcome,
    report::{Figure, p99},
    stage::PROGRAM,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sejahtera::cli::progress::say;
use std::time::Instant;
use uuid::Uuid;

/// Rows of a page.
const ROWS: i64 = 100;
/// The late page, where the list is long enough; else its last full one.
const PAGE: i64 = 1_000;
/// Requests for each page.
const REQUESTS: usize = 200;

/// A list: what the address says, and what the households of it have in SQL.
struct List {
    filter: String,
    condition: String,
}

/// Measures both lists; the worse one counts.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let lists = [
        List { filter: "decile_max=4".to_owned(), condition: "h.decile <= 4".to_owned() },
        List {
            filter: format!("lacks_program={PROGRAM}"),
            condition: format!(
                "NOT EXISTS (SELECT FROM enrolment_claims c WHERE c.household_id = h.household_id AND c.program_code = '{PROGRAM}')"
            ),
        },
    ];
    let mut worst: Option<Figure> = None;
    for list in &lists {
        let figure = measure_list(bench, list).await?;
        if worst.as_ref().is_none_or(|worst| worst.ratio < figure.ratio) {
            worst = Some(figure);
        }
    }
    Ok(worst.into_iter().collect())
}

async fn measure_list(bench: &Bench, list: &List) -> Outcome<Figure> {
    let (page, before) = before_late_page(bench, list).await?;
    let first = format!("/v1/households?{}&limit={ROWS}", list.filter);
    let late = format!("{first}&cursor={}", URL_SAFE_NO_PAD.encode(before.as_bytes()));
    let (mut first_ms, mut late_ms) = (Vec::new(), Vec::new());
    for round in 0..REQUESTS + 20 {
        let times = (time_ms(bench, &first).await?, time_ms(bench, &late).await?);
        if round >= 20 {
            first_ms.push(times.0);
            late_ms.push(times.1);
        }
    }
    let (first, late) = (p99(first_ms), p99(late_ms));
    say(&format!("  {}: page 1 {first:.2} ms, page {page} {late:.2} ms", list.filter));
    Ok(Figure::at_most("household_list", late, "ms p99", ("page 1 of the same list", first), 1.2))
}

async fn time_ms(bench: &Bench, path: &str) -> Outcome<f64> {
    let began = Instant::now();
    bench.stage.manager.get(path).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// The number of the late page, and the last household before it.
async fn before_late_page(bench: &Bench, list: &List) -> Outcome<(i64, Uuid)> {
    let release_id = bench.stage.release_id;
    let these = format!("FROM household_snapshots h WHERE h.release_id = $1 AND {}", list.condition);
    let rows: i64 = bench.database.value(&format!("SELECT count(*) {these}"), &[&release_id]).await?;
    let page = PAGE.min(rows / ROWS);
    let before = format!("SELECT h.household_id {these} ORDER BY h.household_id OFFSET $2 LIMIT 1");
    Ok((page, bench.database.value(&before, &[&release_id, &((page - 1) * ROWS - 1)]).await?))
}
