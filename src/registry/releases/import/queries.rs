//! What an import writes beside its rows.

use super::copy::Target;
use crate::{
    platform::{db::Tx, problem::Outcome},
    registry::releases::{self, ReleaseState, delivery::Finding},
    schema::{release_findings, set_aside_lines},
};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

/// Where findings come in.
pub const FINDINGS: Target = Target {
    table: "release_findings",
    columns: r#"release_id, finding_no, file, line, "column", kind, action, detail, lines"#,
};
/// Where set-aside lines come in.
pub const SET_ASIDE: Target = Target { table: "set_aside_lines", columns: "release_id, file, line, sealed" };

/// Clears what an unfinished run found.
pub async fn clear_findings(tx: &mut Tx, release_id: Uuid) -> Outcome<()> {
    diesel::delete(release_findings::table.filter(release_findings::release_id.eq(release_id)))
        .execute(&mut **tx)
        .await?;
    diesel::delete(set_aside_lines::table.filter(set_aside_lines::release_id.eq(release_id)))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Puts a release back to where its reading can begin again.
pub async fn back_to_received(tx: &mut Tx, release_id: Uuid) -> Outcome<()> {
    let release = releases::queries::lock(tx, release_id).await?;
    releases::queries::step(tx, &release, ReleaseState::Received, None).await?;
    Ok(())
}

/// How many rows of eight columns go into one statement; PostgreSQL takes 65,535 parameters.
const ROWS_A_STATEMENT: usize = 8_000;

/// Refuses a delivery of no usable form, and says what is wrong with it.
pub async fn refuse(tx: &mut Tx, release_id: Uuid, findings: &[Finding]) -> Outcome<()> {
    clear_findings(tx, release_id).await?;
    let rows: Vec<_> = findings
        .iter()
        .zip(1_i64..)
        .map(|(finding, number)| {
            (
                release_findings::release_id.eq(release_id),
                release_findings::finding_no.eq(number),
                release_findings::file.eq(finding.file.as_str()),
                release_findings::line.eq(i64::try_from(finding.line).unwrap_or(i64::MAX)),
                release_findings::column_name.eq(finding.column),
                release_findings::kind.eq(finding.kind.code()),
                release_findings::action.eq(finding.action.as_str()),
                release_findings::detail.eq(finding.detail.as_ref()),
            )
        })
        .collect();
    for rows in rows.chunks(ROWS_A_STATEMENT) {
        diesel::insert_into(release_findings::table).values(rows).execute(&mut **tx).await?;
    }
    let release = releases::queries::lock(tx, release_id).await?;
    releases::queries::step(tx, &release, ReleaseState::Rejected, Some("berkas tidak dapat dibaca")).await?;
    Ok(())
}

/// Drops the rows of a release that will not be used: a right of the owner, lent by a function.
pub async fn drop_rows(tx: &mut Tx, release_id: Uuid) -> Outcome<()> {
    diesel::sql_query("SELECT drop_release_partitions($1)")
        .bind::<sql_types::Uuid, _>(release_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
