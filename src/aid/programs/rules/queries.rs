//! Rules in PostgreSQL: only ever added.

use super::{NewRule, ProgramRule};
use crate::{
    aid::programs::Program,
    platform::{
        db::Tx,
        problem::{Outcome, Problem},
    },
    schema::program_rules,
};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

/// The rule in force of a programme.
///
/// # Errors
/// An internal problem where PostgreSQL refuses; every programme is made with a rule.
pub async fn rule_of(tx: &mut Tx, program: &Program) -> Outcome<ProgramRule> {
    type Row = (i32, String, Option<String>, Value, DateTime<Utc>);
    let (rule_version, eligibility, beneficiary, ranking, written_at): Row = program_rules::table
        .filter(program_rules::program_id.eq(program.program_id))
        .order(program_rules::rule_version.desc())
        .select((
            program_rules::rule_version,
            program_rules::eligibility,
            program_rules::beneficiary,
            program_rules::ranking,
            program_rules::written_at,
        ))
        .first(&mut **tx)
        .await?;
    let ranking = serde_json::from_value(ranking).map_err(Problem::internal)?;
    Ok(ProgramRule { rule_version, eligibility, beneficiary, ranking, written_at })
}

/// Adds a version, one after the newest.
pub async fn insert(tx: &mut Tx, program_id: Uuid, rule_version: i32, rule: NewRule, actor: String) -> Outcome<()> {
    diesel::insert_into(program_rules::table)
        .values((
            program_rules::program_id.eq(program_id),
            program_rules::rule_version.eq(rule_version),
            program_rules::eligibility.eq(rule.eligibility),
            program_rules::beneficiary.eq(rule.beneficiary),
            program_rules::ranking.eq(serde_json::to_value(rule.ranking).map_err(Problem::internal)?),
            program_rules::written_by.eq(actor),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
