//! BPS's own numbers of regions: loaded from a table by an administrator, and deliveries that come in them.

use crate::support::{
    Api,
    deliveries::{Draft, card, nik},
};
use sejahtera::cli::migrate;
use serde_json::json;
use std::process::{Command, Output};

/// Two villages as BPS bridges them, made up; the third lies in another regency.
const TABLE: &str = "kode_bps,nama_bps,kode_dagri,nama_dagri
35,JAWA TIMUR,35,JAWA TIMUR
3526,BANGKALAN,35.26,KAB. BANGKALAN
3526020,SOCAH,35.26.02,SOCAH
3526020007,SOCAH,35.26.02.2001,Socah
3526010003,PANGERANAN,35.26.01.1001,Pangeranan
3527010001,LAIN,35.27.01.2001,Lain
";

/// Runs the program on a table.
fn load(api: &Api, table: &str) -> Output {
    let path = std::env::temp_dir().join(format!("sejahtera-bps-{}.csv", uuid::Uuid::now_v7()));
    std::fs::write(&path, table).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_sejahtera"))
        .arg("load-bps-codes")
        .arg(&path)
        .env_clear()
        .env("DATABASE_URL", &api.database.application_url)
        .output()
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    output
}

const NUMBERED: &str = "SELECT code, bps_code FROM regions WHERE bps_code IS NOT NULL ORDER BY code";

#[tokio::test]
async fn a_table_of_bps_replaces_the_one_before_and_stays_when_the_database_is_migrated() {
    let api = Api::start().await;
    let loaded = load(&api, TABLE);
    assert!(loaded.status.success(), "{loaded:?}");
    assert_eq!(String::from_utf8_lossy(&loaded.stdout).trim(), "5 regions numbered, 1 lines of other regions");
    let numbered = ["35|35", "35.26|3526", "35.26.01.1001|3526010003", "35.26.02|3526020", "35.26.02.2001|3526020007"];
    assert_eq!(api.rows(NUMBERED).await, numbered);
    let shown = api.auditor().await.get("/v1/regions?within=35.26.02.2001").await.ok();
    assert_eq!(shown["items"][0]["bps_code"], "3526020007");
    migrate::prepare(&api.database.owner_url, "sejahtera_test_app").await.unwrap();
    assert_eq!(api.rows(NUMBERED).await, numbered);

    // Two villages change their numbers with each other.
    let turned = "kode_bps,kode_dagri\n3526020007,35.26.01.1001\n3526010003,35.26.02.2001\n";
    assert!(load(&api, turned).status.success());
    assert_eq!(api.rows(NUMBERED).await, ["35.26.01.1001|3526020007", "35.26.02.2001|3526010003"]);
    let told = "SELECT payload->>'regions', payload->>'elsewhere' FROM outbox_events
                WHERE kind = 'regions.bps_codes_loaded' ORDER BY occurred_at";
    assert_eq!(api.rows(told).await, ["5|1", "2|0"]);
}

#[tokio::test]
async fn a_table_with_a_fault_is_told_line_by_line_and_not_loaded() {
    let api = Api::start().await;
    assert!(load(&api, TABLE).status.success());
    let refused = load(&api, "kode_bps,kode_dagri\n35260,35.26.02.2001\n3526020008,35.26.02.2002\n3526020009,desa\n");
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("line 2: ") && told.contains("line 4: ") && !told.contains("line 3"), "{told}");
    assert_eq!(api.rows(NUMBERED).await.len(), 5);
}

#[tokio::test]
async fn a_delivery_in_the_four_columns_of_bps_is_read_by_the_table() {
    let api = Api::start().await;
    let bps = |draft: Draft, district: &str| {
        let draft = draft.family_says("kode_provinsi", "35").family_says("kode_kabupaten_kota", "3526");
        draft.family_says("kode_kecamatan", district)
    };
    let draft = bps(Draft::new().single(&card(1), "3526020007", "3", &nik(1)), "3526020")
        .member_says("kode_kecamatan_ktp", "3526010")
        .member_says("kode_kelurahan_desa_ktp", "3526010003");
    let draft = bps(draft.single(&card(2), "3526010003.0", "3", &nik(2)), "3526010");
    // Not in the table.
    let files = bps(draft.single(&card(3), "3526010099", "3", &nik(3)), "3526010").files();
    let steward = api.steward().await;
    let before = steward.load("tanpa tabel", &files).await;
    assert_eq!(steward.release(before).await["households"], json!(0));
    steward.post(&format!("/v1/releases/{before}/rejection"), json!({ "reason": "belum ada tabel" })).await.ok();

    assert!(load(&api, TABLE).status.success());
    let release = steward.load("dengan tabel", &files).await;
    let sql = format!(
        "SELECT h.kk_tail, h.village_code, i.card_village_code FROM household_snapshots h JOIN individual_snapshots i USING (household_id, release_id)
         WHERE release_id = '{release}' ORDER BY 1"
    );
    assert_eq!(api.rows(&sql).await, ["01|35.26.02.2001|35.26.01.1001", "02|35.26.01.1001|-"]);
    let told: Vec<String> = steward
        .findings(release, "")
        .await
        .iter()
        .filter(|finding| finding["column"].as_str().is_some_and(|column| column.starts_with("kode_")))
        .map(|finding| {
            format!("{} {} {}", finding["file"].as_str().unwrap(), finding["line"], finding["kind"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "families 2 bps-region-code",
            "families 3 bps-region-code",
            "families 4 unknown-village",
            "members 2 bps-region-code"
        ]
    );
}
