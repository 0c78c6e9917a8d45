//! The PostgreSQL that may be crashed.

use std::process::{Command, Stdio};

/// A cluster of this run's own, which `TEST_DATABASE_URL` names, and the commands that stop and start it.
pub struct Cluster {
    crash: String,
    start: String,
}

impl Cluster {
    pub fn of_this_run() -> Self {
        let command = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| {
                panic!("{name} is not set: this test crashes its PostgreSQL and makes none; run it with `./dev test faults`")
            })
        };
        Self { crash: command("TEST_CLUSTER_CRASH"), start: command("TEST_CLUSTER_START") }
    }

    /// Stops it as a power cut of the server would: nothing is written, no client is told.
    pub fn crash(&self) {
        assert!(run(&self.crash), "PostgreSQL does not stop");
    }

    /// Starts it again, which recovers it, and waits until it takes connections.
    pub fn start(&self) {
        // A backend that outlived its server by a moment still holds the shared memory.
        let started = (0..5).any(|_| run(&self.start));
        assert!(started, "PostgreSQL does not start again");
    }
}

fn run(command: &str) -> bool {
    // A server that is started keeps what it inherits: no pipe of ours.
    let (nothing, further) = (Stdio::null(), Stdio::null());
    let status =
        Command::new("bash").args(["-c", command]).stdin(Stdio::null()).stdout(nothing).stderr(further).status();
    status.unwrap().success()
}
