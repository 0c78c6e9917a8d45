//! Which role gets through to which operation: a table written from DESIGN section 6, tried with a token of each role.

use crate::support::{
    Api,
    document::{document, operations},
};
use sejahtera::platform::auth::Role::{
    self, Approver, Auditor, CaseManager, Coordinator, FieldOfficer, PaymentPartner, ProgramManager, RegistrySteward,
    SystemAdmin,
};
use std::collections::{BTreeMap, BTreeSet};

/// Who may, and what.
const TABLE: &[(&[Role], &[&str])] = &[
    // What holds no personal data, and what is one's own.
    (
        Role::ALL,
        &[
            "GET /v1/me",
            "GET /v1/agencies",
            "GET /v1/agencies/{code}",
            "GET /v1/regions",
            "GET /v1/regions/tree",
            "GET /v1/approvals",
            "GET /v1/approvals/{task_id}",
            "GET /v1/jobs",
            "GET /v1/jobs/{job_id}",
            "POST /v1/jobs/{job_id}/cancellation",
            "GET /v1/releases",
            "GET /v1/releases/{release_id}",
            "GET /v1/eligibility-fields",
            "GET /v1/programs",
            "GET /v1/programs/{program_id}",
            "GET /v1/programs/{program_id}/periods",
            "GET /v1/programs/{program_id}/exemptions",
            "GET /v1/batch-layouts",
            "GET /v1/pay-points",
            "GET /v1/pay-points/{pay_point_id}",
        ],
    ),
    // "agencies, clients, users"
    (
        &[SystemAdmin],
        &[
            "POST /v1/agencies",
            "PATCH /v1/agencies/{code}",
            "GET /v1/users",
            "POST /v1/users",
            "GET /v1/clients",
            "POST /v1/clients",
        ],
    ),
    // "load releases, activate what another steward loaded"
    (
        &[RegistrySteward],
        &[
            "POST /v1/releases",
            "POST /v1/releases/{release_id}/reading",
            "POST /v1/releases/{release_id}/rejection",
            "POST /v1/releases/{release_id}/activation",
            "DELETE /v1/releases/{release_id}/activation",
            "POST /v1/releases/{release_id}/activation/decision",
        ],
    ),
    // "everything read-only": the auditor stands wherever the one who works with it does.
    (
        &[RegistrySteward, Auditor],
        &[
            "GET /v1/releases/{release_id}/findings",
            "GET /v1/releases/{release_id}/findings.csv",
            "GET /v1/releases/{release_id}/findings/counts",
            "GET /v1/releases/{release_id}/set-aside/{file}/{line}",
            "GET /v1/releases/{release_id}/comparison",
            "GET /v1/releases/{release_id}/comparison/extreme-movers",
        ],
    ),
    (
        &[RegistrySteward, ProgramManager, FieldOfficer, CaseManager, Auditor],
        &["GET /v1/households", "GET /v1/households/{household_id}", "GET /v1/households/{household_id}/history"],
    ),
    // Looking up a number or a name is work on a case, which the auditor has none of.
    (
        &[RegistrySteward, ProgramManager, FieldOfficer, CaseManager],
        &["POST /v1/households/lookup", "POST /v1/households/lookup/bulk", "POST /v1/households/search"],
    ),
    // "see for one household at a time, with a purpose, what aid others give"
    (
        &[RegistrySteward, ProgramManager, CaseManager, Auditor],
        &["GET /v1/households/{household_id}/aid", "POST /v1/programs/{program_id}/eligibility/explain"],
    ),
    // "own agency's programmes, budgets, enrolments, batches"
    (
        &[ProgramManager],
        &[
            "POST /v1/programs",
            "PATCH /v1/programs/{program_id}",
            "POST /v1/programs/{program_id}/rules",
            "POST /v1/programs/{program_id}/periods",
            "POST /v1/programs/{program_id}/eligibility/preview",
            "POST /v1/programs/{program_id}/enrolments",
            "POST /v1/programs/{program_id}/enrolments/bulk",
            "POST /v1/programs/{program_id}/enrolments/from-eligible",
            "POST /v1/programs/{program_id}/enrolments/transitions",
            "POST /v1/enrolments/{enrolment_id}/transitions",
            "POST /v1/disbursements",
            "POST /v1/disbursements/bulk",
            "POST /v1/disbursements/from-active",
            "POST /v1/disbursements/payments",
            "POST /v1/disbursements/failures",
            "POST /v1/disbursements/{disbursement_id}/payment",
            "POST /v1/disbursements/{disbursement_id}/failure",
            "POST /v1/disbursements/{disbursement_id}/reversal",
            "DELETE /v1/disbursements/{disbursement_id}/reversal",
            "POST /v1/funds",
            "POST /v1/funds/{fund_id}/entries",
            "POST /v1/budgets",
            "POST /v1/budgets/{budget_id}/entries",
            "POST /v1/programs/{program_id}/budgets",
            "POST /v1/batches",
            "POST /v1/batches/{batch_id}/freezing",
            "POST /v1/batches/{batch_id}/submission",
            "DELETE /v1/batches/{batch_id}/submission",
            "POST /v1/batches/{batch_id}/cancellation",
            "POST /v1/batches/{batch_id}/hand-over",
            "POST /v1/payout-accounts",
            "POST /v1/payout-accounts/bulk",
            "POST /v1/payout-accounts/checks",
            "POST /v1/payout-accounts/{account_id}/check",
            "POST /v1/payout-accounts/{account_id}/closure",
        ],
    ),
    // "batches handed to it, and their results"
    (&[PaymentPartner], &["GET /v1/batches/{batch_id}/file"]),
    // Never by who prepares what is paid next.
    (&[Approver, PaymentPartner], &["POST /v1/batches/{batch_id}/results"]),
    (&[ProgramManager, Approver], &["POST /v1/batches/{batch_id}/closure"]),
    (
        &[ProgramManager, Approver, PaymentPartner, Auditor],
        &["GET /v1/batches", "GET /v1/batches/{batch_id}", "GET /v1/batches/{batch_id}/reconciliation"],
    ),
    (
        &[ProgramManager, Approver, Auditor],
        &["GET /v1/batches/{batch_id}/lines", "GET /v1/batches/{batch_id}/findings", "GET /v1/reconciliation"],
    ),
    // Who prepares a payment and who approves it see where it goes.
    (&[ProgramManager, Approver, Auditor], &["GET /v1/payout-accounts", "GET /v1/payout-accounts/{account_id}"]),
    // "batches handed to it": the partner says where it pays by hand, and so does who pays through it.
    (&[ProgramManager, PaymentPartner], &["POST /v1/pay-points", "PATCH /v1/pay-points/{pay_point_id}"]),
    // "approve … that someone else prepared"
    (
        &[Approver],
        &[
            "POST /v1/disbursements/{disbursement_id}/return",
            "POST /v1/disbursements/{disbursement_id}/reversal/decision",
            "POST /v1/batches/{batch_id}/decision",
        ],
    ),
    // The coordinator sees what is spent, and on nobody in particular.
    (
        &[ProgramManager, Approver, Coordinator, Auditor],
        &[
            "GET /v1/funds",
            "GET /v1/funds/{fund_id}",
            "GET /v1/funds/{fund_id}/entries",
            "GET /v1/budgets",
            "GET /v1/budgets/{budget_id}",
            "GET /v1/budgets/{budget_id}/entries",
            "GET /v1/programs/{program_id}/budgets",
            "GET /v1/ledger/accounts",
            "GET /v1/ledger/accounts/{account_id}",
        ],
    ),
    (&[ProgramManager, Approver, Auditor], &["GET /v1/ledger/accounts/{account_id}/transfers"]),
    (&[Auditor], &["POST /v1/ledger/proof"]),
    // The auditor reads everything.
    (&[ProgramManager, Auditor], &["GET /v1/programs/{program_id}/enrolments-no-longer-eligible"]),
    // Never by who runs the programme.
    (&[Coordinator, RegistrySteward], &["POST /v1/programs/{program_id}/exemptions"]),
    (
        &[ProgramManager, Approver, CaseManager, FieldOfficer, Auditor],
        &["GET /v1/enrolments", "GET /v1/enrolments/{enrolment_id}", "GET /v1/enrolments/{enrolment_id}/steps"],
    ),
    (
        &[ProgramManager, Approver, CaseManager, Auditor],
        &[
            "GET /v1/disbursements",
            "GET /v1/disbursements/{disbursement_id}",
            "GET /v1/disbursements/{disbursement_id}/steps",
            "GET /v1/disbursements/{disbursement_id}/receipt",
        ],
    ),
];

/// The roles that get through to an operation.
pub fn roles_of(operation: &str) -> &'static [Role] {
    TABLE.iter().find(|(_, operations)| operations.contains(&operation)).unwrap_or_else(|| panic!("{operation}")).0
}

fn names(roles: &[Role]) -> BTreeSet<String> {
    roles.iter().map(|role| format!("{role:?}")).collect()
}

#[tokio::test]
async fn every_operation_is_open_to_the_roles_of_the_table_and_to_no_other() {
    let table = TABLE.iter().flat_map(|(roles, operations)| operations.iter().map(|name| ((*name).to_owned(), *roles)));
    let mut table: BTreeMap<String, &[Role]> = table.collect();
    let api = Api::start().await;
    let document = document();
    for operation in operations(&document).iter().filter(|operation| operation.needs_token()) {
        let expected = table.remove(&operation.name()).unwrap_or_else(|| panic!("{} is new", operation.name()));
        let (path, body) = (operation.filled(&[]), operation.body(&document));
        let mut through = Vec::new();
        for role in Role::ALL {
            let actor = api.actor(*role, "dinsos", &["35.26"]).await;
            let reply = operation.send(&actor, &path, body.as_ref()).await;
            if reply.status == 403 {
                reply.refused("forbidden");
            } else {
                through.push(*role);
            }
        }
        assert_eq!(names(&through), names(expected), "{}", operation.name());
    }
    assert!(table.is_empty(), "these are no operations any more: {:?}", table.keys());
}
