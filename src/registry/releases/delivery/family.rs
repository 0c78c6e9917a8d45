//! A line of the families' file (keluarga).

use super::cells::{Cells, UnusableNumber};
use super::columns::Families as C;
use super::finding::DeliveryFile;
use super::finding_kind::FindingKind;
use super::repair::{is_blank, without_deceased_marker};
use super::table::Row;
use super::village::village;
use crate::platform::identity::KkNumber;
use crate::platform::region_code::RegionCode;
use serde_json::Value;

/// A family as its line says, in the columns of `household_snapshots`. `None` is "not answered", never "no".
/// It does not print itself, since it holds names.
#[expect(missing_docs, reason = "the fields are the columns of the table, which explains them")]
pub struct FamilyRow {
    /// `None`: the number cannot be used, and the family is a household of its own.
    pub kk_number: Option<KkNumber>,
    /// What members of the same family may carry in place of the number.
    pub unusable_kk: Option<UnusableNumber>,
    /// One of the known villages.
    pub village_code: RegionCode,
    pub address: String,
    pub head_name: String,
    pub declared_member_count: Option<i16>,
    pub decile: Option<i16>,
    pub decile_province: Option<i16>,
    pub decile_regency: Option<i16>,
    pub pbi_national: Option<bool>,
    pub pbi_regional: Option<bool>,
    pub pln_customer: Option<String>,
    pub house_ownership: Option<i16>,
    pub floor: Option<i16>,
    pub floor_area_m2: Option<i32>,
    pub wall: Option<i16>,
    pub roof: Option<i16>,
    pub water_source: Option<i16>,
    pub lighting: Option<i16>,
    pub installed_power: Option<i16>,
    pub cooking_fuel: Option<i16>,
    pub toilet: Option<i16>,
    pub toilet_type: Option<i16>,
    pub sewage: Option<i16>,
    pub owns_assets: Option<bool>,
    pub gas_cylinder: Option<bool>,
    pub refrigerator: Option<bool>,
    pub air_conditioner: Option<bool>,
    pub water_heater: Option<bool>,
    pub landline: Option<bool>,
    pub flat_tv: Option<bool>,
    pub gold_jewellery: Option<bool>,
    pub computer: Option<bool>,
    pub motorcycle: Option<bool>,
    pub bicycle: Option<bool>,
    pub car: Option<bool>,
    pub boat: Option<bool>,
    pub motor_boat: Option<bool>,
    pub smartphone: Option<bool>,
    pub other_land: Option<bool>,
    pub other_house: Option<bool>,
    pub cattle: Option<i32>,
    pub buffaloes: Option<i32>,
    pub horses: Option<i32>,
    pub pigs: Option<i32>,
    pub goats_sheep: Option<i32>,
    /// Columns that are not known here, by name.
    pub extra: Option<Value>,
}

impl Row for FamilyRow {
    type Columns = C;
    const FILE: DeliveryFile = DeliveryFile::Families;

    fn read(cells: &mut Cells<'_, C>) -> Option<Self> {
        let village_code = read_village(cells)?;
        let (kk_number, unusable_kk) = cells.kk_number(C::nomor_kartu_keluarga);
        Some(Self {
            kk_number,
            unusable_kk,
            village_code,
            address: cells.text(C::alamat).unwrap_or_default(),
            head_name: read_head_name(cells),
            declared_member_count: cells.count(C::jumlah_anggota_keluarga),
            decile: read_national_decile(cells),
            decile_province: cells.decile(C::desil_provinsi),
            decile_regency: cells.decile(C::desil_kabupaten_kota),
            pbi_national: cells.flag(C::pbi_nas),
            pbi_regional: cells.flag(C::pbi_pemda),
            pln_customer: cells.text(C::id_pelanggan_pln),
            house_ownership: cells.code(C::status_kepemilikan_rumah),
            floor: cells.code(C::jenis_lantai_terluas),
            floor_area_m2: cells.count(C::luas_lantai),
            wall: cells.code(C::jenis_dinding_terluas),
            roof: cells.code(C::jenis_atap_terluas),
            water_source: cells.code(C::sumber_air_minum_utama),
            lighting: cells.code(C::sumber_penerangan_utama),
            installed_power: cells.code(C::daya_terpasang),
            cooking_fuel: cells.code(C::bahan_bakar_utama_memasak),
            toilet: cells.code(C::fasilitas_bab),
            toilet_type: cells.code(C::jenis_kloset),
            sewage: cells.code(C::pembuangan_akhir_tinja),
            owns_assets: cells.flag(C::kepemilikan_aset),
            gas_cylinder: cells.flag(C::aset_bergerak_tabung_gas),
            refrigerator: cells.flag(C::aset_bergerak_lemari_es),
            air_conditioner: cells.flag(C::aset_bergerak_ac),
            water_heater: cells.flag(C::aset_bergerak_pemanas_air),
            landline: cells.flag(C::aset_bergerak_telepon_rumah),
            flat_tv: cells.flag(C::aset_bergerak_tv_datar),
            gold_jewellery: cells.flag(C::aset_bergerak_emas_perhiasan),
            computer: cells.flag(C::aset_bergerak_komputer_laptop_tablet),
            motorcycle: cells.flag(C::aset_bergerak_sepeda_motor),
            bicycle: cells.flag(C::aset_bergerak_sepeda),
            car: cells.flag(C::aset_bergerak_mobil),
            boat: cells.flag(C::aset_bergerak_perahu),
            motor_boat: cells.flag(C::aset_bergerak_kapal_perahu_motor),
            smartphone: cells.flag(C::aset_bergerak_smartphone),
            other_land: cells.flag(C::aset_tidak_bergerak_lahan_lainnya),
            other_house: cells.flag(C::aset_tidak_bergerak_rumah_lainnya),
            cattle: cells.count(C::jumlah_ternak_sapi),
            buffaloes: cells.count(C::jumlah_ternak_kerbau),
            horses: cells.count(C::jumlah_ternak_kuda),
            pigs: cells.count(C::jumlah_ternak_babi),
            goats_sheep: cells.count(C::jumlah_ternak_kambing_domba),
            extra: cells.extra(),
        })
    }
}

/// A family has to live in a village that is known: by it everybody's lane is judged.
fn read_village(cells: &mut Cells<'_, C>) -> Option<RegionCode> {
    let (column, rules) = (C::kode_kelurahan_desa, cells.rules);
    let is_known = |code: &RegionCode| rules.villages.contains(code);
    match village(cells.cell(column), cells.cell(C::kode_kecamatan), rules.bps_regions, is_known) {
        Ok(village) => {
            if let Some((kind, form)) = village.form {
                cells.repaired(kind, column, form);
            }
            Some(village.code)
        }
        Err((kind, shape)) => {
            cells.set_aside(kind, column, shape);
            None
        }
    }
}

fn read_national_decile(cells: &mut Cells<'_, C>) -> Option<i16> {
    let decile = cells.decile(C::desil_nasional);
    if decile.is_none() && is_blank(cells.cell(C::desil_nasional)) {
        cells.noted(FindingKind::MissingDecile, C::desil_nasional, "empty");
    }
    decile
}

fn read_head_name(cells: &mut Cells<'_, C>) -> String {
    let name = cells.text(C::nama_kepala_keluarga).unwrap_or_default();
    match without_deceased_marker(&name) {
        Some(rest) => {
            cells.repaired(FindingKind::DeceasedMarker, C::nama_kepala_keluarga, "marker of the dead");
            rest.to_owned()
        }
        None => name,
    }
}
