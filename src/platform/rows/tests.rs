//! Lists as they are read and answered, without HTTP.

use super::{Column, Form, ListRow, MOST_ROWS, RowList};
use crate::platform::problem::Problem;
use actix_web::body::to_bytes;
use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Gift {
    #[garde(length(chars, max = 5))]
    name: String,
    #[garde(inner(range(min = 1)))]
    amount: Option<i64>,
    #[garde(skip)]
    wrapped: Option<bool>,
}

impl ListRow for Gift {
    const COLUMNS: &'static [Column] = &[Column::key("name"), Column::number("amount"), Column::flag("wrapped")];
    const ANSWERS: &'static [&'static str] = &["line", "outcome", "codes", "errors"];
    const EXAMPLE_LINES: &'static str = "";
    const EXAMPLE_CSV: &'static str = "";
}

fn read(form: Form, text: &str) -> Result<RowList<Gift>, Problem> {
    RowList::of_text(form, text.as_bytes())
}

/// Line, then what was said or where it was wrong.
fn told(list: &RowList<Gift>) -> Vec<(u64, String)> {
    let rows = list.rows.iter().map(|row| {
        let said = match &row.said {
            Ok(gift) => format!("{} {:?}", gift.name, gift.amount),
            Err(faults) => faults.iter().map(|fault| format!("!{}", fault.pointer)).collect::<String>(),
        };
        (row.line.unwrap_or_default(), said)
    });
    rows.collect()
}

fn refused_at(form: Form, text: &str) -> (&'static str, Value) {
    let problem = read(form, text).expect_err("readable");
    (problem.code.code, problem.extra["line"].clone())
}

fn line(number: u64, said: &str) -> (u64, String) {
    (number, said.to_owned())
}

#[test]
fn a_line_that_can_t_be_read_stops_no_other_and_is_named() {
    let text = "\u{feff}{\"name\":\"ani\",\"amount\":5}\n\n{\"name\":\n[\"ani\",5]\n{\"amount\":0}\n{\"name\":\"terlalu\",\"amount\":0}\r\n{\"name\":\"budi\"}";
    let list = read(Form::Lines, text).unwrap();
    let expected = [
        line(1, "ani Some(5)"),
        line(3, "!"),
        line(4, "!"),
        line(5, "!/name"),
        line(6, "!/amount!/name"),
        line(7, "budi None"),
    ];
    assert_eq!(told(&list), expected);
}

#[test]
fn a_csv_file_is_read_by_its_header_whatever_else_stands_in_it() {
    let text = "\u{feff}No;Name ;AMOUNT\r\n1; ani ;5\r\n\r\n2;budi;\r\n3;\"ca\r\nca\";x\r\n4;dedi\r\n5;;1\r\n";
    let list = read(Form::Csv, text).unwrap();
    let expected = [line(2, "ani Some(5)"), line(4, "budi None"), line(5, "!"), line(7, "!"), line(8, "!/name")];
    assert_eq!(told(&list), expected);
}

#[test]
fn what_makes_the_whole_unreadable_says_where() {
    assert_eq!(refused_at(Form::Csv, "nama,amount\nani,5\n"), ("malformed-request", json!(1)));
    assert_eq!(refused_at(Form::Csv, "name,amonut\nani,5\n"), ("malformed-request", json!(1)));
    assert_eq!(refused_at(Form::Csv, "name,NAME\nani,5\n"), ("malformed-request", json!(1)));
    assert_eq!(refused_at(Form::Csv, "name\nani\n\"budi\ncici\ndedi\n"), ("malformed-request", json!(3)));
    let latin = RowList::<Gift>::of_text(Form::Csv, b"name\nani\nn\xe9\n").expect_err("readable");
    assert_eq!((latin.code.code, &latin.extra["line"]), ("malformed-request", &json!(3)));
    let many = "name\n".to_owned() + &"ani\n".repeat(MOST_ROWS + 1);
    assert_eq!(refused_at(Form::Csv, &many), ("too-many-rows", json!(MOST_ROWS + 2)));
    let many = "{\"name\":\"ani\"}\n".repeat(MOST_ROWS + 1);
    assert_eq!(refused_at(Form::Lines, &many), ("too-many-rows", json!(MOST_ROWS + 1)));
    assert_eq!(read(Form::Csv, "name\n").expect_err("readable").errors[0].pointer, "/items");
}

#[test]
fn a_quotation_mark_too_many_swallows_no_row_without_a_word() {
    let text = "name,note\nani,\"x\nbudi,\"y\ncici,z\n";
    let list = read(Form::Csv, text).unwrap();
    assert_eq!(told(&list), [line(2, "!"), line(4, "cici None")]);
    let fault = &list.rows[0].read().expect_err("readable").errors[0];
    assert!(fault.message.english.contains("2 lines"), "{fault:?}");
}

#[actix_web::test]
async fn a_csv_file_comes_back_as_it_was_with_the_answers_beside_it() {
    let list = read(Form::Csv, "No;name;outcome\n1;\"a;b\";old\n2;x;old;more\n3\n").unwrap();
    let fault = json!({ "pointer": "/name", "message": "salah" });
    let whole = json!({ "items": [
        { "row": 0, "line": 2, "outcome": "made", "codes": ["A", "B"] },
        { "row": 0, "line": 2, "outcome": "made twice" },
        { "row": 1, "line": 3, "outcome": "refused", "errors": [fault.clone(), fault] },
        { "row": 2, "line": 4, "outcome": "refused" },
    ] });
    let response = list.respond(&whole).unwrap();
    assert_eq!(response.headers().get("content-type").unwrap(), "text/csv; charset=utf-8");
    let text = to_bytes(response.into_body()).await.unwrap();
    let expected = "No;name;line;outcome;codes;errors\n1;\"a;b\";2;made;A B;\n1;\"a;b\";2;made twice;;\n\
        2;x;3;refused;;\"name salah; name salah\"\n3;;4;refused;;\n";
    assert_eq!(std::str::from_utf8(&text).unwrap(), expected);
}

#[actix_web::test]
async fn a_nul_stops_its_own_row_alone_and_does_not_come_back() {
    let list = read(Form::Lines, "{\"name\":\"a\\u0000b\"}\n{\"name\":\"budi\"}\n{\"a\\u0000\":1}").unwrap();
    assert_eq!(told(&list), [line(1, "!"), line(2, "budi None"), line(3, "!")]);
    assert_eq!(list.rows[0].read().expect_err("readable").errors[0].message.english, "has a NUL in it");
    let list = read(Form::Csv, "name,note\nan\0i,x\nbudi,\0\ncici,y\n").unwrap();
    assert_eq!(told(&list), [line(2, "!"), line(3, "!"), line(4, "cici None")]);
    assert_eq!(list.rows[1].read().expect_err("readable").errors[0].message.english, "has a NUL in it");
    let whole = json!({ "items": [{ "row": 1, "line": 3, "outcome": "refused" }] });
    let text = to_bytes(list.respond(&whole).unwrap().into_body()).await.unwrap();
    assert_eq!(std::str::from_utf8(&text).unwrap(), "name,note,line,outcome,codes,errors\nbudi,\u{fffd},3,refused,,\n");
    assert_eq!(refused_at(Form::Csv, "name,no\0te\nani,x\n"), ("malformed-request", json!(1)));
}

#[test]
fn a_backslash_before_what_looks_like_a_nul_is_a_backslash() {
    // `\\u0000` in the text: a backslash, and six letters less one after it.
    let list = read(Form::Lines, "{\"name\":\"\\\\u00\"}\n{\"name\":\"\\\\u0000\"}").unwrap();
    let faults = list.rows[1].read().expect_err("short enough").errors;
    assert_eq!(told(&list)[0], line(1, "\\u00 None"));
    assert_eq!(faults[0].pointer, "/name");
}

#[test]
fn a_header_or_row_over_several_lines_is_refused_whatever_ends_them() {
    for end in ["\n", "\r", "\r\n"] {
        let text = format!("name,note\n\"a{end}b\",x\nbudi,\"y{end}z\"\ncici,\n");
        let list = read(Form::Csv, &text).unwrap();
        let said: Vec<String> = told(&list).into_iter().map(|(_, said)| said).collect();
        assert_eq!(said, ["!", "!", "cici None"], "{end:?}");
        let fault = &list.rows[0].read().expect_err("readable").errors[0];
        assert!(fault.message.english.contains("2 lines"), "{fault:?}");
        for header in
            [format!("\n\"name{end}\",note"), format!("\nname,\"no{end}te\""), format!("\nname,\"note{end}ani,x")]
        {
            let refused = refused_at(Form::Csv, &format!("{header}\nani,x\n"));
            assert_eq!(refused, ("malformed-request", json!(2)), "{header:?}");
        }
    }
    assert_eq!(refused_at(Form::Csv, "name\rani\r\"budi\rcici\r").0, "malformed-request");
}

#[test]
fn a_flag_is_true_or_false_in_any_case_and_nothing_else() {
    let list = read(Form::Csv, "name,wrapped\nani,TRUE\nbudi,false\ncici,\ndedi,ya\n").unwrap();
    let said = list.rows.iter().map(|row| row.read().ok().map(|gift| gift.wrapped));
    assert_eq!(said.collect::<Vec<_>>(), [Some(Some(true)), Some(Some(false)), Some(None), None]);
}

/// A workbook's first sheet, as (row, column, cell).
fn workbook(cells: &[(u32, u16, &str)]) -> Vec<u8> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, column, cell) in cells {
        sheet.write_string(*row, *column, *cell).unwrap();
    }
    // A number, a truth and a formula, as a spreadsheet keeps them.
    sheet.write_number(1, 1, 5).unwrap().write_boolean(1, 2, true).unwrap();
    workbook.add_worksheet().write_string(0, 0, "other").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_is_read_by_its_first_sheet_and_a_line_is_a_row() {
    let book =
        workbook(&[(0, 0, "NAME"), (0, 1, "amount"), (0, 2, "wrapped"), (1, 0, "ani"), (4, 0, "bu\ndi"), (4, 1, "x")]);
    let list = RowList::<Gift>::of_text(Form::Xlsx, &book).unwrap();
    assert_eq!(told(&list), [line(2, "ani Some(5)"), line(5, "!/amount")]);
    assert_eq!(list.rows[0].said.as_ref().unwrap().wrapped, Some(true));
}

#[actix_web::test]
async fn a_workbook_comes_back_as_one_with_the_answers_beside_its_cells_and_no_formula() {
    use calamine::{Data, Reader, Xlsx};
    let book =
        workbook(&[(0, 0, "name"), (0, 1, "amount"), (0, 2, "wrapped"), (0, 3, "mine"), (1, 0, "ani"), (1, 3, "=1+1")]);
    let list = RowList::<Gift>::of_text(Form::Xlsx, &book).unwrap();
    let answer = list.respond(&json!({ "items": [{ "row": 0, "line": 2, "outcome": "given" }] })).unwrap();
    assert_eq!(answer.headers().get("content-type").unwrap(), super::XLSX);
    let bytes = to_bytes(answer.into_body()).await.ok().unwrap();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
    assert_eq!(rows[0], ["name", "amount", "wrapped", "mine", "line", "outcome", "codes", "errors"]);
    assert_eq!(rows[1][..6], ["ani", "5", "true", "=1+1", "2", "given"]);
    assert!(book.worksheet_formula("Sheet1").unwrap().rows().flatten().all(String::is_empty));
}

#[test]
fn what_is_no_workbook_or_one_without_end_is_refused() {
    let refused = |bytes: &[u8]| RowList::<Gift>::of_text(Form::Xlsx, bytes).expect_err("readable").code.code;
    assert_eq!(refused(b"name\nani\n"), "malformed-request");
    let whole = workbook(&[(0, 0, "name"), (1, 0, "ani")]);
    assert_eq!(refused(&whole[..whole.len() / 2]), "malformed-request");
    assert_eq!(refused(&workbook(&[(0, 0, "name"), (1_000_000, 0, "ani")])), "too-many-rows");
    let headless = workbook(&[(3, 0, "x")]);
    assert_eq!(refused(&headless), "malformed-request");
    let empty = rust_xlsxwriter::Workbook::new().save_to_buffer().unwrap();
    assert_eq!(refused(&empty), "malformed-request");
}
