//! What is there before anything is measured: two deliveries on disk, accounts, an active release, a programme in
//! which some households stand. Made once by the service's own ways in, and kept.

mod accounts;
pub mod aid;
pub mod deliveries;
pub mod money;
pub mod releases;

use super::{Outcome, caller::Caller, database::Database, service, service::Service};
use accounts::AREAS;
pub use aid::STANDING as PROGRAM;
use sejahtera::{cli::progress::Progress, platform::vault::random_bytes};
use sha2::{Digest, Sha256};
use std::path::Path;
use uuid::Uuid;

/// Callers of one agency and area, who share a lane in the database.
pub struct Lane {
    /// Which of [`accounts::AREAS`].
    pub area: usize,
    /// Its callers.
    pub callers: Vec<Caller>,
}

/// Who calls, and what is there.
pub struct Stage {
    /// Loads releases.
    pub steward: Caller,
    /// Eight lanes of three callers.
    pub lanes: Vec<Lane>,
    /// A programme manager of the first agency for the whole regency.
    pub manager: Caller,
    /// The active release.
    pub release_id: Uuid,
}

impl Stage {
    /// The same stage, with the service at another address.
    pub fn at(mut self, service: &Service) -> Self {
        let there = |caller: &mut Caller| *caller = caller.at(&service.address);
        there(&mut self.steward);
        there(&mut self.manager);
        self.lanes.iter_mut().flat_map(|lane| &mut lane.callers).for_each(there);
        self
    }

    /// The patterns of a lane's areas, as the database compares them.
    pub fn patterns(area: usize) -> Vec<String> {
        AREAS[area].iter().map(|prefix| format!("{prefix}.%")).collect()
    }
}

/// Before the service starts: the deliveries, and a database of this version with its first administrator.
pub async fn prepare(database: &Database, folder: &Path, households: u32) -> Outcome<()> {
    deliveries::generate(folder, households)?;
    let keys = std::env::var("DIGEST_KEYS").map_err(|_| "DIGEST_KEYS is not set: run `./dev bench`")?;
    let keys: String = Sha256::digest(keys).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    database.claim(&format!("{households} households, keys {keys}")).await?;
    if database.noted("password").await?.is_none() {
        database.note("password", &Uuid::from_bytes(random_bytes()).to_string()).await?;
    }
    let password = database.noted("password").await?.unwrap_or_default();
    service::run(&["migrate", "--first-admin", accounts::ADMIN], &[("ADMIN_PASSWORD", &password)])
}

/// Fills what is missing.
pub async fn fill(database: &Database, service: &Service, folder: &Path) -> Outcome<Stage> {
    let password = database.noted("password").await?.unwrap_or_default();
    if database.noted("accounts").await?.is_none() {
        let _progress = Progress::unbounded("making accounts");
        accounts::make(&service.address, &password).await?;
        database.note("accounts", "made").await?;
    }
    let log_in = |name: String| {
        let password = password.clone();
        async move { Caller::log_in(&service.address, &name, &password).await }
    };
    let steward = log_in(accounts::STEWARDS[0].to_owned()).await?;
    if database.noted("release").await?.is_none() {
        let second = log_in(accounts::STEWARDS[1].to_owned()).await?;
        releases::load_first(database, &steward, &second, folder).await?;
    }
    let release_id = database.noted("release").await?.unwrap_or_default().parse()?;
    if database.noted("aid").await?.is_none() {
        let _progress = Progress::unbounded(format!("enrolling the poorest in {PROGRAM}"));
        aid::place(&log_in(accounts::manager(0, 0, 0)).await?, database).await?;
        database.note("aid", "placed").await?;
    }
    let progress = Progress::unbounded("logging in");
    let mut lanes = Vec::new();
    for (agency, area) in accounts::lanes() {
        let mut callers = Vec::new();
        for number in 0..accounts::CALLERS {
            callers.push(progress.step("", log_in(accounts::manager(agency, area, number))).await?);
        }
        lanes.push(Lane { area, callers });
    }
    let manager = lanes[0].callers[0].clone();
    Ok(Stage { steward, lanes, manager, release_id })
}
