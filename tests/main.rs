//! Tests over real HTTP on real PostgreSQL: a file for each capability, a fresh database for each test.
//! `./dev test` starts what they need.

mod access;
mod lanes;
mod openapi;
mod platform;
mod support;
