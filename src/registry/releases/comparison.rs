//! What differs between two releases: who arrived, left, moved between deciles and villages, whose family
//! changed; by district, with sums that add up.
//!
//! A full join of two releases is more than the query builder says, so the three statements stand here whole.

use super::deciles::{DecileMove, DecileTable};
use crate::{
    platform::{
        audit,
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    registry::regions,
};
use diesel::{QueryableByName, sql_query, sql_types as sql};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Steps between deciles that ask for a second look.
pub const EXTREME_STEPS: i16 = 7;

/// Households of one district, or of the regency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Changes {
    /// In this release only.
    #[schema(example = 210)]
    pub arrived: i64,
    /// In the other release only; counted where they lived.
    #[schema(example = 180)]
    pub left: i64,
    /// In both.
    #[schema(example = 15_800)]
    pub stayed: i64,
    /// In both, with another decile or with one where there was none, or the other way about.
    #[schema(example = 1_900)]
    pub changed_decile: i64,
    /// Of those, by seven steps or more.
    #[schema(example = 41)]
    pub extreme_movers: i64,
    /// In both, in another village.
    #[schema(example = 110)]
    pub moved_village: i64,
    /// In both, with other members.
    #[schema(example = 350)]
    pub changed_members: i64,
    /// In the other release only, and whoever of it is known now lives in one other household (gabung KK).
    #[schema(example = 12)]
    pub merged: i64,
    /// In the other release, and divided since (pecah KK): it left and its members live in several households, or it
    /// stayed and a household that arrived has at least half of its members from it.
    #[schema(example = 35)]
    pub split: i64,
}

/// A district's changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DistrictChanges {
    /// Code of the district, where the household lives now, or lived if it left.
    #[schema(example = "35.26.01")]
    pub district_code: String,
    /// Its name.
    #[schema(example = "Bangkalan")]
    pub name: Option<String>,
    /// Its changes.
    #[serde(flatten)]
    pub changes: Changes,
}

/// What differs between two releases.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// This release.
    pub release_id: Uuid,
    /// The one it is compared with.
    pub with: Uuid,
    /// The regency: the sum of its districts.
    pub total: Changes,
    /// Each district.
    pub districts: Vec<DistrictChanges>,
    /// Households in both releases by decile then and now.
    pub deciles: DecileTable,
}

/// A household that moved by seven deciles or more.
#[derive(Debug, Clone, Serialize, ToSchema, QueryableByName)]
pub struct ExtremeMover {
    /// The household.
    #[diesel(sql_type = sql::Uuid)]
    pub household_id: Uuid,
    /// Where it lives.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "35.26.02.2001")]
    pub village_code: String,
    /// Decile in the other release.
    #[diesel(sql_type = sql::SmallInt)]
    #[schema(example = 1)]
    pub from: i16,
    /// Decile in this release.
    #[diesel(sql_type = sql::SmallInt)]
    #[schema(example = 9)]
    pub to: i16,
}

#[derive(QueryableByName)]
struct DistrictRow {
    #[diesel(sql_type = sql::Text)]
    district_code: String,
    #[diesel(sql_type = sql::BigInt)]
    arrived: i64,
    #[diesel(sql_type = sql::BigInt)]
    gone: i64,
    #[diesel(sql_type = sql::BigInt)]
    stayed: i64,
    #[diesel(sql_type = sql::BigInt)]
    changed_decile: i64,
    #[diesel(sql_type = sql::BigInt)]
    extreme_movers: i64,
    #[diesel(sql_type = sql::BigInt)]
    moved_village: i64,
    #[diesel(sql_type = sql::BigInt)]
    changed_members: i64,
    #[diesel(sql_type = sql::BigInt)]
    merged: i64,
    #[diesel(sql_type = sql::BigInt)]
    split: i64,
}

const BY_DISTRICT: &str = "
    WITH now AS MATERIALIZED (SELECT household_id, village_code, decile, member_count FROM household_snapshots WHERE release_id = $1),
         was AS MATERIALIZED (SELECT household_id, village_code, decile FROM household_snapshots WHERE release_id = $2),
         other_members AS (
             SELECT DISTINCT household_id
             FROM (SELECT household_id, individual_id FROM individual_snapshots WHERE release_id = $1) n
             FULL JOIN (SELECT household_id, individual_id, true AS known FROM individual_snapshots WHERE release_id = $2) w
                 USING (household_id, individual_id)
             WHERE w.known IS NULL
             UNION
             SELECT DISTINCT household_id
             FROM (SELECT household_id, individual_id FROM individual_snapshots WHERE release_id = $2) w
             WHERE NOT EXISTS (SELECT 1 FROM individual_snapshots n
                               WHERE n.release_id = $1 AND n.household_id = w.household_id AND n.individual_id = w.individual_id)),
         went AS MATERIALIZED (
             SELECT w.household_id AS was_id, n.household_id AS now_id, count(*) AS members
             FROM individual_snapshots w JOIN individual_snapshots n ON n.individual_id = w.individual_id
             WHERE w.release_id = $2 AND n.release_id = $1 AND w.household_id <> n.household_id
             GROUP BY 1, 2),
         heirs AS (
             SELECT was_id AS household_id, count(*) AS heirs FROM went
             WHERE was_id NOT IN (SELECT household_id FROM now) GROUP BY 1),
         parted AS (
             SELECT DISTINCT t.was_id AS household_id
             FROM went t JOIN now n ON n.household_id = t.now_id
             WHERE t.was_id IN (SELECT household_id FROM now) AND t.now_id NOT IN (SELECT household_id FROM was)
               AND t.members * 2 >= n.member_count)
    SELECT left(coalesce(now.village_code, was.village_code), 8) AS district_code,
           count(*) FILTER (WHERE was.household_id IS NULL) AS arrived,
           count(*) FILTER (WHERE now.household_id IS NULL) AS gone,
           count(*) FILTER (WHERE both_there) AS stayed,
           count(*) FILTER (WHERE both_there AND was.decile IS DISTINCT FROM now.decile) AS changed_decile,
           count(*) FILTER (WHERE both_there AND abs(was.decile - now.decile) >= $3) AS extreme_movers,
           count(*) FILTER (WHERE both_there AND was.village_code <> now.village_code) AS moved_village,
           count(*) FILTER (WHERE both_there AND o.household_id IS NOT NULL) AS changed_members,
           count(*) FILTER (WHERE h.heirs = 1) AS merged,
           count(*) FILTER (WHERE h.heirs > 1 OR p.household_id IS NOT NULL) AS split
    FROM now FULL JOIN was USING (household_id)
    LEFT JOIN other_members o USING (household_id)
    LEFT JOIN heirs h USING (household_id)
    LEFT JOIN parted p USING (household_id)
    CROSS JOIN LATERAL (SELECT now.household_id IS NOT NULL AND was.household_id IS NOT NULL AS both_there) x
    GROUP BY 1 ORDER BY 1";

const BY_DECILE: &str = r#"
    SELECT was.decile AS "from", now.decile AS "to", count(*) AS households
    FROM household_snapshots now JOIN household_snapshots was USING (household_id)
    WHERE now.release_id = $1 AND was.release_id = $2
    GROUP BY 1, 2"#;

const EXTREME: &str = r#"
    SELECT now.household_id, now.village_code, was.decile AS "from", now.decile AS "to"
    FROM household_snapshots now JOIN household_snapshots was USING (household_id)
    WHERE now.release_id = $1 AND was.release_id = $2 AND abs(was.decile - now.decile) >= $3 AND now.household_id > $4
    ORDER BY now.household_id LIMIT $5"#;

/// Compares two releases.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn compare(tx: &mut Tx, release_id: Uuid, with: Uuid) -> Outcome<Comparison> {
    let rows: Vec<DistrictRow> = sql_query(BY_DISTRICT)
        .bind::<sql::Uuid, _>(release_id)
        .bind::<sql::Uuid, _>(with)
        .bind::<sql::SmallInt, _>(EXTREME_STEPS)
        .load(&mut **tx)
        .await?;
    let moves: Vec<DecileMove> =
        sql_query(BY_DECILE).bind::<sql::Uuid, _>(release_id).bind::<sql::Uuid, _>(with).load(&mut **tx).await?;
    let regions = regions::queries::within(tx, None).await?;
    let names: HashMap<&str, &str> =
        regions.iter().map(|region| (region.code.as_str(), region.name.as_str())).collect();
    let districts: Vec<DistrictChanges> = rows
        .into_iter()
        .map(|row| DistrictChanges {
            name: names.get(row.district_code.as_str()).map(|name| (*name).to_owned()),
            district_code: row.district_code,
            changes: Changes {
                arrived: row.arrived,
                left: row.gone,
                stayed: row.stayed,
                changed_decile: row.changed_decile,
                extreme_movers: row.extreme_movers,
                moved_village: row.moved_village,
                changed_members: row.changed_members,
                merged: row.merged,
                split: row.split,
            },
        })
        .collect();
    let total = districts.iter().fold(Changes::default(), |sum, district| sum.and(&district.changes));
    Ok(Comparison { release_id, with, total, districts, deciles: DecileTable::of(&moves) })
}

impl Changes {
    fn and(self, other: &Self) -> Self {
        Self {
            arrived: self.arrived + other.arrived,
            left: self.left + other.left,
            stayed: self.stayed + other.stayed,
            changed_decile: self.changed_decile + other.changed_decile,
            extreme_movers: self.extreme_movers + other.extreme_movers,
            moved_village: self.moved_village + other.moved_village,
            changed_members: self.changed_members + other.changed_members,
            merged: self.merged + other.merged,
            split: self.split + other.split,
        }
    }
}

/// A page of the households that moved by seven deciles or more.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn extreme_movers(tx: &mut Tx, release_id: Uuid, with: Uuid, page: Page) -> Outcome<Listed<ExtremeMover>> {
    let rows: Vec<ExtremeMover> = sql_query(EXTREME)
        .bind::<sql::Uuid, _>(release_id)
        .bind::<sql::Uuid, _>(with)
        .bind::<sql::SmallInt, _>(EXTREME_STEPS)
        .bind::<sql::Uuid, _>(page.after_or_start())
        .bind::<sql::BigInt, _>(page.probe())
        .load(&mut **tx)
        .await?;
    let listed = page.cut(rows, |mover| mover.household_id);
    let ids = listed.items.iter().map(|mover| mover.household_id).collect();
    tx.trace(audit::Entry::households("release.extreme_movers.listed", ids));
    Ok(listed)
}
