//! Programmes in PostgreSQL.

use super::{NewProgram, Places, Program, ProgramChange, ProgramDetail, ProgramFilter, rules};
use crate::{
    access::visibility::sees_sensitive_of,
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    schema::{program_exclusions, program_periods, program_places, programs},
};
use chrono::NaiveDate;
use diesel::{dsl::max, prelude::*, sql_types::Bool};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

pub use rules::queries::rule_of;

/// One programme, whoever runs it.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, program_id: Uuid) -> Outcome<Program> {
    Ok(programs::table.find(program_id).select(Program::as_select()).first(&mut **tx).await?)
}

/// Those of these programmes that there are, whoever runs them.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_ids(tx: &mut Tx, program_ids: &[Uuid]) -> Outcome<Vec<Program>> {
    let rows = programs::table.filter(programs::program_id.eq_any(program_ids));
    Ok(rows.select(Program::as_select()).load(&mut **tx).await?)
}

/// One programme of this agency.
///
/// # Errors
/// `not-found`, for another agency's as for an unknown one.
pub async fn find_of(tx: &mut Tx, program_id: Uuid, agency_code: &str) -> Outcome<Program> {
    let own = programs::table.find(program_id).filter(programs::agency_code.eq(agency_code));
    Ok(own.select(Program::as_select()).first(&mut **tx).await?)
}

/// One programme, held until the transaction ends.
///
/// # Errors
/// `not-found`.
pub async fn lock(tx: &mut Tx, program_id: Uuid) -> Outcome<Program> {
    let row = programs::table.find(program_id).select(Program::as_select());
    Ok(row.for_update().first(&mut **tx).await?)
}

/// A page of programmes, by id: the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &ProgramFilter, page: Page) -> Outcome<Listed<Program>> {
    let mut query = programs::table.filter(programs::program_id.gt(page.after_or_start())).into_boxed();
    if let Some(agency) = &filter.agency {
        query = query.filter(programs::agency_code.eq(agency));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(programs::kind.eq(kind));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(programs::external_reference.eq(reference));
    }
    let query = query.order(programs::program_id).limit(page.probe()).select(Program::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |program| program.program_id))
}

/// A programme with all that belongs to it.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn detail(tx: &mut Tx, program: Program) -> Outcome<ProgramDetail> {
    let rule = rule_of(tx, &program).await?;
    let excludes = exclusions(tx, &program).await?;
    let caller = tx.caller()?;
    let is_open = !program.sensitive || sees_sensitive_of(caller, &program.agency_code);
    let of_program = program_places::table.find(program.program_id).filter(is_open.into_sql::<Bool>());
    let places = of_program.select(Places::as_select()).first(&mut **tx).await.optional()?;
    let known = programs::table.filter(programs::code.eq_any(&excludes)).select(programs::code);
    let known: Vec<String> = known.load(&mut **tx).await?;
    let excludes_unknown = excludes.iter().filter(|code| !known.contains(code)).cloned().collect();
    Ok(ProgramDetail { program, rule, excludes, excludes_unknown, places })
}

/// The codes of the programmes that this one excludes.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn exclusions(tx: &mut Tx, program: &Program) -> Outcome<Vec<String>> {
    Ok(program_exclusions::table
        .filter(program_exclusions::program_id.eq(program.program_id))
        .order(program_exclusions::excludes_code)
        .select(program_exclusions::excludes_code)
        .load(&mut **tx)
        .await?)
}

/// The places of a programme, held until the transaction ends.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn lock_places(tx: &mut Tx, program_id: Uuid) -> Outcome<Places> {
    let row = program_places::table.find(program_id).select(Places::as_select());
    Ok(row.for_update().first(&mut **tx).await?)
}

/// A new programme of this agency; its rule, exclusions and places are written apart.
///
/// # Errors
/// `program-exists`.
pub async fn insert(tx: &mut Tx, program: &NewProgram, agency_code: &str) -> Outcome<Program> {
    Ok(diesel::insert_into(programs::table)
        .values((
            programs::program_id.eq(Uuid::now_v7()),
            programs::code.eq(&program.code),
            programs::agency_code.eq(agency_code),
            programs::name.eq(&program.name),
            programs::kind.eq(program.kind),
            programs::funding.eq(program.funding),
            programs::serves.eq(program.serves),
            programs::benefit.eq(&program.benefit),
            programs::amount_idr.eq(program.amount_idr),
            programs::cadence.eq(program.cadence),
            programs::fund_source.eq(program.fund_source),
            programs::legal_basis.eq(&program.legal_basis),
            programs::areas.eq(program.areas.iter().map(ToString::to_string).collect::<Vec<_>>()),
            programs::starts_on.eq(program.starts_on),
            programs::ends_on.eq(program.ends_on),
            programs::sensitive_fields.eq(program.sensitive_fields),
            programs::sensitive.eq(program.sensitive),
            programs::may_overlap_with.eq(&program.may_overlap_with),
            programs::external_reference.eq(&program.external_reference),
        ))
        .returning(Program::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// The last day of the programme's periods; none where it has no period.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn last_day_of_periods(tx: &mut Tx, program_id: Uuid) -> Outcome<Option<NaiveDate>> {
    let of_program = program_periods::table.filter(program_periods::program_id.eq(program_id));
    Ok(of_program.select(max(program_periods::ends_on)).first(&mut **tx).await?)
}

/// The changed programme, one version on.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn update(tx: &mut Tx, standing: Program, change: &ProgramChange) -> Outcome<Program> {
    let reference = change.external_reference.clone().unwrap_or(standing.external_reference);
    let may_overlap_with = change.may_overlap_with.clone().unwrap_or(standing.may_overlap_with);
    Ok(diesel::update(programs::table.find(standing.program_id))
        .set((
            programs::name.eq(change.name.clone().unwrap_or(standing.name)),
            programs::benefit.eq(change.benefit.clone().unwrap_or(standing.benefit)),
            programs::legal_basis.eq(change.legal_basis.clone().unwrap_or(standing.legal_basis)),
            programs::amount_idr.eq(change.amount_idr.unwrap_or(standing.amount_idr)),
            programs::ends_on.eq(change.ends_on.unwrap_or(standing.ends_on)),
            programs::may_overlap_with.eq(may_overlap_with),
            programs::external_reference.eq(reference),
            programs::version.eq(standing.version + 1),
        ))
        .returning(Program::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// The programme one version on, because something that belongs to it changed.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn count_up(tx: &mut Tx, program: &Program) -> Outcome<Program> {
    Ok(diesel::update(programs::table.find(program.program_id))
        .set(programs::version.eq(program.version + 1))
        .returning(Program::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Opens the places of a new programme.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn insert_places(tx: &mut Tx, program_id: Uuid, quota: Option<i32>) -> Outcome<()> {
    diesel::insert_into(program_places::table)
        .values((program_places::program_id.eq(program_id), program_places::quota.eq(quota)))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Sets how many places there are.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn set_quota(tx: &mut Tx, program_id: Uuid, quota: Option<i32>) -> Outcome<()> {
    diesel::update(program_places::table.find(program_id))
        .set(program_places::quota.eq(quota))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Sets which programmes may not stand beside this one.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn set_exclusions(tx: &mut Tx, program_id: Uuid, codes: &[String]) -> Outcome<()> {
    let standing = program_exclusions::table.filter(program_exclusions::program_id.eq(program_id));
    diesel::delete(standing).execute(&mut **tx).await?;
    let rows: Vec<_> = codes
        .iter()
        .map(|code| (program_exclusions::program_id.eq(program_id), program_exclusions::excludes_code.eq(code)))
        .collect();
    diesel::insert_into(program_exclusions::table).values(rows).on_conflict_do_nothing().execute(&mut **tx).await?;
    Ok(())
}
