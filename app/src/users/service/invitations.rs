//! One-time links: the first Admin, invitations, resets.

use crate::base::audit::AuditContext;
use crate::base::contact::Email;
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::base::text::parse_text;
use crate::http::context::AppContext;
use crate::http::token::Token;
use crate::ui::form_state::FormState;
use crate::users::model::password::Hasher;
use crate::users::model::{LONGEST_NAME, Purpose, User};
use crate::users::routes;
use crate::users::service::admin::changed;
use crate::users::service::sign_in::account_counter;
use crate::users::store::{credentials, known_browsers, one_time_links, sign_in_attempts, users};
use uuid::Uuid;

/// The address of a one-time link, to be passed on to its user. It is shown once.
pub type LinkUrl = String;

fn link_url(context: &AppContext, token: &Token) -> LinkUrl {
    format!("{}{}", context.public_address.url, routes::link(token.secret()))
}

/// A link that adds the first Admin; none where somebody can sign in already.
pub async fn invite_first_admin(context: &AppContext) -> Result<Option<LinkUrl>, AppError> {
    if users::any_can_sign_in(context.pool()).await? {
        return Ok(None);
    }
    let mut transaction = context.pool().begin().await?;
    let token = one_time_links::create(&mut transaction, context.clock.now(), Purpose::FirstAdmin, None, false).await?;
    transaction.commit().await?;
    Ok(Some(link_url(context, &token)))
}

/// Adds a user, with a link to choose a password by.
///
/// # Errors
/// Inside, the form with what is wrong.
pub async fn invite(
    context: &AppContext,
    name: &str,
    email: &str,
    role: &str,
) -> Result<Result<(User, LinkUrl), FormState>, AppError> {
    let form = FormState::new()
        .with("name", name)
        .with("email", email)
        .with("role", role);
    let parsed = (
        parse_text(name, "a name", LONGEST_NAME),
        Email::parse(email),
        Role::parse(role),
    );
    let (name, email, role) = match parsed {
        (Ok(name), Ok(email), Some(role)) => (name, email, role),
        (name, email, role) => {
            let form = form.error_if("name", name.err()).error_if("email", email.err());
            let form = form.error_if("role", role.is_none().then_some("Choose a role."));
            return Ok(Err(form));
        }
    };
    let mut transaction = context.pool().begin().await?;
    let user = match users::add(&mut transaction, &context.audit(), &name, &email, role).await? {
        Ok(user) => user,
        Err(_) => {
            return Ok(Err(
                form.error("email", "Another user has this email. Enter a different one.")
            ));
        }
    };
    let token = one_time_links::create(
        &mut transaction,
        context.clock.now(),
        Purpose::Invitation,
        Some(user.id),
        false,
    )
    .await?;
    transaction.commit().await?;
    tracing::info!(user = %user.id, %role, "invited");
    Ok(Ok((user, link_url(context, &token))))
}

/// Makes a link for a user to choose a new password by. With `without_two_step`, using it also turns the second step off: for
/// somebody who has lost their phone.
///
/// # Errors
/// `NotFound`; inside, the form where the account is disabled.
pub async fn reset(
    context: &AppContext,
    (id, shown): (Uuid, Option<i64>),
    without_two_step: bool,
) -> Result<Result<(User, LinkUrl), FormState>, AppError> {
    let mut transaction = context.pool().begin().await?;
    users::lock(&mut transaction, id).await?;
    let user = users::get(&mut *transaction, id).await?.user;
    if !user.is_version(shown) {
        return Ok(Err(FormState::new().problem(changed(&user))));
    }
    if user.disabled_at.is_some() {
        return Ok(Err(
            FormState::new().problem("This account is disabled. Enable it first.")
        ));
    }
    let purpose = if user.has_password {
        Purpose::Reset
    } else {
        Purpose::Invitation
    };
    let token = one_time_links::create(
        &mut transaction,
        context.clock.now(),
        purpose,
        Some(id),
        without_two_step,
    )
    .await?;
    users::record_event(&mut transaction, &context.audit(), id, "link created").await?;
    transaction.commit().await?;
    tracing::info!(user = %id, "one-time link created");
    Ok(Ok((user, link_url(context, &token))))
}

/// The purpose of a link, and its user; none for the first Admin.
///
/// # Errors
/// `NotFound` where the link does not work any more.
pub async fn get_link(context: &AppContext, token: &str) -> Result<(Purpose, Option<User>), AppError> {
    let token = Token::parse(token).ok_or(AppError::NotFound)?;
    let link = one_time_links::find(context.pool(), context.clock.now(), &token).await?;
    let user = match link.user {
        Some(id) => Some(users::get(context.pool(), id).await?.user),
        None => None,
    };
    Ok((link.purpose, user))
}

/// Uses a link: it sets its user's password, who signs in with it next.
///
/// # Errors
/// `NotFound` where the link does not work any more; inside, the form with what is wrong.
pub async fn use_link(
    context: &AppContext,
    token: &str,
    name: &str,
    email: &str,
    password: &str,
) -> Result<Result<User, FormState>, AppError> {
    let (purpose, user) = get_link(context, token).await?;
    let token = Token::parse(token).ok_or(AppError::NotFound)?;
    let form = FormState::new().with("name", name).with("email", email);
    let (name, email) = match &user {
        Some(user) => (Ok(user.name.clone()), Email::parse(&user.email)),
        None => (parse_text(name, "your name", LONGEST_NAME), Email::parse(email)),
    };
    let about = [
        name.clone().unwrap_or_default(),
        email.clone().map(|email| email.key()).unwrap_or_default(),
    ];
    let hasher = context.shared::<Hasher>();
    let chosen = hasher.choose(password, about, &context.shared()).await?;
    let (name, email, chosen) = match (name, email, chosen) {
        (Ok(name), Ok(email), Ok(chosen)) => (name, email, chosen),
        (name, email, chosen) => {
            let form = form.error_if("name", name.err()).error_if("email", email.err());
            return Ok(Err(form.error_if("password", chosen.err())));
        }
    };
    let password_hash = hasher.hash(chosen).await?;
    let mut transaction = context.pool().begin().await?;
    if purpose == Purpose::FirstAdmin {
        users::lock_first_admin(&mut transaction).await?;
    }
    if let Some(user) = &user {
        // Every transaction that changes both locks the user before the link.
        users::lock(&mut transaction, user.id).await?;
    }
    let link = one_time_links::consume(&mut *transaction, context.clock.now(), &token).await?;
    let id = match user {
        Some(user) => user.id,
        None => match users::add_first_admin(&mut transaction, &context.audit(), &name, &email).await? {
            Ok(user) => user.id,
            Err(users::WriteError::EmailTaken) => {
                return Ok(Err(
                    form.error("email", "Another user has this email. Enter a different one.")
                ));
            }
            // Somebody was faster: now there is an Admin, who can invite.
            Err(_) => return Err(AppError::NotFound),
        },
    };
    // Whoever has the link acts as its user.
    let audit = AuditContext {
        actor: Some(id),
        ..context.audit()
    };
    if link.without_two_step {
        credentials::turn_two_step_off(&mut transaction, &audit, id).await?;
    }
    credentials::set_password(&mut transaction, &audit, id, &password_hash, None).await?;
    if purpose == Purpose::FirstAdmin {
        one_time_links::revoke_first_admin(&mut *transaction).await?;
    }
    // A link also ends the wait after too many attempts, and no browser is known any more.
    known_browsers::forget(&mut transaction, id).await?;
    sign_in_attempts::clear(&mut transaction, &account_counter(&email.key())).await?;
    let user = users::get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    tracing::info!(user = %id, purpose = %purpose, "one-time link used");
    Ok(Ok(user))
}
