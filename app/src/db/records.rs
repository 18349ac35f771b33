//! The statements that are the same for the records of every subject, whatever else their tables hold.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Deletes a record at `at`, or restores it where `deleted_at` is none; false, and nothing is written, where it has another version.
pub async fn set_deleted(
    transaction: &mut PgConnection,
    table: &'static str,
    (id, version): (Uuid, i64),
    at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
) -> Result<bool, sqlx::Error> {
    // Safe: the table's name is the program's own.
    let update = sqlx::query(AssertSqlSafe(format!(
        "UPDATE {table} SET version = $2 + 1, updated_at = $3, deleted_at = $4 WHERE id = $1 AND version = $2"
    )));
    let updated = update.bind(id).bind(version).bind(at).bind(deleted_at);
    Ok(updated.execute(transaction).await?.rows_affected() == 1)
}

/// The ids of deleted records, the last deleted first: at most `limit`, those deleted before the record `older_than` where that is a deleted
/// one.
pub async fn deleted_ids(
    db: &mut PgConnection,
    table: &'static str,
    older_than: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    // Safe: as above.
    let ids = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT id FROM {table}
         WHERE deleted_at IS NOT NULL AND (
             NOT EXISTS (SELECT FROM {table} other WHERE other.id = $1 AND other.deleted_at IS NOT NULL)
             OR (deleted_at, id) < (SELECT other.deleted_at, other.id FROM {table} other WHERE other.id = $1))
         ORDER BY deleted_at DESC, id DESC LIMIT $2"
    )));
    ids.bind(older_than).bind(limit).fetch_all(db).await
}
