//! Ten thousand identities in one call, against the same join by hand with the digests at hand.

use crate::{
    Bench, Outcome,
    report::{Figure, median},
    stage::{PROGRAM, deliveries},
};
use sejahtera::platform::vault::{KeyRing, Use, Vault};
use serde_json::{Value, json};
use std::{collections::HashSet, time::Instant};

const LIMIT: &str = include_str!("../limits/lookup_bulk.sql");
/// Numbers of people who are there.
const KNOWN: usize = 9_500;
/// Numbers of nobody.
const UNKNOWN: usize = 500;
const ROUNDS: usize = 5;

/// Measures it.
pub async fn measure(bench: &Bench) -> Outcome<Vec<Figure>> {
    let numbers = numbers(bench)?;
    let items: Vec<Value> = numbers.iter().map(|nik| json!({ "nik": nik })).collect();
    let body = serde_json::to_vec(&json!({ "purpose": { "program": PROGRAM }, "items": items }))?;
    let vault = vault()?;
    let digests: Vec<Vec<u8>> = numbers.iter().map(|nik| vault.digest(Use::Nik, nik.as_bytes()).to_vec()).collect();
    let limit = bench.database.owner.prepare(LIMIT).await?;

    let (mut service, mut by_hand) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let began = Instant::now();
        let rows =
            bench.database.owner.query(&limit, &[&digests, &vault.digest_key(), &bench.stage.release_id]).await?;
        let hand_seconds = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let answer = bench.stage.manager.post_bytes("/v1/households/lookup/bulk", body.clone()).await?;
        let service_seconds = began.elapsed().as_secs_f64();
        check(&answer, rows.len())?;
        // The first round warms both up.
        if round > 0 {
            by_hand.push(numbers.len() as f64 / hand_seconds);
            service.push(numbers.len() as f64 / service_seconds);
        }
    }
    let by = "the same join by hand, digests prepared";
    Ok(vec![Figure::at_least("lookup_bulk", median(service), "rows/s", (by, median(by_hand)), 0.5)])
}

fn check(answer: &str, by_hand: usize) -> Outcome<()> {
    let answer: Value = serde_json::from_str(answer)?;
    if answer["found"] != KNOWN || answer["not_found"] != UNKNOWN || by_hand < KNOWN {
        let (found, missed) = (&answer["found"], &answer["not_found"]);
        return Err(format!("found {found}, not found {missed}; by hand {by_hand}").into());
    }
    Ok(())
}

fn vault() -> Outcome<Vault> {
    let ring = |name: &str| -> Outcome<KeyRing> {
        Ok(KeyRing::parse(&std::env::var(name)?).map_err(|fault| format!("{name}: {fault}"))?)
    };
    Ok(Vault::new(ring("SEALING_KEYS")?, ring("DIGEST_KEYS")?))
}

/// Numbers of the first delivery, from all over it, and numbers of the same form that nobody in it has.
fn numbers(bench: &Bench) -> Outcome<Vec<String>> {
    let path = deliveries::files(&bench.folder, 1)?.members;
    let mut reader = csv::ReaderBuilder::new().delimiter(b'|').from_path(&path)?;
    let column = reader
        .headers()?
        .iter()
        .position(|name| name == "nomor_induk_kependudukan")
        .ok_or("the members' file has no NIK")?;
    let all: Vec<String> = reader
        .into_records()
        .filter_map(|record| Some(record.ok()?.get(column)?.to_owned()))
        .filter(|nik| nik.len() == 16)
        .collect();
    let there: HashSet<&str> = all.iter().map(String::as_str).collect();
    let step = (all.len() / (KNOWN + UNKNOWN)).max(1);
    let spread: Vec<&String> = all.iter().step_by(step).take(KNOWN + UNKNOWN).collect();
    let nobody = |nik: &String| {
        // Serials from 9000 are given to later quarters' newborns only.
        (9_000..9_999).map(|serial| format!("{}{serial}", &nik[..12])).find(|made| !there.contains(made.as_str()))
    };
    let unknown: Vec<String> = spread.iter().step_by(20).take(UNKNOWN).filter_map(|nik| nobody(nik)).collect();
    Ok(spread.into_iter().take(KNOWN).cloned().chain(unknown).collect())
}
