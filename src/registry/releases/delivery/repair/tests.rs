use super::*;

#[test]
fn sixteen_digits_come_out_of_every_form_with_one_meaning() {
    for (cell, form) in [
        ("3526011708900003", None),
        ("3526011708900003.0", Some("float")),
        ("3526011708900003,00", Some("float")),
        ("'3526011708900003", Some("apostrophe")),
        ("\u{2019}3526011708900003", Some("apostrophe")),
        (" 3526011708900003 ", Some("spaces")),
        ("3526 0117 0890 0003", Some("separators")),
        ("35.26.01.170890.0003", Some("separators")),
        ("352601-170890-0003", Some("separators")),
        ("'3526011708900003.0", Some("apostrophe, float")),
        ("3.526011708900003E+15", Some("scientific")),
        ("3,526011708900003e15", Some("scientific")),
    ] {
        let read = identity_digits(cell).unwrap();
        assert_eq!(read.value, "3526011708900003", "{cell}");
        assert_eq!(read.form.as_deref(), form, "{cell}");
    }
}

#[test]
fn a_number_that_lost_digits_stays_lost() {
    for (cell, shape) in [
        ("", "empty"),
        ("NULL", "empty"),
        ("0", "zero"),
        ("0.0", "zero"),
        ("3.526E+15", "digits lost"),
        ("3.52601170890000E+15", "digits lost"),
        // Papua's numbers lie beyond what a float holds exactly.
        ("9471011708900003.0", "digits lost"),
        ("352601170890003", "length 15"),
        ("SIAK-35260001", "letters"),
    ] {
        assert_eq!(identity_digits(cell), Err(shape.into()), "{cell}");
    }
}

#[test]
fn an_unusable_number_holds_a_family_together_only_if_it_says_something() {
    let comparable = |cell| comparable_number(cell);
    assert_eq!(comparable("'352601170890003").as_deref(), Some("352601170890003"));
    assert_eq!(comparable("352601170890003.0").as_deref(), Some("352601170890003"));
    assert_eq!(comparable("siak-77").as_deref(), Some("SIAK77"));
    for cell in ["", "0", "0.0", "0000000000000000", "-", "3.526E+15"] {
        assert_eq!(comparable(cell), None, "{cell}");
    }
}

#[test]
fn whole_numbers_come_out_of_floats_and_thousands() {
    let number = |text| whole_number(text).map(|read| read.value);
    assert_eq!(number("7"), Some(7));
    assert_eq!(number("07"), Some(7));
    assert_eq!(number("2.0"), Some(2));
    assert_eq!(number("2,00"), Some(2));
    assert_eq!(number("1.250"), Some(1_250));
    assert_eq!(number("1,250,000"), Some(1_250_000));
    assert_eq!(number("'7"), Some(7));
    for text in ["", "-1", "1.5", "12.34.5", "0.125", "tujuh", "99999999999999999999"] {
        assert_eq!(number(text), None, "{text}");
    }
}

#[test]
fn yes_and_no_are_understood_and_nothing_else() {
    assert_eq!(yes_or_no("YA"), Some(true));
    assert_eq!(yes_or_no("tidak"), Some(false));
    assert_eq!(yes_or_no("mungkin"), None);
}

#[test]
fn programs_words_for_nothing_are_nothing() {
    for text in ["", "-", "NULL", "NaN", "None", "N/A", "\\N"] {
        assert!(is_blank(text), "{text}");
    }
    for text in ["0", "Nina", "-1"] {
        assert!(!is_blank(text), "{text}");
    }
}

#[test]
fn a_text_keeps_its_capitals_and_titles() {
    assert_eq!(tidy("Hj. SITI Nur, S.Pd"), Read::plain("Hj. SITI Nur, S.Pd".into()));
    let tidied = tidy("Hj.  SITI\tNur\0");
    assert_eq!(tidied.value, "Hj. SITI Nur");
    assert!(tidied.form.is_some());
}

#[test]
fn the_marker_of_the_dead_is_a_word_of_its_own() {
    for (name, rest) in [
        ("SUPARMAN (ALM)", "SUPARMAN"),
        ("SUPARMAN (Alm.)", "SUPARMAN"),
        ("SUPARMAN ALM.", "SUPARMAN"),
        ("SUPARMAN, S.Pd., ALM", "SUPARMAN, S.Pd."),
        ("ALM. SUPARMAN", "SUPARMAN"),
        ("(ALM) SUPARMAN", "SUPARMAN"),
        ("ALMH SITI", "SITI"),
        ("SITI ALMARHUMAH", "SITI"),
    ] {
        assert_eq!(without_deceased_marker(name), Some(rest), "{name}");
    }
    for name in ["SALMAH", "ALMIRA", "SITI SALM", "ALM", "", "É"] {
        assert_eq!(without_deceased_marker(name), None, "{name}");
    }
}
