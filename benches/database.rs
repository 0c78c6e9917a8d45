//! The bench's own database, as its owner sees it: filled by the service, looked at and measured from here.

use super::Outcome;
use sejahtera::cli::progress::{Progress, say};
use tokio_postgres::{Client, NoTls, types::ToSql};

/// The database, in two roles.
pub struct Database {
    /// As the owner: no row-level security.
    pub owner: Client,
    /// Address for the owner; pgbench takes it too.
    pub owner_url: String,
    /// Address for the application role, which row-level security holds.
    pub application_url: String,
}

/// A connection.
pub async fn connect(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Database {
    /// Connects to what the environment names.
    pub async fn open() -> Outcome<Self> {
        let of = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set: run `./dev bench`"));
        let (owner_url, application_url) = (of("DATABASE_OWNER_URL")?, of("DATABASE_URL")?);
        Ok(Self { owner: connect(&owner_url).await?, owner_url, application_url })
    }

    /// Says what bears on the figures.
    pub async fn tell_settings(&self) -> Outcome<()> {
        let names =
            ["server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size"];
        for name in names {
            let value: String = self.value("SELECT current_setting($1)", &[&name]).await?;
            say(&format!("postgresql: {name} = {value}"));
        }
        for name in ["fsync", "synchronous_commit"] {
            let value: String = self.value("SELECT current_setting($1)", &[&name]).await?;
            if value != "on" {
                return Err(format!("{name} is {value}: nothing is measured without it").into());
            }
        }
        Ok(())
    }

    /// One value.
    pub async fn value<T>(&self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Outcome<T>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        Ok(self.owner.query_one(sql, parameters).await?.try_get(0)?)
    }

    /// What a former run noted under this name.
    pub async fn noted(&self, name: &str) -> Outcome<Option<String>> {
        let row = self.owner.query_opt("SELECT value FROM bench.notes WHERE name = $1", &[&name]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Notes something for the next run.
    pub async fn note(&self, name: &str, value: &str) -> Outcome<()> {
        let sql = "INSERT INTO bench.notes VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.owner.execute(sql, &[&name, &value]).await?;
        Ok(())
    }

    /// Makes it this bench's, for so many households. What another number of households or other keys left is
    /// removed; a database that somebody else filled is refused.
    pub async fn claim(&self, mark: &str) -> Outcome<()> {
        let ours: bool = self.value("SELECT to_regclass('bench.notes') IS NOT NULL", &[]).await?;
        if ours && self.noted("mark").await?.as_deref() == Some(mark) {
            return Ok(());
        }
        let used: bool = self.value("SELECT to_regclass('public.releases') IS NOT NULL", &[]).await?;
        if used && !ours {
            return Err("this database is used for something else; the bench fills one of its own".into());
        }
        let _progress = Progress::unbounded("emptying the bench's database");
        self.owner
            .batch_execute(
                "DROP SCHEMA IF EXISTS bench CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
                 CREATE SCHEMA bench; CREATE TABLE bench.notes (name text PRIMARY KEY, value text NOT NULL)",
            )
            .await?;
        self.note("mark", mark).await
    }
}
