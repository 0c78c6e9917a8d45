//! Releases as such: forms of files, the account of lines, what lies on disk and in the database, findings as
//! pages and CSV, and who may do what.

use crate::support::{
    Actor, Api, Reply,
    deliveries::{Draft, Files, HEAD, card, generated, gzip, nik},
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// A workbook of one sheet; deciles are numbers in it, as spreadsheets make them.
fn workbook(rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, fields) in (0..).zip(rows) {
        for (column, field) in (0..).zip(fields) {
            match field.parse::<f64>() {
                Ok(number) if field.len() < 3 => sheet.write_number(row, column, number).unwrap(),
                _ => sheet.write_string(row, column, field).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

fn each(files: &Files, make: impl Fn(&[u8]) -> Vec<u8>) -> Files {
    Files { families: make(&files.families), members: make(&files.members), code_book: None }
}

#[tokio::test]
async fn every_form_of_file_gives_the_same_rows() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let draft = Draft::small();
    let plain = draft.files();
    let bom = |bytes: &[u8]| [b"\xEF\xBB\xBF", bytes].concat();
    let latin = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().chars().map(|c| c as u8).collect::<Vec<u8>>();
    let sheets =
        Files { families: workbook(&draft.families.rows()), members: workbook(&draft.members.rows()), code_book: None };
    let forms = [
        ("batang", plain.clone()),
        ("titik koma", draft.files_with(';')),
        ("koma", draft.files_with(',')),
        ("tab", draft.files_with('\t')),
        ("BOM", each(&plain, bom)),
        ("Latin-1", each(&plain, latin)),
        ("CRLF", each(&plain, |bytes| String::from_utf8_lossy(bytes).replace('\n', "\r\n").into_bytes())),
        ("gzip", each(&plain, gzip)),
        ("zstd", each(&plain, zstandard)),
        ("xlsx", sheets),
    ];
    let mut first: Option<[Vec<String>; 2]> = None;
    for (label, files) in forms {
        let release = steward.load(label, &files).await;
        let of = |table: &str| {
            format!(
                "SELECT (to_jsonb(t) - 'release_id')::text FROM {table} t WHERE release_id = '{release}' ORDER BY 1"
            )
        };
        let rows = [api.rows(&of("household_snapshots")).await, api.rows(&of("individual_snapshots")).await];
        assert_eq!((rows[0].len(), rows[1].len()), (2, 4), "{label}");
        // Ids too: the numbers are the same.
        assert_eq!(first.get_or_insert_with(|| rows.clone()), &rows, "{label}");
    }
    let names = "SELECT name, sex, birth_date FROM individual_snapshots WHERE release_id = (SELECT max(release_id::text)::uuid FROM releases) ORDER BY 1";
    assert_eq!(
        api.rows(names).await,
        ["AHMAD|1|1990-08-17", "BUDI|1|1990-08-17", "NURÉ|1|1990-08-17", "SITI, S.Pd; Hj.|2|1992-08-17"]
    );
}

#[tokio::test]
async fn a_release_tells_its_files_and_the_digests_they_came_with() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("kecil", &Draft::small().files()).await;
    let shown = api.auditor().await.release(release).await;
    assert_eq!((&shown["label"], &shown["data_date"]), (&json!("kecil"), &json!("2026-01-20")));
    assert_eq!(shown["received_by"], json!(steward.person()));
    let families = &shown["files"][0];
    assert_eq!((&families["kind"], &families["lines_in"]), (&json!("families"), &json!(2)));
    assert_eq!(families["original_name"], "keluarga_dtsen_v3_2026_q1_35.26.csv");
    // Computed by PostgreSQL.
    let bytes = Draft::small().files().families;
    let sql = "SELECT encode(sha256($1), 'hex'), length($1)";
    let row = api.database.owner().await.query_one(sql, &[&bytes]).await.unwrap();
    assert_eq!(families["sha256"], row.get::<_, String>(0));
    assert_eq!(families["bytes"], row.get::<_, i32>(1));
}

#[tokio::test]
async fn the_database_refuses_an_account_that_does_not_add_up() {
    let api = Api::start().await;
    let release = api.steward().await.load("kecil", &Draft::small().files()).await;
    let owner = api.database.owner().await;
    for (file, sum) in [("families", "2|2|0|0"), ("members", "4|4|0|0")] {
        let sql = format!("SELECT lines_in, loaded, merged, set_aside FROM release_files WHERE kind = '{file}'");
        assert_eq!(api.rows(&sql).await, [sum]);
        for change in ["lines_in = lines_in + 1", "loaded = loaded - 1", "merged = 1", "set_aside = 1"] {
            let sql = format!("UPDATE release_files SET {change} WHERE release_id = '{release}' AND kind = '{file}'");
            let error = owner.batch_execute(&sql).await.unwrap_err();
            assert_eq!(error.as_db_error().unwrap().constraint(), Some("no_line_is_lost"), "{change}");
        }
    }
}

#[tokio::test]
async fn no_number_stands_in_clear_on_disk_or_in_any_table() {
    let api = Api::start().await;
    let stray = Draft::small().family(&card(3), "", "1", "TANPA DESA").member(&nik(5), "TERSISIH", HEAD);
    let release = api.steward().await.load("kecil", &stray.files()).await;
    api.activate(release).await;
    let numbers = [nik(1), nik(5), card(1), card(3)];

    let mut stored = 0;
    for entry in std::fs::read_dir(api.settings.data_dir.join("deliveries")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        stored += 1;
        for number in &numbers {
            assert!(!bytes.windows(16).any(|window| window == number.as_bytes()));
        }
    }
    assert_eq!(stored, 2);

    // As a dump would show it: every row of every table as text, where bytes stand in hexadecimal.
    let tables = api.rows("SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public'").await;
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        for number in &numbers {
            let sql = format!(
                "SELECT count(*) FROM {table} t WHERE t::text LIKE '%{number}%' OR t::text LIKE '%' || encode('{number}', 'hex') || '%'"
            );
            assert_eq!(api.rows(&sql).await, ["0"], "{table}");
        }
    }
    // The scan finds what stands there: a name.
    assert_eq!(api.rows("SELECT count(*) FROM individual_snapshots t WHERE t::text LIKE '%AHMAD%'").await, ["1"]);
}

#[tokio::test]
async fn findings_come_in_pages_by_filter_in_numbers_and_as_csv_and_are_the_same() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("kotor", &generated(3_000, 1, true).files).await;
    let all = steward.findings(release, "limit=500").await;
    assert!(all.len() > 100, "{}", all.len());
    assert_eq!(all, steward.findings(release, "limit=7").await);

    let csv = api.auditor().await.get(&format!("/v1/releases/{release}/findings.csv")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let read: Vec<BTreeMap<String, String>> =
        csv::Reader::from_reader(csv.text.as_bytes()).deserialize().map(Result::unwrap).collect();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string().replace("null", ""), str::to_owned);
    let listed: Vec<BTreeMap<String, String>> = all
        .iter()
        .map(|row| row.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect())
        .collect();
    assert_eq!(read, listed);

    let counts = steward.get(&format!("/v1/releases/{release}/findings/counts")).await.ok();
    let mut by_hand: BTreeMap<[String; 3], i64> = BTreeMap::new();
    for row in &all {
        let key = ["file", "kind", "action"].map(|name| text(&row[name]));
        *by_hand.entry(key).or_default() += row["lines"].as_i64().unwrap();
    }
    let counted: BTreeMap<[String; 3], i64> = (counts["items"].as_array().unwrap().iter())
        .map(|row| (["file", "kind", "action"].map(|name| text(&row[name])), row["lines"].as_i64().unwrap()))
        .collect();
    assert_eq!(counted, by_hand);
    assert!(
        counts["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["meaning"].is_string() && row["meaning_en"].is_string())
    );

    for filter in ["kind=nik-form", "file=members", "action=set_aside", "file=families&action=repaired"] {
        let holds = |row: &&Value| filter.split('&').all(|part| part.split_once('=').is_some_and(|(k, v)| row[k] == v));
        let expected: Vec<Value> = all.iter().filter(holds).cloned().collect();
        assert!(!expected.is_empty());
        assert_eq!(steward.findings(release, &format!("limit=3&{filter}")).await, expected, "{filter}");
        let csv = steward.get(&format!("/v1/releases/{release}/findings.csv?{filter}")).await;
        let chosen: Vec<BTreeMap<String, String>> = listed
            .iter()
            .filter(|row| filter.split('&').all(|part| part.split_once('=').is_some_and(|(k, v)| row[k] == v)))
            .cloned()
            .collect();
        let read: Vec<BTreeMap<String, String>> =
            csv::Reader::from_reader(csv.text.as_bytes()).deserialize().map(Result::unwrap).collect();
        assert_eq!(read, chosen, "{filter}");
    }
    let page_of_a_file = format!("/v1/releases/{release}/findings.csv?limit=3");
    assert!(steward.get(&page_of_a_file).await.status.is_client_error());
}

#[tokio::test]
async fn each_line_set_aside_or_merged_is_told_by_itself_however_many_there_are_and_a_habit_as_a_number() {
    const MANY: u64 = 10_050;
    let api = Api::start().await;
    let steward = api.steward().await;
    let draft = Draft::small();
    let mut files = draft.files();
    // Families: 2 lines that stand, then as many that are cut, then as many that stand already. Members: 4 lines, then as
    // many whose card number no family has, each written as a float.
    let text = String::from_utf8(files.families.clone()).unwrap();
    let whole = text.lines().nth(1).unwrap().to_owned();
    for line in [whole[..60].to_owned(), whole] {
        files.families.extend(format!("{line}\n").repeat(usize::try_from(MANY).unwrap()).bytes());
    }
    let stray = Draft::new().family(&format!("{}.0", card(77)), "", "", "").member(&nik(1), "AHMAD", HEAD).files();
    let line = String::from_utf8(stray.members).unwrap().lines().nth(1).unwrap().to_owned();
    files.members.extend(format!("{line}\n").repeat(usize::try_from(MANY).unwrap()).bytes());
    let release = steward.load("banyak", &files).await;

    let lines_of = |filter: &'static str, first: u64| {
        let steward = steward.clone();
        async move {
            let csv = steward.get(&format!("/v1/releases/{release}/findings.csv?{filter}")).await;
            let mut reader = csv::Reader::from_reader(csv.text.as_bytes());
            let rows: Vec<(u64, u64)> = (reader.deserialize::<BTreeMap<String, String>>())
                .map(|row| row.unwrap())
                .map(|row| (row["line"].parse().unwrap(), row["lines"].parse().unwrap()))
                .collect();
            let expected: Vec<(u64, u64)> = (first..first + MANY).map(|line| (line, 1)).collect();
            assert!(rows == expected, "{filter}: {} rows", rows.len());
        }
    };
    lines_of("file=families&action=set_aside", 4).await;
    lines_of("file=families&action=merged", 4 + MANY).await;
    lines_of("file=members&action=set_aside", 6).await;
    let sql = format!(
        "SELECT count(*), sum(lines), max(lines) FROM release_findings WHERE release_id = '{release}' AND kind = 'kk-form'"
    );
    assert_eq!(api.rows(&sql).await, ["10001|10050|50"]);
    let kept = format!("SELECT count(*) FROM set_aside_lines WHERE release_id = '{release}'");
    assert_eq!(api.rows(&kept).await, [(2 * MANY).to_string()]);
}

#[tokio::test]
async fn a_refused_code_book_is_told_line_by_line_however_many_there_are() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let mut files = Draft::small().files();
    let lines: String = (0..9_000).map(|number| format!("jenis_lantai_terluas,1,Lantai {number}\n")).collect();
    files.code_book = Some(format!("kolom,kode,keterangan\n{lines}").into_bytes());
    let (release, job) = steward.begin_loading("dua arti", &files).await;
    assert_eq!(steward.wait_for(job).await["problem"]["code"], "unreadable-delivery");
    let told = steward.findings(release, "limit=500&action=refused").await;
    let lines: Vec<u64> = told.iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (3..=9_001).collect::<Vec<u64>>());
}

/// Every route about releases: method, path, body.
fn routes(release: Uuid) -> Vec<(Method, String, Option<Value>)> {
    let path = |rest: &str| format!("/v1/releases/{release}{rest}");
    vec![
        (Method::GET, "/v1/releases".to_owned(), None),
        (Method::GET, path(""), None),
        (Method::GET, path("/findings"), None),
        (Method::GET, path("/findings/counts"), None),
        (Method::GET, path("/findings.csv"), None),
        (Method::GET, path("/set-aside/members/2"), None),
        (Method::GET, path("/comparison"), None),
        (Method::GET, path("/comparison/extreme-movers"), None),
        (Method::POST, "/v1/releases".to_owned(), None),
        (Method::POST, path("/reading"), None),
        (Method::POST, path("/rejection"), Some(json!({ "reason": "x" }))),
        (Method::POST, path("/activation"), Some(json!({ "reason": "x" }))),
        (Method::POST, path("/activation/decision"), Some(json!({ "approve": true }))),
        (Method::DELETE, path("/activation"), None),
    ]
}

async fn statuses(actor: &Actor, release: Uuid) -> Vec<u16> {
    let mut statuses = Vec::new();
    for (method, path, body) in routes(release) {
        let mut request = actor.request(method, &path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        statuses.push(Reply::of(request).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn stewards_keep_releases_auditors_examine_them_and_others_only_know_of_them() {
    let api: Arc<Api> = Api::start().await;
    // A release that is not there: 404 says that the role may pass, 403 that it may not; an empty form is refused.
    let nowhere = Uuid::now_v7();
    let steward = api.steward().await;
    assert_eq!(
        statuses(&steward, nowhere).await,
        [200, 404, 404, 404, 404, 404, 404, 404, 400, 404, 404, 404, 404, 404]
    );
    let auditor = api.auditor().await;
    assert_eq!(
        statuses(&auditor, nowhere).await,
        [200, 404, 404, 404, 404, 404, 404, 404, 403, 403, 403, 403, 403, 403]
    );
    for role in [
        Role::SystemAdmin,
        Role::ProgramManager,
        Role::Approver,
        Role::PaymentPartner,
        Role::FieldOfficer,
        Role::CaseManager,
        Role::Coordinator,
        Role::Analyst,
    ] {
        let other = api.actor(role, "dinsos", &["35.26"]).await;
        let expected = [200, 404, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403];
        assert_eq!(statuses(&other, nowhere).await, expected, "{role:?}");
    }
    assert_eq!(statuses(&api.nobody(), nowhere).await, [401; 14]);
}
