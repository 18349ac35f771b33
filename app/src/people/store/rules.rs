//! The rules that an Admin sets: which roles need a second step, and how long sessions last.

use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use crate::error::AppError;
use crate::history::model::{Change, Entity, Event, Stamp};
use crate::history::store as history;
use crate::people::model::SessionRules;
use crate::people::model::roles::Role;

/// Which roles need a second step.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn two_step_roles(db: impl PgExecutor<'_>) -> Result<Vec<Role>, AppError> {
    let words = sqlx::query_scalar!("SELECT role FROM role_rules WHERE two_step")
        .fetch_all(db)
        .await?;
    Ok(words.iter().filter_map(|word| Role::parse(word)).collect())
}

/// Demands a second step of a role, or no longer.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn demand_two_step(pool: &PgPool, stamp: &Stamp, role: Role, demanded: bool) -> Result<(), AppError> {
    let mut transaction = pool.begin().await?;
    let written = sqlx::query!(
        "UPDATE role_rules SET two_step = $2, version = version + 1 WHERE role = $1 AND two_step <> $2 RETURNING id, version",
        role.word(),
        demanded
    );
    if let Some(row) = written.fetch_optional(&mut *transaction).await? {
        let said = |on: bool| Some(if on { "required" } else { "optional" }.to_owned());
        let change = Change::of("two-step sign-in", said(!demanded), said(demanded));
        record(&mut transaction, stamp, Entity::Role, (row.id, row.version), &[change]).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// How long sessions last.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn session_rules(db: impl PgExecutor<'_>) -> Result<SessionRules, AppError> {
    let row = sqlx::query_as!(SessionRules, "SELECT idle_minutes, absolute_minutes FROM session_rules");
    Ok(row.fetch_one(db).await?)
}

/// Says how long sessions last; those that are older than that end with it.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn set_session_rules(pool: &PgPool, stamp: &Stamp, rules: SessionRules) -> Result<(), AppError> {
    let mut transaction = pool.begin().await?;
    let before = sqlx::query!("SELECT id, version, idle_minutes, absolute_minutes FROM session_rules FOR UPDATE")
        .fetch_one(&mut *transaction)
        .await?;
    let said = |minutes: i32| Some(format!("{minutes} minutes"));
    let mut changes = Vec::new();
    if before.idle_minutes != rules.idle_minutes {
        changes.push(Change::of(
            "idle limit",
            said(before.idle_minutes),
            said(rules.idle_minutes),
        ));
    }
    if before.absolute_minutes != rules.absolute_minutes {
        changes.push(Change::of(
            "absolute limit",
            said(before.absolute_minutes),
            said(rules.absolute_minutes),
        ));
    }
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE session_rules SET idle_minutes = $1, absolute_minutes = $2, version = version + 1",
        rules.idle_minutes,
        rules.absolute_minutes
    )
    .execute(&mut *transaction)
    .await?;
    let which = (before.id, before.version + 1);
    record(&mut transaction, stamp, Entity::SessionRule, which, &changes).await?;
    transaction.commit().await?;
    Ok(())
}

async fn record(
    db: &mut PgConnection,
    stamp: &Stamp,
    entity: Entity,
    (id, version): (Uuid, i64),
    changes: &[Change],
) -> Result<(), AppError> {
    let event = Event {
        stamp: *stamp,
        entity,
        id,
        version,
    };
    history::record(db, &event, changes).await
}
