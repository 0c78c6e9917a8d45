//! Tests over real HTTP on real PostgreSQL: a file for each capability, a fresh database for each test.
//! `./dev test` starts what they need.

mod access;
mod approvals;
mod bps_regions;
mod disbursement_lists;
mod disbursements;
mod eligibility;
mod eligibility_agreement;
mod enrolment_lists;
mod enrolment_steps;
mod enrolments;
mod examples;
mod household_succession;
mod households;
mod idempotency;
mod jobs;
mod lanes;
mod logins;
mod lookups;
mod openapi;
mod payment_rules;
mod permissions;
mod platform;
mod programs;
mod regions;
mod release_activation;
mod release_command_line;
mod release_comparison;
mod release_damage;
mod release_import;
mod release_matching;
mod release_upload;
mod releases;
mod retention;
mod support;
mod tls;
