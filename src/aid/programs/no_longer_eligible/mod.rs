//! Who is enrolled and would not be any more: enrolments to look at again when a release or a rule is new.

pub mod queries;

use super::{Program, ProgramInReview, queries as programs, rules::service::in_force};
use crate::{
    platform::{
        audit::Entry,
        civil::today,
        db::{Db, Tx},
        page::{Listed, Page, PageParams},
        problem::{Outcome, ProblemBody},
        query::{NoFilter, PagedQuery},
    },
    registry::releases::active,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use diesel::{
    QueryableByName,
    sql_types::{Array, Bool, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// A standing enrolment whose household does not satisfy the programme's rule in force.
#[derive(Debug, QueryableByName, Serialize, ToSchema)]
pub struct NoLongerEligible {
    /// The enrolment.
    #[diesel(sql_type = SqlUuid)]
    pub enrolment_id: Uuid,
    /// Its household.
    #[diesel(sql_type = SqlUuid)]
    pub household_id: Uuid,
    /// Its member, where the programme serves individuals.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub individual_id: Option<Uuid>,
    /// `candidate`, `confirmed`, `active` or `suspended`.
    #[diesel(sql_type = Text)]
    #[schema(example = "active")]
    pub state: String,
    /// The exemption that it was decided on, where there was no decile.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub exemption_id: Option<Uuid>,
    /// The version of the rule that it was decided with.
    #[diesel(sql_type = Integer)]
    #[schema(example = 1)]
    pub rule_version: i32,
    /// National decile when it was decided.
    #[diesel(sql_type = Nullable<SmallInt>)]
    #[schema(example = 3)]
    pub decile_then: Option<i16>,
    /// National decile in the active release; null where it gives none.
    #[diesel(sql_type = Nullable<SmallInt>)]
    #[schema(example = 6)]
    pub decile_now: Option<i16>,
    /// Whether the household is in the active release, wherever it lives by now.
    #[diesel(sql_type = Bool)]
    pub in_release: bool,
    /// Whether it lives in the caller's areas.
    #[diesel(sql_type = Bool)]
    pub in_your_areas: bool,
    /// Whether it still lives in the programme's areas; null where it is gone and the caller's areas are narrower than those.
    #[diesel(sql_type = Nullable<Bool>)]
    pub in_program_areas: Option<bool>,
    /// Whether the member who is served is still of the household, and not marked as deceased; true where the household
    /// is served as a whole.
    #[diesel(sql_type = Bool)]
    pub is_member: bool,
    /// Whether the rule in force serves such a member; true where the household is served as a whole.
    #[diesel(sql_type = Bool)]
    pub is_served: bool,
    /// Codes of the programmes it stands in that this one excludes, where no override allows them.
    #[diesel(sql_type = Array<Text>)]
    #[schema(example = json!(["PKH"]))]
    pub excluded_by: Vec<String>,
}

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_no_longer_eligible);
}

/// List enrolments that are no longer eligible.
///
/// Enrolments that stand (candidate, confirmed, active, suspended) and whose household is gone from the active
/// release, has left the programme's areas, stands in a programme that this one excludes, has lost the member who is
/// served or serves no such member any more, or does not satisfy the rule in force, today by Asia/Jakarta. Where an exemption holds for want of a decile
/// the rule is not asked. Nothing
/// of them is changed: whom to end is the agency's decision. `POST …/eligibility/explain` says which clause fails.
/// The audit log keeps which households were shown, with the programme as purpose.
#[utoipa::path(tag = "programs",
    params(
        ("program_id" = Uuid, Path, description = "Id of a programme of the own agency; of any, for the auditor"),
        PageParams),
    responses(
        (status = 200, body = Listed<NoLongerEligible>),
        (status = 409,
            description = "`no-active-release`; `rule-out-of-date`: the release's code book lacks the rule's words",
            body = ProblemBody)))]
#[get("/programs/{program_id}/enrolments-no-longer-eligible")]
pub async fn list_no_longer_eligible(
    reviewed: ProgramInReview,
    asked: PagedQuery<NoFilter>,
    request: HttpRequest,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    db.act(&reviewed.reviewer, async |tx| list(tx, &reviewed.program, asked.page).await).await?.respond(&request)
}

async fn list(tx: &mut Tx, program: &Program, page: Page) -> Outcome<Listed<NoLongerEligible>> {
    let release_id = active::required(tx).await?;
    let rule = in_force(tx, program, release_id).await?.compile();
    let excluded = programs::exclusions(tx, program).await?;
    let listed = queries::list(tx, program, &rule, &excluded, release_id, today(), page).await?;
    let households = listed.items.iter().map(|row| row.household_id).collect();
    tx.trace(Entry::households("enrolments.no_longer_eligible", households).purpose(&program.code));
    Ok(listed)
}
