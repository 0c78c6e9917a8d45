//! `/v1/releases/{release_id}/findings`, and the lines that were set aside.

use super::{
    FindingCount, FindingFilter, ReleaseFinding, queries,
    set_aside::{self, SetAsideLine},
};
use crate::{
    access::permissions::ReleaseExaminer,
    platform::{
        config::Settings,
        db::Db,
        page::{Listed, PageParams},
        problem::{Outcome, Problem, ProblemBody},
        query::{PagedQuery, ValidQuery},
    },
    registry::releases::{self, delivery::DeliveryFile},
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_findings).service(count_findings).service(export_findings).service(get_set_aside_line);
}

/// List what the reading of a delivery found.
///
/// File, line, column, what was wrong, what was done. Never a number or a name. Each line that was set aside, merged or
/// refused has a finding of its own, however many there are; so has whatever became unknown. Only of a mere form that
/// was repaired (all codes written `2.0`) the first 10,000 of a file's column are told line by line, and the others as
/// one finding with their number in `lines`. A line that was set aside is opened by
/// `GET /v1/releases/{release_id}/set-aside/{file}/{line}`.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release"), FindingFilter, PageParams), responses((status = 200, body = Listed<ReleaseFinding>)))]
#[get("/releases/{release_id}/findings")]
pub async fn list_findings(
    examiner: ReleaseExaminer,
    release_id: web::Path<Uuid>,
    asked: PagedQuery<FindingFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&examiner, async |tx| {
            releases::queries::find(tx, *release_id).await?;
            queries::list(tx, *release_id, &asked.filter, asked.page).await
        })
        .await?;
    listed.respond(&request)
}

/// Findings of a release in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingCounts {
    items: Vec<FindingCount>,
}

/// Count what the reading of a delivery found.
///
/// Lines by file, kind and what was done, with the meaning of each kind.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release")), responses((status = 200, body = FindingCounts)))]
#[get("/releases/{release_id}/findings/counts")]
pub async fn count_findings(
    examiner: ReleaseExaminer,
    release_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<web::Json<FindingCounts>> {
    let items = db
        .act(&examiner, async |tx| {
            releases::queries::find(tx, *release_id).await?;
            queries::counts(tx, *release_id).await
        })
        .await?;
    Ok(web::Json(FindingCounts { items }))
}

/// Download what the reading of a delivery found.
///
/// As CSV, streamed page by page: all findings, or those that the same filters choose as in the list.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release"), FindingFilter), responses(
    (status = 200, body = String, content_type = "text/csv", description = "CSV: file, line, column, kind, action, detail, lines", example = "file,line,column,kind,action,detail,lines")))]
#[get("/releases/{release_id}/findings.csv")]
pub async fn export_findings(
    examiner: ReleaseExaminer,
    release_id: web::Path<Uuid>,
    filter: ValidQuery<FindingFilter>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let release_id = *release_id;
    db.act(&examiner, async |tx| releases::queries::find(tx, release_id).await).await?;
    let first = PageParams { limit: Some(500), cursor: None }.page()?;
    let pages = futures::stream::try_unfold(Some(first), move |page| {
        let (db, examiner, filter) = (db.clone(), examiner.clone(), filter.0.clone());
        async move {
            let Some(page) = page else { return Ok::<_, Problem>(None) };
            let listed = db.act(&examiner, async |tx| queries::list(tx, release_id, &filter, page).await).await?;
            let text = csv_of(&listed.items, page.after.is_none())?;
            let next = PageParams { limit: Some(500), cursor: listed.next_cursor.clone() }.page()?;
            Ok(Some((text, listed.next_cursor.is_some().then_some(next))))
        }
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"temuan.csv\""))
        .streaming(Box::pin(pages)))
}

fn csv_of(rows: &[ReleaseFinding], with_header: bool) -> Outcome<web::Bytes> {
    let mut out = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    if with_header {
        out.write_record(["file", "line", "column", "kind", "action", "detail", "lines"]).map_err(Problem::internal)?;
    }
    for row in rows {
        let column = row.column_name.as_deref().unwrap_or_default();
        out.serialize((&row.file, row.line, column, &row.kind, &row.action, &row.detail, row.lines))
            .map_err(Problem::internal)?;
    }
    out.into_inner().map(web::Bytes::from).map_err(Problem::internal)
}

/// Open a line that was set aside.
///
/// `file` and `line` are those of the finding. Shows the line's fields as they came, so that it can be mended with BPS:
/// NIK, KK numbers and birth dates stay covered, since their shape shows what is wrong with them, and `file_sha256` and
/// `line` name the line to BPS. Every look is on record before it is answered.
#[utoipa::path(tag = "releases", params(
        ("release_id" = Uuid, Path, description = "The release"),
        ("file" = DeliveryFile, Path, description = "The file, as the finding has it", example = "members"),
        ("line" = i64, Path, description = "The line, as the finding has it", example = 1042)), responses(
    (status = 200, body = SetAsideLine),
    (status = 403, description = "`forbidden`; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 404, description = "`not-found`: no such line of the release was set aside", body = ProblemBody),
    (status = 410, description = "`set-aside-line-gone`: its retention ended", body = ProblemBody)))]
#[get("/releases/{release_id}/set-aside/{file}/{line}")]
pub async fn get_set_aside_line(
    examiner: ReleaseExaminer,
    place: web::Path<(Uuid, DeliveryFile, i64)>,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
) -> Outcome<web::Json<SetAsideLine>> {
    let (release_id, file, line) = place.into_inner();
    db.act(&examiner, async |tx| set_aside::open(tx, &settings, release_id, file, line).await).await.map(web::Json)
}
