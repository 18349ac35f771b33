//! What somebody does with their own account.

use uuid::Uuid;

use super::entry::confirm_password;
use crate::context::AppContext;
use crate::error::AppError;
use crate::people::model::asker::Session;
use crate::people::model::token::{Hash, Token};
use crate::people::model::two_step::{SharedSecret, recovery_codes, recovery_hash};
use crate::people::store::{rules, secrets, sessions, users};
use crate::people::view::{Account, TwoStepSetUp};
use crate::ui::posted::Posted;

/// The account's page.
///
/// # Errors
/// `SignedOut`; `Unavailable` and `Internal`, as of all that follow.
pub async fn account(context: &AppContext) -> Result<Account, AppError> {
    let session = context.caller.member()?;
    let mut db = context.pool().acquire().await?;
    Ok(Account {
        user: users::get(&mut *db, session.user).await?.user,
        sessions: sessions::of_user(&mut *db, context.clock.now(), session.user, session.id).await?,
        recovery_codes: secrets::recovery_codes_left(&mut *db, session.user).await?,
        two_step_demanded: rules::two_step_roles(&mut *db).await?.contains(&session.role),
    })
}

/// Changes the password. Other sessions end, and this one gets a new token.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn change_password(
    context: &AppContext,
    session: &Session,
    current: &str,
    new: &str,
) -> Result<Result<Token, Posted>, AppError> {
    // It counts the tries of what follows, too: judging a password may take half a second.
    let confirmed = confirm_password(context, session, current).await?;
    let about = [session.name.clone(), session.email.clone()];
    let chosen = context.hasher.choose(new, about, &context.refused_passwords).await?;
    let chosen = match (confirmed, chosen) {
        (Ok(()), Ok(chosen)) => chosen,
        (confirmed, chosen) => {
            let posted = Posted::new().wrong_if("password", confirmed.err());
            return Ok(Err(posted.wrong_if("new_password", chosen.err())));
        }
    };
    let hash = context.hasher.hash(chosen).await?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    secrets::set_password(
        &mut transaction,
        &context.stamp(),
        session.user,
        &hash,
        Some(session.id),
    )
    .await?;
    sessions::renew(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "password changed");
    Ok(Ok(token))
}

/// What the form that turns the second step on shows: a secret, or the one that came back.
///
/// # Errors
/// `Internal`.
pub fn begin_two_step(session: &Session, again: &Posted) -> Result<TwoStepSetUp, AppError> {
    let secret = match SharedSecret::parse(&again.value("secret")) {
        Some(secret) => secret,
        None => SharedSecret::new()?,
    };
    Ok(TwoStepSetUp {
        picture: secret.picture(&session.email.replace(':', " "))?,
        secret: secret.shown(),
    })
}

/// Turns the second step on, once a code shows that the app has the secret. Gives the recovery codes, which are shown this once,
/// and the session's new token.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn turn_two_step_on(
    context: &AppContext,
    session: &Session,
    secret: &str,
    code: &str,
    password: &str,
) -> Result<Result<(Vec<String>, Token), Posted>, AppError> {
    let mut posted = Posted::new().with("secret", secret);
    let Some(shared) = SharedSecret::parse(secret) else {
        return Ok(Err(
            Posted::new().problem("The secret was lost on the way: scan the picture again.")
        ));
    };

    let step = shared.step_of(code, context.clock.now());
    if step.is_none() {
        posted = posted.wrong(
            "code",
            "This is not the code that the app shows now. Wait for the next one and type that.",
        );
    }
    let confirmed = confirm_password(context, session, password).await?;
    posted = posted.wrong_if("password", confirmed.err());
    let Some(step) = step.filter(|_| !posted.is_wrong()) else {
        return Ok(Err(posted));
    };
    let (codes, hashes) = new_codes()?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    let stamp = context.stamp();
    if !secrets::turn_two_step_on(&mut transaction, &stamp, session.user, &shared, step, &hashes).await? {
        return Ok(Err(
            Posted::new().problem("Two-step sign-in is on already: turn it off first.")
        ));
    }
    sessions::renew(&mut *transaction, context.clock.now(), session.id, &token, true).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "second step turned on");
    Ok(Ok((codes, token)))
}

/// Turns the second step off.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn turn_two_step_off(
    context: &AppContext,
    session: &Session,
    password: &str,
) -> Result<Result<Token, Posted>, AppError> {
    if let Err(said) = confirm_password(context, session, password).await? {
        return Ok(Err(Posted::new().wrong("password", said)));
    }
    if rules::two_step_roles(context.pool()).await?.contains(&session.role) {
        let message = format!(
            "Your role, {}, needs the second step: it cannot be turned off.",
            session.role
        );
        return Ok(Err(Posted::new().problem(message)));
    }
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    secrets::turn_two_step_off(&mut transaction, &context.stamp(), session.user).await?;
    sessions::renew(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "second step turned off");
    Ok(Ok(token))
}

/// New recovery codes in place of the old ones.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn renew_recovery_codes(
    context: &AppContext,
    session: &Session,
    password: &str,
) -> Result<Result<(Vec<String>, Token), Posted>, AppError> {
    if let Err(said) = confirm_password(context, session, password).await? {
        return Ok(Err(Posted::new().wrong("password", said)));
    }
    let (codes, hashes) = new_codes()?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    if users::get(&mut *transaction, session.user).await?.secret.is_none() {
        return Ok(Err(Posted::new().problem("The second step is off: turn it on first.")));
    }
    secrets::renew_recovery_codes(&mut transaction, &context.stamp(), session.user, &hashes).await?;
    sessions::renew(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "recovery codes renewed");
    Ok(Ok((codes, token)))
}

fn new_codes() -> Result<(Vec<String>, Vec<Hash>), AppError> {
    let codes = recovery_codes()?;
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// Ends one of the person's sessions.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn end_session(context: &AppContext, session: &Session, id: Uuid) -> Result<(), AppError> {
    sessions::end(context.pool(), session.user, id).await?;
    tracing::info!(user = %session.user, "a session was ended");
    Ok(())
}

/// Ends all of the person's sessions but the one that asks.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn end_other_sessions(context: &AppContext, session: &Session) -> Result<(), AppError> {
    users::end_all_sessions(context.pool(), &context.stamp(), session.user, Some(session.id)).await?;
    tracing::info!(user = %session.user, "other sessions were ended");
    Ok(())
}
