//! Resident memory of a service that has just started and answered one request.

use crate::{Bench, Outcome, report::Figure};
use std::time::Duration;

const MOST_MIB: f64 = 64.0;

/// Measures it.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    bench.stage.manager.get("/v1/me").await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let resident = bench.service.resident_mib()?;
    Ok(vec![Figure::at_most("idle_memory", resident, "MiB", ("64 MiB", MOST_MIB), 1.0)])
}
