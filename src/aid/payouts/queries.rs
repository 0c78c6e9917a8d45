//! Payout accounts in PostgreSQL, as the caller's policies show them.

use super::{CheckState, PayoutAccount, PayoutAccountFilter, PayoutKind, number::AccountNumber};
use crate::{
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
        vault::{Use, Vault},
    },
    schema::{individual_snapshots, nik_directory, payout_accounts},
};
use chrono::Utc;
use diesel::{
    dsl::sql,
    expression::SqlLiteral,
    prelude::*,
    sql_types::{Array, Binary, Bool, Nullable, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use std::collections::HashMap;
use uuid::Uuid;

/// One account.
///
/// # Errors
/// `not-found`.
pub async fn find(tx: &mut Tx, account_id: Uuid) -> Outcome<PayoutAccount> {
    let one = payout_accounts::table.filter(payout_accounts::account_id.eq(account_id));
    Ok(one.select(PayoutAccount::as_select()).first(&mut **tx).await?)
}

/// A page of accounts, by id: the oldest first.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn list(tx: &mut Tx, filter: &PayoutAccountFilter, page: Page) -> Outcome<Listed<PayoutAccount>> {
    let mut query = payout_accounts::table.filter(payout_accounts::account_id.gt(page.after_or_start())).into_boxed();
    if let Some(individual_id) = filter.individual_id {
        query = query.filter(payout_accounts::individual_id.eq(individual_id));
    }
    if let Some(household_id) = filter.household_id {
        // A function of the owner, since an approver sees no snapshot.
        let members = sql::<Bool>("payout_accounts.individual_id = ANY (payees_of(");
        query = query.filter(members.bind::<SqlUuid, _>(household_id).sql("))"));
    }
    if let Some(check_state) = filter.check_state {
        query = query.filter(payout_accounts::check_state.eq(check_state));
    }
    if let Some(open) = filter.open {
        query = query.filter(payout_accounts::open.eq(open));
    }
    let query = query.order(payout_accounts::account_id).limit(page.probe()).select(PayoutAccount::as_select());
    Ok(page.cut(query.load(&mut **tx).await?, |account| account.account_id))
}

/// Of these persons who are in the release in the caller's areas, with their households; whoever is in two has two rows.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn present(tx: &mut Tx, release_id: Uuid, individual_ids: &[Uuid]) -> Outcome<Vec<(Uuid, Uuid)>> {
    let there = individual_snapshots::table
        .filter(individual_snapshots::release_id.eq(release_id))
        .filter(individual_snapshots::individual_id.eq_any(individual_ids))
        .select((individual_snapshots::individual_id, individual_snapshots::household_id));
    Ok(there.load(&mut **tx).await?)
}

/// Who in the release and the caller's areas bears these NIKs, by their digests.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn by_nik(
    tx: &mut Tx,
    release_id: Uuid,
    digest_key: i16,
    digests: &[&[u8]],
) -> Outcome<HashMap<Vec<u8>, Uuid>> {
    let found = nik_directory::table
        .inner_join(
            individual_snapshots::table.on(individual_snapshots::individual_id.eq(nik_directory::individual_id)),
        )
        .filter(nik_directory::digest_key.eq(digest_key))
        .filter(nik_directory::digest.eq_any(digests))
        .filter(individual_snapshots::release_id.eq(release_id))
        .select((nik_directory::digest, nik_directory::individual_id));
    let found: Vec<(Vec<u8>, Uuid)> = found.load(&mut **tx).await?;
    Ok(found.into_iter().collect())
}

/// An account that is held until the transaction ends.
pub struct Held {
    /// The account.
    pub account: PayoutAccount,
    /// The key of its digest.
    pub digest_key: i16,
    /// By which its number is found.
    pub digest: Vec<u8>,
    /// Whether the person who asks recorded it.
    pub is_own: bool,
}

type HeldRow = (PayoutAccount, i16, Vec<u8>, bool);

fn held(rows: Vec<HeldRow>) -> Vec<Held> {
    let held = |(account, digest_key, digest, is_own)| Held { account, digest_key, digest, is_own };
    rows.into_iter().map(held).collect()
}

/// Whether the person who asks recorded an account; a trigger asks it, too.
fn is_own() -> SqlLiteral<Bool> {
    sql("lane_person_acted_as(ARRAY[payout_accounts.recorded_by])")
}

/// Holds accounts of the caller's agency, in the order of their ids, so that nobody waits in a circle.
///
/// # Errors
/// `busy` where whoever holds one does not end in time.
pub async fn hold(tx: &mut Tx, account_ids: &[Uuid]) -> Outcome<Vec<Held>> {
    let rows = payout_accounts::table
        .filter(payout_accounts::account_id.eq_any(account_ids))
        .order(payout_accounts::account_id)
        .for_update()
        .select((PayoutAccount::as_select(), payout_accounts::digest_key, payout_accounts::number_digest, is_own()));
    Ok(held(rows.load(&mut **tx).await?))
}

/// Holds the open accounts of these persons in an agency's books, likewise.
///
/// # Errors
/// As [`hold`].
pub async fn hold_open(tx: &mut Tx, agency: &str, individual_ids: &[Uuid]) -> Outcome<Vec<Held>> {
    let rows = payout_accounts::table
        .filter(payout_accounts::agency_code.eq(agency))
        .filter(payout_accounts::individual_id.eq_any(individual_ids))
        .filter(payout_accounts::open)
        .order(payout_accounts::account_id)
        .for_update()
        .select((PayoutAccount::as_select(), payout_accounts::digest_key, payout_accounts::number_digest, is_own()));
    Ok(held(rows.load(&mut **tx).await?))
}

/// Where an account is: in whose books, at which bank.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// In whose books.
    pub agency: &'a str,
    /// The bank that keeps it.
    pub partner_code: &'a str,
    /// Sort.
    pub kind: PayoutKind,
}

/// An account to be written.
#[derive(Debug, Clone)]
pub struct Due<'a> {
    /// Its id to be.
    pub account_id: Uuid,
    /// Whose.
    pub individual_id: Uuid,
    /// Its number.
    pub number: &'a AccountNumber,
    /// The holder's name.
    pub holder_name: &'a str,
}

/// Writes accounts whose persons have no open one. Raw, because arrays that become rows have no word in the query builder,
/// and a parameter for each cell would be too many.
///
/// # Errors
/// `busy` where somebody recorded another one at the same moment.
pub async fn insert(tx: &mut Tx, vault: &Vault, place: Place<'_>, due: &[Due<'_>]) -> Outcome<()> {
    const INSERT: &str = "
        INSERT INTO payout_accounts (individual_id, account_id, sealed_number, number_digest, number_tail, holder_name,
            agency_code, partner_code, kind, digest_key, recorded_by)
        SELECT individual_id, account_id, sealed_number, number_digest, number_tail, holder_name, $7, $8, $9, $10, $11
        FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::text[])
            AS due (individual_id, account_id, sealed_number, number_digest, number_tail, holder_name)";
    let sealed = due.iter().map(|due| vault.seal(Use::PayoutAccount, due.number.reveal().as_bytes()));
    let sealed = sealed.collect::<Outcome<Vec<Vec<u8>>>>()?;
    let digests = due.iter().map(|due| vault.digest(Use::PayoutAccount, due.number.reveal().as_bytes()).to_vec());
    let actor = tx.caller()?.actor();
    diesel::sql_query(INSERT)
        .bind::<Array<SqlUuid>, _>(due.iter().map(|due| due.individual_id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(due.iter().map(|due| due.account_id).collect::<Vec<_>>())
        .bind::<Array<Binary>, _>(sealed)
        .bind::<Array<Binary>, _>(digests.collect::<Vec<_>>())
        .bind::<Array<Text>, _>(due.iter().map(|due| due.number.tail()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(due.iter().map(|due| due.holder_name).collect::<Vec<_>>())
        .bind::<Text, _>(place.agency)
        .bind::<Text, _>(place.partner_code)
        .bind::<Text, _>(place.kind)
        .bind::<SmallInt, _>(vault.digest_key())
        .bind::<Text, _>(actor)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// These accounts, by id.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn named(tx: &mut Tx, account_ids: &[Uuid]) -> Outcome<HashMap<Uuid, PayoutAccount>> {
    let rows = payout_accounts::table.filter(payout_accounts::account_id.eq_any(account_ids));
    let rows: Vec<PayoutAccount> = rows.select(PayoutAccount::as_select()).load(&mut **tx).await?;
    Ok(rows.into_iter().map(|account| (account.account_id, account)).collect())
}

/// Closes open accounts that are held.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn close(tx: &mut Tx, account_ids: &[Uuid], reason: Option<&str>) -> Outcome<Vec<PayoutAccount>> {
    let actor = tx.caller()?.actor();
    Ok(diesel::update(payout_accounts::table.filter(payout_accounts::account_id.eq_any(account_ids)))
        .set((
            payout_accounts::open.eq(false),
            payout_accounts::close_reason.eq(reason),
            payout_accounts::closed_by.eq(actor),
            payout_accounts::closed_at.eq(Utc::now()),
            payout_accounts::version.eq(payout_accounts::version + 1),
        ))
        .returning(PayoutAccount::as_returning())
        .get_results(&mut **tx)
        .await?)
}

/// What the partner said of an account that is held.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    /// Which.
    pub account_id: Uuid,
    /// Whose.
    pub individual_id: Uuid,
    /// What it is from now on.
    pub state: CheckState,
    /// What is wrong with it.
    pub reason: Option<&'a str>,
}

/// Writes results of checks. Raw, because an update from arrays has no word in the query builder.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn checked(tx: &mut Tx, said: &[Said<'_>]) -> Outcome<()> {
    const CHECK: &str = "
        UPDATE payout_accounts p SET check_state = said.state, check_reason = said.reason, checked_by = $5,
            checked_at = now(), version = p.version + 1
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS said (individual_id, account_id, state, reason)
        WHERE p.individual_id = said.individual_id AND p.account_id = said.account_id";
    let actor = tx.caller()?.actor();
    diesel::sql_query(CHECK)
        .bind::<Array<SqlUuid>, _>(said.iter().map(|said| said.individual_id).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(said.iter().map(|said| said.account_id).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(said.iter().map(|said| said.state).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(said.iter().map(|said| said.reason).collect::<Vec<_>>())
        .bind::<Text, _>(actor)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Sharing {
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    other_id: Uuid,
}

/// Of each account the other persons in its agency's books whose open account has the same number, twenty at most: the same
/// dummy number in a whole list would else be told of each row in each. Raw, for what is asked of each row.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn shared(tx: &mut Tx, account_ids: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<Uuid>>> {
    const SHARED: &str = "
        WITH asked AS MATERIALIZED (
            SELECT account_id, individual_id, agency_code, digest_key, number_digest
            FROM payout_accounts WHERE account_id = ANY ($1))
        SELECT a.account_id, o.individual_id AS other_id
        FROM asked a CROSS JOIN LATERAL (
            SELECT p.individual_id FROM payout_accounts p
            WHERE p.digest_key = a.digest_key AND p.number_digest = a.number_digest AND p.agency_code = a.agency_code
              AND p.open AND p.individual_id <> a.individual_id
            LIMIT 20) o";
    let rows: Vec<Sharing> = diesel::sql_query(SHARED).bind::<Array<SqlUuid>, _>(account_ids).load(&mut **tx).await?;
    let mut shared: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for Sharing { account_id, other_id } in rows {
        shared.entry(account_id).or_default().push(other_id);
    }
    Ok(shared)
}
