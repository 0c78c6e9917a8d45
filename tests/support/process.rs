//! The program itself as a process, which can be killed: `sejahtera serve` on a port of its own.

use super::{Api, database::TestDatabase, fresh_folder, variables};
use sejahtera::platform::config::Settings;
use std::{
    collections::BTreeMap,
    fs::File,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A running program.
pub struct Process {
    pub api: Arc<Api>,
    variables: BTreeMap<String, String>,
    log: Option<File>,
    child: Arc<Mutex<Child>>,
}

/// Ends with the thread that starts it, however that ends: no killed test leaves a service behind.
fn spawn(variables: &BTreeMap<String, String>, log: Option<&File>) -> Child {
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", env!("CARGO_BIN_EXE_sejahtera"), "serve"])
        .env_clear()
        .envs(variables)
        .stdout(Stdio::null())
        .stderr(log.map_or_else(Stdio::null, |log| log.try_clone().unwrap().into()))
        .spawn()
        .unwrap()
}

/// A free place below the ports that outgoing connections get: while the program is down, no client's own end takes it.
fn place() -> SocketAddr {
    let free = || TcpListener::bind(("127.0.0.1", rand::random_range(20_000..32_000))).ok()?.local_addr().ok();
    std::iter::repeat_with(free).take(1_000).flatten().next().unwrap()
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap();
    let _ = child.kill();
    let _ = child.wait();
}

impl Process {
    /// Starts the program over a fresh database and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(&[], None).await
    }

    /// The same with further settings, and a file that its log is added to.
    pub async fn start_with(further: &[(&str, &str)], log: Option<&Path>) -> Self {
        let (database, folder) = (TestDatabase::create().await, fresh_folder());
        let mut variables = variables(&database, &folder, place());
        variables.extend(further.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings::from_variables(&variables).unwrap();
        let log = log.map(|log| File::options().append(true).create(true).open(log).unwrap());
        let child = Arc::new(Mutex::new(spawn(&variables, log.as_ref())));
        let to_stop = child.clone();
        let api = Arc::new(Api::of(database, settings, folder, Box::new(move || kill(&to_stop))));
        let process = Self { api, variables, log, child };
        process.until_ready().await;
        process
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&self) {
        kill(&self.child);
    }

    /// Starts it again, with the same settings.
    pub async fn start_again(&self) {
        self.spawn_again();
        self.until_ready().await;
    }

    /// Starts it again and does not wait for it.
    pub fn spawn_again(&self) {
        *self.child.lock().unwrap() = spawn(&self.variables, self.log.as_ref());
    }

    /// Waits until it is ready.
    pub async fn until_ready(&self) {
        for _ in 0..600 {
            if let Ok(answer) = self.api.http.get(format!("{}/health/ready", self.api.address)).send().await
                && answer.status() == 200
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the program does not get ready")
    }
}
