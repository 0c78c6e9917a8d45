//! The two files' columns in the order of DTSEN version 3, and a household's rows in them.

use super::dwelling::Dwelling;
use super::households::GeneratedHousehold;
use super::life::Life;
use super::members::{GeneratedMember, Relation};
use super::row::Row;

/// Columns of the family file (keluarga), in its order.
pub const FAMILY_COLUMNS: [&str; 52] = [
    "kode_provinsi",
    "provinsi",
    "kode_kabupaten_kota",
    "kabupaten_kota",
    "kode_kecamatan",
    "kecamatan",
    "kode_kelurahan_desa",
    "kelurahan_desa",
    "alamat",
    "nomor_kartu_keluarga",
    "jumlah_anggota_keluarga",
    "nama_kepala_keluarga",
    "desil_nasional",
    "pbi_nas",
    "pbi_pemda",
    "id_pelanggan_pln",
    "status_kepemilikan_rumah",
    "jenis_lantai_terluas",
    "luas_lantai",
    "jenis_dinding_terluas",
    "jenis_atap_terluas",
    "sumber_air_minum_utama",
    "sumber_penerangan_utama",
    "daya_terpasang",
    "bahan_bakar_utama_memasak",
    "fasilitas_bab",
    "jenis_kloset",
    "pembuangan_akhir_tinja",
    "kepemilikan_aset",
    "aset_bergerak_tabung_gas",
    "aset_bergerak_lemari_es",
    "aset_bergerak_ac",
    "aset_bergerak_pemanas_air",
    "aset_bergerak_telepon_rumah",
    "aset_bergerak_tv_datar",
    "aset_bergerak_emas_perhiasan",
    "aset_bergerak_komputer_laptop_tablet",
    "aset_bergerak_sepeda_motor",
    "aset_bergerak_sepeda",
    "aset_bergerak_mobil",
    "aset_bergerak_perahu",
    "aset_bergerak_kapal_perahu_motor",
    "aset_bergerak_smartphone",
    "aset_tidak_bergerak_lahan_lainnya",
    "aset_tidak_bergerak_rumah_lainnya",
    "jumlah_ternak_sapi",
    "jumlah_ternak_kerbau",
    "jumlah_ternak_kuda",
    "jumlah_ternak_babi",
    "jumlah_ternak_kambing_domba",
    "desil_provinsi",
    "desil_kabupaten_kota",
];

/// Columns of the member file (anggota keluarga), in its order.
pub const MEMBER_COLUMNS: [&str; 48] = [
    "nomor_induk_kependudukan",
    "nomor_kartu_keluarga",
    "nama",
    "tanggal_lahir",
    "jenis_kelamin",
    "status_hubungan_keluarga",
    "pbi_nas",
    "pbi_pemda",
    "status_kawin",
    "partisipasi_sekolah",
    "jenjang_tertinggi_yang_diduduki",
    "kelas_tertinggi_yang_diduduki",
    "ijazah_tertinggi_yang_dimiliki",
    "status_bekerja",
    "lapangan_usaha_dari_pekerjaan_utama",
    "status_dalam_pekerjaan_utama",
    "kepemilikan_usaha",
    "jumlah_usaha",
    "lapangan_usaha_dari_usaha_utama",
    "jumlah_pekerja_yang_dibayar_dari_usaha_utama",
    "jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama",
    "omzet_usaha_utama",
    "kondisi_gizi",
    "penglihatan",
    "pendengaran",
    "berjalan_atau_naik_tangga",
    "menggunakan_tangan_jari",
    "belajar_kemampuan_intelektual",
    "pengendalian_perilaku",
    "berbicara_komunikasi",
    "mengurus_diri",
    "mengingat_berkonsentrasi",
    "kesedihan_depresi",
    "penyakit_kronis",
    "kode_provinsi_ktp",
    "provinsi_ktp",
    "kode_kabupaten_kota_ktp",
    "kabupaten_kota_ktp",
    "kode_kecamatan_ktp",
    "kecamatan_ktp",
    "kode_kelurahan_desa_ktp",
    "kelurahan_desa_ktp",
    "rt_ktp",
    "rw_ktp",
    "dusun_ktp",
    "alamat_ktp",
    "pekerjaan_ktp",
    "pendidikan_akhir_ktp",
];

const fn yes_no(yes: bool) -> u8 {
    if yes { 1 } else { 2 }
}

/// The family's line.
#[must_use]
pub fn family_row(household: &GeneratedHousehold) -> Row {
    let mut row = Row::new(&FAMILY_COLUMNS);
    push_regions(&mut row, household.village);
    row.push(&household.address());
    row.push(&household.kk_number);
    row.number(household.members.len());
    row.push(household.members.first().map_or("", |head| &head.name));
    row.number(household.decile);
    push_insurance(&mut row, household);
    push_dwelling(&mut row, household);
    row.number(household.decile_province());
    row.number(household.decile_regency());
    row
}

fn push_regions(row: &mut Row, village: &super::places::Village) {
    for (code, name) in [
        ("35", "JAWA TIMUR"),
        ("35.26", "BANGKALAN"),
        (village.district_code(), village.district.as_str()),
        (village.code.as_str(), village.name.as_str()),
    ] {
        row.push(code);
        row.push(&name.to_uppercase());
    }
}

/// Health insurance paid by the state (national) and by the regency, for the poorer half; the
/// last digit of the card decides, so that some are missed and some have it wrongly.
fn push_insurance(row: &mut Row, household: &GeneratedHousehold) {
    let chance = household.kk_number.as_bytes().last().map_or(0, |digit| digit - b'0');
    let national = if household.welfare <= 5 { chance < 8 } else { chance == 0 };
    row.push(if national { "YA" } else { "TIDAK" });
    row.push(if !national && chance == 9 { "YA" } else { "TIDAK" });
}

fn push_dwelling(row: &mut Row, household: &GeneratedHousehold) {
    let house: &Dwelling = &household.dwelling;
    let customer = format!("5131{}", &household.kk_number[8..]);
    row.push(if house.power.is_some() { &customer } else { "" });
    row.number(house.ownership);
    row.number(house.floor);
    row.number(house.floor_area);
    for code in [house.wall, house.roof, house.water, house.light] {
        row.number(code);
    }
    row.optional(house.power);
    row.number(house.fuel);
    row.number(house.toilet);
    row.optional(house.toilet_type);
    row.number(house.sewage);
    row.number(yes_no(house.assets.contains(&true)));
    for owned in house.assets {
        row.number(yes_no(owned));
    }
    for animals in house.livestock {
        row.number(animals);
    }
}

/// The line of one of its members.
#[must_use]
pub fn member_row(household: &GeneratedHousehold, member: &GeneratedMember, family: &Row) -> Row {
    let mut row = Row::new(&MEMBER_COLUMNS);
    row.push(&member.nik);
    row.push(&household.kk_number);
    row.push(&member.name);
    row.push(&member.birth_date.to_string());
    row.number(member.sex as u8);
    row.number(member.relation as u8);
    row.push(family.get("pbi_nas"));
    row.push(family.get("pbi_pemda"));
    row.number(member.marital as u8);
    push_life(&mut row, &member.life);
    push_regions(&mut row, member.card_village);
    row.push(&format!("{:03}", household.rt));
    row.push(&format!("{:03}", household.rw));
    row.push(&household.hamlet.to_uppercase());
    row.push(&household.address());
    row.push(occupation(member));
    row.push(education(&member.life));
    row
}

fn push_life(row: &mut Row, life: &Life) {
    for answer in [life.schooling, life.level, life.grade, life.certificate] {
        row.optional(answer);
    }
    row.optional(life.works);
    row.optional(life.sector);
    row.optional(life.work_status);
    push_business(row, life);
    row.optional(life.nutrition);
    for answer in life.difficulties {
        row.optional(answer);
    }
    row.optional(life.sadness);
    row.optional(life.illness);
}

/// Who works on own account has a business; who has paid help, a bigger one.
fn push_business(row: &mut Row, life: &Life) {
    row.optional(life.works.map(|_| yes_no(matches!(life.work_status, Some(1..=3)))));
    let (unpaid, paid, turnover) = match life.work_status {
        Some(1) => (0, 0, 1),
        Some(2) => (1, 0, 2),
        Some(3) => (0, 2, 4),
        _ => return row.blank(5),
    };
    row.number(1);
    row.optional(life.sector);
    row.number(paid);
    row.number(unpaid);
    row.number(turnover);
}

fn occupation(member: &GeneratedMember) -> &'static str {
    let life = &member.life;
    match (life.work_status, life.sector) {
        (Some(5), _) => "PEGAWAI NEGERI SIPIL",
        (Some(6), _) => "BURUH TANI/PERKEBUNAN",
        (Some(7), _) => "BURUH HARIAN LEPAS",
        (Some(_), Some(4)) => "NELAYAN/PERIKANAN",
        (Some(_), Some(1 | 2 | 5)) => "PETANI/PEKEBUN",
        (Some(4), _) => "KARYAWAN SWASTA",
        (Some(_), _) => "WIRASWASTA",
        _ if life.schooling == Some(2) => "PELAJAR/MAHASISWA",
        _ if member.relation == Relation::Spouse => "MENGURUS RUMAH TANGGA",
        _ => "BELUM/TIDAK BEKERJA",
    }
}

const fn education(life: &Life) -> &'static str {
    match life.certificate {
        Some(3) => "TAMAT SD/SEDERAJAT",
        Some(8) => "SLTP/SEDERAJAT",
        Some(13 | 15) => "SLTA/SEDERAJAT",
        Some(18) => "AKADEMI/DIPLOMA III/S. MUDA",
        Some(19) => "DIPLOMA IV/STRATA I",
        Some(21) => "STRATA II",
        _ => "TIDAK/BELUM SEKOLAH",
    }
}
