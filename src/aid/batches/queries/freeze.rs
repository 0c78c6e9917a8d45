//! Freezing a list: who of the active enrolments is paid, how much and where, and why each of the others is not.

use super::super::Batch;
use crate::{
    aid::{
        eligibility::CompiledRule,
        programs::{Program, periods::Period},
    },
    platform::{db::Tx, problem::Outcome, rupiah::Rupiah},
};
use chrono::NaiveDate;
use diesel::{
    QueryableByName,
    sql_types::{Array, BigInt, Date, Integer, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// What a list is frozen from.
pub struct Freeze<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Which freezing it is.
    pub revision: i32,
    /// Its programme.
    pub program: &'a Program,
    /// Its period.
    pub period: &'a Period,
    /// The rule in force.
    pub rule: &'a CompiledRule,
    /// Codes of programmes that this one excludes.
    pub excluded: &'a [String],
    /// The active release, held.
    pub release_id: Uuid,
    /// The day on which ages are counted.
    pub on: NaiveDate,
    /// Rupiah for each.
    pub amount: Rupiah,
}

/// What came of it.
#[derive(Debug, QueryableByName)]
pub struct Counts {
    /// Lines.
    #[diesel(sql_type = BigInt)]
    pub lines: i64,
    /// Left out.
    #[diesel(sql_type = BigInt)]
    pub left_out: i64,
}

/// Freezes it, in one statement: lines and findings are of one moment, and each active enrolment is in the one or in the
/// other. Raw, because the rule is SQL that its compiler makes, and one statement that writes two tables has no word in the
/// query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn freeze(tx: &mut Tx, freeze: Freeze<'_>) -> Outcome<Counts> {
    let fits = &freeze.rule.where_sql;
    let served = freeze.rule.beneficiary_sql.as_deref().unwrap_or("true");
    let statement = format!(
        "WITH enrolled AS MATERIALIZED (
            SELECT e.household_id, e.enrolment_id, e.individual_id, e.village_code, e.release_id, e.decile, e.exemption_id,
                e.override_for
            FROM enrolments e WHERE e.program_id = $3 AND e.state = 'active'
        ), households AS MATERIALIZED (
            SELECT coalesce(array_agg(household_id), '{{}}') AS ids FROM enrolled
        ), heirs AS MATERIALIZED (
            SELECT h.household_id, min(h.heir_id::text)::uuid AS heir_id
            FROM heirs_of((SELECT ids FROM households)) h GROUP BY h.household_id HAVING count(*) = 1
        ), excluded AS MATERIALIZED (
            SELECT r.household_id, array_agg(r.program_code) AS codes
            FROM receiving_aid($4, (SELECT ids FROM households)) r
            WHERE cardinality($4) > 0 GROUP BY r.household_id
        ), claims AS MATERIALIZED (
            SELECT c.beneficiary_id, c.household_id FROM payment_claims c
            WHERE c.program_id = $3 AND (c.period_id = $5 OR c.once)
        ), claimed AS MATERIALIZED (
            SELECT k.household_id
            FROM kin_of(CASE WHEN EXISTS (SELECT 1 FROM claims) THEN (SELECT ids FROM households) ELSE '{{}}' END) k
            WHERE k.kin_id IN (SELECT beneficiary_id FROM claims UNION SELECT household_id FROM claims)
        ), near AS MATERIALIZED (
            SELECT e.*, h.household_id AS found, h.decile AS decile_there, h.village_code AS lives_in,
                coalesce(h.village_code LIKE ANY ($6), false) AS within,
                coalesce(({fits}), false) AS fits,
                e.individual_id IS NULL OR m.individual_id IS NOT NULL AS is_member,
                coalesce(m.deceased, false) AS is_dead,
                e.individual_id IS NULL OR coalesce(({served}), false) AS is_served
            FROM enrolled e
            LEFT JOIN household_snapshots h ON h.household_id = e.household_id AND h.release_id = $1
            LEFT JOIN individual_snapshots m ON m.household_id = e.household_id AND m.individual_id = e.individual_id
                AND m.release_id = $1
            WHERE $2::date IS NOT NULL
        ), far AS MATERIALIZED (
            -- Whoever the lane's areas do not have may live elsewhere by now.
            SELECT * FROM deciles_of_enrolled($1, ARRAY(SELECT household_id FROM near WHERE found IS NULL))
        ), judged AS MATERIALIZED (
            SELECT n.*, coalesce(n.individual_id, heirs.heir_id, n.household_id) AS paid_to,
                coalesce(n.decile_there, f.decile) AS checked_decile,
                coalesce(n.found, f.household_id) IS NOT NULL AS there, x.until, o.codes
            FROM near n
            LEFT JOIN heirs ON heirs.household_id = n.household_id
            LEFT JOIN far f ON f.household_id = n.household_id
            LEFT JOIN program_exemptions x ON x.exemption_id = n.exemption_id
            LEFT JOIN excluded o ON o.household_id = n.household_id
        ), payees AS MATERIALIZED (
            SELECT p.* FROM (
                SELECT array_agg(enrolment_id) AS enrolments, array_agg(household_id) AS households,
                    array_agg(individual_id) AS individuals
                FROM enrolled
            ) l CROSS JOIN LATERAL payees_of_list($1, $7, l.enrolments, l.households, l.individuals) p
        ), points AS MATERIALIZED (
            SELECT DISTINCT ON (v.village_code) v.village_code, p.pay_point_id
            FROM (SELECT DISTINCT lives_in AS village_code FROM judged WHERE lives_in IS NOT NULL) v
            JOIN pay_points p ON p.partner_code = $7 AND p.open AND p.agency_code IN ($7, $12)
                AND (v.village_code = p.region_code OR v.village_code LIKE p.region_code || '.%')
            ORDER BY v.village_code, length(p.region_code) DESC, p.pay_point_id
        ), placed AS MATERIALIZED (
            SELECT j.*, p.individual_id AS payee_id, p.partner_code AS kept_by, p.check_state,
                CASE WHEN p.partner_code = $7 AND p.check_state <> 'invalid' THEN p.account_id END AS account_id,
                CASE WHEN p.account_id IS NULL OR p.check_state = 'invalid' THEN w.pay_point_id END AS pay_point_id,
                row_number() OVER (PARTITION BY j.paid_to ORDER BY j.enrolment_id) AS of_beneficiary
            FROM judged j
            LEFT JOIN payees p ON p.enrolment_id = j.enrolment_id
            LEFT JOIN points w ON w.village_code = j.lives_in
        ), told AS MATERIALIZED (
            SELECT p.*, CASE
                WHEN NOT there OR (lives_in IS NOT NULL AND NOT is_member) THEN 'gone'
                WHEN NOT within THEN 'moved'
                WHEN is_dead OR payee_id IS NULL THEN 'deceased'
                WHEN exemption_id IS NOT NULL AND checked_decile IS NULL AND until < $8 THEN 'exemption-over'
                WHEN NOT is_served OR (NOT fits AND NOT (exemption_id IS NOT NULL AND checked_decile IS NULL))
                    THEN 'no-longer-eligible'
                WHEN codes IS NOT NULL AND NOT codes <@ coalesce(override_for, '{{}}') THEN 'excluded-by-other-aid'
                WHEN paid_to IN (SELECT beneficiary_id FROM claims)
                    OR (individual_id IS NULL AND household_id IN (SELECT household_id FROM claimed)) THEN 'already-paid'
                WHEN of_beneficiary > 1 THEN 'doubled'
                WHEN account_id IS NOT NULL OR pay_point_id IS NOT NULL THEN NULL
                WHEN check_state = 'invalid' THEN 'account-check-failed'
                WHEN kept_by IS NOT NULL THEN 'account-elsewhere'
                ELSE 'missing-account' END AS finding
            FROM placed p
        ), lines AS (
            INSERT INTO batch_lines (household_id, batch_id, revision, enrolment_id, fiscal_year, line_no, beneficiary_id,
                payee_id, agency_code, village_code, release_id, decile, exemption_id, checked_decile, amount_idr,
                account_id, pay_point_id)
            SELECT household_id, $9, $10, enrolment_id, $11, row_number() OVER (ORDER BY village_code, enrolment_id), paid_to,
                payee_id, $12, village_code, release_id, decile, exemption_id, checked_decile, $13, account_id, pay_point_id
            FROM told WHERE finding IS NULL
            RETURNING 1
        ), findings AS (
            INSERT INTO batch_findings (household_id, batch_id, revision, enrolment_id, agency_code, village_code, kind)
            SELECT household_id, $9, $10, enrolment_id, $12, village_code, finding FROM told WHERE finding IS NOT NULL
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM lines) AS lines, (SELECT count(*) FROM findings) AS left_out"
    );
    tx.take_room().await?;
    Ok(diesel::sql_query(statement)
        .bind::<SqlUuid, _>(freeze.release_id)
        .bind::<Date, _>(freeze.on)
        .bind::<SqlUuid, _>(freeze.program.program_id)
        .bind::<Array<Text>, _>(freeze.excluded)
        .bind::<SqlUuid, _>(freeze.period.period_id)
        .bind::<Array<Text>, _>(freeze.program.area_patterns())
        .bind::<Text, _>(&freeze.batch.partner_code)
        .bind::<Date, _>(freeze.period.starts_on)
        .bind::<SqlUuid, _>(freeze.batch.batch_id)
        .bind::<Integer, _>(freeze.revision)
        .bind::<SmallInt, _>(freeze.batch.fiscal_year)
        .bind::<Text, _>(&freeze.batch.agency_code)
        .bind::<BigInt, _>(freeze.amount)
        .get_result(&mut **tx)
        .await?)
}
