//! Many accounts at once: recorded from a list, or checked. A row that is refused stops no other; what is written is
//! written by one statement.

use super::{
    ACCOUNT_CLOSED, INDIVIDUAL_NOT_FOUND, LISTED_TWICE,
    lists::{CheckRow, CheckedRows, ForAllAccounts, Named, PayoutAccountRow, PayoutAccountRows, PayoutAnswer},
    queries::{self, Due, Held, Place, Said},
    requests::CheckResult,
    service,
};
use crate::{
    aid::lookups::service::count_misses,
    platform::{
        config::Settings,
        db::Tx,
        identity::Nik,
        problem::{Language, Outcome, Problem, codes},
        rows::RowList,
        vault::{Digest, Use, Vault},
    },
    registry::releases::active,
};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Who bears the NIKs of a list.
pub type Bearers = HashMap<Nik, Uuid>;

/// Whoever bears a NIK of the list, in the active release in the caller's areas. That is looking people up: NIKs of nobody
/// count against the caller's day, whatever becomes of the list.
///
/// # Errors
/// `no-active-release`; within, `lookup-quota-exceeded`.
pub async fn bearers(tx: &mut Tx, settings: &Settings, list: &RowList<PayoutAccountRow>) -> Outcome<Outcome<Bearers>> {
    let named = list.rows.iter().filter_map(|row| row.said.as_ref().ok()?.named().ok());
    let niks: HashMap<Nik, Digest> = named
        .filter_map(|named| match named {
            Named::Nik(nik) => Some((nik, settings.vault.digest(Use::Nik, nik.reveal().as_bytes()))),
            Named::Id(_) => None,
        })
        .collect();
    if niks.is_empty() {
        return Ok(Ok(Bearers::new()));
    }
    let release_id = active::required(tx).await?;
    let digests: Vec<&[u8]> = niks.values().map(|digest| &digest[..]).collect();
    let found = queries::by_nik(tx, release_id, settings.vault.digest_key(), &digests).await?;
    let bearers = niks.iter().filter_map(|(nik, digest)| Some((*nik, *found.get(&digest[..])?)));
    let bearers: Bearers = bearers.collect();
    let misses = niks.len() - bearers.len();
    let within = count_misses(tx, settings, misses).await?;
    let trace = service::trace("payout.lookup", bearers.values().copied());
    tx.trace(trace.details(json!({ "misses": misses })));
    Ok(within.map(|()| bearers))
}

/// Records accounts from a list.
///
/// # Errors
/// `invalid-fields` where the partner is none, `no-active-release`, `busy`.
pub async fn record_rows(
    tx: &mut Tx,
    vault: &Vault,
    (common, list): (&ForAllAccounts, &RowList<PayoutAccountRow>),
    bearers: &Bearers,
    language: Language,
) -> Outcome<PayoutAccountRows> {
    service::check_partner(tx, &common.partner_code).await.map_err(|problem| list.form.of_common(problem))?;
    let agency = tx.caller()?.agency.clone();
    let person = |row: &PayoutAccountRow| match row.named()? {
        Named::Id(id) => Ok(id),
        Named::Nik(nik) => bearers.get(&nik).copied().ok_or_else(|| Problem::from(&INDIVIDUAL_NOT_FOUND)),
    };
    let named: Vec<Uuid> = list.rows.iter().filter_map(|row| person(row.said.as_ref().ok()?).ok()).collect();
    let present = service::hold_present(tx, &named).await?;
    let mut seen = HashSet::new();
    let judged = list.rows.iter().map(|row| {
        let said = row.read()?;
        let individual_id = person(said)?;
        if !present.contains(&individual_id) {
            return Err(Problem::from(&INDIVIDUAL_NOT_FOUND));
        }
        if !seen.insert(individual_id) {
            return Err(Problem::from(&LISTED_TWICE));
        }
        let (account_id, number) = (Uuid::now_v7(), said.number.read()?);
        Ok(Due { account_id, individual_id, number, holder_name: said.holder_name.trim() })
    });
    let judged: Vec<Outcome<Due<'_>>> = judged.collect();
    let place = Place { agency: &agency, partner_code: &common.partner_code, kind: common.kind };
    let due = judged.iter().flatten().cloned().collect();
    let mut kept = service::keep(tx, vault, place, due).await?;
    let (all, recorded) = (kept.len(), kept.values().filter(|kept| kept.is_new).count());
    let answers = list.rows.iter().zip(judged).map(|(row, outcome)| match outcome {
        Ok(due) => {
            let kept = kept.remove(&due.individual_id);
            let kept = kept.ok_or_else(|| Problem::internal("an account that was recorded is not there"))?;
            Ok(PayoutAnswer::kept(row, due.number, kept))
        }
        Err(problem) => Ok(PayoutAnswer::refused(row, problem, language)),
    });
    let items = answers.collect::<Outcome<Vec<PayoutAnswer>>>()?;
    Ok(PayoutAccountRows { recorded, standing: all - recorded, refused: items.len() - all, items })
}

/// Records what the partner said of the accounts of a list.
///
/// # Errors
/// `busy` where whoever holds one of them does not end in time.
pub async fn check_rows(tx: &mut Tx, list: &RowList<CheckRow>, language: Language) -> Outcome<CheckedRows> {
    let named: Vec<Uuid> = list.rows.iter().filter_map(|row| Some(row.said.as_ref().ok()?.account_id)).collect();
    let held = queries::hold(tx, &named).await?.into_iter().map(|held| (held.account.account_id, held));
    let held: HashMap<Uuid, Held> = held.collect();
    tx.trace(service::trace("payout.checked", held.values().map(|held| held.account.individual_id)));
    let mut seen = HashSet::new();
    let judged = list.rows.iter().map(|row| {
        let CheckRow { account_id, valid, reason } = row.read()?;
        let reason = reason.as_deref().map(str::trim);
        let state = CheckResult::state(*valid, reason)?;
        let held = held.get(account_id).ok_or_else(|| Problem::from(&codes::NOT_FOUND))?;
        if !held.account.open {
            return Err(Problem::from(&ACCOUNT_CLOSED));
        }
        if !seen.insert(account_id) {
            return Err(Problem::from(&LISTED_TWICE));
        }
        held.found(state, reason)
    });
    let judged: Vec<Outcome<Said<'_>>> = judged.collect();
    let said: Vec<Said<'_>> = judged.iter().flatten().cloned().collect();
    service::write_checks(tx, &said).await?;
    let answers = list.rows.iter().zip(judged).map(|(row, outcome)| match outcome {
        Ok(said) => PayoutAnswer::checked(row, said.account_id, said.individual_id),
        Err(problem) => PayoutAnswer::refused(row, problem, language),
    });
    let items: Vec<PayoutAnswer> = answers.collect();
    let refused = items.len() - said.len();
    Ok(CheckedRows { items, checked: said.len(), refused })
}
