//! The service as a child process: the same program that is deployed, on a free port.

use super::Outcome;
use crate::caller::Caller;
use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

/// The program, built as it is released.
const PROGRAM: &str = env!("CARGO_BIN_EXE_sejahtera");

/// A running service. It ends with this value.
pub struct Service {
    child: Child,
    /// `http://127.0.0.1:…`
    pub address: String,
}

/// Runs one of the program's commands to its end.
pub fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Outcome<()> {
    let output = Command::new(PROGRAM).args(arguments).envs(variables.iter().copied()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("sejahtera {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)).into())
}

impl Service {
    /// Starts it and waits until it is ready. It logs into the folder.
    pub async fn start(folder: &Path) -> Outcome<Self> {
        let bind = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let address = format!("http://{bind}");
        let log = File::options().create(true).append(true).open(folder.join("service.log"))?;
        let child = Command::new(PROGRAM)
            .arg("serve")
            .env("BIND", &bind)
            // The issuer of tokens: the same after a restart on another port.
            .env("PUBLIC_URL", "http://127.0.0.1")
            // Tokens outlive the run, and lookups that miss do not use up a day's quota.
            .envs([("TOKEN_SECONDS", "14400"), ("DAILY_MISSES", "1000000000")])
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut service = Self { child, address };
        service.await_ready().await?;
        Ok(service)
    }

    async fn await_ready(&mut self) -> Outcome<()> {
        let anybody = Caller::anybody(&self.address);
        let until = Instant::now() + Duration::from_secs(60);
        while anybody.get("/health/ready").await.is_err() {
            if self.child.try_wait()?.is_some() || Instant::now() > until {
                return Err("the service does not start; see service.log in the bench's folder".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Resident memory now, in MiB.
    pub fn resident_mib(&self) -> Outcome<f64> {
        self.memory("VmRSS:")
    }

    /// The most resident memory since [`Service::forget_peak`], in MiB.
    pub fn peak_mib(&self) -> Outcome<f64> {
        self.memory("VmHWM:")
    }

    /// Begins to look for the peak anew (5: see proc(5), `clear_refs`).
    pub fn forget_peak(&self) -> Outcome<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }

    fn memory(&self, field: &str) -> Outcome<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("the kernel does not tell")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib / 1024.0)
    }
}

impl Drop for Service {
    /// Asks it to end, waits ten seconds, then insists.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
