//! `/v1/disbursements/{disbursement_id}/receipt`, `/v1/public/receipts/{code}`.

use super::{Receipt, Validity, pdf, service};
use crate::{
    access::permissions::DisbursementReader,
    platform::{
        config::Settings,
        db::Db,
        problem::{Outcome, ProblemBody},
    },
};
use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{self, Accept, Header as _, Quality},
    web,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_receipt).service(check_receipt);
}

/// Open the receipt of a payment.
///
/// As JSON, or as a page to be printed where `Accept` asks for `application/pdf`. Of a payment of your agency in your
/// areas; the auditor sees every agency's that were issued. When its agency first opens it, it is issued: number and code
/// are made, and stay. A payment that was reversed or came back has a receipt that says so. Audited.
#[utoipa::path(tag = "disbursements",
    params(("disbursement_id" = Uuid, Path, description = "Its id")),
    responses(
        (status = 200, content((Receipt = "application/json"), (String = "application/pdf", example = "%PDF-1.7 …"))),
        (status = 409, description = "`no-receipt` with the `state`: it is planned or failed, or nobody of its agency opened the receipt yet", body = ProblemBody),
        (status = 422, description = "`no-trial`: whoever opens a receipt has it", body = ProblemBody)))]
#[get("/disbursements/{disbursement_id}/receipt")]
pub async fn get_receipt(
    reader: DisbursementReader,
    disbursement_id: web::Path<Uuid>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let receipt =
        db.act(reader.in_earnest()?, async |tx| service::open(tx, &settings.vault, *disbursement_id).await).await?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if !wants_pdf(&request) {
        return Ok(response.json(receipt));
    }
    let name = format!("inline; filename=\"{}.pdf\"", receipt.number);
    response.insert_header((header::CONTENT_DISPOSITION, name)).content_type("application/pdf");
    Ok(response.body(pdf::page(&receipt, &settings.public_url)))
}

/// Whether a page is wanted rather than JSON.
fn wants_pdf(request: &HttpRequest) -> bool {
    let Ok(Accept(mut kinds)) = Accept::parse(request) else { return false };
    kinds.retain(|kind| kind.quality > Quality::ZERO);
    let is_pdf = |kind: &mime::Mime| match (kind.type_().as_str(), kind.subtype().as_str()) {
        ("application", "pdf") => Some(true),
        ("application", "json" | "*") | ("*", "*") => Some(false),
        _ => None,
    };
    Accept(kinds).ranked().iter().find_map(is_pdf).unwrap_or(false)
}

/// Ask whether a receipt holds.
///
/// By the code that stands on it, for whoever holds it in hand; no token is needed. In any case, with hyphens or without.
/// Tells the day of paying and the agency, and nothing else. Of a payment that was reversed or came back, and of what is no
/// receipt's code: `{"valid": false}`.
#[utoipa::path(tag = "disbursements", security(()),
    params(("code" = String, Path, description = "The receipt's code", example = "3N7Q-2K9D-XW4T-0HB6-M5RV-Z8CE-1J")),
    responses((status = 200, body = Validity), (status = 503, description = "`busy`", body = ProblemBody)))]
#[get("/public/receipts/{code}")]
pub async fn check_receipt(
    request: HttpRequest,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<web::Json<Validity>> {
    // Not as a typed parameter: whatever stands there is a code or none.
    let text = request.match_info().get("code").unwrap_or_default();
    service::validity(&db, &settings.vault, text).await.map(web::Json)
}
