//! What the active release says of households, for the interpreter of rules: one query for any number of them.

use super::eligibility::{CodeBook, HouseholdFacts};
use crate::platform::{db::Tx, problem::Outcome};
use chrono::NaiveDate;
use diesel::{
    QueryableByName, sql_query,
    sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// A household as a decision finds it.
#[derive(Debug, Clone)]
pub struct FoundHousehold {
    /// Id.
    pub household_id: Uuid,
    /// Where it lives.
    pub village_code: String,
    /// National welfare decile; none where the release gives none.
    pub decile: Option<i16>,
    /// Its members' ids, in the order of the household.
    pub member_ids: Vec<Uuid>,
    /// What a rule sees of it.
    pub facts: HouseholdFacts,
}

impl FoundHousehold {
    /// A member's place in the household; nothing where they are none.
    #[must_use]
    pub fn position_of(&self, individual_id: Uuid) -> Option<i64> {
        let place = self.member_ids.iter().position(|member| *member == individual_id)?;
        self.facts.members.get(place).map(|member| member.position)
    }
}

/// Whom to look for, and where.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// The release whose word counts.
    pub release_id: Uuid,
    /// Which households.
    pub household_ids: &'a [Uuid],
    /// LIKE patterns of a programme's areas; the caller's own areas hold besides, by row-level security.
    pub areas: &'a [String],
    /// The programmes that the rule asks for; of others it is not known whether the household stands in them.
    pub programs: &'a [String],
    /// The day of the decision, on which ages are counted.
    pub on: NaiveDate,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
    #[diesel(sql_type = Text)]
    village_code: String,
    #[diesel(sql_type = Nullable<SmallInt>)]
    decile: Option<i16>,
    #[diesel(sql_type = Jsonb)]
    household: Value,
    #[diesel(sql_type = Array<Jsonb>)]
    members: Vec<Value>,
    #[diesel(sql_type = Array<SqlUuid>)]
    member_ids: Vec<Uuid>,
    #[diesel(sql_type = Array<Text>)]
    programs: Vec<String>,
}

/// Finds households within the caller's areas and the programme's; who is not there is left out.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn find(tx: &mut Tx, sought: Sought<'_>, book: &CodeBook) -> Outcome<HashMap<Uuid, FoundHousehold>> {
    let rows = load(tx, sought).await?;
    let found = rows.into_iter().map(|row| {
        let facts = HouseholdFacts::from_rows(&row.household, &row.members, row.programs, book, sought.on);
        let Row { household_id, village_code, decile, member_ids, .. } = row;
        (household_id, FoundHousehold { household_id, village_code, decile, member_ids, facts })
    });
    Ok(found.collect())
}

/// Raw, because whole rows as JSON and set-returning functions have no word in the query builder.
/// Both functions keep sensitive programmes of other agencies to themselves. `standing_programs_of` finds by household;
/// `standing_aid`, which reads whole programmes, is asked for sensitive ones only.
async fn load(tx: &mut Tx, sought: Sought<'_>) -> Outcome<Vec<Row>> {
    const STATEMENT: &str = "
        WITH standing AS (
            SELECT s.household_id, code
            FROM standing_programs_of($2) s, unnest(s.program_codes) code
            WHERE code = ANY ($4)
            UNION
            SELECT a.household_id, a.program_code
            FROM standing_aid(ARRAY(SELECT p.code FROM programs p WHERE p.code = ANY ($4) AND p.sensitive)) a
            WHERE a.household_id = ANY ($2)
        )
        SELECT h.household_id, h.village_code, h.decile, to_jsonb(h) AS household,
               coalesce(m.rows, '{}') AS members,
               coalesce(m.ids, '{}') AS member_ids,
               ARRAY(SELECT s.code FROM standing s WHERE s.household_id = h.household_id ORDER BY s.code) AS programs
        FROM household_snapshots h
        LEFT JOIN LATERAL (
            SELECT array_agg(to_jsonb(i) ORDER BY i.position) AS rows,
                   array_agg(i.individual_id ORDER BY i.position) AS ids
            FROM individual_snapshots i
            WHERE i.household_id = h.household_id AND i.release_id = $1
        ) m ON true
        WHERE h.release_id = $1 AND h.household_id = ANY ($2) AND h.village_code LIKE ANY ($3)";
    Ok(sql_query(STATEMENT)
        .bind::<SqlUuid, _>(sought.release_id)
        .bind::<Array<SqlUuid>, _>(sought.household_ids)
        .bind::<Array<Text>, _>(sought.areas)
        .bind::<Array<Text>, _>(sought.programs)
        .load(&mut **tx)
        .await?)
}
