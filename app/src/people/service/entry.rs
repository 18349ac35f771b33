//! Signing in and out.

use std::net::IpAddr;

use sqlx::PgConnection;

use crate::contact::Email;
use crate::context::AppContext;
use crate::error::AppError;
use crate::people::model::asker::Session;
use crate::people::model::password::Password;
use crate::people::model::roles::Role;
use crate::people::model::token::{Hash, Token, hash};
use crate::people::model::two_step::recovery_hash;
use crate::people::store::users::Credentials;
use crate::people::store::{secrets, sessions, tries, users};

/// Tries for an account within a quarter of an hour.
pub const TRIES_OF_ACCOUNT: i32 = 10;
/// Tries from an address within a quarter of an hour: an office may sit behind one.
pub const TRIES_OF_ADDRESS: i32 = 100;

/// What became of a try.
#[derive(Debug)]
pub enum Entry {
    /// In, or at the second step.
    Opened {
        /// For the browser.
        token: Token,
        /// Whether a code is wanted next.
        two_step: bool,
    },
    /// Wrong; it is not said what.
    Wrong,
    /// Tried too often; not even looked at.
    TooMany,
}

/// What is said where no password was typed.
pub const NO_PASSWORD: &str = "Enter your password.";

/// The counters of a try.
struct Counters {
    account: Hash,
    address: Hash,
}

impl Counters {
    fn new(email_key: &str, address: IpAddr) -> Self {
        Self {
            account: hash(format!("account {email_key}").as_bytes()),
            address: hash(format!("address {}", network(address)).as_bytes()),
        }
    }

    /// Those of somebody whose session is open, counted as at the sign-in.
    fn of_session(context: &AppContext, session: &Session) -> Self {
        let key = Email::parse(&session.email)
            .map(|email| email.key())
            .unwrap_or_default();
        Self::new(&key, context.caller.address)
    }

    /// Counts, and says whether the try may be looked at.
    async fn count(&self, context: &AppContext) -> Result<bool, AppError> {
        let now = context.clock.now();
        let of_address = tries::count(context.pool(), now, &self.address).await?;
        if of_address > TRIES_OF_ADDRESS {
            return Ok(false);
        }
        Ok(tries::count(context.pool(), now, &self.account).await? <= TRIES_OF_ACCOUNT)
    }

    async fn forget(&self, context: &AppContext) -> Result<(), AppError> {
        tries::forget(context.pool(), context.clock.now(), &self.account).await?;
        tries::take_back(context.pool(), &self.address).await
    }
}

/// Who is counted together: an address of IPv4, a network of 64 bits of IPv6, which one person has for themselves.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Signs somebody in by email and password. An unknown email, a disabled account and a wrong password are answered alike, and take as long.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
pub async fn sign_in(context: &AppContext, email: &str, password: &str) -> Result<Entry, AppError> {
    let email = Email::parse(email).ok();
    let key = email.as_ref().map(Email::key).unwrap_or_default();
    let counters = Counters::new(&key, context.caller.address);
    if !counters.count(context).await? {
        tracing::warn!(address = %context.caller.address, "sign-in refused: tried too often");
        return Ok(Entry::TooMany);
    }
    let found = match &email {
        Some(email) => users::with_email(context.pool(), email).await?,
        None => None,
    };
    let kept = found.as_ref().and_then(|found| found.password_hash.clone());
    let right = context.hasher.check(Password::typed(password), kept).await?;
    let id = found
        .as_ref()
        .map(|found| found.user.id.to_string())
        .unwrap_or_default();
    let opened = match found.filter(|found| right && found.user.disabled_at.is_none()) {
        Some(found) => open(context, &found).await?.map(|token| (token, found.user.two_step)),
        None => None,
    };
    let Some((token, two_step)) = opened else {
        tracing::warn!(user = id, address = %context.caller.address, "sign-in failed");
        return Ok(Entry::Wrong);
    };
    if two_step {
        // The code counts as a try of its own; the account's tries are forgotten when it was right, too.
        tries::take_back(context.pool(), &counters.address).await?;
    } else {
        counters.forget(context).await?;
    }
    Ok(Entry::Opened { token, two_step })
}

/// Opens a session, in place of the one that the browser had; none where the password was changed, or the user disabled, since
/// `checked` was read.
///
/// # Errors
/// `Unavailable` and `Internal`.
async fn open(context: &AppContext, checked: &Credentials) -> Result<Option<Token>, AppError> {
    let token = Token::new()?;
    sign_out(context).await?;
    let (now, caller) = (context.clock.now(), &context.caller);
    sessions::sweep(context.pool(), now).await?;
    let address = caller.address.to_string();
    if !sessions::open(context.pool(), now, checked, &token, &address, &caller.browser).await? {
        return Ok(None);
    }
    let (user, half_way) = (checked.user.id, checked.user.two_step);
    tracing::info!(%user, address = %caller.address, half_way, "signed in");
    Ok(Some(token))
}

/// The second step: a code of the app, or a recovery code.
///
/// # Errors
/// `SignedOut` where the session has ended meanwhile.
pub async fn second_step(context: &AppContext, session: &Session, code: &str) -> Result<Entry, AppError> {
    let counters = Counters::of_session(context, session);
    if !counters.count(context).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "second step refused: tried too often");
        return Ok(Entry::TooMany);
    }
    let token = Token::new()?;
    let mut transaction = context.pool().begin().await?;
    if !accept_code(context, &mut transaction, session, code).await? {
        tracing::warn!(user = %session.user, address = %context.caller.address, "second step failed");
        return Ok(Entry::Wrong);
    }
    sessions::renew(&mut *transaction, context.clock.now(), session.id, &token, true).await?;
    transaction.commit().await?;
    counters.forget(context).await?;
    tracing::info!(user = %session.user, "second step passed");
    Ok(Entry::Opened { token, two_step: false })
}

/// Accepts a code of the app, or a recovery code: each counts once, if the transaction of the caller is kept.
async fn accept_code(
    context: &AppContext,
    db: &mut PgConnection,
    session: &Session,
    code: &str,
) -> Result<bool, AppError> {
    let Some(secret) = users::get(&mut *db, session.user).await?.secret else {
        return Ok(false);
    };
    if let Some(step) = secret.step_of(code, context.clock.now()) {
        return secrets::accept_step(db, session.user, step).await;
    }
    secrets::use_recovery_code(db, &context.stamp(), session.user, &recovery_hash(code)).await
}

/// Checks that the password is the signed-in person's; counted like signing in, since a session that was left open is a place to guess.
///
/// # Errors
/// `TooMany`; `Unavailable` and `Internal`; inside, what is wrong.
pub async fn confirm_password(
    context: &AppContext,
    session: &Session,
    password: &str,
) -> Result<Result<(), &'static str>, AppError> {
    let counters = Counters::of_session(context, session);
    if !counters.count(context).await? {
        tracing::warn!(user = %session.user, "re-authentication refused: tried too often");
        return Err(AppError::TooMany);
    }
    if password.is_empty() {
        return Ok(Err(NO_PASSWORD));
    }
    let kept = users::get(context.pool(), session.user).await?.password_hash;
    let right = context.hasher.check(Password::typed(password), kept).await?;
    if !right {
        tracing::warn!(user = %session.user, "re-authentication failed");
        return Ok(Err("This is not your password."));
    }
    counters.forget(context).await?;
    Ok(Ok(()))
}

/// Ends the session that asks.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn sign_out(context: &AppContext) -> Result<(), AppError> {
    match context.caller.session() {
        Ok(session) => {
            sessions::end(context.pool(), session.user, session.id).await?;
            tracing::info!(user = %session.user, "signed out");
            Ok(())
        }
        Err(AppError::SignedOut) => Ok(()),
        // Who it is cannot be told now: then nothing has ended either.
        Err(error) => Err(error),
    }
}

/// Lets somebody in as one of the demo's people. The Staff visitor is made when first asked for.
///
/// # Errors
/// `NotFound` where this is no demo, or the person is not there any more.
pub async fn demo(context: &AppContext, role: Role) -> Result<Token, AppError> {
    let demo = context.reach.demo.as_ref().ok_or(AppError::NotFound)?;
    let email = match role {
        Role::Admin => &demo.admin,
        Role::Sales => &demo.sales,
        Role::Staff => VISITOR,
    };
    let email = Email::parse(email).map_err(AppError::internal)?;
    let checked = match users::with_email(context.pool(), &email).await? {
        None if role == Role::Staff => visitor(context, &email).await?,
        found => found.ok_or(AppError::NotFound)?,
    };
    open(context, &checked).await?.ok_or(AppError::NotFound)
}

/// The demo's Staff visitor.
const VISITOR: &str = "visitor@lastmile.example";

async fn visitor(context: &AppContext, email: &Email) -> Result<Credentials, AppError> {
    let mut transaction = context.pool().begin().await?;
    match users::add(&mut transaction, &context.stamp(), "Visitor", email, Role::Staff).await? {
        Ok(_) => transaction.commit().await?,
        // The button was pressed twice at once, and the other one has made it. Its connection is given back before another is asked for:
        // where all did that at once, none would get one.
        Err(_) => transaction.rollback().await?,
    }
    users::with_email(context.pool(), email)
        .await?
        .ok_or(AppError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_with_its_network() {
        for (address, together) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(address.parse().expect("an address")), together);
        }
    }
}
