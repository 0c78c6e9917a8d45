//! What callers ask.

use super::model::{Code, State, need};

/// Who calls: a role of an agency (by number), and which person of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Manager(usize, usize),
    Approver(usize, usize),
    /// An approver who is the agency's first manager, too.
    Twin(usize),
    Partner(usize),
    Auditor,
}

impl Who {
    /// The natural person.
    pub const fn person(self) -> Self {
        match self {
            Self::Twin(agency) => Self::Manager(agency, 0),
            other => other,
        }
    }

    pub fn manages(self) -> Result<usize, Code> {
        if let Self::Manager(agency, _) = self { Ok(agency) } else { Err("forbidden") }
    }

    pub fn approves(self) -> Result<usize, Code> {
        if let Self::Approver(agency, _) | Self::Twin(agency) = self { Ok(agency) } else { Err("forbidden") }
    }
}

/// A day of paying: one of two that fit any period, none, or one out of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    None,
    One,
    Other,
    Early,
    Ahead,
}

impl Day {
    pub const fn date(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::One => Some("2026-11-01"),
            Self::Other => Some("2026-11-02"),
            Self::Early => Some("2025-12-31"),
            Self::Ahead => Some("2036-01-01"),
        }
    }

    /// That something is paid on it, or planned without one.
    pub fn fits(self, paid: bool) -> Result<(), Code> {
        need(if paid { matches!(self, Self::One | Self::Other) } else { self == Self::None }, "invalid-fields")
    }
}

/// What a partner says of a payment: paid, failed or returned, with what belongs to it or not.
#[derive(Clone, Debug)]
pub struct Row {
    /// None: a payment that nobody knows.
    pub payment: Option<usize>,
    pub result: State,
    pub amount: Option<i64>,
    pub day: Day,
    pub proof: Option<&'static str>,
    pub reason: Option<&'static str>,
}

/// What is asked of many at once.
#[derive(Clone, Copy, Debug)]
pub struct Common {
    pub program: usize,
    pub period: usize,
    pub paid: bool,
    pub day: Day,
    pub budget: Option<usize>,
}

/// A request.
#[derive(Clone, Debug)]
pub enum Step {
    NewFund {
        who: Who,
        code: usize,
        amount: i64,
    },
    ReviseFund {
        who: Who,
        fund: usize,
        amount: i64,
    },
    NewBudget {
        who: Who,
        fund: usize,
        line: usize,
        amount: i64,
    },
    ReviseBudget {
        who: Who,
        budget: usize,
        amount: i64,
    },
    Link {
        who: Who,
        program: usize,
        budget: usize,
    },
    Enrolment {
        enrolment: usize,
        active: bool,
    },
    Record {
        who: Who,
        enrolment: usize,
        amount: Option<i64>,
        common: Common,
    },
    RecordList {
        who: Who,
        common: Common,
        rows: Vec<(usize, Option<i64>)>,
    },
    RecordAll {
        who: Who,
        amount: Option<i64>,
        common: Common,
    },
    Pay {
        who: Who,
        payment: usize,
        seen: i64,
        day: Day,
    },
    Fail {
        who: Who,
        payment: usize,
        seen: i64,
    },
    PayList {
        who: Who,
        program: usize,
        rows: Vec<(usize, Day)>,
    },
    FailList {
        who: Who,
        program: usize,
        rows: Vec<usize>,
    },
    Return {
        who: Who,
        payment: usize,
    },
    AskReversal {
        who: Who,
        payment: usize,
    },
    DecideReversal {
        who: Who,
        payment: usize,
        yes: bool,
    },
    WithdrawReversal {
        who: Who,
        payment: usize,
    },
    Prepare {
        who: Who,
        partner: Option<usize>,
        amount: Option<i64>,
        common: Common,
    },
    Freeze {
        who: Who,
        batch: usize,
        seen: i64,
        amount: Option<i64>,
    },
    Submit {
        who: Who,
        batch: usize,
        seen: i64,
        needed: Option<usize>,
        named: Vec<Who>,
    },
    Withdraw {
        who: Who,
        batch: usize,
    },
    Decide {
        who: Who,
        batch: usize,
        yes: bool,
    },
    HandOver {
        who: Who,
        batch: usize,
        seen: i64,
    },
    Report {
        who: Who,
        batch: usize,
        partial: bool,
        rows: Vec<Row>,
    },
    Close {
        who: Who,
        batch: usize,
        seen: i64,
        fail: bool,
    },
    Cancel {
        who: Who,
        batch: usize,
        seen: i64,
    },
    /// What was asked before, under its key: this one of those that made something.
    Again {
        which: usize,
        otherwise: bool,
    },
}
