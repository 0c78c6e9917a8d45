//! Values of members.

use super::*;

#[test]
fn a_number_in_another_form_is_read_and_told() {
    let desk = Desk::new();
    for (written, form) in [
        ("3526011708900003.0", "float"),
        ("'3526011708900003", "apostrophe"),
        ("3526 0117 0890 0003 ", "spaces, separators"),
    ] {
        let (member, told) = desk.member(&[("nomor_induk_kependudukan", written)]);
        assert_eq!(member.unwrap().nik.unwrap().reveal(), "3526011708900003");
        assert_eq!(told, one(K::NikForm, Repaired, "nomor_induk_kependudukan", form));
    }
    let (family, told) = desk.family(&[("nomor_kartu_keluarga", "3526010101150001.0")]);
    assert_eq!(family.unwrap().kk_number.unwrap().reveal(), "3526010101150001");
    assert_eq!(told, one(K::KkForm, Repaired, "nomor_kartu_keluarga", "float"));
}

#[test]
fn a_member_with_an_unusable_nik_is_loaded_without_it() {
    let desk = Desk::new();
    for (written, shape) in [
        ("", "empty"),
        ("3.526E+15", "digits lost"),
        ("352601170890003", "length 15"),
        ("SIAK-35260001", "letters"),
        ("3526013213900003", "no such day"),
        ("3526011708900000", "serial number 0000"),
        ("0000000000000000", "no province has this code"),
    ] {
        let (member, told) = desk.member(&[("nomor_induk_kependudukan", written)]);
        assert_eq!(member.unwrap().nik, None, "{written}");
        assert_eq!(told, one(K::UnusableNik, Noted, "nomor_induk_kependudukan", shape));
    }
}

#[test]
fn a_birth_date_comes_from_the_line_or_from_the_nik() {
    let desk = Desk::new();
    let column = "tanggal_lahir";
    let born = NaiveDate::from_ymd_opt(1990, 8, 17);
    let from_nik = (K::BirthDateFromNik, Repaired, column, "taken from the NIK".to_owned());
    let (member, told) = desk.member(&[(column, "17/08/1990")]);
    assert_eq!(member.unwrap().birth_date, born);
    assert_eq!(told, one(K::DateForm, Repaired, column, "day/month/year"));
    for (written, first) in [
        ("", None),
        ("kemarin", Some((K::UnreadableDate, "length 7"))),
        ("2027-01-01", Some((K::ImplausibleBirthDate, "future or too long ago"))),
        ("1900-01-01", Some((K::ImplausibleBirthDate, "future or too long ago"))),
    ] {
        let (member, told) = desk.member(&[(column, written)]);
        assert_eq!(member.unwrap().birth_date, born);
        let first = first.map(|(kind, shape)| (kind, Noted, column, shape.to_owned()));
        let expected: Vec<Told> = first.into_iter().chain([from_nik.clone()]).collect();
        assert_eq!(told, expected);
    }
    let (member, told) = desk.member(&[(column, "1991-08-17")]);
    assert_eq!(member.unwrap().birth_date, NaiveDate::from_ymd_opt(1991, 8, 17));
    assert_eq!(told, one(K::NikDateDiffers, Noted, column, "another day than the NIK's"));
    let (member, _) = desk.member(&[(column, "2027-01-01"), ("nomor_induk_kependudukan", "")]);
    assert_eq!(member.unwrap().birth_date, None);
}

#[test]
fn the_sex_is_held_against_the_nik() {
    let desk = Desk::new();
    let (member, told) = desk.member(&[("jenis_kelamin", "2")]);
    assert_eq!(member.unwrap().sex, Some(2));
    assert_eq!(told, one(K::NikSexDiffers, Noted, "jenis_kelamin", "the other sex than the NIK's"));
    let woman = ("nomor_induk_kependudukan", "3526015708900003");
    let (member, told) = desk.member(&[woman, ("jenis_kelamin", "P")]);
    assert_eq!(member.unwrap().sex, Some(2));
    assert_eq!(told, one(K::AnswerAsWords, Repaired, "jenis_kelamin", "words"));
}

#[test]
fn the_dead_are_known_by_their_names_and_keep_them() {
    let desk = Desk::new();
    let (member, told) = desk.member(&[("nama", "Suparman,  S.Pd (ALM)")]);
    let member = member.unwrap();
    assert_eq!((member.name.as_str(), member.deceased), ("Suparman, S.Pd", true));
    let kinds: Vec<FindingKind> = told.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, [K::TextForm, K::DeceasedMarker]);
}

#[test]
fn somebody_without_name_and_nik_is_set_aside() {
    let desk = Desk::new();
    let (member, told) = desk.member(&[("nama", "")]);
    assert_eq!(member.unwrap().name, "");
    assert_eq!(told, one(K::NamelessMember, Noted, "nama", "empty"));
    let (member, told) = desk.member(&[("nama", ""), ("nomor_induk_kependudukan", "")]);
    assert!(member.is_none());
    let aside = (K::NamelessMember, SetAside, "nama", "neither name nor NIK".to_owned());
    assert_eq!(told.last(), Some(&aside));
}
