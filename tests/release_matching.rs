//! Households and individuals keep their ids from release to release: by card number, by members, by NIK; what
//! cannot be told apart is never thrown together.

use crate::support::{
    Api,
    deliveries::{CHILD, Draft, HEAD, card, nik},
};
use sejahtera::platform::vault::Use;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

const HERE: &str = "35.26.02.2001";

/// A family of these persons, the first its head; families and persons are named by their numbers.
fn family(draft: Draft, card_number: &str, name: &str, persons: &[u32]) -> Draft {
    let draft = draft.family(card_number, HERE, "3", name);
    persons.iter().enumerate().fold(draft, |draft, (at, person)| {
        draft.member(&nik(*person), &format!("P{person}"), if at == 0 { HEAD } else { CHILD })
    })
}

fn families(list: &[(&str, &str, &[u32])]) -> Draft {
    list.iter().fold(Draft::new(), |draft, (number, name, persons)| family(draft, number, name, persons))
}

/// Household ids of a release by the name on the family's line.
async fn households(api: &Api, release: Uuid) -> HashMap<String, String> {
    let sql = format!("SELECT head_name, household_id FROM household_snapshots WHERE release_id = '{release}'");
    pairs(api.rows(&sql).await)
}

/// Individual ids of a release by name; a person of two ids is there with both.
async fn individuals(api: &Api, release: Uuid) -> HashMap<String, String> {
    let sql = format!(
        "SELECT name, string_agg(DISTINCT individual_id::text, '+') FROM individual_snapshots WHERE release_id = '{release}' GROUP BY name"
    );
    pairs(api.rows(&sql).await)
}

fn pairs(rows: Vec<String>) -> HashMap<String, String> {
    rows.iter().filter_map(|row| row.split_once('|')).map(|(name, id)| (name.to_owned(), id.to_owned())).collect()
}

/// Loads and activates a delivery.
async fn active(api: &Arc<Api>, label: &str, draft: &Draft) -> Uuid {
    let release = api.steward().await.load(label, &draft.files()).await;
    api.activate(release).await;
    release
}

/// The household to which the directory leads from this card number.
async fn led_to(api: &Api, serial: u32) -> String {
    let digest = api.settings.vault.digest(Use::Kk, card(serial).as_bytes());
    let sql = "SELECT household_id::text FROM kk_directory WHERE digest = $1";
    api.database.owner().await.query_one(sql, &[&&digest[..]]).await.unwrap().get(0)
}

async fn successions(api: &Api, release: Uuid) -> Vec<String> {
    let sql = format!(
        "SELECT household_id, successor_id, kind FROM household_successions WHERE release_id = '{release}' ORDER BY 1, 2"
    );
    api.rows(&sql).await
}

#[tokio::test]
async fn a_household_keeps_its_id_by_its_number_and_by_its_members_when_the_number_changed() {
    let api = Api::start().await;
    let first = families(&[
        (&card(1), "tetap", &[1, 2, 3]),
        (&card(2), "ganti nomor", &[4, 5]),
        (&card(3), "pergi", &[6]),
        ("35260101012000", "nomor terpotong", &[7, 8]),
    ]);
    let was = active(&api, "1", &first).await;
    // The grown child 3 founds a family with 9; 10 is born; the cut number is mended; 11 takes over the number of
    // those who left.
    let second = families(&[
        (&card(11), "keluarga baru", &[3, 9]),
        (&card(12), "ganti nomor", &[4, 5, 10]),
        (&card(1), "tetap", &[1, 2]),
        (&card(13), "nomor terpotong", &[7, 8]),
        (&card(3), "pergi", &[11]),
    ]);
    let now = active(&api, "2", &second).await;
    let (before, after) = (households(&api, was).await, households(&api, now).await);
    for name in ["tetap", "ganti nomor", "pergi", "nomor terpotong"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert!(before.values().all(|id| *id != after["keluarga baru"]));
    let (before, after) = (individuals(&api, was).await, individuals(&api, now).await);
    for person in ["P1", "P2", "P3", "P4", "P5", "P7", "P8"] {
        assert_eq!(before[person], after[person], "{person}");
    }
    assert!(["P9", "P10", "P11"].iter().all(|person| before.values().all(|id| *id != after[*person])));
    assert_eq!(successions(&api, now).await, Vec::<String>::new());
}

#[tokio::test]
async fn of_two_families_with_two_numbers_of_one_household_the_earlier_line_keeps_its_id() {
    let api = Api::start().await;
    let was = active(&api, "1", &families(&[(&card(1), "lama", &[1, 2])])).await;
    let now = active(&api, "2", &families(&[(&card(2), "lama", &[1, 2])])).await;
    let both = families(&[(&card(2), "awal", &[1]), (&card(1), "akhir", &[2])]);
    let last = active(&api, "3", &both).await;
    let said = successions(&api, last).await;
    let (was, now, last) = (households(&api, was).await, households(&api, now).await, households(&api, last).await);
    assert_eq!((&was["lama"], &was["lama"]), (&now["lama"], &last["awal"]));
    assert_ne!(last["awal"], last["akhir"]);
    assert_eq!(said, [format!("{}|{}|split", last["awal"], last["akhir"])]);
}

#[tokio::test]
async fn a_card_number_leads_to_the_family_that_carries_it_in_the_active_release() {
    let api = Api::start().await;
    active(&api, "1", &families(&[(&card(1), "lama", &[1, 2])])).await;
    let now = active(&api, "2", &families(&[(&card(2), "lama", &[1, 2])])).await;
    let steward = api.steward().await;
    let both = families(&[(&card(2), "awal", &[1]), (&card(1), "akhir", &[2])]);
    let last = steward.load("3", &both.files()).await;
    let (was, parted) = (households(&api, now).await["lama"].clone(), households(&api, last).await["akhir"].clone());
    let both_lead_to = async |first: &str, second: &str| {
        assert_eq!((led_to(&api, 1).await.as_str(), led_to(&api, 2).await.as_str()), (first, second));
    };
    // Not before it is active, not after it was turned back from, and again when it is active again.
    both_lead_to(&was, &was).await;
    api.activate(last).await;
    both_lead_to(&parted, &was).await;
    api.activate(now).await;
    both_lead_to(&was, &was).await;
    api.activate(last).await;
    both_lead_to(&parted, &was).await;
    // The number that moved is kept for its new bearer too.
    let kept = format!("SELECT count(*) FROM household_identities WHERE household_id = '{parted}'");
    assert_eq!(api.rows(&kept).await, ["1"]);
}

#[tokio::test]
async fn of_two_families_that_both_come_from_one_household_the_larger_part_is_it_and_the_other_is_split_off() {
    let api = Api::start().await;
    let was = active(&api, "1", &families(&[(&card(1), "lama", &[1, 2, 3, 4, 5])])).await;
    let parts = families(&[(&card(2), "kecil", &[1, 2]), (&card(3), "besar", &[3, 4, 5])]);
    let now = active(&api, "2", &parts).await;
    let (before, after) = (households(&api, was).await, households(&api, now).await);
    assert_eq!(before["lama"], after["besar"]);
    assert_ne!(before["lama"], after["kecil"]);
    assert_eq!(successions(&api, now).await, [format!("{}|{}|split", before["lama"], after["kecil"])]);
}

#[tokio::test]
async fn a_household_that_only_a_rejected_release_knew_does_not_hide_the_one_that_was_active() {
    let api = Api::start().await;
    let steward = api.steward().await;
    // Handed in before anything is active, so that its family is nobody known; and then not used.
    let wrong = steward.load("salah", &families(&[(&card(2), "lama", &[1, 2])]).files()).await;
    let was = active(&api, "1", &families(&[(&card(1), "lama", &[1, 2])])).await;
    steward.post(&format!("/v1/releases/{wrong}/rejection"), serde_json::json!({ "reason": "salah" })).await.ok();
    let now = active(&api, "2", &families(&[(&card(2), "lama", &[1, 2]), (&card(3), "lain", &[3])])).await;
    let (before, after) = (households(&api, was).await, households(&api, now).await);
    assert_eq!(before["lama"], after["lama"]);
    assert_eq!(led_to(&api, 2).await, before["lama"]);
}

#[tokio::test]
async fn a_household_that_is_gone_leaves_word_where_its_members_went() {
    let api = Api::start().await;
    let first = families(&[
        (&card(1), "satu", &[1, 2]),
        (&card(2), "dua", &[3, 4]),
        (&card(3), "bergabung", &[5, 6]),
        (&card(4), "terbagi", &[7, 8]),
        (&card(5), "pindah jauh", &[9]),
    ]);
    let was = active(&api, "1", &first).await;
    let second = families(&[(&card(1), "satu", &[1, 2, 5, 6, 7]), (&card(2), "dua", &[3, 4, 8])]);
    let now = active(&api, "2", &second).await;
    let ids = households(&api, was).await;
    let mut expected = [
        format!("{}|{}|merged", ids["bergabung"], ids["satu"]),
        format!("{}|{}|split", ids["terbagi"], ids["satu"]),
        format!("{}|{}|split", ids["terbagi"], ids["dua"]),
    ];
    expected.sort();
    assert_eq!(successions(&api, now).await, expected);
}

#[tokio::test]
async fn a_number_that_cannot_be_used_never_makes_two_families_one() {
    let api = Api::start().await;
    let damaged =
        [("0", "nol"), ("0", "nol lagi"), ("", "kosong"), ("", "kosong lagi"), ("0000000000000000", "nol semua")];
    let mut draft = Draft::new();
    for (number, name) in damaged {
        draft = draft.family(number, HERE, "2", name);
    }
    // Two families with the same cut number: which one a member belongs to, nobody can say.
    draft = family(draft, "35260101012000", "terpotong", &[1]);
    draft = family(draft, "35260101012000", "terpotong lagi", &[2]);
    let was = active(&api, "1", &draft).await;
    let now = active(&api, "2", &family(draft, &card(9), "baru", &[3])).await;
    let (before, after) = (households(&api, was).await, households(&api, now).await);
    let distinct: std::collections::HashSet<_> = before.values().chain(after.values()).collect();
    assert_eq!((before.len(), after.len(), distinct.len()), (7, 8, 15));
    assert!(individuals(&api, was).await.is_empty());
    assert_eq!(api.rows("SELECT count(*) FROM kk_directory").await, ["1"]);
}

#[tokio::test]
async fn a_person_in_two_families_is_one_person_however_often_listed() {
    let api = Api::start().await;
    // 1 stands in the first family, and twice in each of two others.
    let draft = families(&[(&card(1), "satu", &[1, 2]), (&card(2), "dua", &[3, 1, 1]), (&card(3), "tiga", &[1, 4, 1])]);
    let was = active(&api, "1", &draft).await;
    let sums = "SELECT lines_in, loaded, merged, set_aside FROM release_files WHERE kind = 'members'";
    assert_eq!(api.rows(sums).await, ["8|6|2|0"]);
    let sql = "SELECT count(*), count(DISTINCT household_id), count(DISTINCT individual_id) FROM individual_snapshots WHERE name = 'P1'";
    assert_eq!(api.rows(sql).await, ["3|3|1"]);
    // And the same one in the next release, where the lines come in another order.
    let turned = families(&[(&card(3), "tiga", &[4, 1]), (&card(1), "satu", &[2, 1])]);
    let now = active(&api, "2", &turned).await;
    let (before, after) = (individuals(&api, was).await, individuals(&api, now).await);
    assert!(!before["P1"].contains('+'));
    assert_eq!(before["P1"], after["P1"]);
}

#[tokio::test]
async fn members_without_usable_nik_are_loaded_and_are_nobody_known() {
    let api = Api::start().await;
    let nameless = |draft: Draft| draft.member("", "TANPA NIK", CHILD).member("", "TANPA NIK", CHILD);
    let draft = nameless(families(&[(&card(1), "satu", &[1])]));
    let was = active(&api, "1", &draft).await;
    let now = active(&api, "2", &family(draft, &card(2), "dua", &[2])).await;
    let (before, after) = (individuals(&api, was).await, individuals(&api, now).await);
    // Two persons in each release, and nothing says that they are the same.
    let ids: std::collections::HashSet<_> =
        before["TANPA NIK"].split('+').chain(after["TANPA NIK"].split('+')).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(api.rows("SELECT count(*) FROM nik_directory").await, ["2"]);
}
