//! Tries to sign in, counted before the password is looked at, so that many at once count too. Kept in the database: all copies of
//! the program count together.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgExecutor;

use crate::error::AppError;
use crate::people::model::token::Hash;

/// How long tries count.
const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// Counts a try, and says how many there were within the last quarter of an hour, with this one.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn count(db: impl PgExecutor<'_>, now: DateTime<Utc>, key: &Hash) -> Result<i32, AppError> {
    let tries = sqlx::query_scalar!(
        "INSERT INTO sign_in_tries AS t (key, tries, since) VALUES ($1, 1, $2)
         ON CONFLICT (key) DO UPDATE SET
             tries = CASE WHEN t.since > $3 THEN least(t.tries, 1000000) + 1 ELSE 1 END,
             since = CASE WHEN t.since > $3 THEN t.since ELSE $2 END
         RETURNING tries",
        &key[..],
        now,
        now - WINDOW
    );
    Ok(tries.fetch_one(db).await?)
}

/// Forgets the tries of somebody who got in; and by the way those that count no more.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn forget(db: impl PgExecutor<'_>, now: DateTime<Utc>, key: &Hash) -> Result<(), AppError> {
    sqlx::query!(
        "DELETE FROM sign_in_tries WHERE key = $1 OR since < $2",
        &key[..],
        now - WINDOW
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes one try back: who got in was no guesser.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn take_back(db: impl PgExecutor<'_>, key: &Hash) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sign_in_tries SET tries = tries - 1 WHERE key = $1 AND tries > 1",
        &key[..]
    )
    .execute(db)
    .await?;
    Ok(())
}
