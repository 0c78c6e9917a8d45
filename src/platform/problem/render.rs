//! How a problem is written out: `application/problem+json`, Indonesian unless English is asked for.

use super::{Bilingual, Problem, codes};
use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A refusal or failure (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Where the code is explained: `/problems/{code}`.
    #[schema(example = "/problems/invalid-fields")]
    r#type: String,
    /// HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// Stable name of the kind.
    #[schema(example = "invalid-fields")]
    code: &'static str,
    /// The kind in words.
    #[schema(example = "Ada isian yang tidak sah.")]
    title: String,
    /// What is particular this time.
    #[schema(example = "Ada isian yang tidak sah.")]
    detail: String,
    /// Every wrong field, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldFaultBody>,
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

/// One wrong field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldFault)]
struct FieldFaultBody {
    /// JSON pointer into the body, or the name of the parameter.
    #[schema(example = "/amount_idr")]
    pointer: String,
    /// What is wrong.
    #[schema(example = "wajib diisi")]
    message: String,
    /// What was perhaps meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggestion: Option<String>,
    /// Where in a text the fault begins, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<usize>,
    /// How many characters it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
}

fn body_in(problem: &Problem, english: bool) -> ProblemBody {
    let say = |text: &Bilingual| if english { text.english.clone() } else { text.indonesian.clone() };
    let title = if english { problem.code.english } else { problem.code.indonesian };
    ProblemBody {
        r#type: format!("/problems/{}", problem.code.code),
        status: problem.code.status,
        code: problem.code.code,
        title: title.to_owned(),
        detail: problem.detail.as_ref().map_or_else(|| title.to_owned(), say),
        errors: problem
            .errors
            .iter()
            .map(|fault| FieldFaultBody {
                pointer: fault.pointer.clone(),
                message: say(&fault.message),
                suggestion: fault.suggestion.clone(),
                offset: fault.span.map(|(offset, _)| offset),
                length: fault.span.map(|(_, length)| length),
            })
            .collect(),
        extra: problem.extra.clone(),
    }
}

fn respond(problem: &Problem, english: bool) -> HttpResponse {
    let mut response = HttpResponse::build(problem.status_code());
    response.content_type("application/problem+json");
    response.insert_header((header::CONTENT_LANGUAGE, if english { "en" } else { "id" }));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if problem.code.status == 401 {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    response.json(body_in(problem, english))
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        respond(self, false)
    }
}

impl Problem {
    /// Written out as a stored answer needs it: status and body, in Indonesian.
    #[must_use]
    pub fn stored(&self) -> (u16, Value) {
        let body = serde_json::to_value(body_in(self, false)).unwrap_or(Value::Null);
        (self.code.status, body)
    }
}

/// Whether the caller would rather read English (RFC 9110, section 12.5.4, by the order of first mention).
fn prefers_english(request: &ServiceRequest) -> bool {
    let Some(wanted) = request.headers().get(header::ACCEPT_LANGUAGE) else { return false };
    let wanted = wanted.to_str().unwrap_or_default().to_ascii_lowercase();
    let rank = |language: &str| {
        wanted.split(',').enumerate().find_map(|(order, part)| {
            let mut pieces = part.split(';').map(str::trim);
            let tag = pieces.next()?;
            let weight = pieces.find_map(|piece| piece.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            (weight > 0.0 && tag.split('-').next() == Some(language)).then_some((weight, order))
        })
    };
    match (rank("en"), rank("id")) {
        (Some(_), None) => true,
        (Some((english, first)), Some((indonesian, second))) => {
            english > indonesian || (english - indonesian).abs() < f32::EPSILON && first < second
        }
        _ => false,
    }
}

/// Middleware around all routes: problems in the caller's language, and whatever the framework itself
/// refuses (an unknown path, a method, a body too large) in the same form.
///
/// # Errors
/// Passes on what the inner service could not turn into a response.
pub async fn localise(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let english = prefers_english(&request);
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let Some(error) = response.response().error() else {
        let bare = status.is_client_error() && !response.headers().contains_key(header::CONTENT_TYPE);
        return Ok(match framework_code(status).filter(|_| bare) {
            Some(code) => answered(response, respond(&Problem::from(code), english)),
            None => response,
        });
    };
    let rendered = match error.as_error::<Problem>() {
        Some(problem) if english => respond(problem, true),
        Some(_) => return Ok(response),
        None => respond(&Problem::from(framework_code(status).unwrap_or(&codes::INTERNAL)), english),
    };
    Ok(answered(response, rendered))
}

/// The response with this answer in it. What the layers below said in headers (which request it was, what is allowed)
/// stays.
fn answered(response: ServiceResponse<BoxBody>, rendered: HttpResponse) -> ServiceResponse<BoxBody> {
    let said = response.headers().clone();
    let mut response = response.into_response(rendered);
    for (name, value) in said {
        if !response.headers().contains_key(&name) && name != header::CONTENT_LENGTH {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn framework_code(status: StatusCode) -> Option<&'static super::Code> {
    Some(match status.as_u16() {
        404 => &codes::NOT_FOUND,
        405 => &codes::METHOD_NOT_ALLOWED,
        413 => &codes::TOO_LARGE,
        415 => &codes::UNSUPPORTED_MEDIA,
        400..=499 => &codes::MALFORMED,
        _ => return None,
    })
}
