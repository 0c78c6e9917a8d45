//! What a payment partner does: `/v1/batches/{batch_id}/file`, `/v1/batches/{batch_id}/results`, `/v1/batch-layouts`.

use super::{
    file::{self, FileFormat, Layout},
    queries,
    result_rows::{Report, Reported, ResultRow, Results},
    results,
};
use crate::{
    access::permissions::{AnyCaller, PaymentPartner, ResultReporter},
    platform::{
        config::Settings,
        db::{Db, Tx},
        problem::{Language, Outcome, ProblemBody},
        query::ValidQuery,
        rows::{self, ListRow},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers the routes of partners.
pub fn configure(config: &mut ServiceConfig) {
    config.service(download_batch).service(list_batch_layouts).service(report_results);
}

/// In which layout.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileForm {
    /// A layout's code.
    #[param(example = "tugas")]
    layout: String,
    /// In which form; CSV where it is not said.
    #[serde(default)]
    #[param(inline, example = "csv")]
    format: Option<FileFormat>,
}

/// Download a batch.
///
/// As CSV in UTF-8 or as XLSX, in a layout, with numbers in full: for the payment partner that it was handed to. `Content-Digest` is its
/// SHA-256 (RFC 9530). No cell begins like a formula. An account that was closed or found invalid since the list was frozen is not
/// named: report its payment as failed. Until thirty days after the batch was closed. Audited, with every household in it.
#[utoipa::path(tag = "batches", params(("batch_id" = Uuid, Path, description = "A batch that was handed to you"), FileForm), responses(
    (status = 200, content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")), headers(("Content-Digest" = String, description = "`sha-256=:…:`"))),
    (status = 409, description = "`batch-file-over`: it was closed more than thirty days ago", body = ProblemBody),
    (status = 422, description = "`invalid-fields`: no such layout; `no-trial`", body = ProblemBody)))]
#[get("/batches/{batch_id}/file")]
pub async fn download_batch(
    partner: PaymentPartner,
    batch_id: web::Path<Uuid>,
    form: ValidQuery<FileForm>,
    db: web::Data<Db>,
    settings: web::Data<Settings>,
) -> Outcome<HttpResponse> {
    let format = form.0.format.unwrap_or(FileFormat::Csv);
    let file = db
        .act(partner.in_earnest()?, async |tx| {
            let layout = file::layout(tx, &form.0.layout).await?;
            let batch = queries::find(tx, *batch_id).await?;
            batch.check_still_downloaded(Utc::now())?;
            file::write(tx, &settings.vault, &batch, &layout, format).await
        })
        .await?;
    let digest = STANDARD.encode(Sha256::digest(&file));
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header(("Content-Digest", format!("sha-256=:{digest}:")))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}-{batch_id}.{format}\"", form.0.layout),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file))
}

/// All layouts; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct Layouts {
    items: Vec<Layout>,
}

/// List the layouts of batch files.
///
/// By code, with their columns. They are data: a further one is a row.
#[utoipa::path(tag = "batches", responses((status = 200, body = Layouts)))]
#[get("/batch-layouts")]
pub async fn list_batch_layouts(caller: AnyCaller, db: web::Data<Db>) -> Outcome<web::Json<Layouts>> {
    let items = db.act(&caller, async |tx| file::layouts(tx).await).await?;
    Ok(web::Json(Layouts { items }))
}

/// Report results.
///
/// What became of the payments of a batch: paid (with day, proof, amount), failed, or returned after it was paid (with a reason).
/// As JSON, NDJSON or CSV, 200,000 rows at most; a CSV file comes back as it was, with the answers in columns of their own, and may be
/// the batch's own file with columns added (`ID SALUR` and `NOMINAL CAIR` are known). Each row is idempotent: what is in the books
/// already is `unchanged`. Where a row does not fit (`unknown-row`, `wrong-amount`, `already-reported`, `wrong-batch`), nothing is
/// posted, and what fits is answered `fits`; with `partial` what fits is posted. A payment that failed because of its account goes
/// another way in the next list.
#[utoipa::path(tag = "batches",
    request_body(content((Results = "application/json"),
        (String = "application/x-ndjson", example = json!(ResultRow::EXAMPLE_LINES)),
        (String = "text/csv", example = json!(ResultRow::EXAMPLE_CSV)),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    params(("batch_id" = Uuid, Path, description = "A batch that was handed over"), Report),
    responses(
        (status = 200, content((Reported = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 400, description = "`malformed-request` with the `line`: no JSON, no UTF-8, no fitting header", body = ProblemBody),
        (status = 403, description = "`forbidden`; `needs-another-person`: an approver who froze, submitted or handed over the list", body = ProblemBody),
        (status = 409, description = "`batch-not-open` with its `state`", body = ProblemBody),
        (status = 422, description = "`invalid-fields`: an empty list; `too-many-rows`", body = ProblemBody)))]
#[post("/batches/{batch_id}/results")]
pub async fn report_results(
    reporter: ResultReporter,
    batch_id: web::Path<Uuid>,
    language: Language,
    body: web::Bytes,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let (common, list) = rows::read::<Results>(&request, &body)?;
    let work = async |tx: &mut Tx| results::post(tx, *batch_id, &common, &list, language).await;
    let reported = db.act(&reporter, work).await?;
    list.respond(&reported)
}
