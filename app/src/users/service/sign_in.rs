//! Signing in and out.

use std::net::IpAddr;

use sqlx::PgConnection;

use crate::base::contact::Email;
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::http::context::AppContext;
use crate::http::identity::Session;
use crate::http::token::{Hash, Token, hash};
use crate::users::model::password::{Hasher, Password};
use crate::users::model::totp::recovery_hash;
use crate::users::store::users::Credentials;
use crate::users::store::{credentials, sessions, sign_in_attempts, users};

/// The most attempts for an account within 15 minutes.
pub const ATTEMPTS_PER_ACCOUNT: i32 = 10;
/// The most attempts from an address within 15 minutes: a whole office may share one.
pub const ATTEMPTS_PER_ADDRESS: i32 = 100;

/// The accounts that have a sign-in button. Only a demo has them, which listens on this machine only.
#[derive(Clone, Debug)]
pub struct DemoAccounts {
    /// The Admin's email.
    pub admin: String,
    /// The Sales user's email.
    pub sales: String,
}

/// The outcome of an attempt to sign in.
#[derive(Debug)]
pub enum SignInOutcome {
    /// A session was created.
    SignedIn {
        /// The session's token, for the browser.
        token: Token,
        /// Whether the code of the second step is required next.
        code_required: bool,
    },
    /// The email, password or code is wrong; the message does not say which.
    Wrong,
    /// There were too many attempts: this one was not checked.
    TooMany,
}

/// The message where no password was typed.
pub const NO_PASSWORD: &str = "Enter your password.";

/// The counters of an attempt.
struct AttemptCounters {
    account: Hash,
    address: Hash,
}

impl AttemptCounters {
    fn new(email_key: &str, address: IpAddr) -> Self {
        Self {
            account: account_counter(email_key),
            address: hash(format!("address {}", network(address)).as_bytes()),
        }
    }

    /// The counters of a user whose session is open: the same as at the sign-in.
    fn of_session(context: &AppContext, session: &Session) -> Self {
        let key = Email::parse(&session.email)
            .map(|email| email.key())
            .unwrap_or_default();
        Self::new(&key, context.caller.address)
    }

    /// Counts the attempt, and says whether it may be checked.
    async fn admit(&self, context: &AppContext) -> Result<bool, AppError> {
        let now = context.clock.now();
        let from_address = sign_in_attempts::add(context.pool(), now, &self.address).await?;
        if from_address > ATTEMPTS_PER_ADDRESS {
            return Ok(false);
        }
        Ok(sign_in_attempts::add(context.pool(), now, &self.account).await? <= ATTEMPTS_PER_ACCOUNT)
    }

    /// The attempt succeeded: it and those before it count no more.
    async fn clear(&self, context: &AppContext) -> Result<(), AppError> {
        sign_in_attempts::clear(context.pool(), context.clock.now(), &self.account).await?;
        sign_in_attempts::subtract(context.pool(), &self.address).await
    }
}

/// The counter of attempts for an account.
pub(super) fn account_counter(email_key: &str) -> Hash {
    hash(format!("account {email_key}").as_bytes())
}

/// The addresses that are counted together: one of IPv4, or a network of 64 bits of IPv6, which one household or office has.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Signs a user in by email and password. An unknown email, a disabled account and a wrong password give the same answer after
/// the same time.
pub async fn sign_in(context: &AppContext, email: &str, password: &str) -> Result<SignInOutcome, AppError> {
    let email = Email::parse(email).ok();
    let key = email.as_ref().map(Email::key).unwrap_or_default();
    let counters = AttemptCounters::new(&key, context.caller.address);
    if !counters.admit(context).await? {
        tracing::warn!(address = %context.caller.address, "sign-in not checked: too many attempts");
        return Ok(SignInOutcome::TooMany);
    }
    let found = match &email {
        Some(email) => users::find_by_email(context.pool(), email).await?,
        None => None,
    };
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    let hasher = context.shared::<Hasher>();
    let matches = hasher.verify(Password::from_input(password), hash).await?;
    let id = found
        .as_ref()
        .map(|found| found.user.id.to_string())
        .unwrap_or_default();
    let created = match found.filter(|found| matches && found.user.disabled_at.is_none()) {
        Some(found) => {
            let token = create_session(context, &found).await?;
            token.map(|token| (token, found.user.two_step))
        }
        None => None,
    };
    let Some((token, code_required)) = created else {
        tracing::warn!(user = id, address = %context.caller.address, "sign-in failed");
        return Ok(SignInOutcome::Wrong);
    };
    if code_required {
        // The code counts as an attempt of its own, and clears the account's when it is right.
        sign_in_attempts::subtract(context.pool(), &counters.address).await?;
    } else {
        counters.clear(context).await?;
    }
    Ok(SignInOutcome::SignedIn { token, code_required })
}

/// Creates a session in place of the one that the browser had. None where the password was changed, or the user disabled, since
/// `verified` was read.
async fn create_session(context: &AppContext, verified: &Credentials) -> Result<Option<Token>, AppError> {
    let token = Token::new()?;
    sign_out(context).await?;
    let (now, caller) = (context.clock.now(), &context.caller);
    sessions::delete_expired(context.pool(), now).await?;
    let address = caller.address.to_string();
    if !sessions::create(context.pool(), now, verified, &token, &address, &caller.browser).await? {
        return Ok(None);
    }
    let (user, code_required) = (verified.user.id, verified.user.two_step);
    tracing::info!(%user, address = %caller.address, code_required, "signed in");
    Ok(Some(token))
}

/// The second step: verifies a code of the authenticator app, or a recovery code.
///
/// # Errors
/// `SignedOut` where the session has ended meanwhile.
pub async fn verify_code(context: &AppContext, session: &Session, code: &str) -> Result<SignInOutcome, AppError> {
    let counters = AttemptCounters::of_session(context, session);
    if !counters.admit(context).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "code not checked: too many attempts");
        return Ok(SignInOutcome::TooMany);
    }
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    if !consume_code(context, &mut transaction, session, code).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "second step failed");
        return Ok(SignInOutcome::Wrong);
    }
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, true).await?;
    transaction.commit().await?;
    counters.clear(context).await?;
    tracing::info!(user = %session.user, "second step passed");
    Ok(SignInOutcome::SignedIn {
        token,
        code_required: false,
    })
}

/// Consumes a code of the app, or a recovery code: each is valid once. False where it is not valid.
async fn consume_code(
    context: &AppContext,
    db: &mut PgConnection,
    session: &Session,
    code: &str,
) -> Result<bool, AppError> {
    let Some(secret) = users::get(&mut *db, session.user).await?.secret else {
        return Ok(false);
    };
    if let Some(step) = secret.verify(code, context.clock.now()) {
        return credentials::consume_totp_step(db, session.user, step).await;
    }
    credentials::consume_recovery_code(db, &context.audit(), session.user, &recovery_hash(code)).await
}

/// Checks that the password is the signed-in user's. It is counted like signing in, since a session that was left open is a place
/// to guess.
///
/// # Errors
/// `TooMany`; inside, what is wrong.
pub async fn confirm_password(
    context: &AppContext,
    session: &Session,
    password: &str,
) -> Result<Result<(), &'static str>, AppError> {
    let counters = AttemptCounters::of_session(context, session);
    if !counters.admit(context).await? {
        tracing::warn!(user = %session.user, "password not checked: too many attempts");
        return Err(AppError::TooMany);
    }
    if password.is_empty() {
        return Ok(Err(NO_PASSWORD));
    }
    let hash = users::get(context.pool(), session.user).await?.password_hash;
    let hasher = context.shared::<Hasher>();
    if !hasher.verify(Password::from_input(password), hash).await? {
        tracing::warn!(user = %session.user, "re-authentication failed");
        return Ok(Err("This is not your password."));
    }
    counters.clear(context).await?;
    Ok(Ok(()))
}

/// Ends the caller's session.
pub async fn sign_out(context: &AppContext) -> Result<(), AppError> {
    match context.caller.session() {
        Ok(session) => {
            sessions::delete(context.pool(), session.user, session.id).await?;
            tracing::info!(user = %session.user, "signed out");
            Ok(())
        }
        Err(AppError::SignedOut) => Ok(()),
        // The database did not say who it is: then nothing has ended either.
        Err(error) => Err(error),
    }
}

/// Signs a user in with one of the demo's accounts. The Staff visitor is added at the first use.
///
/// # Errors
/// `NotFound` where this is no demo, or the account is gone.
pub async fn sign_in_to_demo(context: &AppContext, role: Role) -> Result<Token, AppError> {
    let demo = context.shared::<Option<DemoAccounts>>().ok_or(AppError::NotFound)?;
    let email = match role {
        Role::Admin => &demo.admin,
        Role::Sales => &demo.sales,
        Role::Staff => VISITOR,
    };
    let email = Email::parse(email).map_err(AppError::internal)?;
    let account = match users::find_by_email(context.pool(), &email).await? {
        None if role == Role::Staff => add_visitor(context, &email).await?,
        found => found.ok_or(AppError::NotFound)?,
    };
    create_session(context, &account).await?.ok_or(AppError::NotFound)
}

/// The email of the demo's Staff visitor.
const VISITOR: &str = "visitor@lastmile.example";

async fn add_visitor(context: &AppContext, email: &Email) -> Result<Credentials, AppError> {
    let mut transaction = context.pool().begin().await?;
    match users::add(&mut transaction, &context.audit(), "Visitor", email, Role::Staff).await? {
        Ok(_) => transaction.commit().await?,
        // Another click has just added it. The connection goes back before another is acquired: where many clicked at once, none
        // would get one.
        Err(_) => transaction.rollback().await?,
    }
    users::find_by_email(context.pool(), email)
        .await?
        .ok_or(AppError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_with_its_network() {
        for (address, counted) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().expect("an address")), counted);
        }
    }
}
