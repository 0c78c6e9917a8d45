//! Proving who one is, by name and secret.

use super::{ACCOUNT_SHUT, queries, shutting::Patience};
use crate::{
    access::accounts::{self, passwords},
    platform::{
        audit,
        auth::Identity,
        config::Settings,
        db::{Db, Tx},
        outbox::Event,
        problem::{Outcome, Problem, codes},
        request::Origin,
        vault::{Digest, Use},
    },
};
use chrono::{Duration, Utc};
use serde_json::json;
use uuid::Uuid;

/// What sort of account a name is meant to be of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Register {
    /// People, with passwords.
    Users,
    /// Systems, with secrets.
    Clients,
}

/// A name and a secret that somebody sent.
pub(super) struct Claim {
    pub register: Register,
    pub name: String,
    pub secret: String,
}

/// Who the claim proves the caller to be. An unknown name takes as long and is counted as a wrong secret is.
///
/// # Errors
/// `wrong-credentials`; `too-many-failed-logins` where the account is shut, also for the right secret; `busy` where as
/// many logins of the account are under way as may still fail.
pub(super) async fn prove(db: &Db, settings: &Settings, origin: Origin, claim: Claim) -> Outcome<Identity> {
    let patience = Patience {
        failures: settings.login_failures,
        window: Duration::seconds(i64::from(settings.login_window_seconds)),
    };
    // Where the guesses come from counts too: else a stranger could keep anybody's account shut.
    let counted = format!("{:?}:{}:{}", claim.register, claim.name, origin.peer);
    let digest = settings.vault.digest(Use::LoginName, counted.as_bytes());
    let attempt = Attempt { db: db.clone(), origin, patience, digest };
    // On a task of its own: a caller who hangs up does not leave an attempt under way.
    actix_web::rt::spawn(attempt.make(claim)).await.map_err(Problem::internal)?
}

/// One login, counted before its secret is looked at: guesses sent at once don't get by the count of each other.
struct Attempt {
    db: Db,
    origin: Origin,
    patience: Patience,
    digest: Digest,
}

impl Attempt {
    async fn make(self, claim: Claim) -> Outcome<Identity> {
        let account = self.begin(&claim).await?;
        let (identity, hash) = account.unzip();
        let fits = passwords::fits(claim.secret, hash).await;
        let proven = identity.as_ref().filter(|_| matches!(fits, Ok(true)));
        self.end(identity.as_ref(), proven.is_some()).await?;
        if fits? { identity } else { None }.ok_or_else(|| Problem::from(&codes::WRONG_CREDENTIALS))
    }

    /// Counts the attempt, and finds the account where there is one.
    async fn begin(&self, claim: &Claim) -> Outcome<Option<(Identity, String)>> {
        self.db
            .act_for_stranger(&self.origin, async |tx| {
                let now = Utc::now();
                let counted = self.patience.remembered(queries::hold(tx, &self.digest, now).await?, now);
                if let Some(seconds) = self.patience.shut_for(counted, now) {
                    return Err(Problem { retry_after: Some(seconds), ..Problem::from(&ACCOUNT_SHUT) });
                }
                if !self.patience.has_room(counted) {
                    return Err(Problem { retry_after: Some(1), ..Problem::from(&codes::BUSY) });
                }
                queries::keep(tx, &self.digest, counted.begun()).await?;
                find(tx, claim.register, &claim.name).await
            })
            .await
    }

    async fn end(&self, identity: Option<&Identity>, succeeded: bool) -> Outcome<()> {
        self.db
            .act_for_stranger(&self.origin, async |tx| {
                let now = Utc::now();
                if succeeded {
                    let counted = queries::hold(tx, &self.digest, now).await?;
                    queries::keep(tx, &self.digest, counted.succeeded()).await?;
                    tx.trace(entry("login.succeeded", &self.digest, identity, None));
                    return Ok(());
                }
                queries::forget(tx, now - self.patience.window).await?;
                let counted = queries::hold(tx, &self.digest, now).await?.failed(now);
                queries::keep(tx, &self.digest, counted).await?;
                if counted.failures == i32::from(self.patience.failures) {
                    tx.emit(shut(&self.digest, identity));
                }
                tx.trace(entry("login.failed", &self.digest, identity, Some(counted.failures)));
                Ok(())
            })
            .await
    }
}

async fn find(tx: &mut Tx, register: Register, name: &str) -> Outcome<Option<(Identity, String)>> {
    Ok(match register {
        Register::Users => accounts::queries::active_user(tx, name)
            .await?
            .map(|user| (user.identity(), user.password_hash().to_owned())),
        Register::Clients => accounts::queries::active_client(tx, name)
            .await?
            .map(|client| (client.identity(), client.secret_hash().to_owned())),
    })
}

/// The beginning of the account's digest, by which attempts can be counted together. What was typed for an account that
/// there is not may be anything.
fn told(digest: &Digest) -> String {
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// That an account was shut, where one of this name exists or not.
fn shut(digest: &Digest, identity: Option<&Identity>) -> Event {
    let account = identity.map(|identity| &identity.subject);
    let event = Event::new("login.shut", Uuid::now_v7(), json!({ "account": account, "account_digest": told(digest) }));
    match identity {
        Some(identity) => event.of_agency(&identity.agency),
        None => event,
    }
}

/// Names the account where there is one.
fn entry(action: &'static str, digest: &Digest, identity: Option<&Identity>, failures: Option<i32>) -> audit::Entry {
    let details = json!({
        "account": identity.map(|identity| &identity.subject), "account_digest": told(digest), "failures": failures,
    });
    audit::Entry { action, details: Some(details), ..audit::Entry::default() }
}
