//! What differs between two releases: a small case by hand, a regency in plain SQL, and sums that add up.

use crate::support::{
    Api,
    deliveries::{CHILD, Draft, card, generated, nik},
    world::World,
};
use serde_json::{Value, json};

const SOCAH: &str = "35.26.02.2001";
const BANGKALAN: &str = "35.26.01.2008";

fn changes(numbers: [i64; 9]) -> Value {
    let names = [
        "arrived",
        "left",
        "stayed",
        "changed_decile",
        "extreme_movers",
        "moved_village",
        "changed_members",
        "merged",
        "split",
    ];
    Value::Object(names.iter().zip(numbers).map(|(name, number)| ((*name).to_owned(), json!(number))).collect())
}

fn only_changes(row: &Value) -> Value {
    let mut row = row.as_object().unwrap().clone();
    row.retain(|name, _| !["district_code", "name"].contains(&name.as_str()));
    Value::Object(row)
}

#[tokio::test]
async fn each_change_is_counted_where_it_belongs() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let first = Draft::new()
        .single(&card(1), BANGKALAN, "3", &nik(1))
        .single(&card(2), BANGKALAN, "1", &nik(2))
        .single(&card(3), SOCAH, "5", &nik(3))
        .single(&card(4), SOCAH, "10", &nik(4))
        .single(&card(5), SOCAH, "", &nik(5));
    let was = steward.load("1", &first.files()).await;
    api.activate(was).await;
    // 1 moved to Socah and a decile up; 2 rose by eight; 3 left; 4 had a child; 5 was given a decile; 6 arrived.
    let second = Draft::new()
        .single(&card(1), SOCAH, "4", &nik(1))
        .single(&card(2), BANGKALAN, "9", &nik(2))
        .single(&card(4), SOCAH, "10", &nik(4))
        .member(&nik(7), "BAYI", CHILD)
        .single(&card(5), SOCAH, "2", &nik(5))
        .single(&card(6), BANGKALAN, "6", &nik(6));
    let now = steward.load("2", &second.files()).await;
    assert_eq!(steward.release(now).await["compared_with"], json!(was));

    let compared = api.auditor().await.get(&format!("/v1/releases/{now}/comparison")).await.ok();
    assert_eq!((&compared["release_id"], &compared["with"]), (&json!(now), &json!(was)));
    assert_eq!(compared["total"], changes([1, 1, 4, 3, 1, 1, 1, 0, 0]));
    let districts = compared["districts"].as_array().unwrap();
    let named: Vec<_> = districts.iter().map(|row| (row["district_code"].as_str().unwrap(), &row["name"])).collect();
    assert_eq!(named, [("35.26.01", &json!("Bangkalan")), ("35.26.02", &json!("Socah"))]);
    assert_eq!(only_changes(&districts[0]), changes([1, 0, 1, 1, 1, 0, 0, 0, 0]));
    assert_eq!(only_changes(&districts[1]), changes([0, 1, 3, 2, 0, 1, 1, 0, 0]));
    // 1 to 9, 3 to 4, 10 to 10, unknown to 2; nobody in any other cell.
    let mut cells = [[0; 12]; 12];
    for (from, to) in [(1, 9), (3, 4), (10, 10), (11, 2)] {
        for (row, column) in [(from, to), (from, 0), (0, to), (0, 0)] {
            cells[row][column] += 1;
        }
    }
    let row = |row: [i64; 12]| json!({ "to": row[1..=10], "to_unknown": row[11], "households": row[0] });
    assert_eq!(compared["deciles"]["total"], row(cells[0]));
    let rows = compared["deciles"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 11);
    for (place, shown) in (1..).zip(rows) {
        let mut expected = row(cells[place]);
        expected["from"] = if place == 11 { Value::Null } else { json!(place) };
        assert_eq!(shown, &expected);
    }

    let movers = steward.get(&format!("/v1/releases/{now}/comparison/extreme-movers?with={was}")).await.ok();
    let mover = &movers["items"][0];
    assert_eq!(movers["items"].as_array().unwrap().len(), 1);
    assert_eq!((&mover["from"], &mover["to"], &mover["village_code"]), (&json!(1), &json!(9), &json!(BANGKALAN)));

    // The other way about, who arrived has left.
    let back = steward.get(&format!("/v1/releases/{was}/comparison?with={now}")).await.ok();
    assert_eq!(back["total"], changes([1, 1, 4, 3, 1, 1, 1, 0, 0]));
    let same = steward.get(&format!("/v1/releases/{was}/comparison?with={was}")).await.ok();
    assert_eq!(same["total"], changes([0, 0, 5, 0, 0, 0, 0, 0, 0]));
    assert_eq!(steward.get(&format!("/v1/releases/{was}/comparison")).await.wrong_fields(), ["with"]);
}

#[tokio::test]
async fn a_family_that_went_into_another_is_merged_and_one_that_others_came_of_is_split() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let first = Draft::new()
        .single(&card(1), BANGKALAN, "3", &nik(1))
        .single(&card(2), SOCAH, "3", &nik(2))
        .single(&card(3), BANGKALAN, "3", &nik(3))
        .member(&nik(4), "ANAK", CHILD)
        .single(&card(4), BANGKALAN, "3", &nik(5))
        .member(&nik(6), "ANAK", CHILD)
        .member(&nik(7), "CUCU", CHILD)
        .single(&card(5), SOCAH, "3", &nik(8))
        .single(&card(6), SOCAH, "3", &nik(9));
    let was = steward.load("1", &first.files()).await;
    api.activate(was).await;
    // 2 went into 1 whole. 3 went apart, into 1 and 5. 4 stayed, and two of its three became a family with another of
    // nobody's, which is half of it and more. 6 is gone, and nobody knows of its head. 5 merely took somebody in.
    let second = Draft::new()
        .single(&card(1), BANGKALAN, "3", &nik(1))
        .member(&nik(2), "SAUDARA", CHILD)
        .member(&nik(3), "SAUDARA", CHILD)
        .single(&card(4), BANGKALAN, "3", &nik(5))
        .single(&card(5), SOCAH, "3", &nik(8))
        .member(&nik(4), "SAUDARA", CHILD)
        .single(&card(7), BANGKALAN, "3", &nik(6))
        .member(&nik(7), "ANAK", CHILD)
        .member(&nik(10), "ISTRI", CHILD);
    let now = steward.load("2", &second.files()).await;
    let compared = steward.get(&format!("/v1/releases/{now}/comparison")).await.ok();
    assert_eq!(compared["total"], changes([1, 3, 3, 0, 0, 0, 3, 1, 2]));
    let districts = compared["districts"].as_array().unwrap();
    assert_eq!(only_changes(&districts[0]), changes([1, 1, 2, 0, 0, 0, 2, 0, 2]));
    assert_eq!(only_changes(&districts[1]), changes([0, 2, 1, 0, 0, 0, 1, 1, 0]));
}

#[tokio::test]
async fn a_quarter_s_comparison_agrees_with_plain_sql_and_its_sums_add_up() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let was = steward.load("1", &generated(1_500, 1, false).files).await;
    api.activate(was).await;
    let now = steward.load("2", &generated(1_500, 2, false).files).await;
    let compared = steward.get(&format!("/v1/releases/{now}/comparison")).await.ok();
    let total = &compared["total"];
    let count = |row: &Value, name: &str| row[name].as_i64().unwrap();

    for (sum, release) in [("arrived", now), ("left", was)] {
        let shown = steward.release(release).await;
        assert_eq!(count(total, sum) + count(total, "stayed"), shown["households"].as_i64().unwrap());
    }
    for name in changes([0; 9]).as_object().unwrap().keys() {
        let of_districts: i64 = compared["districts"].as_array().unwrap().iter().map(|row| count(row, name)).sum();
        assert_eq!(of_districts, count(total, name), "{name}");
    }
    let table = &compared["deciles"];
    let in_all: i64 = table["rows"].as_array().unwrap().iter().map(|row| count(row, "households")).sum();
    assert_eq!((in_all, count(&table["total"], "households")), (count(total, "stayed"), count(total, "stayed")));

    let of = |release| format!("SELECT household_id FROM household_snapshots WHERE release_id = '{release}'");
    let both = format!(
        "FROM household_snapshots a, household_snapshots b
         WHERE a.household_id = b.household_id AND a.release_id = '{was}' AND b.release_id = '{now}'"
    );
    // Every cell of the table and every sum of a row or column; 0 stands for no decile.
    let at =
        |row: &Value, to: usize| if to == 0 { count(row, "to_unknown") } else { row["to"][to - 1].as_i64().unwrap() };
    for from in 0..=10 {
        let row = &table["rows"][if from == 0 { 10 } else { from - 1 }];
        assert_eq!(row["from"].as_u64().unwrap_or(0), from as u64);
        let told: Vec<String> = (0..=10).map(|to| at(row, to).to_string()).collect();
        let cells = (0..=10).map(|to| {
            format!("(SELECT count(*) {both} AND coalesce(a.decile, 0) = {from} AND coalesce(b.decile, 0) = {to})")
        });
        let sql = format!("SELECT {}", cells.collect::<Vec<_>>().join(", "));
        assert_eq!(api.rows(&sql).await, [told.join("|")], "from {from}");
        let sql = format!("SELECT count(*) {both} AND coalesce(a.decile, 0) = {from}");
        assert_eq!(api.rows(&sql).await, [count(row, "households").to_string()], "from {from}");
        let sql = format!("SELECT count(*) {both} AND coalesce(b.decile, 0) = {from}");
        assert_eq!(api.rows(&sql).await, [at(&table["total"], from).to_string()], "to {from}");
    }
    let members = |of: &str, release| {
        format!(
            "(SELECT array_agg(individual_id ORDER BY individual_id) FROM individual_snapshots i WHERE i.household_id = {of}.household_id AND i.release_id = '{release}')"
        )
    };
    let heirs = format!(
        "(SELECT count(DISTINCT i.household_id) FROM individual_snapshots i WHERE i.release_id = '{now}' AND i.individual_id IN (
              SELECT individual_id FROM individual_snapshots w WHERE w.household_id = x.household_id AND w.release_id = '{was}'))"
    );
    for (name, sql) in [
        ("arrived", format!("SELECT count(*) FROM ({} EXCEPT {}) x", of(now), of(was))),
        ("left", format!("SELECT count(*) FROM ({} EXCEPT {}) x", of(was), of(now))),
        ("stayed", format!("SELECT count(*) FROM ({} INTERSECT {}) x", of(was), of(now))),
        ("changed_decile", format!("SELECT count(*) {both} AND coalesce(a.decile, 0) <> coalesce(b.decile, 0)")),
        (
            "extreme_movers",
            format!("SELECT count(*) {both} AND (a.decile - b.decile >= 7 OR b.decile - a.decile >= 7)"),
        ),
        ("moved_village", format!("SELECT count(*) {both} AND a.village_code <> b.village_code")),
        (
            "changed_members",
            format!("SELECT count(*) {both} AND {} IS DISTINCT FROM {}", members("a", was), members("b", now)),
        ),
        ("merged", format!("SELECT count(*) FROM ({} EXCEPT {}) x WHERE {heirs} = 1", of(was), of(now))),
        (
            "split",
            format!(
                "SELECT (SELECT count(*) FROM ({} EXCEPT {}) x WHERE {heirs} > 1)
                      + (SELECT count(*) FROM ({} INTERSECT {}) x WHERE EXISTS (
                             SELECT 1 FROM ({} EXCEPT {}) y
                             WHERE 2 * (SELECT count(*) FROM individual_snapshots i WHERE i.household_id = y.household_id AND i.release_id = '{now}'
                                          AND i.individual_id IN (SELECT individual_id FROM individual_snapshots w WHERE w.household_id = x.household_id AND w.release_id = '{was}'))
                                 >= greatest(1, (SELECT count(*) FROM individual_snapshots i WHERE i.household_id = y.household_id AND i.release_id = '{now}'))))",
                of(was), of(now), of(was), of(now), of(now), of(was)
            ),
        ),
    ] {
        assert_eq!(api.rows(&sql).await, [count(total, name).to_string()], "{name}");
    }
    // The word that the reading left says the same of who is gone.
    let said = format!(
        "SELECT count(DISTINCT household_id) FROM household_successions WHERE release_id = '{now}' AND kind = 'merged'"
    );
    assert_eq!(api.rows(&said).await, [count(total, "merged").to_string()]);
    assert!(count(total, "merged") > 0 && count(total, "split") > 0, "{total}");
    let path = format!("/v1/releases/{now}/comparison/extreme-movers");
    let movers = steward.all_pages(&path, "limit=1").await;
    assert_eq!(i64::try_from(movers.len()).unwrap(), count(total, "extreme_movers"));
    assert!(!movers.is_empty());
}

#[tokio::test]
async fn a_release_that_was_not_read_is_not_compared() {
    let api = Api::start().await;
    let mut world = World::begin(&api).await;
    let (was, now) = (world.release_id, world.next_release().await);
    let steward = api.steward().await;
    let compare = |of: uuid::Uuid, with: uuid::Uuid| {
        let (steward, path) = (steward.clone(), format!("/v1/releases/{of}/comparison?with={with}"));
        async move { steward.get(&path).await }
    };
    compare(now, was).await.ok();
    for state in ["received", "rejected"] {
        let sql = format!(
            "ALTER TABLE releases DISABLE TRIGGER release_step;
             UPDATE releases SET state = '{state}' WHERE release_id = '{was}';
             ALTER TABLE releases ENABLE TRIGGER release_step"
        );
        api.database.execute(&sql).await;
        assert_eq!(compare(now, was).await.refused("release-step")["state"], state);
        assert_eq!(compare(was, now).await.refused("release-step")["state"], state);
    }
}
