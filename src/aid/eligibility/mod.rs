//! Who is eligible: rules written in CEL over a published catalogue of fields.
//!
//! A rule is a text such as `household.decile <= 4 && members.exists(m, m.age >= 60)`. It is checked once, when
//! it is written ([`Rule::parse`]), and then judged in two ways that know nothing of each other:
//! [`compile`] turns it into one SQL condition for all households, and [`explain`] lets the `cel` crate's own
//! interpreter judge one household, clause by clause. A property test holds them against each other.
//!
//! Both follow the same logic of three values. An unanswered question is unknown, neither yes nor no; unknown
//! goes through `&&`, `||` and `!` as in SQL (`false && unknown` is false, `true || unknown` is true, all else
//! with unknown in it is unknown); `members.exists` is true if it is of one member, else unknown if it is of one,
//! else false, and `members.all` the other way round; a count is unknown if it is of one member. A household of
//! whom the rule is unknown is not eligible, and the explanation names the answers that are missing.
//!
//! A programme that serves individuals says besides which members of an eligible household it serves, as a condition on
//! one member ([`MemberRule`]): `m.age >= 60`. Both ways judge it, after the household.
//!
//! This folder is pure: no database, no HTTP. [`words`] is the code book, [`catalogue`] the fields.

mod calls;
pub mod catalogue;
pub mod check;
mod equality;
pub mod explain;
pub mod facts;
mod fault;
mod fields;
pub mod interpret;
mod outline;
mod places;
pub mod ranking;
pub mod rule;
pub mod sql;
mod sql_explanation;
mod sql_numbers;
mod typing;

pub use crate::registry::code_book::CodeBook;
pub use catalogue::{EligibilityField, FieldClass, FieldScope, FieldType};
pub use explain::{ClauseVerdict, Explanation, explain, judge};
pub use facts::HouseholdFacts;
pub use fault::{RuleFault, RuleFaultCode, TextRange};
pub use interpret::Verdict;
pub use ranking::{Ranking, RankingExpression, RankingOrder};
pub use rule::{Clause, MemberRule, Rule};
pub use sql::{CompiledClause, CompiledRule, compile};
