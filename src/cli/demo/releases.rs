//! The demo's two deliveries: written by the generator, handed in by one steward, activated by another.

use super::{
    accounts::{SECOND_STEWARD, STEWARD},
    client::{Caller, DemoFault, Listed, Service, Unless},
};
use crate::cli::generate::{
    calendar::delivery_date,
    lists,
    sink::Compression,
    write::{Order, deliver},
};
use crate::cli::progress::{Progress, grouped, say};
use reqwest::multipart::Form;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{path::Path, time::Duration};
use uuid::Uuid;

/// Names the demo's made-up regency.
const SEED: u64 = 3526;
/// How often a job is asked how far it is.
const POLL: Duration = Duration::from_millis(200);

/// What is read of a release.
#[derive(Debug, Clone, Deserialize)]
pub struct Release {
    /// Its id.
    pub release_id: Uuid,
    label: String,
    state: String,
    /// Households loaded.
    pub households: u64,
    /// Individuals loaded.
    pub individuals: u64,
}

#[derive(Deserialize)]
struct Job {
    job_id: Uuid,
    kind: String,
    state: String,
    done: u64,
    total: Option<u64>,
    problem: Option<Value>,
}

#[derive(Deserialize)]
struct Received {
    release: Release,
}

/// A quarter's delivery to be made.
#[derive(Clone, Copy)]
pub struct Quarter<'a> {
    /// 1 or 2.
    pub number: u32,
    /// Households of the first quarter.
    pub households: u32,
    /// Where its files are written.
    pub folder: &'a Path,
}

/// Brings a quarter's release to be the active one, from wherever an earlier run left it.
///
/// # Errors
/// What the service refuses, or why the delivery can't be read.
pub async fn load(service: &Service, quarter: Quarter<'_>) -> Result<Release, DemoFault> {
    let steward = service.log_in(STEWARD).await?;
    let label = format!("DTSEN 2026 triwulan {}", quarter.number);
    let release = match find(&steward, &label).await? {
        Some(release) => release,
        None => hand_in(&steward, quarter, &label).await?,
    };
    let release = await_import(&steward, release).await?;
    if release.state != "validated" {
        return Ok(release);
    }
    Progress::unbounded(format!("{label}: activation")).step("", activate(service, &steward, &release)).await
}

async fn find(steward: &Caller<'_>, label: &str) -> Result<Option<Release>, DemoFault> {
    let known: Listed<Release> = steward.get("/v1/releases?limit=500").await?;
    Ok(known.items.into_iter().find(|release| release.label == label && release.state != "rejected"))
}

async fn hand_in(steward: &Caller<'_>, quarter: Quarter<'_>, label: &str) -> Result<Release, DemoFault> {
    let delivery = deliver(&Order {
        households: quarter.households,
        seed: SEED,
        quarter: quarter.number,
        dirty: true,
        compression: Some(Compression::Gzip),
        out: quarter.folder.to_owned(),
    })?;
    let mut form =
        Form::new().text("label", label.to_owned()).text("data_date", delivery_date(quarter.number).to_string());
    for (part, path) in
        [("families", &delivery.families), ("members", &delivery.members), ("code_book", &delivery.code_book)]
    {
        let attached = form.file(part, path).await;
        form = attached.map_err(|error| DemoFault::File { path: path.clone(), error })?;
    }
    let progress = Progress::unbounded(format!("{label}: upload"));
    let received: Received = progress.step("", steward.upload("/v1/releases", form)).await?;
    Ok(received.release)
}

/// Waits until the release has been read.
async fn await_import(steward: &Caller<'_>, mut release: Release) -> Result<Release, DemoFault> {
    let progress = Progress::unbounded(format!("{}: bytes read", release.label));
    while matches!(release.state.as_str(), "received" | "validating") {
        let job = import_job(steward, &release).await?;
        match job.state.as_str() {
            "failed" | "cancelled" => {
                return Err(DemoFault::Import {
                    label: release.label,
                    state: job.state,
                    detail: job.problem.unwrap_or_default(),
                });
            }
            _ => progress.reached(job.done, job.total),
        }
        tokio::time::sleep(POLL).await;
        release = steward.get(&format!("/v1/releases/{}", release.release_id)).await?;
    }
    let Release { label, households, individuals, .. } = &release;
    let (households, individuals) = (grouped(*households), grouped(*individuals));
    let took = progress.took();
    say(&format!("{label}: {households} households, {individuals} individuals (read in {took})"));
    Ok(release)
}

/// The newest job that reads the release.
async fn import_job(steward: &Caller<'_>, release: &Release) -> Result<Job, DemoFault> {
    let jobs: Listed<Job> = steward.get(&format!("/v1/jobs?subject_id={}&limit=500", release.release_id)).await?;
    let imports = jobs.items.into_iter().filter(|job| job.kind == "release.import");
    imports.max_by_key(|job| job.job_id).ok_or_else(|| DemoFault::Import {
        label: release.label.clone(),
        state: "is in nobody's hands".to_owned(),
        detail: Value::Null,
    })
}

/// One steward asks, another one agrees.
async fn activate(service: &Service, steward: &Caller<'_>, release: &Release) -> Result<Release, DemoFault> {
    let place = format!("/v1/releases/{}/activation", release.release_id);
    let wish = json!({ "reason": "Rilis triwulanan sesuai berita acara serah terima" });
    steward.post::<Value>(&place, &wish).await.unless("approval-already-open")?;
    let second = service.log_in(SECOND_STEWARD).await?;
    let decision = json!({ "approve": true, "reason": "Temuan dan perbandingan sudah diperiksa" });
    second.post::<Value>(&format!("{place}/decision"), &decision).await?;
    second.get(&format!("/v1/releases/{}", release.release_id)).await
}

#[derive(Deserialize)]
struct Comparison {
    total: Changes,
}

#[derive(Deserialize)]
struct Changes {
    arrived: u64,
    left: u64,
    stayed: u64,
    changed_decile: u64,
    extreme_movers: u64,
}

/// Says what differs between two releases.
///
/// # Errors
/// What the service refuses.
pub async fn compare(service: &Service, new: &Release, old: &Release) -> Result<(), DemoFault> {
    let steward = service.log_in(STEWARD).await?;
    let path = format!("/v1/releases/{}/comparison?with={}", new.release_id, old.release_id);
    let Comparison { total } = Progress::of("comparison", 1).step("", steward.get(&path)).await?;
    let counts = [total.arrived, total.left, total.stayed, total.changed_decile, total.extreme_movers];
    let [arrived, left, stayed, changed_decile, extreme_movers] = counts.map(grouped);
    say(&format!(
        "{} against the one before: {arrived} households arrived, {left} left, {stayed} stayed; {changed_decile} \
         changed decile, {extreme_movers} of them by seven or more",
        new.label
    ));
    Ok(())
}

/// The number of a poor family that both deliveries have undamaged, so that it can be looked up.
#[must_use]
pub fn example_family(households: u32) -> Option<String> {
    let found = lists::indexes(SEED, households, 2)
        .filter(|index| (1..=2).all(|quarter| lists::is_intact(SEED, *index, quarter)))
        .filter_map(|index| lists::household(SEED, index, 2))
        .find(|household| household.decile <= 2);
    found.map(|household| household.kk_number)
}
