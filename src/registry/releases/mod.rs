//! DTSEN releases (rilis): received, validated, compared, activated, turned back.

pub mod active;
pub mod delivery;
