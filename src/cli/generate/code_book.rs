//! The code book (kamus kode) that comes with a delivery, as XLSX.

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::path::Path;

const CODE_BOOK: &str = include_str!("../../../data/code_book.csv");

/// Writes the code book: columns `kolom`, `kode`, `keterangan`; codes as numbers.
///
/// # Errors
/// Where the file cannot be written.
pub(super) fn write(path: &Path) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("kamus_kode")?;
    let bold = Format::new().set_bold();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(CODE_BOOK.as_bytes());
    for (line, record) in (0u32..).zip(reader.records().flatten()) {
        for (column, text) in (0u16..).zip(record.iter()) {
            match text.parse::<u32>() {
                _ if line == 0 => sheet.write_string_with_format(line, column, text, &bold)?,
                Ok(code) if column == 1 => sheet.write_number(line, column, code)?,
                _ => sheet.write_string(line, column, text)?,
            };
        }
    }
    sheet.autofit();
    workbook.save(path)
}
