//! Personal data at rest goes when its retention ends, and not before.

use crate::support::{Api, aid::Stage};
use sejahtera::{
    app::SWEEPS,
    platform::{db::Db, retention::Sweeper},
};
use serde_json::json;
use std::sync::Arc;

async fn sweep(api: &Api) {
    let db = Db::new(&api.settings.database_url, 2).unwrap();
    Sweeper { db, settings: Arc::new(api.settings.clone()), sweeps: SWEEPS }.sweep().await;
}

#[tokio::test]
async fn stored_answers_go_when_their_retention_ends_and_nothing_is_paid_twice_for_it() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let period = program.period("Tahap 1", "2026-01-01", "2026-03-31").await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned" });
    let pay = || stage.manager.post_once("k", "/v1/disbursements", &body);
    pay().await.created();
    let age = async |days: i32| {
        let sql = format!("UPDATE idempotency_keys SET created_at = now() - interval '{days} days'");
        stage.api.database.execute(&sql).await;
    };
    age(89).await;
    sweep(&stage.api).await;
    assert_eq!(pay().await.headers["idempotent-replayed"], "true");
    age(91).await;
    sweep(&stage.api).await;
    assert_eq!(stage.count("idempotency_keys").await, 0);
    pay().await.refused("already-paid");
    assert_eq!(stage.count("disbursements").await, 1);
}

#[tokio::test]
async fn delivered_files_and_set_aside_lines_go_each_in_its_time_and_unread_files_stay() {
    let api = Api::start().await;
    let folder = api.settings.data_dir.join("deliveries");
    std::fs::create_dir_all(&folder).unwrap();
    let steward = api.steward().await;
    let mut ids = Vec::new();
    for (number, state) in ["validated", "received"].into_iter().enumerate() {
        let id = uuid::Uuid::now_v7();
        ids.push(id);
        std::fs::write(folder.join(format!("{number}.sealed")), b"sealed").unwrap();
        let sql = format!(
            "INSERT INTO releases (release_id, label, data_date, state, fingerprint, received_by, received_at)
             VALUES ('{id}', 'R{number}', '2025-01-01', '{state}', '\\x0{number}', '{id}', now() - interval '200 days');
             INSERT INTO release_files (release_id, kind, original_name, bytes, sha256, stored_as)
             VALUES ('{id}', 'families', 'k.csv', 6, sha256('sealed'), '{number}.sealed');
             INSERT INTO set_aside_lines (release_id, file, line, sealed) VALUES ('{id}', 'families', 2, '\\x00')"
        );
        api.database.execute(&sql).await;
    }
    sweep(&api).await;
    let lines: i64 = api.database.value("SELECT count(*) FROM set_aside_lines").await;
    assert_eq!((lines, folder.join("0.sealed").exists()), (0, true));
    api.database.execute("UPDATE releases SET received_at = now() - interval '366 days'").await;
    sweep(&api).await;
    assert_eq!((folder.join("0.sealed").exists(), folder.join("1.sealed").exists()), (false, true));
    let gone: i64 = api.database.value("SELECT count(*) FROM release_files WHERE deleted_at IS NOT NULL").await;
    assert_eq!(gone, 1);
    // Names and digests stay, and reading again says why it can't.
    let kept: i64 = api.database.value("SELECT count(*) FROM release_files WHERE sha256 = sha256('sealed')").await;
    assert_eq!(kept, 2);
    api.database.execute("UPDATE release_files SET deleted_at = now()").await;
    steward.post(&format!("/v1/releases/{}/reading", ids[1]), json!({})).await.refused("files-gone");
}
