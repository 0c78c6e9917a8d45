//! Households (keluarga) and individuals (individu) as the active release describes them.

pub mod answer;
mod columns;
pub mod listing;
pub mod lock;
pub mod reading;
pub mod routes;
