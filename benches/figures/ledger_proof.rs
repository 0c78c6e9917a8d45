//! The proof of the books over five million transfers, as its job takes it; against the same joins and sums by hand.

use crate::{
    Bench, Outcome,
    report::{Figure, median},
    stage::{
        aid,
        money::{self, BATCHED},
    },
};
use sejahtera::cli::progress::{Progress, say};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const BY_HAND: &str = include_str!("../limits/ledger_proof.sql");
/// Payments that are put into the books, each with two transfers.
const PAYMENTS: i64 = 2_500_000;
const ROUNDS: usize = 3;

/// Measures it.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let tellers = money::fill(&bench.database, &bench.stage, &bench.service.address).await?;
    fill(bench).await?;
    let (mut service, mut by_hand) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let began = Instant::now();
        let job = tellers.auditor.post("/v1/ledger/proof", &json!({})).await?;
        let path = format!("/v1/jobs/{}", job["job_id"].as_str().unwrap_or_default());
        let result = loop {
            let job: Value = serde_json::from_str(&tellers.auditor.get(&path).await?)?;
            match job["state"].as_str() {
                Some("succeeded") => break job["result"].clone(),
                Some("queued" | "running") => tokio::time::sleep(Duration::from_millis(20)).await,
                _ => return Err(format!("the books were not proved: {job}").into()),
            }
        };
        let proved = began.elapsed().as_secs_f64();
        if result["holds"] != true {
            return Err(format!("the books do not hold: {result}").into());
        }
        let began = Instant::now();
        bench.database.owner.batch_execute(BY_HAND).await?;
        let hand = began.elapsed().as_secs_f64();
        say(&format!("  proof {proved:.1} s, by hand {hand:.1} s"));
        // The first round warms both up.
        if round > 0 {
            service.push(proved);
            by_hand.push(hand);
        }
    }
    let by = "the same joins and sums by hand in SQL";
    Ok(vec![Figure::at_most("ledger_proof", median(service), "s", (by, median(by_hand)), 1.5)])
}

/// Puts payments of a later year into the books, with two transfers each: planned, then paid. By SQL, since nothing of it is
/// measured; the books' own triggers post them.
async fn fill(bench: &Bench) -> Outcome<()> {
    if bench.database.noted("books").await?.is_some() {
        return Ok(());
    }
    let _progress = Progress::unbounded("putting five million transfers into the books");
    let program = aid::find(&bench.stage.manager, BATCHED).await?;
    let owner = &bench.database.owner;
    let periods = format!(
        "INSERT INTO program_periods (program_id, period_id, fiscal_year, label, starts_on, ends_on)
         SELECT '{program}', uuid_v7(), 2030, 'buku ' || n, date '2030-01-01' + n, date '2030-01-01' + n
         FROM generate_series(0, 24) n"
    );
    let payments = format!(
        "INSERT INTO disbursements (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id, agency_code,
             village_code, amount_idr, state, release_id, decile, checked_release_id, paid_on, created_by, budget_id)
         SELECT e.household_id, uuid_v7(), 2030, e.enrolment_id, e.program_id, p.period_id, e.agency_code, e.village_code, 300000,
             'paid', e.release_id, e.decile, e.release_id, p.starts_on, 'bench', b.budget_id
         FROM enrolments e
         JOIN program_periods p ON p.program_id = e.program_id AND p.fiscal_year = 2030
         JOIN program_budgets pb ON pb.program_id = e.program_id
         JOIN budgets b ON b.budget_id = pb.budget_id AND b.fiscal_year = 2030
         WHERE e.program_id = '{program}' AND e.state = 'active' LIMIT {PAYMENTS}"
    );
    let transfers = |kind: &str, debit: &str, credit: &str| {
        format!(
            "INSERT INTO ledger_transfers (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code,
                 household_id, disbursement_id, village_code, actor)
             SELECT 2030, '{kind}', d.account_id, c.account_id, p.amount_idr, p.agency_code, p.household_id, p.disbursement_id,
                 p.village_code, 'bench'
             FROM disbursements p
             JOIN ledger_accounts d ON d.budget_id = p.budget_id AND d.kind = '{debit}'
             JOIN ledger_accounts c ON c.budget_id = p.budget_id AND c.kind = '{credit}'
             WHERE p.fiscal_year = 2030"
        )
    };
    for statement in [
        periods,
        payments,
        transfers("commitment", "budget", "committed"),
        transfers("delivery", "committed", "delivered"),
        "VACUUM (ANALYZE)".to_owned(),
    ] {
        owner.batch_execute(&statement).await?;
    }
    bench.database.note("books", "filled").await
}
