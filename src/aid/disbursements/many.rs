//! Many disbursements at once: recorded from a list, recorded for all, paid or failed from a list. A row that is refused
//! stops no other; what is written is written by one statement, in one transaction.

use super::{
    ALREADY_PAID, DISBURSEMENT_STEP, Disbursement, DisbursementState, UNKNOWN_PERIOD,
    items::{worth, written},
    lists::{
        DisbursementAnswer, DisbursementRow, FailedAtOnce, FailureRow, MovedRows, NotPaid, PaidAtOnce, Payday,
        PaymentRow, Recorded, RecordedRows,
    },
    money::Leg,
    payee::Payee,
    queries::{
        self, Wanted,
        write::{self, Common, Due, Made, Move, Step},
    },
    requests::RecordedAs,
    service::{amount_of, period_of, stands_by_itself},
};
use crate::{
    aid::{
        enrolments::EnrolmentState,
        funds::programs::drawn_on,
        ledger::AccountKind,
        programs::{
            Program, Serves,
            periods::{self, Period},
            queries as programs,
        },
    },
    platform::{
        audit,
        civil::today,
        db::Tx,
        problem::{FieldFault, Language, Outcome, Problem, codes},
        rows::RowList,
        rupiah::Rupiah,
    },
    registry::{households::lock::lock_households, releases::active},
};
use chrono::NaiveDate;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Records disbursements from a list.
///
/// # Errors
/// `not-found`, `unknown-period`, `budget-required`, `unknown-budget`, `budget-exhausted`, `invalid-fields` of what holds
/// for all, `no-active-release`.
pub async fn record_rows(
    tx: &mut Tx,
    common: &Payday,
    list: &RowList<DisbursementRow>,
    language: Language,
) -> Outcome<RecordedRows> {
    let program = own(tx, common.program_id).await?;
    let period = period_of(tx, &program, common.period_id).await?;
    if common.paid_on.is_some() {
        let checked = common.state.check(common.paid_on, None, &period, today());
        checked.map_err(|problem| list.form.of_common(problem))?;
    }
    // What can't be for all is told once.
    worth(&program, &common.items, common.amount_idr).map_err(|problem| list.form.of_common(problem))?;
    let budget_id = drawn_on(tx, &program, &period, common.budget_id).await?;
    let release_id = active::hold(tx).await?;
    let named: Vec<Uuid> = list.rows.iter().filter_map(|row| Some(row.said.as_ref().ok()?.enrolment_id)).collect();
    let payees = hold_payees(tx, &program, Some(&named), release_id).await?;
    let payees: HashMap<Uuid, Payee> = payees.into_iter().map(|payee| (payee.enrolment_id, payee)).collect();
    let actor = tx.caller()?.actor();
    let shared = Common { program: &program, period: &period, budget_id, state: common.state, actor: &actor };
    let judged = list.rows.iter().map(|row| {
        let said = row.read()?;
        due(said, payees.get(&said.enrolment_id), shared, common)
    });
    let judged: Vec<Outcome<Due<'_>>> = judged.collect();

    // What comes twice is recorded once.
    let mut seen = HashSet::new();
    let once = judged.iter().flatten().filter(|due| seen.insert(due.enrolment_id)).cloned().collect();
    let due = not_yet_paid(tx, once, &program).await?;
    let made = write::record(tx, release_id, &due).await?;
    let (recorded, amount_idr) = (made.len(), sum(&made)?);
    let households = payees.values().map(|payee| payee.household_id).collect();
    let items = told(tx, list, judged, made, language).await?;
    let refused = items.len() - recorded;
    let details = json!({ "recorded": recorded, "refused": refused, "period_id": period.period_id,
        "amount_idr": amount_idr });
    tx.trace(audit::Entry::households("disbursement.created", households).purpose(&program.code).details(details));
    Ok(RecordedRows { items, recorded, refused, amount_idr })
}

/// What a row gets, if it may be paid.
fn due<'a>(row: &'a DisbursementRow, payee: Option<&Payee>, shared: Common<'a>, common: &Payday) -> Outcome<Due<'a>> {
    let payee = payee.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    payee.check(shared.period)?;
    let paid_on = row.paid_on.or(common.paid_on);
    common.state.check(paid_on, row.proof_reference.as_deref(), shared.period, today())?;
    Ok(Due {
        common: shared,
        enrolment_id: payee.enrolment_id,
        household_id: payee.household_id,
        checked_decile: payee.checked_decile,
        amount: amount_of(shared.program, worth(shared.program, &common.items, row.amount_idr.or(common.amount_idr))?)?,
        paid_on,
        proof_reference: row.proof_reference.as_deref(),
        external_reference: row.external_reference.as_deref(),
        items: written(&common.items),
    })
}

/// Each row's answer. Whoever was due and got nothing has a disbursement already, perhaps by an earlier row.
async fn told(
    tx: &mut Tx,
    list: &RowList<DisbursementRow>,
    judged: Vec<Outcome<Due<'_>>>,
    made: Vec<Made>,
    language: Language,
) -> Outcome<Vec<DisbursementAnswer>> {
    let mut made: HashMap<Uuid, Made> = made.into_iter().map(|made| (made.enrolment_id, made)).collect();
    let mut wanted = Vec::new();
    let mut outcomes = Vec::with_capacity(judged.len());
    for due in judged {
        outcomes.push(due.map(|due| {
            let made = made.remove(&due.enrolment_id);
            if made.is_none() {
                wanted.push(due.wanted());
            }
            made
        }));
    }
    let mut standing = queries::standing(tx, &wanted).await?.into_iter();
    let answers = list.rows.iter().zip(outcomes).map(|(row, outcome)| match outcome {
        Ok(Some(made)) => DisbursementAnswer::recorded(row, &made),
        Ok(None) => {
            let standing = standing.next().flatten();
            DisbursementAnswer::refused(row, ALREADY_PAID.with("disbursement_id", standing), language)
        }
        Err(problem) => DisbursementAnswer::refused(row, problem, language),
    });
    Ok(answers.collect())
}

/// Records a period's disbursements of all active enrolments in the caller's areas. Who has one already is left out and
/// counted; who may not be paid is left out and named.
///
/// # Errors
/// `not-found`, `invalid-fields`, `unknown-period`, `amount-required`, `budget-required`, `unknown-budget`,
/// `budget-exhausted`, `no-active-release`.
pub async fn record_all(tx: &mut Tx, asked: &Payday, language: Language) -> Outcome<Recorded> {
    let program = own(tx, asked.program_id).await?;
    let period = period_of(tx, &program, asked.period_id).await?;
    asked.state.check(asked.paid_on, None, &period, today())?;
    let amount = amount_of(&program, worth(&program, &asked.items, asked.amount_idr)?)?;
    let budget_id = drawn_on(tx, &program, &period, asked.budget_id).await?;
    let release_id = active::hold(tx).await?;
    let mut found = hold_payees(tx, &program, None, release_id).await?;
    found.retain(|payee| payee.state == EnrolmentState::Active);
    let households = found.iter().map(|payee| payee.household_id).collect();
    let (payees, refused): (Vec<Payee>, Vec<Payee>) =
        found.into_iter().partition(|payee| payee.refusal(&period).is_none());
    let actor = tx.caller()?.actor();
    let shared = Common { program: &program, period: &period, budget_id, state: asked.state, actor: &actor };
    let all = payees.iter().map(|payee| Due {
        common: shared,
        enrolment_id: payee.enrolment_id,
        household_id: payee.household_id,
        checked_decile: payee.checked_decile,
        amount,
        paid_on: asked.paid_on,
        proof_reference: None,
        external_reference: None,
        items: written(&asked.items),
    });
    let due = not_yet_paid(tx, all.collect(), &program).await?;
    let made = write::record(tx, release_id, &due).await?;
    let answer = Recorded {
        recorded: made.len(),
        skipped_already_paid: payees.len() - made.len(),
        refused: refused.iter().filter_map(|payee| NotPaid::of(payee, &period, language)).collect(),
        amount_idr: sum(&made)?,
    };
    let details =
        json!({ "recorded": answer.recorded, "period_id": period.period_id, "amount_idr": answer.amount_idr });
    tx.trace(audit::Entry::households("disbursement.created", households).purpose(&program.code).details(details));
    Ok(answer)
}

/// Planned to paid, from a list; each is checked anew, as one alone is.
///
/// # Errors
/// `not-found`, `no-active-release`.
pub async fn pay_rows(
    tx: &mut Tx,
    common: &PaidAtOnce,
    list: &RowList<PaymentRow>,
    language: Language,
) -> Outcome<MovedRows> {
    let program = own(tx, common.program_id).await?;
    let release_id = active::hold(tx).await?;
    let named = |row: &PaymentRow| row.disbursement_id;
    let planned = hold_named(tx, &program, list, named).await?;
    let enrolments: Vec<Uuid> = planned.values().map(|row| row.enrolment_id).collect();
    let payees = queries::payees(tx, &enrolments, release_id).await?;
    let payees: HashMap<Uuid, Payee> = payees.into_iter().map(|payee| (payee.enrolment_id, payee)).collect();
    let periods = periods::all(tx, &program).await?;
    let periods: HashMap<Uuid, Period> = periods.into_iter().map(|period| (period.period_id, period)).collect();
    // Two that were planned may be one family's by now.
    let others = others(tx, &planned).await?;
    let mut taken = HashSet::new();
    let moves = list.rows.iter().map(|row| {
        let said = row.read()?;
        let standing = may_move(&planned, &taken, said.disbursement_id, DisbursementState::Paid)?;
        let period = periods.get(&standing.period_id).ok_or_else(|| Problem::from(&UNKNOWN_PERIOD))?;
        let paid_on: Option<NaiveDate> = said.paid_on.or(common.paid_on);
        RecordedAs::Paid.check(paid_on, said.proof_reference.as_deref(), period, today())?;
        let payee = payees.get(&standing.enrolment_id).ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
        payee.check(period)?;
        if let Some(other) = others.get(&standing.disbursement_id) {
            return Err(ALREADY_PAID.with("disbursement_id", other));
        }
        taken.insert(standing.disbursement_id);
        Ok(Move {
            key: standing.key(),
            reason: None,
            paid_on,
            proof_reference: said.proof_reference.as_deref(),
            checked_decile: payee.checked_decile,
        })
    });
    let moves = moves.collect();
    let legs = [Leg::delivery(AccountKind::Committed, program.kind)];
    go(tx, list, (DisbursementState::Paid, Some(release_id), &legs), moves, language).await
}

/// Planned to failed, from a list; their periods may be paid anew.
///
/// # Errors
/// `not-found`.
pub async fn fail_rows(
    tx: &mut Tx,
    common: &FailedAtOnce,
    list: &RowList<FailureRow>,
    language: Language,
) -> Outcome<MovedRows> {
    let program = own(tx, common.program_id).await?;
    let planned = hold_named(tx, &program, list, |row: &FailureRow| row.disbursement_id).await?;
    let mut taken = HashSet::new();
    let moves = list.rows.iter().map(|row| {
        let said = row.read()?;
        let disbursement = may_move(&planned, &taken, said.disbursement_id, DisbursementState::Failed)?;
        let reason = said.reason.as_deref().or(common.reason.as_deref()).map(str::trim);
        if reason.is_none() {
            return Err(codes::INVALID.fields(vec![FieldFault::required("/reason")]));
        }
        taken.insert(disbursement.disbursement_id);
        Ok(Move { key: disbursement.key(), reason, paid_on: None, proof_reference: None, checked_decile: None })
    });
    let moves = moves.collect();
    go(tx, list, (DisbursementState::Failed, None, &[Leg::RELEASE]), moves, language).await
}

/// Takes the steps that may be taken, and answers each row.
async fn go<T>(
    tx: &mut Tx,
    list: &RowList<T>,
    (to, checked_release_id, legs): (DisbursementState, Option<Uuid>, &[Leg]),
    moves: Vec<Outcome<Move<'_>>>,
    language: Language,
) -> Outcome<MovedRows> {
    let mut taken = Vec::with_capacity(moves.len());
    let mut outcomes = Vec::with_capacity(moves.len());
    for step in moves {
        outcomes.push(step.map(|step| {
            let ids = (step.key.disbursement_id, step.key.household_id);
            taken.push(step);
            ids
        }));
    }
    let step = Step { from: DisbursementState::Planned, to, checked_release_id, legs, partner: None, moves: &taken };
    let moved = write::moved(tx, step).await?.len();
    if moved != taken.len() {
        return Err(Problem::internal("a disbursement that is held did not take its step"));
    }
    let answers = list.rows.iter().zip(outcomes).map(|(row, outcome)| match outcome {
        Ok((disbursement_id, household_id)) => DisbursementAnswer::moved(row, disbursement_id, household_id),
        Err(problem) => DisbursementAnswer::refused(row, problem, language),
    });
    let items: Vec<DisbursementAnswer> = answers.collect();
    let refused = items.len() - moved;
    Ok(MovedRows { items, moved, refused })
}

/// The disbursement that a row names, where it may take the step, and no row before took it.
fn may_move<'a>(
    planned: &'a HashMap<Uuid, Disbursement>,
    taken: &HashSet<Uuid>,
    disbursement_id: Uuid,
    to: DisbursementState,
) -> Outcome<&'a Disbursement> {
    let standing = planned.get(&disbursement_id).ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    stands_by_itself(standing)?;
    let state = if taken.contains(&disbursement_id) { to } else { standing.state };
    if state.may_become(to) { Ok(standing) } else { Err(DISBURSEMENT_STEP.with("allowed", state.next())) }
}

async fn own(tx: &mut Tx, program_id: Uuid) -> Outcome<Program> {
    let agency = tx.caller()?.agency.clone();
    programs::find_of(tx, program_id, &agency).await
}

/// The programme's enrolments that are named, or all that are active, with their households held.
async fn hold_payees(tx: &mut Tx, program: &Program, named: Option<&[Uuid]>, release_id: Uuid) -> Outcome<Vec<Payee>> {
    let (enrolments, households): (Vec<Uuid>, Vec<Uuid>) =
        queries::enrolled_in(tx, program.program_id, named).await?.into_iter().unzip();
    lock_households(tx, &households).await?;
    queries::payees(tx, &enrolments, release_id).await
}

/// The programme's disbursements that a list names, with their households held.
async fn hold_named<T>(
    tx: &mut Tx,
    program: &Program,
    list: &RowList<T>,
    id: impl Fn(&T) -> Uuid,
) -> Outcome<HashMap<Uuid, Disbursement>> {
    let named: Vec<Uuid> = list.rows.iter().filter_map(|row| row.said.as_ref().ok().map(&id)).collect();
    let found = queries::of_program(tx, program.program_id, &named).await?;
    let households: Vec<Uuid> = found.iter().map(|row| row.household_id).collect();
    lock_households(tx, &households).await?;
    // From here on a refusal tells something of the households too.
    tx.trace(audit::Entry::households("disbursement.moved", households).purpose(&program.code));
    let held = queries::of_program(tx, program.program_id, &named).await?;
    Ok(held.into_iter().map(|row| (row.disbursement_id, row)).collect())
}

/// Those who have no disbursement for the period yet, and of those that are one family by now the first.
async fn not_yet_paid<'a>(tx: &mut Tx, due: Vec<Due<'a>>, program: &Program) -> Outcome<Vec<Due<'a>>> {
    let wanted: Vec<Wanted> = due.iter().map(Due::wanted).collect();
    let standing = queries::standing(tx, &wanted).await?;
    let unpaid = due.into_iter().zip(standing).filter(|(_, standing)| standing.is_none()).map(|(due, _)| due);
    let mut unpaid: Vec<Due<'_>> = unpaid.collect();
    if program.serves == Serves::Household {
        let households: Vec<Uuid> = unpaid.iter().map(|due| due.household_id).collect();
        let kin = queries::kin(tx, &households).await?;
        let mut paid = HashSet::new();
        unpaid.retain(|due| {
            let is_kin = kin.get(&due.household_id).is_some_and(|kin| kin.iter().any(|kin| paid.contains(kin)));
            !is_kin && paid.insert(due.household_id)
        });
    }
    Ok(unpaid)
}

/// What keeps these disbursements from being paid: another one of the same beneficiary or family.
async fn others(tx: &mut Tx, planned: &HashMap<Uuid, Disbursement>) -> Outcome<HashMap<Uuid, Uuid>> {
    let wanted: Vec<Wanted> = planned.values().map(Disbursement::wanted).collect();
    let standing = queries::standing(tx, &wanted).await?;
    Ok(planned.keys().copied().zip(standing).filter_map(|(id, other)| Some((id, other?))).collect())
}

fn sum(made: &[Made]) -> Outcome<Rupiah> {
    let sum = made.iter().try_fold(Rupiah(0), |sum, made| sum.checked_add(made.amount_idr));
    sum.ok_or_else(|| Problem::internal("the sum of a list does not fit"))
}
