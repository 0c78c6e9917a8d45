//! Which budgets a programme draws on, and which of them a payment does.

use super::{
    BUDGET_REQUIRED, Budget, BudgetWithSums, PROGRAM_IS_REPORTED, UNKNOWN_BUDGET, queries,
    service::{own_budget, with_sums_of},
};
use crate::{
    access::permissions::BooksReader,
    aid::programs::{Funding, Program, WholeProgram, periods::Period, queries as programs},
    platform::{
        db::{Db, Tx},
        json::ValidJson,
        outbox::Event,
        problem::{Outcome, Problem, ProblemBody},
    },
};
use actix_web::{HttpResponse, get, http::header, post, web};
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes under a programme.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_program_budgets).service(link_budget);
}

/// A budget that a programme shall draw on.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct BudgetLink {
    /// A budget of your agency.
    #[garde(skip)]
    pub budget_id: Uuid,
}

/// The budgets of a programme; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgramBudgets {
    items: Vec<BudgetWithSums>,
}

/// List the budgets of a programme.
///
/// Of all years, the oldest first, with what is left of each: of your agency's programmes; the auditor and the coordinator
/// see all.
#[utoipa::path(tag = "budgets",
    params(("program_id" = Uuid, Path, description = "The programme")),
    responses((status = 200, body = ProgramBudgets)))]
#[get("/programs/{program_id}/budgets")]
pub async fn list_program_budgets(
    reader: BooksReader,
    program_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<ProgramBudgets>> {
    let items = db
        .act(&reader, async |tx| {
            let program = programs::find(tx, *program_id).await?;
            let budgets = queries::of_program(tx, program.program_id, None).await?;
            with_sums_of(tx, budgets).await
        })
        .await?;
    Ok(web::Json(ProgramBudgets { items }))
}

/// Let a programme draw on a budget.
///
/// Both of your agency. A programme may have several budgets in a year; a payment then names its one. A link stays.
#[utoipa::path(tag = "budgets", request_body = BudgetLink,
    params(("program_id" = Uuid, Path, description = "A managed programme of your own agency")),
    responses(
        (status = 201, body = BudgetWithSums),
        (status = 403, description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas", body = ProblemBody),
        (status = 404, description = "`not-found`: no such programme or budget of your agency", body = ProblemBody),
        (status = 409, description = "`program-is-reported`", body = ProblemBody)))]
#[post("/programs/{program_id}/budgets")]
pub async fn link_budget(own: WholeProgram, asked: ValidJson<BudgetLink>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let linked = db.act(&own.manager, async |tx| link(tx, &own.program, asked.value.budget_id).await).await?;
    let list = format!("/v1/programs/{}/budgets", own.program.program_id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, list)).json(linked))
}

async fn link(tx: &mut Tx, program: &Program, budget_id: Uuid) -> Outcome<BudgetWithSums> {
    if program.funding == Funding::Reported {
        return Err(Problem::from(&PROGRAM_IS_REPORTED));
    }
    let budget = own_budget(tx, budget_id).await?;
    let actor = tx.caller()?.actor();
    if queries::link(tx, program, &budget, &actor).await? {
        let payload = json!({ "budget_id": budget_id });
        tx.emit(Event::new("program.budget_linked", program.program_id, payload).of_agency(&program.agency_code));
    }
    super::service::budget_with_sums(tx, budget).await
}

/// The budget that a payment for this period draws on: the one that is named, or the only one; none of a programme that is
/// only reported.
///
/// # Errors
/// `budget-required` with the `budgets` to choose from, `unknown-budget`.
pub async fn drawn_on(tx: &mut Tx, program: &Program, period: &Period, named: Option<Uuid>) -> Outcome<Option<Uuid>> {
    let budgets = match program.funding {
        Funding::Reported => Vec::new(),
        Funding::Managed => queries::of_program(tx, program.program_id, Some(period.fiscal_year)).await?,
    };
    choose(program, period, &budgets, named)
}

/// The same of the programme's budgets, which are at hand.
///
/// # Errors
/// As [`drawn_on`].
pub fn choose(program: &Program, period: &Period, budgets: &[Budget], named: Option<Uuid>) -> Outcome<Option<Uuid>> {
    if program.funding == Funding::Reported {
        return named.map_or(Ok(None), |_| Err(Problem::from(&UNKNOWN_BUDGET)));
    }
    let ids: Vec<Uuid> = budgets
        .iter()
        .filter(|budget| budget.fiscal_year == period.fiscal_year)
        .map(|budget| budget.budget_id)
        .collect();
    match (named, ids.as_slice()) {
        (Some(named), ids) if ids.contains(&named) => Ok(Some(named)),
        (Some(_), _) => Err(Problem::from(&UNKNOWN_BUDGET)),
        (None, &[only]) => Ok(Some(only)),
        (None, several) => Err(BUDGET_REQUIRED.with("budgets", several)),
    }
}
