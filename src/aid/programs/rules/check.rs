//! A rule held against the catalogue and the code book of the active release.

use super::{NewRule, ProgramRule};
use crate::{
    aid::{
        eligibility::{
            CodeBook, CompiledRule, FieldClass, Ranking, RankingExpression, Rule, RuleFault, catalogue::Field, compile,
        },
        programs::{Program, RULE_OUT_OF_DATE},
    },
    platform::problem::{Bilingual, FieldFault, Outcome, Problem, codes},
};

/// A rule and its ranking, both sound.
#[derive(Debug, Clone)]
pub struct CheckedRule {
    /// Who is eligible.
    pub rule: Rule,
    /// Who comes first.
    pub ranking: Ranking,
}

impl CheckedRule {
    /// Reads a rule that somebody writes now.
    ///
    /// # Errors
    /// `invalid-fields` with every fault of eligibility and ranking, each with its place in the text; sensitive
    /// fields are a fault where `sensitive_fields` does not allow them.
    pub fn read(rule: &NewRule, sensitive_fields: bool, book: &CodeBook) -> Outcome<Self> {
        check(&rule.eligibility, &rule.ranking, sensitive_fields, book).map_err(|faults| codes::INVALID.fields(faults))
    }

    /// Reads the rule in force of a programme.
    ///
    /// # Errors
    /// `rule-out-of-date` where the active release's code book no longer has its words.
    pub fn in_force(program: &Program, rule: &ProgramRule, book: &CodeBook) -> Outcome<Self> {
        check(&rule.eligibility, &rule.ranking, program.sensitive_fields, book)
            .map_err(|errors| Problem { errors, ..Problem::from(&RULE_OUT_OF_DATE) })
    }

    /// The rule as SQL over `household_snapshots h`, `$1` being the release and `$2` the day of the decision.
    #[must_use]
    pub fn compile(&self, book: &CodeBook) -> CompiledRule {
        compile(&self.rule, book)
    }

    /// The parts of an `ORDER BY` that end with the household's id, so that no two places are equal.
    #[must_use]
    pub fn order_by_sql(&self, book: &CodeBook) -> String {
        let mut parts = self.ranking.order_by_sql(book);
        parts.push("h.household_id".to_owned());
        parts.join(", ")
    }
}

fn check(
    eligibility: &str,
    ranking: &[RankingExpression],
    sensitive_fields: bool,
    book: &CodeBook,
) -> Result<CheckedRule, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let rule = Rule::parse(eligibility, book)
        .map_err(|found| faults.extend(found.into_iter().map(|fault| told("/eligibility".to_owned(), fault))));
    let steps = Ranking::parse(ranking, book)
        .map_err(|found| faults.extend(found.into_iter().map(|fault| told(pointer_to_step(fault.index), fault.fault))));
    let (Ok(rule), Ok(ranking_checked)) = (rule, steps) else { return Err(faults) };
    if !sensitive_fields {
        faults.extend(sensitive("/eligibility", eligibility, &rule.fields()));
        for (index, step) in ranking.iter().enumerate() {
            faults.extend(sensitive(&pointer_to_step(index), &step.expression, &ranking_checked.fields_of_step(index)));
        }
    }
    if faults.is_empty() { Ok(CheckedRule { rule, ranking: ranking_checked }) } else { Err(faults) }
}

fn pointer_to_step(index: usize) -> String {
    format!("/ranking/{index}/expression")
}

fn told(pointer: String, fault: RuleFault) -> FieldFault {
    FieldFault {
        pointer,
        message: Bilingual::new(fault.message_id, fault.message_en),
        suggestion: fault.suggestion,
        span: Some((fault.pointer.offset, fault.pointer.length)),
    }
}

/// A fault for each field that only a programme with such a legal basis may ask for.
fn sensitive(pointer: &str, text: &str, fields: &[&'static Field]) -> Vec<FieldFault> {
    let refused = |field: &&&'static Field| field.class == FieldClass::Sensitive;
    let told = |field: &&'static Field| FieldFault {
        span: place_of(text, field.name),
        ..FieldFault::new(
            pointer,
            format!("{} hanya untuk program yang dasar hukumnya menyebutnya (sensitive_fields)", field.path()),
            format!("{} is only for a programme whose legal basis names it (sensitive_fields)", field.path()),
        )
    };
    fields.iter().filter(refused).map(told).collect()
}

/// Where a text first asks for a field (`.name`), in characters.
fn place_of(text: &str, name: &str) -> Option<(usize, usize)> {
    let asked = format!(".{name}");
    let ends = |at: &usize| !text[at + asked.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
    let (at, _) = text.match_indices(&asked).find(|(at, _)| ends(at))?;
    Some((text[..=at].chars().count(), name.chars().count()))
}
