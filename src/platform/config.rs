//! Settings from the environment: read once, typed, all faults told at once. `.env.example` lists them.

use super::{
    retention::Retention,
    tls::TlsFiles,
    vault::{KeyRing, Vault},
};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, str::FromStr, sync::Arc};

/// Everything the service can be told.
#[derive(Debug, Clone)]
pub struct Settings {
    /// PostgreSQL as the application role, which row-level security holds.
    pub database_url: String,
    /// A streaming replica for statistics, which are not there yet: read, and not used so far.
    pub database_replica_url: Option<String>,
    /// Where to listen.
    pub bind: SocketAddr,
    /// Certificate and key, where the service speaks TLS itself.
    pub tls: Option<TlsFiles>,
    /// How callers reach the service; issuer of its tokens.
    pub public_url: String,
    /// HTTP workers.
    pub workers: usize,
    /// Connections of each worker's pool.
    pub pool_size: usize,
    /// Connections of the gathering point for reads of one household.
    pub gathering_connections: usize,
    /// Sealed uploads.
    pub data_dir: PathBuf,
    /// Keys that seal and digest.
    pub vault: Arc<Vault>,
    /// PEM (PKCS#8) of the Ed25519 key that signs tokens.
    pub signing_key: String,
    /// How long a token holds, in seconds.
    pub token_seconds: u64,
    /// How many identities a caller may look up in vain each day.
    pub daily_misses: i32,
    /// How many logins of one account may fail within [`Self::login_window_seconds`] before it is shut.
    pub login_failures: u16,
    /// How long failed logins of one account are counted, from the first one on; a shut account opens at its end.
    pub login_window_seconds: u32,
    /// Largest delivery file taken, in bytes as sent.
    pub upload_limit: u64,
    /// How long personal data at rest is kept.
    pub retention: Retention,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
}

/// What is wrong with the environment, a line for each setting.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("settings can't be used:\n{}", .0.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
pub struct SettingsFaults(pub Vec<String>);

struct Reader<'a> {
    variables: &'a BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn optional(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str) -> String {
        match self.optional(name) {
            Some(value) => value.to_owned(),
            None => {
                self.faults.push(format!("{name} is not set"));
                String::new()
            }
        }
    }

    fn or<T: FromStr>(&mut self, name: &str, default: T) -> T {
        match self.optional(name).map(str::parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                self.faults.push(format!("{name} has a value that can't be read"));
                default
            }
        }
    }

    fn keys(&mut self, name: &str) -> KeyRing {
        let text = self.required(name);
        KeyRing::parse(&text).unwrap_or_else(|fault| {
            if !text.is_empty() {
                self.faults.push(format!("{name}: {fault}"));
            }
            KeyRing::default()
        })
    }
}

impl Settings {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn from_environment() -> Result<Self, SettingsFaults> {
        Self::from_variables(&std::env::vars().collect())
    }

    /// Reads the given variables.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn from_variables(variables: &BTreeMap<String, String>) -> Result<Self, SettingsFaults> {
        let mut read = Reader { variables, faults: Vec::new() };
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let bind = read.or("BIND", SocketAddr::from(([127, 0, 0, 1], 8080)));
        let vault = Vault::new(read.keys("SEALING_KEYS"), read.keys("DIGEST_KEYS"));
        let signing_key = Self::signing_key(&mut read);
        let tls = Self::tls(&mut read);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let settings = Self {
            database_url: read.required("DATABASE_URL"),
            database_replica_url: read.optional("DATABASE_REPLICA_URL").map(str::to_owned),
            public_url: read.or("PUBLIC_URL", format!("{scheme}://{bind}")),
            tls,
            bind,
            workers: read.or("WORKERS", cores),
            pool_size: read.or("POOL_SIZE", 8),
            gathering_connections: read.or("GATHERING_CONNECTIONS", 2),
            data_dir: PathBuf::from(read.required("DATA_DIR")),
            vault: Arc::new(vault),
            signing_key,
            token_seconds: read.or("TOKEN_SECONDS", 3600),
            daily_misses: read.or("DAILY_MISSES", 2_000),
            login_failures: read.or("LOGIN_FAILURES", 10),
            login_window_seconds: read.or("LOGIN_WINDOW_SECONDS", 900),
            upload_limit: read.or("UPLOAD_LIMIT_BYTES", 4 << 30),
            retention: Retention {
                deliveries: read.or("RETENTION_DELIVERIES_DAYS", 365),
                set_aside_lines: read.or("RETENTION_SET_ASIDE_DAYS", 180),
                answers: read.or("RETENTION_ANSWERS_DAYS", 90),
            },
            trusted_proxies: Self::proxies(&mut read),
        };
        if settings.workers == 0 || settings.gathering_connections == 0 || settings.pool_size < 2 {
            let fault = "WORKERS and GATHERING_CONNECTIONS must be at least 1 and POOL_SIZE at least 2";
            read.faults.push(fault.to_owned());
        }
        if settings.login_failures == 0 || settings.login_window_seconds == 0 {
            read.faults.push("LOGIN_FAILURES and LOGIN_WINDOW_SECONDS must be at least 1".to_owned());
        }
        let Retention { deliveries, set_aside_lines, answers } = settings.retention;
        if [deliveries, set_aside_lines, answers].contains(&0) {
            read.faults.push("RETENTION_…_DAYS must be at least 1".to_owned());
        }
        if read.faults.is_empty() { Ok(settings) } else { Err(SettingsFaults(read.faults)) }
    }

    fn signing_key(read: &mut Reader<'_>) -> String {
        let path = read.required("SIGNING_KEY_FILE");
        std::fs::read_to_string(&path).unwrap_or_else(|error| {
            if !path.is_empty() {
                read.faults.push(format!("SIGNING_KEY_FILE can't be read: {error}"));
            }
            String::new()
        })
    }

    fn tls(read: &mut Reader<'_>) -> Option<TlsFiles> {
        let file = |name| read.optional(name).map(PathBuf::from);
        match (file("TLS_CERT_FILE"), file("TLS_KEY_FILE")) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => {
                read.faults.push("TLS_CERT_FILE and TLS_KEY_FILE go together".to_owned());
                None
            }
        }
    }

    fn proxies(read: &mut Reader<'_>) -> Vec<std::net::IpAddr> {
        let listed = read.optional("TRUSTED_PROXIES").unwrap_or_default().to_owned();
        listed
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .filter_map(|text| {
                text.parse().map_err(|_| read.faults.push(format!("TRUSTED_PROXIES: {text} is no address"))).ok()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_faults_are_told_at_once() {
        let variables = BTreeMap::from([
            ("WORKERS".to_owned(), "many".to_owned()),
            ("TLS_CERT_FILE".to_owned(), "a.pem".to_owned()),
            ("SEALING_KEYS".to_owned(), "1:short".to_owned()),
        ]);
        let SettingsFaults(faults) = Settings::from_variables(&variables).unwrap_err();
        for name in
            ["DATABASE_URL", "DATA_DIR", "DIGEST_KEYS", "SIGNING_KEY_FILE", "WORKERS", "SEALING_KEYS", "TLS_KEY_FILE"]
        {
            assert!(faults.iter().any(|fault| fault.contains(name)), "{name} not told: {faults:?}");
        }
    }

    /// Read elsewhere: by `migrate`, and by the log before anything else is read.
    const READ_ELSEWHERE: [&str; 2] = ["DATABASE_OWNER_URL", "RUST_LOG"];

    /// Every name that this file reads, from its own text: a setting's name is a literal in capitals.
    fn names_read() -> BTreeSet<&'static str> {
        let program = include_str!("config.rs").split("#[cfg(test)]").next().unwrap();
        let is_name =
            |text: &&str| text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        program.split('"').filter(is_name).chain(READ_ELSEWHERE).collect()
    }

    /// Names and values of `.env.example`, and whether the line is commented out; what only Docker reads left aside.
    fn example() -> Vec<(&'static str, &'static str, bool)> {
        let service = include_str!("../../.env.example").split("# ---- docker").next().unwrap();
        let assigned = service.lines().filter_map(|line| {
            let (name, value) = line.trim_start_matches('#').split_once('=')?;
            Some((name, value, line.starts_with('#')))
        });
        assigned.filter(|(name, ..)| !name.contains(' ')).collect()
    }

    /// Names and defaults of the table in `docs/operations.md`.
    fn documented() -> BTreeMap<&'static str, &'static str> {
        let guide = include_str!("../../docs/operations.md");
        let section = guide.split("\n## ").find(|section| section.starts_with("Settings")).unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
        let named =
            |row: Vec<&'static str>| row[1].split(", ").map(move |name| (name.trim_matches('`'), row[2])).collect();
        cells.flat_map(|row| -> Vec<_> { named(row) }).collect()
    }

    #[test]
    fn the_example_and_the_guide_name_every_setting_and_no_other() {
        assert_eq!(example().into_iter().map(|(name, ..)| name).collect::<BTreeSet<_>>(), names_read());
        assert_eq!(documented().into_keys().collect::<BTreeSet<_>>(), names_read());
    }

    #[test]
    fn the_values_that_example_and_guide_give_hold_without_being_set() {
        let key_file = std::env::temp_dir().join(format!("sejahtera-config-{}.pem", uuid::Uuid::now_v7()));
        std::fs::write(&key_file, "a key").unwrap();
        let key = KeyRing::fresh_text();
        let needed = [
            ("DATABASE_URL", "postgres://app@127.0.0.1/sejahtera"),
            ("SEALING_KEYS", &key),
            ("DIGEST_KEYS", &key),
            ("SIGNING_KEY_FILE", key_file.to_str().unwrap()),
            ("DATA_DIR", "files"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let without: BTreeMap<String, String> = needed.into_iter().map(owned).collect();
        let stated = || example().into_iter().filter(|(.., optional)| *optional).map(|(name, value, _)| (name, value));
        let mut with = without.clone();
        with.extend(stated().map(owned));
        let [with, without] =
            [with, without].map(|variables| format!("{:?}", Settings::from_variables(&variables).unwrap()));
        std::fs::remove_file(&key_file).unwrap();
        assert_eq!(with, without);
        for (name, value) in stated().filter(|(_, value)| !value.is_empty()) {
            assert_eq!(documented()[name].trim_matches('`'), value, "{name}");
        }
    }
}
