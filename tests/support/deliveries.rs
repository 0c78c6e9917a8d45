//! Deliveries for tests: written by hand, line by line, under the real headers, or generated; handed in, waited
//! for and activated over HTTP.

use super::{Actor, Api, Reply};
use reqwest::{Method, multipart};
use sejahtera::cli::generate::{
    columns::{FAMILY_COLUMNS, MEMBER_COLUMNS},
    write::{self, Order},
};
use serde_json::{Value, json};
use std::{io::Write, path::Path, sync::Arc, time::Duration};
use uuid::Uuid;

/// The head of a family (kepala keluarga), as the questionnaire codes relations.
pub const HEAD: &str = "1";
/// A child (anak).
pub const CHILD: &str = "3";

/// A line while it is written: its cells by column, or what it was made into.
#[derive(Clone)]
enum Line {
    Cells(Vec<(String, String)>),
    Raw(Vec<u8>),
}

/// One of the two files while it is written.
#[derive(Clone)]
pub struct Sheet {
    /// Columns as the cells know them, and as the header calls them.
    columns: Vec<(String, String)>,
    lines: Vec<Line>,
}

impl Sheet {
    fn of(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|name| ((*name).to_owned(), (*name).to_owned())).collect();
        Self { columns, lines: Vec::new() }
    }

    /// Calls a column otherwise in the header.
    pub fn rename(&mut self, column: &str, written: &str) -> &mut Self {
        let found = self.columns.iter_mut().find(|(name, _)| name == column).unwrap();
        found.1 = written.to_owned();
        self
    }

    /// Leaves a column out.
    pub fn without(&mut self, column: &str) -> &mut Self {
        self.columns.retain(|(name, _)| name != column);
        self
    }

    /// Adds a column at the end.
    pub fn with(&mut self, column: &str) -> &mut Self {
        self.columns.push((column.to_owned(), column.to_owned()));
        self
    }

    fn add(&mut self, cells: &[(&str, &str)]) {
        let cells = cells.iter().map(|(column, value)| ((*column).to_owned(), (*value).to_owned())).collect();
        self.lines.push(Line::Cells(cells));
    }

    fn say(&mut self, column: &str, value: &str) {
        let Some(Line::Cells(cells)) = self.lines.last_mut() else { panic!("no cells to change") };
        cells.retain(|(name, _)| name != column);
        cells.push((column.to_owned(), value.to_owned()));
    }

    /// The cells of a line in the order of the header.
    fn fields(&self, cells: &[(String, String)]) -> Vec<String> {
        let cell = |column: &str| cells.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone());
        self.columns.iter().map(|(name, _)| cell(name).unwrap_or_default()).collect()
    }

    fn header(&self) -> Vec<String> {
        self.columns.iter().map(|(_, written)| written.clone()).collect()
    }

    /// Header and lines as fields; only of sheets without raw lines.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let lines = self.lines.iter().map(|line| match line {
            Line::Cells(cells) => self.fields(cells),
            Line::Raw(_) => panic!("a raw line has no fields"),
        });
        std::iter::once(self.header()).chain(lines).collect()
    }

    /// The file's bytes with this separator.
    pub fn bytes(&self, separator: char) -> Vec<u8> {
        let mut bytes = quoted(&self.header(), separator).into_bytes();
        for line in &self.lines {
            bytes.push(b'\n');
            match line {
                Line::Cells(cells) => bytes.extend(quoted(&self.fields(cells), separator).bytes()),
                Line::Raw(raw) => bytes.extend(raw),
            }
        }
        bytes.push(b'\n');
        bytes
    }
}

fn quoted(fields: &[String], separator: char) -> String {
    let fields: Vec<String> = fields.iter().map(|field| format!("\"{field}\"")).collect();
    fields.join(&separator.to_string())
}

/// A delivery while it is written by hand: families, each followed by its members.
#[derive(Clone)]
pub struct Draft {
    pub families: Sheet,
    pub members: Sheet,
    card: String,
}

impl Draft {
    pub fn new() -> Self {
        Self { families: Sheet::of(&FAMILY_COLUMNS), members: Sheet::of(&MEMBER_COLUMNS), card: String::new() }
    }

    /// Two families with four members.
    pub fn small() -> Self {
        Self::new()
            .family(&card(1), "35.26.02.2001", "3", "AHMAD")
            .family_says("jenis_lantai_terluas", "8")
            .member(&nik(1), "AHMAD", HEAD)
            .member("3526015708920002", "SITI, S.Pd; Hj.", CHILD)
            .family(&card(2), "35.26.01.2008", "10", "BUDI")
            .family_says("jumlah_ternak_sapi", "2")
            .member(&nik(3), "BUDI", HEAD)
            .member(&nik(4), "NURÉ", CHILD)
    }

    /// A family's line: card number, village, decile, name of the head.
    pub fn family(mut self, card: &str, village: &str, decile: &str, head: &str) -> Self {
        card.clone_into(&mut self.card);
        let cells = [
            ("kode_kelurahan_desa", village),
            ("alamat", "DSN TENGAH"),
            ("nomor_kartu_keluarga", card),
            ("nama_kepala_keluarga", head),
            ("desil_nasional", decile),
        ];
        self.families.add(&cells);
        self
    }

    /// The last family's line says this in that column.
    pub fn family_says(mut self, column: &str, value: &str) -> Self {
        self.families.say(column, value);
        self
    }

    /// The last family's line as it would be written, made into something else.
    pub fn family_line(mut self, make: impl FnOnce(&str) -> Vec<u8>) -> Self {
        let sheet = &mut self.families;
        let Some(Line::Cells(cells)) = sheet.lines.pop() else { panic!("no cells to change") };
        let line = quoted(&sheet.fields(&cells), '|');
        sheet.lines.push(Line::Raw(make(&line)));
        self
    }

    /// A member's line of the last family: NIK, name, relation. Birth date and sex are the NIK's.
    pub fn member(mut self, nik: &str, name: &str, relation: &str) -> Self {
        let (born, sex) = said_by(nik).unwrap_or(("1990-08-17".to_owned(), "1"));
        let cells = [
            ("nomor_induk_kependudukan", nik),
            ("nomor_kartu_keluarga", &self.card),
            ("nama", name),
            ("tanggal_lahir", &born),
            ("jenis_kelamin", sex),
            ("status_hubungan_keluarga", relation),
        ];
        self.members.add(&cells);
        self
    }

    /// The last member's line says this in that column.
    pub fn member_says(mut self, column: &str, value: &str) -> Self {
        self.members.say(column, value);
        self
    }

    /// A family of one: its head.
    pub fn single(self, card: &str, village: &str, decile: &str, nik: &str) -> Self {
        let name = format!("KEPALA {}", &nik[nik.len() - 4..]);
        self.family(card, village, decile, &name).member(nik, &name, HEAD)
    }

    /// Both files with bars, as BPS sends them.
    pub fn files(&self) -> Files {
        self.files_with('|')
    }

    /// Both files with this separator.
    pub fn files_with(&self, separator: char) -> Files {
        Files { families: self.families.bytes(separator), members: self.members.bytes(separator), code_book: None }
    }
}

/// Birth date and sex as a NIK of sixteen digits carries them.
fn said_by(nik: &str) -> Option<(String, &'static str)> {
    let digits = (nik.len() == 16).then(|| nik.get(6..12)).flatten()?;
    let number = |from: usize| digits.get(from..from + 2)?.parse::<u32>().ok();
    let (day, month, year) = (number(0)?, number(2)?, number(4)?);
    let (day, sex) = if day > 40 { (day - 40, "2") } else { (day, "1") };
    let century = if year > 26 { 1900 } else { 2000 };
    Some((format!("{:04}-{month:02}-{day:02}", century + year), sex))
}

/// The bytes of a delivery.
#[derive(Clone)]
pub struct Files {
    pub families: Vec<u8>,
    pub members: Vec<u8>,
    pub code_book: Option<Vec<u8>>,
}

impl Files {
    /// The same lines in other bytes: empty lines at the end are no lines.
    pub fn with_blank_lines(&self, count: usize) -> Self {
        let mut files = self.clone();
        files.families.extend(std::iter::repeat_n(b'\n', count));
        files
    }
}

/// A made-up regency's delivery with its truth.
pub struct Generated {
    pub files: Files,
    pub delivery: write::Delivery,
    /// What is wrong with which line: file, line, kind, what to do.
    pub truth: Vec<(String, u64, String, String)>,
}

/// Has the generator write a delivery into a folder that is gone afterwards.
pub fn generated(households: u32, quarter: u32, dirty: bool) -> Generated {
    let out = std::env::temp_dir().join(format!("sejahtera-delivery-{}", Uuid::now_v7()));
    let order = Order { households, seed: 3526, quarter, dirty, compression: None, out: out.clone() };
    let delivery = write::deliver(&order).unwrap();
    let read = |path: &Path| std::fs::read(path).unwrap();
    let truth = delivery.truth.as_ref().map_or_else(Vec::new, |paths| {
        csv::Reader::from_path(&paths[0]).unwrap().deserialize().map(Result::unwrap).collect()
    });
    let files = Files {
        families: read(&delivery.families),
        members: read(&delivery.members),
        code_book: Some(read(&delivery.code_book)),
    };
    std::fs::remove_dir_all(&out).unwrap();
    Generated { files, delivery, truth }
}

fn part(bytes: &[u8], name: &str) -> multipart::Part {
    multipart::Part::bytes(bytes.to_vec()).file_name(name.to_owned())
}

impl Actor {
    /// Hands a delivery in.
    pub async fn hand_in(&self, label: &str, files: &Files) -> Reply {
        let mut form = multipart::Form::new()
            .text("label", label.to_owned())
            .text("data_date", "2026-01-20")
            .part("families", part(&files.families, "keluarga_dtsen_v3_2026_q1_35.26.csv"))
            .part("members", part(&files.members, "anggota_keluarga_dtsen_v3_2026_q1_35.26.csv"));
        if let Some(book) = &files.code_book {
            form = form.part("code_book", part(book, "kamus_kode.xlsx"));
        }
        self.hand_in_form(form).await
    }

    /// Hands in any form.
    pub async fn hand_in_form(&self, form: multipart::Form) -> Reply {
        Reply::of(self.request(Method::POST, "/v1/releases").multipart(form)).await
    }

    /// Hands a delivery in and answers the release's id and the job's.
    pub async fn begin_loading(&self, label: &str, files: &Files) -> (Uuid, Uuid) {
        let received = self.hand_in(label, files).await.accepted();
        (id_of(&received["release"]["release_id"]), id_of(&received["job"]["job_id"]))
    }

    /// Waits until a job has ended, and answers it.
    pub async fn wait_for(&self, job_id: Uuid) -> Value {
        for _ in 0..2400 {
            let job = self.get(&format!("/v1/jobs/{job_id}")).await.ok();
            if !matches!(job["state"].as_str().unwrap(), "queued" | "running") {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("job {job_id} does not end")
    }

    /// Loads a delivery to the end, which is a validated release.
    pub async fn load(&self, label: &str, files: &Files) -> Uuid {
        let (release_id, job_id) = self.begin_loading(label, files).await;
        let job = self.wait_for(job_id).await;
        assert_eq!(job["state"], "succeeded", "{job}");
        assert_eq!(self.release(release_id).await["state"], "validated");
        release_id
    }

    /// A release as the API shows it.
    pub async fn release(&self, release_id: Uuid) -> Value {
        self.get(&format!("/v1/releases/{release_id}")).await.ok()
    }

    /// All findings of a release, page by page.
    pub async fn findings(&self, release_id: Uuid, filter: &str) -> Vec<Value> {
        self.all_pages(&format!("/v1/releases/{release_id}/findings"), filter).await
    }

    /// All rows of a list, page by page.
    pub async fn all_pages(&self, path: &str, filter: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}?{filter}{cursor}")).await.ok();
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// Asks for a release's activation.
    pub async fn ask_to_activate(&self, release_id: Uuid) -> Reply {
        self.post(&format!("/v1/releases/{release_id}/activation"), json!({ "reason": "berita acara" })).await
    }

    /// Says yes to a release's activation.
    pub async fn agree_to_activate(&self, release_id: Uuid) -> Reply {
        self.post(&format!("/v1/releases/{release_id}/activation/decision"), json!({ "approve": true })).await
    }
}

impl Api {
    /// Activates a release by two stewards who did not load it.
    pub async fn activate(self: &Arc<Self>, release_id: Uuid) {
        self.steward().await.ask_to_activate(release_id).await.created();
        let decided = self.steward().await.agree_to_activate(release_id).await.ok();
        assert_eq!(decided["release"]["state"], "active");
    }

    /// Rows that the owner sees, each as its values between bars; `-` for NULL.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let messages = self.database.owner().await.simple_query(sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| (0..row.len()).map(|at| row.get(at).unwrap_or("-")).collect::<Vec<_>>().join("|")).collect()
    }
}

/// These bytes packed with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// An id out of an answer.
pub fn id_of(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// The NIK of a man born on 17 August 1990, by its serial number.
pub fn nik(serial: u32) -> String {
    format!("352601170890{serial:04}")
}

/// A card number (nomor KK) issued on 1 January 2020, by its serial number.
pub fn card(serial: u32) -> String {
    format!("352601010120{serial:04}")
}
