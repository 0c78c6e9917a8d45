//! `/v1/households/lookup`, `/v1/households/lookup/bulk`, `/v1/households/search`. Numbers and names stand in bodies, never
//! in an address.

use super::{
    BulkAnswers, BulkLookup, BulkRow, Lookup, MOST_ROWS, Matches, NameMatches, NameSearch, TOO_MANY_ROWS,
    identity::Sought, service,
};
use crate::{
    access::permissions::HouseholdFinder,
    aid::purpose::Purpose,
    platform::{
        config::Settings,
        db::Db,
        json::{FromObject, ValidJson, ValidQuery},
        problem::{FieldFault, Outcome, Problem, ProblemBody, codes},
        region_code::RegionLevel,
        request::media_type_of,
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
    (status = 422, description = "`invalid-fields`, `not-your-program`", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/lookup")]
pub async fn look_up_household(
    finder: HouseholdFinder,
    lookup: ValidJson<Lookup>,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Matches>> {
    let lookup = lookup.into_inner();
    let sought = Sought::read(&settings.vault, lookup.nik.as_deref(), lookup.kk_number.as_deref())
        .map_err(|fault| codes::INVALID.fields(vec![fault]))?;
    let items = db
        .act(&finder.for_real(), async |tx| service::one(tx, &finder, &settings, &lookup.purpose, sought).await)
        .await??;
    Ok(web::Json(Matches { items }))
}

/// What a list in CSV or NDJSON is for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulkParams {
    /// The programme it is for, where the body is CSV or NDJSON.
    #[param(example = "PKH")]
    program: Option<String>,
}

/// Find up to 10,000 households at once.
///
/// As JSON, as NDJSON (an object a line), or as CSV with a column `nik` or `kk_number`, or both; the answer comes in the
/// same form, a row for each that was asked, in order. For NDJSON and CSV the programme stands in the address.
#[utoipa::path(tag = "households", params(BulkParams), request_body(content(
        (BulkLookup = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))), responses(
    (status = 200, content((BulkAnswers = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    (status = 409, description = "`no-active-release`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `not-your-program`, `too-many-rows`; `purpose-required`: NDJSON or CSV without `program` in the address", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/lookup/bulk")]
pub async fn look_up_households(
    finder: HouseholdFinder,
    params: ValidQuery<BulkParams>,
    body: web::Bytes,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let form = Form::of(&request)?;
    let (purpose, rows) = form.read(&body, params.0.program)?;
    if rows.len() > MOST_ROWS {
        return Err(Problem::from(&TOO_MANY_ROWS));
    }
    if rows.is_empty() {
        let fault = FieldFault::new("/items", "daftar kosong", "the list is empty");
        return Err(codes::INVALID.fields(vec![fault]));
    }
    let sought: Vec<Sought> = rows.iter().map(|row| Sought::read_row(&settings.vault, row)).collect();
    let answers =
        db.act(&finder.for_real(), async |tx| service::many(tx, &finder, &settings, &purpose, &sought).await).await??;
    form.answer(&answers)
}

/// The form of a bulk lookup's body and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Lines,
    Csv,
}

impl Form {
    fn of(request: &HttpRequest) -> Outcome<Self> {
        match media_type_of(request).as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-ndjson" => Ok(Self::Lines),
            "text/csv" => Ok(Self::Csv),
            _ => Err(Problem::from(&codes::UNSUPPORTED_MEDIA)),
        }
    }

    fn read(self, body: &[u8], program: Option<String>) -> Outcome<(Purpose, Vec<BulkRow>)> {
        let malformed = || Problem::from(&codes::MALFORMED);
        let named = |program: Option<String>| {
            program.map(|program| Purpose { program }).ok_or_else(|| Problem::from(&codes::PURPOSE_REQUIRED))
        };
        match self {
            Self::Json => {
                let lookup: BulkLookup = crate::platform::json::read_form(body)?;
                Ok((lookup.purpose, lookup.items))
            }
            Self::Lines => {
                let rows = serde_json::Deserializer::from_slice(body).into_iter::<FromObject<BulkRow>>();
                let rows = rows.take(MOST_ROWS + 1).map(|row| row.map(|FromObject(row)| row));
                let rows = rows.collect::<Result<Vec<_>, _>>().map_err(|_| malformed())?;
                Ok((named(program)?, rows))
            }
            Self::Csv => {
                let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(body);
                let rows = reader
                    .deserialize::<BulkRow>()
                    .take(MOST_ROWS + 1)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|_| malformed())?;
                Ok((named(program)?, rows))
            }
        }
    }

    fn answer(self, answers: &BulkAnswers) -> Outcome<HttpResponse> {
        match self {
            Self::Json => Ok(HttpResponse::Ok().json(answers)),
            Self::Lines => {
                let mut text = Vec::with_capacity(answers.items.len() * 160);
                for answer in &answers.items {
                    serde_json::to_writer(&mut text, answer).map_err(Problem::internal)?;
                    text.push(b'\n');
                }
                Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(text))
            }
            Self::Csv => {
                let mut out = csv::Writer::from_writer(Vec::with_capacity(answers.items.len() * 120));
                out.write_record([
                    "row",
                    "outcome",
                    "identity",
                    "household_id",
                    "individual_id",
                    "release_id",
                    "decile",
                    "village_code",
                    "programs",
                ])
                .map_err(Problem::internal)?;
                for answer in &answers.items {
                    let outcome = serde_json::to_value(answer.outcome).map_err(Problem::internal)?;
                    out.serialize((
                        answer.row,
                        outcome.as_str(),
                        &answer.identity,
                        answer.household_id,
                        answer.individual_id,
                        answer.release_id,
                        answer.decile,
                        &answer.village_code,
                        answer.programs.as_deref().map(|programs| programs.join(" ")),
                    ))
                    .map_err(Problem::internal)?;
                }
                let text = out.into_inner().map_err(Problem::internal)?;
                Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(text))
            }
        }
    }
}

/// Find persons by name within a village.
///
/// Tolerant of spelling. Three letters at least, the twenty best hits, no pages. A search that finds nobody is a miss, and
/// misses are counted against the same daily quota as those of lookups.
#[utoipa::path(tag = "households", request_body = NameSearch, responses(
    (status = 200, body = NameMatches),
    (status = 409, description = "`no-active-release`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `not-your-program`", body = ProblemBody),
    (status = 429, description = "`lookup-quota-exceeded`", body = ProblemBody)))]
#[post("/households/search")]
pub async fn search_individuals(
    finder: HouseholdFinder,
    search: ValidJson<NameSearch>,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
) -> Outcome<web::Json<NameMatches>> {
    let search = search.into_inner();
    if search.village_code.level() != RegionLevel::Village {
        let fault = FieldFault::new("/village_code", "harus kode desa atau kelurahan", "must be a village's code");
        return Err(codes::INVALID.fields(vec![fault]));
    }
    let caller = finder.for_real();
    db.act(&caller, async |tx| service::by_name(tx, &caller, &settings, &search).await).await?.map(web::Json)
}
