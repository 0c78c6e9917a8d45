//! Regions in PostgreSQL.

use super::Region;
use crate::{
    platform::{db::Tx, problem::Outcome, region_code::RegionCode},
    schema::regions,
};
use diesel::{prelude::*, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::HashSet;

/// Brings the given regions in, or up to date. Runs as the owner, when the database is made.
pub async fn upsert(connection: &mut AsyncPgConnection, rows: &[Region]) -> diesel::QueryResult<usize> {
    diesel::insert_into(regions::table)
        .values(rows)
        .on_conflict(regions::code)
        .do_update()
        .set((
            regions::parent_code.eq(excluded(regions::parent_code)),
            regions::level.eq(excluded(regions::level)),
            regions::name.eq(excluded(regions::name)),
        ))
        .execute(connection)
        .await
}

/// The region and all that lies in it; all regions where none is named. By code, so that a parent comes before
/// its children.
pub async fn within(tx: &mut Tx, prefix: Option<&RegionCode>) -> Outcome<Vec<Region>> {
    let mut query = regions::table.order(regions::code).select(Region::as_select()).into_boxed();
    if let Some(prefix) = prefix {
        query = query.filter(regions::code.eq(prefix.as_str()).or(regions::code.like(prefix.pattern())));
    }
    Ok(query.load(&mut **tx).await?)
}

/// Codes of all villages.
pub async fn villages(tx: &mut Tx) -> Outcome<HashSet<RegionCode>> {
    let codes: Vec<String> =
        regions::table.filter(regions::level.eq("village")).select(regions::code).load(&mut **tx).await?;
    Ok(codes.iter().filter_map(|code| code.parse().ok()).collect())
}
