//! Values of families.

use super::*;

#[test]
fn an_unusable_family_number_is_never_a_number() {
    let desk = Desk::new();
    for (written, shape, comparable) in [
        ("0", "zero", None),
        ("", "empty", None),
        ("3.526E+15", "digits lost", None),
        ("'352601010115001", "length 15", Some("352601010115001")),
        ("3526019901150001", "no such day", Some("3526019901150001")),
    ] {
        let (family, told) = desk.family(&[("nomor_kartu_keluarga", written)]);
        let family = family.unwrap();
        assert_eq!(family.kk_number, None);
        assert_eq!(family.unusable_kk.as_ref().map(UnusableNumber::reveal), comparable);
        assert_eq!(told, one(K::UnusableKk, Noted, "nomor_kartu_keluarga", shape));
        let (member, _) = desk.member(&[("nomor_kartu_keluarga", written)]);
        assert_eq!(member.unwrap().unusable_kk, family.unusable_kk);
    }
}

#[test]
fn a_family_lives_in_a_known_village_or_is_set_aside() {
    let desk = Desk::new();
    let column = "kode_kelurahan_desa";
    let (family, told) = desk.family(&[(column, "3526012001")]);
    assert_eq!(family.unwrap().village_code.as_str(), "35.26.01.2001");
    assert_eq!(told, one(K::RegionCodeForm, Repaired, column, "undotted"));
    let (family, told) = desk.family(&[(column, "3526010001"), ("kode_kecamatan", "3526010")]);
    assert_eq!(family.unwrap().village_code.as_str(), "35.26.01.2001");
    assert_eq!(told, one(K::BpsRegionCode, Repaired, column, "ten digits of BPS"));
    let (family, told) = desk.family(&[(column, "35.26.01.2999")]);
    assert!(family.is_none());
    assert_eq!(told, one(K::UnknownVillage, SetAside, column, "not in the list of regions"));
    let (family, told) = desk.family(&[(column, "")]);
    assert!(family.is_none());
    assert_eq!(told, one(K::UnusableRegionCode, SetAside, column, "empty"));
}

#[test]
fn a_family_without_a_decile_is_loaded_without_it() {
    let desk = Desk::new();
    for (written, kind, shape) in [
        ("", K::MissingDecile, "empty"),
        ("NULL", K::MissingDecile, "empty"),
        ("11", K::UnusableDecile, "not 1 to 10"),
        ("0", K::UnusableDecile, "not 1 to 10"),
        ("miskin", K::UnusableDecile, "not 1 to 10"),
    ] {
        let (family, told) = desk.family(&[("desil_nasional", written)]);
        assert_eq!(family.unwrap().decile, None);
        assert_eq!(told, one(kind, Noted, "desil_nasional", shape));
    }
    let (family, told) = desk.family(&[("desil_nasional", "10.0")]);
    assert_eq!(family.unwrap().decile, Some(10));
    assert_eq!(told, one(K::NumberForm, Repaired, "desil_nasional", "float"));
}

#[test]
fn answers_are_held_against_the_code_book() {
    let desk = Desk::new();
    let floor = |written| {
        let (family, told) = desk.family(&[("jenis_lantai_terluas", written)]);
        (family.unwrap().floor, told.into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>())
    };
    assert_eq!(floor(""), (None, vec![]));
    assert_eq!(floor("08"), (Some(8), vec![]));
    assert_eq!(floor("8.0"), (Some(8), vec![K::NumberForm]));
    assert_eq!(floor("TANAH"), (Some(8), vec![K::AnswerAsWords]));
    assert_eq!(floor("9"), (None, vec![K::UnknownCode]));
    assert_eq!(floor("beton"), (None, vec![K::UnknownCode]));

    let car = |written| {
        let (family, told) = desk.family(&[("aset_bergerak_mobil", written)]);
        (family.unwrap().car, told.into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>())
    };
    assert_eq!(car("1"), (Some(true), vec![]));
    assert_eq!(car("0"), (Some(false), vec![]));
    assert_eq!(car("tidak"), (Some(false), vec![]));
    assert_eq!(car(""), (None, vec![]));
    assert_eq!(car("3"), (None, vec![K::UnreadableAnswer]));

    let (family, told) = desk.family(&[("jumlah_ternak_sapi", "-2")]);
    assert_eq!(family.unwrap().cattle, None);
    assert_eq!(told, one(K::UnreadableNumber, Noted, "jumlah_ternak_sapi", "not a count"));
}
