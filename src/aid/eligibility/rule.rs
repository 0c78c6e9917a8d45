//! A checked rule: what remains of the text once every name and type in it is known.

use super::catalogue::{Field, FieldClass};
use super::check::{check_condition, check_member};
use super::fault::RuleFault;
use super::outline::{Joined, Outline, outline};
use crate::registry::code_book::CodeBook;

/// A rule that has been checked against the catalogue and a code book.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub text: String,
    /// The whole, with the clauses that it is made of.
    pub clause: Clause,
    /// Which members of an eligible household are served, where a programme serves individuals.
    pub beneficiary: Option<MemberRule>,
}

/// Says of one member, `m`, whether a programme serves them.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberRule {
    /// As it was written.
    pub text: String,
    /// What it says; it asks for nothing but the member's own fields.
    pub condition: Condition,
}

/// A part of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// As it was written, without brackets around it.
    pub text: String,
    /// What it says.
    pub condition: Condition,
    /// The parts that it is made of.
    pub joined: Joined<Clause>,
}

impl Rule {
    /// Checks a rule.
    ///
    /// # Errors
    /// All faults of the text, in its order.
    pub fn parse(text: &str, book: &CodeBook) -> Result<Self, Vec<RuleFault>> {
        let condition = check_condition(text, book)?;
        // What the outline cannot take apart is shown as one clause.
        let clause = Clause::of(text, &outline(text), book).unwrap_or_else(|| Clause {
            text: text.trim().to_owned(),
            condition,
            joined: Joined::Single,
        });
        Ok(Self { text: text.to_owned(), clause, beneficiary: None })
    }

    /// What the whole rule says.
    pub fn condition(&self) -> &Condition {
        &self.clause.condition
    }

    /// The clauses that all must be true.
    pub fn clauses(&self) -> &[Clause] {
        match &self.clause.joined {
            Joined::All(clauses) => clauses,
            _ => std::slice::from_ref(&self.clause),
        }
    }

    /// The fields that the rule asks for, each once, in the order of the text.
    pub fn fields(&self) -> Vec<&'static Field> {
        let mut fields = self.condition().fields();
        for field in self.beneficiary.iter().flat_map(|member| member.condition.fields()) {
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
        fields
    }

    /// The programmes that the rule asks for, each once, in the order of the text.
    pub fn programs(&self) -> Vec<String> {
        self.condition().programs()
    }

    /// Whether the rule asks for illness, disability and the like.
    pub fn is_sensitive(&self) -> bool {
        self.fields().iter().any(|field| field.class == FieldClass::Sensitive)
    }
}

impl MemberRule {
    /// Checks the words that say which members are served.
    ///
    /// # Errors
    /// All faults of the text, in its order.
    pub fn parse(text: &str, book: &CodeBook) -> Result<Self, Vec<RuleFault>> {
        Ok(Self { text: text.to_owned(), condition: check_member(text, book)? })
    }
}

impl Clause {
    fn of(text: &str, outline: &Outline, book: &CodeBook) -> Option<Self> {
        let part = |outline: &Outline| Self::of(text, outline, book);
        let parts = |outlines: &[Outline]| outlines.iter().map(part).collect::<Option<Vec<Self>>>();
        let joined = match &outline.joined {
            Joined::Single => Joined::Single,
            Joined::All(outlines) => Joined::All(parts(outlines)?),
            Joined::Any(outlines) => Joined::Any(parts(outlines)?),
            Joined::Not(outline) => Joined::Not(Box::new(part(outline)?)),
        };
        let text = text.get(outline.range.clone())?;
        let condition = match &joined {
            Joined::Single => check_condition(text, book).ok()?,
            Joined::All(parts) => folded(parts, Condition::And)?,
            Joined::Any(parts) => folded(parts, Condition::Or)?,
            Joined::Not(part) => Condition::Not(Box::new(part.condition.clone())),
        };
        Some(Self { text: text.to_owned(), condition, joined })
    }
}

fn folded(parts: &[Clause], join: fn(Box<Condition>, Box<Condition>) -> Condition) -> Option<Condition> {
    parts.iter().map(|part| part.condition.clone()).reduce(|left, right| join(Box::new(left), Box::new(right)))
}

/// A condition: true, false or unknown of one household, or of one of its members.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `true` or `false` as written.
    Constant(bool),
    /// A boolean field.
    Holds(&'static Field),
    /// `has(…)`: the question was answered. Never unknown.
    Answered(&'static Field),
    /// `!`.
    Not(Box<Condition>),
    /// `&&`.
    And(Box<Condition>, Box<Condition>),
    /// `||`.
    Or(Box<Condition>, Box<Condition>),
    /// `a ? b : c`; unknown where `a` is.
    If(Box<[Condition; 3]>),
    /// Two numbers compared.
    Compare(Number, Comparison, Number),
    /// A number is one of these.
    NumberIn(Number, Vec<i64>),
    /// A word, text or region is one of these; never empty.
    OneOf(&'static Field, Vec<String>),
    /// A text or region holds this part.
    Contains(&'static Field, Part, String),
    /// The household stands in the programme of this code. Never unknown.
    Enrolled(String),
    /// `members.exists(m, …)`.
    SomeMember(Box<Condition>),
    /// `members.all(m, …)`.
    EveryMember(Box<Condition>),
}

/// A whole number, or unknown.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// As written.
    Constant(i64),
    /// A numeric field.
    Field(&'static Field),
    /// How many members satisfy a condition, or are there at all; unknown if it is of any member.
    Members(Option<Box<Condition>>),
    /// `a + b`, `a - b`, `a * b`.
    Calculated(Box<Number>, Operation, Box<Number>),
    /// `a ? b : c`.
    If(Box<Condition>, Box<Number>, Box<Number>),
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// The comparison that holds just where this one does not.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::AtLeast,
            Self::AtMost => Self::Greater,
            Self::Greater => Self::AtMost,
            Self::AtLeast => Self::Less,
        }
    }

    /// The same comparison with its sides exchanged: `4 >= x` for `x <= 4`.
    pub const fn exchanged(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::AtMost => Self::AtLeast,
            Self::Greater => Self::Less,
            Self::AtLeast => Self::AtMost,
        }
    }

    /// Whether it holds of two known numbers.
    pub const fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Greater => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

/// How two numbers are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
}

/// Where in a text a part must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `startsWith`
    Start,
    /// `endsWith`
    End,
    /// `contains`
    Anywhere,
}

/// Something of the household that a rule names.
#[derive(Debug, Clone, Copy)]
pub enum Mention<'a> {
    /// A field.
    Field(&'static Field),
    /// The code of a programme.
    Program(&'a str),
    /// A condition on single members; what it names follows.
    Members(&'a Condition),
}

impl Condition {
    /// The fields in the condition, each once, in the order of the text.
    pub fn fields(&self) -> Vec<&'static Field> {
        let mut fields: Vec<&'static Field> = Vec::new();
        self.mentions(&mut |mention| keep_field(&mut fields, mention));
        fields
    }

    /// Whether the condition asks for illness, disability and the like.
    pub fn is_sensitive(&self) -> bool {
        self.fields().iter().any(|field| field.class == FieldClass::Sensitive)
    }

    /// The programmes in the condition, each once, in the order of the text.
    pub fn programs(&self) -> Vec<String> {
        let mut programs: Vec<String> = Vec::new();
        self.mentions(&mut |mention| match mention {
            Mention::Program(program) if !programs.iter().any(|known| known == program) => {
                programs.push(program.to_owned())
            }
            _ => {}
        });
        programs
    }

    /// The conditions on single members in the condition.
    pub fn member_conditions(&self) -> Vec<&Condition> {
        let mut conditions = Vec::new();
        self.mentions(&mut |mention| {
            if let Mention::Members(condition) = mention {
                conditions.push(condition);
            }
        });
        conditions
    }

    /// Calls `seen` for all that the condition names, in the order of the text.
    pub fn mentions<'a>(&'a self, seen: &mut dyn FnMut(Mention<'a>)) {
        match self {
            Self::Constant(_) => {}
            Self::Holds(field) | Self::Answered(field) | Self::OneOf(field, _) | Self::Contains(field, ..) => {
                seen(Mention::Field(field));
            }
            Self::Not(inner) => inner.mentions(seen),
            Self::And(left, right) | Self::Or(left, right) => {
                left.mentions(seen);
                right.mentions(seen);
            }
            Self::If(parts) => parts.iter().for_each(|part| part.mentions(seen)),
            Self::Compare(left, _, right) => {
                left.mentions(seen);
                right.mentions(seen);
            }
            Self::NumberIn(number, _) => number.mentions(seen),
            Self::Enrolled(program) => seen(Mention::Program(program)),
            Self::SomeMember(condition) | Self::EveryMember(condition) => {
                seen(Mention::Members(condition));
                condition.mentions(seen);
            }
        }
    }
}

fn keep_field(fields: &mut Vec<&'static Field>, mention: Mention<'_>) {
    match mention {
        Mention::Field(field) if !fields.contains(&field) => fields.push(field),
        _ => {}
    }
}

impl Number {
    /// The fields in the number, each once, in the order of the text.
    pub fn fields(&self) -> Vec<&'static Field> {
        let mut fields: Vec<&'static Field> = Vec::new();
        self.mentions(&mut |mention| keep_field(&mut fields, mention));
        fields
    }

    /// Calls `seen` for all that the number is made of, in the order of the text.
    pub fn mentions<'a>(&'a self, seen: &mut dyn FnMut(Mention<'a>)) {
        match self {
            Self::Constant(_) | Self::Members(None) => {}
            Self::Field(field) => seen(Mention::Field(field)),
            Self::Members(Some(condition)) => {
                seen(Mention::Members(condition));
                condition.mentions(seen);
            }
            Self::Calculated(left, _, right) => {
                left.mentions(seen);
                right.mentions(seen);
            }
            Self::If(condition, then, otherwise) => {
                condition.mentions(seen);
                then.mentions(seen);
                otherwise.mentions(seen);
            }
        }
    }
}
