//! Village codes (kode kelurahan/desa) in Kemendagri's numbering, dotted or not, or in BPS's.

use super::finding_kind::FindingKind;
use crate::platform::region_code::{RegionCode, RegionLevel};
use std::collections::HashMap;

/// Villages by BPS's ten digits. BPS numbers districts with three digits and villages with three, Kemendagri
/// with two and four, and there is no rule from one to the other: only a table.
#[derive(Debug, Clone, Default)]
pub struct BpsRegions(HashMap<String, RegionCode>);

impl BpsRegions {
    /// A table of BPS's ten digits and the village that they mean.
    #[must_use]
    pub fn new(villages: impl IntoIterator<Item = (String, RegionCode)>) -> Self {
        Self(villages.into_iter().collect())
    }
}

/// A village that was understood, and the form that its code came in, if it was not the dotted one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Village {
    pub(super) code: RegionCode,
    pub(super) form: Option<(FindingKind, &'static str)>,
}

/// Reads a village's code. The district's code beside it tells the numbering: BPS's has seven digits. Where
/// that says nothing, Kemendagri's is tried first.
///
/// # Errors
/// The code is none, or it is none of those that `is_known` accepts; with its shape.
pub(super) fn village(
    cell: &str,
    district_cell: &str,
    bps: &BpsRegions,
    is_known: impl Fn(&RegionCode) -> bool,
) -> Result<Village, (FindingKind, &'static str)> {
    let bare = bare_code(cell);
    if bare.is_empty() {
        return Err((FindingKind::UnusableRegionCode, "empty"));
    }
    let is_bps = bare_code(district_cell).len() == 7;
    let kemendagri = bare.parse::<RegionCode>().ok().filter(|_| !is_bps);
    let is_village = kemendagri.as_ref().is_some_and(|code| code.level() == RegionLevel::Village);
    if let Some(code) = kemendagri.filter(|code| is_village && is_known(code)) {
        let form = (code.as_str() != cell).then(|| (FindingKind::RegionCodeForm, form_of(cell)));
        return Ok(Village { code, form });
    }
    match bps.0.get(bare) {
        Some(code) if is_known(code) => {
            Ok(Village { code: code.clone(), form: Some((FindingKind::BpsRegionCode, "ten digits of BPS")) })
        }
        Some(_) => Err((FindingKind::UnknownVillage, "not in the list of regions")),
        None if is_bps => Err((FindingKind::UnknownVillage, "BPS numbering, not in the mapping table")),
        None if is_village => Err((FindingKind::UnknownVillage, "not in the list of regions")),
        None => Err((FindingKind::UnusableRegionCode, "not a village's code")),
    }
}

/// The code without apostrophe, spaces and the `.0` of a float, which no dotted code has.
fn bare_code(cell: &str) -> &str {
    let bare = cell.trim_matches(|letter: char| letter.is_whitespace() || letter == '\'');
    match bare.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => bare,
    }
}

fn form_of(cell: &str) -> &'static str {
    if cell.ends_with(".0") {
        "float"
    } else if cell.contains('.') {
        "apostrophe or spaces"
    } else {
        "undotted"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cell: &str, district: &str) -> Result<(String, Option<&'static str>), (FindingKind, &'static str)> {
        let burneh = "35.26.03.2001".parse::<RegionCode>().unwrap();
        let bps = BpsRegions::new([("3526030001".to_owned(), burneh)]);
        let is_known = |code: &RegionCode| code.as_str().starts_with("35.26.0");
        let read = village(cell, district, &bps, is_known)?;
        Ok((read.code.to_string(), read.form.map(|(_, form)| form)))
    }

    #[test]
    fn dotted_undotted_and_float_are_one_village() {
        let village = |form| Ok(("35.26.01.2001".to_owned(), form));
        assert_eq!(read("35.26.01.2001", "35.26.01"), village(None));
        assert_eq!(read("3526012001", "352601"), village(Some("undotted")));
        assert_eq!(read("3526012001.0", "352601.0"), village(Some("float")));
        assert_eq!(read("'35.26.01.2001", ""), village(Some("apostrophe or spaces")));
    }

    #[test]
    fn bps_s_numbering_goes_by_the_table_alone() {
        let burneh = Ok(("35.26.03.2001".to_owned(), Some("ten digits of BPS")));
        assert_eq!(read("3526030001", "3526030"), burneh);
        let (kind, _) = read("3526012001", "3526012").unwrap_err();
        assert_eq!(kind, FindingKind::UnknownVillage);
    }

    #[test]
    fn a_code_of_nowhere_is_told_from_no_code() {
        let kind = |cell| read(cell, "").unwrap_err().0;
        assert_eq!(kind("35.26.99.2001"), FindingKind::UnknownVillage);
        for cell in ["", "35.26.01", "desa", "35.26"] {
            assert_eq!(kind(cell), FindingKind::UnusableRegionCode, "{cell}");
        }
    }
}
