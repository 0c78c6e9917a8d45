//! A delivery with every damage that importers meet (`docs/dtsen.md`), held line by line against what a hand
//! wrote down; the generator's damage against the generator's truth; and what becomes of lines set aside.

use crate::support::{
    Api,
    deliveries::{CHILD, Draft, HEAD, card, generated, nik},
};
use sejahtera::platform::{auth::Role, vault::Use};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const HERE: &str = "35.26.02.2001";
const SETS_ASIDE: &str = "set_aside";

/// Families on lines 2 to 32, members on lines 2 to 45. A number of families stands on the line of its own number.
fn damaged() -> Draft {
    let draft = Draft::new().family(&card(2), HERE, "1", "AHMAD");
    let draft = damaged_persons(draft);
    damaged_lines(damaged_families(draft))
}

/// Members of the first family: lines 2 to 21.
fn damaged_persons(draft: Draft) -> Draft {
    draft
        .member(&nik(2), "AHMAD", HEAD)
        .member(&format!("{}.0", nik(3)), "NIK PECAHAN", CHILD)
        .member(&format!("'{}", nik(4)), "NIK APOSTROF", CHILD)
        .member("352601 170890 0005", "NIK SPASI", CHILD)
        .member("3.526E+15", "NIK HILANG", CHILD)
        .member("0026011708900007", "NOMOR SIAK", CHILD)
        .member(&nik(8), "", CHILD)
        .member("", "", CHILD)
        .member(&nik(10), "(ALM) SUPARMAN", CHILD)
        .member(&nik(11), "SITI  NURAINI", CHILD)
        .member(&nik(12), "TANGGAL GARIS", CHILD)
        .member_says("tanggal_lahir", "17/08/1990")
        .member(&nik(13), "TANGGAL RUSAK", CHILD)
        .member_says("tanggal_lahir", "08/17/1990")
        .member(&nik(14), "BELUM LAHIR", CHILD)
        .member_says("tanggal_lahir", "2090-08-17")
        .member(&nik(15), "TANPA TANGGAL", CHILD)
        .member_says("tanggal_lahir", "")
        .member(&nik(16), "TANGGAL BEDA", CHILD)
        .member_says("tanggal_lahir", "1992-08-17")
        .member(&nik(17), "KELAMIN BEDA", CHILD)
        .member_says("jenis_kelamin", "2")
        .member(&nik(2), "AHMAD", HEAD)
        .member(&nik(19), "ALAMAT KTP", CHILD)
        .member_says("kode_kelurahan_desa_ktp", "3578011001")
        .member(&nik(20), "KTP RUSAK", CHILD)
        .member_says("kode_kelurahan_desa_ktp", "desa")
        .member(&nik(21), "H. Mixed Case, S.Pd", CHILD)
}

/// Families on lines 3 to 16, each with its head unless that is the damage; members on lines 22 to 34.
fn damaged_families(draft: Draft) -> Draft {
    draft
        .single(&format!("{}.0", card(3)), HERE, "2", &nik(22))
        .member_says("nomor_kartu_keluarga", &card(3))
        .single(&format!("'{}", card(4)), HERE, "2", &nik(23))
        .single("0", HERE, "2", &nik(24))
        .single("", HERE, "2", &nik(25))
        .family(&card(2), HERE, "1", "AHMAD")
        .single(&card(8), HERE, "", &nik(26))
        .single(&card(9), HERE, "11", &nik(27))
        .single(&card(10), "35.26.02.2999", "3", &nik(28))
        .single(&card(11), "3526022001", "3", &nik(29))
        .single(&card(12), "", "3", &nik(30))
        .family(&card(13), HERE, "4", "TANPA KEPALA")
        .member(&nik(31), "ANAK SAJA", CHILD)
        .family(&card(14), HERE, "4", "TANPA ANGGOTA")
        .single(&card(15), HERE, "5", &nik(32))
        .member(&nik(33), "KEPALA KEDUA", HEAD)
        .single(&card(16), HERE, "5", &nik(34))
        .family_says("jumlah_anggota_keluarga", "5")
}

/// Families on lines 17 to 32; members on lines 35 to 45.
fn damaged_lines(draft: Draft) -> Draft {
    let latin = |line: &str, byte: u8| -> Vec<u8> {
        line.bytes().map(|letter| if letter == b'#' { byte } else { letter }).collect()
    };
    draft
        .family(&card(17), HERE, "6", "TERSESAT")
        .family_line(|line| line.replace("\"TERSESAT\"", "\"TER\"|\"SESAT\"").into_bytes())
        .family(&card(18), HERE, "6", "TERPOTONG")
        .family_line(|line| line.as_bytes()[..60].to_vec())
        .family("", HERE, "6", "KOSONG")
        .family_line(|_| Vec::new())
        .single(&card(20), HERE, "6", &nik(35))
        .family_line(|line| line.replace("\"DSN TENGAH\"", "\"DSN TENGAH").into_bytes())
        .family(&card(21), HERE, "6", "TERBUKA")
        .family_line(|line| line.strip_suffix('"').unwrap().as_bytes().to_vec())
        .single(&card(22), HERE, "7", &nik(36))
        .family_says("alamat", "DSN NUR#")
        .family_line(|line| latin(line, 0xC9))
        .single(&card(23), HERE, "7", &nik(37))
        .family_says("alamat", "DSN NUR#")
        .family_line(|line| latin(line, 0x81))
        .single(&card(24), HERE, "7", &nik(38))
        .family_says("jenis_lantai_terluas", "99")
        .single(&card(25), HERE, "7", &nik(39))
        .family_says("jenis_lantai_terluas", "Tanah")
        .single(&card(26), HERE, "7", &nik(40))
        .family_says("pbi_nas", "mungkin")
        .single(&card(27), HERE, "8", &nik(41))
        .family_says("jenis_lantai_terluas", "8.0")
        .single(&card(28), HERE, "8", &nik(42))
        .family_says("jumlah_ternak_sapi", "-2")
        .single(&card(29), HERE, "8", &nik(43))
        .family_says("alamat", "DSN   TENGAH")
        .single(&card(30), HERE, "8", &nik(44))
        .family_says("nama_kepala_keluarga", "KEPALA 0044 (ALM)")
        .family(&card(31), "3526020001", "9", "NOMOR BPS")
        .family_says("kode_kecamatan", "3526020")
        .family(&card(32), HERE, "9", "TUAN RUMAH")
        .family_says("is_pbi_se", "1")
        .member(&nik(2), "AHMAD", HEAD)
}

/// The damaged delivery under a damaged header, with a damaged code book.
fn damaged_files() -> crate::support::deliveries::Files {
    let mut draft = damaged();
    draft.families.rename("alamat", " Alamat ").rename("nama_kepala_keluarga", "NAMA_ANGGOTA_KELUARGA");
    draft.families.without("desil_provinsi").with("is_pbi_se");
    let mut files = draft.files();
    // The questionnaire's 314 answers, one of them twice, and one without its code.
    let book = include_str!("../data/code_book.csv");
    files.code_book = Some(format!("{book}jenis_lantai_terluas,8,Tanah\njenis_lantai_terluas,,Pasir\n").into_bytes());
    files
}

/// File, line, column, kind, what was done.
const TRUTH: &str = "
    code_book 316 - code-book-line-twice merged
    code_book 317 - code-book-line set_aside
    families 1 alamat header-form repaired
    families 1 nama_kepala_keluarga header-form repaired
    families 1 desil_provinsi missing-column noted
    families 1 - unknown-column noted
    families 3 nomor_kartu_keluarga kk-form repaired
    families 4 nomor_kartu_keluarga kk-form repaired
    families 5 nomor_kartu_keluarga unusable-kk noted
    families 5 - family-without-members noted
    families 6 nomor_kartu_keluarga unusable-kk noted
    families 6 - family-without-members noted
    families 7 - same-family-twice merged
    families 8 desil_nasional missing-decile noted
    families 9 desil_nasional unusable-decile noted
    families 10 kode_kelurahan_desa unknown-village set_aside
    families 11 kode_kelurahan_desa region-code-form repaired
    families 12 kode_kelurahan_desa unusable-region-code set_aside
    families 13 - family-without-head noted
    families 14 - family-without-members noted
    families 15 - family-with-two-heads noted
    families 16 - declared-count-differs noted
    families 17 - stray-separator set_aside
    families 18 - cut-line set_aside
    families 19 - empty-line set_aside
    families 20 - unclosed-quote repaired
    families 21 - unclosed-quote set_aside
    families 22 - not-utf8 repaired
    families 23 - not-utf8 repaired
    families 23 - lost-characters noted
    families 24 jenis_lantai_terluas unknown-code noted
    families 25 jenis_lantai_terluas answer-as-words repaired
    families 26 pbi_nas unreadable-answer noted
    families 27 jenis_lantai_terluas number-form repaired
    families 28 jumlah_ternak_sapi unreadable-number noted
    families 29 alamat text-form repaired
    families 30 nama_kepala_keluarga deceased-marker repaired
    families 31 kode_kelurahan_desa unknown-village set_aside
    members 3 nomor_induk_kependudukan nik-form repaired
    members 4 nomor_induk_kependudukan nik-form repaired
    members 5 nomor_induk_kependudukan nik-form repaired
    members 6 nomor_induk_kependudukan unusable-nik noted
    members 7 nomor_induk_kependudukan unusable-nik noted
    members 8 nama nameless-member noted
    members 9 nomor_induk_kependudukan unusable-nik noted
    members 9 nama nameless-member set_aside
    members 10 nama deceased-marker repaired
    members 11 nama text-form repaired
    members 12 tanggal_lahir date-form repaired
    members 13 tanggal_lahir unreadable-date noted
    members 13 tanggal_lahir birth-date-from-nik repaired
    members 14 tanggal_lahir implausible-birth-date noted
    members 14 tanggal_lahir birth-date-from-nik repaired
    members 15 tanggal_lahir birth-date-from-nik repaired
    members 16 tanggal_lahir nik-date-differs noted
    members 17 jenis_kelamin nik-sex-differs noted
    members 18 - same-person-twice-in-family merged
    members 19 kode_kelurahan_desa_ktp region-code-form repaired
    members 20 kode_kelurahan_desa_ktp unusable-region-code noted
    members 23 nomor_kartu_keluarga kk-form repaired
    members 24 nomor_kartu_keluarga unusable-kk noted
    members 24 - member-without-family set_aside
    members 25 nomor_kartu_keluarga unusable-kk noted
    members 25 - member-without-family set_aside
    members 28 - member-without-family set_aside
    members 30 - member-without-family set_aside
    members 45 - person-in-two-families noted";

fn told(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
    format!("{} {} {} {} {}", text("file"), finding["line"], text("column"), text("kind"), text("action"))
}

#[tokio::test]
async fn every_damage_is_told_where_it_stands_and_no_line_is_lost() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("rusak", &damaged_files()).await;

    let found: BTreeSet<String> = steward.findings(release, "").await.iter().map(told).collect();
    let truth: BTreeSet<String> =
        TRUTH.lines().map(str::trim).filter(|line| !line.is_empty()).map(Into::into).collect();
    assert_eq!(found.difference(&truth).collect::<Vec<_>>(), Vec::<&String>::new(), "found though it is not there");
    assert_eq!(truth.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "there and not found");

    // Families: 31 lines; 7 set aside (10, 12, 17, 18, 19, 21, 31), 1 merged (7). Members: 44 lines; 5 set aside
    // (9, 24, 25, 28, 30), 1 merged (18). The code book: 314 answers, one merged, one set aside.
    let shown = steward.release(release).await;
    let files: Vec<Value> = ["lines_in", "loaded", "merged", SETS_ASIDE]
        .iter()
        .map(|count| json!(shown["files"].as_array().unwrap().iter().map(|file| &file[*count]).collect::<Vec<_>>()))
        .collect();
    assert_eq!(files, [json!([316, 31, 44]), json!([314, 23, 38]), json!([1, 1, 1]), json!([1, 7, 5])]);
    assert_eq!((&shown["households"], &shown["individuals"]), (&json!(23), &json!(38)));
}

#[tokio::test]
async fn what_has_one_meaning_is_loaded_with_it() {
    let api = Api::start().await;
    api.steward().await.load("rusak", &damaged_files()).await;
    let households = api
        .rows(
            "SELECT kk_tail, address, head_name, decile, floor, pbi_national, cattle, village_code, extra->>'is_pbi_se'
             FROM household_snapshots WHERE kk_tail IN ('03', '04', '08', '09', '11', '20', '22', '23', '24', '25', '26', '27', '28', '29', '30', '32')
             ORDER BY kk_tail",
        )
        .await;
    assert_eq!(
        households,
        [
            "03|DSN TENGAH|KEPALA 0022|2|-|-|-|35.26.02.2001|-",
            "04|DSN TENGAH|KEPALA 0023|2|-|-|-|35.26.02.2001|-",
            "08|DSN TENGAH|KEPALA 0026|-|-|-|-|35.26.02.2001|-",
            "09|DSN TENGAH|KEPALA 0027|-|-|-|-|35.26.02.2001|-",
            "11|DSN TENGAH|KEPALA 0029|3|-|-|-|35.26.02.2001|-",
            "20|DSN TENGAH|KEPALA 0035|6|-|-|-|35.26.02.2001|-",
            "22|DSN NURÉ|KEPALA 0036|7|-|-|-|35.26.02.2001|-",
            "23|DSN NUR\u{FFFD}|KEPALA 0037|7|-|-|-|35.26.02.2001|-",
            "24|DSN TENGAH|KEPALA 0038|7|-|-|-|35.26.02.2001|-",
            "25|DSN TENGAH|KEPALA 0039|7|8|-|-|35.26.02.2001|-",
            "26|DSN TENGAH|KEPALA 0040|7|-|-|-|35.26.02.2001|-",
            "27|DSN TENGAH|KEPALA 0041|8|8|-|-|35.26.02.2001|-",
            "28|DSN TENGAH|KEPALA 0042|8|-|-|-|35.26.02.2001|-",
            "29|DSN TENGAH|KEPALA 0043|8|-|-|-|35.26.02.2001|-",
            "30|DSN TENGAH|KEPALA 0044|8|-|-|-|35.26.02.2001|-",
            "32|DSN TENGAH|TUAN RUMAH|9|-|-|-|35.26.02.2001|1",
        ]
    );
    let members = api
        .rows(
            "SELECT position, name, nik_tail, birth_date, sex, deceased, card_village_code FROM individual_snapshots i
             JOIN household_snapshots h USING (household_id) WHERE h.kk_tail = '02' ORDER BY position",
        )
        .await;
    assert_eq!(
        members,
        [
            "1|AHMAD|02|1990-08-17|1|f|-",
            "2|NIK PECAHAN|03|1990-08-17|1|f|-",
            "3|NIK APOSTROF|04|1990-08-17|1|f|-",
            "4|NIK SPASI|05|1990-08-17|1|f|-",
            "5|NIK HILANG|-|1990-08-17|1|f|-",
            "6|NOMOR SIAK|-|1990-08-17|1|f|-",
            "7||08|1990-08-17|1|f|-",
            "8|SUPARMAN|10|1990-08-17|1|t|-",
            "9|SITI NURAINI|11|1990-08-17|1|f|-",
            "10|TANGGAL GARIS|12|1990-08-17|1|f|-",
            "11|TANGGAL RUSAK|13|1990-08-17|1|f|-",
            "12|BELUM LAHIR|14|1990-08-17|1|f|-",
            "13|TANPA TANGGAL|15|1990-08-17|1|f|-",
            "14|TANGGAL BEDA|16|1992-08-17|1|f|-",
            "15|KELAMIN BEDA|17|1990-08-17|2|f|-",
            "16|ALAMAT KTP|19|1990-08-17|1|f|35.78.01.1001",
            "17|KTP RUSAK|20|1990-08-17|1|f|-",
            "18|H. Mixed Case, S.Pd|21|1990-08-17|1|f|-",
        ]
    );
}

/// What the reading calls the generator's damages; none where the line may read plainly: titles and capitals stay as
/// delivered, UTF-8 among Latin-1 is read for itself, ` 1 ` and `01` are plain numbers.
fn kinds_of(damage: &str) -> &'static [&'static str] {
    match damage {
        "header_style" => &["header-form"],
        "card_as_float" | "card_with_apostrophe" => &["kk-form"],
        "card_unusable" => &["unusable-kk"],
        "family_twice" => &["same-family-twice"],
        "decile_empty" => &["missing-decile"],
        "village_unknown" => &["unknown-village"],
        "codes_undotted" => &["region-code-form"],
        "no_head" => &["family-without-head"],
        "no_members" => &["family-without-members"],
        "family_stray_separator" | "member_stray_separator" => &["stray-separator"],
        "family_cut" | "member_cut" => &["cut-line", "unclosed-quote"],
        "nik_as_float" | "nik_with_apostrophe" | "nik_with_spaces" => &["nik-form"],
        "nik_as_exponent" | "siak_number" => &["unusable-nik"],
        "person_twice" => &["same-person-twice-in-family"],
        "person_in_two_families" => &["person-in-two-families"],
        "member_without_family" | "member_of_unusable_card" | "member_of_family_set_aside" => {
            &["member-without-family"]
        }
        "birth_date_against_nik" => &["nik-date-differs"],
        "dead" => &["deceased-marker"],
        "date_form" => &["date-form"],
        "code_unknown" => &["unknown-code"],
        "control_byte" => &["text-form"],
        "name_style" | "wrong_encoding" | "code_form" => &[],
        other => panic!("{other} is not known"),
    }
}

#[tokio::test]
async fn whatever_the_generator_damages_is_told_unless_it_reads_plainly_and_is_counted_as_it_says() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let made = generated(3_000, 1, true);
    let release = steward.load("kotor", &made.files).await;

    let mut found: BTreeMap<(String, u64), Vec<(String, String)>> = BTreeMap::new();
    for finding in steward.findings(release, "limit=500").await {
        let text = |name: &str| finding[name].as_str().unwrap().to_owned();
        let place = (text("file"), finding["line"].as_u64().unwrap());
        found.entry(place).or_default().push((text("kind"), text("action")));
    }
    let mut damages: BTreeMap<(&str, u64), Vec<&str>> = BTreeMap::new();
    for (file, line, damage, _) in &made.truth {
        damages.entry((file, *line)).or_default().push(damage);
    }
    for (file, line, damage, expected) in &made.truth {
        let here = found.get(&(file.clone(), *line)).cloned().unwrap_or_default();
        let kinds = kinds_of(damage);
        let told = here.iter().any(|(kind, _)| kinds.contains(&kind.as_str()));
        assert!(told || kinds.is_empty(), "{file} {line}: {damage} is not told, but {here:?}");
        if damages[&(&**file, *line)].iter().all(|damage| kinds_of(damage).is_empty()) {
            assert!(here.iter().all(|(_, done)| done == "repaired"), "{file} {line}: {damage}, but {here:?}");
        }
        for action in [SETS_ASIDE, "merged"] {
            let done = here.iter().any(|(_, done)| done == action);
            assert_eq!(done, expected == action, "{file} {line}: {damage}: {here:?}");
        }
    }
    let shown = steward.release(release).await;
    for (file, tally) in [(1, made.delivery.family_tally), (2, made.delivery.member_tally)] {
        let file = &shown["files"][file];
        let counts = ["lines_in", "loaded", "merged", SETS_ASIDE].map(|count| file[count].as_u64().unwrap());
        assert_eq!(counts, [tally.lines_in, tally.loaded, tally.merged, tally.set_aside], "{file}");
    }
}

#[tokio::test]
async fn a_line_set_aside_is_kept_as_it_came_and_only_sealed() {
    let api = Api::start().await;
    api.steward().await.load("rusak", &damaged_files()).await;
    let rows = api.database.owner().await.query("SELECT file, line, sealed FROM set_aside_lines", &[]).await.unwrap();
    assert_eq!(rows.len(), 13);
    let line = |file: &str, line: i64| {
        rows.iter().find(|row| row.get::<_, &str>(0) == file && row.get::<_, i64>(1) == line).unwrap()
    };
    let sealed: Vec<u8> = line("members", 28).get(2);
    assert!(!sealed.windows(16).any(|bytes| bytes == nik(28).as_bytes() || bytes == card(10).as_bytes()));
    let clear = api.settings.vault.open(Use::SetAsideLine, &sealed).unwrap();
    let clear = String::from_utf8(clear.to_vec()).unwrap();
    assert!(clear.starts_with(&format!("\"{}\"|\"{}\"|\"KEPALA 0028\"|", nik(28), card(10))), "{clear}");
    let of_the_book: Vec<u8> = line("code_book", 317).get(2);
    let clear = api.settings.vault.open(Use::SetAsideLine, &of_the_book).unwrap();
    assert_eq!(&clear[..], b"jenis_lantai_terluas,,Pasir");
    let empty: Vec<u8> = line("families", 19).get(2);
    assert!(api.settings.vault.open(Use::SetAsideLine, &empty).unwrap().is_empty());
}

#[tokio::test]
async fn a_line_set_aside_is_opened_covered_and_the_look_is_on_record() {
    let api = Api::start().await;
    let (steward, auditor) = (api.steward().await, api.auditor().await);
    let release = steward.load("rusak", &damaged_files()).await;
    let path = |file: &str, line: u64| format!("/v1/releases/{release}/set-aside/{file}/{line}");
    // Every finding that sets a line aside leads to it.
    let mut opened = 0;
    for finding in steward.findings(release, "action=set_aside").await {
        let line = steward.get(&path(finding["file"].as_str().unwrap(), finding["line"].as_u64().unwrap())).await.ok();
        assert!(line["findings"].as_array().unwrap().contains(&finding), "{line}");
        let text = line["fields"].to_string();
        let digits = |run: &str| run.bytes().filter(u8::is_ascii_digit).count();
        assert!(text.split('"').all(|field| digits(field) < 11), "{text}");
        opened += 1;
    }
    // Member 9 is set aside once, with another finding on its line.
    assert_eq!(opened, 13);

    let before = api.rows("SELECT count(*) FROM audit_entries WHERE action = 'release.set_aside_line.read'").await;
    let line = auditor.get(&path("members", 28)).await.ok();
    // Its family, of card 10, was set aside for an unknown village.
    let fields: Vec<&str> = line["fields"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
    assert_eq!(fields.len(), 48);
    assert_eq!(fields[..6], ["**************28", "**************10", "KEPALA 0028", "1990-**-**", "1", "1"]);
    let shown = steward.release(release).await;
    let members = shown["files"].as_array().unwrap().iter().find(|file| file["kind"] == "members").unwrap();
    assert_eq!(
        (&line["file_sha256"], &line["file_name"]),
        (&members["sha256"], &json!("anggota_keluarga_dtsen_v3_2026_q1_35.26.csv"))
    );
    let family = steward.get(&path("families", 10)).await.ok();
    assert_eq!((&family["fields"][6], &family["fields"][9]), (&json!("35.26.02.2999"), &json!("**************10")));
    assert_eq!(steward.get(&path("families", 19)).await.ok()["fields"], json!([]));
    assert_eq!(steward.get(&path("code_book", 317)).await.ok()["fields"], json!(["jenis_lantai_terluas", "", "Pasir"]));

    let trace = "SELECT role, details->>'file', details->>'line', details->>'release_id' FROM audit_entries
                 WHERE action = 'release.set_aside_line.read' AND role = 'auditor'";
    assert_eq!(before, ["13"]);
    assert_eq!(api.rows(trace).await, [format!("auditor|members|28|{release}")]);

    // What was loaded, merged or never there is no such line; nor is it for whoever holds a part of the regency.
    for (file, line) in [("members", 2), ("families", 7), ("members", 999), ("x", 2)] {
        steward.get(&path(file, line)).await.refused("not-found");
    }
    let narrow = api.actor(Role::RegistrySteward, "dinsos", &["35.26.02"]).await;
    narrow.get(&path("members", 28)).await.refused("needs-whole-regency");
}

#[tokio::test]
async fn a_number_or_date_in_whatever_field_of_a_line_set_aside_stays_covered() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let addresses = [
        ("SITE-3526011708900003", "SITE-**************03"),
        ("BLOK E-7 KK 3526011708900003 NIK 3526014105850002", "BLOK E-7 KK **************03 NIK **************02"),
        ("NIK 3526 0117 0890 0003 SITI", "NIK **** **** **** **03 SITI"),
        ("3526-0117-0890-0003/SITI", "****-****-****-**03/SITI"),
        ("SITI 17-08-1990", "SITI **-**-****"),
        ("SITI 17 Agustus 1990 L", "SITI ** ******* **** L"),
        ("３５２６０１１７０８９００００３", "**************０３"),
        ("3526O1l7O89OOOO3", "**************O3"),
        ("DSN KRAJAN RT 003 RW 012 NO 5", "DSN KRAJAN RT 003 RW 012 NO 5"),
    ];
    let draft = (1..).zip(addresses).fold(Draft::new(), |draft, (number, (written, _))| {
        draft.single(&card(number), "35.26.02.2999", "3", &nik(number)).family_says("alamat", written)
    });
    let release = steward.load("tertutup", &draft.files()).await;
    for (line, (written, shown)) in (2..).zip(addresses) {
        let line = steward.get(&format!("/v1/releases/{release}/set-aside/families/{line}")).await.ok();
        assert_eq!(line["fields"][8], shown, "{written}");
    }
}

#[tokio::test]
async fn a_line_set_aside_is_gone_after_its_retention_whether_or_not_it_was_swept_away() {
    let api = Api::start().await;
    let steward = api.steward().await;
    let release = steward.load("rusak", &damaged_files()).await;
    let path = format!("/v1/releases/{release}/set-aside/families/10");
    let age = async |days: u32| {
        api.database.execute(&format!("UPDATE releases SET received_at = now() - interval '{days} days'")).await;
    };
    age(179).await;
    steward.get(&path).await.ok();
    age(181).await;
    assert_eq!(steward.get(&path).await.refused("set-aside-line-gone")["status"], 410);
    age(0).await;
    api.database.execute("DELETE FROM set_aside_lines").await;
    steward.get(&path).await.refused("set-aside-line-gone");
}
