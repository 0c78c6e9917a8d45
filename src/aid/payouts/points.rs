//! `/v1/pay-points`: where a partner pays by hand. They hold nobody, and everybody sees them.

use super::service::check_partner;
use crate::{
    access::permissions::{AnyCaller, PayPointKeeper},
    aid::programs::requests::stated,
    platform::{
        auth::Role,
        db::{Db, Tx},
        json::ValidJson,
        outbox::Event,
        page::{Listed, Page, PageParams},
        problem::{Outcome, Problem, ProblemBody, codes},
        query::PagedQuery,
        reason::words,
        region_code::RegionCode,
        text_enum::text_enum,
        versions::{self, IfMatch, Versioned},
    },
    schema::{pay_points, regions},
};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers the routes of pay points.
pub fn configure(config: &mut ServiceConfig) {
    config.service(record_pay_point).service(list_pay_points).service(get_pay_point).service(change_pay_point);
}

text_enum! {
    /// How a partner pays by hand.
    pub enum PayPointKind {
        /// At its own counter (kantor pos, cabang).
        PostOffice = "post_office",
        /// At somebody's who acts for it (agen, e-warong).
        Agent = "agent",
        /// In the village, on a day of its own (komunitas).
        Community = "community",
        /// At the door, of who can't come.
        Door = "door",
    }
}

/// A place at which a partner pays.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = pay_points)]
pub struct PayPoint {
    /// Id.
    pub pay_point_id: Uuid,
    /// Who pays there.
    #[schema(example = "pos")]
    pub partner_code: String,
    /// Who recorded it: the partner, for all who pay through it, or an agency, for its own lists.
    #[schema(example = "dinsos")]
    pub agency_code: String,
    /// Sort.
    pub kind: PayPointKind,
    /// Whom it serves: a village, a district, the regency.
    #[schema(value_type = RegionCode)]
    pub region_code: String,
    /// Name, which no other point has that your agency recorded of the partner. It stays.
    #[schema(example = "Kantor Pos Bangkalan")]
    pub name: String,
    /// Where it is.
    #[schema(example = "Jl. Trunojoyo 2, Bangkalan")]
    pub address: Option<String>,
    /// Whether it is in use.
    pub open: bool,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Counts up with each change; the `ETag`.
    pub version: i32,
}

impl Versioned for PayPoint {
    fn version(&self) -> i32 {
        self.version
    }
}

/// A pay point to be recorded.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPayPoint {
    /// Who pays there: an agency of the kind `bank` or `postal`. A payment partner names itself.
    #[garde(skip)]
    #[schema(example = "pos")]
    pub partner_code: String,
    /// Sort.
    #[garde(skip)]
    #[schema(example = "post_office")]
    pub kind: PayPointKind,
    /// Whom it serves: a village, a district or the regency, in your areas.
    #[garde(skip)]
    #[schema(example = "35.26.01")]
    pub region_code: RegionCode,
    /// Name, which no other point has that your agency recorded of the partner. It stays: lists name it.
    #[garde(custom(words(200)))]
    #[schema(example = "Kantor Pos Bangkalan Kota")]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    #[garde(inner(custom(words(300))))]
    #[schema(example = "Jl. Trunojoyo 2, Bangkalan")]
    pub address: Option<String>,
}

/// What changes of a pay point; what is not named stays.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PayPointChange {
    /// New address; `null`: none.
    #[serde(default, deserialize_with = "stated")]
    #[garde(inner(inner(custom(words(300)))))]
    #[schema(value_type = Option<String>, example = "Jl. Trunojoyo 4, Bangkalan")]
    pub address: Option<Option<String>>,
    /// Whether it is in use from now on.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = false)]
    pub open: Option<bool>,
}

/// Which pay points to list.
#[derive(Debug, Default, Deserialize, IntoParams, Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PayPointFilter {
    /// Only this partner's.
    #[param(example = "pos")]
    pub partner: Option<String>,
    /// Only those that serve somebody in this region: all of it, or a part of it.
    #[param(value_type = Option<RegionCode>, example = "35.26.01.2001")]
    pub region: Option<RegionCode>,
    /// Only those in use, or only those that are not.
    #[param(example = true)]
    pub open: Option<bool>,
}

/// Record a pay point.
///
/// Where a partner pays by hand: at its counter, through an agent, in the village, at the door. Recorded by the partner, it serves
/// the lists of every agency that pays through it; by an agency, its own.
#[utoipa::path(tag = "payouts", request_body = NewPayPoint, responses(
    (status = 201, body = PayPoint),
    (status = 409, description = "`pay-point-exists`: your agency recorded one of this name", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, also where the partner is no bank or post or not yourself, or the region none of your areas", body = ProblemBody)))]
#[post("/pay-points")]
pub async fn record_pay_point(
    keeper: PayPointKeeper,
    asked: ValidJson<NewPayPoint>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let point = db.act(&keeper, async |tx| record(tx, &asked.value).await).await?;
    Ok(versions::created(&format!("/v1/pay-points/{}", point.pay_point_id), &point))
}

/// List pay points.
///
/// Of all partners, the oldest first. They hold no personal data; every role may see them.
#[utoipa::path(tag = "payouts", params(PayPointFilter, PageParams), responses((status = 200, body = Listed<PayPoint>)))]
#[get("/pay-points")]
pub async fn list_pay_points(
    caller: AnyCaller,
    asked: PagedQuery<PayPointFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    db.act(&caller, async |tx| list(tx, &asked.filter, asked.page).await).await?.respond(&request)
}

/// See a pay point.
///
/// Every role may. The `ETag` is what a change of it must name.
#[utoipa::path(tag = "payouts", params(("pay_point_id" = Uuid, Path, description = "Its id")), responses((status = 200, body = PayPoint)))]
#[get("/pay-points/{pay_point_id}")]
pub async fn get_pay_point(
    caller: AnyCaller,
    pay_point_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let point = db.act(&caller, async |tx| {
        Ok(pay_points::table.find(*pay_point_id).select(PayPoint::as_select()).first(&mut **tx).await?)
    });
    Ok(versions::ok(&point.await?))
}

/// Change a pay point.
///
/// Its address, and whether it is in use; its name stays, since lists name it. By the partner itself, or by the agency that
/// recorded it.
#[utoipa::path(tag = "payouts", request_body = PayPointChange,
    params(("pay_point_id" = Uuid, Path, description = "A pay point in your areas that your agency recorded; a payment partner's own"),
        ("If-Match" = String, Header, description = "The `ETag` that was read", example = "\"1\"")),
    responses(
        (status = 200, body = PayPoint),
        (status = 403, description = "`forbidden`: another agency's, or outside your areas", body = ProblemBody)))]
#[patch("/pay-points/{pay_point_id}")]
pub async fn change_pay_point(
    keeper: PayPointKeeper,
    pay_point_id: web::Path<Uuid>,
    seen: IfMatch,
    asked: ValidJson<PayPointChange>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let point = db.act(&keeper, async |tx| change(tx, *pay_point_id, seen, asked.into_inner()).await).await?;
    Ok(versions::ok(&point))
}

async fn list(tx: &mut Tx, filter: &PayPointFilter, page: Page) -> Outcome<Listed<PayPoint>> {
    let mut query = pay_points::table.filter(pay_points::pay_point_id.gt(page.after_or_start())).into_boxed();
    if let Some(partner) = &filter.partner {
        query = query.filter(pay_points::partner_code.eq(partner));
    }
    if let Some(region) = &filter.region {
        // What it lies in serves it, too.
        let around = region.as_str().match_indices('.').map(|(at, _)| region.as_str()[..at].to_owned());
        let around: Vec<String> = around.chain([region.to_string()]).collect();
        query = query.filter(pay_points::region_code.eq_any(around).or(pay_points::region_code.like(region.pattern())));
    }
    if let Some(open) = filter.open {
        query = query.filter(pay_points::open.eq(open));
    }
    let query = query.order(pay_points::pay_point_id).limit(page.probe()).select(PayPoint::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |point| point.pay_point_id))
}

async fn record(tx: &mut Tx, asked: &NewPayPoint) -> Outcome<PayPoint> {
    let caller = tx.caller()?.clone();
    let fault = |pointer, indonesian, english| Err(codes::INVALID.field(pointer, indonesian, english));
    if caller.role == Role::PaymentPartner && asked.partner_code != caller.agency {
        return fault("/partner_code", "harus instansi Anda sendiri", "must be your own agency");
    }
    check_partner(tx, &asked.partner_code).await?;
    let region = regions::table.find(asked.region_code.as_str()).select(regions::code);
    let is_known = region.first::<String>(&mut **tx).await.optional()?.is_some();
    if !is_known || !caller.covers(&asked.region_code) {
        return fault("/region_code", "bukan wilayah Anda", "is none of your areas");
    }
    let point = diesel::insert_into(pay_points::table)
        .values((
            pay_points::pay_point_id.eq(Uuid::now_v7()),
            pay_points::partner_code.eq(&asked.partner_code),
            pay_points::agency_code.eq(&caller.agency),
            pay_points::kind.eq(asked.kind),
            pay_points::region_code.eq(asked.region_code.as_str()),
            pay_points::name.eq(asked.name.trim()),
            pay_points::address.eq(asked.address.as_deref().map(str::trim)),
            pay_points::recorded_by.eq(caller.actor()),
        ))
        .returning(PayPoint::as_returning())
        .get_result(&mut **tx)
        .await?;
    tell(tx, "pay_point.created", &point, &caller.agency);
    Ok(point)
}

async fn change(tx: &mut Tx, pay_point_id: Uuid, seen: IfMatch, asked: PayPointChange) -> Outcome<PayPoint> {
    let caller = tx.caller()?.clone();
    // Held where the lane may change it at all; who may not is told that, since everybody may see it.
    let one = pay_points::table.find(pay_point_id).select(PayPoint::as_select());
    let standing: PayPoint = one.first(&mut **tx).await?;
    let is_covered = standing.region_code.parse().is_ok_and(|region| caller.covers(&region));
    let keeper = if caller.role == Role::PaymentPartner { &standing.partner_code } else { &standing.agency_code };
    let is_own = *keeper == caller.agency;
    if !is_covered || !is_own {
        return Err(Problem::from(&codes::FORBIDDEN));
    }
    let standing: PayPoint = one.for_update().first(&mut **tx).await?;
    seen.check(standing.version)?;
    let changed = diesel::update(pay_points::table.find(pay_point_id))
        .set((
            pay_points::address.eq(asked.address.map_or(standing.address, trimmed)),
            pay_points::open.eq(asked.open.unwrap_or(standing.open)),
            pay_points::version.eq(standing.version + 1),
        ))
        .returning(PayPoint::as_returning())
        .get_result(&mut **tx)
        .await?;
    tell(tx, "pay_point.changed", &changed, &caller.agency);
    Ok(changed)
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
}

fn tell(tx: &mut Tx, kind: &'static str, point: &PayPoint, agency: &str) {
    let payload = json!({ "partner_code": point.partner_code, "open": point.open });
    tx.emit(Event::new(kind, point.pay_point_id, payload).of_agency(agency));
}
