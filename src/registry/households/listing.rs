//! Households of the active release as lists, and one household through all releases.

use crate::{
    access::permissions::HouseholdReader,
    platform::{
        audit,
        auth::Role,
        db::Tx,
        identity::mask,
        page::{Listed, Page},
        problem::{Outcome, Problem, codes},
        region_code::RegionCode,
    },
    registry::releases::active,
    schema::{enrolment_claims, household_snapshots, programs, release_activations, releases},
};
use chrono::NaiveDate;
use diesel::{
    dsl::{AsExprOf, exists, not, sql},
    expression::{SqlLiteral, UncheckedBind},
    prelude::*,
    sql_types::{Bool, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which households.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HouseholdFilter {
    /// A region; households within it.
    #[param(value_type = Option<String>, example = "35.26.01")]
    pub region: Option<RegionCode>,
    /// Decile at least.
    #[param(minimum = 1, maximum = 10, example = 1)]
    #[garde(inner(range(min = 1, max = 10)))]
    pub decile_min: Option<i16>,
    /// Decile at most.
    #[param(minimum = 1, maximum = 10, example = 4)]
    #[garde(inner(range(min = 1, max = 10)))]
    pub decile_max: Option<i16>,
    /// Standing in this programme of one's own, itself or as the heir of a household that is gone.
    #[param(example = "PKH")]
    pub has_program: Option<String>,
    /// Not standing in this programme of one's own, neither itself nor as an heir.
    #[param(example = "PKH")]
    pub lacks_program: Option<String>,
}

/// A household in a list.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = household_snapshots)]
pub struct HouseholdLine {
    /// Its lasting id.
    pub household_id: Uuid,
    /// The village it lives in.
    #[schema(value_type = RegionCode)]
    pub village_code: String,
    /// Name of its head as delivered.
    #[schema(example = "SITI AMINAH")]
    pub head_name: String,
    /// Masked to its last two digits.
    #[serde(rename = "kk_number", serialize_with = "masked")]
    #[schema(value_type = Option<String>, example = "**************01")]
    pub kk_tail: Option<String>,
    /// Members loaded.
    #[schema(example = 4)]
    pub member_count: i16,
    /// National decile.
    #[schema(example = 2)]
    pub decile: Option<i16>,
}

fn masked<S: serde::Serializer>(tail: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    tail.as_deref().map(mask).serialize(serializer)
}

/// A page of the active release's households in the caller's areas, by id. Without totals.
///
/// # Errors
/// `no-active-release`; `not-found` for a programme that is not the caller's own.
pub async fn list(
    tx: &mut Tx,
    reader: &HouseholdReader,
    filter: &HouseholdFilter,
    page: Page,
) -> Outcome<Listed<HouseholdLine>> {
    let release_id = active::required(tx).await?;
    let mut query = household_snapshots::table
        .filter(
            household_snapshots::release_id
                .eq(release_id)
                .and(household_snapshots::household_id.gt(page.after_or_start())),
        )
        .order(household_snapshots::household_id)
        .limit(page.probe())
        .select(HouseholdLine::as_select())
        .into_boxed();
    if let Some(region) = &filter.region {
        query = match region.level() {
            crate::platform::region_code::RegionLevel::Village => {
                query.filter(household_snapshots::village_code.eq(region.as_str().to_owned()))
            }
            _ => query.filter(household_snapshots::village_code.like(region.pattern())),
        };
    }
    if let Some(least) = filter.decile_min {
        query = query.filter(household_snapshots::decile.ge(least));
    }
    if let Some(most) = filter.decile_max {
        query = query.filter(household_snapshots::decile.le(most));
    }
    if let Some(code) = &filter.has_program {
        let program_id = own_program(tx, reader, code).await?;
        query = query.filter(standing(program_id).assume_not_null().gt(0_i64).or(inherits(program_id)));
    }
    if let Some(code) = &filter.lacks_program {
        let program_id = own_program(tx, reader, code).await?;
        query = query.filter(standing(program_id).assume_not_null().eq(0_i64).and(not(inherits(program_id))));
    }
    let listed = page.cut(query.load(&mut **tx).await?, |line: &HouseholdLine| line.household_id);
    let ids = listed.items.iter().map(|line| line.household_id).collect();
    let details = json!({ "release_id": release_id, "region": filter.region, "deciles": [filter.decile_min, filter.decile_max],
        "has_program": filter.has_program, "lacks_program": filter.lacks_program });
    tx.trace(audit::Entry::households("household.listed", ids).details(details));
    Ok(listed)
}

/// How many standing enrolments the household has in this programme. Counted for each household in turn: as EXISTS the
/// planner would gather all claims of the programme anew for every page, and the thousandth page would cost more than
/// the first.
#[diesel::dsl::auto_type(no_type_alias)]
fn standing(program_id: Uuid) -> _ {
    enrolment_claims::table
        .filter(
            enrolment_claims::household_id
                .eq(household_snapshots::household_id)
                .and(enrolment_claims::program_id.eq(program_id)),
        )
        .count()
        .single_value()
}

/// Whether a household that this one took in stands in the programme: aid lives on in the heir until its agency ends it.
/// Raw, because `with_those_taken_in` answers a table; asked only of the few that took anybody in.
fn inherits(program_id: Uuid) -> SqlLiteral<Bool, UncheckedBind<SqlLiteral<Bool>, AsExprOf<Uuid, SqlUuid>>> {
    let heir = "CASE WHEN EXISTS (SELECT 1 FROM household_successions s WHERE s.successor_id = household_snapshots.household_id)
         THEN EXISTS (SELECT 1 FROM with_those_taken_in(ARRAY[household_snapshots.household_id]) k
                      JOIN enrolment_claims c ON c.household_id = k.taken_in_id
                      WHERE k.taken_in_id <> household_snapshots.household_id AND c.program_id = ";
    sql::<Bool>(heir).bind::<SqlUuid, _>(program_id).sql(") ELSE false END")
}

/// A programme that the caller may ask about: its own agency's; any, for the auditor.
async fn own_program(tx: &mut Tx, reader: &HouseholdReader, code: &str) -> Outcome<Uuid> {
    let mut query =
        programs::table.filter(programs::code.eq(code.to_owned())).select(programs::program_id).into_boxed();
    if reader.role != Role::Auditor {
        query = query.filter(programs::agency_code.eq(reader.agency.clone()));
    }
    Ok(query.first(&mut **tx).await?)
}

/// A household in one release.
#[derive(Debug, Clone, Queryable, Serialize, ToSchema)]
pub struct HistoryLine {
    /// The release.
    pub release_id: Uuid,
    /// Its name.
    #[schema(example = "DTSEN 2026 triwulan 1")]
    pub label: String,
    /// The day that the data describes.
    pub data_date: NaiveDate,
    /// Where the household lived.
    #[schema(value_type = RegionCode)]
    pub village_code: String,
    /// Name of its head as delivered.
    #[schema(example = "SITI AMINAH")]
    pub head_name: String,
    /// Members loaded.
    #[schema(example = 4)]
    pub member_count: i16,
    /// National decile.
    #[schema(example = 2)]
    pub decile: Option<i16>,
    /// Decile in the province.
    #[schema(example = 1)]
    pub decile_province: Option<i16>,
    /// Decile in the regency.
    #[schema(example = 1)]
    pub decile_regency: Option<i16>,
}

/// One household through all releases that were active, oldest first.
///
/// # Errors
/// `not-found` where the caller's areas hold it in none.
pub async fn history(tx: &mut Tx, household_id: Uuid) -> Outcome<Vec<HistoryLine>> {
    // One that was turned back from is validated again, but decisions name it.
    let was_activated = release_activations::table.filter(release_activations::release_id.eq(releases::release_id));
    let lines: Vec<HistoryLine> = household_snapshots::table
        .inner_join(releases::table.on(releases::release_id.eq(household_snapshots::release_id)))
        .filter(household_snapshots::household_id.eq(household_id))
        .filter(releases::state.eq_any(["active", "superseded"]).or(exists(was_activated)))
        .order((releases::data_date, releases::release_id))
        .select((
            releases::release_id,
            releases::label,
            releases::data_date,
            household_snapshots::village_code,
            household_snapshots::head_name,
            household_snapshots::member_count,
            household_snapshots::decile,
            household_snapshots::decile_province,
            household_snapshots::decile_regency,
        ))
        .load(&mut **tx)
        .await?;
    if lines.is_empty() {
        return Err(Problem::from(&codes::NOT_FOUND));
    }
    tx.trace(audit::Entry::households("household.history.read", vec![household_id]));
    Ok(lines)
}
