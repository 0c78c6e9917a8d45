//! Receipts in PostgreSQL.

use crate::{
    aid::disbursements::DisbursementState,
    platform::{db::Tx, problem::Outcome, rupiah::Rupiah, vault::Digest},
    schema::{
        agencies, disbursements, enrolments, household_snapshots, individual_snapshots, program_periods, programs,
        receipts, regions, releases,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Binary, Date, SmallInt, Text},
};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A disbursement with what its receipt names.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = disbursements)]
pub struct Payment {
    /// Whose.
    pub household_id: Uuid,
    /// Id.
    pub disbursement_id: Uuid,
    /// The period's fiscal year.
    pub fiscal_year: i16,
    /// Where it stands.
    pub state: DisbursementState,
    /// Rupiah.
    pub amount_idr: Rupiah,
    /// The day of paying.
    pub paid_on: Option<NaiveDate>,
    /// What proves it.
    pub proof_reference: Option<String>,
    /// Who paid.
    pub agency_code: String,
    /// Where the household lived.
    pub village_code: String,
    /// What the enrolment was decided on.
    pub release_id: Uuid,
    /// What the enrolment was decided on.
    pub decile: Option<i16>,
    /// The programme's code.
    #[diesel(select_expression = programs::code, select_expression_type = programs::code)]
    pub program_code: String,
    /// The programme's name.
    #[diesel(select_expression = programs::name, select_expression_type = programs::name)]
    pub program_name: String,
    /// The agency's name.
    #[diesel(select_expression = agencies::name, select_expression_type = agencies::name)]
    pub agency_name: String,
    /// The period's label.
    #[diesel(select_expression = program_periods::label, select_expression_type = program_periods::label)]
    pub period: String,
    /// The release's label.
    #[diesel(select_expression = releases::label, select_expression_type = releases::label)]
    pub release: String,
    /// The member that it is for, where the programme serves individuals.
    #[diesel(select_expression = enrolments::individual_id, select_expression_type = enrolments::individual_id)]
    pub individual_id: Option<Uuid>,
}

/// A disbursement that the caller may see.
///
/// # Errors
/// `not-found`.
pub async fn payment(tx: &mut Tx, disbursement_id: Uuid) -> Outcome<Payment> {
    let of_enrolment = enrolments::household_id
        .eq(disbursements::household_id)
        .and(enrolments::enrolment_id.eq(disbursements::enrolment_id));
    let of_period = program_periods::program_id
        .eq(disbursements::program_id)
        .and(program_periods::period_id.eq(disbursements::period_id));
    let row = disbursements::table
        .inner_join(programs::table.on(programs::program_id.eq(disbursements::program_id)))
        .inner_join(agencies::table.on(agencies::code.eq(disbursements::agency_code)))
        .inner_join(program_periods::table.on(of_period))
        .inner_join(releases::table.on(releases::release_id.eq(disbursements::release_id)))
        .inner_join(enrolments::table.on(of_enrolment))
        .filter(disbursements::disbursement_id.eq(disbursement_id))
        .select(Payment::as_select());
    Ok(row.first(&mut **tx).await?)
}

/// What was issued of a receipt.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = receipts)]
pub struct Slip {
    /// Its running number.
    pub number: i64,
    /// Its code.
    pub sealed_code: Vec<u8>,
    /// When.
    pub issued_at: DateTime<Utc>,
}

/// The receipt of a payment, where one was issued.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn issued(tx: &mut Tx, payment: &Payment) -> Outcome<Option<Slip>> {
    let key = (payment.household_id, payment.disbursement_id, payment.fiscal_year);
    Ok(receipts::table.find(key).select(Slip::as_select()).first(&mut **tx).await.optional()?)
}

/// Issues a receipt with this code, sealed and digested, unless there is one: also one that is being issued now, which is
/// waited for.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn issue(
    tx: &mut Tx,
    payment: &Payment,
    sealed_code: &[u8],
    (digest_key, code_digest): (i16, Digest),
    actor: &str,
) -> Outcome<Option<Slip>> {
    Ok(diesel::insert_into(receipts::table)
        .values((
            receipts::household_id.eq(payment.household_id),
            receipts::disbursement_id.eq(payment.disbursement_id),
            receipts::fiscal_year.eq(payment.fiscal_year),
            receipts::sealed_code.eq(sealed_code),
            receipts::digest_key.eq(digest_key),
            receipts::code_digest.eq(&code_digest[..]),
            receipts::agency_code.eq(&payment.agency_code),
            receipts::village_code.eq(&payment.village_code),
            receipts::issued_by.eq(actor),
        ))
        .on_conflict((receipts::household_id, receipts::disbursement_id, receipts::fiscal_year))
        .do_nothing()
        .returning(Slip::as_returning())
        .get_result(&mut **tx)
        .await
        .optional()?)
}

/// Name of the beneficiary in a release: the member's, or the household's head's.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn beneficiary(tx: &mut Tx, payment: &Payment, release_id: Uuid) -> Outcome<Option<String>> {
    let name = match payment.individual_id {
        Some(individual_id) => {
            let of_member = individual_snapshots::table
                .filter(individual_snapshots::individual_id.eq(individual_id))
                .filter(individual_snapshots::release_id.eq(release_id));
            of_member.select(individual_snapshots::name).first(&mut **tx).await
        }
        None => {
            let of_household = household_snapshots::table.find((payment.household_id, release_id));
            of_household.select(household_snapshots::head_name).first(&mut **tx).await
        }
    };
    Ok(name.optional()?)
}

/// Names of a village and of the regions that it lies in, the smallest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn regions_of(tx: &mut Tx, village_code: &str) -> Outcome<Vec<String>> {
    // A code is where its villages' codes begin.
    let holds_village = village_code.into_sql::<Text>().like(regions::code.concat("%"));
    Ok(regions::table.filter(holds_village).order(regions::code.desc()).select(regions::name).load(&mut **tx).await?)
}

/// All that a code tells of a payment that stands.
#[derive(Debug, QueryableByName)]
pub struct Standing {
    /// The day of paying.
    #[diesel(sql_type = Date)]
    pub paid_on: NaiveDate,
    /// The agency's name.
    #[diesel(sql_type = Text)]
    pub agency: String,
}

/// The payment behind a code, where it stands; asked in the service's lane. A function that answers a table has no word in
/// the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn standing(tx: &mut Tx, digest_key: i16, digest: Digest) -> Outcome<Option<Standing>> {
    let asked = diesel::sql_query("SELECT paid_on, agency FROM receipt_that_holds($1, $2)")
        .bind::<SmallInt, _>(digest_key)
        .bind::<Binary, _>(digest.to_vec());
    Ok(asked.get_result(&mut **tx).await.optional()?)
}
