//! `/v1/households/lookup`, `/v1/households/lookup/bulk`, `/v1/households/search`. Numbers and names stand in bodies, never
//! in an address.

use super::{
    BulkAnswers, BulkLookup, BulkRow, Lookup, Matches, NameMatches, NameSearch,
    identity::{Asked, Sought},
    service,
};
use crate::{
    access::permissions::HouseholdFinder,
    aid::purpose::Purpose,
    platform::{
        config::Settings,
        db::Db,
        json::{ValidJson, read_form},
        problem::{Language, Outcome, Problem, ProblemBody, codes},
        query::ValidQuery,
        region_code::RegionLevel,
        rows::{Form, ListRow, RowList},
    },
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(look_up_household).service(look_up_households).service(search_individuals);
}

/// Find a household by NIK or KK number.
///
/// Answers where the family is, its decile, and the aid it stands in. An empty list means that nobody was found, or
/// nobody who is the caller's to know of. Names the programme it is for; misses are counted against a daily quota.
#[utoipa::path(tag = "households", request_body = Lookup, responses(
    (status = 200, body = Matches),
    (status = 409, description = "`no-active-release`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `not-your-program`, `no-trial`", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/lookup")]
pub async fn look_up_household(
    finder: HouseholdFinder,
    lookup: ValidJson<Lookup>,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
    language: Language,
) -> Outcome<web::Json<Matches>> {
    let lookup = lookup.into_inner();
    let sought = Sought::read(&settings.vault, lookup.nik.as_deref(), lookup.kk_number.as_deref())
        .map_err(|fault| codes::INVALID.fields(vec![fault]))?;
    let caller = finder.in_earnest()?;
    let asking = service::Asking { caller, settings: &settings, purpose: &lookup.purpose, language };
    let items = db.act(caller, async |tx| service::one(tx, &asking, &sought).await).await??;
    Ok(web::Json(Matches { items }))
}

/// What a list in CSV or NDJSON is for.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulkParams {
    /// The programme it is for, where the body is CSV or NDJSON.
    #[param(example = "PKH")]
    program: Option<String>,
}

/// Find up to 10,000 households at once.
///
/// As JSON, as NDJSON (an object on each line), or as CSV with a column `nik` or `kk_number`, or both; the answer comes in
/// the same form, a row for each that was asked, in order. A row that can't be read, or names no valid number, is answered
/// in its place with what is wrong (`invalid`), and is no miss. A CSV file comes back as it was, with the answers in
/// columns of their own. For NDJSON and CSV the programme stands in the address.
#[utoipa::path(tag = "households", params(BulkParams), request_body(content(
        (BulkLookup = "application/json"),
        (String = "application/x-ndjson", example = json!(BulkRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(BulkRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))), responses(
    (status = 200, content((BulkAnswers = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header", body = ProblemBody),
    (status = 409, description = "`no-active-release`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `not-your-program`, `no-trial`; `too-many-rows` with the `line`, or the `row`; `purpose-required`: NDJSON or CSV without `program` in the address", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/lookup/bulk")]
pub async fn look_up_households(
    finder: HouseholdFinder,
    params: ValidQuery<BulkParams>,
    body: web::Bytes,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
    language: Language,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let caller = finder.in_earnest()?;
    let (purpose, list) = match Form::of(&request)? {
        Form::Json => {
            let BulkLookup { purpose, items } = read_form(&body)?;
            (purpose, RowList::of_items(items)?)
        }
        form => {
            let program = params.0.program.ok_or_else(|| Problem::from(&codes::PURPOSE_REQUIRED))?;
            (Purpose { program }, RowList::of_text(form, &body)?)
        }
    };
    let sought: Vec<Asked> = list.rows.iter().map(|row| Asked::read(&settings.vault, row)).collect();
    let asking = service::Asking { caller, settings: &settings, purpose: &purpose, language };
    let answers = db.act(caller, async |tx| service::many(tx, &asking, sought).await).await??;
    list.respond(&answers)
}

/// Find persons by name within a village.
///
/// Tolerant of spelling. Three letters at least, the twenty best hits, no pages. A search that finds nobody is a miss, and
/// misses are counted against the same daily quota as those of lookups.
#[utoipa::path(tag = "households", request_body = NameSearch, responses(
    (status = 200, body = NameMatches),
    (status = 409, description = "`no-active-release`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `not-your-program`, `no-trial`", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/search")]
pub async fn search_individuals(
    finder: HouseholdFinder,
    search: ValidJson<NameSearch>,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
    language: Language,
) -> Outcome<web::Json<NameMatches>> {
    let search = search.into_inner();
    if search.village_code.level() != RegionLevel::Village {
        return Err(codes::INVALID.field(
            "/village_code",
            "harus kode desa atau kelurahan",
            "must be a village's code",
        ));
    }
    let caller = finder.in_earnest()?;
    let asking = service::Asking { caller, settings: &settings, purpose: &search.purpose, language };
    db.act(caller, async |tx| service::by_name(tx, &asking, &search).await).await?.map(web::Json)
}
