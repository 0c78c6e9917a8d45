//! What a look at a household is for: a programme. A manager names one of the own agency's; stewards answer citizens,
//! and SLRT's people help families to every agency's programmes, so they may name any that there is.

use crate::{
    platform::{
        auth::Role,
        db::Tx,
        problem::{Outcome, Problem, codes::codes},
    },
    schema::programs,
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

codes! {
    /// The programme is not the caller's to name: another agency's, or none that there is.
    NOT_YOUR_PROGRAM = 422 "not-your-program", "Program yang disebut sebagai tujuan tidak ada, atau bukan milik perangkat daerah Anda.", "The programme named as purpose is not there, or is not your agency's.",
        because "Tujuan menyebut program yang tidak ada atau milik perangkat daerah lain." / "The purpose names a programme that is not there or is another agency's.",
        mend "Sebutkan kode program milik perangkat daerah Anda (GET /v1/programs?agency=…)." / "Name the code of a programme of your own agency (GET /v1/programs?agency=…).";
}

/// What a look is for: a programme. A manager names one of the own agency, the others any that there is.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// The programme's code.
    #[garde(length(min = 1, max = 40))]
    #[schema(example = "PKH")]
    pub program: String,
}

/// Checks that the caller may name this programme as purpose.
///
/// # Errors
/// `not-your-program`.
pub async fn check(tx: &mut Tx, program_code: &str) -> Outcome<()> {
    let caller = tx.caller()?.clone();
    let mut known = programs::table.filter(programs::code.eq(program_code.to_owned())).into_boxed();
    if caller.role == Role::ProgramManager {
        known = known.filter(programs::agency_code.eq(caller.agency.clone()));
    }
    let is_known: bool = diesel::select(exists(known)).get_result(&mut **tx).await?;
    if is_known { Ok(()) } else { Err(Problem::from(&NOT_YOUR_PROGRAM)) }
}
