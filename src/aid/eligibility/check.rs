//! From a rule's text to a checked rule, or to all that is wrong with it.
//!
//! The `cel` crate parses, with its macros left as the calls that they are written as; here every name and type
//! is looked up, and every fault kept with its place. [`typing`](super::typing) goes through the expression.

use super::fault::{Message, RuleFault, RuleFaultCode, TextRange};
use super::rule::{Condition, Number};
use super::typing::{Typed, Typing};
use crate::registry::code_book::CodeBook;
use cel::Env;
use cel::common::ast::{CallExpr, Expr, IdedExpr, SourceInfo};

/// Characters that a rule may have.
pub const LONGEST_RULE: usize = 4_000;

/// Names, values and operators that a rule may have.
pub const LARGEST_RULE: usize = 200;

/// Reads a rule that says of a household whether it is eligible.
///
/// # Errors
/// All faults, in the order of the text.
pub fn check_condition(text: &str, book: &CodeBook) -> Result<Condition, Vec<RuleFault>> {
    checked(text, book, |typing, expression| typing.whole_condition(expression))
}

/// The name that a rule about one member gives them.
pub const MEMBER: &str = "m";

/// Reads a rule that says of one member, `m`, whether a programme serves them.
///
/// # Errors
/// All faults, in the order of the text.
pub fn check_member(text: &str, book: &CodeBook) -> Result<Condition, Vec<RuleFault>> {
    checked(text, book, |typing, expression| {
        typing.about_member(MEMBER);
        typing.whole_condition(expression)
    })
}

/// A checked expression by which households are ranked.
#[derive(Debug, Clone, PartialEq)]
pub enum RankedValue {
    /// By a number.
    Number(Number),
    /// By true before false, or the other way.
    Condition(Condition),
}

/// Reads an expression that gives a number, or true or false, to rank by.
///
/// # Errors
/// All faults, in the order of the text.
pub fn check_ranking(text: &str, book: &CodeBook) -> Result<RankedValue, Vec<RuleFault>> {
    checked(text, book, |typing, expression| match typing.typed(expression)? {
        Typed::Number(number, _) => Some(RankedValue::Number(number)),
        Typed::Condition(condition) => Some(RankedValue::Condition(condition)),
        other => {
            typing.wrong_type(expression, &other, "angka atau benar/salah", "a number, or true or false");
            None
        }
    })
}

fn checked<T>(
    text: &str,
    book: &CodeBook,
    read: impl FnOnce(&mut Typing<'_>, &IdedExpr) -> Option<T>,
) -> Result<T, Vec<RuleFault>> {
    let length = text.chars().count();
    if length > LONGEST_RULE {
        return Err(vec![too_long(length)]);
    }
    let (expression, places) = parse(text)?;
    let nodes = node_count(&expression);
    if nodes > LARGEST_RULE {
        return Err(vec![too_large(nodes, length)]);
    }
    let mut typing = Typing::new(text, &places, book);
    let value = read(&mut typing, &expression);
    let faults = typing.into_faults();
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(faults),
    }
}

fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), Vec<RuleFault>> {
    let parser = Env::default().with_optional_support(false).parser();
    parser.parse_with_source_info(text).map_err(|errors| {
        if errors.errors.iter().any(|error| error.msg.contains(TOO_DEEP)) {
            return vec![too_deep(text.chars().count())];
        }
        let told = errors.errors.iter().take(TOLD_SYNTAX_FAULTS);
        told.map(|error| syntax_fault(text, error.pos, &error.msg)).collect()
    })
}

/// Words by which the parser tells that brackets or operators are nested too deeply for it.
const TOO_DEEP: &str = "Recursion limit";

/// Faults of syntax that are told; past a few, they are echoes of the first.
const TOLD_SYNTAX_FAULTS: usize = 20;

/// The parser's own words, at its line and column (both from 1).
fn syntax_fault(text: &str, (line, column): (isize, isize), message: &str) -> RuleFault {
    let (line, column) = (usize::try_from(line).unwrap_or(0), usize::try_from(column).unwrap_or(0));
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(|line| line.chars().count()).sum();
    let length = text.chars().count();
    let offset = (before + column.saturating_sub(1)).min(length);
    let said = message.strip_prefix("Syntax error: ").unwrap_or(message);
    RuleFault {
        pointer: TextRange { offset, length: usize::from(offset < length) },
        code: RuleFaultCode::Syntax,
        message_id: format!("Bukan ungkapan CEL: {said}"),
        message_en: format!("Not a CEL expression: {said}"),
        suggestion: None,
    }
}

fn too_long(length: usize) -> RuleFault {
    cost_fault(
        TextRange { offset: LONGEST_RULE, length: length - LONGEST_RULE },
        Message::new(
            format!("Aturan sepanjang {length} karakter; paling panjang {LONGEST_RULE}"),
            format!("The rule has {length} characters; {LONGEST_RULE} at most"),
        ),
    )
}

fn too_large(nodes: usize, length: usize) -> RuleFault {
    cost_fault(
        TextRange { offset: 0, length },
        Message::new(
            format!("Aturan terdiri atas {nodes} nama, nilai dan operator; paling banyak {LARGEST_RULE}"),
            format!("The rule has {nodes} names, values and operators; {LARGEST_RULE} at most"),
        ),
    )
}

fn too_deep(length: usize) -> RuleFault {
    let message = Message::new("Aturan terlalu dalam bersarang", "The rule is nested too deeply");
    cost_fault(TextRange { offset: 0, length }, message)
}

fn cost_fault(pointer: TextRange, Message(message_id, message_en): Message) -> RuleFault {
    RuleFault { pointer, code: RuleFaultCode::UnboundedCost, message_id, message_en, suggestion: None }
}

/// The parser bounds the depth of an expression, so that this recursion is bounded too.
fn node_count(expression: &IdedExpr) -> usize {
    1 + match &expression.expr {
        Expr::Call(CallExpr { target, args, .. }) => {
            target.iter().map(|target| node_count(target)).sum::<usize>() + total(args)
        }
        Expr::Select(select) => node_count(&select.operand),
        Expr::List(list) => total(&list.elements),
        _ => 0,
    }
}

fn total(expressions: &[IdedExpr]) -> usize {
    expressions.iter().map(node_count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each fault points at, its code and what it suggests.
    fn faults(text: &str) -> Vec<(String, RuleFaultCode, Option<String>)> {
        let shown = |fault: RuleFault| {
            let TextRange { offset, length } = fault.pointer;
            let stretch = text.chars().skip(offset).take(length).collect();
            (stretch, fault.code, fault.suggestion)
        };
        let faults = check_condition(text, &CodeBook::of_questionnaire()).err();
        faults.unwrap_or_default().into_iter().map(shown).collect()
    }

    #[track_caller]
    fn refused(text: &str, stretch: &str, code: RuleFaultCode, suggestion: Option<&str>) {
        let expected = (stretch.to_owned(), code, suggestion.map(String::from));
        assert_eq!(faults(text), [expected], "{text}");
    }

    use RuleFaultCode::{
        NotBoolean, Syntax, UnboundedCost, UnknownField, UnknownProgramSyntax, UnknownWord, Unsupported, WrongType,
    };

    #[test]
    fn an_unknown_field_is_told_with_the_nearest_name() {
        refused("household.decil <= 4", "decil", UnknownField, Some("decile"));
        refused("houshold.decile <= 4", "houshold", UnknownField, Some("household"));
        refused("members.exists(m, m . agee > 60)", "agee", UnknownField, Some("age"));
    }

    #[test]
    fn a_members_field_asked_of_the_household_is_told_with_the_way_to_ask_it() {
        refused("household.age > 60", "age", UnknownField, Some("members.exists(m, m.age …)"));
        refused("members.age > 60", "age", UnknownField, Some("exists(m, m.age …)"));
        refused("m.age > 60", "m", UnknownField, None);
    }

    #[test]
    fn a_value_of_another_type_is_told_at_its_place() {
        refused("household.floor <= 4", "floor", WrongType, None);
        refused("household.decile == 'satu'", "'satu'", WrongType, None);
        refused("household.decile in ['satu']", "'satu'", WrongType, None);
        refused("household.floor in [8]", "8", WrongType, None);
        refused("household.floor == null", "null", WrongType, Some("has(…)"));
        refused("household.decile <= 4.5", "4.5", WrongType, None);
        refused("household.decile in []", "[", WrongType, None);
        refused("household.car && household.decile", "decile", WrongType, None);
        refused("members.exists(household, true)", "household", WrongType, Some("m"));
    }

    #[test]
    fn an_unknown_word_is_told_with_the_nearest_word_of_the_code_book() {
        refused("household.floor == 'tanahh'", "'tanahh'", UnknownWord, Some("'tanah'"));
        refused("household.floor == 'Tanah'", "'Tanah'", UnknownWord, Some("'tanah'"));
        refused("household.floor in ['tanah', 'kayu']", "'kayu'", UnknownWord, Some("'kayu_papan'"));
        refused("household.floor == 'emas'", "'emas'", UnknownWord, None);
    }

    #[test]
    fn a_field_that_the_code_book_does_not_explain_is_refused_not_taken_for_false() {
        let text = "members.exists(m, m.disabled)";
        let found = check_condition(text, &CodeBook::default()).map_err(|faults| faults[0].code);
        assert_eq!(found, Err(UnknownWord));
    }

    #[test]
    fn a_region_is_a_village_and_its_beginning_ends_at_a_dot() {
        let whole = Some("household.region.startsWith('35.26.01')");
        refused("household.region == '35.26.01'", "'35.26.01'", WrongType, whole);
        refused("household.region.startsWith('35.26.0')", "'35.26.0'", WrongType, Some("'35.26'"));
        refused("household.region.endsWith('01')", "endsWith", Unsupported, Some("startsWith"));
        assert_eq!(faults("household.region.startsWith('35.26.01.')"), []);
        assert_eq!(faults("household.region in ['35.26.01.2001']"), []);
    }

    #[test]
    fn what_could_cost_without_bound_is_refused() {
        let nested = "members.exists(m, members.all(n, n.age > m.age))";
        refused(nested, "all", UnboundedCost, None);
        refused("members.map(m, m.age) == 3", "map", UnboundedCost, Some("exists"));
        let pattern = "members.exists(m, m.card_occupation.matches('.*'))";
        refused(pattern, "matches", UnboundedCost, Some("contains"));
        let wide = vec!["household.car"; 101].join(" || ");
        assert_eq!(faults(&wide).len(), 1);
        assert_eq!(faults(&wide)[0].1, UnboundedCost);
        let long = format!("{}household.car", " ".repeat(LONGEST_RULE));
        refused(&long, "household.car", UnboundedCost, None);
        let deep = format!("{}true{}", "(".repeat(200), ")".repeat(200));
        refused(&deep, &deep, UnboundedCost, None);
        let chain = vec!["1"; 1_900].join("+");
        refused(&chain, &chain, UnboundedCost, None);
        let power = "household.cattle * household.pigs * household.goats_sheep > 1";
        refused(power, "*", UnboundedCost, None);
        let smallest = "household.decile < -(-9223372036854775808)";
        refused(smallest, "-", UnboundedCost, None);
    }

    #[test]
    fn a_rule_that_is_not_true_or_false_is_refused() {
        refused("household.decile + 1", "+", NotBoolean, None);
        refused("household", "household", NotBoolean, None);
    }

    #[test]
    fn a_programme_is_asked_for_in_one_way() {
        let way = Some("'PKH' in aid.programs");
        refused("aid.programs == ['PKH']", "programs", UnknownProgramSyntax, way);
        refused("size(aid.programs) > 0", "programs", UnknownProgramSyntax, way);
        refused("household.floor in aid.programs", "floor", UnknownProgramSyntax, way);
        refused("'P K H' in aid.programs", "'P K H'", UnknownProgramSyntax, None);
    }

    #[test]
    fn what_cel_has_and_rules_do_not_is_refused() {
        refused("household.decile / 2 > 1", "/", Unsupported, None);
        refused("household.decile % 2 == 1", "%", Unsupported, None);
        refused("members[0].age > 1", "[", Unsupported, None);
        refused("household.floor.startWith('t')", "startWith", Unsupported, Some("startsWith"));
    }

    #[test]
    fn a_syntax_fault_is_told_at_its_line_and_column() {
        let text = "household.car &&\n  household.decile <= * 4";
        let found = faults(text);
        assert_eq!(found.first(), Some(&("*".to_owned(), Syntax, None)), "{found:?}");
        assert!(matches!(faults("household.floor == 'tanah")[0], (_, Syntax, None)));
        assert!(matches!(faults("")[0], (_, Syntax, None)));
    }

    #[test]
    fn all_faults_are_told_at_once_in_the_order_of_the_text() {
        let text = "household.floor == 'é' && household.decil <= 4 && members.exists(m, m.agee > 'x')";
        let found: Vec<String> = faults(text).into_iter().map(|(stretch, ..)| stretch).collect();
        assert_eq!(found, ["'é'", "decil", "agee", "'x'"]);
    }

    #[test]
    fn a_place_counts_characters_not_bytes() {
        let faults = check_condition("'é' == household.floor", &CodeBook::of_questionnaire());
        let pointer = faults.map_err(|faults| faults[0].pointer);
        assert_eq!(pointer, Err(TextRange { offset: 0, length: 3 }));
    }
}
