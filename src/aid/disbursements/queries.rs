//! Disbursements in PostgreSQL.

use super::{Disbursement, DisbursementFilter, DisbursementState, requests::RecordedAs};
use crate::{
    aid::programs::periods::Period,
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
        rupiah::Rupiah,
    },
    schema::{disbursement_steps, disbursements, enrolments, programs},
};
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Date, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// One disbursement that the caller may see.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, disbursement_id: Uuid) -> Outcome<Disbursement> {
    let row = disbursements::table
        .inner_join(programs::table.on(programs::program_id.eq(disbursements::program_id)))
        .filter(disbursements::disbursement_id.eq(disbursement_id))
        .select(Disbursement::as_select());
    Ok(row.first(&mut **tx).await?)
}

/// A page of disbursements that the caller may see, by id: the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &DisbursementFilter, page: Page) -> Outcome<Listed<Disbursement>> {
    let mut query = disbursements::table
        .inner_join(programs::table.on(programs::program_id.eq(disbursements::program_id)))
        .filter(disbursements::disbursement_id.gt(page.after_or_start()))
        .into_boxed();
    if let Some(program_id) = filter.program_id {
        query = query.filter(disbursements::program_id.eq(program_id));
    }
    if let Some(enrolment_id) = filter.enrolment_id {
        query = query.filter(disbursements::enrolment_id.eq(enrolment_id));
    }
    if let Some(period_id) = filter.period_id {
        query = query.filter(disbursements::period_id.eq(period_id));
    }
    if let Some(state) = filter.state {
        query = query.filter(disbursements::state.eq(state));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(disbursements::external_reference.eq(reference));
    }
    let query = query.order(disbursements::disbursement_id).limit(page.probe()).select(Disbursement::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |disbursement| disbursement.disbursement_id))
}

/// The disbursement that stands for an enrolment and period.
///
/// # Errors
/// `not-found` where none stands.
pub async fn standing(tx: &mut Tx, household_id: Uuid, enrolment_id: Uuid, period: &Period) -> Outcome<Uuid> {
    let row = disbursements::table
        .filter(disbursements::household_id.eq(household_id))
        .filter(disbursements::enrolment_id.eq(enrolment_id))
        .filter(disbursements::period_id.eq(period.period_id).and(disbursements::fiscal_year.eq(period.fiscal_year)))
        .filter(disbursements::state.eq_any([DisbursementState::Planned, DisbursementState::Paid]))
        .select(disbursements::disbursement_id);
    Ok(row.first(&mut **tx).await?)
}

/// Which of these enrolments are active ones of the programme, with their households; all of them where none is
/// named.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn active(tx: &mut Tx, program_id: Uuid, named: Option<&[Uuid]>) -> Outcome<Vec<(Uuid, Uuid)>> {
    let mut query = enrolments::table
        .filter(enrolments::program_id.eq(program_id).and(enrolments::state.eq("active")))
        .into_boxed();
    if let Some(named) = named {
        query = query.filter(enrolments::enrolment_id.eq_any(named));
    }
    Ok(query.select((enrolments::enrolment_id, enrolments::household_id)).load(&mut **tx).await?)
}

/// What is recorded of one or many enrolments.
pub struct Record<'a> {
    /// Of which programme.
    pub program_id: Uuid,
    /// Which; those that are not active by now are left out.
    pub enrolment_ids: &'a [Uuid],
    /// For which period.
    pub period: &'a Period,
    /// How much for each.
    pub amount: Rupiah,
    /// As what.
    pub state: RecordedAs,
    /// The day of paying.
    pub paid_on: Option<NaiveDate>,
    /// What proves it.
    pub proof_reference: Option<&'a str>,
    /// The owning system's own id.
    pub external_reference: Option<&'a str>,
    /// The active release, held.
    pub release_id: Uuid,
}

/// A disbursement just recorded.
#[derive(QueryableByName)]
pub struct Made {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub disbursement_id: Uuid,
    /// Whose.
    #[diesel(sql_type = SqlUuid)]
    pub household_id: Uuid,
}

/// Records disbursements, each with its step and event, and leaves out enrolments that have one for the period.
/// Raw, because a conflict on a partial index and one statement that writes three tables have no word in the query
/// builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn record(tx: &mut Tx, record: Record<'_>) -> Outcome<Vec<Made>> {
    const RECORD: &str = "
        WITH recorded AS (
            INSERT INTO disbursements (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id,
                agency_code, village_code, amount_idr, state, release_id, decile, exemption_id, checked_release_id,
                checked_decile, paid_on, proof_reference, external_reference, created_by)
            SELECT e.household_id, uuid_v7(), $3, e.enrolment_id, e.program_id, $4, e.agency_code, e.village_code, $5,
                $6, e.release_id, e.decile, e.exemption_id, $7, h.decile, $8, $9, $10, $11
            FROM enrolments e
            LEFT JOIN household_snapshots h ON h.household_id = e.household_id AND h.release_id = $7
            WHERE e.program_id = $1 AND e.enrolment_id = ANY ($2) AND e.state = 'active'
            ON CONFLICT (household_id, enrolment_id, period_id, fiscal_year) WHERE state IN ('planned', 'paid')
            DO NOTHING
            RETURNING household_id, disbursement_id, fiscal_year, enrolment_id, agency_code, state
        ), stepped AS (
            INSERT INTO disbursement_steps (household_id, disbursement_id, fiscal_year, step_no, to_state, actor,
                agency_code)
            SELECT household_id, disbursement_id, fiscal_year, 1, state, $11, agency_code FROM recorded
        ), told AS (
            INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
            SELECT uuid_v7(), 'disbursement.created', agency_code, household_id, disbursement_id, jsonb_build_object(
                'program_id', $1, 'enrolment_id', enrolment_id, 'period_id', $4, 'state', state) FROM recorded
        )
        SELECT disbursement_id, household_id FROM recorded";
    let caller = tx.caller()?.clone();
    Ok(diesel::sql_query(RECORD)
        .bind::<SqlUuid, _>(record.program_id)
        .bind::<Array<SqlUuid>, _>(record.enrolment_ids)
        .bind::<SmallInt, _>(record.period.fiscal_year)
        .bind::<SqlUuid, _>(record.period.period_id)
        .bind::<BigInt, _>(record.amount)
        .bind::<Text, _>(record.state)
        .bind::<SqlUuid, _>(record.release_id)
        .bind::<Nullable<Date>, _>(record.paid_on)
        .bind::<Nullable<Text>, _>(record.proof_reference)
        .bind::<Nullable<Text>, _>(record.external_reference)
        .bind::<Text, _>(caller.actor())
        .load(&mut **tx)
        .await?)
}

/// A step of a disbursement.
pub struct Move<'a> {
    /// Where to.
    pub to: DisbursementState,
    /// Why.
    pub reason: Option<&'a str>,
    /// The day of paying, as it will stand.
    pub paid_on: Option<NaiveDate>,
    /// What proves it, as it will stand.
    pub proof_reference: Option<&'a str>,
}

/// Moves a disbursement on, with its step.
///
/// # Errors
/// `disbursement-step` where the database does not know the step.
pub async fn moved(tx: &mut Tx, standing: &Disbursement, step: &Move<'_>) -> Outcome<()> {
    let caller = tx.caller()?.clone();
    let version = standing.version + 1;
    diesel::update(disbursements::table.find((standing.household_id, standing.disbursement_id, standing.fiscal_year)))
        .set((
            disbursements::state.eq(step.to),
            disbursements::paid_on.eq(step.paid_on),
            disbursements::proof_reference.eq(step.proof_reference),
            disbursements::version.eq(version),
        ))
        .execute(&mut **tx)
        .await?;
    diesel::insert_into(disbursement_steps::table)
        .values((
            disbursement_steps::household_id.eq(standing.household_id),
            disbursement_steps::disbursement_id.eq(standing.disbursement_id),
            disbursement_steps::fiscal_year.eq(standing.fiscal_year),
            disbursement_steps::step_no.eq(version),
            disbursement_steps::from_state.eq(standing.state),
            disbursement_steps::to_state.eq(step.to),
            disbursement_steps::reason.eq(step.reason),
            disbursement_steps::actor.eq(caller.actor()),
            disbursement_steps::agency_code.eq(&caller.agency),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
