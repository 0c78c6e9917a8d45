//! The fields themselves, as one table: a row for each column of the snapshots that a rule may ask for.

use super::catalogue::Source::{
    Age, Coded, CodedFlag, CodedNumber, Disabled, Flag, Head, Number, Programs, Region, Text,
};
use super::catalogue::{Field, FieldClass, FieldScope, Source};

/// Every field, in the order in which the catalogue shows them.
#[rustfmt::skip]
pub(super) static FIELDS: &[Field] = &[
    // Place and size.
    stored_as("village_code", household("region", Region, "kode_kelurahan_desa", "Kode desa/kelurahan, bertitik", "Village, dotted code")),
    in_unit("orang", household("member_count", Number, "", "Jumlah anggota keluarga yang dimuat", "Members as loaded")),
    in_unit("orang", household("declared_member_count", Number, "jumlah_anggota_keluarga", "Jumlah anggota menurut baris keluarga", "Members as the family's line states")),
    // Welfare rank.
    household("decile", Number, "desil_nasional", "Desil kesejahteraan nasional, 1 (termiskin) sampai 10", "National welfare decile, 1 (poorest) to 10"),
    household("decile_province", Number, "desil_provinsi", "Desil kesejahteraan dalam provinsi", "Welfare decile within the province"),
    household("decile_regency", Number, "desil_kabupaten_kota", "Desil kesejahteraan dalam kabupaten", "Welfare decile within the regency"),
    household("pbi_national", Flag, "pbi_nas", "Penerima bantuan iuran JKN dari pusat", "Health premium paid by the centre"),
    household("pbi_regional", Flag, "pbi_pemda", "Penerima bantuan iuran JKN dari daerah", "Health premium paid by the region"),
    // Dwelling.
    household("house_ownership", Coded, "status_kepemilikan_rumah", "Status kepemilikan rumah", "Tenure of the house"),
    household("floor", Coded, "jenis_lantai_terluas", "Jenis lantai terluas", "Material of the largest part of the floor"),
    in_unit("m²", household("floor_area_m2", Number, "luas_lantai", "Luas lantai", "Floor area")),
    household("wall", Coded, "jenis_dinding_terluas", "Jenis dinding terluas", "Material of the largest part of the walls"),
    household("roof", Coded, "jenis_atap_terluas", "Jenis atap terluas", "Material of the largest part of the roof"),
    household("water_source", Coded, "sumber_air_minum_utama", "Sumber air minum utama", "Main source of drinking water"),
    household("lighting", Coded, "sumber_penerangan_utama", "Sumber penerangan utama", "Main source of light"),
    in_unit("VA", stored_as("installed_power", household("power_va", CodedNumber, "daya_terpasang", "Daya listrik terpasang", "Installed electric power"))),
    household("cooking_fuel", Coded, "bahan_bakar_utama_memasak", "Bahan bakar utama memasak", "Main cooking fuel"),
    household("toilet", Coded, "fasilitas_bab", "Fasilitas buang air besar", "Toilet facility"),
    household("toilet_type", Coded, "jenis_kloset", "Jenis kloset", "Type of toilet"),
    household("sewage", Coded, "pembuangan_akhir_tinja", "Tempat pembuangan akhir tinja", "Where sewage goes"),
    // Assets.
    owned("owns_assets", "kepemilikan_aset", "Memiliki aset", "Owns any asset"),
    owned("gas_cylinder", "aset_bergerak_tabung_gas", "Memiliki tabung gas 5,5 kg atau lebih", "Owns a gas cylinder of 5.5 kg or more"),
    owned("refrigerator", "aset_bergerak_lemari_es", "Memiliki lemari es", "Owns a refrigerator"),
    owned("air_conditioner", "aset_bergerak_ac", "Memiliki AC", "Owns an air conditioner"),
    owned("water_heater", "aset_bergerak_pemanas_air", "Memiliki pemanas air", "Owns a water heater"),
    owned("landline", "aset_bergerak_telepon_rumah", "Memiliki telepon rumah", "Owns a landline"),
    owned("flat_tv", "aset_bergerak_tv_datar", "Memiliki televisi layar datar", "Owns a flat television"),
    owned("gold_jewellery", "aset_bergerak_emas_perhiasan", "Memiliki emas/perhiasan", "Owns gold or jewellery"),
    owned("computer", "aset_bergerak_komputer_laptop_tablet", "Memiliki komputer, laptop atau tablet", "Owns a computer, laptop or tablet"),
    owned("motorcycle", "aset_bergerak_sepeda_motor", "Memiliki sepeda motor", "Owns a motorcycle"),
    owned("bicycle", "aset_bergerak_sepeda", "Memiliki sepeda", "Owns a bicycle"),
    owned("car", "aset_bergerak_mobil", "Memiliki mobil", "Owns a car"),
    owned("boat", "aset_bergerak_perahu", "Memiliki perahu", "Owns a boat"),
    owned("motor_boat", "aset_bergerak_kapal_perahu_motor", "Memiliki kapal/perahu motor", "Owns a motor boat"),
    owned("smartphone", "aset_bergerak_smartphone", "Memiliki telepon pintar", "Owns a smartphone"),
    owned("other_land", "aset_tidak_bergerak_lahan_lainnya", "Memiliki lahan lain", "Owns other land"),
    owned("other_house", "aset_tidak_bergerak_rumah_lainnya", "Memiliki rumah lain", "Owns another house"),
    // Livestock.
    livestock("cattle", "jumlah_ternak_sapi", "Sapi yang dimiliki", "Cattle owned"),
    livestock("buffaloes", "jumlah_ternak_kerbau", "Kerbau yang dimiliki", "Buffaloes owned"),
    livestock("horses", "jumlah_ternak_kuda", "Kuda yang dimiliki", "Horses owned"),
    livestock("pigs", "jumlah_ternak_babi", "Babi yang dimiliki", "Pigs owned"),
    livestock("goats_sheep", "jumlah_ternak_kambing_domba", "Kambing/domba yang dimiliki", "Goats and sheep owned"),
    // Members: who they are.
    in_unit("tahun", stored_as("birth_date", member("age", Age, "tanggal_lahir", "Umur genap pada tanggal keputusan", "Age in whole years on the day of the decision"))),
    stored_as("relation", member("head", Head, "status_hubungan_keluarga", "Kepala keluarga", "Head of the family")),
    member("sex", Coded, "jenis_kelamin", "Jenis kelamin", "Sex"),
    member("relation", Coded, "status_hubungan_keluarga", "Hubungan dengan kepala keluarga", "Relation to the head of the family"),
    member("marital_status", Coded, "status_kawin", "Status perkawinan", "Marital status"),
    member("pbi_national", Flag, "pbi_nas", "Penerima bantuan iuran JKN dari pusat", "Health premium paid by the centre"),
    member("pbi_regional", Flag, "pbi_pemda", "Penerima bantuan iuran JKN dari daerah", "Health premium paid by the region"),
    member("deceased", Flag, "nama", "Ditandai meninggal (alm.) dalam kiriman", "Marked as deceased in the delivery"),
    // Members: schooling and work.
    member("schooling", Coded, "partisipasi_sekolah", "Partisipasi sekolah", "Attendance of school"),
    member("highest_level", Coded, "jenjang_tertinggi_yang_diduduki", "Jenjang tertinggi yang diduduki", "Highest level of schooling attended"),
    member("highest_grade", Coded, "kelas_tertinggi_yang_diduduki", "Kelas tertinggi yang diduduki", "Highest grade attended"),
    member("certificate", Coded, "ijazah_tertinggi_yang_dimiliki", "Ijazah tertinggi yang dimiliki", "Highest certificate held"),
    member("works", CodedFlag, "status_bekerja", "Bekerja", "Works"),
    member("work_sector", Coded, "lapangan_usaha_dari_pekerjaan_utama", "Lapangan usaha pekerjaan utama", "Sector of the main work"),
    member("work_status", Coded, "status_dalam_pekerjaan_utama", "Status dalam pekerjaan utama", "Status in the main work"),
    member("owns_business", CodedFlag, "kepemilikan_usaha", "Memiliki usaha", "Owns a business"),
    member("business_count", Number, "jumlah_usaha", "Jumlah usaha", "Number of businesses"),
    member("business_sector", Coded, "lapangan_usaha_dari_usaha_utama", "Lapangan usaha dari usaha utama", "Sector of the main business"),
    in_unit("orang", member("paid_workers", Number, "jumlah_pekerja_yang_dibayar_dari_usaha_utama", "Pekerja yang dibayar", "Paid workers")),
    in_unit("orang", member("unpaid_workers", Number, "jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama", "Pekerja yang tidak dibayar", "Unpaid workers")),
    member("business_turnover", Coded, "omzet_usaha_utama", "Omzet usaha utama sebulan", "Monthly turnover of the main business"),
    // Members: what the civil registry says.
    stored_as("card_village_code", member("card_region", Region, "kode_kelurahan_desa_ktp", "Desa/kelurahan menurut KTP", "Village on the identity card")),
    member("card_occupation", Text, "pekerjaan_ktp", "Pekerjaan menurut KTP", "Occupation on the identity card"),
    member("card_education", Text, "pendidikan_akhir_ktp", "Pendidikan akhir menurut KTP", "Education on the identity card"),
    // Members: health and ability.
    Field { class: FieldClass::Sensitive, ..member("disabled", Disabled, "", "Penyandang disabilitas: sama sekali tidak bisa atau banyak kesulitan dalam salah satu dari sembilan fungsi", "Disabled: cannot at all or has much difficulty in one of nine functions") },
    health("nutrition", "kondisi_gizi", "Kondisi gizi", "Nutrition"),
    health("seeing", "penglihatan", "Kesulitan melihat", "Difficulty in seeing"),
    health("hearing", "pendengaran", "Kesulitan mendengar", "Difficulty in hearing"),
    health("walking", "berjalan_atau_naik_tangga", "Kesulitan berjalan atau naik tangga", "Difficulty in walking or climbing steps"),
    health("using_hands", "menggunakan_tangan_jari", "Kesulitan menggunakan tangan atau jari", "Difficulty in using hands or fingers"),
    health("learning", "belajar_kemampuan_intelektual", "Kesulitan belajar atau berpikir", "Difficulty in learning"),
    health("behaviour", "pengendalian_perilaku", "Kesulitan mengendalikan perilaku", "Difficulty in controlling behaviour"),
    health("speaking", "berbicara_komunikasi", "Kesulitan berbicara atau berkomunikasi", "Difficulty in speaking"),
    health("self_care", "mengurus_diri", "Kesulitan mengurus diri", "Difficulty in caring for oneself"),
    health("remembering", "mengingat_berkonsentrasi", "Kesulitan mengingat atau berkonsentrasi", "Difficulty in remembering or concentrating"),
    health("sadness", "kesedihan_depresi", "Sering merasa sedih atau tertekan", "Sadness or depression"),
    health("chronic_illness", "penyakit_kronis", "Penyakit kronis atau menahun", "Chronic illness"),
    // Aid of every agency.
    Field { scope: FieldScope::Aid, ..household("programs", Programs, "", "Kode program tempat keluarga terdaftar, di instansi mana pun", "Codes of the programmes that the household stands in, with any agency") },
];

const fn household(
    name: &'static str,
    source: Source,
    dtsen: &'static str,
    indonesian: &'static str,
    english: &'static str,
) -> Field {
    Field {
        name,
        scope: FieldScope::Household,
        class: FieldClass::General,
        indonesian,
        english,
        unit: None,
        column: name,
        dtsen,
        source,
    }
}

const fn member(
    name: &'static str,
    source: Source,
    dtsen: &'static str,
    indonesian: &'static str,
    english: &'static str,
) -> Field {
    Field { scope: FieldScope::Member, ..household(name, source, dtsen, indonesian, english) }
}

/// A member's answer on health or ability.
const fn health(name: &'static str, dtsen: &'static str, indonesian: &'static str, english: &'static str) -> Field {
    Field { class: FieldClass::Sensitive, ..member(name, Source::Coded, dtsen, indonesian, english) }
}

const fn owned(name: &'static str, dtsen: &'static str, indonesian: &'static str, english: &'static str) -> Field {
    household(name, Source::Flag, dtsen, indonesian, english)
}

const fn livestock(name: &'static str, dtsen: &'static str, indonesian: &'static str, english: &'static str) -> Field {
    Field { unit: Some("ekor"), ..household(name, Source::Number, dtsen, indonesian, english) }
}

const fn in_unit(unit: &'static str, field: Field) -> Field {
    Field { unit: Some(unit), ..field }
}

const fn stored_as(column: &'static str, field: Field) -> Field {
    Field { column, ..field }
}
