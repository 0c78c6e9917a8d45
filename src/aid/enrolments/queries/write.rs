//! Enrolments in PostgreSQL: writing. Each of the three is one statement for any number of rows, so that an
//! enrolment, its claim, its step, its event and its place are written together or not at all.

use super::{
    super::{
        EnrolmentState,
        decision::{Basis, Decided},
    },
    Chosen,
};
use crate::{
    aid::{eligibility::CompiledRule, programs::rules::check::served_sql},
    platform::{db::Tx, problem::Outcome},
};
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, Bool, Date, Integer, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

/// What follows `WITH decided AS (…)`. `$1` release, `$2` day, `$3` programme, `$4` its agency, `$5` its code,
/// `$6` rule version, `$7` actor, `$8` reason of the first step.
const ENROL: &str = "
    claimed AS (
        INSERT INTO enrolment_claims (beneficiary_id, program_id, household_id, enrolment_id, agency_code, program_code)
        SELECT coalesce(individual_id, household_id), $3, household_id, enrolment_id, $4, $5 FROM decided
    ), enrolled AS (
        INSERT INTO enrolments (household_id, enrolment_id, program_id, agency_code, beneficiary_id, individual_id,
            village_code, state, release_id, decile, exemption_id, rule_version, explanation, override_reason,
            override_allowed_by, override_for, external_reference, created_by)
        SELECT household_id, enrolment_id, $3, $4, coalesce(individual_id, household_id), individual_id,
            village_code, 'candidate', $1, decile, exemption_id, $6, explanation, override_reason,
            override_allowed_by, override_for::text[], external_reference, $7 FROM decided
    ), stepped AS (
        INSERT INTO enrolment_steps (household_id, enrolment_id, step_no, to_state, reason, effective_on, actor,
            agency_code)
        SELECT household_id, enrolment_id, 1, 'candidate', $8, $2, $7, $4 FROM decided
    ), told AS (
        INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
        SELECT uuid_v7(), 'enrolment.created', $4, household_id, enrolment_id, jsonb_build_object(
            'program_id', $3, 'program_code', $5, 'individual_id', individual_id, 'state', 'candidate',
            'release_id', $1)
        FROM decided
    ), taken AS (
        UPDATE program_places SET taken = taken + (SELECT count(*) FROM decided)::integer WHERE program_id = $3
    )
    SELECT household_id, individual_id FROM decided";

/// The households of `h` that the condition of a rule is true of, that have a decile, and stand in none of the programmes
/// that `closed_to` names by its parameter: this one, and those it excludes. `$1` release, `$2` day.
pub(super) fn could_be_enrolled(condition: &str, closed_to: &str) -> String {
    format!(
        "h.decile IS NOT NULL AND ({condition})
         AND h.household_id NOT IN (SELECT x.household_id FROM standing_aid({closed_to}) x)"
    )
}

/// The members `m` of such a household who are served and alive, and do not stand in this programme yet, whichever
/// family they stood in when they were enrolled.
pub(super) fn member_could_be_enrolled(served: &str, program_id: &Uuid) -> String {
    format!(
        "NOT m.deceased AND ({served})
         AND NOT EXISTS (SELECT 1 FROM enrolment_claims c
                         WHERE c.program_id = '{program_id}' AND c.beneficiary_id = m.individual_id)"
    )
}

/// Writes enrolments that were decided row by row. Raw, because one statement that writes five tables has no word
/// in the query builder.
///
/// # Errors
/// `already-enrolled`, `quota-full` where somebody got by the locks.
pub async fn decided(tx: &mut Tx, basis: &Basis<'_>, rows: Vec<Decided>, reason: &str) -> Outcome<()> {
    const DECIDED: &str = "
        SELECT * FROM unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::text[], $13::smallint[], $14::uuid[],
            $15::jsonb[], $16::text[], $17::text[], $18::text[], $19::text[])
        AS d (enrolment_id, household_id, individual_id, village_code, decile, exemption_id, explanation,
            override_reason, override_allowed_by, external_reference, override_for)";
    let caller = tx.caller()?.clone();
    let column = Columns::from(rows);
    diesel::sql_query(format!("WITH decided AS ({DECIDED}), {ENROL}"))
        .bind::<SqlUuid, _>(basis.release_id)
        .bind::<Date, _>(basis.on)
        .bind::<SqlUuid, _>(basis.program.program_id)
        .bind::<Text, _>(&basis.program.agency_code)
        .bind::<Text, _>(&basis.program.code)
        .bind::<Integer, _>(basis.rule_version)
        .bind::<Text, _>(caller.actor())
        .bind::<Text, _>(reason)
        .bind::<Array<SqlUuid>, _>(column.enrolment_id)
        .bind::<Array<SqlUuid>, _>(column.household_id)
        .bind::<Array<Nullable<SqlUuid>>, _>(column.individual_id)
        .bind::<Array<Text>, _>(column.village_code)
        .bind::<Array<Nullable<SmallInt>>, _>(column.decile)
        .bind::<Array<Nullable<SqlUuid>>, _>(column.exemption_id)
        .bind::<Array<Jsonb>, _>(column.explanation)
        .bind::<Array<Nullable<Text>>, _>(column.override_reason)
        .bind::<Array<Nullable<Text>>, _>(column.override_allowed_by)
        .bind::<Array<Nullable<Text>>, _>(column.external_reference)
        .bind::<Array<Nullable<Text>>, _>(column.override_for)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Enrols those of these that could still be enrolled, in their order; answers whom. The rule was true of them by this
/// release; what it asks of other aid is asked again. Raw, because the rule is SQL made by the compiler.
///
/// # Errors
/// `quota-full` where they are more than the places.
pub async fn ranked(
    tx: &mut Tx,
    basis: &Basis<'_>,
    rule: &CompiledRule,
    chosen: &[Chosen],
    reason: &str,
) -> Outcome<Vec<Chosen>> {
    let caller = tx.caller()?.clone();
    let (member, could_be) = match served_sql(basis.program.serves, rule) {
        None => ("", String::new()),
        Some(served) => (
            "JOIN individual_snapshots m ON m.household_id = h.household_id AND m.individual_id = h.individual_id
                AND m.release_id = $1",
            format!(" AND {}", member_could_be_enrolled(served, &basis.program.program_id)),
        ),
    };
    // Who is held stands first and alone: else PostgreSQL, which can't guess how few a rule leaves, asks everybody again.
    let decided = format!(
        "held AS MATERIALIZED (
             SELECT h.*, chosen.individual_id, chosen.rank
             FROM unnest($10::uuid[], $11::uuid[]) WITH ORDINALITY AS chosen (household_id, individual_id, rank)
             JOIN household_snapshots h ON h.household_id = chosen.household_id AND h.release_id = $1
         ), decided AS (
             SELECT uuid_v7() AS enrolment_id, h.household_id, h.individual_id, h.village_code, h.decile,
                NULL::uuid AS exemption_id, {} AS explanation, NULL::text AS override_reason,
                NULL::text AS override_allowed_by, NULL::text AS override_for, NULL::text AS external_reference
             FROM held h {member} WHERE {}{could_be} ORDER BY h.rank)",
        rule.explanation_sql(),
        could_be_enrolled(&rule.aid_sql(), "$9")
    );
    let (households, individuals): (Vec<Uuid>, Vec<Option<Uuid>>) =
        chosen.iter().map(|chosen| (chosen.household_id, chosen.individual_id)).unzip();
    Ok(diesel::sql_query(format!("WITH {decided}, {ENROL}"))
        .bind::<SqlUuid, _>(basis.release_id)
        .bind::<Date, _>(basis.on)
        .bind::<SqlUuid, _>(basis.program.program_id)
        .bind::<Text, _>(&basis.program.agency_code)
        .bind::<Text, _>(&basis.program.code)
        .bind::<Integer, _>(basis.rule_version)
        .bind::<Text, _>(caller.actor())
        .bind::<Text, _>(reason)
        .bind::<Array<Text>, _>(basis.closed_to())
        .bind::<Array<SqlUuid>, _>(households)
        .bind::<Array<Nullable<SqlUuid>>, _>(individuals)
        .load(&mut **tx)
        .await?)
}

/// A step of many enrolments.
pub struct Move<'a> {
    /// Of which programme.
    pub program_id: Uuid,
    /// Which of them; those that stand elsewhere by now stay.
    pub enrolment_ids: &'a [Uuid],
    /// From where.
    pub from: EnrolmentState,
    /// Where to.
    pub to: EnrolmentState,
    /// Why.
    pub reason: &'a str,
    /// From which day.
    pub effective_on: NaiveDate,
}

#[derive(QueryableByName)]
struct MovedHousehold {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
}

/// Moves enrolments on, each with its step and event; those that stand no longer free their claims and places.
/// Answers the households of those moved. Raw, because one statement that writes five tables has no word in the
/// query builder.
///
/// # Errors
/// `enrolment-step` where the database does not know the step.
pub async fn moved(tx: &mut Tx, step: Move<'_>) -> Outcome<Vec<Uuid>> {
    const MOVE: &str = "
        WITH moved AS (
            UPDATE enrolments SET state = $4, version = version + 1
            WHERE program_id = $1 AND enrolment_id = ANY ($2) AND state = $3
            RETURNING household_id, enrolment_id, beneficiary_id, agency_code, version
        ), stepped AS (
            INSERT INTO enrolment_steps (household_id, enrolment_id, step_no, from_state, to_state, reason,
                effective_on, actor, agency_code)
            SELECT household_id, enrolment_id, version, $3, $4, $5, $6, $7, agency_code FROM moved
        ), told AS (
            INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
            SELECT uuid_v7(), 'enrolment.moved', agency_code, household_id, enrolment_id,
                jsonb_build_object('program_id', $1, 'from', $3, 'state', $4) FROM moved
        ), freed AS (
            DELETE FROM enrolment_claims c USING moved m
            WHERE NOT $8 AND c.beneficiary_id = m.beneficiary_id AND c.program_id = $1
              AND c.enrolment_id = m.enrolment_id
            RETURNING c.enrolment_id
        ), left_empty AS (
            UPDATE program_places SET taken = taken - (SELECT count(*) FROM freed)::integer
            WHERE NOT $8 AND program_id = $1
        )
        SELECT household_id FROM moved";
    let caller = tx.caller()?.clone();
    let rows: Vec<MovedHousehold> = diesel::sql_query(MOVE)
        .bind::<SqlUuid, _>(step.program_id)
        .bind::<Array<SqlUuid>, _>(step.enrolment_ids)
        .bind::<Text, _>(step.from)
        .bind::<Text, _>(step.to)
        .bind::<Text, _>(step.reason)
        .bind::<Date, _>(step.effective_on)
        .bind::<Text, _>(caller.actor())
        .bind::<Bool, _>(step.to.stands())
        .load(&mut **tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.household_id).collect())
}

/// Rows turned into columns, as `unnest` takes them.
#[derive(Default)]
struct Columns {
    enrolment_id: Vec<Uuid>,
    household_id: Vec<Uuid>,
    individual_id: Vec<Option<Uuid>>,
    village_code: Vec<String>,
    decile: Vec<Option<i16>>,
    exemption_id: Vec<Option<Uuid>>,
    explanation: Vec<Value>,
    override_reason: Vec<Option<String>>,
    override_allowed_by: Vec<Option<String>>,
    external_reference: Vec<Option<String>>,
    /// Program codes as PostgreSQL writes an array: `unnest` would take arrays of arrays apart.
    override_for: Vec<Option<String>>,
}

impl From<Vec<Decided>> for Columns {
    fn from(rows: Vec<Decided>) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.enrolment_id.push(row.enrolment_id);
            columns.household_id.push(row.household_id);
            columns.individual_id.push(row.individual_id);
            columns.village_code.push(row.village_code);
            columns.decile.push(row.decile);
            columns.exemption_id.push(row.exemption_id);
            columns.explanation.push(row.explanation);
            columns.override_reason.push(row.override_reason);
            columns.override_allowed_by.push(row.override_allowed_by);
            columns.external_reference.push(row.external_reference);
            columns.override_for.push(row.override_for.map(|codes| format!("{{{}}}", codes.join(","))));
        }
        columns
    }
}
