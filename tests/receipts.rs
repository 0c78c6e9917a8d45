//! Receipts: what a family holds in its hand of a payment, and what anybody may ask about it.

use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage, id},
    holding::{WAITING, hold, until},
    money::approver,
    world::Household,
};
use futures::future::join_all;
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

/// A household that was paid Rp 300,000.
struct Paid {
    stage: Stage,
    scheme: Scheme,
    household: Household,
    /// The payment's address.
    path: String,
}

impl Paid {
    async fn begin() -> Self {
        Self::of("paid").await
    }

    async fn of(state: &str) -> Self {
        let stage = Stage::set().await;
        let scheme = stage.program("BLT-DAERAH", json!({})).await;
        let household =
            stage.world.household(|home| home.decile(2).head_name("SITI RAHMAWATI").village("35.26.02.2001")).await;
        let enrolment = scheme.active(&household).await;
        let path = pay(&scheme, &enrolment, state).await;
        Self { stage, scheme, household, path }
    }

    fn receipt(&self) -> String {
        format!("{}/receipt", self.path)
    }

    /// The receipt as the agency's manager opens it.
    async fn opened(&self) -> Value {
        self.stage.manager.get(&self.receipt()).await.ok()
    }

    /// What anybody is told of a code.
    async fn checked(&self, code: &str) -> Value {
        self.stage.api.nobody().get(&format!("/v1/public/receipts/{code}")).await.ok()
    }

    async fn count(&self, from: &str) -> i64 {
        self.stage.count(from).await
    }
}

/// Records a payment of the first quarter; its address.
async fn pay(scheme: &Scheme, enrolment: &str, state: &str) -> String {
    let period = scheme.period("Triwulan 1 2026", "2026-01-01", "2026-03-31").await;
    let paid = state == "paid";
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": state,
        "paid_on": paid.then_some("2026-03-20"), "proof_reference": paid.then_some("TRF-0001") });
    let made = scheme.manager.post_once("k", "/v1/disbursements", body).await.created();
    format!("/v1/disbursements/{}", id(&made, "disbursement_id"))
}

/// A receipt's page, as bytes.
async fn page(actor: &Actor, path: &str, accept: &str) -> (String, Vec<u8>) {
    let response = actor.request(Method::GET, path).header("accept", accept).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let varies =
        response.headers().get_all("vary").iter().any(|by| by.to_str().unwrap().eq_ignore_ascii_case("accept"));
    assert!(varies, "{:?}", response.headers());
    (kind, response.bytes().await.unwrap().to_vec())
}

/// What stands on a page, read by another hand; lines that were broken are put together again.
fn text_of(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    assert_eq!(document.get_pages().len(), 1);
    document.extract_text(&[1]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_receipt_tells_the_payment_in_digits_and_words_and_whom_it_is_for() {
    let paid = Paid::begin().await;
    let receipt = paid.opened().await;
    for (field, value) in [
        ("number", json!("KW-2026-00000001")),
        ("valid", json!(true)),
        ("state", json!("paid")),
        ("program_code", json!("BLT-DAERAH")),
        ("program_name", json!("BLT Daerah")),
        ("agency_code", json!("dinsos")),
        ("agency_name", json!("dinsos")),
        ("period", json!("Triwulan 1 2026")),
        ("amount_idr", json!(300_000)),
        ("amount_in_words", json!("tiga ratus ribu rupiah")),
        ("paid_on", json!("2026-03-20")),
        ("proof_reference", json!("TRF-0001")),
        ("beneficiary", json!("SITI RAHMAWATI")),
        ("village_code", json!("35.26.02.2001")),
        ("region", json!("Socah, Socah, Kabupaten Bangkalan, Jawa Timur")),
        ("release_id", json!(paid.stage.world.release_id)),
        ("release", json!(format!("Rilis {}", paid.stage.world.release_id))),
        ("decile", json!(2)),
    ] {
        assert_eq!(receipt[field], value, "{field}");
    }
    let groups: Vec<&str> = receipt["code"].as_str().unwrap().split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [4, 4, 4, 4, 4, 4, 2]);
    assert!(groups.concat().chars().all(|letter| "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(letter)), "{groups:?}");
}

#[tokio::test]
async fn a_receipt_of_a_member_names_the_member_and_the_active_release_has_the_name() {
    let mut stage = Stage::set().await;
    let terms = json!({ "serves": "individual", "beneficiary": "m.age >= 60" });
    let scheme = stage.program("LANSIA", terms).await;
    let home = |home: crate::support::world::Home, name: &str| {
        let name = name.to_owned();
        home.decile(1)
            .head_name("BUDI")
            .member(|head| head.set("name", "BUDI"))
            .member(|elder| elder.age(70).set("name", name))
    };
    let family = stage.world.household(|it| home(it, "MUTMAINAH")).await;
    let named = json!({ "household_id": family.household_id, "individual_id": family.member_ids[1] });
    let made = stage.manager.post(&scheme.enrolments(""), named).await.created();
    let enrolment = id(&made, "enrolment_id").to_string();
    scheme.activate(&enrolment).await;
    let path = format!("{}/receipt", pay(&scheme, &enrolment, "paid").await);
    let first = stage.manager.get(&path).await.ok();
    assert_eq!(first["beneficiary"], "MUTMAINAH");
    let trace = format!(
        "audit_entries WHERE action = 'receipt.read' AND purpose = 'LANSIA' AND household_ids = '{{{}}}' AND individual_ids = '{{{}}}'",
        family.household_id, family.member_ids[1]
    );
    assert_eq!(stage.count(&trace).await, 1);
    // The next release spells the name otherwise; the receipt stays the same one.
    stage.world.next_release().await;
    let member = family.member_ids[1];
    let again = |it: crate::support::world::Home| {
        it.id(family.household_id).decile(5).member(|elder| elder.id(member).age(70).set("name", "MUTMAINNAH"))
    };
    stage.world.household(again).await;
    let second = stage.manager.get(&path).await.ok();
    assert_eq!(second["beneficiary"], "MUTMAINNAH");
    for field in ["number", "code", "decile", "release_id", "issued_at"] {
        assert_eq!(second[field], first[field], "{field}");
    }
    // The one after does not have the family any more.
    stage.world.next_release().await;
    assert_eq!(stage.manager.get(&path).await.ok()["beneficiary"], Value::Null);
}

#[tokio::test]
async fn what_was_not_paid_has_no_receipt() {
    let planned = Paid::of("planned").await;
    let refused = planned.stage.manager.get(&planned.receipt()).await.refused("no-receipt");
    assert_eq!((&refused["state"], &refused["status"]), (&json!("planned"), &json!(409)));
    let reason = json!({ "reason": "Rekening tutup" });
    planned.stage.manager.post_seen(&format!("{}/failure", planned.path), 1, reason).await.ok();
    assert_eq!(planned.stage.manager.get(&planned.receipt()).await.refused("no-receipt")["state"], "failed");
    assert_eq!(planned.count("receipts").await, 0);
    // What was read for the refusal is on record.
    assert_eq!(
        planned.count("audit_entries WHERE action = 'receipt.read.refused' AND purpose = 'BLT-DAERAH'").await,
        2
    );
}

#[tokio::test]
async fn the_receipt_of_a_payment_that_was_taken_back_says_so_and_its_code_no_longer_holds() {
    for (state, words) in [
        ("reversed", "TIDAK BERLAKU LAGI: pembayaran ini dibatalkan No longer valid: this payment was reversed"),
        ("returned", "TIDAK BERLAKU LAGI: dananya telah kembali No longer valid: the money came back"),
    ] {
        let paid = Paid::begin().await;
        let before = paid.opened().await;
        let code = before["code"].as_str().unwrap();
        assert_eq!(paid.checked(code).await["valid"], true);
        let (_, pdf) = page(&paid.stage.manager, &paid.receipt(), "application/pdf").await;
        assert!(!text_of(&pdf).contains("TIDAK BERLAKU"), "it holds still");
        let made = paid.path.rsplit('/').next().unwrap();
        if state == "reversed" {
            paid.stage.reversed(made).await;
        } else {
            paid.stage.returned(made).await;
        }
        let after = paid.opened().await;
        assert_eq!((&after["valid"], &after["state"]), (&json!(false), &json!(state)));
        for field in ["number", "code", "amount_idr", "paid_on"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        assert_eq!(paid.checked(code).await, json!({ "valid": false }));
        let (_, pdf) = page(&paid.stage.manager, &paid.receipt(), "application/pdf").await;
        assert!(text_of(&pdf).contains(words), "{}", text_of(&pdf));
    }
}

#[tokio::test]
async fn a_code_tells_anybody_the_day_and_the_agency_and_nothing_else() {
    let paid = Paid::begin().await;
    paid.stage.api.database.execute("UPDATE agencies SET name = 'Dinas Sosial' WHERE code = 'dinsos'").await;
    let receipt = paid.opened().await;
    let code = receipt["code"].as_str().unwrap();
    let told = json!({ "valid": true, "paid_on": "2026-03-20", "agency": "Dinas Sosial" });
    // As it stands, as a hand copies it, and with a token that would not see the payment.
    for copied in [code.to_owned(), code.replace('-', "").to_lowercase(), code.replace('-', "%20").replace('1', "l")] {
        assert_eq!(paid.checked(&copied).await, told, "{copied}");
    }
    let stranger = paid.stage.api.actor(Role::Analyst, "bps", &["35.26.18"]).await;
    assert_eq!(stranger.get(&format!("/v1/public/receipts/{code}")).await.ok(), told);
}

#[tokio::test]
async fn a_code_that_nobody_has_and_what_is_no_code_are_answered_alike() {
    let paid = Paid::begin().await;
    let code = paid.opened().await["code"].as_str().unwrap().to_owned();
    // One letter of the code differs.
    let last = if code.ends_with('0') { "2" } else { "0" };
    let other = format!("{}{last}", &code[..code.len() - 1]);
    let long = "0".repeat(2_000);
    let disbursement = paid.path.rsplit('/').next().unwrap();
    for wrong in [
        other.as_str(),
        "0000-0000-0000-0000-0000-0000-00",
        "8000-0000-0000-0000-0000-0000-00",
        &code[1..],
        "x",
        "%00",
        "%FF%FE",
        "%F0%9F%8E%AB",
        "'%20OR%201=1",
        "KW-2026-00000001",
        disbursement,
        &long,
    ] {
        let reply = paid.stage.api.nobody().get(&format!("/v1/public/receipts/{wrong}")).await;
        assert_eq!(reply.ok(), json!({ "valid": false }), "{wrong}");
    }
}

#[tokio::test]
async fn a_code_stands_nowhere_in_clear() {
    let paid = Paid::begin().await;
    let code = paid.opened().await["code"].as_str().unwrap().to_owned();
    let check = paid.checked(&code).await;
    assert_eq!(check["valid"], true);
    // Its 128 bits, by another hand: 26 letters of five bits.
    let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bits =
        code.chars().filter_map(|letter| letters.find(letter)).fold(0_u128, |bits, value| bits * 32 + value as u128);
    let hex = format!("{bits:032x}");
    let bare = code.replace('-', "");
    let in_bytes = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let owner = paid.stage.api.database.owner().await;
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition";
    let tables: Vec<String> = owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(tables.contains(&"receipts".to_owned()));
    for table in tables {
        for row in owner.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap() {
            let text: String = row.get(0);
            for form in [&code, &bare, &hex, &in_bytes(&code), &in_bytes(&bare)] {
                assert!(!text.to_uppercase().contains(&form.to_uppercase()), "{table}: {text}");
            }
        }
    }
    let metrics = paid.stage.api.nobody().get("/metrics").await.text;
    assert!(metrics.contains("/v1/public/receipts/{code}") && !metrics.contains(&code), "{metrics}");
}

#[tokio::test]
async fn of_first_readings_at_once_one_makes_the_code_and_all_tell_it() {
    let paid = Paid::begin().await;
    // They all find that there is none, and wait to write theirs.
    let holder = hold(&paid.stage.api, "receipts IN SHARE MODE").await;
    let path = paid.receipt();
    let readings = join_all((0..5).map(|_| paid.stage.manager.get(&path)));
    let letting_go = async {
        until(&paid.stage.api, &format!("(SELECT count(*) {WAITING}) = 5")).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (replies, ()) = tokio::join!(readings, letting_go);
    let receipts: Vec<Value> = replies.into_iter().map(Reply::ok).collect();
    for receipt in &receipts {
        assert_eq!(receipt, &receipts[0]);
    }
    assert_eq!(paid.opened().await, receipts[0]);
    let issued = format!(
        "outbox_events WHERE kind = 'receipt.issued' AND agency_code = 'dinsos' AND household_id = '{}'",
        paid.household.household_id
    );
    assert_eq!((paid.count("receipts").await, paid.count(&issued).await), (1, 1));
    let traces =
        "audit_entries WHERE action = 'receipt.read' AND purpose = 'BLT-DAERAH' AND cardinality(household_ids) = 1";
    assert_eq!(paid.count(traces).await, 6);
}

#[tokio::test]
async fn each_payment_has_a_number_and_a_code_of_its_own() {
    let paid = Paid::begin().await;
    let other = paid.stage.world.household(|home| home.decile(1)).await;
    let enrolment = paid.scheme.active(&other).await;
    let period: String = paid.stage.api.database.value("SELECT period_id::text FROM program_periods").await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-03-21" });
    let made = paid.stage.manager.post_once("k2", "/v1/disbursements", body).await.created();
    let path = format!("/v1/disbursements/{}/receipt", id(&made, "disbursement_id"));
    let (one, two) = (paid.opened().await, paid.stage.manager.get(&path).await.ok());
    assert_eq!((&one["number"], &two["number"]), (&json!("KW-2026-00000001"), &json!("KW-2026-00000002")));
    assert_ne!(one["code"], two["code"]);
    assert_eq!(two["proof_reference"], Value::Null);
    assert_eq!(paid.checked(two["code"].as_str().unwrap()).await["paid_on"], "2026-03-21");
}

#[tokio::test]
async fn the_agency_s_people_open_receipts_in_their_areas_and_the_auditor_those_that_were_issued() {
    let paid = Paid::begin().await;
    let (api, path) = (&paid.stage.api, paid.receipt());
    let auditor = api.auditor().await;
    auditor.get(&path).await.refused("no-receipt");
    assert_eq!(paid.count("receipts").await, 0);
    // Whoever of the agency is the first issues it. An approver sees no households, and so no name.
    let first = approver(api).await.get(&path).await.ok();
    assert_eq!((&first["beneficiary"], &first["number"]), (&Value::Null, &json!("KW-2026-00000001")));
    let desk = api.actor(Role::CaseManager, "dinsos", &["35.26.02"]).await;
    for reader in [&paid.stage.manager, &desk, &auditor] {
        let receipt = reader.get(&path).await.ok();
        assert_eq!((&receipt["beneficiary"], &receipt["code"]), (&json!("SITI RAHMAWATI"), &first["code"]));
    }
    for stranger in [api.manager_of("dinkes").await, api.actor(Role::CaseManager, "dinsos", &["35.26.01"]).await] {
        stranger.get(&path).await.refused("not-found");
    }
    api.actor(Role::FieldOfficer, "dinsos", &["35.26"]).await.get(&path).await.refused("forbidden");
    api.nobody().get(&path).await.refused("unauthenticated");
}

#[tokio::test]
async fn a_receipt_can_t_be_tried_since_its_code_would_hold_nothing() {
    let paid = Paid::begin().await;
    paid.stage.manager.get(&format!("{}?dry_run=true", paid.receipt())).await.refused("no-trial");
    assert_eq!(paid.count("receipts").await, 0);
}

#[tokio::test]
async fn a_receipt_is_a_page_where_a_page_is_asked_for() {
    let paid = Paid::begin().await;
    let receipt = paid.opened().await;
    let manager = &paid.stage.manager;
    let (kind, pdf) = page(manager, &paid.receipt(), "application/pdf").await;
    assert_eq!(kind, "application/pdf");
    assert!(pdf.starts_with(b"%PDF-"));
    let text = text_of(&pdf);
    let code = receipt["code"].as_str().unwrap();
    for part in [
        "KUITANSI PENYALURAN BANTUAN Receipt of aid",
        "KW-2026-00000001",
        "BLT Daerah (BLT-DAERAH)",
        "Triwulan 1 2026",
        "SITI RAHMAWATI",
        "Rp 300.000",
        "tiga ratus ribu rupiah",
        "20 Maret 2026 (2026-03-20)",
        "TRF-0001",
        code,
        &format!("https://sejahtera.test/v1/public/receipts/{code}"),
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    // The page and the data are one receipt.
    assert_eq!(paid.opened().await, receipt);
}

#[tokio::test]
async fn a_receipt_is_data_unless_a_page_is_preferred() {
    let paid = Paid::begin().await;
    for (accept, kind) in [
        ("application/pdf", "application/pdf"),
        ("application/pdf, application/json;q=0.5", "application/pdf"),
        ("text/html, application/pdf;q=0.9, */*;q=0.1", "application/pdf"),
        ("application/json", "application/json"),
        ("application/json, application/pdf;q=0.5", "application/json"),
        ("application/pdf;q=0", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/html", "application/json"),
        ("not a kind", "application/json"),
    ] {
        assert_eq!(page(&paid.stage.manager, &paid.receipt(), accept).await.0, kind, "{accept}");
    }
}

#[tokio::test]
async fn a_name_that_would_break_out_of_the_page_stays_a_name() {
    let stage = Stage::set().await;
    let scheme = stage.program("BLT-DAERAH", json!({})).await;
    let name = "SITI) Tj ET (D'ARC \\ ÉLOÏSE ꦱ";
    let household = stage.world.household(|home| home.head_name(name)).await;
    let enrolment = scheme.active(&household).await;
    let path = format!("{}/receipt", pay(&scheme, &enrolment, "paid").await);
    let (_, pdf) = page(&stage.manager, &path, "application/pdf").await;
    let text = text_of(&pdf);
    // What the page's letters lack is a question mark.
    assert!(text.contains("SITI) Tj ET (D'ARC \\ ÉLOÏSE ?"), "{text}");
    assert!(text.contains("Kode pemeriksaan"), "{text}");
}

#[tokio::test]
async fn a_receipt_is_made_for_a_payment_of_the_lane_and_never_changed() {
    let paid = Paid::begin().await;
    paid.opened().await;
    let made: (String, String) = {
        let row = paid.stage.api.database.owner().await;
        let row = row.query_one("SELECT household_id::text, disbursement_id::text FROM receipts", &[]).await.unwrap();
        (row.get(0), row.get(1))
    };
    let owner = paid.stage.api.database.owner().await;
    for change in ["UPDATE receipts SET code_digest = sha256('x')", "DELETE FROM receipts"] {
        assert!(owner.batch_execute(change).await.is_err(), "{change}");
    }
    // A second receipt is out of the question; the first one, of another agency's or village's name, is the policy's matter.
    let insert = |agency: &str, village: &str| {
        format!(
            "INSERT INTO receipts (household_id, disbursement_id, fiscal_year, sealed_code, digest_key, code_digest,
                 agency_code, village_code, issued_by)
             VALUES ('{}', '{}', 2026, '', 1, sha256('x'), '{agency}', '{village}', 'user:x')",
            made.0, made.1
        )
    };
    let lane = |role: &str, agency: &str| {
        format!(
            "BEGIN;SET LOCAL app.role = '{role}';SET LOCAL app.agency = '{agency}';SET LOCAL app.areas = '{{35.26.%}}';"
        )
    };
    for (role, agency, as_agency, village, code) in [
        ("program_manager", "dinkes", "dinkes", "35.26.02.2001", "42501"),
        ("program_manager", "dinkes", "dinsos", "35.26.02.2001", "42501"),
        ("program_manager", "dinsos", "dinsos", "35.26.01.2001", "42501"),
        ("auditor", "dinsos", "dinsos", "35.26.02.2001", "42501"),
        ("service", "", "dinsos", "35.26.02.2001", "42501"),
        // All is in order but that there is one already.
        ("program_manager", "dinsos", "dinsos", "35.26.02.2001", "23505"),
    ] {
        let application = paid.stage.api.database.application().await;
        application.batch_execute(&lane(role, agency)).await.unwrap();
        let refused = application.batch_execute(&insert(as_agency, village)).await.expect_err(role);
        assert_eq!(refused.code().unwrap().code(), code, "{role} {agency} {as_agency} {village}");
    }
}

#[tokio::test]
async fn only_the_service_asks_whether_a_code_holds_and_sees_no_receipt_itself() {
    let paid = Paid::begin().await;
    paid.opened().await;
    let digest: Vec<u8> = paid.stage.api.database.value("SELECT code_digest FROM receipts").await;
    for (role, told) in [("service", 1), ("auditor", 0), ("program_manager", 0), ("analyst", 0)] {
        let application = paid.stage.api.database.application().await;
        let lane = format!(
            "BEGIN;SET LOCAL app.role = '{role}';SET LOCAL app.agency = 'dinsos';SET LOCAL app.areas = '{{99.%}}';"
        );
        application.batch_execute(&lane).await.unwrap();
        let rows = application.query("SELECT * FROM receipt_that_holds(1::smallint, $1)", &[&digest]).await.unwrap();
        assert_eq!(rows.len(), told, "{role}");
        let seen: i64 = application.query_one("SELECT count(*) FROM receipts", &[]).await.unwrap().get(0);
        assert_eq!(seen, 0, "{role}");
    }
}
