//! An import that is killed, cancelled or loses its database: nothing of it remains, and it is taken up again.

use crate::support::{
    Actor, Api,
    database::{connect, server_url},
    deliveries::{Draft, Files, HEAD, card, generated, id_of, nik},
    holding::{GONE, WAITING, hold, until},
    process::Process,
};
use serde_json::json;
use std::time::Duration;
use tokio_postgres::Client;
use uuid::Uuid;

const HERE: &str = "35.26.02.2001";

/// Where an import is held: the lock that its next statement waits for.
const POINTS: [&str; 13] = [
    // Before a line is read.
    "household_snapshots IN ACCESS EXCLUSIVE MODE",
    // Both files are read; individuals and households are matched.
    "nik_directory IN ACCESS EXCLUSIVE MODE",
    "kk_directory IN ACCESS EXCLUSIVE MODE",
    "active_release IN ACCESS EXCLUSIVE MODE",
    // New ids and numbers.
    "households IN SHARE MODE",
    "kk_moves IN SHARE MODE",
    "household_identities IN SHARE MODE",
    "individuals IN SHARE MODE",
    "individual_identities IN SHARE MODE",
    // Partitions are filled and attached, one after the other.
    "household_snapshots IN SHARE MODE",
    "individual_snapshots IN SHARE MODE",
    // What the release says beside its rows.
    "household_successions IN SHARE MODE",
    "code_book_entries IN SHARE MODE",
];

/// Two families of five, and one with a member that is set aside; new numbers for each point.
fn delivery(point: u32) -> Files {
    let serial = 10 * point;
    Draft::new()
        .single(&card(serial + 1), HERE, "3", &nik(serial + 1))
        .member(&nik(serial + 2), "ANAK", "3")
        .single(&card(serial + 2), HERE, "4", &nik(serial + 3))
        .member(&nik(serial + 4), "ANAK", "3")
        .member(&nik(serial + 5), "ANAK", "3")
        .family("0", HERE, "5", "TANPA NOMOR")
        .member(&nik(serial + 6), "TERSISIH", HEAD)
        .files()
}

/// Waits until an import's lines are on their way; what others do, only the server's owner sees.
async fn until_copying(api: &Api) {
    let server = connect(&server_url()).await;
    let database: String = api.database.value("SELECT current_database()::text").await;
    let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY staging_%'";
    for _ in 0..6000 {
        if !server.query(sql, &[&database]).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no lines come in thirty seconds")
}

/// Waits until the program waits for a lock in a statement like this.
async fn until_waiting_to(api: &Api, statement: &str) {
    let server = connect(&server_url()).await;
    let database: String = api.database.value("SELECT current_database()::text").await;
    let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE $2";
    for _ in 0..600 {
        if !server.query(sql, &[&database, &statement]).await.unwrap().is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody waits in {statement}")
}

/// What a half-done import could have left.
async fn traces(api: &Api) -> Vec<String> {
    let tables = [
        "households",
        "individuals",
        "household_identities",
        "individual_identities",
        "kk_directory",
        "nik_directory",
        "household_snapshots",
        "individual_snapshots",
        "household_successions",
        "kk_moves",
        "code_book_entries",
        "pg_class WHERE relname ~ '_snapshots_[0-9a-f]{32}$'",
        "pg_inherits WHERE inhparent IN ('household_snapshots'::regclass, 'individual_snapshots'::regclass)",
    ];
    let counts: Vec<String> = tables.iter().map(|table| format!("(SELECT count(*) FROM {table})")).collect();
    api.rows(&format!("SELECT {}", counts.join(", "))).await
}

/// The release has nothing but its files, and its import is not given up.
async fn assert_not_begun(api: &Api, release: Uuid) {
    let sql = format!(
        "SELECT households, individuals, validated_at, (SELECT count(lines_in) FROM release_files f WHERE f.release_id = r.release_id)
         FROM releases r WHERE release_id = '{release}' AND state IN ('received', 'validating')"
    );
    assert_eq!(api.rows(&sql).await, ["0|0|-|0"]);
}

/// The release is read as if nothing had happened.
async fn assert_read(steward: &Actor, release: Uuid, job: Uuid) {
    let ended = steward.wait_for(job).await;
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let shown = steward.release(release).await;
    assert_eq!(
        (&shown["state"], &shown["households"], &shown["individuals"]),
        (&json!("validated"), &json!(3), &json!(5))
    );
    let counts: Vec<_> = ["lines_in", "loaded", "merged", "set_aside"]
        .iter()
        .map(|count| (shown["files"][0][*count].as_i64().unwrap(), shown["files"][1][*count].as_i64().unwrap()))
        .collect();
    assert_eq!(counts, [(3, 6), (3, 5), (0, 0), (0, 1)]);
    // The unusable number in both files, the family without members, the member set aside: each once.
    assert_eq!(steward.findings(release, "").await.len(), 4);
    let rows = |table: &str| format!("SELECT count(*) FROM {table} WHERE release_id = '{release}'");
    for (table, count) in [("household_snapshots", "3"), ("individual_snapshots", "5"), ("set_aside_lines", "1")] {
        assert_eq!(steward.api.rows(&rows(table)).await, [count], "{table}");
    }
}

#[tokio::test]
async fn an_import_that_loses_its_database_at_any_of_thirteen_points_leaves_nothing_and_is_done_again() {
    let api = Api::start().await;
    let (steward, server) = (api.steward().await, connect(&server_url()).await);
    for (point, lock) in (1..).zip(POINTS) {
        let before = traces(&api).await;
        let holder = hold(&api, lock).await;
        let (release, job) = steward.begin_loading(lock, &delivery(point)).await;
        until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        let import: i32 = api.database.value(&format!("SELECT pid {WAITING}")).await;
        server.execute("SELECT pg_terminate_backend($1)", &[&import]).await.unwrap();
        until(&api, "EXISTS (SELECT 1 FROM jobs WHERE state = 'queued')").await;
        holder.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(traces(&api).await, before, "{lock}");
        assert_not_begun(&api, release).await;
        // Nobody waits for the pause before the next attempt.
        api.database.execute("UPDATE jobs SET run_after = now() WHERE state = 'queued'").await;
        assert_read(&steward, release, job).await;
    }
}

#[tokio::test]
async fn a_program_killed_within_an_import_leaves_nothing_and_the_next_one_takes_it_up() {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    for (point, lock) in (1..).zip([POINTS[0], POINTS[4], POINTS[10]]) {
        let before = traces(api).await;
        let holder = hold(api, lock).await;
        let (release, job) = steward.begin_loading(lock, &delivery(point)).await;
        until(api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        program.kill();
        holder.batch_execute("ROLLBACK").await.unwrap();
        until(api, GONE).await;
        assert_eq!(traces(api).await, before, "{lock}");
        assert_not_begun(api, release).await;
        // Its lease runs out.
        api.database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
        program.start_again().await;
        assert_read(&steward, release, job).await;
    }
}

/// Kills a program whose import has written all of its rows and waits for one lock more, taken by `late` once the
/// import is under way. Neither the release nor its job may have come further than the other.
async fn kill_at_the_end(late: impl AsyncFnOnce(&Api, Uuid) -> Client, waits: &str) {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    let before = traces(api).await;
    let holder = hold(api, "code_book_entries IN SHARE MODE").await;
    let (release, job) = steward.begin_loading("akhir", &delivery(1)).await;
    until(api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    let late = late(api, job).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    until_waiting_to(api, waits).await;
    assert_not_begun(api, release).await;
    program.kill();
    late.batch_execute("ROLLBACK").await.unwrap();
    until(api, GONE).await;
    assert_eq!(traces(api).await, before);
    assert_not_begun(api, release).await;
    let told = "SELECT (SELECT count(*) FROM outbox_events WHERE kind = 'release.validated'),
                       (SELECT count(*) FROM audit_entries WHERE action = 'release.imported')";
    assert_eq!(api.rows(told).await, ["0|0"]);
    api.database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
    program.start_again().await;
    assert_read(&steward, release, job).await;
    assert_eq!(api.rows(told).await, ["1|1"]);
}

#[tokio::test]
async fn an_import_killed_before_its_event_is_told_has_not_happened_and_is_done_again() {
    kill_at_the_end(async |api, _| hold(api, "outbox_events IN SHARE MODE").await, r#"INSERT INTO "outbox_events"%"#)
        .await;
}

#[tokio::test]
async fn a_release_is_not_validated_before_its_job_is_done() {
    let hold_job = async |api: &Api, job: Uuid| {
        let holder = api.database.owner().await;
        holder.batch_execute(&format!("BEGIN; SELECT 1 FROM jobs WHERE job_id = '{job}' FOR UPDATE")).await.unwrap();
        holder
    };
    kill_at_the_end(hold_job, r#"UPDATE "jobs" SET "state"%"#).await;
}

#[tokio::test]
async fn an_import_whose_job_another_worker_has_taken_meanwhile_commits_nothing() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let before = traces(&api).await;
    let holder = hold(&api, "code_book_entries IN SHARE MODE").await;
    let (release, job) = steward.begin_loading("terlambat", &delivery(1)).await;
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    api.database.execute("UPDATE jobs SET attempts = attempts + 1").await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let ended = "NOT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'code_book_entries'::regclass
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    until(&api, ended).await;
    assert_eq!(traces(&api).await, before);
    // What the other worker does is left to it.
    let state = format!("SELECT r.state, j.state FROM releases r, jobs j WHERE r.release_id = '{release}'");
    assert_eq!(api.rows(&state).await, ["validating|running"]);
    api.database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
    assert_read(&steward, release, job).await;
}

#[tokio::test]
async fn a_program_killed_while_it_reads_the_files_reads_them_again() {
    let program = Process::start().await;
    let api = &program.api;
    let steward = api.steward().await;
    let made = generated(3_000, 1, false);
    let before = traces(api).await;
    let (release, job) = steward.begin_loading("besar", &made.files).await;
    until_copying(api).await;
    program.kill();
    until(api, GONE).await;
    assert_eq!(traces(api).await, before);
    assert_not_begun(api, release).await;
    api.database.execute("UPDATE jobs SET leased_until = now() WHERE state = 'running'").await;
    program.start_again().await;
    assert_eq!(steward.wait_for(job).await["state"], "succeeded");
    let shown = steward.release(release).await;
    assert_eq!(shown["households"], json!(made.delivery.family_tally.loaded));
    assert_eq!(shown["individuals"], json!(made.delivery.member_tally.loaded));
}

#[tokio::test]
async fn a_cancelled_import_puts_the_release_back_to_received_and_leaves_nothing() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let before = traces(&api).await;
    // Held until the wish to stop has reached it; it looks every thousand lines.
    let holder = hold(&api, POINTS[0]).await;
    let (release, job) = steward.begin_loading("besar", &generated(1_200, 1, true).files).await;
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    let asked = steward.post(&format!("/v1/jobs/{job}/cancellation"), json!({})).await.ok();
    assert_eq!(asked["state"], "running");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(steward.wait_for(job).await["state"], "cancelled");
    assert_eq!(steward.release(release).await["state"], "received");
    assert_not_begun(&api, release).await;
    assert_eq!(traces(&api).await, before);
    assert_eq!(steward.findings(release, "").await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn an_import_cancelled_before_it_began_is_never_begun() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let holder = hold(&api, POINTS[0]).await;
    let (_, first) = steward.begin_loading("pertama", &delivery(1)).await;
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    let (second, waiting) = steward.begin_loading("kedua", &delivery(2)).await;
    let cancelled = steward.post(&format!("/v1/jobs/{waiting}/cancellation"), json!({})).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(steward.wait_for(first).await["state"], "succeeded");
    assert_eq!(steward.release(second).await["state"], "received");
    // Who wants it read all the same asks for it, and that is told.
    let again = steward.post(&format!("/v1/releases/{second}/reading"), json!({})).await.accepted();
    assert_eq!(steward.wait_for(id_of(&again["job_id"])).await["state"], "succeeded");
    let told = "SELECT subject_id, payload->>'was', payload->>'job_id' FROM outbox_events WHERE kind = 'release.reading_asked'";
    assert_eq!(api.rows(told).await, [format!("{second}|received|{}", again["job_id"].as_str().unwrap())]);
}

#[tokio::test]
async fn a_job_tells_how_many_bytes_of_both_files_are_read() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let files = generated(300, 1, false).files;
    let bytes = files.families.len() + files.members.len();
    let (before, after) = (hold(&api, POINTS[0]).await, hold(&api, POINTS[1]).await);
    let (_, job) = steward.begin_loading("terukur", &files).await;
    let so_far = |done: usize| {
        format!("EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND done = {done} AND total = {bytes})")
    };
    until(&api, &so_far(0)).await;
    before.batch_execute("ROLLBACK").await.unwrap();
    until(&api, &so_far(bytes)).await;
    after.batch_execute("ROLLBACK").await.unwrap();
    let ended = steward.wait_for(job).await;
    assert_eq!((&ended["state"], &ended["done"], &ended["total"]), (&json!("succeeded"), &json!(bytes), &json!(bytes)));
}

#[tokio::test]
async fn a_release_rejected_while_it_is_read_stays_rejected() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let before = traces(&api).await;
    let holder = hold(&api, POINTS[4]).await;
    let (release, job) = steward.begin_loading("ditolak", &delivery(1)).await;
    until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
    steward.post(&format!("/v1/releases/{release}/rejection"), json!({ "reason": "salah kirim" })).await.ok();
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(steward.wait_for(job).await["state"], "failed");
    assert_eq!(steward.release(release).await["state"], "rejected");
    assert_eq!(traces(&api).await, before);
}

#[tokio::test]
async fn a_job_is_seen_and_stopped_by_its_agency_alone() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let received = steward.hand_in("1", &delivery(1)).await;
    let location = received.headers["location"].to_str().unwrap().to_owned();
    let job = id_of(&received.accepted()["job"]["job_id"]);
    assert_eq!(location, format!("/v1/jobs/{job}"));
    let other = api.manager_of("dinkes").await;
    other.get(&location).await.refused("not-found");
    other.post(&format!("{location}/cancellation"), json!({})).await.refused("not-found");
    assert_eq!(steward.wait_for(job).await["state"], "succeeded");
}
