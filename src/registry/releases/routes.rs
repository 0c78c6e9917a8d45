//! `/v1/releases`.

use super::{
    Release, ReleaseState, ReleaseWithFiles,
    activation::{self, ActivationDecided, ActivationRequest},
    comparison::{self, Comparison, ExtremeMover},
    findings, queries, service, upload,
};
use crate::{
    access::permissions::{AnyCaller, RegistrySteward, ReleaseExaminer},
    platform::{
        approvals::{ApprovalTask, Decision},
        config::Settings,
        db::{Db, Tx},
        jobs::Job,
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody, codes},
        query::{PagedQuery, ValidQuery},
        reason::Reason,
        versions,
    },
};
use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(list_releases)
        .service(receive_release)
        .service(get_release)
        .service(read_again)
        .service(reject_release)
        .service(compare_releases)
        .service(list_extreme_movers)
        .service(request_activation)
        .service(decide_activation)
        .service(withdraw_activation);
    findings::routes::configure(config);
}

/// Which releases.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReleaseFilter {
    /// Only those that stand so.
    #[param(example = "active")]
    state: Option<ReleaseState>,
}

/// List DTSEN releases.
///
/// Oldest first, with their states and sizes. Open to every role: every decision names a release.
#[utoipa::path(tag = "releases", params(ReleaseFilter, PageParams), responses((status = 200, body = Listed<Release>)))]
#[get("/releases")]
pub async fn list_releases(
    caller: AnyCaller,
    asked: PagedQuery<ReleaseFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    db.act(&caller, async |tx| queries::list(tx, asked.filter.state, asked.page).await).await?.respond(&request)
}

/// A delivery, as multipart form.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form; the parts are streamed")]
pub struct DeliveryForm {
    /// Name of the release.
    #[schema(example = "DTSEN 2026 triwulan 1")]
    label: String,
    /// The day that the data describes.
    #[schema(example = "2026-01-20")]
    data_date: chrono::NaiveDate,
    /// The families' file: CSV with `|`, `;` or `,` in UTF-8 or Latin-1, or XLSX; gzip or zstd where packed.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream",
        example = "nomor_kartu_keluarga|nama_kepala_keluarga|kode_kelurahan_desa|desil_nasional\n3526021708150001|SITI|35.26.02.2001|3\n")]
    families: Vec<u8>,
    /// The members' file, likewise.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream",
        example = "nomor_induk_kependudukan|nomor_kartu_keluarga|nama|tanggal_lahir|jenis_kelamin|status_hubungan_keluarga\n3526025708900003|3526021708150001|SITI|1990-08-17|2|1\n")]
    members: Vec<u8>,
    /// The code book; the questionnaire's where none is sent.
    #[schema(value_type = Option<String>, format = Binary, content_media_type = "application/octet-stream",
        example = "kolom;kode;keterangan\njenis_kelamin;1;Laki-laki\njenis_kelamin;2;Perempuan\n")]
    code_book: Option<Vec<u8>>,
}

/// A delivery that was taken in, and the job that reads it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// The release.
    release: Release,
    /// The job; `Location` names it too.
    job: Job,
}

/// Hand in a DTSEN delivery.
///
/// Both files are streamed to disk, sealed, and read by a job: repaired, set aside and matched to the households
/// already known. The same files are recognised when they come again.
#[utoipa::path(tag = "releases", request_body(content = DeliveryForm, content_type = "multipart/form-data"), responses(
    (status = 202, body = Received, headers(("Location" = String, description = "The job"))),
    (status = 403, description = "`forbidden`; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 409, description = "`release-already-received` with its `release_id`, `release-label-taken`", body = ProblemBody)))]
#[post("/releases")]
pub async fn receive_release(
    steward: RegistrySteward,
    parts: Multipart,
    settings: web::Data<Settings>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let mut files = Vec::new();
    let taken = upload::receive(&settings, parts, &mut files).await;
    let (release_id, label, data_date) = taken.inspect_err(|_| upload::discard(&settings, &files))?;
    let delivery = upload::Delivery { release_id, label, data_date, files };
    let recorded = db.act(&steward, async |tx| service::receive(tx, &steward, &delivery).await).await;
    if recorded.is_err() || steward.dry_run {
        upload::discard(&settings, &delivery.files);
    }
    let (release, job) = recorded?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::LOCATION, format!("/v1/jobs/{}", job.job_id)))
        .json(Received { release, job }))
}

/// See a release.
///
/// With its files, their digests, and what became of their lines.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release")), responses((status = 200, body = ReleaseWithFiles)))]
#[get("/releases/{release_id}")]
pub async fn get_release(caller: AnyCaller, release_id: web::Path<Uuid>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let found = db
        .act(&caller, async |tx| {
            let release = queries::find(tx, *release_id).await?;
            Ok(ReleaseWithFiles { release, files: queries::files(tx, *release_id).await? })
        })
        .await?;
    Ok(versions::ok(&found))
}

/// Read a delivery again.
///
/// For one whose reading was cancelled or failed on our side, and for one that was read against another release than
/// is active now (`comparison-is-stale`). It begins from the files as they were received.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release")), responses(
    (status = 202, body = Job, headers(("Location" = String, description = "The job"))),
    (status = 403, description = "`forbidden`; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 409, description = "`release-step`: it is being read, or was and needs no further reading; `files-gone`: their retention ended", body = ProblemBody)))]
#[post("/releases/{release_id}/reading")]
pub async fn read_again(
    steward: RegistrySteward,
    release_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let job = db.act(&steward, async |tx| service::read_again(tx, &steward, *release_id).await).await?;
    Ok(HttpResponse::Accepted().insert_header((header::LOCATION, format!("/v1/jobs/{}", job.job_id))).json(job))
}

/// Reject a release.
///
/// It will not be used; its rows are dropped, its findings stay. Not for one that is or was active.
#[utoipa::path(tag = "releases", request_body = Reason, params(("release_id" = Uuid, Path, description = "The release")), responses(
    (status = 200, body = Release),
    (status = 403, description = "`forbidden`; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 409, description = "`release-step`", body = ProblemBody)))]
#[post("/releases/{release_id}/rejection")]
pub async fn reject_release(
    steward: RegistrySteward,
    release_id: web::Path<Uuid>,
    reason: ValidJson<Reason>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Release>> {
    let reason = reason.into_inner().reason;
    db.act(&steward, async |tx| service::reject(tx, &steward, *release_id, &reason).await).await.map(web::Json)
}

/// What to compare with.
#[derive(Debug, Deserialize, IntoParams, garde::Validate)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompareWith {
    /// The other release; the one that was active when this one was read where it is not said.
    with: Option<Uuid>,
}

impl CompareWith {
    async fn other(&self, tx: &mut Tx, release_id: Uuid) -> Outcome<Uuid> {
        let release = queries::find(tx, release_id).await?;
        release.check_is_loaded()?;
        let with = match self.with {
            Some(with) => {
                let other = queries::find(tx, with).await?;
                other.check_is_loaded()?;
                other.release_id
            }
            None => release.compared_with.ok_or_else(|| {
                codes::INVALID.field("with", "wajib disebut untuk rilis pertama", "must be named for a first release")
            })?,
        };
        Ok(with)
    }
}

/// Compare two releases.
///
/// Households that arrived, left, moved between villages, changed members, merged or split; by district and in all. Who
/// moved between deciles is a table of ten by ten, rows then and columns now, every cell, and those without a decile. All
/// sums are equal: districts to the total, `arrived` and `stayed` to this release's households, `left` and `stayed` to
/// the other's, rows and columns of the table to `stayed`.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release"), CompareWith), responses(
    (status = 200, body = Comparison),
    (status = 409, description = "`release-step`: one of the two was not read yet, or was rejected", body = ProblemBody),
    (status = 422, description = "`invalid-fields`: `with`, which a first release must name", body = ProblemBody)))]
#[get("/releases/{release_id}/comparison")]
pub async fn compare_releases(
    examiner: ReleaseExaminer,
    release_id: web::Path<Uuid>,
    with: ValidQuery<CompareWith>,
    db: web::Data<Db>,
) -> Outcome<web::Json<Comparison>> {
    let compared = db
        .act(&examiner, async |tx| {
            let other = with.0.other(tx, *release_id).await?;
            comparison::compare(tx, *release_id, other).await
        })
        .await?;
    Ok(web::Json(compared))
}

/// List households that moved by seven deciles or more.
///
/// For a second look, at the door if need be.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release"), CompareWith, PageParams), responses(
    (status = 200, body = Listed<ExtremeMover>),
    (status = 422, description = "`invalid-fields`: `limit`, `cursor`; `with`, which a first release must name", body = ProblemBody)))]
#[get("/releases/{release_id}/comparison/extreme-movers")]
pub async fn list_extreme_movers(
    examiner: ReleaseExaminer,
    release_id: web::Path<Uuid>,
    asked: PagedQuery<CompareWith>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    let listed = db
        .act(&examiner, async |tx| {
            let other = asked.filter.other(tx, *release_id).await?;
            comparison::extreme_movers(tx, *release_id, other, asked.page).await
        })
        .await?;
    listed.respond(&request)
}

/// Ask for a release to be activated.
///
/// Another steward, who did not load it, decides. May name a time. Of a superseded release this asks to turn back to
/// it. One that was read against another release than is active now is read again first.
#[utoipa::path(tag = "releases", request_body = ActivationRequest, params(("release_id" = Uuid, Path, description = "The release")), responses(
    (status = 201, body = ApprovalTask),
    (status = 403, description = "`forbidden`; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 409, description = "`release-step`, `comparison-is-stale` with `compared_with`, `approval-already-open`", body = ProblemBody)))]
#[post("/releases/{release_id}/activation")]
pub async fn request_activation(
    steward: RegistrySteward,
    release_id: web::Path<Uuid>,
    wish: ValidJson<ActivationRequest>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let wish = wish.into_inner();
    let task = db.act(&steward, async |tx| activation::request(tx, &steward, *release_id, wish).await).await?;
    Ok(HttpResponse::Created().json(task))
}

/// Decide on a release's activation.
///
/// Approved, the release is active at once for everybody, or at the time that was asked for. Who asked or loaded the
/// release can't decide. Where another release became active meanwhile, the decision is not taken; it can be once the
/// release was read again.
#[utoipa::path(tag = "releases", request_body = Decision, params(("release_id" = Uuid, Path, description = "The release")), responses(
    (status = 200, body = ActivationDecided),
    (status = 403, description = "`forbidden`; `needs-another-person`: you asked for it, or loaded the release; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody),
    (status = 409, description = "`release-step`, `comparison-is-stale` with `compared_with`, `already-decided`", body = ProblemBody)))]
#[post("/releases/{release_id}/activation/decision")]
pub async fn decide_activation(
    steward: RegistrySteward,
    release_id: web::Path<Uuid>,
    decision: ValidJson<Decision>,
    db: web::Data<Db>,
) -> Outcome<web::Json<ActivationDecided>> {
    let decision = decision.into_inner();
    db.act(&steward, async |tx| activation::decide(tx, &steward, *release_id, &decision).await).await.map(web::Json)
}

/// Take back the wish to activate.
///
/// For who asked. Nothing of it remains but the record that it was asked.
#[utoipa::path(tag = "releases", params(("release_id" = Uuid, Path, description = "The release")), responses(
    (status = 204, description = "Taken back"),
    (status = 403, description = "`forbidden`: another one asked; `needs-whole-regency`: your areas leave out some of its villages", body = ProblemBody)))]
#[delete("/releases/{release_id}/activation")]
pub async fn withdraw_activation(
    steward: RegistrySteward,
    release_id: web::Path<Uuid>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    db.act(&steward, async |tx| activation::withdraw(tx, &steward, *release_id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
