//! Regions (wilayah): the regency's districts and villages by Kemendagri's codes.

pub mod bps;
pub mod queries;
pub mod routes;

use crate::{
    platform::region_code::{RegionCode, RegionLevel},
    schema::regions,
};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// Kabupaten Bangkalan's regions. From the package `idn-area-data` 3.1.2, Open Database License (ODbL); see
/// `data/README.md`.
const BANGKALAN: &str = include_str!("../../../data/regions_3526.csv");

/// A province, regency, district or village.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset, Serialize, ToSchema)]
#[diesel(table_name = regions)]
pub struct Region {
    /// Dotted code.
    #[schema(value_type = RegionCode)]
    pub code: String,
    /// The region it lies in.
    #[schema(value_type = Option<RegionCode>)]
    pub parent_code: Option<String>,
    /// Level.
    #[schema(value_type = RegionLevel)]
    pub level: String,
    /// Name.
    #[schema(example = "Bangkalan")]
    pub name: String,
    /// Its number at BPS, where a table of them was loaded.
    #[schema(example = json!(null))]
    pub bps_code: Option<String>,
}

/// The regions that come with the program, parents before children.
///
/// # Errors
/// Which line can't be read; a test holds that there is none.
pub fn delivered() -> Result<Vec<Region>, csv::Error> {
    let mut reader = csv::Reader::from_reader(BANGKALAN.as_bytes());
    let rows: Vec<(String, String, String, String)> = reader.deserialize().collect::<Result<_, _>>()?;
    let regions = rows.into_iter().map(|(code, parent, level, name)| Region {
        code,
        parent_code: Some(parent).filter(|parent| !parent.is_empty()),
        level,
        name,
        bps_code: None,
    });
    let mut regions: Vec<Region> = regions.collect();
    regions.sort_by_key(|region| region.code.len());
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bangkalan_has_18_districts_and_281_villages() {
        let regions = delivered().unwrap();
        let count = |level: &str| regions.iter().filter(|region| region.level == level).count();
        assert_eq!((count("district"), count("village")), (18, 281));
        assert!(regions.iter().all(|region| region.code.parse::<RegionCode>().is_ok()));
    }
}
