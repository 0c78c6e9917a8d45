//! A rule held against the catalogue and the code book of the active release.

use super::{NewRule, ProgramRule};
use crate::{
    aid::{
        eligibility::{
            CodeBook, CompiledRule, FieldClass, MemberRule, Ranking, RankingExpression, Rule, RuleFault,
            catalogue::Field, compile,
        },
        programs::{Program, RULE_OUT_OF_DATE, Serves},
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
    /// fields are a fault where the programme's legal basis does not allow them, and words on members where it serves
    /// households.
    pub fn read(rule: &NewRule, terms: Terms, book: &CodeBook) -> Outcome<Self> {
        let text =
            Text { eligibility: &rule.eligibility, beneficiary: rule.beneficiary.as_deref(), ranking: &rule.ranking };
        check(text, terms, book).map_err(|faults| codes::INVALID.fields(faults))
    }

    /// Reads the rule in force of a programme.
    ///
    /// # Errors
    /// `rule-out-of-date` where the active release's code book no longer has its words.
    pub fn in_force(program: &Program, rule: &ProgramRule, book: &CodeBook) -> Outcome<Self> {
        let text =
            Text { eligibility: &rule.eligibility, beneficiary: rule.beneficiary.as_deref(), ranking: &rule.ranking };
        check(text, program.terms(), book).map_err(|errors| Problem { errors, ..Problem::from(&RULE_OUT_OF_DATE) })
    }

    /// The rule as SQL over `household_snapshots h`, `$1` being the release and `$2` the day of the decision.
    #[must_use]
    pub fn compile(&self, book: &CodeBook) -> CompiledRule {
        compile(&self.rule, book)
    }

    /// Whether rule or ranking ask for illness, disability and the like.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.rule.is_sensitive() || self.ranking.is_sensitive()
    }

    /// A fault for each field in it that only a programme with such a legal basis may ask for.
    fn sensitive(&self, text: Text<'_>) -> Vec<FieldFault> {
        let mut faults = sensitive("/eligibility", text.eligibility, &self.rule.condition().fields());
        if let Some(member) = &self.rule.beneficiary {
            faults.extend(sensitive("/beneficiary", &member.text, &member.condition.fields()));
        }
        for (index, step) in text.ranking.iter().enumerate() {
            let fields = self.ranking.fields_of_step(index);
            faults.extend(sensitive(&pointer_to_step(index), &step.expression, &fields));
        }
        faults
    }

    /// The parts of an `ORDER BY` that end with the household's id, so that no two places are equal.
    #[must_use]
    pub fn order_by_sql(&self, book: &CodeBook) -> String {
        let mut parts = self.ranking.order_by_sql(book);
        parts.push("h.household_id".to_owned());
        parts.join(", ")
    }
}

/// SQL that is true just of the living members `m` whom a programme serves: all where its rule does not say which.
/// `None` where it serves households.
#[must_use]
pub fn served_sql(serves: Serves, rule: &CompiledRule) -> Option<&str> {
    match serves {
        Serves::Household => None,
        Serves::Individual => Some(rule.beneficiary_sql.as_deref().unwrap_or("true")),
    }
}

/// What a programme's rule may say.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Whether it may ask for illness, disability and the like.
    pub sensitive_fields: bool,
    /// Whom it serves.
    pub serves: Serves,
}

/// A rule as it is written.
#[derive(Clone, Copy)]
struct Text<'a> {
    eligibility: &'a str,
    beneficiary: Option<&'a str>,
    ranking: &'a [RankingExpression],
}

fn check(text: Text<'_>, terms: Terms, book: &CodeBook) -> Result<CheckedRule, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut keep = |pointer: &str, found: Vec<RuleFault>| {
        faults.extend(found.into_iter().map(|fault| told(pointer.to_owned(), fault)));
    };
    let rule = Rule::parse(text.eligibility, book).map_err(|found| keep("/eligibility", found));
    let member = text.beneficiary.map(|words| MemberRule::parse(words, book)).transpose();
    let member = member.map_err(|found| keep("/beneficiary", found));
    let steps = Ranking::parse(text.ranking, book)
        .map_err(|found| found.into_iter().for_each(|fault| keep(&pointer_to_step(fault.index), vec![fault.fault])));
    if text.beneficiary.is_some() && terms.serves == Serves::Household {
        faults.push(FieldFault::new(
            "/beneficiary",
            "program ini melayani keluarga",
            "this programme serves households",
        ));
    }
    let (Ok(rule), Ok(beneficiary), Ok(ranking)) = (rule, member, steps) else { return Err(faults) };
    let checked = CheckedRule { rule: Rule { beneficiary, ..rule }, ranking };
    if !terms.sensitive_fields {
        faults.extend(checked.sensitive(text));
    }
    if faults.is_empty() { Ok(checked) } else { Err(faults) }
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
