//! Writing rules, and reading the one in force.

use super::{CheckedRule, NewRule, queries};
use crate::{
    aid::{
        eligibility::{CodeBook, CompiledRule},
        programs::{Program, ProgramDetail, queries as programs, service::tell},
    },
    platform::{db::Tx, problem::Outcome, versions::IfMatch},
    registry::{code_books, releases::active},
};
use std::sync::Arc;
use uuid::Uuid;

/// The rule in force of a programme, read with the code book of the release that it is asked of.
#[derive(Debug, Clone)]
pub struct RuleInForce {
    /// The release whose households it is asked of.
    pub release_id: Uuid,
    /// That release's code book.
    pub book: Arc<CodeBook>,
    /// Which version it is.
    pub rule_version: i32,
    /// The rule and its ranking.
    pub checked: CheckedRule,
}

impl RuleInForce {
    /// The rule as SQL over `household_snapshots h`, `$1` being the release and `$2` the day of the decision.
    #[must_use]
    pub fn compile(&self) -> CompiledRule {
        self.checked.compile(&self.book)
    }

    /// The ranking as the parts of an `ORDER BY`, the household's id last.
    #[must_use]
    pub fn order_by_sql(&self) -> String {
        self.checked.order_by_sql(&self.book)
    }
}

/// The active release and its code book, as they stand.
///
/// # Errors
/// `no-active-release`.
pub async fn active_book(tx: &mut Tx) -> Outcome<(Uuid, Arc<CodeBook>)> {
    let release_id = active::required(tx).await?;
    Ok((release_id, code_books::of(tx, release_id).await?))
}

/// The rule in force of a programme, for the households of a release.
///
/// # Errors
/// `rule-out-of-date` where the release's code book lacks the words of the rule.
pub async fn in_force(tx: &mut Tx, program: &Program, release_id: Uuid) -> Outcome<RuleInForce> {
    let book = code_books::of(tx, release_id).await?;
    let rule = queries::rule_of(tx, program).await?;
    let checked = CheckedRule::in_force(program, &rule, &book)?;
    Ok(RuleInForce { release_id, book, rule_version: rule.rule_version, checked })
}

/// Puts a new version of a programme's rule in force. Enrolments that stand keep the version they were decided with.
///
/// # Errors
/// `stale-version`, `no-active-release`, `invalid-fields` with every fault of the rule.
pub async fn write(tx: &mut Tx, program: &Program, seen: IfMatch, rule: NewRule) -> Outcome<ProgramDetail> {
    let (_, book) = active_book(tx).await?;
    let standing = programs::lock(tx, program.program_id).await?;
    seen.check(standing.version)?;
    CheckedRule::read(&rule, standing.terms(), &book)?;
    let next = queries::rule_of(tx, &standing).await?.rule_version + 1;
    let actor = tx.caller()?.actor();
    queries::insert(tx, standing.program_id, next, rule, actor).await?;
    let changed = programs::count_up(tx, &standing).await?;
    tell(tx, "program.rule_written", &changed);
    programs::detail(tx, changed).await
}
