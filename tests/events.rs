//! Whatever changes something tells it by an event, in the transaction that changes it: every operation that is no mere
//! reading is done once, and what it left in the outbox is held against a table. One that leaves nothing has a reason.

use crate::support::{
    Api, Reply,
    aid::Stage,
    batches::{BANK, PayDay, paid, path, version},
    deliveries::{Draft, card, generated, id_of, nik},
    document::{Operation, document, operations},
    holding::{WAITING, hold, until},
    money::approver,
    programs::program,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an operation leaves.
#[derive(Debug, Clone, Copy)]
enum Leaves {
    /// Events of these kinds and of no other.
    Events(&'static [&'static str]),
    /// No event, for this reason.
    Nothing(&'static str),
}
use Leaves::{Events, Nothing};

const A_LOGIN: Leaves =
    Nothing("a login changes nothing; it is in the audit log, and one that shuts an account is told");
const A_LOOK: Leaves = Nothing("looking changes nothing; it is in the audit log");

const TABLE: &[(&str, Leaves)] = &[
    ("POST /v1/auth/login", A_LOGIN),
    ("POST /oauth2/token", A_LOGIN),
    ("POST /v1/households/lookup", A_LOOK),
    ("POST /v1/households/lookup/bulk", A_LOOK),
    ("POST /v1/households/search", A_LOOK),
    ("POST /v1/programs/{program_id}/eligibility/explain", A_LOOK),
    ("POST /v1/programs/{program_id}/eligibility/preview", A_LOOK),
    ("POST /v1/agencies", Events(&["agency.created"])),
    ("PATCH /v1/agencies/{code}", Events(&["agency.changed"])),
    ("POST /v1/users", Events(&["user.created"])),
    ("POST /v1/clients", Events(&["client.created"])),
    ("POST /v1/releases", Events(&["job.queued", "release.received"])),
    ("POST /v1/jobs/{job_id}/cancellation", Events(&["job.stop_asked"])),
    ("POST /v1/releases/{release_id}/reading", Events(&["job.queued", "release.reading_asked"])),
    ("POST /v1/releases/{release_id}/rejection", Events(&["release.rejected"])),
    ("POST /v1/releases/{release_id}/activation", Events(&["approval.requested"])),
    ("DELETE /v1/releases/{release_id}/activation", Events(&["approval.withdrawn"])),
    ("POST /v1/releases/{release_id}/activation/decision", Events(&["approval.decided", "release.activated"])),
    ("POST /v1/programs", Events(&["program.created"])),
    ("PATCH /v1/programs/{program_id}", Events(&["program.changed"])),
    ("POST /v1/programs/{program_id}/rules", Events(&["program.rule_written"])),
    ("POST /v1/programs/{program_id}/periods", Events(&["program.period_opened"])),
    ("POST /v1/programs/{program_id}/exemptions", Events(&["program.exempted"])),
    ("POST /v1/programs/{program_id}/enrolments", Events(&["enrolment.created"])),
    ("POST /v1/programs/{program_id}/enrolments/bulk", Events(&["enrolment.created"])),
    ("POST /v1/programs/{program_id}/enrolments/from-eligible", Events(&["enrolment.created"])),
    ("POST /v1/programs/{program_id}/enrolments/transitions", Events(&["enrolment.moved"])),
    ("POST /v1/enrolments/{enrolment_id}/transitions", Events(&["enrolment.moved"])),
    ("POST /v1/disbursements", Events(&["disbursement.created"])),
    ("POST /v1/disbursements/bulk", Events(&["disbursement.created"])),
    ("POST /v1/disbursements/from-active", Events(&["disbursement.created"])),
    ("POST /v1/disbursements/payments", Events(&["disbursement.moved"])),
    ("POST /v1/disbursements/failures", Events(&["disbursement.moved"])),
    ("POST /v1/disbursements/{disbursement_id}/payment", Events(&["disbursement.moved"])),
    ("POST /v1/disbursements/{disbursement_id}/failure", Events(&["disbursement.moved"])),
    ("POST /v1/disbursements/{disbursement_id}/return", Events(&["disbursement.moved"])),
    ("POST /v1/disbursements/{disbursement_id}/reversal", Events(&["approval.requested"])),
    ("DELETE /v1/disbursements/{disbursement_id}/reversal", Events(&["approval.withdrawn"])),
    ("POST /v1/disbursements/{disbursement_id}/reversal/decision", Events(&["approval.decided", "disbursement.moved"])),
    ("POST /v1/funds", Events(&["budget.entered", "fund.created"])),
    ("POST /v1/funds/{fund_id}/entries", Events(&["budget.entered"])),
    ("POST /v1/budgets", Events(&["budget.created", "budget.entered"])),
    ("POST /v1/budgets/{budget_id}/entries", Events(&["budget.entered"])),
    ("POST /v1/programs/{program_id}/budgets", Events(&["program.budget_linked"])),
    ("POST /v1/ledger/proof", Events(&["job.queued"])),
    ("POST /v1/batches", Events(&["batch.created"])),
    ("POST /v1/batches/{batch_id}/freezing", Events(&["batch.frozen"])),
    ("POST /v1/batches/{batch_id}/submission", Events(&["approval.requested", "batch.moved"])),
    ("DELETE /v1/batches/{batch_id}/submission", Events(&["approval.withdrawn", "batch.moved"])),
    ("POST /v1/batches/{batch_id}/decision", Events(&["approval.decided", "batch.moved", "disbursement.created"])),
    ("POST /v1/batches/{batch_id}/hand-over", Events(&["batch.moved"])),
    ("POST /v1/batches/{batch_id}/results", Events(&["batch.reported", "disbursement.moved"])),
    ("POST /v1/batches/{batch_id}/closure", Events(&["batch.moved"])),
    ("POST /v1/batches/{batch_id}/cancellation", Events(&["batch.moved"])),
    ("POST /v1/payout-accounts", Events(&["payout_account.created"])),
    ("POST /v1/payout-accounts/bulk", Events(&["payout_account.closed", "payout_account.created"])),
    ("POST /v1/payout-accounts/{account_id}/check", Events(&["payout_account.checked"])),
    ("POST /v1/payout-accounts/checks", Events(&["payout_account.checked"])),
    ("POST /v1/payout-accounts/{account_id}/closure", Events(&["payout_account.closed"])),
    ("POST /v1/pay-points", Events(&["pay_point.created"])),
    ("PATCH /v1/pay-points/{pay_point_id}", Events(&["pay_point.changed"])),
];

/// Operations as they are done, one after the other.
#[derive(Default)]
struct Story {
    done: BTreeSet<&'static str>,
}

/// The events of the outbox: id, kind and transaction, in the order of their making.
async fn told(api: &Api) -> Vec<[String; 3]> {
    let rows = api.rows("SELECT event_id, kind, xmin FROM outbox_events ORDER BY event_id").await;
    let parts = rows.iter().map(|row| row.split('|').map(str::to_owned).collect::<Vec<_>>());
    parts.map(|row| row.try_into().unwrap()).collect()
}

/// The kinds of what came since, in the transaction of the first of it: a job may have told something by now, too.
fn kinds_since(before: &[[String; 3]], after: &[[String; 3]]) -> BTreeSet<String> {
    let mut fresh = after.iter().filter(|event| !before.contains(event)).peekable();
    let first = fresh.peek().map(|[_, _, transaction]| transaction.clone());
    fresh.filter(|event| Some(&event[2]) == first.as_ref()).map(|[_, kind, _]| kind.clone()).collect()
}

impl Story {
    /// Does an operation of the table, and holds what it left against it.
    async fn step(&mut self, api: &Api, name: &'static str, asked: impl Future<Output = Reply>) -> Value {
        let leaves = TABLE.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name}")).1;
        let before = told(api).await;
        let reply = asked.await;
        assert!(reply.status.is_success(), "{name}: {} {}", reply.status, reply.text);
        let after = told(api).await;
        match leaves {
            Events(kinds) => {
                let expected: BTreeSet<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
                assert_eq!(kinds_since(&before, &after), expected, "{name}");
            }
            Nothing(reason) => assert_eq!(after, before, "{name}: {reason}"),
        }
        self.done.insert(name);
        if reply.text.is_empty() { Value::Null } else { reply.json() }
    }

    async fn accounts(&mut self) {
        let api = Api::start().await;
        let (admin, nobody) = (api.admin().await, api.nobody());
        let agency = json!({ "code": "dinkes", "name": "Dinas Kesehatan", "kind": "regency_office" });
        self.step(&api, "POST /v1/agencies", admin.post("/v1/agencies", &agency)).await;
        let change = json!({ "name": "Dinas Kesehatan dan KB" });
        self.step(&api, "PATCH /v1/agencies/{code}", admin.patch("/v1/agencies/dinkes", 1, &change)).await;
        let user = json!({ "username": "ani", "full_name": "Ani", "password": "kata-sandi-panjang", "role": "auditor",
            "agency_code": "dinkes", "areas": ["35.26"] });
        self.step(&api, "POST /v1/users", admin.post("/v1/users", &user)).await;
        let client = json!({ "client_id": "robot", "name": "Robot", "role": "analyst", "agency_code": "dinkes",
            "areas": ["35.26"] });
        let made = self.step(&api, "POST /v1/clients", admin.post("/v1/clients", &client)).await;
        let login = json!({ "username": "ani", "password": "kata-sandi-panjang" });
        self.step(&api, "POST /v1/auth/login", nobody.post("/v1/auth/login", &login)).await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "robot"),
            ("client_secret", made["client_secret"].as_str().unwrap()),
        ];
        let form = form.map(|(name, value)| format!("{name}={value}")).join("&");
        let asked = nobody.request(Method::POST, "/oauth2/token").body(form);
        let asked = asked.header("content-type", "application/x-www-form-urlencoded");
        self.step(&api, "POST /oauth2/token", Reply::of(asked)).await;
    }

    async fn releases(&mut self) {
        let api = Api::start().await;
        let (steward, other, third) = (api.steward().await, api.steward().await, api.steward().await);
        let files = Draft::new().single(&card(1), "35.26.02.2001", "3", &nik(1)).files();
        let taken = self.step(&api, "POST /v1/releases", steward.hand_in("1", &files)).await;
        steward.wait_for(id_of(&taken["job"]["job_id"])).await;
        let release = id_of(&taken["release"]["release_id"]);
        let path = format!("/v1/releases/{release}/activation");
        self.step(&api, "POST /v1/releases/{release_id}/activation", other.ask_to_activate(release)).await;
        let back = Reply::of(other.request(Method::DELETE, &path));
        self.step(&api, "DELETE /v1/releases/{release_id}/activation", back).await;
        other.ask_to_activate(release).await.created();
        let decided = third.agree_to_activate(release);
        self.step(&api, "POST /v1/releases/{release_id}/activation/decision", decided).await;
        // One that is stopped while it is read is read again; whether to stop is asked every thousandth line.
        let holder = hold(&api, "household_snapshots IN ACCESS EXCLUSIVE MODE").await;
        let (release, job) = steward.begin_loading("2", &generated(1_500, 1, false).files).await;
        until(&api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        let stop = format!("/v1/jobs/{job}/cancellation");
        self.step(&api, "POST /v1/jobs/{job_id}/cancellation", steward.post(&stop, json!({}))).await;
        // It hears of it when it renews its lease, every second.
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
        steward.wait_for(job).await;
        let path = format!("/v1/releases/{release}/reading");
        let again = self.step(&api, "POST /v1/releases/{release_id}/reading", steward.post(&path, json!({}))).await;
        steward.wait_for(id_of(&again["job_id"])).await;
        let reason = json!({ "reason": "Berkas keliru" });
        let path = format!("/v1/releases/{release}/rejection");
        self.step(&api, "POST /v1/releases/{release_id}/rejection", steward.post(&path, &reason)).await;
    }

    async fn programs(&mut self, stage: &Stage) -> String {
        let (api, manager) = (&stage.api, &stage.manager);
        let body = program("BLT-DAERAH", "household.decile <= 4");
        let made = self.step(api, "POST /v1/programs", manager.post("/v1/programs", &body)).await;
        let path = format!("/v1/programs/{}", made["program_id"].as_str().unwrap());
        let change = json!({ "quota": 2000 });
        self.step(api, "PATCH /v1/programs/{program_id}", manager.patch(&path, 1, &change)).await;
        let rule = json!({ "eligibility": "household.decile <= 5",
            "ranking": [{ "expression": "household.decile", "order": "asc" }] });
        self.step(api, "POST /v1/programs/{program_id}/rules", manager.post_seen(&format!("{path}/rules"), 2, &rule))
            .await;
        let coordinator = api.actor(sejahtera::platform::auth::Role::Coordinator, "bappeda", &["35.26"]).await;
        let exemption = json!({ "reason": "Korban banjir", "regulation": "SK Bupati 188/2026", "until": "2099-12-31" });
        self.step(
            api,
            "POST /v1/programs/{program_id}/exemptions",
            coordinator.post(&format!("{path}/exemptions"), &exemption),
        )
        .await;
        let tried = json!({ "eligibility": "household.decile <= 2" });
        self.step(
            api,
            "POST /v1/programs/{program_id}/eligibility/preview",
            manager.post(&format!("{path}/eligibility/preview"), &tried),
        )
        .await;
        path
    }

    async fn aid(&mut self) {
        let stage = Stage::set().await;
        let path = self.programs(&stage).await;
        let (api, manager) = (&stage.api, &stage.manager);
        let homes = stage.households(&[1, 2, 3]).await;
        let purpose = json!({ "program": "BLT-DAERAH" });
        let look = json!({ "kk_number": "3526010101010001", "purpose": purpose });
        self.step(api, "POST /v1/households/lookup", manager.post("/v1/households/lookup", &look)).await;
        let look = json!({ "items": [{ "kk_number": "3526010101010001" }], "purpose": purpose });
        self.step(api, "POST /v1/households/lookup/bulk", manager.post("/v1/households/lookup/bulk", &look)).await;
        let look = json!({ "village_code": "35.26.01.2001", "name": "siti", "purpose": purpose });
        self.step(api, "POST /v1/households/search", manager.post("/v1/households/search", &look)).await;
        let household = |index: usize| json!({ "household_id": homes[index].household_id });
        self.step(
            api,
            "POST /v1/programs/{program_id}/eligibility/explain",
            manager.post(&format!("{path}/eligibility/explain"), household(0)),
        )
        .await;

        let enrolled = self
            .step(
                api,
                "POST /v1/programs/{program_id}/enrolments",
                manager.post(&format!("{path}/enrolments"), household(0)),
            )
            .await;
        self.step(
            api,
            "POST /v1/programs/{program_id}/enrolments/bulk",
            manager.post(&format!("{path}/enrolments/bulk"), json!({ "items": [household(1)] })),
        )
        .await;
        self.step(
            api,
            "POST /v1/programs/{program_id}/enrolments/from-eligible",
            manager.post(&format!("{path}/enrolments/from-eligible"), json!({ "places": 1 })),
        )
        .await;
        let enrolment = enrolled["enrolment_id"].as_str().unwrap();
        let to = |state: &str| json!({ "to": state, "reason": "Musyawarah desa" });
        let one = format!("/v1/enrolments/{enrolment}/transitions");
        self.step(api, "POST /v1/enrolments/{enrolment_id}/transitions", manager.post_seen(&one, 1, to("confirmed")))
            .await;
        manager.post_seen(&one, 2, to("active")).await.ok();
        let all = json!({ "from": "candidate", "to": "confirmed", "reason": "SK Kepala Dinas" });
        self.step(
            api,
            "POST /v1/programs/{program_id}/enrolments/transitions",
            manager.post(&format!("{path}/enrolments/transitions"), &all),
        )
        .await;
        self.payments(&stage, &path, enrolment).await;
        self.payouts(&stage, homes[0].member_ids[0]).await;
    }

    async fn payouts(&mut self, stage: &Stage, person: uuid::Uuid) {
        let (api, manager) = (&stage.api, &stage.manager);
        api.database.insert_partner("bank-jatim", "bank").await;
        let (path, bulk, checks) = ("/v1/payout-accounts", "/v1/payout-accounts/bulk", "/v1/payout-accounts/checks");
        let account = json!({ "individual_id": person, "partner_code": "bank-jatim", "kind": "bank",
            "number": "012301000117", "holder_name": "SITI" });
        self.step(api, "POST /v1/payout-accounts", manager.post_once("a1", path, &account)).await;
        let row = json!({ "individual_id": person, "number": "012301000118", "holder_name": "SITI" });
        let list = json!({ "common": { "partner_code": "bank-jatim", "kind": "bank" }, "items": [row] });
        let listed = self.step(api, "POST /v1/payout-accounts/bulk", manager.post_once("a2", bulk, &list)).await;
        let id = listed["items"][0]["account_id"].as_str().unwrap();
        let of_account = |rest: &str| format!("{path}/{id}/{rest}");
        let (checking, valid) = (of_account("check"), json!({ "valid": true }));
        let colleague = api.manager_of("dinsos").await;
        let check = colleague.post_seen(&checking, 1, &valid);
        self.step(api, "POST /v1/payout-accounts/{account_id}/check", check).await;
        let results = json!({ "items": [{ "account_id": id, "valid": false, "reason": "Tutup" }] });
        self.step(api, "POST /v1/payout-accounts/checks", manager.post_once("a3", checks, &results)).await;
        let reason = json!({ "reason": "Rekening mati" });
        let closing = of_account("closure");
        self.step(api, "POST /v1/payout-accounts/{account_id}/closure", manager.post_seen(&closing, 3, &reason)).await;
        let point =
            json!({ "partner_code": "bank-jatim", "kind": "agent", "region_code": "35.26.01", "name": "Agen 1" });
        let point = self.step(api, "POST /v1/pay-points", manager.post("/v1/pay-points", &point)).await;
        let at_point = format!("/v1/pay-points/{}", point["pay_point_id"].as_str().unwrap());
        let change = manager.patch(&at_point, 1, json!({ "open": false }));
        self.step(api, "PATCH /v1/pay-points/{pay_point_id}", change).await;
    }

    async fn batches(&mut self) {
        let day = PayDay::of(9_000_000).await;
        day.payee(1).await;
        let (api, manager) = (&day.stage.api, &day.stage.manager);
        let batch = self.step(api, "POST /v1/batches", manager.post_once("1", "/v1/batches", day.asked(BANK))).await;
        let nothing = json!({});
        let reason = json!({ "reason": "Sesuai SK" });
        let [freezing, submission, decision, handing, results, closure, cancellation] =
            ["freezing", "submission", "decision", "hand-over", "results", "closure", "cancellation"]
                .map(|step| path(&batch, step));
        let batch = self
            .step(api, "POST /v1/batches/{batch_id}/freezing", manager.post_seen(&freezing, version(&batch), &nothing))
            .await;
        let name = "POST /v1/batches/{batch_id}/submission";
        self.step(api, name, manager.post_seen(&submission, version(&batch), &reason)).await;
        let withdrawing = Reply::of(manager.request(Method::DELETE, &submission));
        let batch = self.step(api, "DELETE /v1/batches/{batch_id}/submission", withdrawing).await;
        manager.post_seen(&submission, version(&batch), &reason).await.created();
        let approver = approver(api).await;
        let deciding = approver.post(&decision, json!({ "approve": true, "reason": "Diperiksa" }));
        let batch = self.step(api, "POST /v1/batches/{batch_id}/decision", deciding).await["batch"].clone();
        let name = "POST /v1/batches/{batch_id}/hand-over";
        let batch = self.step(api, name, manager.post_seen(&handing, version(&batch), &nothing)).await;
        let report = json!({ "items": [paid(&day.payments(&batch).await[0].1)] });
        self.step(api, "POST /v1/batches/{batch_id}/results", day.bank.post(&results, &report)).await;
        let name = "POST /v1/batches/{batch_id}/closure";
        self.step(api, name, manager.post_seen(&closure, version(&batch), &nothing)).await;
        let draft = manager.post_once("2", "/v1/batches", day.asked(BANK)).await.created();
        let giving_up = cancellation.replace(batch["batch_id"].as_str().unwrap(), draft["batch_id"].as_str().unwrap());
        let name = "POST /v1/batches/{batch_id}/cancellation";
        self.step(api, name, manager.post_seen(&giving_up, version(&draft), &nothing)).await;
    }

    async fn budgets(&mut self, stage: &Stage, path: &str) {
        let (api, manager) = (&stage.api, &stage.manager);
        let fund = json!({ "code": "APBD-2026", "name": "APBD", "source": "apbd_regency", "fiscal_year": 2026,
            "amount_idr": 900_000_000, "legal_basis": "Perda 7/2025" });
        let fund = self.step(api, "POST /v1/funds", manager.post_once("f", "/v1/funds", fund)).await;
        let fund = fund["fund_id"].as_str().unwrap();
        let entry = json!({ "amount_idr": 1_000_000, "legal_basis": "Perbup 31/2026", "reason": "Perubahan" });
        let at_fund = format!("/v1/funds/{fund}/entries");
        self.step(api, "POST /v1/funds/{fund_id}/entries", manager.post_once("h", &at_fund, &entry)).await;
        let budget = json!({ "fund_id": fund, "line": "5.4.02.01", "name": "Bantuan", "amount_idr": 800_000_000,
            "legal_basis": "DPA 2026" });
        let budget = self.step(api, "POST /v1/budgets", manager.post_once("i", "/v1/budgets", budget)).await;
        let at_budget = format!("/v1/budgets/{}/entries", budget["budget_id"].as_str().unwrap());
        self.step(api, "POST /v1/budgets/{budget_id}/entries", manager.post_once("j", &at_budget, &entry)).await;
        let link = json!({ "budget_id": budget["budget_id"] });
        let at_program = format!("{path}/budgets");
        let linking = manager.post(&at_program, &link);
        self.step(api, "POST /v1/programs/{program_id}/budgets", linking).await;
        let auditor = api.auditor().await;
        let job = self.step(api, "POST /v1/ledger/proof", auditor.post("/v1/ledger/proof", json!({}))).await;
        auditor.wait_for(id_of(&job["job_id"])).await;
    }

    async fn payments(&mut self, stage: &Stage, path: &str, enrolment: &str) {
        let (api, manager) = (&stage.api, &stage.manager);
        let mut periods = Vec::new();
        for month in 1..=3 {
            let period = json!({ "label": format!("Bulan {month}"), "fiscal_year": 2026,
                "starts_on": format!("2026-0{month}-01"), "ends_on": format!("2026-0{month}-28") });
            periods.push(
                self.step(
                    api,
                    "POST /v1/programs/{program_id}/periods",
                    manager.post(&format!("{path}/periods"), &period),
                )
                .await["period_id"]
                    .clone(),
            );
        }
        self.budgets(stage, path).await;
        let planned =
            |index: usize| json!({ "enrolment_id": enrolment, "period_id": periods[index], "state": "planned" });
        let address = |made: &Value, rest: &str| {
            format!("/v1/disbursements/{}/{rest}", made["disbursement_id"].as_str().unwrap())
        };
        let first =
            self.step(api, "POST /v1/disbursements", manager.post_once("1", "/v1/disbursements", planned(0))).await;
        let paid = json!({ "paid_on": "2026-02-20", "proof_reference": "TRF-1" });
        self.step(
            api,
            "POST /v1/disbursements/{disbursement_id}/payment",
            manager.post_seen(&address(&first, "payment"), 1, &paid),
        )
        .await;
        let reason = json!({ "reason": "Rekening penerima tidak aktif" });
        let (reversal, asking) = (address(&first, "reversal"), "POST /v1/disbursements/{disbursement_id}/reversal");
        self.step(api, asking, manager.post(&reversal, &reason)).await;
        let withdrawing = Reply::of(manager.request(Method::DELETE, &reversal));
        self.step(api, "DELETE /v1/disbursements/{disbursement_id}/reversal", withdrawing).await;
        manager.post(&reversal, &reason).await.created();
        let decision = address(&first, "reversal/decision");
        let approver = approver(api).await;
        self.step(
            api,
            "POST /v1/disbursements/{disbursement_id}/reversal/decision",
            approver.post(&decision, json!({ "approve": true, "reason": "Sesuai bukti" })),
        )
        .await;
        let again =
            json!({ "enrolment_id": enrolment, "period_id": periods[0], "state": "paid", "paid_on": "2026-02-20" });
        let again = manager.post_once("8", "/v1/disbursements", again).await.created();
        self.step(
            api,
            "POST /v1/disbursements/{disbursement_id}/return",
            approver.post_once("9", &address(&again, "return"), &reason),
        )
        .await;
        let second = manager.post_once("3", "/v1/disbursements", planned(1)).await.created();
        self.step(
            api,
            "POST /v1/disbursements/{disbursement_id}/failure",
            manager.post_seen(&address(&second, "failure"), 1, &reason),
        )
        .await;
        let program = path.rsplit('/').next().unwrap();
        let list = json!({ "common": { "program_id": program, "period_id": periods[2], "state": "planned" },
            "items": [{ "enrolment_id": enrolment }] });
        let listed = self
            .step(api, "POST /v1/disbursements/bulk", manager.post_once("4", "/v1/disbursements/bulk", &list))
            .await;
        let item = json!({ "disbursement_id": listed["items"][0]["disbursement_id"] });
        let paid = json!({ "common": { "program_id": program, "paid_on": "2026-03-20" }, "items": [item] });
        self.step(api, "POST /v1/disbursements/payments", manager.post_once("5", "/v1/disbursements/payments", &paid))
            .await;
        let all = json!({ "program_id": program, "period_id": periods[1], "state": "planned" });
        self.step(
            api,
            "POST /v1/disbursements/from-active",
            manager.post_once("6", "/v1/disbursements/from-active", &all),
        )
        .await;
        let planned = "SELECT disbursement_id FROM disbursements WHERE state = 'planned'";
        let planned: uuid::Uuid = api.database.value(planned).await;
        let failed = json!({ "common": { "program_id": program, "reason": "Rekening tidak aktif" },
            "items": [{ "disbursement_id": planned }] });
        self.step(
            api,
            "POST /v1/disbursements/failures",
            manager.post_once("7", "/v1/disbursements/failures", &failed),
        )
        .await;
    }
}

#[tokio::test]
async fn every_operation_that_changes_something_tells_it_by_an_event() {
    let mut story = Story::default();
    story.accounts().await;
    story.releases().await;
    story.aid().await;
    story.batches().await;
    let document = document();
    let known = operations(&document);
    let writing: BTreeSet<String> =
        known.iter().filter(|operation| operation.method != "GET").map(Operation::name).collect();
    let done: BTreeSet<String> = story.done.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(done, writing, "each operation that is no GET is done once here");
}
