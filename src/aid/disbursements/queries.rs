//! Disbursements in PostgreSQL: reading. What is written stands in [`write`].

pub mod write;

use super::{Disbursement, DisbursementFilter, DisbursementStep, payee::Payee};
use crate::{
    aid::enrolments::EnrolmentState,
    platform::{
        db::{Tx, planned_for},
        page::{Listed, Page},
        problem::Outcome,
    },
    schema::{disbursement_steps, disbursements, enrolments, programs},
};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use std::collections::{HashMap, HashSet};
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

/// Those that were just made.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn made(tx: &mut Tx, made: &[write::Made]) -> Outcome<Vec<Disbursement>> {
    let years: HashSet<i16> = made.iter().map(|made| made.fiscal_year).collect();
    let rows = disbursements::table
        .inner_join(programs::table.on(programs::program_id.eq(disbursements::program_id)))
        .filter(disbursements::household_id.eq_any(made.iter().map(|made| made.household_id)))
        .filter(disbursements::disbursement_id.eq_any(made.iter().map(|made| made.disbursement_id)))
        .filter(disbursements::fiscal_year.eq_any(years))
        .select(Disbursement::as_select());
    Ok(rows.load(&mut **tx).await?)
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

/// A payment that is to be made: to which enrolment, for which period.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// To whom.
    pub enrolment_id: Uuid,
    /// For which period.
    pub period_id: Uuid,
    /// The disbursement that stands for it already, where it was planned.
    pub planned: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = BigInt)]
    row_no: i64,
    #[diesel(sql_type = SqlUuid)]
    disbursement_id: Uuid,
}

/// For each of these payments the disbursement, other than the one planned, that keeps it from being made: that of its
/// beneficiary for the period, through which enrolment ever, and of whoever is one family with its household by now; any,
/// where the programme gives once. Raw, because functions and arrays that answer tables have no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn standing(tx: &mut Tx, wanted: &[Wanted]) -> Outcome<Vec<Option<Uuid>>> {
    const STANDING: &str = "
        WITH wanted AS MATERIALIZED (
            SELECT w.row_no, w.period_id, w.planned, e.program_id, e.household_id, e.beneficiary_id, e.individual_id
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (enrolment_id, period_id, planned, row_no)
            JOIN enrolments e ON e.enrolment_id = w.enrolment_id
        ), kin AS MATERIALIZED (
            SELECT * FROM kin_of(ARRAY(SELECT household_id FROM wanted WHERE individual_id IS NULL))
        ), paid_to AS MATERIALIZED (
            SELECT row_no, period_id, planned, program_id, beneficiary_id AS id FROM wanted
            UNION
            SELECT w.row_no, w.period_id, w.planned, w.program_id, k.kin_id
            FROM wanted w JOIN kin k ON k.household_id = w.household_id
            WHERE w.individual_id IS NULL
        ), claims AS (
            -- Looked up one by one, whatever the planner believes of how many there are.
            SELECT p.row_no, p.period_id, p.planned, c.period_id AS claimed, c.once, c.disbursement_id
            FROM paid_to p CROSS JOIN LATERAL (
                SELECT * FROM payment_claims c WHERE c.beneficiary_id = p.id AND c.program_id = p.program_id OFFSET 0) c
            UNION ALL
            SELECT p.row_no, p.period_id, p.planned, c.period_id, c.once, c.disbursement_id
            FROM paid_to p CROSS JOIN LATERAL (
                SELECT * FROM payment_claims c WHERE c.household_id = p.id AND c.program_id = p.program_id OFFSET 0) c
        )
        SELECT DISTINCT ON (row_no) row_no, disbursement_id FROM claims
        WHERE (claimed = period_id OR once) AND disbursement_id IS DISTINCT FROM planned
        ORDER BY row_no, disbursement_id";
    let (enrolments, periods): (Vec<Uuid>, Vec<Uuid>) =
        wanted.iter().map(|wanted| (wanted.enrolment_id, wanted.period_id)).unzip();
    let planned: Vec<Option<Uuid>> = wanted.iter().map(|wanted| wanted.planned).collect();
    let query = diesel::sql_query(STANDING)
        .bind::<Array<SqlUuid>, _>(enrolments)
        .bind::<Array<SqlUuid>, _>(periods)
        .bind::<Array<Nullable<SqlUuid>>, _>(planned);
    let rows: Vec<Standing> = planned_for(wanted.len(), query).load(&mut **tx).await?;
    let mut standing = vec![None; wanted.len()];
    for row in rows {
        let place = usize::try_from(row.row_no).ok().and_then(|row_no| standing.get_mut(row_no.checked_sub(1)?));
        if let Some(place) = place {
            *place = Some(row.disbursement_id);
        }
    }
    Ok(standing)
}

/// An enrolment that somebody wants to pay to.
#[derive(Debug, Clone, Queryable)]
pub struct Enrolled {
    /// Its id.
    pub enrolment_id: Uuid,
    /// Its household.
    pub household_id: Uuid,
    /// Of which programme.
    pub program_id: Uuid,
    /// The programme's code.
    pub program_code: String,
}

/// Those of these enrolments that the caller may see.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn enrolled(tx: &mut Tx, enrolment_ids: &[Uuid]) -> Outcome<Vec<Enrolled>> {
    let rows = enrolments::table
        .inner_join(programs::table.on(programs::program_id.eq(enrolments::program_id)))
        .filter(enrolments::enrolment_id.eq_any(enrolment_ids))
        .select((enrolments::enrolment_id, enrolments::household_id, enrolments::program_id, programs::code));
    Ok(rows.load(&mut **tx).await?)
}

/// Which of these enrolments are ones of the programme, with their households; all active ones where none is named.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn enrolled_in(tx: &mut Tx, program_id: Uuid, named: Option<&[Uuid]>) -> Outcome<Vec<(Uuid, Uuid)>> {
    let mut query = enrolments::table.filter(enrolments::program_id.eq(program_id)).into_boxed();
    query = match named {
        Some(named) => query.filter(enrolments::enrolment_id.eq_any(named)),
        None => query.filter(enrolments::state.eq(EnrolmentState::Active)),
    };
    Ok(query.select((enrolments::enrolment_id, enrolments::household_id)).load(&mut **tx).await?)
}

/// Where the household of a disbursement lived at its enrolment's decision: by that it is seen.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn village(tx: &mut Tx, of: &Disbursement) -> Outcome<String> {
    let one = disbursements::table.filter(disbursements::disbursement_id.eq(of.disbursement_id));
    Ok(one.select(disbursements::village_code).first(&mut **tx).await?)
}

#[derive(QueryableByName)]
struct Prepared {
    #[diesel(sql_type = Bool)]
    prepared: bool,
}

/// Whether the person who asks made this payment, or prepared the list that it is of. Raw, because the function has no word in
/// the query builder; a trigger asks it, too.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn caller_prepared(tx: &mut Tx, of: &Disbursement) -> Outcome<bool> {
    let asked = diesel::sql_query("SELECT lane_person_prepared($1, $2, $3, $4) AS prepared")
        .bind::<SqlUuid, _>(of.household_id)
        .bind::<SqlUuid, _>(of.disbursement_id)
        .bind::<SmallInt, _>(of.fiscal_year)
        .bind::<Nullable<SqlUuid>, _>(of.batch_id);
    let Prepared { prepared } = asked.get_result(&mut **tx).await?;
    Ok(prepared)
}

#[derive(QueryableByName)]
struct Kin {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    kin_id: Uuid,
}

/// Of these households the ones that are one family with others by now, each with those others. Raw, because `kin_of`
/// answers a table.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn kin(tx: &mut Tx, households: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Uuid>>> {
    let query = diesel::sql_query("SELECT household_id, kin_id FROM kin_of($1) WHERE kin_id <> household_id");
    let query = planned_for(households.len(), query.bind::<Array<SqlUuid>, _>(households));
    let rows: Vec<Kin> = query.load(&mut **tx).await?;
    let mut kin: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in rows {
        kin.entry(row.household_id).or_default().push(row.kin_id);
    }
    Ok(kin)
}

/// Which of these disbursements are ones of the programme.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_program(tx: &mut Tx, program_id: Uuid, disbursement_ids: &[Uuid]) -> Outcome<Vec<Disbursement>> {
    let rows = disbursements::table
        .inner_join(programs::table.on(programs::program_id.eq(disbursements::program_id)))
        .filter(disbursements::disbursement_id.eq_any(disbursement_ids))
        .filter(disbursements::program_id.eq(program_id))
        .select(Disbursement::as_select());
    Ok(rows.load(&mut **tx).await?)
}

/// How these enrolments stand towards a payment, by id. An exclusion binds the programme that states it, and nobody else;
/// programmes that another agency marked sensitive are not seen, so that nobody learns of them by excluding them. Raw,
/// because functions that answer tables have no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn payees(tx: &mut Tx, enrolment_ids: &[Uuid], release_id: Uuid) -> Outcome<Vec<Payee>> {
    const PAYEES: &str = "
        WITH asked AS MATERIALIZED (
            SELECT enrolment_id, program_id, household_id, state, exemption_id, override_for
            FROM enrolments WHERE enrolment_id = ANY ($1)
        ), ranked AS MATERIALIZED (
            SELECT * FROM deciles_of_enrolled($2, ARRAY(SELECT household_id FROM asked))
        ), exclusions AS MATERIALIZED (
            SELECT program_id, excludes_code FROM program_exclusions WHERE program_id IN (SELECT program_id FROM asked)
        ), receiving AS MATERIALIZED (
            SELECT * FROM receiving_aid(
                ARRAY(SELECT DISTINCT excludes_code FROM exclusions),
                ARRAY(SELECT household_id FROM asked WHERE program_id IN (SELECT program_id FROM exclusions)))
        ), excluded AS MATERIALIZED (
            SELECT a.enrolment_id, array_agg(r.program_code) AS codes,
                   jsonb_agg(jsonb_build_object('program_code', r.program_code, 'agency_code', r.agency_code)
                             ORDER BY r.program_code) AS others
            FROM asked a
            JOIN exclusions x ON x.program_id = a.program_id
            JOIN receiving r ON r.household_id = a.household_id AND r.program_code = x.excludes_code
            GROUP BY a.enrolment_id
        )
        SELECT a.enrolment_id, a.household_id, a.state, x.until AS exempt_until, r.decile AS checked_decile,
               CASE WHEN NOT o.codes <@ coalesce(a.override_for, '{}') THEN o.others END AS excluded_by
        FROM asked a
        LEFT JOIN program_exemptions x ON x.exemption_id = a.exemption_id
        LEFT JOIN ranked r ON r.household_id = a.household_id
        LEFT JOIN excluded o ON o.enrolment_id = a.enrolment_id
        ORDER BY a.enrolment_id";
    let query = diesel::sql_query(PAYEES).bind::<Array<SqlUuid>, _>(enrolment_ids).bind::<SqlUuid, _>(release_id);
    Ok(planned_for(enrolment_ids.len(), query).load(&mut **tx).await?)
}
