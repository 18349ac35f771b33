//! The browsers in which each user has signed in. The browser alone has the token; the table has its SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::http::token::Token;

/// How long a browser is known in which nobody signs in.
const KNOWN_FOR: TimeDelta = TimeDelta::days(365);

/// The token, of those that a browser has sent, by which it is known as one in which a user has signed in.
pub async fn of_user(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    sent: &[Token],
    user: Uuid,
) -> Result<Option<Token>, AppError> {
    find(db, now, sent, Some(user)).await
}

/// The token, of those that a browser has sent, by which it is known as one in which anybody has signed in.
pub async fn of_anybody(db: &mut PgConnection, now: DateTime<Utc>, sent: &[Token]) -> Result<Option<Token>, AppError> {
    find(db, now, sent, None).await
}

async fn find(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    sent: &[Token],
    user: Option<Uuid>,
) -> Result<Option<Token>, AppError> {
    if sent.is_empty() {
        return Ok(None);
    }
    let hashes: Vec<Vec<u8>> = sent.iter().map(|token| token.hash().to_vec()).collect();
    let known = sqlx::query_scalar!(
        "SELECT token_hash FROM known_browsers
         WHERE token_hash = ANY ($1) AND ($2::uuid IS NULL OR user_id = $2) AND last_used_at > $3
         ORDER BY last_used_at DESC LIMIT 1",
        &hashes,
        user,
        now - KNOWN_FOR
    );
    let known = known.fetch_optional(db).await?;
    Ok(known.and_then(|hash| sent.iter().find(|token| token.hash()[..] == hash[..]).cloned()))
}

/// Makes a browser known. Of each user the last twenty are.
pub async fn remember(db: &mut PgConnection, now: DateTime<Utc>, user: Uuid, browser: &Token) -> Result<(), AppError> {
    sqlx::query!(
        "INSERT INTO known_browsers (token_hash, user_id, last_used_at) VALUES ($1, $2, $3)
         ON CONFLICT (token_hash, user_id) DO UPDATE SET last_used_at = $3",
        &browser.hash()[..],
        user,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "DELETE FROM known_browsers WHERE user_id = $1 AND token_hash NOT IN (
             SELECT token_hash FROM known_browsers WHERE user_id = $1 ORDER BY last_used_at DESC LIMIT 20)",
        user
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets all browsers of a user.
pub async fn forget(db: &mut PgConnection, user: Uuid) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM known_browsers WHERE user_id = $1", user)
        .execute(db)
        .await?;
    Ok(())
}
