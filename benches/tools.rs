//! The two load generators: wrk for HTTP, pgbench for PostgreSQL. Each loads its side with 32 connections from two
//! threads.

use super::{Bench, Outcome};
use crate::report::p99;
use std::{
    path::Path,
    process::{Command, Output},
};

const CONNECTIONS: &str = "32";
const THREADS: &str = "2";

/// What a load generator saw.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Answers a second.
    pub rate: f64,
    /// Latency that 99 of 100 answers did not exceed, in milliseconds.
    pub p99_ms: f64,
}

fn finished(tool: &str, output: Output) -> Outcome<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{tool}: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Loads the service by a Lua script for so many seconds. The script prints what it saw as the last line.
pub fn wrk(bench: &Bench, script: &str, seconds: u32) -> Outcome<Load> {
    wrk_at(&bench.service.address, &bench.folder, script, seconds, None)
}

/// The same, with the milliseconds that the script lets each connection wait.
pub fn wrk_at(address: &str, folder: &Path, script: &str, seconds: u32, pace: Option<f64>) -> Outcome<Load> {
    let output = Command::new("wrk")
        .args([&format!("-t{THREADS}"), &format!("-c{CONNECTIONS}"), &format!("-d{seconds}"), "--timeout=10"])
        .args(["-s", script, address, "--"])
        .arg(folder)
        .args(pace.map(|pace| pace.to_string()))
        .output()?;
    let text = finished("wrk", output)?;
    let last = text.lines().last().unwrap_or_default();
    let numbers: Vec<f64> = last.split(' ').skip(1).filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [requests, microseconds, p99, 0.0] => Ok(Load { rate: requests / (microseconds / 1e6), p99_ms: p99 / 1e3 }),
        [.., errors] => Err(format!("wrk: {errors} requests failed").into()),
        [] => Err(format!("wrk said: {last}").into()),
    }
}

/// Loads PostgreSQL by a script of prepared statements for so many seconds.
pub fn pgbench(bench: &Bench, script: &str, variables: &[(&str, &str)], seconds: u32) -> Outcome<Load> {
    let prefix = bench.folder.join("pgbench");
    remove_logs(&bench.folder)?;
    let mut command = Command::new("pgbench");
    command.args(["-n", "-M", "prepared", "-c", CONNECTIONS, "-j", THREADS, "-T", &seconds.to_string(), "--log"]);
    command.arg(format!("--log-prefix={}", prefix.display())).arg("-f").arg(script);
    for (name, value) in variables {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let text = finished("pgbench", command.arg(&bench.database.owner_url).output()?)?;
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .ok_or("pgbench does not tell a rate")?;
    let load = Load { rate, p99_ms: p99(latencies_ms(&bench.folder)?) };
    remove_logs(&bench.folder)?;
    Ok(load)
}

fn logs(folder: &Path) -> Outcome<Vec<std::path::PathBuf>> {
    let entries = std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path());
    let is_log =
        |path: &std::path::PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgbench."));
    Ok(entries.filter(is_log).collect())
}

fn remove_logs(folder: &Path) -> Outcome<()> {
    for log in logs(folder)? {
        std::fs::remove_file(log)?;
    }
    Ok(())
}

/// The third column of each transaction's line is its latency in microseconds.
fn latencies_ms(folder: &Path) -> Outcome<Vec<f64>> {
    let mut latencies = Vec::new();
    for log in logs(folder)? {
        let text = std::fs::read_to_string(log)?;
        let microseconds = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok());
        latencies.extend(microseconds.map(|microseconds| microseconds / 1e3));
    }
    Ok(latencies)
}
