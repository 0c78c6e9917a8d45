//! Reconciliation: what was handed out, and what became of it, of a batch and of everything that batches are parts of. Every sum is
//! the sum of its parts, since all are sums over the same payments.

use crate::platform::{
    db::Tx,
    problem::{Outcome, Problem},
    rupiah::Rupiah,
    text_enum::text_enum,
};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

text_enum! {
    /// Of what a reconciliation shows the parts.
    pub enum Part {
        /// Each batch.
        Batch = "batch",
        /// Each programme.
        Program = "program",
        /// Each agency.
        Agency = "agency",
        /// Each fund.
        Fund = "fund",
    }
}

/// Payments and their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amount {
    /// How many payments.
    #[schema(example = 812)]
    pub payments: i64,
    /// Their sum.
    #[schema(value_type = i64, example = 243_600_000)]
    pub amount_idr: i64,
}

/// What was handed out, and what became of it: `handed_out` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconciled {
    /// Handed to payment partners.
    pub handed_out: Amount,
    /// Paid, and stays so.
    pub paid: Amount,
    /// Could not be paid.
    pub failed: Amount,
    /// Was paid, and came back.
    pub returned: Amount,
    /// Was paid wrongly, and taken back by two persons.
    pub reversed: Amount,
    /// Without a result.
    pub outstanding: Amount,
    /// For how many days the longest of those stands open; null where none does.
    #[schema(example = 12)]
    pub outstanding_days: Option<i32>,
}

/// A part, and its account.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartReconciled {
    /// Which: a batch's or fund's id, a programme's or agency's code.
    #[schema(example = "BLT-DAERAH")]
    pub key: String,
    /// What became of it.
    #[serde(flatten)]
    pub account: Reconciled,
}

/// A reconciliation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciliation {
    /// All of it.
    pub total: Reconciled,
    /// Its parts, by key.
    pub parts: Vec<PartReconciled>,
}

#[derive(QueryableByName)]
struct Group {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    payments: i64,
    #[diesel(sql_type = BigInt)]
    amount_idr: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    days: Option<i32>,
}

/// Of what.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// Of this batch.
    pub batch_id: Option<Uuid>,
    /// Of this programme.
    pub program_id: Option<Uuid>,
    /// Of this fund.
    pub fund_id: Option<Uuid>,
    /// Of this agency.
    pub agency: Option<&'a str>,
    /// Of this fiscal year.
    pub fiscal_year: Option<i16>,
}

/// What was handed out in a scope, by parts. Raw, because sums that are grouped by a part that is chosen have no word in the query
/// builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses, or a sum does not fit.
pub async fn reconcile(tx: &mut Tx, scope: &Scope<'_>, part: Part) -> Outcome<Reconciliation> {
    const GROUPS: &str = "
        SELECT CASE $6 WHEN 'batch' THEN b.batch_id::text WHEN 'program' THEN p.code WHEN 'agency' THEN b.agency_code
                       ELSE g.fund_id::text END AS key,
            d.state, count(*) AS payments, sum(d.amount_idr)::bigint AS amount_idr,
            max(CASE WHEN d.state = 'planned' THEN extract(day FROM now() - b.handed_over_at)::integer END) AS days
        FROM batches b
        JOIN programs p ON p.program_id = b.program_id
        LEFT JOIN budgets g ON g.budget_id = b.budget_id
        JOIN disbursements d ON d.batch_id = b.batch_id AND d.fiscal_year = b.fiscal_year
        WHERE b.state IN ('handed_over', 'closed') AND ($1 IS NULL OR b.batch_id = $1) AND ($2 IS NULL OR b.program_id = $2)
          AND ($3 IS NULL OR g.fund_id = $3) AND ($4 IS NULL OR b.agency_code = $4) AND ($5 IS NULL OR b.fiscal_year = $5)
        GROUP BY 1, d.state
        ORDER BY 1";
    let groups: Vec<Group> = diesel::sql_query(GROUPS)
        .bind::<Nullable<SqlUuid>, _>(scope.batch_id)
        .bind::<Nullable<SqlUuid>, _>(scope.program_id)
        .bind::<Nullable<SqlUuid>, _>(scope.fund_id)
        .bind::<Nullable<Text>, _>(scope.agency)
        .bind::<Nullable<SmallInt>, _>(scope.fiscal_year)
        .bind::<Text, _>(part)
        .load(&mut **tx)
        .await?;
    summed(&groups).ok_or_else(|| Problem::internal("the sum of a reconciliation does not fit"))
}

fn summed(groups: &[Group]) -> Option<Reconciliation> {
    let mut told = Reconciliation { total: Reconciled::default(), parts: Vec::new() };
    for group in groups {
        if told.parts.last().is_none_or(|part| part.key != group.key) {
            told.parts.push(PartReconciled { key: group.key.clone(), account: Reconciled::default() });
        }
        let part = &mut told.parts.last_mut()?.account;
        part.add(group)?;
        told.total.add(group)?;
    }
    Some(told)
}

impl Reconciled {
    fn add(&mut self, group: &Group) -> Option<()> {
        let of_state = match group.state.as_str() {
            "paid" => &mut self.paid,
            "failed" => &mut self.failed,
            "returned" => &mut self.returned,
            "reversed" => &mut self.reversed,
            _ => &mut self.outstanding,
        };
        for sum in [of_state, &mut self.handed_out] {
            sum.payments = sum.payments.checked_add(group.payments)?;
            sum.amount_idr = Rupiah(sum.amount_idr).checked_add(Rupiah(group.amount_idr))?.0;
        }
        self.outstanding_days = self.outstanding_days.max(group.days);
        Some(())
    }
}
