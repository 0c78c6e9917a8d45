//! Programmes as callers send them.

use super::aid::Stage;
use serde_json::{Value, json};

/// A programme of cash for the whole regency; tests change what they are about.
pub fn program(code: &str, eligibility: &str) -> Value {
    json!({ "code": code, "name": "BLT Daerah", "kind": "cash", "funding": "managed", "serves": "household",
        "benefit": "Uang tunai Rp 300.000", "amount_idr": 300_000, "cadence": "monthly", "fund_source": "apbd_regency",
        "legal_basis": "Perbup 12/2026", "areas": ["35.26"], "starts_on": "2026-01-01", "eligibility": eligibility })
}

/// The same with some fields different.
pub fn with(mut program: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        program[name] = value.clone();
    }
    program
}

impl Stage {
    /// Makes a programme.
    pub async fn made(&self, program: &Value) -> Value {
        self.manager.post("/v1/programs", program).await.created()
    }

    /// Makes a programme; its address.
    pub async fn address_of(&self, program: &Value) -> String {
        format!("/v1/programs/{}", self.made(program).await["program_id"].as_str().unwrap())
    }
}
