//! Rows on their way into PostgreSQL: made on the reading thread, sent in chunks, copied as they come.

use crate::platform::problem::{Outcome, Problem};
use bytes::Bytes;
use futures::SinkExt;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::{AbortHandle, JoinHandle},
};
use tokio_postgres::Client;

/// Chunks that may wait; each is some 64 KiB, so that a slow database holds the reader back and not the memory.
const WAITING: usize = 8;

/// A way for chunks from the reading thread.
pub fn channel() -> (Sender<Bytes>, Receiver<Bytes>) {
    mpsc::channel(WAITING)
}

/// Copies chunks until there are no more. Answers how many rows went in.
pub async fn into(client: &Client, statement: &str, mut chunks: Receiver<Bytes>) -> Outcome<u64> {
    let sink = client.copy_in(statement).await?;
    let mut sink = std::pin::pin!(sink);
    while let Some(chunk) = chunks.recv().await {
        sink.feed(chunk).await?;
    }
    Ok(sink.finish().await?)
}

/// A table that rows are copied into. PostgreSQL takes no COPY into one with row-level security, so they come into a
/// temporary table first and move in together at the end.
pub struct Target {
    pub table: &'static str,
    pub columns: &'static str,
}

impl Target {
    fn waiting_room(&self) -> String {
        format!("CREATE TEMPORARY TABLE arrived (LIKE {}) ON COMMIT DROP", self.table)
    }

    fn copy(&self) -> String {
        format!("COPY arrived ({}) FROM STDIN", self.columns)
    }

    fn move_in(&self) -> String {
        let Self { table, columns } = self;
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM arrived")
    }
}

/// A copy on a connection of its own, going on beside the main one. Nothing of it remains where it is dropped
/// before its end.
pub struct CopyStream {
    sender: Sender<Bytes>,
    task: JoinHandle<Outcome<()>>,
    unfinished: Unfinished,
}

/// Ends the task with the stream: left to itself it would take a dropped sender for the end and commit.
struct Unfinished(AbortHandle);

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl CopyStream {
    /// Begins; the client is within a transaction, which is committed at the end.
    pub fn open(client: Client, target: Target) -> Self {
        let (sender, chunks) = channel();
        let task = tokio::task::spawn_local(async move {
            client.batch_execute(&target.waiting_room()).await?;
            into(&client, &target.copy(), chunks).await?;
            client.batch_execute(&target.move_in()).await?;
            client.batch_execute("COMMIT").await?;
            Ok(())
        });
        let unfinished = Unfinished(task.abort_handle());
        Self { sender, task, unfinished }
    }

    /// Where the reading thread sends to.
    pub fn sender(&self) -> Sender<Bytes> {
        self.sender.clone()
    }

    /// Waits until all is in; every other sender is gone by then.
    pub async fn finish(self) -> Outcome<()> {
        let Self { sender, task, unfinished: _until_then } = self;
        drop(sender);
        task.await.map_err(Problem::internal)?
    }
}
