//! What the history holds: who changed what, when, and from where.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::words::words;

words! {
    /// What has a history.
    pub enum Entity {
        /// A customer.
        Customer = "customer",
        /// A lead.
        Lead = "lead",
        /// Somebody who signs in.
        User = "user",
        /// What is demanded of a role.
        Role = "role",
        /// How long sessions last.
        SessionRule = "session rule",
    }
}

words! {
    /// Where a change was made from.
    pub enum Source {
        /// A page of the program, with or without script.
        Page = "page",
        /// The program's command line.
        CommandLine = "command line",
    }
}

/// What every change carries: when, by whom, from where.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// UTC.
    pub at: DateTime<Utc>,
    /// The person; none where the program itself or its operator acts.
    pub actor: Option<Uuid>,
    /// From where.
    pub source: Source,
}

/// A change, as far as it is the same for all of its fields.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, by whom, from where.
    pub stamp: Stamp,
    /// What kind of thing.
    pub entity: Entity,
    /// Which one.
    pub id: Uuid,
    /// The version that the change made.
    pub version: i64,
}

/// One field's change, in the words that people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name, or a word for the whole: `created`, `deleted`, `restored`.
    pub field: String,
    /// What it said before; none where it was empty.
    pub before: Option<String>,
    /// What it says now.
    pub after: Option<String>,
}

impl Change {
    /// A change of the whole thing.
    pub fn word(word: &str) -> Self {
        Self::of(word, None, None)
    }

    /// A field that says something else now.
    pub fn of(field: &str, before: Option<String>, after: Option<String>) -> Self {
        Self {
            field: field.to_owned(),
            before,
            after,
        }
    }
}
