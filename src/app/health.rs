//! `/health/live`, `/health/ready`, `/metrics`.

use crate::platform::{
    db::Db,
    problem::{Outcome, Problem, codes},
};
use actix_web::{
    Error, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    get,
    middleware::Next,
    web,
};
use prometheus::{Encoder, HistogramVec, TextEncoder, register_histogram_vec};
use serde::Serialize;
use std::{sync::LazyLock, time::Instant};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers these routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(get_live).service(get_ready).service(get_metrics);
}

/// How the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; anything else is a problem.
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process is alive.
///
/// Asks nothing of the database.
#[utoipa::path(tag = "health", security(()), responses((status = 200, body = Health)))]
#[get("/health/live")]
pub async fn get_live() -> web::Json<Health> {
    web::Json(Health { status: "ok" })
}

/// Whether the service can answer.
///
/// Asks the database.
#[utoipa::path(tag = "health", security(()), responses((status = 200, body = Health), (status = 503, description = "`busy`: the database does not answer", body = crate::platform::problem::ProblemBody)))]
#[get("/health/ready")]
pub async fn get_ready(db: web::Data<Db>) -> Outcome<web::Json<Health>> {
    if db.is_ready().await { Ok(web::Json(Health { status: "ok" })) } else { Err(Problem::from(&codes::BUSY)) }
}

static LATENCY: LazyLock<Option<HistogramVec>> = LazyLock::new(|| {
    register_histogram_vec!(
        "http_request_seconds",
        "Time to answer, by route, method and status",
        &["route", "method", "status"],
        vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0]
    )
    .ok()
});

/// Middleware: how long each route takes.
///
/// # Errors
/// Passes on the inner service's.
pub async fn measure(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let response = next.call(request).await?;
    if let Some(latency) = LATENCY.as_ref() {
        // The route's pattern, never the path: a path carries ids.
        let route = response.request().match_pattern().unwrap_or_else(|| "none".to_owned());
        latency
            .with_label_values(&[route.as_str(), response.request().method().as_str(), response.status().as_str()])
            .observe(began.elapsed().as_secs_f64());
    }
    Ok(response)
}

/// Measurements of this process.
///
/// In the text format of Prometheus.
#[utoipa::path(tag = "health", security(()), responses((status = 200, body = String, content_type = "text/plain", description = "Prometheus text format", example = "http_request_seconds_count{route=\"/v1/me\",method=\"GET\",status=\"200\"} 12")))]
#[get("/metrics")]
pub async fn get_metrics() -> Outcome<HttpResponse> {
    let mut text = Vec::new();
    TextEncoder::new().encode(&prometheus::gather(), &mut text).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}
