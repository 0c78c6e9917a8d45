//! Regions in PostgreSQL.

use super::{Region, bps::BpsCode};
use crate::{
    platform::{db::Tx, problem::Outcome, region_code::RegionCode},
    schema::regions,
};
use diesel::{prelude::*, sql_types as sql, upsert::excluded};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use std::collections::HashSet;

/// Brings the given regions in, or up to date; their numbers at BPS stay. Runs as the owner, when the database is made.
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

/// Villages by BPS's number, where one is known.
pub async fn villages_by_bps_code(tx: &mut Tx) -> Outcome<Vec<(String, RegionCode)>> {
    let rows: Vec<(Option<String>, String)> = regions::table
        .filter(regions::level.eq("village").and(regions::bps_code.is_not_null()))
        .select((regions::bps_code, regions::code))
        .load(&mut **tx)
        .await?;
    Ok(rows.into_iter().filter_map(|(bps_code, code)| Some((bps_code?, code.parse().ok()?))).collect())
}

/// Forgets all of BPS's numbers.
pub(super) async fn clear_bps_codes(tx: &mut Tx) -> Outcome<()> {
    diesel::update(regions::table).set(regions::bps_code.eq(None::<String>)).execute(&mut **tx).await?;
    Ok(())
}

/// Gives regions their numbers at BPS. Answers how many of them are known here. An update from arrays has no word in
/// the query builder.
pub(super) async fn set_bps_codes(tx: &mut Tx, table: &[BpsCode]) -> Outcome<usize> {
    let codes: Vec<&str> = table.iter().map(|line| line.code.as_str()).collect();
    let bps_codes: Vec<&str> = table.iter().map(|line| line.bps_code.as_str()).collect();
    const SQL: &str =
        "UPDATE regions r SET bps_code = t.bps_code FROM unnest($1, $2) AS t (code, bps_code) WHERE r.code = t.code";
    Ok(diesel::sql_query(SQL)
        .bind::<sql::Array<sql::Text>, _>(codes)
        .bind::<sql::Array<sql::Text>, _>(bps_codes)
        .execute(&mut **tx)
        .await?)
}
