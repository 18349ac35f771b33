//! Users: each change in one transaction with its history.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use chrono::{DateTime, Utc};

use crate::contact::Email;
use crate::error::AppError;
use crate::history::model::{Change, Entity, Event, Stamp};
use crate::history::store as history;
use crate::people::model::User;
use crate::people::model::roles::Role;
use crate::people::model::two_step::SharedSecret;

/// Why a change was not made. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another user has the email.
    EmailTaken,
    /// Nobody could see to people any more.
    LastAdmin,
    /// There is somebody who can sign in already.
    NotFirst,
}

/// The outcome of a change.
pub type Written = Result<Result<User, Refusal>, AppError>;

/// What signing in has to know of a user, and nobody else.
#[derive(Debug)]
pub struct Credentials {
    /// Who it is.
    pub user: User,
    /// PHC string of argon2id.
    pub password_hash: Option<String>,
    /// The secret of the second step, where it is on.
    pub secret: Option<SharedSecret>,
}

struct UserRow {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    password_hash: Option<String>,
    totp_secret: Option<Vec<u8>>,
    disabled_at: Option<DateTime<Utc>>,
    version: i64,
}

/// `SELECT` of users with the given rest of the statement, checked when the program is built.
macro_rules! user_query {
    ($rest:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            UserRow,
            "SELECT id, name, email, role, password_hash, totp_secret, disabled_at, version FROM users WHERE deleted_at IS NULL " + $rest
            $(, $bind)*
        )
    };
}

impl From<UserRow> for Credentials {
    fn from(row: UserRow) -> Self {
        Self {
            user: User {
                id: row.id,
                name: row.name,
                email: row.email,
                // The table holds no other words.
                role: Role::parse(&row.role).unwrap_or(Role::Staff),
                has_password: row.password_hash.is_some(),
                two_step: row.totp_secret.is_some(),
                disabled_at: row.disabled_at,
                version: row.version,
            },
            password_hash: row.password_hash,
            secret: row.totp_secret.as_deref().and_then(SharedSecret::from_bytes),
        }
    }
}

/// All users, by name.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<User>, AppError> {
    let rows = user_query!("ORDER BY name, id").fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| Credentials::from(row).user).collect())
}

/// A user with what signing in needs.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> Result<Credentials, AppError> {
    let row = user_query!("AND id = $1", id).fetch_optional(db).await?;
    row.map(Credentials::from).ok_or(AppError::NotFound)
}

/// The user with an email.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn with_email(db: impl PgExecutor<'_>, email: &Email) -> Result<Option<Credentials>, AppError> {
    let row = user_query!("AND email_key = $1", email.key())
        .fetch_optional(db)
        .await?;
    Ok(row.map(Credentials::from))
}

/// Whether anybody could sign in.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn anybody(db: impl PgExecutor<'_>) -> Result<bool, AppError> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM users WHERE deleted_at IS NULL AND disabled_at IS NULL AND password_hash IS NOT NULL) AS "found!""#
    );
    Ok(found.fetch_one(db).await?)
}

/// Adds a user who has no password yet, in the transaction of the caller.
///
/// # Errors
/// `Unavailable` and `Internal`; inside, `EmailTaken`: the transaction is good for nothing then.
pub async fn add(db: &mut PgConnection, stamp: &Stamp, name: &str, email: &Email, role: Role) -> Written {
    let id = Uuid::now_v7();
    let added = sqlx::query!(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (email_key) WHERE deleted_at IS NULL DO NOTHING",
        id,
        name,
        email.as_str(),
        email.key(),
        role.word(),
        stamp.at
    );
    if added.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(Err(Refusal::EmailTaken));
    }
    let said = |text: &str| Some(text.to_owned());
    let changes = [
        Change::word("created"),
        Change::of("name", None, said(name)),
        Change::of("email", None, said(email.as_str())),
        Change::of("role", None, said(role.word())),
    ];
    record(db, stamp, id, 1, &changes).await?;
    Ok(Ok(get(db, id).await?.user))
}

/// Lets one transaction at a time make the first Admin. To be called before anything else of it, so that none waits for another half-way.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn one_first_admin(db: &mut PgConnection) -> Result<(), AppError> {
    sqlx::query!("LOCK TABLE role_rules IN EXCLUSIVE MODE")
        .execute(db)
        .await?;
    Ok(())
}

/// Adds the first Admin, in the transaction of the caller, which has asked for [`one_first_admin`].
///
/// # Errors
/// `Unavailable` and `Internal`; inside, `EmailTaken` or `NotFirst`.
pub async fn add_first_admin(db: &mut PgConnection, stamp: &Stamp, name: &str, email: &Email) -> Written {
    if anybody(&mut *db).await? {
        return Ok(Err(Refusal::NotFirst));
    }
    add(db, stamp, name, email, Role::Admin).await
}

/// Holds a user against other writers until the transaction ends.
///
/// # Errors
/// `NotFound`.
pub async fn hold(db: &mut PgConnection, id: Uuid) -> Result<(), AppError> {
    locked(db, id).await.map(|_| ())
}

/// Writes a word about a user into the history.
///
/// # Errors
/// `NotFound`.
pub async fn note(db: &mut PgConnection, stamp: &Stamp, id: Uuid, word: &str) -> Result<(), AppError> {
    let user = touched(&mut *db, stamp, id).await?;
    record(db, stamp, id, user.version + 1, &[Change::word(word)]).await
}

/// Gives a user another role.
///
/// # Errors
/// `NotFound`; inside, `LastAdmin`.
pub async fn set_role(pool: &PgPool, stamp: &Stamp, id: Uuid, role: Role) -> Written {
    let mut transaction = pool.begin().await?;
    let another_admin = another_admin(&mut transaction, id).await?;
    let user = locked(&mut transaction, id).await?.user;
    if user.role == role {
        return Ok(Ok(user));
    }
    if user.role == Role::Admin && !another_admin {
        return Ok(Err(Refusal::LastAdmin));
    }
    sqlx::query!(
        "UPDATE users SET role = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        role.word(),
        stamp.at
    )
    .execute(&mut *transaction)
    .await?;
    end_sessions(&mut transaction, id, None).await?;
    let change = Change::of("role", Some(user.role.word().into()), Some(role.word().into()));
    record(&mut transaction, stamp, id, user.version + 1, &[change]).await?;
    let user = get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    Ok(Ok(user))
}

/// Disables a user, whose sessions and links end with it; or enables one again.
///
/// # Errors
/// `NotFound`; inside, `LastAdmin`.
pub async fn set_disabled(pool: &PgPool, stamp: &Stamp, id: Uuid, disabled: bool) -> Written {
    let mut transaction = pool.begin().await?;
    let another_admin = another_admin(&mut transaction, id).await?;
    let user = locked(&mut transaction, id).await?.user;
    if user.disabled_at.is_some() == disabled {
        return Ok(Ok(user));
    }
    if disabled && user.role == Role::Admin && !another_admin {
        return Ok(Err(Refusal::LastAdmin));
    }
    sqlx::query!(
        "UPDATE users SET disabled_at = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        disabled.then_some(stamp.at),
        stamp.at
    )
    .execute(&mut *transaction)
    .await?;
    end_sessions(&mut transaction, id, None).await?;
    super::links::withdraw(&mut *transaction, id).await?;
    let change = Change::word(if disabled { "disabled" } else { "enabled" });
    record(&mut transaction, stamp, id, user.version + 1, &[change]).await?;
    let user = get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    Ok(Ok(user))
}

/// Ends all sessions of a user but `keep`, with a line in the history.
///
/// # Errors
/// `NotFound`.
pub async fn end_all_sessions(pool: &PgPool, stamp: &Stamp, id: Uuid, keep: Option<Uuid>) -> Result<User, AppError> {
    let mut transaction = pool.begin().await?;
    let user = touched(&mut transaction, stamp, id).await?;
    end_sessions(&mut transaction, id, keep).await?;
    record(
        &mut transaction,
        stamp,
        id,
        user.version + 1,
        &[Change::word("sessions ended")],
    )
    .await?;
    transaction.commit().await?;
    Ok(user)
}

pub(super) async fn end_sessions(db: &mut PgConnection, id: Uuid, keep: Option<Uuid>) -> Result<(), AppError> {
    sqlx::query!(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
        id,
        keep
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Counts a change whose rows are elsewhere; gives the user as it was before.
pub(super) async fn touched(db: &mut PgConnection, stamp: &Stamp, id: Uuid) -> Result<User, AppError> {
    let user = locked(&mut *db, id).await?.user;
    sqlx::query!(
        "UPDATE users SET version = version + 1, updated_at = $2 WHERE id = $1",
        id,
        stamp.at
    )
    .execute(db)
    .await?;
    Ok(user)
}

/// A user, held against other writers until the transaction ends.
pub(super) async fn locked(db: &mut PgConnection, id: Uuid) -> Result<Credentials, AppError> {
    let row = user_query!("AND id = $1 FOR UPDATE", id).fetch_optional(db).await?;
    row.map(Credentials::from).ok_or(AppError::NotFound)
}

/// Whether somebody else could still see to people. Holds all Admins until the transaction ends, in one order and before the user
/// that is changed, so that two of them can neither turn each other out at once nor wait for each other.
async fn another_admin(db: &mut PgConnection, than: Uuid) -> Result<bool, AppError> {
    let admins = sqlx::query_scalar!(
        "SELECT id FROM users
         WHERE role = 'Admin' AND deleted_at IS NULL AND disabled_at IS NULL AND password_hash IS NOT NULL
         ORDER BY id FOR UPDATE"
    );
    let admins = admins.fetch_all(db).await?;
    Ok(admins.iter().any(|admin| *admin != than))
}

pub(super) async fn record(
    db: &mut PgConnection,
    stamp: &Stamp,
    id: Uuid,
    version: i64,
    changes: &[Change],
) -> Result<(), AppError> {
    let event = Event {
        stamp: *stamp,
        entity: Entity::User,
        id,
        version,
    };
    history::record(db, &event, changes).await
}
