//! Bringing a database to this version: migrations as the owner, then the application role's rights.

use diesel::{Connection, ExpressionMethods, QueryDsl};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    async_connection_wrapper::AsyncConnectionWrapper,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// What the application role may do, table by table. `APPLICATION_ROLE` stands for its name.
const RIGHTS: &str = include_str!("rights.sql");

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Why a database could not be brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    /// It can't be reached.
    #[error("the database can't be reached: {0}")]
    Connection(#[from] diesel::ConnectionError),
    /// A migration was refused.
    #[error("a migration failed: {0}")]
    Migration(String),
    /// A statement was refused.
    #[error("the database refused: {0}")]
    Statement(#[from] diesel::result::Error),
    /// The name is no plain role name.
    #[error("{0:?} is no role name")]
    RoleName(String),
}

/// Runs all pending migrations and sets the rights of `application_role`. Answers the versions run.
///
/// # Errors
/// [`MigrateFault`].
pub async fn migrate(owner_url: &str, application_role: &str) -> Result<Vec<String>, MigrateFault> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if application_role.is_empty() || !application_role.chars().all(plain) {
        return Err(MigrateFault::RoleName(application_role.to_owned()));
    }
    let url = owner_url.to_owned();
    let versions = tokio::task::spawn_blocking(move || run_pending(&url))
        .await
        .map_err(|error| MigrateFault::Migration(error.to_string()))??;
    let mut connection = AsyncPgConnection::establish(owner_url).await?;
    connection.batch_execute(&RIGHTS.replace("APPLICATION_ROLE", application_role)).await?;
    Ok(versions)
}

fn run_pending(url: &str) -> Result<Vec<String>, MigrateFault> {
    let mut connection = <AsyncConnectionWrapper<AsyncPgConnection> as Connection>::establish(url)?;
    connection
        .run_pending_migrations(MIGRATIONS)
        .map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| MigrateFault::Migration(error.to_string()))
}

/// Whether the database has every migration of this version; `serve` refuses to start otherwise.
///
/// # Errors
/// [`MigrateFault`] where it can't be asked.
pub async fn is_current(database_url: &str) -> Result<bool, MigrateFault> {
    let mut connection = AsyncPgConnection::establish(database_url).await?;
    let run: Vec<String> = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version.desc())
        .load(&mut connection)
        .await?;
    let known: Vec<Box<dyn diesel::migration::Migration<diesel::pg::Pg>>> =
        diesel::migration::MigrationSource::migrations(&MIGRATIONS)
            .map_err(|error| MigrateFault::Migration(error.to_string()))?;
    let wanted = known.iter().map(|migration| migration.name().version().to_string()).max();
    Ok(run.into_iter().next() == wanted)
}
