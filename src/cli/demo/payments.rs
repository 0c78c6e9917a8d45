//! What was paid: one payment for each active enrolment and period.

use super::{client::DemoFault, programs::Standing};
use crate::cli::progress::Progress;
use serde::Deserialize;
use serde_json::json;

/// How much was paid.
#[derive(Default)]
pub struct Paid {
    /// Payments.
    pub payments: u64,
    /// Their sum in rupiah.
    pub amount_idr: u64,
}

#[derive(Deserialize)]
struct Recorded {
    recorded: u64,
    amount_idr: u64,
}

/// Pays every period of every programme, once: a second run gets the first answers again.
///
/// # Errors
/// What the service refuses.
pub async fn make(programs: &[Standing<'_>]) -> Result<Paid, DemoFault> {
    let periods: usize = programs.iter().map(|standing| standing.periods.len()).sum();
    let progress = Progress::of("payments", periods as u64);
    let mut paid = Paid::default();
    for standing in programs {
        for (period, period_id) in &standing.periods {
            let key = format!("demo {} {}", standing.program_id, period_id);
            let body = json!({
                "program_id": standing.program_id, "period_id": period_id, "state": "paid",
                "paid_on": period.paid_on,
            });
            let pay = standing.manager.post_once("/v1/disbursements/from-active", &key, &body);
            let Recorded { recorded, amount_idr } = progress.step(standing.program.code, pay).await?;
            paid.payments += recorded;
            paid.amount_idr += amount_idr;
        }
    }
    Ok(paid)
}
