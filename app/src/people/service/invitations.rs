//! One-time links: the first Admin, invitations, resets.

use crate::contact::{Email, parse_text};
use crate::context::AppContext;
use crate::error::AppError;
use crate::history::model::Stamp;
use crate::people::model::roles::Role;
use crate::people::model::token::{Token, hash};
use crate::people::model::{LONGEST_NAME, Purpose, User};
use crate::people::place;
use crate::people::store::{links, secrets, tries, users};
use crate::ui::posted::Posted;
use uuid::Uuid;

/// A link, to be passed on to the person; it is shown once.
pub type LinkText = String;

/// The address of a link.
fn address(context: &AppContext, token: &Token) -> LinkText {
    format!("{}{}", context.reach.url, place::link(token.secret()))
}

/// The link by which the first Admin is made; none where somebody can sign in already.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn first_admin(context: &AppContext) -> Result<Option<LinkText>, AppError> {
    if users::anybody(context.pool()).await? {
        return Ok(None);
    }
    let mut transaction = context.pool().begin().await?;
    let token = links::make(&mut transaction, context.clock.now(), Purpose::FirstAdmin, None, false).await?;
    transaction.commit().await?;
    Ok(Some(address(context, &token)))
}

/// Adds a user, with a link to choose a password by.
///
/// # Errors
/// Faults only; what the person can mend is inside.
pub async fn invite(
    context: &AppContext,
    name: &str,
    email: &str,
    role: &str,
) -> Result<Result<(User, LinkText), Posted>, AppError> {
    let posted = Posted::new().with("name", name).with("email", email).with("role", role);
    let parsed = (
        parse_text(name, "a name", LONGEST_NAME),
        Email::parse(email),
        Role::parse(role),
    );
    let (name, email, role) = match parsed {
        (Ok(name), Ok(email), Some(role)) => (name, email, role),
        (name, email, role) => {
            let posted = posted.wrong_if("name", name.err()).wrong_if("email", email.err());
            let posted = posted.wrong_if("role", role.is_none().then_some("Choose a role."));
            return Ok(Err(posted));
        }
    };
    let mut transaction = context.pool().begin().await?;
    let user = match users::add(&mut transaction, &context.stamp(), &name, &email, role).await? {
        Ok(user) => user,
        Err(_) => {
            return Ok(Err(
                posted.wrong("email", "Somebody has this email already. Enter another.")
            ));
        }
    };
    let token = links::make(
        &mut transaction,
        context.clock.now(),
        Purpose::Invitation,
        Some(user.id),
        false,
    )
    .await?;
    transaction.commit().await?;
    tracing::info!(user = %user.id, %role, "invited");
    Ok(Ok((user, address(context, &token))))
}

/// Makes a link for a user to choose a new password by; `without_two_step` also turns
/// the second step off when the link is used, for a phone that is lost.
///
/// # Errors
/// `NotFound`; inside, a sentence where the account is disabled.
pub async fn reset(
    context: &AppContext,
    id: Uuid,
    without_two_step: bool,
) -> Result<Result<(User, LinkText), Posted>, AppError> {
    let mut transaction = context.pool().begin().await?;
    let user = users::get(&mut *transaction, id).await?.user;
    if user.disabled_at.is_some() {
        return Ok(Err(Posted::new().problem("This account is disabled: enable it first.")));
    }
    let purpose = if user.has_password {
        Purpose::Reset
    } else {
        Purpose::Invitation
    };
    let token = links::make(
        &mut transaction,
        context.clock.now(),
        purpose,
        Some(id),
        without_two_step,
    )
    .await?;
    users::note(&mut transaction, &context.stamp(), id, "link made").await?;
    transaction.commit().await?;
    tracing::info!(user = %id, "one-time link made");
    Ok(Ok((user, address(context, &token))))
}

/// What a link's page shows.
///
/// # Errors
/// `NotFound` where the link does not work any more.
pub async fn open_link(context: &AppContext, token: &str) -> Result<(Purpose, Option<User>), AppError> {
    let token = Token::parse(token).ok_or(AppError::NotFound)?;
    let link = links::find(context.pool(), context.clock.now(), &token).await?;
    let user = match link.user {
        Some(id) => Some(users::get(context.pool(), id).await?.user),
        None => None,
    };
    Ok((link.purpose, user))
}

/// Uses a link: the person's password is this one from now on. They sign in with it next.
///
/// # Errors
/// `NotFound` where the link does not work any more; inside, the form with what is wrong.
pub async fn use_link(
    context: &AppContext,
    token: &str,
    name: &str,
    email: &str,
    password: &str,
) -> Result<Result<User, Posted>, AppError> {
    let (purpose, user) = open_link(context, token).await?;
    let token = Token::parse(token).ok_or(AppError::NotFound)?;
    let posted = Posted::new().with("name", name).with("email", email);
    let (name, email) = match &user {
        Some(user) => (Ok(user.name.clone()), Email::parse(&user.email)),
        None => (parse_text(name, "your name", LONGEST_NAME), Email::parse(email)),
    };
    let about = [
        name.clone().unwrap_or_default(),
        email.clone().map(|email| email.key()).unwrap_or_default(),
    ];
    let chosen = context
        .hasher
        .choose(password, about, &context.refused_passwords)
        .await?;
    let (name, email, chosen) = match (name, email, chosen) {
        (Ok(name), Ok(email), Ok(chosen)) => (name, email, chosen),
        (name, email, chosen) => {
            let posted = posted.wrong_if("name", name.err()).wrong_if("email", email.err());
            return Ok(Err(posted.wrong_if("password", chosen.err())));
        }
    };
    let hash_of_password = context.hasher.hash(chosen).await?;
    let mut transaction = context.pool().begin().await?;
    if purpose == Purpose::FirstAdmin {
        users::one_first_admin(&mut transaction).await?;
    }
    if let Some(user) = &user {
        // The user before the link, as everybody else does who changes both.
        users::hold(&mut transaction, user.id).await?;
    }
    let link = links::take(&mut *transaction, context.clock.now(), &token).await?;
    let id = match user {
        Some(user) => user.id,
        None => match users::add_first_admin(&mut transaction, &context.stamp(), &name, &email).await? {
            Ok(user) => user.id,
            Err(users::Refusal::EmailTaken) => {
                return Ok(Err(
                    posted.wrong("email", "Somebody has this email already. Enter another.")
                ));
            }
            // Somebody was faster: there is an Admin now, who can invite.
            Err(_) => return Err(AppError::NotFound),
        },
    };
    // Whoever has the link acts as its person.
    let stamp = Stamp {
        actor: Some(id),
        ..context.stamp()
    };
    if link.without_two_step {
        secrets::turn_two_step_off(&mut transaction, &stamp, id).await?;
    }
    secrets::set_password(&mut transaction, &stamp, id, &hash_of_password, None).await?;
    if purpose == Purpose::FirstAdmin {
        links::withdraw_first(&mut *transaction).await?;
    }
    // Whoever was locked out for guessing is let in by the link.
    tries::forget(
        &mut *transaction,
        context.clock.now(),
        &hash(format!("account {}", email.key()).as_bytes()),
    )
    .await?;
    let user = users::get(&mut *transaction, id).await?.user;
    transaction.commit().await?;
    tracing::info!(user = %id, purpose = %purpose, "one-time link used");
    Ok(Ok(user))
}
