//! What payment partners report: row by row, idempotent, and in the books as a whole or not at all.

use crate::support::{
    Reply,
    batches::{BANK, POST, PayDay, failed, paid, partner, path, pay_point, version},
    holding::{hold, until},
    money::approver,
};
use futures::future::join_all;
use reqwest::Method;
use sejahtera::platform::{auth::Role, vault::Use};
use serde_json::{Value, json};

/// A batch that is with the bank, and the ids of its payments.
async fn handed_over(day: &PayDay, count: u32) -> (Value, Vec<String>) {
    day.payees(count).await;
    let batch = day.prepared(BANK).await;
    let batch = day.handed_over(&batch).await;
    let payments = day.payments(&batch).await.into_iter().map(|(_, payment)| payment).collect();
    (batch, payments)
}

fn outcomes(reply: &Value) -> Vec<String> {
    let items = reply["items"].as_array().unwrap().iter();
    items.map(|item| item["code"].as_str().or(item["outcome"].as_str()).unwrap().to_owned()).collect()
}

async fn reconciled(day: &PayDay, batch: &Value) -> [i64; 5] {
    let told = day.stage.manager.get(&path(batch, "reconciliation")).await.ok();
    let amount = |field: &str| told[field]["amount_idr"].as_i64().unwrap() / 1_000;
    let parts = ["paid", "failed", "returned", "reversed", "outstanding"];
    assert_eq!(amount("handed_out"), parts.iter().map(|part| amount(part)).sum::<i64>());
    let count = |field: &str| told[field]["payments"].as_i64().unwrap();
    assert_eq!(count("handed_out"), parts.iter().map(|part| count(part)).sum::<i64>());
    parts.map(amount)
}

#[tokio::test]
async fn results_move_payments_and_money_and_the_batch_is_closed_when_none_is_outstanding() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 4).await;
    let rows = [paid(&payments[0]), paid(&payments[1]), failed(&payments[2], "not_collected")];
    let told = day.report(&batch, &rows, false).await.ok();
    assert_eq!(outcomes(&told), ["posted", "posted", "posted"]);
    assert_eq!((&told["posted"], &told["outstanding"]), (&json!(3), &json!(1)));
    assert_eq!(day.sums().await, [1_100, 0, 300, 600]);
    assert_eq!(reconciled(&day, &batch).await, [600, 300, 0, 0, 300]);
    day.stage.assert_books_hold().await;
    let manager = &day.stage.manager;
    let refused = manager.post_seen(&path(&batch, "closure"), version(&batch), json!({})).await;
    assert_eq!(refused.refused("batch-outstanding")["outstanding"], 1);
    // Money that came back later.
    let back = json!({ "disbursement_id": payments[0], "result": "returned", "reason_code": "account_closed" });
    assert_eq!(outcomes(&day.report(&batch, &[back], false).await.ok()), ["posted"]);
    assert_eq!(reconciled(&day, &batch).await, [300, 300, 300, 0, 300]);
    assert_eq!(day.sums().await, [1_400, 0, 300, 300]);
    let closing = json!({ "fail_outstanding": "Tidak diambil sampai batas waktu" });
    // Who pays does not say that nothing came of it: an approver does.
    let refused = manager.post_seen(&path(&batch, "closure"), version(&batch), &closing).await;
    refused.refused("forbidden");
    let approver = approver(&day.stage.api).await;
    let closed = approver.post_seen(&path(&batch, "closure"), version(&batch), closing).await.ok();
    assert_eq!(closed["state"], "closed");
    assert_eq!(reconciled(&day, &batch).await, [300, 600, 300, 0, 0]);
    assert_eq!(day.sums().await, [1_700, 0, 0, 300]);
    day.stage.assert_books_hold().await;
    day.report(&batch, &[paid(&payments[3])], false).await.refused("batch-not-open");
    // A closed batch's payment still comes back, and is still reversed, as any.
    day.stage.reversed(&payments[1]).await;
    assert_eq!(reconciled(&day, &batch).await, [0, 600, 300, 300, 0]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn what_is_reported_again_is_unchanged_and_what_is_reported_otherwise_is_refused() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 2).await;
    let rows = [paid(&payments[0]), failed(&payments[1], "not_found")];
    day.report(&batch, &rows, false).await.ok();
    let steps = day.stage.count("disbursement_steps").await;
    assert_eq!(outcomes(&day.report(&batch, &rows, false).await.ok()), ["unchanged", "unchanged"]);
    let mut other = paid(&payments[0]);
    other["proof_reference"] = json!("TRF-2");
    let told = day.report(&batch, &[other, paid(&payments[1]), failed(&payments[0], "refused")], true).await.ok();
    assert_eq!(outcomes(&told), ["already-reported", "already-reported", "already-reported"]);
    assert_eq!(day.stage.count("disbursement_steps").await, steps);
    // The same payment twice in one report is one.
    let (second, more) = {
        let period = day.program.period("T2", "2026-04-01", "2026-06-30").await;
        let mut asked = day.asked(BANK);
        asked["period_id"] = json!(period);
        let batch = day.stage.manager.post_once("2", "/v1/batches", asked).await.created();
        let batch = day.handed_over(&batch).await;
        let payments = day.payments(&batch).await;
        (batch, payments[0].1.clone())
    };
    let mut row = paid(&more);
    row["paid_on"] = json!("2026-05-10");
    let mut contrary = row.clone();
    contrary["paid_on"] = json!("2026-05-11");
    let told = day.report(&second, &[row.clone(), row, contrary], true).await.ok();
    assert_eq!(outcomes(&told), ["posted", "unchanged", "already-reported"]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn what_is_said_of_a_result_belongs_to_it_or_is_refused_and_never_dropped() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 1).await;
    let with = |mut row: Value, field: &str, value: &str| {
        row[field] = json!(value);
        row
    };
    for (row, pointer) in [
        (with(failed(&payments[0], "refused"), "paid_on", "2026-03-10"), "/paid_on"),
        (with(failed(&payments[0], "refused"), "proof_reference", "TRF-1"), "/proof_reference"),
        (failed(&payments[0], "other"), "/reason"),
        (with(paid(&payments[0]), "reason_code", "refused"), "/reason_code"),
        (with(paid(&payments[0]), "reason", "Menolak"), "/reason"),
    ] {
        let told = day.report(&batch, &[row], true).await.ok();
        assert_eq!(outcomes(&told), ["invalid-fields"], "{told}");
        assert!(told["items"][0]["errors"][0]["pointer"].as_str().unwrap().ends_with(pointer), "{told}");
    }
    assert_eq!(day.stage.count("disbursements WHERE state <> 'planned'").await, 0);
}

#[tokio::test]
async fn a_report_that_does_not_fit_says_so_and_posts_nothing_unless_it_is_asked_for_a_part() {
    let day = PayDay::of(9_000_000).await;
    let (batch, payments) = handed_over(&day, 3).await;
    let later = day.program.period("T2", "2026-04-01", "2026-06-30").await;
    let mut asked = day.asked(BANK);
    asked["period_id"] = json!(later);
    let other = day.stage.manager.post_once("2", "/v1/batches", asked).await.created();
    let other = day.handed_over(&other).await;
    let stray = day.payments(&other).await[0].1.clone();
    let mut wrong = paid(&payments[1]);
    wrong["amount_idr"] = json!(299_999);
    let mut early = paid(&payments[2]);
    early["paid_on"] = json!("2025-12-31");
    let unknown = paid("01900000-0000-7000-8000-000000000001");
    let rows = [paid(&payments[0]), wrong, early, unknown, paid(&stray), json!({ "disbursement_id": 7 })];
    let told = day.report(&batch, &rows, false).await.ok();
    let expected = ["fits", "wrong-amount", "invalid-fields", "unknown-row", "wrong-batch", "invalid-fields"];
    assert_eq!(outcomes(&told), expected);
    assert_eq!((&told["posted"], &told["refused"]), (&json!(0), &json!(5)));
    assert_eq!(told["items"][1]["amount_idr"], 300_000);
    assert_eq!(day.stage.count("disbursements WHERE state <> 'planned'").await, 0);
    let told = day.report(&batch, &rows, true).await.ok();
    assert_eq!(outcomes(&told)[0], "posted");
    assert_eq!(day.stage.count("disbursements WHERE state = 'paid'").await, 1);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_file_comes_back_as_it_was_with_a_column_that_says_what_became_of_each_row() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 2).await;
    let file = format!(
        "\u{feff}ID SALUR;NAMA KPM;NOMINAL CAIR;result;paid_on;proof_reference\r\n{};SITI;Rp 300.000,00;paid;2026-03-10;TRF-1\r\n{};BUDI;Rp 250.000;paid;2026-03-10;TRF-2\r\n",
        payments[0], payments[1]
    );
    let send = |query: &str, file: String| {
        let request = day.bank.request(Method::POST, &path(&batch, &format!("results{query}")));
        Reply::of(request.header("content-type", "text/csv").body(file))
    };
    let answer = send("", file.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = format!(
        "ID SALUR;NAMA KPM;NOMINAL CAIR;result;paid_on;proof_reference;line;outcome;code;detail;errors\n\
         {};SITI;Rp 300.000,00;paid;2026-03-10;TRF-1;2;fits;;;\n\
         {};BUDI;Rp 250.000;paid;2026-03-10;TRF-2;3;refused;wrong-amount;Nominalnya lain daripada yang dibukukan.;\n",
        payments[0], payments[1]
    );
    assert_eq!(answer.text, expected);
    let answer = send("?partial=true", answer.text).await;
    assert!(answer.text.contains(";2;posted;;;\n"), "{}", answer.text);
    assert_eq!(day.sums().await, [1_400, 0, 300, 300]);
    // Doubled rows, a file cut in the middle, swapped columns, another encoding.
    let cut = file.split_at(file.len() - 60).0.to_owned();
    let told = send("?partial=true", cut).await;
    assert!(told.text.contains(";2;unchanged;"), "{}", told.text);
    assert!(told.text.contains("refused;invalid-fields"), "{}", told.text);
    let swapped = format!(
        "proof_reference,paid_on,result,NOMINAL CAIR,ID SALUR\nTRF-2,2026-03-10,paid,\"300,000\",{}\n",
        payments[1]
    );
    assert!(send("", swapped.clone() + swapped.lines().nth(1).unwrap()).await.text.contains("posted"));
    let request = day.bank.request(Method::POST, &path(&batch, "results"));
    let latin = request.header("content-type", "text/csv").body(b"ID SALUR,result\n\xe9,paid\n".to_vec());
    assert_eq!(Reply::of(latin).await.refused("malformed-request")["line"], 2);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_workbook_is_reported_as_a_file_is_and_comes_back_as_one() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 2).await;
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(["ID SALUR", "NAMA KPM", "NOMINAL CAIR", "result", "paid_on"]) {
        sheet.write_string(0, column, name).unwrap();
    }
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (row, (payment, name, amount)) in (1..).zip([(&payments[0], "=1+1", 300_000), (&payments[1], "BUDI", 250_000)])
    {
        sheet.write_string(row, 0, payment).unwrap().write_string(row, 1, name).unwrap();
        sheet.write_number(row, 2, amount).unwrap().write_string(row, 3, "paid").unwrap();
        // A day as a spreadsheet keeps it: 46,091 days after the end of 1899.
        sheet.write_number_with_format(row, 4, 46_091, &date).unwrap();
    }
    let request = day.bank.request(Method::POST, &path(&batch, "results?partial=true"));
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let answer = request.header("content-type", xlsx).body(workbook.save_to_buffer().unwrap()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &xlsx.parse().unwrap()));
    let bytes = answer.bytes().await.unwrap().to_vec();
    let mut told: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(bytes)).unwrap();
    let sheet = calamine::Reader::worksheet_range_at(&mut told, 0).unwrap().unwrap();
    let rows: Vec<String> =
        sheet.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|")).collect();
    assert_eq!(rows[0], "ID SALUR|NAMA KPM|NOMINAL CAIR|result|paid_on|line|outcome|code|detail|errors");
    assert_eq!(rows[1], format!("{}|=1+1|300000|paid|2026-03-10|2|posted|||", payments[0]));
    assert!(rows[2].starts_with(&format!("{}|BUDI|250000|paid|2026-03-10|3|refused|wrong-amount|", payments[1])));
    let formulas = calamine::Reader::worksheet_formula(&mut told, "Sheet1").unwrap();
    assert!(formulas.rows().flatten().all(String::is_empty));
    assert_eq!(day.sums().await, [1_400, 0, 300, 300]);
}

#[tokio::test]
async fn an_account_that_is_not_paid_into_sends_the_next_payment_to_the_post() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 2).await;
    pay_point(&day.stage.api, POST, "35.26.01").await;
    day.report(&batch, &[paid(&payments[0]), failed(&payments[1], "account_invalid")], false).await.ok();
    assert_eq!(day.stage.count("payout_accounts WHERE check_state = 'invalid'").await, 1);
    assert_eq!(day.stage.count("outbox_events WHERE kind = 'payout_account.checked'").await, 1);
    let again = day.prepared(POST).await;
    assert_eq!((&again["lines"], &again["left_out"]), (&json!(1), &json!(1)));
    let lines = day.stage.manager.get(&path(&again, "lines")).await.ok();
    assert!(lines["items"][0]["pay_point_id"].is_string());
    // And is paid there, once.
    let handed = day.handed_over(&again).await;
    let post = partner(&day.stage.api, POST, "postal").await;
    let payment = day.payments(&handed).await[0].1.clone();
    let body = json!({ "items": [paid(&payment)] });
    assert_eq!(post.post(&path(&handed, "results"), body).await.ok()["posted"], 1);
    assert_eq!(day.sums().await, [1_400, 0, 0, 600]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn payments_of_a_batch_move_by_its_results_alone() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 1).await;
    let manager = &day.stage.manager;
    let payment = format!("/v1/disbursements/{}", payments[0]);
    let told = manager.post_seen(&format!("{payment}/payment"), 1, json!({ "paid_on": "2026-03-10" })).await;
    assert_eq!(told.refused("paid-by-batch")["batch_id"], batch["batch_id"]);
    manager.post_seen(&format!("{payment}/failure"), 1, json!({ "reason": "x" })).await.refused("paid-by-batch");
    let list = json!({ "common": { "program_id": day.program.id, "paid_on": "2026-03-10" },
        "items": [{ "disbursement_id": payments[0] }] });
    let told = manager.post_once("k", "/v1/disbursements/payments", list).await.ok();
    assert_eq!(told["items"][0]["code"], "paid-by-batch");
    // An approver of the agency reports for its partner; another partner and another agency do not.
    let body = json!({ "items": [paid(&payments[0])] });
    let results = path(&batch, "results");
    partner(&day.stage.api, "bank-lain", "bank").await.post(&results, &body).await.refused("not-found");
    day.stage.api.actor(Role::Approver, "dinkes", &["35.26"]).await.post(&results, &body).await.refused("not-found");
    approver(&day.stage.api).await.post(&results, &body).await.ok();
    day.stage.assert_books_hold().await;
}

/// Whether so many of the service's statements wait for a lock.
async fn until_wait(day: &PayDay, statements: u32) {
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database()";
    until(&day.stage.api, &format!("({waiting}) = {statements}")).await;
}

#[tokio::test]
async fn money_that_two_persons_take_back_while_it_returns_comes_back_once_and_the_partner_hears_it() {
    let day = PayDay::of(1_000_000).await;
    let (batch, payments) = handed_over(&day, 1).await;
    day.report(&batch, &[paid(&payments[0])], false).await.ok();
    let reversal = format!("/v1/disbursements/{}/reversal", payments[0]);
    day.stage.manager.post(&reversal, json!({ "reason": "Salah rekening" })).await.created();
    let second = approver(&day.stage.api).await;
    // The reversal has the payment already, and waits for the accounts.
    let holder = hold(&day.stage.api, "ledger_accounts IN SHARE MODE").await;
    let yes = json!({ "approve": true, "reason": "Sesuai bukti" });
    let deciding = tokio::spawn(async move { second.post(&format!("{reversal}/decision"), yes).await });
    until_wait(&day, 1).await;
    let back = json!({ "disbursement_id": payments[0], "result": "returned", "reason_code": "refused" });
    let back = [back];
    let release = async {
        until_wait(&day, 2).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (told, ()) = tokio::join!(day.report(&batch, &back, false), release);
    assert_eq!(deciding.await.unwrap().ok()["disbursement"]["state"], "reversed");
    assert_eq!(outcomes(&told.ok()), ["already-reported"]);
    assert_eq!(day.sums().await, [1_000, 0, 0, 0]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_report_of_several_steps_and_a_payment_from_its_budget_wait_for_each_other_in_one_order() {
    let day = PayDay::of(2_000_000).await;
    let (batch, payments) = handed_over(&day, 2).await;
    let (_, enrolment) = day.payee(3).await;
    // The report comes as far as the money in transit, and the payment as far as it lets it.
    let holder = day.stage.api.database.owner().await;
    holder.batch_execute("BEGIN; SELECT 1 FROM ledger_accounts WHERE kind = 'in_transit' FOR UPDATE").await.unwrap();
    let rows = [paid(&payments[0]), failed(&payments[1], "not_collected")];
    let single =
        json!({ "enrolment_id": enrolment, "period_id": day.period, "state": "paid", "paid_on": "2026-03-10" });
    let paying = async {
        until_wait(&day, 1).await;
        day.stage.manager.post_once("k", "/v1/disbursements", &single).await
    };
    let release = async {
        until_wait(&day, 2).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let (told, made, ()) = tokio::join!(day.report(&batch, &rows, false), paying, release);
    assert_eq!(outcomes(&told.ok()), ["posted", "posted"]);
    made.created();
    assert_eq!(day.sums().await, [1_400, 0, 0, 600]);
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn reports_and_closings_that_race_come_one_after_the_other() {
    for _ in 0..5 {
        let day = PayDay::of(2_000_000).await;
        let (batch, payments) = handed_over(&day, 2).await;
        let rows = [paid(&payments[0]), paid(&payments[1])];
        let reports = join_all((0..4).map(|_| day.report(&batch, &rows, false)));
        let closing = json!({ "fail_outstanding": "Batas waktu" });
        let closure = path(&batch, "closure");
        let approver = approver(&day.stage.api).await;
        let closings = approver.post_seen(&closure, version(&batch), &closing);
        let (reports, closed) = tokio::join!(reports, closings);
        closed.ok();
        let posted = reports.into_iter().filter(|reply| reply.status == 200).map(Reply::ok);
        let posted: i64 = posted.map(|told| told["posted"].as_i64().unwrap()).sum();
        assert!(posted == 0 || posted == 2, "{posted}");
        assert_eq!(day.stage.count("disbursements WHERE state = 'paid'").await, posted);
        day.stage.assert_books_hold().await;
    }
}

#[tokio::test]
async fn reports_and_single_payments_of_one_budget_wait_for_each_other_and_never_in_a_circle() {
    let day = PayDay::of(90_000_000).await;
    let payees = day.payees(12).await;
    for round in 0..4 {
        let (first, last) = (format!("2026-0{}-01", round + 4), format!("2026-0{}-28", round + 4));
        let period = day.program.period(&format!("B{round}"), &first, &last).await;
        let mut asked = day.asked(BANK);
        asked["period_id"] = json!(period);
        let batch = day.stage.manager.post_once(&format!("b{round}"), "/v1/batches", asked).await.created();
        let batch = day.handed_over(&batch).await;
        // What was paid comes before what failed, and a payment draws on the budget before it is delivered.
        let rows: Vec<Value> = day
            .payments(&batch)
            .await
            .iter()
            .enumerate()
            .map(|(number, (_, payment))| {
                let mut row = if number % 2 == 0 { paid(payment) } else { failed(payment, "not_found") };
                if number % 2 == 0 {
                    row["paid_on"] = json!(first);
                }
                row
            })
            .collect();
        let (single_first, single_last) = (format!("2026-{:02}-01", round + 8), format!("2026-{:02}-28", round + 8));
        let single = day.program.period(&format!("S{round}"), &single_first, &single_last).await;
        let keys: Vec<String> = payees.iter().map(|(_, id)| format!("s{round} {id}")).collect();
        let bodies: Vec<Value> = payees
            .iter()
            .map(|(_, id)| json!({ "enrolment_id": id, "period_id": single, "state": "paid", "paid_on": single_first }))
            .collect();
        let singles = join_all(
            keys.iter().zip(&bodies).map(|(key, body)| day.stage.manager.post_once(key, "/v1/disbursements", body)),
        );
        let reports = join_all(rows.chunks(4).map(|some| day.report(&batch, some, false)));
        let (singles, reports) = tokio::join!(singles, reports);
        singles.into_iter().for_each(|reply| drop(reply.created()));
        reports.into_iter().for_each(|reply| drop(reply.ok()));
    }
    day.stage.assert_books_hold().await;
}

#[tokio::test]
async fn the_partner_s_file_has_numbers_in_full_a_checksum_and_no_formula() {
    let day = PayDay::of(2_000_000).await;
    let household = day.stage.world.household(|home| home.member(|head| head.set("name", "=HYPERLINK(\"x\")"))).await;
    let person = household.member_ids[0];
    crate::support::batches::account(&day.stage.api, person, BANK, "6013000000012345").await;
    let sealed = day.stage.api.settings.vault.seal(Use::Nik, b"3526025708900001").unwrap();
    let owner = day.stage.api.database.owner().await;
    owner.execute("INSERT INTO individual_identities VALUES ($1, $2)", &[&person, &sealed]).await.unwrap();
    day.program.active(&household).await;
    let batch = day.prepared(BANK).await;
    let batch = day.handed_over(&batch).await;
    let payment = day.payments(&batch).await[0].1.clone();
    let file = day.bank.get(&path(&batch, "file?layout=tugas")).await;
    let expected = format!(
        "ID SALUR,NIK KPM,NAMA KPM,NOMOR KKS,JENIS BANSOS,TAHAP SALUR,NOMINAL CAIR\n\
         {payment},3526025708900001,\"'=HYPERLINK(\"\"x\"\")\",6013000000012345,BLT-DAERAH,Tahap 1 2026,300000\n"
    );
    assert_eq!(file.text, expected);
    let digest = {
        use base64::Engine;
        use sha2::Digest;
        base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(expected.as_bytes()))
    };
    assert_eq!(file.headers["content-digest"], format!("sha-256=:{digest}:"));
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    // The same as a workbook: numbers of people are texts in it, and what is paid is a number.
    let workbook = day.bank.request(Method::GET, &path(&batch, "file?layout=tugas&format=xlsx")).send().await.unwrap();
    let bytes = workbook.bytes().await.unwrap().to_vec();
    let mut workbook: calamine::Xlsx<_> = calamine::Reader::new(std::io::Cursor::new(bytes)).unwrap();
    let sheet = calamine::Reader::worksheet_range_at(&mut workbook, 0).unwrap().unwrap();
    let rows: Vec<Vec<calamine::Data>> = sheet.rows().map(<[calamine::Data]>::to_vec).collect();
    let text = |text: &str| calamine::Data::String(text.to_owned());
    assert_eq!((rows.len(), &rows[0][1], &rows[1][1]), (2, &text("NIK KPM"), &text("3526025708900001")));
    assert_eq!((&rows[1][2], &rows[1][3]), (&text("'=HYPERLINK(\"x\")"), &text("6013000000012345")));
    assert_eq!(rows[1][6], calamine::Data::Float(300_000.0));
    assert_eq!(day.bank.get(&path(&batch, "file?layout=lain")).await.wrong_fields(), ["layout"]);
    let traced = format!(
        "audit_entries WHERE action = 'batch.downloaded' AND '{}' = ANY (household_ids)",
        household.household_id
    );
    assert_eq!(day.stage.count(&traced).await, 2);
    let layouts = day.bank.get("/v1/batch-layouts").await.ok();
    let codes: Vec<_> = layouts["items"].as_array().unwrap().iter().map(|layout| &layout["code"]).collect();
    assert_eq!(codes, ["pos", "tugas"]);
}

#[tokio::test]
async fn a_reconciliation_is_the_sum_of_its_parts() {
    let day = PayDay::of(9_000_000).await;
    let (batch, payments) = handed_over(&day, 3).await;
    day.report(&batch, &[paid(&payments[0]), failed(&payments[1], "deceased")], false).await.ok();
    let other = day.stage.program("BLT-LAIN", json!({ "amount_idr": 500_000 })).await;
    other.funded(2026).await;
    let period = other.period("T1", "2026-01-01", "2026-03-31").await;
    let home = day.stage.households(&[1]).await.remove(0);
    crate::support::batches::account(&day.stage.api, home.member_ids[0], BANK, "60130000000777").await;
    other.active(&home).await;
    let mut asked = day.asked(BANK);
    (asked["program_id"], asked["period_id"]) = (json!(other.id), json!(period));
    let second = day.stage.manager.post_once("2", "/v1/batches", asked).await.created();
    day.handed_over(&second).await;
    let told = |by: &'static str| day.stage.manager.get(by);
    let by_program = told("/v1/reconciliation?by=program").await.ok();
    let amount = |account: &Value, field: &str| account[field]["amount_idr"].as_i64().unwrap();
    let parts = by_program["parts"].as_array().unwrap();
    let keys: Vec<_> = parts.iter().map(|part| part["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["BLT-DAERAH", "BLT-LAIN"]);
    // By hand: three of 300,000, one paid, one failed; one of 500,000.
    for (field, sum) in [("handed_out", 1_400_000), ("paid", 300_000), ("failed", 300_000), ("outstanding", 800_000)] {
        assert_eq!(amount(&by_program["total"], field), sum, "{field}");
        assert_eq!(parts.iter().map(|part| amount(part, field)).sum::<i64>(), sum, "{field}");
        for by in [
            "/v1/reconciliation?by=batch",
            "/v1/reconciliation?by=agency",
            "/v1/reconciliation?by=fund&fiscal_year=2026",
        ] {
            let told = told(by).await.ok();
            let parts = told["parts"].as_array().unwrap();
            assert_eq!(
                (amount(&told["total"], field), parts.iter().map(|part| amount(part, field)).sum::<i64>()),
                (sum, sum)
            );
        }
    }
    assert_eq!(by_program["total"]["outstanding_days"], 0);
    assert_eq!(
        day.stage.api.auditor().await.get("/v1/reconciliation?by=agency").await.ok()["parts"][0]["key"],
        "dinsos"
    );
    assert_eq!(
        day.stage.api.manager_of("dinkes").await.get("/v1/reconciliation?by=agency").await.ok()["parts"],
        json!([])
    );
}
