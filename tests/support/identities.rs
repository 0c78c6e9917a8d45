//! Numbers by which somebody is found, sealed nowhere: only the directories' digests matter to a lookup.

use super::{Api, world::Household};
use sejahtera::platform::vault::Use;
use uuid::Uuid;

/// NIKs of valid form: women born on 17 August 1990 in Socah, one for each number from 1.
pub fn nik(number: u32) -> String {
    format!("352602570890{number:04}")
}

/// KK numbers of valid form, one for each number from 1.
pub fn kk(number: u32) -> String {
    format!("352602170819{number:04}")
}

/// Makes an individual known by a NIK.
pub async fn know_individual(api: &Api, individual_id: Uuid, nik: &str) {
    let digest = api.settings.vault.digest(Use::Nik, nik.as_bytes()).to_vec();
    let sql = "INSERT INTO nik_directory VALUES (1, $1, $2)";
    api.database.owner().await.execute(sql, &[&digest, &individual_id]).await.unwrap();
}

/// Makes a household known by a KK number.
pub async fn know_household(api: &Api, household: &Household, kk: &str) {
    let digest = api.settings.vault.digest(Use::Kk, kk.as_bytes()).to_vec();
    let sql = "INSERT INTO kk_directory VALUES (1, $1, $2)";
    api.database.owner().await.execute(sql, &[&digest, &household.household_id]).await.unwrap();
}
