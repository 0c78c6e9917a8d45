//! Money in the books: what a budget was given, and what became of it, to the last rupiah.

use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage, id},
    database::refusal,
    money::{approver, budget, fund, fund_with_budget},
};
use futures::future::join_all;
use sejahtera::{
    aid::ledger::{AccountKind, TransferKind},
    platform::auth::Role,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A programme of Rp 300,000 that draws on a budget of so much, with a period and active enrolments.
struct Books {
    stage: Stage,
    program: Scheme,
    budget: String,
    period: String,
    enrolments: Vec<String>,
}

impl Books {
    async fn of(amount_idr: i64, households: usize) -> Self {
        let stage = Stage::set().await;
        let program = stage.program("BLT-DAERAH", json!({})).await;
        let budget = program.funded_with(2026, amount_idr).await.unwrap();
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        let mut enrolments = Vec::new();
        for household in stage.households(&vec![1; households]).await {
            enrolments.push(program.active(&household).await);
        }
        Self { stage, program, budget, period, enrolments }
    }

    async fn record(&self, enrolment: usize, state: &str) -> Reply {
        let mut body = json!({ "enrolment_id": self.enrolments[enrolment], "period_id": self.period, "state": state });
        if state == "paid" {
            body["paid_on"] = json!("2026-11-01");
        }
        self.stage.manager.post_once(&Uuid::now_v7().to_string(), "/v1/disbursements", body).await
    }

    /// Of the budget, in thousands of rupiah: given, available, promised, with partners, delivered.
    async fn sums(&self) -> [i64; 5] {
        let budget = self.stage.budget(&self.budget).await;
        ["amount_idr", "available_idr", "committed_idr", "in_transit_idr", "delivered_idr"]
            .map(|field| budget[field].as_i64().unwrap() / 1_000)
    }
}

#[tokio::test]
async fn each_step_of_a_payment_moves_its_money_and_the_books_hold() {
    let books = Books::of(1_000_000, 2).await;
    assert_eq!(books.sums().await, [1_000, 1_000, 0, 0, 0]);
    let first = books.record(0, "planned").await.created();
    assert_eq!(first["budget_id"], books.budget.as_str());
    assert_eq!(books.sums().await, [1_000, 700, 300, 0, 0]);
    let path = format!("/v1/disbursements/{}", id(&first, "disbursement_id"));
    books.stage.manager.post_seen(&format!("{path}/payment"), 1, json!({ "paid_on": "2026-11-02" })).await.ok();
    assert_eq!(books.sums().await, [1_000, 700, 0, 0, 300]);
    // One that is paid at once.
    let second = books.record(1, "paid").await.created();
    assert_eq!(books.sums().await, [1_000, 400, 0, 0, 600]);
    books.stage.reversed(id(&second, "disbursement_id")).await;
    assert_eq!(books.sums().await, [1_000, 700, 0, 0, 300]);
    assert_eq!(books.stage.returned(id(&first, "disbursement_id")).await["state"], "returned");
    assert_eq!(books.sums().await, [1_000, 1_000, 0, 0, 0]);
    // One that fails.
    let third = books.record(0, "planned").await.created();
    let path = format!("/v1/disbursements/{}/failure", id(&third, "disbursement_id"));
    books.stage.manager.post_seen(&path, 1, json!({ "reason": "Tidak ditemukan" })).await.ok();
    assert_eq!(books.sums().await, [1_000, 1_000, 0, 0, 0]);
    books.stage.assert_books_hold().await;
    // By hand: a grant and an allocation; planned and paid, returned in two; paid and reversed; planned and released.
    assert_eq!(books.stage.count("ledger_transfers").await, 2 + 4 + 2 + 2);
}

#[tokio::test]
async fn money_that_came_back_can_be_paid_again_once() {
    let books = Books::of(1_000_000, 1).await;
    let paid = books.record(0, "paid").await.created();
    books.record(0, "paid").await.refused("already-paid");
    let path = format!("/v1/disbursements/{}/return", id(&paid, "disbursement_id"));
    let back = json!({ "reason": "Penerima meninggal" });
    let keys: Vec<String> = (0..8).map(|n| format!("k{n}")).collect();
    let approver = approver(&books.stage.api).await;
    let asked = join_all(keys.iter().map(|key| approver.post_once(key, &path, &back))).await;
    assert_eq!(asked.iter().filter(|reply| reply.status == 200).count(), 1);
    let again = join_all((0..8).map(|_| books.record(0, "paid"))).await;
    assert_eq!(again.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(books.sums().await, [1_000, 700, 0, 0, 300]);
    books.stage.assert_books_hold().await;
}

#[tokio::test]
async fn the_last_rupiah_goes_to_one_of_those_who_race_for_it() {
    for _ in 0..5 {
        let books = Books::of(700_000, 8).await;
        let asked = join_all((0..8).map(|n| books.record(n, if n % 2 == 0 { "paid" } else { "planned" }))).await;
        let made = asked.iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 2, "Rp 700,000 are enough for two");
        for reply in asked.into_iter().filter(|reply| reply.status != 201) {
            reply.refused("budget-exhausted");
        }
        assert_eq!(books.stage.count("disbursements").await, 2);
        assert_eq!(books.stage.count("payment_claims").await, 2);
        books.stage.assert_books_hold().await;
    }
}

#[tokio::test]
async fn a_list_that_is_beyond_the_budget_records_nothing() {
    let books = Books::of(700_000, 3).await;
    let all = json!({ "program_id": books.program.id, "period_id": books.period, "state": "planned" });
    let manager = &books.stage.manager;
    manager.post_once("a", "/v1/disbursements/from-active", &all).await.refused("budget-exhausted");
    let items: Vec<Value> = books.enrolments.iter().map(|enrolment| json!({ "enrolment_id": enrolment })).collect();
    let list = json!({ "common": all, "items": items });
    manager.post_once("b", "/v1/disbursements/bulk", &list).await.refused("budget-exhausted");
    assert_eq!(books.stage.count("disbursements").await, 0);
    assert_eq!(books.sums().await, [700, 700, 0, 0, 0]);
    // What is enough is enough, with the same key.
    let list = json!({ "common": all, "items": items[..2] });
    assert_eq!(manager.post_once("c", "/v1/disbursements/bulk", &list).await.ok()["recorded"], 2);
    assert_eq!(books.sums().await, [700, 100, 600, 0, 0]);
    books.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_budget_never_has_more_than_its_fund_gives_nor_takes_back_what_is_promised() {
    let books = Books::of(600_000, 1).await;
    let manager = &books.stage.manager;
    books.record(0, "planned").await.created();
    let path = format!("/v1/budgets/{}/entries", books.budget);
    let entry = |amount: i64| json!({ "amount_idr": amount, "legal_basis": "Perbup 31/2026", "reason": "Pergeseran" });
    manager.post_once("a", &path, entry(1)).await.refused("fund-exhausted");
    manager.post_once("b", &path, entry(-300_001)).await.refused("budget-exhausted");
    let made = manager.post_once("c", &path, entry(-300_000)).await.created();
    assert_eq!(manager.post_once("c", &path, entry(-300_000)).await.created(), made);
    assert_eq!(books.sums().await, [300, 0, 300, 0, 0]);
    manager.post_once("d", &path, entry(0)).await.wrong_fields();
    // What was taken back is the fund's again, and another budget's once.
    let fund_id = books.stage.budget(&books.budget).await["fund_id"].as_str().unwrap().to_owned();
    let asked = join_all((0..4).map(|_| budget(manager, &fund_id, 200_000))).await;
    assert_eq!(asked.iter().filter(|reply| reply.status == 201).count(), 1);
    let fund = manager.get(&format!("/v1/funds/{fund_id}")).await.ok();
    assert_eq!((&fund["amount_idr"], &fund["available_idr"]), (&json!(600_000), &json!(100_000)));
    let path = format!("/v1/funds/{fund_id}/entries");
    manager.post_once("e", &path, entry(-100_001)).await.refused("fund-exhausted");
    manager.post_once("f", &path, entry(-100_000)).await.created();
    let entries = manager.get(&path).await.ok();
    let amounts: Vec<_> = entries["items"].as_array().unwrap().iter().map(|entry| &entry["amount_idr"]).collect();
    assert_eq!(amounts, [600_000, -100_000]);
    books.stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_managed_programme_pays_from_a_budget_of_its_period_s_year_and_names_it_where_there_are_several() {
    let stage = Stage::set().await;
    let program = stage.program("BLT-DAERAH", json!({})).await;
    let path = format!("/v1/programs/{}", program.id);
    let period = json!({ "label": "T1", "fiscal_year": 2026, "starts_on": "2026-01-01", "ends_on": "2026-03-31" });
    let period = stage.manager.post(&format!("{path}/periods"), period).await.created()["period_id"].clone();
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let ask = |key: &'static str, budget: Option<String>| {
        let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned", "budget_id": budget });
        stage.manager.post_once(key, "/v1/disbursements", body)
    };
    assert_eq!(ask("a", None).await.refused("budget-required")["budgets"], json!([]));
    let (_, of_2027) = fund_with_budget(&stage.manager, 2027, 1_000_000).await;
    stage.manager.post(&format!("{path}/budgets"), json!({ "budget_id": of_2027 })).await.created();
    ask("b", None).await.refused("budget-required");
    ask("c", Some(of_2027)).await.refused("unknown-budget");
    let (_, first) = fund_with_budget(&stage.manager, 2026, 1_000_000).await;
    ask("d", Some(first.clone())).await.refused("unknown-budget");
    let (_, second) = fund_with_budget(&stage.manager, 2026, 1_000_000).await;
    for budget in [&first, &second] {
        stage.manager.post(&format!("{path}/budgets"), json!({ "budget_id": budget })).await.created();
    }
    assert_eq!(ask("e", None).await.refused("budget-required")["budgets"], json!([first, second]));
    assert_eq!(ask("f", Some(second.clone())).await.created()["budget_id"], json!(second));
    assert_eq!(stage.budget(&second).await["committed_idr"], 300_000);
    assert_eq!(stage.budget(&first).await["committed_idr"], 0);
}

#[tokio::test]
async fn a_reported_programme_draws_on_no_budget() {
    let stage = Stage::set().await;
    let program = stage.program("PKH", json!({ "funding": "reported" })).await;
    let (_, budget) = fund_with_budget(&stage.manager, 2026, 1_000_000).await;
    let path = format!("/v1/programs/{}/budgets", program.id);
    stage.manager.post(&path, json!({ "budget_id": budget })).await.refused("program-is-reported");
    let period = program.period("T1", "2026-01-01", "2026-03-31").await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let body = |budget: Value| json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned", "budget_id": budget });
    stage.manager.post_once("a", "/v1/disbursements", body(json!(budget))).await.refused("unknown-budget");
    let made = stage.manager.post_once("b", "/v1/disbursements", body(json!(null))).await.created();
    assert_eq!(made["budget_id"], json!(null));
    assert_eq!(stage.count("ledger_transfers WHERE disbursement_id IS NOT NULL").await, 0);
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn goods_are_spent_and_no_cash_and_do_not_come_back_as_money() {
    let stage = Stage::set().await;
    let program = stage.program("BERAS", json!({ "kind": "in_kind", "benefit": "Beras 10 kg" })).await;
    let budget = program.funded_with(2026, 1_000_000).await.unwrap();
    let period = program.period("T1", "2026-01-01", "2026-03-31").await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid", "paid_on": "2026-11-01" });
    let given = stage.manager.post_once("a", "/v1/disbursements", body).await.created();
    let sums = stage.budget(&budget).await;
    assert_eq!((&sums["goods_idr"], &sums["delivered_idr"]), (&json!(300_000), &json!(0)));
    assert_eq!(sums["available_idr"], 700_000);
    let path = format!("/v1/disbursements/{}/return", id(&given, "disbursement_id"));
    approver(&stage.api).await.post_once("b", &path, json!({ "reason": "x" })).await.refused("not-money");
    stage.reversed(id(&given, "disbursement_id")).await;
    assert_eq!(stage.budget(&budget).await["available_idr"], 1_000_000);
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn what_is_given_in_kind_is_told_item_by_item_and_is_worth_their_sum() {
    let stage = Stage::set().await;
    let program = stage.program("BERAS", json!({ "kind": "in_kind", "benefit": "Beras 10 kg" })).await;
    let budget = program.funded_with(2026, 1_000_000).await.unwrap();
    let period = program.period("T1", "2026-01-01", "2026-03-31").await;
    let enrolment = program.active(&stage.households(&[1]).await[0]).await;
    let items = json!([{ "name": "Beras medium", "quantity": 10, "unit": "kg", "unit_value_idr": 13_500 },
        { "name": "Minyak goreng", "quantity": 2, "unit": "liter", "unit_value_idr": 17_000 }]);
    let ask = |amount: Value, items: Value| {
        let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned", "amount_idr": amount, "items": items });
        let key = Uuid::now_v7().to_string();
        let manager = stage.manager.clone();
        async move { manager.post_once(&key, "/v1/disbursements", body).await }
    };
    assert_eq!(ask(json!(168_999), items.clone()).await.wrong_fields(), ["/amount_idr"]);
    let none = json!([{ "name": "Beras", "quantity": 0, "unit": "kg", "unit_value_idr": 1 }]);
    assert_eq!(ask(json!(null), none).await.wrong_fields(), ["/items/0/quantity"]);
    // 10 × 13,500 + 2 × 17,000.
    let made = ask(json!(null), items.clone()).await.created();
    assert_eq!((&made["amount_idr"], &made["items"]), (&json!(169_000), &items));
    assert_eq!(stage.budget(&budget).await["committed_idr"], 169_000);
    let changed = "UPDATE disbursements SET items = '[1]'";
    let owner = stage.api.database.owner().await;
    assert_eq!(refusal(&owner, changed).await, "disbursement_is_frozen");
    let cash = stage.program("TUNAI", json!({})).await;
    cash.funded(2026).await;
    let period = cash.period("T1", "2026-01-01", "2026-03-31").await;
    let enrolment = cash.active(&stage.households(&[1]).await[0]).await;
    let body = json!({ "enrolment_id": enrolment, "period_id": period, "state": "planned", "items": items });
    assert_eq!(stage.manager.post_once("c", "/v1/disbursements", body).await.wrong_fields(), ["/items"]);
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_reversal_takes_two_persons_of_the_agency() {
    let books = Books::of(1_000_000, 1).await;
    let api = &books.stage.api;
    let paid = books.record(0, "paid").await.created();
    let path = format!("/v1/disbursements/{}/reversal", id(&paid, "disbursement_id"));
    let decision = format!("{path}/decision");
    let yes = json!({ "approve": true, "reason": "Sesuai bukti" });
    approver(api).await.post(&decision, &yes).await.refused("not-found");
    // A person of both roles, under two logins.
    let asker = &books.stage.manager;
    asker.post(&path, json!({ "reason": "Salah orang" })).await.created();
    asker.post(&path, json!({ "reason": "Salah orang" })).await.refused("approval-already-open");
    asker.post(&decision, &yes).await.refused("forbidden");
    let mut twin = asker.identity.clone().unwrap();
    (twin.role, twin.subject) = (Role::Approver, "user:ganda".to_owned());
    Actor::new(api.clone(), twin).post(&decision, &yes).await.refused("needs-another-person");
    api.actor(Role::Approver, "dinkes", &["35.26"]).await.post(&decision, &yes).await.refused("not-found");
    api.actor(Role::Approver, "dinsos", &["35.26.02"]).await.post(&decision, &yes).await.refused("not-found");
    assert_eq!(books.sums().await, [1_000, 700, 0, 0, 300]);
    // A refusal leaves the payment as it is, and lets it be asked anew.
    let no = json!({ "approve": false, "reason": "Bukti kurang" });
    let refused = approver(api).await.post(&decision, no).await.ok();
    assert_eq!(refused["disbursement"]["state"], "paid");
    asker.post(&path, json!({ "reason": "Salah orang" })).await.created();
    let decided = approver(api).await.post(&decision, &yes).await.ok();
    assert_eq!(
        (&decided["disbursement"]["state"], &decided["approval"]["state"]),
        (&json!("reversed"), &json!("approved"))
    );
    assert_eq!(books.sums().await, [1_000, 1_000, 0, 0, 0]);
    let steps = asker.get(&format!("/v1/disbursements/{}/steps", id(&paid, "disbursement_id"))).await.ok();
    assert_eq!(steps["items"][1]["reason"], "Salah orang");
    books.stage.assert_books_hold().await;
}

#[tokio::test]
async fn an_account_tells_what_it_held_at_any_moment() {
    let books = Books::of(1_000_000, 2).await;
    let manager = &books.stage.manager;
    let accounts = manager.get(&format!("/v1/ledger/accounts?budget_id={}&kind=delivered", books.budget)).await.ok();
    let path = format!("/v1/ledger/accounts/{}", accounts["items"][0]["account_id"].as_str().unwrap());
    books.record(0, "paid").await.created();
    let between: String = books
        .stage
        .api
        .database
        .value("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        .await;
    books.record(1, "paid").await.created();
    assert_eq!(manager.get(&path).await.ok()["balance_idr"], 600_000);
    assert_eq!(manager.get(&format!("{path}?at={between}")).await.ok()["balance_idr"], 300_000);
    assert_eq!(manager.get(&format!("{path}?at=2026-01-01T00:00:00Z")).await.ok()["balance_idr"], 0);
    let transfers = manager.get(&format!("{path}/transfers")).await.ok();
    let kinds: Vec<_> =
        transfers["items"].as_array().unwrap().iter().map(|it| (&it["kind"], &it["amount_idr"])).collect();
    assert_eq!(kinds, [(&json!("delivery"), &json!(300_000)); 2]);
    // Another area's manager sees the sum and none of the payments; another agency's nothing.
    let role = Role::ProgramManager;
    let narrow = books.stage.api.actor(role, "dinsos", &["35.26.02"]).await;
    assert_eq!(narrow.get(&format!("{path}?at={between}")).await.ok()["balance_idr"], 300_000);
    assert_eq!(narrow.get(&format!("{path}/transfers")).await.ok()["items"], json!([]));
    books.stage.api.manager_of("dinkes").await.get(&path).await.refused("not-found");
}

#[tokio::test]
async fn a_fund_is_drawn_on_by_its_agency_and_by_those_that_it_is_shared_with() {
    let stage = Stage::set().await;
    let other = stage.api.manager_of("dinkes").await;
    let own = fund(&stage.manager, 2026, 1_000_000).await;
    assert_eq!(budget(&other, &own, 1).await.wrong_fields(), ["/fund_id"]);
    let body = json!({ "code": "BERSAMA", "name": "APBD", "source": "apbd_regency", "fiscal_year": 2026,
        "amount_idr": 1_000_000, "legal_basis": "Perda 7/2025", "shared_with": ["dinkes"] });
    let mut with_nobody = body.clone();
    with_nobody["shared_with"] = json!(["dinkes", "tidak-ada"]);
    stage.manager.post_once("e", "/v1/funds", &with_nobody).await.refused("unknown-agency");
    let shared = stage.manager.post_once("f", "/v1/funds", &body).await.created();
    stage.manager.post_once("g", "/v1/funds", &body).await.refused("fund-exists");
    let shared_id = shared["fund_id"].as_str().unwrap();
    budget(&other, shared_id, 1_000_001).await.refused("fund-exhausted");
    let made = budget(&other, shared_id, 400_000).await.created();
    assert_eq!(made["agency_code"], "dinkes");
    // Who keeps the fund sees what draws on it; who draws on it sees its own.
    let path = format!("/v1/funds/{shared_id}");
    assert_eq!(stage.manager.get(&path).await.ok()["available_idr"], 600_000);
    assert_eq!(other.get(&path).await.ok()["available_idr"], json!(null));
    assert_eq!(stage.manager.get(&format!("/v1/budgets?fund_id={shared_id}")).await.ok()["items"][0], made);
    let entry = json!({ "amount_idr": 1, "legal_basis": "x", "reason": "x" });
    other.post_once("h", &format!("{path}/entries"), &entry).await.refused("not-found");
    let place = format!("/v1/budgets/{}/entries", made["budget_id"].as_str().unwrap());
    stage.manager.post_once("i", &place, &entry).await.refused("not-found");
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn nobody_changes_the_books_but_by_a_transfer_that_fits() {
    let books = Books::of(1_000_000, 2).await;
    books.record(0, "paid").await.created();
    let insert = |kind: &str, debit: &str, credit: &str, amount: i64, table: &str| {
        format!(
            "INSERT INTO {table} (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code, entry_id, actor)
             SELECT 2026, '{kind}', d.account_id, c.account_id, {amount}, 'dinsos', uuid_v7(), 'x'
             FROM ledger_accounts d, ledger_accounts c WHERE d.kind = '{debit}' AND c.kind = '{credit}'"
        )
    };
    let application = books.stage.api.database.application().await;
    let lane = "BEGIN; SET LOCAL app.role = 'program_manager'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.areas = '{35.26.%}';";
    for statement in [
        "UPDATE ledger_transfers SET amount_idr = 1",
        "DELETE FROM ledger_transfers",
        "TRUNCATE ledger_transfers",
        "UPDATE ledger_accounts SET credits_idr = credits_idr + 1",
        "DELETE FROM ledger_accounts",
        "INSERT INTO ledger_transfers_2026 SELECT * FROM ledger_transfers",
        "DELETE FROM budget_entries",
        "UPDATE program_budgets SET budget_id = uuid_v7()",
    ] {
        let refused = application.batch_execute(&format!("{lane}{statement}")).await.expect_err(statement);
        assert_eq!(refused.code().unwrap().code(), "42501", "{statement}");
        application.batch_execute("ROLLBACK").await.unwrap();
    }
    let owner = books.stage.api.database.owner().await;
    for (statement, refused) in [
        ("UPDATE ledger_transfers SET amount_idr = 1".to_owned(), "ledger_transfers_append_only"),
        ("UPDATE ledger_transfers_2026 SET amount_idr = 1".to_owned(), "ledger_transfers_2026_append_only"),
        ("DELETE FROM ledger_transfers".to_owned(), "ledger_transfers_append_only"),
        ("TRUNCATE ledger_transfers".to_owned(), "ledger_transfers_append_only"),
        ("TRUNCATE ledger_transfers_2026".to_owned(), "ledger_transfers_2026_append_only"),
        ("UPDATE ledger_accounts SET credits_idr = credits_idr + 1".to_owned(), "ledger_accounts_follow_transfers"),
        ("DELETE FROM ledger_accounts".to_owned(), "ledger_accounts_follow_transfers"),
        ("TRUNCATE ledger_accounts".to_owned(), "ledger_accounts_append_only"),
        ("UPDATE budget_entries SET amount_idr = 1".to_owned(), "budget_entries_append_only"),
        (insert("delivery", "source", "delivered", 1, "ledger_transfers"), "ledger_path"),
        (insert("allocation", "budget", "delivered", 1, "ledger_transfers"), "ledger_path"),
        (insert("delivery", "source", "delivered", 1, "ledger_transfers_2026"), "ledger_path"),
        (insert("allocation", "fund", "budget", 0, "ledger_transfers"), "ledger_transfers_amount_idr_check"),
        (insert("allocation", "fund", "budget", -5, "ledger_transfers_2026"), "ledger_transfers_amount_idr_check"),
        (insert("recall", "budget", "fund", 700_001, "ledger_transfers"), "budget_not_overdrawn"),
        (insert("recall", "budget", "fund", 700_001, "ledger_transfers_2026"), "budget_not_overdrawn"),
        (insert("reversal", "delivered", "budget", 300_001, "ledger_transfers"), "account_not_overdrawn"),
        (
            insert("delivery", "budget", "delivered", 1, "ledger_transfers").replace("uuid_v7()", "NULL"),
            "transfer_belongs_to_something",
        ),
    ] {
        let said = refusal(&owner, &statement).await;
        assert!(
            said == refused || (refused.ends_with("_append_only") && said.ends_with("_append_only")),
            "{statement}: {said}"
        );
    }
    // A second delivery of the same payment, straight into the books.
    let twice = "INSERT INTO ledger_transfers (fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code,
            household_id, disbursement_id, village_code, actor)
        SELECT fiscal_year, kind, debit_account_id, credit_account_id, amount_idr, agency_code, household_id, disbursement_id,
            village_code, actor FROM ledger_transfers WHERE kind = 'delivery'";
    assert!(refusal(&owner, twice).await.contains("disbursement_id_kind"), "one delivery of a payment");
    books.stage.assert_books_hold().await;
}

#[tokio::test]
async fn the_proof_finds_what_was_done_to_the_books_behind_everybody_s_back() {
    let books = Books::of(1_000_000, 3).await;
    for (enrolment, state) in [(0, "paid"), (1, "planned"), (2, "paid")] {
        books.record(enrolment, state).await.created();
    }
    books.stage.assert_books_hold().await;
    let superuser = books.stage.api.database.superuser().await;
    let find = |tampering: &'static str| {
        let (superuser, stage) = (&superuser, &books.stage);
        async move {
            superuser.batch_execute(&format!("SET session_replication_role = replica; {tampering}")).await.unwrap();
            let proof = stage.proof().await;
            assert_eq!(proof["holds"], false, "{tampering}");
            let wrong = proof["checks"].as_array().unwrap().iter().filter(|check| check["deviating"] != 0);
            wrong.map(|check| check["check"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    let found = find("UPDATE ledger_accounts SET credits_idr = credits_idr + 1 WHERE kind = 'delivered'").await;
    assert!(found.contains(&"all-accounts-sum-to-zero".to_owned()), "{found:?}");
    assert!(found.contains(&"accounts-equal-their-transfers".to_owned()), "{found:?}");
    superuser
        .batch_execute("UPDATE ledger_accounts SET credits_idr = credits_idr - 1 WHERE kind = 'delivered'")
        .await
        .unwrap();
    books.stage.assert_books_hold().await;
    let found = find("UPDATE disbursements SET state = 'paid', paid_on = '2026-11-01' WHERE state = 'planned'").await;
    assert_eq!(found, ["payments-equal-their-transfers", "budgets-cover-what-is-promised"]);
    superuser
        .batch_execute(
            "UPDATE disbursements SET state = 'planned' WHERE disbursement_id NOT IN
            (SELECT disbursement_id FROM ledger_transfers WHERE kind = 'delivery')",
        )
        .await
        .unwrap();
    books.stage.assert_books_hold().await;
    let found = find("UPDATE budget_entries SET amount_idr = amount_idr + 1 WHERE budget_id IS NOT NULL").await;
    assert_eq!(found, ["funds-and-budgets-equal-their-entries"]);
    superuser
        .batch_execute("UPDATE budget_entries SET amount_idr = amount_idr - 1 WHERE budget_id IS NOT NULL")
        .await
        .unwrap();
    let found = find("UPDATE ledger_transfers SET kind = 'grant' WHERE kind = 'commitment'").await;
    assert_eq!(found, ["transfers-go-ways-that-there-are", "payments-equal-their-transfers"]);
    superuser
        .batch_execute(
            "UPDATE ledger_transfers SET kind = 'commitment' WHERE disbursement_id IS NOT NULL AND kind = 'grant'",
        )
        .await
        .unwrap();
    let found = find("DELETE FROM ledger_transfers WHERE transfer_id = (SELECT min(transfer_id::text)::uuid FROM ledger_transfers WHERE kind = 'delivery')").await;
    assert_eq!(found, ["accounts-equal-their-transfers", "payments-equal-their-transfers"]);
}

#[tokio::test]
async fn the_ways_that_the_database_knows_are_between_kinds_that_the_code_knows() {
    let stage = Stage::set().await;
    let known = stage.api.rows("SELECT kind, debit, credit FROM ledger_paths").await;
    assert_eq!(known.len(), 18);
    for way in &known {
        let parts: Vec<&str> = way.split('|').collect();
        assert!(parts[0].parse::<TransferKind>().is_ok(), "{way}");
        assert!(parts[1..].iter().all(|kind| kind.parse::<AccountKind>().is_ok()), "{way}");
    }
    let missing: Vec<_> =
        TransferKind::ALL.iter().filter(|kind| !known.iter().any(|way| way.starts_with(&format!("{kind}|")))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn only_an_auditor_of_the_whole_regency_has_the_books_proved() {
    let stage = Stage::set().await;
    let narrow = stage.api.actor(Role::Auditor, "inspektorat", &["35.26.01"]).await;
    narrow.post("/v1/ledger/proof", json!({})).await.refused("needs-whole-regency");
    stage.manager.post("/v1/ledger/proof", json!({})).await.refused("forbidden");
}

#[tokio::test]
async fn what_every_family_is_given_in_kind_is_told_once_for_a_list_and_for_all() {
    let stage = Stage::set().await;
    let program = stage.program("BERAS", json!({ "kind": "in_kind", "benefit": "Beras 10 kg" })).await;
    let budget = program.funded_with(2026, 1_000_000).await.unwrap();
    let (first, second) = (
        program.period("T1", "2026-01-01", "2026-03-31").await,
        program.period("T2", "2026-04-01", "2026-06-30").await,
    );
    let mut enrolments = Vec::new();
    for household in stage.households(&[1, 1]).await {
        enrolments.push(program.active(&household).await);
    }
    let items = json!([{ "name": "Beras medium", "quantity": 10, "unit": "kg", "unit_value_idr": 13_500 }]);
    let common =
        |period: &str| json!({ "program_id": program.id, "period_id": period, "state": "planned", "items": items });
    let rows = json!([{ "enrolment_id": enrolments[0] }, { "enrolment_id": enrolments[1], "amount_idr": 134_999 }]);
    let list = json!({ "common": common(&first), "items": rows });
    let told = stage.manager.post_once("a", "/v1/disbursements/bulk", list).await.ok();
    // 10 × 13,500; a row that says another amount is refused.
    assert_eq!((&told["recorded"], &told["amount_idr"]), (&json!(1), &json!(135_000)));
    assert_eq!(told["items"][1]["errors"][0]["pointer"], "/items/1/amount_idr");
    let told = stage.manager.post_once("b", "/v1/disbursements/from-active", common(&second)).await.ok();
    assert_eq!((&told["recorded"], &told["amount_idr"]), (&json!(2), &json!(270_000)));
    let kept = "disbursements WHERE items = '[{\"name\": \"Beras medium\", \"unit\": \"kg\", \"quantity\": 10, \"unit_value_idr\": 13500}]'";
    assert_eq!(stage.count(kept).await, 3);
    assert_eq!(stage.budget(&budget).await["committed_idr"], 405_000);
    stage.assert_books_hold().await;
}

#[tokio::test]
async fn a_payment_is_of_what_is_there_and_what_it_is_of_stays() {
    let books = Books::of(1_000_000, 1).await;
    books.record(0, "planned").await.created();
    let owner = books.stage.api.database.owner().await;
    let like = |table: &str, changed: &str, which: &str| {
        format!(
            "INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(one) || {changed})).*
             FROM {table} one WHERE {which} LIMIT 1"
        )
    };
    for (column, constraint) in [
        ("enrolment_id", "payment_has_an_enrolment"),
        ("period_id", "payment_has_a_period"),
        ("budget_id", "payment_has_a_budget"),
        ("batch_id", "payment_has_a_batch"),
    ] {
        let changed = format!(
            "jsonb_build_object('disbursement_id', gen_random_uuid(), 'state', 'failed', '{column}', gen_random_uuid())"
        );
        assert_eq!(refusal(&owner, &like("disbursements", &changed, "true")).await, constraint);
    }
    let outside = "jsonb_build_object('disbursement_id', gen_random_uuid(), 'state', 'failed', 'budget_id', NULL)";
    assert_eq!(refusal(&owner, &like("disbursements", outside, "true")).await, "payment_has_a_budget");
    // Of another fund that is there, too.
    fund(&books.stage.manager, 2026, 1_000).await;
    for (table, key, constraint) in
        [("ledger_accounts", "account_id", "account_of_its_fund"), ("budget_entries", "entry_id", "entry_of_its_fund")]
    {
        let changed = format!(
            "jsonb_build_object('{key}', gen_random_uuid(), 'fund_id',
                (SELECT f.fund_id FROM funds f WHERE f.fund_id <> one.fund_id LIMIT 1))"
        );
        assert_eq!(refusal(&owner, &like(table, &changed, "one.budget_id IS NOT NULL")).await, constraint);
    }
    let of_nothing = like("disbursement_steps", "jsonb_build_object('disbursement_id', gen_random_uuid())", "true");
    assert_eq!(refusal(&owner, &of_nothing).await, "step_is_of_a_payment");
    for (statement, constraint) in [
        ("DELETE FROM program_periods", "program_periods_append_only"),
        ("UPDATE program_periods SET period_id = gen_random_uuid()", "program_periods_append_only"),
        ("DELETE FROM program_budgets", "program_budgets_append_only"),
        ("DELETE FROM enrolments", "enrolments_append_only"),
        ("DELETE FROM disbursements", "disbursements_2026_append_only"),
        ("TRUNCATE disbursements CASCADE", "disbursements_append_only"),
    ] {
        assert_eq!(refusal(&owner, statement).await, constraint, "{statement}");
    }
}
