//! Lookups in PostgreSQL. The join of thousands of digests with the directories is one statement over arrays, which
//! the query builder can't say.

use super::{NameMatch, identity::Sought};
use crate::platform::{civil, db::Tx, problem::Outcome, region_code::RegionCode};
use diesel::{QueryableByName, sql_query, sql_types as sql};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A household that answers to a sought number.
#[derive(Debug, Clone, QueryableByName)]
pub struct FoundRow {
    /// Which of the sought, from 0.
    #[diesel(sql_type = sql::Integer)]
    pub row_no: i32,
    /// The household.
    #[diesel(sql_type = sql::Uuid)]
    pub household_id: Uuid,
    /// The individual, for a NIK.
    #[diesel(sql_type = sql::Nullable<sql::Uuid>)]
    pub individual_id: Option<Uuid>,
    /// Where it lives.
    #[diesel(sql_type = sql::Text)]
    pub village_code: String,
    /// Its head.
    #[diesel(sql_type = sql::Text)]
    pub head_name: String,
    /// National decile.
    #[diesel(sql_type = sql::Nullable<sql::SmallInt>)]
    pub decile: Option<i16>,
    /// Programmes it stands in.
    #[diesel(sql_type = sql::Array<sql::Text>)]
    pub programs: Vec<String>,
}

/// Households behind digests, in the given release and the caller's areas, with the programmes they stand in.
const FIND: &str = "
    WITH sought AS (
        SELECT * FROM unnest($1::integer[], $2::boolean[], $3::bytea[]) AS s (row_no, is_nik, digest)),
    found AS (
        SELECT s.row_no, m.household_id, m.individual_id
        FROM sought s
        JOIN nik_directory d ON d.digest_key = $4 AND d.digest = s.digest
        JOIN individual_snapshots m ON m.release_id = $5 AND m.individual_id = d.individual_id
        WHERE s.is_nik
        UNION ALL
        SELECT s.row_no, d.household_id, NULL
        FROM sought s JOIN kk_directory d ON d.digest_key = $4 AND d.digest = s.digest
        WHERE NOT s.is_nik),
    there AS (
        SELECT f.row_no, f.individual_id, h.household_id, h.village_code, h.head_name, h.decile
        FROM found f JOIN household_snapshots h ON h.release_id = $5 AND h.household_id = f.household_id)
    SELECT t.*, coalesce(p.program_codes, '{}') AS programs
    FROM there t
    LEFT JOIN standing_programs_of(ARRAY(SELECT DISTINCT household_id FROM there)) p USING (household_id)
    ORDER BY t.row_no, t.household_id";

/// Finds all that is sought, at once; each with the number of its row.
pub async fn find(tx: &mut Tx, sought: &[(i32, &Sought)], digest_key: i16, release_id: Uuid) -> Outcome<Vec<FoundRow>> {
    let rows: Vec<i32> = sought.iter().map(|(row, _)| *row).collect();
    let kinds: Vec<bool> = sought.iter().map(|(_, sought)| sought.is_nik).collect();
    let digests: Vec<&[u8]> = sought.iter().map(|(_, sought)| sought.digest.as_slice()).collect();
    Ok(sql_query(FIND)
        .bind::<sql::Array<sql::Integer>, _>(rows)
        .bind::<sql::Array<sql::Bool>, _>(kinds)
        .bind::<sql::Array<sql::Binary>, _>(digests)
        .bind::<sql::SmallInt, _>(digest_key)
        .bind::<sql::Uuid, _>(release_id)
        .load(&mut **tx)
        .await?)
}

/// Names alike within a village. `pg_trgm`'s operators are not the query builder's; a village is small, so no index
/// is needed and row-level security costs nothing.
const SEARCH: &str = "
    SELECT m.household_id, m.individual_id, m.name, date_part('year', age($4, m.birth_date))::integer AS age, h.head_name,
           greatest(similarity(m.name, $3), word_similarity($3, m.name))::real AS similarity
    FROM individual_snapshots m
    JOIN household_snapshots h ON h.release_id = m.release_id AND h.household_id = m.household_id
    WHERE m.release_id = $1 AND m.village_code = $2
      AND greatest(similarity(m.name, $3), word_similarity($3, m.name)) >= 0.4
    ORDER BY similarity DESC, m.name, m.individual_id
    LIMIT 20";

/// The twenty whose names are most alike.
pub async fn search(tx: &mut Tx, release_id: Uuid, village: &RegionCode, name: &str) -> Outcome<Vec<NameMatch>> {
    Ok(sql_query(SEARCH)
        .bind::<sql::Uuid, _>(release_id)
        .bind::<sql::Text, _>(village.as_str())
        .bind::<sql::Text, _>(name)
        .bind::<sql::Date, _>(civil::today())
        .load(&mut **tx)
        .await?)
}
