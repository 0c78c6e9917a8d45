//! The columns of a DTSEN delivery: 52 of families and 48 of members, by their names in the header.
//!
//! Names and order are those of the two files that regencies receive; they are read in any order. Required
//! are only those without which a line has no use: the keys, who somebody is, and where a family lives.

/// A column of one of the files, known by name.
pub(super) trait Column: Copy + 'static {
    /// All columns in the order of the delivery.
    const ALL: &'static [Self];
    /// Those without which the file is refused.
    const REQUIRED: &'static [Self];
    /// Older names.
    const ALIASES: &'static [(&'static str, Self)] = &[];

    /// Its place in [`Column::ALL`].
    fn index(self) -> usize;

    /// Its name in the header.
    fn name(self) -> &'static str;

    /// The column of this name, which is lower-cased already.
    fn by_name(name: &str) -> Option<Self> {
        let own = Self::ALL.iter().find(|column| column.name() == name);
        let older = || Self::ALIASES.iter().find(|(alias, _)| *alias == name);
        own.copied().or_else(|| older().map(|(_, column)| *column))
    }
}

macro_rules! columns {
    ($(#[$doc:meta])* $table:ident { $($column:ident)* }
     required { $($required:ident)* } aliases { $($alias:literal = $meant:ident)* }) => {
        $(#[$doc])*
        #[allow(non_camel_case_types, reason = "spelled as in the delivery's header")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $table { $($column),* }

        impl Column for $table {
            const ALL: &'static [Self] = &[$(Self::$column),*];
            const REQUIRED: &'static [Self] = &[$(Self::$required),*];
            const ALIASES: &'static [(&'static str, Self)] = &[$(($alias, Self::$meant)),*];

            fn index(self) -> usize {
                self as usize
            }

            fn name(self) -> &'static str {
                match self { $(Self::$column => stringify!($column)),* }
            }
        }
    };
}

columns! {
    /// Columns of the families' file (keluarga).
    Families {
        kode_provinsi provinsi kode_kabupaten_kota kabupaten_kota kode_kecamatan kecamatan
        kode_kelurahan_desa kelurahan_desa alamat nomor_kartu_keluarga jumlah_anggota_keluarga
        nama_kepala_keluarga desil_nasional pbi_nas pbi_pemda id_pelanggan_pln
        status_kepemilikan_rumah jenis_lantai_terluas luas_lantai jenis_dinding_terluas
        jenis_atap_terluas sumber_air_minum_utama sumber_penerangan_utama daya_terpasang
        bahan_bakar_utama_memasak fasilitas_bab jenis_kloset pembuangan_akhir_tinja kepemilikan_aset
        aset_bergerak_tabung_gas aset_bergerak_lemari_es aset_bergerak_ac aset_bergerak_pemanas_air
        aset_bergerak_telepon_rumah aset_bergerak_tv_datar aset_bergerak_emas_perhiasan
        aset_bergerak_komputer_laptop_tablet aset_bergerak_sepeda_motor aset_bergerak_sepeda
        aset_bergerak_mobil aset_bergerak_perahu aset_bergerak_kapal_perahu_motor
        aset_bergerak_smartphone aset_tidak_bergerak_lahan_lainnya aset_tidak_bergerak_rumah_lainnya
        jumlah_ternak_sapi jumlah_ternak_kerbau jumlah_ternak_kuda jumlah_ternak_babi
        jumlah_ternak_kambing_domba desil_provinsi desil_kabupaten_kota
    }
    required { nomor_kartu_keluarga nama_kepala_keluarga kode_kelurahan_desa desil_nasional }
    aliases { "nama_anggota_keluarga" = nama_kepala_keluarga }
}

columns! {
    /// Columns of the members' file (anggota keluarga).
    Members {
        nomor_induk_kependudukan nomor_kartu_keluarga nama tanggal_lahir jenis_kelamin
        status_hubungan_keluarga pbi_nas pbi_pemda status_kawin partisipasi_sekolah
        jenjang_tertinggi_yang_diduduki kelas_tertinggi_yang_diduduki ijazah_tertinggi_yang_dimiliki
        status_bekerja lapangan_usaha_dari_pekerjaan_utama status_dalam_pekerjaan_utama
        kepemilikan_usaha jumlah_usaha lapangan_usaha_dari_usaha_utama
        jumlah_pekerja_yang_dibayar_dari_usaha_utama
        jumlah_pekerja_yang_tidak_dibayar_dari_usaha_utama omzet_usaha_utama kondisi_gizi
        penglihatan pendengaran berjalan_atau_naik_tangga menggunakan_tangan_jari
        belajar_kemampuan_intelektual pengendalian_perilaku berbicara_komunikasi mengurus_diri
        mengingat_berkonsentrasi kesedihan_depresi penyakit_kronis kode_provinsi_ktp provinsi_ktp
        kode_kabupaten_kota_ktp kabupaten_kota_ktp kode_kecamatan_ktp kecamatan_ktp
        kode_kelurahan_desa_ktp kelurahan_desa_ktp rt_ktp rw_ktp dusun_ktp alamat_ktp pekerjaan_ktp
        pendidikan_akhir_ktp
    }
    required {
        nomor_induk_kependudukan nomor_kartu_keluarga nama tanggal_lahir jenis_kelamin
        status_hubungan_keluarga
    }
    aliases {}
}

columns! {
    /// Columns of the code book (kamus kode).
    CodeBookColumns { kolom kode keterangan }
    required { kolom kode keterangan }
    aliases {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_has_52_columns_of_families_and_48_of_members() {
        assert_eq!((Families::ALL.len(), Members::ALL.len()), (52, 48));
    }

    #[test]
    fn the_older_name_of_the_head_is_the_same_column() {
        let column = Families::by_name("nama_anggota_keluarga");
        assert_eq!(column, Some(Families::nama_kepala_keluarga));
        assert_eq!(Families::by_name("is_pbi_se"), None);
    }
}
