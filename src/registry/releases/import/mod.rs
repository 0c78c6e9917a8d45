//! From two delivered files to a validated release.
//!
//! One transaction on one connection: the files are read, checked and copied into temporary tables; households
//! and individuals are matched to those already known; the release's partitions are filled, indexed and
//! attached; the account of lines is written; the release is validated. A process that is killed leaves nothing
//! but findings, which the next run clears. Findings and set-aside lines travel beside it on connections of their
//! own, so that neither they nor the files are ever held in memory.

mod check;
mod copy;
mod desk;
mod encode;
pub(super) mod queries;
mod reading;
mod rows;
mod steps;

use super::{Release, ReleaseState, UNREADABLE_DELIVERY, delivery::Finding, upload::path_of};
use crate::{
    platform::{
        audit,
        auth::Principal,
        config::Settings,
        jobs::JobRun,
        outbox::Event,
        problem::{Outcome, Problem},
        sealed_files::SealedReader,
    },
    registry::{code_book::CodeBook, regions},
};
use copy::CopyStream;
use futures::future::LocalBoxFuture;
use reading::{Account, Reading, ReadingFault, Sinks};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// The job that reads a delivery.
pub const KIND: &str = "release.import";

/// Reads a delivery as a job: can be killed and started again at any point.
pub fn run(run: JobRun) -> LocalBoxFuture<'static, Outcome<Value>> {
    Box::pin(async move {
        let release_id = run.subject_id;
        begin(&run).await?;
        match import(&run).await {
            Ok(account) => Ok(json!({
                "release_id": release_id, "households": account.families.loaded, "individuals": account.members.loaded,
            })),
            Err(Failure::Delivery(findings)) => {
                run.db.act(&run.caller, async |tx| queries::refuse(tx, release_id, &findings).await).await?;
                Err(UNREADABLE_DELIVERY.with("findings", findings.len()))
            }
            Err(Failure::Stopped) => {
                run.db.act(&run.caller, async |tx| queries::back_to_received(tx, release_id).await).await?;
                Err(Problem::from(&super::RELEASE_STEP))
            }
            Err(Failure::Ours(problem)) => {
                run.db.act(&run.caller, async |tx| queries::back_to_received(tx, release_id).await).await?;
                Err(problem)
            }
        }
    })
}

/// Why an import ended early.
enum Failure {
    /// The files have no usable form.
    Delivery(Vec<Finding>),
    /// It was asked to stop.
    Stopped,
    /// Something failed on our side.
    Ours(Problem),
}

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// Says that reading has begun, and clears what an unfinished run left.
async fn begin(run: &JobRun) -> Outcome<()> {
    let release_id = run.subject_id;
    run.db
        .act(&run.caller, async |tx| {
            let release = super::queries::lock(tx, release_id).await?;
            if release.state != ReleaseState::Validating {
                super::queries::step(tx, &release, ReleaseState::Validating, None).await?;
            }
            queries::clear_findings(tx, release_id).await
        })
        .await
}

/// A connection in the caller's lane, within a transaction. The query builder has no word for COPY.
async fn connect(settings: &Settings, caller: &Principal) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(&settings.database_url, NoTls).await?;
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.await {
            log::warn!("an import's connection ended: {error}");
        }
    });
    client.batch_execute(&format!("BEGIN;{}", caller.lane)).await?;
    Ok(client)
}

async fn import(run: &JobRun) -> Result<Account, Failure> {
    let release_id = run.subject_id;
    let client = connect(&run.settings, &run.caller).await?;
    let reading = prepare(run).await?;
    let book_rows = reading.code_book_rows();
    steps::prepare(&client, release_id).await?;

    let (families, family_chunks) = copy::channel();
    let (members, member_chunks) = copy::channel();
    let findings = CopyStream::open(connect(&run.settings, &run.caller).await?, queries::COPY_FINDINGS);
    let set_aside = CopyStream::open(connect(&run.settings, &run.caller).await?, queries::COPY_SET_ASIDE);
    let sinks = Sinks { families, members, findings: findings.sender(), set_aside: set_aside.sender() };
    let progress = run.clone();
    let reader = tokio::task::spawn_blocking(move || reading.read(sinks, &progress));

    let copied = async {
        copy::into(&client, rows::COPY_FAMILIES, family_chunks).await?;
        copy::into(&client, rows::COPY_MEMBERS, member_chunks).await
    }
    .await;
    let read = reader.await.map_err(Problem::internal)?;
    let account = match read {
        Ok(account) => account,
        Err(ReadingFault::Delivery(found)) => return Err(Failure::Delivery(found)),
        Err(ReadingFault::Stopped) if run.should_stop() => return Err(Failure::Stopped),
        Err(ReadingFault::Stopped) => {
            return Err(copied.err().unwrap_or_else(|| Problem::internal("reading stopped")).into());
        }
        Err(ReadingFault::Ours(problem)) => return Err(problem.into()),
    };
    copied?;
    findings.finish().await?;
    set_aside.finish().await?;
    let tables = steps::Tables { release_id, digest_key: run.settings.vault.digest_key() };
    steps::load(&client, &tables, &book_rows, &account).await?;
    client.batch_execute("COMMIT").await?;
    announce(run).await?;
    Ok(account)
}

/// What the reading thread needs, gathered before it starts.
async fn prepare(run: &JobRun) -> Result<Reading, Failure> {
    let release_id = run.subject_id;
    let (files, villages) = run
        .db
        .act(&run.caller, async |tx| {
            Ok((super::queries::files(tx, release_id).await?, regions::queries::villages(tx).await?))
        })
        .await?;
    let open = |kind: &str| {
        let file = files.iter().find(|file| file.kind == kind)?;
        Some(SealedReader::open(&run.settings.vault, &path_of(&run.settings, &file.stored_as)))
    };
    let missing = || Problem::internal("a delivered file is not there");
    Ok(Reading {
        release_id,
        vault: run.settings.vault.clone(),
        villages,
        families: open("families").ok_or_else(missing)??,
        members: open("members").ok_or_else(missing)??,
        book: reading::Book::read(open("code_book").transpose()?).map_err(Failure::Delivery)?,
    })
}

/// The event, once the release stands.
async fn announce(run: &JobRun) -> Outcome<()> {
    let release_id = run.subject_id;
    run.db
        .act(&run.caller, async |tx| {
            let release: Release = super::queries::find(tx, release_id).await?;
            let payload = json!({ "households": release.households, "individuals": release.individuals });
            tx.trace(audit::Entry {
                action: "release.imported",
                details: Some(payload.clone()),
                ..audit::Entry::default()
            });
            tx.emit(Event::new("release.validated", release_id, payload));
            Ok(())
        })
        .await
}

/// The questionnaire's code book, for a delivery that brings none.
fn questionnaire() -> Vec<(String, i16, String)> {
    let mut reader = csv::Reader::from_reader(include_str!("../../../../data/code_book.csv").as_bytes());
    reader.deserialize().filter_map(Result::ok).collect()
}

/// Codes that mean "head of the family".
fn head_codes(book: &CodeBook) -> Vec<i16> {
    book.codes_where("status_hubungan_keluarga", crate::registry::code_book::Answer::is_head)
}

/// Ids made while reading, in the order of the lines, so that they lie together on disk.
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
