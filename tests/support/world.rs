//! Households as a release describes them, told in a few words:
//! `world.household(|home| home.decile(1).floor("tanah"))`. Written by the owner with plain SQL, so that tests of aid
//! do not lean on the importer.

use super::{Api, database};
use chrono::{Datelike, NaiveDate, Utc};
use sejahtera::registry::code_book::CodeBook;
use serde_json::{Map, Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

/// Where households live unless something else is said.
pub const VILLAGE: &str = "35.26.01.2001";

/// Households that go into one statement.
const ROWS_A_STATEMENT: usize = 5_000;

/// A database with a release in force, and whoever lives in it.
pub struct World {
    owner: Client,
    book: CodeBook,
    /// The release in force.
    pub release_id: Uuid,
}

/// A household that is there.
#[derive(Debug, Clone)]
pub struct Household {
    pub household_id: Uuid,
    pub member_ids: Vec<Uuid>,
}

/// A household to be put there.
#[derive(Clone)]
pub struct Home {
    book: CodeBook,
    row: Map<String, Value>,
    members: Vec<Map<String, Value>>,
}

/// One of its members.
pub struct Person {
    book: CodeBook,
    row: Map<String, Value>,
}

/// The code book that deliveries start with, as rows of `(kolom, kode, keterangan)`.
fn code_book_rows() -> Vec<(String, i16, String)> {
    let mut reader = csv::Reader::from_reader(include_str!("../../data/code_book.csv").as_bytes());
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        (row[0].to_owned(), row[1].parse().unwrap(), row[2].to_owned())
    });
    rows.collect()
}

/// The code that the code book has for a word.
fn code(book: &CodeBook, dtsen: &str, word: &str) -> Value {
    let codes = book.codes_where(dtsen, |answer| answer.word == word);
    json!(codes.first().unwrap_or_else(|| panic!("the code book has no {word} for {dtsen}")))
}

impl World {
    /// A release in force in which nobody lives yet.
    pub async fn begin(api: &Api) -> Self {
        Self::begin_in(&api.database).await
    }

    /// The same in a database without a service before it.
    pub async fn begin_in(database: &database::TestDatabase) -> Self {
        let owner = database.owner().await;
        let mut world = Self { owner, book: CodeBook::from_rows(code_book_rows()), release_id: Uuid::nil() };
        world.next_release().await;
        world
    }

    /// The code book of every release here.
    pub fn book(&self) -> &CodeBook {
        &self.book
    }

    /// Puts another release in force; nobody lives in it yet.
    pub async fn next_release(&mut self) -> Uuid {
        let release = Uuid::now_v7();
        let tables = ["household_snapshots", "individual_snapshots"].map(|parent| {
            format!("CREATE TABLE {parent}_{} PARTITION OF {parent} FOR VALUES IN ('{release}');", release.simple())
        });
        let sql = format!(
            "{} UPDATE releases SET state = 'superseded' WHERE state = 'active';
             INSERT INTO releases (release_id, label, data_date, state, fingerprint, received_by)
             VALUES ('{release}', 'Rilis {release}', '2026-10-01', 'active', '\\x{}', '{release}');
             INSERT INTO active_release (release_id) VALUES ('{release}')
             ON CONFLICT (only_one) DO UPDATE SET release_id = EXCLUDED.release_id;",
            tables.concat(),
            release.simple()
        );
        self.owner.batch_execute(&sql).await.unwrap();
        let rows: Vec<Value> = code_book_rows()
            .into_iter()
            .map(|(column, code, description)| {
                json!({ "release_id": release, "column": column, "code": code, "description": description })
            })
            .collect();
        self.insert("code_book_entries", &rows).await;
        self.release_id = release;
        release
    }

    /// A household to be described: one person of forty lives in it, in decile 1.
    pub fn home(&self) -> Home {
        let id = Uuid::now_v7();
        let row = json!({ "household_id": id, "village_code": VILLAGE, "address": "Jl. Uji 1",
            "head_name": "SITI RAHMAWATI", "kk_tail": "01", "decile": 1 });
        Home { book: self.book.clone(), row: row.as_object().unwrap().clone(), members: Vec::new() }
    }

    /// Puts one household into the release in force.
    pub async fn household(&self, describe: impl FnOnce(Home) -> Home) -> Household {
        self.settle(vec![describe(self.home())]).await.remove(0)
    }

    /// Puts so many households into the release in force, each described by its number from 0.
    pub async fn households(&self, count: usize, describe: impl Fn(usize, Home) -> Home) -> Vec<Household> {
        self.settle((0..count).map(|number| describe(number, self.home())).collect()).await
    }

    /// Puts described households into the release in force.
    pub async fn settle(&self, homes: Vec<Home>) -> Vec<Household> {
        let homes: Vec<Home> = homes.into_iter().map(|home| home.lived_in(self.release_id)).collect();
        for some in homes.chunks(ROWS_A_STATEMENT) {
            let families: Vec<Value> = some.iter().map(|home| Value::Object(home.row.clone())).collect();
            let members: Vec<Value> = some.iter().flat_map(|home| &home.members).cloned().map(Value::Object).collect();
            let identities = |rows: &[Value], id: &str| -> Vec<Value> {
                rows.iter().map(|row| json!({ id: row[id], "first_release": self.release_id })).collect()
            };
            self.insert("households", &identities(&families, "household_id")).await;
            self.insert("individuals", &identities(&members, "individual_id")).await;
            self.insert("household_snapshots", &families).await;
            self.insert("individual_snapshots", &members).await;
        }
        homes.iter().map(Home::household).collect()
    }

    /// Makes it known that a household stands in a programme of another agency, with no enrolment behind it.
    pub async fn stands_in(&self, household: &Household, program_code: &str, agency: &str) {
        let known = "INSERT INTO agencies (code, name, kind) VALUES ($1, $1, 'ministry') ON CONFLICT DO NOTHING";
        self.owner.execute(known, &[&agency]).await.unwrap();
        let runs = "INSERT INTO programs (program_id, code, agency_code, name, kind, funding, serves, benefit, cadence,
                        fund_source, legal_basis, areas, starts_on)
                    VALUES (gen_random_uuid(), $1, $2, $1, 'cash', 'reported', 'household', $1, 'stages', 'apbn', $1,
                        '{35.26}', '2026-01-01')
                    ON CONFLICT (code) DO NOTHING";
        self.owner.execute(runs, &[&program_code, &agency]).await.unwrap();
        let sql = "INSERT INTO enrolment_claims
                       (beneficiary_id, program_id, household_id, enrolment_id, agency_code, program_code)
                   SELECT $1, program_id, $1, gen_random_uuid(), $3, $2 FROM programs WHERE code = $2";
        self.owner.execute(sql, &[&household.household_id, &program_code, &agency]).await.unwrap();
    }

    /// Lets a household go into another one, as a release that no longer has it would tell.
    pub async fn goes_into(&self, gone: Uuid, heir: Uuid) {
        let sql = "INSERT INTO household_successions (household_id, release_id, successor_id, kind)
                   VALUES ($1, $2, $3, 'merged')";
        self.owner.execute(sql, &[&gone, &self.release_id, &heir]).await.unwrap();
    }

    /// Tells the planner how many there are, as activation of a release does.
    pub async fn analyze(&self) {
        self.owner.batch_execute("ANALYZE").await.unwrap();
    }

    async fn insert(&self, table: &str, rows: &[Value]) {
        let sql = format!(
            "INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1) ON CONFLICT DO NOTHING"
        );
        self.owner.execute(&sql, &[&Value::Array(rows.to_vec())]).await.unwrap();
    }
}

impl Home {
    /// Sets a column of the snapshot.
    pub fn set(mut self, column: &str, value: impl Into<Value>) -> Self {
        self.row.insert(column.to_owned(), value.into());
        self
    }

    /// The same household in another release.
    pub fn id(self, household_id: Uuid) -> Self {
        self.set("household_id", json!(household_id))
    }

    /// National decile; `None`: the release gives none.
    pub fn decile(self, decile: impl Into<Option<i16>>) -> Self {
        self.set("decile", json!(decile.into()))
    }

    pub fn village(self, code: &str) -> Self {
        self.set("village_code", code)
    }

    /// Name of its head.
    pub fn head_name(self, name: &str) -> Self {
        self.set("head_name", name)
    }

    /// The floor by the code book's word.
    pub fn floor(self, word: &str) -> Self {
        let code = code(&self.book, "jenis_lantai_terluas", word);
        self.set("floor", code)
    }

    /// One more member.
    pub fn member(mut self, describe: impl FnOnce(Person) -> Person) -> Self {
        let position = self.members.len() + 1;
        let relation = if position == 1 { "kepala_keluarga" } else { "anak" };
        let row = json!({ "individual_id": Uuid::now_v7(), "position": position, "name": "SITI RAHMAWATI",
            "nik_tail": "01", "deceased": false });
        let person = Person { book: self.book.clone(), row: row.as_object().unwrap().clone() };
        self.members.push(describe(person.age(40).relation(relation)).row);
        self
    }

    /// Somebody lives in it unless its size was set; its rows agree with each other.
    fn lived_in(self, release: Uuid) -> Self {
        let is_told = !self.members.is_empty() || self.row.contains_key("member_count");
        let mut home = if is_told { self } else { self.member(|head| head) };
        home.row.insert("release_id".to_owned(), json!(release));
        home.row.entry("member_count").or_insert(json!(home.members.len()));
        for member in &mut home.members {
            for column in ["household_id", "release_id", "village_code"] {
                member.insert(column.to_owned(), home.row[column].clone());
            }
        }
        home
    }

    fn household(&self) -> Household {
        let id = |row: &Map<String, Value>, column: &str| row[column].as_str().unwrap().parse().unwrap();
        Household {
            household_id: id(&self.row, "household_id"),
            member_ids: self.members.iter().map(|member| id(member, "individual_id")).collect(),
        }
    }
}

impl Person {
    /// Sets a column of the snapshot.
    pub fn set(mut self, column: &str, value: impl Into<Value>) -> Self {
        self.row.insert(column.to_owned(), value.into());
        self
    }

    /// The same person in another release.
    pub fn id(self, individual_id: Uuid) -> Self {
        self.set("individual_id", json!(individual_id))
    }

    /// Turned this age on the first of January.
    pub fn age(self, years: i32) -> Self {
        let born = NaiveDate::from_ymd_opt(Utc::now().year() - years, 1, 1).unwrap();
        self.set("birth_date", json!(born))
    }

    /// `laki_laki` or `perempuan`.
    pub fn sex(self, word: &str) -> Self {
        let code = code(&self.book, "jenis_kelamin", word);
        self.set("sex", code)
    }

    /// The relation to the head by the code book's word.
    pub fn relation(self, word: &str) -> Self {
        let code = code(&self.book, "status_hubungan_keluarga", word);
        self.set("relation", code)
    }
}
