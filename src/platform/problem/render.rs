//! How a problem is written out: `application/problem+json`, Indonesian unless English is asked for.

use super::{FieldFault, Language, Problem, codes};
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
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FieldFault)]
pub struct FieldFaultBody {
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

impl FieldFaultBody {
    /// The fault in this language.
    #[must_use]
    pub fn of(fault: &FieldFault, language: Language) -> Self {
        Self {
            pointer: fault.pointer.clone(),
            message: language.say(&fault.message).to_owned(),
            suggestion: fault.suggestion.clone(),
            offset: fault.span.map(|(offset, _)| offset),
            length: fault.span.map(|(_, length)| length),
        }
    }
}

/// What a problem says, in one language: of a whole request, or of one row of a list.
#[derive(Debug)]
pub struct Refusal {
    /// Stable name of the kind.
    pub code: &'static str,
    /// What is particular this time.
    pub detail: String,
    /// Every wrong field, all at once.
    pub errors: Vec<FieldFaultBody>,
    /// Further members.
    pub extra: Map<String, Value>,
}

impl Refusal {
    /// The problem in this language.
    #[must_use]
    pub fn of(problem: &Problem, language: Language) -> Self {
        let detail = problem.detail.as_ref().map_or_else(|| language.title(problem.code), |text| language.say(text));
        Self {
            code: problem.code.code,
            detail: detail.to_owned(),
            errors: problem.errors.iter().map(|fault| FieldFaultBody::of(fault, language)).collect(),
            extra: problem.extra.clone(),
        }
    }
}

fn body_in(problem: &Problem, language: Language) -> ProblemBody {
    let Refusal { code, detail, errors, extra } = Refusal::of(problem, language);
    ProblemBody {
        r#type: format!("/problems/{code}"),
        status: problem.code.status,
        code,
        title: language.title(problem.code).to_owned(),
        detail,
        errors,
        extra,
    }
}

fn respond(problem: &Problem, language: Language) -> HttpResponse {
    let mut response = HttpResponse::build(problem.status_code());
    response.content_type("application/problem+json");
    response.insert_header((header::CONTENT_LANGUAGE, language.tag()));
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    if problem.code.status == 401 {
        response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    response.json(body_in(problem, language))
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        respond(self, Language::Indonesian)
    }
}

impl Problem {
    /// Written out as a stored answer needs it: status and body, in Indonesian.
    #[must_use]
    pub fn stored(&self) -> (u16, Value) {
        let body = serde_json::to_value(body_in(self, Language::Indonesian)).unwrap_or(Value::Null);
        (self.code.status, body)
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
    let language = Language::of(request.headers());
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let Some(error) = response.response().error() else {
        let bare = status.is_client_error() && !response.headers().contains_key(header::CONTENT_TYPE);
        return Ok(match framework_code(status).filter(|_| bare) {
            Some(code) => answered(response, respond(&Problem::from(code), language)),
            None => response,
        });
    };
    let rendered = match error.as_error::<Problem>() {
        Some(problem) if language == Language::English => respond(problem, language),
        Some(_) => return Ok(response),
        None => respond(&Problem::from(framework_code(status).unwrap_or(&codes::INTERNAL)), language),
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
