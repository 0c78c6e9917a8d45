//! Sejahtera: one DTSEN reference for every poverty programme of a regency.
//!
//! Eight rooms: [`platform`] is the ground; [`access`], [`registry`], `aid`, `field`, `governance`, `evidence` and
//! `interop` stand on it. Arrows go one way; `docs/architecture.md` tells the story.

pub mod access;
pub mod aid;
pub mod app;
pub mod cli;
pub mod platform;
pub mod registry;
pub mod schema;
