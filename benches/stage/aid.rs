//! Programmes of the first agency: one in which the poorest stand already, and one whose rule is measured.

use super::accounts::AGENCIES;
use crate::{Outcome, caller::Caller, database::Database};
use serde_json::{Value, json};
use uuid::Uuid;

/// The programme in which households stand: what lists, lookups and rules ask for.
pub const STANDING: &str = "PKH";
/// The programme whose rule is measured.
pub const MEASURED: &str = "BLT-DAERAH";
/// That rule.
pub const RULE: &str = "household.decile <= 4 && household.floor in ['tanah','bambu'] && household.power_va <= 900 \
    && members.exists(m, m.age >= 60 || m.disabled) && !('PKH' in aid.programs)";

fn program(code: &str, eligibility: &str) -> Value {
    json!({
        "code": code, "name": code, "kind": "cash", "funding": "reported", "serves": "household",
        "benefit": "Bantuan tunai", "cadence": "quarterly", "fund_source": "apbn", "legal_basis": "Hanya untuk pengukuran",
        "areas": ["35.26"], "starts_on": "2026-01-01", "sensitive_fields": true, "eligibility": eligibility,
    })
}

/// The id of a programme of ours.
pub async fn find(manager: &Caller, code: &str) -> Outcome<Uuid> {
    let listed: Value = serde_json::from_str(&manager.get(&format!("/v1/programs?agency={}", AGENCIES[0])).await?)?;
    let programs = listed["items"].as_array().ok_or("no programmes")?;
    let found = programs.iter().find(|program| program["code"] == code).ok_or("the programme is not there")?;
    Ok(found["program_id"].as_str().unwrap_or_default().parse()?)
}

/// Makes both, and enrols the poorest in the first.
pub async fn place(manager: &Caller, database: &Database) -> Outcome<()> {
    manager.ensure("/v1/programs", &program(STANDING, "household.decile <= 1")).await?;
    manager.ensure("/v1/programs", &program(MEASURED, RULE)).await?;
    let standing = find(manager, STANDING).await?;
    manager.post(&format!("/v1/programs/{standing}/enrolments/from-eligible"), &json!({})).await?;
    // As they would lie after a night.
    database.owner.batch_execute("VACUUM (ANALYZE)").await?;
    Ok(())
}
