//! Accounts in PostgreSQL.

use super::{Client, NewClient, NewUser, User};
use crate::{
    platform::{
        auth::Role,
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
        region_code::RegionCode,
    },
    schema::{clients, users},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

fn texts(areas: &[RegionCode]) -> Vec<String> {
    areas.iter().map(ToString::to_string).collect()
}

/// A new login.
pub async fn insert_user(tx: &mut Tx, user: &NewUser, password_hash: &str) -> Outcome<User> {
    let user_id = Uuid::now_v7();
    Ok(diesel::insert_into(users::table)
        .values((
            users::user_id.eq(user_id),
            users::person_id.eq(user.person_id.unwrap_or(user_id)),
            users::username.eq(&user.username),
            users::password_hash.eq(password_hash),
            users::full_name.eq(&user.full_name),
            users::role.eq(user.role),
            users::agency_code.eq(&user.agency_code),
            users::areas.eq(texts(&user.areas)),
        ))
        .returning(User::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Whether a login is this person's, one that was closed too.
pub async fn is_known_person(tx: &mut Tx, person_id: Uuid) -> Outcome<bool> {
    let theirs = users::table.filter(users::person_id.eq(person_id));
    Ok(diesel::select(diesel::dsl::exists(theirs)).get_result(&mut **tx).await?)
}

/// A new client.
pub async fn insert_client(tx: &mut Tx, client: &NewClient, secret_hash: &str) -> Outcome<Client> {
    Ok(diesel::insert_into(clients::table)
        .values((
            clients::client_id.eq(&client.client_id),
            clients::secret_hash.eq(secret_hash),
            clients::name.eq(&client.name),
            clients::role.eq(client.role),
            clients::agency_code.eq(&client.agency_code),
            clients::areas.eq(texts(&client.areas)),
        ))
        .returning(Client::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Logins, by id.
pub async fn users(tx: &mut Tx, page: Page) -> Outcome<Listed<User>> {
    let rows = users::table
        .filter(users::user_id.gt(page.after_or_start()))
        .order(users::user_id)
        .limit(page.probe())
        .select(User::as_select())
        .load(&mut **tx)
        .await?;
    Ok(page.cut(rows, |user| user.user_id))
}

/// Every client, by name; they are few.
pub async fn clients(tx: &mut Tx) -> Outcome<Vec<Client>> {
    Ok(clients::table.order(clients::client_id).select(Client::as_select()).load(&mut **tx).await?)
}

/// The login of this name that may log in.
pub async fn active_user(tx: &mut Tx, username: &str) -> Outcome<Option<User>> {
    Ok(users::table
        .filter(users::username.eq(username).and(users::active))
        .select(User::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// The client of this name that may ask for tokens.
pub async fn active_client(tx: &mut Tx, client_id: &str) -> Outcome<Option<Client>> {
    Ok(clients::table
        .filter(clients::client_id.eq(client_id).and(clients::active))
        .select(Client::as_select())
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Whether there is a system administrator already.
pub async fn has_admin(tx: &mut Tx) -> Outcome<bool> {
    Ok(diesel::select(diesel::dsl::exists(users::table.filter(users::role.eq(Role::SystemAdmin))))
        .get_result(&mut **tx)
        .await?)
}
