//! The desk of the reading thread: where findings and set-aside lines go out, and where lines are counted.

use super::{
    encode::{Binary, RowWriter},
    reading::{Lines, ReadingFault},
};
use crate::{
    platform::{
        jobs::JobRun,
        vault::{Use, Vault},
    },
    registry::releases::delivery::{DeliveryFile, Finding, FindingAction, FindingKind, Summary},
};
use bytes::Bytes;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

/// Findings and set-aside lines on their way out, and the account of a file.
pub struct Desk<'a> {
    release_id: Uuid,
    /// Seals and digests.
    pub vault: &'a Vault,
    run: &'a JobRun,
    findings: RowWriter,
    set_aside: RowWriter,
    finding_no: u64,
    /// The account of the file being read.
    pub lines: Lines,
}

impl<'a> Desk<'a> {
    /// A desk with nothing on it.
    pub fn new(
        release_id: Uuid,
        vault: &'a Vault,
        run: &'a JobRun,
        findings: Sender<Bytes>,
        set_aside: Sender<Bytes>,
    ) -> Self {
        Self {
            release_id,
            vault,
            run,
            findings: RowWriter::new(findings),
            set_aside: RowWriter::new(set_aside),
            finding_no: 0,
            lines: Lines::default(),
        }
    }

    /// Counts a line; every thousandth looks whether to stop.
    pub fn begin_line(&mut self) -> Result<(), ReadingFault> {
        self.lines.lines_in += 1;
        let is_told_to_stop = self.lines.lines_in.is_multiple_of(1000) && self.run.should_stop();
        if is_told_to_stop { Err(ReadingFault::Stopped) } else { Ok(()) }
    }

    /// Findings, one line each.
    pub fn tell(&mut self, findings: &[Finding]) -> Result<(), ReadingFault> {
        findings.iter().try_for_each(|finding| self.tell_of(finding, 1))
    }

    fn tell_of(&mut self, finding: &Finding, lines: u64) -> Result<(), ReadingFault> {
        self.finding_no += 1;
        self.findings
            .put(&self.release_id)
            .put(&self.finding_no)
            .put(&finding.file.as_str())
            .put(&finding.line)
            .put(&finding.column)
            .put(&finding.kind.code())
            .put(&finding.action.as_str())
            .put(&&*finding.detail)
            .put(&lines);
        self.findings.end_row()
    }

    /// Something that one line alone does not show.
    pub fn found(
        &mut self,
        file: DeliveryFile,
        line: u64,
        kind: FindingKind,
        action: FindingAction,
        detail: &'static str,
    ) -> Result<(), ReadingFault> {
        self.tell_of(&Finding { file, line, column: None, kind, action, detail: detail.into() }, 1)
    }

    /// Counts a line as set aside, and keeps it.
    pub fn put_aside(&mut self, file: DeliveryFile, line: u64, original: &[u8]) -> Result<(), ReadingFault> {
        self.lines.set_aside += 1;
        self.keep(file, line, original)
    }

    /// Keeps a line as it came, sealed.
    pub fn keep(&mut self, file: DeliveryFile, line: u64, original: &[u8]) -> Result<(), ReadingFault> {
        let sealed = self.vault.seal(Use::SetAsideLine, original)?;
        self.set_aside.put(&self.release_id).put(&file.as_str()).put(&line).put(&Binary(&sealed));
        self.set_aside.end_row()
    }

    /// Ends a file: what was found in its header, and its account.
    pub fn close(&mut self, file: DeliveryFile, summary: &Summary) -> Result<Lines, ReadingFault> {
        self.tell(&summary.findings)?;
        for untold in &summary.untold {
            let finding = Finding {
                file,
                line: 1,
                column: untold.column,
                kind: untold.kind,
                action: FindingAction::Repaired,
                detail: "further lines of the same form".into(),
            };
            self.tell_of(&finding, untold.lines)?;
        }
        Ok(std::mem::take(&mut self.lines))
    }

    /// Sends what is left.
    pub fn finish(mut self) -> Result<(), ReadingFault> {
        self.findings.flush()?;
        self.set_aside.flush()
    }
}
