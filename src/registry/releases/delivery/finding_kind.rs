//! Every damage that a delivery can have, with its words and what is done about it: one list, from which
//! the API's explanations and the table in `docs/dtsen.md` come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a finding means, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FindingExplanation)]
pub struct Explanation {
    /// What is wrong, in Indonesian.
    pub indonesian: &'static str,
    /// What is wrong, in English.
    pub english: &'static str,
    /// What is done about it, in Indonesian.
    pub done_indonesian: &'static str,
    /// What is done about it, in English.
    pub done_english: &'static str,
}

macro_rules! finding_kinds {
    ($($kind:ident $code:literal:
        $indonesian:literal, $english:literal => $done_indonesian:literal, $done_english:literal;)*) => {
        /// A kind of damage. Its code is stable; [`FindingKind::explain`] has its words.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        pub enum FindingKind {
            $(
                #[doc = $english]
                #[serde(rename = $code)]
                $kind,
            )*
        }

        impl FindingKind {
            /// All kinds, in the order of the documentation.
            pub const ALL: &[FindingKind] = &[$(FindingKind::$kind),*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(FindingKind::$kind => $code,)* }
            }

            /// The kind of this code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(FindingKind::$kind),)* _ => None }
            }

            /// What it means and what is done about it.
            #[must_use]
            pub const fn explain(self) -> Explanation {
                match self {
                    $(FindingKind::$kind => Explanation {
                        indonesian: $indonesian,
                        english: $english,
                        done_indonesian: $done_indonesian,
                        done_english: $done_english,
                    },)*
                }
            }
        }
    };
}

finding_kinds! {
    // The file
    UnreadableFile "unreadable-file":
        "Berkas tidak dapat dibaca.", "The file cannot be read."
        => "Berkas ditolak.", "The file is refused.";
    MissingRequiredColumn "missing-required-column":
        "Kolom wajib tidak ada.", "A required column is missing."
        => "Berkas ditolak; semua kolom yang kurang disebut sekaligus.", "The file is refused; all missing columns are named at once.";
    DuplicateColumn "duplicate-column":
        "Kolom muncul dua kali.", "A column stands twice in the header."
        => "Berkas ditolak.", "The file is refused.";
    MissingColumn "missing-column":
        "Kolom yang tidak wajib tidak ada.", "A column that is not required is missing."
        => "Nilainya tidak diketahui pada semua baris.", "Its values are unknown on all lines.";
    UnknownColumn "unknown-column":
        "Kolom tidak dikenal.", "A column is not known."
        => "Nilainya disimpan di `extra`.", "Its values are kept in `extra`.";
    HeaderForm "header-form":
        "Judul kolom memakai spasi, huruf besar, atau nama lama.", "A header has spaces, capitals or an older name."
        => "Dibaca sebagai nama baku.", "Read as the standard name.";
    // The line
    CutLine "cut-line":
        "Baris terpotong: kolomnya kurang.", "The line is cut: it has too few fields."
        => "Baris disisihkan.", "The line is set aside.";
    StraySeparator "stray-separator":
        "Ada pemisah yang tersesat: kolomnya terlalu banyak.", "A stray separator: the line has too many fields."
        => "Baris disisihkan.", "The line is set aside.";
    UnclosedQuote "unclosed-quote":
        "Tanda kutip tidak ditutup.", "A quote is not closed."
        => "Diperbaiki bila jumlah kolom tetap tepat; bila terbuka pada kolom terakhir, baris disisihkan.", "Repaired where the number of fields is right all the same; a line whose last field is open may be cut and is set aside.";
    EmptyLine "empty-line":
        "Baris kosong di tengah berkas.", "An empty line within the file."
        => "Baris disisihkan.", "The line is set aside.";
    NotUtf8 "not-utf8":
        "Baris memakai Latin-1/Windows-1252.", "The line holds Latin-1 (Windows-1252) letters."
        => "Huruf yang bukan UTF-8 dibaca sebagai Windows-1252.", "What is not UTF-8 is read as Windows-1252.";
    LostCharacters "lost-characters":
        "Huruf hilang: tidak dapat dibaca dalam kedua penyandian.", "Letters are lost: they have no meaning in either encoding."
        => "Dimuat dengan tanda pengganti.", "Loaded with a replacement sign.";
    // Identities
    KkForm "kk-form":
        "Nomor KK ditulis sebagai pecahan, dengan apostrof, spasi, titik, atau strip.", "A KK number is written as a float, or with an apostrophe, spaces, dots or dashes."
        => "Dibaca sebagai 16 angka.", "Read as its 16 digits.";
    NikForm "nik-form":
        "NIK ditulis sebagai pecahan, dengan apostrof, spasi, titik, atau strip.", "A NIK is written as a float, or with an apostrophe, spaces, dots or dashes."
        => "Dibaca sebagai 16 angka.", "Read as its 16 digits.";
    UnusableKk "unusable-kk":
        "Nomor KK kosong, 0, kehilangan angka, atau bentuknya salah.", "A KK number is empty, 0, has lost digits or is of wrong form."
        => "Keluarga dimuat sebagai keluarga tersendiri tanpa entri direktori; tidak pernah digabung karenanya.", "The family is loaded as a household of its own without directory entry; it is never merged because of the number.";
    UnusableNik "unusable-nik":
        "NIK kosong, kehilangan angka, nomor SIAK, atau bentuknya salah.", "A NIK is empty, has lost digits, is another number of SIAK or of wrong form."
        => "Anggota dimuat tanpa NIK dan tanpa entri direktori.", "The member is loaded without NIK and without directory entry.";
    NamelessMember "nameless-member":
        "Anggota tanpa nama.", "A member without a name."
        => "Dimuat tanpa nama bila NIK dapat dipakai; selain itu baris disisihkan.", "Loaded without a name where the NIK is usable; set aside where it is not.";
    DeceasedMarker "deceased-marker":
        "Nama memuat tanda (alm.) atau (almh.).", "The name carries the marker (alm.) or (almh.) of the dead."
        => "Tanda dilepas dari nama; anggota dicatat meninggal.", "The marker is taken off the name; the member counts as deceased.";
    TextForm "text-form":
        "Teks memuat spasi ganda atau karakter kendali.", "A text has double spaces or control characters."
        => "Diganti dengan satu spasi; huruf besar-kecil dan gelar tetap.", "They become one space; capitals and titles stay as delivered.";
    // Regions
    RegionCodeForm "region-code-form":
        "Kode wilayah tanpa titik atau ditulis sebagai pecahan.", "A region code is undotted or written as a float."
        => "Dibaca sebagai kode bertitik Kemendagri.", "Read as Kemendagri's dotted code.";
    BpsRegionCode "bps-region-code":
        "Kode wilayah memakai penomoran BPS.", "A region code is in BPS's numbering."
        => "Diterjemahkan dengan tabel pemetaan.", "Translated by the mapping table.";
    UnusableRegionCode "unusable-region-code":
        "Kode desa/kelurahan kosong atau bukan kode desa.", "A village code is empty or is none."
        => "Baris keluarga disisihkan; kode alamat KTP anggota menjadi tidak diketahui.", "A family's line is set aside; the code of a member's card address becomes unknown.";
    UnknownVillage "unknown-village":
        "Desa/kelurahan tidak ada dalam daftar wilayah.", "The village is not in the list of regions."
        => "Baris keluarga disisihkan.", "The family's line is set aside.";
    // Deciles and answers
    MissingDecile "missing-decile":
        "Desil nasional kosong.", "The national decile is empty."
        => "Keluarga dimuat tanpa desil; tidak memenuhi aturan yang meminta desil.", "The family is loaded without decile; it fits no rule that asks for one.";
    UnusableDecile "unusable-decile":
        "Desil bukan angka 1 sampai 10.", "A decile is not one of 1 to 10."
        => "Desil menjadi tidak diketahui.", "The decile becomes unknown.";
    UnknownCode "unknown-code":
        "Kode jawaban tidak ada dalam kamus kode.", "An answer's code is not in the code book."
        => "Jawaban menjadi tidak diketahui.", "The answer becomes unknown.";
    AnswerAsWords "answer-as-words":
        "Jawaban ditulis dengan kata dari kamus kode.", "An answer is given in the code book's words."
        => "Dibaca sebagai kodenya.", "Read as its code.";
    UnreadableAnswer "unreadable-answer":
        "Jawaban ya/tidak tidak dapat dibaca.", "A yes-or-no answer cannot be read."
        => "Jawaban menjadi tidak diketahui.", "The answer becomes unknown.";
    NumberForm "number-form":
        "Bilangan ditulis sebagai pecahan (2.0) atau dengan pemisah ribuan.", "A whole number is written as a float (2.0) or with thousands separators."
        => "Dibaca sebagai bilangan bulat.", "Read as a whole number.";
    UnreadableNumber "unreadable-number":
        "Jumlah tidak dapat dibaca, negatif, atau terlalu besar.", "A count cannot be read, is negative or too large."
        => "Jumlah menjadi tidak diketahui.", "The count becomes unknown.";
    // Dates
    DateForm "date-form":
        "Tanggal tidak dalam bentuk tahun-bulan-hari.", "A date is not in the form year-month-day."
        => "Dibaca; hari selalu mendahului bulan.", "Read; the day always comes before the month.";
    UnreadableDate "unreadable-date":
        "Tanggal lahir tidak dapat dibaca.", "A birth date cannot be read."
        => "Dianggap kosong.", "Taken as missing.";
    ImplausibleBirthDate "implausible-birth-date":
        "Tanggal lahir di masa depan atau lebih dari 120 tahun lalu.", "A birth date lies in the future or more than 120 years back."
        => "Dianggap kosong.", "Taken as missing.";
    BirthDateFromNik "birth-date-from-nik":
        "Tanggal lahir tidak ada, tetapi NIK memuatnya.", "There is no birth date, but the NIK carries one."
        => "Tanggal diambil dari NIK, dalam abad yang membuat orangnya berumur di bawah 100 tahun.", "The date is taken from the NIK, in the century that makes the person younger than 100.";
    NikDateDiffers "nik-date-differs":
        "Tanggal lahir berbeda dengan NIK.", "The birth date is not the NIK's."
        => "Keduanya disimpan seperti diterima.", "Both are kept as delivered.";
    NikSexDiffers "nik-sex-differs":
        "Jenis kelamin berbeda dengan NIK.", "The sex is not the NIK's."
        => "Keduanya disimpan seperti diterima.", "Both are kept as delivered.";
    // Between lines and files
    SameFamilyTwice "same-family-twice":
        "Keluarga yang sama muncul dua kali.", "The same family stands twice."
        => "Dimuat sekali, dari baris pertama; baris lainnya dihitung sebagai gabungan.", "Loaded once, from the first line; the other counts as merged.";
    SamePersonTwiceInFamily "same-person-twice-in-family":
        "Orang yang sama muncul dua kali dalam satu keluarga.", "The same person stands twice in one family."
        => "Dimuat sekali, dari baris pertama; baris lainnya dihitung sebagai gabungan.", "Loaded once, from the first line; the other counts as merged.";
    PersonInTwoFamilies "person-in-two-families":
        "Orang yang sama muncul dalam dua keluarga.", "The same person stands in two families."
        => "Dimuat di keduanya sebagai satu orang.", "Loaded in both, as one person.";
    MemberWithoutFamily "member-without-family":
        "Anggota tanpa baris keluarga.", "A member has no family's line."
        => "Baris disisihkan.", "The line is set aside.";
    FamilyWithoutHead "family-without-head":
        "Tidak ada anggota yang menjadi kepala keluarga.", "No member of the family is its head."
        => "Dimuat tanpa kepala.", "Loaded without a head.";
    FamilyWithTwoHeads "family-with-two-heads":
        "Lebih dari satu anggota menjadi kepala keluarga.", "More than one member of the family is its head."
        => "Dimuat seperti diterima.", "Loaded as delivered.";
    FamilyWithoutMembers "family-without-members":
        "Keluarga tanpa anggota.", "A family has no members."
        => "Dimuat tanpa anggota.", "Loaded without members.";
    DeclaredCountDiffers "declared-count-differs":
        "Jumlah anggota berbeda dengan yang dinyatakan.", "The family has more or fewer members than it declares."
        => "Keduanya disimpan.", "Both numbers are kept.";
    // The code book
    CodeBookLine "code-book-line":
        "Baris kamus kode tanpa kolom, kode bilangan, atau keterangan.", "A line of the code book lacks its column, a whole number as code, or its words."
        => "Baris disisihkan.", "The line is set aside.";
    CodeBookLineTwice "code-book-line-twice":
        "Baris kamus kode mengulang baris sebelumnya.", "A line of the code book says what an earlier one said."
        => "Dimuat sekali; baris lainnya dihitung sebagai gabungan.", "Loaded once; the other counts as merged.";
    CodeWithTwoMeanings "code-with-two-meanings":
        "Satu kode mempunyai dua arti dalam kamus kode.", "One code has two meanings in the code book."
        => "Berkas ditolak.", "The file is refused.";
}

impl FindingKind {
    /// Whether the value was only written in another way, with nothing lost. Where a whole file has such a
    /// habit, it is told for the first lines and counted for the rest.
    #[must_use]
    pub const fn is_mere_form(self) -> bool {
        matches!(
            self,
            Self::NotUtf8
                | Self::KkForm
                | Self::NikForm
                | Self::TextForm
                | Self::RegionCodeForm
                | Self::BpsRegionCode
                | Self::AnswerAsWords
                | Self::NumberForm
                | Self::DateForm
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_kind_is_found_by_its_own_code() {
        let codes: HashSet<_> = FindingKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), FindingKind::ALL.len());
        for kind in FindingKind::ALL {
            assert_eq!(FindingKind::from_code(kind.code()), Some(*kind));
        }
        assert_eq!(FindingKind::from_code("no-such-damage"), None);
    }

    /// The documentation's table has one row for each kind, in this form and in these words.
    #[test]
    fn the_documentation_says_of_each_damage_what_the_program_says() {
        let page = include_str!("../../../../docs/dtsen.md");
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `") && line.contains("` |")).collect();
        for kind in FindingKind::ALL {
            let words = kind.explain();
            let row = format!("| `{}` | {} | {} |", kind.code(), words.english, words.done_english);
            assert!(rows.contains(&row.as_str()), "docs/dtsen.md lacks the row\n{row}");
        }
    }
}
