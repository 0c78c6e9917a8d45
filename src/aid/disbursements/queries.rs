//! Disbursements in PostgreSQL.

use super::{
    Disbursement, DisbursementFilter, DisbursementState, DisbursementStep, payee::Payee, requests::RecordedAs,
};
use crate::{
    aid::programs::{Cadence, Program, periods::Period},
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
        rupiah::Rupiah,
    },
    schema::{disbursement_steps, disbursements, enrolments, payment_claims, programs},
};
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Date, Nullable, SmallInt, Text, Uuid as SqlUuid},
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
    if let Some(household_id) = filter.household_id {
        query = query.filter(disbursements::household_id.eq(household_id));
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

/// The steps of a disbursement, the first one first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn steps(tx: &mut Tx, disbursement: &Disbursement) -> Outcome<Vec<DisbursementStep>> {
    let of_disbursement = disbursement_steps::table
        .filter(disbursement_steps::household_id.eq(disbursement.household_id))
        .filter(disbursement_steps::disbursement_id.eq(disbursement.disbursement_id))
        .filter(disbursement_steps::fiscal_year.eq(disbursement.fiscal_year));
    let steps = of_disbursement.order(disbursement_steps::step_no).select(DisbursementStep::as_select());
    Ok(steps.load(&mut **tx).await?)
}

/// The disbursement, other than the one named, that keeps an enrolment from being paid for a period: that of its
/// beneficiary, through which enrolment ever, and of whoever is one family with its household by now; any, where the
/// programme gives once. Raw, because a function that answers a table has no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn standing(tx: &mut Tx, enrolment_id: Uuid, period: &Period, but: Option<Uuid>) -> Outcome<Option<Uuid>> {
    const STANDING: &str = "
        WITH paid_to AS MATERIALIZED (
            SELECT e.program_id, e.beneficiary_id AS id FROM enrolments e WHERE e.enrolment_id = $1
            UNION
            SELECT e.program_id, k.kin_id FROM enrolments e, kin_of(ARRAY[e.household_id]) k
            WHERE e.enrolment_id = $1 AND e.individual_id IS NULL
        )
        SELECT c.disbursement_id, c.household_id
        FROM paid_to JOIN payment_claims c ON c.beneficiary_id = paid_to.id AND c.program_id = paid_to.program_id
        WHERE (c.period_id = $2 OR c.once) AND c.disbursement_id IS DISTINCT FROM $3
        UNION
        SELECT c.disbursement_id, c.household_id
        FROM paid_to JOIN payment_claims c ON c.household_id = paid_to.id AND c.program_id = paid_to.program_id
        WHERE (c.period_id = $2 OR c.once) AND c.disbursement_id IS DISTINCT FROM $3";
    let made: Option<Made> = diesel::sql_query(STANDING)
        .bind::<SqlUuid, _>(enrolment_id)
        .bind::<SqlUuid, _>(period.period_id)
        .bind::<Nullable<SqlUuid>, _>(but)
        .get_result(&mut **tx)
        .await
        .optional()?;
    Ok(made.map(|made| made.disbursement_id))
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

/// How these enrolments stand towards a payment, by id. Raw, because functions that answer tables have no word in
/// the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn payees(tx: &mut Tx, enrolment_ids: &[Uuid], excluded: &[String], release_id: Uuid) -> Outcome<Vec<Payee>> {
    const PAYEES: &str = "
        WITH asked AS MATERIALIZED (
            SELECT enrolment_id, household_id, state, exemption_id, override_for
            FROM enrolments WHERE enrolment_id = ANY ($1)
        ), ranked AS MATERIALIZED (
            SELECT * FROM deciles_of_enrolled($3, ARRAY(SELECT household_id FROM asked))
        ), excluded AS MATERIALIZED (
            SELECT household_id, array_agg(program_code) AS codes
            FROM receiving_aid($2, ARRAY(SELECT household_id FROM asked))
            WHERE cardinality($2) > 0
            GROUP BY household_id
        )
        SELECT a.enrolment_id, a.household_id, a.state, x.until AS exempt_until, r.decile AS checked_decile,
               o.codes IS NOT NULL AND NOT o.codes <@ coalesce(a.override_for, '{}') AS is_excluded
        FROM asked a
        LEFT JOIN program_exemptions x ON x.exemption_id = a.exemption_id
        LEFT JOIN ranked r ON r.household_id = a.household_id
        LEFT JOIN excluded o ON o.household_id = a.household_id
        ORDER BY a.enrolment_id";
    Ok(diesel::sql_query(PAYEES)
        .bind::<Array<SqlUuid>, _>(enrolment_ids)
        .bind::<Array<Text>, _>(excluded)
        .bind::<SqlUuid, _>(release_id)
        .load(&mut **tx)
        .await?)
}

/// What is recorded of one or many enrolments.
pub struct Record<'a> {
    /// Of which programme.
    pub program: &'a Program,
    /// To whom.
    pub payees: &'a [Payee],
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

/// Records disbursements, each with its claim, step and event, and leaves out beneficiaries who have one for the
/// period. Raw, because inserting beside a conflict and one statement that writes four tables have no word in the
/// query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn record(tx: &mut Tx, record: Record<'_>) -> Outcome<Vec<Made>> {
    const RECORD: &str = "
        WITH kin AS MATERIALIZED (
            SELECT * FROM kin_of(ARRAY(SELECT household_id FROM enrolments WHERE enrolment_id = ANY ($2)))
        ), had AS MATERIALIZED (
            SELECT k.household_id FROM kin k JOIN payment_claims c ON c.household_id = k.kin_id
            WHERE c.program_id = $1 AND (c.period_id = $4 OR c.once)
            UNION
            SELECT k.household_id FROM kin k JOIN payment_claims c ON c.beneficiary_id = k.kin_id
            WHERE c.program_id = $1 AND (c.period_id = $4 OR c.once)
        ), heirs AS MATERIALIZED (
            SELECT h.household_id, min(h.heir_id::text)::uuid AS heir_id
            FROM heirs_of(ARRAY(SELECT household_id FROM enrolments WHERE enrolment_id = ANY ($2))) h
            GROUP BY h.household_id HAVING count(*) = 1
        ), due AS MATERIALIZED (
            SELECT e.*, uuid_v7() AS disbursement_id, paid.checked_decile,
                coalesce(e.individual_id, heirs.heir_id, e.household_id) AS paid_to
            FROM unnest($2::uuid[], $13::smallint[]) AS paid (enrolment_id, checked_decile)
            JOIN enrolments e ON e.enrolment_id = paid.enrolment_id
            LEFT JOIN heirs ON heirs.household_id = e.household_id
            WHERE e.program_id = $1 AND e.state = 'active'
              AND (e.individual_id IS NOT NULL OR e.household_id NOT IN (SELECT household_id FROM had))
        ), claimed AS (
            INSERT INTO payment_claims (beneficiary_id, program_id, period_id, once, household_id, disbursement_id,
                agency_code)
            SELECT paid_to, $1, $4, $12, household_id, disbursement_id, agency_code FROM due
            ON CONFLICT DO NOTHING
            RETURNING disbursement_id
        ), recorded AS (
            INSERT INTO disbursements (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id,
                agency_code, village_code, amount_idr, state, release_id, decile, exemption_id, checked_release_id,
                checked_decile, paid_on, proof_reference, external_reference, created_by)
            SELECT household_id, disbursement_id, $3, enrolment_id, program_id, $4, agency_code, village_code, $5,
                $6, release_id, decile, exemption_id, $7, checked_decile, $8, $9, $10, $11
            FROM due JOIN claimed USING (disbursement_id)
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
    let (enrolment_ids, checked_deciles): (Vec<Uuid>, Vec<Option<i16>>) =
        record.payees.iter().map(|payee| (payee.enrolment_id, payee.checked_decile)).unzip();
    Ok(diesel::sql_query(RECORD)
        .bind::<SqlUuid, _>(record.program.program_id)
        .bind::<Array<SqlUuid>, _>(enrolment_ids)
        .bind::<SmallInt, _>(record.period.fiscal_year)
        .bind::<SqlUuid, _>(record.period.period_id)
        .bind::<BigInt, _>(record.amount)
        .bind::<Text, _>(record.state)
        .bind::<SqlUuid, _>(record.release_id)
        .bind::<Nullable<Date>, _>(record.paid_on)
        .bind::<Nullable<Text>, _>(record.proof_reference)
        .bind::<Nullable<Text>, _>(record.external_reference)
        .bind::<Text, _>(caller.actor())
        .bind::<Bool, _>(record.program.cadence == Cadence::Once)
        .bind::<Array<Nullable<SmallInt>>, _>(checked_deciles)
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
    /// The release that it was checked against, as it will stand.
    pub checked_release_id: Uuid,
    /// The household's decile there.
    pub checked_decile: Option<i16>,
}

/// Moves a disbursement on, with its step; one that stands no longer frees its claim.
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
            disbursements::checked_release_id.eq(step.checked_release_id),
            disbursements::checked_decile.eq(step.checked_decile),
            disbursements::version.eq(version),
        ))
        .execute(&mut **tx)
        .await?;
    if !step.to.stands() {
        let claim = payment_claims::table.filter(payment_claims::disbursement_id.eq(standing.disbursement_id));
        diesel::delete(claim).execute(&mut **tx).await?;
    }
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
