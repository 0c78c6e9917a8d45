//! What the model says to what is asked: an answer, with a word for each row of a list, or the code of a refusal. What is refused
//! changes nothing.

use super::{
    model::{Budget, Code, Fund, Model, State, need},
    step::{Common, Day, Step, Who},
};

/// Words for rows, or why not.
pub type Told = Result<Vec<String>, Code>;

impl Model {
    /// What is to be answered, and what it changes.
    pub fn take(&mut self, step: &Step) -> Told {
        match *step {
            Step::NewFund { who, code, amount } => {
                let agency = who.manages()?;
                need(self.funds.iter().all(|fund| fund.code != code), "fund-exists")?;
                self.funds.push(Fund { agency, code, granted: amount });
            }
            Step::ReviseFund { who, fund, amount } => {
                need(self.funds[fund].agency == who.manages()?, "not-found")?;
                need(self.left_in(fund) + amount >= 0, "fund-exhausted")?;
                self.funds[fund].granted += amount;
            }
            Step::NewBudget { who, fund, line, amount } => {
                let agency = who.manages()?;
                // The first agency shares its funds.
                need([agency, 0].contains(&self.funds[fund].agency), "invalid-fields")?;
                let is_taken = |budget: &Budget| (budget.agency, budget.line) == (agency, line);
                need(!self.budgets.iter().any(is_taken), "budget-exists")?;
                need(self.left_in(fund) >= amount, "fund-exhausted")?;
                self.budgets.push(Budget { agency, fund, line, given: amount });
            }
            Step::ReviseBudget { who, budget, amount } => {
                need(self.budgets[budget].agency == who.manages()?, "not-found")?;
                need(self.left_in(self.budgets[budget].fund) >= amount, "fund-exhausted")?;
                need(self.left_of(budget) + amount >= 0, "budget-exhausted")?;
                self.budgets[budget].given += amount;
            }
            Step::Link { who, program, budget } => {
                let agency = who.manages()?;
                need(self.programs[program].agency == agency, "not-found")?;
                need(!self.programs[program].reported, "program-is-reported")?;
                need(self.budgets[budget].agency == agency, "not-found")?;
                if !self.programs[program].budgets.contains(&budget) {
                    self.programs[program].budgets.push(budget);
                }
            }
            Step::Enrolment { enrolment, active } => {
                self.enrolments[enrolment].active = active;
                self.enrolments[enrolment].version += 1;
            }
            Step::Again { otherwise, .. } => need(!otherwise, "idempotency-key-reused")?,
            Step::Record { .. } | Step::RecordList { .. } | Step::RecordAll { .. } => return self.take_record(step),
            Step::PayList { .. } | Step::FailList { .. } => return self.take_list(step),
            Step::Pay { .. } | Step::Fail { .. } | Step::Return { .. } => self.take_single(step)?,
            Step::AskReversal { .. } | Step::DecideReversal { .. } | Step::WithdrawReversal { .. } => {
                self.take_reversal(step)?
            }
            _ => return self.take_batch(step),
        }
        Ok(Vec::new())
    }

    pub fn own_program(&self, who: Who, program: usize) -> Result<(), Code> {
        need(self.programs[program].agency == who.manages()?, "not-found")
    }

    fn payable(&self, enrolment: usize) -> Result<(), Code> {
        need(self.enrolments[enrolment].active, "enrolment-not-active")
    }

    fn take_record(&mut self, step: &Step) -> Told {
        match *step {
            Step::Record { who, enrolment, amount, common } => {
                let program = self.enrolments[enrolment].program;
                self.own_program(who, program)?;
                self.period_of(program, common.period)?;
                common.day.fits(common.paid)?;
                let budget = self.drawn_on(program, common.budget)?;
                self.payable(enrolment)?;
                let amount = self.amount_of(program, amount)?;
                need(!self.is_paid(enrolment, common.period), "already-paid")?;
                self.covers(budget, amount)?;
                self.record(enrolment, common.period, budget, amount, common.day, vec![who]);
                Ok(Vec::new())
            }
            Step::RecordList { who, common, ref rows } => {
                self.own_program(who, common.program)?;
                self.period_of(common.program, common.period)?;
                if common.day != Day::None {
                    common.day.fits(common.paid)?;
                }
                let budget = self.drawn_on(common.program, common.budget)?;
                let before = self.payments.len();
                let words: Vec<String> =
                    rows.iter().map(|row| self.take_row(who, row, &common, budget).to_owned()).collect();
                let sum = self.payments[before..].iter().map(|payment| payment.amount).sum();
                let payments = self.payments.split_off(before);
                self.covers(budget, sum)?;
                self.payments.extend(payments);
                self.payments[before..].sort_by_key(|payment| payment.enrolment);
                Ok(words)
            }
            Step::RecordAll { who, amount, common } => {
                self.own_program(who, common.program)?;
                self.period_of(common.program, common.period)?;
                common.day.fits(common.paid)?;
                let amount = self.amount_of(common.program, amount)?;
                let budget = self.drawn_on(common.program, common.budget)?;
                let of_program = |one: &usize| self.enrolments[*one].program == common.program;
                let active = (0..self.enrolments.len()).filter(of_program).filter(|one| self.enrolments[*one].active);
                let (paid, due): (Vec<_>, Vec<_>) = active.partition(|one| self.is_paid(*one, common.period));
                self.covers(budget, amount * due.len() as i64)?;
                for enrolment in &due {
                    self.record(*enrolment, common.period, budget, amount, common.day, vec![who]);
                }
                Ok(vec![format!("recorded {}, skipped {}", due.len(), paid.len())])
            }
            _ => unreachable!(),
        }
    }

    fn take_row(&mut self, who: Who, row: &(usize, Option<i64>), common: &Common, budget: Option<usize>) -> Code {
        let judged = || {
            need(self.enrolments[row.0].program == common.program, "not-found")?;
            self.payable(row.0)?;
            common.day.fits(common.paid)?;
            let amount = self.amount_of(common.program, row.1)?;
            need(!self.is_paid(row.0, common.period), "already-paid")?;
            Ok(amount)
        };
        match judged() {
            Ok(amount) => {
                self.record(row.0, common.period, budget, amount, common.day, vec![who]);
                "recorded"
            }
            Err(code) => code,
        }
    }

    fn take_single(&mut self, step: &Step) -> Result<(), Code> {
        match *step {
            Step::Pay { who, payment, seen, day } => {
                let agency = who.manages()?;
                // Without a day it is no request.
                need(day != Day::None, "invalid-fields")?;
                need(self.agency_of_payment(payment) == agency, "not-found")?;
                need(self.payments[payment].version == seen, "stale-version")?;
                self.pay(who, payment, day)
            }
            Step::Fail { who, payment, seen } => {
                need(self.agency_of_payment(payment) == who.manages()?, "not-found")?;
                need(self.payments[payment].version == seen, "stale-version")?;
                self.fail(payment)
            }
            Step::Return { who, payment } => {
                need(self.agency_of_payment(payment) == who.approves()?, "not-found")?;
                need(!self.programs[self.program_of(payment)].goods, "not-money")?;
                let standing = &self.payments[payment];
                need(standing.state == State::Paid, "disbursement-step")?;
                let made_by = standing.batch.map_or(&standing.made_by, |batch| &self.batches[batch].prepared_by);
                need(!made_by.contains(&who.person()), "needs-another-person")?;
                self.go(payment, State::Returned);
                Ok(())
            }
            _ => unreachable!(),
        }
    }

    fn planned_alone(&self, payment: usize) -> Result<(), Code> {
        need(self.payments[payment].batch.is_none(), "paid-by-batch")?;
        need(self.payments[payment].state == State::Planned, "disbursement-step")
    }

    fn pay(&mut self, who: Who, payment: usize, day: Day) -> Result<(), Code> {
        self.planned_alone(payment)?;
        day.fits(true)?;
        self.payable(self.payments[payment].enrolment)?;
        self.payments[payment].paid_on = day.date();
        self.payments[payment].made_by.push(who);
        self.go(payment, State::Paid);
        Ok(())
    }

    fn fail(&mut self, payment: usize) -> Result<(), Code> {
        self.planned_alone(payment)?;
        self.go(payment, State::Failed);
        Ok(())
    }

    fn take_list(&mut self, step: &Step) -> Told {
        let word = |taken: Result<(), Code>| taken.err().unwrap_or("moved").to_owned();
        match step {
            Step::PayList { who, program, rows } => {
                self.own_program(*who, *program)?;
                let judged = rows.iter().map(|(payment, day)| {
                    need(self.program_of(*payment) == *program, "not-found")
                        .and_then(|()| self.pay(*who, *payment, *day))
                });
                Ok(judged.map(word).collect())
            }
            Step::FailList { who, program, rows } => {
                self.own_program(*who, *program)?;
                let judged = rows.iter().map(|payment| {
                    need(self.program_of(*payment) == *program, "not-found").and_then(|()| self.fail(*payment))
                });
                Ok(judged.map(word).collect())
            }
            _ => unreachable!(),
        }
    }

    fn take_reversal(&mut self, step: &Step) -> Result<(), Code> {
        match *step {
            Step::AskReversal { who, payment } => {
                need(self.agency_of_payment(payment) == who.manages()?, "not-found")?;
                need(self.payments[payment].state == State::Paid, "disbursement-step")?;
                need(self.payments[payment].asked_by.is_none(), "approval-already-open")?;
                self.payments[payment].asked_by = Some(who);
            }
            Step::DecideReversal { who, payment, yes } => {
                need(self.agency_of_payment(payment) == who.approves()?, "not-found")?;
                let by = self.payments[payment].asked_by.ok_or("not-found")?;
                need(by != who.person(), "needs-another-person")?;
                let standing = &self.payments[payment];
                need(!yes || standing.state == State::Paid, "disbursement-step")?;
                let made_by = standing.batch.map_or(&standing.made_by, |batch| &self.batches[batch].prepared_by);
                need(!yes || !made_by.contains(&who.person()), "needs-another-person")?;
                self.payments[payment].asked_by = None;
                if yes {
                    self.go(payment, State::Reversed);
                }
            }
            Step::WithdrawReversal { who, payment } => {
                need(self.agency_of_payment(payment) == who.manages()?, "not-found")?;
                let by = self.payments[payment].asked_by.ok_or("not-found")?;
                need(by == who, "forbidden")?;
                self.payments[payment].asked_by = None;
            }
            _ => unreachable!(),
        }
        Ok(())
    }
}
