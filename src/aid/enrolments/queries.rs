//! Enrolments in PostgreSQL: reading. What is written stands in [`write`].

pub mod write;

use super::{
    Enrolment, EnrolmentFilter, EnrolmentRow, EnrolmentState, EnrolmentStep,
    decision::{Basis, Candidate},
};
use crate::{
    aid::{
        eligibility::CompiledRule,
        programs::{Places, rules::check::served_sql},
    },
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    schema::{enrolment_steps, enrolments, program_exemptions, program_places, programs},
};
use chrono::NaiveDate;
use diesel::{
    dsl::exists,
    prelude::*,
    sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// One enrolment that the caller may see.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, enrolment_id: Uuid) -> Outcome<Enrolment> {
    let row = enrolments::table
        .inner_join(programs::table.on(programs::program_id.eq(enrolments::program_id)))
        .filter(enrolments::enrolment_id.eq(enrolment_id))
        .select((EnrolmentRow::as_select(), programs::code));
    Ok(Enrolment::of(row.first(&mut **tx).await?))
}

/// A page of enrolments that the caller may see, by id: the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &EnrolmentFilter, page: Page) -> Outcome<Listed<Enrolment>> {
    let mut query = enrolments::table
        .inner_join(programs::table.on(programs::program_id.eq(enrolments::program_id)))
        .filter(enrolments::enrolment_id.gt(page.after_or_start()))
        .into_boxed();
    if let Some(program_id) = filter.program_id {
        query = query.filter(enrolments::program_id.eq(program_id));
    }
    if let Some(state) = filter.state {
        query = query.filter(enrolments::state.eq(state));
    }
    if let Some(household_id) = filter.household_id {
        query = query.filter(enrolments::household_id.eq(household_id));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(enrolments::external_reference.eq(reference));
    }
    let rows = query
        .order(enrolments::enrolment_id)
        .limit(page.probe())
        .select((EnrolmentRow::as_select(), programs::code))
        .load(&mut **tx)
        .await?;
    Ok(page.cut(rows, |(row, _)| row.enrolment_id).map(Enrolment::of))
}

/// The enrolments of a programme that stand in a state, with their households.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn in_state(tx: &mut Tx, program_id: Uuid, state: EnrolmentState) -> Outcome<Vec<(Uuid, Uuid)>> {
    Ok(enrolments::table
        .filter(enrolments::program_id.eq(program_id).and(enrolments::state.eq(state)))
        .select((enrolments::enrolment_id, enrolments::household_id))
        .load(&mut **tx)
        .await?)
}

/// The steps of an enrolment, the first one first; none where the caller may not see it.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn steps(tx: &mut Tx, enrolment: &Enrolment) -> Outcome<Vec<EnrolmentStep>> {
    let of_enrolment = enrolment_steps::table
        .filter(enrolment_steps::household_id.eq(enrolment.household_id))
        .filter(enrolment_steps::enrolment_id.eq(enrolment.enrolment_id));
    Ok(of_enrolment.order(enrolment_steps::step_no).select(EnrolmentStep::as_select()).load(&mut **tx).await?)
}

/// The places of a programme, not held: for asking beforehand.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn places(tx: &mut Tx, program_id: Uuid) -> Outcome<Places> {
    Ok(program_places::table.find(program_id).select(Places::as_select()).first(&mut **tx).await?)
}

/// Whether this exemption of the programme holds on a day.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn is_exempted(tx: &mut Tx, program_id: Uuid, exemption_id: Uuid, on: NaiveDate) -> Outcome<bool> {
    let exemption = program_exemptions::table
        .find(exemption_id)
        .filter(program_exemptions::program_id.eq(program_id).and(program_exemptions::until.ge(on)));
    Ok(diesel::select(exists(exemption)).get_result(&mut **tx).await?)
}

/// How each of these households (or their members) stands, in their order: one query for any number. With a rule,
/// those of whom it is true come with their explanation. An exclusion binds the programme that states it, and nobody else;
/// programmes that another agency marked sensitive are not seen, so that nobody learns of them by excluding them.
///
/// Raw, because the rule is SQL made by the compiler, and lists and functions that answer tables have no word in
/// the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn candidates(
    tx: &mut Tx,
    basis: &Basis<'_>,
    rule: Option<&CompiledRule>,
    asked: &[(Uuid, Option<Uuid>)],
) -> Outcome<Vec<Candidate>> {
    let explanation = rule.map_or_else(
        || "NULL::jsonb".to_owned(),
        |rule| {
            let served = rule.beneficiary_sql.as_deref().unwrap_or("true");
            format!("CASE WHEN {} AND ({served}) THEN {} END", rule.where_sql, rule.explanation_sql())
        },
    );
    let statement = format!(
        "WITH claimed AS MATERIALIZED (
                  SELECT DISTINCT ON (k.household_id) k.household_id, c.enrolment_id
                  FROM with_those_taken_in($3) k
                  JOIN enrolment_claims c ON c.program_id = $6 AND c.beneficiary_id = k.taken_in_id
                  ORDER BY k.household_id, c.enrolment_id),
              excluded AS MATERIALIZED (
                  SELECT s.household_id, jsonb_agg(jsonb_build_object('program_code', p.code, 'agency_code', p.agency_code)
                                                   ORDER BY p.code) AS others
                  FROM standing_programs_of($3) s JOIN programs p ON p.code = ANY (s.program_codes)
                  WHERE p.code = ANY ($7) GROUP BY s.household_id)
         SELECT h.village_code, h.decile, m.individual_id IS NOT NULL AS is_member,
                coalesce(c.enrolment_id, k.enrolment_id) AS standing, x.others AS excluded_by, {explanation} AS explanation
         FROM unnest($3::uuid[], $4::uuid[]) WITH ORDINALITY AS asked (household_id, individual_id, row_no)
         LEFT JOIN household_snapshots h ON h.household_id = asked.household_id AND h.release_id = $1
              AND h.village_code LIKE ANY ($5)
         LEFT JOIN individual_snapshots m ON m.household_id = asked.household_id
              AND m.individual_id = asked.individual_id AND m.release_id = $1 AND NOT m.deceased
         LEFT JOIN enrolment_claims c ON c.program_id = $6 AND c.beneficiary_id = asked.individual_id
         LEFT JOIN claimed k ON asked.individual_id IS NULL AND k.household_id = asked.household_id
         LEFT JOIN excluded x ON x.household_id = asked.household_id
         ORDER BY asked.row_no"
    );
    let (households, individuals): (Vec<Uuid>, Vec<Option<Uuid>>) = asked.iter().copied().unzip();
    Ok(diesel::sql_query(statement)
        .bind::<SqlUuid, _>(basis.release_id)
        .bind::<Date, _>(basis.on)
        .bind::<Array<SqlUuid>, _>(households)
        .bind::<Array<Nullable<SqlUuid>>, _>(individuals)
        .bind::<Array<Text>, _>(basis.program.area_patterns())
        .bind::<SqlUuid, _>(basis.program.program_id)
        .bind::<Array<Text>, _>(&basis.excluded)
        .load(&mut **tx)
        .await?)
}

/// A household, or a member of it, that the ranking has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Chosen {
    /// The household.
    #[diesel(sql_type = SqlUuid)]
    pub household_id: Uuid,
    /// The member, where the programme serves individuals.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub individual_id: Option<Uuid>,
}

/// The eligible households or members that could be enrolled now, the first of the ranking first, so many at most. A
/// person who stands in two families is chosen in the one that comes first.
///
/// Raw, because rule and ranking are SQL made by the compiler.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn ranked(tx: &mut Tx, basis: &Basis<'_>, rule: &CompiledRule, most: Option<i64>) -> Outcome<Vec<Chosen>> {
    let order = basis.checked.order_by_sql(&basis.book);
    let could_be = write::could_be_enrolled(&rule.where_sql, "$3");
    let in_reach = "h.release_id = $1 AND h.village_code LIKE ANY ($4)";
    let statement = match served_sql(basis.program.serves, rule) {
        None => format!(
            "SELECT h.household_id, NULL::uuid AS individual_id FROM household_snapshots h
             WHERE {in_reach} AND {could_be} ORDER BY {order} LIMIT $5"
        ),
        Some(served) => format!(
            "SELECT household_id, individual_id FROM (
                 SELECT h.household_id, m.individual_id, row_number() OVER (ORDER BY {order}, m.position) AS rank,
                        row_number() OVER (PARTITION BY m.individual_id ORDER BY {order}, m.position) AS family_no
                 FROM household_snapshots h
                 JOIN individual_snapshots m ON m.household_id = h.household_id AND m.release_id = $1
                 WHERE {in_reach} AND {could_be} AND {}) chosen
             WHERE family_no = 1 ORDER BY rank LIMIT $5",
            write::member_could_be_enrolled(served, &basis.program.program_id)
        ),
    };
    Ok(diesel::sql_query(statement)
        .bind::<SqlUuid, _>(basis.release_id)
        .bind::<Date, _>(basis.on)
        .bind::<Array<Text>, _>(basis.closed_to())
        .bind::<Array<Text>, _>(basis.program.area_patterns())
        .bind::<Nullable<BigInt>, _>(most)
        .load(&mut **tx)
        .await?)
}
