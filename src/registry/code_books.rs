//! The code books that came with the releases, read once each: a release never changes, nor does its book.

use super::code_book::CodeBook;
use crate::{
    platform::{db::Tx, problem::Outcome},
    schema::code_book_entries,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, RwLock},
};
use uuid::Uuid;

/// Releases whose books are remembered; far more than are looked at together.
const REMEMBERED: usize = 32;

static BOOKS: LazyLock<RwLock<HashMap<Uuid, Arc<CodeBook>>>> = LazyLock::new(RwLock::default);

/// The code book of a release, where it was read before.
#[must_use]
pub fn known(release_id: Uuid) -> Option<Arc<CodeBook>> {
    BOOKS.read().ok()?.get(&release_id).cloned()
}

/// The code book of a release.
///
/// # Errors
/// An internal problem where PostgreSQL refuses.
pub async fn of(tx: &mut Tx, release_id: Uuid) -> Outcome<Arc<CodeBook>> {
    if let Some(book) = known(release_id) {
        return Ok(book);
    }
    let rows: Vec<(String, i16, String)> = code_book_entries::table
        .filter(code_book_entries::release_id.eq(release_id))
        .select((code_book_entries::column_name, code_book_entries::code, code_book_entries::description))
        .load(&mut **tx)
        .await?;
    let book = Arc::new(CodeBook::from_rows(rows));
    if let Ok(mut books) = BOOKS.write() {
        if books.len() >= REMEMBERED {
            books.clear();
        }
        books.insert(release_id, book.clone());
    }
    Ok(book)
}
