//! Writes a delivery household by household, so that memory does not grow with the regency.

use super::columns::{FAMILY_COLUMNS, MEMBER_COLUMNS};
use super::damage::{Expected, HEADER_STYLE};
use super::dirt::{Line, Lines, clean_lines, dirty_lines};
use super::sink::{Compression, Sink};
use super::{GenerateError, code_book, lists};
use crate::cli::progress::Progress;
use std::path::{Path, PathBuf};

/// What delivery to make.
#[derive(Debug, Clone)]
pub struct Order {
    /// Households of the first quarter.
    pub households: u32,
    /// Names the made-up regency.
    pub seed: u64,
    /// 1 to 4.
    pub quarter: u32,
    /// Whether lines are damaged, and the truth about them written beside.
    pub dirty: bool,
    /// Of the two files.
    pub compression: Option<Compression>,
    /// The directory, which is made where it is missing.
    pub out: PathBuf,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The family file.
    pub families: PathBuf,
    /// The member file.
    pub members: PathBuf,
    /// The code book.
    pub code_book: PathBuf,
    /// The damaged lines and the sums, of a dirty delivery.
    pub truth: Option<[PathBuf; 2]>,
    /// What an importer should count in the family file.
    pub family_tally: Tally,
    /// What an importer should count in the member file.
    pub member_tally: Tally,
}

/// Lines of one file by what an importer should do with them; the header does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// All lines.
    pub lines_in: u64,
    /// Loaded, repaired or not.
    pub loaded: u64,
    /// The same as another line.
    pub merged: u64,
    /// Set aside.
    pub set_aside: u64,
}

impl Tally {
    fn count(&mut self, line: &Line) {
        let expects = |expected| line.faults.iter().any(|(_, action)| *action == expected);
        self.lines_in += 1;
        if expects(Expected::SetAside) {
            self.set_aside += 1;
        } else if expects(Expected::Merged) {
            self.merged += 1;
        } else {
            self.loaded += 1;
        }
    }
}

/// Writes the delivery that is ordered.
///
/// # Errors
/// Where a file cannot be written.
pub fn deliver(order: &Order) -> Result<Delivery, GenerateError> {
    std::fs::create_dir_all(&order.out).map_err(|error| GenerateError::write(&order.out, error))?;
    let code_book = order.out.join("kamus_kode_dtsen_v3_2026.xlsx");
    code_book::write(&code_book)
        .map_err(|error| GenerateError::CodeBook { path: code_book.clone(), error: error.to_string() })?;

    let mut truth = Truth::create(order)?;
    let mut families = DeliveryFile::create(order, "families", "keluarga", &FAMILY_COLUMNS, &mut truth)?;
    let mut members = DeliveryFile::create(order, "members", "anggota_keluarga", &MEMBER_COLUMNS, &mut truth)?;
    let progress = Progress::of(format!("delivery {}: households", order.quarter), order.households.into());
    for index in lists::indexes(order.seed, order.households, order.quarter) {
        let Some(household) = lists::household(order.seed, index, order.quarter) else {
            continue;
        };
        let Lines { family, members: persons } =
            if order.dirty { dirty_lines(order.seed, &household, order.quarter) } else { clean_lines(&household) };
        families.write(&family, &mut truth)?;
        members.write(&persons, &mut truth)?;
        progress.reached(lists::Origin::of(index).place().into(), None);
    }
    drop(progress);
    let (families_path, family_tally) = families.finish()?;
    let (members_path, member_tally) = members.finish()?;
    Ok(Delivery {
        families: families_path,
        members: members_path,
        code_book,
        truth: truth.finish([("families", family_tally), ("members", member_tally)])?,
        family_tally,
        member_tally,
    })
}

/// One of the two files.
struct DeliveryFile {
    path: PathBuf,
    kind: &'static str,
    sink: Sink,
    buffer: Vec<u8>,
    tally: Tally,
}

impl DeliveryFile {
    fn create(
        order: &Order,
        kind: &'static str,
        name: &str,
        columns: &[&str],
        truth: &mut Truth,
    ) -> Result<Self, GenerateError> {
        let ending = order.compression.map_or("", Compression::ending);
        let name = format!("{name}_dtsen_v3_2026_q{}_35.26.csv{ending}", order.quarter);
        let path = order.out.join(name);
        let sink = Sink::create(&path, order.compression);
        let mut file = Self {
            kind,
            sink: sink.map_err(|error| GenerateError::write(&path, error))?,
            path,
            buffer: Vec::new(),
            tally: Tally::default(),
        };
        if order.dirty {
            truth.tell(kind, 1, HEADER_STYLE, Expected::Repaired)?;
        }
        file.buffer.extend(header(columns, order.dirty).bytes());
        file.flush()?;
        Ok(file)
    }

    fn write(&mut self, lines: &[Line], truth: &mut Truth) -> Result<(), GenerateError> {
        for line in lines {
            line.row.write(line.form, &mut self.buffer);
            self.tally.count(line);
            for (kind, expected) in &line.faults {
                // Lines are counted as an editor does, the header being the first.
                truth.tell(self.kind, self.tally.lines_in + 1, kind, *expected)?;
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), GenerateError> {
        let written = self.sink.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|error| GenerateError::write(&self.path, error))
    }

    fn finish(self) -> Result<(PathBuf, Tally), GenerateError> {
        self.sink.finish().map_err(|error| GenerateError::write(&self.path, error))?;
        Ok((self.path, self.tally))
    }
}

/// The header; a dirty one has spaces around every third name and capitals in every fourth.
fn header(columns: &[&str], dirty: bool) -> String {
    let written = |(position, name): (usize, &&str)| {
        let name = if dirty && position % 4 == 1 { name.to_uppercase() } else { (*name).to_owned() };
        let space = if dirty && position % 3 == 0 { " " } else { "" };
        format!("\"{space}{name}{space}\"")
    };
    let names: Vec<String> = columns.iter().enumerate().map(written).collect();
    names.join("|") + "\n"
}

/// The truth about a dirty delivery: `kebenaran_q1.csv` says what is wrong with which line,
/// `kebenaran_jumlah_q1.csv` what an importer should count.
struct Truth(Option<(csv::Writer<std::fs::File>, [PathBuf; 2])>);

impl Truth {
    fn create(order: &Order) -> Result<Self, GenerateError> {
        if !order.dirty {
            return Ok(Self(None));
        }
        let paths =
            ["kebenaran", "kebenaran_jumlah"].map(|name| order.out.join(format!("{name}_q{}.csv", order.quarter)));
        let mut file = truth_file(&paths[0])?;
        file.write_record(["file", "line", "kind", "expected"])?;
        Ok(Self(Some((file, paths))))
    }

    fn tell(&mut self, file: &str, line: u64, kind: &str, expected: Expected) -> Result<(), GenerateError> {
        if let Some((truth, _)) = &mut self.0 {
            truth.write_record([file, &line.to_string(), kind, expected.name()])?;
        }
        Ok(())
    }

    fn finish(self, tallies: [(&str, Tally); 2]) -> Result<Option<[PathBuf; 2]>, GenerateError> {
        let Some((mut lines, paths)) = self.0 else {
            return Ok(None);
        };
        lines.flush().map_err(|error| GenerateError::write(&paths[0], error))?;
        let mut sums = truth_file(&paths[1])?;
        sums.write_record(["file", "lines_in", "loaded", "merged", "set_aside"])?;
        for (file, tally) in tallies {
            let counts = [tally.lines_in, tally.loaded, tally.merged, tally.set_aside];
            let counts = counts.map(|count| count.to_string());
            sums.write_record(std::iter::once(file).chain(counts.iter().map(String::as_str)))?;
        }
        sums.flush().map_err(|error| GenerateError::write(&paths[1], error))?;
        Ok(Some(paths))
    }
}

fn truth_file(path: &Path) -> Result<csv::Writer<std::fs::File>, GenerateError> {
    Ok(csv::Writer::from_path(path)?)
}
