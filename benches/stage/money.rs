//! Money: a programme that pays a hundred thousand families by batch, twenty that pay singly on budgets of their own, and who
//! approves, pays and proves.

use super::{Stage, accounts::AGENCIES, aid};
use crate::{Outcome, caller::Caller, database::Database};
use sejahtera::{
    cli::progress::{Progress, say},
    platform::vault::random_bytes,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// The programme whose batches are measured.
pub const BATCHED: &str = "BAYAR-BERSAMA";
/// Families that it pays.
pub const BATCH: usize = 100_000;
/// Programmes that pay singly.
const SINGLES: usize = 20;
/// Families that each of those pays.
const FAMILIES_OF_A_SINGLE: usize = 500;
/// Who keeps the families' accounts.
const BANK: &str = "bank-jatim";
const APPROVER: &str = "bench.approver";
const PARTNER: &str = "bench.partner";
const AUDITOR: &str = "bench.auditor";

/// Who works with money.
pub struct Tellers {
    /// Approves what the manager prepared.
    pub approver: Caller,
    /// The bank.
    pub partner: Caller,
    /// Has the books proved.
    pub auditor: Caller,
}

fn program(code: &str, places: usize) -> Value {
    json!({
        "code": code, "name": code, "kind": "cash", "funding": "managed", "serves": "household", "benefit": "Bantuan tunai",
        "amount_idr": 300_000, "cadence": "stages", "fund_source": "apbd_regency", "legal_basis": "Hanya untuk pengukuran",
        "areas": ["35.26"], "starts_on": "2025-01-01", "quota": places, "eligibility": "household.decile <= 10",
    })
}

/// Codes of the programmes that pay singly.
pub fn singles() -> impl Iterator<Item = String> {
    (1..=SINGLES).map(|number| format!("BAYAR-{number}"))
}

/// Fills what is missing, and logs the tellers in.
pub async fn fill(database: &Database, stage: &Stage, address: &str) -> Outcome<Tellers> {
    let password = database.noted("password").await?.unwrap_or_default();
    if database.noted("money").await?.is_none() {
        people(address, &password).await?;
        for (code, places) in singles().map(|code| (code, FAMILIES_OF_A_SINGLE)).chain([(BATCHED.to_owned(), BATCH)]) {
            let _progress = Progress::unbounded(format!("enrolling {places} families in {code}"));
            enrol(&stage.manager, &code, places).await?;
        }
        accounts(database, stage).await?;
        database.owner.batch_execute("VACUUM (ANALYZE)").await?;
        database.note("money", "filled").await?;
    }
    let log_in = |name: &'static str| Caller::log_in(address, name, &password);
    let (approver, partner, auditor) = (log_in(APPROVER).await?, log_in(PARTNER).await?, log_in(AUDITOR).await?);
    Ok(Tellers { approver, partner, auditor })
}

async fn people(address: &str, password: &str) -> Outcome<()> {
    let admin = Caller::log_in(address, super::accounts::ADMIN, password).await?;
    for (code, kind) in [(BANK, "bank"), ("inspektorat", "regency_office")] {
        admin.ensure("/v1/agencies", &json!({ "code": code, "name": code, "kind": kind })).await?;
    }
    for (name, role, agency) in
        [(APPROVER, "approver", AGENCIES[0]), (PARTNER, "payment_partner", BANK), (AUDITOR, "auditor", "inspektorat")]
    {
        let user = json!({ "username": name, "full_name": "Petugas Uji", "password": password, "role": role,
            "agency_code": agency, "areas": ["35.26"] });
        admin.ensure("/v1/users", &user).await?;
    }
    Ok(())
}

/// Makes a programme with a budget for each year, and its families active.
async fn enrol(manager: &Caller, code: &str, places: usize) -> Outcome<()> {
    manager.ensure("/v1/programs", &program(code, places)).await?;
    let id = aid::find(manager, code).await?;
    for year in [2025, 2026, 2030] {
        let amount: i64 = 900_000_000_000_000;
        let fund = json!({ "code": format!("{code}-{year}"), "name": code, "source": "apbd_regency", "fiscal_year": year,
            "amount_idr": amount, "legal_basis": "Hanya untuk pengukuran" });
        let fund = manager.post_once(&format!("{code} {year} fund"), "/v1/funds", &fund).await?;
        let budget = json!({ "fund_id": fund["fund_id"], "line": format!("{code}-{year}"), "name": code,
            "amount_idr": amount, "legal_basis": "Hanya untuk pengukuran" });
        let budget = manager.post_once(&format!("{code} {year} budget"), "/v1/budgets", &budget).await?;
        let link = json!({ "budget_id": budget["budget_id"] });
        manager.post(&format!("/v1/programs/{id}/budgets"), &link).await?;
    }
    let enrolments = format!("/v1/programs/{id}/enrolments");
    manager.post(&format!("{enrolments}/from-eligible"), &json!({ "places": places })).await?;
    for (from, to) in [("candidate", "confirmed"), ("confirmed", "active")] {
        let step = json!({ "from": from, "to": to, "reason": "Hanya untuk pengukuran" });
        manager.post(&format!("{enrolments}/transitions"), &step).await?;
    }
    Ok(())
}

/// An account for the head of each family of the batched programme.
async fn accounts(database: &Database, stage: &Stage) -> Outcome<()> {
    let program = aid::find(&stage.manager, BATCHED).await?;
    let heads = "SELECT m.individual_id FROM enrolments e
        JOIN individual_snapshots m ON m.household_id = e.household_id AND m.release_id = $2 AND m.position = 1
        WHERE e.program_id = $1 ORDER BY m.individual_id";
    let heads = database.owner.query(heads, &[&program, &stage.release_id]).await?;
    let progress = Progress::of("opening accounts", heads.len() as u64);
    for (number, some) in heads.chunks(10_000).enumerate() {
        let items: Vec<Value> = some
            .iter()
            .enumerate()
            .map(|(row, head)| {
                let account = format!("6013{:012}", number * 10_000 + row);
                json!({ "individual_id": head.get::<_, Uuid>(0), "number": account, "holder_name": "PENERIMA" })
            })
            .collect();
        let list = json!({ "common": { "partner_code": BANK, "kind": "kks" }, "items": items });
        let key = format!("accounts {number}");
        let opening = stage.manager.post_once(&key, "/v1/payout-accounts/bulk", &list);
        let told = progress.step("", opening).await?;
        if told["refused"] != 0 {
            return Err(format!("accounts were refused: {}", told["items"][0]).into());
        }
    }
    say(&format!("  {} accounts", heads.len()));
    Ok(())
}

/// Opens a further period of a programme, a day of 2025 or 2026 that has none yet; its id and day.
pub async fn open_period(manager: &Caller, program_id: Uuid) -> Outcome<(String, String)> {
    let path = format!("/v1/programs/{program_id}/periods");
    let known: Value = serde_json::from_str(&manager.get(&path).await?)?;
    let of_now = known["items"].as_array().into_iter().flatten().filter(|period| period["fiscal_year"] != 2030);
    let day =
        chrono::NaiveDate::from_ymd_opt(2025, 1, 1).unwrap_or_default() + chrono::Days::new(of_now.count() as u64);
    let year = chrono::Datelike::year(&day);
    let body =
        json!({ "label": Uuid::from_bytes(random_bytes()), "fiscal_year": year, "starts_on": day, "ends_on": day });
    let made = manager.post(&path, &body).await?;
    Ok((made["period_id"].as_str().unwrap_or_default().to_owned(), day.to_string()))
}

/// The enrolments of the programmes that pay singly, by programme.
pub async fn single_enrolments(database: &Database, manager: &Caller) -> Outcome<HashMap<Uuid, Vec<Uuid>>> {
    let mut enrolments = HashMap::new();
    for code in singles() {
        let id = aid::find(manager, &code).await?;
        let sql = "SELECT enrolment_id FROM enrolments WHERE program_id = $1 AND state = 'active'";
        let rows = database.owner.query(sql, &[&id]).await?;
        enrolments.insert(id, rows.iter().map(|row| row.get(0)).collect());
    }
    Ok(enrolments)
}
