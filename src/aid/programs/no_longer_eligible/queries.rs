//! Standing enrolments held against the rule in force, by PostgreSQL.

use super::NoLongerEligible;
use crate::{
    aid::{eligibility::CompiledRule, programs::Program},
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
};
use chrono::NaiveDate;
use diesel::{
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A page of the standing enrolments whose household is not in the release, not in the programme's areas, stands in
/// an excluded programme, has lost the member who is served, or does not satisfy the rule. Where an exemption holds
/// for want of a decile the rule is not asked. A household that only the lane hides is left to whoever sees it, unless the
/// caller's areas cover the programme's: then it has left those. Raw, because the condition is SQL that the rule compiler makes.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(
    tx: &mut Tx,
    program: &Program,
    rule: &CompiledRule,
    excluded: &[String],
    release_id: Uuid,
    on: NaiveDate,
    page: Page,
) -> Outcome<Listed<NoLongerEligible>> {
    let covers_program = program.is_covered_by(tx.caller()?);
    let where_sql = &rule.where_sql;
    let served = rule.beneficiary_sql.as_deref().unwrap_or("true");
    let statement = format!(
        "WITH excluded AS MATERIALIZED (
             SELECT x.household_id, array_agg(DISTINCT x.program_code ORDER BY x.program_code) AS codes
             FROM standing_aid($7) x WHERE cardinality($7) > 0 GROUP BY x.household_id
         ), now AS MATERIALIZED (
             SELECT d.household_id, d.decile
             FROM deciles_of_enrolled($1, ARRAY(SELECT e.household_id FROM enrolments e
                  WHERE e.program_id = $3 AND e.state IN ('candidate', 'confirmed', 'active', 'suspended'))) d
         )
         SELECT e.enrolment_id, e.household_id, e.individual_id, e.state, e.exemption_id, e.rule_version,
                e.decile AS decile_then, now.decile AS decile_now, now.household_id IS NOT NULL AS in_release,
                h.household_id IS NOT NULL AS in_your_areas,
                CASE WHEN h.household_id IS NOT NULL THEN h.village_code LIKE ANY ($4) WHEN $8 THEN false END AS in_program_areas,
                coalesce(x.codes, '{{}}') AS excluded_by,
                e.individual_id IS NULL OR coalesce(NOT m.deceased, false) AS is_member,
                e.individual_id IS NULL OR coalesce(({served}), false) AS is_served
         FROM enrolments e
         LEFT JOIN individual_snapshots m ON m.household_id = e.household_id AND m.individual_id = e.individual_id
              AND m.release_id = $1
         LEFT JOIN program_exemptions p ON p.exemption_id = e.exemption_id AND p.until >= $2
         LEFT JOIN excluded x ON x.household_id = e.household_id AND NOT x.codes <@ coalesce(e.override_for, '{{}}')
         LEFT JOIN now ON now.household_id = e.household_id
         LEFT JOIN household_snapshots h ON h.household_id = e.household_id AND h.release_id = $1
         WHERE e.program_id = $3 AND e.enrolment_id > $5 AND $2::date IS NOT NULL
           AND e.state IN ('candidate', 'confirmed', 'active', 'suspended')
           AND (h.household_id IS NOT NULL OR now.household_id IS NULL OR $8)
           AND (h.household_id IS NULL OR NOT h.village_code LIKE ANY ($4) OR x.household_id IS NOT NULL
                OR e.individual_id IS NOT NULL AND (m.deceased IS NOT FALSE OR ({served}) IS NOT TRUE)
                OR ({where_sql}) IS NOT TRUE AND NOT (p.exemption_id IS NOT NULL AND h.decile IS NULL))
         ORDER BY e.enrolment_id
         LIMIT $6"
    );
    let rows = sql_query(statement)
        .bind::<SqlUuid, _>(release_id)
        .bind::<Date, _>(on)
        .bind::<SqlUuid, _>(program.program_id)
        .bind::<Array<Text>, _>(program.area_patterns())
        .bind::<SqlUuid, _>(page.after_or_start())
        .bind::<BigInt, _>(page.probe())
        .bind::<Array<Text>, _>(excluded)
        .bind::<Bool, _>(covers_program)
        .load(&mut **tx)
        .await?;
    Ok(page.cut(rows, |row: &NoLongerEligible| row.enrolment_id))
}
