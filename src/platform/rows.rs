//! Lists of rows, in and out, as JSON, NDJSON, CSV or XLSX. Each row is read by itself: one that can't be read is answered in
//! its place and stops no other. Only what makes the list as a whole unreadable refuses the whole, and says where.

mod sheet;
mod table;

use super::{
    json,
    problem::{FieldFault, Outcome, Problem, codes},
    query::{self, NoFilter},
    request::media_type_of,
};
use actix_web::{HttpRequest, HttpResponse};
use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Value, value::RawValue};
use table::Table;

/// Rows that a list may have, as a rule.
pub const MOST_ROWS: usize = 10_000;

/// A column of a CSV file that a row is read from.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    name: &'static str,
    /// What else it is called in files of others.
    other: Option<&'static str>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    Text,
    Number,
    Flag,
}

impl Column {
    /// What a row is about: one such column at least must be there.
    #[must_use]
    pub const fn key(name: &'static str) -> Self {
        Self { name, other: None, kind: Kind::Key }
    }

    /// A text that may be there.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self { name, other: None, kind: Kind::Text }
    }

    /// A whole number that may be there.
    #[must_use]
    pub const fn number(name: &'static str) -> Self {
        Self { name, other: None, kind: Kind::Number }
    }

    /// The same, also known by this name (in small letters).
    #[must_use]
    pub const fn or(self, other: &'static str) -> Self {
        Self { other: Some(other), ..self }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.other == Some(name)
    }

    /// `true` or `false`, in any case, that may be there.
    #[must_use]
    pub const fn flag(name: &'static str) -> Self {
        Self { name, other: None, kind: Kind::Flag }
    }
}

/// What a row of a list says.
pub trait ListRow: DeserializeOwned + Validate<Context = ()> {
    /// Columns by which a CSV file says it; whatever else stands in the file is the caller's own.
    const COLUMNS: &'static [Column];
    /// Columns by which it is answered, named as the fields of a JSON answer. A column of the same name in the file that
    /// was sent gives way, so that an answer can be mended and sent again.
    const ANSWERS: &'static [&'static str];
    /// Rows that a list may have.
    const MOST: usize = MOST_ROWS;
    /// A list as NDJSON, as the OpenAPI document shows it.
    const EXAMPLE_LINES: &'static str;
    /// The same as CSV.
    const EXAMPLE_CSV: &'static str;
}

/// A body that says, as JSON, what holds for all rows, and the rows; a list in lines says the former in the address.
pub trait ListBody: DeserializeOwned + Validate<Context = ()> {
    /// What holds for all rows.
    type Common: DeserializeOwned + Validate<Context = ()>;
    /// A row.
    type Row: ListRow;

    /// Both.
    fn parts(self) -> (Self::Common, Vec<Lenient<Self::Row>>);
}

/// A row as it came: where, and what it says, or what is wrong with it.
#[derive(Debug)]
pub struct Row<T> {
    /// Which, from 0.
    pub number: usize,
    /// The line that it begins on, from 1; none in JSON.
    pub line: Option<u64>,
    /// What it says.
    pub said: Result<T, Vec<FieldFault>>,
}

impl<T> Row<T> {
    /// What it says.
    ///
    /// # Errors
    /// `invalid-fields` where it can't be read.
    pub fn read(&self) -> Outcome<&T> {
        self.said.as_ref().map_err(|faults| codes::INVALID.fields(faults.clone()))
    }

    /// Faults of its fields, named where they stand in the body.
    #[must_use]
    pub fn within(&self, faults: Vec<FieldFault>) -> Vec<FieldFault> {
        if self.line.is_some() { faults } else { under(&format!("/items/{}", self.number), faults) }
    }
}

/// Faults of fields that stand under this pointer.
fn under(pointer: &str, faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let within = faults.into_iter().map(|fault| FieldFault { pointer: pointer.to_owned() + &fault.pointer, ..fault });
    within.collect()
}

/// The form of a list and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON document.
    Json,
    /// NDJSON: an object on each line.
    Lines,
    /// CSV with a header.
    Csv,
    /// The first sheet of a workbook, with a header.
    Xlsx,
}

/// The media type of an XLSX workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl Form {
    /// By the media type of the body.
    ///
    /// # Errors
    /// `unsupported-media-type`.
    pub fn of(request: &HttpRequest) -> Outcome<Self> {
        match media_type_of(request).as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-ndjson" => Ok(Self::Lines),
            "text/csv" => Ok(Self::Csv),
            XLSX => Ok(Self::Xlsx),
            _ => Err(Problem::from(&codes::UNSUPPORTED_MEDIA)),
        }
    }

    /// A refusal of what holds for all rows, its fields named where they stand: in the body, or in the address.
    #[must_use]
    pub fn of_common(self, problem: Problem) -> Problem {
        if self == Self::Json { Problem { errors: under("/common", problem.errors), ..problem } } else { problem }
    }
}

/// A list as it came.
#[derive(Debug)]
pub struct RowList<T> {
    /// Its form.
    pub form: Form,
    /// Its rows, in their order.
    pub rows: Vec<Row<T>>,
    table: Option<Table>,
}

/// Reads a list and what holds for all of it.
///
/// # Errors
/// `unsupported-media-type`; as [`RowList::of_items`] and [`RowList::of_text`]; `invalid-fields` or `malformed-request`
/// for what holds for all.
pub fn read<B: ListBody>(request: &HttpRequest, body: &[u8]) -> Outcome<(B::Common, RowList<B::Row>)> {
    match Form::of(request)? {
        Form::Json => {
            // Nothing else stands in the address; least of all a misspelt `dry_run`.
            query::parameters_of::<NoFilter>(request)?;
            let (common, items) = json::read::<B>(body)?.parts();
            Ok((common, RowList::of_items(items)?))
        }
        form => Ok((query::parameters_of(request)?, RowList::of_text(form, body)?)),
    }
}

impl<T: ListRow> RowList<T> {
    /// The rows of a JSON document.
    ///
    /// # Errors
    /// `too-many-rows`, or `invalid-fields` where there is none.
    pub fn of_items(items: Vec<Lenient<T>>) -> Outcome<Self> {
        if items.len() > T::MOST {
            return Err(codes::TOO_MANY_ROWS.with("row", T::MOST));
        }
        let rows = items.into_iter().enumerate().map(|(number, Lenient(said))| Row { number, line: None, said });
        Self { form: Form::Json, rows: rows.collect(), table: None }.not_empty()
    }

    /// The rows of NDJSON, CSV or XLSX.
    ///
    /// # Errors
    /// `malformed-request` with the `line` where it is no UTF-8, or a CSV file has no fitting header, one that reaches over
    /// several lines or has a NUL in it, or a quotation mark that is never closed; or where an XLSX workbook is damaged;
    /// `too-many-rows` with the `line` of the first too many; `invalid-fields` where there is none.
    pub fn of_text(form: Form, body: &[u8]) -> Outcome<Self> {
        let sheet = if form == Form::Xlsx { Some(sheet::to_csv(body, T::MOST)?) } else { None };
        let body = sheet.as_ref().map_or(body, String::as_bytes);
        let text = std::str::from_utf8(body).map_err(|error| {
            let before = body.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            unreadable(line as u64, "Isi bukan UTF-8.", "The body is no UTF-8.")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (table, rows) = match form {
            Form::Csv | Form::Xlsx => Table::read(text).map(|(table, rows)| (Some(table), rows))?,
            Form::Json | Form::Lines => (None, lines(text)?),
        };
        Self { form, rows, table }.not_empty()
    }

    fn not_empty(self) -> Outcome<Self> {
        if self.rows.is_empty() {
            return Err(codes::INVALID.field("/items", "daftar kosong", "the list is empty"));
        }
        Ok(self)
    }

    /// The answer in the form of the list. `whole` has the rows' answers as its `items`, each with the number of its
    /// `row`; NDJSON answers them alone, CSV and XLSX beside the caller's own columns.
    ///
    /// # Errors
    /// An internal problem where it can't be written.
    pub fn respond(&self, whole: &impl Serialize) -> Outcome<HttpResponse> {
        if self.form == Form::Json {
            return Ok(HttpResponse::Ok().json(whole));
        }
        let whole = serde_json::to_value(whole).map_err(Problem::internal)?;
        let items = whole["items"].as_array().ok_or_else(|| Problem::internal("a list without answers"))?;
        match &self.table {
            Some(table) => {
                let text = table.answer(T::ANSWERS, items)?;
                if self.form == Form::Xlsx {
                    let book = sheet::of_csv(&text, table.delimiter())?;
                    return Ok(HttpResponse::Ok().content_type(XLSX).body(book));
                }
                Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(text))
            }
            None => {
                let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
                Ok(HttpResponse::Ok().content_type("application/x-ndjson").body(lines))
            }
        }
    }
}

/// A row within a JSON document, of whatever form: one that can't be read does not make the document unreadable.
#[derive(Debug)]
pub struct Lenient<T>(pub Result<T, Vec<FieldFault>>);

impl<'de, T: ListRow> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(read_row(raw.get())))
    }
}

fn read_row<T: ListRow>(text: &str) -> Result<T, Vec<FieldFault>> {
    // Only such an escape can make one; whether it does, the value tells: before it may stand another backslash.
    if text.contains("\\u0000") && serde_json::from_str(text).is_ok_and(|value| has_nul(&value)) {
        return Err(vec![nul()]);
    }
    json::read(text.as_bytes()).map_err(|problem| {
        if problem.errors.is_empty() {
            let offset = problem.extra.get("column").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
            let span = offset.map(|at| (at.saturating_sub(1), 1));
            return vec![FieldFault { span, ..FieldFault::new("", "bukan JSON yang sah", "is no valid JSON") }];
        }
        problem.errors
    })
}

/// A NUL is valid JSON, and in a cell; it is no text of PostgreSQL's.
fn nul() -> FieldFault {
    FieldFault::new("", "memuat karakter NUL", "has a NUL in it")
}

/// Whether a text within, at whatever depth, has a NUL in it.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// The rows of NDJSON; blank lines are none.
fn lines<T: ListRow>(text: &str) -> Outcome<Vec<Row<T>>> {
    let mut rows = Vec::new();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        if rows.len() == T::MOST {
            return Err(codes::TOO_MANY_ROWS.with("line", line));
        }
        rows.push(Row { number: rows.len(), line: Some(line), said: read_row(text) });
    }
    Ok(rows)
}

fn unreadable(line: u64, indonesian: impl Into<String>, english: impl Into<String>) -> Problem {
    codes::MALFORMED.with("line", line).detail(indonesian, english)
}

#[cfg(test)]
mod tests;
