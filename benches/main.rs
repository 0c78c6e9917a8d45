//! Side by side: what the service takes for a piece of work, against what PostgreSQL alone takes for the same, in the
//! same run on the same machine and data.
//!
//! The database is filled once, by the service's own ways in, and kept: a second run only measures. Run by
//! `./dev bench`; the limits' SQL stands in `limits/`.

mod caller;
mod database;
mod figures;
mod report;
mod service;
mod stage;
mod tools;

use clap::{Parser, ValueEnum};
use database::Database;
use report::{Figure, Report};
use sejahtera::cli::progress::Progress;
use service::Service;
use stage::Stage;
use std::{path::PathBuf, process::ExitCode};

/// A result, or what to tell the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures the service against its limits.
#[derive(Debug, Parser)]
struct Options {
    /// Households in the delivery; the whole regency has about 300,000.
    #[arg(long, default_value_t = 300_000)]
    households: u32,
    /// Prints an array of JSON objects instead of a table.
    #[arg(long)]
    json: bool,
    /// Measures this only; also several times.
    #[arg(long, value_enum)]
    only: Vec<Measurement>,
    /// Cargo says this to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Measurement {
    IdleMemory,
    HouseholdRead,
    HouseholdList,
    LookupBulk,
    EligibilityAll,
    PaymentsSingle,
    /// With `batch_approve`, `batch_results` and `batch_reads_p99`.
    BatchFreeze,
    LedgerProof,
    /// With `import_memory`.
    Import,
}

/// What every measurement works with.
pub struct Bench {
    /// Deliveries, tools' files, the service's log.
    pub folder: PathBuf,
    /// The bench's own database.
    pub database: Database,
    /// The service that is measured.
    pub service: Service,
    /// Who calls, and what is there.
    pub stage: Stage,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(&options)));
    match measured {
        Ok(report) => {
            print!("{}", if options.json { report.json() } else { report.table() });
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(options: &Options) -> Outcome<Report> {
    let folder = PathBuf::from(std::env::var("BENCH_DIR").map_err(|_| "BENCH_DIR is not set: run `./dev bench`")?);
    let database = Database::open().await?;
    database.tell_settings().await?;
    stage::prepare(&database, &folder, options.households).await?;
    let service = Service::start(&folder).await?;
    let stage = stage::fill(&database, &service, &folder).await?;
    // A fresh process, so that nothing of the filling is in what is measured.
    drop(service);
    let service = Service::start(&folder).await?;
    let stage = stage.at(&service);
    let bench = Bench { folder, database, service, stage };

    let mut report = Report::default();
    for &measurement in Measurement::value_variants() {
        if options.only.is_empty() || options.only.contains(&measurement) {
            let _progress = Progress::unbounded(format!("measuring {measurement:?}"));
            report.add(figures_of(measurement, &bench).await?)?;
        }
    }
    Ok(report)
}

async fn figures_of(measurement: Measurement, bench: &Bench) -> Outcome<Vec<Figure>> {
    match measurement {
        Measurement::IdleMemory => figures::idle_memory::measure(bench).await,
        Measurement::HouseholdRead => figures::household_read::measure(bench).await,
        Measurement::HouseholdList => figures::household_list::measure(bench).await,
        Measurement::LookupBulk => figures::lookup_bulk::measure(bench).await,
        Measurement::EligibilityAll => figures::eligibility_all::measure(bench).await,
        Measurement::PaymentsSingle => figures::payments_single::measure(bench).await,
        Measurement::BatchFreeze => figures::batches::measure(bench).await,
        Measurement::LedgerProof => figures::ledger_proof::measure(bench).await,
        Measurement::Import => figures::import::measure(bench).await,
    }
}
