//! Users as pages show them. Their secrets have types of their own, which only the server has.

pub mod action;
#[cfg(feature = "ssr")]
mod keyboard;
#[cfg(feature = "ssr")]
pub mod leaked_passwords;
#[cfg(feature = "ssr")]
pub mod password;
#[cfg(feature = "ssr")]
pub mod secret_keys;
#[cfg(feature = "ssr")]
pub mod totp;
pub mod user_ref;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::roles::Role;
use crate::base::word_enum::word_enum;

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// The most characters of a password: more than anybody types, and few enough to hash.
pub const LONGEST_PASSWORD: usize = 256;
/// The most characters of a name.
pub const LONGEST_NAME: usize = 120;

/// A user: somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// UUIDv7.
    pub id: Uuid,
    /// 1 to 120 characters.
    pub name: String,
    /// They sign in with it. It is unique, whatever its case.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Whether they have chosen a password; invited otherwise.
    pub has_password: bool,
    /// Whether the second step is on.
    pub two_step: bool,
    /// When the account was disabled, UTC; none where it works.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Goes up by one with every change.
    pub version: i64,
}

impl User {
    /// The state of the account, in a word.
    pub const fn state(&self) -> &'static str {
        match (self.disabled_at.is_some(), self.has_password) {
            (true, _) => "Disabled",
            (false, false) => "Invited",
            (false, true) => "Active",
        }
    }
}

/// A session, as the account's page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// UUIDv7; not the token.
    pub id: Uuid,
    /// The browser in words: `Firefox on Linux`.
    pub browser: String,
    /// The client's address.
    pub address: String,
    /// UTC.
    pub signed_in_at: DateTime<Utc>,
    /// UTC, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// Whether it is the caller's.
    pub current: bool,
}

word_enum! {
    /// What a one-time link is for.
    pub enum Purpose {
        /// Adds the first Admin.
        FirstAdmin = "First admin",
        /// Lets an invited user choose a password.
        Invitation = "Invitation",
        /// Lets a user choose a new password.
        Reset = "Reset",
    }
}

impl Purpose {
    /// How long a link is valid, in minutes.
    pub const fn lifetime_minutes(self) -> i64 {
        match self {
            Self::FirstAdmin => 30,
            Self::Reset => 24 * 60,
            Self::Invitation => 72 * 60,
        }
    }

    /// How long a link is valid, in words.
    pub const fn lifetime(self) -> &'static str {
        match self {
            Self::FirstAdmin => "30 minutes",
            Self::Reset => "24 hours",
            Self::Invitation => "72 hours",
        }
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPolicy {
    /// Minutes without a request: 5 to 1440.
    pub idle_minutes: i32,
    /// Minutes since signing in: 30 to 10080.
    pub absolute_minutes: i32,
    /// Raised by every change.
    pub version: i64,
}

/// What an Admin requires of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolePolicy {
    /// The role.
    pub role: Role,
    /// Whether it requires the second step.
    pub two_step_required: bool,
    /// Raised by every change.
    pub version: i64,
}

/// Names the browser of a `User-Agent`. It is a hint for people and nothing else.
pub fn describe_user_agent(agent: &str) -> String {
    let named = |names: &[(&str, &'static str)], otherwise| {
        let found = names.iter().find(|(part, _)| agent.contains(part));
        found.map_or(otherwise, |(_, name)| *name)
    };
    // The order matters: each browser also names those further down.
    let browser = named(
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome/", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari/", "Safari"),
            ("curl/", "curl"),
        ],
        "Another browser",
    );
    let system = named(
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
        "",
    );
    if system.is_empty() {
        browser.to_owned()
    } else {
        format!("{browser} on {system}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_agents_are_described_by_browser_and_system() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            ("", "Another browser"),
            ("<script>alert(1)</script>", "Another browser"),
        ] {
            assert_eq!(describe_user_agent(agent), expected);
        }
    }
}
