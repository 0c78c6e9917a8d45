//! What no route takes: an address that is there, but not for this method, is a 405 that says for which; any other is
//! a 404.

use super::openapi::Served;
use crate::platform::problem::{Problem, codes};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderValue},
    web,
};

/// Pages that are not of the API, and so not in its document.
const PAGES: &[&str] = &["/openapi.json", "/problems", "/problems/{code}", "/docs", "/docs/{page}"];

/// Addresses with their methods, as the OpenAPI document has them.
#[derive(Debug, Clone, Default)]
pub struct Addresses(Vec<(String, Vec<String>)>);

impl Addresses {
    /// Those of the document, and the pages.
    #[must_use]
    pub fn of(documented: impl Iterator<Item = (String, Vec<String>)>) -> Self {
        let pages = PAGES.iter().map(|path| ((*path).to_owned(), vec!["GET".to_owned()]));
        Self(documented.chain(pages).collect())
    }

    /// The methods of this address: of the patterns that fit it, the one with the most fixed parts.
    fn methods(&self, path: &str) -> Option<&[String]> {
        let fitting = self.0.iter().filter_map(|(pattern, methods)| Some((fixed_parts(pattern, path)?, methods)));
        fitting.max_by_key(|(fixed, _)| *fixed).map(|(_, methods)| methods.as_slice())
    }
}

/// How many parts of the pattern stand in the path as they are; none where the path does not fit.
fn fixed_parts(pattern: &str, path: &str) -> Option<usize> {
    let mut parts = path.split('/');
    let mut fixed = 0;
    for wanted in pattern.split('/') {
        let part = parts.next()?;
        match wanted.starts_with('{') {
            true if part.is_empty() => return None,
            true => {}
            false if part == wanted => fixed += 1,
            false => return None,
        }
    }
    parts.next().is_none().then_some(fixed)
}

/// Answers what no route took.
pub async fn answer(request: HttpRequest, document: web::Data<Served>) -> HttpResponse {
    let Some(methods) = document.addresses().methods(request.path()) else {
        return HttpResponse::from_error(Problem::from(&codes::NOT_FOUND));
    };
    let problem = Problem::from(&codes::METHOD_NOT_ALLOWED);
    let mut response = HttpResponse::from_error(problem);
    if let Ok(allowed) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_particular_address_that_fits_says_its_methods() {
        let addresses = Addresses(vec![
            ("/v1/households/{household_id}".to_owned(), vec!["GET".to_owned()]),
            ("/v1/households/lookup".to_owned(), vec!["POST".to_owned()]),
        ]);
        assert_eq!(addresses.methods("/v1/households/x"), Some(&["GET".to_owned()][..]));
        assert_eq!(addresses.methods("/v1/households/lookup"), Some(&["POST".to_owned()][..]));
        assert_eq!(addresses.methods("/v1/households/"), None);
        assert_eq!(addresses.methods("/v1/households/x/y"), None);
    }
}
