//! Periods (tahap, periode) of a programme: what is paid once to each beneficiary.

use super::{Cadence, Program, WholeProgram, queries, requests, service::tell};
use crate::{
    access::permissions::AnyCaller,
    platform::{
        civil::is_plausible,
        db::{Db, Tx},
        json::ValidJson,
        problem::{FieldFault, Outcome, ProblemBody, codes},
    },
    schema::program_periods,
};
use actix_web::{HttpResponse, get, http::header, post, web};
use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// A period of a programme.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, ToSchema)]
#[diesel(table_name = program_periods)]
pub struct Period {
    /// Id.
    pub period_id: Uuid,
    /// The programme.
    pub program_id: Uuid,
    /// Name, unique within the programme.
    #[schema(example = "Tahap 1 2026")]
    pub label: String,
    /// The budget year that bears it, whenever it is paid.
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// First day.
    pub starts_on: NaiveDate,
    /// Last day.
    pub ends_on: NaiveDate,
}

/// A period to be opened.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewPeriod {
    /// Name, unique within the programme.
    #[garde(length(chars, min = 1, max = 60))]
    #[schema(example = "Tahap 1 2026")]
    pub label: String,
    /// The budget year that bears it, whenever it is paid.
    #[garde(range(min = 2025, max = 2036))]
    #[schema(example = 2026)]
    pub fiscal_year: i16,
    /// First day, within the programme's; no other period of it has it.
    #[garde(custom(is_plausible))]
    #[schema(example = "2026-01-01")]
    pub starts_on: NaiveDate,
    /// Last day, within the programme's.
    #[garde(custom(is_plausible))]
    #[schema(example = "2026-03-31")]
    pub ends_on: NaiveDate,
}

impl NewPeriod {
    /// A fault of each day that is not one of the programme's.
    fn outside(&self, program: &Program) -> Vec<FieldFault> {
        let days = [("/starts_on", self.starts_on), ("/ends_on", self.ends_on)];
        let is_outside = |day: NaiveDate| day < program.starts_on || program.ends_on.is_some_and(|last| day > last);
        let outside = days.into_iter().filter(|(_, day)| is_outside(*day));
        outside
            .map(|(pointer, _)| {
                FieldFault::new(pointer, "di luar masa berlaku program", "is none of the programme's days")
            })
            .collect()
    }

    /// A fault where it is shorter than what is paid once for it: a monthly benefit is paid for a month at least, and
    /// for several at once if the agency likes.
    fn too_short(&self, cadence: Cadence) -> Option<FieldFault> {
        let days = (self.ends_on - self.starts_on).num_days() + 1;
        (days < cadence.shortest_period()).then(|| {
            FieldFault::new(
                "/ends_on",
                "periode lebih pendek dari irama program (cadence)",
                "the period is shorter than the programme's cadence",
            )
        })
    }

    /// A fault where the budget year is far from the days.
    fn foreign_year(&self) -> Option<FieldFault> {
        let apart = self.starts_on.year().abs_diff(i32::from(self.fiscal_year));
        (apart > 1).then(|| {
            FieldFault::new(
                "/fiscal_year",
                "lebih dari satu tahun dari hari pertama periode",
                "is more than a year from the period's first day",
            )
        })
    }
}

/// All periods of a programme; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct Periods {
    items: Vec<Period>,
}

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_periods).service(open_period);
}

/// List the periods of a programme.
///
/// In the order of their days. Open to every role.
#[utoipa::path(tag = "programs",
    params(("program_id" = Uuid, Path, description = "Id of the programme")),
    responses((status = 200, body = Periods)))]
#[get("/programs/{program_id}/periods")]
pub async fn list_periods(
    caller: AnyCaller,
    program_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Periods>> {
    let items = db
        .act(&caller, async |tx| {
            let program = queries::find(tx, *program_id).await?;
            all(tx, &program).await
        })
        .await?;
    Ok(web::Json(Periods { items }))
}

/// Open a period of a programme.
///
/// Disbursements name the period that they are for, so that nobody is paid twice for one. Periods of a programme
/// do not overlap.
#[utoipa::path(tag = "programs", request_body = NewPeriod,
    params(("program_id" = Uuid, Path, description = "Id of a programme of the own agency")),
    responses(
        (status = 201, body = Period),
        (status = 403,
            description = "`forbidden`; `program-wider-than-token`: the programme reaches beyond your areas",
            body = ProblemBody),
        (status = 409,
            description = "`periods-overlap`: another period has some of these days; `period-exists`: the label is \
                taken",
            body = ProblemBody)))]
#[post("/programs/{program_id}/periods")]
pub async fn open_period(own: WholeProgram, period: ValidJson<NewPeriod>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let period = db.act(&own.manager, async |tx| open(tx, &own.program, period.into_inner()).await).await?;
    let list = format!("/v1/programs/{}/periods", own.program.program_id);
    Ok(HttpResponse::Created().insert_header((header::LOCATION, list)).json(period))
}

/// All periods of a programme, in the order of their days.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn all(tx: &mut Tx, program: &Program) -> Outcome<Vec<Period>> {
    let of_program = program_periods::table.filter(program_periods::program_id.eq(program.program_id));
    Ok(of_program.order(program_periods::starts_on).select(Period::as_select()).load(&mut **tx).await?)
}

/// One period of a programme, if it has it.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn find(tx: &mut Tx, program_id: Uuid, period_id: Uuid) -> Outcome<Option<Period>> {
    let row = program_periods::table.find((program_id, period_id)).select(Period::as_select());
    Ok(row.first(&mut **tx).await.optional()?)
}

/// Those of these periods that there are, of whichever programmes.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of_ids(tx: &mut Tx, period_ids: &[Uuid]) -> Outcome<Vec<Period>> {
    let rows = program_periods::table.filter(program_periods::period_id.eq_any(period_ids));
    Ok(rows.select(Period::as_select()).load(&mut **tx).await?)
}

async fn open(tx: &mut Tx, program: &Program, period: NewPeriod) -> Outcome<Period> {
    let program = queries::lock(tx, program.program_id).await?;
    let faults: Vec<_> = requests::ends_too_early(period.starts_on, Some(period.ends_on))
        .into_iter()
        .chain(period.outside(&program))
        .chain(period.too_short(program.cadence))
        .chain(period.foreign_year())
        .collect();
    if !faults.is_empty() {
        return Err(codes::INVALID.fields(faults));
    }
    let NewPeriod { label, fiscal_year, starts_on, ends_on } = period;
    let period_id = Uuid::now_v7();
    let row = Period { period_id, program_id: program.program_id, label, fiscal_year, starts_on, ends_on };
    diesel::insert_into(program_periods::table).values(&row).execute(&mut **tx).await?;
    tell(tx, "program.period_opened", &program);
    Ok(row)
}
