//! The service killed and PostgreSQL crashed at random moments, while 32 clients pay, retry, plan, return, reverse, prepare
//! batches, approve them, hand them over and report on them. Each keeps a record of what it was answered; afterwards the
//! database is held against all of them.
//!
//! `./dev test faults [--kills N] [--crashes M] [--seed S]` makes the cluster that this may crash, and says by the
//! environment how. A seed settles what is done and when the faults come; in which order things then really happen it can't.

mod batch_plays;
mod client;
mod cluster;
mod dice;
mod plays;
mod reckoning;
mod record;
mod town;

use crate::support::process::Process;
use client::{Client, Desk};
use cluster::Cluster;
use dice::Dice;
use futures::future::join_all;
use std::{
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use town::Town;

/// Who pays at once.
const CLIENTS: u64 = 32;

/// The longest pause between two faults; the shortest is none.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// What is asked for.
struct Plan {
    kills: u64,
    crashes: u64,
    seed: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Of the service, as by SIGKILL.
    Kill,
    /// Of PostgreSQL, as by an immediate stop.
    Crash,
}

impl Plan {
    fn asked() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
        Self {
            kills: number("FAULTS_KILLS").unwrap_or(20),
            crashes: number("FAULTS_CRASHES").unwrap_or(5),
            // Short enough to be typed.
            seed: number("FAULTS_SEED").unwrap_or_else(|| rand::random_range(1..1_000_000)),
        }
    }

    /// The faults, in the order in which they come.
    fn faults(&self, dice: &mut Dice) -> Vec<Fault> {
        let (mut kills, mut crashes) = (self.kills, self.crashes);
        let mut faults = Vec::new();
        while kills + crashes > 0 {
            let fault = if dice.below(kills + crashes) < kills { Fault::Kill } else { Fault::Crash };
            *(if fault == Fault::Kill { &mut kills } else { &mut crashes }) -= 1;
            faults.push(fault);
        }
        faults
    }
}

/// Says how to have the same again, where it fails.
impl Drop for Plan {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { kills, crashes, seed } = self;
            eprintln!("the same again: ./dev test faults --kills {kills} --crashes {crashes} --seed {seed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it crashes its PostgreSQL, so it wants one of its own: ./dev test faults"]
async fn whatever_is_killed_and_crashed_nothing_acknowledged_is_lost_and_nothing_is_paid_twice() {
    let (cluster, plan, began) = (Cluster::of_this_run(), Plan::asked(), Instant::now());
    eprintln!("faults: {} kills, {} crashes, seed {}", plan.kills, plan.crashes, plan.seed);
    let log = std::env::var_os("FAULTS_LOG").map(PathBuf::from);
    let process = Process::start_with(&[("WORKERS", "2"), ("RUST_LOG", "warn")], log.as_deref()).await;
    let town = Town::build(&process.api, plan.kills + plan.crashes).await;
    let desk = Desk::open(town, plan.seed);
    let mut clients = Vec::new();
    for number in 1..=CLIENTS {
        clients.push(Client::new(&process.api, desk.clone(), number, plan.seed).await);
    }
    eprintln!("faults: {} clients begin after {} s", clients.len(), began.elapsed().as_secs());
    let playing: Vec<_> = clients.into_iter().map(|client| tokio::spawn(client.play())).collect();
    strike(&plan, &process, &cluster, &desk).await;
    desk.closes.store(true, Ordering::Relaxed);
    let clients: Vec<Client> = join_all(playing).await.into_iter().map(|client| client.expect("a client")).collect();
    eprintln!("faults: the clients end after {} s", began.elapsed().as_secs());
    reckoning::settle(&process.api, &desk, &clients).await;
    eprintln!("faults: all is settled after {} s", began.elapsed().as_secs());
    desk.assert_nothing_deviates();
}

/// Has the faults come, each after a pause.
async fn strike(plan: &Plan, process: &Process, cluster: &Cluster, desk: &Arc<Desk>) {
    let mut dice = Dice::of(plan.seed, 0);
    let faults = plan.faults(&mut dice);
    let mut told = Instant::now();
    for (number, fault) in faults.iter().enumerate() {
        tokio::time::sleep(Duration::from_millis(dice.below(LONGEST_PAUSE_MS))).await;
        let down = Duration::from_millis(dice.below(300));
        // Some come while what the one before them stopped is not up yet.
        let waits = !dice.chance(20);
        match fault {
            Fault::Kill => {
                process.kill();
                tokio::time::sleep(down).await;
                process.spawn_again();
            }
            Fault::Crash => {
                cluster.crash();
                tokio::time::sleep(down).await;
                cluster.start();
            }
        }
        if waits || number + 1 == faults.len() {
            process.until_ready().await;
        }
        if told.elapsed() > Duration::from_secs(15) {
            told = Instant::now();
            eprintln!("faults: {} of {}, {}", number + 1, faults.len(), desk.so_far());
        }
    }
    // What the last fault broke off is taken up again.
    tokio::time::sleep(Duration::from_secs(1)).await;
}
