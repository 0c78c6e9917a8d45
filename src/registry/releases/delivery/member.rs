//! A line of the members' file (anggota keluarga).

use super::cells::{Cells, UnusableNumber};
use super::columns::Members as C;
use super::date::{agree_within_century, is_plausible_birth};
use super::finding::DeliveryFile;
use super::finding_kind::FindingKind;
use super::repair::{is_blank, without_deceased_marker};
use super::table::Row;
use super::village::village;
use crate::platform::identity::{KkNumber, Nik};
use crate::platform::region_code::RegionCode;
use chrono::NaiveDate;
use serde_json::Value;

/// A member as its line says, in the columns of `individual_snapshots`. `None` is "not answered", never
/// "no". It does not print itself, since it holds names.
#[expect(missing_docs, reason = "the fields are the columns of the table, which explains them")]
pub struct MemberRow {
    /// `None`: the number cannot be used, and the member has no directory entry.
    pub nik: Option<Nik>,
    /// The family's number.
    pub kk_number: Option<KkNumber>,
    /// What the line says in place of a usable family number.
    pub unusable_kk: Option<UnusableNumber>,
    pub name: String,
    pub birth_date: Option<NaiveDate>,
    pub sex: Option<i16>,
    pub relation: Option<i16>,
    pub marital_status: Option<i16>,
    pub pbi_national: Option<bool>,
    pub pbi_regional: Option<bool>,
    pub deceased: bool,
    pub schooling: Option<i16>,
    pub highest_level: Option<i16>,
    pub highest_grade: Option<i16>,
    pub certificate: Option<i16>,
    pub works: Option<i16>,
    pub work_sector: Option<i16>,
    pub work_status: Option<i16>,
    pub owns_business: Option<i16>,
    pub business_count: Option<i32>,
    pub business_sector: Option<i16>,
    pub paid_workers: Option<i32>,
    pub unpaid_workers: Option<i32>,
    pub business_turnover: Option<i16>,
    pub nutrition: Option<i16>,
    pub seeing: Option<i16>,
    pub hearing: Option<i16>,
    pub walking: Option<i16>,
    pub using_hands: Option<i16>,
    pub learning: Option<i16>,
    pub behaviour: Option<i16>,
    pub speaking: Option<i16>,
    pub self_care: Option<i16>,
    pub remembering: Option<i16>,
    pub sadness: Option<i16>,
    pub chronic_illness: Option<i16>,
    /// Anywhere in the country, so any village's code will do.
    pub card_village_code: Option<RegionCode>,
    pub card_hamlet: Option<String>,
    pub card_rt: Option<String>,
    pub card_rw: Option<String>,
    pub card_address: Option<String>,
    pub card_occupation: Option<String>,
    pub card_education: Option<String>,
    /// Columns that are not known here, by name.
    pub extra: Option<Value>,
}

impl Row for MemberRow {
    type Columns = C;
    const FILE: DeliveryFile = DeliveryFile::Members;

    fn read(cells: &mut Cells<'_, C>) -> Option<Self> {
        let nik = cells.nik(C::nomor_induk_kependudukan);
        let (name, deceased) = read_name(cells, nik.is_some())?;
        let (kk_number, unusable_kk) = cells.kk_number(C::nomor_kartu_keluarga);
        Some(Self {
            nik,
            kk_number,
            unusable_kk,
            name,
            birth_date: read_birth_date(cells, nik),
            sex: read_sex(cells, nik),
            relation: cells.code(C::status_hubungan_keluarga),
            marital_status: cells.code(C::status_kawin),
            pbi_national: cells.flag(C::pbi_nas),
            pbi_regional: cells.flag(C::pbi_pemda),
            deceased,
            schooling: cells.code(C::partisipasi_sekolah),
            highest_level: cells.code(C::jenjang_tertinggi_yang_diduduki),
            highest_grade: cells.code(C::kelas_tertinggi_yang_diduduki),
            certificate: cells.code(C::ijazah_tertinggi_yang_dimiliki),
            works: cells.code(C::status_bekerja),
            work_sector: cells.code(C::lapangan_usaha_dari_pekerjaan_utama),
            work_status: cells.code(C::status_dalam_pekerjaan_utama),
            owns_business: cells.code(C::kepemilikan_usaha),
            business_count: cells.count(C::jumlah_usaha),
            business_sector: cells.code(C::lapangan_usaha_dari_usaha_utama),
            paid_workers: cells.count(C::jumlah_pekerja_yang_dibayar_dari_usaha_utama),
            unpaid_workers: cells.count(C::jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama),
            business_turnover: cells.code(C::omzet_usaha_utama),
            nutrition: cells.code(C::kondisi_gizi),
            seeing: cells.code(C::penglihatan),
            hearing: cells.code(C::pendengaran),
            walking: cells.code(C::berjalan_atau_naik_tangga),
            using_hands: cells.code(C::menggunakan_tangan_jari),
            learning: cells.code(C::belajar_kemampuan_intelektual),
            behaviour: cells.code(C::pengendalian_perilaku),
            speaking: cells.code(C::berbicara_komunikasi),
            self_care: cells.code(C::mengurus_diri),
            remembering: cells.code(C::mengingat_berkonsentrasi),
            sadness: cells.code(C::kesedihan_depresi),
            chronic_illness: cells.code(C::penyakit_kronis),
            card_village_code: read_card_village(cells),
            card_hamlet: cells.text(C::dusun_ktp),
            card_rt: cells.text(C::rt_ktp),
            card_rw: cells.text(C::rw_ktp),
            card_address: cells.text(C::alamat_ktp),
            card_occupation: cells.text(C::pekerjaan_ktp),
            card_education: cells.text(C::pendidikan_akhir_ktp),
            extra: cells.extra(),
        })
    }
}

/// The name, and whether it carries the marker of the dead. `None`: nothing says who this is.
fn read_name(cells: &mut Cells<'_, C>, has_nik: bool) -> Option<(String, bool)> {
    let Some(name) = cells.text(C::nama) else {
        if !has_nik {
            cells.set_aside(FindingKind::NamelessMember, C::nama, "neither name nor NIK");
            return None;
        }
        cells.noted(FindingKind::NamelessMember, C::nama, "empty");
        return Some((String::new(), false));
    };
    match without_deceased_marker(&name) {
        Some(rest) => {
            cells.repaired(FindingKind::DeceasedMarker, C::nama, "marker of the dead");
            Some((rest.to_owned(), true))
        }
        None => Some((name, false)),
    }
}

/// The delivered date; where there is none that can be true, the NIK's.
fn read_birth_date(cells: &mut Cells<'_, C>, nik: Option<Nik>) -> Option<NaiveDate> {
    let (column, today) = (C::tanggal_lahir, cells.rules.today);
    let from_nik = nik.and_then(|nik| nik.birth_date(today));
    let delivered = cells.date(column);
    let plausible = delivered.filter(|born| is_plausible_birth(*born, today));
    if delivered.is_some() && plausible.is_none() {
        cells.noted(FindingKind::ImplausibleBirthDate, column, "future or too long ago");
    }
    match (plausible, from_nik) {
        (Some(born), Some(says)) if !agree_within_century(born, says) => {
            cells.noted(FindingKind::NikDateDiffers, column, "another day than the NIK's");
            Some(born)
        }
        (Some(born), _) => Some(born),
        (None, Some(says)) => {
            cells.repaired(FindingKind::BirthDateFromNik, column, "taken from the NIK");
            Some(says)
        }
        (None, None) => None,
    }
}

/// The sex, held against the NIK where the code book says which code is a woman's (perempuan).
fn read_sex(cells: &mut Cells<'_, C>, nik: Option<Nik>) -> Option<i16> {
    let column = C::jenis_kelamin;
    let sex = cells.code(column)?;
    let female = cells.answers(column).and_then(|answers| answers.code_of("perempuan"));
    if let (Some(nik), Some(female)) = (nik, female)
        && nik.says_female() != (sex == female)
    {
        cells.noted(FindingKind::NikSexDiffers, column, "the other sex than the NIK's");
    }
    Some(sex)
}

fn read_card_village(cells: &mut Cells<'_, C>) -> Option<RegionCode> {
    let (column, bps) = (C::kode_kelurahan_desa_ktp, cells.rules.bps_regions);
    let cell = cells.cell(column);
    if is_blank(cell) {
        return None;
    }
    match village(cell, cells.cell(C::kode_kecamatan_ktp), bps, |_| true) {
        Ok(village) => {
            if let Some((kind, form)) = village.form {
                cells.repaired(kind, column, form);
            }
            Some(village.code)
        }
        Err((kind, shape)) => {
            cells.noted(kind, column, shape);
            None
        }
    }
}
