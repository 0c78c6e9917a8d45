//! The roles of DESIGN, section 6. What each may do stands in `access::permissions`.

use crate::platform::text_enum::text_enum;

text_enum! {
    /// What a token may act as; exactly one.
    pub enum Role {
        /// Diskominfo: agencies, clients, users; no household data.
        SystemAdmin = "system_admin",
        /// Dinas Sosial: releases, proposals, data agreements.
        RegistrySteward = "registry_steward",
        /// Any OPD: its own programmes, enrolments, payments.
        ProgramManager = "program_manager",
        /// Any OPD, a person: approves what someone else prepared.
        Approver = "approver",
        /// Bank or Pos: batches handed to it.
        PaymentPartner = "payment_partner",
        /// SLRT facilitator, TKSK, PKH companion, village.
        FieldOfficer = "field_officer",
        /// SLRT front and back office, Puskesos, an agency's desk.
        CaseManager = "case_manager",
        /// TKPKD secretariat at Bapperida: statistics, no personal data.
        Coordinator = "coordinator",
        /// BPS, Bappeda, university: statistics, no personal data.
        Analyst = "analyst",
        /// Inspektorat: everything read-only, with the audit log.
        Auditor = "auditor",
    }
}
