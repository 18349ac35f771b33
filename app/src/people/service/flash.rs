//! What a form has done, told on the next page: a brief cookie names it, and the page that says it takes it away.

use uuid::Uuid;

use crate::context::AppContext;
use crate::cookie;
use crate::error::AppError;
use crate::people::model::roles::Right;
use crate::people::store::users;
use crate::words::words;

/// The cookie's name.
const COOKIE: &str = "lastmile_people";

words! {
    /// What was done.
    pub enum Deed {
        /// A user has another role.
        Role = "role",
        /// A user has no way in any more.
        Disabled = "disabled",
        /// A user has the way in again.
        Enabled = "enabled",
        /// A user is signed out everywhere.
        SessionsEnded = "sessions",
        /// The own password is another.
        Password = "password",
        /// The own second step is off.
        TwoStepOff = "two-step-off",
        /// One of the own sessions has ended.
        SessionEnded = "session",
        /// All other of the own sessions have ended.
        OthersEnded = "others",
        /// The rules are others.
        Rules = "rules",
        /// A password was chosen by a link.
        Chosen = "chosen",
        /// Signed out.
        SignedOut = "signed-out",
    }
}

/// The cookie that tells the next page, as a header's value.
pub fn cookie_for(deed: Deed, user: Option<Uuid>) -> String {
    let user = user.map(|id| id.to_string()).unwrap_or_default();
    cookie::brief(COOKIE, &format!("{deed}.{user}"))
}

/// What the page before has done, in a sentence; told once.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn take(context: &AppContext) -> Result<Option<String>, AppError> {
    let Some(told) = cookie::take(COOKIE) else {
        return Ok(None);
    };
    let Some((deed, id)) = told.split_once('.') else {
        return Ok(None);
    };
    let Some(deed) = Deed::parse(deed) else {
        return Ok(None);
    };
    // A name is told to those who may see the users.
    let admin = context
        .caller
        .member()
        .is_ok_and(|session| session.role.may(Right::Administer));
    let name = match Uuid::parse_str(id) {
        Ok(id) if admin => users::get(context.pool(), id)
            .await
            .map(|found| found.user.name)
            .unwrap_or_default(),
        _ => String::new(),
    };
    let of_somebody = matches!(deed, Deed::Role | Deed::Disabled | Deed::Enabled | Deed::SessionsEnded);
    if of_somebody && name.is_empty() {
        return Ok(None);
    }
    Ok(Some(match deed {
        Deed::Role => format!("{name} has another role now, and signs in again to use it"),
        Deed::Disabled => format!("{name} is disabled and signed out everywhere"),
        Deed::Enabled => format!("{name} is enabled"),
        Deed::SessionsEnded => format!("{name} is signed out everywhere"),
        Deed::Password => "Your password is changed, and you are signed out everywhere else".into(),
        Deed::TwoStepOff => "Two-step sign-in is off".into(),
        Deed::SessionEnded => "The session is ended".into(),
        Deed::OthersEnded => "You are signed out everywhere else".into(),
        Deed::Rules => "The rules are saved".into(),
        Deed::Chosen => "Your password is set: sign in with it".into(),
        Deed::SignedOut => "You are signed out".into(),
    }))
}
