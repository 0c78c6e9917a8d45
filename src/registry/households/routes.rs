//! `/v1/households`.

use super::{
    answer::{self, Household},
    listing::{self, HistoryLine, HouseholdFilter, HouseholdLine},
    reading::HouseholdReads,
    succession,
};
use crate::{
    access::{permissions::HouseholdReader, visibility::Sight},
    platform::{
        civil,
        db::{Db, Tx},
        gather::Gatherer,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody, codes},
        query::PagedQuery,
    },
    registry::code_books,
};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_households).service(get_household).service(get_household_history);
}

/// List households of the active release.
///
/// Of one's own areas, by id, in pages without totals; filtered by region, decile, and whether they stand in a
/// programme of one's own.
#[utoipa::path(tag = "households", params(HouseholdFilter, PageParams), responses(
    (status = 200, body = Listed<HouseholdLine>),
    (status = 404, description = "`not-found`: `has_program` or `lacks_program` is no programme of your agency", body = ProblemBody),
    (status = 409, description = "`no-active-release`", body = ProblemBody)))]
#[get("/households")]
pub async fn list_households(
    reader: HouseholdReader,
    asked: PagedQuery<HouseholdFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    db.act(&reader, async |tx| listing::list(tx, &reader, &asked.filter, asked.page).await).await?.respond(&request)
}

/// See a household.
///
/// Head, members, dwelling, assets and deciles as the active release has them, with the code book's words. Numbers are
/// masked and birth dates are ages; answers on health are there for stewards, field officers, case managers and the
/// auditor. Of a household that is gone the refusal names its `successors`: whom it was merged into, or split into.
#[utoipa::path(tag = "households", params(("household_id" = Uuid, Path, description = "The household's lasting id")), responses(
    (status = 200, body = Household<'static>),
    (status = 410, description = "`household-gone` with `successors`: `household_id`, `kind` (`merged`, `split`), `release_id`", body = ProblemBody)))]
#[get("/households/{household_id}")]
pub async fn get_household(
    reader: HouseholdReader,
    household_id: web::Path<Uuid>,
    gatherer: web::Data<Gatherer<HouseholdReads>>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let Some(found) = gatherer.ask(&reader, *household_id).await? else {
        let refused = async |tx: &mut Tx| succession::refusal(tx, *household_id, &codes::NOT_FOUND).await;
        return Err(db.act(&reader, refused).await?);
    };
    let (household, members) = &*found;
    let book = match code_books::known(household.release_id) {
        Some(book) => book,
        None => db.act(&reader, async |tx| code_books::of(tx, household.release_id).await).await?,
    };
    let seen = answer::household(household, members, &book, Sight::of(&reader), civil::today());
    Ok(HttpResponse::Ok().json(seen))
}

/// A household through the releases.
#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    items: Vec<HistoryLine>,
}

/// See a household through all releases.
///
/// Where it lived and which decile it had, oldest release first.
#[utoipa::path(tag = "households", params(("household_id" = Uuid, Path, description = "The household's lasting id")), responses((status = 200, body = History)))]
#[get("/households/{household_id}/history")]
pub async fn get_household_history(
    reader: HouseholdReader,
    household_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<History>> {
    let items = db.act(&reader, async |tx| listing::history(tx, *household_id).await).await?;
    Ok(web::Json(History { items }))
}
