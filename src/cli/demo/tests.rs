use super::{accounts, catalogue::PROGRAMS};
use crate::{
    aid::eligibility::{CodeBook, MemberRule, Ranking, RankingExpression, Rule},
    platform::region_code::RegionCode,
};

/// The code book that the demo's deliveries bring.
fn code_book() -> CodeBook {
    let mut reader = csv::Reader::from_reader(include_str!("../../../data/code_book.csv").as_bytes());
    CodeBook::from_rows(reader.deserialize::<(String, i16, String)>().map(Result::unwrap))
}

#[test]
fn every_rule_of_the_demo_reads_with_the_words_of_its_deliveries() {
    let book = code_book();
    for program in PROGRAMS {
        let rule =
            Rule::parse(program.eligibility, &book).unwrap_or_else(|faults| panic!("{}: {faults:?}", program.code));
        let beneficiary = program.beneficiary.map(|words| {
            MemberRule::parse(words, &book).unwrap_or_else(|faults| panic!("{}: {faults:?}", program.code))
        });
        let rule = Rule { beneficiary, ..rule };
        assert_eq!(rule.is_sensitive(), program.sensitive_fields, "{}", program.code);
    }
}

#[test]
fn every_ranking_of_the_demo_reads() {
    let book = code_book();
    for program in PROGRAMS {
        let steps: Vec<RankingExpression> = serde_json::from_value(program.body(20_000)["ranking"].clone()).unwrap();
        assert!(!steps.is_empty(), "{}", program.code);
        Ranking::parse(&steps, &book).unwrap_or_else(|faults| panic!("{}: {faults:?}", program.code));
    }
}

#[test]
fn a_quota_is_a_share_of_the_regency_and_never_below_five() {
    let pkh = &PROGRAMS[0];
    assert_eq!(pkh.code, "PKH");
    // 1,500 places for 10,000 households.
    assert_eq!((pkh.quota(20_000), pkh.quota(300_000), pkh.quota(10)), (3_000, 45_000, 5));
}

#[test]
fn every_programme_says_where_its_numbers_come_from_and_excludes_only_what_is_there() {
    let known = |code: &str| PROGRAMS.iter().any(|program| program.code == code);
    for program in PROGRAMS {
        assert!(!program.source.is_empty() && !program.legal_basis.is_empty(), "{}", program.code);
        assert!(program.area.parse::<RegionCode>().is_ok(), "{}", program.code);
        assert!(program.excludes.iter().all(|code| known(code)), "{}", program.code);
        assert_eq!(program.periods.is_empty(), program.amount_idr.is_none(), "{}", program.code);
    }
}

#[test]
fn the_first_account_of_a_role_is_at_its_home_and_every_role_has_one() {
    let text = accounts::table();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let home = |role| rows.iter().find(|row| row[0] == role).map(|row| (row[1], row[2]));
    // As `demo-<role>` is made: see the README's tour and DESIGN's roles.
    assert_eq!(home("program_manager"), Some(("dinsos", "35.26")));
    assert_eq!(home("analyst"), Some(("bps", "35.26")));
    assert_eq!(home("payment_partner"), Some(("bank-jatim", "35.26")));
    assert_eq!(rows.iter().map(|row| row[0]).collect::<std::collections::BTreeSet<_>>().len(), 10);
    assert!(text.contains("program_manager\tdesa-socah\t35.26.02.2001\tPemerintah Desa Socah\n"), "{text}");
}
