//! Receiving and rejecting a release.

use super::{
    NARROW_STEWARD, RELEASE_STEP, Release, ReleaseState, SAME_FILES, import,
    queries::{self, NewFile, NewRelease},
    upload::Delivery,
};
use crate::{
    platform::{
        auth::Principal,
        db::Tx,
        jobs::{self, Job, NewJob},
        outbox::Event,
        problem::{Outcome, Problem},
    },
    registry::regions,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Records a delivery and puts its reading in the queue.
///
/// # Errors
/// `release-already-received` with the other's id, `release-label-taken`, `needs-whole-regency`.
pub(super) async fn receive(tx: &mut Tx, caller: &Principal, delivery: &Delivery) -> Outcome<(Release, Job)> {
    check_whole_regency(tx, caller).await?;
    let digests =
        delivery.files.iter().fold(Sha256::new(), |hash, file| hash.chain_update(file.kind).chain_update(file.sha256));
    let fingerprint = digests.finalize().to_vec();
    if let Some(other) = queries::of_fingerprint(tx, &fingerprint).await? {
        return Err(SAME_FILES.with("release_id", other));
    }
    let release = NewRelease {
        release_id: delivery.release_id,
        label: &delivery.label,
        data_date: delivery.data_date,
        fingerprint,
        received_by: caller.person()?,
    };
    let files: Vec<NewFile<'_>> = delivery
        .files
        .iter()
        .map(|file| NewFile {
            release_id: delivery.release_id,
            kind: file.kind,
            original_name: &file.original_name,
            bytes: file.bytes,
            sha256: file.sha256.to_vec(),
            stored_as: &file.stored_as,
        })
        .collect();
    let release = queries::insert(tx, release, &files).await?;
    let job = jobs::enqueue(
        tx,
        caller,
        NewJob { kind: import::KIND, subject_id: release.release_id, payload: Value::Null, run_after: None },
    )
    .await?;
    tx.emit(Event::new("release.received", release.release_id, json!({ "label": release.label })));
    Ok((release, job))
}

/// A release describes the whole regency, so its reader must see all of it: with narrower areas, households
/// outside them would look new.
async fn check_whole_regency(tx: &mut Tx, caller: &Principal) -> Outcome<()> {
    let villages = regions::queries::villages(tx).await?;
    if villages.iter().all(|village| caller.covers(village)) { Ok(()) } else { Err(Problem::from(&NARROW_STEWARD)) }
}

/// Puts a release aside for good.
///
/// # Errors
/// `not-found`, `release-step` for one that is or was active.
pub async fn reject(tx: &mut Tx, release_id: Uuid, reason: &str) -> Outcome<Release> {
    let release = queries::lock(tx, release_id).await?;
    if !release.state.may_become(ReleaseState::Rejected) {
        return Err(RELEASE_STEP.with("state", release.state));
    }
    let rejected = queries::step(tx, &release, ReleaseState::Rejected, Some(reason)).await?;
    import::queries::drop_rows(tx, release_id).await?;
    tx.emit(Event::new("release.rejected", release_id, json!({})));
    Ok(rejected)
}
