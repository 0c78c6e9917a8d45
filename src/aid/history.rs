//! What every agency gives one household (riwayat bantuan): the reason this service exists.

use crate::{
    access::permissions::AidReader,
    aid::purpose,
    platform::{
        audit,
        auth::Role,
        db::{Db, Tx},
        problem::{Outcome, Problem, ProblemBody, codes},
        query::ValidQuery,
        rupiah::Rupiah,
    },
    registry::households::succession,
};
use actix_web::{get, web};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{QueryableByName, sql_query, sql_types as sql};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's route.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_household_aid);
}

/// What the look is for.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AidPurpose {
    /// A programme of one's own. Stewards and the auditor may leave it out.
    #[param(example = "PKH")]
    program: Option<String>,
}

/// One enrolment and one of its payments; without payment fields where there is none yet.
#[derive(Debug, Serialize, ToSchema, QueryableByName)]
pub struct AidLine {
    /// Programme.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "PKH")]
    program_code: String,
    /// Its name.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "Program Keluarga Harapan")]
    program_name: String,
    /// Its kind.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "cash")]
    program_kind: String,
    /// Who runs it.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "dinsos")]
    agency_code: String,
    /// Where the enrolment stands.
    #[diesel(sql_type = sql::Text)]
    #[schema(example = "active")]
    enrolment_state: String,
    /// Since when it is recorded.
    #[diesel(sql_type = sql::Timestamptz)]
    since: DateTime<Utc>,
    /// The member it serves, where it serves one.
    #[diesel(sql_type = sql::Nullable<sql::Uuid>)]
    individual_id: Option<Uuid>,
    /// Period of the payment.
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    #[schema(example = "Tahap 1 2026")]
    period_label: Option<String>,
    /// Where the payment stands.
    #[diesel(sql_type = sql::Nullable<sql::Text>)]
    #[schema(example = "paid")]
    payment_state: Option<String>,
    /// When it was paid.
    #[diesel(sql_type = sql::Nullable<sql::Date>)]
    paid_on: Option<NaiveDate>,
    /// How much; of one's own agency's programmes only, and for the auditor.
    #[diesel(sql_type = sql::Nullable<sql::BigInt>)]
    amount_idr: Option<Rupiah>,
}

/// What every agency gives a household.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdAid {
    items: Vec<AidLine>,
}

/// See what aid a household gets.
///
/// From every agency: programme, period, state. Amounts are shown of one's own agency's programmes only, and programmes that
/// another agency marked as sensitive not at all; the auditor sees both. Names the programme it is asked for; every look is
/// on record.
#[utoipa::path(tag = "households", params(("household_id" = Uuid, Path, description = "The household's lasting id"), AidPurpose), responses(
    (status = 200, body = HouseholdAid),
    (status = 410, description = "`household-gone` with `successors`, whom to ask after instead", body = ProblemBody),
    (status = 422, description = "`purpose-required`, `not-your-program`", body = ProblemBody)))]
#[get("/households/{household_id}/aid")]
pub async fn get_household_aid(
    reader: AidReader,
    household_id: web::Path<Uuid>,
    purpose: ValidQuery<AidPurpose>,
    db: web::Data<Db>,
) -> Outcome<web::Json<HouseholdAid>> {
    let items = db.act(&reader, async |tx| of_household(tx, &reader, *household_id, purpose.0.program).await).await?;
    Ok(web::Json(HouseholdAid { items }))
}

/// In the order in which it began, and periods by their days.
const AID: &str = "
    SELECT a.* FROM aid_of_household($1) a
    LEFT JOIN programs p ON p.code = a.program_code
    LEFT JOIN program_periods d ON d.program_id = p.program_id AND d.label = a.period_label
    ORDER BY a.since, a.program_code, d.starts_on, a.payment_state";

/// The aid of one household that the caller's areas hold.
async fn of_household(
    tx: &mut Tx,
    reader: &AidReader,
    household_id: Uuid,
    program: Option<String>,
) -> Outcome<Vec<AidLine>> {
    let may_go_without = matches!(reader.role, Role::RegistrySteward | Role::Auditor);
    match &program {
        None if !may_go_without => return Err(Problem::from(&codes::PURPOSE_REQUIRED)),
        Some(code) => purpose::check(tx, code).await?,
        None => {}
    }
    if !succession::is_there(tx, household_id).await? {
        return Err(succession::refusal(tx, household_id, &codes::NOT_FOUND).await?);
    }
    // The one narrow function that sees past the lane.
    let items = sql_query(AID).bind::<sql::Uuid, _>(household_id).load(&mut **tx).await?;
    let mut entry = audit::Entry::households("household.aid.read", vec![household_id]);
    entry.purpose = program;
    tx.trace(entry);
    Ok(items)
}
