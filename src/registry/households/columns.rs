//! The columns that a household's answer is made of, read from PostgreSQL in the order in which they stand here.

use chrono::NaiveDate;
use tokio_postgres::Row;
use uuid::Uuid;

macro_rules! snapshot {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name { $(pub $field: $type),+ }

        impl $name {
            /// The columns, for a SELECT.
            pub const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),+];

            /// Reads a row whose first columns are these.
            pub fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
                let mut at = 0..;
                // The range has no end.
                let mut next = || at.next().unwrap_or_default();
                Ok(Self { $($field: row.try_get(next())?),+ })
            }
        }
    };
}

snapshot! {
    /// A row of `household_snapshots`.
    HouseholdRow {
        household_id: Uuid, release_id: Uuid, village_code: String, address: String, head_name: String,
        kk_tail: Option<String>, declared_member_count: Option<i16>,
        member_count: i16, decile: Option<i16>, decile_province: Option<i16>,
        decile_regency: Option<i16>, pbi_national: Option<bool>, pbi_regional: Option<bool>, pln_customer: Option<String>,
        house_ownership: Option<i16>,
        floor: Option<i16>, floor_area_m2: Option<i32>, wall: Option<i16>, roof: Option<i16>, water_source: Option<i16>,
        lighting: Option<i16>, installed_power: Option<i16>, cooking_fuel: Option<i16>, toilet: Option<i16>,
        toilet_type: Option<i16>, sewage: Option<i16>, owns_assets: Option<bool>, gas_cylinder: Option<bool>,
        refrigerator: Option<bool>, air_conditioner: Option<bool>, water_heater: Option<bool>, landline: Option<bool>,
        flat_tv: Option<bool>, gold_jewellery: Option<bool>, computer: Option<bool>, motorcycle: Option<bool>,
        bicycle: Option<bool>, car: Option<bool>, boat: Option<bool>, motor_boat: Option<bool>, smartphone: Option<bool>,
        other_land: Option<bool>, other_house: Option<bool>, cattle: Option<i32>, buffaloes: Option<i32>,
        horses: Option<i32>, pigs: Option<i32>, goats_sheep: Option<i32>,
    }
}

snapshot! {
    /// A row of `individual_snapshots`.
    IndividualRow {
        household_id: Uuid, individual_id: Uuid, position: i16, name: String, nik_tail: Option<String>,
        birth_date: Option<NaiveDate>, sex: Option<i16>, relation: Option<i16>, marital_status: Option<i16>,
        pbi_national: Option<bool>, pbi_regional: Option<bool>, deceased: bool, schooling: Option<i16>,
        highest_level: Option<i16>, highest_grade: Option<i16>, certificate: Option<i16>, works: Option<i16>, work_sector: Option<i16>,
        work_status: Option<i16>, owns_business: Option<i16>, business_count: Option<i32>, business_sector: Option<i16>,
        paid_workers: Option<i32>, unpaid_workers: Option<i32>, business_turnover: Option<i16>, nutrition: Option<i16>,
        seeing: Option<i16>, hearing: Option<i16>, walking: Option<i16>, using_hands: Option<i16>, learning: Option<i16>,
        behaviour: Option<i16>, speaking: Option<i16>, self_care: Option<i16>, remembering: Option<i16>,
        sadness: Option<i16>, chronic_illness: Option<i16>, card_village_code: Option<String>, card_hamlet: Option<String>,
        card_rt: Option<String>, card_rw: Option<String>, card_address: Option<String>, card_occupation: Option<String>,
        card_education: Option<String>,
    }
}
