//! `sejahtera demo`: a regency in a running service, made the way that everybody else must go: over HTTP.
//!
//! Two quarterly deliveries, agencies and their people, programmes, enrolments and three months of payments.
//! Nobody in it exists. Each step looks what is there already, so that a demo that was interrupted can go on.

mod accounts;
mod budgets;
mod catalogue;
mod client;
mod enrolments;
mod payments;
mod programs;
mod releases;
#[cfg(test)]
mod tests;

use self::{
    client::{DemoFault, Service},
    releases::{Quarter, Release},
};
use super::{
    generate::MOST_HOUSEHOLDS,
    progress::{grouped, say},
};
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Instant,
};

/// Shortest password that an account may have.
const SHORTEST_PASSWORD: usize = 12;

/// Which demo, and where.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Households (keluarga) of the first quarter; the whole regency has about 300,000.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_HOUSEHOLDS)))]
    households: u32,
    /// Where the service is, as http://127.0.0.1:8080; on this machine where BIND says, if this is not said.
    #[arg(long, env = "PUBLIC_URL")]
    url: Option<String>,
    /// Where the service listens.
    #[arg(long, env = "BIND", default_value = "127.0.0.1:8080", hide = true)]
    bind: SocketAddr,
    /// Folder for what the demo leaves: its deliveries, accounts.tsv (who can log in), clients.env (secrets of systems)
    /// and example.env (a family to look up). `sejahtera-demo` among the system's temporary files otherwise.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs it.
///
/// # Errors
/// What could not be made; what was made until then stays, and another run goes on from there.
pub fn run(args: &DemoArgs) -> Result<(), String> {
    super::block_on(async { play(args).await.map_err(|fault| fault.to_string()) })
}

async fn play(args: &DemoArgs) -> Result<(), DemoFault> {
    let began = Instant::now();
    let url = args.url.clone().unwrap_or_else(|| format!("http://{}", args.bind));
    let service = Service::new(url, password()?)?;
    let folder = args.out.clone().unwrap_or_else(|| std::env::temp_dir().join("sejahtera-demo"));
    std::fs::create_dir_all(&folder).map_err(|error| DemoFault::File { path: folder.clone(), error })?;

    let made = accounts::make(&service, &folder).await?;
    say(&format!("{} agencies, {} logins, {} systems", made.agencies, made.logins, made.systems));
    let quarter = |number| Quarter { number, households: args.households, folder: &folder };
    let first = releases::load(&service, quarter(1)).await?;
    let programs = programs::make(&service, args.households).await?;
    let enrolled = enrolments::make(&programs).await?;
    say(&format!("{} programmes, {} enrolments", programs.len(), grouped(enrolled)));
    let paid = payments::make(&programs).await?;
    say(&format!("{} payments, Rp {}", grouped(paid.payments), grouped(paid.amount_idr)));
    let second = releases::load(&service, quarter(2)).await?;
    releases::compare(&service, &second, &first).await?;
    enrolments::tell_no_longer_eligible(&programs).await?;
    leave_example(&folder, args.households)?;

    summarise(&[
        ("agencies", grouped(made.agencies as u64)),
        ("logins, systems", format!("{}, {}", made.logins, made.systems)),
        ("releases", "2".to_owned()),
        ("households", of_both(&first, &second, |release| release.households)),
        ("individuals", of_both(&first, &second, |release| release.individuals)),
        ("programmes", grouped(programs.len() as u64)),
        ("enrolments", grouped(enrolled)),
        ("payments", grouped(paid.payments)),
        ("rupiah paid", format!("Rp {}", grouped(paid.amount_idr))),
        ("took", format!("{:.0} s", began.elapsed().as_secs_f32())),
    ]);
    Ok(())
}

/// Never as an argument: those can be seen by everybody on the machine.
fn password() -> Result<String, DemoFault> {
    let password = std::env::var("DEMO_PASSWORD").unwrap_or_default();
    if password.chars().count() >= SHORTEST_PASSWORD {
        Ok(password)
    } else {
        Err(DemoFault::Setting(format!(
            "DEMO_PASSWORD is not set, or shorter than {SHORTEST_PASSWORD} characters: it is the password of all \
             demo accounts, demo-system-admin's among them"
        )))
    }
}

/// Leaves the number of a family that can be looked up, for whoever wants to try.
fn leave_example(folder: &Path, households: u32) -> Result<(), DemoFault> {
    let path = folder.join("example.env");
    let Some(number) = releases::example_family(households) else { return Ok(()) };
    std::fs::write(&path, format!("KK_NUMBER={number}\n")).map_err(|error| DemoFault::File { path, error })
}

fn of_both(first: &Release, second: &Release, count: impl Fn(&Release) -> u64) -> String {
    [first, second].map(|release| grouped(count(release))).join(", then ")
}

fn summarise(rows: &[(&str, String)]) {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    for (name, value) in rows {
        println!("{name:width$}  {value}");
    }
}
