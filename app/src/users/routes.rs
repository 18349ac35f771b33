//! The addresses of the subject.

use uuid::Uuid;

use crate::http::next_url::{LONGEST_NEXT, with_next};
use crate::users::model::action::UserAction;

/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// The second step.
pub const CODE: &str = "/sign-in/code";
/// Signing in with one of the demo's accounts, by POST.
pub const DEMO: &str = "/sign-in/demo";
/// Signing out, by POST.
pub const SIGN_OUT: &str = "/sign-out";
/// The user's own account.
pub const ACCOUNT: &str = "/account";
/// Changing the password.
pub const PASSWORD: &str = "/account/password";
/// Turning two-step sign-in on.
pub const TWO_STEP: &str = "/account/two-step";
/// Turning two-step sign-in off.
pub const TWO_STEP_OFF: &str = "/account/two-step/off";
/// New recovery codes.
pub const RECOVERY_CODES: &str = "/account/recovery-codes";
/// Ending sessions: all others, or one that is named.
pub const END_SESSIONS: &str = "/account/sessions";
/// The list of users.
pub const USERS: &str = "/settings/users";
/// Inviting a user.
pub const INVITE: &str = "/settings/users/new";
/// Roles and policies.
pub const ROLES: &str = "/settings/roles";
/// How long sessions last.
pub const SESSION_POLICY: &str = "/settings/roles/sessions";

/// Ending one session.
pub fn end_session_url(session: Uuid) -> String {
    format!("{END_SESSIONS}?session={session}")
}

/// A one-time link.
pub fn link(token: &str) -> String {
    format!("/link/{token}")
}

/// The sign-in page that goes on to an address.
pub fn sign_in_url(address: &str) -> String {
    with_next(SIGN_IN, address)
}

/// The page of the second step that goes on to an address.
pub fn code_url(address: &str) -> String {
    with_next(CODE, address)
}

/// The dialog that does something to a user.
pub fn user_action(action: UserAction, id: Uuid) -> String {
    format!("{USERS}/{id}/{action}")
}

/// The dialog over the list of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsersDialog {
    /// Inviting a user.
    Invite,
    /// Doing something to a user.
    User(Uuid, UserAction),
    /// No dialog.
    None,
    /// There is no such dialog.
    NotFound,
}

/// Parses an address below [`USERS`].
pub fn parse_users_dialog(path: &str) -> UsersDialog {
    let rest = path.trim_end_matches('/').strip_prefix(USERS).unwrap_or_default();
    let mut parts = rest.trim_start_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (None | Some(""), None, None) => UsersDialog::None,
        (Some("new"), None, None) => UsersDialog::Invite,
        (Some(id), Some(action), None) => match (Uuid::parse_str(id), UserAction::parse(action)) {
            (Ok(id), Some(action)) => UsersDialog::User(id, action),
            _ => UsersDialog::NotFound,
        },
        _ => UsersDialog::NotFound,
    }
}

/// The address to go on to after signing in: one of this site, or the list of customers.
pub fn sanitize_next(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && !next.starts_with(SIGN_IN)
        && next.len() <= LONGEST_NEXT;
    if is_local { next } else { "/customers" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_never_leads_to_another_site() {
        for next in ["/customers?q=a%26b", "/", "/account"] {
            assert_eq!(sanitize_next(next), next);
        }
        for next in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\nb",
            "/sign-in?next=/x",
            "evil",
        ] {
            assert_eq!(sanitize_next(next), "/customers", "{next:?}");
        }
    }

    #[test]
    fn dialogs_of_users_are_parsed_from_their_addresses() {
        let id = Uuid::from_u128(7);
        for action in UserAction::ALL {
            assert_eq!(
                parse_users_dialog(&user_action(*action, id)),
                UsersDialog::User(id, *action)
            );
        }
        assert_eq!(parse_users_dialog(USERS), UsersDialog::None);
        assert_eq!(parse_users_dialog(INVITE), UsersDialog::Invite);
        for path in ["/settings/users/7", "/settings/users/new/x", "/settings/users/x/role"] {
            assert_eq!(parse_users_dialog(path), UsersDialog::NotFound, "{path}");
        }
    }
}
