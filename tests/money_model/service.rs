//! The service beside the model: asks it what a step says, and has it tell where everything stands in the model's own words.

use super::{
    model::{AGENCIES, HOUSEHOLDS, Model, PARTNERS},
    step::{Common, Day, Row, Step, Who},
};
use crate::support::{
    Actor, Reply,
    aid::{Scheme, Stage},
    batches::{POST, partner, pay_point},
    payouts,
};
use reqwest::Method;
use sejahtera::platform::auth::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A request that made something under a key, and what it was answered.
pub struct Keyed {
    who: Who,
    key: String,
    path: String,
    body: Value,
    pub status: u16,
    pub answer: Value,
}

pub struct Service {
    pub stage: Stage,
    actors: Vec<(Who, Actor)>,
    auditor: Actor,
    /// Ids by kind, in the order of the model's lists.
    pub ids: BTreeMap<char, Vec<String>>,
    /// The other way round, with the kind before the number: `b2`.
    pub names: HashMap<String, String>,
    pub keyed: Vec<Keyed>,
}

impl Service {
    /// The model's world as it is before anything is asked of money.
    pub async fn begin(model: &Model) -> Self {
        let stage = Stage::set().await;
        let api = stage.api.clone();
        let mut actors = Vec::new();
        for (number, agency) in AGENCIES.into_iter().enumerate() {
            for person in 0..2 {
                let manager = api.manager_of(agency).await;
                if person == 0 {
                    let mut twin = manager.identity.clone().unwrap();
                    twin.role = Role::Approver;
                    actors.push((Who::Twin(number), Actor::new(api.clone(), twin)));
                }
                actors.push((Who::Manager(number, person), manager));
            }
            for person in 0..3 {
                let approver = api.actor(Role::Approver, agency, &["35.26"]).await;
                actors.push((Who::Approver(number, person), approver));
            }
        }
        for (number, (code, kind)) in PARTNERS.into_iter().zip(["bank", "postal"]).enumerate() {
            actors.push((Who::Partner(number), partner(&api, code, kind).await));
        }
        let auditor = api.auditor().await;
        actors.push((Who::Auditor, auditor.clone()));
        pay_point(&api, POST, "35.26").await;
        let mut service =
            Self { stage, actors, auditor, ids: BTreeMap::new(), names: HashMap::new(), keyed: Vec::new() };
        service.settle(model).await;
        service
    }

    async fn settle(&mut self, model: &Model) {
        let mut schemes = Vec::new();
        for program in &model.programs {
            let changes = json!({ "kind": if program.goods { "in_kind" } else { "cash" },
                "funding": if program.reported { "reported" } else { "managed" },
                "cadence": if program.once { "once" } else { "monthly" }, "amount_idr": program.amount });
            let scheme = Scheme::make(self.actor(Who::Manager(program.agency, 0)), program.code, changes).await;
            self.know('g', &scheme.id);
            self.names.insert(program.code.to_owned(), self.names[&scheme.id].clone());
            schemes.push(scheme);
        }
        for (number, (program, starts_on)) in model.periods.iter().enumerate() {
            let ends_on = if number % 2 == 0 { "2026-03-31" } else { "2026-06-30" };
            let body = json!({ "label": format!("T{number}"), "fiscal_year": 2026, "starts_on": starts_on, "ends_on": ends_on });
            let scheme = &schemes[*program];
            let made = scheme.manager.post(&format!("/v1/programs/{}/periods", scheme.id), body).await.created();
            self.know('t', made["period_id"].as_str().unwrap());
        }
        let households = self.stage.households(&[1; HOUSEHOLDS]).await;
        for enrolment in &model.enrolments {
            let id = schemes[enrolment.program].active(&households[enrolment.household]).await;
            self.know('e', &id);
        }
        for (number, (agency, household)) in model.accounts.keys().enumerate() {
            let manager = self.actor(Who::Manager(*agency, 0));
            let person = households[*household].member_ids[0];
            payouts::record(manager, person, &format!("60130000000{number:05}")).await.created();
        }
    }

    pub fn actor(&self, who: Who) -> &Actor {
        self.actors.iter().find(|(one, _)| *one == who).map(|(_, actor)| actor).unwrap()
    }

    /// Gives an id the next number of its kind.
    pub fn know(&mut self, kind: char, id: &str) {
        let known = self.ids.entry(kind).or_default();
        self.names.insert(id.to_owned(), format!("{kind}{}", known.len()));
        known.push(id.to_owned());
    }

    fn id(&self, kind: char, number: usize) -> &str {
        &self.ids[&kind][number]
    }

    /// Under a key of its own, which is kept where something was made.
    async fn once(&mut self, who: Who, path: String, body: Value) -> Reply {
        let key = Uuid::now_v7().to_string();
        let reply = self.actor(who).post_once(&key, &path, &body).await;
        if reply.status.is_success() {
            let (status, answer) = (reply.status.as_u16(), reply.json());
            self.keyed.push(Keyed { who, key, path, body, status, answer });
        }
        reply
    }

    async fn seen(&self, who: Who, path: String, version: i64, body: Value) -> Reply {
        self.actor(who).post_seen(&path, version, body).await
    }

    async fn delete(&self, who: Who, path: String) -> Reply {
        Reply::of(self.actor(who).request(Method::DELETE, &path)).await
    }

    fn of_payment(&self, payment: usize, rest: &str) -> String {
        format!("/v1/disbursements/{}/{rest}", self.id('d', payment))
    }

    fn of_batch(&self, batch: usize, rest: &str) -> String {
        format!("/v1/batches/{}/{rest}", self.id('k', batch))
    }

    fn budget(&self, budget: Option<usize>) -> Value {
        json!(budget.map(|budget| self.id('b', budget)))
    }

    /// What a list of payments has in common.
    fn payday(&self, common: &Common) -> Value {
        json!({ "program_id": self.id('g', common.program), "period_id": self.id('t', common.period),
            "state": if common.paid { "paid" } else { "planned" }, "paid_on": common.day.date(), "budget_id": self.budget(common.budget) })
    }

    /// Asks what the step says.
    pub async fn ask(&mut self, model: &Model, step: &Step) -> Reply {
        match *step {
            Step::NewFund { who, code, amount } => {
                let shared = if let Who::Manager(0, _) = who { &AGENCIES[1..] } else { &[] };
                let body = json!({ "code": format!("APBD-{code}"), "name": "APBD", "source": "apbd_regency", "fiscal_year": 2026,
                    "amount_idr": amount, "legal_basis": "Perda 7/2025", "shared_with": shared });
                self.once(who, "/v1/funds".to_owned(), body).await
            }
            Step::NewBudget { who, fund, line, amount } => {
                let body = json!({ "fund_id": self.id('f', fund), "line": format!("5.4.{line}"), "name": "Bantuan",
                    "amount_idr": amount, "legal_basis": "DPA 2026" });
                self.once(who, "/v1/budgets".to_owned(), body).await
            }
            Step::ReviseFund { who, fund, amount } => {
                let path = format!("/v1/funds/{}/entries", self.id('f', fund));
                self.once(who, path, entry(amount)).await
            }
            Step::ReviseBudget { who, budget, amount } => {
                let path = format!("/v1/budgets/{}/entries", self.id('b', budget));
                self.once(who, path, entry(amount)).await
            }
            Step::Link { who, program, budget } => {
                let path = format!("/v1/programs/{}/budgets", self.id('g', program));
                self.actor(who).post(&path, json!({ "budget_id": self.id('b', budget) })).await
            }
            Step::Enrolment { enrolment, active } => {
                let manager = self.actor(Who::Manager(model.programs[model.enrolments[enrolment].program].agency, 0));
                let (to, version) =
                    (if active { "active" } else { "suspended" }, model.enrolments[enrolment].version - 1);
                crate::support::aid::step(manager, self.id('e', enrolment), version, to).await
            }
            Step::Again { which, otherwise } => {
                let Keyed { who, key, path, body, .. } = &self.keyed[which];
                let body = if otherwise { another(body) } else { body.clone() };
                self.actor(*who).post_once(key, path, body).await
            }
            Step::Record { .. } | Step::RecordList { .. } | Step::RecordAll { .. } => self.ask_record(step).await,
            Step::PayList { .. } | Step::FailList { .. } => self.ask_list(step).await,
            Step::Prepare { .. }
            | Step::Freeze { .. }
            | Step::Submit { .. }
            | Step::Withdraw { .. }
            | Step::Decide { .. } => self.ask_batch(step).await,
            Step::HandOver { .. } | Step::Report { .. } | Step::Close { .. } | Step::Cancel { .. } => {
                self.ask_batch(step).await
            }
            _ => self.ask_single(step).await,
        }
    }

    async fn ask_record(&mut self, step: &Step) -> Reply {
        match step {
            Step::Record { who, enrolment, amount, common } => {
                let mut body = self.payday(common);
                body.as_object_mut().unwrap().remove("program_id");
                (body["enrolment_id"], body["amount_idr"]) = (json!(self.id('e', *enrolment)), json!(amount));
                self.once(*who, "/v1/disbursements".to_owned(), body).await
            }
            Step::RecordList { who, common, rows } => {
                let row = |(enrolment, amount): &(usize, Option<i64>)| json!({ "enrolment_id": self.id('e', *enrolment), "amount_idr": amount });
                let body = json!({ "common": self.payday(common), "items": rows.iter().map(row).collect::<Vec<_>>() });
                self.once(*who, "/v1/disbursements/bulk".to_owned(), body).await
            }
            Step::RecordAll { who, amount, common } => {
                let mut body = self.payday(common);
                body["amount_idr"] = json!(amount);
                self.once(*who, "/v1/disbursements/from-active".to_owned(), body).await
            }
            _ => unreachable!(),
        }
    }

    async fn ask_list(&mut self, step: &Step) -> Reply {
        let common = |program: &usize| json!({ "program_id": self.id('g', *program) });
        match step {
            Step::PayList { who, program, rows } => {
                let row = |(payment, day): &(usize, Day)| json!({ "disbursement_id": self.id('d', *payment), "paid_on": day.date() });
                let body = json!({ "common": common(program), "items": rows.iter().map(row).collect::<Vec<_>>() });
                self.once(*who, "/v1/disbursements/payments".to_owned(), body).await
            }
            Step::FailList { who, program, rows } => {
                let row =
                    |payment: &usize| json!({ "disbursement_id": self.id('d', *payment), "reason": "Tidak ditemukan" });
                let body = json!({ "common": common(program), "items": rows.iter().map(row).collect::<Vec<_>>() });
                self.once(*who, "/v1/disbursements/failures".to_owned(), body).await
            }
            _ => unreachable!(),
        }
    }

    async fn ask_single(&mut self, step: &Step) -> Reply {
        let reason = json!({ "reason": "Salah rekening" });
        match *step {
            Step::Pay { who, payment, seen, day } => {
                let body = json!({ "paid_on": day.date() });
                self.seen(who, self.of_payment(payment, "payment"), seen, body).await
            }
            Step::Fail { who, payment, seen } => {
                self.seen(who, self.of_payment(payment, "failure"), seen, reason).await
            }
            Step::Return { who, payment } => self.once(who, self.of_payment(payment, "return"), reason).await,
            Step::AskReversal { who, payment } => {
                self.actor(who).post(&self.of_payment(payment, "reversal"), reason).await
            }
            Step::DecideReversal { who, payment, yes } => {
                let decision = json!({ "approve": yes, "reason": "Diperiksa" });
                self.actor(who).post(&self.of_payment(payment, "reversal/decision"), decision).await
            }
            Step::WithdrawReversal { who, payment } => self.delete(who, self.of_payment(payment, "reversal")).await,
            _ => unreachable!(),
        }
    }

    async fn ask_batch(&mut self, step: &Step) -> Reply {
        match *step {
            Step::Prepare { who, partner, amount, common } => {
                let body = json!({ "program_id": self.id('g', common.program), "period_id": self.id('t', common.period),
                    "partner_code": partner.map_or(AGENCIES[0], |partner| PARTNERS[partner]), "decree_number": "SK 460/12/2026",
                    "decree_date": "2026-03-02", "amount_idr": amount, "budget_id": self.budget(common.budget) });
                self.once(who, "/v1/batches".to_owned(), body).await
            }
            Step::Freeze { who, batch, seen, amount } => {
                self.seen(who, self.of_batch(batch, "freezing"), seen, json!({ "amount_idr": amount })).await
            }
            Step::Submit { who, batch, seen, needed, ref named } => {
                let named: Vec<Uuid> = named.iter().map(|one| self.actor(*one).person()).collect();
                let body = json!({ "reason": "Sesuai SK", "needed": needed, "named": named });
                self.seen(who, self.of_batch(batch, "submission"), seen, body).await
            }
            Step::Withdraw { who, batch } => self.delete(who, self.of_batch(batch, "submission")).await,
            Step::Decide { who, batch, yes } => {
                let decision = json!({ "approve": yes, "reason": "Diperiksa" });
                self.actor(who).post(&self.of_batch(batch, "decision"), decision).await
            }
            Step::HandOver { who, batch, seen } => {
                self.seen(who, self.of_batch(batch, "hand-over"), seen, json!({})).await
            }
            Step::Report { who, batch, partial, ref rows } => {
                let rows: Vec<Value> = rows.iter().map(|row| self.result(row)).collect();
                let body = json!({ "common": { "partial": partial }, "items": rows });
                self.actor(who).post(&self.of_batch(batch, "results"), body).await
            }
            Step::Close { who, batch, seen, fail } => {
                let body = if fail { json!({ "fail_outstanding": "Batas waktu" }) } else { json!({}) };
                self.seen(who, self.of_batch(batch, "closure"), seen, body).await
            }
            Step::Cancel { who, batch, seen } => {
                self.seen(who, self.of_batch(batch, "cancellation"), seen, json!({})).await
            }
            _ => unreachable!(),
        }
    }

    fn result(&self, row: &Row) -> Value {
        let unknown = "01900000-0000-7000-8000-000000000001";
        json!({ "disbursement_id": row.payment.map_or(unknown, |payment| self.id('d', payment)),
            "result": row.result.word(), "amount_idr": row.amount, "reason_code": row.reason,
            "paid_on": row.day.date(), "proof_reference": row.proof })
    }

    /// All that an address lists, as the auditor sees it.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.auditor.get(&format!("{path}?limit=500{cursor}")).await.ok();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    pub async fn reconciled(&self, by: &str) -> Value {
        self.auditor.get(&format!("/v1/reconciliation?by={by}")).await.ok()
    }
}

/// The same request with something else in it.
fn another(body: &Value) -> Value {
    let mut other = body.clone();
    if let Some(items) = other.get_mut("items").and_then(Value::as_array_mut) {
        items.push(items[0].clone());
    } else if body.get("amount_idr").is_some() {
        other["amount_idr"] = json!(123_000);
    } else {
        other["reason"] = json!("Lain");
    }
    other
}

fn entry(amount: i64) -> Value {
    json!({ "amount_idr": amount, "legal_basis": "Perbup 31/2026", "reason": "Pergeseran" })
}
