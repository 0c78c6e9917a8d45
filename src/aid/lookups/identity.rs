//! What a caller asks by: a NIK or KK number, as typed.

use super::BulkRow;
use crate::platform::{
    identity::{KkNumber, Nik},
    problem::FieldFault,
    rows::Row,
    vault::{Digest, Use, Vault},
};

/// A number, ready to be looked up by its digest.
#[derive(Debug, Clone)]
pub struct Sought {
    /// Which directory.
    pub is_nik: bool,
    /// By what it is found there.
    pub digest: Digest,
    /// The number as it may be shown.
    pub masked: String,
}

impl Sought {
    /// Reads a row: exactly one of the two numbers, of valid form.
    ///
    /// # Errors
    /// The wrong field.
    pub fn read(vault: &Vault, nik: Option<&str>, kk_number: Option<&str>) -> Result<Self, FieldFault> {
        match (nik, kk_number) {
            (Some(text), None) => Nik::parse(text.trim())
                .map(|nik| Self {
                    is_nik: true,
                    digest: vault.digest(Use::Nik, nik.reveal().as_bytes()),
                    masked: nik.masked(),
                })
                .map_err(|_| FieldFault::new("/nik", "bukan NIK yang sah", "is no valid NIK")),
            (None, Some(text)) => KkNumber::parse(text.trim())
                .map(|kk| Self {
                    is_nik: false,
                    digest: vault.digest(Use::Kk, kk.reveal().as_bytes()),
                    masked: kk.masked(),
                })
                .map_err(|_| FieldFault::new("/kk_number", "bukan nomor KK yang sah", "is no valid KK number")),
            _ => Err(FieldFault::new(
                "",
                "isi tepat salah satu: nik atau kk_number",
                "give exactly one: nik or kk_number",
            )),
        }
    }
}

/// A row of many: what it asks by, or what is wrong with it.
#[derive(Debug)]
pub struct Asked {
    /// The line that it begins on, where it has one.
    pub line: Option<u64>,
    /// What it asks by.
    pub sought: Result<Sought, Vec<FieldFault>>,
}

impl Asked {
    /// Reads a row; one that names no valid number is answered, not refused.
    #[must_use]
    pub fn read(vault: &Vault, row: &Row<BulkRow>) -> Self {
        let sought = match &row.said {
            Ok(said) => {
                Sought::read(vault, said.nik.as_deref(), said.kk_number.as_deref()).map_err(|fault| vec![fault])
            }
            Err(faults) => Err(faults.clone()),
        };
        Self { line: row.line, sought: sought.map_err(|faults| row.within(faults)) }
    }
}
