//! Accounts for tests: a bank, persons, and what is sent of them.

use super::{Actor, Reply, aid::Stage, world::Household};
use serde_json::{Value, json};
use uuid::Uuid;

pub const ACCOUNTS: &str = "/v1/payout-accounts";

impl Stage {
    /// A stage with a bank and the post.
    pub async fn with_a_bank() -> Self {
        let stage = Self::set().await;
        stage.api.database.insert_partner("bank-jatim", "bank").await;
        stage.api.database.insert_partner("pos", "postal").await;
        stage
    }

    /// So many persons, each alone in a household.
    pub async fn persons(&self, count: usize) -> Vec<Uuid> {
        let homes = self.world.households(count, |_, home| home).await;
        homes.iter().map(|home: &Household| home.member_ids[0]).collect()
    }

    /// Records an account for Dinas Sosial; the account.
    pub async fn account(&self, person: Uuid, number: &str) -> Value {
        record(&self.manager, person, number).await.created()
    }
}

/// What is sent of an account.
pub fn account(person: Uuid, number: &str) -> Value {
    json!({ "individual_id": person, "partner_code": "bank-jatim", "kind": "bank", "number": number,
        "holder_name": "SITI RAHMAWATI" })
}

/// Asks to record an account, under a key of its own.
pub async fn record(actor: &Actor, person: Uuid, number: &str) -> Reply {
    actor.post_once(&Uuid::now_v7().to_string(), ACCOUNTS, account(person, number)).await
}

/// The address of an account.
pub fn address(account: &Value) -> String {
    format!("{ACCOUNTS}/{}", account["account_id"].as_str().unwrap())
}
