//! Receiving and rejecting a release.

use super::{
    FILES_GONE, NARROW_STEWARD, RELEASE_STEP, Release, ReleaseState, SAME_FILES, activation, import,
    queries::{self, NewFile, NewRelease},
    upload::{self, Delivery, StoredFile},
};
use crate::{
    platform::{
        auth::Principal,
        db::{Db, SharedSettings, Tx},
        jobs::{self, Job, JobRun, NewJob},
        outbox::Event,
        problem::{Outcome, Problem},
    },
    registry::regions,
};
use chrono::NaiveDate;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use uuid::Uuid;

/// Records a delivery and puts its reading in the queue.
///
/// # Errors
/// `release-already-received` with the other's id, `release-label-taken`, `needs-whole-regency`.
pub(super) async fn receive(tx: &mut Tx, caller: &Principal, delivery: &Delivery) -> Outcome<(Release, Job)> {
    check_whole_regency(tx, caller).await?;
    let fingerprint = fingerprint(&delivery.files);
    queries::hold_fingerprint(tx, &fingerprint).await?;
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

/// Takes a delivery in from files of this machine and reads it here and now, in the lane of a steward: for the command
/// line. Its job is held as long as this process lives, so that nobody reads it beside.
///
/// # Errors
/// Those of [`receive`] and of the reading.
pub async fn import_files(run: ImportFiles<'_>, watch: impl FnOnce(&JobRun)) -> Outcome<Value> {
    let ImportFiles { settings, db, caller, label, data_date, paths } = run;
    let mut files = Vec::new();
    let taken = upload::take_files(&settings, paths, &mut files);
    let release_id = taken.inspect_err(|_| upload::discard(&settings, &files))?;
    let delivery = Delivery { release_id, label, data_date, files };
    let recorded = db
        .act(&caller, async |tx| {
            let (_, job) = receive(tx, &caller, &delivery).await?;
            jobs::take_own(tx, job.job_id).await
        })
        .await;
    let taken = recorded.inspect_err(|_| upload::discard(&settings, &delivery.files))?;
    jobs::run_here(taken, db, settings, import::run, watch).await
}

/// A delivery on this machine's disk.
pub struct ImportFiles<'a> {
    /// Settings, with the vault.
    pub settings: SharedSettings,
    /// Connections.
    pub db: Db,
    /// The steward in whose lane it is read.
    pub caller: Principal,
    /// Name of the release.
    pub label: String,
    /// The day that the data describes.
    pub data_date: NaiveDate,
    /// Kind and place of each file.
    pub paths: &'a [(&'static str, &'a Path)],
}

/// The digest over the files' digests, in whatever order the form sent them.
fn fingerprint(files: &[StoredFile]) -> Vec<u8> {
    let mut files: Vec<&StoredFile> = files.iter().collect();
    files.sort_by_key(|file| file.kind);
    let digests = files.iter().fold(Sha256::new(), |hash, file| hash.chain_update(file.kind).chain_update(file.sha256));
    digests.finalize().to_vec()
}

/// A release describes the whole regency, so who reads it must see all of it: with narrower areas, households outside
/// them would look new. So must who decides on it, since it changes what holds in every village.
///
/// # Errors
/// `needs-whole-regency`.
pub async fn check_whole_regency(tx: &mut Tx, caller: &Principal) -> Outcome<()> {
    let villages = regions::queries::villages(tx).await?;
    if villages.iter().all(|village| caller.covers(village)) { Ok(()) } else { Err(Problem::from(&NARROW_STEWARD)) }
}

/// Puts the reading of a received delivery in the queue again.
///
/// # Errors
/// `not-found`, `release-step` where it is being read or was, unless another release became active since.
pub async fn read_again(tx: &mut Tx, caller: &Principal, release_id: Uuid) -> Outcome<Job> {
    check_whole_regency(tx, caller).await?;
    let release = queries::lock(tx, release_id).await?;
    let waits = jobs::is_under_way(tx, import::KIND, release_id).await?;
    // One that is validating though no job is under way was left so by a process that died, and by its job, which was
    // given up or cancelled. Where a command line reads it, that one's job is under way.
    let may_begin = match release.state {
        ReleaseState::Received | ReleaseState::Validating => true,
        ReleaseState::Validated => activation::is_stale(tx, &release).await?,
        _ => false,
    };
    if !may_begin || waits {
        return Err(RELEASE_STEP.with("state", release.state));
    }
    if queries::files_are_gone(tx, release_id).await? {
        return Err(Problem::from(&FILES_GONE));
    }
    let job = NewJob { kind: import::KIND, subject_id: release_id, payload: Value::Null, run_after: None };
    let job = jobs::enqueue(tx, caller, job).await?;
    let payload = json!({ "job_id": job.job_id, "was": release.state });
    tx.emit(Event::new("release.reading_asked", release_id, payload));
    Ok(job)
}

/// Puts a release aside for good.
///
/// # Errors
/// `needs-whole-regency`; `not-found`, `release-step` for one that is or was active.
pub async fn reject(tx: &mut Tx, caller: &Principal, release_id: Uuid, reason: &str) -> Outcome<Release> {
    check_whole_regency(tx, caller).await?;
    let release = queries::lock(tx, release_id).await?;
    // One that was turned back from is validated again, but decisions name it: its rows stay.
    if !release.state.may_become(ReleaseState::Rejected) || queries::was_active(tx, release_id).await? {
        return Err(RELEASE_STEP.with("state", release.state));
    }
    let rejected = queries::step(tx, &release, ReleaseState::Rejected, Some(reason)).await?;
    import::queries::drop_rows(tx, release_id).await?;
    tx.emit(Event::new("release.rejected", release_id, json!({})));
    Ok(rejected)
}
