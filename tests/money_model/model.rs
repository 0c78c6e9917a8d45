//! What should be true of the money, told by lists alone: no ledger, no locks, no database. What a budget holds is counted
//! anew from where its payments stand, whenever somebody asks.

use super::step::{Day, Who};
use std::collections::{BTreeMap, HashMap};

pub type Code = &'static str;

/// Passes where this holds.
pub fn need(holds: bool, code: Code) -> Result<(), Code> {
    if holds { Ok(()) } else { Err(code) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Planned,
    Paid,
    Failed,
    Reversed,
    Returned,
}

impl State {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Reversed => "reversed",
            Self::Returned => "returned",
        }
    }

    /// Whether no other payment may be made for its enrolment and period.
    pub const fn stands(self) -> bool {
        matches!(self, Self::Planned | Self::Paid)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Draft,
    Submitted,
    Approved,
    HandedOver,
    Closed,
    Cancelled,
}

impl Stage {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::HandedOver => "handed_over",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    pub const fn is_out(self) -> bool {
        matches!(self, Self::HandedOver | Self::Closed)
    }
}

pub struct Program {
    pub code: &'static str,
    pub agency: usize,
    pub goods: bool,
    pub once: bool,
    pub reported: bool,
    pub amount: Option<i64>,
    pub budgets: Vec<usize>,
}

pub struct Enrolment {
    pub program: usize,
    pub household: usize,
    pub active: bool,
    pub version: i64,
}

pub struct Fund {
    pub agency: usize,
    pub code: usize,
    pub granted: i64,
}

pub struct Budget {
    pub agency: usize,
    pub fund: usize,
    pub line: usize,
    pub given: i64,
}

pub struct Payment {
    pub enrolment: usize,
    pub period: usize,
    pub budget: Option<usize>,
    pub batch: Option<usize>,
    pub amount: i64,
    pub state: State,
    pub version: i64,
    pub paid_on: Option<&'static str>,
    pub proof: Option<&'static str>,
    /// Who recorded and paid it, where it is of no batch.
    pub made_by: Vec<Who>,
    /// Who asks for it to be taken back.
    pub asked_by: Option<Who>,
}

/// A line of a frozen list; whether it is paid into the account.
#[derive(Clone, Copy)]
pub struct Line {
    pub enrolment: usize,
    pub into_account: bool,
}

/// A submission that waits.
pub struct Task {
    pub by: Who,
    pub needed: usize,
    pub named: Vec<Who>,
    pub agreed: Vec<Who>,
}

pub struct Batch {
    pub program: usize,
    pub period: usize,
    pub budget: usize,
    pub partner: usize,
    pub stage: Stage,
    pub version: i64,
    pub revision: i64,
    pub each: i64,
    pub lines: Vec<Line>,
    /// Lines that count: once approved, those that became payments.
    pub count: usize,
    pub findings: BTreeMap<usize, Code>,
    /// Who froze, submitted or handed it over.
    pub prepared_by: Vec<Who>,
    /// How many had to agree to it, at most.
    pub most_needed: usize,
    pub task: Option<Task>,
}

/// Agencies: the first one shares its funds with the second.
pub const AGENCIES: [&str; 2] = ["dinsos", "dinkes"];
/// Partners: a bank, and the post with a pay point for the whole regency.
pub const PARTNERS: [&str; 2] = ["bank-jatim", "pos"];
pub const HOUSEHOLDS: usize = 8;

/// Everything.
pub struct Model {
    pub programs: Vec<Program>,
    /// The programme of each, and its first day.
    pub periods: Vec<(usize, &'static str)>,
    pub enrolments: Vec<Enrolment>,
    /// Accounts at the bank in an agency's books, by agency and household: whether they may be paid into.
    pub accounts: HashMap<(usize, usize), bool>,
    pub funds: Vec<Fund>,
    pub budgets: Vec<Budget>,
    pub payments: Vec<Payment>,
    pub batches: Vec<Batch>,
}

impl Model {
    /// Five programmes of two agencies; households 2 to 5 stand in programmes of both.
    pub fn new() -> Self {
        let program = |code, agency, amount| Program {
            code,
            agency,
            goods: false,
            once: false,
            reported: false,
            amount,
            budgets: Vec::new(),
        };
        let programs = vec![
            program("BLT-DAERAH", 0, Some(300_000)),
            Program { once: true, ..program("HIBAH", 0, Some(500_000)) },
            Program { goods: true, ..program("BERAS", 0, Some(100_000)) },
            program("BLT-SEHAT", 1, None),
            Program { reported: true, ..program("PKH", 1, Some(200_000)) },
        ];
        let periods = (0..programs.len()).flat_map(|program| [(program, "2026-01-01"), (program, "2026-04-01")]);
        let members = [0..6, 0..3, 2..5, 2..8, 0..2];
        let enrolments = members.into_iter().enumerate().flat_map(|(program, households)| {
            households.map(move |household| Enrolment { program, household, active: true, version: 3 })
        });
        let accounts = [(0, 0), (0, 1), (0, 2), (0, 3), (0, 5), (1, 2), (1, 3), (1, 4), (1, 7)];
        Self {
            periods: periods.collect(),
            enrolments: enrolments.collect(),
            programs,
            accounts: accounts.into_iter().map(|of| (of, true)).collect(),
            funds: Vec::new(),
            budgets: Vec::new(),
            payments: Vec::new(),
            batches: Vec::new(),
        }
    }

    pub fn agency_of_payment(&self, payment: usize) -> usize {
        self.programs[self.program_of(payment)].agency
    }

    pub fn program_of(&self, payment: usize) -> usize {
        self.enrolments[self.payments[payment].enrolment].program
    }

    pub fn agency_of_batch(&self, batch: usize) -> usize {
        self.programs[self.batches[batch].program].agency
    }

    /// What a fund has that no budget was given.
    pub fn left_in(&self, fund: usize) -> i64 {
        let given: i64 = self.budgets.iter().filter(|budget| budget.fund == fund).map(|budget| budget.given).sum();
        self.funds[fund].granted - given
    }

    /// Of a budget: promised, with partners, delivered in money, delivered in goods.
    pub fn spent(&self, budget: usize) -> [i64; 4] {
        let mut sums = [0; 4];
        for (number, payment) in self.payments.iter().enumerate().filter(|(_, one)| one.budget == Some(budget)) {
            let is_out = payment.batch.is_some_and(|batch| self.batches[batch].stage.is_out());
            let place = match payment.state {
                State::Planned => usize::from(is_out),
                State::Paid => 2 + usize::from(self.programs[self.program_of(number)].goods),
                State::Failed | State::Reversed | State::Returned => continue,
            };
            sums[place] += payment.amount;
        }
        sums
    }

    pub fn left_of(&self, budget: usize) -> i64 {
        self.budgets[budget].given - self.spent(budget).iter().sum::<i64>()
    }

    /// That a budget has so much; a reported programme has none to ask.
    pub fn covers(&self, budget: Option<usize>, amount: i64) -> Result<(), Code> {
        need(budget.is_none_or(|budget| self.left_of(budget) >= amount), "budget-exhausted")
    }

    /// Whether a payment of the enrolment stands in the way of one for the period.
    pub fn is_paid(&self, enrolment: usize, period: usize) -> bool {
        let once = self.programs[self.enrolments[enrolment].program].once;
        let same = |payment: &&Payment| payment.enrolment == enrolment && (once || payment.period == period);
        self.payments.iter().filter(same).any(|payment| payment.state.stands())
    }

    /// From which budget a programme pays.
    pub fn drawn_on(&self, program: usize, named: Option<usize>) -> Result<Option<usize>, Code> {
        let Program { reported, budgets, .. } = &self.programs[program];
        match (named, &budgets[..]) {
            (Some(named), linked) => need(linked.contains(&named), "unknown-budget").map(|()| Some(named)),
            (None, _) if *reported => Ok(None),
            (None, [only]) => Ok(Some(*only)),
            (None, _) => Err("budget-required"),
        }
    }

    pub fn period_of(&self, program: usize, period: usize) -> Result<(), Code> {
        need(self.periods[period].0 == program, "unknown-period")
    }

    pub fn amount_of(&self, program: usize, stated: Option<i64>) -> Result<i64, Code> {
        stated.or(self.programs[program].amount).ok_or("amount-required")
    }

    /// A payment more, or a planned one.
    pub fn record(
        &mut self,
        enrolment: usize,
        period: usize,
        budget: Option<usize>,
        amount: i64,
        day: Day,
        by: Vec<Who>,
    ) {
        let state = if day == Day::None { State::Planned } else { State::Paid };
        let payment = Payment {
            enrolment,
            period,
            budget,
            batch: None,
            amount,
            state,
            version: 1,
            paid_on: day.date(),
            proof: None,
            made_by: by,
            asked_by: None,
        };
        self.payments.push(payment);
    }

    pub fn go(&mut self, payment: usize, to: State) {
        self.payments[payment].state = to;
        self.payments[payment].version += 1;
    }

    /// Freezes the list of a batch: of the active enrolments each is a line or a finding.
    pub fn freeze(&mut self, batch: usize) {
        let Batch { program, period, partner, .. } = self.batches[batch];
        let agency = self.programs[program].agency;
        let (mut lines, mut findings) = (Vec::new(), BTreeMap::new());
        let of_program = |(_, one): &(usize, &Enrolment)| one.program == program && one.active;
        for (enrolment, Enrolment { household, .. }) in self.enrolments.iter().enumerate().filter(of_program) {
            let account = self.accounts.get(&(agency, *household));
            let finding = match (partner, account) {
                _ if self.is_paid(enrolment, period) => Some("already-paid"),
                (0, Some(true)) | (1, Some(false) | None) => None,
                (_, Some(true)) => Some("account-elsewhere"),
                (_, Some(false)) => Some("account-check-failed"),
                (_, None) => Some("missing-account"),
            };
            match finding {
                Some(finding) => drop(findings.insert(enrolment, finding)),
                None => lines.push(Line { enrolment, into_account: partner == 0 }),
            }
        }
        let frozen = &mut self.batches[batch];
        (frozen.count, frozen.lines, frozen.findings) = (lines.len(), lines, findings);
    }

    /// Makes the lines of an approved list payments.
    pub fn derive(&mut self, batch: usize) -> Result<(), Code> {
        let Batch { period, budget, each, ref lines, .. } = self.batches[batch];
        let (mut due, mut dropped) = (Vec::new(), Vec::new());
        for line in lines {
            match (self.enrolments[line.enrolment].active, self.is_paid(line.enrolment, period)) {
                (false, _) => dropped.push((line.enrolment, "enrolment-not-active")),
                (true, true) => dropped.push((line.enrolment, "already-paid")),
                (true, false) => due.push(line.enrolment),
            }
        }
        need(!due.is_empty(), "batch-empty")?;
        self.covers(Some(budget), each * due.len() as i64)?;
        self.batches[batch].count = due.len();
        self.batches[batch].findings.extend(dropped);
        for enrolment in due {
            self.record(enrolment, period, Some(budget), each, Day::None, Vec::new());
            self.payments.last_mut().unwrap().batch = Some(batch);
        }
        Ok(())
    }

    pub fn step_to(&mut self, batch: usize, to: Stage) {
        self.batches[batch].stage = to;
        self.batches[batch].version += 1;
    }

    /// The payments of a batch without a result.
    pub fn outstanding(&self, batch: usize) -> Vec<usize> {
        let open = |(_, one): &(usize, &Payment)| one.batch == Some(batch) && one.state == State::Planned;
        self.payments.iter().enumerate().filter(open).map(|(number, _)| number).collect()
    }
}
