//! Findings in PostgreSQL.

use super::{FindingCount, FindingFilter, ReleaseFinding};
use crate::{
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    registry::releases::delivery::{DeliveryFile, FindingKind},
    schema::release_findings::{self, dsl},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Findings are numbered, not named by UUID: their number rides in the cursor's.
fn number(page: Page) -> i64 {
    let (_, low) = page.after_or_start().as_u64_pair();
    i64::try_from(low).unwrap_or(i64::MAX)
}

fn as_cursor(finding: &ReleaseFinding) -> Uuid {
    Uuid::from_u64_pair(0, finding.finding_no.unsigned_abs())
}

/// A page of a release's findings, in the order in which they were found.
pub async fn list(
    tx: &mut Tx,
    release_id: Uuid,
    filter: &FindingFilter,
    page: Page,
) -> Outcome<Listed<ReleaseFinding>> {
    let mut query = release_findings::table
        .filter(dsl::release_id.eq(release_id).and(dsl::finding_no.gt(number(page))))
        .order(dsl::finding_no)
        .limit(page.probe())
        .select(ReleaseFinding::as_select())
        .into_boxed();
    if let Some(kind) = &filter.kind {
        query = query.filter(dsl::kind.eq(kind.clone()));
    }
    if let Some(file) = &filter.file {
        query = query.filter(dsl::file.eq(file.clone()));
    }
    if let Some(action) = &filter.action {
        query = query.filter(dsl::action.eq(action.clone()));
    }
    Ok(page.cut(query.load(&mut **tx).await?, as_cursor))
}

/// What was found on one line, in the order in which it was found.
pub async fn of_line(tx: &mut Tx, release_id: Uuid, file: DeliveryFile, line: i64) -> Outcome<Vec<ReleaseFinding>> {
    let of_line = dsl::release_id.eq(release_id).and(dsl::file.eq(file.as_str())).and(dsl::line.eq(line));
    Ok(release_findings::table
        .filter(of_line)
        .order(dsl::finding_no)
        .select(ReleaseFinding::as_select())
        .load(&mut **tx)
        .await?)
}

/// How many lines of each kind.
pub async fn counts(tx: &mut Tx, release_id: Uuid) -> Outcome<Vec<FindingCount>> {
    let rows: Vec<(String, String, String, Option<i64>)> = release_findings::table
        .filter(dsl::release_id.eq(release_id))
        .group_by((dsl::file, dsl::kind, dsl::action))
        .order((dsl::file, dsl::kind, dsl::action))
        .select((
            dsl::file,
            dsl::kind,
            dsl::action,
            diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>("sum(lines)::bigint"),
        ))
        .load(&mut **tx)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(file, kind, action, lines)| {
            let explanation = FindingKind::from_code(&kind).map(|kind| kind.explain());
            FindingCount {
                meaning: explanation.as_ref().map(|explanation| explanation.indonesian),
                meaning_en: explanation.as_ref().map(|explanation| explanation.english),
                file,
                kind,
                action,
                lines: lines.unwrap_or(0),
            }
        })
        .collect())
}
