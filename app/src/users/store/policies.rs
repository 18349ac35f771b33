//! The policies that an Admin sets: which roles require a second step, and how long sessions last.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::base::audit::{AuditContext, AuditEvent, Change, EntityKind};
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::db::audit_log;
use crate::users::model::SessionPolicy;

/// The roles that require a second step.
pub async fn two_step_roles(db: impl PgExecutor<'_>) -> Result<Vec<Role>, AppError> {
    let words = sqlx::query_scalar!("SELECT role FROM role_policies WHERE two_step_required")
        .fetch_all(db)
        .await?;
    Ok(words.iter().filter_map(|word| Role::parse(word)).collect())
}

/// Sets whether a role requires a second step.
pub async fn set_two_step_required(
    pool: &PgPool,
    audit: &AuditContext,
    role: Role,
    required: bool,
) -> Result<(), AppError> {
    let mut transaction = pool.begin().await?;
    let written = sqlx::query!(
        "UPDATE role_policies SET two_step_required = $2, version = version + 1
         WHERE role = $1 AND two_step_required <> $2 RETURNING id, version",
        role.as_str(),
        required
    );
    if let Some(row) = written.fetch_optional(&mut *transaction).await? {
        let text = |on: bool| Some(if on { "required" } else { "optional" }.to_owned());
        let change = Change::of("two-step sign-in", text(!required), text(required));
        record(
            &mut transaction,
            audit,
            EntityKind::Role,
            (row.id, row.version),
            &[change],
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// How long sessions last.
pub async fn session_policy(db: impl PgExecutor<'_>) -> Result<SessionPolicy, AppError> {
    let row = sqlx::query_as!(
        SessionPolicy,
        "SELECT idle_minutes, absolute_minutes FROM session_policy"
    );
    Ok(row.fetch_one(db).await?)
}

/// Sets how long sessions last. Older ones end with it.
pub async fn set_session_policy(pool: &PgPool, audit: &AuditContext, policy: SessionPolicy) -> Result<(), AppError> {
    let mut transaction = pool.begin().await?;
    let before = sqlx::query!("SELECT id, version, idle_minutes, absolute_minutes FROM session_policy FOR UPDATE")
        .fetch_one(&mut *transaction)
        .await?;
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
        return Ok(());
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
    Ok(())
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
