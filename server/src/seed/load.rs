//! The way into the database: COPY from a thread that makes the rows, and the indexes after them.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::customers::Customers;
use super::leads::{Leads, users as made_users};
use super::{SeedError, SeedOptions, copy};

/// A chunk is sent when it has so many bytes.
const CHUNK: usize = 1 << 20;

/// Rows that are ready to be sent.
struct Chunk {
    bytes: Vec<u8>,
    rows: u64,
}

/// # Errors
/// [`SeedError::AlreadyFilled`] where there are rows.
pub(super) async fn refuse_what_is_filled(connection: &mut PgConnection) -> Result<(), SeedError> {
    let filled: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM customers)")
        .fetch_one(connection)
        .await?;
    if filled { Err(SeedError::AlreadyFilled) } else { Ok(()) }
}

/// Adds those of the users who are not there yet; says how many they are, and who owns the leads.
pub(super) async fn users(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
) -> Result<(u64, Uuid), SeedError> {
    let users = made_users(options.rng_seed, now);
    let mut added = 0;
    for user in &users {
        let insert = sqlx::query(
            "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at)
             VALUES ($1, $2, $3, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        );
        added += insert
            .bind(user.id)
            .bind(user.name)
            .bind(user.email)
            .bind(user.role)
            .bind(user.created_at)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    }
    let [_, sales] = users;
    let owner =
        sqlx::query_scalar("SELECT id FROM users WHERE id = $1 OR email_key = $2 ORDER BY deleted_at DESC LIMIT 1")
            .bind(sales.id)
            .bind(sales.email)
            .fetch_one(connection)
            .await?;
    Ok((added, owner))
}

/// Adds the customers, and lets the next account number follow theirs.
pub(super) async fn customers(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
    progress: &mut impl FnMut(u64, u64),
) -> Result<u64, SeedError> {
    let total = options.customers;
    let rows = Customers::new(options.rng_seed, total, now);
    let mut report = |sent| progress(sent, total);
    let added = copy_in(connection, copy::CUSTOMERS, rows, copy::customer, &mut report).await?;
    if added > 0 {
        // Where there are none, the sequence begins at 1 as it is.
        sqlx::query("SELECT setval(pg_get_serial_sequence('customers', 'account_number'), $1)")
            .bind(added as i64)
            .execute(connection)
            .await?;
    }
    Ok(added)
}

/// Adds the leads.
pub(super) async fn leads(
    connection: &mut PgConnection,
    options: &SeedOptions,
    now: DateTime<Utc>,
    owner: Uuid,
) -> Result<u64, SeedError> {
    let rows = Leads::new(options.rng_seed, options.leads, options.customers, now);
    copy_in(
        connection,
        copy::LEADS,
        rows,
        move |out, row| copy::lead(out, row, owner),
        &mut |_| (),
    )
    .await
}

/// Sends rows while the next ones are made on another thread. `report` is told how many were sent.
async fn copy_in<T: 'static>(
    connection: &mut PgConnection,
    statement: &str,
    rows: impl Iterator<Item = T> + Send + 'static,
    encode: impl Fn(&mut Vec<u8>, &T) + Send + 'static,
    report: &mut impl FnMut(u64),
) -> Result<u64, SeedError> {
    // Bounded, so that the maker waits for Postgres and memory does not grow.
    let (sender, mut receiver) = mpsc::channel(4);
    let maker = tokio::task::spawn_blocking(move || make_chunks(rows, encode, &sender));
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(copy::HEADER).await?;
    let mut sent = 0;
    while let Some(Chunk { bytes, rows }) = receiver.recv().await {
        copy.send(bytes).await?;
        sent += rows;
        report(sent);
    }
    // A maker that panicked has sent too little: nothing is kept then.
    if let Err(failed) = maker.await {
        copy.abort("the rows could not be made").await?;
        return Err(failed.into());
    }
    copy.send(copy::TRAILER).await?;
    Ok(copy.finish().await?)
}

fn make_chunks<T>(rows: impl Iterator<Item = T>, encode: impl Fn(&mut Vec<u8>, &T), sender: &mpsc::Sender<Chunk>) {
    let empty = || Chunk {
        bytes: Vec::with_capacity(CHUNK + CHUNK / 16),
        rows: 0,
    };
    let mut chunk = empty();
    for row in rows {
        encode(&mut chunk.bytes, &row);
        chunk.rows += 1;
        if chunk.bytes.len() >= CHUNK && sender.blocking_send(std::mem::replace(&mut chunk, empty())).is_err() {
            // The receiver is gone: the load has failed, and says why.
            return;
        }
    }
    if chunk.rows > 0 {
        // The same: nobody is left to tell.
        let _ = sender.blocking_send(chunk);
    }
}

/// Drops the indexes of customers and of their words, but what other tables refer to, and gives their names with the statements that make them.
pub(super) async fn drop_indexes(connection: &mut PgConnection) -> Result<Vec<(String, String)>, SeedError> {
    let indexes: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT indexrelid::regclass::text, format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
         FROM pg_index
         WHERE indrelid IN ('customers'::regclass, 'search_words'::regclass)
             AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
         UNION ALL
         SELECT conname::text, format('ALTER TABLE customer_words DROP CONSTRAINT %I', conname),
             format('ALTER TABLE customer_words ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
         FROM pg_constraint WHERE conrelid = 'customer_words'::regclass AND contype = 'p'",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut set_aside = Vec::new();
    for (name, drop, make) in indexes {
        // Safe: the names are the catalogue's own and quoted by it where that is needed.
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut *connection).await?;
        set_aside.push((name, make));
    }
    Ok(set_aside)
}

/// Makes the indexes that were dropped.
pub(super) async fn make_indexes(
    connection: &mut PgConnection,
    indexes: Vec<(String, String)>,
) -> Result<(), SeedError> {
    if indexes.is_empty() {
        return Ok(());
    }
    // For this transaction only: an index that is sorted in memory is made in half the time.
    sqlx::raw_sql("SET LOCAL maintenance_work_mem = '256MB'")
        .execute(&mut *connection)
        .await?;
    for (name, statement) in indexes {
        tracing::info!(index = name, "making an index");
        // Safe: the statement is Postgres's own rendering of an index that was there.
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
