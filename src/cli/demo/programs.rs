//! Programmes and their periods, made by the agencies that run them.

use super::{
    accounts, budgets,
    catalogue::{DemoPeriod, DemoProgram, PROGRAMS},
    client::{Caller, DemoFault, Listed, Service},
};
use crate::cli::progress::Progress;
use crate::platform::auth::Role;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// A programme of the catalogue as it stands in the service.
pub struct Standing<'a> {
    /// From the catalogue.
    pub program: &'static DemoProgram,
    /// Its id.
    pub program_id: Uuid,
    /// Who manages it.
    pub manager: Caller<'a>,
    /// Its periods.
    pub periods: Vec<(&'static DemoPeriod, Uuid)>,
}

#[derive(Deserialize)]
struct Program {
    program_id: Uuid,
    code: String,
}

#[derive(Deserialize)]
struct Period {
    period_id: Uuid,
    label: String,
}

/// Makes what is not there yet.
///
/// # Errors
/// What the service refuses.
pub async fn make(service: &Service, households: u32) -> Result<Vec<Standing<'_>>, DemoFault> {
    let progress = Progress::of("programmes", PROGRAMS.len() as u64);
    let mut standing = Vec::with_capacity(PROGRAMS.len());
    for program in PROGRAMS {
        standing.push(progress.step(program.code, stand(service, program, households)).await?);
    }
    Ok(standing)
}

async fn stand<'a>(
    service: &'a Service,
    program: &'static DemoProgram,
    households: u32,
) -> Result<Standing<'a>, DemoFault> {
    let manager = service.log_in(&accounts::username(Role::ProgramManager, program.agency)).await?;
    let known: Listed<Program> = manager.get(&format!("/v1/programs?agency={}&limit=500", program.agency)).await?;
    let made = match known.items.into_iter().find(|known| known.code == program.code) {
        Some(known) => known,
        None => manager.post("/v1/programs", &program.body(households)).await?,
    };
    budgets::make(&manager, program, made.program_id, households).await?;
    let periods = open_periods(&manager, program, made.program_id).await?;
    Ok(Standing { program, program_id: made.program_id, manager, periods })
}

async fn open_periods(
    manager: &Caller<'_>,
    program: &'static DemoProgram,
    program_id: Uuid,
) -> Result<Vec<(&'static DemoPeriod, Uuid)>, DemoFault> {
    let place = format!("/v1/programs/{program_id}/periods");
    let known: Listed<Period> = manager.get(&place).await?;
    let known: HashMap<String, Uuid> = known.items.into_iter().map(|period| (period.label, period.period_id)).collect();
    let mut periods = Vec::with_capacity(program.periods.len());
    for period in program.periods {
        let period_id = match known.get(period.label) {
            Some(period_id) => *period_id,
            None => open_period(manager, &place, period).await?,
        };
        periods.push((period, period_id));
    }
    Ok(periods)
}

async fn open_period(manager: &Caller<'_>, place: &str, period: &DemoPeriod) -> Result<Uuid, DemoFault> {
    let (starts_on, ends_on) = period.days;
    let body = json!({
        "label": period.label, "fiscal_year": period.fiscal_year, "starts_on": starts_on, "ends_on": ends_on,
    });
    let opened: Period = manager.post(place, &body).await?;
    Ok(opened.period_id)
}
