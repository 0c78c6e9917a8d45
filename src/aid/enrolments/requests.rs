//! What callers send of enrolments; lists stand in [`list`](super::list).

use super::EnrolmentState;
use crate::platform::{civil::is_plausible, reason::words};
use chrono::NaiveDate;
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a first step says where the caller gives no reason of their own.
pub const FULFILS_THE_RULE: &str = "memenuhi syarat program";

/// Whoever decided that an enrolment may stand beside a programme that its own excludes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "PKH keluarga ini berakhir bulan depan")]
    pub reason: String,
    /// Who allowed it: name and office.
    #[garde(custom(words(200)))]
    #[schema(example = "Kepala Bidang Linjamsos")]
    pub allowed_by: String,
}

/// An enrolment to be made.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// The household, as the active release has it.
    #[garde(skip)]
    pub household_id: Uuid,
    /// The member whom it serves; required where the programme serves individuals, refused where not.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub individual_id: Option<Uuid>,
    /// Your own id for it, by which it can be found.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schema(example = "SIM-PESERTA-00017")]
    pub external_reference: Option<String>,
    /// Why it is enrolled, as its first step keeps it; "memenuhi syarat program" where it is not said.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "Usulan musyawarah desa 3 November 2026")]
    pub reason: Option<String>,
    /// Where the household stands in a programme that this one excludes: why it may nevertheless, and who said so.
    #[serde(default)]
    #[garde(dive)]
    #[schema(example = json!(null))]
    pub r#override: Option<Override>,
    /// Where the release gives no decile: the programme's exemption that stands in for it.
    #[serde(default)]
    #[garde(skip)]
    #[schema(example = json!(null))]
    pub exemption_id: Option<Uuid>,
}

/// How many to enrol from the ranking.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RankedPlaces {
    /// How many at most; left out: as many as the quota has places left, all eligible where there is no quota.
    #[serde(default)]
    #[garde(inner(range(min = 1)))]
    #[schema(example = 500)]
    pub places: Option<i32>,
    /// Why they are enrolled, as the first step of each keeps it; "memenuhi syarat program" where it is not said.
    #[serde(default)]
    #[garde(inner(custom(words(1000))))]
    #[schema(example = "SK Kepala Dinas 12/2026")]
    pub reason: Option<String>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedAnswer {
    /// How many were enrolled: as many as asked for, or all who are eligible where they are fewer.
    #[schema(example = 500)]
    pub enrolled: usize,
    /// The release that was decided on.
    pub release_id: Uuid,
}

/// A step of an enrolment.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
// An example of a field whose type has a name is not told.
#[schema(example = json!({ "to": "confirmed", "reason": "Hasil musyawarah desa 3 November 2026",
    "effective_on": "2026-11-24" }))]
pub struct Step {
    /// Where it goes.
    #[garde(skip)]
    pub to: EnrolmentState,
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "Hasil musyawarah desa 3 November 2026")]
    pub reason: String,
    /// From which day it counts, not ahead; today where it is not said.
    #[serde(default)]
    #[garde(inner(custom(is_plausible)))]
    #[schema(example = "2026-11-24")]
    pub effective_on: Option<NaiveDate>,
}

/// A step of all enrolments of a programme that stand in one state.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "from": "candidate", "to": "confirmed", "reason": "SK Kepala Dinas 12/2026",
    "effective_on": "2026-11-24" }))]
pub struct StepOfAll {
    /// Which: those that stand here.
    #[garde(skip)]
    pub from: EnrolmentState,
    /// Where they go.
    #[garde(skip)]
    pub to: EnrolmentState,
    /// Why.
    #[garde(custom(words(1000)))]
    #[schema(example = "SK Kepala Dinas 12/2026")]
    pub reason: String,
    /// From which day it counts, not ahead; today where it is not said.
    #[serde(default)]
    #[garde(inner(custom(is_plausible)))]
    #[schema(example = "2026-11-24")]
    pub effective_on: Option<NaiveDate>,
}

/// How many took the step.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// Enrolments that took the step.
    #[schema(example = 812)]
    pub moved: usize,
}

/// Which enrolments to list.
#[derive(Debug, Default, Deserialize, Serialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentFilter {
    /// Only of this programme.
    pub program_id: Option<Uuid>,
    /// Only in this state.
    #[param(example = "active")]
    pub state: Option<EnrolmentState>,
    /// Only of this household.
    pub household_id: Option<Uuid>,
    /// Only those to which the owning system gave this id.
    #[param(example = "SIM-PESERTA-00017")]
    pub external_reference: Option<String>,
}
