//! Permissions as types. A handler names one in its signature, and without it there is no caller to work with;
//! the roles behind each stand here and nowhere else (DESIGN, section 6). What every role may takes [`AnyCaller`].

pub use crate::platform::auth::AnyCaller;

use crate::platform::{
    auth::{Principal, Role},
    problem::{Problem, codes},
};
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, [$($role:ident),+];)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone)]
            pub struct $name(pub Principal);

            impl $name {
                pub(super) const ROLES: &'static [Role] = &[$(Role::$role),+];
            }

            impl std::ops::Deref for $name {
                type Target = Principal;
                fn deref(&self) -> &Principal {
                    &self.0
                }
            }

            impl FromRequest for $name {
                type Error = Problem;
                type Future = Ready<Result<Self, Problem>>;

                fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                    ready(Principal::of(request).and_then(|caller| {
                        if Self::ROLES.contains(&caller.role) { Ok(Self(caller)) } else { Err(Problem::from(&codes::FORBIDDEN)) }
                    }))
                }
            }
        )+

        /// Every permission with the roles that have it: what `GET /v1/me` answers from. [`AnyCaller`] comes first.
        pub const TABLE: &[(&str, &[Role])] = &[("common.use", Role::ALL), $(($text, $name::ROLES)),+];
    };
}

permissions! {
    /// Makes agencies, clients and users.
    SystemAdmin = "accounts.manage", [SystemAdmin];
    /// Loads and activates releases.
    RegistrySteward = "releases.manage", [RegistrySteward];
    /// Sees what a release's validation found.
    ReleaseExaminer = "releases.examine", [RegistrySteward, Auditor];
    /// Sees households and individuals of the areas.
    HouseholdReader = "households.read", [RegistrySteward, ProgramManager, FieldOfficer, CaseManager, Auditor];
    /// Finds households by NIK, KK number or name.
    HouseholdFinder = "households.lookup", [RegistrySteward, ProgramManager, FieldOfficer, CaseManager];
    /// Sees what aid every agency gives one household.
    AidReader = "households.aid", [RegistrySteward, ProgramManager, CaseManager, Auditor];
    /// Makes programmes, enrols and pays for the own agency.
    ProgramManager = "programs.manage", [ProgramManager];
    /// Lets a programme enrol households without a decile.
    ExemptionGranter = "programs.exempt", [Coordinator, RegistrySteward];
    /// Sees the own agency's enrolments.
    EnrolmentReader = "enrolments.read", [ProgramManager, Approver, CaseManager, FieldOfficer, Auditor];
    /// Holds the own agency's standing enrolments against the rule in force.
    EnrolmentReviewer = "enrolments.review", [ProgramManager, Auditor];
    /// Records the own agency's funds and budgets.
    BudgetKeeper = "budgets.manage", [ProgramManager];
    /// Sees funds, budgets and what the ledger's accounts hold.
    BooksReader = "books.read", [ProgramManager, Approver, Coordinator, Auditor];
    /// Sees single transfers, and whom they are for.
    LedgerReader = "ledger.read", [ProgramManager, Approver, Auditor];
    /// Has the books proved.
    LedgerProver = "ledger.prove", [Auditor];
    /// Sees batches: the own agency's, or those handed to one.
    BatchReader = "batches.read", [ProgramManager, Approver, PaymentPartner, Auditor];
    /// Sees who is in a batch's list, and who was left out.
    BatchExaminer = "batches.examine", [ProgramManager, Approver, Auditor];
    /// Downloads what is to be paid, with numbers in full.
    PaymentPartner = "batches.pay", [PaymentPartner];
    /// Reports what became of payments: the partner, or an approver for it; never who prepares what is paid next.
    ResultReporter = "batches.report", [Approver, PaymentPartner];
    /// Closes a batch; what is outstanding fails by an approver's word alone.
    BatchCloser = "batches.close", [ProgramManager, Approver];
    /// Reconciles what was handed out.
    Reconciler = "batches.reconcile", [ProgramManager, Approver, Auditor];
    /// Decides on payments that somebody else prepared, or asked to take back, and says which came back.
    PaymentApprover = "payments.approve", [Approver];
    /// Sees to which accounts the own agency pays.
    PayoutReader = "payouts.read", [ProgramManager, Approver, Auditor];
    /// Says where a partner pays by hand: the partner itself, or who pays through it.
    PayPointKeeper = "pay-points.manage", [ProgramManager, PaymentPartner];
    /// Sees the own agency's payments.
    DisbursementReader = "disbursements.read", [ProgramManager, Approver, CaseManager, Auditor];
}

/// The permissions of a role, by name.
#[must_use]
pub fn of_role(role: Role) -> Vec<&'static str> {
    TABLE.iter().filter(|(_, roles)| roles.contains(&role)).map(|(name, _)| *name).collect()
}
