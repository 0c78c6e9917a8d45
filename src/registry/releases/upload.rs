//! Taking a delivery in: its files are streamed to disk, sealed on the way, never held in memory.

use crate::platform::{
    config::Settings,
    problem::{FieldFault, Outcome, Problem, codes},
    sealed_files::SealedWriter,
};
use actix_multipart::{Field, Multipart};
use chrono::NaiveDate;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use std::{
    io::Read,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Parts that are files.
const FILES: [&str; 3] = ["families", "members", "code_book"];
/// Bytes of a part that is a text.
const LONGEST_TEXT: usize = 200;

/// One file, sealed on disk.
pub(super) struct StoredFile {
    pub kind: &'static str,
    pub original_name: String,
    pub bytes: i64,
    pub sha256: [u8; 32],
    pub stored_as: String,
}

/// A whole delivery.
pub(super) struct Delivery {
    pub release_id: Uuid,
    pub label: String,
    pub data_date: NaiveDate,
    pub files: Vec<StoredFile>,
}

/// Where a stored file lies.
pub(super) fn path_of(settings: &Settings, stored_as: &str) -> PathBuf {
    settings.data_dir.join("deliveries").join(stored_as)
}

/// Removes the files of a delivery that was not recorded after all.
pub(super) fn discard(settings: &Settings, files: &[StoredFile]) {
    for file in files {
        if let Err(error) = std::fs::remove_file(path_of(settings, &file.stored_as)) {
            log::warn!("a file of a refused delivery could not be removed: {error}");
        }
    }
}

fn broken(error: impl std::fmt::Display) -> Problem {
    log::debug!("upload broke off: {error}");
    Problem::from(&codes::MALFORMED)
}

/// Reads all parts. Files that were written are named in `files` even where it fails, so that they can be removed.
pub(super) async fn receive(
    settings: &Settings,
    mut parts: Multipart,
    files: &mut Vec<StoredFile>,
) -> Outcome<(Uuid, String, NaiveDate)> {
    let release_id = Uuid::now_v7();
    let (mut label, mut data_date) = (None, None);
    let mut faults = Vec::new();
    while let Some(mut part) = parts.try_next().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "label" => label = Some(text(&mut part).await?),
            "data_date" => data_date = Some(text(&mut part).await?),
            other => match FILES.iter().find(|kind| **kind == other && files.iter().all(|file| file.kind != **kind)) {
                Some(kind) => files.push(store(settings, release_id, kind, &mut part).await?),
                None => faults.push(FieldFault::new(
                    format!("/{name}"),
                    "tidak dikenal atau ganda",
                    "is not known, or doubled",
                )),
            },
        }
    }
    for required in &FILES[..2] {
        if files.iter().all(|file| file.kind != *required) {
            faults.push(FieldFault::new(format!("/{required}"), "berkas wajib ada", "the file is required"));
        }
    }
    let label = label.filter(|label| (1..=100).contains(&label.chars().count()));
    let data_date = data_date.and_then(|text| text.parse().ok());
    match (label, data_date) {
        (Some(label), Some(data_date)) if faults.is_empty() => Ok((release_id, label, data_date)),
        (label, data_date) => {
            if label.is_none() {
                faults.push(FieldFault::new(
                    "/label",
                    "wajib diisi, paling banyak 100 huruf",
                    "is required, 100 characters at most",
                ));
            }
            if data_date.is_none() {
                faults.push(FieldFault::new(
                    "/data_date",
                    "wajib diisi, tanggal seperti 2026-01-20",
                    "is required, a date such as 2026-01-20",
                ));
            }
            Err(codes::INVALID.fields(faults))
        }
    }
}

/// Takes a delivery in from files of this machine, for the command line.
///
/// # Errors
/// An internal problem where a file can't be read or stored.
pub(super) fn take_files(
    settings: &Settings,
    paths: &[(&'static str, &Path)],
    files: &mut Vec<StoredFile>,
) -> Outcome<Uuid> {
    let release_id = Uuid::now_v7();
    for (kind, path) in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut source = std::fs::File::open(path).map_err(Problem::internal)?;
        let mut stored = Storing::begin(settings, release_id, kind, name)?;
        let mut chunk = vec![0; 256 * 1024];
        loop {
            match source.read(&mut chunk).map_err(Problem::internal)? {
                0 => break,
                count => stored.take(&chunk[..count])?,
            }
        }
        files.push(stored.finish()?);
    }
    Ok(release_id)
}

async fn text(part: &mut Field) -> Outcome<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.try_next().await.map_err(broken)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST_TEXT {
            return Err(Problem::from(&codes::TOO_LARGE));
        }
    }
    String::from_utf8(bytes).map(|text| text.trim().to_owned()).map_err(broken)
}

async fn store(settings: &Settings, release_id: Uuid, kind: &'static str, part: &mut Field) -> Outcome<StoredFile> {
    let name = part.content_disposition().and_then(|disposition| disposition.get_filename().map(str::to_owned));
    let mut stored = Storing::begin(settings, release_id, kind, name.unwrap_or_default())?;
    while let Some(chunk) = part.try_next().await.map_err(broken)? {
        stored.take(&chunk)?;
        if stored.bytes > settings.upload_limit {
            return Err(Problem::from(&codes::TOO_LARGE));
        }
    }
    stored.finish()
}

/// A file on its way to the disk.
struct Storing {
    kind: &'static str,
    original_name: String,
    stored_as: String,
    writer: SealedWriter,
    hash: Sha256,
    bytes: u64,
}

impl Storing {
    fn begin(settings: &Settings, release_id: Uuid, kind: &'static str, name: String) -> Outcome<Self> {
        // Named by us: a delivered name never becomes a path.
        let stored_as = format!("{}-{kind}.sealed", release_id.simple());
        let writer = SealedWriter::create(&settings.vault, &path_of(settings, &stored_as))?;
        let original_name = name.chars().filter(|c| !c.is_control()).take(200).collect();
        Ok(Self { kind, original_name, stored_as, writer, hash: Sha256::new(), bytes: 0 })
    }

    fn take(&mut self, chunk: &[u8]) -> Outcome<()> {
        self.bytes += chunk.len() as u64;
        self.hash.update(chunk);
        self.writer.write(chunk)
    }

    fn finish(self) -> Outcome<StoredFile> {
        self.writer.finish()?;
        Ok(StoredFile {
            kind: self.kind,
            original_name: self.original_name,
            bytes: i64::try_from(self.bytes).unwrap_or(i64::MAX),
            sha256: self.hash.finalize().into(),
            stored_as: self.stored_as,
        })
    }
}
