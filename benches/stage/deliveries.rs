//! The two quarterly deliveries, written by `sejahtera generate` and kept.

use crate::{Outcome, service};
use sejahtera::cli::progress::Progress;
use std::path::{Path, PathBuf};

/// A delivery's files.
pub struct Delivery {
    /// Families (keluarga).
    pub families: PathBuf,
    /// Members (anggota).
    pub members: PathBuf,
    /// The code book.
    pub code_book: PathBuf,
}

fn folder_of(folder: &Path, quarter: u32) -> PathBuf {
    folder.join("deliveries").join(format!("q{quarter}"))
}

/// Writes both, unless a former run did for as many households.
pub fn generate(folder: &Path, households: u32) -> Outcome<()> {
    let (mark, wanted) = (folder.join("deliveries").join("households"), households.to_string());
    if std::fs::read_to_string(&mark).is_ok_and(|made| made == wanted) {
        return Ok(());
    }
    for quarter in [1, 2] {
        let _progress = Progress::unbounded(format!("writing the delivery of quarter {quarter}, {wanted} households"));
        let out = folder_of(folder, quarter);
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        let (quarter, out) = (quarter.to_string(), out.to_string_lossy().into_owned());
        service::run(&["generate", "--households", &wanted, "--quarter", &quarter, "--out", &out], &[])?;
    }
    Ok(std::fs::write(mark, wanted)?)
}

/// The files of a quarter.
pub fn files(folder: &Path, quarter: u32) -> Outcome<Delivery> {
    let within = folder_of(folder, quarter);
    let beginning = |part: &str| -> Outcome<PathBuf> {
        let entries = std::fs::read_dir(&within)?.filter_map(Result::ok).map(|entry| entry.path());
        let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(part));
        Ok(entries.into_iter().find(named).ok_or_else(|| format!("no {part} file in {}", within.display()))?)
    };
    Ok(Delivery { families: beginning("keluarga")?, members: beginning("anggota")?, code_book: beginning("kamus")? })
}
