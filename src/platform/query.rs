//! Query parameters, checked before a handler sees them: every wrong one is told at once, by its name.

use super::{
    json::{form_fault, nearest, value_faults},
    page::{Page, PageParams},
    problem::{FieldFault, Outcome, codes},
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, error::QueryPayloadError, web::Query};
use garde::Validate;
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::HashSet,
    future::{Ready, ready},
    sync::Arc,
};

/// Anything that writes can be tried; the caller's matter (`Principal::dry_run`), not the route's.
pub const DRY_RUN: &str = "dry_run";
/// What [`PagedQuery`] takes beside a filter's own.
const PAGING: &[&str] = &["limit", "cursor"];

/// Parameters that passed all checks; unknown ones are refused.
pub struct ValidQuery<T>(pub T);

/// The parameters of a list: a filter, and which page.
pub struct PagedQuery<T> {
    /// Which rows.
    pub filter: T,
    /// Which page of them.
    pub page: Page,
}

/// For a list that can't be narrowed.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

impl<T: DeserializeOwned + Validate<Context = ()> + 'static> FromRequest for ValidQuery<T> {
    type Error = super::problem::Problem;
    type Future = Ready<Outcome<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parameters_of(request).map(Self))
    }
}

/// The parameters of a request, checked.
///
/// # Errors
/// `invalid-fields` with all that are wrong.
pub fn parameters_of<T: DeserializeOwned + Validate<Context = ()>>(request: &HttpRequest) -> Outcome<T> {
    checked(&pairs(request.query_string()), &[]).map_err(|faults| codes::INVALID.fields(faults))
}

impl<T: DeserializeOwned + Validate<Context = ()> + 'static> FromRequest for PagedQuery<T> {
    type Error = super::problem::Problem;
    type Future = Ready<Outcome<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(paged(request.query_string()).map_err(|faults| codes::INVALID.fields(faults)))
    }
}

fn paged<T: DeserializeOwned + Validate<Context = ()>>(query: &str) -> Result<PagedQuery<T>, Vec<FieldFault>> {
    let (paging, filter): (Vec<_>, Vec<_>) =
        pairs(query).into_iter().partition(|(name, _)| PAGING.contains(&name.as_str()));
    match (checked::<PageParams>(&paging, &[]), checked(&filter, PAGING)) {
        (Ok(page), Ok(filter)) => page.page().map(|page| PagedQuery { filter, page }).map_err(|problem| problem.errors),
        (page, filter) => Err(page.err().into_iter().chain(filter.err()).flatten().collect()),
    }
}

/// Names and values, decoded; without what asks to try only.
fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().filter(|(name, _)| name != DRY_RUN).collect()
}

/// The parameters as `T`, or everything that is wrong with them. Each is first read alone, so that one that can't be
/// read hides no other.
fn checked<T: DeserializeOwned + Validate<Context = ()>>(
    pairs: &[(String, String)],
    also_known: &[&str],
) -> Result<T, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut sound = Vec::new();
    for (at, pair) in pairs.iter().enumerate() {
        match fault_of::<T>(&pairs[..at], pair, also_known) {
            Some(fault) => faults.push(fault),
            None => sound.push(pair.clone()),
        }
    }
    match read::<T>(&sound) {
        Ok(value) => {
            faults.extend(value.validate().err().iter().flat_map(value_faults).map(by_name));
            if faults.is_empty() {
                return Ok(value);
            }
        }
        // One that must be there is not, or was told to be wrong.
        Err(text) => {
            let missing = by_name(form_fault(String::new(), &text));
            if faults.iter().all(|fault| fault.pointer != missing.pointer) {
                faults.push(missing);
            }
        }
    }
    Err(faults)
}

fn fault_of<T: DeserializeOwned>(
    before: &[(String, String)],
    pair: &(String, String),
    also_known: &[&str],
) -> Option<FieldFault> {
    let (name, value) = pair;
    if before.iter().any(|(other, _)| other == name) {
        return Some(FieldFault::new(name, "hanya boleh disebut satu kali", "must be named once only"));
    }
    if value.contains('\0') {
        return Some(by_name(form_fault(name.clone(), "")));
    }
    match read::<T>(std::slice::from_ref(pair)) {
        Ok(_) => None,
        Err(text) if text.starts_with("missing field") => None,
        Err(text) => {
            let fault = FieldFault { pointer: name.clone(), ..form_fault(format!("/{name}"), &text) };
            let unknown = text.starts_with("unknown field") && fault.suggestion.is_none();
            Some(if unknown { FieldFault { suggestion: meant(name, also_known), ..fault } } else { fault })
        }
    }
}

fn meant(name: &str, known: &[&str]) -> Option<String> {
    nearest(name, &[known, &[DRY_RUN]].concat())
}

/// A parameter is named, a field of a body pointed at.
fn by_name(fault: FieldFault) -> FieldFault {
    FieldFault { pointer: fault.pointer.trim_start_matches('/').to_owned(), ..fault }
}

fn read<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, String> {
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Query::<T>::from_query(&text).map(Query::into_inner).map_err(|error| match error {
        QueryPayloadError::Deserialize(error) => error.to_string(),
        other => other.to_string(),
    })
}

/// The routes that take parameters of their own, as method and pattern; they check them themselves.
#[derive(Debug, Clone, Default)]
pub struct RoutesWithQueries(pub Arc<HashSet<(String, String)>>);

/// Whether the request only tries. `dry_run` is `true` or `false`, once; and where a route takes no parameters, none may
/// stand: somebody who means to try must not find that it was done.
///
/// # Errors
/// `invalid-fields`.
pub fn dry_run_of(request: &HttpRequest) -> Outcome<bool> {
    if request.query_string().is_empty() {
        return Ok(false);
    }
    let checks_itself = request.app_data::<RoutesWithQueries>().is_none_or(|routes| {
        let pattern = request.match_pattern().unwrap_or_default();
        routes.0.contains(&(request.method().as_str().to_owned(), pattern))
    });
    let unknown = pairs(request.query_string()).into_iter().filter(|_| !checks_itself).map(|(name, _)| FieldFault {
        suggestion: meant(&name, &[]),
        ..FieldFault::new(name, "tidak dikenal", "is not known")
    });
    let mut faults: Vec<FieldFault> = unknown.collect();
    let tries = is_dry_run(request.query_string());
    faults.extend(tries.is_none().then(|| FieldFault::new(DRY_RUN, "harus true atau false", "must be true or false")));
    match tries {
        Some(tries) if faults.is_empty() => Ok(tries),
        _ => Err(codes::INVALID.fields(faults)),
    }
}

/// Whether the address asks to try only; nothing where it says neither `true` nor `false`, or more than once.
#[must_use]
pub fn is_dry_run(query: &str) -> Option<bool> {
    let mut asked = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == DRY_RUN);
    let wanted = asked.next().map_or(Some(false), |(_, value)| value.parse().ok())?;
    asked.next().is_none().then_some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Filter {
        #[garde(inner(range(min = 1, max = 10)))]
        decile: Option<i16>,
        #[garde(skip)]
        subject: uuid::Uuid,
    }

    fn told(query: &str) -> Vec<(String, String, String)> {
        let Err(faults) = paged::<Filter>(query) else { return Vec::new() };
        faults.into_iter().map(|fault| (fault.pointer, fault.message.indonesian, fault.message.english)).collect()
    }

    fn names(query: &str) -> Vec<String> {
        told(query).into_iter().map(|(name, ..)| name).collect()
    }

    const SUBJECT: &str = "subject=01900000-0000-7000-8000-000000000001";

    #[test]
    fn every_wrong_parameter_is_told_at_once() {
        let asked = paged::<Filter>(&format!("{SUBJECT}&decile=2&limit=7")).ok().unwrap();
        assert_eq!((asked.filter.decile, asked.page.limit), (Some(2), 7));
        assert_eq!(asked.filter.subject.to_string(), SUBJECT[8..]);
        assert_eq!(names(""), ["subject"]);
        assert_eq!(
            names("limit=501&cursor=x&decile=11&subjek=1&decile=2"),
            ["cursor", "limit", "subjek", "decile", "subject"]
        );
        assert_eq!(names("limit=x&decile=a&subject=b"), ["limit", "decile", "subject"]);
        assert_eq!(names(&format!("{SUBJECT}&decile=99&limit=0")), ["limit", "decile"]);
        assert_eq!(names(&format!("{SUBJECT}&decile=%00")), ["decile"]);
        assert_eq!(names(&format!("{SUBJECT}&{SUBJECT}")), ["subject"]);
    }

    #[test]
    fn a_fault_is_told_in_both_languages() {
        let fault = |query: &str| told(&format!("{SUBJECT}&{query}")).remove(0);
        assert_eq!(fault("decile=11"), ("decile".into(), "lebih dari 10".into(), "is greater than 10".into()));
        let form =
            ("decile".into(), "jenis atau bentuk nilai tidak sesuai".into(), "has the wrong type or form".into());
        assert_eq!(fault("decile=satu"), form);
    }

    #[test]
    fn a_name_that_is_nearly_right_is_suggested() {
        let suggested = |query: &str| paged::<Filter>(query).err().unwrap()[0].suggestion.clone();
        assert_eq!(suggested("desile=1").as_deref(), Some("decile"));
        assert_eq!(suggested("limits=1").as_deref(), Some("limit"));
        assert_eq!(suggested("dryrun=true").as_deref(), Some("dry_run"));
    }

    #[test]
    fn a_trial_is_asked_for_plainly_and_once() {
        for (query, wanted) in [
            ("", Some(false)),
            ("dry_run=false", Some(false)),
            ("a=b&dry_run=true", Some(true)),
            ("dry%5Frun=%74rue", Some(true)),
            ("dry_run", None),
            ("dry_run=1", None),
            ("dry_run=True", None),
            ("dry_run=true&dry%5frun=true", None),
        ] {
            assert_eq!(is_dry_run(query), wanted, "{query}");
        }
    }
}
