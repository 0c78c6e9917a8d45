//! Releases: handed in, read by a job, activated by a second steward.

use super::deliveries::{self, Delivery};
use crate::{Outcome, caller::Caller, database::Database};
use reqwest::{
    StatusCode,
    multipart::{Form, Part},
};
use sejahtera::cli::progress::{Progress, say};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Longest time that a release may take to be read.
const PATIENCE: Duration = Duration::from_secs(1800);

async fn form(delivery: &Delivery, label: &str, data_date: &str) -> Outcome<Form> {
    Ok(Form::new()
        .text("label", label.to_owned())
        .text("data_date", data_date.to_owned())
        .part("families", Part::file(&delivery.families).await?)
        .part("members", Part::file(&delivery.members).await?)
        .part("code_book", Part::file(&delivery.code_book).await?))
}

/// A delivery that was taken in.
pub struct Received {
    /// The release.
    pub release_id: Uuid,
    job_id: String,
    /// When it was accepted.
    pub at: Instant,
}

/// Hands a delivery in. What a broken-off run had handed in is not taken twice: its release comes as the error side.
pub async fn hand_in(steward: &Caller, folder: &Path, quarter: u32) -> Outcome<Result<Received, Uuid>> {
    let delivery = deliveries::files(folder, quarter)?;
    let date = format!("2026-{:02}-20", quarter * 3 - 2);
    let form = form(&delivery, &format!("DTSEN 2026 triwulan {quarter}"), &date).await?;
    let (status, answer) = steward.upload("/v1/releases", form).await?;
    let at = Instant::now();
    let id = |value: &Value| -> Outcome<Uuid> { Ok(value.as_str().unwrap_or_default().parse()?) };
    match status {
        StatusCode::ACCEPTED => {
            let job_id = answer["job"]["job_id"].as_str().unwrap_or_default().to_owned();
            Ok(Ok(Received { release_id: id(&answer["release"]["release_id"])?, job_id, at }))
        }
        StatusCode::CONFLICT => Ok(Err(id(&answer["release_id"]).map_err(|_| format!("not taken: {answer}"))?)),
        _ => Err(format!("the delivery was not taken: {status} {answer}").into()),
    }
}

/// Waits until the release is read; answers the seconds since it was accepted.
pub async fn await_read(steward: &Caller, received: &Received) -> Outcome<f64> {
    loop {
        let job: Value = serde_json::from_str(&steward.get(&format!("/v1/jobs/{}", received.job_id)).await?)?;
        match job["state"].as_str() {
            Some("succeeded") => return Ok(received.at.elapsed().as_secs_f64()),
            Some("failed" | "cancelled") => return Err(format!("the delivery was not read: {job}").into()),
            _ if received.at.elapsed() > PATIENCE => return Err("the delivery is read for too long".into()),
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Loads the first release and has the second steward activate it.
pub async fn load_first(database: &Database, steward: &Caller, second: &Caller, folder: &Path) -> Outcome<()> {
    let _progress = Progress::unbounded("loading the first release");
    let received = match hand_in(steward, folder, 1).await? {
        Ok(received) => received,
        Err(_) => return Err("a former run broke off while it filled the database: drop schema bench's notes".into()),
    };
    let seconds = await_read(steward, &received).await?;
    say(&format!("  read in {seconds:.1} s"));
    let path = format!("/v1/releases/{}/activation", received.release_id);
    steward.post(&path, &json!({ "reason": "Rilis pertama" })).await?;
    second.post(&format!("{path}/decision"), &json!({ "approve": true, "reason": "Sesuai" })).await?;
    database.note("release", &received.release_id.to_string()).await
}
