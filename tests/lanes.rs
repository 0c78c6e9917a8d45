//! Row-level security, asked directly as the application role.

use crate::support::{aid::Stage, database::TestDatabase};
use std::collections::BTreeSet;
use tokio_postgres::Client;

/// What PostgreSQL says where rights or a policy are lacking (SQLSTATE).
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The SQLSTATE with which a statement is refused.
async fn refusal(client: &Client, statement: &str) -> String {
    let refused = client.batch_execute(statement).await.expect_err(statement);
    refused.code().unwrap_or_else(|| panic!("{statement}: {refused}")).code().to_owned()
}

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
    let written = "INSERT INTO households VALUES (gen_random_uuid(), gen_random_uuid())";
    assert_eq!(refusal(&application, written).await, INSUFFICIENT_PRIVILEGE);
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
        assert_eq!(refusal(&application, statement).await, INSUFFICIENT_PRIVILEGE, "{statement}");
    }
}

/// Tables that hold nobody, and so have no policies.
const WITHOUT_POLICIES: &[&str] = &["__diesel_schema_migrations", "regions"];

#[tokio::test]
async fn every_table_has_row_level_security_but_those_that_hold_nobody() {
    let database = TestDatabase::create().await;
    let owner = database.superuser().await;
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                   AND NOT relispartition AND NOT relrowsecurity ORDER BY relname";
    let bare: Vec<String> = owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(bare, WITHOUT_POLICIES);
    // A partition would be a way around the policies of its table.
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relispartition
                   AND has_table_privilege('sejahtera_test_app', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')";
    assert_eq!(owner.query(sql, &[]).await.unwrap().len(), 0);
}

/// What every role sees: it holds no person, or nothing that is one agency's.
const OPEN: &[&str] = &[
    "active_release",
    "agencies",
    "batch_layouts",
    "code_book_entries",
    "ledger_paths",
    "pay_points",
    "program_exclusions",
    "program_exemptions",
    "program_periods",
    "program_places",
    "program_rules",
    "programs",
    "release_activations",
    "release_files",
    "releases",
];
/// Funds, budgets and accounts: sums, and nobody whom they are for.
const BOOKS: &[&str] = &["budget_entries", "budgets", "funds", "ledger_accounts", "program_budgets"];
/// Ids and keyed digests.
const DIRECTORIES: &[&str] = &["households", "individuals", "kk_directory", "kk_moves", "nik_directory"];

/// A row in each table, of agency, village and caller `x`.
async fn a_row_in_each_table(database: &TestDatabase) -> Vec<String> {
    let superuser = database.superuser().await;
    // Neither foreign keys nor triggers nor checks: the rows need not make sense, only be there.
    superuser.batch_execute("SET session_replication_role = replica").await.unwrap();
    let sql = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
               WHERE contype = 'c' AND conislocal AND coninhcount = 0 AND connamespace = 'public'::regnamespace AND conrelid <> 0";
    for drop in superuser.query(sql, &[]).await.unwrap() {
        superuser.batch_execute(drop.get(0)).await.unwrap();
    }
    for parent in ["household_snapshots", "individual_snapshots"] {
        superuser.batch_execute(&format!("CREATE TABLE {parent}_x PARTITION OF {parent} DEFAULT")).await.unwrap();
    }
    let sql = "SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                   string_agg(CASE
                       WHEN a.attname = 'lane' THEN '''{\"role\":\"program_manager\"}'''
                       WHEN a.attname = 'needs_role' THEN '''program_manager'''
                       WHEN a.atttypid = 'uuid'::regtype THEN '''01900000-0000-7000-8000-000000000001'''
                       WHEN a.atttypid = 'text'::regtype THEN '''x'''
                       WHEN a.atttypid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN '2026'
                       WHEN a.atttypid = 'boolean'::regtype THEN 'true'
                       WHEN a.atttypid IN ('date'::regtype, 'timestamptz'::regtype, 'timestamp'::regtype) THEN '''2026-06-01'''
                       WHEN a.atttypid = 'bytea'::regtype THEN '''x'''
                       ELSE '''{}''' END, ', ' ORDER BY a.attnum)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
               GROUP BY c.relname ORDER BY c.relname";
    let mut tables = Vec::new();
    for row in superuser.query(sql, &[]).await.unwrap() {
        let (table, columns, values): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        if WITHOUT_POLICIES.contains(&table.as_str()) {
            continue;
        }
        superuser
            .batch_execute(&format!("INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values})"))
            .await
            .unwrap();
        tables.push(table);
    }
    tables
}

/// The tables of which a lane sees anything.
async fn seen(database: &TestDatabase, tables: &[String], lane: &str) -> Vec<String> {
    let application = database.application().await;
    application.batch_execute(&format!("BEGIN;{lane}")).await.unwrap();
    let mut seen = Vec::new();
    for table in tables {
        let rows: i64 = application.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0);
        if rows > 0 {
            seen.push(table.clone());
        }
    }
    seen
}

fn sorted(tables: &[&[&str]]) -> Vec<String> {
    let mut tables: Vec<String> = tables.concat().into_iter().map(str::to_owned).collect();
    tables.sort_unstable();
    tables
}

#[tokio::test]
async fn without_a_lane_no_table_shows_a_row() {
    let database = TestDatabase::create().await;
    let tables = a_row_in_each_table(&database).await;
    assert!(tables.len() > 35, "{tables:?}");
    assert_eq!(seen(&database, &tables, "").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_lane_of_another_agency_and_other_areas_sees_what_is_everybody_s() {
    let database = TestDatabase::create().await;
    let tables = a_row_in_each_table(&database).await;
    let of_role = |role: &str| {
        format!(
            "SET LOCAL app.role = '{role}';SET LOCAL app.agency = 'asing';SET LOCAL app.areas = '{{99.%}}';SET LOCAL app.subject = 'user:asing';"
        )
    };
    let registry: &[&str] = &["household_identities", "individual_identities", "set_aside_lines"];
    let examined: &[&str] = &["release_findings"];
    let audited: &[&str] =
        &["audit_entries", "batches", "enrolment_claims", "lookup_misses", "outbox_events", "payment_claims"];
    let house: &[&str] =
        &["clients", "idempotency_keys", "jobs", "login_failures", "outbox_events", "set_aside_lines", "users"];
    for (role, further) in [
        ("system_admin", &[&["clients", "users"][..]][..]),
        ("registry_steward", &[DIRECTORIES, registry, examined]),
        ("program_manager", &[DIRECTORIES]),
        ("approver", &[]),
        ("payment_partner", &[]),
        ("field_officer", &[DIRECTORIES]),
        ("case_manager", &[DIRECTORIES]),
        ("coordinator", &[BOOKS]),
        ("analyst", &[]),
        ("auditor", &[DIRECTORIES, BOOKS, examined, audited, &["set_aside_lines"]]),
        ("service", &[house]),
    ] {
        let expected = sorted(&[&[OPEN], further].concat());
        assert_eq!(seen(&database, &tables, &of_role(role)).await, expected, "{role}");
    }
}

#[tokio::test]
async fn a_lane_sees_what_is_its_agency_s_in_its_areas_and_its_caller_s() {
    let database = TestDatabase::create().await;
    let tables = a_row_in_each_table(&database).await;
    let lane = |areas: &str, subject: &str| {
        format!(
            "SET LOCAL app.role = 'program_manager';SET LOCAL app.agency = 'x';SET LOCAL app.areas = '{{{areas}}}';SET LOCAL app.subject = '{subject}';"
        )
    };
    let agency: &[&str] = &["batches", "enrolment_claims", "jobs", "payment_claims"];
    let areas: &[&str] = &[
        "approval_decisions",
        "approval_tasks",
        "batch_findings",
        "batch_lines",
        "disbursement_steps",
        "disbursements",
        "enrolment_steps",
        "enrolments",
        "household_snapshots",
        "household_successions",
        "individual_snapshots",
        "ledger_transfers",
        "payout_accounts",
        "receipts",
    ];
    let own: &[&str] = &["idempotency_keys", "lookup_misses"];
    assert_eq!(seen(&database, &tables, &lane("99.%", "y")).await, sorted(&[OPEN, DIRECTORIES, BOOKS, agency]));
    assert_eq!(seen(&database, &tables, &lane("x", "y")).await, sorted(&[OPEN, DIRECTORIES, BOOKS, agency, areas]));
    assert_eq!(
        seen(&database, &tables, &lane("x", "x")).await,
        sorted(&[OPEN, DIRECTORIES, BOOKS, agency, areas, own])
    );
}

#[tokio::test]
async fn a_lane_writes_no_more_than_its_role_does() {
    let database = TestDatabase::create().await;
    database.insert_agency("x").await;
    let of_role = |role: &str| {
        format!(
            "BEGIN;SET LOCAL app.role = '{role}';SET LOCAL app.agency = 'x';SET LOCAL app.areas = '{{35.26.01.%}}';SET LOCAL app.subject = 'user:x';"
        )
    };
    let audit = "INSERT INTO audit_entries (role, agency_code, action, subject_ids, actor_ids, peers, request_ids, household_ids)
                 VALUES ('auditor', 'x', 'x', '{}', '{}', '{}', '{}', '{}')";
    let program = |agency: &str, area: &str| {
        format!(
        "INSERT INTO programs (program_id, code, agency_code, name, kind, funding, serves, benefit, cadence, fund_source, legal_basis, areas, starts_on)
         VALUES (gen_random_uuid(), 'P', '{agency}', 'P', 'cash', 'reported', 'household', 'uang', 'once', 'apbn', 'SK', '{{{area}}}', '2026-01-01')")
    };
    let user = |role: &str| {
        format!(
            "INSERT INTO users (user_id, person_id, username, password_hash, full_name, role, agency_code, areas) VALUES (gen_random_uuid(), gen_random_uuid(), 'u', '', '', '{role}', 'x', '{{}}')"
        )
    };
    let key = |client: &str| {
        format!(
            "INSERT INTO idempotency_keys (client, route, key, body_digest, status, answer) VALUES ('{client}', 'r', 'k', '', 201, '')"
        )
    };
    let point = |partner: &str| {
        format!(
            "INSERT INTO pay_points (pay_point_id, partner_code, agency_code, kind, region_code, name, recorded_by) VALUES (gen_random_uuid(), '{partner}', 'x', 'door', '35.26.01', 'P', 'x')"
        )
    };
    for (role, statement, allowed) in [
        ("payment_partner", point("x"), true),
        ("payment_partner", point("y"), false),
        ("approver", point("x"), false),
        ("auditor", audit.to_owned(), true),
        ("", audit.to_owned(), false),
        ("program_manager", program("x", "35.26.01"), true),
        ("program_manager", program("x", "35.26"), false),
        ("program_manager", program("x", "35.26.011"), false),
        ("program_manager", program("y", "35.26.01"), false),
        ("case_manager", program("x", "35.26.01"), false),
        ("system_admin", user("auditor"), true),
        ("service", user("system_admin"), true),
        ("service", user("auditor"), false),
        ("registry_steward", user("system_admin"), false),
        ("program_manager", key("user:x"), true),
        ("program_manager", key("user:y"), false),
    ] {
        let application = database.application().await;
        application.batch_execute(&of_role(role)).await.unwrap();
        let done = application.batch_execute(&statement).await;
        assert_eq!(done.is_ok(), allowed, "{role}: {statement}");
        if let Err(error) = done {
            assert!(error.as_db_error().unwrap().message().contains("row-level security"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn the_programmes_of_a_household_are_told_within_the_caller_s_areas_only() {
    let stage = Stage::set().await;
    let home = stage.households(&[1]).await.remove(0);
    stage.program("PKH", serde_json::json!({})).await.enrolled(&home).await;
    let asked = format!("SELECT program_codes FROM standing_programs_of(ARRAY['{}'::uuid])", home.household_id);
    for (areas, told) in [("35.26.01.%", 1), ("35.26.02.%", 0)] {
        let application = stage.api.database.application().await;
        let lane = format!(
            "BEGIN;SET LOCAL app.role = 'program_manager';SET LOCAL app.agency = 'dinkes';SET LOCAL app.areas = '{{{areas}}}'"
        );
        application.batch_execute(&lane).await.unwrap();
        assert_eq!(application.query(&asked, &[]).await.unwrap().len(), told, "{areas}");
    }
}

/// The functions that a section of the guide lists, each in the head of a point: "- `heirs_of(households)`, …: …".
fn told_to_see_past_the_lane() -> BTreeSet<String> {
    let guide = include_str!("../docs/architecture.md");
    let section = guide.split("\n### Functions that see past the lane\n").nth(1).expect("the section stands");
    let section = section.split("\n## ").next().unwrap();
    let points = section.split("\n- ").skip(1).map(|point| point.split("`:").next().unwrap());
    let names = points.flat_map(|head| head.split('`')).filter_map(|part| part.split_once('('));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test]
async fn the_guide_lists_every_function_that_sees_past_the_lane() {
    let database = TestDatabase::create().await;
    let sql = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace";
    let owner = database.owner().await;
    let there = owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect::<BTreeSet<String>>();
    assert!(there.len() > 10, "{there:?}");
    assert_eq!(told_to_see_past_the_lane(), there);
}

#[tokio::test]
async fn whatever_sees_past_the_lane_looks_for_tables_nowhere_but_in_the_schema() {
    let database = TestDatabase::create().await;
    let owner = database.owner().await;
    // A caller's own search path would have such a function read the caller's own tables.
    let sql = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
                   AND NOT coalesce(proconfig @> '{\"search_path=public, pg_temp\"}', false)";
    let loose: Vec<String> = owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(loose, Vec::<String>::new());
    // A view reads with its owner's rights unless it is told otherwise: the application must not be let at it.
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
                   AND NOT coalesce(reloptions @> '{security_invoker=true}', false)
                   AND has_table_privilege('sejahtera_test_app', oid, 'SELECT')";
    let views: Vec<String> = owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(views, Vec::<String>::new());
}
