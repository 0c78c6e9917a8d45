//! Row-level security, asked directly as the application role.

use crate::support::database::TestDatabase;

#[tokio::test]
async fn a_query_without_a_lane_sees_nothing() {
    let database = TestDatabase::create().await;
    database
        .execute("INSERT INTO households VALUES (gen_random_uuid(), gen_random_uuid());
                  INSERT INTO audit_entries (role, agency_code, action, subject_ids, actor_ids, peers, request_ids, household_ids)
                  VALUES ('auditor', 'x', 'x', '{}', '{}', '{}', '{}', '{}')")
        .await;
    let application = database.application().await;
    for table in ["households", "audit_entries"] {
        let seen: i64 = application.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{table}");
    }
    assert!(
        application.execute("INSERT INTO households VALUES (gen_random_uuid(), gen_random_uuid())", &[]).await.is_err()
    );
}

#[tokio::test]
async fn a_lane_ends_with_its_transaction() {
    let database = TestDatabase::create().await;
    database.execute("INSERT INTO households VALUES (gen_random_uuid(), gen_random_uuid())").await;
    let application = database.application().await;
    application.batch_execute("BEGIN; SET LOCAL app.role = 'registry_steward'").await.unwrap();
    let within: i64 = application.query_one("SELECT count(*) FROM households", &[]).await.unwrap().get(0);
    application.batch_execute("COMMIT").await.unwrap();
    let after: i64 = application.query_one("SELECT count(*) FROM households", &[]).await.unwrap().get(0);
    assert_eq!((within, after), (1, 0));
}

#[tokio::test]
async fn the_application_role_changes_no_history_and_owns_no_table() {
    let database = TestDatabase::create().await;
    let application = database.application().await;
    for statement in [
        "UPDATE audit_entries SET action = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE household_snapshots SET decile = 1",
        "DELETE FROM enrolments",
        "DELETE FROM disbursements",
        "ALTER TABLE households DISABLE ROW LEVEL SECURITY",
        "DROP TABLE households",
        "SET ROLE sejahtera_test_owner",
    ] {
        assert!(application.batch_execute(statement).await.is_err(), "{statement}");
    }
}
