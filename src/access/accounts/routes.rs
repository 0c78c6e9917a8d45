//! `/v1/users`, `/v1/clients`: made by the system administrator.

use super::{Client, ClientWithSecret, NewClient, NewUser, User, passwords, queries, service};
use crate::{
    access::permissions::SystemAdmin,
    platform::{
        db::Db,
        json::ValidJson,
        page::{Listed, PageParams},
        problem::{Outcome, ProblemBody},
        query::{NoFilter, PagedQuery},
    },
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Registers this feature's routes.
pub fn configure(config: &mut ServiceConfig) {
    config.service(list_users).service(create_user).service(list_clients).service(create_client);
}

/// All clients; they are few.
#[derive(Debug, Serialize, ToSchema)]
pub struct Clients {
    items: Vec<Client>,
}

/// List logins of people.
///
/// Without their passwords, which nobody can see.
#[utoipa::path(tag = "accounts", params(PageParams), responses((status = 200, body = Listed<User>)))]
#[get("/users")]
pub async fn list_users(
    admin: SystemAdmin,
    asked: PagedQuery<NoFilter>,
    db: web::Data<Db>,
    request: HttpRequest,
) -> Outcome<HttpResponse> {
    db.act(&admin, async |tx| queries::users(tx, asked.page).await).await?.respond(&request)
}

/// Make a login for a person.
///
/// A person who holds another login is named by `person_id`, so that four eyes see one person.
#[utoipa::path(tag = "accounts", request_body = NewUser, responses(
    (status = 201, body = User),
    (status = 409, description = "`user-exists`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`: also a `person_id` that nobody has; `unknown-agency`", body = ProblemBody)))]
#[post("/users")]
pub async fn create_user(admin: SystemAdmin, user: ValidJson<NewUser>, db: web::Data<Db>) -> Outcome<HttpResponse> {
    let user = user.into_inner();
    let hash = passwords::hash(user.password.clone()).await?;
    let made = db.act(&admin, async |tx| service::create_user(tx, &user, &hash).await).await?;
    Ok(HttpResponse::Created().json(made))
}

/// List systems that call this service.
///
/// Without their secrets, which nobody can see again.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Clients)))]
#[get("/clients")]
pub async fn list_clients(admin: SystemAdmin, db: web::Data<Db>) -> Outcome<web::Json<Clients>> {
    let items = db.act(&admin, queries::clients).await?;
    Ok(web::Json(Clients { items }))
}

/// Make a system known.
///
/// The answer shows its secret, this once.
#[utoipa::path(tag = "accounts", request_body = NewClient, responses(
    (status = 201, body = ClientWithSecret),
    (status = 409, description = "`client-exists`", body = ProblemBody),
    (status = 422, description = "`invalid-fields`, `unknown-agency`; `role-needs-a-person`: an approver is no system", body = ProblemBody)))]
#[post("/clients")]
pub async fn create_client(
    admin: SystemAdmin,
    client: ValidJson<NewClient>,
    db: web::Data<Db>,
) -> Outcome<HttpResponse> {
    let client = client.into_inner();
    let secret = passwords::fresh_secret();
    let hash = passwords::hash(secret.clone()).await?;
    let made = db.act(&admin, async |tx| service::create_client(tx, &client, secret, &hash).await).await?;
    Ok(HttpResponse::Created().json(made))
}
