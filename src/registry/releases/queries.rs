//! Releases and their files in PostgreSQL.

use super::{Release, ReleaseFile, ReleaseState};
use crate::{
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    schema::{release_activations, release_files, releases},
};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{dsl::exists, prelude::*};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// A release to be recorded.
pub(super) struct NewRelease<'a> {
    pub release_id: Uuid,
    pub label: &'a str,
    pub data_date: NaiveDate,
    pub fingerprint: Vec<u8>,
    pub received_by: Uuid,
}

/// A file to be recorded.
#[derive(Insertable)]
#[diesel(table_name = release_files)]
pub(super) struct NewFile<'a> {
    pub release_id: Uuid,
    pub kind: &'a str,
    pub original_name: &'a str,
    pub bytes: i64,
    pub sha256: Vec<u8>,
    pub stored_as: &'a str,
}

/// Records a release as received.
pub(super) async fn insert(tx: &mut Tx, release: NewRelease<'_>, files: &[NewFile<'_>]) -> Outcome<Release> {
    let made = diesel::insert_into(releases::table)
        .values((
            releases::release_id.eq(release.release_id),
            releases::label.eq(release.label),
            releases::data_date.eq(release.data_date),
            releases::state.eq(ReleaseState::Received),
            releases::fingerprint.eq(release.fingerprint),
            releases::received_by.eq(release.received_by),
        ))
        .returning(Release::as_returning())
        .get_result(&mut **tx)
        .await?;
    diesel::insert_into(release_files::table).values(files).execute(&mut **tx).await?;
    Ok(made)
}

/// Lets nobody else record these very files until the transaction ends, so that the second of two at once finds
/// the first. Advisory locks have no word in the query builder.
pub(super) async fn hold_fingerprint(tx: &mut Tx, fingerprint: &[u8]) -> Outcome<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))")
        .bind::<diesel::sql_types::Binary, _>(fingerprint)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The release that has these very files, unless it was rejected.
pub(super) async fn of_fingerprint(tx: &mut Tx, fingerprint: &[u8]) -> Outcome<Option<Uuid>> {
    Ok(releases::table
        .filter(releases::fingerprint.eq(fingerprint).and(releases::state.ne(ReleaseState::Rejected)))
        .select(releases::release_id)
        .first(&mut **tx)
        .await
        .optional()?)
}

/// Whether the retention of its files has ended.
pub(super) async fn files_are_gone(tx: &mut Tx, release_id: Uuid) -> Outcome<bool> {
    let gone = release_files::table
        .filter(release_files::release_id.eq(release_id).and(release_files::deleted_at.is_not_null()));
    Ok(diesel::select(exists(gone)).get_result(&mut **tx).await?)
}

/// One release.
pub async fn find(tx: &mut Tx, release_id: Uuid) -> Outcome<Release> {
    Ok(releases::table.find(release_id).select(Release::as_select()).first(&mut **tx).await?)
}

/// One release, held until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, release_id: Uuid) -> Outcome<Release> {
    Ok(releases::table.find(release_id).select(Release::as_select()).for_update().first(&mut **tx).await?)
}

/// Whether it ever was the active one, so that decisions may name it.
pub(super) async fn was_active(tx: &mut Tx, release_id: Uuid) -> Outcome<bool> {
    let activations = release_activations::table.filter(release_activations::release_id.eq(release_id));
    Ok(diesel::select(diesel::dsl::exists(activations)).get_result(&mut **tx).await?)
}

/// Releases that became active after this one last did, the latest first.
pub(super) async fn activated_after(tx: &mut Tx, release_id: Uuid) -> Outcome<Vec<Uuid>> {
    use release_activations::dsl;
    let last: Option<DateTime<Utc>> = release_activations::table
        .filter(dsl::release_id.eq(release_id))
        .select(diesel::dsl::max(dsl::activated_at))
        .first(&mut **tx)
        .await?;
    Ok(release_activations::table
        .filter(dsl::activated_at.nullable().gt(last))
        .order(dsl::activated_at.desc())
        .select(dsl::release_id)
        .load(&mut **tx)
        .await?)
}

/// Lets the directory follow a release: card numbers lead to the households that carry them in it. An update from
/// another table has no word in the query builder.
pub(super) async fn move_numbers(tx: &mut Tx, release_id: Uuid) -> Outcome<()> {
    const SQL: &str = "UPDATE kk_directory d SET household_id = m.household_id FROM kk_moves m
        WHERE m.release_id = $1 AND m.digest_key = d.digest_key AND m.digest = d.digest";
    diesel::sql_query(SQL).bind::<diesel::sql_types::Uuid, _>(release_id).execute(&mut **tx).await?;
    Ok(())
}

/// Takes [`move_numbers`] back; what another release has moved on since stays.
pub(super) async fn undo_moved_numbers(tx: &mut Tx, release_id: Uuid) -> Outcome<()> {
    const SQL: &str = "UPDATE kk_directory d SET household_id = m.former_id FROM kk_moves m
        WHERE m.release_id = $1 AND m.digest_key = d.digest_key AND m.digest = d.digest AND d.household_id = m.household_id";
    diesel::sql_query(SQL).bind::<diesel::sql_types::Uuid, _>(release_id).execute(&mut **tx).await?;
    Ok(())
}

/// Its files.
pub async fn files(tx: &mut Tx, release_id: Uuid) -> Outcome<Vec<ReleaseFile>> {
    Ok(release_files::table
        .filter(release_files::release_id.eq(release_id))
        .order(release_files::kind)
        .select(ReleaseFile::as_select())
        .load(&mut **tx)
        .await?)
}

/// Releases, oldest first.
pub async fn list(tx: &mut Tx, state: Option<ReleaseState>, page: Page) -> Outcome<Listed<Release>> {
    let mut query = releases::table
        .filter(releases::release_id.gt(page.after_or_start()))
        .order(releases::release_id)
        .limit(page.probe())
        .select(Release::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(releases::state.eq(state));
    }
    Ok(page.cut(query.load(&mut **tx).await?, |release| release.release_id))
}

/// Moves a release to a state that may follow.
pub(super) async fn step(tx: &mut Tx, release: &Release, to: ReleaseState, reason: Option<&str>) -> Outcome<Release> {
    let validated = (to == ReleaseState::Validated).then(Utc::now).or(release.validated_at);
    Ok(diesel::update(releases::table.find(release.release_id))
        .set((
            releases::state.eq(to),
            releases::rejected_reason.eq(reason),
            releases::validated_at.eq(validated),
            releases::version.eq(release.version + 1),
        ))
        .returning(Release::as_returning())
        .get_result(&mut **tx)
        .await?)
}

/// Points to another release and remembers who had the last word.
pub(super) async fn point(
    tx: &mut Tx,
    release_id: Uuid,
    replaced: Option<Uuid>,
    person: Uuid,
    reason: Option<&str>,
) -> Outcome<()> {
    use crate::schema::active_release;
    diesel::insert_into(active_release::table)
        .values((active_release::only_one.eq(true), active_release::release_id.eq(release_id)))
        .on_conflict(active_release::only_one)
        .do_update()
        .set(active_release::release_id.eq(release_id))
        .execute(&mut **tx)
        .await?;
    diesel::insert_into(release_activations::table)
        .values((
            release_activations::activation_id.eq(Uuid::now_v7()),
            release_activations::release_id.eq(release_id),
            release_activations::replaced_id.eq(replaced),
            release_activations::activated_by.eq(person),
            release_activations::reason.eq(reason),
        ))
        .execute(&mut **tx)
        .await?;
    Ok(())
}
