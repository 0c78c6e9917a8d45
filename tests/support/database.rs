//! A database for each test: a template is migrated once, cloned for each, and dropped afterwards.

use sejahtera::{
    cli::migrate,
    platform::{auth::Role, region_code::RegionCode},
};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const OWNER: &str = "sejahtera_test_owner";
const APPLICATION: &str = "sejahtera_test_app";

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A database of one test's own.
pub struct TestDatabase {
    name: String,
    /// As the application role, which row-level security holds.
    pub application_url: String,
    /// As the owner of the tables.
    pub owner_url: String,
}

/// The server's address, as one who may do everything there.
pub fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: run the tests with `./dev test`")
}

/// The server's address with another user and database.
fn url_for(user: &str, database: &str) -> String {
    let config: tokio_postgres::Config = server_url().parse().unwrap();
    let host = match &config.get_hosts()[0] {
        tokio_postgres::config::Host::Tcp(host) => host.clone(),
        tokio_postgres::config::Host::Unix(path) => path.display().to_string().replace('/', "%2F"),
    };
    format!("postgres://{user}@{host}:{}/{database}", config.get_ports()[0])
}

/// A connection to this address.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn template() -> &'static str {
    TEMPLATE
        .get_or_init(|| async {
            let server = connect(&server_url()).await;
            // Roles belong to the whole server; runs beside this one may be making them too.
            server.batch_execute("SELECT pg_advisory_lock(35262026)").await.unwrap();
            sweep(&server).await;
            for role in [OWNER, APPLICATION] {
                let sql =
                    format!("DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
                server.batch_execute(&sql).await.unwrap();
            }
            let name = format!("sejahtera_template_{}", std::process::id());
            server.batch_execute(&format!("CREATE DATABASE {name} OWNER {OWNER}")).await.unwrap();
            migrate::prepare(&url_for(OWNER, &name), APPLICATION).await.unwrap();
            server.batch_execute("SELECT pg_advisory_unlock(35262026)").await.unwrap();
            name
        })
        .await
}

/// Drops what runs that were killed left behind.
async fn sweep(server: &Client) {
    let rows = server.query("SELECT datname FROM pg_database WHERE datname LIKE 'sejahtera\\_t%'", &[]).await.unwrap();
    for row in rows {
        let name: String = row.get(0);
        let process = name.split('_').nth(2).unwrap_or_default();
        if !std::path::Path::new(&format!("/proc/{process}")).exists() {
            let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

impl TestDatabase {
    pub async fn create() -> Self {
        let template = template().await;
        let name = format!("sejahtera_test_{}_{}", std::process::id(), Uuid::now_v7().simple());
        let server = connect(&server_url()).await;
        server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}")).await.unwrap();
        Self { application_url: url_for(APPLICATION, &name), owner_url: url_for(OWNER, &name), name }
    }

    /// A connection as the owner: sees everything, for expectations computed another way.
    pub async fn owner(&self) -> Client {
        connect(&self.owner_url).await
    }

    /// A connection as one who may do everything.
    pub async fn superuser(&self) -> Client {
        let config: tokio_postgres::Config = server_url().parse().unwrap();
        connect(&url_for(config.get_user().unwrap(), &self.name)).await
    }

    /// A connection as the application role.
    pub async fn application(&self) -> Client {
        connect(&self.application_url).await
    }

    /// One value that the owner sees.
    pub async fn value<T: for<'a> tokio_postgres::types::FromSql<'a>>(&self, sql: &str) -> T {
        self.owner().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Runs a statement as the owner.
    pub async fn execute(&self, sql: &str) {
        self.owner().await.batch_execute(sql).await.unwrap();
    }

    pub async fn insert_agency(&self, code: &str) {
        let sql = "INSERT INTO agencies (code, name, kind) VALUES ($1, $1, 'regency_office') ON CONFLICT DO NOTHING";
        self.owner().await.execute(sql, &[&code]).await.unwrap();
    }

    /// A bank, or the post.
    pub async fn insert_partner(&self, code: &str, kind: &str) {
        let sql = "INSERT INTO agencies (code, name, kind) VALUES ($1, $1, $2) ON CONFLICT DO NOTHING";
        self.owner().await.execute(sql, &[&code, &kind]).await.unwrap();
    }

    pub async fn insert_user(&self, person: Uuid, username: &str, role: Role, agency: &str, areas: &[RegionCode]) {
        let areas: Vec<String> = areas.iter().map(ToString::to_string).collect();
        let sql = "INSERT INTO users (user_id, person_id, username, password_hash, full_name, role, agency_code, areas)
                   VALUES ($1, $1, $2, 'none', 'Orang Uji', $3, $4, $5)";
        self.owner().await.execute(sql, &[&person, &username, &role.as_str(), &agency, &areas]).await.unwrap();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (url, name) = (server_url(), self.name.clone());
        // A thread of its own: the test's runtime may be gone already.
        let _ = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = connect(&url).await;
                let _ = server.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            });
        })
        .join();
    }
}

/// What the database says to a statement.
pub async fn refusal(client: &tokio_postgres::Client, statement: &str) -> String {
    let refused = client.batch_execute(statement).await.expect_err(statement);
    let error = refused.as_db_error().unwrap_or_else(|| panic!("{statement}: {refused}"));
    error.constraint().map_or_else(|| error.code().code().to_owned(), str::to_owned)
}
