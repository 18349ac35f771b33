//! Passwords, second steps and recovery codes. Each change is one transaction with its history.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::one_time_links;
use super::users::{bump_version, delete_sessions, get_for_update, record};
use crate::base::audit::{AuditContext, Change};
use crate::base::error::AppError;
use crate::http::token::Hash;
use crate::users::model::secret_keys::SealedSecret;

/// Sets a user's password, in the caller's transaction. All sessions end but `keep`, and links are revoked.
///
/// # Errors
/// `NotFound`.
pub async fn set_password(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    hash: &str,
    keep: Option<Uuid>,
) -> Result<(), AppError> {
    let user = get_for_update(&mut *db, id).await?.user;
    sqlx::query!(
        "UPDATE users SET password_hash = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        hash,
        audit.at
    )
    .execute(&mut *db)
    .await?;
    delete_sessions(&mut *db, id, keep).await?;
    one_time_links::revoke(&mut *db, id).await?;
    let event = if user.has_password {
        "password changed"
    } else {
        "password set"
    };
    record(db, audit, id, user.version + 1, &[Change::event(event)]).await
}

/// Replaces the hash of a password by another one of the same password. Nothing happens where the password was changed meanwhile.
pub async fn renew_hash(db: impl PgExecutor<'_>, id: Uuid, old: &str, new: &str) -> Result<(), AppError> {
    sqlx::query!(
        "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        id,
        old,
        new
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Turns the second step on, with the hashes of the recovery codes; every other session needs a code from now on. False where it
/// is on already.
///
/// # Errors
/// `NotFound`.
pub async fn turn_two_step_on(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    secret: &SealedSecret,
    step: i64,
    codes: &[Hash],
) -> Result<bool, AppError> {
    let user = get_for_update(&mut *db, id).await?.user;
    if user.two_step {
        return Ok(false);
    }
    sqlx::query!(
        "UPDATE users SET totp_secret = $2, totp_step = $3, version = version + 1, updated_at = $4 WHERE id = $1",
        id,
        secret.bytes(),
        step,
        audit.at
    )
    .execute(&mut *db)
    .await?;
    // A code of an older secret is not valid any more.
    sqlx::query!("UPDATE sessions SET second_step = false WHERE user_id = $1", id)
        .execute(&mut *db)
        .await?;
    write_recovery_codes(&mut *db, id, codes).await?;
    record(db, audit, id, user.version + 1, &[Change::event("two-step on")]).await?;
    Ok(true)
}

/// Turns the second step off.
///
/// # Errors
/// `NotFound`.
pub async fn turn_two_step_off(db: &mut PgConnection, audit: &AuditContext, id: Uuid) -> Result<(), AppError> {
    let user = get_for_update(&mut *db, id).await?.user;
    if !user.two_step {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE users SET totp_secret = NULL, version = version + 1, updated_at = $2 WHERE id = $1",
        id,
        audit.at
    )
    .execute(&mut *db)
    .await?;
    write_recovery_codes(&mut *db, id, &[]).await?;
    record(db, audit, id, user.version + 1, &[Change::event("two-step off")]).await
}

/// The encrypted secrets of all second steps, by their users.
pub async fn secrets(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, SealedSecret)>, AppError> {
    let rows = sqlx::query!(r#"SELECT id, totp_secret AS "secret!" FROM users WHERE totp_secret IS NOT NULL"#);
    let secrets = rows.map(|row| (row.id, SealedSecret::from_bytes(row.secret)));
    Ok(secrets.fetch_all(db).await?)
}

/// Replaces a user's encrypted secret, which stays the same, unless it was changed since. It is no change of the user.
pub async fn replace_secret(
    db: impl PgExecutor<'_>,
    id: Uuid,
    before: &SealedSecret,
    after: &SealedSecret,
) -> Result<(), AppError> {
    let replaced = sqlx::query!(
        "UPDATE users SET totp_secret = $3 WHERE id = $1 AND totp_secret = $2",
        id,
        before.bytes(),
        after.bytes()
    );
    replaced.execute(db).await?;
    Ok(())
}

/// Replaces all recovery codes of a user.
///
/// # Errors
/// `NotFound`.
pub async fn replace_recovery_codes(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    codes: &[Hash],
) -> Result<(), AppError> {
    let user = bump_version(&mut *db, audit, id).await?;
    write_recovery_codes(&mut *db, id, codes).await?;
    record(
        db,
        audit,
        id,
        user.version + 1,
        &[Change::event("recovery codes renewed")],
    )
    .await
}

/// How many recovery codes a user has left.
pub async fn count_recovery_codes(db: impl PgExecutor<'_>, id: Uuid) -> Result<i64, AppError> {
    let left = sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM recovery_codes WHERE user_id = $1"#,
        id
    );
    Ok(left.fetch_one(db).await?)
}

/// Consumes the code of a step: false where that step, or a later one, was consumed before. No code is accepted of a step after `newest`:
/// one that was consumed nevertheless belongs to a clock that was wrong, and counts no more.
pub async fn consume_totp_step(db: impl PgExecutor<'_>, id: Uuid, step: i64, newest: i64) -> Result<bool, AppError> {
    let consumed = sqlx::query!(
        "UPDATE users SET totp_step = $2 WHERE id = $1 AND (totp_step < $2 OR totp_step > $3)",
        id,
        step,
        newest
    );
    Ok(consumed.execute(db).await?.rows_affected() == 1)
}

/// Consumes a recovery code: false where there is none with this hash.
///
/// # Errors
/// `NotFound`.
pub async fn consume_recovery_code(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    code: &Hash,
) -> Result<bool, AppError> {
    // Every transaction that changes codes locks the user first.
    let version = get_for_update(&mut *db, id).await?.user.version;
    let deleted = sqlx::query!(
        "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2",
        id,
        &code[..]
    );
    if deleted.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(false);
    }
    bump_version(&mut *db, audit, id).await?;
    record(db, audit, id, version + 1, &[Change::event("recovery code used")]).await?;
    Ok(true)
}

async fn write_recovery_codes(db: &mut PgConnection, id: Uuid, codes: &[Hash]) -> Result<(), AppError> {
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", id)
        .execute(&mut *db)
        .await?;
    let codes: Vec<Vec<u8>> = codes.iter().map(|code| code.to_vec()).collect();
    sqlx::query!(
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, code FROM unnest($2::bytea[]) AS code",
        id,
        &codes
    )
    .execute(db)
    .await?;
    Ok(())
}
