//! A rule is judged in two ways that know nothing of each other: as SQL for all households, and by CEL's own
//! interpreter for one. Here both judge random rules of random households, in a real database and in a caller's lane.
//! Each run draws others; one that fails says its seed, and `AGREEMENT_SEED` draws the same again.

use crate::support::{
    database::TestDatabase,
    random_rules::{self, OCCUPATIONS, PROGRAMS, Seed, VILLAGES},
    world::{Home, World},
};
use chrono::NaiveDate;
use diesel::sql_types::{Date, Jsonb, SmallInt, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use proptest::{prelude::*, sample::select, strategy::ValueTree, test_runner::TestRunner};
use sejahtera::{
    aid::{
        eligibility::{
            CodeBook, MemberRule, Ranking, RankingExpression, RankingOrder, Rule, RuleFault, RuleFaultCode, Verdict,
            catalogue, compile, explain,
            interpret::{Expression, Interpreter},
            judge,
        },
        facts::{self, FoundHousehold, Sought},
    },
    platform::{
        auth::{Identity, Principal, Role},
        db::{Db, Tx},
    },
};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

const HOUSEHOLDS: usize = 400;
const RULES: usize = 200;
const RANKINGS: usize = 60;
const MEMBER_RULES: usize = 60;

/// Days on which one who was born on 29 February is, and is not yet, a year older.
const DAYS: [&str; 4] = ["2026-11-24", "2026-02-28", "2024-02-29", "2027-03-01"];
const BIRTHS: [&str; 12] = [
    "2004-02-29",
    "2000-02-29",
    "1966-02-28",
    "1966-03-01",
    "1966-11-24",
    "1966-11-25",
    "2008-11-24",
    "2020-05-01",
    "2026-11-25",
    "2027-01-01",
    "1940-01-01",
    "1964-02-29",
];
/// A village that the caller may not see.
const BEYOND: &str = "35.27.01.2001";

/// The answers to one question: mostly one that the code book may know, seldom one that it does not, or none.
fn answers(column: &str, kind: &str) -> BoxedStrategy<Value> {
    let known: BoxedStrategy<Value> = match (column, kind) {
        (column, _) if column.starts_with("decile") => (1..=10).prop_map(Value::from).boxed(),
        ("village_code", _) => {
            return prop_oneof![9 => select(&VILLAGES[..]), 1 => Just(BEYOND)].prop_map(Value::from).boxed();
        }
        ("card_village_code", _) => select(&VILLAGES[..]).prop_map(Value::from).boxed(),
        ("card_occupation" | "card_education", _) => select(&OCCUPATIONS[..]).prop_map(Value::from).boxed(),
        ("birth_date", _) => select(&BIRTHS[..]).prop_map(Value::from).boxed(),
        ("deceased", _) => return any::<bool>().prop_map(Value::from).boxed(),
        (_, "boolean") => any::<bool>().prop_map(Value::from).boxed(),
        (_, "integer") => prop_oneof![40 => 0..6, 1 => Just(i32::MAX)].prop_map(Value::from).boxed(),
        _ => prop_oneof![30 => 1..=9, 1 => Just(99)].prop_map(Value::from).boxed(),
    };
    prop_oneof![8 => known, 1 => Just(Value::Null)].boxed()
}

/// Columns of a table that hold answers, with their types.
async fn columns(database: &TestDatabase, table: &str) -> Vec<(String, String)> {
    let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_name = $1
               AND column_name NOT IN ('household_id', 'individual_id', 'release_id', 'address', 'head_name', 'kk_tail',
                   'pln_customer', 'member_count', 'position', 'name', 'nik_tail', 'card_hamlet', 'card_rt', 'card_rw',
                   'card_address', 'extra')";
    let rows = database.owner().await.query(sql, &[&table]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

fn row(columns: &[(String, String)]) -> impl Strategy<Value = Vec<(String, Value)>> + use<> {
    let cells: Vec<_> = columns.iter().map(|(column, kind)| (Just(column.clone()), answers(column, kind))).collect();
    cells
}

fn described(home: Home, family: Vec<(String, Value)>, members: Vec<Vec<(String, Value)>>) -> Home {
    let home = family.into_iter().fold(home, |home, (column, value)| home.set(&column, value));
    let home = home.set("member_count", members.len());
    members.into_iter().fold(home, |home, member| {
        // The village is the household's, whatever was drawn for the member.
        home.member(|person| member.into_iter().fold(person, |person, (column, value)| person.set(&column, value)))
    })
}

struct Stage {
    database: TestDatabase,
    world: World,
    caller: Principal,
    household_ids: Vec<Uuid>,
    runner: TestRunner,
    _seed: Seed,
}

impl Stage {
    /// Random households, some of which stand in programmes of another agency.
    async fn set() -> Self {
        let seed = Seed::sown();
        let mut runner = seed.runner();
        let database = TestDatabase::create().await;
        let world = World::begin_in(&database).await;
        let member = row(&columns(&database, "individual_snapshots").await);
        let household = (
            row(&columns(&database, "household_snapshots").await),
            proptest::collection::vec(member, 0..5),
            proptest::sample::subsequence(&PROGRAMS[..], 0..=PROGRAMS.len()),
        );
        let drawn: Vec<_> = (0..HOUSEHOLDS).map(|_| household.new_tree(&mut runner).unwrap().current()).collect();
        let programs: Vec<_> = drawn.iter().map(|(.., programs)| programs.clone()).collect();
        let homes = drawn.into_iter().map(|(family, members, _)| described(world.home(), family, members));
        let households = world.settle(homes.collect()).await;
        for (household, programs) in households.iter().zip(programs) {
            for program in programs {
                world.stands_in(household, program, "dinkes").await;
            }
        }
        sensitive(&database).await;
        world.analyze().await;
        let household_ids = households.iter().map(|household| household.household_id).collect();
        Self { database, world, caller: manager(), household_ids, runner, _seed: seed }
    }

    fn day(number: usize) -> NaiveDate {
        DAYS[number % DAYS.len()].parse().unwrap()
    }

    /// What the caller may know of the households on each of the days.
    async fn found(&self, tx: &mut Tx) -> Vec<HashMap<Uuid, FoundHousehold>> {
        let mut found = Vec::new();
        for number in 0..DAYS.len() {
            let programs = PROGRAMS.map(str::to_owned);
            let areas = ["35.%".to_owned()];
            let sought = Sought {
                release_id: self.world.release_id,
                household_ids: &self.household_ids,
                areas: &areas,
                programs: &programs,
                on: Self::day(number),
            };
            found.push(facts::find(tx, sought, self.world.book()).await.unwrap());
        }
        found
    }

    fn draw<T>(&mut self, strategy: &impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).unwrap().current()
    }
}

/// One of the programmes is another agency's and marked as sensitive; rules may ask for it all the same.
async fn sensitive(database: &TestDatabase) {
    database.insert_agency("dinkes").await;
    let sql = format!(
        "INSERT INTO programs (program_id, code, agency_code, name, kind, funding, serves, benefit, cadence,
             fund_source, legal_basis, areas, starts_on, sensitive)
         SELECT gen_random_uuid(), code, 'dinkes', 'X', 'cash', 'managed', 'household', 'X', 'once',
             'apbn', 'X', '{{35.26}}', '2026-01-01', code = '{}'
         FROM unnest(ARRAY['{}']) code
         ON CONFLICT (code) DO UPDATE SET agency_code = EXCLUDED.agency_code, sensitive = EXCLUDED.sensitive;
         UPDATE enrolment_claims c SET program_id = p.program_id FROM programs p WHERE p.code = c.program_code",
        PROGRAMS[0],
        PROGRAMS.join("', '")
    );
    database.execute(&sql).await;
}

fn manager() -> Principal {
    let identity = Identity {
        subject: "user:manajer".to_owned(),
        person: None,
        role: Role::ProgramManager,
        agency: "dinsos".to_owned(),
        areas: vec!["35.26".parse().unwrap()],
        acting_for: None,
    };
    Principal::resumed(identity, Uuid::now_v7())
}

#[derive(QueryableByName)]
struct Household {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
}

#[derive(QueryableByName)]
struct Explained {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
    #[diesel(sql_type = Jsonb)]
    explanation: Value,
}

/// Households of the release for which the SQL is true, in this order.
async fn asked(tx: &mut Tx, release: Uuid, on: NaiveDate, where_sql: &str, order: &str) -> Vec<Uuid> {
    let sql = format!(
        "SELECT h.household_id FROM household_snapshots h
         WHERE h.release_id = $1 AND $2::date IS NOT NULL AND ({where_sql}) ORDER BY {order}"
    );
    let rows = sql_query(&sql).bind::<SqlUuid, _>(release).bind::<Date, _>(on).load::<Household>(&mut **tx).await;
    rows.unwrap_or_else(|error| panic!("{error}\n{sql}")).into_iter().map(|row| row.household_id).collect()
}

/// A rule, unless it came out larger than rules may be; nothing else may be wrong with it.
fn checked(text: &str, book: &CodeBook) -> Option<Rule> {
    let only_too_large = |faults: &[RuleFault]| faults.iter().all(|fault| fault.code == RuleFaultCode::UnboundedCost);
    match Rule::parse(text, book) {
        Ok(rule) => Some(rule),
        Err(faults) => {
            assert!(only_too_large(&faults), "{text}\n{faults:#?}");
            None
        }
    }
}

#[tokio::test]
async fn compiled_rules_and_the_interpreter_agree_on_every_household() {
    let mut stage = Stage::set().await;
    let db = Db::new(&stage.database.application_url, 1).unwrap();
    let caller = stage.caller.clone();
    let judged = db
        .act(&caller, async |tx| {
            let found = stage.found(tx).await;
            let book = stage.world.book().clone();
            let rules = random_rules::rules(&catalogue::fields(&book));
            let mut judged = [0; 3];
            for number in 0..RULES {
                let text = stage.draw(&rules);
                let (Some(rule), Some(negated)) = (checked(&text, &book), checked(&format!("!({text})"), &book)) else {
                    continue;
                };
                let (release, on, found) = (stage.world.release_id, Stage::day(number), &found[number % DAYS.len()]);
                let yes = asked(tx, release, on, &compile(&rule, &book).where_sql, "1").await;
                let no = asked(tx, release, on, &compile(&negated, &book).where_sql, "1").await;
                let (yes, no): (HashSet<Uuid>, HashSet<Uuid>) = (yes.into_iter().collect(), no.into_iter().collect());
                assert!(yes.iter().chain(&no).all(|id| found.contains_key(id)), "beyond the lane: {text}");
                let expression = Expression::new(&text);
                for (id, household) in found {
                    let by_sql = match (yes.contains(id), no.contains(id)) {
                        (true, false) => Verdict::True,
                        (false, true) => Verdict::False,
                        (false, false) => Verdict::Unknown,
                        (true, true) => panic!("true and false at once: {text}"),
                    };
                    let interpreted = Interpreter::new(&household.facts).judge(&expression);
                    assert_eq!(by_sql, interpreted, "{text}\non {on}\n{:#?}", household.facts);
                    judged[by_sql as usize] += 1;
                }
                explanations_agree(tx, &rule, &book, release, on, found).await;
            }
            Ok(judged)
        })
        .await
        .unwrap();
    // Had the rules hardly been true, false or unknown of anyone, agreement would say little.
    let all: usize = judged.iter().sum();
    assert!(all > RULES * HOUSEHOLDS / 2 && judged.iter().all(|count| count * 20 > all), "{judged:?}");
}

/// What is frozen with the decision of a whole list says the same as the explanation of one household.
async fn explanations_agree(
    tx: &mut Tx,
    rule: &Rule,
    book: &CodeBook,
    release: Uuid,
    on: NaiveDate,
    found: &HashMap<Uuid, FoundHousehold>,
) {
    let compiled = compile(rule, book);
    let sql = format!(
        "SELECT h.household_id, {} AS explanation FROM household_snapshots h
         WHERE h.release_id = $1 AND $2::date IS NOT NULL AND ({}) LIMIT 3",
        compiled.explanation_sql(),
        compiled.where_sql
    );
    let rows = sql_query(&sql).bind::<SqlUuid, _>(release).bind::<Date, _>(on).load::<Explained>(&mut **tx).await;
    for row in rows.unwrap_or_else(|error| panic!("{error}\n{sql}")) {
        let explained = serde_json::to_value(explain(rule, &found[&row.household_id].facts)).unwrap();
        assert_eq!(row.explanation["eligible"], explained["eligible"]);
        let clauses = |explanation: &Value| explanation["clauses"].as_array().unwrap().clone();
        let (frozen, explained) = (clauses(&row.explanation), clauses(&explained));
        assert_eq!(frozen.len(), explained.len(), "{}", rule.text);
        for (frozen, explained) in frozen.iter().zip(&explained) {
            for part in ["text", "verdict", "values"] {
                assert_eq!(frozen[part], explained[part], "{}", rule.text);
            }
            if let Some(questions) = explained.get("members").and_then(Value::as_array) {
                assert_eq!(frozen["satisfied_by"], json!(satisfied_by(questions)), "{}", rule.text);
            }
        }
    }
}

/// The positions of the members for whom each question is true.
fn satisfied_by(questions: &[Value]) -> Vec<Vec<Value>> {
    let true_of = |question: &Value| -> Vec<Value> {
        let members = question.as_array().unwrap().iter();
        members.filter(|member| member["verdict"] == "true").map(|member| member["position"].clone()).collect()
    };
    questions.iter().map(true_of).collect()
}

#[tokio::test]
async fn compiled_rankings_and_the_interpreter_agree_on_the_order() {
    let mut stage = Stage::set().await;
    let db = Db::new(&stage.database.application_url, 1).unwrap();
    let caller = stage.caller.clone();
    let compared = db
        .act(&caller, async |tx| {
            let found = stage.found(tx).await;
            let book = stage.world.book().clone();
            let steps = random_rules::ranked(&catalogue::fields(&book));
            let mut compared = 0;
            for number in 0..RANKINGS {
                let orders = [RankingOrder::Asc, RankingOrder::Desc];
                let order = |step: usize| orders[(number + step) % 2];
                let steps: Vec<RankingExpression> = (0..2)
                    .map(|step| RankingExpression { expression: stage.draw(&steps), order: order(step) })
                    .collect();
                let Ok(ranking) = Ranking::parse(&steps, &book) else { continue };
                let (release, on) = (stage.world.release_id, Stage::day(number));
                let order_by = format!("{}, h.household_id", ranking.order_by_sql(&book).join(", "));
                let by_sql = asked(tx, release, on, "true", &order_by).await;
                let places = found[number % DAYS.len()].values();
                let mut interpreted: Vec<_> =
                    places.map(|household| (ranking.values(&household.facts), household.household_id)).collect();
                interpreted.sort_by(|left, right| ranking.compare(&left.0, &right.0).then(left.1.cmp(&right.1)));
                let interpreted: Vec<Uuid> = interpreted.into_iter().map(|(_, id)| id).collect();
                assert_eq!(by_sql, interpreted, "{steps:?}");
                compared += 1;
            }
            Ok(compared)
        })
        .await
        .unwrap();
    assert!(compared > RANKINGS / 2, "{compared}");
}

#[derive(QueryableByName)]
struct Member {
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
    #[diesel(sql_type = SmallInt)]
    position: i16,
    #[diesel(sql_type = Jsonb)]
    explanation: Value,
}

#[tokio::test]
async fn compiled_words_on_members_and_the_interpreter_agree_on_every_member() {
    let mut stage = Stage::set().await;
    let db = Db::new(&stage.database.application_url, 1).unwrap();
    let caller = stage.caller.clone();
    let judged = db
        .act(&caller, async |tx| {
            let found = stage.found(tx).await;
            let book = stage.world.book().clone();
            let words = random_rules::member_rules(&catalogue::fields(&book));
            let (mut served, mut members) = (0, 0);
            for number in 0..MEMBER_RULES {
                let text = stage.draw(&words);
                let Ok(member_rule) = MemberRule::parse(&text, &book) else { continue };
                let rule = Rule { beneficiary: Some(member_rule), ..Rule::parse("true", &book).unwrap() };
                let (compiled, on) = (compile(&rule, &book), Stage::day(number));
                let sql = format!(
                    "SELECT h.household_id, m.position, {} AS explanation FROM household_snapshots h
                     JOIN individual_snapshots m ON m.household_id = h.household_id AND m.release_id = $1
                     WHERE h.release_id = $1 AND $2::date IS NOT NULL AND ({})",
                    compiled.explanation_sql(),
                    compiled.beneficiary_sql.as_deref().unwrap()
                );
                let rows = sql_query(&sql).bind::<SqlUuid, _>(stage.world.release_id).bind::<Date, _>(on);
                let rows: Vec<Member> = rows.load(&mut **tx).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
                let by_sql: HashMap<(Uuid, i64), Value> = rows
                    .into_iter()
                    .map(|row| ((row.household_id, i64::from(row.position)), row.explanation["beneficiary"].clone()))
                    .collect();
                served += by_sql.len();
                for (id, household) in &found[number % DAYS.len()] {
                    for position in household.facts.members.iter().map(|member| member.position) {
                        let judged = judge(&rule, &household.facts, Some(position));
                        let frozen = by_sql.get(&(*id, position));
                        assert_eq!(judged.eligible, frozen.is_some(), "{text}\non {on}, member {position} of {id}");
                        if let Some(frozen) = frozen {
                            assert_eq!(frozen, &serde_json::to_value(judged).unwrap()["beneficiary"], "{text}");
                        }
                        members += 1;
                    }
                }
            }
            Ok((served, members))
        })
        .await
        .unwrap();
    // Had nearly everybody or nearly nobody been served, agreement would say little.
    let (served, members) = judged;
    assert!(
        members > MEMBER_RULES * HOUSEHOLDS / 2 && served * 10 > members && served * 10 < members * 9,
        "{judged:?}"
    );
}
