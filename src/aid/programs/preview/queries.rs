//! Whom a rule would reach, counted by PostgreSQL.

use crate::platform::{db::Tx, problem::Outcome};
use chrono::NaiveDate;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, BigInt, Date, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Samples that a preview shows.
const SAMPLES: i64 = 10;

/// Whom to ask a compiled rule of.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// SQL that is true just where a household `h` is eligible.
    pub where_sql: &'a str,
    /// SQL that is true just of the living members `m` who are served; `None` where households are.
    pub beneficiary_sql: Option<&'a str>,
    /// The parts of an `ORDER BY`, the household's id last.
    pub order_by_sql: &'a str,
    /// `$1`.
    pub release_id: Uuid,
    /// `$2`: the day on which ages are counted.
    pub on: NaiveDate,
    /// `$3`: LIKE patterns of the programme's areas; the caller's own hold by row-level security.
    pub areas: &'a [String],
}

/// Eligible households of one district and decile.
#[derive(Debug, QueryableByName)]
pub struct Reached {
    /// District (kecamatan).
    #[diesel(sql_type = Text)]
    pub district_code: String,
    /// National decile.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub decile: Option<i16>,
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub eligible: i64,
}

/// One eligible household or member.
#[derive(Debug, QueryableByName)]
pub struct Sampled {
    /// Id.
    #[diesel(sql_type = SqlUuid)]
    pub household_id: Uuid,
    /// The member who is served, where members are.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub individual_id: Option<Uuid>,
    /// Where it lives.
    #[diesel(sql_type = Text)]
    pub village_code: String,
    /// National decile.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub decile: Option<i16>,
    /// Name of the member or of the head, in clear.
    #[diesel(sql_type = Text)]
    pub name: String,
}

impl Reach<'_> {
    /// Whom to count: households, or those of their members who are served.
    fn source_sql(&self) -> String {
        let members = self.beneficiary_sql.map(|served| {
            format!(
                " JOIN individual_snapshots m ON m.household_id = h.household_id AND m.release_id = $1
                  AND NOT m.deceased AND ({served})"
            )
        });
        format!("FROM household_snapshots h{}", members.unwrap_or_default())
    }
}

/// Counts the eligible by district and decile. Raw, because the condition is SQL that the rule compiler makes.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn counts(tx: &mut Tx, reach: Reach<'_>) -> Outcome<Vec<Reached>> {
    let statement = format!(
        "SELECT left(h.village_code, 8) AS district_code, h.decile, count(*) AS eligible
         {}
         WHERE h.release_id = $1 AND $2::date IS NOT NULL AND h.village_code LIKE ANY ($3)
           AND ({})
         GROUP BY 1, 2",
        reach.source_sql(),
        reach.where_sql
    );
    Ok(sql_query(statement)
        .bind::<SqlUuid, _>(reach.release_id)
        .bind::<Date, _>(reach.on)
        .bind::<Array<Text>, _>(reach.areas)
        .load(&mut **tx)
        .await?)
}

/// The first few of the ranking. Raw, because condition and order are SQL that the rule compiler makes.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn samples(tx: &mut Tx, reach: Reach<'_>) -> Outcome<Vec<Sampled>> {
    let (who, then) = match reach.beneficiary_sql {
        Some(_) => ("m.individual_id, m.name", ", m.position"),
        None => ("NULL::uuid AS individual_id, h.head_name AS name", ""),
    };
    let statement = format!(
        "SELECT h.household_id, {who}, h.village_code, h.decile
         {}
         WHERE h.release_id = $1 AND $2::date IS NOT NULL AND h.village_code LIKE ANY ($3)
           AND ({})
         ORDER BY {}{then}
         LIMIT $4",
        reach.source_sql(),
        reach.where_sql,
        reach.order_by_sql
    );
    Ok(sql_query(statement)
        .bind::<SqlUuid, _>(reach.release_id)
        .bind::<Date, _>(reach.on)
        .bind::<Array<Text>, _>(reach.areas)
        .bind::<BigInt, _>(SAMPLES)
        .load(&mut **tx)
        .await?)
}
