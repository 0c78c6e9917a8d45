//! Exemptions: a programme may enrol households without a DTSEN decile, because somebody who may say so did, why,
//! under which regulation, and until when.

use super::{Program, own::refuse_narrower, queries, service::tell};
use crate::{
    access::permissions::{AnyCaller, ExemptionGranter},
    platform::{
        civil::{is_plausible, today},
        db::{Db, Tx},
        json::ValidJson,
        problem::{Outcome, ProblemBody, codes},
        reason::words,
    },
    schema::program_exemptions,
};
use actix_web::{HttpResponse, get, http::header, post, web};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// An exemption of a programme.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = program_exemptions)]
pub struct Exemption {
    /// Id, which an enrolment without a decile names.
    pub exemption_id: Uuid,
    /// The programme.
    pub program_id: Uuid,
    /// Who granted it.
    #[schema(example = "user:tkpkd")]
    pub granted_by: String,
    /// Why.
    #[schema(example = "Korban banjir bandang belum terdata di DTSEN")]
    pub reason: String,
    /// The regulation that allows it.
    #[schema(example = "SK Bupati 188/2026")]
    pub regulation: String,
    /// Last day on which it may be used.
    pub until: NaiveDate,
    /// When it was granted.
    pub granted_at: DateTime<Utc>,
}

/// An exemption to be granted.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewExemption {
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "Korban banjir bandang belum terdata di DTSEN")]
    pub reason: String,
    /// The regulation that allows it.
    #[garde(custom(words(300)))]
    #[schema(example = "SK Bupati 188/2026")]
    pub regulation: String,
    /// Last day on which it may be used; not in the past.
    #[garde(custom(is_plausible))]
    #[schema(example = "2026-12-31")]
    pub until: NaiveDate,
}

/// All exemptions of a programme; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exemptions {
    items: Vec<Exemption>,
}

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_exemptions).service(grant_exemption);
}

/// List the exemptions of a programme.
///
/// In the order in which they were granted, those that have ended too. Open to every role: who enrols without a
/// decile must say by whose word.
#[utoipa::path(tag = "programs",
    params(("program_id" = Uuid, Path, description = "Id of the programme")),
    responses((status = 200, body = Exemptions)))]
#[get("/programs/{program_id}/exemptions")]
pub async fn list_exemptions(
    caller: AnyCaller,
    program_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Exemptions>> {
    let items = db
        .act(&caller, async |tx| {
            let program = queries::find(tx, *program_id).await?;
            all(tx, &program).await
        })
        .await?;
    Ok(web::Json(Exemptions { items }))
}

/// Grant an exemption to a programme.
///
/// Lets it enrol households without a DTSEN decile, each enrolment naming the exemption, until its last day. By the
/// coordinator or a registry steward, never by the agency that runs the programme as its manager.
#[utoipa::path(tag = "programs", request_body = NewExemption,
    params(("program_id" = Uuid, Path, description = "Id of a programme of any agency")),
    responses(
        (status = 201, body = Exemption),
        (status = 403,
            description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas",
            body = ProblemBody)))]
#[post("/programs/{program_id}/exemptions")]
pub async fn grant_exemption(
    granter: ExemptionGranter,
    program_id: web::Path<Uuid>,
    exemption: ValidJson<NewExemption>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let exemption = db
        .act(&granter, async |tx| {
            let program = queries::find(tx, *program_id).await?;
            grant(tx, &program, exemption.into_inner()).await
        })
        .await?;
    let list = format!("/v1/programs/{program_id}/exemptions");
    Ok(HttpResponse::Created().insert_header((header::LOCATION, list)).json(exemption))
}

async fn all(tx: &mut Tx, program: &Program) -> Outcome<Vec<Exemption>> {
    let of_program = program_exemptions::table.filter(program_exemptions::program_id.eq(program.program_id));
    Ok(of_program.order(program_exemptions::exemption_id).select(Exemption::as_select()).load(&mut **tx).await?)
}

async fn grant(tx: &mut Tx, program: &Program, exemption: NewExemption) -> Outcome<Exemption> {
    if exemption.until < today() {
        return Err(codes::INVALID.field("/until", "sudah lewat", "has passed"));
    }
    refuse_narrower(tx.caller()?, program)?;
    let granted_by = tx.caller()?.actor();
    let granted = diesel::insert_into(program_exemptions::table)
        .values((
            program_exemptions::exemption_id.eq(Uuid::now_v7()),
            program_exemptions::program_id.eq(program.program_id),
            program_exemptions::granted_by.eq(granted_by),
            program_exemptions::reason.eq(exemption.reason),
            program_exemptions::regulation.eq(exemption.regulation),
            program_exemptions::until.eq(exemption.until),
        ))
        .returning(Exemption::as_returning())
        .get_result(&mut **tx)
        .await?;
    tell(tx, "program.exempted", program);
    Ok(granted)
}
