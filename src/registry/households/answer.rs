//! A household as a caller sees it: rows, the release's code book, and the caller's sight put together.

use super::columns::{HouseholdRow, IndividualRow};
use crate::{
    access::visibility::Sight,
    platform::{
        civil::age_on,
        identity::{covered, mask},
        region_code::RegionCode,
    },
    registry::code_book::CodeBook,
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An answer of the delivery: its code, and what the release's code book calls it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<'a> {
    /// The code as delivered.
    #[schema(example = 8)]
    code: i16,
    /// The code book's words.
    #[schema(example = "Tanah")]
    text: &'a str,
}

/// Welfare ranks, 1 (poorest) to 10; `null` where the delivery has none.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deciles {
    /// Among the nation's families: what programmes go by.
    #[schema(example = 2)]
    national: Option<i16>,
    /// Among the province's.
    #[schema(example = 1)]
    province: Option<i16>,
    /// Among the regency's.
    #[schema(example = 1)]
    regency: Option<i16>,
}

/// How the family lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dwelling<'a> {
    house_ownership: Option<Answer<'a>>,
    floor: Option<Answer<'a>>,
    /// Square metres.
    #[schema(example = 36)]
    floor_area_m2: Option<i32>,
    wall: Option<Answer<'a>>,
    roof: Option<Answer<'a>>,
    water_source: Option<Answer<'a>>,
    lighting: Option<Answer<'a>>,
    installed_power: Option<Answer<'a>>,
    /// Customer number at PLN, covered but for its last two digits.
    #[schema(example = "**********07")]
    pln_customer: Option<String>,
    cooking_fuel: Option<Answer<'a>>,
    toilet: Option<Answer<'a>>,
    toilet_type: Option<Answer<'a>>,
    sewage: Option<Answer<'a>>,
}

/// What the family owns; `null` where it was not answered.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Assets {
    pub any: Option<bool>,
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
}

/// Head of cattle and so on; `null` where it was not answered.
#[derive(Debug, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Livestock {
    pub cattle: Option<i32>,
    pub buffaloes: Option<i32>,
    pub horses: Option<i32>,
    pub pigs: Option<i32>,
    pub goats_sheep: Option<i32>,
}

/// Answers on health; only for those who see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthAnswers)]
pub struct Health<'a> {
    nutrition: Option<Answer<'a>>,
    seeing: Option<Answer<'a>>,
    hearing: Option<Answer<'a>>,
    walking: Option<Answer<'a>>,
    using_hands: Option<Answer<'a>>,
    learning: Option<Answer<'a>>,
    behaviour: Option<Answer<'a>>,
    speaking: Option<Answer<'a>>,
    self_care: Option<Answer<'a>>,
    remembering: Option<Answer<'a>>,
    sadness: Option<Answer<'a>>,
    chronic_illness: Option<Answer<'a>>,
}

/// What the civil registry says of a person, as it stands on the identity card (KTP); `null` where the delivery has nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Card<'a> {
    /// Village (`kode_kelurahan_desa_ktp`), anywhere in the country.
    #[schema(value_type = Option<RegionCode>)]
    village_code: Option<&'a str>,
    /// Hamlet (dusun).
    #[schema(example = "KRAJAN")]
    hamlet: Option<&'a str>,
    /// Neighbourhood (RT).
    #[schema(example = "001")]
    rt: Option<&'a str>,
    /// Ward (RW).
    #[schema(example = "002")]
    rw: Option<&'a str>,
    #[schema(example = "DSN KRAJAN RT 001 RW 002")]
    address: Option<&'a str>,
    /// In the civil registry's words.
    #[schema(example = "PETANI/PEKEBUN")]
    occupation: Option<&'a str>,
    /// In the civil registry's words.
    #[schema(example = "TAMAT SD/SEDERAJAT")]
    education: Option<&'a str>,
}

/// A member of the family (anggota keluarga).
#[derive(Debug, Serialize, ToSchema)]
pub struct Member<'a> {
    /// The individual's lasting id.
    individual_id: Uuid,
    /// Order within the family, from 1.
    #[schema(example = 1)]
    position: i16,
    /// Name as delivered.
    #[schema(example = "SITI AMINAH")]
    name: &'a str,
    /// Masked to its last two digits; `null` where the delivery had no usable NIK.
    #[schema(example = "**************03")]
    nik: Option<String>,
    /// Whole years, today.
    #[schema(example = 36)]
    age: Option<i32>,
    /// Birth date, where an agreement opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<NaiveDate>,
    sex: Option<Answer<'a>>,
    relation: Option<Answer<'a>>,
    marital_status: Option<Answer<'a>>,
    /// The delivery marks the name as deceased.
    #[schema(example = false)]
    deceased: bool,
    pbi_national: Option<bool>,
    pbi_regional: Option<bool>,
    schooling: Option<Answer<'a>>,
    highest_level: Option<Answer<'a>>,
    highest_grade: Option<Answer<'a>>,
    certificate: Option<Answer<'a>>,
    works: Option<Answer<'a>>,
    work_sector: Option<Answer<'a>>,
    work_status: Option<Answer<'a>>,
    owns_business: Option<Answer<'a>>,
    #[schema(example = 0)]
    business_count: Option<i32>,
    /// Sector of the main business.
    business_sector: Option<Answer<'a>>,
    /// Workers of the main business who are paid.
    #[schema(example = 0)]
    paid_workers: Option<i32>,
    /// Workers of the main business who are not paid.
    #[schema(example = 1)]
    unpaid_workers: Option<i32>,
    /// Monthly turnover of the main business.
    business_turnover: Option<Answer<'a>>,
    /// What the identity card says.
    card: Card<'a>,
    /// Answers on health, for those who see them.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Health<'a>>,
}

/// A household (keluarga) with its members, as the active release describes it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Household<'a> {
    /// Its lasting id.
    household_id: Uuid,
    /// The release that says so.
    release_id: Uuid,
    /// The village it lives in.
    #[schema(value_type = RegionCode)]
    village_code: &'a str,
    /// Address as delivered.
    #[schema(example = "DSN KRAJAN RT 001 RW 002")]
    address: &'a str,
    /// Name of its head as delivered.
    #[schema(example = "SITI AMINAH")]
    head_name: &'a str,
    /// Masked to its last two digits; `null` where the delivery had no usable number.
    #[schema(example = "**************01")]
    kk_number: Option<String>,
    /// Members loaded.
    #[schema(example = 4)]
    member_count: i16,
    /// Members as the family's own line says; another number where lines are missing or too many.
    #[schema(example = 4)]
    declared_member_count: Option<i16>,
    /// Welfare ranks.
    deciles: Deciles,
    /// Health insurance paid by the centre (PBI).
    pbi_national: Option<bool>,
    /// Health insurance paid by the regency.
    pbi_regional: Option<bool>,
    /// How it lives.
    dwelling: Dwelling<'a>,
    /// What it owns.
    assets: Assets,
    /// Its animals.
    livestock: Livestock,
    /// Its members.
    members: Vec<Member<'a>>,
}

/// Puts words to codes.
struct Words<'a>(&'a CodeBook);

impl<'a> Words<'a> {
    fn of(&self, column: &str, code: Option<i16>) -> Option<Answer<'a>> {
        let code = code?;
        let text = self.0.answer(column, i64::from(code)).map_or("", |answer| answer.description.as_str());
        Some(Answer { code, text })
    }
}

/// The household as this caller sees it.
#[must_use]
pub fn household<'a>(
    row: &'a HouseholdRow,
    members: &'a [IndividualRow],
    book: &'a CodeBook,
    sight: Sight,
    today: NaiveDate,
) -> Household<'a> {
    let words = Words(book);
    Household {
        household_id: row.household_id,
        release_id: row.release_id,
        village_code: &row.village_code,
        address: &row.address,
        head_name: &row.head_name,
        kk_number: row.kk_tail.as_deref().map(mask),
        member_count: row.member_count,
        declared_member_count: row.declared_member_count,
        deciles: Deciles { national: row.decile, province: row.decile_province, regency: row.decile_regency },
        pbi_national: row.pbi_national,
        pbi_regional: row.pbi_regional,
        dwelling: dwelling(row, &words),
        assets: assets(row),
        livestock: Livestock {
            cattle: row.cattle,
            buffaloes: row.buffaloes,
            horses: row.horses,
            pigs: row.pigs,
            goats_sheep: row.goats_sheep,
        },
        members: members.iter().map(|row| member(row, &words, sight, today)).collect(),
    }
}

fn dwelling<'a>(row: &HouseholdRow, words: &Words<'a>) -> Dwelling<'a> {
    Dwelling {
        house_ownership: words.of("status_kepemilikan_rumah", row.house_ownership),
        floor: words.of("jenis_lantai_terluas", row.floor),
        floor_area_m2: row.floor_area_m2,
        wall: words.of("jenis_dinding_terluas", row.wall),
        roof: words.of("jenis_atap_terluas", row.roof),
        water_source: words.of("sumber_air_minum_utama", row.water_source),
        lighting: words.of("sumber_penerangan_utama", row.lighting),
        installed_power: words.of("daya_terpasang", row.installed_power),
        pln_customer: row.pln_customer.as_deref().map(covered),
        cooking_fuel: words.of("bahan_bakar_utama_memasak", row.cooking_fuel),
        toilet: words.of("fasilitas_bab", row.toilet),
        toilet_type: words.of("jenis_kloset", row.toilet_type),
        sewage: words.of("pembuangan_akhir_tinja", row.sewage),
    }
}

fn assets(row: &HouseholdRow) -> Assets {
    Assets {
        any: row.owns_assets,
        gas_cylinder: row.gas_cylinder,
        refrigerator: row.refrigerator,
        air_conditioner: row.air_conditioner,
        water_heater: row.water_heater,
        landline: row.landline,
        flat_tv: row.flat_tv,
        gold_jewellery: row.gold_jewellery,
        computer: row.computer,
        motorcycle: row.motorcycle,
        bicycle: row.bicycle,
        car: row.car,
        boat: row.boat,
        motor_boat: row.motor_boat,
        smartphone: row.smartphone,
        other_land: row.other_land,
        other_house: row.other_house,
    }
}

fn member<'a>(row: &'a IndividualRow, words: &Words<'a>, sight: Sight, today: NaiveDate) -> Member<'a> {
    Member {
        individual_id: row.individual_id,
        position: row.position,
        name: &row.name,
        nik: row.nik_tail.as_deref().map(mask),
        age: row.birth_date.map(|born| age_on(today, born)),
        birth_date: row.birth_date.filter(|_| sight.birth_dates),
        sex: words.of("jenis_kelamin", row.sex),
        relation: words.of("status_hubungan_keluarga", row.relation),
        marital_status: words.of("status_kawin", row.marital_status),
        deceased: row.deceased,
        pbi_national: row.pbi_national,
        pbi_regional: row.pbi_regional,
        schooling: words.of("partisipasi_sekolah", row.schooling),
        highest_level: words.of("jenjang_tertinggi_yang_diduduki", row.highest_level),
        highest_grade: words.of("kelas_tertinggi_yang_diduduki", row.highest_grade),
        certificate: words.of("ijazah_tertinggi_yang_dimiliki", row.certificate),
        works: words.of("status_bekerja", row.works),
        work_sector: words.of("lapangan_usaha_dari_pekerjaan_utama", row.work_sector),
        work_status: words.of("status_dalam_pekerjaan_utama", row.work_status),
        owns_business: words.of("kepemilikan_usaha", row.owns_business),
        business_count: row.business_count,
        business_sector: words.of("lapangan_usaha_dari_usaha_utama", row.business_sector),
        paid_workers: row.paid_workers,
        unpaid_workers: row.unpaid_workers,
        business_turnover: words.of("omzet_usaha_utama", row.business_turnover),
        card: card(row),
        health: sight.health.then(|| health(row, words)),
    }
}

fn card(row: &IndividualRow) -> Card<'_> {
    Card {
        village_code: row.card_village_code.as_deref(),
        hamlet: row.card_hamlet.as_deref(),
        rt: row.card_rt.as_deref(),
        rw: row.card_rw.as_deref(),
        address: row.card_address.as_deref(),
        occupation: row.card_occupation.as_deref(),
        education: row.card_education.as_deref(),
    }
}

fn health<'a>(row: &IndividualRow, words: &Words<'a>) -> Health<'a> {
    Health {
        nutrition: words.of("kondisi_gizi", row.nutrition),
        seeing: words.of("penglihatan", row.seeing),
        hearing: words.of("pendengaran", row.hearing),
        walking: words.of("berjalan_atau_naik_tangga", row.walking),
        using_hands: words.of("menggunakan_tangan_jari", row.using_hands),
        learning: words.of("belajar_kemampuan_intelektual", row.learning),
        behaviour: words.of("pengendalian_perilaku", row.behaviour),
        speaking: words.of("berbicara_komunikasi", row.speaking),
        self_care: words.of("mengurus_diri", row.self_care),
        remembering: words.of("mengingat_berkonsentrasi", row.remembering),
        sadness: words.of("kesedihan_depresi", row.sadness),
        chronic_illness: words.of("penyakit_kronis", row.chronic_illness),
    }
}
