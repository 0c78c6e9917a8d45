//! Who is enrolled: the first of each programme's ranking, confirmed and made active.

use super::{
    catalogue::Serves,
    client::{DemoFault, Listed},
    programs::Standing,
    progress::{Progress, say},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The day from which the enrolments of the demo count.
const SINCE: &str = "2026-01-22";
/// Rows that one list of enrolments takes.
const LIST_ROWS: usize = 5_000;
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

#[derive(Deserialize)]
struct Household {
    household_id: Uuid,
}

#[derive(Deserialize)]
struct HouseholdWithMembers {
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    individual_id: Uuid,
    age: Option<i64>,
}

/// Enrols in every programme that has nobody yet, and brings all candidates to be active. Answers how many stand.
///
/// # Errors
/// What the service refuses.
pub async fn make(programs: &[Standing<'_>], households: u32) -> Result<u64, DemoFault> {
    let mut progress = Progress::of("enrolments", programs.len() as u64);
    let mut enrolled = 0;
    for standing in programs {
        enrolled += progress.step(standing.program.code, fill(standing, households)).await?;
    }
    Ok(enrolled)
}

async fn fill(standing: &Standing<'_>, households: u32) -> Result<u64, DemoFault> {
    if taken(standing).await? == 0 {
        match standing.program.serves {
            Serves::Household => enrol_ranked(standing).await?,
            Serves::MemberAged(from, to) => enrol_members(standing, households, from..=to).await?,
        }
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

/// The rule names no member, so the agency names them: of the poorest households, the first of that age.
async fn enrol_members(
    standing: &Standing<'_>,
    households: u32,
    ages: std::ops::RangeInclusive<i64>,
) -> Result<(), DemoFault> {
    let wanted = (standing.program.quota(households) as usize).min(LIST_ROWS);
    let mut items = Vec::with_capacity(wanted);
    let mut next = Some("/v1/households?decile_max=1".to_owned());
    while let Some(path) = next.filter(|_| items.len() < wanted) {
        let page: Listed<Household> = standing.manager.get(&format!("{path}&limit={PAGE}")).await?;
        for Household { household_id } in page.items {
            let household: HouseholdWithMembers =
                standing.manager.get(&format!("/v1/households/{household_id}")).await?;
            let member = household.members.iter().find(|member| member.age.is_some_and(|age| ages.contains(&age)));
            items.extend(
                member.map(|member| json!({ "household_id": household_id, "individual_id": member.individual_id })),
            );
            if items.len() == wanted {
                break;
            }
        }
        next = page.next_cursor.map(|cursor| format!("/v1/households?decile_max=1&cursor={cursor}"));
    }
    if items.is_empty() {
        return Ok(());
    }
    let place = format!("/v1/programs/{}/enrolments/bulk", standing.program_id);
    standing.manager.post::<Value>(&place, &json!({ "items": items })).await.map(drop)
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
    let mut progress = Progress::of("no longer eligible", programs.len() as u64);
    let mut counts = Vec::with_capacity(programs.len());
    for standing in programs {
        let place = format!("/v1/programs/{}/enrolments-no-longer-eligible?limit={PAGE}", standing.program_id);
        let page: Listed<Value> = progress.step(standing.program.code, standing.manager.get(&place)).await?;
        let more = if page.next_cursor.is_some() { "+" } else { "" };
        counts.push(format!("{} {}{more}", standing.program.code, page.items.len()));
    }
    drop(progress);
    say(&format!("enrolled and no longer eligible in the new release: {}", counts.join(", ")));
    Ok(())
}
