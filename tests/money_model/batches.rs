//! What the model says to what is asked of batches.

use super::{
    model::{Batch, Code, Model, Stage, State, Task, need},
    rules::Told,
    step::{Row, Step, Who},
};
use std::collections::BTreeMap;

impl Model {
    /// The batch as its agency finds it, in the version that was seen.
    fn own_batch(&self, who: Who, batch: usize, seen: Option<i64>) -> Result<(), Code> {
        need(self.agency_of_batch(batch) == who.manages()?, "not-found")?;
        need(seen.is_none_or(|seen| self.batches[batch].version == seen), "stale-version")
    }

    fn stands_as(&self, batch: usize, stage: Stage) -> Result<(), Code> {
        need(self.batches[batch].stage == stage, "batch-step")
    }

    pub fn take_batch(&mut self, step: &Step) -> Told {
        match *step {
            Step::Prepare { who, partner, amount, common } => {
                self.own_program(who, common.program)?;
                let partner = partner.ok_or("not-a-payment-partner")?;
                need(!self.programs[common.program].reported, "program-is-reported")?;
                need(!self.programs[common.program].goods, "batch-of-goods")?;
                self.period_of(common.program, common.period)?;
                let budget = self.drawn_on(common.program, common.budget)?.ok_or("budget-required")?;
                let batch = Batch {
                    program: common.program,
                    period: common.period,
                    budget,
                    partner,
                    stage: Stage::Draft,
                    version: 1,
                    revision: 1,
                    each: self.amount_of(common.program, amount)?,
                    lines: Vec::new(),
                    count: 0,
                    findings: BTreeMap::new(),
                    prepared_by: vec![who],
                    most_needed: 0,
                    task: None,
                };
                self.batches.push(batch);
                self.freeze(self.batches.len() - 1);
            }
            Step::Freeze { who, batch, seen, amount } => {
                self.own_batch(who, batch, Some(seen))?;
                self.stands_as(batch, Stage::Draft)?;
                self.batches[batch].each = self.amount_of(self.batches[batch].program, amount)?;
                self.batches[batch].prepared_by.push(who);
                self.batches[batch].revision += 1;
                self.batches[batch].version += 1;
                self.freeze(batch);
            }
            Step::Submit { who, batch, seen, needed, ref named } => {
                self.own_batch(who, batch, Some(seen))?;
                self.stands_as(batch, Stage::Draft)?;
                need(self.batches[batch].count > 0, "batch-empty")?;
                need(needed.is_none() || named.is_empty(), "invalid-fields")?;
                let needed = if named.is_empty() { needed.unwrap_or(1) } else { named.len() };
                need(needed >= self.batches[batch].most_needed, "quorum-lowered")?;
                let may_not =
                    |one: &Who| one.person() == who || self.batches[batch].prepared_by.contains(&one.person());
                need(!named.iter().any(may_not), "needs-another-person")?;
                self.batches[batch].prepared_by.push(who);
                self.batches[batch].most_needed = needed;
                self.batches[batch].task = Some(Task { by: who, needed, named: named.clone(), agreed: Vec::new() });
                self.step_to(batch, Stage::Submitted);
            }
            Step::Withdraw { who, batch } => {
                self.own_batch(who, batch, None)?;
                let by = self.batches[batch].task.as_ref().ok_or("not-found")?.by;
                need(by == who, "forbidden")?;
                self.batches[batch].task = None;
                self.batches[batch].prepared_by.push(who);
                self.step_to(batch, Stage::Draft);
            }
            Step::Decide { who, batch, yes } => self.decide(who, batch, yes)?,
            Step::HandOver { who, batch, seen } => {
                self.own_batch(who, batch, Some(seen))?;
                self.stands_as(batch, Stage::Approved)?;
                self.batches[batch].prepared_by.push(who);
                self.step_to(batch, Stage::HandedOver);
            }
            Step::Report { who, batch, partial, ref rows } => return self.report(who, batch, partial, rows),
            Step::Close { who, batch, seen, fail } => {
                need(who.manages().or(who.approves())? == self.agency_of_batch(batch), "not-found")?;
                need(self.batches[batch].version == seen, "stale-version")?;
                self.stands_as(batch, Stage::HandedOver)?;
                let outstanding = self.outstanding(batch);
                need(fail || outstanding.is_empty(), "batch-outstanding")?;
                if !outstanding.is_empty() {
                    who.approves()?;
                    need(!self.batches[batch].prepared_by.contains(&who.person()), "needs-another-person")?;
                }
                for payment in outstanding {
                    self.go(payment, State::Failed);
                }
                self.step_to(batch, Stage::Closed);
            }
            Step::Cancel { who, batch, seen } => {
                self.own_batch(who, batch, Some(seen))?;
                self.stands_as(batch, Stage::Draft)?;
                self.step_to(batch, Stage::Cancelled);
            }
            _ => unreachable!(),
        }
        Ok(Vec::new())
    }

    fn decide(&mut self, who: Who, batch: usize, yes: bool) -> Result<(), Code> {
        need(self.agency_of_batch(batch) == who.approves()?, "not-found")?;
        let task = self.batches[batch].task.as_ref().ok_or("not-found")?;
        need(!self.batches[batch].prepared_by.contains(&who.person()), "needs-another-person")?;
        need(task.named.is_empty() || task.named.contains(&who), "forbidden")?;
        need(!task.agreed.contains(&who), "already-decided")?;
        let is_last = task.agreed.len() + 1 >= task.needed;
        match (yes, is_last) {
            (true, true) => {
                self.derive(batch)?;
                self.batches[batch].task = None;
                self.step_to(batch, Stage::Approved);
            }
            (true, false) => self.batches[batch].task.as_mut().unwrap().agreed.push(who),
            (false, _) => {
                self.batches[batch].task = None;
                self.step_to(batch, Stage::Draft);
            }
        }
        Ok(())
    }

    fn report(&mut self, who: Who, batch: usize, partial: bool, rows: &[Row]) -> Told {
        let Batch { partner, stage, .. } = self.batches[batch];
        match who {
            Who::Partner(one) => need(one == partner && stage.is_out(), "not-found")?,
            _ => need(who.approves()? == self.agency_of_batch(batch), "not-found")?,
        }
        need(stage == Stage::HandedOver, "batch-not-open")?;
        need(!self.batches[batch].prepared_by.contains(&who.person()), "needs-another-person")?;
        let before: Vec<_> = self.payments.iter().map(|one| (one.state, one.version, one.paid_on, one.proof)).collect();
        let accounts = self.accounts.clone();
        let mut words: Vec<&str> =
            rows.iter().map(|row| self.report_row(who, batch, row).unwrap_or_else(|code| code)).collect();
        let is_refused = words.iter().any(|word| !["posted", "unchanged"].contains(word));
        if is_refused && !partial {
            for (payment, before) in self.payments.iter_mut().zip(before) {
                (payment.state, payment.version, payment.paid_on, payment.proof) = before;
            }
            self.accounts = accounts;
            words.iter_mut().filter(|word| **word == "posted").for_each(|word| *word = "fits");
        }
        Ok(words.into_iter().map(str::to_owned).collect())
    }

    fn report_row(&mut self, who: Who, batch: usize, row: &Row) -> Result<Code, Code> {
        let payment = row.payment.ok_or("unknown-row")?;
        let is_known = match who {
            Who::Approver(agency, _) | Who::Twin(agency) => agency == self.agency_of_payment(payment),
            Who::Partner(one) => {
                let batch = self.payments[payment].batch.map(|batch| &self.batches[batch]);
                batch.is_some_and(|batch| batch.partner == one && batch.stage.is_out())
            }
            _ => false,
        };
        need(is_known, "unknown-row")?;
        need(self.payments[payment].batch == Some(batch), "wrong-batch")?;
        need(row.amount.is_none_or(|amount| amount == self.payments[payment].amount), "wrong-amount")?;
        let says_paid = row.result == State::Paid || (row.day.date().is_none() && row.proof.is_none());
        need(says_paid, "invalid-fields")?;
        let standing = &self.payments[payment];
        match (row.result, standing.state) {
            (State::Paid, State::Planned) => {
                need(row.amount.is_some() && row.reason.is_none(), "invalid-fields")?;
                row.day.fits(true)?;
                (self.payments[payment].paid_on, self.payments[payment].proof) = (row.day.date(), row.proof);
            }
            (State::Paid, State::Paid) if (row.day.date(), row.proof) == (standing.paid_on, standing.proof) => {
                return Ok("unchanged");
            }
            (State::Failed, State::Failed) | (State::Returned, State::Returned) => return Ok("unchanged"),
            (State::Failed, State::Planned) | (State::Returned, State::Paid) => {
                need(row.reason.is_some(), "invalid-fields")?;
                self.end_account(payment, row.reason);
            }
            (State::Returned, State::Planned) => return Err("disbursement-step"),
            _ => return Err("already-reported"),
        }
        self.go(payment, row.result);
        Ok("posted")
    }

    /// An account that a bank does not pay into is paid into no more.
    fn end_account(&mut self, payment: usize, reason: Option<&str>) {
        let Some(batch) = self.payments[payment].batch.filter(|_| reason == Some("account_invalid")) else { return };
        let enrolment = self.payments[payment].enrolment;
        let line = self.batches[batch].lines.iter().find(|line| line.enrolment == enrolment).unwrap();
        if line.into_account {
            let of = (self.programs[self.enrolments[enrolment].program].agency, self.enrolments[enrolment].household);
            self.accounts.insert(of, false);
        }
    }
}
