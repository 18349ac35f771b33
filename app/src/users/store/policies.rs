//! The policies that an Admin sets: which roles require a second step, and how long sessions last.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::db::audit_log;
use crate::users::model::{RolePolicy, SessionPolicy};

/// The roles that require a second step.
pub async fn two_step_roles(db: impl PgExecutor<'_>) -> Result<Vec<Role>, AppError> {
    let words = sqlx::query_scalar!("SELECT role FROM role_policies WHERE two_step_required")
        .fetch_all(db)
        .await?;
    Ok(words.iter().filter_map(|word| Role::parse(word)).collect())
}

/// What is required of each role.
pub async fn role_policies(db: impl PgExecutor<'_>) -> Result<Vec<RolePolicy>, AppError> {
    let rows = sqlx::query!("SELECT role, two_step_required, version FROM role_policies")
        .fetch_all(db)
        .await?;
    let policies = rows.into_iter().filter_map(|row| {
        Some(RolePolicy {
            role: Role::parse(&row.role)?,
            two_step_required: row.two_step_required,
            version: row.version,
        })
    });
    Ok(policies.collect())
}

/// Sets whether a role requires a second step. False where somebody else has changed it since its version `expected`.
pub async fn set_two_step_required(
    pool: &PgPool,
    audit: &AuditContext,
    (role, expected): (Role, i64),
    required: bool,
) -> Result<bool, AppError> {
    let mut transaction = pool.begin().await?;
    let before = sqlx::query!(
        "SELECT id, two_step_required, version FROM role_policies WHERE role = $1 FOR UPDATE",
        role.as_str()
    )
    .fetch_one(&mut *transaction)
    .await?;
    if before.version != expected {
        return Ok(false);
    }
    if before.two_step_required == required {
        return Ok(true);
    }
    let version = before.version + 1;
    sqlx::query!(
        "UPDATE role_policies SET two_step_required = $2, version = $3 WHERE id = $1",
        before.id,
        required,
        version
    )
    .execute(&mut *transaction)
    .await?;
    let text = |on: bool| Some(if on { "required" } else { "optional" }.to_owned());
    let change = Change::of("two-step sign-in", text(!required), text(required));
    record(
        &mut transaction,
        audit,
        EntityKind::Role,
        (before.id, version),
        &[change],
    )
    .await?;
    transaction.commit().await?;
    Ok(true)
}

/// How long sessions last.
pub async fn session_policy(db: impl PgExecutor<'_>) -> Result<SessionPolicy, AppError> {
    let row = sqlx::query_as!(
        SessionPolicy,
        "SELECT idle_minutes, absolute_minutes, version FROM session_policy"
    );
    Ok(row.fetch_one(db).await?)
}

/// Sets how long sessions last. Older ones end with it. False where somebody else has changed it since the policy's version.
pub async fn set_session_policy(pool: &PgPool, audit: &AuditContext, policy: SessionPolicy) -> Result<bool, AppError> {
    let mut transaction = pool.begin().await?;
    let before = sqlx::query!("SELECT id, version, idle_minutes, absolute_minutes FROM session_policy FOR UPDATE")
        .fetch_one(&mut *transaction)
        .await?;
    if before.version != policy.version {
        return Ok(false);
    }
    let text = |minutes: i32| Some(format!("{minutes} minutes"));
    let mut changes = Vec::new();
    if before.idle_minutes != policy.idle_minutes {
        changes.push(Change::of(
            "idle limit",
            text(before.idle_minutes),
            text(policy.idle_minutes),
        ));
    }
    if before.absolute_minutes != policy.absolute_minutes {
        changes.push(Change::of(
            "absolute limit",
            text(before.absolute_minutes),
            text(policy.absolute_minutes),
        ));
    }
    if changes.is_empty() {
        return Ok(true);
    }
    sqlx::query!(
        "UPDATE session_policy SET idle_minutes = $1, absolute_minutes = $2, version = version + 1",
        policy.idle_minutes,
        policy.absolute_minutes
    )
    .execute(&mut *transaction)
    .await?;
    let entity = (before.id, before.version + 1);
    record(&mut transaction, audit, EntityKind::SessionPolicy, entity, &changes).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn record(
    db: &mut PgConnection,
    audit: &AuditContext,
    entity: EntityKind,
    (id, version): (Uuid, i64),
    changes: &[Change],
) -> Result<(), AppError> {
    let event = AuditEvent {
        context: *audit,
        entity,
        id,
        version,
    };
    audit_log::record(db, &event, changes).await
}
