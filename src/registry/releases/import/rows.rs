//! Typed rows as rows of the staging tables: one list of columns for the statement, the writing and the loading.

use super::encode::RowWriter;
use crate::registry::releases::delivery::{FamilyRow, MemberRow};

macro_rules! columns {
    ($(#[$doc:meta])* $names:ident, $write:ident($row:ty): $($column:ident)+) => {
        $(#[$doc])*
        pub const $names: &[&str] = &[$(stringify!($column)),+];

        /// Writes those columns.
        pub fn $write(row: &$row, out: &mut RowWriter) {
            $(out.put(&row.$column);)+
        }
    };
}

columns! {
    /// Columns that a family's line fills, as they are called in `household_snapshots`.
    FAMILY_COLUMNS, write_family(FamilyRow):
    village_code address head_name declared_member_count decile decile_province decile_regency pbi_national pbi_regional
    pln_customer house_ownership floor floor_area_m2 wall roof water_source lighting installed_power cooking_fuel toilet
    toilet_type sewage owns_assets gas_cylinder refrigerator air_conditioner water_heater landline flat_tv gold_jewellery
    computer motorcycle bicycle car boat motor_boat smartphone other_land other_house cattle buffaloes horses pigs
    goats_sheep extra
}

columns! {
    /// Columns that a member's line fills, as they are called in `individual_snapshots`.
    MEMBER_COLUMNS, write_member(MemberRow):
    name birth_date sex relation marital_status pbi_national pbi_regional deceased schooling highest_level highest_grade
    certificate works work_sector work_status owns_business business_count business_sector paid_workers unpaid_workers
    business_turnover nutrition seeing hearing walking using_hands learning behaviour speaking self_care remembering
    sadness chronic_illness card_village_code card_hamlet card_rt card_rw card_address card_occupation card_education
    extra
}

/// What stands before a family's columns in its staging table.
pub const FAMILY_KEYS: &str = "family_no integer, fresh_id uuid, kk_digest bytea, sealed_kk bytea, kk_tail text";
/// What stands before a member's columns in its staging table.
pub const MEMBER_KEYS: &str = "member_no integer, family_no integer, position smallint, first_no integer, fresh_id uuid, nik_digest bytea, sealed_nik bytea, nik_tail text";

/// A staging table with the types of the table that it goes into.
pub fn staging_table(name: &str, keys: &str, columns: &[&str], like: &str) -> String {
    let keys: Vec<String> = keys
        .split(", ")
        .filter_map(|key| key.split_once(' '))
        .map(|(key, kind)| format!("NULL::{kind} AS {key}"))
        .collect();
    format!(
        "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT {}, {} FROM {like} WITH NO DATA",
        keys.join(", "),
        columns.join(", ")
    )
}

/// The statements that families and members come in by.
pub const COPY_FAMILIES: &str = "COPY staging_families FROM STDIN";
/// As [`COPY_FAMILIES`].
pub const COPY_MEMBERS: &str = "COPY staging_members FROM STDIN";
