//! Random rules that are well typed, for holding the two evaluators against each other.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sejahtera::aid::eligibility::{EligibilityField, FieldScope, FieldType};

/// Numbers at which answers begin and end: counts, deciles, ages, volt-amperes.
const NUMBERS: [i64; 20] = [-1, 0, 1, 2, 3, 4, 5, 7, 10, 17, 18, 19, 45, 59, 60, 61, 450, 900, 2200, 2201];

/// Programme codes of which the tests know enrolments.
pub const PROGRAMS: [&str; 3] = ["PKH", "SEMBAKO", "BLT-DESA"];

/// Occupations on identity cards, with all that a literal of SQL or CEL might stumble over.
pub const OCCUPATIONS: [&str; 5] = ["PETANI", "NELAYAN", "PEDAGANG O'ONG", "BURUH \\ HARIAN", "GURU é"];

/// Region codes and beginnings of such.
pub const VILLAGES: [&str; 3] = ["35.26.01.2001", "35.26.01.2002", "35.26.11.1003"];
const REGIONS: [&str; 3] = ["35.26", "35.26.01", "35.26.11.1003"];

/// What everything random here follows from.
pub struct Seed(u64);

impl Seed {
    /// The one that is asked for, or any.
    pub fn sown() -> Self {
        let asked = std::env::var("AGREEMENT_SEED").ok().map(|seed| seed.parse().unwrap());
        Self(asked.unwrap_or_else(rand::random))
    }

    /// Draws what follows from it.
    pub fn runner(&self) -> TestRunner {
        let bytes: Vec<u8> = self.0.to_le_bytes().repeat(4);
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the same again: AGREEMENT_SEED={}", self.0);
        }
    }
}

/// Rules over the fields of a catalogue.
pub fn rules(fields: &[EligibilityField]) -> BoxedStrategy<String> {
    let of_member =
        condition(leaf(fields, FieldScope::Member).prop_union(leaf(fields, FieldScope::Household)).boxed(), 6);
    let about_members = about_members(of_member);
    condition(prop_oneof![4 => leaf(fields, FieldScope::Household), 4 => about_members, 1 => enrolled()].boxed(), 10)
}

/// Words on which members a programme serves.
pub fn member_rules(fields: &[EligibilityField]) -> BoxedStrategy<String> {
    condition(leaf(fields, FieldScope::Member), 6)
}

/// Expressions to rank by.
pub fn ranked(fields: &[EligibilityField]) -> BoxedStrategy<String> {
    let of_member = condition(leaf(fields, FieldScope::Member), 4);
    prop_oneof![number(fields, FieldScope::Household), count(of_member), leaf(fields, FieldScope::Household)].boxed()
}

fn condition(leaf: BoxedStrategy<String>, size: u32) -> BoxedStrategy<String> {
    leaf.prop_recursive(3, size, 2, |inner| {
        prop_oneof![
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            3 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(({a}) || ({b}))")),
            3 => inner.clone().prop_map(|a| format!("!({a})")),
            1 => (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("(({a}) ? ({b}) : ({c}))")),
        ]
    })
    .boxed()
}

fn about_members(condition: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let question = (select(vec!["exists", "all", "exists_one"]), condition.clone())
        .prop_map(|(question, condition)| format!("members.{question}(m, {condition})"));
    let counted = (count(condition), comparison(), 0i64..4)
        .prop_map(|(count, comparison, n)| format!("{count} {comparison} {n}"));
    prop_oneof![3 => question, 2 => counted].boxed()
}

fn count(condition: BoxedStrategy<String>) -> BoxedStrategy<String> {
    prop_oneof![
        condition.clone().prop_map(|condition| format!("members.filter(m, {condition}).size()")),
        condition.prop_map(|condition| format!("size(members.filter(m, {condition}))")),
        Just("members.size()".to_owned()),
    ]
    .boxed()
}

fn enrolled() -> BoxedStrategy<String> {
    select(PROGRAMS.to_vec()).prop_map(|program| format!("'{program}' in aid.programs")).boxed()
}

fn leaf(fields: &[EligibilityField], scope: FieldScope) -> BoxedStrategy<String> {
    let compared = (number(fields, scope), comparison(), constant())
        .prop_map(|(a, comparison, b)| format!("{a} {comparison} {b}"));
    let exchanged = (constant(), comparison(), number(fields, scope))
        .prop_map(|(a, comparison, b)| format!("{a} {comparison} {b}"));
    let listed = (number(fields, scope), proptest::collection::vec(constant(), 1..4))
        .prop_map(|(number, list)| format!("{number} in [{}]", list.join(", ")));
    let answered = field(fields, scope, |field| field.field_type != FieldType::List)
        .prop_map(|field| format!("has({})", field.name));
    prop_oneof![
        4 => compared,
        1 => exchanged,
        1 => listed,
        4 => word(fields, scope),
        3 => yes_or_no(fields, scope),
        2 => text(fields, scope),
        1 => answered,
    ]
    .boxed()
}

fn number(fields: &[EligibilityField], scope: FieldScope) -> BoxedStrategy<String> {
    let plain =
        field(fields, scope, |field| field.field_type == FieldType::Integer).prop_map(|field| field.name).boxed();
    let calculated = (plain.clone(), select(vec!["+", "-", "*"]), prop_oneof![constant(), plain.clone()])
        .prop_map(|(a, operation, b)| format!("({a} {operation} {b})"));
    let chosen = (plain.clone(), plain.clone(), constant()).prop_map(|(a, b, n)| format!("({a} < {n} ? {b} : {n})"));
    prop_oneof![6 => plain, 2 => calculated, 1 => chosen].boxed()
}

fn word(fields: &[EligibilityField], scope: FieldScope) -> BoxedStrategy<String> {
    field(fields, scope, |field| field.field_type == FieldType::Word && !field.words.is_empty())
        .prop_flat_map(|field| {
            let words = proptest::sample::subsequence(field.words.clone(), 1..=field.words.len().min(3));
            (Just(field.name), words, 0u8..3)
        })
        .prop_map(|(name, words, form)| match form {
            0 => format!("{name} == '{}'", words[0]),
            1 => format!("'{}' != {name}", words[0]),
            _ => format!("{name} in ['{}']", words.join("', '")),
        })
        .boxed()
}

fn yes_or_no(fields: &[EligibilityField], scope: FieldScope) -> BoxedStrategy<String> {
    field(fields, scope, |field| field.field_type == FieldType::Boolean)
        .prop_flat_map(|field| {
            select(vec![field.name.clone(), format!("{} == false", field.name), format!("true != {}", field.name)])
        })
        .boxed()
}

fn text(fields: &[EligibilityField], scope: FieldScope) -> BoxedStrategy<String> {
    field(fields, scope, |field| matches!(field.field_type, FieldType::Text | FieldType::Region))
        .prop_flat_map(|field| match field.field_type {
            FieldType::Region => region(field.name),
            _ => free_text(field.name),
        })
        .boxed()
}

fn region(name: String) -> BoxedStrategy<String> {
    let (other, third) = (name.clone(), name.clone());
    prop_oneof![
        select(REGIONS.to_vec()).prop_map(move |region| format!("{name}.startsWith('{region}')")),
        select(VILLAGES.to_vec()).prop_map(move |village| format!("{other} != '{village}'")),
        select(VILLAGES.to_vec()).prop_map(move |village| format!("{third} in ['{village}']")),
    ]
    .boxed()
}

fn free_text(name: String) -> BoxedStrategy<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
    (select(OCCUPATIONS.to_vec()), 0u8..4, 0usize..4)
        .prop_map(move |(text, form, cut)| {
            let (start, end): (String, String) = (text.chars().take(cut).collect(), text.chars().skip(cut).collect());
            match form {
                0 => format!("{name} == {}", quoted(text)),
                1 => format!("{name}.startsWith({})", quoted(&start)),
                2 => format!("{name}.endsWith({})", quoted(&end)),
                _ => format!("{name}.contains({})", quoted(&end)),
            }
        })
        .boxed()
}

fn field(
    fields: &[EligibilityField],
    scope: FieldScope,
    fits: impl Fn(&EligibilityField) -> bool,
) -> BoxedStrategy<EligibilityField> {
    let fitting: Vec<EligibilityField> =
        fields.iter().filter(|field| field.scope == scope && fits(field)).cloned().collect();
    select(fitting).boxed()
}

fn comparison() -> BoxedStrategy<&'static str> {
    select(vec!["==", "!=", "<", "<=", ">", ">="]).boxed()
}

fn constant() -> BoxedStrategy<String> {
    select(NUMBERS.to_vec()).prop_map(|number| number.to_string()).boxed()
}
