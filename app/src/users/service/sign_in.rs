//! Signing in and out.

use std::net::IpAddr;

use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::base::contact::Email;
use crate::base::error::AppError;
use crate::base::roles::Role;
use crate::http::context::AppContext;
use crate::http::identity::Session;
use crate::http::token::{Hash, Token, hash};
use crate::ui::form_state::FormState;
use crate::users::model::password::{Hasher, Password, is_outdated};
use crate::users::model::secret_keys::SecretKeys;
use crate::users::model::totp::{SharedSecret, recovery_hash};
use crate::users::store::users::Credentials;
use crate::users::store::{credentials, known_browsers, sessions, sign_in_attempts, users};

/// The most attempts from an address within 15 minutes: a whole office may share one. (For an account they are slowed down.)
const ATTEMPTS_PER_ADDRESS: i32 = 100;

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
        /// By which the browser is known from now on; none before the last step.
        browser: Option<Token>,
    },
    /// The email, password or code is wrong; the message does not say which.
    Wrong,
    /// There were too many attempts: this one was not checked.
    TooMany {
        /// How many seconds to wait.
        seconds: u32,
    },
}

/// The message where no password was typed.
pub const NO_PASSWORD: &str = "Enter your password.";

/// What was typed as the code of the second step, in one of two inputs. Either is accepted in either; who has typed a recovery code means that.
#[derive(Clone)]
pub struct TypedCode {
    /// The name of the input.
    input: &'static str,
    text: String,
}

impl TypedCode {
    /// Of the two inputs.
    pub fn new(code: String, recovery_code: String) -> Self {
        match recovery_code.trim() {
            "" => Self {
                input: "code",
                text: code,
            },
            _ => Self {
                input: "recovery_code",
                text: recovery_code,
            },
        }
    }

    /// Adds to a form that this is not a code.
    pub fn refuse(&self, form: FormState) -> FormState {
        let message = match self.input {
            "code" => WRONG_CODE,
            _ => WRONG_RECOVERY_CODE,
        };
        form.error(self.input, message)
    }
}

const WRONG_CODE: &str = "Incorrect code. Enter the one your app shows now, or use a recovery code.";
const WRONG_RECOVERY_CODE: &str = "Incorrect recovery code. Enter another, or the code your app shows now.";
/// The counters of an attempt. A browser in which the user has signed in before has one of its own: strangers who guess slow down each
/// other, and not the user.
struct AttemptCounters {
    account: Hash,
    address: Hash,
}

impl AttemptCounters {
    async fn new(
        context: &AppContext,
        db: &mut PgConnection,
        email_key: &str,
        user: Option<Uuid>,
    ) -> Result<Self, AppError> {
        let caller = &context.caller;
        let mut account = account_counter(email_key);
        if let Some(user) = user
            && let Some(browser) =
                known_browsers::of_user(db, context.clock.now(), &caller.browser_tokens, user).await?
        {
            account = hash(&[&account[..], &browser.hash()].concat());
        }
        Ok(Self {
            account,
            address: hash(format!("address {}", network(caller.address)).as_bytes()),
        })
    }

    /// The counters of a user whose session is open: the same as at the sign-in.
    async fn of_session(context: &AppContext, db: &mut PgConnection, session: &Session) -> Result<Self, AppError> {
        let key = Email::parse(&session.email)
            .map(|email| email.key())
            .unwrap_or_default();
        Self::new(context, db, &key, Some(session.user)).await
    }

    /// Counts the attempt. Gives the seconds to wait where it may not be checked.
    async fn wait(&self, context: &AppContext, db: &mut PgConnection) -> Result<Option<u32>, AppError> {
        let now = context.clock.now();
        match sign_in_attempts::add_within(&mut *db, now, &self.address, ATTEMPTS_PER_ADDRESS).await? {
            Some(seconds) => Ok(Some(seconds)),
            None => sign_in_attempts::add_slowed(db, now, &self.account).await,
        }
    }

    /// The attempt succeeded: it and those before it count no more.
    async fn clear(&self, db: &mut PgConnection) -> Result<(), AppError> {
        sign_in_attempts::clear(&mut *db, &self.account).await?;
        sign_in_attempts::subtract(db, &self.address).await
    }
}

/// The user has signed in completely: the browser is known from now on. Gives what it sends: a new token, or that of others who share the
/// browser. What a request makes up is not taken over.
async fn remember_browser(context: &AppContext, db: &mut PgConnection, user: Uuid) -> Result<Token, AppError> {
    let now = context.clock.now();
    let token = match known_browsers::of_anybody(db, now, &context.caller.browser_tokens).await? {
        Some(token) => token,
        None => Token::new()?,
    };
    known_browsers::remember(db, now, user, &token).await?;
    Ok(token)
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
    let found = match &email {
        Some(email) => users::find_by_email(context.pool(), email).await?,
        None => None,
    };
    let mut db = context.pool().acquire().await?;
    let user = found.as_ref().map(|found| found.user.id);
    let counters = AttemptCounters::new(context, &mut db, &key, user).await?;
    if let Some(seconds) = counters.wait(context, &mut db).await? {
        tracing::warn!(address = %context.caller.address, "sign-in not checked: too many attempts");
        return Ok(SignInOutcome::TooMany { seconds });
    }
    // Hashing takes long: meanwhile others use the connection.
    drop(db);
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
            renew_hash(context, &found, password);
            token.map(|token| (token, found.user.two_step))
        }
        None => None,
    };
    let Some(((token, code_required), user)) = created.zip(user) else {
        tracing::warn!(user = id, address = %context.caller.address, "sign-in failed");
        return Ok(SignInOutcome::Wrong);
    };
    let mut db = context.pool().acquire().await?;
    let browser = if code_required {
        // The code counts as an attempt of its own, and clears the account's when it is right.
        sign_in_attempts::subtract(&mut db, &counters.address).await?;
        None
    } else {
        counters.clear(&mut db).await?;
        Some(remember_browser(context, &mut db, user).await?)
    };
    Ok(SignInOutcome::SignedIn {
        token,
        code_required,
        browser,
    })
}

/// Hashes a password anew, in the background, where its hash was made with other parameters than hashes are now.
fn renew_hash(context: &AppContext, verified: &Credentials, password: &str) {
    let Some(old) = verified.password_hash.clone().filter(|hash| is_outdated(hash)) else {
        return;
    };
    let (pool, hasher, user) = (context.pool().clone(), context.shared::<Hasher>(), verified.user.id);
    let password = Password::from_input(password);
    context.writes.spawn(async move {
        // The next sign-in makes up for one that fails.
        if let Ok(new) = hasher.hash(password).await
            && let Ok(()) = credentials::renew_hash(&pool, user, &old, &new).await
        {
            tracing::info!(%user, "password hashed anew");
        }
    });
}

/// Creates a session in place of the one that the browser had. None where the password was changed, or the user disabled, since
/// `verified` was read.
async fn create_session(context: &AppContext, verified: &Credentials) -> Result<Option<Token>, AppError> {
    let token = Token::new()?;
    sign_out(context).await?;
    let (now, caller) = (context.clock.now(), &context.caller);
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
pub async fn verify_code(context: &AppContext, session: &Session, code: &TypedCode) -> Result<SignInOutcome, AppError> {
    let mut db = context.pool().acquire().await?;
    let counters = AttemptCounters::of_session(context, &mut db, session).await?;
    if let Some(seconds) = counters.wait(context, &mut db).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "code not checked: too many attempts");
        return Ok(SignInOutcome::TooMany { seconds });
    }
    let token = Token::new()?;
    let mut transaction = db.begin().await?;
    if !consume_code(context, &mut transaction, session, &code.text).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "second step failed");
        return Ok(SignInOutcome::Wrong);
    }
    sessions::rotate(&mut *transaction, context.clock.now(), session.id, &token, true).await?;
    let browser = remember_browser(context, &mut transaction, session.user).await?;
    transaction.commit().await?;
    counters.clear(&mut db).await?;
    tracing::info!(user = %session.user, "second step passed");
    Ok(SignInOutcome::SignedIn {
        token,
        code_required: false,
        browser: Some(browser),
    })
}

/// Consumes a code of the app, or a recovery code: each is valid once. False where it is not valid.
///
/// # Errors
/// `SecretKey` where it is no recovery code, and the program has not the key of the app's secret.
async fn consume_code(
    context: &AppContext,
    db: &mut PgConnection,
    session: &Session,
    code: &str,
) -> Result<bool, AppError> {
    let Some(sealed) = users::get(&mut *db, session.user).await?.secret else {
        return Ok(false);
    };
    let now = context.clock.now();
    let secret = context.shared::<SecretKeys>().open(session.user, &sealed);
    if let Some(step) = secret.as_ref().ok().and_then(|secret| secret.verify(code, now)) {
        return credentials::consume_totp_step(db, session.user, step, SharedSecret::newest_step(now)).await;
    }
    let hash = recovery_hash(code);
    // Without the key nobody knows whether it is a code of the app; a recovery code lets in all the same.
    Ok(
        credentials::consume_recovery_code(db, &context.audit(), session.user, &hash).await?
            || secret.map(|_| false)?,
    )
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
    let counters = count_confirmation(context, session).await?;
    let checked = check_password(context, session, password).await?;
    if checked.is_ok() {
        counters.clear(&mut *context.pool().acquire().await?).await?;
    }
    Ok(checked.map(|_| ()))
}

/// Checks all that signing in asks for: the password, and where the second step is on a code of it, which is consumed. The code is looked at
/// only where the password is right. It is counted like signing in.
///
/// # Errors
/// `TooMany`; inside, the form with what is wrong.
pub async fn confirm_all_steps(
    context: &AppContext,
    session: &Session,
    password: &str,
    code: &TypedCode,
) -> Result<Result<(), FormState>, AppError> {
    let counters = count_confirmation(context, session).await?;
    let found = match check_password(context, session, password).await? {
        Ok(found) => found,
        Err(message) => return Ok(Err(FormState::new().error("password", message))),
    };
    let mut db = context.pool().acquire().await?;
    if found.secret.is_some() && !consume_code(context, &mut db, session, &code.text).await? {
        tracing::warn!(user = %session.user, "re-authentication failed: the code");
        return Ok(Err(code.refuse(FormState::new())));
    }
    counters.clear(&mut db).await?;
    Ok(Ok(()))
}

/// Counts an attempt to confirm who the signed-in user is.
///
/// # Errors
/// `TooMany`.
async fn count_confirmation(context: &AppContext, session: &Session) -> Result<AttemptCounters, AppError> {
    let mut db = context.pool().acquire().await?;
    let counters = AttemptCounters::of_session(context, &mut db, session).await?;
    match counters.wait(context, &mut db).await? {
        None => Ok(counters),
        Some(seconds) => {
            tracing::warn!(user = %session.user, "password not checked: too many attempts");
            Err(AppError::TooMany { seconds })
        }
    }
}

/// The signed-in user, where this is their password.
async fn check_password(
    context: &AppContext,
    session: &Session,
    password: &str,
) -> Result<Result<Credentials, &'static str>, AppError> {
    if password.is_empty() {
        return Ok(Err(NO_PASSWORD));
    }
    let found = users::get(context.pool(), session.user).await?;
    let hash = found.password_hash.clone();
    let hasher = context.shared::<Hasher>();
    if !hasher.verify(Password::from_input(password), hash).await? {
        tracing::warn!(user = %session.user, "re-authentication failed");
        return Ok(Err("Incorrect password."));
    }
    Ok(Ok(found))
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
