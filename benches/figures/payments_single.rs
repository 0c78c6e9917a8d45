//! Single payments, each with its key, ledger and audit, of twenty programmes on twenty budgets; against pgbench that inserts a row
//! of the same width.

use crate::{Bench, Outcome, report::Figure, stage::money, tools};
use sejahtera::{cli::progress::say, platform::vault::random_bytes};
use std::{fmt::Write, fs};
use uuid::Uuid;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load/payments_single.lua");
const LIMIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/limits/payments_single.sql");
const SECONDS: u32 = 8;
const ROUNDS: usize = 3;
/// Periods that are paid for in each round: so many payments of each family are at hand.
const PERIODS: usize = 3;

/// Measures it.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    money::fill(&bench.database, &bench.stage, &bench.service.address).await?;
    let owner = &bench.database.owner;
    owner
        .batch_execute(
            "DROP TABLE IF EXISTS bench.payments;
             CREATE TABLE bench.payments (LIKE disbursements INCLUDING DEFAULTS, PRIMARY KEY (disbursement_id))",
        )
        .await?;
    let mut rounds: Vec<(f64, f64)> = Vec::new();
    for round in 0..=ROUNDS {
        write_payments(bench).await?;
        let least = tools::pgbench(bench, LIMIT, &[], SECONDS)?;
        let reached = tools::wrk(bench, SCRIPT, SECONDS)?;
        say(&format!("  limit {:.0}/s, service {:.0}/s p99 {:.1} ms", least.rate, reached.rate, reached.p99_ms));
        // The first round warms both up.
        if round > 0 {
            rounds.push((least.rate, reached.rate));
        }
    }
    rounds.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let (least, reached) = rounds[ROUNDS / 2];
    let by = "pgbench inserting a row of the same width, 32 clients";
    Ok(vec![Figure::at_least("payments_single", reached, "payments/s", (by, least), 0.30)])
}

/// A line for each payment that can be made: enrolment, period, day, key. And the tokens.
async fn write_payments(bench: &Bench) -> Outcome<()> {
    let manager = &bench.stage.manager;
    let mut lines = Vec::new();
    for (program_id, enrolments) in money::single_enrolments(&bench.database, manager).await? {
        for _ in 0..PERIODS {
            let (period, day) = money::open_period(manager, program_id).await?;
            lines.extend(enrolments.iter().map(|enrolment| format!("{enrolment} {period} {day}")));
        }
    }
    // Programmes take turns, as agencies would.
    let stride = lines.len() / 20;
    let mut text = String::new();
    let run = Uuid::from_bytes(random_bytes());
    for at in 0..stride {
        for program in 0..20 {
            writeln!(text, "{} {run}-{at}-{program}", lines[program * stride + at])?;
        }
    }
    fs::write(bench.folder.join("payments"), text)?;
    let tokens: Vec<&str> =
        bench.stage.lanes[0].callers.iter().map(|caller| caller.token.as_deref().unwrap_or_default()).collect();
    Ok(fs::write(bench.folder.join("payers"), tokens.join("\n"))?)
}
