//! `sejahtera import-release`: a delivery that lies on this machine, read without the service.

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
use indicatif::{ProgressBar, ProgressStyle};
use std::{path::PathBuf, sync::Arc, time::Duration};
use uuid::Uuid;

/// Reads a delivery from files; settings come from the environment as for `serve`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Name of the release.
    #[arg(long)]
    label: String,
    /// The day that the data describes, as 2026-01-20.
    #[arg(long)]
    data_date: NaiveDate,
    /// The families' file.
    #[arg(long)]
    families: PathBuf,
    /// The members' file.
    #[arg(long)]
    members: PathBuf,
    /// The code book; the questionnaire's where it is left out.
    #[arg(long)]
    code_book: Option<PathBuf>,
    /// User name of the registry steward who hands it in; another steward activates it.
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
        let result = import_files(import, show_progress).await.map_err(|problem| problem.to_string())?;
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

/// A bar of what is read of both files, on a terminal.
fn show_progress(run: &JobRun) {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes} read, {elapsed}") {
        bar.set_style(style);
    }
    let run = run.clone();
    tokio::task::spawn_local(async move {
        loop {
            let (done, total) = run.so_far();
            bar.set_length(total.unwrap_or_default().unsigned_abs());
            bar.set_position(done.unsigned_abs());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
}
