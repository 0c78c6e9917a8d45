//! One line that was set aside, opened for whoever has to mend it.

use super::{ReleaseFinding, queries};
use crate::{
    platform::{
        audit,
        config::Settings,
        db::Tx,
        problem::{Outcome, Problem, codes},
        retention::days_ago,
        vault::Use,
    },
    registry::releases::{
        self, SET_ASIDE_GONE,
        delivery::{DeliveryFile, FindingAction, covered_fields},
        service::check_whole_regency,
    },
    schema::set_aside_lines,
};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// A line that could not be loaded (baris yang disisihkan), and why.
///
/// NIK, KK numbers and birth dates are covered here as everywhere, for the steward too: what is wrong with a number is
/// its shape, which stays, and BPS, who mends it, has the same file. `file_sha256` and `line` name the line to them
/// without a number ever travelling.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetAsideLine {
    /// The release.
    release_id: Uuid,
    /// Which of its files.
    file: DeliveryFile,
    /// Line of the file, from 1, which is the header's; of a workbook the sheet's row.
    #[schema(example = 1042)]
    line: i64,
    /// The file's name as delivered.
    #[schema(example = "anggota_keluarga_dtsen_v3_2026_q1_35.26.csv")]
    file_name: String,
    /// The file's SHA-256 as delivered, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    file_sha256: String,
    /// The line's fields as they came, in their order: long numbers covered but for their last two digits, dates but for
    /// their year. None where the line is empty.
    #[schema(example = json!(["**************03", "**************01", "SITI AMINAH", "1990-**-**"]))]
    fields: Vec<String>,
    /// All that was found on the line.
    findings: Vec<ReleaseFinding>,
    /// Until when it is kept.
    kept_until: DateTime<Utc>,
}

/// Opens a line that was set aside. Nobody knows where its people live, so it asks for the whole regency; the trace says
/// who opened which line.
///
/// # Errors
/// `needs-whole-regency`; `not-found` where no such line was set aside; `set-aside-line-gone` after its retention.
pub(super) async fn open(
    tx: &mut Tx,
    settings: &Settings,
    release_id: Uuid,
    file: DeliveryFile,
    line: i64,
) -> Outcome<SetAsideLine> {
    let caller = tx.caller()?.clone();
    check_whole_regency(tx, &caller).await?;
    let release = releases::queries::find(tx, release_id).await?;
    let findings = queries::of_line(tx, release_id, file, line).await?;
    if findings.iter().all(|finding| finding.action != FindingAction::SetAside.as_str()) {
        return Err(Problem::from(&codes::NOT_FOUND));
    }
    let kept_days = settings.retention.set_aside_lines;
    let sealed = sealed(tx, release_id, file, line).await?.filter(|_| release.received_at >= days_ago(kept_days));
    let sealed = sealed.ok_or_else(|| Problem::from(&SET_ASIDE_GONE))?;
    let files = releases::queries::files(tx, release_id).await?;
    let delivered = files.iter().find(|delivered| delivered.kind == file.as_str());
    let delivered = delivered.ok_or_else(|| Problem::internal("a line of a file that was not delivered"))?;
    let details = json!({ "release_id": release_id, "file": file, "line": line });
    tx.trace(audit::Entry { action: "release.set_aside_line.read", ..audit::Entry::default() }.details(details));
    Ok(SetAsideLine {
        release_id,
        file,
        line,
        file_name: delivered.original_name.clone(),
        file_sha256: releases::hexadecimal(&delivered.sha256),
        fields: covered_fields(&settings.vault.open(Use::SetAsideLine, &sealed)?),
        findings,
        kept_until: release.received_at + Duration::days(i64::from(kept_days)),
    })
}

async fn sealed(tx: &mut Tx, release_id: Uuid, file: DeliveryFile, line: i64) -> Outcome<Option<Vec<u8>>> {
    let line = set_aside_lines::table.find((release_id, file.as_str(), line)).select(set_aside_lines::sealed);
    Ok(line.first(&mut **tx).await.optional()?)
}
