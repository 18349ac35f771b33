//! The addresses of the subject.

use uuid::Uuid;

/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// The second step.
pub const CODE: &str = "/sign-in/code";
/// One of the demo's people, by POST.
pub const DEMO: &str = "/sign-in/demo";
/// Signing out, by POST.
pub const SIGN_OUT: &str = "/sign-out";
/// A person's own account.
pub const ACCOUNT: &str = "/account";
/// Another password.
pub const PASSWORD: &str = "/account/password";
/// Turning the second step on.
pub const TWO_STEP: &str = "/account/two-step";
/// Turning the second step off.
pub const TWO_STEP_OFF: &str = "/account/two-step/off";
/// New recovery codes.
pub const RECOVERY_CODES: &str = "/account/recovery-codes";
/// Ends sessions, by POST.
pub const END_SESSIONS: &str = "/account/sessions";
/// The users.
pub const USERS: &str = "/settings/users";
/// A new user.
pub const INVITE: &str = "/settings/users/new";
/// Roles and rules.
pub const ROLES: &str = "/settings/roles";
/// How long sessions last.
pub const SESSION_RULES: &str = "/settings/roles/sessions";

/// The longest address that one is led on to, in bytes: as long as any address may be.
const LONGEST_NEXT: usize = 10 * 1024;

/// A one-time link.
pub fn link(token: &str) -> String {
    format!("/link/{token}")
}

/// Signing in, and then going on to an address.
pub fn sign_in_for(address: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    // The address of the sign-in page has to stay below what an address may be, too.
    if next.len() > LONGEST_NEXT * 6 / 10 {
        return SIGN_IN.to_owned();
    }
    format!("{SIGN_IN}?next={next}")
}

/// What is done to a user, in a dialog over the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserAction {
    /// Another role.
    Role,
    /// No way in any more.
    Disable,
    /// The way in again.
    Enable,
    /// Signed out everywhere.
    EndSessions,
    /// A link to choose a new password by.
    Reset,
}

impl UserAction {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Role, Self::Disable, Self::Enable, Self::EndSessions, Self::Reset];

    /// The last part of the address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::EndSessions => "sessions",
            Self::Reset => "reset",
        }
    }

    /// The action with a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }

    /// The address of the dialog.
    pub fn address(self, id: Uuid) -> String {
        format!("{USERS}/{id}/{}", self.word())
    }
}

/// The dialog over a page of settings or of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// A new user.
    Invite,
    /// Something done to a user.
    User(Uuid, UserAction),
    /// Nothing.
    None,
    /// An address that does not exist.
    Nowhere,
}

/// Reads the part of the address behind [`USERS`].
pub fn over_users(path: &str) -> Over {
    let rest = path.trim_end_matches('/').strip_prefix(USERS).unwrap_or_default();
    let mut parts = rest.trim_start_matches('/').split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (None | Some(""), None, None) => Over::None,
        (Some("new"), None, None) => Over::Invite,
        (Some(id), Some(action), None) => match (Uuid::parse_str(id), UserAction::parse(action)) {
            (Ok(id), Some(action)) => Over::User(id, action),
            _ => Over::Nowhere,
        },
        _ => Over::Nowhere,
    }
}

/// Where somebody goes on to after signing in: an address of ours and nothing else.
pub fn safe_next(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && !next.starts_with(SIGN_IN)
        && next.len() <= LONGEST_NEXT;
    if ours { next } else { "/customers" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_leads_nowhere_else() {
        for next in ["/customers?q=a%26b", "/", "/account"] {
            assert_eq!(safe_next(next), next);
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
            assert_eq!(safe_next(next), "/customers", "{next:?}");
        }
    }

    #[test]
    fn dialogs_of_users_are_read_back() {
        let id = Uuid::from_u128(7);
        for action in UserAction::ALL {
            assert_eq!(over_users(&action.address(id)), Over::User(id, *action));
        }
        assert_eq!(over_users(USERS), Over::None);
        assert_eq!(over_users(INVITE), Over::Invite);
        for path in ["/settings/users/7", "/settings/users/new/x", "/settings/users/x/role"] {
            assert_eq!(over_users(path), Over::Nowhere, "{path}");
        }
    }
}
