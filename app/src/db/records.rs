//! The statement that is the same for the records of every subject, whatever else their tables hold.

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
