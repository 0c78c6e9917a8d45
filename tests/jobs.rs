//! Jobs whose process ends before them: taken up again, but not for ever, and not where they were asked to stop.

use crate::support::{
    Api,
    database::{connect, server_url},
    deliveries::{Draft, card, generated, id_of, nik},
    holding::{GONE, WAITING, hold, until},
    process::Process,
};
use serde_json::json;

/// Where an import waits before it has read a line.
const FIRST_LOCK: &str = "household_snapshots IN ACCESS EXCLUSIVE MODE";

async fn until_held(api: &Api) {
    until(api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
}

/// A running job hears that it shall stop when it renews its lease, every second.
async fn until_heard() {
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
}

/// Kills the program within its job and starts it again once the lease has run out.
async fn kill_and_start(program: &Process) {
    program.kill();
    let database = &program.api.database;
    // PostgreSQL does not see that a client is gone which waits for a lock: it is told.
    let name: String = database.value("SELECT current_database()::text").await;
    let sql =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = 'sejahtera_test_app'";
    connect(&server_url()).await.execute(sql, &[&name]).await.unwrap();
    until(&program.api, GONE).await;
    database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
    program.start_again().await;
}

#[tokio::test]
async fn a_job_that_takes_its_process_with_it_five_times_is_given_up_and_says_so() {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    let holder = hold(api, FIRST_LOCK).await;
    let files = Draft::new().single(&card(1), "35.26.02.2001", "3", &nik(1)).files();
    let (release, job) = steward.begin_loading("maut", &files).await;
    for taking in 1..=5_i16 {
        until_held(api).await;
        assert_eq!(api.database.value::<i16>("SELECT attempts FROM jobs").await, taking);
        kill_and_start(&program).await;
    }
    let ended = steward.wait_for(job).await;
    assert_eq!((&ended["state"], &ended["problem"]["code"]), (&json!("failed"), &json!("job-given-up")), "{ended}");
    assert_eq!(ended["problem"]["attempts"], 5);
    holder.batch_execute("ROLLBACK").await.unwrap();
    // Nothing of it remains, and who wants it all the same asks for it.
    assert_eq!(steward.release(release).await["state"], "validating");
    let again = steward.post(&format!("/v1/releases/{release}/reading"), json!({})).await.accepted();
    assert_eq!(steward.wait_for(id_of(&again["job_id"])).await["state"], "succeeded");
    assert_eq!(steward.release(release).await["state"], "validated");
}

#[tokio::test]
async fn a_job_that_was_asked_to_stop_when_its_process_died_is_not_taken_up_again() {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    let holder = hold(api, FIRST_LOCK).await;
    let files = Draft::new().single(&card(1), "35.26.02.2001", "3", &nik(1)).files();
    let (release, job) = steward.begin_loading("henti", &files).await;
    until_held(api).await;
    let asked = steward.post(&format!("/v1/jobs/{job}/cancellation"), json!({})).await.ok();
    assert_eq!(asked["state"], "running");
    kill_and_start(&program).await;
    // It would wait at the lock again, were it taken.
    assert_eq!(steward.wait_for(job).await["state"], "cancelled");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(api.database.value::<i16>("SELECT attempts FROM jobs").await, 1);
    assert_eq!(steward.release(release).await["state"], "validating");
    let again = steward.post(&format!("/v1/releases/{release}/reading"), json!({})).await.accepted();
    assert_eq!(steward.wait_for(id_of(&again["job_id"])).await["state"], "succeeded");
}

#[tokio::test]
async fn what_becomes_of_a_job_is_told_by_events() {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    let holder = hold(api, FIRST_LOCK).await;
    // Whether to stop is asked every thousandth line.
    let (release, job) = steward.begin_loading("kabar", &generated(1_500, 1, false).files).await;
    until_held(api).await;
    for _ in 0..2 {
        steward.post(&format!("/v1/jobs/{job}/cancellation"), json!({})).await.ok();
    }
    until_heard().await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(steward.wait_for(job).await["state"], "cancelled");
    // After its end nothing is left to be stopped.
    steward.post(&format!("/v1/jobs/{job}/cancellation"), json!({})).await.ok();
    let sql = format!(
        "SELECT kind, payload ->> 'state', payload ->> 'subject_id', agency_code FROM outbox_events WHERE subject_id = '{job}' ORDER BY event_id"
    );
    let told = ["queued|queued", "stop_asked|running", "ended|cancelled"];
    assert_eq!(api.rows(&sql).await, told.map(|event| format!("job.{event}|{release}|dinsos")));
}
