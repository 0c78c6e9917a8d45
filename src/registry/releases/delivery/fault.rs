//! Why a file as a whole cannot be taken.

use super::finding::{DeliveryFile, Finding, FindingAction};
use super::finding_kind::FindingKind;
use crate::platform::workbook::WorkbookFault;
use std::{borrow::Cow, io};

/// A file of a delivery is refused. Nothing of it counts as read, whatever was handed over before.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryFault {
    /// The bytes could not be had, or their compression is damaged.
    #[error("the file cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// More bytes came out than the limit allows.
    #[error("the file is larger than {limit} bytes when unpacked")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// UTF-16, or a workbook of another kind than XLSX.
    #[error("the file is neither text in UTF-8 or Latin-1 nor an XLSX workbook")]
    NotText,
    /// Not even a header.
    #[error("the file is empty")]
    Empty,
    /// A line without end: not a delivery's text.
    #[error("line {line} is longer than {limit} bytes")]
    LineTooLong {
        /// The physical line.
        line: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// The workbook is damaged.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// The header does not fit; all that is wrong with it.
    #[error("missing columns: [{}]; duplicate columns: [{}]", missing.join(", "), duplicate.join(", "))]
    Header {
        /// Required columns that are not there.
        missing: Vec<&'static str>,
        /// Columns that stand there twice, by name or, where the name is not one of ours, by place.
        duplicate: Vec<Cow<'static, str>>,
    },
    /// The code book gives one code two meanings.
    #[error("codes with two meanings on lines {lines:?} of the code book")]
    Ambiguous {
        /// The later line of each.
        lines: Vec<u64>,
    },
}

/// An error of the stream of bytes that says that the limit was passed.
#[derive(Debug, thiserror::Error)]
#[error("more than {0} bytes")]
pub(super) struct PastLimit(pub(super) u64);

impl From<WorkbookFault> for DeliveryFault {
    fn from(fault: WorkbookFault) -> Self {
        match fault {
            WorkbookFault::Damaged(why) => Self::Workbook(why),
            WorkbookFault::TooLarge(limit) => Self::TooLarge { limit },
            WorkbookFault::Empty => Self::Empty,
        }
    }
}

impl From<io::Error> for DeliveryFault {
    fn from(error: io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<PastLimit>()) {
            Some(PastLimit(limit)) => Self::TooLarge { limit: *limit },
            None => Self::Unreadable(error),
        }
    }
}

impl DeliveryFault {
    /// The same in Indonesian.
    #[must_use]
    pub fn indonesian(&self) -> String {
        match self {
            Self::Unreadable(_) => "Berkas tidak dapat dibaca.".to_owned(),
            Self::TooLarge { limit } => format!("Berkas melebihi {limit} bita setelah dibuka."),
            Self::NotText => "Berkas bukan teks UTF-8 atau Latin-1 dan bukan XLSX.".to_owned(),
            Self::Empty => "Berkas kosong.".to_owned(),
            Self::LineTooLong { line, limit } => format!("Baris {line} melebihi {limit} bita."),
            Self::Workbook(_) => "Buku kerja XLSX tidak dapat dibaca.".to_owned(),
            Self::Header { missing, duplicate } => format!(
                "Kolom wajib yang tidak ada: [{}]; kolom ganda: [{}].",
                missing.join(", "),
                duplicate.join(", ")
            ),
            Self::Ambiguous { lines } => {
                format!("Kode dengan dua arti pada baris {lines:?} kamus kode.")
            }
        }
    }

    /// The same as findings, so that a refused file is listed like everything else that was found.
    #[must_use]
    pub fn findings(&self, file: DeliveryFile) -> Vec<Finding> {
        let refused =
            |line, column, kind, detail| Finding { file, line, column, kind, action: FindingAction::Refused, detail };
        match self {
            Self::Header { missing, duplicate } => {
                let missing = missing.iter().map(|name| {
                    let kind = FindingKind::MissingRequiredColumn;
                    refused(1, Some(*name), kind, "required".into())
                });
                let duplicate =
                    duplicate.iter().map(|name| refused(1, None, FindingKind::DuplicateColumn, name.clone()));
                missing.chain(duplicate).collect()
            }
            Self::Ambiguous { lines } => lines
                .iter()
                .map(|line| refused(*line, Some("kode"), FindingKind::CodeWithTwoMeanings, "two meanings".into()))
                .collect(),
            Self::LineTooLong { line, .. } => {
                vec![refused(*line, None, FindingKind::UnreadableFile, self.shape())]
            }
            _ => vec![refused(1, None, FindingKind::UnreadableFile, self.shape())],
        }
    }

    /// In two or three words, without anything of the file.
    fn shape(&self) -> Cow<'static, str> {
        match self {
            Self::Unreadable(_) => "damaged or not readable",
            Self::TooLarge { .. } => "too large",
            Self::NotText => "neither text nor XLSX",
            Self::Empty => "empty",
            Self::LineTooLong { .. } => "line without end",
            Self::Workbook(_) => "damaged workbook",
            Self::Header { .. } => "header",
            Self::Ambiguous { .. } => "ambiguous codes",
        }
        .into()
    }
}
