//! The OpenAPI document: made from the routes, completed with what holds for all of them.

use super::elsewhere::Addresses;
use crate::platform::{
    problem::codes,
    query::{DRY_RUN, RoutesWithQueries},
};
use actix_web::{
    App, HttpResponse, guard,
    http::header,
    web::{self, Bytes},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
};
use utoipa::{
    OpenApi,
    openapi::{
        self, Ref, RefOr,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBody,
        response::Response,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sejahtera",
        description = "Satu rujukan DTSEN untuk setiap program penanggulangan kemiskinan di kabupaten. / \
                       One DTSEN reference for every poverty programme of a regency.\n\n\
                       Errors are RFC 9457 problems with a stable `code`, explained at `/problems/{code}`; \
                       `detail` is Indonesian, or English where `Accept-Language` asks.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(crate::platform::problem::ProblemBody)),
    tags(
        (name = "tokens", description = "Masuk dan token / logging in"),
        (name = "accounts", description = "Akun orang dan sistem / accounts of people and systems"),
        (name = "agencies", description = "Perangkat daerah / agencies"),
        (name = "regions", description = "Wilayah / regions"),
        (name = "releases", description = "Rilis DTSEN / DTSEN releases"),
        (name = "approvals", description = "Persetujuan orang kedua / four eyes"),
        (name = "households", description = "Keluarga dan individu / households and individuals"),
        (name = "programs", description = "Program bantuan / programmes"),
        (name = "enrolments", description = "Kepesertaan / enrolments"),
        (name = "disbursements", description = "Penyaluran / disbursements"),
        (name = "batches", description = "Daftar bayar / batches"),
        (name = "payouts", description = "Rekening dan titik bayar / payout accounts and pay points"),
        (name = "budgets", description = "Sumber dana dan anggaran / funds and budgets"),
        (name = "ledger", description = "Buku besar / the ledger"),
        (name = "jobs", description = "Pekerjaan panjang / work that outlives its request"),
        (name = "health", description = "Keadaan layanan / how the service is")
    )
)]
struct Base;

/// The whole document.
#[must_use]
pub fn document() -> openapi::OpenApi {
    let (_, collected) = App::new().into_utoipa_app().configure(super::configure).split_for_parts();
    let mut document = Base::openapi();
    document.merge(collected);
    if let Some(components) = &mut document.components {
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
    for (path, item) in &mut document.paths.paths {
        complete_item(path, item);
    }
    document
}

fn complete_item(path: &str, item: &mut PathItem) {
    let writing = [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    let to_be_tried = |operation: &&mut Operation| operation.security.is_none() && !refuses_trials(operation);
    for operation in writing.into_iter().flatten().filter(to_be_tried) {
        operation.parameters.get_or_insert_default().push(dry_run());
    }
    let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
    for operation in operations.into_iter().flatten() {
        operation.parameters.iter_mut().flatten().for_each(exemplify);
        complete(path, operation);
    }
}

/// An id in a path has no meaning that an example could show, only a form: one does for all.
fn exemplify(parameter: &mut RefOr<Parameter>) {
    if let RefOr::T(parameter) = parameter
        && matches!(parameter.parameter_in, ParameterIn::Path)
        && parameter.name.ends_with("_id")
    {
        let example = Some("01900000-0000-7000-8000-000000000001".into());
        *parameter = ParameterBuilder::from(parameter.clone()).example(example).build();
    }
}

/// Whether the operation says that it can't be tried.
fn refuses_trials(operation: &Operation) -> bool {
    let says_so = |response: &RefOr<Response>| matches!(response, RefOr::T(response) if response.description.contains(codes::NO_TRIAL.code));
    operation.responses.responses.values().any(says_so)
}

/// Anything that writes can be tried.
fn dry_run() -> RefOr<Parameter> {
    let parameter = ParameterBuilder::new()
        .name(DRY_RUN)
        .parameter_in(ParameterIn::Query)
        .description(Some(
            "`true` to try only: all of the work is done and none of it stays, but the trace of what was read",
        ))
        .schema(Some(openapi::ObjectBuilder::new().schema_type(openapi::schema::Type::Boolean)))
        .build();
    RefOr::T(parameter)
}

/// What every route of `/v1` can answer, so that no route has to say it again.
fn complete(path: &str, operation: &mut Operation) {
    let open = operation.security.is_some();
    // A form is OAuth's: it is refused in OAuth's own words, which its route states.
    let is_form = |body: &RequestBody| body.content.contains_key("application/x-www-form-urlencoded");
    let takes_body = matches!(&operation.request_body, Some(RefOr::T(body)) if !is_form(body));
    let takes_path = path.contains('{');
    let takes = |name: &str| {
        let mut parameters = operation.parameters.iter().flatten();
        parameters.any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
    };
    let conditional = takes("If-Match");
    let queried = takes_query(operation);
    let mut possible = vec![("500", "`internal-error`")];
    if takes_body || !open {
        possible.push(("400", "`malformed-request`"));
    }
    // What is open and takes no body asks nothing of the database, or says so itself.
    if operation.request_body.is_some() || !open {
        possible.push(("503", "`busy`"));
    }
    if !open {
        operation.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
        possible.extend([("401", "`unauthenticated`"), ("403", "`forbidden`")]);
    }
    // What is open to everybody does not say what there is.
    if takes_path && !open {
        possible.push(("404", "`not-found`: not there, or not the caller's to know of"));
    }
    if takes_body {
        possible.extend([
            ("413", "`too-large`"),
            ("415", "`unsupported-media-type`"),
            ("422", "`invalid-fields`, each named"),
        ]);
    }
    if queried {
        possible.push(("422", "`invalid-fields`: parameters, each named"));
    }
    if conditional {
        possible.extend([("412", "`stale-version`"), ("428", "`version-required`")]);
    }
    operation.responses.responses.values_mut().for_each(name_problems);
    operation.responses.responses.iter_mut().for_each(describe);
    for (status, description) in possible {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

/// Every answer must have a description (OpenAPI 3.1, Response Object); what comes of a success is mostly said by the
/// operation and the schema, and only named here.
fn describe((status, response): (&String, &mut RefOr<Response>)) {
    let RefOr::T(response) = response else { return };
    if response.description.is_empty() {
        response.description = match status.as_str() {
            "201" => "Made".to_owned(),
            "202" => "Taken in; a job goes on with it".to_owned(),
            _ => "Done, or found".to_owned(),
        };
    }
}

/// A problem goes out as `application/problem+json`; the routes' annotations know JSON only.
fn name_problems(response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_problem = |content: &RefOr<openapi::Content>| {
        let RefOr::T(openapi::Content { schema: Some(RefOr::Ref(schema)), .. }) = content else { return false };
        schema.ref_location.ends_with("/Problem")
    };
    if response.content.get("application/json").is_some_and(is_problem)
        && let Some(content) = response.content.shift_remove("application/json")
    {
        response.content.insert("application/problem+json".to_owned(), content);
    }
}

/// Whether it takes query parameters; one that only can be tried refuses others, too.
fn takes_query(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|it| matches!(it, RefOr::T(it) if matches!(it.parameter_in, ParameterIn::Query)))
}

fn problem(description: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = openapi::ContentBuilder::new().schema(Some(schema)).build();
    openapi::ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

/// The document as far as the service itself asks it: which addresses there are, and which parameters.
#[derive(Debug, Deserialize)]
struct Outline {
    paths: BTreeMap<String, BTreeMap<String, OperationOutline>>,
}

#[derive(Debug, Deserialize)]
struct OperationOutline {
    #[serde(default)]
    parameters: Vec<ParameterOutline>,
}

#[derive(Debug, Deserialize)]
struct ParameterOutline {
    name: String,
    r#in: String,
}

impl Outline {
    /// The routes with query parameters of their own.
    fn queries(&self) -> RoutesWithQueries {
        let own = |it: &ParameterOutline| it.r#in == "query" && it.name != DRY_RUN;
        let all = self.paths.iter().flat_map(|(path, methods)| methods.iter().map(move |it| (path, it)));
        let queried = all.filter(|(_, (_, operation))| operation.parameters.iter().any(own));
        let routes = queried.map(|(path, (method, _))| (method.to_ascii_uppercase(), path.clone()));
        RoutesWithQueries(routes.collect::<HashSet<_>>().into())
    }

    fn addresses(&self) -> Addresses {
        let methods = |methods: &BTreeMap<String, OperationOutline>| {
            methods.keys().map(|method| method.to_ascii_uppercase()).collect::<Vec<String>>()
        };
        Addresses::of(self.paths.iter().map(|(path, item)| (path.clone(), methods(item))))
    }
}

/// The document, as it was released.
const RELEASED: &str = include_str!("../../openapi/openapi.json");

/// The document as text. Making it takes tens of megabytes, so what is released has it from the file, which a test holds
/// against the code; a build for development makes it.
pub struct Served {
    json: Cow<'static, str>,
    etag: String,
    addresses: Addresses,
    queries: RoutesWithQueries,
}

impl Served {
    /// Reads it.
    ///
    /// # Errors
    /// Where it is no OpenAPI document.
    pub fn new() -> Result<Self, serde_json::Error> {
        let json = if cfg!(debug_assertions) { Cow::Owned(to_text()) } else { Cow::Borrowed(RELEASED) };
        let digest: String = Sha256::digest(json.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let outline: Outline = serde_json::from_str(&json)?;
        Ok(Self { etag: format!("\"{digest}\""), addresses: outline.addresses(), queries: outline.queries(), json })
    }

    /// The routes with query parameters of their own.
    #[must_use]
    pub fn routes_with_queries(&self) -> RoutesWithQueries {
        self.queries.clone()
    }

    /// Which addresses there are, and for which methods.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }
}

/// The document as it stands in `openapi/openapi.json`.
#[must_use]
pub fn to_text() -> String {
    text_of(&document())
}

fn text_of(document: &openapi::OpenApi) -> String {
    document.to_pretty_json().unwrap_or_default() + "\n"
}

async fn serve(document: web::Data<Served>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, document.etag.clone())).content_type("application/json").body(
        match &document.json {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::copy_from_slice(text.as_bytes()),
        },
    )
}

/// `/openapi.json`, and `/docs`, which shows it from files of our own.
pub fn configure(config: &mut web::ServiceConfig) {
    let to_docs = || async { HttpResponse::SeeOther().insert_header((header::LOCATION, "/docs/")).finish() };
    config
        .service(web::resource("/openapi.json").guard(guard::Get()).to(serve))
        .service(web::resource("/docs").guard(guard::Get()).to(to_docs))
        .service(SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json")));
}
