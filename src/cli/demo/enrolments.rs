//! Who is enrolled: the first of each programme's ranking, confirmed and made active.

use super::{
    client::{DemoFault, Listed},
    programs::Standing,
};
use crate::cli::progress::{Progress, say};
use serde::Deserialize;
use serde_json::{Value, json};

/// The day from which the enrolments of the demo count.
const SINCE: &str = "2026-01-22";
/// Rows of a page.
const PAGE: usize = 500;

#[derive(Deserialize)]
struct ProgramDetail {
    places: Places,
}

#[derive(Deserialize)]
struct Places {
    taken: u64,
}

/// Enrols in every programme that has nobody yet, and brings all candidates to be active. Answers how many stand.
///
/// # Errors
/// What the service refuses.
pub async fn make(programs: &[Standing<'_>]) -> Result<u64, DemoFault> {
    let progress = Progress::of("enrolments", programs.len() as u64);
    let mut enrolled = 0;
    for standing in programs {
        enrolled += progress.step(standing.program.code, fill(standing)).await?;
    }
    Ok(enrolled)
}

async fn fill(standing: &Standing<'_>) -> Result<u64, DemoFault> {
    if taken(standing).await? == 0 {
        enrol_ranked(standing).await?;
    }
    move_all(standing, "candidate", "confirmed", "Hasil verifikasi kelayakan di lapangan").await?;
    move_all(standing, "confirmed", "active", "Surat keputusan penetapan penerima, triwulan 1 2026").await?;
    taken(standing).await
}

/// How many places are taken.
async fn taken(standing: &Standing<'_>) -> Result<u64, DemoFault> {
    let detail: ProgramDetail = standing.manager.get(&format!("/v1/programs/{}", standing.program_id)).await?;
    Ok(detail.places.taken)
}

async fn enrol_ranked(standing: &Standing<'_>) -> Result<(), DemoFault> {
    let place = format!("/v1/programs/{}/enrolments/from-eligible", standing.program_id);
    standing.manager.post::<Value>(&place, &json!({})).await.map(drop)
}

/// Moves all that stand in one state.
async fn move_all(standing: &Standing<'_>, from: &str, to: &str, reason: &str) -> Result<(), DemoFault> {
    let place = format!("/v1/programs/{}/enrolments/transitions", standing.program_id);
    let step = json!({ "from": from, "to": to, "reason": reason, "effective_on": SINCE });
    standing.manager.post::<Value>(&place, &step).await.map(drop)
}

/// Says who is enrolled and would not be any more, now that another release is active.
///
/// # Errors
/// What the service refuses.
pub async fn tell_no_longer_eligible(programs: &[Standing<'_>]) -> Result<(), DemoFault> {
    let progress = Progress::of("no longer eligible", programs.len() as u64);
    let mut counts = Vec::with_capacity(programs.len());
    for standing in programs {
        let place = format!("/v1/programs/{}/enrolments-no-longer-eligible?limit={PAGE}", standing.program_id);
        let page: Listed<Value> = progress.step(standing.program.code, standing.manager.get(&place)).await?;
        let more = if page.next_cursor.is_some() { "+" } else { "" };
        counts.push(format!("{} {}{more}", standing.program.code, page.items.len()));
    }
    say(&format!("enrolled and no longer eligible in the new release: {}", counts.join(", ")));
    Ok(())
}
