//! Why one household is eligible for a programme, or is not.

use super::{HOUSEHOLD_NOT_FOUND, Program, queries, rules::service::in_force};
use crate::{
    access::{permissions::AidReader, visibility::sees_sensitive_of},
    aid::{
        eligibility::{Explanation, judge},
        enrolments::{INDIVIDUAL_REQUIRED, explanation},
        facts::{self, Sought},
        purpose,
    },
    platform::{
        audit::Entry,
        civil::today,
        db::{Db, Tx},
        json::ValidJson,
        problem::{Outcome, Problem, ProblemBody, codes},
    },
    registry::{households::succession, releases::active},
};
use actix_web::{post, web};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Whom to explain a programme's rule for.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WhomToExplain {
    /// The household.
    #[garde(skip)]
    pub household_id: Uuid,
    /// The member, for a programme that serves individuals: whether it would serve them. Required where its rule says
    /// whom it serves.
    #[serde(default)]
    #[garde(skip)]
    pub individual_id: Option<Uuid>,
}

/// How a programme's rule in force fares with a household of the active release.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedHousehold {
    /// The programme's code.
    #[schema(example = "BLT-DAERAH")]
    program_code: String,
    /// The version of its rule.
    rule_version: i32,
    /// The release whose word counts.
    release_id: Uuid,
    /// The household.
    household_id: Uuid,
    /// The member, where one was named.
    individual_id: Option<Uuid>,
    /// National welfare decile; null where the release gives none.
    #[schema(example = 2)]
    decile: Option<i16>,
    /// The day on which ages were counted: today by Asia/Jakarta. No other may be named, or ages would tell birth dates.
    on: NaiveDate,
    /// Clause by clause, with the values seen; clauses that ask for health are `withheld` from whoever does not see
    /// answers on health, and `missing` then names the answers that the others miss.
    #[schema(value_type = Explanation)]
    explanation: Value,
}

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(explain_eligibility);
}

/// Explain why a household is eligible, or is not.
///
/// The programme is the purpose of the look: a manager names one of the own agency, the others any that there is.
/// Goes through the programme's rule clause by clause and shows the values seen; where an answer is missing the
/// clause is `unknown`, which is not eligible, and `missing` names the answers. Of the programmes that the rule asks
/// for, a case manager is not told those that another agency marks as sensitive. The audit log keeps who asked of
/// whom, with the programme as purpose.
#[utoipa::path(tag = "programs", request_body = WhomToExplain,
    params(("program_id" = Uuid, Path, description = "Id of a programme of any agency")),
    responses(
        (status = 200, body = ExplainedHousehold),
        (status = 403,
            description = "`forbidden`: also where the rule asks for illness or disability and the programme is \
                another agency's",
            body = ProblemBody),
        (status = 404,
            description = "`not-found`: no such programme; `household-not-found`: not in the active release within \
                the caller's and the programme's areas",
            body = ProblemBody),
        (status = 410, description = "`household-gone` with `successors`", body = ProblemBody),
        (status = 409,
            description = "`no-active-release`; `rule-out-of-date`: the release's code book lacks the rule's words",
            body = ProblemBody),
        (status = 422,
            description = "`invalid-fields`: `individual_id` is no member of the household; `individual-required`; `not-your-program`: a manager \
                asks of their own agency's programmes",
            body = ProblemBody)))]
#[post("/programs/{program_id}/eligibility/explain")]
pub async fn explain_eligibility(
    reader: AidReader,
    program_id: web::Path<Uuid>,
    whom: ValidJson<WhomToExplain>,
    db: web::Data<Db>,
) -> Outcome<web::Json<ExplainedHousehold>> {
    let explained = db
        .act(&reader, async |tx| {
            let program = queries::find(tx, *program_id).await?;
            purpose::check(tx, &program.code).await?;
            explain_household(tx, &program, &whom.value).await
        })
        .await?;
    Ok(web::Json(explained))
}

async fn explain_household(tx: &mut Tx, program: &Program, whom: &WhomToExplain) -> Outcome<ExplainedHousehold> {
    let release_id = active::required(tx).await?;
    let rule = in_force(tx, program, release_id).await?;
    let caller = tx.caller()?;
    if rule.checked.rule.is_sensitive() && !sees_sensitive_of(caller, &program.agency_code) {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    let on = today();
    let sought = Sought {
        release_id,
        household_ids: &[whom.household_id],
        areas: &program.area_patterns(),
        programs: &rule.checked.rule.programs(),
        on,
    };
    let Some(household) = facts::find(tx, sought, &rule.book).await?.remove(&whom.household_id) else {
        return Err(succession::refusal(tx, whom.household_id, &HOUSEHOLD_NOT_FOUND).await?);
    };
    if rule.checked.rule.beneficiary.is_some() && whom.individual_id.is_none() {
        return Err(Problem::from(&INDIVIDUAL_REQUIRED));
    }
    let position = whom.individual_id.map(|individual| household.position_of(individual));
    if position == Some(None) {
        return Err(codes::INVALID.field(
            "/individual_id",
            "bukan anggota keluarga ini",
            "is no member of this household",
        ));
    }
    let mut trace = Entry::households("eligibility.explain", vec![household.household_id]).purpose(&program.code);
    trace.individual_ids = whom.individual_id.into_iter().collect();
    tx.trace(trace.details(json!({ "asks_for_health": rule.checked.rule.is_sensitive() })));
    let explanation = judge(&rule.checked.rule, &household.facts, position.flatten());
    let explanation = serde_json::to_value(explanation).map_err(Problem::internal)?;
    Ok(ExplainedHousehold {
        program_code: program.code.clone(),
        rule_version: rule.rule_version,
        release_id,
        household_id: household.household_id,
        individual_id: whom.individual_id,
        decile: household.decile,
        on,
        explanation: explanation::seen_by(tx.caller()?, explanation),
    })
}
