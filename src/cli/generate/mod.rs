//! `sejahtera generate`: made-up DTSEN deliveries of Bangkalan in the real file layout.
//!
//! Nobody in them exists. A seed names a regency; each quarter's delivery is the quarter before it plus what
//! [`changes`] says. With `--dirty` the lines carry the [`damage`] that importers really meet, and
//! `kebenaran_q1.csv` says which line, and what an importer is expected to do with it.

use self::places::ROUND;
use self::write::{Order, deliver};
use std::path::{Path, PathBuf};

pub mod calendar;
pub mod changes;
mod code_book;
pub mod columns;
pub mod damage;
pub mod dirt;
pub mod dwelling;
pub mod households;
pub mod life;
pub mod lists;
pub mod members;
mod names;
mod numbers;
pub mod places;
mod rng;
pub mod row;
pub mod sink;
#[cfg(test)]
mod tests;
pub mod write;

/// The most households whose numbers stay unique: 100 rounds over the villages.
pub const MOST_HOUSEHOLDS: u32 = 100 * ROUND;
// No district has a tenth of the households.
const _: () = assert!(MOST_HOUSEHOLDS / 10 < numbers::DISTRICT_CAPACITY);

/// Which delivery, and where to.
#[derive(Debug, Clone, clap::Args)]
pub struct GenerateArgs {
    /// Households (keluarga) of the first quarter; the whole regency has about 300,000.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_HOUSEHOLDS)))]
    pub households: u32,
    /// Names the made-up regency: the same seed gives the same files.
    #[arg(long, default_value_t = 3526)]
    pub seed: u64,
    /// Directory to write into; made where it is missing.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Quarter of 2026, 1 to 4: each is the one before plus a quarter's changes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4))]
    pub quarter: u32,
    /// Damage about 5 of 1,000 lines as real deliveries are, and write the truth beside them: what is wrong with which
    /// line into kebenaran_qN.csv, what an importer should count into kebenaran_jumlah_qN.csv.
    #[arg(long)]
    pub dirty: bool,
    /// Compress the two files.
    #[arg(long, value_enum)]
    pub compress: Option<sink::Compression>,
}

/// Why a delivery could not be written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file or directory could not be written.
    #[error("tidak dapat menulis {}: {error} (cannot write)", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The code book could not be written.
    #[error("tidak dapat menulis kamus kode {}: {error} (cannot write the code book)", path.display())]
    CodeBook {
        /// Where it should stand.
        path: PathBuf,
        /// What the writer said.
        error: String,
    },
    /// The truth file could not be written.
    #[error("tidak dapat menulis berkas kebenaran: {0} (cannot write the truth file)")]
    Truth(#[from] csv::Error),
}

impl GenerateError {
    fn write(path: &Path, error: std::io::Error) -> Self {
        Self::Write { path: path.to_owned(), error }
    }
}

/// Writes the delivery and says on standard output what was written.
///
/// # Errors
/// Where a file cannot be written.
pub fn run(args: GenerateArgs) -> Result<(), GenerateError> {
    let delivery = deliver(&Order {
        households: args.households,
        seed: args.seed,
        quarter: args.quarter,
        dirty: args.dirty,
        compression: args.compress,
        out: args.out,
    })?;
    println!("{}: {} keluarga (families)", delivery.families.display(), delivery.family_tally.lines_in);
    println!("{}: {} anggota (members)", delivery.members.display(), delivery.member_tally.lines_in);
    println!("{}: kamus kode (code book)", delivery.code_book.display());
    for path in delivery.truth.iter().flatten() {
        println!("{}: kebenaran (truth about the damage)", path.display());
    }
    Ok(())
}
