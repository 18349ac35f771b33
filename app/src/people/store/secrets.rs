//! What only the person knows: the password, the second step, the recovery codes. Each change in one transaction with its history.

use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::links;
use super::users::{end_sessions, locked, record, touched};
use crate::error::AppError;
use crate::history::model::{Change, Stamp};
use crate::people::model::token::Hash;
use crate::people::model::two_step::SharedSecret;

/// Gives a user a password, in the transaction of the caller. All sessions end but `keep`, and links with them.
///
/// # Errors
/// `NotFound`.
pub async fn set_password(
    db: &mut PgConnection,
    stamp: &Stamp,
    id: Uuid,
    hash: &str,
    keep: Option<Uuid>,
) -> Result<(), AppError> {
    let user = locked(&mut *db, id).await?.user;
    sqlx::query!(
        "UPDATE users SET password_hash = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        hash,
        stamp.at
    )
    .execute(&mut *db)
    .await?;
    end_sessions(&mut *db, id, keep).await?;
    links::withdraw(&mut *db, id).await?;
    let word = if user.has_password {
        "password changed"
    } else {
        "password chosen"
    };
    record(db, stamp, id, user.version + 1, &[Change::word(word)]).await
}

/// Turns the second step on, with the hashes of the recovery codes; all sessions have to give a code from now on. False where it is
/// on already.
///
/// # Errors
/// `NotFound`.
pub async fn turn_two_step_on(
    db: &mut PgConnection,
    stamp: &Stamp,
    id: Uuid,
    secret: &SharedSecret,
    step: i64,
    codes: &[Hash],
) -> Result<bool, AppError> {
    let user = locked(&mut *db, id).await?.user;
    if user.two_step {
        return Ok(false);
    }
    sqlx::query!(
        "UPDATE users SET totp_secret = $2, totp_step = $3, version = version + 1, updated_at = $4 WHERE id = $1",
        id,
        &secret.bytes()[..],
        step,
        stamp.at
    )
    .execute(&mut *db)
    .await?;
    // A code of an older secret counts no more.
    sqlx::query!("UPDATE sessions SET second_step = false WHERE user_id = $1", id)
        .execute(&mut *db)
        .await?;
    replace_recovery_codes(&mut *db, id, codes).await?;
    record(db, stamp, id, user.version + 1, &[Change::word("two-step on")]).await?;
    Ok(true)
}

/// Turns the second step off.
///
/// # Errors
/// `NotFound`.
pub async fn turn_two_step_off(db: &mut PgConnection, stamp: &Stamp, id: Uuid) -> Result<(), AppError> {
    let user = locked(&mut *db, id).await?.user;
    if !user.two_step {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE users SET totp_secret = NULL, version = version + 1, updated_at = $2 WHERE id = $1",
        id,
        stamp.at
    )
    .execute(&mut *db)
    .await?;
    replace_recovery_codes(&mut *db, id, &[]).await?;
    record(db, stamp, id, user.version + 1, &[Change::word("two-step off")]).await
}

/// Gives a user new recovery codes, in place of all that are left.
///
/// # Errors
/// `NotFound`.
pub async fn renew_recovery_codes(
    db: &mut PgConnection,
    stamp: &Stamp,
    id: Uuid,
    codes: &[Hash],
) -> Result<(), AppError> {
    let user = touched(&mut *db, stamp, id).await?;
    replace_recovery_codes(&mut *db, id, codes).await?;
    record(
        db,
        stamp,
        id,
        user.version + 1,
        &[Change::word("recovery codes renewed")],
    )
    .await
}

/// How many recovery codes a user has left.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn recovery_codes_left(db: impl PgExecutor<'_>, id: Uuid) -> Result<i64, AppError> {
    let left = sqlx::query_scalar!(
        r#"SELECT count(*) AS "left!" FROM recovery_codes WHERE user_id = $1"#,
        id
    );
    Ok(left.fetch_one(db).await?)
}

/// Accepts a code of a step, once: false where that step, or a later one, was accepted before.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn accept_step(db: impl PgExecutor<'_>, id: Uuid, step: i64) -> Result<bool, AppError> {
    let accepted = sqlx::query!(
        "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2",
        id,
        step
    );
    Ok(accepted.execute(db).await?.rows_affected() == 1)
}

/// Uses a recovery code up: false where there is none with this hash.
///
/// # Errors
/// `NotFound`.
pub async fn use_recovery_code(db: &mut PgConnection, stamp: &Stamp, id: Uuid, code: &Hash) -> Result<bool, AppError> {
    // The user first, as everybody else does who changes the codes.
    let version = locked(&mut *db, id).await?.user.version;
    let used = sqlx::query!(
        "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2",
        id,
        &code[..]
    );
    if used.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(false);
    }
    touched(&mut *db, stamp, id).await?;
    record(db, stamp, id, version + 1, &[Change::word("recovery code used")]).await?;
    Ok(true)
}

async fn replace_recovery_codes(db: &mut PgConnection, id: Uuid, codes: &[Hash]) -> Result<(), AppError> {
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
