//! What a caller asks by: a NIK or KK number, as typed.

use super::{BulkRow, masked};
use crate::platform::{
    identity::{KkNumber, Nik},
    problem::FieldFault,
    vault::{Digest, Use, Vault},
};

/// A number, ready to be looked up by its digest.
#[derive(Debug, Clone)]
pub struct Sought {
    /// Which directory.
    pub is_nik: bool,
    /// The digest; none where the text is no valid number.
    pub digest: Option<Digest>,
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
                    digest: Some(vault.digest(Use::Nik, nik.reveal().as_bytes())),
                    masked: nik.masked(),
                })
                .map_err(|_| FieldFault::new("/nik", "bukan NIK yang sah", "is no valid NIK")),
            (None, Some(text)) => KkNumber::parse(text.trim())
                .map(|kk| Self {
                    is_nik: false,
                    digest: Some(vault.digest(Use::Kk, kk.reveal().as_bytes())),
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

    /// Reads a row of many: one that names no valid number is answered, not refused.
    #[must_use]
    pub fn read_row(vault: &Vault, row: &BulkRow) -> Self {
        let (nik, kk_number) = (row.nik.as_deref(), row.kk_number.as_deref());
        Self::read(vault, nik, kk_number).unwrap_or_else(|_| Self {
            is_nik: nik.is_some(),
            digest: None,
            masked: masked(nik.or(kk_number).unwrap_or_default()),
        })
    }
}
