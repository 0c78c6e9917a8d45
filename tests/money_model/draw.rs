//! Draws what is asked next: mostly what makes sense where things stand, and now and then what does not.

use super::{
    model::{AGENCIES, Batch, Model, PARTNERS, Stage, State},
    step::{Common, Day, Row, Step, Who},
};

/// Random numbers from a seed, the same wherever it is sown (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// True so many times of a hundred.
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<T: Clone>(&mut self, some: &[T]) -> Option<T> {
        if some.is_empty() { None } else { Some(some[self.below(some.len())].clone()) }
    }

    /// One of those that fit, and now and then, or where none does, any.
    fn mostly(&mut self, count: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..count).collect();
        let fitting: Vec<usize> = all.iter().copied().filter(|one| fits(*one)).collect();
        let strays = fitting.is_empty() || self.chance(15);
        self.of(if strays { &all } else { &fitting })
    }

    /// Between these, in thousands.
    fn rupiah(&mut self, from: usize, to: usize) -> i64 {
        (from + self.below(to - from)) as i64 * 1_000
    }
}

const EVERYBODY: [Who; 10] = [
    Who::Manager(0, 0),
    Who::Manager(0, 1),
    Who::Manager(1, 0),
    Who::Approver(0, 0),
    Who::Approver(1, 0),
    Who::Twin(0),
    Who::Twin(1),
    Who::Partner(0),
    Who::Partner(1),
    Who::Auditor,
];

impl Dice {
    fn manager(&mut self, agency: usize) -> Who {
        let person = usize::from(self.chance(25));
        if self.chance(6) { self.of(&EVERYBODY).unwrap() } else { Who::Manager(agency, person) }
    }

    fn approver(&mut self, agency: usize) -> Who {
        let wrong = [Who::Twin(agency), self.of(&EVERYBODY).unwrap()];
        if self.chance(15) { self.of(&wrong).unwrap() } else { Who::Approver(agency, self.below(3)) }
    }

    /// The version that stands, or one that is no more.
    fn seen(&mut self, version: i64) -> i64 {
        if self.chance(5) { version + 1 } else { version }
    }

    fn day(&mut self, paid: bool) -> Day {
        let (fits, others) = if paid {
            ([Day::One, Day::Other], [Day::None, Day::Early, Day::Ahead])
        } else {
            ([Day::None; 2], [Day::One; 3])
        };
        if self.chance(6) { self.of(&others).unwrap() } else { self.of(&fits).unwrap() }
    }

    fn amount(&mut self) -> Option<i64> {
        if self.chance(40) { None } else { self.of(&[Some(200_000), Some(250_000), Some(300_000)]).unwrap() }
    }

    /// For this programme, or any.
    fn common(&mut self, model: &Model, program: Option<usize>) -> Option<Common> {
        let program = program.unwrap_or_else(|| self.below(model.programs.len()));
        let period = self.mostly(model.periods.len(), |period| model.periods[period].0 == program)?;
        let linked = &model.programs[program].budgets;
        let budget = match self.below(10) {
            0 => self.mostly(model.budgets.len(), |_| true),
            1..4 if linked.len() < 2 => None,
            _ => self.of(linked),
        };
        let paid = self.chance(40);
        Some(Common { program, period, paid, day: self.day(paid), budget })
    }

    /// What is asked next; none where there is nothing yet to ask it of.
    pub fn draw(&mut self, model: &Model, keyed: usize) -> Option<Step> {
        match self.below(100) {
            0..12 => self.draw_books(model),
            12..15 => {
                let enrolment = self.mostly(model.enrolments.len(), |one| !model.enrolments[one].active)?;
                Some(Step::Enrolment { enrolment, active: !model.enrolments[enrolment].active })
            }
            15..36 => self.draw_record(model),
            36..54 => self.draw_payment(model),
            54..97 => self.draw_batch(model),
            _ if keyed == 0 => None,
            _ => Some(Step::Again { which: self.below(keyed), otherwise: self.chance(30) }),
        }
    }

    fn draw_books(&mut self, model: &Model) -> Option<Step> {
        let agency = self.below(AGENCIES.len());
        let amount = if self.chance(50) { self.rupiah(1, 900) } else { -self.rupiah(1, 2_500) };
        Some(match self.below(10) {
            0 => {
                let code = if self.chance(20) { self.below(model.funds.len() + 1) } else { model.funds.len() };
                Step::NewFund { who: self.manager(agency), code, amount: self.rupiah(500, 3_000) }
            }
            1 | 2 => {
                let fund = self.mostly(model.funds.len(), |_| true)?;
                Step::ReviseFund { who: self.manager(model.funds[fund].agency), fund, amount }
            }
            3 | 4 => {
                let fund = self.mostly(model.funds.len(), |fund| model.funds[fund].agency <= agency)?;
                let line = if self.chance(15) { self.below(model.budgets.len() + 1) } else { model.budgets.len() };
                Step::NewBudget { who: self.manager(agency), fund, line, amount: self.rupiah(200, 1_500) }
            }
            5..8 => {
                let budget = self.mostly(model.budgets.len(), |_| true)?;
                Step::ReviseBudget { who: self.manager(model.budgets[budget].agency), budget, amount }
            }
            _ => {
                let budget = self.mostly(model.budgets.len(), |_| true)?;
                let agency = model.budgets[budget].agency;
                let program = self.mostly(model.programs.len(), |program| model.programs[program].agency == agency)?;
                Step::Link { who: self.manager(agency), program, budget }
            }
        })
    }

    fn draw_record(&mut self, model: &Model) -> Option<Step> {
        let common = self.common(model, None)?;
        let of_program = |one: usize| model.enrolments[one].program == common.program;
        let who = self.manager(model.programs[common.program].agency);
        let amount = self.amount();
        Some(match self.below(10) {
            0..6 => {
                let enrolment =
                    self.mostly(model.enrolments.len(), |one| of_program(one) && !model.is_paid(one, common.period))?;
                Step::Record { who, enrolment, amount, common }
            }
            6..9 => {
                let rows = (0..1 + self.below(4)).filter_map(|_| {
                    let enrolment = self.mostly(model.enrolments.len(), of_program)?;
                    Some((enrolment, self.amount()))
                });
                Step::RecordList { who, common, rows: rows.collect() }
            }
            _ => Step::RecordAll { who, amount, common },
        })
    }

    fn draw_payment(&mut self, model: &Model) -> Option<Step> {
        let count = model.payments.len();
        let is = |one: usize, state: State| model.payments[one].state == state;
        let is_planned = |one: usize| is(one, State::Planned) && model.payments[one].batch.is_none();
        let kind = self.below(20);
        let payment = match kind {
            0..10 => self.mostly(count, is_planned)?,
            10..15 => self.mostly(count, |one| is(one, State::Paid))?,
            _ => self.mostly(count, |one| model.payments[one].asked_by.is_some())?,
        };
        let agency = model.agency_of_payment(payment);
        let (who, version) = (self.manager(agency), model.payments[payment].version);
        let program = model.program_of(payment);
        let fits = |one: usize| is_planned(one) && model.program_of(one) == program;
        Some(match kind {
            0..3 => Step::Pay { who, payment, seen: self.seen(version), day: self.day(true) },
            3..5 => Step::Fail { who, payment, seen: self.seen(version) },
            5..8 => {
                let rows = (0..1 + self.below(4)).filter_map(|_| Some((self.mostly(count, fits)?, self.day(true))));
                Step::PayList { who, program, rows: rows.collect() }
            }
            8..10 => {
                let rows = (0..1 + self.below(3)).filter_map(|_| self.mostly(count, fits));
                Step::FailList { who, program, rows: rows.collect() }
            }
            10..12 => Step::Return { who: self.approver(agency), payment },
            12..15 => Step::AskReversal { who, payment },
            15..19 => Step::DecideReversal { who: self.approver(agency), payment, yes: self.chance(75) },
            _ => {
                let by = model.payments[payment].asked_by.unwrap_or(who);
                Step::WithdrawReversal { who: if self.chance(70) { by } else { who }, payment }
            }
        })
    }

    fn draw_batch(&mut self, model: &Model) -> Option<Step> {
        let open = |one: usize| !matches!(model.batches[one].stage, Stage::Closed | Stage::Cancelled);
        let count = model.batches.len();
        if (0..count).filter(|one| open(*one)).count() < 3 && self.chance(50) {
            let program = self.of(&[0, 0, 0, 1, 2, 3, 3, 3, 4]);
            let common = self.common(model, program)?;
            let partner = if self.chance(96) { Some(usize::from(self.chance(35))) } else { None };
            let who = self.manager(model.programs[common.program].agency);
            return Some(Step::Prepare { who, partner, amount: self.amount(), common });
        }
        let batch = self.mostly(count, open)?;
        let Batch { stage, version, ref task, .. } = model.batches[batch];
        let (agency, seen) = (model.agency_of_batch(batch), self.seen(version));
        let who = self.manager(agency);
        let stage = if self.chance(90) {
            stage
        } else {
            self.of(&[Stage::Draft, Stage::Submitted, Stage::Approved, Stage::HandedOver])?
        };
        Some(match (stage, self.below(10)) {
            (Stage::Draft, 0..2) => Step::Freeze { who, batch, seen, amount: self.amount() },
            (Stage::Draft, 2) if self.chance(40) => Step::Cancel { who, batch, seen },
            (Stage::Draft, _) => self.draw_submission(who, batch, seen, agency),
            (Stage::Submitted, 0) => {
                let by = task.as_ref().map_or(who, |task| task.by);
                Step::Withdraw { who: if self.chance(70) { by } else { who }, batch }
            }
            (Stage::Submitted, kind) => Step::Decide { who: self.approver(agency), batch, yes: kind > 1 },
            (Stage::Approved, _) => Step::HandOver { who, batch, seen },
            (Stage::HandedOver, 0) => {
                let fail = self.chance(60);
                let closer = if fail && self.chance(80) { self.approver(agency) } else { who };
                Step::Close { who: closer, batch, seen, fail }
            }
            _ => self.draw_report(model, batch, agency),
        })
    }

    fn draw_submission(&mut self, who: Who, batch: usize, seen: i64, agency: usize) -> Step {
        let needed = self.of(&[None, None, Some(1), Some(2)]).unwrap();
        let names = [Who::Approver(agency, 0), Who::Approver(agency, 1), Who::Manager(agency, 1)];
        let named = match self.below(12) {
            0 => names[..1].to_vec(),
            1 => names[..2].to_vec(),
            2 => names[1..].to_vec(),
            _ => Vec::new(),
        };
        Step::Submit { who, batch, seen, needed, named }
    }

    fn draw_report(&mut self, model: &Model, batch: usize, agency: usize) -> Step {
        let partner = Who::Partner(model.batches[batch].partner);
        let other = Who::Partner(self.below(PARTNERS.len()));
        let ours = if self.chance(80) { self.approver(agency) } else { self.manager(agency) };
        let who = self.of(&[partner, partner, partner, partner, partner, ours, other]).unwrap();
        let rows = (0..1 + self.below(5)).map(|_| self.draw_row(model, batch));
        let rows = rows.collect();
        Step::Report { who, batch, partial: self.chance(50), rows }
    }

    fn draw_row(&mut self, model: &Model, batch: usize) -> Row {
        let of_batch = |one: usize| model.payments[one].batch == Some(batch);
        let payment = if self.chance(97) { self.mostly(model.payments.len(), of_batch) } else { None };
        let standing = payment.map(|payment| &model.payments[payment]);
        let result = match standing.map(|payment| payment.state) {
            Some(State::Planned) => self.of(&[State::Paid, State::Paid, State::Failed]).unwrap(),
            Some(State::Paid) => self.of(&[State::Paid, State::Returned, State::Returned]).unwrap(),
            _ => self.of(&[State::Failed, State::Returned, State::Paid]).unwrap(),
        };
        let result =
            if self.chance(8) { self.of(&[State::Paid, State::Failed, State::Returned]).unwrap() } else { result };
        let is_paid = result == State::Paid;
        let right = standing.map(|payment| payment.amount);
        let amount = match self.below(20) {
            0 => Some(299_999),
            1 => None,
            _ => right.filter(|_| is_paid),
        };
        Row {
            payment,
            result,
            amount,
            // As it was reported before, mostly.
            day: if is_paid && self.chance(90) { Day::One } else { self.day(is_paid) },
            proof: if is_paid { Some(if self.chance(90) { "TRF-1" } else { "TRF-2" }) } else { None },
            reason: match self.below(20) {
                0 if is_paid => Some("other"),
                0 => None,
                1..4 if !is_paid => Some("account_invalid"),
                _ if is_paid => None,
                _ => Some("not_found"),
            },
        }
    }
}
