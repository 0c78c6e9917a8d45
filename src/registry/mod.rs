//! The reference: regions, DTSEN releases, and the households and individuals they describe.

pub mod code_book;
pub mod code_books;
pub mod households;
pub mod regions;
pub mod releases;
