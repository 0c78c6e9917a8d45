//! Recording disbursements of whatever programmes and periods: one that is asked for alone, or several that wait together.
//! Each is judged by itself; what may be made is written by one statement.

use super::{
    ALREADY_PAID, Disbursement, NewDisbursement, UNKNOWN_PERIOD,
    items::{worth, written},
    payee::Payee,
    queries::{
        self, Enrolled, Wanted,
        write::{self, Common, Due},
    },
    service::amount_of,
};
use crate::{
    aid::{
        funds::{Budget, programs::choose, queries as funds},
        programs::{
            Program,
            periods::{self, Period},
            queries as programs,
        },
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        problem::{Outcome, Problem, codes},
    },
    registry::{households::lock::lock_households, releases::active},
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// A payment that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What.
    pub payment: &'a NewDisbursement,
    /// By whom.
    pub actor: &'a str,
}

/// A payment whose enrolment is found and whose household is held.
#[derive(Debug, Clone)]
pub struct HeldPayment<'a> {
    asked: Asked<'a>,
    /// To whom.
    pub to: Enrolled,
}

impl HeldPayment<'_> {
    /// What is left of it in the audit log.
    #[must_use]
    pub fn trace(&self) -> audit::Entry {
        audit::Entry::households("disbursement.created", vec![self.to.household_id]).purpose(&self.to.program_code)
    }
}

/// Payments that nobody else can decide on until the transaction ends.
pub struct Held<'a> {
    release_id: Uuid,
    /// In the order of asking; none where there is no such enrolment in the caller's lane.
    pub to: Vec<Option<HeldPayment<'a>>>,
}

/// Holds the active release, and the households of these payments.
///
/// # Errors
/// `no-active-release`; `busy` where somebody holds a household for long.
pub async fn hold<'a>(tx: &mut Tx, asked: &[Asked<'a>]) -> Outcome<Held<'a>> {
    let release_id = active::hold(tx).await?;
    let enrolment_ids: Vec<Uuid> = asked.iter().map(|asked| asked.payment.enrolment_id).collect();
    let enrolled = queries::enrolled(tx, &enrolment_ids).await?;
    let households: Vec<Uuid> = enrolled.iter().map(|enrolled| enrolled.household_id).collect();
    lock_households(tx, &households).await?;
    let enrolled: HashMap<Uuid, Enrolled> = enrolled.into_iter().map(|found| (found.enrolment_id, found)).collect();
    let to = asked.iter().map(|&asked| {
        let to = enrolled.get(&asked.payment.enrolment_id)?.clone();
        Some(HeldPayment { asked, to })
    });
    Ok(Held { release_id, to: to.collect() })
}

/// Records those that may be made; answers each in its place. Of one enrolment one at most is asked for.
///
/// # Errors
/// `budget-exhausted`: then nothing is recorded. Of one alone: `not-found`, `invalid-fields`, `enrolment-not-active`,
/// `exemption-over`, `excluded-by-other-aid`, `unknown-period`, `amount-required`, `budget-required`, `unknown-budget`,
/// `already-paid`.
pub async fn record(tx: &mut Tx, held: &Held<'_>) -> Outcome<Vec<Outcome<Disbursement>>> {
    let grounds = Grounds::of(tx, held).await?;
    let mut judged: Vec<Outcome<Due<'_>>> = held.to.iter().map(|payment| grounds.judge(payment.as_ref())).collect();
    refuse_paid(tx, &mut judged, |_| true).await?;
    let due: Vec<Due<'_>> = judged.iter().flatten().cloned().collect();
    let made = write::record(tx, held.release_id, &due).await?;
    if made.len() < due.len() {
        // Somebody got by the locks: a person who stands in two families.
        let got: HashSet<Uuid> = made.iter().map(|made| made.enrolment_id).collect();
        refuse_paid(tx, &mut judged, |due| !got.contains(&due.enrolment_id)).await?;
    }
    let found = queries::made(tx, &made).await?;
    let mut found: HashMap<Uuid, Disbursement> = found.into_iter().map(|row| (row.enrolment_id, row)).collect();
    let recorded = judged.into_iter().map(|one| {
        let due = one?;
        found.remove(&due.enrolment_id).ok_or_else(|| Problem::from(&ALREADY_PAID))
    });
    Ok(recorded.collect())
}

/// Refuses those among them in whose place another payment stands.
async fn refuse_paid(tx: &mut Tx, judged: &mut [Outcome<Due<'_>>], among: impl Fn(&Due<'_>) -> bool) -> Outcome<()> {
    let is_among = |one: &Outcome<Due<'_>>| one.as_ref().is_ok_and(&among);
    let asked = judged.iter().filter(|one| is_among(one)).flatten();
    let wanted: Vec<Wanted> = asked.map(Due::wanted).collect();
    let standing = queries::standing(tx, &wanted).await?;
    for (one, other) in judged.iter_mut().filter(|one| is_among(one)).zip(standing) {
        if let Some(other) = other {
            *one = Err(ALREADY_PAID.with("disbursement_id", other));
        }
    }
    Ok(())
}

/// What payments are judged by.
struct Grounds {
    programs: HashMap<Uuid, Program>,
    periods: HashMap<Uuid, Period>,
    budgets: HashMap<Uuid, Vec<Budget>>,
    payees: HashMap<Uuid, Payee>,
}

impl Grounds {
    async fn of(tx: &mut Tx, held: &Held<'_>) -> Outcome<Self> {
        let there: Vec<&HeldPayment<'_>> = held.to.iter().flatten().collect();
        let program_ids: Vec<Uuid> =
            there.iter().map(|one| one.to.program_id).collect::<HashSet<_>>().into_iter().collect();
        let period_ids: Vec<Uuid> = there.iter().map(|one| one.asked.payment.period_id).collect();
        let enrolment_ids: Vec<Uuid> = there.iter().map(|one| one.to.enrolment_id).collect();
        let programs = programs::of_ids(tx, &program_ids).await?;
        let periods = periods::of_ids(tx, &period_ids).await?;
        let payees = queries::payees(tx, &enrolment_ids, held.release_id).await?;
        Ok(Self {
            budgets: funds::of_programs(tx, &program_ids).await?,
            programs: programs.into_iter().map(|program| (program.program_id, program)).collect(),
            periods: periods.into_iter().map(|period| (period.period_id, period)).collect(),
            payees: payees.into_iter().map(|payee| (payee.enrolment_id, payee)).collect(),
        })
    }

    /// What is due, if it may be paid.
    fn judge<'a>(&'a self, payment: Option<&'a HeldPayment<'a>>) -> Outcome<Due<'a>> {
        let unknown = || Problem::from(&codes::NOT_FOUND);
        let HeldPayment { asked: Asked { payment, actor }, to } = payment.ok_or_else(unknown)?;
        let program = self.programs.get(&to.program_id).ok_or_else(unknown)?;
        let period = self.periods.get(&payment.period_id).filter(|period| period.program_id == to.program_id);
        let period = period.ok_or_else(|| Problem::from(&UNKNOWN_PERIOD))?;
        payment.state.check(payment.paid_on, payment.proof_reference.as_deref(), period, today())?;
        let budgets = self.budgets.get(&to.program_id).map(Vec::as_slice).unwrap_or_default();
        let budget_id = choose(program, period, budgets, payment.budget_id)?;
        let payee = self.payees.get(&to.enrolment_id).ok_or_else(unknown)?;
        payee.check(period)?;
        Ok(Due {
            common: Common { program, period, budget_id, state: payment.state, actor },
            household_id: payee.household_id,
            enrolment_id: payee.enrolment_id,
            checked_decile: payee.checked_decile,
            amount: amount_of(program, worth(program, &payment.items, payment.amount_idr)?)?,
            paid_on: payment.paid_on,
            proof_reference: payment.proof_reference.as_deref(),
            external_reference: payment.external_reference.as_deref(),
            items: written(&payment.items),
        })
    }
}
