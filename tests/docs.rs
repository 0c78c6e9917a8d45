//! What the guides say of refusals is held against the code.

use sejahtera::{app, platform::problem::Code};
use std::collections::BTreeSet;

const INDONESIAN: &str = include_str!("../docs/integrasi.md");
const ENGLISH: &str = include_str!("../docs/integration.md");

/// A row of the guides' table of all refusals.
fn row(code: &Code, text: &str) -> String {
    format!("| `{}` | {} | {text} |", code.code, code.status)
}

/// The rows that begin with a code and its status, as they stand.
fn rows(guide: &str) -> Vec<String> {
    let is_row = |line: &&str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let code = cells.next().is_some_and(|cell| cell.len() > 2 && cell.starts_with('`') && cell.ends_with('`'));
        code && cells.next().is_some_and(|cell| cell.len() == 3 && cell.parse::<u16>().is_ok())
    };
    let table = guide.split("<!-- codes -->").nth(1).expect("the table of all refusals stands between two marks");
    table.lines().filter(is_row).map(str::to_owned).collect()
}

#[test]
fn the_guides_list_every_refusal_with_its_status_and_words() {
    let codes = app::problems();
    for (guide, rows, expected) in [
        (
            "integrasi.md",
            rows(INDONESIAN),
            codes.iter().map(|code| row(code, code.indonesian)).collect::<BTreeSet<_>>(),
        ),
        ("integration.md", rows(ENGLISH), codes.iter().map(|code| row(code, code.english)).collect()),
    ] {
        let stands: BTreeSet<String> = rows.iter().cloned().collect();
        let (lacks, too_many): (Vec<_>, Vec<_>) =
            (expected.difference(&stands).collect(), stands.difference(&expected).collect());
        assert!(
            lacks.is_empty() && too_many.is_empty(),
            "docs/{guide} lacks {lacks:#?} and should not have {too_many:#?}"
        );
        assert_eq!(rows.len(), stands.len(), "docs/{guide} has a row twice");
    }
}

#[test]
fn the_guides_name_no_refusal_that_there_is_not() {
    let known: BTreeSet<&str> = app::problems().iter().map(|code| code.code).collect();
    for (guide, text) in [("integrasi.md", INDONESIAN), ("integration.md", ENGLISH)] {
        // In the tables of single steps a code is followed by its status, too.
        for line in text.lines().filter(|line| line.starts_with("| ")) {
            let mut cells = line.split('|').map(str::trim).skip(1);
            let (first, second) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let said = if second.parse::<u16>().is_ok() {
                Some(first)
            } else {
                first.split_once(' ').filter(|(status, _)| status.parse::<u16>().is_ok()).map(|(_, code)| code)
            };
            let Some(code) = said.and_then(|code| code.strip_prefix('`')?.strip_suffix('`')) else { continue };
            // The token endpoint's words are OAuth's.
            assert!(known.contains(code) || code.contains('_'), "docs/{guide}: {line}");
        }
    }
}

#[test]
fn the_guides_name_every_word_of_the_token_endpoint() {
    for word in
        ["invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type", "temporarily_unavailable"]
    {
        for (guide, text) in [("integrasi.md", INDONESIAN), ("integration.md", ENGLISH)] {
            assert!(text.contains(&format!("| `{word}` |")), "docs/{guide} does not tell {word}");
        }
    }
}
