//! What an Admin does with other people's accounts, and with the rules.

use std::collections::HashMap;

use uuid::Uuid;

use crate::context::AppContext;
use crate::error::AppError;
use crate::people::model::roles::Role;
use crate::people::model::{SessionRules, User};
use crate::people::store::users::{Refusal, Written};
use crate::people::store::{rules, sessions, users};
use crate::people::view::{RolesPage, UserRow, UsersPage};
use crate::ui::posted::Posted;

/// All users.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn users(context: &AppContext) -> Result<UsersPage, AppError> {
    let mut db = context.pool().acquire().await?;
    let counts: HashMap<Uuid, i64> = sessions::counts(&mut *db, context.clock.now())
        .await?
        .into_iter()
        .collect();
    let users = users::list(&mut *db).await?;
    Ok(UsersPage {
        users: users
            .into_iter()
            .map(|user| UserRow {
                sessions: counts.get(&user.id).copied().unwrap_or_default(),
                user,
            })
            .collect(),
        two_step_roles: rules::two_step_roles(&mut *db).await?,
    })
}

/// The roles and rules.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn roles(context: &AppContext) -> Result<RolesPage, AppError> {
    let mut db = context.pool().acquire().await?;
    Ok(RolesPage {
        two_step_roles: rules::two_step_roles(&mut *db).await?,
        session_rules: rules::session_rules(&mut *db).await?,
    })
}

/// Gives a user another role.
///
/// # Errors
/// `NotFound`; inside, what stands in the way.
pub async fn set_role(context: &AppContext, id: Uuid, role: &str) -> Result<Result<User, Posted>, AppError> {
    let Some(role) = Role::parse(role) else {
        return Ok(Err(Posted::new().wrong("role", "Choose a role.")));
    };
    let written = users::set_role(context.pool(), &context.stamp(), id, role).await;
    told(written, "role changed", Posted::new().with("role", role.word()))
}

/// Disables a user, whose sessions end at once; or enables one again.
///
/// # Errors
/// `NotFound`; inside, what stands in the way.
pub async fn set_disabled(context: &AppContext, id: Uuid, disabled: bool) -> Result<Result<User, Posted>, AppError> {
    let written = users::set_disabled(context.pool(), &context.stamp(), id, disabled).await;
    told(written, if disabled { "disabled" } else { "enabled" }, Posted::new())
}

fn told(written: Written, what: &'static str, posted: Posted) -> Result<Result<User, Posted>, AppError> {
    Ok(match written? {
        Ok(user) => {
            tracing::info!(user = %user.id, what, "account changed");
            Ok(user)
        }
        Err(Refusal::LastAdmin) => Err(posted.problem(
            "This is the last Admin: nobody could see to people any more. Make somebody else an Admin first.",
        )),
        Err(_) => Err(posted.problem("This cannot be done as it is.")),
    })
}

/// Ends all sessions of a user.
///
/// # Errors
/// `NotFound`.
pub async fn end_sessions(context: &AppContext, id: Uuid) -> Result<User, AppError> {
    let user = users::end_all_sessions(context.pool(), &context.stamp(), id, None).await?;
    tracing::info!(user = %id, "all sessions were ended");
    Ok(user)
}

/// Demands a second step of a role, or no longer.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn demand_two_step(context: &AppContext, role: Role, demanded: bool) -> Result<(), AppError> {
    rules::demand_two_step(context.pool(), &context.stamp(), role, demanded).await?;
    tracing::info!(%role, demanded, "second step demanded of a role");
    Ok(())
}

/// Says how long sessions last.
///
/// # Errors
/// Faults only; inside, the form with what is wrong.
pub async fn set_session_rules(
    context: &AppContext,
    idle: &str,
    absolute: &str,
) -> Result<Result<(), Posted>, AppError> {
    let mut posted = Posted::new()
        .with("idle_minutes", idle)
        .with("absolute_minutes", absolute);
    let read = |text: &str, least: i32, most: i32| {
        let number = text.trim().replace(',', "").parse().ok();
        number.filter(|number| (least..=most).contains(number))
    };
    let (idle, absolute) = (read(idle, 5, 1440), read(absolute, 30, 10080));
    if idle.is_none() {
        posted = posted.wrong("idle_minutes", "Enter a number of minutes from 5 to 1440 (a day).");
    }
    if absolute.is_none() {
        posted = posted.wrong(
            "absolute_minutes",
            "Enter a number of minutes from 30 to 10080 (a week).",
        );
    }
    let (Some(idle_minutes), Some(absolute_minutes)) = (idle, absolute) else {
        return Ok(Err(posted));
    };
    if idle_minutes > absolute_minutes {
        return Ok(Err(
            posted.wrong("idle_minutes", "This cannot be longer than a session lasts at all.")
        ));
    }
    let rules_now = SessionRules {
        idle_minutes,
        absolute_minutes,
    };
    rules::set_session_rules(context.pool(), &context.stamp(), rules_now).await?;
    tracing::info!(idle_minutes, absolute_minutes, "session rules changed");
    Ok(Ok(()))
}
