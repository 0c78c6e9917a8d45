//! Accounts: people who log in, and other agencies' systems.

pub mod passwords;
pub mod queries;
pub mod routes;
pub mod service;

use crate::{
    platform::{
        auth::{Identity, Role},
        problem::{codes::codes, constraints},
        region_code::RegionCode,
    },
    schema::{clients, users},
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

codes! {
    /// The user name is taken.
    USER_EXISTS = 409 "user-exists", "Nama pengguna sudah dipakai.", "This user name is taken.",
        because "Nama pengguna dipakai akun lain, mungkin yang sudah ditutup." / "Another account has this user name, perhaps one that was closed.",
        mend "Pilih nama lain; login kedua dari orang yang sama menyebut person_id-nya." / "Choose another name; a second login of the same person names their person_id.";
    /// The client id is taken.
    CLIENT_EXISTS = 409 "client-exists", "ID klien sudah dipakai.", "This client id is taken.",
        because "Sistem lain sudah terdaftar dengan id ini." / "Another system is known by this id already.",
        mend "Pilih id lain." / "Choose another id.";
    /// A system can't hold this role.
    ROLE_NEEDS_A_PERSON = 422 "role-needs-a-person", "Peran ini hanya untuk orang, bukan sistem.", "This role is for a person, not a system.",
        because "Sistem tidak boleh menyetujui dan tidak boleh mengelola akun." / "A system never approves and does not manage accounts.",
        mend "Buat login untuk orang (POST /v1/users), atau pilih peran lain untuk sistem." / "Make a login for a person (POST /v1/users), or choose another role for the system.";
}

/// What the database's constraints say in our words.
pub const CONSTRAINTS: constraints::Table = &[("users_username_key", &USER_EXISTS), ("clients_pkey", &CLIENT_EXISTS)];

/// A person's login.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = users)]
pub struct User {
    /// Its id.
    pub user_id: Uuid,
    /// The natural person behind it; four eyes compare persons.
    pub person_id: Uuid,
    /// Name to log in with.
    #[schema(example = "siti.steward")]
    pub username: String,
    /// The person's name.
    #[schema(example = "Siti Aminah")]
    pub full_name: String,
    /// Role.
    pub role: Role,
    /// Agency's code.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Areas.
    #[schema(value_type = Vec<RegionCode>)]
    pub areas: Vec<String>,
    /// Whether it may log in.
    pub active: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    #[serde(skip)]
    password_hash: String,
}

/// Another agency's system.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = clients)]
pub struct Client {
    /// Name to ask for tokens with.
    #[schema(example = "dinsos-backend")]
    pub client_id: String,
    /// What it is.
    #[schema(example = "Aplikasi bansos Dinas Sosial")]
    pub name: String,
    /// Role.
    pub role: Role,
    /// Agency's code.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Areas.
    #[schema(value_type = Vec<RegionCode>)]
    pub areas: Vec<String>,
    /// Whether it gets tokens.
    pub active: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    #[serde(skip)]
    secret_hash: String,
}

/// A client just made. Its secret is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientWithSecret {
    /// The client.
    #[serde(flatten)]
    pub client: Client,
    /// The secret.
    #[schema(example = "c2VrYWxpIGluaSBzYWphIGRpdGFtcGlsa2Fu")]
    pub client_secret: String,
}

/// A login to be made.
#[derive(Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
// An example of a field whose type has a name is not told.
#[schema(example = json!({ "username": "budi.manajer", "full_name": "Budi Santoso",
    "password": "kata-sandi-yang-panjang", "role": "program_manager", "agency_code": "dinsos", "areas": ["35.26"],
    "person_id": null }))]
pub struct NewUser {
    /// Name to log in with: lower case letters, digits, single dots, dashes or underscores.
    #[garde(custom(is_login))]
    #[schema(example = "budi.manajer")]
    pub username: String,
    /// The person's name.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Budi Santoso")]
    pub full_name: String,
    /// First password, at least twelve characters.
    #[garde(length(chars, min = 12, max = 200))]
    #[schema(example = "kata-sandi-yang-panjang", format = Password)]
    pub password: String,
    /// Role.
    #[garde(skip)]
    pub role: Role,
    /// Agency's code.
    #[garde(skip)]
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Areas: region codes, at least one.
    #[garde(length(min = 1, max = 50))]
    #[schema(example = json!(["35.26"]))]
    pub areas: Vec<RegionCode>,
    /// The natural person, where they hold another login already: the `person_id` of that one.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub person_id: Option<Uuid>,
}

/// A system to be made known.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "client_id": "dinsos-backend", "name": "Aplikasi Dinas Sosial",
    "role": "program_manager", "agency_code": "dinsos", "areas": ["35.26"] }))]
pub struct NewClient {
    /// Name to ask for tokens with.
    #[garde(custom(is_login))]
    #[schema(example = "dinkes-backend")]
    pub client_id: String,
    /// What it is.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(example = "Aplikasi Dinas Kesehatan")]
    pub name: String,
    /// Role; a machine never approves.
    #[garde(skip)]
    pub role: Role,
    /// Agency's code.
    #[garde(skip)]
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Areas: region codes, at least one.
    #[garde(length(min = 1, max = 50))]
    #[schema(example = json!(["35.26"]))]
    pub areas: Vec<RegionCode>,
}

fn is_login(name: &str, (): &()) -> garde::Result {
    let alphanumeric =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if name.len() <= 100 && name.split(['.', '_', '-']).all(alphanumeric) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "hanya huruf kecil, angka, dan pemisah tunggal . _ - | only lower case letters, digits and single separators . _ -",
        ))
    }
}

fn parsed(areas: &[String]) -> Vec<RegionCode> {
    areas.iter().filter_map(|area| area.parse().ok()).collect()
}

impl User {
    pub(in crate::access) fn password_hash(&self) -> &str {
        &self.password_hash
    }

    /// As tokens name it.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            subject: format!("user:{}", self.username),
            person: Some(self.person_id),
            role: self.role,
            agency: self.agency_code.clone(),
            areas: parsed(&self.areas),
            acting_for: None,
        }
    }
}

impl Client {
    pub(in crate::access) fn secret_hash(&self) -> &str {
        &self.secret_hash
    }

    /// As tokens name it.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity {
            subject: format!("client:{}", self.client_id),
            person: None,
            role: self.role,
            agency: self.agency_code.clone(),
            areas: parsed(&self.areas),
            acting_for: None,
        }
    }
}
