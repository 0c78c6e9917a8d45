//! From two delivered files to a validated release.
//!
//! One transaction on one connection: the files are read, checked and copied into temporary tables; households
//! and individuals are matched to those already known; the release's partitions are filled, indexed and
//! attached; the account of lines, the event and the trace are written; the release is validated and the job ended.
//! A process that is killed leaves nothing but findings, which the next run clears. Findings and set-aside lines
//! travel beside it on connections of their own, so that neither they nor the files are ever held in memory.

mod check;
mod copy;
mod desk;
mod encode;
pub(super) mod queries;
mod reading;
mod rows;
mod steps;

use super::{
    RELEASE_STEP, ReleaseState, UNREADABLE_DELIVERY,
    delivery::{BpsRegions, Finding},
    upload::path_of,
};
use crate::{
    platform::{
        audit,
        auth::Principal,
        config::Settings,
        jobs::JobRun,
        outbox::{self, Event},
        problem::{Outcome, Problem},
        sealed_files::SealedReader,
    },
    registry::{code_book::CodeBook, regions},
};
use copy::CopyStream;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
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
            Ok(result) => Ok(result),
            Err(Failure::Delivery(findings)) => {
                run.db.act(&run.caller, async |tx| queries::refuse(tx, release_id, &findings).await).await?;
                Err(UNREADABLE_DELIVERY.with("findings", findings.len()))
            }
            Err(Failure::Stopped) => {
                put_back(&run).await?;
                Err(Problem::from(&RELEASE_STEP))
            }
            Err(Failure::Ours(problem)) => {
                put_back(&run).await?;
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
            if release.state == ReleaseState::Validated {
                // Read again; the rows of one that was active stay.
                if super::queries::was_active(tx, release_id).await? {
                    return Err(RELEASE_STEP.with("state", release.state));
                }
                queries::drop_rows(tx, release_id).await?;
            }
            if release.state != ReleaseState::Validating {
                super::queries::step(tx, &release, ReleaseState::Validating, None).await?;
            }
            queries::clear_findings(tx, release_id).await
        })
        .await
}

/// Puts the release back to where its reading can begin again, unless the job is another worker's by now, or had
/// ended after all.
async fn put_back(run: &JobRun) -> Outcome<()> {
    run.db
        .act(&run.caller, async |tx| {
            if run.hold(tx).await? { queries::back_to_received(tx, run.subject_id).await } else { Ok(()) }
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

async fn import(run: &JobRun) -> Result<Value, Failure> {
    let release_id = run.subject_id;
    let client = connect(&run.settings, &run.caller).await?;
    let reading = prepare(run).await?;
    let book_rows = reading.code_book_rows();
    steps::prepare(&client, release_id).await?;

    let (families, family_chunks) = copy::channel();
    let (members, member_chunks) = copy::channel();
    let findings = CopyStream::open(connect(&run.settings, &run.caller).await?, queries::FINDINGS);
    let set_aside = CopyStream::open(connect(&run.settings, &run.caller).await?, queries::SET_ASIDE);
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
    Ok(finish(client, run, &account).await?)
}

/// What the reading thread needs, gathered before it starts.
async fn prepare(run: &JobRun) -> Result<Reading, Failure> {
    let release_id = run.subject_id;
    let (files, villages, bps_villages) = run
        .db
        .act(&run.caller, async |tx| {
            let files = super::queries::files(tx, release_id).await?;
            let bps_villages = regions::queries::villages_by_bps_code(tx).await?;
            Ok((files, regions::queries::villages(tx).await?, bps_villages))
        })
        .await?;
    let told = files.iter().filter(|file| file.kind != "code_book").map(|file| file.bytes.unsigned_abs());
    run.expect(told.sum());
    let open = |kind: &str| {
        let file = files.iter().find(|file| file.kind == kind)?;
        Some(SealedReader::open(&run.settings.vault, &path_of(&run.settings, &file.stored_as)))
    };
    let missing = || Problem::internal("a delivered file is not there");
    Ok(Reading {
        release_id,
        vault: run.settings.vault.clone(),
        villages,
        bps_regions: BpsRegions::new(bps_villages),
        families: open("families").ok_or_else(missing)??,
        members: open("members").ok_or_else(missing)??,
        book: reading::Book::read(open("code_book").transpose()?).map_err(Failure::Delivery)?,
    })
}

/// Ends the import's transaction: the event, the trace and the job's end stand or fall with the release's rows.
/// From here on the connection speaks Diesel, whose words these are.
async fn finish(client: Client, run: &JobRun, account: &Account) -> Outcome<Value> {
    let mut connection = AsyncPgConnection::try_from(client).await.map_err(Problem::internal)?;
    let (households, individuals) = (account.families.loaded, account.members.loaded);
    let counts = json!({ "households": households, "individuals": individuals });
    let trace = audit::Entry { action: "release.imported", details: Some(counts.clone()), ..audit::Entry::default() };
    audit::write(&mut connection, &run.caller, &[trace]).await?;
    outbox::write(&mut connection, &[Event::new("release.validated", run.subject_id, counts)]).await?;
    let result = json!({ "release_id": run.subject_id, "households": households, "individuals": individuals });
    run.succeed(&mut connection, &result).await?;
    connection.batch_execute("COMMIT").await?;
    Ok(result)
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
