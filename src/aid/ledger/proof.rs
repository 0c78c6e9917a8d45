//! The proof of the books: everything recomputed from the rows. Each check asks one question of all of them, in one
//! statement and so of one moment; what does not fit is named.

use crate::{
    platform::{
        auth::Principal,
        db::Tx,
        jobs::{self, Job, JobRun, NewJob},
        problem::Outcome,
    },
    registry::releases::service::check_whole_regency,
};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Jsonb},
};
use diesel_async::RunQueryDsl;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// The job that proves.
pub const KIND: &str = "ledger.proof";

/// A question to the books. Its statement answers how many rows were checked, how many do not fit, and the first twenty of
/// those.
struct Check {
    name: &'static str,
    sql: &'static str,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// Which.
    #[schema(example = "accounts-equal-their-transfers")]
    check: &'static str,
    /// Rows that were asked.
    #[schema(example = 120)]
    checked: i64,
    /// Rows that do not fit.
    #[schema(example = 0)]
    deviating: i64,
    /// The first twenty of them.
    #[schema(example = json!([]))]
    deviations: Value,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = BigInt)]
    checked: i64,
    #[diesel(sql_type = BigInt)]
    deviating: i64,
    #[diesel(sql_type = Jsonb)]
    deviations: Value,
}

/// In this order. The first three are of the ledger alone, the others hold it against what it tells of.
const CHECKS: &[Check] = &[
    Check {
        name: "all-accounts-sum-to-zero",
        sql: "
            WITH rows AS (SELECT sum(credits_idr) - sum(debits_idr) AS sum, count(*) AS accounts FROM ledger_accounts)
            SELECT accounts AS checked, (coalesce(sum, 0) <> 0)::int::bigint AS deviating,
                CASE WHEN sum <> 0 THEN jsonb_build_array(jsonb_build_object('sum_idr', sum)) ELSE '[]' END AS deviations
            FROM rows",
    },
    Check {
        name: "accounts-equal-their-transfers",
        sql: "
            WITH moved AS MATERIALIZED (
                SELECT debit_account_id, credit_account_id, sum(amount_idr) AS amount
                FROM ledger_transfers GROUP BY debit_account_id, credit_account_id
            ), legs AS (
                SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
                    SELECT debit_account_id AS account_id, amount AS debit, 0 AS credit FROM moved
                    UNION ALL SELECT credit_account_id, 0, amount FROM moved) both_legs GROUP BY account_id
            ), rows AS (
                SELECT account_id, a.debits_idr, a.credits_idr, coalesce(l.debits, 0) AS debits, coalesce(l.credits, 0) AS credits
                FROM ledger_accounts a FULL JOIN legs l USING (account_id)
            ), wrong AS (
                SELECT * FROM rows
                WHERE (debits_idr, credits_idr) IS DISTINCT FROM (debits::bigint, credits::bigint)
            )
            SELECT (SELECT count(*) FROM rows) AS checked, (SELECT count(*) FROM wrong) AS deviating,
                (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM (SELECT * FROM wrong LIMIT 20) w) AS deviations",
    },
    Check {
        name: "transfers-go-ways-that-there-are",
        sql: "
            WITH moved AS MATERIALIZED (
                SELECT kind, debit_account_id, credit_account_id, fiscal_year, count(*) AS transfers
                FROM ledger_transfers GROUP BY kind, debit_account_id, credit_account_id, fiscal_year
            ), wrong AS (
                SELECT m.* FROM moved m
                LEFT JOIN ledger_accounts d ON d.account_id = m.debit_account_id AND d.fiscal_year = m.fiscal_year
                LEFT JOIN ledger_accounts c ON c.account_id = m.credit_account_id AND c.fiscal_year = m.fiscal_year
                LEFT JOIN ledger_paths p ON p.kind = m.kind AND p.debit = d.kind AND p.credit = c.kind
                WHERE p.kind IS NULL OR d.fund_id <> c.fund_id OR d.budget_id <> c.budget_id
            )
            SELECT (SELECT coalesce(sum(transfers), 0)::bigint FROM moved) AS checked,
                (SELECT coalesce(sum(transfers), 0)::bigint FROM wrong) AS deviating,
                (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM (SELECT * FROM wrong LIMIT 20) w) AS deviations",
    },
    Check {
        name: "payments-equal-their-transfers",
        // A payment has at most one transfer of a kind (`one_transfer_of_a_kind`): which kinds it has says where it stands.
        sql: "
            WITH kinds (kind, bit) AS (VALUES ('commitment', 1), ('release', 2), ('failure', 4), ('delivery', 8),
                ('reversal', 16), ('return', 32), ('repayment', 64)
            ), moved AS (
                SELECT t.disbursement_id, t.fiscal_year, bit_or(coalesce(k.bit, 128)) AS kinds, min(t.amount_idr) AS least,
                    max(t.amount_idr) AS most, min(a.budget_id::text) AS budget, max(a.budget_id::text) AS other_budget
                FROM ledger_transfers t
                JOIN ledger_accounts a ON a.account_id = t.debit_account_id
                LEFT JOIN kinds k ON k.kind = t.kind
                WHERE t.disbursement_id IS NOT NULL
                GROUP BY t.disbursement_id, t.fiscal_year
            ), ways (in_batch, state, kinds) AS (VALUES
                (false, 'planned', 1), (false, 'paid', 8), (false, 'paid', 9), (false, 'failed', 3), (false, 'reversed', 24),
                (false, 'reversed', 25), (false, 'returned', 104), (false, 'returned', 105),
                (true, 'planned', 0), (true, 'paid', 8), (true, 'failed', 4), (true, 'reversed', 24), (true, 'returned', 104)
            ), rows AS (
                SELECT disbursement_id, d.state, d.amount_idr, d.budget_id, m.kinds, m.least, m.most,
                    (d.batch_id IS NOT NULL, d.state, coalesce(m.kinds, 0)) IN (SELECT in_batch, state, kinds FROM ways)
                    AND (m.kinds IS NULL OR (m.least, m.most, m.budget, m.other_budget)
                         = (d.amount_idr, d.amount_idr, d.budget_id::text, d.budget_id::text)) AS fits
                FROM (SELECT * FROM disbursements WHERE budget_id IS NOT NULL) d
                FULL JOIN moved m USING (disbursement_id, fiscal_year)
            )
            SELECT count(*) AS checked, count(*) FILTER (WHERE fits IS NOT TRUE) AS deviating,
                coalesce((SELECT jsonb_agg(to_jsonb(w)) FROM
                    (SELECT * FROM rows WHERE fits IS NOT TRUE LIMIT 20) w), '[]') AS deviations
            FROM rows",
    },
    Check {
        name: "batches-equal-their-transfers",
        // What was promised and handed over is told once for a batch; what is in transit is what its payments still wait for.
        sql: "
            WITH moved AS (
                SELECT batch_id, sum(amount_idr) FILTER (WHERE kind = 'commitment') AS committed,
                    sum(amount_idr) FILTER (WHERE kind = 'hand_over') AS handed
                FROM ledger_transfers WHERE batch_id IS NOT NULL AND disbursement_id IS NULL GROUP BY batch_id
            ), paid AS (
                SELECT batch_id, sum(amount_idr) AS payments_idr, count(*) AS payments
                FROM disbursements WHERE batch_id IS NOT NULL GROUP BY batch_id
            ), rows AS (
                SELECT batch_id, b.state, b.amount_idr, b.lines, coalesce(p.payments_idr, 0) AS payments_idr,
                    coalesce(p.payments, 0) AS payments, coalesce(m.committed, 0) AS committed_idr, coalesce(m.handed, 0) AS handed_idr,
                    CASE WHEN b.state IN ('draft', 'submitted', 'cancelled') THEN (p.batch_id, m.batch_id) IS NULL
                         ELSE (b.amount_idr, b.amount_idr, b.lines::bigint) = (p.payments_idr, m.committed, p.payments)
                              AND coalesce(m.handed, 0) = CASE b.state WHEN 'approved' THEN 0 ELSE b.amount_idr END END AS fits
                FROM batches b FULL JOIN paid p USING (batch_id) FULL JOIN moved m USING (batch_id)
            ), transit AS (
                SELECT a.budget_id, a.partner_code, a.credits_idr - a.debits_idr AS in_transit_idr,
                    coalesce((SELECT sum(d.amount_idr) FROM batches b
                        JOIN disbursements d ON d.batch_id = b.batch_id AND d.state = 'planned'
                        WHERE b.budget_id = a.budget_id AND b.partner_code = a.partner_code AND b.state = 'handed_over'), 0) AS outstanding_idr
                FROM ledger_accounts a WHERE a.kind = 'in_transit'
            ), wrong AS (
                SELECT to_jsonb(r) AS row FROM rows r WHERE fits IS NOT TRUE
                UNION ALL SELECT to_jsonb(t) FROM transit t WHERE in_transit_idr <> outstanding_idr
            )
            SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM transit) AS checked, (SELECT count(*) FROM wrong) AS deviating,
                (SELECT coalesce(jsonb_agg(row), '[]') FROM (SELECT row FROM wrong LIMIT 20) w) AS deviations",
    },
    Check {
        name: "budgets-cover-what-is-promised",
        sql: "
            WITH paid AS (
                SELECT budget_id, sum(amount_idr) FILTER (WHERE state = 'planned') AS planned,
                    sum(amount_idr) FILTER (WHERE state = 'paid') AS paid
                FROM disbursements WHERE budget_id IS NOT NULL GROUP BY budget_id
            ), held AS (
                SELECT budget_id,
                    sum(credits_idr - debits_idr) FILTER (WHERE kind IN ('committed', 'in_transit')) AS promised,
                    sum(credits_idr - debits_idr) FILTER (WHERE kind IN ('delivered', 'goods')) AS delivered,
                    sum(credits_idr - debits_idr) FILTER (WHERE kind = 'budget') AS free,
                    sum(credits_idr - debits_idr) FILTER (WHERE kind = 'returned') AS returned
                FROM ledger_accounts WHERE budget_id IS NOT NULL GROUP BY budget_id
            ), rows AS (
                SELECT budget_id, coalesce(promised, 0) AS promised_idr, coalesce(planned, 0) AS planned_idr,
                    coalesce(delivered, 0) AS delivered_idr, coalesce(paid, 0) AS paid_idr, free AS free_idr, returned AS returned_idr
                FROM held FULL JOIN paid USING (budget_id)
            ), wrong AS (
                SELECT * FROM rows WHERE promised_idr <> planned_idr OR delivered_idr <> paid_idr OR returned_idr <> 0
                    OR free_idr < 0 OR free_idr IS NULL
            )
            SELECT (SELECT count(*) FROM rows) AS checked, (SELECT count(*) FROM wrong) AS deviating,
                (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM (SELECT * FROM wrong LIMIT 20) w) AS deviations",
    },
    Check {
        name: "funds-and-budgets-equal-their-entries",
        sql: "
            WITH entered AS (
                SELECT fund_id, budget_id, sum(amount_idr) AS entered FROM budget_entries GROUP BY fund_id, budget_id
            ), held AS (
                SELECT fund_id, budget_id, sum(credits_idr - debits_idr) AS held
                FROM ledger_accounts WHERE budget_id IS NOT NULL GROUP BY fund_id, budget_id
                UNION ALL
                SELECT fund_id, NULL, debits_idr - credits_idr FROM ledger_accounts WHERE kind = 'source'
            ), rows AS (
                SELECT h.fund_id, h.budget_id, h.held AS held_idr, coalesce(e.entered, 0) AS entered_idr
                FROM held h LEFT JOIN entered e ON e.fund_id = h.fund_id AND e.budget_id IS NOT DISTINCT FROM h.budget_id
            ), wrong AS (SELECT * FROM rows WHERE held_idr <> entered_idr)
            SELECT (SELECT count(*) FROM rows) AS checked, (SELECT count(*) FROM wrong) AS deviating,
                (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM (SELECT * FROM wrong LIMIT 20) w) AS deviations",
    },
];

/// Asks for a proof, as a job.
///
/// # Errors
/// `needs-whole-regency`.
pub async fn ask(tx: &mut Tx, caller: &Principal) -> Outcome<Job> {
    check_whole_regency(tx, caller).await?;
    let job = NewJob { kind: KIND, subject_id: Uuid::now_v7(), payload: json!({}), run_after: None };
    jobs::enqueue(tx, caller, job).await
}

/// Proves, one check a step.
pub fn run(run: JobRun) -> LocalBoxFuture<'static, Outcome<Value>> {
    Box::pin(async move {
        run.expect(CHECKS.len() as u64);
        let mut checks = Vec::with_capacity(CHECKS.len());
        for check in CHECKS {
            checks.push(run.db.act(&run.caller, async |tx| ask_books(tx, check).await).await?);
            run.advance(1);
        }
        let holds = checks.iter().all(|check| check.deviating == 0);
        let result = json!({ "holds": holds, "checks": checks });
        run.db.act(&run.caller, async |tx| run.succeed(tx, &result).await).await?;
        Ok(result)
    })
}

/// Raw, because outer joins of sums and rows as JSON have no word in the query builder.
async fn ask_books(tx: &mut Tx, check: &Check) -> Outcome<Checked> {
    let Answer { checked, deviating, deviations } = diesel::sql_query(check.sql).get_result(&mut **tx).await?;
    Ok(Checked { check: check.name, checked, deviating, deviations })
}
