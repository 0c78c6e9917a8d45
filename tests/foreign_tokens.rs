//! An agency stays in its lane: every operation that works on something in particular is asked by somebody of another
//! agency, and by somebody of the own agency for another district. Both stand in every role that may call it at all,
//! and beside them stands one whose work it is, so that a refusal is no mere "there is no such thing".

use crate::{
    permissions,
    support::{
        Actor, Reply,
        document::{Operation, document, operations},
        furnished::Furnished,
    },
};
use sejahtera::platform::auth::Role::{
    self, Approver, Auditor, CaseManager, Coordinator, FieldOfficer, PaymentPartner, ProgramManager, RegistrySteward,
    SystemAdmin,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// What a caller is told.
#[derive(Debug, Clone, Copy)]
enum Told {
    /// All, for this reason.
    All(&'static str),
    /// That there is no such thing, or that it is not theirs (404, 403).
    NotTheirs,
    /// This refusal by rule.
    Refused(&'static str),
    /// An answer in which nothing of it is and by which nothing is changed.
    Nothing,
}
use Told::{All, NotTheirs, Nothing, Refused};

/// What some roles are told of some operations.
struct Row {
    roles: &'static [Role],
    /// One of the own agency, for the whole regency.
    own: Told,
    /// One of another agency, for the whole regency.
    other_agency: Told,
    /// One of the own agency, for another district.
    other_area: Told,
    operations: &'static [&'static str],
}

const ITS_OWN: Told = All("it is their work");
const PUBLIC: Told = All("it holds nobody, and nothing that is one agency's");
const REGISTRY: Told = All("the registry is the regency's, whatever agency its stewards and the auditor are of");
const FOR_ALL_AGENCIES: Told = All("their work is for the programmes of every agency");
const BY_AREA: Told = All("who sees households sees those of the areas, for whatever agency");
const NO_AREA: Told = All("it lies in no area, its agency's work is all one");

const BOOKS: &[&str] = &[
    "GET /v1/funds/{fund_id}",
    "GET /v1/funds/{fund_id}/entries",
    "GET /v1/budgets/{budget_id}",
    "GET /v1/budgets/{budget_id}/entries",
    "GET /v1/ledger/accounts/{account_id}",
];

const OF_BATCH: &[&str] = &[
    "GET /v1/batches/{batch_id}/lines",
    "GET /v1/batches/{batch_id}/findings",
    "GET /v1/batches/{batch_id}/reconciliation",
];

const NEITHER_STEWARD_NOR_AUDITOR: &[Role] =
    &[SystemAdmin, ProgramManager, Approver, PaymentPartner, FieldOfficer, CaseManager, Coordinator, Role::Analyst];
const ALL_BUT_STEWARD: &[Role] = &[
    SystemAdmin,
    ProgramManager,
    Approver,
    PaymentPartner,
    FieldOfficer,
    CaseManager,
    Coordinator,
    Role::Analyst,
    Auditor,
];

const TABLE: &[Row] = &[
    Row {
        roles: Role::ALL,
        own: ITS_OWN,
        other_agency: PUBLIC,
        other_area: PUBLIC,
        operations: &[
            "GET /v1/agencies/{code}",
            "GET /v1/releases/{release_id}",
            "GET /v1/programs/{program_id}",
            "GET /v1/programs/{program_id}/periods",
            "GET /v1/programs/{program_id}/exemptions",
            "GET /v1/pay-points/{pay_point_id}",
        ],
    },
    // A batch is its agency's and its partner's, as a whole.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &[
            "POST /v1/batches",
            "POST /v1/batches/{batch_id}/freezing",
            "POST /v1/batches/{batch_id}/submission",
            "DELETE /v1/batches/{batch_id}/submission",
            "POST /v1/batches/{batch_id}/cancellation",
            "POST /v1/batches/{batch_id}/hand-over",
        ],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["POST /v1/batches/{batch_id}/closure"],
    },
    Row {
        roles: &[Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["POST /v1/batches/{batch_id}/decision"],
    },
    Row {
        roles: &[Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: Nothing,
        operations: &["POST /v1/batches/{batch_id}/results"],
    },
    Row {
        roles: &[Role::PaymentPartner],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &[
            "POST /v1/batches/{batch_id}/results",
            "GET /v1/batches/{batch_id}/file",
            "GET /v1/batches/{batch_id}",
            "GET /v1/batches/{batch_id}/reconciliation",
        ],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: &["GET /v1/batches/{batch_id}"],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: Nothing,
        operations: OF_BATCH,
    },
    Row { roles: &[Auditor], own: ITS_OWN, other_agency: FOR_ALL_AGENCIES, other_area: Nothing, operations: OF_BATCH },
    Row {
        roles: &[Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: &["GET /v1/batches/{batch_id}"],
    },
    Row {
        roles: &[SystemAdmin],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: &["PATCH /v1/agencies/{code}"],
    },
    // Who asked, who decided and who may decide look back on it.
    Row {
        roles: &[RegistrySteward],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: &["GET /v1/approvals/{task_id}"],
    },
    Row {
        roles: NEITHER_STEWARD_NOR_AUDITOR,
        own: NotTheirs,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["GET /v1/approvals/{task_id}"],
    },
    Row {
        roles: &[Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: &["GET /v1/approvals/{task_id}"],
    },
    Row {
        roles: Role::ALL,
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: &["GET /v1/jobs/{job_id}"],
    },
    Row {
        roles: &[RegistrySteward],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["POST /v1/jobs/{job_id}/cancellation"],
    },
    // A job is called off by the role that asked for it.
    Row {
        roles: ALL_BUT_STEWARD,
        own: NotTheirs,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["POST /v1/jobs/{job_id}/cancellation"],
    },
    Row {
        roles: &[RegistrySteward],
        own: ITS_OWN,
        other_agency: REGISTRY,
        other_area: NotTheirs,
        operations: &[
            "POST /v1/releases/{release_id}/reading",
            "POST /v1/releases/{release_id}/rejection",
            "POST /v1/releases/{release_id}/activation",
        ],
    },
    // Decided in the agency in which it was asked for.
    Row {
        roles: &[RegistrySteward],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["POST /v1/releases/{release_id}/activation/decision"],
    },
    // Taken back by the person who asked.
    Row {
        roles: &[RegistrySteward],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["DELETE /v1/releases/{release_id}/activation"],
    },
    Row {
        roles: &[RegistrySteward, Auditor],
        own: ITS_OWN,
        other_agency: REGISTRY,
        other_area: All("findings are of lines and comparisons of numbers, not of households"),
        operations: &[
            "GET /v1/releases/{release_id}/findings",
            "GET /v1/releases/{release_id}/findings.csv",
            "GET /v1/releases/{release_id}/findings/counts",
            "GET /v1/releases/{release_id}/comparison",
        ],
    },
    Row {
        roles: &[RegistrySteward, Auditor],
        own: Nothing,
        other_agency: Nothing,
        other_area: Nothing,
        operations: &["GET /v1/releases/{release_id}/comparison/extreme-movers"],
    },
    // A line that is set aside lies in no area that is known.
    Row {
        roles: &[RegistrySteward, Auditor],
        own: ITS_OWN,
        other_agency: REGISTRY,
        other_area: NotTheirs,
        operations: &["GET /v1/releases/{release_id}/set-aside/{file}/{line}"],
    },
    Row {
        roles: &[RegistrySteward, ProgramManager, FieldOfficer, CaseManager, Auditor],
        own: ITS_OWN,
        other_agency: BY_AREA,
        other_area: NotTheirs,
        operations: &["GET /v1/households/{household_id}", "GET /v1/households/{household_id}/history"],
    },
    // With a programme of the first agency as purpose.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: Refused("not-your-program"),
        other_area: NotTheirs,
        operations: &["GET /v1/households/{household_id}/aid"],
    },
    Row {
        roles: &[RegistrySteward, CaseManager, Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NotTheirs,
        operations: &["GET /v1/households/{household_id}/aid"],
    },
    // The programme is the purpose of the look, and a manager names one of the own agency.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: Refused("not-your-program"),
        other_area: NotTheirs,
        operations: &["POST /v1/programs/{program_id}/eligibility/explain"],
    },
    // The others name any: rules are no secret, and the household is one of the caller's areas.
    Row {
        roles: &[RegistrySteward, CaseManager, Auditor],
        own: ITS_OWN,
        other_agency: BY_AREA,
        other_area: NotTheirs,
        operations: &["POST /v1/programs/{program_id}/eligibility/explain"],
    },
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &[
            "PATCH /v1/programs/{program_id}",
            "POST /v1/programs/{program_id}/rules",
            "POST /v1/programs/{program_id}/periods",
            "POST /v1/programs/{program_id}/enrolments",
            "POST /v1/enrolments/{enrolment_id}/transitions",
            "POST /v1/disbursements",
            "POST /v1/disbursements/{disbursement_id}/payment",
            "POST /v1/disbursements/{disbursement_id}/failure",
            "POST /v1/disbursements/{disbursement_id}/reversal",
            "DELETE /v1/disbursements/{disbursement_id}/reversal",
            "POST /v1/programs/{program_id}/budgets",
            "POST /v1/payout-accounts/{account_id}/check",
            "POST /v1/payout-accounts/{account_id}/closure",
        ],
    },
    // An account is recorded in the caller's own books, of whoever lives in the areas.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: BY_AREA,
        other_area: NotTheirs,
        operations: &["POST /v1/payout-accounts"],
    },
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: BY_AREA,
        other_area: Nothing,
        operations: &["POST /v1/payout-accounts/bulk"],
    },
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: Nothing,
        other_area: Nothing,
        operations: &["POST /v1/payout-accounts/checks"],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["GET /v1/payout-accounts/{account_id}"],
    },
    Row {
        roles: &[Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NotTheirs,
        operations: &["GET /v1/payout-accounts/{account_id}"],
    },
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: Refused("forbidden"),
        other_area: NotTheirs,
        operations: &["PATCH /v1/pay-points/{pay_point_id}"],
    },
    Row {
        roles: &[PaymentPartner],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["PATCH /v1/pay-points/{pay_point_id}"],
    },
    Row {
        roles: &[Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &[
            "POST /v1/disbursements/{disbursement_id}/reversal/decision",
            "POST /v1/disbursements/{disbursement_id}/return",
        ],
    },
    // Books are an agency's as a whole; a sum is nobody's.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: &["POST /v1/funds/{fund_id}/entries", "POST /v1/budgets/{budget_id}/entries"],
    },
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: Refused("invalid-fields"),
        other_area: NO_AREA,
        operations: &["POST /v1/budgets"],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: BOOKS,
    },
    Row {
        roles: &[Coordinator, Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: BOOKS,
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: Nothing,
        other_area: NO_AREA,
        operations: &["GET /v1/programs/{program_id}/budgets"],
    },
    Row {
        roles: &[Coordinator, Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: &["GET /v1/programs/{program_id}/budgets"],
    },
    Row {
        roles: &[ProgramManager, Approver],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NO_AREA,
        operations: &["GET /v1/ledger/accounts/{account_id}/transfers"],
    },
    Row {
        roles: &[Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NO_AREA,
        operations: &["GET /v1/ledger/accounts/{account_id}/transfers"],
    },
    // A list or a sum over the own district, in which there is nobody.
    Row {
        roles: &[ProgramManager],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: Nothing,
        operations: &[
            "POST /v1/programs/{program_id}/eligibility/preview",
            "POST /v1/programs/{program_id}/enrolments/bulk",
            "POST /v1/programs/{program_id}/enrolments/from-eligible",
            "POST /v1/programs/{program_id}/enrolments/transitions",
            "POST /v1/disbursements/bulk",
            "POST /v1/disbursements/from-active",
            "POST /v1/disbursements/payments",
            "POST /v1/disbursements/failures",
        ],
    },
    Row {
        roles: &[ProgramManager],
        own: Nothing,
        other_agency: NotTheirs,
        other_area: Nothing,
        operations: &["GET /v1/programs/{program_id}/enrolments-no-longer-eligible"],
    },
    Row {
        roles: &[Auditor],
        own: Nothing,
        other_agency: Nothing,
        other_area: Nothing,
        operations: &["GET /v1/programs/{program_id}/enrolments-no-longer-eligible"],
    },
    Row {
        roles: &[Coordinator, RegistrySteward],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NotTheirs,
        operations: &["POST /v1/programs/{program_id}/exemptions"],
    },
    Row {
        roles: &[ProgramManager, Approver, CaseManager],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &[
            "GET /v1/enrolments/{enrolment_id}",
            "GET /v1/enrolments/{enrolment_id}/steps",
            "GET /v1/disbursements/{disbursement_id}",
            "GET /v1/disbursements/{disbursement_id}/steps",
            "GET /v1/disbursements/{disbursement_id}/receipt",
        ],
    },
    Row {
        roles: &[FieldOfficer],
        own: ITS_OWN,
        other_agency: NotTheirs,
        other_area: NotTheirs,
        operations: &["GET /v1/enrolments/{enrolment_id}", "GET /v1/enrolments/{enrolment_id}/steps"],
    },
    Row {
        roles: &[Auditor],
        own: ITS_OWN,
        other_agency: FOR_ALL_AGENCIES,
        other_area: NotTheirs,
        operations: &[
            "GET /v1/enrolments/{enrolment_id}",
            "GET /v1/enrolments/{enrolment_id}/steps",
            "GET /v1/disbursements/{disbursement_id}",
            "GET /v1/disbursements/{disbursement_id}/steps",
            "GET /v1/disbursements/{disbursement_id}/receipt",
        ],
    },
];

/// The row of an operation and a role.
fn row(operation: &str, role: Role) -> &'static Row {
    let rows: Vec<&Row> =
        TABLE.iter().filter(|row| row.operations.contains(&operation) && row.roles.contains(&role)).collect();
    assert_eq!(rows.len(), 1, "{operation} for {role:?} stands in one row");
    rows[0]
}

/// Whether an answer gives nothing away and tells of nothing done: no count but 0, which reads `"<5"` where it is of
/// households, and no row but refused ones.
fn is_empty(answer: &Value) -> bool {
    let counts = ["enrolled", "moved", "recorded", "standing", "checked", "eligible"];
    let rows = answer["items"].as_array().or(answer["samples"].as_array()).map(Vec::as_slice).unwrap_or_default();
    rows.iter().all(|row| row["code"].is_string())
        && counts.iter().all(|count| answer.get(count).is_none_or(|said| *said == 0 || *said == "<5"))
}

/// A house and its document, and what came out otherwise than it should.
struct Walk {
    house: Furnished,
    document: Value,
    faults: Vec<String>,
}

impl Walk {
    /// Asks, and holds the answer against what is to be told. What is told all is tried only, where it can be; what is
    /// not would be done for real, and is seen not to be.
    async fn ask(&mut self, operation: &Operation, actor: &Actor, told: Told, who: &str) {
        let tried = matches!(told, All(_)) && operation.can_be_tried();
        let path = self.house.path(operation) + if tried { "?dry_run=true" } else { "" };
        let body = self.house.body(operation, &self.document);
        let before = self.house.fingerprint().await;
        let reply = operation.send(actor, &path, body.as_ref()).await;
        let untouched = self.house.fingerprint().await == before;
        let as_told = match told {
            All(_) => reply.status.is_success(),
            NotTheirs => matches!(reply.status.as_u16(), 403 | 404),
            Refused(code) => reply.json()["code"] == code,
            Nothing => reply.status.is_success() && is_empty(&reply.json()),
        };
        if !as_told || !untouched {
            let role = actor.identity.as_ref().unwrap().role;
            let Reply { status, text, .. } = reply;
            let done = if untouched { "" } else { ", and something was changed" };
            let due = if let All(reason) = told { format!("all, since {reason}") } else { format!("{told:?}") };
            self.faults.push(format!("{} by {role:?} of {who}: {status}{done}, not {due}: {text}", operation.name()));
        }
    }
}

#[tokio::test]
async fn who_is_of_another_agency_or_for_another_area_is_refused_what_is_not_everybody_s() {
    let mut walk = Walk { house: Furnished::set().await, document: document(), faults: Vec::new() };
    let mut strangers = HashMap::new();
    for role in Role::ALL {
        let api = &walk.house.stage.api;
        let other_agency = api.actor(*role, "dinkes", &["35.26"]).await;
        strangers.insert(*role, (other_agency, api.actor(*role, "dinsos", &["35.26.18"]).await));
    }
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    TABLE.iter().flat_map(|row| row.operations).for_each(|name| *rows.entry(*name).or_default() += 1);
    for operation in operations(&walk.document.clone()).iter().filter(|operation| operation.needs_token()) {
        if !walk.house.works_on_something(operation, &walk.document) {
            continue;
        }
        let name = operation.name();
        for role in permissions::roles_of(&name) {
            let row = row(&name, *role);
            let rightful = walk.house.rightful(*role, operation).await;
            let (other_agency, other_area) = &strangers[role];
            walk.ask(operation, other_agency, row.other_agency, "another agency").await;
            walk.ask(operation, other_area, row.other_area, "another area").await;
            walk.ask(operation, &rightful, row.own, "the agency itself").await;
        }
        rows.remove(name.as_str());
    }
    assert!(walk.faults.is_empty(), "{}", walk.faults.join("\n"));
    assert!(rows.is_empty(), "these are no such operations any more: {rows:?}");
}
