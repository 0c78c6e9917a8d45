//! Households that a release no longer has: what is answered of them, and to whom.

use crate::support::{
    Actor, Api,
    deliveries::{CHILD, Draft, HEAD, card, nik},
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const SOCAH: &str = "35.26.02.2001";
const KOTA: &str = "35.26.01.1001";

/// Families by card number, village, name and persons, the first of whom is the head.
fn delivery(families: &[(u32, &str, &str, &[u32])]) -> Draft {
    families.iter().fold(Draft::new(), |draft, (number, village, name, persons)| {
        let draft = draft.family(&card(*number), village, "3", name);
        persons.iter().fold(draft, |draft, person| {
            draft.member(&nik(*person), &format!("P{person}"), if *person == persons[0] { HEAD } else { CHILD })
        })
    })
}

async fn active(api: &Arc<Api>, label: &str, families: &[(u32, &str, &str, &[u32])]) -> Uuid {
    let release = api.steward().await.load(label, &delivery(families).files()).await;
    api.activate(release).await;
    release
}

async fn household(api: &Api, release: Uuid, name: &str) -> Uuid {
    let sql =
        format!("SELECT household_id FROM household_snapshots WHERE release_id = '{release}' AND head_name = '{name}'");
    api.database.value(&sql).await
}

/// Who it became, and how.
async fn became(reader: &Actor, household: Uuid) -> Vec<(Value, Value)> {
    let gone = reader.get(&format!("/v1/households/{household}")).await.refused("household-gone");
    assert_eq!(gone["status"], 410);
    let successors = gone["successors"].as_array().unwrap();
    successors.iter().map(|one| (one["household_id"].clone(), one["kind"].clone())).collect()
}

const BEFORE: &[(u32, &str, &str, &[u32])] = &[
    (1, SOCAH, "satu", &[1, 2]),
    (2, SOCAH, "dua", &[3, 4]),
    (3, SOCAH, "bergabung", &[5, 6]),
    (4, SOCAH, "terbagi", &[7, 8]),
    (5, KOTA, "pergi", &[9]),
];
const AFTER: &[(u32, &str, &str, &[u32])] = &[(1, SOCAH, "satu", &[1, 2, 5, 6, 7]), (2, KOTA, "dua", &[3, 4, 8])];

#[tokio::test]
async fn a_household_that_is_gone_names_the_households_that_it_became() {
    let api = Api::start().await;
    let was = active(&api, "1", BEFORE).await;
    let reader = api.manager_of("dinsos").await;
    let [one, two, merged, split, left] = ["satu", "dua", "bergabung", "terbagi", "pergi"];
    let id = async |name| household(&api, was, name).await;
    reader.get(&format!("/v1/households/{}", id(merged).await)).await.ok();
    active(&api, "2", AFTER).await;

    assert_eq!(became(&reader, id(merged).await).await, [(json!(id(one).await), json!("merged"))]);
    let mut both = [(json!(id(one).await), json!("split")), (json!(id(two).await), json!("split"))];
    both.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(became(&reader, id(split).await).await, both);
    assert_eq!(became(&reader, id(left).await).await, []);
    reader.get(&format!("/v1/households/{}", Uuid::now_v7())).await.refused("not-found");
    // What was told of whom is remembered.
    let sql = "SELECT household_ids FROM audit_entries WHERE action = 'household.succession.read' ORDER BY occurred_at LIMIT 1";
    let told: Vec<Uuid> = api.database.value(sql).await;
    assert_eq!(told, [id(merged).await, id(one).await]);
}

#[tokio::test]
async fn successors_are_followed_from_release_to_release_and_forgotten_when_turned_back() {
    let api = Api::start().await;
    let first = active(&api, "1", BEFORE).await;
    active(&api, "2", AFTER).await;
    active(&api, "3", &[(2, SOCAH, "dua", &[3, 4, 8, 1, 2, 5, 6, 7])]).await;
    let reader = api.manager_of("dinsos").await;
    let two = household(&api, first, "dua").await;
    for gone in ["satu", "bergabung"] {
        let gone = household(&api, first, gone).await;
        assert_eq!(became(&reader, gone).await, [(json!(two), json!("merged"))]);
    }
    api.activate(first).await;
    for there in ["satu", "bergabung", "terbagi"] {
        let there = household(&api, first, there).await;
        reader.get(&format!("/v1/households/{there}")).await.ok();
    }
}

#[tokio::test]
async fn nobody_learns_of_a_household_or_successor_outside_their_areas() {
    let api = Api::start().await;
    let was = active(&api, "1", BEFORE).await;
    active(&api, "2", AFTER).await;
    let (split, left) = (household(&api, was, "terbagi").await, household(&api, was, "pergi").await);
    let of_socah = api.actor(Role::CaseManager, "dinsos", &["35.26.02"]).await;
    let of_kota = api.actor(Role::CaseManager, "dinsos", &["35.26.01"]).await;
    // It lived in Socah; of its successors one lives there.
    let one = household(&api, was, "satu").await;
    assert_eq!(became(&of_socah, split).await, [(json!(one), json!("split"))]);
    of_kota.get(&format!("/v1/households/{split}")).await.refused("not-found");
    of_socah.get(&format!("/v1/households/{left}")).await.refused("not-found");
    assert_eq!(became(&of_kota, left).await, []);
    api.admin().await.get(&format!("/v1/households/{left}")).await.refused("forbidden");
}
