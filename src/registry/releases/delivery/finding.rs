//! What was wrong with a delivery, where, and what was done about it.

use super::finding_kind::FindingKind;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::HashMap};
use utoipa::ToSchema;

/// Which file of a delivery a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryFile {
    /// Keluarga.
    Families,
    /// Anggota keluarga.
    Members,
    /// Kamus kode.
    CodeBook,
}

impl DeliveryFile {
    /// As it stands in the database and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Families => "families",
            Self::Members => "members",
            Self::CodeBook => "code_book",
        }
    }
}

/// What was done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingAction {
    /// The value had one meaning and was loaded with it.
    Repaired,
    /// The line was not loaded; it is kept, sealed.
    SetAside,
    /// The whole file was refused.
    Refused,
    /// The line was loaded; what could not be read stands as unknown.
    Noted,
    /// The line says the same as another one and was loaded once.
    Merged,
}

impl FindingAction {
    /// As it stands in the database and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::SetAside => "set_aside",
            Self::Refused => "refused",
            Self::Noted => "noted",
            Self::Merged => "merged",
        }
    }
}

/// One thing that was wrong in one place of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub file: DeliveryFile,
    /// The physical line, from 1; the header is line 1 of a file that begins with it.
    pub line: u64,
    /// The column's name as in DTSEN, where one column is to blame.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub kind: FindingKind,
    /// What was done.
    pub action: FindingAction,
    /// The shape of the fault: `apostrophe`, `length 15`. Never a number or a name of the delivery.
    pub detail: Cow<'static, str>,
}

/// How many findings of one mere form ([`FindingKind::is_mere_form`]) and column are told line by line.
pub const FORMS_TOLD: u64 = 10_000;

/// Findings of a mere form beyond [`FORMS_TOLD`]: repaired like the others, told as one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// What was wrong.
    pub kind: FindingKind,
    /// In which column.
    pub column: Option<&'static str>,
    /// On how many lines more.
    pub lines: u64,
}

/// Collects the findings of one line after the other.
///
/// A file whose every line has the same harmless habit (all codes written `2.0`) would bury what matters
/// under millions of findings. Of a habit's findings the first [`FORMS_TOLD`] are told, the rest counted.
#[derive(Debug)]
pub(super) struct FindingLog {
    file: DeliveryFile,
    line: u64,
    findings: Vec<Finding>,
    forms: HashMap<(FindingKind, Option<&'static str>), u64>,
}

impl FindingLog {
    pub(super) fn new(file: DeliveryFile) -> Self {
        Self { file, line: 0, findings: Vec::new(), forms: HashMap::new() }
    }

    /// What is found from now on belongs to this line.
    pub(super) fn begin_line(&mut self, line: u64) {
        self.line = line;
    }

    pub(super) fn add(
        &mut self,
        kind: FindingKind,
        action: FindingAction,
        column: Option<&'static str>,
        detail: impl Into<Cow<'static, str>>,
    ) {
        // Only of what was repaired: a line that is set aside, merged or refused is told, however many there are.
        if action == FindingAction::Repaired && kind.is_mere_form() {
            let told = self.forms.entry((kind, column)).or_default();
            *told += 1;
            if *told > FORMS_TOLD {
                return;
            }
        }
        self.findings.push(Finding { file: self.file, line: self.line, column, kind, action, detail: detail.into() });
    }

    /// The findings since the last call.
    pub(super) fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// What was only counted, in a stable order.
    pub(super) fn untold(&self) -> Vec<Untold> {
        let mut untold: Vec<Untold> = self
            .forms
            .iter()
            .filter(|(_, count)| **count > FORMS_TOLD)
            .map(|((kind, column), count)| Untold { kind: *kind, column: *column, lines: count - FORMS_TOLD })
            .collect();
        untold.sort_by_key(|untold| (untold.kind.code(), untold.column));
        untold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_habit_of_the_whole_file_is_told_ten_thousand_times_and_then_counted() {
        let mut log = FindingLog::new(DeliveryFile::Members);
        for line in 2..=10_203 {
            log.begin_line(line);
            log.add(FindingKind::NumberForm, FindingAction::Repaired, Some("jumlah_usaha"), "float");
            log.add(FindingKind::UnusableNik, FindingAction::Noted, None, "empty");
            // Of a kind that is a mere form elsewhere; nothing that costs a line may be told as a number.
            for action in [FindingAction::SetAside, FindingAction::Merged, FindingAction::Refused] {
                log.add(FindingKind::BpsRegionCode, action, None, "no village");
            }
        }
        let findings = log.take();
        let told = |kind| findings.iter().filter(|finding| finding.kind == kind).count();
        assert_eq!(told(FindingKind::NumberForm), 10_000);
        assert_eq!(told(FindingKind::UnusableNik), 10_202);
        assert_eq!(told(FindingKind::BpsRegionCode), 3 * 10_202);
        let rest = Untold { kind: FindingKind::NumberForm, column: Some("jumlah_usaha"), lines: 202 };
        assert_eq!(log.untold(), vec![rest]);
    }
}
