//! Batches for tests: a partner that pays, accounts that it keeps, and the way from a list to its results.

use super::{
    Actor, Api, Reply,
    aid::{Scheme, Stage},
    money::approver,
    world::Household,
};
use sejahtera::platform::{auth::Role, vault::Use};
use serde_json::{Value, json};
use uuid::Uuid;

/// A programme of Rp 300,000 with a budget, a period, and a bank that pays it.
pub struct PayDay {
    pub stage: Stage,
    pub program: Scheme,
    pub budget: String,
    pub period: String,
    /// Of the bank that the batches are for.
    pub bank: Actor,
}

/// The bank.
pub const BANK: &str = "bank-jatim";
/// Another one, which has pay points.
pub const POST: &str = "pos";

/// An agency that pays for others, and somebody of it.
pub async fn partner(api: &std::sync::Arc<Api>, code: &str, kind: &str) -> Actor {
    api.database.insert_partner(code, kind).await;
    api.actor(Role::PaymentPartner, code, &["35.26"]).await
}

/// Gives a person an account at a bank, in Dinas Sosial's books; its id.
pub async fn account(api: &Api, individual_id: Uuid, bank: &str, number: &str) -> Uuid {
    let (account_id, vault) = (Uuid::now_v7(), &api.settings.vault);
    let sealed = vault.seal(Use::PayoutAccount, number.as_bytes()).unwrap();
    let digest = vault.digest(Use::PayoutAccount, number.as_bytes()).to_vec();
    let tail = &number[number.len() - 2..];
    let sql = "INSERT INTO payout_accounts (individual_id, account_id, agency_code, partner_code, kind, sealed_number, digest_key,
            number_digest, number_tail, holder_name, recorded_by)
        VALUES ($1, $2, 'dinsos', $3, 'kks', $4, 1, $5, $6, 'SITI RAHMAWATI', 'x')";
    let owner = api.database.owner().await;
    owner.execute(sql, &[&individual_id, &account_id, &bank, &sealed, &digest, &tail]).await.unwrap();
    account_id
}

/// A pay point for a region; its id.
pub async fn pay_point(api: &Api, partner: &str, region: &str) -> Uuid {
    let id = Uuid::now_v7();
    let sql = "INSERT INTO pay_points (pay_point_id, partner_code, agency_code, kind, region_code, name, recorded_by)
        VALUES ($1, $2, $2, 'post_office', $3, $4, 'x')";
    let name = format!("Kantor Pos {region}");
    api.database.owner().await.execute(sql, &[&id, &partner, &region, &name]).await.unwrap();
    id
}

impl PayDay {
    /// With so much in the budget.
    pub async fn of(amount_idr: i64) -> Self {
        let stage = Stage::set().await;
        let bank = partner(&stage.api, BANK, "bank").await;
        partner(&stage.api, POST, "postal").await;
        let program = stage.program("BLT-DAERAH", json!({})).await;
        let budget = program.funded_with(2026, amount_idr).await.unwrap();
        let period = program.period("Tahap 1 2026", "2026-01-01", "2026-03-31").await;
        Self { stage, program, budget, period, bank }
    }

    /// A household in decile 1 that is active, whose head has an account at the bank; and its enrolment.
    pub async fn payee(&self, number: u32) -> (Household, String) {
        let household = self.stage.households(&[1]).await.remove(0);
        account(&self.stage.api, household.member_ids[0], BANK, &format!("60130000000{number:05}")).await;
        let enrolment = self.program.active(&household).await;
        (household, enrolment)
    }

    /// So many of them.
    pub async fn payees(&self, count: u32) -> Vec<(Household, String)> {
        let mut payees = Vec::new();
        for number in 0..count {
            payees.push(self.payee(number).await);
        }
        payees
    }

    /// What is asked to prepare a batch.
    pub fn asked(&self, partner: &str) -> Value {
        json!({ "program_id": self.program.id, "period_id": self.period, "partner_code": partner,
            "decree_number": "SK 460/12/2026", "decree_date": "2026-03-02" })
    }

    /// Prepares a batch for a partner.
    pub async fn prepared(&self, partner: &str) -> Value {
        let key = Uuid::now_v7().to_string();
        self.stage.manager.post_once(&key, "/v1/batches", self.asked(partner)).await.created()
    }

    /// Submits it to one approver.
    pub async fn submit(&self, batch: &Value) -> Reply {
        let path = path(batch, "submission");
        self.stage.manager.post_seen(&path, version(batch), json!({ "reason": "Sesuai SK" })).await
    }

    /// Has an approver decide.
    pub async fn decide(&self, batch: &Value, approve: bool) -> Reply {
        let decision = json!({ "approve": approve, "reason": "Diperiksa" });
        approver(&self.stage.api).await.post(&path(batch, "decision"), decision).await
    }

    /// Submits and approves it; the batch.
    pub async fn approved(&self, batch: &Value) -> Value {
        self.submit(batch).await.created();
        self.decide(batch, true).await.ok()["batch"].clone()
    }

    /// And hands it over.
    pub async fn handed_over(&self, batch: &Value) -> Value {
        let approved = self.approved(batch).await;
        let nothing = json!({});
        self.stage.manager.post_seen(&path(batch, "hand-over"), version(&approved), nothing).await.ok()
    }

    /// The payments of a batch, by enrolment.
    pub async fn payments(&self, batch: &Value) -> Vec<(String, String)> {
        let sql = format!(
            "SELECT enrolment_id, disbursement_id FROM disbursements WHERE batch_id = '{}' ORDER BY enrolment_id",
            batch["batch_id"].as_str().unwrap()
        );
        let rows = self.stage.api.rows(&sql).await;
        rows.iter().map(|row| row.split_once('|').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()).collect()
    }

    /// Reports by the bank, as JSON.
    pub async fn report(&self, batch: &Value, rows: &[Value], partial: bool) -> Reply {
        let body = json!({ "common": { "partial": partial }, "items": rows });
        self.bank.post(&path(batch, "results"), body).await
    }

    /// Of the budget, in thousands of rupiah: available, promised, with partners, delivered.
    pub async fn sums(&self) -> [i64; 4] {
        let budget = self.stage.budget(&self.budget).await;
        ["available_idr", "committed_idr", "in_transit_idr", "delivered_idr"]
            .map(|field| budget[field].as_i64().unwrap() / 1_000)
    }
}

/// A row that says that it was paid.
pub fn paid(disbursement_id: &str) -> Value {
    json!({ "disbursement_id": disbursement_id, "result": "paid", "amount_idr": 300_000, "paid_on": "2026-03-10",
        "proof_reference": "TRF-1" })
}

/// A row that says that it failed.
pub fn failed(disbursement_id: &str, reason_code: &str) -> Value {
    json!({ "disbursement_id": disbursement_id, "result": "failed", "reason_code": reason_code })
}

/// An address under a batch.
pub fn path(batch: &Value, rest: &str) -> String {
    format!("/v1/batches/{}/{rest}", batch["batch_id"].as_str().unwrap())
}

/// Its version.
pub fn version(batch: &Value) -> i64 {
    batch["version"].as_i64().unwrap()
}
