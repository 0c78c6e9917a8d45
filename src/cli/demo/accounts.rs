//! Agencies, people and systems of the demo, made by its system administrator.
//!
//! Every account has the demo's password. `demo-<role>-<agency>` is an agency's; `demo-<role>` is a second login of
//! the same person at the agency where the role is at home.

use super::client::{Caller, DemoFault, Listed, Service, Unless};
use crate::cli::progress::Progress;
use crate::platform::auth::Role;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Makes all the others; made itself by `sejahtera migrate --first-admin`.
pub const ADMIN: &str = "demo-system-admin";
/// Loads releases.
pub const STEWARD: &str = "demo-registry-steward";
/// Agrees to their activation: another person.
pub const SECOND_STEWARD: &str = "demo-registry-steward-2";

const REGENCY: &str = "35.26";
/// Desa Socah.
pub const SOCAH: &str = "35.26.02.2001";
/// Desa Kamal.
pub const KAMAL: &str = "35.26.04.2001";

/// Code, name, kind, parent.
const AGENCIES: [(&str, &str, &str, Option<&str>); 18] = [
    ("diskominfo", "Dinas Komunikasi dan Informatika Kabupaten Bangkalan", "regency_office", None),
    ("dinsos", "Dinas Sosial Kabupaten Bangkalan", "regency_office", None),
    ("dinkes", "Dinas Kesehatan Kabupaten Bangkalan", "regency_office", None),
    ("disdik", "Dinas Pendidikan Kabupaten Bangkalan", "regency_office", None),
    ("dinas-pertanian", "Dinas Pertanian Kabupaten Bangkalan", "regency_office", None),
    ("dinas-perikanan", "Dinas Perikanan Kabupaten Bangkalan", "regency_office", None),
    ("bapperida", "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah", "regency_office", None),
    ("inspektorat", "Inspektorat Kabupaten Bangkalan", "regency_office", None),
    ("slrt", "SLRT Sejahtera Bangkalan", "slrt", Some("dinsos")),
    ("bps", "BPS Kabupaten Bangkalan", "statistics_office", None),
    ("bank-jatim", "Bank Jatim Cabang Bangkalan", "bank", None),
    ("pos", "PT Pos Indonesia Kantor Bangkalan", "postal", None),
    ("kemensos", "Kementerian Sosial", "ministry", None),
    ("dinsos-jatim", "Dinas Sosial Provinsi Jawa Timur", "province", None),
    ("utm", "Universitas Trunojoyo Madura", "university", None),
    ("baznas", "Baznas Kabupaten Bangkalan", "other", None),
    ("desa-socah", "Pemerintah Desa Socah", "village_government", None),
    ("desa-kamal", "Pemerintah Desa Kamal", "village_government", None),
];

/// Role, agency, areas, and whether the role is at home there.
const POSTS: [(Role, &str, &str, bool); 28] = [
    (Role::SystemAdmin, "diskominfo", REGENCY, true),
    (Role::RegistrySteward, "dinsos", REGENCY, true),
    (Role::ProgramManager, "dinsos", REGENCY, true),
    (Role::ProgramManager, "dinkes", REGENCY, false),
    (Role::ProgramManager, "disdik", REGENCY, false),
    (Role::ProgramManager, "dinas-pertanian", REGENCY, false),
    (Role::ProgramManager, "dinas-perikanan", REGENCY, false),
    (Role::ProgramManager, "dinsos-jatim", REGENCY, false),
    (Role::ProgramManager, "desa-socah", SOCAH, false),
    (Role::ProgramManager, "desa-kamal", KAMAL, false),
    (Role::Approver, "dinsos", REGENCY, true),
    (Role::Approver, "dinkes", REGENCY, false),
    (Role::Approver, "dinsos-jatim", REGENCY, false),
    (Role::Approver, "desa-socah", SOCAH, false),
    (Role::Approver, "desa-kamal", KAMAL, false),
    (Role::PaymentPartner, "bank-jatim", REGENCY, true),
    (Role::PaymentPartner, "pos", REGENCY, false),
    (Role::FieldOfficer, "slrt", REGENCY, true),
    (Role::FieldOfficer, "desa-socah", SOCAH, false),
    (Role::FieldOfficer, "desa-kamal", KAMAL, false),
    (Role::CaseManager, "slrt", REGENCY, true),
    (Role::CaseManager, "dinsos", REGENCY, false),
    (Role::CaseManager, "dinkes", REGENCY, false),
    (Role::Coordinator, "bapperida", REGENCY, true),
    (Role::Analyst, "bps", REGENCY, true),
    (Role::Analyst, "bapperida", REGENCY, false),
    (Role::Analyst, "utm", REGENCY, false),
    (Role::Auditor, "inspektorat", REGENCY, true),
];

/// Client id, agency, name.
const SYSTEMS: [(&str, &str, &str); 2] = [
    ("demo-dinkes-backend", "dinkes", "Aplikasi Dinas Kesehatan (demo)"),
    ("demo-dinsos-jatim-backend", "dinsos-jatim", "Aplikasi bansos Provinsi Jawa Timur (demo)"),
];

/// How many there are.
pub struct Made {
    /// Agencies.
    pub agencies: usize,
    /// Logins of people.
    pub logins: usize,
    /// Systems.
    pub systems: usize,
}

/// A line for each account: role, agency, area and the agency's name, with tabs between. A role's first line is where
/// it is at home.
#[must_use]
pub fn table() -> String {
    let name = |code: &str| AGENCIES.iter().find(|agency| agency.0 == code).map_or("", |agency| agency.1);
    let line = |(role, agency, area, _): &(Role, &str, &str, bool)| {
        format!("{}\t{agency}\t{area}\t{}\n", role.as_str(), name(agency))
    };
    POSTS.iter().map(line).collect()
}

/// Account of this role at this agency.
#[must_use]
pub fn username(role: Role, agency: &str) -> String {
    format!("{}-{agency}", home_name(role))
}

fn home_name(role: Role) -> String {
    format!("demo-{}", role.as_str().replace('_', "-"))
}

#[derive(Deserialize)]
struct User {
    username: String,
    person_id: Uuid,
}

/// Makes what is not there yet. Secrets of systems go into a file of the folder that only its owner can read.
///
/// # Errors
/// What the service refuses, and what can't be written.
pub async fn make(service: &Service, folder: &Path) -> Result<Made, DemoFault> {
    let list = folder.join("accounts.tsv");
    std::fs::write(&list, table()).map_err(|error| DemoFault::File { path: list, error })?;
    let admin = service.log_in(ADMIN).await?;
    let progress = Progress::of("accounts", (AGENCIES.len() + POSTS.len() + SYSTEMS.len()) as u64);
    for (code, name, kind, parent) in AGENCIES {
        let agency = json!({ "code": code, "name": name, "kind": kind, "parent_code": parent });
        progress.step(code, admin.post::<Value>("/v1/agencies", &agency)).await.unless("agency-exists")?;
    }
    let mut logins = Logins::read(&admin, service.password()).await?;
    for (role, agency, area, at_home) in POSTS {
        progress.step(agency, logins.fill(role, agency, area, at_home)).await?;
    }
    let second = logins.make(SECOND_STEWARD.to_owned(), Role::RegistrySteward, "dinsos", REGENCY, None);
    progress.step(SECOND_STEWARD, second).await?;
    for (client_id, agency, name) in SYSTEMS {
        progress.step(client_id, make_system(&admin, folder, client_id, agency, name)).await?;
    }
    Ok(Made { agencies: AGENCIES.len(), logins: logins.known.len(), systems: SYSTEMS.len() })
}

/// Logins that there are, by name, and the person behind each.
struct Logins<'a> {
    admin: &'a Caller<'a>,
    password: &'a str,
    known: HashMap<String, Uuid>,
}

impl<'a> Logins<'a> {
    async fn read(admin: &'a Caller<'a>, password: &'a str) -> Result<Self, DemoFault> {
        let users: Listed<User> = admin.get("/v1/users?limit=500").await?;
        let known = users.items.into_iter().map(|user| (user.username, user.person_id)).collect();
        Ok(Self { admin, password, known })
    }

    /// The login of a post; where the role is at home there, the shorter name for the same person too.
    async fn fill(&mut self, role: Role, agency: &str, area: &str, at_home: bool) -> Result<(), DemoFault> {
        let short = at_home.then(|| home_name(role));
        let person = short.as_ref().and_then(|name| self.known.get(name)).copied();
        let person = self.make(username(role, agency), role, agency, area, person).await?;
        if let Some(name) = short {
            self.make(name, role, agency, area, Some(person)).await?;
        }
        Ok(())
    }

    /// Makes a login, unless it is there. Answers its person.
    async fn make(
        &mut self,
        username: String,
        role: Role,
        agency: &str,
        area: &str,
        person: Option<Uuid>,
    ) -> Result<Uuid, DemoFault> {
        if let Some(person) = self.known.get(&username) {
            return Ok(*person);
        }
        let user = json!({
            "username": username, "full_name": format!("{} {agency} (demo)", title(role)), "password": self.password,
            "role": role, "agency_code": agency, "areas": [area], "person_id": person,
        });
        let made: User = self.admin.post("/v1/users", &user).await?;
        self.known.insert(username, made.person_id);
        Ok(made.person_id)
    }
}

const fn title(role: Role) -> &'static str {
    match role {
        Role::SystemAdmin => "Administrator sistem",
        Role::RegistrySteward => "Pengelola data",
        Role::ProgramManager => "Pengelola program",
        Role::Approver => "Pejabat penyetuju",
        Role::PaymentPartner => "Petugas penyalur",
        Role::FieldOfficer => "Petugas lapangan",
        Role::CaseManager => "Pengelola kasus",
        Role::Coordinator => "Sekretariat TKPKD",
        Role::Analyst => "Analis",
        Role::Auditor => "Auditor",
    }
}

#[derive(Deserialize)]
struct ClientWithSecret {
    client_secret: String,
}

async fn make_system(
    admin: &Caller<'_>,
    folder: &Path,
    client_id: &str,
    agency: &str,
    name: &str,
) -> Result<(), DemoFault> {
    let client = json!({
        "client_id": client_id, "name": name, "role": Role::ProgramManager, "agency_code": agency, "areas": [REGENCY],
    });
    let made: Option<ClientWithSecret> = admin.post("/v1/clients", &client).await.unless("client-exists")?;
    made.map_or(Ok(()), |made| keep_secret(folder.join("clients.env"), client_id, &made.client_secret))
}

/// The service shows a secret once, so it is kept, where only the folder's owner can read it.
fn keep_secret(path: PathBuf, client_id: &str, secret: &str) -> Result<(), DemoFault> {
    let name = client_id.to_uppercase().replace('-', "_");
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
    let written = opened.and_then(|mut file| writeln!(file, "{name}_SECRET={secret}"));
    written.map_err(|error| DemoFault::File { path, error })
}
