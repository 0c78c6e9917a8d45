//! A CSV file as a list: read by the names in its header, and given back as it was with the answers beside it.

use super::{Column, Kind, ListRow, Row, nul, unreadable};
use crate::platform::{
    json,
    problem::{FieldFault, Outcome, Problem, codes},
};
use csv::StringRecord;
use serde_json::{Map, Value};

/// Between the cells of a file; the one that its header has most of.
const DELIMITERS: [u8; 4] = [b',', b';', b'|', b'\t'];

/// The caller's own file.
#[derive(Debug)]
pub(super) struct Table {
    delimiter: u8,
    header: StringRecord,
    records: Vec<StringRecord>,
}

impl Table {
    /// Reads a file. Its first line that is not blank is its header.
    pub fn read<T: ListRow>(text: &str) -> Outcome<(Self, Vec<Row<T>>)> {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let count = |delimiter: u8| first.bytes().filter(|&byte| byte == delimiter).count();
        // Of equals the first: `max_by_key` would take the last.
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
        let header = reader.headers().map_err(Problem::internal)?.clone();
        plain_header(&header, line_of(text, &header))?;
        let places = places::<T>(&header)?;
        let (mut records, mut rows) = (Vec::new(), Vec::new());
        for record in reader.into_records() {
            let record = record.map_err(Problem::internal)?;
            let line = line_of(text, &record);
            if rows.len() == T::MOST {
                return Err(codes::TOO_MANY_ROWS.with("line", line));
            }
            let said = read_row(&places, header.len(), &record);
            rows.push(Row { number: rows.len(), line: Some(line), said });
            records.push(record);
        }
        all_closed(text, rows.last().and_then(|row| row.line), records.last())?;
        Ok((Self { delimiter, header, records }, rows))
    }

    /// What stands between its cells.
    pub const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The file with its answers. A row that is answered twice stands twice, one that is too short or too long is
    /// brought to the header's length.
    pub fn answer(&self, columns: &[&str], answers: &[Value]) -> Outcome<Vec<u8>> {
        let names = self.header.iter().enumerate();
        let (kept, kept_names): (Vec<usize>, Vec<&str>) =
            names.filter(|(_, name)| !columns.contains(&normal(name).as_str())).unzip();
        let mut out = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .from_writer(Vec::with_capacity((self.records.len() + 1) * 160));
        out.write_record(kept_names.iter().chain(columns)).map_err(Problem::internal)?;
        for answer in answers {
            let number = answer["row"].as_u64().and_then(|number| usize::try_from(number).ok());
            let record = number.and_then(|number| self.records.get(number));
            let record = record.ok_or_else(|| Problem::internal("an answer to no row"))?;
            // Where a row was refused for a NUL, its cells are shown without.
            let own = kept.iter().map(|&place| record.get(place).unwrap_or_default().replace('\0', "\u{fffd}"));
            let told = columns.iter().map(|column| cell(&answer[*column]));
            out.write_record(own.chain(told)).map_err(Problem::internal)?;
        }
        out.into_inner().map_err(Problem::internal)
    }
}

/// A JSON value as a cell: a list one after the other, a wrong field as its name and what is wrong.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().map(cell).collect::<Vec<_>>().join(" ")
        }
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("; "),
        Value::Object(fault) => {
            let part = |name: &str| fault.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", part("pointer").trim_start_matches('/'), part("message")).trim_start().to_owned()
        }
        other => other.to_string(),
    }
}

fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// A quotation mark too many in the header takes rows into it, which would not be answered.
fn plain_header(header: &StringRecord, line: u64) -> Outcome<()> {
    if header.iter().any(|name| breaks(name) > 0) {
        return Err(unreadable(
            line,
            format!("Kepala kolom pada baris {line} mencakup beberapa baris."),
            format!("The header on line {line} reaches over several lines."),
        ));
    }
    if header.iter().any(|name| name.contains('\0')) {
        return Err(unreadable(line, "Kepala kolom memuat karakter NUL.", "The header has a NUL in it."));
    }
    Ok(())
}

/// Where in the file each known column stands.
fn places<T: ListRow>(header: &StringRecord) -> Outcome<Vec<(usize, Column)>> {
    let mut places: Vec<(usize, Column)> = Vec::new();
    for (place, name) in header.iter().enumerate() {
        let name = normal(name);
        if let Some(column) = T::COLUMNS.iter().find(|column| column.is_called(&name)) {
            if places.iter().any(|(_, known)| known.name == column.name) {
                let indonesian = format!("Kolom {name} ada dua kali.");
                return Err(unreadable(1, indonesian, format!("The column {name} stands twice.")));
            }
            places.push((place, *column));
        } else if !T::ANSWERS.contains(&name.as_str())
            && let Some(meant) = misspelt::<T>(&name)
        {
            let indonesian = format!("Kolom {name} tidak dikenal; maksudnya {meant}?");
            return Err(unreadable(1, indonesian, format!("The column {name} is not known; is it {meant}?")));
        }
    }
    if places.iter().any(|(_, column)| column.kind == Kind::Key) {
        return Ok(places);
    }
    let keys = T::COLUMNS.iter().filter(|column| column.kind == Kind::Key).map(|column| column.name);
    let keys: Vec<&str> = keys.collect();
    Err(unreadable(
        1,
        format!("Baris pertama harus memuat kepala kolom {}.", keys.join(" atau ")),
        format!("The first line must be a header with the column {}.", keys.join(" or ")),
    ))
}

/// The column that was perhaps meant. What may be left out must not be left out by a slip of the pen; a key that is
/// missing is noticed anyway.
fn misspelt<T: ListRow>(name: &str) -> Option<String> {
    let optional = T::COLUMNS.iter().filter(|column| column.kind != Kind::Key).map(|column| column.name);
    json::nearest(name, &optional.collect::<Vec<_>>())
}

/// The row as JSON would say it; an empty cell says nothing. One that reaches over several lines is none.
fn read_row<T: ListRow>(places: &[(usize, Column)], width: usize, record: &StringRecord) -> Result<T, Vec<FieldFault>> {
    // A quotation mark too many takes the lines after it into its cell, and each of them is somebody's payment.
    let breaks: usize = record.iter().map(breaks).sum();
    if breaks > 0 {
        let lines = breaks + 1;
        let indonesian = format!("memuat {lines} baris dalam tanda kutip; satu baris berkas adalah satu baris daftar");
        let english = format!("has {lines} lines within quotation marks; one line of a file is one row");
        return Err(vec![FieldFault::new("", indonesian, english)]);
    }
    // In a column of the caller's own too: it comes back with the answer.
    if record.iter().any(|cell| cell.contains('\0')) {
        return Err(vec![nul()]);
    }
    let told = record.len();
    if told != width {
        let indonesian = format!("berisi {told} kolom, padahal kepala memuat {width}");
        return Err(vec![FieldFault::new("", indonesian, format!("has {told} columns where the header has {width}"))]);
    }
    let cells = places.iter().filter_map(|(place, column)| {
        let text = record.get(*place).map(str::trim).filter(|text| !text.is_empty())?;
        let value = match column.kind {
            Kind::Number => text.parse::<i64>().ok().map(Value::from),
            Kind::Flag => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
            Kind::Key | Kind::Text => None,
        };
        Some((column.name.to_owned(), value.unwrap_or_else(|| Value::from(text))))
    });
    json::read_object(cells.collect::<Map<_, _>>()).map_err(|problem| problem.errors)
}

/// Ends of lines within a cell: of all three kinds, since any of them ends a row outside of quotation marks.
fn breaks(cell: &str) -> usize {
    cell.matches(['\n', '\r']).count() - cell.matches("\r\n").count()
}

/// The line that a record begins on. The reader passes over blank lines before it, and over the rest of a line's end.
fn line_of(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let from = usize::try_from(position.byte()).ok().and_then(|byte| text.get(byte..)).unwrap_or_default();
    let passed = from.bytes().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|&byte| byte == b'\n').count();
    position.line() + passed as u64
}

/// A quotation mark that is never closed takes all lines after it into one cell, and they would not be answered.
fn all_closed(text: &str, line: Option<u64>, last: Option<&StringRecord>) -> Outcome<()> {
    let is_odd = text.bytes().filter(|&byte| byte == b'"').count() % 2 == 1;
    match (line, last) {
        (Some(line), Some(last)) if is_odd && last.iter().any(|cell| breaks(cell) > 0) => Err(unreadable(
            line,
            format!("Tanda kutip pada baris {line} tidak pernah ditutup."),
            format!("A quotation mark on line {line} is never closed."),
        )),
        _ => Ok(()),
    }
}
