//! What a household has from programmes that another programme excludes, whoever runs them. An exclusion binds the
//! programme that states it: its own enrolling and paying are refused, and nobody else's. Programmes that another
//! agency marked sensitive are not seen here, so that nobody learns of them by excluding them.

use crate::platform::{db::Tx, problem::Outcome};
use diesel::{
    QueryableByName,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use uuid::Uuid;

/// A programme that another one excludes.
#[derive(Debug, QueryableByName, Serialize)]
pub struct OtherAid {
    /// Its code.
    #[diesel(sql_type = Text)]
    pub program_code: String,
    /// Who runs it.
    #[diesel(sql_type = Text)]
    pub agency_code: String,
}

/// Those of these programmes in which the household stands, in whatever state: what enrolling is refused for. Raw,
/// because functions that answer tables have no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn standing(tx: &mut Tx, household_id: Uuid, programs: &[String]) -> Outcome<Vec<OtherAid>> {
    const STANDING: &str = "
        SELECT p.code AS program_code, p.agency_code
        FROM standing_programs_of(ARRAY[$1]) s JOIN programs p ON p.code = ANY (s.program_codes)
        WHERE p.code = ANY ($2) ORDER BY p.code";
    ask(tx, STANDING, household_id, programs).await
}

/// Those of these programmes from which the household receives, being active there: what paying is refused for.
/// Raw, as above.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn received(tx: &mut Tx, household_id: Uuid, programs: &[String]) -> Outcome<Vec<OtherAid>> {
    const RECEIVED: &str = "SELECT program_code, agency_code FROM receiving_aid($2, ARRAY[$1]) ORDER BY program_code";
    ask(tx, RECEIVED, household_id, programs).await
}

async fn ask(tx: &mut Tx, statement: &str, household_id: Uuid, programs: &[String]) -> Outcome<Vec<OtherAid>> {
    Ok(diesel::sql_query(statement)
        .bind::<SqlUuid, _>(household_id)
        .bind::<Array<Text>, _>(programs)
        .load(&mut **tx)
        .await?)
}
