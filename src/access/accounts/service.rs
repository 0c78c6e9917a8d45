//! Making accounts.

use super::{Client, ClientWithSecret, NewClient, NewUser, ROLE_NEEDS_A_PERSON, User, queries};
use crate::platform::{
    auth::{Identity, Role},
    db::{Db, Tx},
    outbox::Event,
    problem::{Outcome, Problem, codes},
};
use serde_json::json;
use uuid::Uuid;

/// Makes a login.
///
/// # Errors
/// `invalid-fields` where nobody is known as this person; `user-exists`, `unknown-agency`.
pub async fn create_user(tx: &mut Tx, user: &NewUser, password_hash: &str) -> Outcome<User> {
    // One who is named by a mistyped id would be a second person, and decide on what they asked themselves.
    if let Some(person) = user.person_id
        && !queries::is_known_person(tx, person).await?
    {
        return Err(codes::INVALID.field("/person_id", "tidak ada akun orang ini", "no account is this person's"));
    }
    let made = queries::insert_user(tx, user, password_hash).await?;
    tx.emit(Event::new("user.created", made.user_id, json!({ "role": made.role })).of_agency(&made.agency_code));
    Ok(made)
}

/// Makes a system known.
///
/// # Errors
/// `client-exists`, `unknown-agency`, `role-needs-a-person`.
pub async fn create_client(
    tx: &mut Tx,
    client: &NewClient,
    secret: String,
    secret_hash: &str,
) -> Outcome<ClientWithSecret> {
    if matches!(client.role, Role::Approver | Role::SystemAdmin) {
        return Err(Problem::from(&ROLE_NEEDS_A_PERSON));
    }
    let made: Client = queries::insert_client(tx, client, secret_hash).await?;
    let payload = json!({ "client_id": made.client_id, "role": made.role });
    tx.emit(Event::new("client.created", Uuid::now_v7(), payload).of_agency(&made.agency_code));
    Ok(ClientWithSecret { client: made, client_secret: secret })
}

/// Whether the login behind a job's lane still stands as it did, and may still log in.
///
/// # Errors
/// An internal problem where PostgreSQL can't be asked.
pub async fn still_stands(db: Db, identity: Identity) -> Outcome<bool> {
    let standing = db
        .act_as_service(async |tx| {
            Ok(match identity.subject.split_once(':') {
                Some(("user", name)) => queries::active_user(tx, name).await?.map(|user| user.identity()),
                Some(("client", name)) => queries::active_client(tx, name).await?.map(|client| client.identity()),
                _ => None,
            })
        })
        .await?;
    Ok(standing.is_some_and(|now| {
        now.role == identity.role && now.agency == identity.agency && identity.areas.iter().all(|area| now.covers(area))
    }))
}
