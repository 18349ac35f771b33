//! Attempts to sign in, counted before the password is verified, so that many at once count too. They are in the database: all copies
//! of the program count together.
//!
//! The copies' clocks, and the requests of one moment, differ by less than a minute: what is recorded of a later time than that was
//! recorded by a clock that has been set back since, and keeps nobody waiting.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::base::error::AppError;
use crate::http::token::Hash;

/// How long an attempt from an address counts.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// After how long without an attempt those for an account are forgotten.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);

/// Counts an attempt from an address, where at most `most` count within 15 minutes. Gives the seconds until the next one where there are more.
pub async fn add_within(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    key: &Hash,
    most: i32,
) -> Result<Option<u32>, AppError> {
    let counted = sqlx::query!(
        "INSERT INTO sign_in_attempts AS t (key, attempts, first_at, last_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (key) DO UPDATE SET
             attempts = CASE WHEN t.first_at > $3 AND t.first_at < $2::timestamptz + interval '1 minute'
                 THEN least(t.attempts, 1000000) + 1 ELSE 1 END,
             first_at = CASE WHEN t.first_at > $3 AND t.first_at < $2::timestamptz + interval '1 minute'
                 THEN t.first_at ELSE $2 END,
             last_at = $2
         RETURNING attempts, first_at",
        &key[..],
        now,
        now - WINDOW
    );
    let counted = counted.fetch_one(db).await?;
    Ok((counted.attempts > most).then(|| seconds(counted.first_at + WINDOW - now)))
}

/// Counts an attempt for an account, unless the one before was too short a time ago: the time grows with each (`sign_in_delay` in the
/// migrations). Then it gives the seconds to wait, and counts nothing: whoever tries all the time makes nobody wait for longer.
pub async fn add_slowed(db: &mut PgConnection, now: DateTime<Utc>, key: &Hash) -> Result<Option<u32>, AppError> {
    let counted = sqlx::query!(
        "INSERT INTO sign_in_attempts AS t (key, attempts, first_at, last_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (key) DO UPDATE SET
             attempts = CASE WHEN t.last_at > $3 THEN least(t.attempts, 1000000) + 1 ELSE 1 END,
             last_at = $2
         WHERE t.last_at + sign_in_delay(t.attempts) <= $2
             OR t.last_at > $2::timestamptz + interval '1 minute'
         RETURNING attempts",
        &key[..],
        now,
        now - FORGOTTEN_AFTER
    );
    if counted.fetch_optional(&mut *db).await?.is_some() {
        return Ok(None);
    }
    let free_at = sqlx::query_scalar!(
        r#"SELECT last_at + sign_in_delay(attempts) AS "free_at!" FROM sign_in_attempts WHERE key = $1"#,
        &key[..]
    );
    let free_at = free_at.fetch_optional(db).await?.unwrap_or(now);
    Ok(Some(seconds(free_at - now)))
}

fn seconds(time: TimeDelta) -> u32 {
    u32::try_from((time.num_milliseconds().max(1) as u64).div_ceil(1000)).unwrap_or(u32::MAX)
}

/// Clears a counter after a success.
pub async fn clear(db: &mut PgConnection, key: &Hash) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM sign_in_attempts WHERE key = $1", &key[..])
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes at most `limit` counters whose time has passed, except those that another transaction writes, and gives their number.
pub async fn delete_expired(db: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<u64, AppError> {
    let deleted = sqlx::query!(
        "DELETE FROM sign_in_attempts WHERE key IN (
             SELECT key FROM sign_in_attempts WHERE last_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        now - FORGOTTEN_AFTER,
        limit
    );
    Ok(deleted.execute(db).await?.rows_affected())
}

/// Subtracts an attempt that succeeded.
pub async fn subtract(db: &mut PgConnection, key: &Hash) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sign_in_attempts SET attempts = attempts - 1 WHERE key = $1 AND attempts > 1",
        &key[..]
    )
    .execute(db)
    .await?;
    Ok(())
}
