//! `sejahtera migrate`.

use super::progress::Progress;
use crate::{
    access::{
        accounts::{NewUser, passwords, queries, service},
        agencies::{self, AgencyKind, Contact, NewAgency},
    },
    platform::{
        auth::Role,
        db::{Db, migrate},
    },
    registry::regions,
};
use clap::Args;
use diesel_async::{AsyncConnection, AsyncPgConnection};

/// Brings the database to this version.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// PostgreSQL as the role that owns the tables.
    #[arg(long, env = "DATABASE_OWNER_URL", hide_env_values = true)]
    owner_url: String,
    /// PostgreSQL as the application role, whose rights are set.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// Makes the first system administrator under this name, where there is none; the password (twelve characters at
    /// least) is read from the environment's ADMIN_PASSWORD.
    #[arg(long)]
    first_admin: Option<String>,
}

/// Runs it.
///
/// # Errors
/// Why the database could not be brought to this version.
pub fn run(args: &MigrateArgs) -> Result<(), String> {
    super::block_on(async {
        let role = role_of(&args.database_url)?;
        let progress = Progress::unbounded("migrating");
        let versions = prepare(&args.owner_url, &role).await?;
        drop(progress);
        match versions.len() {
            0 => eprintln!("the database is at this version"),
            count => eprintln!("{count} migrations run"),
        }
        match &args.first_admin {
            Some(name) => make_first_admin(&args.database_url, name).await,
            None => Ok(()),
        }
    })
}

/// Migrates and brings the regions in. Answers the versions run.
///
/// # Errors
/// What the database refused.
pub async fn prepare(owner_url: &str, application_role: &str) -> Result<Vec<String>, String> {
    let versions = migrate::migrate(owner_url, application_role).await.map_err(|fault| fault.to_string())?;
    let rows = regions::delivered().map_err(|error| error.to_string())?;
    let mut owner = AsyncPgConnection::establish(owner_url).await.map_err(|error| error.to_string())?;
    regions::queries::upsert(&mut owner, &rows).await.map_err(|error| error.to_string())?;
    Ok(versions)
}

/// The user name in `postgres://name:password@host/database`.
fn role_of(url: &str) -> Result<String, String> {
    let config: tokio_postgres::Config = url.parse().map_err(|_| "DATABASE_URL is no PostgreSQL address".to_owned())?;
    config.get_user().map(str::to_owned).ok_or_else(|| "DATABASE_URL names no user".to_owned())
}

async fn make_first_admin(database_url: &str, name: &str) -> Result<(), String> {
    let password = std::env::var("ADMIN_PASSWORD").map_err(|_| "ADMIN_PASSWORD is not set".to_owned())?;
    let user = NewUser {
        username: name.to_owned(),
        full_name: "Administrator sistem".to_owned(),
        password,
        role: Role::SystemAdmin,
        agency_code: "diskominfo".to_owned(),
        areas: vec!["35.26".parse().map_err(|_| "no such area".to_owned())?],
        person_id: None,
    };
    garde::Validate::validate(&user).map_err(|report| format!("the administrator can't be made: {report}"))?;
    let agency = NewAgency {
        code: "diskominfo".to_owned(),
        name: "Dinas Komunikasi dan Informatika".to_owned(),
        kind: AgencyKind::RegencyOffice,
        parent_code: None,
        contact: Contact::default(),
    };
    let hash = passwords::hash(user.password.clone()).await.map_err(|problem| problem.to_string())?;
    let db = Db::new(database_url, 2).map_err(|problem| problem.to_string())?;
    db.act_as_service(async |tx| {
        if queries::has_admin(tx).await? {
            eprintln!("there is a system administrator already");
            return Ok(());
        }
        if agencies::queries::find(tx, "diskominfo").await.is_err() {
            agencies::service::create(tx, agency).await?;
        }
        service::create_user(tx, &user, &hash).await.map(|_| ())
    })
    .await
    .map_err(|problem| problem.to_string())
}
