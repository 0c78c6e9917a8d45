//! `sejahtera load-bps-codes`: BPS's own numbers of regions, from a table on this machine.

use crate::{platform::db::Db, registry::regions::bps};
use clap::Args;
use std::{fs::File, path::PathBuf};

/// Loads BPS's numbers of regions, in the place of those before.
#[derive(Debug, Args)]
pub struct BpsCodesArgs {
    /// The table, as CSV with the columns `kode_bps` and `kode_dagri`.
    table: PathBuf,
    /// PostgreSQL as the application role.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
}

/// Runs it.
///
/// # Errors
/// What is wrong with the table, line by line; nothing is loaded then.
pub fn run(args: &BpsCodesArgs) -> Result<(), String> {
    let file = File::open(&args.table).map_err(|error| format!("{}: {error}", args.table.display()))?;
    let table = bps::read(file).map_err(|faults| faults.join("\n"))?;
    super::block_on(async {
        let db = Db::new(&args.database_url, 1).map_err(|problem| problem.to_string())?;
        let loaded = db.act_as_service(async |tx| bps::load(tx, &table).await).await;
        let loaded = loaded.map_err(|problem| problem.to_string())?;
        println!("{} regions numbered, {} lines of other regions", loaded.regions, loaded.elsewhere);
        Ok(())
    })
}
