//! What managed programmes are paid from: for each programme and year a fund and a budget that draws on it.

use super::{
    catalogue::DemoProgram,
    client::{Caller, DemoFault, Listed},
};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Deserialize)]
struct Fund {
    fund_id: Uuid,
}

#[derive(Deserialize)]
struct Budget {
    budget_id: Uuid,
    fiscal_year: i16,
}

/// Makes what is not there yet; nothing for a programme that is only reported.
///
/// # Errors
/// What the service refuses.
pub async fn make(
    manager: &Caller<'_>,
    program: &DemoProgram,
    program_id: Uuid,
    households: u32,
) -> Result<(), DemoFault> {
    let [_, funding, _, source] = program.form;
    if funding != "managed" {
        return Ok(());
    }
    let place = format!("/v1/programs/{program_id}/budgets");
    let known: Listed<Budget> = manager.get(&place).await?;
    let years: BTreeSet<i16> = program.periods.iter().map(|period| period.fiscal_year).collect();
    for year in years {
        if known.items.iter().any(|budget| budget.fiscal_year == year) {
            continue;
        }
        // Each place in each period, and as much again for the rest of the year.
        let periods = i64::try_from(program.periods.len()).unwrap_or(i64::MAX);
        let amount = program.amount_idr.unwrap_or(1_000_000) * i64::from(program.quota(households)) * periods * 2;
        let code = format!("{}-{year}", program.code);
        let fund = json!({ "code": code, "name": format!("{} {year}", program.name), "source": source, "fiscal_year": year,
            "amount_idr": amount, "legal_basis": "APBD, APBDes atau DIPA (demo)" });
        let fund: Fund = manager.post_once("/v1/funds", &format!("demo {code}"), &fund).await?;
        let budget = json!({ "fund_id": fund.fund_id, "line": code, "name": program.benefit, "amount_idr": amount,
            "legal_basis": "DPA (demo)" });
        let budget: Budget = manager.post_once("/v1/budgets", &format!("demo {code}"), &budget).await?;
        let _: Budget = manager.post(&place, &json!({ "budget_id": budget.budget_id })).await?;
    }
    Ok(())
}
