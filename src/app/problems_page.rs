//! `/problems/{code}`: what each refusal means, what brings it about and what to do, for whoever follows its `type`.

use crate::platform::problem::{Code, Outcome, Problem, Words, codes};
use actix_web::{HttpResponse, guard, web};
use serde_json::{Value, json};

fn explained(code: &Code) -> Value {
    let title = Words { indonesian: code.indonesian, english: code.english };
    json!({
        "code": code.code, "status": code.status, "title": title, "cause": code.cause, "remedy": code.remedy,
    })
}

async fn list() -> HttpResponse {
    let items: Vec<Value> = super::problems().into_iter().map(explained).collect();
    HttpResponse::Ok().json(json!({ "items": items }))
}

async fn one(code: web::Path<String>) -> Outcome<HttpResponse> {
    let known = super::problems().into_iter().find(|known| known.code == *code);
    known.map(|code| HttpResponse::Ok().json(explained(code))).ok_or_else(|| Problem::from(&codes::NOT_FOUND))
}

/// Registers these pages.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/problems").guard(guard::Get()).to(list))
        .service(web::resource("/problems/{code}").guard(guard::Get()).to(one));
}
