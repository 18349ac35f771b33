//! What Admins do with the accounts of others, and with the policies.

use std::collections::HashMap;

use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::base::units::parse_whole_number;
use crate::http::context::AppContext;
use crate::ui::form_state::FormState;
use crate::users::model::secret_keys::SecretKeys;
use crate::users::model::{SessionPolicy, User};
use crate::users::responses::{RolesPage, UserRow, UsersPage};
use crate::users::store::users::{WriteError, WriteOutcome};
use crate::users::store::{policies, sessions, users};

/// All users.
pub async fn list_users(context: &AppContext) -> Result<UsersPage, AppError> {
    let mut db = context.pool().acquire().await?;
    let counts: HashMap<Uuid, i64> = sessions::count_by_user(&mut *db, context.clock.now())
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
        two_step_roles: policies::two_step_roles(&mut *db).await?,
    })
}

/// The roles and policies.
pub async fn get_roles(context: &AppContext) -> Result<RolesPage, AppError> {
    let mut db = context.pool().acquire().await?;
    Ok(RolesPage {
        roles: policies::role_policies(&mut *db).await?,
        session_policy: policies::session_policy(&mut *db).await?,
    })
}

/// Gives a user another role.
///
/// # Errors
/// `NotFound`; inside, the form with what prevents it.
pub async fn set_role(
    context: &AppContext,
    user: (Uuid, Option<i64>),
    role: &str,
) -> Result<Result<User, FormState>, AppError> {
    let Some(role) = Role::parse(role) else {
        return Ok(Err(FormState::new().error("role", "Choose a role.")));
    };
    let written = users::set_role(context.pool(), &context.audit(), user, role).await;
    let form = FormState::new().with("role", role.as_str());
    outcome(context, user.0, written, "role changed", form).await
}

/// Disables a user, whose sessions end at once, or enables them again.
///
/// # Errors
/// `NotFound`; inside, the form with what prevents it.
pub async fn set_disabled(
    context: &AppContext,
    user: (Uuid, Option<i64>),
    disabled: bool,
) -> Result<Result<User, FormState>, AppError> {
    let written = users::set_disabled(context.pool(), &context.audit(), user, disabled).await;
    let what = if disabled { "disabled" } else { "enabled" };
    outcome(context, user.0, written, what, FormState::new()).await
}

/// What a change gives to its form.
async fn outcome(
    context: &AppContext,
    id: Uuid,
    written: WriteOutcome,
    what: &'static str,
    form: FormState,
) -> Result<Result<User, FormState>, AppError> {
    Ok(match written? {
        Ok(user) => {
            tracing::info!(user = %user.id, what, "account changed");
            Ok(user)
        }
        Err(WriteError::LastAdmin) => Err(form.problem("This is the only Admin. Make someone else an Admin first.")),
        Err(WriteError::Changed) => Err(form.problem(changed(&users::get(context.pool(), id).await?.user))),
        Err(_) => Err(form.problem("This can't be done now.")),
    })
}

/// What a user is now, for an Admin whose page showed something else.
pub(super) fn changed(user: &User) -> String {
    let two_step = if user.two_step { "on" } else { "off" };
    format!(
        "{} changed after you opened this. The account is now: {}, {}, two-step sign-in {two_step}. Check it, then try again.",
        user.name,
        user.role,
        user.state().to_lowercase()
    )
}

/// Ends all sessions of a user.
///
/// # Errors
/// `NotFound`; inside, the form with what prevents it.
pub async fn end_sessions(
    context: &AppContext,
    user: (Uuid, Option<i64>),
) -> Result<Result<User, FormState>, AppError> {
    let written = users::end_all_sessions(context.pool(), &context.audit(), user, None).await;
    outcome(context, user.0, written, "all sessions ended", FormState::new()).await
}

/// Sets whether a role requires the second step, as its version showed it.
///
/// # Errors
/// Inside, the form where somebody else has changed it since.
pub async fn set_two_step_required(
    context: &AppContext,
    role: (Role, i64),
    required: bool,
) -> Result<Result<(), FormState>, AppError> {
    if required && context.shared::<SecretKeys>().is_empty() {
        // Nobody of the role could go on.
        return Err(AppError::SecretKey);
    }
    if !policies::set_two_step_required(context.pool(), &context.audit(), role, required).await? {
        let word = if required { "required" } else { "optional" };
        let form = FormState::new().with("two_step", word);
        return Ok(Err(
            form.problem("This changed after you opened it. Check it, then save again.")
        ));
    }
    tracing::info!(role = %role.0, required, "two-step policy changed");
    Ok(Ok(()))
}

/// Sets how long sessions last.
///
/// # Errors
/// Inside, the form with what is wrong.
pub async fn set_session_policy(
    context: &AppContext,
    idle: &str,
    absolute: &str,
    version: i64,
) -> Result<Result<(), FormState>, AppError> {
    let mut form = FormState::new()
        .with("idle_minutes", idle)
        .with("absolute_minutes", absolute);
    let idle = parse_whole_number(idle, "minutes", 5..=1440);
    let absolute = parse_whole_number(absolute, "minutes", 30..=10080);
    if idle.is_none() {
        form = form.error("idle_minutes", "Enter 5 to 1,440 minutes.");
    }
    if absolute.is_none() {
        form = form.error("absolute_minutes", "Enter 30 to 10,080 minutes.");
    }
    let (Some(idle_minutes), Some(absolute_minutes)) = (idle, absolute) else {
        return Ok(Err(form));
    };
    if idle_minutes > absolute_minutes {
        return Ok(Err(form.error(
            "idle_minutes",
            "The idle limit can't be longer than the longest session.",
        )));
    }
    let policy = SessionPolicy {
        idle_minutes,
        absolute_minutes,
        version,
    };
    if !policies::set_session_policy(context.pool(), &context.audit(), policy).await? {
        let now = policies::session_policy(context.pool()).await?;
        return Ok(Err(form.problem(format!(
            "This changed after you opened it: it is now {} and {} minutes. Save again to set yours.",
            now.idle_minutes, now.absolute_minutes
        ))));
    }
    tracing::info!(idle_minutes, absolute_minutes, "session policy changed");
    Ok(Ok(()))
}
