//! A rule tried before it is adopted: how many it would reach, where, at what cost.

pub mod queries;

use super::{
    OwnProgram, Program,
    rules::{CheckedRule, MOST_RANKING_STEPS, NewRule, check::served_sql, queries::rule_of, service::active_book},
};
use crate::{
    access::visibility::Sight,
    aid::eligibility::{CodeBook, RankingExpression},
    platform::{
        audit::Entry,
        auth::Principal,
        civil::today,
        config::Settings,
        db::{Db, Tx},
        json::ValidJson,
        problem::{Outcome, ProblemBody},
        region_code::{RegionCode, RegionLevel},
        rupiah::Rupiah,
        small_count::SmallCount,
        vault::{Use, Vault},
    },
    registry::regions::queries as regions,
};
use actix_web::{post, web};
use chrono::NaiveDate;
use garde::Validate;
use queries::{Reach, Reached, Sampled};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// What to try. What is not named is taken from the programme's rule in force.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RuleToTry {
    /// Who would be eligible.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1)))]
    #[schema(example = "household.decile <= 2")]
    pub eligibility: Option<String>,
    /// Which members would be served; only where the programme serves individuals.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1)))]
    #[schema(example = json!(null))]
    pub beneficiary: Option<String>,
    /// Who would come first, by which the samples are chosen.
    #[serde(default)]
    #[garde(inner(length(max = MOST_RANKING_STEPS)))]
    #[schema(example = json!([{"expression": "household.decile", "order": "asc"}]))]
    pub ranking: Option<Vec<RankingExpression>>,
}

/// Whom a rule would reach, within the caller's areas and the programme's.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The release that was asked.
    release_id: Uuid,
    /// The day on which ages were counted: today by Asia/Jakarta.
    on: NaiveDate,
    /// Whether the counts are rough: where the rule asks for health and the caller does not see answers on health.
    rough: bool,
    /// Households for whom the rule is true; where the programme serves individuals, their living members whom it serves.
    eligible: SmallCount,
    /// The same by district, for all districts that the caller and the programme reach into.
    by_district: Vec<DistrictReach>,
    /// The same by national decile, all of them.
    by_decile: Vec<DecileReach>,
    /// What one payment to each of them costs, of so many as `eligible` tells; null where the programme has no amount.
    /// Absent where `eligible` tells none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rupiah>)]
    cost_idr: Option<Option<Rupiah>>,
    /// The ten who come first. Absent where fewer than five are eligible, and where rule or ranking ask for health and the
    /// caller does not see answers on health.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<Vec<Sample>>,
}

/// The eligible of one district (kecamatan).
#[derive(Debug, Serialize, ToSchema)]
pub struct DistrictReach {
    /// Its code.
    #[schema(example = "35.26.01")]
    district_code: String,
    /// Its name; null where the regions do not have it.
    #[schema(example = "Bangkalan")]
    name: Option<String>,
    /// How many.
    eligible: SmallCount,
}

/// The eligible of one national decile.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecileReach {
    /// 1 (poorest) to 10; null where the release gives none: they can't be enrolled without an exemption.
    #[schema(example = 1)]
    decile: Option<i16>,
    /// How many.
    eligible: SmallCount,
}

/// An eligible household or member, the name masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sample {
    /// Id.
    household_id: Uuid,
    /// The member, where the programme serves individuals.
    individual_id: Option<Uuid>,
    /// Where it lives.
    #[schema(example = "35.26.02.2001")]
    village_code: String,
    /// National decile.
    #[schema(example = 1)]
    decile: Option<i16>,
    /// Initials of the member, or of the head of the household.
    #[schema(example = "S. R.")]
    name: String,
}

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(preview_eligibility);
}

/// Try a rule.
///
/// Counts the households of the active release for whom a rule is true, within the caller's areas and the
/// programme's, and shows the ten who would come first with masked names. Nothing is kept and nobody is enrolled.
/// Without a body's `eligibility` and `ranking` the programme's rule in force is tried. Counts below five read
/// `"<5"`, zero too; a part from which such a count could be reckoned is null. For a programme that serves individuals
/// the living members are counted whom it serves. The audit log keeps who tried, with the programme as purpose.
///
/// Where the rule asks for illness, disability and the like, which whoever runs a programme does not see of a household,
/// counts and cost are `rough`: shifted by a few that nobody knows, and rounded down to tens (`"<10"` below). Two rules
/// that differ by one household then tell nothing surely of it, and the parts do not add up. The same question is
/// answered alike.
#[utoipa::path(tag = "programs", request_body = RuleToTry,
    params(("program_id" = Uuid, Path, description = "Id of a programme of the own agency")),
    responses(
        (status = 200, body = Preview),
        (status = 409,
            description = "`no-active-release`; `rule-out-of-date`: the release's code book lacks the words of the rule in \
                force",
            body = ProblemBody),
        (status = 422,
            description = "`invalid-fields`: every fault of the rule, with its place in the text",
            body = ProblemBody)))]
#[post("/programs/{program_id}/eligibility/preview")]
pub async fn preview_eligibility(
    own: OwnProgram,
    trial: ValidJson<RuleToTry>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<web::Json<Preview>> {
    let work = async |tx: &mut Tx| preview(tx, &own.program, trial.into_inner(), &settings.vault).await;
    Ok(web::Json(db.act(&own.manager, work).await?))
}

async fn preview(tx: &mut Tx, program: &Program, trial: RuleToTry, vault: &Vault) -> Outcome<Preview> {
    let (release_id, book) = active_book(tx).await?;
    let on = today();
    let checked = rule_to_try(tx, program, trial, &book).await?;
    let compiled = checked.compile(&book);
    let reach = Reach {
        where_sql: &compiled.where_sql,
        beneficiary_sql: served_sql(program.serves, &compiled),
        order_by_sql: &checked.order_by_sql(&book),
        release_id,
        on,
        areas: &program.area_patterns(),
    };
    let counts = queries::counts(tx, reach).await?;
    let districts = districts(tx, program).await?;
    let caller = tx.caller()?.clone();
    let asks_for_health = checked.is_sensitive();
    let sees_health = Sight::of(&caller).health;
    // Who comes first is told by the samples alone, who is eligible by the counts too.
    let telling = if checked.rule.is_sensitive() && !sees_health {
        Telling::Roughly { vault, question: question(reach, &caller) }
    } else {
        Telling::Exactly
    };
    let eligible = telling.whole(counts.iter().map(|count| count.eligible).sum());
    let may_be_shown = eligible.told().is_some() && (!asks_for_health || sees_health);
    let samples = if may_be_shown { Some(queries::samples(tx, reach).await?) } else { None };
    let shown = samples.iter().flatten();
    let households = shown.clone().map(|sample| sample.household_id).collect();
    let mut trace = Entry::households("eligibility.preview", households).purpose(&program.code);
    trace.individual_ids = shown.filter_map(|sample| sample.individual_id).collect();
    let ranking: Vec<&str> = checked.ranking.expressions().collect();
    let beneficiary = checked.rule.beneficiary.as_ref().map(|member| &member.text);
    tx.trace(trace.details(json!({ "release_id": release_id, "eligibility": checked.rule.text,
        "beneficiary": beneficiary, "ranking": ranking, "asks_for_health": asks_for_health })));
    Ok(Preview {
        release_id,
        on,
        rough: matches!(telling, Telling::Roughly { .. }),
        eligible,
        by_district: by_district(districts, &counts, &telling),
        by_decile: by_decile(&counts, &telling),
        cost_idr: eligible.told().map(|told| program.amount_idr?.checked_times(told)),
        samples: samples.map(|samples| samples.into_iter().map(masked).collect()),
    })
}

/// How counts are told.
enum Telling<'a> {
    Exactly,
    /// By the secret that draws their shifts, and all of the question that decides who is counted.
    Roughly {
        vault: &'a Vault,
        question: String,
    },
}

impl Telling<'_> {
    fn whole(&self, count: i64) -> SmallCount {
        self.parts("", &[count]).first().copied().unwrap_or(SmallCount::Few)
    }

    /// Parts of the whole, which are counted by this.
    fn parts(&self, by: &str, counts: &[i64]) -> Vec<SmallCount> {
        match self {
            Self::Exactly => SmallCount::parts(counts),
            Self::Roughly { vault, question } => (0..)
                .zip(counts)
                .map(|(number, count): (usize, _)| {
                    let asked = format!("{question}\n{by} {number}");
                    SmallCount::rough(*count, &vault.digest(Use::RoughCount, asked.as_bytes()))
                })
                .collect(),
        }
    }
}

/// Whoever asks something else gets another shift: with the same one the difference would tell.
fn question(reach: Reach<'_>, caller: &Principal) -> String {
    let Reach { where_sql, beneficiary_sql, release_id, on, areas, .. } = reach;
    let beneficiary_sql = beneficiary_sql.unwrap_or_default();
    format!("{where_sql}\n{beneficiary_sql}\n{release_id} {on} {areas:?} {:?}", caller.areas)
}

async fn rule_to_try(tx: &mut Tx, program: &Program, trial: RuleToTry, book: &CodeBook) -> Outcome<CheckedRule> {
    let in_force = rule_of(tx, program).await?;
    if trial.eligibility.is_none() && trial.beneficiary.is_none() && trial.ranking.is_none() {
        return CheckedRule::in_force(program, &in_force, book);
    }
    let rule = NewRule {
        eligibility: trial.eligibility.unwrap_or(in_force.eligibility),
        beneficiary: trial.beneficiary.or(in_force.beneficiary),
        ranking: trial.ranking.unwrap_or(in_force.ranking),
    };
    CheckedRule::read(&rule, program.terms(), book)
}

/// The districts that the programme and the caller both reach into, by code, whether or not anybody is eligible there.
async fn districts(tx: &mut Tx, program: &Program) -> Outcome<BTreeMap<String, Option<String>>> {
    let caller = tx.caller()?.clone();
    let areas: Vec<RegionCode> = program.areas.iter().filter_map(|area| area.parse().ok()).collect();
    let reached = |district: &RegionCode, area: &RegionCode| district.is_within(area) || area.is_within(district);
    let mut districts = BTreeMap::new();
    for region in regions::within(tx, None).await? {
        let Ok(code) = region.code.parse::<RegionCode>() else { continue };
        let both = [&areas, &caller.areas].into_iter().all(|areas| areas.iter().any(|area| reached(&code, area)));
        if code.level() == RegionLevel::District && both {
            districts.insert(region.code, Some(region.name));
        }
    }
    Ok(districts)
}

fn by_district(
    mut names: BTreeMap<String, Option<String>>,
    counts: &[Reached],
    telling: &Telling<'_>,
) -> Vec<DistrictReach> {
    let mut eligible: BTreeMap<&str, i64> = BTreeMap::new();
    for count in counts {
        names.entry(count.district_code.clone()).or_default();
        *eligible.entry(&count.district_code).or_default() += count.eligible;
    }
    let parts: Vec<i64> = names.keys().map(|code| eligible.get(code.as_str()).copied().unwrap_or_default()).collect();
    names
        .into_iter()
        .zip(telling.parts("district", &parts))
        .map(|((district_code, name), eligible)| DistrictReach { district_code, name, eligible })
        .collect()
}

/// The poorest first, those without a decile last.
fn by_decile(counts: &[Reached], telling: &Telling<'_>) -> Vec<DecileReach> {
    let deciles: Vec<Option<i16>> = (1..=10).map(Some).chain([None]).collect();
    let of_decile = |decile| counts.iter().filter(move |count| count.decile == decile).map(|count| count.eligible);
    let parts: Vec<i64> = deciles.iter().map(|decile| of_decile(*decile).sum()).collect();
    let shown = deciles.into_iter().zip(telling.parts("decile", &parts));
    shown.map(|(decile, eligible)| DecileReach { decile, eligible }).collect()
}

fn masked(sample: Sampled) -> Sample {
    let Sampled { household_id, individual_id, village_code, decile, name } = sample;
    Sample { household_id, individual_id, village_code, decile, name: initials(&name) }
}

/// `SITI RAHMAWATI` as `S. R.`
fn initials(name: &str) -> String {
    let initial = |part: &str| part.chars().next().map(|letter| format!("{letter}."));
    name.split_whitespace().filter_map(initial).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(district: &str, decile: Option<i16>, eligible: i64) -> Reached {
        Reached { district_code: district.into(), decile, eligible }
    }

    #[test]
    fn a_name_is_masked_to_its_initials() {
        assert_eq!(initials("SITI  RAHMAWATI"), "S. R.");
        assert_eq!(initials("Ñ"), "Ñ.");
    }

    #[test]
    fn counts_add_up_by_district_and_by_decile_with_the_unranked_last() {
        let counts = [reached("35.26.01", Some(1), 6), reached("35.26.01", None, 7), reached("35.26.02", Some(1), 8)];
        let names = BTreeMap::from([("35.26.03".to_owned(), Some("Burneh".to_owned()))]);
        let districts: Vec<_> =
            by_district(names, &counts, &Telling::Exactly).into_iter().map(|district| district.eligible).collect();
        assert_eq!(districts, [13, 8, 0].map(SmallCount::of));
        let deciles: Vec<_> = by_decile(&counts, &Telling::Exactly).into_iter().map(|decile| decile.eligible).collect();
        assert_eq!(deciles, [14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7].map(SmallCount::of));
    }
}
