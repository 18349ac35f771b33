//! What users do with their own account.

use uuid::Uuid;

use super::sign_in::{TypedCode, confirm_all_steps, confirm_password};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::http::identity::Session;
use crate::http::token::{Hash, Token};
use crate::ui::form_state::FormState;
use crate::users::model::password::Hasher;
use crate::users::model::secret_keys::SecretKeys;
use crate::users::model::totp::{SharedSecret, recovery_codes, recovery_hash};
use crate::users::responses::{Account, TwoStepSetup};
use crate::users::store::{credentials, policies, sessions, users};

/// The account's page.
///
/// # Errors
/// `SignedOut`, as of all that follow.
pub async fn get_account(context: &AppContext) -> Result<Account, AppError> {
    let session = context.caller.require_user()?;
    let mut db = context.pool().acquire().await?;
    Ok(Account {
        user: users::get(&mut *db, session.user).await?.user,
        sessions: sessions::list_of_user(&mut *db, context.clock.now(), session.user, session.id).await?,
        recovery_codes: credentials::count_recovery_codes(&mut *db, session.user).await?,
        two_step_required: policies::two_step_roles(&mut *db).await?.contains(&session.role),
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
) -> Result<Result<Token, FormState>, AppError> {
    // It limits how often the rest is done, too: judging a password may take half a second.
    let confirmed = confirm_password(context, session, current).await?;
    let about = [session.name.clone(), session.email.clone()];
    let hasher = context.shared::<Hasher>();
    let chosen = hasher.choose(new, about, &context.shared()).await?;
    let chosen = match (confirmed, chosen) {
        (Ok(()), Ok(chosen)) => chosen,
        (confirmed, chosen) => {
            let form = FormState::new().error_if("password", confirmed.err());
            return Ok(Err(form.error_if("new_password", chosen.err())));
        }
    };
    let hash = hasher.hash(chosen).await?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    credentials::set_password(
        &mut transaction,
        &context.audit(),
        session.user,
        &hash,
        Some(session.id),
    )
    .await?;
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "password changed");
    Ok(Ok(token))
}

/// What the form that turns the second step on shows: a new secret, which stays with the session until it is used. The browser is shown it, and
/// has no say in it.
pub async fn two_step_setup(context: &AppContext, session: &Session) -> Result<TwoStepSetup, AppError> {
    let secret = setup_secret(context, session).await?;
    Ok(TwoStepSetup {
        email: session.email.clone(),
        qr_svg: secret.qr_svg(&session.email.replace(':', " "))?,
        secret: secret.to_base32(),
    })
}

/// The secret that the session is shown to turn the second step on.
///
/// # Errors
/// `SecretKey` where the program has no key to encrypt it with.
async fn setup_secret(context: &AppContext, session: &Session) -> Result<SharedSecret, AppError> {
    let keys = context.shared::<SecretKeys>();
    let new = keys.seal(session.user, &SharedSecret::new()?)?;
    let sealed = sessions::totp_setup(context.pool(), session.id, &new).await?;
    keys.open(session.user, &sealed)
}

/// Turns the second step on, once a code proves that the app has the secret. Gives the recovery codes, which are shown this once,
/// and the session's new token.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn turn_two_step_on(
    context: &AppContext,
    session: &Session,
    code: &str,
    password: &str,
) -> Result<Result<(Vec<String>, Token), FormState>, AppError> {
    let mut form = FormState::new();
    // One that was never shown is in no app: its codes are wrong.
    let shared = setup_secret(context, session).await?;
    let step = shared.verify(code, context.clock.now());
    if step.is_none() {
        form = form.error("code", "Incorrect code. Wait for the next one and enter that.");
    }
    let confirmed = confirm_password(context, session, password).await?;
    form = form.error_if("password", confirmed.err());
    let Some(step) = step.filter(|_| !form.has_errors()) else {
        return Ok(Err(form));
    };
    let (codes, hashes) = new_codes()?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    let audit = context.audit();
    let sealed = context.shared::<SecretKeys>().seal(session.user, &shared)?;
    if !credentials::turn_two_step_on(&mut transaction, &audit, session.user, &sealed, step, &hashes).await? {
        return Ok(Err(
            FormState::new().problem("Two-step sign-in is already on. Turn it off first.")
        ));
    }
    sessions::forget_totp_setup(&mut *transaction, session.id).await?;
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, true).await?;
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
    code: &TypedCode,
) -> Result<Result<Token, FormState>, AppError> {
    if policies::two_step_roles(context.pool()).await?.contains(&session.role) {
        let message = format!(
            "Your role, {}, requires two-step sign-in. It can't be turned off.",
            session.role
        );
        return Ok(Err(FormState::new().problem(message)));
    }
    if let Err(form) = confirm_all_steps(context, session, password, code).await? {
        return Ok(Err(form));
    }
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    credentials::turn_two_step_off(&mut transaction, &context.audit(), session.user).await?;
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "second step turned off");
    Ok(Ok(token))
}

/// Replaces the recovery codes. Gives the new ones, and the session's new token.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn replace_recovery_codes(
    context: &AppContext,
    session: &Session,
    password: &str,
    code: &TypedCode,
) -> Result<Result<(Vec<String>, Token), FormState>, AppError> {
    if let Err(form) = confirm_all_steps(context, session, password, code).await? {
        return Ok(Err(form));
    }
    let (codes, hashes) = new_codes()?;
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    if users::get(&mut *transaction, session.user).await?.secret.is_none() {
        return Ok(Err(
            FormState::new().problem("Two-step sign-in is off. Turn it on first.")
        ));
    }
    credentials::replace_recovery_codes(&mut transaction, &context.audit(), session.user, &hashes).await?;
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, false).await?;
    transaction.commit().await?;
    tracing::info!(user = %session.user, "recovery codes replaced");
    Ok(Ok((codes, token)))
}

fn new_codes() -> Result<(Vec<String>, Vec<Hash>), AppError> {
    let codes = recovery_codes()?;
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok((codes, hashes))
}

/// Ends one of the user's sessions; without an id all but the caller's.
///
/// # Errors
/// `SignedOut`, `TooMany`; inside, the form with what is wrong.
pub async fn end_sessions(
    context: &AppContext,
    session: &Session,
    id: Option<Uuid>,
    password: &str,
) -> Result<Result<(), FormState>, AppError> {
    if let Err(message) = confirm_password(context, session, password).await? {
        return Ok(Err(FormState::new().error("password", message)));
    }
    if let Some(id) = id {
        sessions::delete(context.pool(), session.user, id).await?;
    } else {
        // Whatever else has changed of one's own account.
        let user = (session.user, None);
        let _ = users::end_all_sessions(context.pool(), &context.audit(), user, Some(session.id)).await?;
    }
    tracing::info!(user = %session.user, all = id.is_none(), "sessions were ended");
    Ok(Ok(()))
}
