//! The house put together: every feature's routes, the OpenAPI document made from them, and the server.

mod elsewhere;
mod health;
pub mod openapi;
mod problems_page;

use crate::{
    access::{accounts, agencies, logins},
    aid::{
        batches,
        disbursements::{self, together::Payments},
        enrolments, funds, history, ledger, lookups, payouts, programs, purpose, receipts,
    },
    platform::{
        approvals,
        auth::TokenKeys,
        config::Settings,
        db::Db,
        gather::Gatherer,
        idempotency,
        jobs::{self, Runner},
        problem::{Code, Outcome, Problem, codes, constraints, localise},
        query::is_dry_run,
        request::{TrustedProxies, request_id_of},
        retention::{Sweep, Sweeper},
        tls::TlsFiles,
    },
    registry::{
        households::{self, reading::HouseholdReads},
        regions, releases,
    },
};
use actix_web::{
    App, HttpServer,
    dev::Service as _,
    http::header::{HeaderName, HeaderValue},
    middleware::{Compress, from_fn},
    web::{self, Data},
};
use std::{collections::HashMap, net::TcpListener, sync::Arc};
use tokio::sync::watch;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

/// Largest JSON body taken, in bytes; files have their own limit.
const JSON_LIMIT: usize = 16 << 20;

/// Every refusal that a caller can meet, for `/problems/{code}`.
#[must_use]
pub fn problems() -> Vec<&'static Code> {
    [
        codes::PROBLEMS,
        logins::PROBLEMS,
        agencies::PROBLEMS,
        accounts::PROBLEMS,
        releases::PROBLEMS,
        households::PROBLEMS,
        lookups::PROBLEMS,
        purpose::PROBLEMS,
        programs::PROBLEMS,
        enrolments::PROBLEMS,
        funds::PROBLEMS,
        disbursements::PROBLEMS,
        batches::PROBLEMS,
        receipts::PROBLEMS,
        payouts::PROBLEMS,
    ]
    .concat()
}

/// What the database's constraints say in each feature's words.
fn constraint_tables() -> Vec<constraints::Table> {
    vec![
        agencies::CONSTRAINTS,
        accounts::CONSTRAINTS,
        releases::CONSTRAINTS,
        programs::CONSTRAINTS,
        enrolments::CONSTRAINTS,
        funds::CONSTRAINTS,
        disbursements::CONSTRAINTS,
        batches::CONSTRAINTS,
        payouts::CONSTRAINTS,
    ]
}

/// What does the jobs of each kind.
fn handlers() -> HashMap<&'static str, jobs::Handler> {
    HashMap::from([
        (releases::import::KIND, releases::import::run as jobs::Handler),
        (releases::activation::KIND, releases::activation::run_scheduled),
        (ledger::proof::KIND, ledger::proof::run),
    ])
}

/// All routes under `/v1`.
fn configure_v1(config: &mut ServiceConfig) {
    // Routes are tried in this order; the hot path comes first.
    households::routes::configure(config);
    logins::routes::configure(config);
    accounts::routes::configure(config);
    agencies::routes::configure(config);
    regions::routes::configure(config);
    releases::routes::configure(config);
    lookups::routes::configure(config);
    history::configure(config);
    approvals::routes::configure(config);
    programs::routes::configure(config);
    enrolments::routes::configure(config);
    disbursements::list_routes::configure(config);
    disbursements::routes::configure(config);
    batches::routes::configure(config);
    batches::partner_routes::configure(config);
    receipts::routes::configure(config);
    payouts::routes::configure(config);
    funds::routes::configure(config);
    ledger::routes::configure(config);
    jobs::routes::configure(config);
}

/// What is deleted when its retention ends.
pub const SWEEPS: &[(&str, Sweep)] = &[
    ("delivered files", releases::retention::delete_files),
    ("set-aside lines", releases::retention::delete_set_aside_lines),
    ("stored answers", idempotency::delete_answers),
];

/// All routes, for the server and for the OpenAPI document.
fn configure(config: &mut ServiceConfig) {
    config.service(scope::scope("/v1").configure(configure_v1));
    logins::routes::configure_root(config);
    health::configure(config);
}

/// A running service.
pub struct Running {
    /// Serves until stopped.
    pub server: actix_web::dev::Server,
    /// Runs jobs; told to stop by dropping or sending on its switch.
    pub stop_jobs: watch::Sender<bool>,
    /// The runner's thread.
    pub jobs: std::thread::JoinHandle<()>,
}

/// Starts the service on this listener.
///
/// # Errors
/// A line that says why it can't start.
pub fn start(settings: Settings, listener: TcpListener) -> Result<Running, String> {
    constraints::register(constraint_tables());
    let settings = Arc::new(settings);
    let keys = TokenKeys::new(&settings.signing_key, &settings.public_url, settings.token_seconds)?;
    let keys = Data::new(keys);
    // On a thread of its own, whose heap goes with it: a build for development makes it, and that takes megabytes.
    let made = std::thread::spawn(openapi::Served::new).join();
    let made = made.map_err(|_| "the OpenAPI document can't be made")?;
    let document = Data::new(made.map_err(|error| format!("the OpenAPI document can't be read: {error}"))?);
    let tls = settings.tls.as_ref().map(TlsFiles::server_config).transpose()?;
    let (stop_jobs, stop) = watch::channel(false);
    let jobs = start_jobs(settings.clone(), stop).map_err(|problem| problem.to_string())?;

    let reads = Gatherer::<HouseholdReads>::start(&settings).map_err(|problem| problem.to_string())?;
    let reads = Data::new(reads);
    let payments = Gatherer::<Payments>::start(&settings).map_err(|problem| problem.to_string())?;
    let payments = Data::new(payments);

    let for_workers = settings.clone();
    let server = HttpServer::new(move || {
        let settings = for_workers.clone();
        // A pool for each worker: workers are single-threaded and share nothing.
        let db = Db::new(&settings.database_url, settings.pool_size).unwrap_or_else(|problem| {
            log::error!("no pool: {problem}");
            std::process::exit(1)
        });
        let proxies = TrustedProxies(settings.trusted_proxies.clone().into());
        App::new()
            .into_utoipa_app()
            .map(|app| {
                app.app_data(Data::new(db))
                    .app_data(reads.clone())
                    .app_data(payments.clone())
                    .app_data(Data::from(settings))
                    .app_data(keys.clone())
                    .app_data(document.clone())
                    .app_data(document.routes_with_queries())
                    .app_data(proxies)
                    .app_data(web::PayloadConfig::new(JSON_LIMIT))
                    .app_data(web::PathConfig::default().error_handler(|_, _| Problem::from(&codes::NOT_FOUND).into()))
                    .wrap_fn(|request, service| {
                        let id = request_id_of(request.request());
                        let tried = is_dry_run(request.query_string()) == Some(true);
                        let answer = service.call(request);
                        async move {
                            let mut response = answer.await?;
                            if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
                                response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
                            }
                            if tried {
                                let name = HeaderName::from_static("dry-run");
                                response.headers_mut().insert(name, HeaderValue::from_static("true"));
                            }
                            Ok(response)
                        }
                    })
                    .wrap(from_fn(localise))
                    .wrap(from_fn(health::measure))
                    .wrap(Compress::default())
            })
            .configure(configure)
            .into_app()
            .configure(openapi::configure)
            .configure(problems_page::configure)
            .default_service(web::to(elsewhere::answer))
    })
    .workers(settings.workers)
    .shutdown_timeout(30);
    let listening = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls),
        None => server.listen(listener),
    };
    let server = listening.map_err(|error| format!("can't listen: {error}"))?.run();
    Ok(Running { server, stop_jobs, jobs })
}

fn start_jobs(settings: Arc<Settings>, stop: watch::Receiver<bool>) -> Outcome<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name("jobs".to_owned())
        .spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime.inspect_err(|error| log::error!("jobs can't run: {error}")) else { return };
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                match Db::new(&settings.database_url, 4) {
                    Ok(db) => {
                        let sweeper = Sweeper { db: db.clone(), settings: settings.clone(), sweeps: SWEEPS };
                        let runner = Runner { db, settings, handlers: handlers(), standing };
                        futures::join!(runner.run(stop.clone()), sweeper.run(stop));
                    }
                    Err(problem) => log::error!("jobs can't run: {problem}"),
                }
            });
        })
        .map_err(Problem::internal)
}

fn standing(
    db: Db,
    identity: crate::platform::auth::Identity,
) -> futures::future::LocalBoxFuture<'static, Outcome<bool>> {
    Box::pin(accounts::service::still_stands(db, identity))
}
