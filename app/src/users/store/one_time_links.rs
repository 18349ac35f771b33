//! One-time links.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::base::error::AppError;
use crate::http::token::Token;
use crate::users::model::Purpose;

/// A valid link.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its purpose.
    pub purpose: Purpose,
    /// Its user; none for the first Admin.
    pub user: Option<Uuid>,
    /// Whether using it turns the second step off, too.
    pub without_two_step: bool,
}

/// Creates a link in place of those that its user had.
pub async fn create(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    purpose: Purpose,
    user: Option<Uuid>,
    without_two_step: bool,
) -> Result<Token, AppError> {
    let token = Token::new()?;
    sqlx::query!("DELETE FROM one_time_links WHERE user_id = $1", user)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "INSERT INTO one_time_links (token_hash, purpose, user_id, expires_at, without_two_step) VALUES ($1, $2, $3, $4, $5)",
        &token.hash()[..],
        purpose.as_str(),
        user,
        now + TimeDelta::minutes(purpose.lifetime_minutes()),
        without_two_step
    )
    .execute(db)
    .await?;
    Ok(token)
}

/// The link of a token, if it is valid.
///
/// # Errors
/// `NotFound` where it was used, has expired, or never was.
pub async fn find(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: &Token) -> Result<Link, AppError> {
    let row = sqlx::query!(
        "SELECT purpose, user_id, without_two_step FROM one_time_links WHERE token_hash = $1 AND expires_at > $2",
        &token.hash()[..],
        now
    );
    let row = row.fetch_optional(db).await?.ok_or(AppError::NotFound)?;
    link(&row.purpose, row.user_id, row.without_two_step)
}

/// Consumes a link, in the transaction of what it is used for: of two at once, one succeeds.
///
/// # Errors
/// `NotFound` where it was used, has expired, or never was.
pub async fn consume(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: &Token) -> Result<Link, AppError> {
    let row = sqlx::query!(
        "DELETE FROM one_time_links WHERE token_hash = $1 AND expires_at > $2 RETURNING purpose, user_id, without_two_step",
        &token.hash()[..],
        now
    );
    let row = row.fetch_optional(db).await?.ok_or(AppError::NotFound)?;
    link(&row.purpose, row.user_id, row.without_two_step)
}

fn link(purpose: &str, user: Option<Uuid>, without_two_step: bool) -> Result<Link, AppError> {
    let purpose = Purpose::parse(purpose).ok_or(AppError::NotFound)?;
    Ok(Link {
        purpose,
        user,
        without_two_step,
    })
}

/// Revokes all links for the first Admin, once there is one.
pub async fn revoke_first_admin(db: impl PgExecutor<'_>) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM one_time_links WHERE user_id IS NULL")
        .execute(db)
        .await?;
    Ok(())
}

/// Deletes at most `limit` links that have expired, except those that another transaction uses, and gives their number.
pub async fn delete_expired(db: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<u64, AppError> {
    let deleted = sqlx::query!(
        "DELETE FROM one_time_links WHERE token_hash IN (
             SELECT token_hash FROM one_time_links WHERE expires_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        now,
        limit
    );
    Ok(deleted.execute(db).await?.rows_affected())
}

/// Revokes the links of a user.
pub async fn revoke(db: impl PgExecutor<'_>, user: Uuid) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM one_time_links WHERE user_id = $1", user)
        .execute(db)
        .await?;
    Ok(())
}
