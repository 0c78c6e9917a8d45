//! `/v1/regions`.

use super::{Region, queries};
use crate::{
    access::permissions::AnyCaller,
    platform::{db::Db, problem::Outcome, query::ValidQuery, region_code::RegionCode},
};
use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_regions).service(get_region_tree);
}

/// Which regions.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RegionFilter {
    /// A region: it and all that lies in it. All regions where it is not said.
    #[param(value_type = Option<String>, example = "35.26.01")]
    within: Option<RegionCode>,
}

/// Regions by code; a parent comes before its children.
#[derive(Debug, Serialize, ToSchema)]
pub struct Regions {
    items: Vec<Region>,
}

/// A region with those that lie directly in it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegionNode {
    #[serde(flatten)]
    region: Region,
    /// What lies directly in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    children: Vec<RegionNode>,
}

/// The regions as a tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegionTree {
    items: Vec<RegionNode>,
}

/// List regions.
///
/// Province, regency, districts and villages by Kemendagri's codes; `within` narrows to one region. Open to
/// every role.
#[utoipa::path(tag = "regions", params(RegionFilter), responses((status = 200, body = Regions)))]
#[get("/regions")]
pub async fn list_regions(
    caller: AnyCaller,
    filter: ValidQuery<RegionFilter>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Regions>> {
    let items = db.act(&caller, async |tx| queries::within(tx, filter.0.within.as_ref()).await).await?;
    Ok(web::Json(Regions { items }))
}

/// See regions as a tree.
///
/// Each region with those that lie in it; `within` names the root.
#[utoipa::path(tag = "regions", params(RegionFilter), responses((status = 200, body = RegionTree)))]
#[get("/regions/tree")]
pub async fn get_region_tree(
    caller: AnyCaller,
    filter: ValidQuery<RegionFilter>,
    db: web::Data<Db>,
) -> Outcome<web::Json<RegionTree>> {
    let rows = db.act(&caller, async |tx| queries::within(tx, filter.0.within.as_ref()).await).await?;
    Ok(web::Json(RegionTree { items: grow(rows) }))
}

/// Puts rows, parents first, into a tree.
fn grow(rows: Vec<Region>) -> Vec<RegionNode> {
    let mut open: Vec<RegionNode> = Vec::new();
    let mut roots: Vec<RegionNode> = Vec::new();
    let close = |open: &mut Vec<RegionNode>, roots: &mut Vec<RegionNode>| {
        if let Some(done) = open.pop() {
            open.last_mut().map_or(roots, |parent| &mut parent.children).push(done);
        }
    };
    for region in rows {
        while open.last().is_some_and(|last| region.parent_code.as_ref() != Some(&last.region.code)) {
            close(&mut open, &mut roots);
        }
        open.push(RegionNode { region, children: Vec::new() });
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}
