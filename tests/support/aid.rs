//! A stage for tests of aid: a release in force, an agency's manager, and programmes in a few words.

use super::{
    Actor, Api, Reply,
    programs::{program, with},
    world::{Household, World},
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Who acts, and where.
pub struct Stage {
    pub api: Arc<Api>,
    pub world: World,
    /// Dinas Sosial's manager, for the whole regency.
    pub manager: Actor,
}

/// A programme that was made.
#[derive(Clone)]
pub struct Scheme {
    pub id: String,
    pub manager: Actor,
}

impl Stage {
    pub async fn set() -> Self {
        let api = Api::start().await;
        let world = World::begin(&api).await;
        let manager = api.manager_of("dinsos").await;
        Self { api, world, manager }
    }

    /// A programme of Dinas Sosial for households up to decile 4, with some fields different.
    pub async fn program(&self, code: &str, changes: Value) -> Scheme {
        Scheme::make(&self.manager, code, changes).await
    }

    /// The households of a release in these deciles.
    pub async fn households(&self, deciles: &[i16]) -> Vec<Household> {
        self.world.households(deciles.len(), |number, home| home.decile(deciles[number])).await
    }

    /// A count that the owner sees.
    pub async fn count(&self, from: &str) -> i64 {
        self.api.database.value(&format!("SELECT count(*) FROM {from}")).await
    }
}

impl Scheme {
    pub async fn make(manager: &Actor, code: &str, changes: Value) -> Self {
        let body = with(program(code, "household.decile <= 4"), changes);
        let made = manager.post("/v1/programs", &body).await.created();
        Self { id: made["program_id"].as_str().unwrap().to_owned(), manager: manager.clone() }
    }

    /// An address under the programme's enrolments.
    pub fn enrolments(&self, rest: &str) -> String {
        format!("/v1/programs/{}/enrolments{rest}", self.id)
    }

    /// Asks to enrol a household.
    pub async fn enrol(&self, household: &Household) -> Reply {
        self.manager.post(&self.enrolments(""), json!({ "household_id": household.household_id })).await
    }

    /// Enrols a household; the enrolment's id.
    pub async fn enrolled(&self, household: &Household) -> String {
        self.enrol(household).await.created()["enrolment_id"].as_str().unwrap().to_owned()
    }

    /// Enrols a household and makes it active; the enrolment's id.
    pub async fn active(&self, household: &Household) -> String {
        let id = self.enrolled(household).await;
        self.activate(&id).await;
        id
    }

    /// Confirms a candidate and makes it active.
    pub async fn activate(&self, enrolment_id: &str) {
        for (version, to) in [(1, "confirmed"), (2, "active")] {
            step(&self.manager, enrolment_id, version, to).await.ok();
        }
    }

    /// Opens a period; its id.
    pub async fn period(&self, label: &str, starts_on: &str, ends_on: &str) -> String {
        let body = json!({ "label": label, "fiscal_year": 2026, "starts_on": starts_on, "ends_on": ends_on });
        let path = format!("/v1/programs/{}/periods", self.id);
        // Whoever pays for it has a budget.
        self.funded(2026).await;
        self.manager.post(&path, body).await.created()["period_id"].as_str().unwrap().to_owned()
    }

    /// Places that are taken.
    pub async fn taken(&self) -> i64 {
        self.manager.get(&format!("/v1/programs/{}", self.id)).await.ok()["places"]["taken"].as_i64().unwrap()
    }
}

/// Asks to move an enrolment on.
pub async fn step(actor: &Actor, enrolment_id: &str, version: i64, to: &str) -> Reply {
    let body = json!({ "to": to, "reason": "Musyawarah desa" });
    actor.post_seen(&format!("/v1/enrolments/{enrolment_id}/transitions"), version, body).await
}

/// The id in a field of an answer.
#[track_caller]
pub fn id(answer: &Value, field: &str) -> Uuid {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).parse().unwrap()
}
