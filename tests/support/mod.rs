//! What every test stands on: the real application on a port of its own, over a database of its own, and an
//! actor for each role.

pub mod actors;
pub mod aid;
pub mod batches;
pub mod database;
pub mod deliveries;
pub mod document;
pub mod furnished;
pub mod holding;
pub mod identities;
pub mod money;
pub mod payouts;
pub mod process;
pub mod programs;
pub mod random_rules;
pub mod world;

pub use actors::{Actor, Reply};

use database::TestDatabase;
use sejahtera::{
    app,
    platform::{
        auth::{Identity, Role, TokenKeys},
        config::Settings,
    },
};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
};
use uuid::Uuid;

/// A key made for tests and used nowhere else.
pub const SIGNING_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIE1Zq7hVQ0oQb0v3t0j1yI9m6m8v9W0m3Zk5n6tqLw2A\n-----END PRIVATE KEY-----\n";

/// The application, running.
pub struct Api {
    pub address: String,
    pub database: TestDatabase,
    pub settings: Settings,
    pub keys: TokenKeys,
    pub http: reqwest::Client,
    folder: PathBuf,
    stop: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Api {
    /// Starts the application over a fresh database.
    pub async fn start() -> Arc<Self> {
        Self::start_with(|_| ()).await
    }

    /// Starts it with further settings.
    pub async fn start_with(adjust: impl FnOnce(&mut BTreeMap<String, String>)) -> Arc<Self> {
        let database = TestDatabase::create().await;
        Self::start_over(database, adjust)
    }

    fn start_over(database: TestDatabase, adjust: impl FnOnce(&mut BTreeMap<String, String>)) -> Arc<Self> {
        let folder = fresh_folder();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = listener.local_addr().unwrap();
        let mut variables = variables(&database, &folder, bind);
        adjust(&mut variables);
        let settings = Settings::from_variables(&variables).unwrap();
        let stop = serve(settings.clone(), listener);
        Arc::new(Self::of(database, settings, folder, stop))
    }

    fn of(database: TestDatabase, settings: Settings, folder: PathBuf, stop: Box<dyn FnOnce() + Send + Sync>) -> Self {
        let address = format!("http://{}", settings.bind);
        let keys = TokenKeys::new(&settings.signing_key, &settings.public_url, settings.token_seconds).unwrap();
        Self { address, database, settings, keys, http: reqwest::Client::new(), folder, stop: Some(stop) }
    }

    /// An actor with any identity, whose account stands in the database.
    pub async fn actor(self: &Arc<Self>, role: Role, agency: &str, areas: &[&str]) -> Actor {
        let areas: Vec<_> = areas.iter().map(|area| area.parse().unwrap()).collect();
        let person = Uuid::now_v7();
        let username = format!("u{}", person.simple());
        self.database.insert_agency(agency).await;
        self.database.insert_user(person, &username, role, agency, &areas).await;
        let subject = format!("user:{username}");
        let identity =
            Identity { subject, person: Some(person), role, agency: agency.to_owned(), areas, acting_for: None };
        Actor::new(self.clone(), identity)
    }

    /// The settings that it was started with, but for further ones, as a program's environment.
    pub fn environment(&self) -> BTreeMap<String, String> {
        variables(&self.database, &self.folder, self.settings.bind)
    }

    /// Someone without a token.
    pub fn nobody(self: &Arc<Self>) -> Actor {
        Actor::without_token(self.clone())
    }

    /// Diskominfo's administrator.
    pub async fn admin(self: &Arc<Self>) -> Actor {
        self.actor(Role::SystemAdmin, "diskominfo", &["35.26"]).await
    }

    /// A steward of Dinas Sosial; each call another person.
    pub async fn steward(self: &Arc<Self>) -> Actor {
        self.actor(Role::RegistrySteward, "dinsos", &["35.26"]).await
    }

    /// A programme manager of this agency, for the whole regency.
    pub async fn manager_of(self: &Arc<Self>, agency: &str) -> Actor {
        self.actor(Role::ProgramManager, agency, &["35.26"]).await
    }

    /// The auditor of the Inspektorat.
    pub async fn auditor(self: &Arc<Self>) -> Actor {
        self.actor(Role::Auditor, "inspektorat", &["35.26"]).await
    }
}

/// A folder of one test's own.
fn fresh_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("sejahtera-test-{}", Uuid::now_v7()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The environment of a service over this database.
fn variables(database: &TestDatabase, folder: &Path, bind: SocketAddr) -> BTreeMap<String, String> {
    let key_file = folder.join("signing.pem");
    std::fs::write(&key_file, SIGNING_KEY).unwrap();
    let settings = [
        ("DATABASE_URL", database.application_url.clone()),
        ("BIND", bind.to_string()),
        ("PUBLIC_URL", "https://sejahtera.test".to_owned()),
        ("DATA_DIR", folder.join("files").display().to_string()),
        ("SEALING_KEYS", format!("1:{}=", "A".repeat(43))),
        ("DIGEST_KEYS", format!("1:{}A=", "B".repeat(42))),
        ("SIGNING_KEY_FILE", key_file.display().to_string()),
        ("WORKERS", "1".to_owned()),
        ("POOL_SIZE", "6".to_owned()),
    ];
    settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Runs the application on a thread of its own; the answer stops it.
fn serve(settings: Settings, listener: TcpListener) -> Box<dyn FnOnce() + Send + Sync> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = app::start(settings, listener).unwrap();
            sender.send((running.server.handle(), running.stop_jobs)).unwrap();
            running.server.await.unwrap();
            running.jobs.join().unwrap();
        });
    });
    let (handle, stop_jobs) = receiver.recv().unwrap();
    Box::new(move || {
        let _ = stop_jobs.send(true);
        drop(handle.stop(false));
        let _ = thread.join();
    })
}

impl Drop for Api {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
