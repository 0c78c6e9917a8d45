//! Batches in PostgreSQL: reading, and their own steps. The list is frozen in [`freeze`], its payments are derived in
//! [`derive`].

pub mod derive;
pub mod freeze;
pub mod report;

use super::{Batch, BatchFilter, BatchState, Finding, Line, NewBatch, WhyLeftOut};
use crate::{
    aid::programs::{PROGRAM_IS_WIDER, queries as program_queries},
    platform::{
        auth::Role,
        db::Tx,
        page::{Listed, Page},
        problem::{Outcome, Problem},
        rupiah::Rupiah,
    },
    schema::{batch_findings, batch_lines, batches, programs},
};
use chrono::Utc;
use diesel::{
    prelude::*,
    sql_types::{BigInt, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// One batch that the caller may see.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, batch_id: Uuid) -> Outcome<Batch> {
    let row = batches::table
        .inner_join(programs::table.on(programs::program_id.eq(batches::program_id)))
        .filter(batches::batch_id.eq(batch_id))
        .select(Batch::as_select());
    Ok(row.first(&mut **tx).await?)
}

/// The same, held until the transaction ends.
///
/// # Errors
/// `not-found`.
pub async fn lock(tx: &mut Tx, batch_id: Uuid) -> Outcome<Batch> {
    let held = batches::table.find(batch_id).select(batches::batch_id).for_update().first::<Uuid>(&mut **tx).await?;
    find(tx, held).await
}

/// A page of batches that the caller may see, the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &BatchFilter, page: Page) -> Outcome<Listed<Batch>> {
    let mut query = batches::table
        .inner_join(programs::table.on(programs::program_id.eq(batches::program_id)))
        .filter(batches::batch_id.gt(page.after_or_start()))
        .into_boxed();
    if let Some(program_id) = filter.program_id {
        query = query.filter(batches::program_id.eq(program_id));
    }
    if let Some(period_id) = filter.period_id {
        query = query.filter(batches::period_id.eq(period_id));
    }
    if let Some(partner) = &filter.partner {
        query = query.filter(batches::partner_code.eq(partner));
    }
    if let Some(state) = filter.state {
        query = query.filter(batches::state.eq(state));
    }
    if let Some(reference) = &filter.external_reference {
        query = query.filter(batches::external_reference.eq(reference));
    }
    let query = query.order(batches::batch_id).limit(page.probe()).select(Batch::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |batch| batch.batch_id))
}

/// What a new batch stands on, found by the service.
pub struct Basis {
    /// The period's fiscal year.
    pub fiscal_year: i16,
    /// The budget.
    pub budget_id: Uuid,
    /// The active release.
    pub release_id: Uuid,
}

/// A new batch, with nobody in its list yet.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn insert(tx: &mut Tx, asked: &NewBatch, basis: &Basis) -> Outcome<Uuid> {
    let caller = tx.caller()?.clone();
    let batch_id = Uuid::now_v7();
    diesel::insert_into(batches::table)
        .values((
            batches::batch_id.eq(batch_id),
            batches::agency_code.eq(&caller.agency),
            batches::program_id.eq(asked.program_id),
            batches::period_id.eq(asked.period_id),
            batches::fiscal_year.eq(basis.fiscal_year),
            batches::budget_id.eq(basis.budget_id),
            batches::partner_code.eq(&asked.partner_code),
            batches::decree_number.eq(&asked.decree_number),
            batches::decree_date.eq(asked.decree_date),
            batches::release_id.eq(basis.release_id),
            batches::prepared_by.eq(Vec::from_iter(caller.person)),
            batches::external_reference.eq(&asked.external_reference),
            batches::created_by.eq(caller.actor()),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(batch_id)
}

/// Whoever had a hand in a batch, the manager among them who has it now. An approver has none in it.
fn prepared_by(tx: &Tx, batch: &Batch) -> Outcome<Vec<Uuid>> {
    let caller = tx.caller()?;
    let now = caller.person.filter(|person| caller.role == Role::ProgramManager && !batch.prepared_by.contains(person));
    Ok(batch.prepared_by.iter().copied().chain(now).collect())
}

/// The list as it was frozen.
pub struct Frozen {
    /// Which freezing.
    pub revision: i32,
    /// The release that it was checked against.
    pub release_id: Uuid,
    /// Lines.
    pub lines: i32,
    /// Left out.
    pub left_out: i32,
    /// Sum of the lines.
    pub amount: Rupiah,
}

/// Says what came of the freezing; one version on, where it was frozen anew.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn frozen(tx: &mut Tx, batch: &Batch, frozen: &Frozen) -> Outcome<()> {
    let prepared_by = prepared_by(tx, batch)?;
    diesel::update(batches::table.find(batch.batch_id))
        .set((
            batches::revision.eq(frozen.revision),
            batches::release_id.eq(frozen.release_id),
            batches::lines.eq(frozen.lines),
            batches::left_out.eq(frozen.left_out),
            batches::amount_idr.eq(frozen.amount),
            batches::prepared_by.eq(prepared_by),
            // The first list is part of the making.
            batches::version.eq(if frozen.revision == 1 { 1 } else { batch.version + 1 }),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// A step of a held batch.
///
/// # Errors
/// `batch-step`.
pub async fn step(tx: &mut Tx, batch: &Batch, to: BatchState) -> Outcome<()> {
    let prepared_by = prepared_by(tx, batch)?;
    let at = |state, before| if to == state { Some(Utc::now()) } else { before };
    diesel::update(batches::table.find(batch.batch_id))
        .set((
            batches::state.eq(to),
            batches::version.eq(batch.version + 1),
            batches::prepared_by.eq(prepared_by),
            batches::lines.eq(batch.lines),
            batches::left_out.eq(batch.left_out),
            batches::amount_idr.eq(batch.amount_idr),
            batches::approved_at.eq(at(BatchState::Approved, batch.approved_at)),
            batches::handed_over_at.eq(at(BatchState::HandedOver, batch.handed_over_at)),
            batches::closed_at.eq(at(BatchState::Closed, batch.closed_at)),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Approved; what became payments may be less than the list.
///
/// # Errors
/// `batch-step`.
pub async fn derived(tx: &mut Tx, batch: &Batch, lines: i32, amount_idr: Rupiah) -> Outcome<()> {
    let left_out = batch.left_out + batch.lines - lines;
    step(tx, &Batch { lines, left_out, amount_idr, ..batch.clone() }, BatchState::Approved).await
}

/// What is to be known of the accounts of a list before it is approved.
#[derive(Debug, QueryableByName)]
pub struct Accounts {
    /// Lines to an account that nobody has checked.
    #[diesel(sql_type = BigInt)]
    pub unchecked: i64,
    /// Lines to an account whose number another person has, too.
    #[diesel(sql_type = BigInt)]
    pub shared: i64,
}

/// Counts them. Raw, because a function that answers a table has no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn accounts(tx: &mut Tx, batch: &Batch) -> Outcome<Accounts> {
    let counted = diesel::sql_query("SELECT unchecked, shared FROM accounts_of_list($1)");
    Ok(counted.bind::<SqlUuid, _>(batch.batch_id).get_result(&mut **tx).await?)
}

/// A page of the lines of the list as it is now; by enrolment.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn lines(tx: &mut Tx, batch: &Batch, page: Page) -> Outcome<Listed<Line>> {
    let rows = batch_lines::table
        .filter(batch_lines::batch_id.eq(batch.batch_id).and(batch_lines::revision.eq(batch.revision)))
        .filter(batch_lines::fiscal_year.eq(batch.fiscal_year))
        .filter(batch_lines::enrolment_id.gt(page.after_or_start()))
        .order(batch_lines::enrolment_id)
        .limit(page.probe())
        .select(Line::as_select());
    Ok(page.cut(rows.load(&mut **tx).await?, |line| line.enrolment_id))
}

/// A page of the findings of the list as it is now; by enrolment.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn findings(tx: &mut Tx, batch: &Batch, kind: Option<WhyLeftOut>, page: Page) -> Outcome<Listed<Finding>> {
    let mut rows = batch_findings::table
        .filter(batch_findings::batch_id.eq(batch.batch_id).and(batch_findings::revision.eq(batch.revision)))
        .filter(batch_findings::enrolment_id.gt(page.after_or_start()))
        .into_boxed();
    if let Some(kind) = kind {
        rows = rows.filter(batch_findings::kind.eq(kind));
    }
    let rows = rows.order(batch_findings::enrolment_id).limit(page.probe()).select(Finding::as_select());
    Ok(page.cut(rows.load(&mut **tx).await?, |finding| finding.enrolment_id))
}

/// A batch of the caller's agency, held: it is one for all of its programme, and so must be who takes a step of it.
///
/// # Errors
/// `not-found`, `program-wider-than-token`.
pub async fn lock_own(tx: &mut Tx, batch_id: Uuid) -> Outcome<Batch> {
    let caller = tx.caller()?.clone();
    let batch = lock(tx, batch_id).await?;
    let program = program_queries::find_of(tx, batch.program_id, &caller.agency).await?;
    if program.is_covered_by(&caller) { Ok(batch) } else { Err(Problem::from(&PROGRAM_IS_WIDER)) }
}
