//! Sessions. The browser alone has the token; the table has its SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::users::Credentials;
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::http::identity::Session;
use crate::http::token::Token;
use crate::http::user_summary::AuthStage;
use crate::users::model::SessionView;
use crate::users::model::secret_keys::SealedSecret;

/// How old "last seen" may get before it is written again.
const TOUCH_EVERY: TimeDelta = TimeDelta::minutes(1);

/// A session that was looked up.
#[derive(Debug)]
pub struct Lookup {
    /// The session.
    pub session: Session,
    /// Whether "last seen" should be written again.
    pub last_seen_is_old: bool,
}

/// The session of a token, if it is valid: neither idle nor old beyond the policy, of a user who is not disabled.
pub async fn lookup(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: Token) -> Result<Option<Lookup>, AppError> {
    let row = sqlx::query!(
        r#"SELECT s.id, s.user_id, s.last_seen_at, s.second_step, s.wrote_wal, u.name, u.email, u.role,
               u.totp_secret IS NOT NULL AS "two_step!", r.two_step_required
           FROM sessions s
           JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL AND u.disabled_at IS NULL
           JOIN role_policies r ON r.role = u.role
           CROSS JOIN session_policy policy
           WHERE s.token_hash = $1
               AND s.last_seen_at > $2::timestamptz - make_interval(mins => policy.idle_minutes)
               AND s.signed_in_at > $2::timestamptz - make_interval(mins => policy.absolute_minutes)"#,
        &token.hash()[..],
        now
    );
    let Some(row) = row.fetch_optional(db).await? else {
        return Ok(None);
    };
    let stage = match (row.two_step, row.second_step, row.two_step_required) {
        (true, false, _) => AuthStage::CodeRequired,
        (false, _, true) => AuthStage::SetupRequired,
        _ => AuthStage::Authenticated,
    };
    Ok(Some(Lookup {
        last_seen_is_old: now - row.last_seen_at > TOUCH_EVERY,
        session: Session {
            id: row.id,
            token,
            user: row.user_id,
            name: row.name,
            email: row.email,
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            stage,
            last_write: row.wrote_wal,
        },
    }))
}

/// Deletes at most `limit` sessions that have expired, except those that another transaction writes, and gives their number.
pub async fn delete_expired(db: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> Result<u64, AppError> {
    let deleted = sqlx::query!(
        "DELETE FROM sessions WHERE id IN (
             SELECT s.id FROM sessions s CROSS JOIN session_policy policy
             WHERE s.last_seen_at < $1::timestamptz - make_interval(mins => policy.idle_minutes)
                 OR s.signed_in_at < $1::timestamptz - make_interval(mins => policy.absolute_minutes)
             LIMIT $2 FOR UPDATE OF s SKIP LOCKED)",
        now,
        limit
    );
    Ok(deleted.execute(db).await?.rows_affected())
}

/// Creates a session of a user whose password is still the one that was verified. False where it was changed, or the user
/// disabled, since then.
pub async fn create(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    verified: &Credentials,
    token: &Token,
    address: &str,
    browser: &str,
) -> Result<bool, AppError> {
    let created = sqlx::query!(
        "INSERT INTO sessions (id, token_hash, user_id, signed_in_at, last_seen_at, address, browser)
         SELECT $1, $2, id, $3, $3, $5, $6 FROM users
         WHERE id = $4 AND disabled_at IS NULL AND deleted_at IS NULL AND password_hash IS NOT DISTINCT FROM $7
         FOR SHARE",
        Uuid::now_v7(),
        &token.hash()[..],
        now,
        verified.user.id,
        address,
        browser,
        verified.password_hash
    );
    Ok(created.execute(db).await?.rows_affected() == 1)
}

/// Writes that a session was seen.
pub async fn touch(db: impl PgExecutor<'_>, now: DateTime<Utc>, id: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2",
        id,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores with a session how far the write-ahead log has come: its next reads must not miss what it has just written.
pub fn record_write(primary: PgPool, id: Uuid) -> BoxFuture<'static, Result<(), AppError>> {
    Box::pin(async move {
        sqlx::query!(
            "UPDATE sessions SET wrote_wal = pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint WHERE id = $1",
            id
        )
        .execute(&primary)
        .await?;
        Ok(())
    })
}

/// Gives a session another token: the old one is of no use any more. `second_step` tells that a code was verified, too.
///
/// # Errors
/// `SignedOut` where the session has ended meanwhile.
pub async fn rotate(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    id: Uuid,
    token: &Token,
    second_step: bool,
) -> Result<(), AppError> {
    let rotated = sqlx::query!(
        "UPDATE sessions SET token_hash = $2, last_seen_at = $3, second_step = second_step OR $4 WHERE id = $1",
        id,
        &token.hash()[..],
        now,
        second_step
    );
    match rotated.execute(db).await?.rows_affected() {
        0 => Err(AppError::SignedOut),
        _ => Ok(()),
    }
}

/// The encrypted secret that a session is shown to turn the second step on: `new`, where it has been shown none.
///
/// # Errors
/// `SignedOut` where the session has ended meanwhile.
pub async fn totp_setup(db: impl PgExecutor<'_>, id: Uuid, new: &SealedSecret) -> Result<SealedSecret, AppError> {
    let secret = sqlx::query_scalar!(
        r#"UPDATE sessions SET totp_setup = coalesce(totp_setup, $2) WHERE id = $1 RETURNING totp_setup AS "secret!""#,
        id,
        new.bytes()
    );
    let secret = secret.fetch_optional(db).await?.ok_or(AppError::SignedOut)?;
    Ok(SealedSecret::from_bytes(secret))
}

/// Forgets that secret: it is the user's now.
pub async fn forget_totp_setup(db: impl PgExecutor<'_>, id: Uuid) -> Result<(), AppError> {
    sqlx::query!("UPDATE sessions SET totp_setup = NULL WHERE id = $1", id)
        .execute(db)
        .await?;
    Ok(())
}

/// Ends a session of a user; one that has ended already is no error.
pub async fn delete(db: impl PgExecutor<'_>, user: Uuid, id: Uuid) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND id = $2", user, id)
        .execute(db)
        .await?;
    Ok(())
}

/// The valid sessions of a user who has authenticated completely, the caller's first, then the last seen.
pub async fn list_of_user(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    user: Uuid,
    current: Uuid,
) -> Result<Vec<SessionView>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, s.browser, s.address, s.signed_in_at, s.last_seen_at FROM sessions s
         JOIN users u ON u.id = s.user_id AND (u.totp_secret IS NULL OR s.second_step)
         CROSS JOIN session_policy policy
         WHERE s.user_id = $1
             AND s.last_seen_at > $2::timestamptz - make_interval(mins => policy.idle_minutes)
             AND s.signed_in_at > $2::timestamptz - make_interval(mins => policy.absolute_minutes)
         ORDER BY s.id = $3 DESC, s.last_seen_at DESC, s.id",
        user,
        now,
        current
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| SessionView {
            current: row.id == current,
            id: row.id,
            browser: row.browser,
            address: row.address,
            signed_in_at: row.signed_in_at,
            last_seen_at: row.last_seen_at,
        })
        .collect())
}

/// How many valid sessions each user has who has authenticated completely.
pub async fn count_by_user(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<Vec<(Uuid, i64)>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.user_id, count(*) AS "count!" FROM sessions s
           JOIN users u ON u.id = s.user_id AND (u.totp_secret IS NULL OR s.second_step)
           CROSS JOIN session_policy policy
           WHERE s.last_seen_at > $1::timestamptz - make_interval(mins => policy.idle_minutes)
               AND s.signed_in_at > $1::timestamptz - make_interval(mins => policy.absolute_minutes)
           GROUP BY s.user_id"#,
        now
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.count)).collect())
}
