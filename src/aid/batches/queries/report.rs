//! What is reported on the payments of a batch: finding them, and one report at a time.

use super::super::Batch;
use crate::{
    aid::disbursements::{DisbursementState, queries::write::Key},
    platform::{
        db::{MANY, Tx},
        problem::{Outcome, Problem},
        rupiah::Rupiah,
    },
    schema::disbursements,
};
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_types::{Array, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Holds the batch's reports until the transaction ends: reports and the closing come one after the other, whoever sends them. An
/// advisory lock, since a partner may lock no row of the agency's.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn hold(tx: &mut Tx, batch_id: Uuid) -> Outcome<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))")
        .bind::<Text, _>(batch_id.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A payment as a report finds it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = disbursements)]
pub struct Payment {
    /// Its household.
    pub household_id: Uuid,
    /// Its id.
    pub disbursement_id: Uuid,
    /// Its fiscal year.
    pub fiscal_year: i16,
    /// The batch that it belongs to.
    pub batch_id: Option<Uuid>,
    /// Where it stands.
    pub state: DisbursementState,
    /// How much.
    pub amount_idr: Rupiah,
    /// The day on which it was paid.
    pub paid_on: Option<NaiveDate>,
    /// What proves it.
    pub proof_reference: Option<String>,
}

impl Payment {
    /// Its key.
    #[must_use]
    pub const fn key(&self) -> Key {
        Key { household_id: self.household_id, disbursement_id: self.disbursement_id, fiscal_year: self.fiscal_year }
    }
}

/// Holds those of these payments that are paid until the transaction ends: two persons may be taking them back. Nobody but a
/// report moves the others.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn hold_paid(tx: &mut Tx, ids: &[Uuid]) -> Outcome<()> {
    let paid = disbursements::table
        .filter(disbursements::disbursement_id.eq_any(ids).and(disbursements::state.eq(DisbursementState::Paid)))
        .order(disbursements::disbursement_id)
        .select(disbursements::disbursement_id)
        .for_no_key_update();
    let _: Vec<Uuid> = paid.load(&mut **tx).await?;
    Ok(())
}

/// Those of these payments that the caller may know of, of this batch and of others. Where they are many, all of the batch is
/// read: PostgreSQL weighs each id in each year's partition for longer than that.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn payments(tx: &mut Tx, batch: &Batch, ids: &[Uuid]) -> Outcome<HashMap<Uuid, Payment>> {
    let mut found = HashMap::new();
    let mut named: HashSet<Uuid> = ids.iter().copied().collect();
    if named.len() > MANY {
        let own = disbursements::table
            .filter(disbursements::batch_id.eq(batch.batch_id).and(disbursements::fiscal_year.eq(batch.fiscal_year)));
        let own: Vec<Payment> = own.select(Payment::as_select()).load(&mut **tx).await?;
        let own = own.into_iter().filter(|payment| named.remove(&payment.disbursement_id));
        found.extend(own.map(|payment| (payment.disbursement_id, payment)));
    }
    if !named.is_empty() {
        let named: Vec<Uuid> = named.into_iter().collect();
        let others = disbursements::table.filter(disbursements::disbursement_id.eq_any(named));
        let others: Vec<Payment> = others.select(Payment::as_select()).load(&mut **tx).await?;
        found.extend(others.into_iter().map(|payment| (payment.disbursement_id, payment)));
    }
    Ok(found)
}

/// Payments of a batch that have no result.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn outstanding(tx: &mut Tx, batch: &Batch) -> Outcome<Vec<Key>> {
    let planned = disbursements::table
        .filter(disbursements::batch_id.eq(batch.batch_id).and(disbursements::fiscal_year.eq(batch.fiscal_year)))
        .filter(disbursements::state.eq(DisbursementState::Planned));
    let rows: Vec<Payment> = planned.select(Payment::as_select()).load(&mut **tx).await?;
    Ok(rows.iter().map(Payment::key).collect())
}

/// How many payments of a batch have no result.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn count_outstanding(tx: &mut Tx, batch: &Batch) -> Outcome<usize> {
    let planned = disbursements::table
        .filter(disbursements::batch_id.eq(batch.batch_id).and(disbursements::fiscal_year.eq(batch.fiscal_year)))
        .filter(disbursements::state.eq(DisbursementState::Planned));
    let count: i64 = planned.count().get_result(&mut **tx).await?;
    usize::try_from(count).map_err(Problem::internal)
}

/// An account that is not paid into.
#[derive(Debug, QueryableByName)]
pub struct FailedAccount {
    /// Which.
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    /// Whose.
    #[diesel(sql_type = SqlUuid)]
    pub individual_id: Uuid,
}

/// Marks the accounts of these payments as such that are not paid into; which they are. Raw, because a function that answers a
/// table has no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn fail_accounts(tx: &mut Tx, batch: &Batch, payments: &[Uuid], why: &str) -> Outcome<Vec<FailedAccount>> {
    let actor = tx.caller()?.actor();
    Ok(diesel::sql_query("SELECT account_id, individual_id FROM fail_accounts_of_batch($1, $2, $3, $4)")
        .bind::<SqlUuid, _>(batch.batch_id)
        .bind::<Array<SqlUuid>, _>(payments)
        .bind::<Text, _>(actor)
        .bind::<Text, _>(why)
        .load(&mut **tx)
        .await?)
}
