//! Accounts: an administrator, two stewards, and programme managers of four agencies in two areas each.

use crate::{Outcome, caller::Caller};
use serde_json::json;

/// The first administrator.
pub const ADMIN: &str = "bench.admin";
/// Who loads a release, and who activates it.
pub const STEWARDS: [&str; 2] = ["bench.steward.one", "bench.steward.two"];
/// Agencies; the first runs the programme.
pub const AGENCIES: [&str; 4] = ["dinsos", "dinkes", "disdik", "perkim"];
/// The whole regency, and every second district.
pub const AREAS: [&[&str]; 2] = [
    &["35.26"],
    &["35.26.01", "35.26.03", "35.26.05", "35.26.07", "35.26.09", "35.26.11", "35.26.13", "35.26.15", "35.26.17"],
];
/// Callers of each lane.
pub const CALLERS: usize = 3;

/// Agencies × areas, as indexes.
pub fn lanes() -> impl Iterator<Item = (usize, usize)> {
    (0..AGENCIES.len()).flat_map(|agency| (0..AREAS.len()).map(move |area| (agency, area)))
}

/// The user name of a lane's caller.
pub fn manager(agency: usize, area: usize, number: usize) -> String {
    format!("bench.{}.{area}.{number}", AGENCIES[agency])
}

/// Makes them all.
pub async fn make(address: &str, password: &str) -> Outcome<()> {
    let admin = Caller::log_in(address, ADMIN, password).await?;
    for code in AGENCIES {
        let agency = json!({ "code": code, "name": format!("Dinas {code}"), "kind": "regency_office" });
        admin.ensure("/v1/agencies", &agency).await?;
    }
    let user = |username: &str, role: &str, agency: &str, areas: &[&str]| {
        json!({ "username": username, "full_name": "Petugas Uji", "password": password, "role": role,
            "agency_code": agency, "areas": areas })
    };
    for steward in STEWARDS {
        admin.ensure("/v1/users", &user(steward, "registry_steward", AGENCIES[0], AREAS[0])).await?;
    }
    for (agency, area) in lanes() {
        for number in 0..CALLERS {
            let name = manager(agency, area, number);
            admin.ensure("/v1/users", &user(&name, "program_manager", AGENCIES[agency], AREAS[area])).await?;
        }
    }
    Ok(())
}
