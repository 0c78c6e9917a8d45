//! Delivered files and set-aside lines are deleted when their retention ends. Names, sizes and digests of the files
//! stay; a delivery whose files are gone can't be read again.

use super::{ReleaseState, upload};
use crate::{
    platform::{
        db::{Db, SharedSettings},
        problem::{Outcome, Problem},
        retention::days_ago,
    },
    schema::{release_files, releases, set_aside_lines},
};
use chrono::Utc;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::future::LocalBoxFuture;
use std::io::ErrorKind;
use uuid::Uuid;

/// Deletes delivered files; those of a release that is still to be read stay. The file goes first and is noted as gone
/// after: a crash in between deletes it once more.
pub fn delete_files(db: Db, settings: SharedSettings) -> LocalBoxFuture<'static, Outcome<usize>> {
    Box::pin(async move {
        let before = days_ago(settings.retention.deliveries);
        db.act_as_service(async |tx| {
            let due = release_files::table
                .inner_join(releases::table.on(releases::release_id.eq(release_files::release_id)))
                .filter(releases::received_at.lt(before).and(release_files::deleted_at.is_null()))
                .filter(releases::state.ne_all([ReleaseState::Received, ReleaseState::Validating]))
                .select((release_files::release_id, release_files::stored_as));
            let due: Vec<(Uuid, String)> = due.load(&mut **tx).await?;
            let mut gone = Vec::with_capacity(due.len());
            for (release_id, stored_as) in due {
                match std::fs::remove_file(upload::path_of(&settings, &stored_as)) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(Problem::internal(error)),
                    _ => gone.push((release_id, stored_as)),
                }
            }
            let (release_ids, names): (Vec<Uuid>, Vec<String>) = gone.into_iter().unzip();
            let noted = release_files::table
                .filter(release_files::release_id.eq_any(release_ids).and(release_files::stored_as.eq_any(names)));
            Ok(diesel::update(noted).set(release_files::deleted_at.eq(Utc::now())).execute(&mut **tx).await?)
        })
        .await
    })
}

/// Deletes the lines that were set aside of deliveries.
pub fn delete_set_aside_lines(db: Db, settings: SharedSettings) -> LocalBoxFuture<'static, Outcome<usize>> {
    Box::pin(async move {
        let before = days_ago(settings.retention.set_aside_lines);
        db.act_as_service(async |tx| {
            let old = releases::table.filter(releases::received_at.lt(before)).select(releases::release_id);
            let due = set_aside_lines::table.filter(set_aside_lines::release_id.eq_any(old));
            Ok(diesel::delete(due).execute(&mut **tx).await?)
        })
        .await
    })
}
