//! The set-based half of an import: from staging tables to a validated release. Raw SQL by nature: temporary
//! tables and partitions have no place in Diesel's schema. Every statement is over all rows at once.

use super::{
    reading::{Account, Lines},
    rows::{FAMILY_COLUMNS, FAMILY_KEYS, MEMBER_COLUMNS, MEMBER_KEYS, staging_table},
};
use crate::platform::problem::{Outcome, Problem};
use tokio_postgres::Client;
use uuid::Uuid;

/// What the statements are made for.
pub struct Tables {
    pub release_id: Uuid,
    pub digest_key: i16,
}

/// The release that households are matched to: the active one, taken once, since another may become active while
/// this one is read.
async fn active_release(client: &Client) -> Outcome<Option<Uuid>> {
    Ok(client.query_opt("SELECT release_id FROM active_release", &[]).await?.map(|row| row.get(0)))
}

/// Memory for joins and sorts over all families and persons of a regency; PostgreSQL's, for this transaction.
const MEMORY: &str = "SET LOCAL work_mem = '192MB'; SET LOCAL temp_buffers = '64MB';";

/// Makes the staging tables and the release's partitions, empty and without indexes.
pub async fn prepare(client: &Client, release_id: Uuid) -> Outcome<()> {
    client.batch_execute(MEMORY).await?;
    let families = staging_table("staging_families", FAMILY_KEYS, FAMILY_COLUMNS, "household_snapshots");
    let members = staging_table("staging_members", MEMBER_KEYS, MEMBER_COLUMNS, "individual_snapshots");
    client.batch_execute(&format!("{families};{members}")).await?;
    client.execute("SELECT prepare_release_partitions($1)", &[&release_id]).await?;
    Ok(())
}

/// Matches, fills, attaches, accounts.
pub async fn load(client: &Client, tables: &Tables, book: &[(String, i16, String)], account: &Account) -> Outcome<()> {
    let former = active_release(client).await?;
    for (name, statement) in [
        ("analyse", "ANALYZE staging_families; ANALYZE staging_members".to_owned()),
        ("match persons", match_persons(tables)),
        ("unproven households", UNPROVEN.to_owned()),
        ("match families by card", match_families_by_card(tables, "NOT EXISTS")),
        ("match families by members", match_families_by_members(former)),
        ("match the others by card", match_families_by_card(tables, "EXISTS")),
        ("new families", NEW_FAMILIES.to_owned()),
        ("moved card numbers", moved_numbers(tables)),
        ("new identities", new_identities(tables)),
        ("fill households", fill_households(tables)),
        ("fill individuals", fill_individuals(tables)),
        ("attach", format!("SELECT attach_release_partitions('{}')", tables.release_id)),
        ("successions", successions(tables, former)),
        ("splits", splits(tables)),
    ] {
        let began = std::time::Instant::now();
        client.batch_execute(&statement).await?;
        log::debug!("import {}: {name} took {} ms", tables.release_id, began.elapsed().as_millis());
    }
    write_code_book(client, tables.release_id, book).await?;
    write_account(client, tables.release_id, account, former).await
}

/// Individuals: by their NIK where it is known; otherwise a new id, that of the first line where one person
/// stands on two.
fn match_persons(tables: &Tables) -> String {
    format!(
        "CREATE TEMPORARY TABLE person_ids ON COMMIT DROP AS
         SELECT m.member_no, m.family_no, coalesce(d.individual_id, m.fresh_id) AS individual_id, d.individual_id IS NOT NULL AS known, m.first_no
         FROM staging_members m
         LEFT JOIN nik_directory d ON d.digest_key = {key} AND d.digest = m.nik_digest;
         UPDATE person_ids p SET individual_id = first.individual_id
         FROM person_ids first WHERE p.first_no IS NOT NULL AND first.member_no = p.first_no AND NOT p.known;
         ANALYZE person_ids",
        key = tables.digest_key
    )
}

/// Which household each family is, and the households that only releases know that never were active: nobody has
/// decided anything on those, so a family is one of them only where it is none of the others.
const UNPROVEN: &str = "
    CREATE TEMPORARY TABLE family_ids (family_no integer PRIMARY KEY, household_id uuid NOT NULL UNIQUE, by_card boolean NOT NULL, is_new boolean NOT NULL) ON COMMIT DROP;
    CREATE TEMPORARY TABLE unproven ON COMMIT DROP AS
    SELECT h.household_id FROM households h
    WHERE h.first_release NOT IN (SELECT a.release_id FROM release_activations a)
      AND NOT EXISTS (SELECT 1 FROM household_snapshots s JOIN release_activations a USING (release_id)
                      WHERE s.household_id = h.household_id);
    ANALYZE unproven";

/// Households by the card number, among the proven ones or (`unproven` being `EXISTS`) the others. Where two families
/// of this release carry two numbers of one household, the earlier line keeps its id.
fn match_families_by_card(tables: &Tables, unproven: &str) -> String {
    format!(
        "INSERT INTO family_ids
         SELECT DISTINCT ON (d.household_id) f.family_no, d.household_id, true, false
         FROM staging_families f JOIN kk_directory d ON d.digest_key = {key} AND d.digest = f.kk_digest
         WHERE {unproven} (SELECT 1 FROM unproven u WHERE u.household_id = d.household_id)
           AND NOT EXISTS (SELECT 1 FROM family_ids i WHERE i.family_no = f.family_no)
         ORDER BY d.household_id, f.family_no;
         ANALYZE family_ids",
        key = tables.digest_key
    )
}

/// Households with another number, or none: by their members. The household of the active release from which at
/// least half of the family comes (`origins`), unless it stands under its own number; where several come from one,
/// the family to which most of it came is that household.
fn match_families_by_members(former: Option<Uuid>) -> String {
    format!(
        "CREATE TEMPORARY TABLE origins ON COMMIT DROP AS
         SELECT DISTINCT ON (m.family_no) m.family_no, s.household_id, count(*) AS came
         FROM (SELECT p.family_no, p.individual_id, count(*) OVER (PARTITION BY p.family_no) AS size
               FROM person_ids p
               WHERE NOT EXISTS (SELECT 1 FROM family_ids i WHERE i.family_no = p.family_no)) m
         JOIN individual_snapshots s ON s.release_id = {former} AND s.individual_id = m.individual_id
         WHERE NOT EXISTS (SELECT 1 FROM family_ids i WHERE i.household_id = s.household_id)
         GROUP BY m.family_no, s.household_id, m.size
         HAVING count(*) * 2 >= m.size
         ORDER BY m.family_no, count(*) DESC, s.household_id;
         INSERT INTO family_ids
         SELECT DISTINCT ON (household_id) family_no, household_id, false, false FROM origins
         ORDER BY household_id, came DESC, family_no",
        former = literal(former)
    )
}

/// A release's id in a statement; NULL where there is none.
fn literal(release_id: Option<Uuid>) -> String {
    release_id.map_or_else(|| "NULL::uuid".to_owned(), |id| format!("'{id}'::uuid"))
}

/// Families that are none of the households. NOT IN is read once, before the first row goes in: as an anti join over a
/// table thought empty, each family of a first release was held against all that had gone in before it.
const NEW_FAMILIES: &str = "
    INSERT INTO family_ids
    SELECT f.family_no, f.fresh_id, false, true FROM staging_families f
    WHERE f.family_no NOT IN (SELECT i.family_no FROM family_ids i);
    ANALYZE family_ids";

/// Known numbers of families that are another household than the one that the directory has for them. Until the
/// release is activated, the directory stays as the active release needs it.
fn moved_numbers(Tables { release_id, digest_key }: &Tables) -> String {
    format!(
        "INSERT INTO kk_moves (release_id, digest_key, digest, former_id, household_id)
         SELECT '{release_id}', {digest_key}, f.kk_digest, d.household_id, i.household_id
         FROM staging_families f
         JOIN family_ids i USING (family_no)
         JOIN kk_directory d ON d.digest_key = {digest_key} AND d.digest = f.kk_digest
         WHERE NOT i.by_card AND d.household_id <> i.household_id;
         INSERT INTO household_identities
         SELECT i.household_id, f.sealed_kk, '{release_id}'
         FROM kk_moves m
         JOIN family_ids i USING (household_id)
         JOIN staging_families f USING (family_no)
         WHERE m.release_id = '{release_id}'
           AND NOT EXISTS (SELECT 1 FROM household_identities h WHERE h.household_id = i.household_id AND h.seen_in = '{release_id}')"
    )
}

/// Ids and numbers that were not known before.
fn new_identities(Tables { release_id, digest_key }: &Tables) -> String {
    format!(
        "INSERT INTO households SELECT household_id, '{release_id}' FROM family_ids WHERE is_new;
         WITH fresh AS (
             SELECT i.household_id, f.kk_digest, f.sealed_kk
             FROM staging_families f JOIN family_ids i USING (family_no)
             WHERE f.kk_digest IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM kk_directory d WHERE d.digest_key = {digest_key} AND d.digest = f.kk_digest)),
         sealed AS (INSERT INTO household_identities SELECT household_id, sealed_kk, '{release_id}' FROM fresh)
         INSERT INTO kk_directory SELECT {digest_key}, kk_digest, household_id FROM fresh;
         INSERT INTO individuals SELECT individual_id, '{release_id}' FROM person_ids WHERE NOT known AND first_no IS NULL;
         WITH fresh AS (
             SELECT p.individual_id, m.nik_digest, m.sealed_nik
             FROM staging_members m JOIN person_ids p USING (member_no)
             WHERE m.nik_digest IS NOT NULL AND NOT p.known AND m.first_no IS NULL),
         sealed AS (INSERT INTO individual_identities SELECT individual_id, sealed_nik FROM fresh)
         INSERT INTO nik_directory SELECT {digest_key}, nik_digest, individual_id FROM fresh"
    )
}

fn qualified(table: char, columns: &[&str]) -> String {
    columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

fn partition(parent: &str, release_id: &Uuid) -> String {
    format!("{parent}_{}", release_id.simple())
}

fn fill_households(Tables { release_id, .. }: &Tables) -> String {
    format!(
        "INSERT INTO {partition} (household_id, release_id, kk_tail, member_count, {columns})
         SELECT i.household_id, '{release_id}', f.kk_tail, coalesce(c.members, 0), {values}
         FROM staging_families f
         JOIN family_ids i USING (family_no)
         LEFT JOIN (SELECT family_no, count(*)::smallint AS members FROM staging_members GROUP BY family_no) c USING (family_no)",
        partition = partition("household_snapshots", release_id),
        columns = FAMILY_COLUMNS.join(", "),
        values = qualified('f', FAMILY_COLUMNS),
    )
}

fn fill_individuals(Tables { release_id, .. }: &Tables) -> String {
    format!(
        "INSERT INTO {partition} (household_id, individual_id, release_id, village_code, position, nik_tail, {columns})
         SELECT i.household_id, p.individual_id, '{release_id}', f.village_code, m.position, m.nik_tail, {values}
         FROM staging_members m
         JOIN person_ids p USING (member_no)
         JOIN family_ids i ON i.family_no = m.family_no
         JOIN staging_families f ON f.family_no = m.family_no",
        partition = partition("individual_snapshots", release_id),
        columns = MEMBER_COLUMNS.join(", "),
        values = qualified('m', MEMBER_COLUMNS),
    )
}

/// Households of the active release that this one no longer has, and where most of their members now are: in one
/// other household (merged), or in several (split).
fn successions(Tables { release_id, .. }: &Tables, former: Option<Uuid>) -> String {
    format!(
        "INSERT INTO household_successions (household_id, release_id, successor_id, kind)
         SELECT household_id, '{release_id}', successor_id, CASE WHEN count(*) OVER (PARTITION BY household_id) = 1 THEN 'merged' ELSE 'split' END
         FROM (
             SELECT DISTINCT was.household_id, i.household_id AS successor_id
             FROM individual_snapshots was
             JOIN person_ids p ON p.individual_id = was.individual_id
             JOIN family_ids i ON i.family_no = p.family_no
             WHERE was.release_id = {former}
               AND NOT EXISTS (SELECT 1 FROM family_ids still WHERE still.household_id = was.household_id)
         ) gone",
        former = literal(former)
    )
}

/// Households that live on while a part of them became another: a new family carries one of their numbers, or most of
/// it came from them though another family is that household now.
fn splits(Tables { release_id, .. }: &Tables) -> String {
    format!(
        "INSERT INTO household_successions (household_id, release_id, successor_id, kind)
         SELECT part.whole_id, '{release_id}', part.household_id, 'split'
         FROM (SELECT m.former_id AS whole_id, i.household_id
               FROM kk_moves m JOIN family_ids i USING (household_id)
               WHERE m.release_id = '{release_id}' AND i.is_new
               UNION
               SELECT o.household_id, i.household_id FROM origins o JOIN family_ids i USING (family_no) WHERE i.is_new) part
         WHERE EXISTS (SELECT 1 FROM family_ids still WHERE still.household_id = part.whole_id)"
    )
}

async fn write_code_book(client: &Client, release_id: Uuid, book: &[(String, i16, String)]) -> Outcome<()> {
    let columns: Vec<&str> = book.iter().map(|(column, ..)| column.as_str()).collect();
    let codes: Vec<i16> = book.iter().map(|(_, code, _)| *code).collect();
    let words: Vec<&str> = book.iter().map(|(.., words)| words.as_str()).collect();
    let sql = r#"INSERT INTO code_book_entries (release_id, "column", code, description)
                 SELECT $1, * FROM unnest($2::text[], $3::smallint[], $4::text[]) ON CONFLICT DO NOTHING"#;
    client.execute(sql, &[&release_id, &columns, &codes, &words]).await?;
    Ok(())
}

/// The account of each file (the database checks that no line is lost), and the release's new state.
async fn write_account(client: &Client, release_id: Uuid, account: &Account, former: Option<Uuid>) -> Outcome<()> {
    let files =
        [("families", Some(account.families)), ("members", Some(account.members)), ("code_book", account.code_book)];
    for (kind, lines) in files.into_iter().filter_map(|(kind, lines)| Some((kind, lines?))) {
        let Lines { lines_in, loaded, merged, set_aside } = lines;
        let counts = [lines_in, loaded, merged, set_aside].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let sql = "UPDATE release_files SET lines_in = $3, loaded = $4, merged = $5, set_aside = $6 WHERE release_id = $1 AND kind = $2";
        client.execute(sql, &[&release_id, &kind, &counts[0], &counts[1], &counts[2], &counts[3]]).await?;
    }
    let households = i32::try_from(account.families.loaded).map_err(Problem::internal)?;
    let individuals = i32::try_from(account.members.loaded).map_err(Problem::internal)?;
    let sql = "UPDATE releases SET state = 'validated', validated_at = now(), households = $2, individuals = $3,
                   compared_with = $4, version = version + 1
               WHERE release_id = $1 AND state = 'validating'";
    match client.execute(sql, &[&release_id, &households, &individuals, &former]).await? {
        1 => Ok(()),
        _ => Err(Problem::internal("the release was moved while it was read")),
    }
}
