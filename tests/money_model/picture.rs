//! Where everything stands, a line each, in words that the model and the service share.

use super::{
    model::{AGENCIES, Model, State},
    service::Service,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was handed out, and what became of it: payments and rupiah.
const PARTS: [&str; 6] = ["handed_out", "paid", "failed", "returned", "reversed", "outstanding"];

/// By what a reconciliation is told.
const BY: [&str; 4] = ["batch", "program", "agency", "fund"];

fn told_of(number: Option<usize>, kind: char) -> String {
    number.map_or("-".to_owned(), |number| format!("{kind}{number}"))
}

impl Model {
    pub fn picture(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (number, fund) in self.funds.iter().enumerate() {
            lines.push(format!(
                "f{number} {} granted {} left {}",
                AGENCIES[fund.agency],
                fund.granted,
                self.left_in(number)
            ));
        }
        for (number, budget) in self.budgets.iter().enumerate() {
            let ([promised, out, money, goods], left) = (self.spent(number), self.left_of(number));
            let (agency, fund, given) = (AGENCIES[budget.agency], budget.fund, budget.given);
            lines
                .push(format!("b{number} {agency} f{fund} given {given} left {left} {promised} {out} {money} {goods}"));
        }
        for (number, one) in self.payments.iter().enumerate() {
            let (budget, batch) = (told_of(one.budget, 'b'), told_of(one.batch, 'k'));
            let (state, day, proof) = (one.state.word(), one.paid_on.unwrap_or("-"), one.proof.unwrap_or("-"));
            lines.push(format!(
                "d{number} e{} t{} {budget} {batch} {} {state} v{} {day} {proof}",
                one.enrolment, one.period, one.amount, one.version
            ));
        }
        for (number, one) in self.batches.iter().enumerate() {
            let (count, left_out, stage) = (one.count, one.findings.len(), one.stage.word());
            let amount = one.each * count as i64;
            lines.push(format!(
                "k{number} g{} t{} b{} {stage} v{} r{} {count} for {amount} without {left_out}",
                one.program, one.period, one.budget, one.version, one.revision
            ));
        }
        for by in BY {
            lines.extend(self.reconciled(by));
        }
        lines
    }

    /// By key, of what was handed out.
    fn reconciled(&self, by: &str) -> Vec<String> {
        let mut parts: BTreeMap<String, [(i64, i64); 6]> = BTreeMap::new();
        for (number, payment) in self.payments.iter().enumerate() {
            let Some(batch) = payment.batch.filter(|batch| self.batches[*batch].stage.is_out()) else { continue };
            let key = match by {
                "batch" => format!("k{batch}"),
                "program" => format!("g{}", self.program_of(number)),
                "agency" => AGENCIES[self.agency_of_payment(number)].to_owned(),
                _ => format!("f{}", self.budgets[self.batches[batch].budget].fund),
            };
            let place = match payment.state {
                State::Paid => 1,
                State::Failed => 2,
                State::Returned => 3,
                State::Reversed => 4,
                State::Planned => 5,
            };
            let sums = parts.entry(key).or_default();
            for sum in [0, place] {
                sums[sum] = (sums[sum].0 + 1, sums[sum].1 + payment.amount);
            }
        }
        parts.into_iter().map(|(key, sums)| format!("{by} {key} {sums:?}")).collect()
    }
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or("-")
}

fn number(row: &Value, field: &str) -> i64 {
    row[field].as_i64().unwrap()
}

impl Service {
    fn name<'a>(&'a self, row: &'a Value, field: &str) -> &'a str {
        let id = text(row, field);
        self.names.get(id).map_or(id, String::as_str)
    }

    /// As the auditor is told. What is new gets the next number; of several payments by their enrolments.
    pub async fn picture(&mut self) -> Vec<String> {
        let (funds, budgets) = tokio::join!(self.all("/v1/funds"), self.all("/v1/budgets"));
        let (payments, batches) = tokio::join!(self.all("/v1/disbursements"), self.all("/v1/batches"));
        self.learn('f', "fund_id", &funds);
        self.learn('b', "budget_id", &budgets);
        self.learn('d', "disbursement_id", &payments);
        self.learn('k', "batch_id", &batches);
        let mut lines = Vec::new();
        for row in &funds {
            let (fund, agency) = (self.name(row, "fund_id"), text(row, "agency_code"));
            lines.push(format!("{fund} {agency} granted {} left {}", row["amount_idr"], row["available_idr"]));
        }
        for row in &budgets {
            let (budget, fund, agency) =
                (self.name(row, "budget_id"), self.name(row, "fund_id"), text(row, "agency_code"));
            let [given, left, promised, out, money, goods] =
                ["amount_idr", "available_idr", "committed_idr", "in_transit_idr", "delivered_idr", "goods_idr"]
                    .map(|field| number(row, field));
            lines.push(format!("{budget} {agency} {fund} given {given} left {left} {promised} {out} {money} {goods}"));
        }
        lines.extend(self.payments(&payments));
        for row in &batches {
            let [batch, program, period, budget] =
                ["batch_id", "program_id", "period_id", "budget_id"].map(|field| self.name(row, field));
            let [version, revision, count, amount, left_out] =
                ["version", "revision", "lines", "amount_idr", "left_out"].map(|field| number(row, field));
            let stage = text(row, "state");
            lines.push(format!("{batch} {program} {period} {budget} {stage} v{version} r{revision} {count} for {amount} without {left_out}"));
        }
        for by in BY {
            let told = self.reconciled(by).await;
            lines.extend(self.parts(by, &told));
        }
        lines
    }

    fn payments(&self, rows: &[Value]) -> Vec<String> {
        let mut lines: Vec<(usize, String)> = Vec::new();
        for row in rows {
            let [payment, enrolment, period, budget, batch] =
                ["disbursement_id", "enrolment_id", "period_id", "budget_id", "batch_id"]
                    .map(|field| self.name(row, field));
            let (amount, version, state) = (number(row, "amount_idr"), number(row, "version"), text(row, "state"));
            let (day, proof) = (text(row, "paid_on"), text(row, "proof_reference"));
            let line =
                format!("{payment} {enrolment} {period} {budget} {batch} {amount} {state} v{version} {day} {proof}");
            lines.push((payment[1..].parse().unwrap(), line));
        }
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn parts(&self, by: &str, told: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        let amount =
            |account: &Value, part: &str| (number(&account[part], "payments"), number(&account[part], "amount_idr"));
        let parts = told["parts"].as_array().unwrap();
        for part in parts {
            lines.push(format!("{by} {} {:?}", self.name(part, "key"), PARTS.map(|field| amount(part, field))));
        }
        lines.sort();
        // The whole is the sum of its parts.
        for field in PARTS {
            let sums =
                parts.iter().map(|part| amount(part, field)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            if sums != amount(&told["total"], field) {
                lines.push(format!("{by}: {field} is {} in all, and its parts are {sums:?}", told["total"][field]));
            }
        }
        lines
    }

    fn learn(&mut self, kind: char, field: &str, rows: &[Value]) {
        let mut new: Vec<&Value> = rows.iter().filter(|row| !self.names.contains_key(text(row, field))).collect();
        if kind == 'd' {
            new.sort_by_key(|row| self.name(row, "enrolment_id")[1..].parse::<usize>().unwrap());
        }
        let ids: Vec<String> = new.into_iter().map(|row| text(row, field).to_owned()).collect();
        for id in ids {
            self.know(kind, &id);
        }
    }

    /// Who was left out of a batch's list as it is now, by enrolment.
    pub async fn findings(&self, batch: usize) -> BTreeMap<usize, String> {
        let told = self.all(&format!("/v1/batches/{}/findings", self.ids[&'k'][batch])).await;
        let enrolment = |row: &Value| self.name(row, "enrolment_id")[1..].parse().unwrap();
        told.iter().map(|row| (enrolment(row), text(row, "kind").to_owned())).collect()
    }
}
