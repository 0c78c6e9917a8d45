//! A house with one of everything in it, so that each operation has what it works on: every example succeeds for
//! whoever may call, and a refusal of somebody else is no mere "there is no such thing".

use super::{
    Actor,
    aid::{Scheme, Stage},
    batches::{BANK, account, failed, partner, path},
    deliveries::{Draft, HEAD, card, id_of, nik},
    document::Operation,
    holding::{WAITING, hold, until},
    money::{approver, budget, fund},
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};

/// Where the lines of deliveries say that people live.
const VILLAGE: &str = "35.26.02.2001";

/// The id in examples.
const EXAMPLE: &str = "01900000-0000-7000-8000-000000000001";

/// Everything belongs to Dinas Sosial.
pub struct Furnished {
    pub stage: Stage,
    /// Who asked for the activation that waits.
    asker: Actor,
    /// Who asked for the reversal that waits.
    asker_of_reversal: Actor,
    /// The programme that is paid, and whom it pays.
    payee: Option<(Scheme, uuid::Uuid)>,
    ids: Vec<(&'static str, String)>,
    /// Where one of a kind does not do: these ids for these operations.
    special: Vec<(&'static [&'static str], &'static str, String)>,
    active_release: String,
}

impl Furnished {
    pub async fn set() -> Self {
        let stage = Stage::set().await;
        let (asker, asker_of_reversal) = (stage.api.steward().await, stage.api.manager_of("dinsos").await);
        let active_release = stage.world.release_id.to_string();
        let mut house =
            Self { stage, asker, asker_of_reversal, payee: None, ids: Vec::new(), special: Vec::new(), active_release };
        house.aid().await;
        house.batches().await;
        house.payouts().await;
        house.releases().await;
        house
    }

    fn known(&mut self, name: &'static str, id: impl ToString) {
        self.ids.push((name, id.to_string()));
    }

    fn for_these(&mut self, operations: &'static [&'static str], name: &'static str, id: impl ToString) {
        self.special.push((operations, name, id.to_string()));
    }

    /// A household that is a candidate, one that is paid, and six that may be enrolled: so many are told by number.
    async fn aid(&mut self) {
        let stage = &self.stage;
        let homes = stage.world.households(8, |_, home| home.decile(1).member(|elder| elder.age(70))).await;
        // The programme that examples name as purpose, and the one that all is about.
        stage.program("PKH", json!({})).await;
        let scheme = stage.program("BLT-LANSIA", json!({ "amount_idr": 600_000 })).await;
        let (candidate, active) = (scheme.enrolled(&homes[6]).await, scheme.active(&homes[7]).await);
        let Payments { planned, paid, asked, free } = Payments::of(&scheme, &active).await;
        let reversal = format!("/v1/disbursements/{asked}/reversal");
        self.asker_of_reversal.post(&reversal, json!({ "reason": "Salah orang" })).await.created();
        // Opened once, so that opening it again changes nothing.
        let receipt = scheme.manager.get(&format!("/v1/disbursements/{paid}/receipt")).await.ok();
        let budget_id = scheme.funded(2026).await.unwrap();
        // Nothing draws on this one, and its fund has something left.
        let fund_id = fund(&scheme.manager, 2026, 5_000_000_000).await;
        let revised = budget(&scheme.manager, &fund_id, 1_000_000).await.created();
        let accounts =
            scheme.manager.get(&format!("/v1/ledger/accounts?budget_id={budget_id}&kind=committed")).await.ok();
        let coordinator = stage.api.actor(Role::Coordinator, "bappeda", &["35.26"]).await;
        let exemption = json!({ "reason": "Korban banjir", "regulation": "SK Bupati 188/2026", "until": "2099-12-31" });
        coordinator.post(&format!("/v1/programs/{}/exemptions", scheme.id), exemption).await.created();
        self.payee = Some((scheme.clone(), homes[7].member_ids[0]));
        self.known("code", "dinsos");
        self.known("program_id", &scheme.id);
        self.known("household_id", homes[0].household_id);
        self.known("individual_id", homes[0].member_ids[0]);
        self.known("enrolment_id", active);
        self.known("period_id", free);
        self.known("disbursement_id", planned);
        self.for_these(&["POST /v1/enrolments/{enrolment_id}/transitions"], "enrolment_id", candidate);
        self.known("budget_id", budget_id);
        self.known("fund_id", fund_id);
        let revising = &["POST /v1/budgets/{budget_id}/entries"];
        self.for_these(revising, "budget_id", revised["budget_id"].as_str().unwrap());
        self.known("account_id", accounts["items"][0]["account_id"].as_str().unwrap());
        let of_paid = &[
            "POST /v1/disbursements/{disbursement_id}/return",
            "POST /v1/disbursements/{disbursement_id}/reversal",
            "GET /v1/disbursements/{disbursement_id}/receipt",
        ];
        self.for_these(of_paid, "disbursement_id", paid);
        let checking = &["GET /v1/public/receipts/{code}"];
        self.for_these(checking, "code", receipt["code"].as_str().unwrap());
        let of_asked = &[
            "POST /v1/disbursements/{disbursement_id}/reversal/decision",
            "DELETE /v1/disbursements/{disbursement_id}/reversal",
        ];
        self.for_these(of_asked, "disbursement_id", asked);
    }

    /// A batch in each state that somebody takes a step from.
    async fn batches(&mut self) {
        let bank = partner(&self.stage.api, BANK, "bank").await;
        let (scheme, person) = self.payee.clone().unwrap();
        account(&self.stage.api, person, BANK, "6013000000012345").await;
        let mut made = Vec::new();
        for (label, first, last) in [
            ("Agustus", "2026-08-01", "2026-08-31"),
            ("September", "2026-09-01", "2026-09-30"),
            ("Oktober", "2026-10-01", "2026-10-31"),
            ("November", "2026-11-01", "2026-11-30"),
            ("Desember", "2026-12-01", "2026-12-31"),
        ] {
            let period = scheme.period(label, first, last).await;
            let asked = json!({ "program_id": scheme.id, "period_id": period, "partner_code": BANK,
                "decree_number": "SK 1", "decree_date": "2026-01-02" });
            made.push(self.asker_of_reversal.post_once(label, "/v1/batches", asked).await.created());
        }
        let [handed, approved, submitted, draft, reported] = made.try_into().unwrap();
        let submit = |batch: Value| {
            let asker = self.asker_of_reversal.clone();
            async move { asker.post_seen(&path(&batch, "submission"), 1, json!({ "reason": "SK" })).await.created() }
        };
        let yes = json!({ "approve": true, "reason": "Diperiksa" });
        for batch in [&reported, &handed, &approved] {
            submit(batch.clone()).await;
            approver(&self.stage.api).await.post(&path(batch, "decision"), &yes).await.ok();
        }
        submit(submitted.clone()).await;
        let id = |batch: &Value| batch["batch_id"].as_str().unwrap().to_owned();
        let payment_of = async |batch: &Value| {
            let sql = format!("SELECT disbursement_id FROM disbursements WHERE batch_id = '{}'", id(batch));
            self.stage.api.database.value::<uuid::Uuid>(&sql).await
        };
        for batch in [&reported, &handed] {
            self.asker_of_reversal.post_seen(&path(batch, "hand-over"), 3, json!({})).await.ok();
        }
        let failed = json!({ "items": [failed(&payment_of(&reported).await.to_string(), "not_collected")] });
        bank.post(&path(&reported, "results"), failed).await.ok();
        let payment = payment_of(&handed).await;
        self.known("batch_id", id(&handed));
        self.for_these(&["POST /v1/batches/{batch_id}/results"], "disbursement_id", payment);
        let of_draft = &[
            "POST /v1/batches/{batch_id}/freezing",
            "POST /v1/batches/{batch_id}/submission",
            "POST /v1/batches/{batch_id}/cancellation",
        ];
        self.for_these(of_draft, "batch_id", id(&draft));
        let of_submitted = &["DELETE /v1/batches/{batch_id}/submission", "POST /v1/batches/{batch_id}/decision"];
        self.for_these(of_submitted, "batch_id", id(&submitted));
        self.for_these(&["POST /v1/batches/{batch_id}/hand-over"], "batch_id", id(&approved));
        self.for_these(&["POST /v1/batches/{batch_id}/closure"], "batch_id", id(&reported));
    }

    /// A bank and the post, an account in the agency's books, and a counter.
    async fn payouts(&mut self) {
        let (api, manager) = (&self.stage.api, &self.stage.manager);
        api.database.insert_partner("bank-jatim", "bank").await;
        api.database.insert_partner("pos", "postal").await;
        let person = &self.ids.iter().find(|(name, _)| *name == "individual_id").unwrap().1;
        let account = json!({ "individual_id": person, "partner_code": "bank-jatim", "kind": "kks",
            "number": "6032987612345678", "holder_name": "SITI RAHMAWATI" });
        let account = manager.post_once("account", "/v1/payout-accounts", account).await.created();
        let point = json!({ "partner_code": "pos", "kind": "post_office", "region_code": "35.26.01",
            "name": "Kantor Pos Bangkalan" });
        let point = manager.post("/v1/pay-points", point).await.created();
        let of_account = &[
            "GET /v1/payout-accounts/{account_id}",
            "POST /v1/payout-accounts/checks",
            "POST /v1/payout-accounts/{account_id}/check",
            "POST /v1/payout-accounts/{account_id}/closure",
        ];
        self.for_these(of_account, "account_id", account["account_id"].as_str().unwrap());
        self.known("pay_point_id", point["pay_point_id"].as_str().unwrap());
    }

    /// A release that was read, one whose activation waits for a word, one that will be activated later, and one whose
    /// reading was called off.
    async fn releases(&mut self) {
        let (api, steward) = (&self.stage.api, self.stage.api.steward().await);
        let read = steward.load("dibaca", &delivery(1)).await;
        let waiting = steward.load("menunggu", &delivery(2)).await;
        let task = self.asker.ask_to_activate(waiting).await.created();
        let later = steward.load("nanti", &delivery(3)).await;
        let wish = json!({ "reason": "berita acara", "at": "2099-01-01T00:00:00Z" });
        self.asker.post(&format!("/v1/releases/{later}/activation"), wish).await.created();
        let scheduled = api.steward().await.agree_to_activate(later).await.ok();
        // Jobs are done one at a time: the second one waits as long as the first is held.
        let holder = hold(api, "household_snapshots IN ACCESS EXCLUSIVE MODE").await;
        let (_, held) = steward.begin_loading("ditahan", &delivery(4)).await;
        until(api, &format!("EXISTS (SELECT 1 {WAITING})")).await;
        let (called_off, job) = steward.begin_loading("dibatalkan", &delivery(5)).await;
        steward.post(&format!("/v1/jobs/{job}/cancellation"), json!({})).await.ok();
        holder.batch_execute("ROLLBACK").await.unwrap();
        steward.wait_for(held).await;
        let aside = steward.findings(read, "kind=unknown-village").await.remove(0);
        self.known("release_id", read);
        self.known("task_id", id_of(&task["task_id"]));
        self.known("job_id", id_of(&scheduled["job_id"]));
        self.known("file", aside["file"].as_str().unwrap());
        self.known("line", &aside["line"]);
        let decided =
            &["DELETE /v1/releases/{release_id}/activation", "POST /v1/releases/{release_id}/activation/decision"];
        self.for_these(decided, "release_id", waiting);
        self.for_these(&["POST /v1/releases/{release_id}/reading"], "release_id", called_off);
    }

    /// The ids that an operation works on.
    fn ids(&self, operation: &Operation) -> Vec<(&str, &str)> {
        let name = operation.name();
        let special = self.special.iter().filter(|(names, ..)| names.contains(&name.as_str()));
        let special = special.map(|(_, of, id)| (*of, id.as_str()));
        special.chain(self.ids.iter().map(|(of, id)| (*of, id.as_str()))).collect()
    }

    /// Its address, with the parameters that it can't do without.
    pub fn path(&self, operation: &Operation) -> String {
        let path = operation.filled(&self.ids(operation));
        match operation.path.rsplit('/').next() {
            Some("aid") => format!("{path}?program=PKH"),
            Some("file") => format!("{path}?layout=tugas"),
            Some("comparison" | "extreme-movers") => format!("{path}?with={}", self.active_release),
            _ => path,
        }
    }

    /// The example of its body, with the ids of what is here.
    pub fn body(&self, operation: &Operation, document: &Value) -> Option<Value> {
        let mut body = operation.body(document)?;
        put(&mut body, &self.ids(operation));
        Some(body)
    }

    /// The example of a list in lines, with the ids of what is here, and its address, which says what holds for all rows.
    pub fn list(&self, operation: &Operation, media_type: &str, document: &Value) -> Option<(String, String)> {
        let text = operation.body_of(media_type, document)?;
        let named = |(name, id): &(&str, &str)| text.as_str().unwrap().contains(name).then(|| id.to_string());
        // A row is about one thing, which its example names first.
        let id = self.ids(operation).iter().filter(|(name, _)| name.ends_with("_id")).find_map(named);
        let text = text.as_str().unwrap().replace(EXAMPLE, &id.unwrap_or_default());
        let body = self.body(operation, document)?;
        let common = ["common", "purpose"].into_iter().filter_map(|name| body[name].as_object()).flatten();
        // An address has no room for lists.
        let said = common.filter(|(_, value)| !value.is_array()).filter_map(|(name, value)| {
            let value = if let Some(text) = value.as_str() { text.to_owned() } else { value.to_string() };
            (value != "null").then(|| format!("{name}={}", value.replace(' ', "%20")))
        });
        Some((format!("{}?{}", self.path(operation), said.collect::<Vec<_>>().join("&")), text))
    }

    /// Whether an operation names one of the things here, in its path or its body.
    pub fn works_on_something(&self, operation: &Operation, document: &Value) -> bool {
        operation.path.contains('{') || self.body(operation, document) != operation.body(document)
    }

    /// Whose work it is: of this role, of Dinas Sosial, in the whole regency.
    pub async fn rightful(&self, role: Role, operation: &Operation) -> Actor {
        match operation.name().as_str() {
            "DELETE /v1/releases/{release_id}/activation" => self.asker.clone(),
            "DELETE /v1/disbursements/{disbursement_id}/reversal" | "DELETE /v1/batches/{batch_id}/submission" => {
                self.asker_of_reversal.clone()
            }
            _ if role == Role::PaymentPartner && operation.path.starts_with("/v1/batches") => {
                self.stage.api.actor(role, BANK, &["35.26"]).await
            }
            // A partner is no office of the regency.
            name if role == Role::PaymentPartner && name.contains("/v1/pay-points") => {
                self.stage.api.actor(role, "pos", &["35.26"]).await
            }
            _ => self.stage.api.actor(role, "dinsos", &["35.26"]).await,
        }
    }

    /// All that is here, in one value that differs when anything does.
    pub async fn fingerprint(&self) -> String {
        let tables = [
            "agencies",
            "programs",
            "program_rules",
            "program_periods",
            "program_exemptions",
            "program_places",
            "enrolments",
            "enrolment_steps",
            "enrolment_claims",
            "disbursements",
            "disbursement_steps",
            "payment_claims",
            "batches",
            "batch_lines",
            "batch_findings",
            "receipts",
            "payout_accounts",
            "pay_points",
            "funds",
            "budgets",
            "budget_entries",
            "program_budgets",
            "ledger_accounts",
            "ledger_transfers",
            "releases",
            "release_activations",
            "approval_tasks",
            "approval_decisions",
            "jobs",
            "outbox_events",
        ];
        let rows = tables.map(|table| format!("SELECT t::text AS text FROM {table} t")).join(" UNION ALL ");
        self.stage.api.database.value(&format!("SELECT md5(string_agg(text, '' ORDER BY text)) FROM ({rows}) r")).await
    }
}

/// Four periods of an active enrolment.
struct Payments {
    planned: String,
    paid: String,
    /// Paid, and asked to be reversed.
    asked: String,
    /// The period that is free.
    free: String,
}

impl Payments {
    async fn of(scheme: &Scheme, enrolment: &str) -> Self {
        let april = scheme.period("April 2026", "2026-04-01", "2026-04-30").await;
        let may = scheme.period("Mei 2026", "2026-05-01", "2026-05-31").await;
        let july = scheme.period("Juli 2026", "2026-07-01", "2026-07-31").await;
        let june = scheme.period("Juni 2026", "2026-06-01", "2026-06-30").await;
        let planned = json!({ "enrolment_id": enrolment, "period_id": april, "state": "planned" });
        let paid = |period: &str, day: &str| {
            json!({ "enrolment_id": enrolment, "period_id": period, "state": "paid",
            "paid_on": day, "proof_reference": "TRF-1" })
        };
        let mut made = Vec::new();
        for (key, body) in [("1", planned), ("2", paid(&may, "2026-06-01")), ("3", paid(&july, "2026-07-20"))] {
            let answer = scheme.manager.post_once(key, "/v1/disbursements", body).await.created();
            made.push(answer["disbursement_id"].as_str().unwrap().to_owned());
        }
        Self { planned: made.remove(0), paid: made.remove(0), asked: made.remove(0), free: june }
    }
}

/// A family that is taken, and one whose line is set aside.
fn delivery(number: u32) -> super::deliveries::Files {
    let draft = Draft::new().single(&card(number), VILLAGE, "3", &nik(number));
    draft.family(&card(100), "35.26.02.2999", "3", "BUDI").member(&nik(100), "BUDI", HEAD).files()
}

/// Puts ids into a body where it names such; one that is left out stays out.
fn put(body: &mut Value, ids: &[(&str, &str)]) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                match ids.iter().find(|(known, _)| known == name && known.ends_with("_id")) {
                    Some((_, id)) if value.is_string() => *value = json!(id),
                    _ => put(value, ids),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, ids)),
        _ => {}
    }
}
