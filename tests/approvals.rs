//! Four eyes: whose word counts, under which policy, and what is on record of it. Where no route asks for a policy yet,
//! the service function is asked, over real PostgreSQL.

use crate::support::{Actor, Api};
use sejahtera::platform::{
    approvals::{self, ApprovalTask, Decision, NewTask, Quorum},
    auth::{Principal, Role},
    db::Db,
    problem::Outcome,
};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const KIND: &str = "test.wish";

/// A service, and a way past its routes.
struct Desk {
    api: Arc<Api>,
    db: Db,
    subject: Uuid,
}

fn principal(actor: &Actor) -> Principal {
    Principal::resumed(actor.identity.clone().unwrap(), Uuid::now_v7())
}

fn code<T: std::fmt::Debug>(outcome: Outcome<T>) -> &'static str {
    outcome.unwrap_err().code.code
}

impl Desk {
    async fn open() -> Self {
        let api = Api::start().await;
        let db = Db::new(&api.settings.database_url, 2).unwrap();
        Self { api, db, subject: Uuid::now_v7() }
    }

    async fn approvers<const COUNT: usize>(&self) -> [Actor; COUNT] {
        let mut actors = Vec::new();
        for _ in 0..COUNT {
            actors.push(self.api.actor(Role::Approver, "dinsos", &["35.26"]).await);
        }
        actors.try_into().unwrap_or_else(|_| unreachable!())
    }

    async fn ask(&self, asker: &Actor, quorum: Quorum, excluded: &[&Actor]) -> Outcome<ApprovalTask> {
        let caller = principal(asker);
        let task = NewTask {
            kind: KIND,
            subject_id: self.subject,
            needs_role: Role::Approver,
            quorum,
            excluded: excluded.iter().map(|actor| actor.person()).collect(),
            payload: json!({}),
            village_code: None,
            reason: Some("Perlu dua orang".to_owned()),
        };
        self.db.act(&caller, async |tx| approvals::request(tx, &caller, task).await).await
    }

    async fn decide(&self, actor: &Actor, approve: bool) -> Outcome<String> {
        let caller = principal(actor);
        let decision = Decision { approve, reason: (!approve).then(|| "Belum lengkap".to_owned()) };
        let decided = async |tx: &mut _| approvals::decide(tx, &caller, KIND, self.subject, &decision).await;
        self.db.act(&caller, decided).await.map(|task| task.state.to_string())
    }

    async fn events(&self) -> Vec<String> {
        self.api.rows("SELECT kind, payload ->> 'state', agency_code FROM outbox_events WHERE kind LIKE 'approval.%' ORDER BY event_id").await
    }

    /// Writes a decision without the service, in the lane of this subject; answers the constraint that refused it.
    async fn write(&self, subject: &str, task: Uuid, person: Uuid) -> Option<String> {
        let application = self.api.database.application().await;
        let lane = format!(
            "BEGIN; SET LOCAL app.role = 'approver'; SET LOCAL app.agency = 'dinsos'; SET LOCAL app.subject = '{subject}'"
        );
        application.batch_execute(&lane).await.unwrap();
        let sql = "INSERT INTO approval_decisions (task_id, person_id, approve) VALUES ($1, $2, true)";
        let refused = application.execute(sql, &[&task, &person]).await.err()?;
        Some(refused.as_db_error().unwrap().constraint().unwrap_or("none").to_owned())
    }
}

#[tokio::test]
async fn any_one_of_the_role_is_enough() {
    let desk = Desk::open().await;
    let [asker, one, two] = desk.approvers().await;
    desk.ask(&asker, Quorum::AnyOne, &[]).await.unwrap();
    assert_eq!(code(desk.ask(&two, Quorum::AnyOne, &[]).await), "approval-already-open");
    assert_eq!(code(desk.decide(&asker, true).await), "needs-another-person");
    assert_eq!(desk.decide(&one, true).await.unwrap(), "approved");
    assert_eq!(code(desk.decide(&two, true).await), "not-found");
}

#[tokio::test]
async fn of_those_who_were_named_every_one_must_agree_and_nobody_else_counts() {
    let desk = Desk::open().await;
    let [asker, preparer, one, two, other] = desk.approvers().await;
    for own in [&asker, &preparer] {
        let quorum = Quorum::AllOf(vec![one.person(), own.person()]);
        assert_eq!(code(desk.ask(&asker, quorum, &[&preparer]).await), "needs-another-person");
    }
    assert_eq!(code(desk.ask(&asker, Quorum::AllOf(Vec::new()), &[]).await), "internal-error");
    let quorum = Quorum::AllOf(vec![one.person(), two.person(), one.person()]);
    assert_eq!(desk.ask(&asker, quorum, &[&preparer]).await.unwrap().needed, 2);
    assert_eq!(code(desk.decide(&other, true).await), "forbidden");
    assert_eq!(desk.decide(&one, true).await.unwrap(), "open");
    assert_eq!(code(desk.decide(&one, true).await), "already-decided");
    assert_eq!(desk.decide(&two, true).await.unwrap(), "approved");
}

#[tokio::test]
async fn so_many_must_agree_and_one_who_refuses_ends_it() {
    let desk = Desk::open().await;
    let [asker, one, two, three] = desk.approvers().await;
    assert_eq!(code(desk.ask(&asker, Quorum::SoMany(0), &[]).await), "internal-error");
    desk.ask(&asker, Quorum::SoMany(3), &[]).await.unwrap();
    for decider in [&one, &two] {
        assert_eq!(desk.decide(decider, true).await.unwrap(), "open");
    }
    assert_eq!(desk.decide(&three, false).await.unwrap(), "rejected");
    // What was refused is not asked of fewer the next time.
    assert_eq!(code(desk.ask(&asker, Quorum::SoMany(2), &[]).await), "quorum-lowered");
    desk.ask(&asker, Quorum::SoMany(3), &[]).await.unwrap();
    for decider in [&one, &two] {
        assert_eq!(desk.decide(decider, true).await.unwrap(), "open");
    }
    assert_eq!(desk.decide(&three, true).await.unwrap(), "approved");
}

#[tokio::test]
async fn two_who_agree_at_once_are_both_counted() {
    let desk = Desk::open().await;
    let [asker, one, two] = desk.approvers().await;
    desk.ask(&asker, Quorum::SoMany(2), &[]).await.unwrap();
    let (first, second) = futures::join!(desk.decide(&one, true), desk.decide(&two, true));
    let mut states = [first.unwrap(), second.unwrap()];
    states.sort();
    assert_eq!(states, ["approved", "open"]);
}

#[tokio::test]
async fn the_database_refuses_whoever_may_not_decide() {
    let desk = Desk::open().await;
    let [asker, preparer, one, two, other] = desk.approvers().await;
    let quorum = Quorum::AllOf(vec![one.person(), two.person()]);
    let task = desk.ask(&asker, quorum, &[&preparer]).await.unwrap().task_id;
    let subject = |actor: &Actor| actor.identity.clone().unwrap().subject;
    let refused = |constraint: &str| Some(constraint.to_owned());
    let own = async |actor: &Actor| desk.write(&subject(actor), task, actor.person()).await;
    assert_eq!(own(&asker).await, refused("approval_by_another_person"));
    assert_eq!(own(&preparer).await, refused("approval_by_another_person"));
    assert_eq!(own(&other).await, refused("approval_by_who_was_named"));
    assert_eq!(desk.write("client:robot", task, one.person()).await, refused("approval_by_a_person"));
    assert_eq!(desk.write(&subject(&asker), task, one.person()).await, refused("approval_by_a_person"));
    assert_eq!(own(&one).await, None);
    desk.decide(&one, true).await.unwrap();
    assert_eq!(own(&one).await, refused("approval_decisions_pkey"));
    // Nor does it take an end that was not decided.
    for (state, allowed) in [("approved", false), ("rejected", false), ("withdrawn", false)] {
        let owner = desk.api.database.owner().await;
        let done = owner.batch_execute(&format!("UPDATE approval_tasks SET state = '{state}'")).await;
        assert_eq!(done.is_ok(), allowed, "{state}");
    }
    desk.decide(&two, true).await.unwrap();
    assert_eq!(own(&two).await, refused("approval_is_open"));
    let owner = desk.api.database.owner().await;
    assert!(owner.batch_execute("UPDATE approval_tasks SET state = 'open', closed_at = NULL").await.is_err());
}

#[tokio::test]
async fn a_machine_neither_asks_nor_decides() {
    let desk = Desk::open().await;
    let [asker, one] = desk.approvers().await;
    let mut identity = one.identity.clone().unwrap();
    (identity.subject, identity.person) = ("client:robot".to_owned(), None);
    let machine = Actor::new(desk.api.clone(), identity);
    assert_eq!(code(desk.ask(&machine, Quorum::AnyOne, &[]).await), "forbidden");
    desk.ask(&asker, Quorum::AnyOne, &[]).await.unwrap();
    assert_eq!(code(desk.decide(&machine, true).await), "forbidden");
}

#[tokio::test]
async fn what_was_asked_and_decided_is_told_by_events() {
    let desk = Desk::open().await;
    let [asker, one, two] = desk.approvers().await;
    desk.ask(&asker, Quorum::SoMany(2), &[]).await.unwrap();
    desk.decide(&one, true).await.unwrap();
    desk.decide(&two, false).await.unwrap();
    desk.ask(&asker, Quorum::SoMany(2), &[]).await.unwrap();
    let caller = principal(&asker);
    let back = async |tx: &mut _| approvals::withdraw(tx, &caller, KIND, desk.subject).await;
    desk.db.act(&caller, back).await.unwrap();
    // A decision that is refused leaves none.
    desk.decide(&one, true).await.unwrap_err();
    let told = ["requested|open", "decided|open", "decided|rejected", "requested|open", "withdrawn|withdrawn"];
    assert_eq!(desk.events().await, told.map(|event| format!("approval.{event}|dinsos")));
}

#[tokio::test]
async fn an_approval_is_read_after_it_was_closed_by_those_who_may_know_of_it() {
    let desk = Desk::open().await;
    let [one, two] = desk.approvers().await;
    let asker = desk.api.manager_of("dinsos").await;
    let task = desk.ask(&asker, Quorum::SoMany(2), &[]).await.unwrap().task_id;
    desk.decide(&one, true).await.unwrap();
    desk.decide(&two, false).await.unwrap();
    let path = format!("/v1/approvals/{task}");
    let read = one.get(&path).await.ok();
    assert_eq!(
        (&read["policy"], &read["needed"], &read["state"], &read["requested_by"], &read["reason"]),
        (&json!("n_of"), &json!(2), &json!("rejected"), &json!(asker.person()), &json!("Perlu dua orang"))
    );
    let of = |index: usize| {
        let decision = &read["decisions"][index];
        assert!(decision["decided_at"].is_string(), "{decision}");
        (decision["person_id"].clone(), decision["approve"].clone(), decision["reason"].clone())
    };
    assert_eq!(of(0), (json!(one.person()), json!(true), Value::Null));
    assert_eq!(of(1), (json!(two.person()), json!(false), json!("Belum lengkap")));
    let auditor = desk.api.auditor().await;
    for knows in [&asker, &two, &auditor] {
        assert_eq!(knows.get(&path).await.ok(), read);
        assert_eq!(knows.get("/v1/approvals?state=rejected").await.ok()["items"], json!([read]));
        assert_eq!(knows.get("/v1/approvals").await.ok()["items"], json!([]));
    }
    let colleague = desk.api.manager_of("dinsos").await;
    let elsewhere = desk.api.actor(Role::Approver, "dinkes", &["35.26"]).await;
    for other in [&colleague, &elsewhere] {
        other.get(&path).await.refused("not-found");
        assert_eq!(other.get("/v1/approvals?state=rejected").await.ok()["items"], json!([]));
    }
}
