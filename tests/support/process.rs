//! The program itself as a process, which can be killed: `sejahtera serve` on a port of its own.

use super::{Api, database::TestDatabase, fresh_folder, variables};
use sejahtera::platform::config::Settings;
use std::{
    collections::BTreeMap,
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

/// A running program.
pub struct Process {
    pub api: Arc<Api>,
    variables: BTreeMap<String, String>,
    child: Arc<Mutex<Child>>,
}

fn spawn(variables: &BTreeMap<String, String>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_sejahtera"))
        .arg("serve")
        .env_clear()
        .envs(variables)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap();
    let _ = child.kill();
    let _ = child.wait();
}

impl Process {
    /// Starts the program over a fresh database and waits until it is ready.
    pub async fn start() -> Self {
        let (database, folder) = (TestDatabase::create().await, fresh_folder());
        let bind = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let variables = variables(&database, &folder, bind);
        let settings = Settings::from_variables(&variables).unwrap();
        let child = Arc::new(Mutex::new(spawn(&variables)));
        let to_stop = child.clone();
        let api = Arc::new(Api::of(database, settings, folder, Box::new(move || kill(&to_stop))));
        let process = Self { api, variables, child };
        process.until_ready().await;
        process
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&self) {
        kill(&self.child);
    }

    /// Starts it again, with the same settings.
    pub async fn start_again(&self) {
        *self.child.lock().unwrap() = spawn(&self.variables);
        self.until_ready().await;
    }

    async fn until_ready(&self) {
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
