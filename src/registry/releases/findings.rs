//! What the reading of a delivery found, line by line, in counts, and as CSV.

use super::delivery::FindingKind;
use crate::{
    platform::{
        db::Tx,
        page::{Listed, Page},
        problem::Outcome,
    },
    schema::release_findings::{self, dsl},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One thing that was wrong in one place of a delivery, and what was done. Never holds a number or name.
#[derive(Debug, Clone, Queryable, Selectable, Serialize, ToSchema)]
#[diesel(table_name = release_findings)]
pub struct ReleaseFinding {
    /// Its number within the release.
    #[serde(skip)]
    pub finding_no: i64,
    /// `families`, `members` or `code_book`.
    #[schema(example = "members")]
    pub file: String,
    /// Line of the file, from 1, which is the header's.
    #[schema(example = 1042)]
    pub line: i64,
    /// The column to blame, as DTSEN calls it.
    #[serde(rename = "column")]
    #[schema(example = "nomor_induk_kependudukan")]
    pub column_name: Option<String>,
    /// What is wrong; `docs/dtsen.md` explains each.
    #[schema(example = "unusable-nik")]
    pub kind: String,
    /// What was done: `repaired`, `set_aside`, `refused`, `noted` or `merged`.
    #[schema(example = "noted")]
    pub action: String,
    /// The shape of the fault.
    #[schema(example = "length 15")]
    pub detail: String,
    /// Lines that it stands for; more than one where the whole file has a habit.
    #[schema(example = 1)]
    pub lines: i64,
}

/// Which findings.
#[derive(Debug, Default, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// Only of this kind.
    #[param(example = "unusable-nik")]
    pub kind: Option<String>,
    /// Only of this file.
    #[param(example = "members")]
    pub file: Option<String>,
    /// Only what was dealt with so.
    #[param(example = "set_aside")]
    pub action: Option<String>,
    /// Rows on the page, 1 to 500; 100 where it is not said.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Where the former page ended.
    pub cursor: Option<String>,
}

/// Findings of one kind in one file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingCount {
    /// File.
    #[schema(example = "members")]
    pub file: String,
    /// Kind.
    #[schema(example = "unusable-nik")]
    pub kind: String,
    /// What was done.
    #[schema(example = "noted")]
    pub action: String,
    /// On how many lines.
    #[schema(example = 12)]
    pub lines: i64,
    /// What the kind means, in Indonesian.
    pub meaning: Option<&'static str>,
    /// What the kind means, in English.
    pub meaning_en: Option<&'static str>,
}

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
