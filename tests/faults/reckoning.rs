//! What must hold when all is over: the database against every client's record, and against itself.

use super::{
    client::{Client, Desk},
    record::Fact,
    town::AMOUNT_IDR,
};
use crate::support::{Api, aid::id, database::TestDatabase};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

/// What would be a second payment, or half of one, each with the question that finds it.
const NEVER: &[(&str, &str)] = &[
    (
        "an enrolment and month that are paid twice",
        "SELECT enrolment_id, period_id FROM disbursements WHERE state IN ('planned', 'paid')
         GROUP BY enrolment_id, period_id HAVING count(*) > 1",
    ),
    (
        "a beneficiary and month that are paid twice",
        "SELECT e.program_id, coalesce(e.individual_id, e.household_id), d.period_id
         FROM disbursements d JOIN enrolments e USING (household_id, enrolment_id) WHERE d.state IN ('planned', 'paid')
         GROUP BY e.program_id, coalesce(e.individual_id, e.household_id), d.period_id HAVING count(*) > 1",
    ),
    (
        "a payment that stands without its claim, or a claim without its payment",
        "SELECT disbursement_id FROM (SELECT * FROM disbursements WHERE state IN ('planned', 'paid')) d
         FULL JOIN payment_claims c USING (disbursement_id) WHERE d.state IS NULL OR c.period_id IS DISTINCT FROM d.period_id",
    ),
    (
        "a line of a batch that made two payments",
        "SELECT batch_id, enrolment_id FROM disbursements WHERE batch_id IS NOT NULL
         GROUP BY batch_id, enrolment_id HAVING count(*) > 1",
    ),
    (
        "a batch whose payments are not its lines",
        "SELECT b.batch_id FROM batches b LEFT JOIN disbursements d USING (batch_id) GROUP BY b.batch_id
         HAVING count(d.disbursement_id) <> CASE WHEN b.approved_at IS NULL THEN 0 ELSE b.lines END",
    ),
    (
        "a payment whose steps are not a way to where it stands, each with its event",
        "SELECT d.disbursement_id FROM disbursements d
         JOIN (SELECT disbursement_id, count(*) AS steps, max(step_no) AS last, (array_agg(to_state ORDER BY step_no DESC))[1] AS state
               FROM disbursement_steps GROUP BY disbursement_id) s USING (disbursement_id)
         LEFT JOIN (SELECT subject_id, count(*) AS events FROM outbox_events
                    WHERE kind IN ('disbursement.created', 'disbursement.moved') GROUP BY subject_id) o
             ON o.subject_id = d.disbursement_id
         WHERE (s.steps, s.last, s.state, o.events) IS DISTINCT FROM (d.version::bigint, d.version, d.state, d.version::bigint)",
    ),
    ("a key that made two payments", "SELECT external_reference FROM disbursements WHERE external_reference IS NOT NULL GROUP BY external_reference HAVING count(*) > 1"),
];

/// Holds all against all, and prints what was done.
pub async fn settle(api: &Arc<Api>, desk: &Desk, clients: &[Client]) {
    let repeated = repeat_all(clients).await;
    let owner = api.database.owner().await;
    for (what, question) in NEVER {
        let found = owner.query(*question, &[]).await.unwrap().len();
        if found > 0 {
            desk.deviates(format!("{what}: {found}"));
        }
    }
    let books = Books::read(&api.database).await;
    let mut facts = 0;
    for client in clients {
        let record = client.record.lock().unwrap();
        facts += record.facts.len();
        for fact in record.facts.iter().filter(|fact| !books.know(fact)) {
            desk.deviates(format!("it was acknowledged, and is not there: {fact:?}"));
        }
        let granted: HashSet<&String> = record
            .kept
            .iter()
            .filter(|kept| kept.answer.is_done())
            .filter_map(|kept| kept.asked.key.as_ref())
            .collect();
        for key in record.refused.iter().filter(|key| !granted.contains(key) && books.references.contains(*key)) {
            desk.deviates(format!("it was refused, and is there: {key}"));
        }
    }
    budgets_hold(api, desk, clients).await;
    proof_holds(api, desk).await;
    let transfers: i64 = api.database.value("SELECT count(*) FROM ledger_transfers").await;
    eprintln!("{}faults: seed {}: {}", desk.counts(), desk.seed, desk.so_far());
    eprintln!("faults: {facts} facts held against the database, {repeated} keys sent again at the end");
    eprintln!("faults: {} payments, {} batches, {transfers} transfers", books.payments.len(), books.batches.len());
}

/// Sends every key again: each gets its first answer. How many there were.
async fn repeat_all(clients: &[Client]) -> usize {
    let kept = clients.iter().flat_map(|client| {
        let kept = client.record.lock().unwrap().kept.clone();
        kept.into_iter().map(move |kept| (client, kept))
    });
    let repeated = stream::iter(kept).map(async |(client, kept)| {
        let answer = client.ask(client.asker_of(&kept.asked), &kept.asked).await;
        client.hold_to(&kept, &answer);
    });
    repeated.buffer_unordered(32).count().await
}

/// What the database has.
struct Books {
    payments: HashMap<Uuid, (Uuid, Uuid, i64)>,
    steps: HashMap<(Uuid, i32), String>,
    batches: HashMap<Uuid, (i32, String)>,
    batch_events: HashSet<(Uuid, String)>,
    derived: HashMap<Uuid, i64>,
    tasks: HashMap<Uuid, String>,
    references: HashSet<String>,
}

impl Books {
    async fn read(database: &TestDatabase) -> Self {
        let owner = database.owner().await;
        let rows = async |sql: &str| owner.query(sql, &[]).await.unwrap();
        let payments =
            rows("SELECT disbursement_id, enrolment_id, period_id, amount_idr, external_reference FROM disbursements")
                .await;
        let steps = rows("SELECT disbursement_id, step_no, to_state FROM disbursement_steps").await;
        let batches = rows("SELECT batch_id, version, state FROM batches").await;
        let events = rows(
            "SELECT subject_id, CASE kind WHEN 'batch.created' THEN 'draft' ELSE payload ->> 'state' END FROM outbox_events
             WHERE kind IN ('batch.created', 'batch.moved')",
        );
        let derived = rows("SELECT batch_id, count(*) FROM disbursements WHERE batch_id IS NOT NULL GROUP BY batch_id");
        let tasks = rows("SELECT task_id, state FROM approval_tasks");
        Self {
            references: payments.iter().filter_map(|row| row.get(4)).collect(),
            payments: payments.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3)))).collect(),
            steps: steps.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect(),
            batches: batches.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect(),
            batch_events: events.await.iter().map(|row| (row.get(0), row.get(1))).collect(),
            derived: derived.await.iter().map(|row| (row.get(0), row.get(1))).collect(),
            tasks: tasks.await.iter().map(|row| (row.get(0), row.get(1))).collect(),
        }
    }

    fn know(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Step { disbursement, step_no, state } => self.steps.get(&(*disbursement, *step_no)) == Some(state),
            Fact::Made { disbursement, enrolment, period, amount } => {
                self.payments.get(disbursement) == Some(&(*enrolment, *period, *amount))
            }
            // Planned, and then what was reported; returned after it was paid.
            Fact::Reported { disbursement, state } => {
                (2..=3).any(|step_no| self.steps.get(&(*disbursement, step_no)) == Some(state))
            }
            Fact::Batch { batch, version, state } => {
                let stands = self.batches.get(batch);
                stands.is_some_and(|(now, there)| now > version || (now, there) == (version, state))
                    && self.batch_events.contains(&(*batch, state.clone()))
            }
            Fact::Derived { batch, payments } => self.derived.get(batch) == Some(payments),
            // What is closed stays as it was closed.
            Fact::Task { task, state } => self.tasks.get(task).is_some_and(|there| state == "open" || there == state),
        }
    }
}

/// What each budget says of itself, against the payments that draw on it.
async fn budgets_hold(api: &Arc<Api>, desk: &Desk, clients: &[Client]) {
    for budget in &desk.town.budgets {
        let told = clients[0].read(format!("/v1/budgets/{budget}")).await;
        let amount = |field: &str| told[field].as_i64().unwrap();
        let count = async |state: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM disbursements WHERE budget_id = '{budget}' AND state = '{state}'");
            api.database.value(&sql).await
        };
        let (planned, paid) = (count("planned").await * AMOUNT_IDR, count("paid").await * AMOUNT_IDR);
        let expected = [amount("amount_idr") - planned - paid, planned, paid];
        let said =
            [amount("available_idr"), amount("committed_idr") + amount("in_transit_idr"), amount("delivered_idr")];
        if said != expected || said[0] < 0 {
            desk.deviates(format!("a budget says {said:?}, and its payments are {expected:?}: {told}"));
        }
    }
}

async fn proof_holds(api: &Arc<Api>, desk: &Desk) {
    let auditor = api.auditor().await;
    let job = auditor.post("/v1/ledger/proof", json!({})).await.accepted();
    let proved = auditor.wait_for(id(&job, "job_id")).await;
    let checked: i64 = proved["result"]["checks"].as_array().into_iter().flatten().filter_map(checked).sum();
    if proved["result"]["holds"] != true || checked == 0 {
        desk.deviates(format!("the books do not hold: {proved:#}"));
    }
    eprintln!("faults: the proof of the books checked {checked} rows");
}

fn checked(check: &Value) -> Option<i64> {
    check["checked"].as_i64()
}
