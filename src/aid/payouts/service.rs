//! Recording, checking and closing accounts.

use super::{
    ACCOUNT_CLOSED, CheckState, INDIVIDUAL_NOT_FOUND, Kept, NewPayoutAccount, PayoutAccount, SharedAccount,
    queries::{self, Due, Held, Place, Said},
    requests::CheckResult,
};
use crate::{
    access::agencies::queries as agencies,
    platform::{
        audit,
        db::Tx,
        outbox::Event,
        problem::{Outcome, Problem, codes},
        vault::{Use, Vault},
        versions::IfMatch,
    },
    registry::{households::lock::lock_households, releases::active},
};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// An act on these persons' accounts, each of whom it names once.
pub fn trace(action: &'static str, persons: impl IntoIterator<Item = Uuid>) -> audit::Entry {
    let persons: BTreeSet<Uuid> = persons.into_iter().collect();
    audit::Entry { action, individual_ids: persons.into_iter().collect(), ..audit::Entry::default() }
}

/// Checks that an agency keeps accounts or pays by hand: a bank, or the post.
///
/// # Errors
/// `invalid-fields` that names the field `partner_code`.
pub async fn check_partner(tx: &mut Tx, partner_code: &str) -> Outcome<()> {
    if agencies::is_partner(tx, partner_code).await? {
        return Ok(());
    }
    Err(codes::INVALID.field("/partner_code", "bukan bank atau pos yang dikenal", "is no bank or post that is known"))
}

/// Those of these persons who are in the active release in the caller's areas. Release and families are held, so that two
/// who record an account of the same person follow each other.
///
/// # Errors
/// `no-active-release`; `busy` where whoever holds a family does not end in time.
pub async fn hold_present(tx: &mut Tx, individual_ids: &[Uuid]) -> Outcome<HashSet<Uuid>> {
    let release_id = active::hold(tx).await?;
    let (present, households): (HashSet<Uuid>, Vec<Uuid>) =
        queries::present(tx, release_id, individual_ids).await?.into_iter().unzip();
    lock_households(tx, &households).await?;
    Ok(present)
}

/// Records accounts of persons who are held, each once: closes the one that was open, unless it is the very same, which
/// stays with what its check found. By person.
///
/// # Errors
/// `busy` where somebody recorded another one at the same moment.
pub async fn keep(tx: &mut Tx, vault: &Vault, place: Place<'_>, due: Vec<Due<'_>>) -> Outcome<HashMap<Uuid, Kept>> {
    let persons: Vec<Uuid> = due.iter().map(|due| due.individual_id).collect();
    let former = queries::hold_open(tx, place.agency, &persons).await?;
    let former: HashMap<Uuid, Held> = former.into_iter().map(|held| (held.account.individual_id, held)).collect();
    let stands = |due: &Due<'_>| former.get(&due.individual_id).is_some_and(|held| is_same(held, vault, place, due));
    let fresh: Vec<Due<'_>> = due.into_iter().filter(|due| !stands(due)).collect();
    let fresh_ids: HashMap<Uuid, Uuid> = fresh.iter().map(|due| (due.individual_id, due.account_id)).collect();
    let (replaced, standing): (Vec<&Held>, Vec<&Held>) =
        former.values().partition(|held| fresh_ids.contains_key(&held.account.individual_id));
    let id = |held: &Held| held.account.account_id;
    let replaced: Vec<Uuid> = replaced.into_iter().map(id).collect();
    for closed in queries::close(tx, &replaced, None).await? {
        let by = fresh_ids.get(&closed.individual_id);
        tx.emit(told("payout_account.closed", &closed, json!({ "replaced_by": by })));
    }
    queries::insert(tx, vault, place, &fresh).await?;
    let ids: Vec<Uuid> = fresh_ids.values().copied().chain(standing.into_iter().map(id)).collect();
    let mut shared = queries::shared(tx, &ids).await?;
    tx.trace(trace("payout.recorded", persons.into_iter().chain(shared.values().flatten().copied())));
    let mut kept = HashMap::with_capacity(ids.len());
    for (account_id, account) in queries::named(tx, &ids).await? {
        let is_new = fresh_ids.contains_key(&account.individual_id);
        if is_new {
            tx.emit(told("payout_account.created", &account, json!({ "kind": account.kind })));
        }
        let shared_with = shared.remove(&account_id).unwrap_or_default();
        kept.insert(account.individual_id, Kept { account: SharedAccount { account, shared_with }, is_new });
    }
    Ok(kept)
}

fn is_same(held: &Held, vault: &Vault, place: Place<'_>, due: &Due<'_>) -> bool {
    let Held { account, digest_key, digest, .. } = held;
    account.partner_code == place.partner_code
        && account.kind == place.kind
        && account.holder_name == due.holder_name
        && *digest_key == vault.digest_key()
        && digest[..] == vault.digest(Use::PayoutAccount, due.number.reveal().as_bytes())
}

/// An event on an account; the payload names whose it is, too.
fn told(kind: &'static str, account: &PayoutAccount, mut payload: serde_json::Value) -> Event {
    payload["individual_id"] = json!(account.individual_id);
    Event::new(kind, account.account_id, payload).of_agency(&account.agency_code)
}

/// Records one account.
///
/// # Errors
/// `individual-not-found`, `invalid-fields` where the partner is none, `no-active-release`, `busy`.
pub async fn record(tx: &mut Tx, vault: &Vault, asked: &NewPayoutAccount) -> Outcome<Kept> {
    check_partner(tx, &asked.partner_code).await?;
    let agency = tx.caller()?.agency.clone();
    if !hold_present(tx, &[asked.individual_id]).await?.contains(&asked.individual_id) {
        return Err(Problem::from(&INDIVIDUAL_NOT_FOUND));
    }
    let place = Place { agency: &agency, partner_code: &asked.partner_code, kind: asked.kind };
    let due = Due {
        account_id: Uuid::now_v7(),
        individual_id: asked.individual_id,
        number: asked.number.read()?,
        holder_name: asked.holder_name.trim(),
    };
    let mut kept = keep(tx, vault, place, vec![due]).await?;
    kept.remove(&asked.individual_id).ok_or_else(|| Problem::internal("an account that was recorded is not there"))
}

/// One account, with who shares its number.
///
/// # Errors
/// `not-found`.
pub async fn see(tx: &mut Tx, account_id: Uuid) -> Outcome<SharedAccount> {
    let account = queries::find(tx, account_id).await?;
    let shared_with = queries::shared(tx, &[account_id]).await?.remove(&account_id).unwrap_or_default();
    tx.trace(trace("payout.read", shared_with.iter().copied().chain([account.individual_id])));
    Ok(SharedAccount { account, shared_with })
}

/// An open account of the caller's agency, held in the version that was seen.
async fn hold_seen(tx: &mut Tx, account_id: Uuid, seen: IfMatch, action: &'static str) -> Outcome<Held> {
    let held = queries::hold(tx, &[account_id]).await?.pop();
    let held = held.ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
    tx.trace(trace(action, [held.account.individual_id]));
    seen.check(held.account.version)?;
    if held.account.open { Ok(held) } else { Err(Problem::from(&ACCOUNT_CLOSED)) }
}

impl Held {
    /// What a check makes of it. Who recorded an account does not also find it right; that it is wrong, anybody may say.
    ///
    /// # Errors
    /// `needs-another-person`.
    pub fn found<'a>(&self, state: CheckState, reason: Option<&'a str>) -> Outcome<Said<'a>> {
        if self.is_own && state == CheckState::Valid && self.account.check_state != state {
            return Err(Problem::from(&codes::SAME_PERSON));
        }
        let PayoutAccount { account_id, individual_id, .. } = self.account;
        Ok(Said { account_id, individual_id, state, reason })
    }
}

/// Records what the partner said of one account.
///
/// # Errors
/// `not-found`, `stale-version`, `payout-account-closed`, `invalid-fields`, `needs-another-person`.
pub async fn check(tx: &mut Tx, account_id: Uuid, seen: IfMatch, asked: &CheckResult) -> Outcome<PayoutAccount> {
    let reason = asked.reason.as_deref().map(str::trim);
    let state = CheckResult::state(asked.valid, reason)?;
    let held = hold_seen(tx, account_id, seen, "payout.checked").await?;
    write_checks(tx, &[held.found(state, reason)?]).await?;
    queries::find(tx, account_id).await
}

/// Writes what the partner said of open accounts that are held, each with its event.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn write_checks(tx: &mut Tx, said: &[Said<'_>]) -> Outcome<()> {
    queries::checked(tx, said).await?;
    let agency = tx.caller()?.agency.clone();
    for said in said {
        let payload = json!({ "individual_id": said.individual_id, "check_state": said.state });
        tx.emit(Event::new("payout_account.checked", said.account_id, payload).of_agency(&agency));
    }
    Ok(())
}

/// Closes one account.
///
/// # Errors
/// `not-found`, `stale-version`, `payout-account-closed`.
pub async fn close(tx: &mut Tx, account_id: Uuid, seen: IfMatch, reason: &str) -> Outcome<PayoutAccount> {
    hold_seen(tx, account_id, seen, "payout.closed").await?;
    let closed = queries::close(tx, &[account_id], Some(reason)).await?.pop();
    let closed = closed.ok_or_else(|| Problem::internal("an account that is held was not closed"))?;
    tx.emit(told("payout_account.closed", &closed, json!({})));
    Ok(closed)
}
