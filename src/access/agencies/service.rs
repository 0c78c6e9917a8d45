//! Making and changing agencies.

use super::{Agency, AgencyChange, NewAgency, queries};
use crate::platform::{db::Tx, outbox::Event, problem::Outcome, versions::IfMatch};
use serde_json::json;
use uuid::Uuid;

/// Makes an agency known.
///
/// # Errors
/// `agency-exists`, `unknown-agency` for its parent.
pub async fn create(tx: &mut Tx, agency: NewAgency) -> Outcome<Agency> {
    let made = queries::insert(tx, agency).await?;
    tx.emit(Event::new("agency.created", Uuid::now_v7(), json!({ "code": made.code })).of_agency(&made.code));
    Ok(made)
}

/// Changes name or contact.
///
/// # Errors
/// `not-found`, `stale-version`.
pub async fn change(tx: &mut Tx, code: &str, seen: IfMatch, change: AgencyChange) -> Outcome<Agency> {
    let standing = queries::lock(tx, code).await?;
    seen.check(standing.version)?;
    let changed = queries::update(tx, standing, change).await?;
    tx.emit(Event::new("agency.changed", Uuid::now_v7(), json!({ "code": changed.code })).of_agency(&changed.code));
    Ok(changed)
}
