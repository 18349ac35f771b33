//! The names of users and roles, for the subjects that refer to them.

use std::collections::HashMap;

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::roles::{Permission, Role};
use crate::base::text::compared;
use crate::users::model::user_ref::UserRef;

/// Every user, deleted or not, by name.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<UserRef>, AppError> {
    let rows = sqlx::query_as!(UserRef, "SELECT id, name, email FROM users ORDER BY name, id");
    Ok(by_name(rows.fetch_all(db).await?))
}

/// The users who may sign in and have a permission, and those with ids, deleted users included; by name.
pub async fn with_permission(
    db: impl PgExecutor<'_>,
    permission: Permission,
    ids: &[Uuid],
) -> Result<Vec<UserRef>, AppError> {
    let roles = Role::ALL.iter().filter(|role| role.may(permission));
    let roles: Vec<String> = roles.map(ToString::to_string).collect();
    let rows = sqlx::query_as!(
        UserRef,
        "SELECT id, name, email FROM users
         WHERE role = ANY($1) AND deleted_at IS NULL AND disabled_at IS NULL OR id = ANY($2) ORDER BY name, id",
        &roles,
        ids
    );
    Ok(by_name(rows.fetch_all(db).await?))
}

/// In the order of their names as they are compared.
fn by_name(mut users: Vec<UserRef>) -> Vec<UserRef> {
    users.sort_by_cached_key(|user| compared(&user.name));
    users
}

/// The names of users by id, deleted users included.
pub async fn names_of(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, AppError> {
    let rows = sqlx::query!("SELECT id, name FROM users WHERE id = ANY($1)", ids);
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The roles by the ids of their policies.
pub async fn roles_of(db: impl PgExecutor<'_>, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, AppError> {
    let rows = sqlx::query!("SELECT id, role FROM role_policies WHERE id = ANY($1)", ids);
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.role)).collect())
}
