//! What there is to pay: programmes of one agency on two budgets, one of which is tight, with families and months.

use super::dice::Dice;
use crate::support::{
    Actor, Api,
    aid::Scheme,
    batches::{BANK, account, partner},
    money::fund_with_budget,
    programs::program,
    world::World,
};
use futures::future::join_all;
use serde_json::json;
use std::sync::Arc;

/// What each payment is worth.
pub const AMOUNT_IDR: i64 = 300_000;

/// A programme, its months and whom it pays.
pub struct Program {
    pub id: String,
    pub periods: Vec<Period>,
    pub enrolments: Vec<String>,
}

/// A month that is paid for.
pub struct Period {
    pub id: String,
    /// A day on which it may have been paid.
    pub day: String,
}

/// All of it.
pub struct Town {
    pub programs: Vec<Program>,
    pub budgets: Vec<String>,
    /// Who pays the batches.
    pub bank: Actor,
}

impl Town {
    /// A programme and one of its months.
    pub fn slot(&self, dice: &mut Dice) -> (&Program, &Period) {
        let program = dice.pick(&self.programs).unwrap();
        (program, dice.pick(&program.periods).unwrap())
    }

    /// The more faults there are, the longer it takes, and the more there is to pay.
    pub async fn build(api: &Arc<Api>, faults: u64) -> Self {
        let families = usize::try_from(24 + faults / 10).unwrap().min(150);
        let world = World::begin(api).await;
        let manager = api.manager_of("dinsos").await;
        let bank = partner(api, BANK, "bank").await;
        let homes = world.households(families, |_, home| home).await;
        for (number, home) in homes.iter().enumerate() {
            account(api, home.member_ids[0], BANK, &format!("60130000000{number:05}")).await;
        }
        let months = 8;
        let slots = i64::try_from(families * months).unwrap();
        let (_, plenty) = fund_with_budget(&manager, 2026, 2 * slots * AMOUNT_IDR).await;
        // Enough for a third of what two programmes would pay.
        let (_, tight) = fund_with_budget(&manager, 2026, 2 * slots * AMOUNT_IDR / 3 + 100_000).await;
        let mut programs = Vec::new();
        for (number, budget) in [&plenty, &plenty, &tight, &tight].into_iter().enumerate() {
            let body = program(&format!("BLT-{number}"), "household.decile <= 4");
            let made = manager.post("/v1/programs", body).await.created();
            let scheme = Scheme { id: made["program_id"].as_str().unwrap().to_owned(), manager: manager.clone() };
            let link = json!({ "budget_id": budget });
            manager.post(&format!("/v1/programs/{}/budgets", scheme.id), link).await.created();
            let mut periods = Vec::new();
            for month in 1..=months {
                let label = format!("Bulan {month} 2026");
                let id = scheme.period(&label, &format!("2026-{month:02}-01"), &format!("2026-{month:02}-28")).await;
                periods.push(Period { id, day: format!("2026-{month:02}-10") });
            }
            let mut enrolments = Vec::new();
            for some in homes.chunks(8) {
                enrolments.extend(join_all(some.iter().map(|home| scheme.active(home))).await);
            }
            programs.push(Program { id: scheme.id, periods, enrolments });
        }
        Self { programs, budgets: vec![plenty, tight], bank }
    }
}
