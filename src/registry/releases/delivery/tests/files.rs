//! Lines and files as a whole.

use super::*;

#[test]
fn a_clean_line_comes_out_as_it_was_meant() {
    let desk = Desk::new();
    let (family, told) = desk.family(&[]);
    let family = family.unwrap();
    assert_eq!(told, []);
    assert_eq!(family.kk_number.unwrap().reveal(), "3526010101150001");
    assert_eq!(family.village_code.as_str(), "35.26.01.2001");
    assert_eq!((family.head_name.as_str(), family.address.as_str()), ("SUPARMAN", "DSN TENGAH"));
    assert_eq!((family.decile, family.declared_member_count, family.floor), (Some(3), Some(4), Some(8)));
    assert_eq!((family.car, family.cattle, family.pbi_national), (Some(false), Some(2), Some(true)));
    assert_eq!((family.decile_province, family.boat, family.horses), (None, None, None));
    assert_eq!(family.extra, Some(serde_json::json!({"is_gc_kemensos": "1"})));

    let (member, told) = desk.member(&[]);
    let member = member.unwrap();
    assert_eq!(told, []);
    assert_eq!(member.nik.unwrap().reveal(), "3526011708900003");
    assert_eq!(member.name, "H. Suparman, S.Pd");
    assert_eq!(member.birth_date, NaiveDate::from_ymd_opt(1990, 8, 17));
    assert_eq!((member.sex, member.relation, member.seeing), (Some(1), Some(1), Some(4)));
    assert_eq!((member.business_count, member.deceased, member.extra), (Some(1), false, None));
    assert_eq!(member.card_village_code.unwrap().as_str(), "35.78.01.1001");
}

#[test]
fn every_line_comes_out_once_whatever_is_wrong_with_it() {
    let desk = Desk::new();
    let good = line(FAMILY, &[]);
    let cut = good[..40].to_owned();
    let stray = good.replace("\"DSN TENGAH\"", "DSN|TENGAH");
    let open = good.replace("\"DSN TENGAH\"", "\"DSN TENGAH");
    let last_open = good.trim_end_matches('"').to_owned();
    let latin = good.replace("SUPARMAN", "NUR\u{1}");
    let lines = [good.clone(), cut.clone(), String::new(), stray.clone(), open, last_open, latin, good];
    let text = format!("{}\r\n{}\r\n\r\n", header(FAMILY), lines.join("\r\n"));
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == 1 { 0xC9 } else { byte }).collect();

    let (delivered, summary) = desk.families(&bytes);
    assert_eq!((summary.lines_in, summary.rows, summary.set_aside), (8, 4, 4));
    let numbers: Vec<u64> = delivered.iter().map(|line| line.line).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8, 9]);
    let found: Vec<Vec<Told>> = delivered.iter().map(|line| told(&line.findings)).collect();
    assert_eq!(found[0], []);
    assert_eq!(found[1], one(K::CutLine, SetAside, "", "3 of 12 fields"));
    assert_eq!(found[2], one(K::EmptyLine, SetAside, "", "empty"));
    assert_eq!(found[3], one(K::StraySeparator, SetAside, "", "13 of 12 fields"));
    assert_eq!(found[4], one(K::UnclosedQuote, Repaired, "", "closed at the next separator"));
    assert_eq!(found[5], one(K::UnclosedQuote, SetAside, "", "in the last field"));
    assert_eq!(found[6], one(K::NotUtf8, Repaired, "", "Windows-1252"));
    assert_eq!(found[7], []);
    let aside = |at: usize| match &delivered[at].content {
        LineContent::SetAside(raw) => raw.clone(),
        LineContent::Row(_) => panic!("set aside"),
    };
    assert_eq!((aside(1), aside(2), aside(3)), (cut.into_bytes(), Vec::new(), stray.into_bytes()));
    let LineContent::Row(latin) = &delivered[6].content else {
        panic!("loaded");
    };
    assert_eq!(latin.head_name, "NURÉ");
}

#[test]
fn no_finding_repeats_what_the_line_says() {
    let desk = Desk::new();
    let dirty: Cells = &[
        ("nomor_induk_kependudukan", "'352601170890003"),
        ("nomor_kartu_keluarga", "SIAK35260101150001"),
        ("nama", "SITI RAHMAWATI (ALMH)"),
        ("tanggal_lahir", "tujuh belas"),
        ("jenis_kelamin", "RAHMAWATI"),
        ("penglihatan", "3526011708900003"),
        ("kode_kelurahan_desa_ktp", "3526011708900003"),
    ];
    let (_, told) = desk.member(dirty);
    assert_eq!(told.len(), 7);
    for (_, _, _, detail) in told {
        assert!(!detail.contains("RAHMAWATI") && !detail.contains("35260") && detail.len() < 50, "{detail}");
    }
}

#[test]
fn a_workbook_is_read_like_a_text() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, (name, value)) in (0u16..).zip(MEMBER) {
        sheet.write(0, column, name.to_uppercase()).unwrap();
        sheet.write(1, column, *value).unwrap();
    }
    // Line 3 does not exist; line 4 has a number as NIK, a serial date and no cell at its end.
    for (column, (name, value)) in (0u16..).zip(MEMBER).take(8) {
        match *name {
            "nomor_induk_kependudukan" => sheet.write(3, column, 3_526_011_708_900_003_u64).unwrap(),
            "tanggal_lahir" => sheet.write(3, column, 33_102).unwrap(),
            _ => sheet.write(3, column, *value).unwrap(),
        };
    }
    let desk = Desk::new();
    let (lines, summary) = desk.members(&workbook.save_to_buffer().unwrap());
    assert_eq!((summary.lines_in, summary.rows), (2, 2));
    assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [2, 4]);
    for line in &lines {
        let LineContent::Row(row) = &line.content else {
            panic!("loaded");
        };
        assert_eq!(row.nik.unwrap().reveal(), "3526011708900003");
        assert_eq!(row.birth_date, NaiveDate::from_ymd_opt(1990, 8, 17));
        assert_eq!(row.name, "H. Suparman, S.Pd");
    }
    let serial = one(K::DateForm, Repaired, "tanggal_lahir", "serial number of a workbook");
    assert_eq!(told(&lines[1].findings), serial);
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..2_000 {
        sheet.write(row, 0, "0").unwrap();
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let limits = Limits { unpacked_bytes: bytes.len() as u64, ..Limits::default() };
    let refused = read_code_book(bytes.as_slice(), &limits);
    assert!(matches!(refused, Err(DeliveryFault::TooLarge { .. })));
    assert!(matches!(read_code_book(&b"PK\x03\x04damaged"[..], &Limits::default()), Err(DeliveryFault::Workbook(_))));
}

#[test]
fn the_sink_can_stop_the_reading() {
    #[derive(Debug, thiserror::Error)]
    enum Stopped {
        #[error(transparent)]
        Fault(#[from] DeliveryFault),
        #[error("enough")]
        Enough,
    }
    let desk = Desk::new();
    let good = line(FAMILY, &[]);
    let file = format!("{}\n{good}\n{good}\n", header(FAMILY));
    let mut seen = 0;
    let stopped = read_families(file.as_bytes(), &desk.rules(), |_, _| {
        seen += 1;
        Err(Stopped::Enough)
    });
    assert!(matches!(stopped, Err(Stopped::Enough)));
    assert_eq!(seen, 1);
    let refused = read_families(&b""[..], &desk.rules(), |_, _| Ok(()));
    assert!(matches!(refused, Err(Stopped::Fault(DeliveryFault::Empty))));
}
