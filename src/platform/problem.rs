//! Refusals and failures as RFC 9457 problems.
//!
//! Every refusal has one [`Code`]: a constant that stands in the feature whose rule it is (`codes!` in its `mod.rs`),
//! with its status and its text in Indonesian and English. A handler or service returns `Result<_, Problem>`
//! and writes `Err(NOT_ELIGIBLE.into())`, or adds what the caller needs to mend it:
//! `NOT_ELIGIBLE.with("explanation", &explanation)`. What the database refuses becomes the same code by the
//! constraint's name ([`constraints`]), so that a race and a friendly check read alike.

pub mod codes;
pub mod constraints;
mod language;
mod render;

pub use language::Language;
pub use render::{FieldFaultBody, ProblemBody, Refusal, localise};

use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// One kind of refusal: stable for clients, explained at `/problems/{code}`.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// HTTP status that goes with it.
    pub status: u16,
    /// Stable name in kebab-case.
    pub code: &'static str,
    /// What it says in Indonesian.
    pub indonesian: &'static str,
    /// What it says in English.
    pub english: &'static str,
    /// What brings it about.
    pub cause: Words,
    /// What the caller can do.
    pub remedy: Words,
}

/// A text of ours in two languages.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Indonesian.
    #[serde(rename = "id")]
    pub indonesian: &'static str,
    /// English.
    #[serde(rename = "en")]
    pub english: &'static str,
}

impl Code {
    /// A problem of this kind with one more member, such as the id of what stands in the way.
    #[must_use]
    pub fn with(&'static self, name: &str, value: impl Serialize) -> Problem {
        Problem::from(self).with(name, value)
    }

    /// A problem of this kind that names wrong fields.
    #[must_use]
    pub fn fields(&'static self, errors: Vec<FieldFault>) -> Problem {
        Problem { errors, ..Problem::from(self) }
    }

    /// A problem of this kind that names one wrong field.
    #[must_use]
    pub fn field(
        &'static self,
        pointer: impl Into<String>,
        indonesian: impl Into<String>,
        english: impl Into<String>,
    ) -> Problem {
        self.fields(vec![FieldFault::new(pointer, indonesian, english)])
    }
}

/// A text that stands in two languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bilingual {
    /// Indonesian, the default.
    pub indonesian: String,
    /// English, where `Accept-Language` asks.
    pub english: String,
}

impl Bilingual {
    /// Both texts.
    pub fn new(indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        Self { indonesian: indonesian.into(), english: english.into() }
    }
}

/// One wrong field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// JSON pointer (RFC 6901) into the body, or the name of the parameter.
    pub pointer: String,
    /// What is wrong, never with the value itself.
    pub message: Bilingual,
    /// "Did you mean …".
    pub suggestion: Option<String>,
    /// For a fault inside a text (a rule): where it begins and how long it is, in characters.
    pub span: Option<(usize, usize)>,
}

impl FieldFault {
    /// A fault without suggestion or place.
    pub fn new(pointer: impl Into<String>, indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: Bilingual::new(indonesian, english), suggestion: None, span: None }
    }

    /// That the field must be there.
    pub fn required(pointer: impl Into<String>) -> Self {
        Self::new(pointer, "wajib diisi", "is required")
    }
}

/// A refusal or failure on its way to the caller.
#[derive(Debug)]
pub struct Problem {
    /// Its kind.
    pub code: &'static Code,
    /// What is particular this time; the code's own text otherwise.
    pub detail: Option<Bilingual>,
    /// Wrong fields, all at once.
    pub errors: Vec<FieldFault>,
    /// Further members.
    pub extra: Map<String, Value>,
    /// Seconds to wait, for 429 and 503.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.extra.insert(name.to_owned(), value);
        self
    }

    /// Replaces the code's text by a more particular one.
    #[must_use]
    pub fn detail(mut self, indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        self.detail = Some(Bilingual::new(indonesian, english));
        self
    }

    /// A failure of ours: the cause goes to the log, the caller learns only that it was ours.
    pub fn internal(cause: impl fmt::Display) -> Self {
        log::error!("internal failure: {cause}");
        Self::from(&codes::INTERNAL)
    }
}

impl From<&'static Code> for Problem {
    fn from(code: &'static Code) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            extra: Map::new(),
            retry_after: matches!(code.status, 429 | 503).then_some(1),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code.status, self.code.code)
    }
}

impl std::error::Error for Problem {}

impl From<diesel::result::Error> for Problem {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match error {
            Error::NotFound => Self::from(&codes::NOT_FOUND),
            Error::DatabaseError(Kind::SerializationFailure, _) => Self::from(&codes::BUSY),
            // Diesel has no kind for a lock that was not to be had in time, or that went in a circle.
            Error::DatabaseError(Kind::Unknown, information) if is_about_locks(information.message()) => {
                Self::from(&codes::BUSY)
            }
            // A NUL is valid JSON and no PostgreSQL text.
            Error::DatabaseError(Kind::Unknown, information)
                if information.message().starts_with("invalid byte sequence for encoding") =>
            {
                Self::from(&codes::MALFORMED)
            }
            Error::DatabaseError(_, information) if is_about_the_connection(information.message()) => {
                lost(information.message())
            }
            Error::DatabaseError(kind, information) => {
                match information.constraint_name().and_then(constraints::code_of) {
                    Some(code) => Self::from(code),
                    None => Self::internal(format!("{kind:?}: {}", information.message())),
                }
            }
            other => Self::internal(other),
        }
    }
}

fn is_about_locks(message: &str) -> bool {
    message.starts_with("canceling statement due to lock timeout")
        || message.starts_with("canceling statement due to statement timeout")
        || message.starts_with("deadlock detected")
}

/// Whether PostgreSQL went down, is not up yet, or was told to let this connection go.
fn is_about_the_connection(message: &str) -> bool {
    ["connection closed", "error communicating with the server", "terminating connection", "the database system is "]
        .iter()
        .any(|beginning| message.starts_with(beginning))
}

/// Whether what was asked is done, only asking again tells.
fn lost(message: &str) -> Problem {
    log::warn!("connection lost: {message}");
    Problem::from(&codes::BUSY)
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refusal) if is_about_the_connection(refusal.message()) => lost(refusal.message()),
            None if is_about_the_connection(&error.to_string()) => lost(&error.to_string()),
            Some(refusal) => match refusal.constraint().and_then(constraints::code_of) {
                Some(code) => Self::from(code),
                None => Self::internal(refusal.message()),
            },
            None => Self::internal(error),
        }
    }
}

/// Shorthand of every fallible function that a handler can reach.
pub type Outcome<T> = Result<T, Problem>;
