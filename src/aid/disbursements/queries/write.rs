//! Disbursements in PostgreSQL: writing. Each of the two is one statement for any number of rows, so that a
//! disbursement, its claim, its step, its transfers and its event are written together or not at all.

use super::{
    super::{DisbursementState, money::Leg, requests::RecordedAs},
    Wanted,
};
use crate::{
    aid::{
        ledger::AccountKind,
        programs::{Cadence, Program, periods::Period},
    },
    platform::{
        db::{MANY, Tx, planned_for},
        problem::Outcome,
        rupiah::Rupiah,
    },
};
use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Bool, Date, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What payments of one programme and period have in common.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// Of which programme.
    pub program: &'a Program,
    /// For which period.
    pub period: &'a Period,
    /// The budget that they draw on; none of a programme that is only reported.
    pub budget_id: Option<Uuid>,
    /// As what.
    pub state: RecordedAs,
    /// By whom.
    pub actor: &'a str,
}

impl Common<'_> {
    fn leg(&self) -> Leg {
        match self.state {
            RecordedAs::Planned => Leg::COMMITMENT,
            RecordedAs::Paid => Leg::delivery(AccountKind::Budget, self.program.kind),
        }
    }
}

/// What one enrolment gets.
#[derive(Debug, Clone)]
pub struct Due<'a> {
    /// What it shares with others.
    pub common: Common<'a>,
    /// Who.
    pub enrolment_id: Uuid,
    /// Its household.
    pub household_id: Uuid,
    /// The household's decile in the active release.
    pub checked_decile: Option<i16>,
    /// How much.
    pub amount: Rupiah,
    /// The day of paying.
    pub paid_on: Option<NaiveDate>,
    /// What proves it.
    pub proof_reference: Option<&'a str>,
    /// The owning system's own id.
    pub external_reference: Option<&'a str>,
    /// What it consists of, in kind.
    pub items: Option<serde_json::Value>,
}

impl Due<'_> {
    /// The payment that is to be made.
    #[must_use]
    pub const fn wanted(&self) -> Wanted {
        Wanted { enrolment_id: self.enrolment_id, period_id: self.common.period.period_id, planned: None }
    }
}

/// A disbursement just recorded.
#[derive(Debug, QueryableByName)]
pub struct Made {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub disbursement_id: Uuid,
    /// To whom.
    #[diesel(sql_type = SqlUuid)]
    pub enrolment_id: Uuid,
    /// Whose.
    #[diesel(sql_type = SqlUuid)]
    pub household_id: Uuid,
    /// Of which budget year.
    #[diesel(sql_type = SmallInt)]
    pub fiscal_year: i16,
    /// How much.
    #[diesel(sql_type = BigInt)]
    pub amount_idr: Rupiah,
}

/// Records disbursements, each with its claim, step, transfer and event, and leaves out beneficiaries who have one for the
/// period. Each enrolment comes once for a period. Raw, because inserting beside a conflict and one statement that writes
/// five tables have no word in the query builder.
///
/// # Errors
/// `budget-exhausted`.
pub async fn record(tx: &mut Tx, release_id: Uuid, due: &[Due<'_>]) -> Outcome<Vec<Made>> {
    const RECORD: &str = "
        WITH asked AS MATERIALIZED (
            SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::uuid[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::bool[], $12::smallint[], $13::bigint[], $14::date[], $15::text[],
                    $16::text[], $17::jsonb[])
                AS asked (enrolment_id, program_id, period_id, fiscal_year, budget_id, state, transfer, credit, actor, once,
                    checked_decile, amount_idr, paid_on, proof_reference, external_reference, items)
        ), heirs AS MATERIALIZED (
            SELECT h.household_id, min(h.heir_id::text)::uuid AS heir_id
            FROM heirs_of(ARRAY(SELECT household_id FROM enrolments WHERE enrolment_id = ANY ($2))) h
            GROUP BY h.household_id HAVING count(*) = 1
        ), due AS MATERIALIZED (
            SELECT asked.*, e.household_id, e.agency_code, e.village_code, e.release_id, e.decile, e.exemption_id,
                uuid_v7() AS disbursement_id, coalesce(e.individual_id, heirs.heir_id, e.household_id) AS paid_to
            FROM asked
            JOIN enrolments e ON e.enrolment_id = asked.enrolment_id AND e.program_id = asked.program_id
            LEFT JOIN heirs ON heirs.household_id = e.household_id
            WHERE e.state = 'active'
        ), claimed AS (
            INSERT INTO payment_claims (beneficiary_id, program_id, period_id, once, household_id, disbursement_id,
                agency_code)
            SELECT paid_to, program_id, period_id, once, household_id, disbursement_id, agency_code FROM due
            ON CONFLICT DO NOTHING
            RETURNING disbursement_id
        ), made AS MATERIALIZED (
            -- IS TRUE makes it a hash: a join would compare each with each, of a hundred thousand too.
            SELECT * FROM due WHERE (disbursement_id IN (SELECT disbursement_id FROM claimed)) IS TRUE
        ), recorded AS (
            INSERT INTO disbursements (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id,
                agency_code, village_code, amount_idr, state, release_id, decile, exemption_id, checked_release_id,
                checked_decile, paid_on, proof_reference, external_reference, created_by, budget_id, items)
            SELECT household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id, agency_code,
                village_code, amount_idr, state, release_id, decile, exemption_id, $1, checked_decile, paid_on,
                proof_reference, external_reference, actor, budget_id, items
            FROM made
        ), posted AS (
            INSERT INTO ledger_transfers (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code,
                household_id, disbursement_id, village_code, actor)
            SELECT m.fiscal_year, m.transfer, debit.account_id, credit.account_id, m.amount_idr, m.agency_code,
                m.household_id, m.disbursement_id, m.village_code, m.actor
            FROM made m
            JOIN ledger_accounts debit ON debit.budget_id = m.budget_id AND debit.kind = 'budget'
            JOIN ledger_accounts credit ON credit.budget_id = m.budget_id AND credit.kind = m.credit
        ), stepped AS (
            INSERT INTO disbursement_steps (household_id, disbursement_id, fiscal_year, step_no, to_state, actor,
                agency_code)
            SELECT household_id, disbursement_id, fiscal_year, 1, state, actor, agency_code FROM made
        ), told AS (
            INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
            SELECT uuid_v7(), 'disbursement.created', agency_code, household_id, disbursement_id, jsonb_build_object(
                'program_id', program_id, 'enrolment_id', enrolment_id, 'period_id', period_id, 'state', state)
            FROM made
        )
        SELECT disbursement_id, enrolment_id, household_id, fiscal_year, amount_idr FROM made";
    let common = || due.iter().map(|due| due.common);
    let query = diesel::sql_query(RECORD)
        .bind::<SqlUuid, _>(release_id)
        .bind::<Array<SqlUuid>, _>(due.iter().map(|due| due.enrolment_id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(common().map(|of| of.program.program_id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(common().map(|of| of.period.period_id).collect::<Vec<_>>())
        .bind::<Array<SmallInt>, _>(common().map(|of| of.period.fiscal_year).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(common().map(|of| of.budget_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(common().map(|of| of.state).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(common().map(|of| of.leg().kind).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(common().map(|of| of.leg().credit).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(common().map(|of| of.actor).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(common().map(|of| of.program.cadence == Cadence::Once).collect::<Vec<_>>())
        .bind::<Array<Nullable<SmallInt>>, _>(due.iter().map(|due| due.checked_decile).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(due.iter().map(|due| due.amount).collect::<Vec<_>>())
        .bind::<Array<Nullable<Date>>, _>(due.iter().map(|due| due.paid_on).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(due.iter().map(|due| due.proof_reference).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(due.iter().map(|due| due.external_reference).collect::<Vec<_>>())
        .bind::<Array<Nullable<Jsonb>>, _>(due.iter().map(|due| due.items.as_ref()).collect::<Vec<_>>());
    Ok(planned_for(due.len(), query).load(&mut **tx).await?)
}

/// A step that disbursements take at once.
pub struct Step<'a> {
    /// From where.
    pub from: DisbursementState,
    /// Where to.
    pub to: DisbursementState,
    /// The release that they were checked against anew; none where they were not.
    pub checked_release_id: Option<Uuid>,
    /// What becomes of the money of those that draw on a budget.
    pub legs: &'a [Leg],
    /// With which partner their money is in transit.
    pub partner: Option<&'a str>,
    /// Which, each once.
    pub moves: &'a [Move<'a>],
}

/// By which a disbursement is found in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its household.
    pub household_id: Uuid,
    /// Its id.
    pub disbursement_id: Uuid,
    /// Its period's fiscal year.
    pub fiscal_year: i16,
}

/// One that takes the step.
pub struct Move<'a> {
    /// Which.
    pub key: Key,
    /// Why.
    pub reason: Option<&'a str>,
    /// The day of paying, where it is told now.
    pub paid_on: Option<NaiveDate>,
    /// What proves it, where it is told now.
    pub proof_reference: Option<&'a str>,
    /// The household's decile in the release that it was checked against anew.
    pub checked_decile: Option<i16>,
}

impl<'a> Move<'a> {
    /// One that no longer stands, for this reason.
    #[must_use]
    pub const fn to_fail(key: Key, reason: &'a str) -> Self {
        Self { key, reason: Some(reason), paid_on: None, proof_reference: None, checked_decile: None }
    }
}

#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = SqlUuid)]
    disbursement_id: Uuid,
}

/// Moves disbursements on, each with its step, transfers and event; those that stand no longer free their claims. Answers
/// which moved. Raw, because one statement that writes five tables has no word in the query builder.
///
/// # Errors
/// `disbursement-step` where the database does not know the step.
pub async fn moved(tx: &mut Tx, step: Step<'_>) -> Outcome<Vec<Uuid>> {
    const MOVE: &str = "
        WITH asked AS MATERIALIZED (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::date[], $6::text[], $7::smallint[])
                AS a (household_id, disbursement_id, fiscal_year, reason, paid_on, proof_reference, checked_decile)
        ), moved AS (
            UPDATE disbursements d SET state = $9, version = d.version + 1,
                paid_on = coalesce(a.paid_on, d.paid_on),
                proof_reference = coalesce(a.proof_reference, d.proof_reference),
                checked_release_id = coalesce($10, d.checked_release_id),
                checked_decile = CASE WHEN $10 IS NULL THEN d.checked_decile ELSE a.checked_decile END
            FROM asked a
            WHERE d.household_id = a.household_id AND d.disbursement_id = a.disbursement_id
              AND d.fiscal_year = a.fiscal_year AND d.state = $8
              -- Once more, so that no other year is looked through.
              AND d.fiscal_year = ANY ($17)
            RETURNING d.household_id, d.disbursement_id, d.fiscal_year, d.program_id, d.enrolment_id, d.period_id,
                d.agency_code, d.version, d.budget_id, d.batch_id, d.amount_idr, d.village_code, a.reason
        ), posted AS (
            INSERT INTO ledger_transfers (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code,
                household_id, disbursement_id, village_code, batch_id, actor)
            SELECT m.fiscal_year, leg.kind, debit.account_id, credit.account_id, m.amount_idr, m.agency_code, m.household_id,
                m.disbursement_id, m.village_code, m.batch_id, $12
            FROM unnest($13::text[], $14::text[], $15::text[]) WITH ORDINALITY AS leg (kind, debit, credit, leg_no)
            CROSS JOIN moved m
            JOIN ledger_accounts debit ON debit.budget_id = m.budget_id AND debit.kind = leg.debit
                AND (debit.partner_code IS NULL OR debit.partner_code = $16)
            JOIN ledger_accounts credit ON credit.budget_id = m.budget_id AND credit.kind = leg.credit
                AND (credit.partner_code IS NULL OR credit.partner_code = $16)
            ORDER BY leg.leg_no
        ), freed AS (
            DELETE FROM payment_claims c USING moved m WHERE NOT $11 AND c.disbursement_id = m.disbursement_id
        ), stepped AS (
            INSERT INTO disbursement_steps (household_id, disbursement_id, fiscal_year, step_no, from_state, to_state,
                reason, actor, agency_code)
            SELECT household_id, disbursement_id, fiscal_year, version, $8, $9, reason, $12, agency_code FROM moved
        ), told AS (
            INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
            SELECT uuid_v7(), 'disbursement.moved', agency_code, household_id, disbursement_id, jsonb_build_object(
                'program_id', program_id, 'enrolment_id', enrolment_id, 'period_id', period_id, 'from', $8, 'state', $9)
            FROM moved
        )
        SELECT disbursement_id FROM moved";
    let (actor, moves) = (tx.caller()?.actor(), step.moves);
    if moves.len() > MANY {
        tx.take_room().await?;
        tx.join_by_hash().await?;
    }
    let years: BTreeSet<i16> = moves.iter().map(|row| row.key.fiscal_year).collect();
    let query = diesel::sql_query(MOVE)
        .bind::<Array<SqlUuid>, _>(moves.iter().map(|row| row.key.household_id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(moves.iter().map(|row| row.key.disbursement_id).collect::<Vec<_>>())
        .bind::<Array<SmallInt>, _>(moves.iter().map(|row| row.key.fiscal_year).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(moves.iter().map(|row| row.reason).collect::<Vec<_>>())
        .bind::<Array<Nullable<Date>>, _>(moves.iter().map(|row| row.paid_on).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(moves.iter().map(|row| row.proof_reference).collect::<Vec<_>>())
        .bind::<Array<Nullable<SmallInt>>, _>(moves.iter().map(|row| row.checked_decile).collect::<Vec<_>>())
        .bind::<Text, _>(step.from)
        .bind::<Text, _>(step.to)
        .bind::<Nullable<SqlUuid>, _>(step.checked_release_id)
        .bind::<Bool, _>(step.to.stands())
        .bind::<Text, _>(actor)
        .bind::<Array<Text>, _>(step.legs.iter().map(|leg| leg.kind).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(step.legs.iter().map(|leg| leg.debit).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(step.legs.iter().map(|leg| leg.credit).collect::<Vec<_>>())
        .bind::<Nullable<Text>, _>(step.partner)
        .bind::<Array<SmallInt>, _>(years.into_iter().collect::<Vec<_>>());
    let rows: Vec<Moved> = planned_for(moves.len(), query).load(&mut **tx).await?;
    Ok(rows.into_iter().map(|row| row.disbursement_id).collect())
}
