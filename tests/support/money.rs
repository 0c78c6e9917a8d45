//! Money for tests: a budget for whoever pays, and the second person whom a reversal needs.

use super::{
    Actor, Api, Reply,
    aid::{Scheme, Stage},
};
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Rupiah that a budget has where nothing is said of it.
pub const PLENTY: i64 = 1_000_000_000_000;

/// A fund of the manager's agency with one budget that draws on all of it; their ids.
pub async fn fund_with_budget(manager: &Actor, fiscal_year: i32, amount_idr: i64) -> (String, String) {
    let fund = fund(manager, fiscal_year, amount_idr).await;
    let budget = budget(manager, &fund, amount_idr).await.created();
    (fund, budget["budget_id"].as_str().unwrap().to_owned())
}

/// A fund; its id.
pub async fn fund(manager: &Actor, fiscal_year: i32, amount_idr: i64) -> String {
    let code = format!("APBD-{}", Uuid::now_v7().simple().to_string().to_uppercase());
    let body = json!({ "code": code, "name": "APBD", "source": "apbd_regency", "fiscal_year": fiscal_year,
        "amount_idr": amount_idr, "legal_basis": "Perda 7/2025" });
    let made = manager.post_once(&code, "/v1/funds", body).await.created();
    made["fund_id"].as_str().unwrap().to_owned()
}

/// Asks for a budget of a fund.
pub async fn budget(manager: &Actor, fund_id: &str, amount_idr: i64) -> Reply {
    let line = Uuid::now_v7().to_string();
    let body = json!({ "fund_id": fund_id, "line": line, "name": "Bantuan sosial", "amount_idr": amount_idr,
        "legal_basis": "DPA 2026" });
    manager.post_once(&line, "/v1/budgets", body).await
}

impl Scheme {
    /// A budget for a year, if the programme needs one and has none; its id.
    pub async fn funded(&self, fiscal_year: i32) -> Option<String> {
        self.funded_with(fiscal_year, PLENTY).await
    }

    /// The same, with so much in it.
    pub async fn funded_with(&self, fiscal_year: i32, amount_idr: i64) -> Option<String> {
        let program = self.manager.get(&format!("/v1/programs/{}", self.id)).await.ok();
        if program["funding"] == "reported" {
            return None;
        }
        let path = format!("/v1/programs/{}/budgets", self.id);
        let known = self.manager.get(&path).await.ok();
        let of_year = known["items"].as_array().unwrap().iter().find(|budget| budget["fiscal_year"] == fiscal_year);
        if let Some(known) = of_year {
            return known["budget_id"].as_str().map(str::to_owned);
        }
        let (_, budget) = fund_with_budget(&self.manager, fiscal_year, amount_idr).await;
        self.manager.post(&path, json!({ "budget_id": budget })).await.created();
        Some(budget)
    }
}

/// An approver of Dinas Sosial.
pub async fn approver(api: &Arc<Api>) -> Actor {
    api.actor(Role::Approver, "dinsos", &["35.26"]).await
}

impl Stage {
    /// Has a payment of Dinas Sosial reversed by two persons; the payment.
    pub async fn reversed(&self, disbursement_id: impl std::fmt::Display) -> Value {
        let path = format!("/v1/disbursements/{disbursement_id}/reversal");
        self.manager.post(&path, json!({ "reason": "Salah rekening" })).await.created();
        let decision = json!({ "approve": true, "reason": "Sesuai bukti" });
        let decided = approver(&self.api).await.post(&format!("{path}/decision"), decision).await.ok();
        decided["disbursement"].clone()
    }

    /// Has the money of a payment of Dinas Sosial come back, as an approver tells it; the payment.
    pub async fn returned(&self, disbursement_id: impl std::fmt::Display) -> Value {
        let path = format!("/v1/disbursements/{disbursement_id}/return");
        let reason = json!({ "reason": "Rekening sudah ditutup" });
        approver(&self.api).await.post_once(&Uuid::now_v7().to_string(), &path, reason).await.ok()
    }

    /// What a budget says of itself.
    pub async fn budget(&self, budget_id: &str) -> Value {
        self.manager.get(&format!("/v1/budgets/{budget_id}")).await.ok()
    }

    /// The proof of the books, as an auditor has it.
    pub async fn proof(&self) -> Value {
        let auditor = self.api.auditor().await;
        let job = auditor.post("/v1/ledger/proof", json!({})).await.accepted();
        auditor.wait_for(super::aid::id(&job, "job_id")).await["result"].clone()
    }

    /// That the books hold.
    pub async fn assert_books_hold(&self) {
        let proof = self.proof().await;
        assert_eq!(proof["holds"], true, "{proof:#}");
    }
}
