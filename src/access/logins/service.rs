//! Proving who one is, by name and secret.

use super::{
    ACCOUNT_SHUT, queries,
    shutting::{Failures, Patience},
};
use crate::{
    access::accounts::{self, passwords},
    platform::{
        audit,
        auth::Identity,
        config::Settings,
        db::{Db, Tx},
        problem::{Outcome, Problem, codes},
        request::Origin,
        vault::{Digest, Use},
    },
};
use chrono::{Duration, Utc};
use serde_json::json;

/// What sort of account a name is meant to be of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Register {
    /// People, with passwords.
    Users,
    /// Systems, with secrets.
    Clients,
}

/// A name and a secret that somebody sent.
pub(super) struct Claim<'a> {
    pub register: Register,
    pub name: &'a str,
    pub secret: String,
}

/// Who the claim proves the caller to be. An unknown name takes as long and is counted as a wrong secret is.
///
/// # Errors
/// `wrong-credentials`; `too-many-failed-logins` where the account is shut, also for the right secret.
pub(super) async fn prove(db: &Db, settings: &Settings, origin: &Origin, claim: Claim<'_>) -> Outcome<Identity> {
    let Claim { register, name, secret } = claim;
    let window = Duration::seconds(i64::from(settings.login_window_seconds));
    let patience = Patience { failures: settings.login_failures, window };
    // Where the guesses come from counts too: else a stranger could keep anybody's account shut.
    let counted = format!("{register:?}:{name}:{}", origin.peer);
    let digest = settings.vault.digest(Use::LoginName, counted.as_bytes());
    let account = db
        .act_for_stranger(origin, async |tx| {
            refuse_if_shut(tx, patience, &digest).await?;
            find(tx, register, name).await
        })
        .await?;
    let (identity, hash) = account.unzip();
    let fits = passwords::fits(secret, hash).await?;
    let proven = identity.as_ref().filter(|_| fits);
    db.act_for_stranger(origin, async |tx| match proven {
        None => {
            let failures = queries::count(tx, &digest, Utc::now() - window).await?;
            tx.trace(entry("login.failed", &digest, identity.as_ref(), Some(failures)));
            Ok(())
        }
        Some(_) => {
            // Guesses sent at once don't get by the count of each other.
            refuse_if_shut(tx, patience, &digest).await?;
            queries::forget(tx, &digest).await?;
            tx.trace(entry("login.succeeded", &digest, proven, None));
            Ok(())
        }
    })
    .await?;
    identity.filter(|_| fits).ok_or_else(|| Problem::from(&codes::WRONG_CREDENTIALS))
}

async fn refuse_if_shut(tx: &mut Tx, patience: Patience, account: &Digest) -> Outcome<()> {
    let failures: Option<Failures> = queries::failures(tx, account).await?;
    match failures.and_then(|failures| patience.shut_for(failures, Utc::now())) {
        Some(seconds) => Err(Problem { retry_after: Some(seconds), ..Problem::from(&ACCOUNT_SHUT) }),
        None => Ok(()),
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

/// Names the account where there is one. What was typed for one that there is not may be anything, so only the
/// beginning of its digest is told, by which attempts can be counted together.
fn entry(action: &'static str, digest: &Digest, identity: Option<&Identity>, failures: Option<i32>) -> audit::Entry {
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let details = json!({
        "account": identity.map(|identity| &identity.subject), "account_digest": digest, "failures": failures,
    });
    audit::Entry { action, details: Some(details), ..audit::Entry::default() }
}
