//! The program `sejahtera`.

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // PostgreSQL's notices (what is there already and skipped) are for RUST_LOG=tokio_postgres=info.
    env_logger::Builder::new()
        .filter_module("tokio_postgres", log::LevelFilter::Warn)
        .parse_env(env_logger::Env::default().default_filter_or("info"))
        .init();
    match sejahtera::cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("sejahtera: {message}");
            ExitCode::FAILURE
        }
    }
}
