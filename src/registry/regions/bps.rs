//! BPS's own numbers of regions (kode BPS). There is no rule from them to Kemendagri's, so they are data: the table
//! that BPS publishes to bridge the two numberings (columns `kode_bps` and `kode_dagri`, others do not matter), which
//! an administrator loads.

use super::queries;
use crate::platform::{
    db::Tx,
    outbox::Event,
    problem::Outcome,
    region_code::{RegionCode, RegionLevel},
};
use serde::Deserialize;
use serde_json::json;
use std::{collections::HashSet, io::Read};
use uuid::Uuid;

/// A region under both its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BpsCode {
    /// Kemendagri's.
    pub code: RegionCode,
    /// BPS's: 2, 4, 7 or 10 digits, as the level asks.
    pub bps_code: String,
}

#[derive(Deserialize)]
struct Line {
    kode_bps: String,
    kode_dagri: String,
}

/// Reads the table from CSV with `,`, `;`, `|` or tab. A line that lacks one of the numbers bridges nothing and is
/// passed over.
///
/// # Errors
/// All lines that can't be right, each as a sentence with its number: a code that is none or not of the other's
/// level, a number that stands there twice.
pub fn read(mut table: impl Read) -> Result<Vec<BpsCode>, Vec<String>> {
    let mut text = String::new();
    table.read_to_string(&mut text).map_err(|error| vec![format!("the table can't be read: {error}")])?;
    let text = text.trim_start_matches('\u{FEFF}');
    let header = text.lines().next().unwrap_or_default();
    let separator = [b'|', b';', b'\t'].into_iter().find(|byte| header.as_bytes().contains(byte)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let (mut codes, mut faults) = (Vec::new(), Vec::new());
    let (mut known, mut known_bps) = (HashSet::new(), HashSet::new());
    for (line, number) in reader.deserialize::<Line>().zip(2_u64..) {
        let read = line.map_err(|error| error.to_string()).and_then(|line| code_of(&line));
        match read {
            Ok(None) => {}
            Ok(Some(code)) if !known.insert(code.code.clone()) || !known_bps.insert(code.bps_code.clone()) => {
                faults.push(format!("line {number}: {} or {} stands there twice", code.code, code.bps_code));
            }
            Ok(Some(code)) => codes.push(code),
            Err(fault) => faults.push(format!("line {number}: {fault}")),
        }
    }
    if codes.is_empty() && faults.is_empty() {
        faults.push("the table bridges no two numbers".to_owned());
    }
    if faults.is_empty() { Ok(codes) } else { Err(faults) }
}

fn code_of(line: &Line) -> Result<Option<BpsCode>, String> {
    let Line { kode_bps, kode_dagri } = line;
    if kode_bps.is_empty() || kode_dagri.is_empty() {
        return Ok(None);
    }
    let code: RegionCode = kode_dagri.parse().map_err(|_| "kode_dagri is no code of Kemendagri".to_owned())?;
    let digits = match code.level() {
        RegionLevel::Province => 2,
        RegionLevel::Regency => 4,
        RegionLevel::District => 7,
        RegionLevel::Village => 10,
    };
    if kode_bps.len() != digits || !kode_bps.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("kode_bps must have {digits} digits for {code}"));
    }
    Ok(Some(BpsCode { code, bps_code: kode_bps.clone() }))
}

/// What loading a table did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Regions that have a number of BPS now.
    pub regions: usize,
    /// Lines of regions that are not known here: other regencies'.
    pub elsewhere: usize,
}

/// Puts the table in the place of the one before. Deliveries that are read from now on are read by it; releases stay.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn load(tx: &mut Tx, table: &[BpsCode]) -> Outcome<Loaded> {
    queries::clear_bps_codes(tx).await?;
    let regions = queries::set_bps_codes(tx, table).await?;
    let loaded = Loaded { regions, elsewhere: table.len().saturating_sub(regions) };
    // Regions have codes and no ids: the event is about this loading.
    let payload = json!({ "regions": loaded.regions, "elsewhere": loaded.elsewhere });
    tx.emit(Event::new("regions.bps_codes_loaded", Uuid::now_v7(), payload));
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Result<Vec<(String, String)>, Vec<String>> {
        let codes = read(text.as_bytes())?;
        Ok(codes.into_iter().map(|code| (code.code.to_string(), code.bps_code)).collect())
    }

    #[test]
    fn the_table_of_bps_is_read_by_its_columns_names() {
        let villages = |text| pairs(text).unwrap();
        let socah = [("35.26.02.2001".to_owned(), "3526020001".to_owned())];
        assert_eq!(villages("kode_bps,nama_bps,kode_dagri,nama_dagri\n3526020001,SOCAH,35.26.02.2001,Socah\n"), socah);
        assert_eq!(villages("\u{FEFF}kode_dagri;kode_bps\r\n3526022001; 3526020001\r\n"), socah);
        assert_eq!(villages("kode_bps,kode_dagri\n3526020001,35.26.02.2001\n3526020099,\n"), socah);
    }

    #[test]
    fn every_line_that_can_not_be_right_is_told_at_once() {
        let faults = pairs(
            "kode_bps,kode_dagri\n3526020001,35.26.02.2001\n3526020,35.26.02.2002\n3526020003,desa\n3526020001,35.26.02.2004\n3526020005,35.26.02.2001\n",
        )
        .unwrap_err();
        let lines: Vec<&str> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        assert_eq!(lines, ["line 3", "line 4", "line 5", "line 6"]);
        assert_eq!(pairs("kode_bps,kode_dagri\n").unwrap_err().len(), 1);
        assert!(pairs("kode,nama\n35,Jawa Timur\n").unwrap_err()[0].contains("kode_bps"));
    }
}
