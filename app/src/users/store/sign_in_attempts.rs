//! Attempts to sign in, counted before the password is verified, so that many at once count too. They are in the database: all copies
//! of the program count together.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgExecutor;

use crate::base::error::AppError;
use crate::http::token::Hash;

/// How long an attempt counts.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Counts an attempt. Gives how many there were within the last 15 minutes, with this one.
pub async fn add(db: impl PgExecutor<'_>, now: DateTime<Utc>, key: &Hash) -> Result<i32, AppError> {
    let attempts = sqlx::query_scalar!(
        "INSERT INTO sign_in_attempts AS t (key, attempts, first_at) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET
             attempts = CASE WHEN t.first_at > $3 THEN least(t.attempts, 1000000) + 1 ELSE 1 END,
             first_at = CASE WHEN t.first_at > $3 THEN t.first_at ELSE $2 END
         RETURNING attempts",
        &key[..],
        now,
        now - WINDOW
    );
    Ok(attempts.fetch_one(db).await?)
}

/// Clears a counter after a success, and deletes those whose time has passed.
pub async fn clear(db: impl PgExecutor<'_>, now: DateTime<Utc>, key: &Hash) -> Result<(), AppError> {
    sqlx::query!(
        "DELETE FROM sign_in_attempts WHERE key = $1 OR first_at < $2",
        &key[..],
        now - WINDOW
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Subtracts an attempt that succeeded.
pub async fn subtract(db: impl PgExecutor<'_>, key: &Hash) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sign_in_attempts SET attempts = attempts - 1 WHERE key = $1 AND attempts > 1",
        &key[..]
    )
    .execute(db)
    .await?;
    Ok(())
}
