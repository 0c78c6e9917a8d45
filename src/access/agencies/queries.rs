//! Agencies in PostgreSQL.

use super::{Agency, AgencyChange, AgencyKind, NewAgency};
use crate::{
    platform::{
        db::Tx,
        problem::{Outcome, Problem},
    },
    schema::agencies,
};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;

/// Every agency, by code.
pub async fn all(tx: &mut Tx) -> Outcome<Vec<Agency>> {
    Ok(agencies::table.order(agencies::code).select(Agency::as_select()).load(&mut **tx).await?)
}

/// One agency.
pub async fn find(tx: &mut Tx, code: &str) -> Outcome<Agency> {
    Ok(agencies::table.find(code).select(Agency::as_select()).first(&mut **tx).await?)
}

/// Whether this agency is a payment partner.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn is_partner(tx: &mut Tx, code: &str) -> Outcome<bool> {
    let partner = agencies::table.filter(agencies::code.eq(code)).filter(agencies::kind.eq_any(AgencyKind::PARTNERS));
    Ok(diesel::select(exists(partner)).get_result(&mut **tx).await?)
}

/// One agency, held until the transaction ends.
pub async fn lock(tx: &mut Tx, code: &str) -> Outcome<Agency> {
    Ok(agencies::table.find(code).select(Agency::as_select()).for_update().first(&mut **tx).await?)
}

/// A new agency.
pub async fn insert(tx: &mut Tx, agency: NewAgency) -> Outcome<Agency> {
    Ok(diesel::insert_into(agencies::table)
        .values((
            agencies::code.eq(agency.code),
            agencies::name.eq(agency.name),
            agencies::kind.eq(agency.kind),
            agencies::parent_code.eq(agency.parent_code),
            agencies::contact.eq(serde_json::to_value(agency.contact).map_err(Problem::internal)?),
        ))
        .returning(Agency::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// The changed agency, one version on.
pub async fn update(tx: &mut Tx, standing: Agency, change: AgencyChange) -> Outcome<Agency> {
    let contact = match change.contact {
        Some(contact) => serde_json::to_value(contact).map_err(Problem::internal)?,
        None => standing.contact,
    };
    Ok(diesel::update(agencies::table.find(&standing.code))
        .set((
            agencies::name.eq(change.name.unwrap_or(standing.name)),
            agencies::contact.eq(contact),
            agencies::version.eq(standing.version + 1),
        ))
        .returning(Agency::as_returning())
        .get_result(&mut **tx)
        .await?)
}
