//! People who sign in, as pages show them. What is secret about them is of types of their own, which only the server has.

#[cfg(feature = "ssr")]
pub mod asker;
#[cfg(feature = "ssr")]
pub mod password;
pub mod roles;
#[cfg(feature = "ssr")]
pub mod token;
#[cfg(feature = "ssr")]
pub mod two_step;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::words::words;
use roles::{Right, Role};

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// The most characters of a password: more than anybody types, and little enough to be hashed at once.
pub const LONGEST_PASSWORD: usize = 256;
/// The longest name.
pub const LONGEST_NAME: usize = 120;

words! {
    /// How far somebody has come into the house.
    pub enum Stage {
        /// All the way.
        In = "in",
        /// The password was right; the code of the second step is wanted.
        Code = "code",
        /// The role demands a second step, which is not set up yet.
        SetUp = "set up",
    }
}

/// Who is signed in, as the page knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// UUIDv7.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// How far in.
    pub stage: Stage,
}

impl Me {
    /// Whether this person may do something now. The page offers nothing else; the server decides again.
    pub fn may(&self, right: Right) -> bool {
        self.stage == Stage::In && self.role.may(right)
    }
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// UUIDv7.
    pub id: Uuid,
    /// 1 to 120 characters.
    pub name: String,
    /// What they sign in with; unique, whatever its case.
    pub email: String,
    /// What they may do.
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
    /// Where they stand, in a word.
    pub const fn state(&self) -> &'static str {
        match (self.disabled_at.is_some(), self.has_password) {
            (true, _) => "Disabled",
            (false, false) => "Invited",
            (false, true) => "Active",
        }
    }
}

/// A place where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// UUIDv7; not the token.
    pub id: Uuid,
    /// In words: `Firefox on Linux`.
    pub browser: String,
    /// The peer's address.
    pub address: String,
    /// UTC.
    pub signed_in_at: DateTime<Utc>,
    /// UTC, to the minute.
    pub last_seen_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub current: bool,
}

words! {
    /// What a one-time link is for.
    pub enum Purpose {
        /// There is nobody yet.
        FirstAdmin = "First admin",
        /// An Admin has invited somebody.
        Invitation = "Invitation",
        /// Somebody shall choose a new password.
        Reset = "Reset",
    }
}

impl Purpose {
    /// How long the link works, in minutes.
    pub const fn minutes(self) -> i64 {
        match self {
            Self::FirstAdmin => 30,
            Self::Reset => 24 * 60,
            Self::Invitation => 72 * 60,
        }
    }

    /// The same, as people say it.
    pub const fn lasts(self) -> &'static str {
        match self {
            Self::FirstAdmin => "30 minutes",
            Self::Reset => "24 hours",
            Self::Invitation => "72 hours",
        }
    }
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRules {
    /// Minutes without a request: 5 to 1440.
    pub idle_minutes: i32,
    /// Minutes since signing in: 30 to 10080.
    pub absolute_minutes: i32,
}

/// A browser in words, read from its `User-Agent`; never more than a hint.
pub fn browser_in_words(agent: &str) -> String {
    let named = |names: &[(&str, &'static str)], otherwise| {
        let found = names.iter().find(|(part, _)| agent.contains(part));
        found.map_or(otherwise, |(_, name)| *name)
    };
    // The order matters: each calls itself by the names of those before it, too.
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
    fn a_browser_is_named_as_people_call_it() {
        for (agent, said) in [
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
            assert_eq!(browser_in_words(agent), said);
        }
    }
}
