//! Sessions. The token is in the browser alone: what is kept of it is its SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::users::Credentials;
use crate::error::AppError;
use crate::people::model::asker::Session;
use crate::people::model::roles::Role;
use crate::people::model::token::Token;
use crate::people::model::{SessionView, Stage};

/// How old "last seen" may get before it is written again.
pub(super) const SEEN_EVERY: TimeDelta = TimeDelta::minutes(1);

/// What all sessions depend on, as SQL: it is another after each change of a session, of a user or of the rules, and the same as long as there is none.
pub const MARK: &str = "(SELECT mark FROM session_changes)";

/// A session that was found.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// Whether "last seen" wants to be written.
    pub stale: bool,
    /// Until when it holds if nothing changes, and "last seen" is fresh.
    pub until: DateTime<Utc>,
    /// The mark of the sessions ([`MARK`]), with which it was read.
    pub mark: Uuid,
}

/// The session of a token, if it holds: neither idle nor old beyond the rules, of a user who is not disabled.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn find(db: impl PgExecutor<'_>, now: DateTime<Utc>, token: Token) -> Result<Option<Found>, AppError> {
    let row = sqlx::query!(
        r#"SELECT s.id, s.user_id, s.last_seen_at, s.second_step, s.wrote_wal, u.name, u.email, u.role,
               u.totp_secret IS NOT NULL AS "two_step!", r.two_step AS two_step_demanded,
               least(s.last_seen_at + make_interval(mins => rules.idle_minutes),
                   s.signed_in_at + make_interval(mins => rules.absolute_minutes)) AS "ends_at!",
               (SELECT mark FROM session_changes) AS "mark!"
           FROM sessions s
           JOIN users u ON u.id = s.user_id AND u.deleted_at IS NULL AND u.disabled_at IS NULL
           JOIN role_rules r ON r.role = u.role
           CROSS JOIN session_rules rules
           WHERE s.token_hash = $1
               AND s.last_seen_at > $2::timestamptz - make_interval(mins => rules.idle_minutes)
               AND s.signed_in_at > $2::timestamptz - make_interval(mins => rules.absolute_minutes)"#,
        &token.hash()[..],
        now
    );
    let Some(row) = row.fetch_optional(db).await? else {
        return Ok(None);
    };
    let stage = match (row.two_step, row.second_step, row.two_step_demanded) {
        (true, false, _) => Stage::Code,
        (false, _, true) => Stage::SetUp,
        _ => Stage::In,
    };
    Ok(Some(Found {
        stale: now - row.last_seen_at > SEEN_EVERY,
        until: row.ends_at.min(row.last_seen_at + SEEN_EVERY),
        mark: row.mark,
        session: Session {
            id: row.id,
            token,
            user: row.user_id,
            name: row.name,
            email: row.email,
            role: Role::parse(&row.role).unwrap_or(Role::Staff),
            stage,
            wrote: row.wrote_wal,
        },
    }))
}

/// Sweeps away what is left of sessions that nobody can use any more, but those that somebody else is ending just now.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn sweep(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<(), AppError> {
    sqlx::query!(
        "DELETE FROM sessions WHERE id IN (
             SELECT s.id FROM sessions s CROSS JOIN session_rules rules
             WHERE s.last_seen_at < $1::timestamptz - make_interval(mins => rules.idle_minutes)
             FOR UPDATE OF s SKIP LOCKED)",
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Opens a session of a user whose password is still the one that was checked: false where it was changed, or the user disabled,
/// since then.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn open(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    checked: &Credentials,
    token: &Token,
    address: &str,
    browser: &str,
) -> Result<bool, AppError> {
    let opened = sqlx::query!(
        "INSERT INTO sessions (id, token_hash, user_id, signed_in_at, last_seen_at, address, browser)
         SELECT $1, $2, id, $3, $3, $5, $6 FROM users
         WHERE id = $4 AND disabled_at IS NULL AND deleted_at IS NULL AND password_hash IS NOT DISTINCT FROM $7
         FOR SHARE",
        Uuid::now_v7(),
        &token.hash()[..],
        now,
        checked.user.id,
        address,
        browser,
        checked.password_hash
    );
    Ok(opened.execute(db).await?.rows_affected() == 1)
}

/// Writes that a session was seen.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn seen(db: impl PgExecutor<'_>, now: DateTime<Utc>, id: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2",
        id,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that something was written in a session just now: its own reads wait for it.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn wrote(db: impl PgExecutor<'_>, id: Uuid) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE sessions SET wrote_wal = pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint WHERE id = $1",
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gives a session another token, so that whoever had the old one is out; `second_step` says whether a code was given too.
///
/// # Errors
/// `SignedOut` where the session has ended meanwhile.
pub async fn renew(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    id: Uuid,
    token: &Token,
    second_step: bool,
) -> Result<(), AppError> {
    let renewed = sqlx::query!(
        "UPDATE sessions SET token_hash = $2, last_seen_at = $3, second_step = second_step OR $4 WHERE id = $1",
        id,
        &token.hash()[..],
        now,
        second_step
    );
    match renewed.execute(db).await?.rows_affected() {
        0 => Err(AppError::SignedOut),
        _ => Ok(()),
    }
}

/// Ends a session of a user; one that has ended already is no fault.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn end(db: impl PgExecutor<'_>, user: Uuid, id: Uuid) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM sessions WHERE user_id = $1 AND id = $2", user, id)
        .execute(db)
        .await?;
    Ok(())
}

/// The sessions of a user that still hold and are all the way in, the last seen first.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn of_user(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    user: Uuid,
    current: Uuid,
) -> Result<Vec<SessionView>, AppError> {
    let rows = sqlx::query!(
        "SELECT s.id, s.browser, s.address, s.signed_in_at, s.last_seen_at FROM sessions s
         JOIN users u ON u.id = s.user_id AND (u.totp_secret IS NULL OR s.second_step)
         CROSS JOIN session_rules rules
         WHERE s.user_id = $1
             AND s.last_seen_at > $2::timestamptz - make_interval(mins => rules.idle_minutes)
             AND s.signed_in_at > $2::timestamptz - make_interval(mins => rules.absolute_minutes)
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

/// How many sessions hold and are all the way in, by user.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn counts(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<Vec<(Uuid, i64)>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT s.user_id, count(*) AS "count!" FROM sessions s
           JOIN users u ON u.id = s.user_id AND (u.totp_secret IS NULL OR s.second_step)
           CROSS JOIN session_rules rules
           WHERE s.last_seen_at > $1::timestamptz - make_interval(mins => rules.idle_minutes)
               AND s.signed_in_at > $1::timestamptz - make_interval(mins => rules.absolute_minutes)
           GROUP BY s.user_id"#,
        now
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row.count)).collect())
}
