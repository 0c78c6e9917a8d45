//! A batch as its partner's file: columns by a layout that is data, numbers opened for the partner alone, nothing that a spreadsheet
//! would take for a formula.

use super::Batch;
use crate::{
    aid::disbursements::service::period_of,
    aid::programs::{periods::Period, queries as programs},
    platform::{
        audit,
        db::Tx,
        problem::{Outcome, Problem},
        rupiah::Rupiah,
        text_enum::text_enum,
        vault::{Use, Vault},
    },
    schema::batch_layouts,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Bytea, Integer, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use rust_xlsxwriter::Workbook;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// A column of a layout.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LayoutColumn {
    /// As it stands in the file's first line.
    #[schema(example = "NAMA KPM")]
    pub header: String,
    /// What stands in it.
    pub field: LayoutField,
}

/// What may stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayoutField {
    /// The payment's id, by which its result is reported.
    DisbursementId,
    /// The line's number.
    LineNo,
    /// The payee's NIK, in full.
    Nik,
    /// The payee's name.
    PayeeName,
    /// The account's number, in full; nothing where it is paid at a pay point.
    AccountNumber,
    /// The account's holder.
    HolderName,
    /// The pay point's name; nothing where it is paid into an account.
    PayPoint,
    /// The family's address.
    Address,
    /// The village's code.
    VillageCode,
    /// Rupiah.
    AmountIdr,
    /// The programme's code.
    ProgramCode,
    /// The programme's name.
    ProgramName,
    /// The period's label.
    PeriodLabel,
    /// The decree's number.
    DecreeNumber,
}

/// A layout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Layout {
    /// Code, by which a download names it.
    #[schema(example = "tugas")]
    pub code: String,
    /// What it is.
    #[schema(example = "Daftar tugas penyaluran (KKS)")]
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<LayoutColumn>,
}

/// All layouts, by code.
///
/// # Errors
/// An internal problem where PostgreSQL refuses, or a layout can't be read.
pub async fn layouts(tx: &mut Tx) -> Outcome<Vec<Layout>> {
    let rows: Vec<(String, String, Value)> = batch_layouts::table.order(batch_layouts::code).load(&mut **tx).await?;
    let read = |(code, name, columns): (String, String, Value)| {
        let columns = serde_json::from_value(columns).map_err(Problem::internal)?;
        Ok(Layout { code, name, columns })
    };
    rows.into_iter().map(read).collect()
}

#[derive(QueryableByName)]
struct Payee {
    #[diesel(sql_type = Integer)]
    line_no: i32,
    #[diesel(sql_type = SqlUuid)]
    disbursement_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    household_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    payee_name: Option<String>,
    #[diesel(sql_type = Nullable<Bytea>)]
    sealed_nik: Option<Vec<u8>>,
    #[diesel(sql_type = Text)]
    village_code: String,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
    #[diesel(sql_type = BigInt)]
    amount_idr: Rupiah,
    #[diesel(sql_type = Nullable<Bytea>)]
    sealed_account: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    holder_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pay_point: Option<String>,
}

text_enum! {
    /// The form of a batch's file.
    pub enum FileFormat {
        /// CSV in UTF-8.
        Csv = "csv",
        /// A workbook with one sheet.
        Xlsx = "xlsx",
    }
}

impl FileFormat {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// The file of a batch. Every household in it is on record.
///
/// # Errors
/// An internal problem where a number does not open.
pub async fn write(tx: &mut Tx, vault: &Vault, batch: &Batch, layout: &Layout, format: FileFormat) -> Outcome<Vec<u8>> {
    let program = programs::find(tx, batch.program_id).await?;
    let period = period_of(tx, &program, batch.period_id).await?;
    let payees: Vec<Payee> = diesel::sql_query("SELECT * FROM payees_of_batch($1)")
        .bind::<SqlUuid, _>(batch.batch_id)
        .load(&mut **tx)
        .await?;
    let seen = payees.iter().map(|payee| payee.household_id).collect();
    let details = serde_json::json!({ "batch_id": batch.batch_id, "layout": layout.code });
    tx.trace(audit::Entry::households("batch.downloaded", seen).purpose(&program.code).details(details));
    let whole = Whole { batch, program_name: &program.name, period: &period, vault };
    let rows = payees.iter().map(|payee| {
        let cells = layout.columns.iter().map(|column| whole.cell(payee, column.field));
        cells.collect::<Outcome<Vec<String>>>()
    });
    match format {
        FileFormat::Csv => csv_of(layout, rows),
        FileFormat::Xlsx => workbook_of(layout, rows),
    }
}

fn csv_of(layout: &Layout, rows: impl Iterator<Item = Outcome<Vec<String>>>) -> Outcome<Vec<u8>> {
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    out.write_record(layout.columns.iter().map(|column| &column.header)).map_err(Problem::internal)?;
    for row in rows {
        out.write_record(row?).map_err(Problem::internal)?;
    }
    out.into_inner().map_err(Problem::internal)
}

/// Numbers of people and accounts are texts in it: a spreadsheet keeps fifteen digits of a number. What is paid is a number.
fn workbook_of(layout: &Layout, rows: impl Iterator<Item = Outcome<Vec<String>>>) -> Outcome<Vec<u8>> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(Problem::internal)?;
    for (place, column) in (0..).zip(&layout.columns) {
        sheet.write_string(0, place, &column.header).map_err(Problem::internal)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (place, (column, cell)) in (0..).zip(layout.columns.iter().zip(row?)) {
            let amount = cell.parse::<f64>().ok().filter(|_| column.field == LayoutField::AmountIdr);
            match amount {
                Some(amount) => sheet.write_number(line, place, amount),
                None => sheet.write_string(line, place, &cell),
            }
            .map_err(Problem::internal)?;
        }
    }
    workbook.save_to_buffer().map_err(Problem::internal)
}

struct Whole<'a> {
    batch: &'a Batch,
    program_name: &'a str,
    period: &'a Period,
    vault: &'a Vault,
}

impl Whole<'_> {
    fn cell(&self, payee: &Payee, field: LayoutField) -> Outcome<String> {
        Ok(match field {
            LayoutField::DisbursementId => payee.disbursement_id.to_string(),
            LayoutField::LineNo => payee.line_no.to_string(),
            LayoutField::Nik => self.opened(Use::Nik, payee.sealed_nik.as_deref())?,
            LayoutField::AccountNumber => self.opened(Use::PayoutAccount, payee.sealed_account.as_deref())?,
            LayoutField::AmountIdr => payee.amount_idr.0.to_string(),
            LayoutField::PayeeName => plain(payee.payee_name.as_deref()),
            LayoutField::HolderName => plain(payee.holder_name.as_deref()),
            LayoutField::PayPoint => plain(payee.pay_point.as_deref()),
            LayoutField::Address => plain(payee.address.as_deref()),
            LayoutField::VillageCode => payee.village_code.clone(),
            LayoutField::ProgramCode => self.batch.program_code.clone(),
            LayoutField::ProgramName => plain(Some(self.program_name)),
            LayoutField::PeriodLabel => plain(Some(&self.period.label)),
            LayoutField::DecreeNumber => plain(Some(&self.batch.decree_number)),
        })
    }

    fn opened(&self, purpose: Use, sealed: Option<&[u8]>) -> Outcome<String> {
        let Some(sealed) = sealed else { return Ok(String::new()) };
        let clear = self.vault.open(purpose, sealed)?;
        std::str::from_utf8(&clear).map(str::to_owned).map_err(Problem::internal)
    }
}

/// A text that a spreadsheet takes for a text in one cell, whatever it begins with: a formula also by its fullwidth signs, and a
/// semicolon parts cells where the comma parts decimals, as in Indonesia.
fn plain(text: Option<&str>) -> String {
    let text = text.unwrap_or_default().replace(';', ",");
    let text = text.replace(|letter: char| letter.is_control(), " ");
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if is_formula { format!("'{text}") } else { text }
}

/// The layout of this code.
///
/// # Errors
/// `invalid-fields`.
pub async fn layout(tx: &mut Tx, code: &str) -> Outcome<Layout> {
    use crate::platform::problem::codes;
    let found = layouts(tx).await?.into_iter().find(|layout| layout.code == code);
    found.ok_or_else(|| {
        codes::INVALID.field(
            "layout",
            "tidak dikenal; lihat GET /v1/batch-layouts",
            "is not known: see GET /v1/batch-layouts",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_is_taken_for_a_formula() {
        for text in ["=1+1", "+62811", "-5", "@SUM(A1)", " =1", "\u{ff1d}1+1", "\u{ff20}SUM(A1)"] {
            assert_eq!(plain(Some(text)), format!("'{text}"));
        }
        assert_eq!(plain(Some("\t=1")), "' =1");
        assert_eq!(plain(Some("\r\n=1")), "'  =1");
        // Excel of a country that writes decimals with a comma parts cells at a semicolon.
        assert_eq!(plain(Some("POS;=HYPERLINK(A1)")), "POS,=HYPERLINK(A1)");
        assert_eq!(plain(Some("SITI = AMINAH")), "SITI = AMINAH");
        assert_eq!(plain(None), "");
    }
}
