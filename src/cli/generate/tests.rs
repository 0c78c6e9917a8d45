//! What a delivery promises as a whole. Rates and names are checked against what the documentation says.

use super::calendar::{age, delivery_date};
use super::changes::*;
use super::columns::{FAMILY_COLUMNS, MEMBER_COLUMNS};
use super::damage::RATES;
use super::dirt::{damage_of, dirty_lines};
use super::households::GeneratedHousehold;
use super::lists::{self, Origin};
use super::write::{Delivery, Order, deliver};
use crate::platform::identity::{KkNumber, Nik};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

const SEED: u64 = 3526;

/// The member file's columns, as two public sources name them.
const MEMBER_NAMES: &str = "nomor_induk_kependudukan, nomor_kartu_keluarga, nama, tanggal_lahir, jenis_kelamin, status_hubungan_keluarga, pbi_nas, pbi_pemda, status_kawin, partisipasi_sekolah, jenjang_tertinggi_yang_diduduki, kelas_tertinggi_yang_diduduki, ijazah_tertinggi_yang_dimiliki, status_bekerja, lapangan_usaha_dari_pekerjaan_utama, status_dalam_pekerjaan_utama, kepemilikan_usaha, jumlah_usaha, lapangan_usaha_dari_usaha_utama, jumlah_pekerja_yang_dibayar_dari_usaha_utama, jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama, omzet_usaha_utama, kondisi_gizi, penglihatan, pendengaran, berjalan_atau_naik_tangga, menggunakan_tangan_jari, belajar_kemampuan_intelektual, pengendalian_perilaku, berbicara_komunikasi, mengurus_diri, mengingat_berkonsentrasi, kesedihan_depresi, penyakit_kronis, kode_provinsi_ktp, provinsi_ktp, kode_kabupaten_kota_ktp, kabupaten_kota_ktp, kode_kecamatan_ktp, kecamatan_ktp, kode_kelurahan_desa_ktp, kelurahan_desa_ktp, rt_ktp, rw_ktp, dusun_ktp, alamat_ktp, pekerjaan_ktp, pendidikan_akhir_ktp";
/// The family file's columns.
const FAMILY_NAMES: &str = "kode_provinsi, provinsi, kode_kabupaten_kota, kabupaten_kota, kode_kecamatan, kecamatan, kode_kelurahan_desa, kelurahan_desa, alamat, nomor_kartu_keluarga, jumlah_anggota_keluarga, nama_kepala_keluarga, desil_nasional, pbi_nas, pbi_pemda, id_pelanggan_pln, status_kepemilikan_rumah, jenis_lantai_terluas, luas_lantai, jenis_dinding_terluas, jenis_atap_terluas, sumber_air_minum_utama, sumber_penerangan_utama, daya_terpasang, bahan_bakar_utama_memasak, fasilitas_bab, jenis_kloset, pembuangan_akhir_tinja, kepemilikan_aset, aset_bergerak_tabung_gas, aset_bergerak_lemari_es, aset_bergerak_ac, aset_bergerak_pemanas_air, aset_bergerak_telepon_rumah, aset_bergerak_tv_datar, aset_bergerak_emas_perhiasan, aset_bergerak_komputer_laptop_tablet, aset_bergerak_sepeda_motor, aset_bergerak_sepeda, aset_bergerak_mobil, aset_bergerak_perahu, aset_bergerak_kapal_perahu_motor, aset_bergerak_smartphone, aset_tidak_bergerak_lahan_lainnya, aset_tidak_bergerak_rumah_lainnya, jumlah_ternak_sapi, jumlah_ternak_kerbau, jumlah_ternak_kuda, jumlah_ternak_babi, jumlah_ternak_kambing_domba, desil_provinsi, desil_kabupaten_kota";

fn regency(households: u32, quarter: u32) -> Vec<GeneratedHousehold> {
    lists::indexes(SEED, households, quarter).filter_map(|index| lists::household(SEED, index, quarter)).collect()
}

/// A directory that is gone after the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let name = format!("sejahtera-generate-{}-{name}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn deliver(&self, households: u32, quarter: u32, dirty: bool) -> Delivery {
        let out = self.0.join(if dirty { "dirty" } else { "clean" });
        let compression = None;
        deliver(&Order { households, seed: SEED, quarter, dirty, compression, out }).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The file's lines without the header, as bytes.
fn lines_of(path: &PathBuf) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(path).unwrap();
    let lines = bytes.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n');
    lines.skip(1).map(<[u8]>::to_vec).collect()
}

#[test]
fn the_columns_are_those_of_the_third_version() {
    assert_eq!(FAMILY_COLUMNS.join(", "), FAMILY_NAMES);
    assert_eq!(MEMBER_COLUMNS.join(", "), MEMBER_NAMES);
    let household = lists::household(SEED, 0, 1).unwrap();
    let lines = dirty_lines(SEED, &household, 1);
    assert_eq!((lines.family[0].row.len(), lines.members[0].row.len()), (52, 48));
}

#[test]
fn the_same_seed_gives_the_same_files() {
    let (first, second) = (Scratch::new("first"), Scratch::new("second"));
    let (one, other) = (first.deliver(400, 2, true), second.deliver(400, 2, true));
    for (one, other) in [(&one.families, &other.families), (&one.members, &other.members)] {
        assert_eq!(std::fs::read(one).unwrap(), std::fs::read(other).unwrap());
    }
    let stranger = lists::household(SEED + 1, 0, 1).unwrap();
    assert_ne!(stranger.kk_number, lists::household(SEED, 0, 1).unwrap().kk_number);
}

#[test]
fn every_number_is_well_formed_agrees_with_its_holder_and_is_given_once() {
    let (mut niks, mut cards) = (HashSet::new(), HashSet::new());
    for household in regency(5_000, 4) {
        assert!(KkNumber::parse(&household.kk_number).is_ok());
        assert!(cards.insert(household.kk_number));
        for member in household.members {
            let nik = Nik::parse(&member.nik).unwrap();
            assert_eq!(nik.birth_date(delivery_date(4)), Some(member.birth_date));
            assert_eq!(nik.says_female(), member.sex as u8 == 2);
            assert!(niks.insert(member.nik));
        }
    }
}

#[test]
fn a_household_has_one_head_who_stands_first() {
    for household in regency(3_000, 4) {
        let heads = household.members.iter().filter(|member| member.relation as u8 == 1).count();
        assert_eq!((heads, household.members[0].relation as u8), (1, 1), "{}", household.index);
    }
}

#[test]
fn people_are_as_young_as_old_and_as_many_as_the_field_says() {
    let households = regency(8_000, 1);
    let today = delivery_date(1);
    let ages: Vec<u32> = households
        .iter()
        .flat_map(|household| household.members.iter().map(|member| age(member.birth_date, today)))
        .collect();
    let (homes, people) = (households.len() as f64, ages.len() as f64);
    let share = |holds: fn(&u32) -> bool| ages.iter().copied().filter(holds).count() as f64 / people;
    let poor = households.iter().filter(|household| household.decile <= 4).count() as f64;
    assert!((people / homes - 3.67).abs() < 0.08, "{}", people / homes);
    assert!((share(|age| *age < 15) - 0.30).abs() < 0.015);
    assert!((share(|age| *age >= 60) - 0.09).abs() < 0.01);
    assert!((poor / homes - 0.45).abs() < 0.02);
}

#[test]
fn the_second_quarter_is_the_first_plus_its_changes() {
    const PLACES: u32 = 12_000;
    let by_index = |quarter| -> HashMap<u64, GeneratedHousehold> {
        let households = regency(PLACES, quarter);
        households.into_iter().map(|household| (household.index, household)).collect()
    };
    let (before, after) = (by_index(1), by_index(2));
    let stayed: Vec<(&GeneratedHousehold, &GeneratedHousehold)> =
        before.values().filter_map(|first| Some((first, after.get(&first.index)?))).collect();
    let share = |count: usize, of: usize| count as f64 / of as f64;
    let arrived = after.keys().filter(|index| matches!(Origin::of(**index), Origin::Newcomer(..)));
    let founded = after.keys().filter(|index| matches!(Origin::of(**index), Origin::Offshoot(_)));
    let steps = |(first, second): &(&GeneratedHousehold, &GeneratedHousehold)| first.decile.abs_diff(second.decile);
    let moved = stayed.iter().filter(|(first, second)| first.village != second.village);
    let changed = stayed.iter().filter(|pair| steps(pair) > 0).count();

    assert!(stayed.iter().all(|(first, second)| first.kk_number == second.kk_number));
    assert!((share(arrived.count(), before.len()) - ARRIVE_RATE).abs() < 0.003);
    // Besides those who leave, some people living alone move in with others or die.
    let gone = share(before.len() - stayed.len(), before.len());
    assert!((LEAVE_RATE - 0.002..LEAVE_RATE + 0.005).contains(&gone), "{gone}");
    assert!((share(moved.count(), stayed.len()) - MOVE_RATE).abs() < 0.003);
    assert!((share(changed, stayed.len()) - DECILE_CHANGE_RATE).abs() < 0.01);
    assert!(stayed.iter().filter(|pair| steps(pair) == 1).count() * 10 > changed * 8);
    assert!(stayed.iter().filter(|pair| steps(pair) >= 7).count() > 10);
    assert!(founded.count() > 10);
}

#[test]
fn a_new_family_has_a_card_of_its_own_and_took_a_person_from_the_old_one() {
    let founded: Vec<GeneratedHousehold> = regency(6_000, 2)
        .into_iter()
        .filter(|household| matches!(Origin::of(household.index), Origin::Offshoot(_)))
        .collect();
    assert!(!founded.is_empty());
    for family in founded {
        let parents = lists::household(SEED, Origin::of(family.index).place().into(), 1).unwrap();
        let knows = |nik: &str| parents.members.iter().any(|member| member.nik == nik);
        assert_eq!(family.members.iter().filter(|member| knows(&member.nik)).count(), 1);
        assert_ne!(family.kk_number, parents.kk_number);
    }
}

#[test]
fn who_moves_in_elsewhere_is_found_there() {
    let guests = regency(8_000, 2)
        .iter()
        .filter(|household| Origin::of(household.index).is_base() && household.index % 2 == 0)
        .filter_map(|host| Some((host.clone(), lists::household(SEED, host.index + 1, 1)?)))
        .filter(|(host, guest)| host.members.iter().any(|member| member.nik == guest.members[0].nik))
        .map(|(_, guest)| lists::exists(SEED, guest.index, 2))
        .collect::<Vec<bool>>();
    assert!(!guests.is_empty() && guests.iter().all(|still_alone| !still_alone));
}

#[test]
fn the_truth_names_exactly_the_lines_that_differ_from_the_clean_delivery() {
    // Damages that stand on a line which looks as it should: the fault lies in another line, or in its twin.
    const LOOK_WHOLE: [&str; 5] =
        ["family_twice", "person_twice", "no_head", "no_members", "member_of_family_set_aside"];
    let scratch = Scratch::new("truth");
    let (clean, dirty) = (scratch.deliver(12_000, 1, false), scratch.deliver(12_000, 1, true));
    let mut truth: HashMap<(String, usize), String> = HashMap::new();
    for row in csv::Reader::from_path(&dirty.truth.as_ref().unwrap()[0]).unwrap().records() {
        let row = row.unwrap();
        truth.insert((row[0].to_owned(), row[1].parse().unwrap()), row[2].to_owned());
    }
    let heads_demoted = truth.values().filter(|kind| *kind == "no_head").count();
    for (file, clean, dirty, tally, unnamed) in [
        ("families", &clean.families, &dirty.families, dirty.family_tally, 0),
        // A head made somebody else is reported on the family's line.
        ("members", &clean.members, &dirty.members, dirty.member_tally, heads_demoted),
    ] {
        let should_be: HashSet<Vec<u8>> = lines_of(clean).into_iter().collect();
        let lines = lines_of(dirty);
        assert_eq!(tally.lines_in, lines.len() as u64);
        assert_eq!(tally.lines_in, tally.loaded + tally.merged + tally.set_aside);
        let mut differ_unnamed = 0;
        for (position, line) in lines.iter().enumerate() {
            let whole = should_be.contains(line);
            match truth.get(&(file.to_owned(), position + 2)) {
                None => differ_unnamed += usize::from(!whole),
                Some(kind) => assert_eq!(whole, LOOK_WHOLE.contains(&kind.as_str()), "{kind}"),
            }
        }
        assert_eq!(differ_unnamed, unnamed);
    }
}

#[test]
fn every_damage_is_done_and_about_five_lines_of_a_thousand_are_touched() {
    let (mut seen, mut lines, mut touched) = (HashSet::new(), 0, 0);
    for household in regency(20_000, 1) {
        seen.extend(damage_of(SEED, &household, 1));
        let written = dirty_lines(SEED, &household, 1);
        for line in written.family.iter().chain(&written.members) {
            lines += 1;
            touched += usize::from(!line.faults.is_empty());
        }
    }
    assert_eq!(seen.len(), RATES.len());
    let per_thousand = touched as f64 * 1_000.0 / lines as f64;
    assert!((4.0..6.5).contains(&per_thousand), "{per_thousand}");
}

#[test]
fn an_unusable_card_number_is_corrected_in_the_next_quarter() {
    let unusable: Vec<u64> = regency(6_000, 1)
        .iter()
        .filter(|household| {
            dirty_lines(SEED, household, 1).family[0].row.get("nomor_kartu_keluarga").len() != 16
                && damage_of(SEED, household, 1).is_some_and(|damage| damage.name() == "card_unusable")
        })
        .map(|household| household.index)
        .collect();
    let corrected = unusable.iter().filter(|index| lists::is_intact(SEED, **index, 2)).count();
    assert!(corrected > 0 && corrected * 10 >= unusable.len() * 8);
}

#[test]
fn the_code_book_is_a_sheet_with_its_three_columns() {
    use calamine::{Reader, Xlsx, open_workbook};
    let scratch = Scratch::new("codes");
    let delivery = scratch.deliver(1, 1, false);
    let mut book: Xlsx<_> = open_workbook(&delivery.code_book).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(rows[0], ["kolom", "kode", "keterangan"]);
    assert!(rows.contains(&vec!["jenis_lantai_terluas".into(), "8".into(), "Tanah".into()]));
}

#[test]
fn no_district_has_a_tenth_of_the_households() {
    let mut counts: HashMap<&str, u32> = HashMap::new();
    for place in 0..super::places::ROUND {
        *counts.entry(super::places::home(SEED, place).village.district_code()).or_default() += 1;
    }
    assert!(counts.len() == 18 && counts.values().all(|count| *count < super::places::ROUND / 10));
}
