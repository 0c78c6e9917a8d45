//! Deriving a batch's payments from its list, and what it does with its budget's money as a whole.

use super::super::Batch;
use crate::{
    aid::{
        ledger::{AccountKind, TransferKind},
        programs::Cadence,
    },
    platform::{db::Tx, problem::Outcome, rupiah::Rupiah},
    schema::batch_lines,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// What became payments.
#[derive(Debug, QueryableByName)]
pub struct Derived {
    /// How many.
    #[diesel(sql_type = Integer)]
    pub payments: i32,
    /// Their sum.
    #[diesel(sql_type = BigInt)]
    pub amount: Rupiah,
}

/// The households of the list, each once.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn households(tx: &mut Tx, batch: &Batch) -> Outcome<Vec<Uuid>> {
    let of_list = batch_lines::table
        .filter(batch_lines::batch_id.eq(batch.batch_id).and(batch_lines::revision.eq(batch.revision)))
        .filter(batch_lines::fiscal_year.eq(batch.fiscal_year));
    Ok(of_list.select(batch_lines::household_id).distinct().load(&mut **tx).await?)
}

/// Makes each line a planned payment, with its claim, step and event. Whoever was paid since, in their own name or in that of a
/// household that they parted from, is no longer active, or has an account that ended, gets a finding instead. Which lines got
/// their claim is asked by IS TRUE, which PostgreSQL answers from a hash: it believes that there is one, and would otherwise
/// compare each line with each claim. Raw, because inserting beside a conflict and one statement that writes five tables have
/// no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn derive(tx: &mut Tx, batch: &Batch, cadence: Cadence, households: &[Uuid]) -> Outcome<Derived> {
    const DERIVE: &str = "
        WITH active AS MATERIALIZED (
            SELECT e.enrolment_id, e.individual_id FROM enrolments e WHERE e.program_id = $4 AND e.state = 'active'
        ), claims AS MATERIALIZED (
            SELECT c.beneficiary_id, c.household_id FROM payment_claims c
            WHERE c.program_id = $4 AND (c.period_id = $5 OR c.once)
        ), served AS MATERIALIZED (
            -- Those of the one household that another came of or went into; asked only where somebody was paid already.
            SELECT k.household_id
            FROM kin_of(CASE WHEN EXISTS (SELECT 1 FROM claims) THEN $10 ELSE '{}' END) k
            WHERE k.kin_id IN (SELECT beneficiary_id FROM claims UNION SELECT household_id FROM claims)
        ), ended AS MATERIALIZED (
            SELECT account_id FROM ended_accounts_of_list($1)
        ), due AS MATERIALIZED (
            SELECT l.*, uuid_v7() AS disbursement_id, CASE
                WHEN e.enrolment_id IS NULL THEN 'enrolment-not-active'
                WHEN e.individual_id IS NULL AND (l.household_id IN (SELECT household_id FROM served)) IS TRUE THEN 'already-paid'
                WHEN (l.account_id IN (SELECT account_id FROM ended)) IS TRUE THEN 'account-check-failed'
                WHEN l.pay_point_id IS NOT NULL AND (l.pay_point_id IN (SELECT p.pay_point_id FROM pay_points p WHERE p.open))
                    IS NOT TRUE THEN 'missing-account' END AS finding
            FROM batch_lines l
            LEFT JOIN active e ON e.enrolment_id = l.enrolment_id
            WHERE l.batch_id = $1 AND l.revision = $2 AND l.fiscal_year = $3
        ), claimed AS (
            INSERT INTO payment_claims (beneficiary_id, program_id, period_id, once, household_id, disbursement_id,
                agency_code)
            SELECT beneficiary_id, $4, $5, $6, household_id, disbursement_id, agency_code FROM due WHERE finding IS NULL
            ON CONFLICT DO NOTHING
            RETURNING disbursement_id
        ), recorded AS (
            INSERT INTO disbursements (household_id, disbursement_id, fiscal_year, enrolment_id, program_id, period_id,
                agency_code, village_code, amount_idr, state, release_id, decile, exemption_id, checked_release_id,
                checked_decile, created_by, budget_id, batch_id)
            SELECT household_id, disbursement_id, $3, enrolment_id, $4, $5, agency_code, village_code, amount_idr, 'planned',
                release_id, decile, exemption_id, $7, checked_decile, $8, $9, $1
            FROM due WHERE (disbursement_id IN (SELECT disbursement_id FROM claimed)) IS TRUE
            RETURNING household_id, disbursement_id, fiscal_year, enrolment_id, agency_code, amount_idr
        ), stepped AS (
            INSERT INTO disbursement_steps (household_id, disbursement_id, fiscal_year, step_no, to_state, actor, agency_code)
            SELECT household_id, disbursement_id, fiscal_year, 1, 'planned', $8, agency_code FROM recorded
        ), told AS (
            INSERT INTO outbox_events (event_id, kind, agency_code, household_id, subject_id, payload)
            SELECT uuid_v7(), 'disbursement.created', agency_code, household_id, disbursement_id,
                alike.said || jsonb_build_object('enrolment_id', enrolment_id)
            FROM recorded CROSS JOIN (SELECT jsonb_build_object(
                'program_id', $4, 'period_id', $5, 'batch_id', $1, 'state', 'planned') AS said) alike
        ), dropped AS (
            INSERT INTO batch_findings (household_id, batch_id, revision, enrolment_id, agency_code, village_code, kind)
            SELECT household_id, $1, $2, enrolment_id, agency_code, village_code, coalesce(finding, 'already-paid')
            FROM due WHERE (disbursement_id IN (SELECT disbursement_id FROM claimed)) IS NOT TRUE
        )
        SELECT count(*)::integer AS payments, coalesce(sum(amount_idr), 0)::bigint AS amount FROM recorded";
    let actor = tx.caller()?.actor();
    tx.take_room().await?;
    Ok(diesel::sql_query(DERIVE)
        .bind::<SqlUuid, _>(batch.batch_id)
        .bind::<Integer, _>(batch.revision)
        .bind::<SmallInt, _>(batch.fiscal_year)
        .bind::<SqlUuid, _>(batch.program_id)
        .bind::<SqlUuid, _>(batch.period_id)
        .bind::<Bool, _>(cadence == Cadence::Once)
        .bind::<SqlUuid, _>(batch.release_id)
        .bind::<Text, _>(actor)
        .bind::<SqlUuid, _>(batch.budget_id)
        .bind::<Array<SqlUuid>, _>(households)
        .get_result(&mut **tx)
        .await?)
}

/// A transfer of the batch as a whole.
pub struct Whole<'a> {
    /// What it is.
    pub kind: TransferKind,
    /// The account that gives.
    pub debit: AccountKind,
    /// The account that takes.
    pub credit: AccountKind,
    /// With whom money is in transit.
    pub partner: Option<&'a str>,
    /// Rupiah, more than none.
    pub amount: Rupiah,
}

/// Posts it between accounts of the batch's budget. Raw, because accounts are found by the statement that inserts.
///
/// # Errors
/// `budget-exhausted`.
pub async fn post(tx: &mut Tx, batch: &Batch, whole: &Whole<'_>) -> Outcome<usize> {
    const POST: &str = "
        INSERT INTO ledger_transfers (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code, batch_id,
            actor)
        SELECT $1, $2, debit.account_id, credit.account_id, $3, $4, $5, $6
        FROM ledger_accounts debit JOIN ledger_accounts credit ON credit.budget_id = debit.budget_id
        WHERE debit.budget_id = $7 AND debit.kind = $8 AND credit.kind = $9
          AND (debit.partner_code IS NULL OR debit.partner_code = $10)
          AND (credit.partner_code IS NULL OR credit.partner_code = $10)";
    let actor = tx.caller()?.actor();
    Ok(diesel::sql_query(POST)
        .bind::<SmallInt, _>(batch.fiscal_year)
        .bind::<Text, _>(whole.kind)
        .bind::<BigInt, _>(whole.amount)
        .bind::<Text, _>(&batch.agency_code)
        .bind::<SqlUuid, _>(batch.batch_id)
        .bind::<Text, _>(actor)
        .bind::<SqlUuid, _>(batch.budget_id)
        .bind::<Text, _>(whole.debit)
        .bind::<Text, _>(whole.credit)
        .bind::<Nullable<Text>, _>(whole.partner)
        .execute(&mut **tx)
        .await?)
}
