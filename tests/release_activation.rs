//! Activation: by a second steward, at once or at its time, as one switch, and back again.

use crate::support::{
    Actor, Api, Reply,
    deliveries::{Draft, card, id_of, nik},
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

const HERE: &str = "35.26.02.2001";

/// A delivery of so many families.
fn families(count: u32) -> Draft {
    (1..=count).fold(Draft::new(), |draft, serial| draft.single(&card(serial), HERE, "3", &nik(serial)))
}

async fn state(actor: &Actor, release: Uuid) -> Value {
    actor.release(release).await["state"].clone()
}

#[tokio::test]
async fn who_loaded_or_asked_does_not_decide_and_another_steward_does() {
    let api = Api::start().await;
    let (loader, asker, other) = (api.steward().await, api.steward().await, api.steward().await);
    let release = loader.load("1", &families(2).files()).await;
    other.agree_to_activate(release).await.refused("not-found");
    let task = asker.ask_to_activate(release).await.created();
    assert_eq!((&task["kind"], &task["state"]), (&json!("release.activation"), &json!("open")));
    other.ask_to_activate(release).await.refused("approval-already-open");
    let waiting = other.get("/v1/approvals").await.ok();
    assert_eq!(waiting["items"][0]["subject_id"], json!(release));

    asker.agree_to_activate(release).await.refused("needs-another-person");
    loader.agree_to_activate(release).await.refused("needs-another-person");
    // The same person under another login is the same person.
    let identity = sejahtera::platform::auth::Identity {
        subject: "user:login-kedua".to_owned(),
        ..asker.identity.clone().unwrap()
    };
    Actor::new(api.clone(), identity).agree_to_activate(release).await.refused("needs-another-person");
    for role in [Role::SystemAdmin, Role::Auditor, Role::ProgramManager, Role::Approver] {
        api.actor(role, "dinsos", &["35.26"]).await.agree_to_activate(release).await.refused("forbidden");
    }
    assert_eq!(state(&other, release).await, "validated");

    let decided = other.agree_to_activate(release).await.ok();
    assert_eq!((&decided["approval"]["state"], &decided["release"]["state"]), (&json!("approved"), &json!("active")));
    assert_eq!(api.rows("SELECT release_id FROM active_release").await, [release.to_string()]);
    let remembered = "SELECT release_id, activated_by FROM release_activations";
    assert_eq!(api.rows(remembered).await, [format!("{release}|{}", other.person())]);
    other.agree_to_activate(release).await.refused("not-found");
    other.ask_to_activate(release).await.refused("release-step");
}

#[tokio::test]
async fn what_was_refused_or_taken_back_is_not_done_and_can_be_asked_again() {
    let api = Api::start().await;
    let (asker, other) = (api.steward().await, api.steward().await);
    let release = api.steward().await.load("1", &families(1).files()).await;
    let path = format!("/v1/releases/{release}/activation");
    asker.ask_to_activate(release).await.created();
    for unsaid in [json!({ "approve": false }), json!({ "approve": false, "reason": " " })] {
        let wrong = other.post(&format!("{path}/decision"), &unsaid).await;
        assert_eq!(wrong.wrong_fields(), ["/reason"], "{unsaid}");
    }
    let refusal = json!({ "approve": false, "reason": "berita acara belum ada" });
    let decided = other.post(&format!("{path}/decision"), &refusal).await.ok();
    assert_eq!(
        (&decided["approval"]["state"], &decided["release"]["state"]),
        (&json!("rejected"), &json!("validated"))
    );

    asker.ask_to_activate(release).await.created();
    let withdrawn = crate::support::Reply::of(asker.request(reqwest::Method::DELETE, &path)).await;
    assert_eq!(withdrawn.status, 204);
    other.agree_to_activate(release).await.refused("not-found");
    asker.ask_to_activate(release).await.created();
    other.agree_to_activate(release).await.ok();
}

#[tokio::test]
async fn turning_back_makes_the_former_release_active_and_the_other_validated() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let first = steward.load("1", &families(2).files()).await;
    api.activate(first).await;
    let second = steward.load("2", &families(3).files()).await;
    api.activate(second).await;
    assert_eq!((state(&steward, first).await, state(&steward, second).await), (json!("superseded"), json!("active")));

    api.activate(first).await;
    assert_eq!((state(&steward, first).await, state(&steward, second).await), (json!("active"), json!("validated")));
    // And forward again; a release that was active is not rejected, and keeps its rows.
    api.activate(second).await;
    assert_eq!((state(&steward, first).await, state(&steward, second).await), (json!("superseded"), json!("active")));
    for release in [first, second] {
        let path = format!("/v1/releases/{release}/rejection");
        steward.post(&path, json!({ "reason": "x" })).await.refused("release-step");
    }
    assert_eq!(api.rows("SELECT count(*) FROM household_snapshots").await, ["5"]);
    let replaced = "SELECT count(*), count(replaced_id) FROM release_activations";
    assert_eq!(api.rows(replaced).await, ["4|3"]);
}

#[tokio::test]
async fn an_activation_of_a_later_time_is_done_by_a_job_at_that_time() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("1", &families(1).files()).await;
    let at = chrono::Utc::now() + chrono::Duration::seconds(2);
    let wish = json!({ "reason": "berlaku nanti", "at": at });
    steward.post(&format!("/v1/releases/{release}/activation"), &wish).await.created();
    let decided = api.steward().await.agree_to_activate(release).await.ok();
    assert_eq!(decided["release"]["state"], "validated");
    let job = steward.wait_for(id_of(&decided["job_id"])).await;
    assert_eq!((&job["kind"], &job["state"]), (&json!("release.activate"), &json!("succeeded")), "{job}");
    let switched: chrono::DateTime<chrono::Utc> =
        api.database.value("SELECT activated_at FROM release_activations").await;
    assert!(switched >= at && switched < at + chrono::Duration::seconds(10), "{at} {switched}");
    assert_eq!(state(&steward, release).await, "active");
}

#[tokio::test]
async fn what_the_whole_regency_decided_no_steward_of_a_part_of_it_calls_off() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("1", &families(1).files()).await;
    let path = format!("/v1/releases/{release}/activation");
    let wish = json!({ "reason": "berlaku nanti", "at": "2099-01-01T00:00:00Z" });
    // The same person, with a login for one district.
    let mut narrow = steward.identity.clone().unwrap();
    narrow.areas = vec!["35.26.01".parse().unwrap()];
    let narrow = Actor::new(api.clone(), narrow);
    steward.post(&path, &wish).await.created();
    let withdraw = async |actor: &Actor| Reply::of(actor.request(Method::DELETE, &path)).await;
    withdraw(&narrow).await.refused("needs-whole-regency");
    assert_eq!(withdraw(&steward).await.status, 204);
    steward.post(&path, &wish).await.created();
    let decided = api.steward().await.agree_to_activate(release).await.ok();
    let cancellation = format!("/v1/jobs/{}/cancellation", decided["job_id"].as_str().unwrap());
    narrow.post(&cancellation, json!({})).await.refused("forbidden");
    assert_eq!(api.rows("SELECT state FROM jobs WHERE kind = 'release.activate'").await, ["queued"]);
    assert_eq!(steward.post(&cancellation, json!({})).await.ok()["state"], "cancelled");
}

#[tokio::test]
async fn a_scheduled_activation_of_a_release_rejected_meanwhile_does_not_happen() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("1", &families(1).files()).await;
    let wish = json!({ "reason": "berlaku nanti", "at": chrono::Utc::now() + chrono::Duration::seconds(2) });
    steward.post(&format!("/v1/releases/{release}/activation"), &wish).await.created();
    let decided = api.steward().await.agree_to_activate(release).await.ok();
    steward.post(&format!("/v1/releases/{release}/rejection"), json!({ "reason": "salah" })).await.ok();
    let job = steward.wait_for(id_of(&decided["job_id"])).await;
    assert_eq!((&job["state"], &job["problem"]["code"]), (&json!("failed"), &json!("release-step")));
    assert_eq!(api.rows("SELECT count(*) FROM active_release").await, ["0"]);
}

#[tokio::test]
async fn only_a_release_that_was_read_is_activated() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let mut broken = families(1);
    broken.families.without("desil_nasional");
    let (release, job) = steward.begin_loading("1", &broken.files()).await;
    steward.wait_for(job).await;
    steward.ask_to_activate(release).await.refused("release-step");
}

#[tokio::test]
async fn the_rows_of_a_rejected_release_are_dropped_and_its_findings_stay() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("1", &families(2).single("0", HERE, "3", &nik(9)).files()).await;
    let partitions = "SELECT count(*) FROM pg_class WHERE relname ~ '_snapshots_[0-9a-f]{32}$'";
    assert_eq!(api.rows(partitions).await, ["2"]);
    steward.post(&format!("/v1/releases/{release}/rejection"), json!({ "reason": "salah" })).await.ok();
    assert_eq!(api.rows(partitions).await, ["0"]);
    assert_eq!(api.rows("SELECT count(*) FROM household_snapshots").await, ["0"]);
    // The unusable number in both files, the family without members, the member set aside.
    assert_eq!(steward.findings(release, "").await.len(), 4);
}

/// One release active, and two more read against it; each asked to be activated.
async fn two_against_one(api: &Arc<Api>) -> [Uuid; 3] {
    let steward = api.steward().await;
    let first = steward.load("1", &families(1).files()).await;
    api.activate(first).await;
    // The same family of two persons, under a card number that each release has of its own.
    let later = |number| families(1).single(&card(number), HERE, "4", &nik(20)).member(&nik(21), "ANAK", "3").files();
    let second = steward.load("2", &later(30)).await;
    let third = steward.load("3", &later(31)).await;
    for release in [second, third] {
        api.steward().await.ask_to_activate(release).await.created();
    }
    [first, second, third]
}

/// Household of the family of two, by release.
fn of_two(release: Uuid) -> String {
    format!("SELECT household_id FROM household_snapshots WHERE release_id = '{release}' AND decile = 4")
}

#[tokio::test]
async fn a_release_read_against_another_one_is_read_again_before_it_is_activated() {
    let api = Api::start().await;
    let [first, second, third] = two_against_one(&api).await;
    let steward = api.steward().await;
    let reading = format!("/v1/releases/{third}/reading");
    // Nothing has changed since it was read.
    steward.post(&reading, json!({})).await.refused("release-step");
    steward.agree_to_activate(second).await.ok();
    let stale = steward.agree_to_activate(third).await.refused("comparison-is-stale");
    assert_eq!(stale["compared_with"], json!(first));
    assert_eq!((state(&steward, second).await, state(&steward, third).await), (json!("active"), json!("validated")));

    assert_ne!(api.rows(&of_two(third)).await, api.rows(&of_two(second)).await);
    let job = steward.post(&reading, json!({})).await.accepted();
    assert_eq!(steward.wait_for(id_of(&job["job_id"])).await["state"], "succeeded");
    let read = steward.release(third).await;
    assert_eq!((&read["state"], &read["compared_with"]), (&json!("validated"), &json!(second)));
    // Read against the second, the family is the one that is known from there.
    assert_eq!(api.rows(&of_two(third)).await, api.rows(&of_two(second)).await);
    assert_eq!(api.rows("SELECT count(*) FROM household_snapshots").await, ["5"]);
    // What was asked is still asked.
    steward.agree_to_activate(third).await.ok();
    assert_eq!(state(&steward, third).await, "active");
    // The new card number, which the first reading gave to a household of its own, leads to the family.
    let digest = api.settings.vault.digest(sejahtera::platform::vault::Use::Kk, card(31).as_bytes());
    let sql = "SELECT household_id::text FROM kk_directory WHERE digest = $1";
    let led_to: String = api.database.owner().await.query_one(sql, &[&&digest[..]]).await.unwrap().get(0);
    assert_eq!(api.rows(&of_two(third)).await, [led_to]);
}

#[tokio::test]
async fn of_two_releases_read_against_the_same_one_and_agreed_to_at_once_one_is_activated() {
    let api = Api::start().await;
    let [_, second, third] = two_against_one(&api).await;
    let (one, other) = (api.steward().await, api.steward().await);
    let (one, other) = tokio::join!(one.agree_to_activate(second), other.agree_to_activate(third));
    let (agreed, refused) = if one.status == 200 { (one, other) } else { (other, one) };
    agreed.ok();
    refused.refused("comparison-is-stale");
    let states =
        "SELECT count(*) FILTER (WHERE state = 'active'), count(*) FILTER (WHERE state = 'validated') FROM releases";
    assert_eq!(api.rows(states).await, ["1|1"]);
}

#[tokio::test]
async fn a_scheduled_activation_of_a_release_that_is_stale_by_then_does_not_happen() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let first = steward.load("1", &families(1).files()).await;
    let second = steward.load("2", &families(2).files()).await;
    let wish = json!({ "reason": "berlaku nanti", "at": chrono::Utc::now() + chrono::Duration::seconds(2) });
    steward.post(&format!("/v1/releases/{second}/activation"), &wish).await.created();
    let decided = api.steward().await.agree_to_activate(second).await.ok();
    api.activate(first).await;
    let job = steward.wait_for(id_of(&decided["job_id"])).await;
    assert_eq!((&job["state"], &job["problem"]["code"]), (&json!("failed"), &json!("comparison-is-stale")));
    assert_eq!(state(&steward, first).await, "active");
    steward.ask_to_activate(second).await.refused("comparison-is-stale");
}

/// Asks over HTTP which release is active, until it is told to stop; each answer must name exactly one.
async fn read_over_http(reader: Actor, stop: Arc<AtomicBool>, reads: Arc<AtomicU64>) {
    while !stop.load(Ordering::Relaxed) {
        let page = reader.get("/v1/releases?state=active").await.ok();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
        reads.fetch_add(1, Ordering::Relaxed);
    }
}

/// Joins the pointer to the rows as the application role does, and must see a release whole: three households of
/// the first or five of the second, with as many members.
async fn read_over_sql(reader: Actor, stop: Arc<AtomicBool>, reads: Arc<AtomicU64>) {
    let client = reader.api.database.application().await;
    let lane = reader.identity.as_ref().unwrap().lane_statements();
    let sql = "SELECT count(*), count(DISTINCT h.release_id), min(r.label), min(r.state),
                      (SELECT count(*) FROM individual_snapshots i JOIN active_release USING (release_id)),
                      (SELECT count(*) FROM releases WHERE state = 'active')
               FROM active_release a JOIN household_snapshots h USING (release_id) JOIN releases r USING (release_id)";
    while !stop.load(Ordering::Relaxed) {
        client.batch_execute(&format!("BEGIN;{lane}")).await.unwrap();
        let row = client.query_one(sql, &[]).await.unwrap();
        client.batch_execute("COMMIT").await.unwrap();
        let counts: [i64; 4] = [row.get(0), row.get(1), row.get(4), row.get(5)];
        let households = if row.get::<_, &str>(2) == "1" { 3 } else { 5 };
        assert_eq!(counts, [households, 1, households, 1]);
        assert_eq!(row.get::<_, &str>(3), "active");
        reads.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_readers_never_see_none_two_or_a_mixture_while_releases_are_switched() {
    let api = Api::start_with(|variables| drop(variables.insert("POOL_SIZE".into(), "12".into()))).await;
    let steward = api.steward().await;
    let first = steward.load("1", &families(3).files()).await;
    api.activate(first).await;
    let second = steward.load("2", &families(5).files()).await;
    let (stop, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut readers = tokio::task::JoinSet::new();
    for number in 0..32 {
        let reader = api.auditor().await;
        let (stop, reads) = (stop.clone(), reads.clone());
        if number < 16 {
            readers.spawn(read_over_http(reader, stop, reads));
        } else {
            readers.spawn(read_over_sql(reader, stop, reads));
        }
    }
    for release in [second, first, second, first, second] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        api.activate(release).await;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
    assert!(reads.load(Ordering::Relaxed) > 320, "{reads:?}");
    assert_eq!(state(&steward, second).await, "active");
}
