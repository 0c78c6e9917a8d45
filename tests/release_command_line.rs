//! `sejahtera import-release`: a delivery read by a process of its own, beside a service that runs.

use crate::support::{
    Actor, Api,
    database::{connect, server_url},
    deliveries::{Draft, Files, card, id_of, nik},
    holding::{WAITING, hold, until},
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Where an import waits before it has read a line.
const FIRST_LOCK: &str = "household_snapshots IN ACCESS EXCLUSIVE MODE";

/// A command line that reads a delivery, and the folder that the delivery lies in.
struct Reading {
    child: Child,
    folder: PathBuf,
}

impl Reading {
    fn begin(api: &Api, steward: &Actor, files: &Files) -> Self {
        let folder = std::env::temp_dir().join(format!("sejahtera-kiriman-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        let (families, members) = (folder.join("keluarga.csv"), folder.join("anggota.csv"));
        std::fs::write(&families, &files.families).unwrap();
        std::fs::write(&members, &files.members).unwrap();
        let subject = &steward.identity.as_ref().unwrap().subject;
        let child = Command::new(env!("CARGO_BIN_EXE_sejahtera"))
            .args(["import-release", "--label", "dari baris perintah", "--data-date", "2026-01-20", "--as"])
            .arg(subject.strip_prefix("user:").unwrap())
            .arg("--families")
            .arg(families)
            .arg("--members")
            .arg(members)
            .env_clear()
            .envs(api.environment())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// Whether it ended well, and what it said.
    fn end(self) -> (bool, String) {
        let output = self.child.wait_with_output().unwrap();
        std::fs::remove_dir_all(self.folder).unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&told).into_owned())
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.end();
    }
}

fn delivery() -> Files {
    Draft::new().single(&card(1), "35.26.02.2001", "3", &nik(1)).files()
}

/// The one release that there is, and its one job.
async fn the_only(steward: &Actor) -> (Value, Value) {
    let releases = steward.get("/v1/releases").await.ok();
    assert_eq!(releases["items"].as_array().unwrap().len(), 1);
    let release = releases["items"][0].clone();
    let jobs = steward.get(&format!("/v1/jobs?subject_id={}", release["release_id"].as_str().unwrap())).await.ok();
    assert_eq!(jobs["items"].as_array().unwrap().len(), 1, "{jobs}");
    (release, jobs["items"][0].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_read_from_the_command_line_is_nobody_else_s_to_read_and_its_job_ends_with_its_result() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let files = delivery();
    let holder = hold(&api, FIRST_LOCK).await;
    let reading = Reading::begin(&api, &steward, &files);
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    let (release, job) = the_only(&steward).await;
    assert_eq!((&release["state"], &job["state"]), (&json!("validating"), &json!("running")));
    let again = format!("/v1/releases/{}/reading", release["release_id"].as_str().unwrap());
    assert_eq!(steward.post(&again, json!({})).await.refused("release-step")["state"], "validating");
    // Its lease is renewed for as long as it lives, so that the service beside it leaves it alone.
    api.database.execute("UPDATE jobs SET leased_until = now() + interval '5 seconds'").await;
    until(&api, "EXISTS (SELECT 1 FROM jobs WHERE leased_until > now() + interval '10 seconds' AND attempts = 1)")
        .await;
    holder.batch_execute("ROLLBACK").await.unwrap();

    let (ended_well, told) = tokio::task::spawn_blocking(|| reading.end()).await.unwrap();
    assert!(ended_well, "{told}");
    let (release, job) = the_only(&steward).await;
    assert_eq!((&release["state"], &job["state"]), (&json!("validated"), &json!("succeeded")));
    let result = json!({ "release_id": release["release_id"], "households": 1, "individuals": 1 });
    assert_eq!((&job["result"], &job["problem"]), (&result, &Value::Null));
    assert!(told.contains(&result.to_string()), "{told}");
    let bytes = json!(files.families.len() + files.members.len());
    assert_eq!((&job["done"], &job["total"]), (&bytes, &bytes));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_the_command_line_can_t_read_leaves_its_job_failed_and_says_why() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let mut files = delivery();
    files.members = b"nama|alamat\n".to_vec();
    let reading = Reading::begin(&api, &steward, &files);
    let (ended_well, told) = tokio::task::spawn_blocking(|| reading.end()).await.unwrap();
    assert!(!ended_well, "{told}");
    let (release, job) = the_only(&steward).await;
    assert_eq!((&release["state"], &job["state"]), (&json!("rejected"), &json!("failed")));
    assert_eq!(job["problem"]["code"], "unreadable-delivery");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_line_that_is_killed_leaves_its_job_to_the_service() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let holder = hold(&api, FIRST_LOCK).await;
    let reading = Reading::begin(&api, &steward, &delivery());
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    let import: i32 = api.database.value(&format!("SELECT pid {WAITING}")).await;
    reading.kill();
    // PostgreSQL does not see that a client is gone which waits for a lock: it is told.
    connect(&server_url()).await.execute("SELECT pg_terminate_backend($1)", &[&import]).await.unwrap();
    holder.batch_execute("ROLLBACK").await.unwrap();
    // Its lease runs out.
    api.database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
    let (_, job) = the_only(&steward).await;
    assert_eq!(steward.wait_for(id_of(&job["job_id"])).await["state"], "succeeded");
    let (release, _) = the_only(&steward).await;
    assert_eq!(release["state"], "validated");
    assert_eq!(api.database.value::<i16>("SELECT attempts FROM jobs").await, 2);
}
