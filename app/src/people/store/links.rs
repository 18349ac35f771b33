//! One-time links.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use crate::error::AppError;
use crate::people::model::Purpose;
use crate::people::model::token::Token;

/// A link that works.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it is for.
    pub purpose: Purpose,
    /// For whom; none for the first Admin.
    pub user: Option<Uuid>,
    /// Whether using it turns the second step off, too.
    pub without_two_step: bool,
}

/// Makes a link, in place of those that its user had before; links that have run out are swept away by the way.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn make(
    db: &mut PgConnection,
    now: DateTime<Utc>,
    purpose: Purpose,
    user: Option<Uuid>,
    without_two_step: bool,
) -> Result<Token, AppError> {
    let token = Token::new()?;
    sqlx::query!(
        "DELETE FROM one_time_links WHERE user_id = $1 OR expires_at < $2",
        user,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "INSERT INTO one_time_links (token_hash, purpose, user_id, expires_at, without_two_step) VALUES ($1, $2, $3, $4, $5)",
        &token.hash()[..],
        purpose.word(),
        user,
        now + TimeDelta::minutes(purpose.minutes()),
        without_two_step
    )
    .execute(db)
    .await?;
    Ok(token)
}

/// What a link is for, if it works.
///
/// # Errors
/// `NotFound` where it was used, has run out, or never was.
pub async fn find(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: &Token) -> Result<Link, AppError> {
    let row = sqlx::query!(
        "SELECT purpose, user_id, without_two_step FROM one_time_links WHERE token_hash = $1 AND expires_at > $2",
        &token.hash()[..],
        now
    );
    let row = row.fetch_optional(db).await?.ok_or(AppError::NotFound)?;
    link(&row.purpose, row.user_id, row.without_two_step)
}

/// Uses a link up, in the transaction of what it is used for: of two at once, one gets it.
///
/// # Errors
/// `NotFound` where it was used, has run out, or never was.
pub async fn take(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: &Token) -> Result<Link, AppError> {
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

/// Makes all links for the first Admin useless, once there is one.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn withdraw_first(db: impl PgExecutor<'_>) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM one_time_links WHERE user_id IS NULL")
        .execute(db)
        .await?;
    Ok(())
}

/// Makes the links of a user useless.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn withdraw(db: impl PgExecutor<'_>, user: Uuid) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM one_time_links WHERE user_id = $1", user)
        .execute(db)
        .await?;
    Ok(())
}
