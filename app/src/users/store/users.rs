//! Users. Each change is one transaction with its history.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use chrono::{DateTime, Utc};

use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::contact::Email;
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::base::text::compared;
use crate::db::audit_log;
use crate::users::model::User;
use crate::users::model::secret_keys::SealedSecret;

/// Why a change was not made. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// Another user has the email.
    EmailTaken,
    /// It is the last Admin's: nobody could administer users any more.
    LastAdmin,
    /// Somebody can sign in already.
    NotFirst,
    /// Somebody else has changed the user since the page was drawn.
    Changed,
}

/// The outcome of a change.
pub type WriteOutcome = Result<Result<User, WriteError>, AppError>;

/// A user with what signing in verifies.
#[derive(Debug)]
pub struct Credentials {
    /// The user.
    pub user: User,
    /// PHC string of argon2id.
    pub password_hash: Option<String>,
    /// The encrypted secret of the second step, where it is on.
    pub secret: Option<SealedSecret>,
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
            secret: row.totp_secret.map(SealedSecret::from_bytes),
        }
    }
}

/// All users, by name.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<User>, AppError> {
    let rows = user_query!("ORDER BY name, id").fetch_all(db).await?;
    let mut users: Vec<User> = rows.into_iter().map(|row| Credentials::from(row).user).collect();
    users.sort_by_cached_key(|user| compared(&user.name));
    Ok(users)
}

/// A user with what signing in verifies.
///
/// # Errors
/// `NotFound`.
pub async fn get(db: impl PgExecutor<'_>, id: Uuid) -> Result<Credentials, AppError> {
    let row = user_query!("AND id = $1", id).fetch_optional(db).await?;
    row.map(Credentials::from).ok_or(AppError::NotFound)
}

/// The user with an email.
pub async fn find_by_email(db: impl PgExecutor<'_>, email: &Email) -> Result<Option<Credentials>, AppError> {
    let row = user_query!("AND email_key = $1", email.key())
        .fetch_optional(db)
        .await?;
    Ok(row.map(Credentials::from))
}

/// Whether anybody can sign in.
pub async fn any_can_sign_in(db: impl PgExecutor<'_>) -> Result<bool, AppError> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM users WHERE deleted_at IS NULL AND disabled_at IS NULL AND password_hash IS NOT NULL) AS "found!""#
    );
    Ok(found.fetch_one(db).await?)
}

/// Adds a user who has no password yet, in the caller's transaction.
///
/// # Errors
/// Inside, `EmailTaken`: then the transaction has written nothing.
pub async fn add(db: &mut PgConnection, audit: &AuditContext, name: &str, email: &Email, role: Role) -> WriteOutcome {
    let id = Uuid::now_v7();
    let added = sqlx::query!(
        "INSERT INTO users (id, name, email, email_key, role, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
         ON CONFLICT (email_key) WHERE deleted_at IS NULL DO NOTHING",
        id,
        name,
        email.as_str(),
        email.key(),
        role.as_str(),
        audit.at
    );
    if added.execute(&mut *db).await?.rows_affected() == 0 {
        return Ok(Err(WriteError::EmailTaken));
    }
    let text = |text: &str| Some(text.to_owned());
    let changes = [
        Change::event("created"),
        Change::of("name", None, text(name)),
        Change::of("email", None, text(email.as_str())),
        Change::of("role", None, text(role.as_str())),
    ];
    record(db, audit, id, 1, &changes).await?;
    Ok(Ok(get(db, id).await?.user))
}

/// Lets one transaction at a time add the first Admin. It comes first in the transaction, so that no two wait for each other.
pub async fn lock_first_admin(db: &mut PgConnection) -> Result<(), AppError> {
    sqlx::query!("LOCK TABLE role_policies IN EXCLUSIVE MODE")
        .execute(db)
        .await?;
    Ok(())
}

/// Adds the first Admin, in the caller's transaction, which has called [`lock_first_admin`].
///
/// # Errors
/// Inside, `EmailTaken` or `NotFirst`.
pub async fn add_first_admin(db: &mut PgConnection, audit: &AuditContext, name: &str, email: &Email) -> WriteOutcome {
    if any_can_sign_in(&mut *db).await? {
        return Ok(Err(WriteError::NotFirst));
    }
    add(db, audit, name, email, Role::Admin).await
}

impl User {
    /// Whether this is the version that a page showed; there is none on the command line.
    pub fn is_version(&self, shown: Option<i64>) -> bool {
        shown.is_none_or(|shown| shown == self.version)
    }
}

/// Locks a user until the transaction ends.
///
/// # Errors
/// `NotFound`.
pub async fn lock(db: &mut PgConnection, id: Uuid) -> Result<(), AppError> {
    get_for_update(db, id).await.map(|_| ())
}

/// Records an event of a user in the history.
///
/// # Errors
/// `NotFound`.
pub async fn record_event(db: &mut PgConnection, audit: &AuditContext, id: Uuid, event: &str) -> Result<(), AppError> {
    let user = bump_version(&mut *db, audit, id).await?;
    record(db, audit, id, user.version + 1, &[Change::event(event)]).await
}

/// Sets the role of a user in the version that was shown; their sessions end.
///
/// # Errors
/// `NotFound`; inside, `Changed` and `LastAdmin`.
pub async fn set_role(
    pool: &PgPool,
    audit: &AuditContext,
    (id, shown): (Uuid, Option<i64>),
    role: Role,
) -> WriteOutcome {
    let mut transaction = pool.begin().await?;
    let other_admin = lock_admins(&mut transaction, id).await?;
    let user = get_for_update(&mut transaction, id).await?.user;
    if user.role == role {
        return Ok(Ok(user));
    }
    if !user.is_version(shown) {
        return Ok(Err(WriteError::Changed));
    }
    if user.role == Role::Admin && !other_admin {
        return Ok(Err(WriteError::LastAdmin));
    }
    sqlx::query!(
        "UPDATE users SET role = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        role.as_str(),
        audit.at
    )
    .execute(&mut *transaction)
    .await?;
    delete_sessions(&mut transaction, id, None).await?;
    let change = Change::of("role", Some(user.role.as_str().into()), Some(role.as_str().into()));
    record(&mut transaction, audit, id, user.version + 1, &[change]).await?;
    let user = get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    Ok(Ok(user))
}

/// Disables a user in the version that was shown, whose sessions and links end with it, or enables them again.
///
/// # Errors
/// `NotFound`; inside, `Changed` and `LastAdmin`.
pub async fn set_disabled(
    pool: &PgPool,
    audit: &AuditContext,
    (id, shown): (Uuid, Option<i64>),
    disabled: bool,
) -> WriteOutcome {
    let mut transaction = pool.begin().await?;
    let other_admin = lock_admins(&mut transaction, id).await?;
    let user = get_for_update(&mut transaction, id).await?.user;
    if user.disabled_at.is_some() == disabled {
        return Ok(Ok(user));
    }
    if !user.is_version(shown) {
        return Ok(Err(WriteError::Changed));
    }
    if disabled && user.role == Role::Admin && !other_admin {
        return Ok(Err(WriteError::LastAdmin));
    }
    sqlx::query!(
        "UPDATE users SET disabled_at = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        id,
        disabled.then_some(audit.at),
        audit.at
    )
    .execute(&mut *transaction)
    .await?;
    delete_sessions(&mut transaction, id, None).await?;
    super::one_time_links::revoke(&mut *transaction, id).await?;
    let change = Change::event(if disabled { "disabled" } else { "enabled" });
    record(&mut transaction, audit, id, user.version + 1, &[change]).await?;
    let user = get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    Ok(Ok(user))
}

/// Ends all sessions of a user in the version that was shown but `keep`, and records it in the history.
///
/// # Errors
/// `NotFound`; inside, `Changed`.
pub async fn end_all_sessions(
    pool: &PgPool,
    audit: &AuditContext,
    (id, shown): (Uuid, Option<i64>),
    keep: Option<Uuid>,
) -> WriteOutcome {
    let mut transaction = pool.begin().await?;
    let user = bump_version(&mut transaction, audit, id).await?;
    if !user.is_version(shown) {
        return Ok(Err(WriteError::Changed));
    }
    delete_sessions(&mut transaction, id, keep).await?;
    record(
        &mut transaction,
        audit,
        id,
        user.version + 1,
        &[Change::event("sessions ended")],
    )
    .await?;
    transaction.commit().await?;
    Ok(Ok(user))
}

pub(super) async fn delete_sessions(db: &mut PgConnection, id: Uuid, keep: Option<Uuid>) -> Result<(), AppError> {
    sqlx::query!(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
        id,
        keep
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Raises a user's version for a change in another table. Gives the user as it was before.
pub(super) async fn bump_version(db: &mut PgConnection, audit: &AuditContext, id: Uuid) -> Result<User, AppError> {
    let user = get_for_update(&mut *db, id).await?.user;
    sqlx::query!(
        "UPDATE users SET version = version + 1, updated_at = $2 WHERE id = $1",
        id,
        audit.at
    )
    .execute(db)
    .await?;
    Ok(user)
}

/// A user, locked until the transaction ends.
pub(super) async fn get_for_update(db: &mut PgConnection, id: Uuid) -> Result<Credentials, AppError> {
    let row = user_query!("AND id = $1 FOR UPDATE", id).fetch_optional(db).await?;
    row.map(Credentials::from).ok_or(AppError::NotFound)
}

/// Locks all Admins until the transaction ends, and says whether there is another than `except`. They are locked in one order and
/// before the user that is changed, so that two Admins can neither remove each other at once nor wait for each other.
async fn lock_admins(db: &mut PgConnection, except: Uuid) -> Result<bool, AppError> {
    let admins = sqlx::query_scalar!(
        "SELECT id FROM users
         WHERE role = 'Admin' AND deleted_at IS NULL AND disabled_at IS NULL AND password_hash IS NOT NULL
         ORDER BY id FOR UPDATE"
    );
    let admins = admins.fetch_all(db).await?;
    Ok(admins.iter().any(|admin| *admin != except))
}

pub(super) async fn record(
    db: &mut PgConnection,
    audit: &AuditContext,
    id: Uuid,
    version: i64,
    changes: &[Change],
) -> Result<(), AppError> {
    let event = AuditEvent {
        context: *audit,
        entity: EntityKind::User,
        id,
        version,
    };
    audit_log::record(db, &event, changes).await
}
