//! JSON bodies, checked before a handler sees them: every wrong field told at once with a JSON pointer.

mod objects_only;
mod shape;

use super::{
    problem::{FieldFault, Outcome, Problem, codes},
    request::media_type_of,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Bytes};
use garde::Validate;
use objects_only::ObjectsOnly;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{future::Future, pin::Pin};
use utoipa::ToSchema;

/// A JSON body that passed all checks of form, and its bytes (for the digest of an idempotent request).
pub struct ValidJson<T> {
    /// What it says.
    pub value: T,
    /// As it came.
    pub bytes: Bytes,
}

impl<T> ValidJson<T> {
    /// What it says.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T> FromRequest for ValidJson<T>
where
    T: DeserializeOwned + Validate<Context = ()> + ToSchema + 'static,
{
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Outcome<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = media_type_of(request) == "application/json";
        let body = Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(Problem::from(&codes::UNSUPPORTED_MEDIA));
            }
            let bytes = body.await.map_err(body_fault)?;
            match read(&bytes) {
                Ok(value) => Ok(Self { value, bytes }),
                Err(problem) => Err(with_all_faults::<T>(problem, &bytes)),
            }
        })
    }
}

/// Serde stops at the first field of wrong form; the others are told with it.
fn with_all_faults<T: ToSchema>(mut problem: Problem, bytes: &[u8]) -> Problem {
    if problem.code == &codes::INVALID {
        for fault in shape::faults::<T>(bytes) {
            if problem.errors.iter().all(|told| told.pointer != fault.pointer) {
                problem.errors.push(fault);
            }
        }
        problem.errors.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    }
    problem
}

fn body_fault(error: actix_web::Error) -> Problem {
    let too_large = error.as_response_error().status_code() == actix_web::http::StatusCode::PAYLOAD_TOO_LARGE;
    Problem::from(if too_large { &codes::TOO_LARGE } else { &codes::MALFORMED })
}

/// Reads and checks a JSON text.
///
/// # Errors
/// `malformed-request` where it is no JSON or lacks the form; `invalid-fields` with all wrong fields.
pub fn read<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Outcome<T> {
    let value: T = read_form(bytes)?;
    check(&value)?;
    Ok(value)
}

/// Reads a JSON text without checking its values.
///
/// # Errors
/// `malformed-request`, or `invalid-fields` with the first field of wrong form.
pub fn read_form<T: DeserializeOwned>(bytes: &[u8]) -> Outcome<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = read_from(&mut json)?;
    json.end().map_err(|error| no_json(&error))?;
    Ok(value)
}

/// Reads and checks an object whose members are at hand.
///
/// # Errors
/// As [`read`].
pub fn read_object<T: DeserializeOwned + Validate<Context = ()>>(object: Map<String, Value>) -> Outcome<T> {
    let value: T = read_from(Value::Object(object))?;
    check(&value)?;
    Ok(value)
}

fn read_from<'de, T: Deserialize<'de>>(json: impl Deserializer<'de, Error = serde_json::Error>) -> Outcome<T> {
    serde_path_to_error::deserialize(ObjectsOnly(json)).map_err(|error| {
        let pointer = pointer_of(&error.path().to_string());
        let inner = error.into_inner();
        if inner.is_data() {
            codes::INVALID.fields(vec![form_fault(pointer, &inner.to_string())])
        } else {
            no_json(&inner)
        }
    })
}

/// What is no JSON, and where it ceases to be.
fn no_json(error: &serde_json::Error) -> Problem {
    codes::MALFORMED.with("line", error.line()).with("column", error.column())
}

/// `a.b[0].r#type` as a JSON pointer: `/a/b/0/type`.
fn pointer_of(path: &str) -> String {
    if path == "." || path.is_empty() {
        return String::new();
    }
    let parts = path.replace('[', ".").replace(']', "");
    let names = parts.split('.').map(|part| part.strip_prefix("r#").unwrap_or(part)).filter(|part| !part.is_empty());
    names.fold(String::new(), |pointer, name| pointer + "/" + name)
}

/// What serde refuses (an unknown field, a missing one, a wrong type), in words of ours: its own could
/// quote the value.
pub(super) fn form_fault(pointer: String, text: &str) -> FieldFault {
    let quoted: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    if text.starts_with("missing field") {
        let field = quoted.first().copied().unwrap_or_default();
        FieldFault::required(format!("{pointer}/{field}"))
    } else if text.starts_with("unknown field") {
        // The path already ends at the unknown field.
        let (field, known) = quoted.split_first().map_or(("", &[][..]), |(field, known)| (*field, known));
        let at = if pointer.ends_with(&format!("/{field}")) { pointer } else { format!("{pointer}/{field}") };
        FieldFault { suggestion: nearest(field, known), ..FieldFault::new(at, "tidak dikenal", "is not known") }
    } else if text.starts_with("unknown variant") {
        let known = quoted.get(1..).unwrap_or_default().join(", ");
        FieldFault::new(pointer, format!("harus salah satu dari: {known}"), format!("must be one of: {known}"))
    } else {
        FieldFault::new(pointer, "jenis atau bentuk nilai tidak sesuai", "has the wrong type or form")
    }
}

/// The known name that was perhaps meant.
#[must_use]
pub fn nearest(name: &str, known: &[&str]) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// Checks the values of what was read.
///
/// # Errors
/// `invalid-fields` with all wrong fields.
pub fn check(value: &impl Validate<Context = ()>) -> Outcome<()> {
    value.validate().map_err(|report| codes::INVALID.fields(value_faults(&report)))
}

/// What a check of values refuses, by pointer.
pub(super) fn value_faults(report: &garde::Report) -> Vec<FieldFault> {
    let faults = report.iter().map(|(path, error)| {
        let (indonesian, english) = in_two_languages(error.message());
        FieldFault::new(pointer_of(&path.to_string()), indonesian, english)
    });
    let mut faults: Vec<FieldFault> = faults.collect();
    faults.sort_by(|one, other| one.pointer.cmp(&other.pointer));
    faults
}

/// What the library's own checks say, and what we say instead.
const LIBRARY_WORDS: &[(&str, &str, &str)] = &[
    ("length is lower than ", "lebih pendek dari", "is shorter than"),
    ("length is greater than ", "lebih panjang dari", "is longer than"),
    ("lower than ", "kurang dari", "is less than"),
    ("greater than ", "lebih dari", "is greater than"),
];

/// A check of ours writes both languages around a bar; the library's own are put into our words.
fn in_two_languages(message: &str) -> (String, String) {
    if let Some((indonesian, english)) = message.split_once(" | ") {
        return (indonesian.to_owned(), english.to_owned());
    }
    let ours = LIBRARY_WORDS.iter().find_map(|(theirs, indonesian, english)| {
        let bound = message.strip_prefix(theirs)?;
        Some((format!("{indonesian} {bound}"), format!("{english} {bound}")))
    });
    ours.unwrap_or_else(|| (message.to_owned(), message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[garde(length(min = 1))]
        name: String,
        #[garde(range(min = 1))]
        amount_idr: i64,
    }

    fn pointers(text: &str) -> Vec<String> {
        let problem = read::<Example>(text.as_bytes()).unwrap_err();
        problem.errors.iter().map(|fault| fault.pointer.clone()).collect()
    }

    #[test]
    fn every_wrong_field_is_told_at_once() {
        assert_eq!(pointers(r#"{"name":"","amount_idr":0}"#), ["/amount_idr", "/name"]);
    }

    #[test]
    fn an_unknown_field_is_refused_with_a_suggestion() {
        let problem = read::<Example>(br#"{"name":"x","amount_irp":1}"#).unwrap_err();
        assert_eq!(problem.errors[0].pointer, "/amount_irp");
        assert_eq!(problem.errors[0].suggestion.as_deref(), Some("amount_idr"));
    }

    #[test]
    fn a_fraction_of_a_rupiah_is_refused() {
        assert_eq!(pointers(r#"{"name":"x","amount_idr":1.5}"#), ["/amount_idr"]);
    }

    #[derive(Debug, PartialEq, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Nest {
        #[garde(skip)]
        inner: Option<Inner>,
        #[garde(skip)]
        list: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        name: String,
    }

    #[test]
    fn an_array_is_no_object_at_whatever_depth() {
        assert_eq!(pointers(r#"["x",1]"#), [""]);
        let wrong = |text: &str| read::<Nest>(text.as_bytes()).unwrap_err().errors[0].pointer.clone();
        assert_eq!(wrong(r#"{"inner":["x"],"list":[]}"#), "/inner");
        assert_eq!(wrong(r#"{"inner":null,"list":[["x"]]}"#), "/list/0");
        let right = read::<Nest>(br#"{"inner":{"name":"a"},"list":[{"name":"b"}]}"#).unwrap();
        let named = |name: &str| Inner { name: name.to_owned() };
        assert_eq!(right, Nest { inner: Some(named("a")), list: vec![named("b")] });
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        assert_eq!(read::<Example>(b"{").unwrap_err().code, &codes::MALFORMED);
    }
}
