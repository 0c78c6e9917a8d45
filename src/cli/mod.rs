//! The command line: what an operator does at the machine itself.

mod demo;
pub mod generate;
mod import_release;
mod keys;
mod load_bps_codes;
pub mod migrate;
pub mod progress;
mod serve;

use clap::{Parser, Subcommand};

/// One DTSEN reference for every poverty programme of a regency.
#[derive(Debug, Parser)]
#[command(name = "sejahtera", version, about, long_about = None)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service; settings come from the environment (see .env.example).
    Serve,
    /// Bring the database to this version and set the application role's rights.
    Migrate(migrate::MigrateArgs),
    /// Read a DTSEN delivery from files of this machine; settings come from the environment as for `serve`.
    ImportRelease(import_release::ImportArgs),
    /// Load BPS's own numbers of regions, in which some deliveries come.
    LoadBpsCodes(load_bps_codes::BpsCodesArgs),
    /// Write a synthetic DTSEN delivery, for demos and tests.
    Generate(generate::GenerateArgs),
    /// Make the demo in a running service, over HTTP, or go on with one that was interrupted.
    ///
    /// It acts as its own accounts. `demo-system-admin` must be there (`sejahtera migrate --first-admin
    /// demo-system-admin`); it makes the others. The environment's DEMO_PASSWORD is the password of all of them.
    Demo(demo::DemoArgs),
    /// Make keys for sealing, digests and tokens.
    Keys(keys::KeysArgs),
    /// Print the OpenAPI document.
    Openapi,
    /// Ask the service that listens on BIND of this machine whether it is ready; exits with 0 where it is.
    ///
    /// BIND is 127.0.0.1:8080 where the environment does not say it. Where TLS_CERT_FILE is set the service is asked
    /// over TLS, and known by that certificate.
    Health,
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// A message for the operator.
    pub fn run(self) -> Result<(), String> {
        match self.command {
            Command::Serve => serve::run(),
            Command::Migrate(args) => migrate::run(&args),
            Command::ImportRelease(args) => import_release::run(args),
            Command::LoadBpsCodes(args) => load_bps_codes::run(&args),
            Command::Generate(args) => generate::run(args).map_err(|error| error.to_string()),
            Command::Demo(args) => demo::run(&args),
            Command::Keys(args) => keys::run(&args),
            Command::Openapi => {
                print!("{}", crate::app::openapi::to_text());
                Ok(())
            }
            Command::Health => serve::health(),
        }
    }
}

/// Runs a future to its end on this thread.
fn block_on<R>(work: impl Future<Output = Result<R, String>>) -> Result<R, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}
