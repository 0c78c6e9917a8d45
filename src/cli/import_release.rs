//! `sejahtera import-release`: a delivery that lies on this machine, read without the service.

use super::progress::Progress;
use crate::{
    access::accounts,
    platform::{
        auth::{Principal, Role},
        config::Settings,
        db::Db,
        jobs::JobRun,
    },
    registry::releases::service::{ImportFiles, import_files},
};
use chrono::NaiveDate;
use clap::Args;
use std::{cell::OnceCell, convert::Infallible, path::PathBuf, sync::Arc, time::Duration};
use uuid::Uuid;

/// What to read.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Name of the release.
    #[arg(long)]
    label: String,
    /// The day that the data describes, as 2026-01-20.
    #[arg(long)]
    data_date: NaiveDate,
    /// The families' file: CSV or XLSX, also compressed with gzip or zstd.
    #[arg(long)]
    families: PathBuf,
    /// The members' file, likewise.
    #[arg(long)]
    members: PathBuf,
    /// The code book as XLSX or CSV; the questionnaire's where it is left out.
    #[arg(long)]
    code_book: Option<PathBuf>,
    /// User name of the registry steward who hands it in and has the whole regency; another steward activates it.
    #[arg(long = "as")]
    steward: String,
}

/// Runs it.
///
/// # Errors
/// Why the delivery could not be read.
pub fn run(args: ImportArgs) -> Result<(), String> {
    let settings = Settings::from_environment().map_err(|faults| faults.to_string())?;
    super::block_on(async move {
        let db = Db::new(&settings.database_url, 4).map_err(|problem| problem.to_string())?;
        let caller = steward(&db, &args.steward).await?;
        let mut paths = vec![("families", args.families.as_path()), ("members", args.members.as_path())];
        paths.extend(args.code_book.as_deref().map(|path| ("code_book", path)));
        let (label, data_date) = (args.label, args.data_date);
        let import = ImportFiles { settings: Arc::new(settings), db, caller, label, data_date, paths: &paths };
        let (progress, reading) = (Progress::unbounded("bytes read"), OnceCell::new());
        let note = |run: &JobRun| drop(reading.set(run.clone()));
        let result = tokio::select! {
            result = import_files(import, note) => result.map_err(|problem| problem.to_string())?,
            never = follow(&reading, &progress) => match never {},
        };
        drop(progress);
        println!("{result}");
        Ok(())
    })
}

async fn steward(db: &Db, name: &str) -> Result<Principal, String> {
    let user = db.act_as_service(async |tx| accounts::queries::active_user(tx, name).await).await;
    match user.map_err(|problem| problem.to_string())? {
        Some(user) if user.role == Role::RegistrySteward => Ok(Principal::resumed(user.identity(), Uuid::now_v7())),
        _ => Err(format!("{name} is no registry steward")),
    }
}

/// Tells how many bytes of both files are read, as long as the reading goes on.
async fn follow(run: &OnceCell<JobRun>, progress: &Progress) -> Infallible {
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        if let Some(run) = run.get() {
            let (done, total) = run.so_far();
            progress.reached(done.unsigned_abs(), total.map(i64::unsigned_abs));
        }
    }
}
