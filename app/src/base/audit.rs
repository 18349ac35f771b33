//! The terms of the history that every subject uses: what was changed, when, by whom and from where.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::word_enum::word_enum;

word_enum! {
    /// The kinds of things that have a history.
    pub enum EntityKind {
        /// A customer.
        Customer = "customer",
        /// A lead.
        Lead = "lead",
        /// A PIN code that is served.
        ServedPinCode = "served PIN code",
        /// A plan of the catalogue.
        Plan = "plan",
        /// A service of a customer.
        Service = "service",
        /// A day on which nobody is cut off.
        Holiday = "holiday",
        /// A bill or a credit note.
        Bill = "bill",
        /// A payment.
        Payment = "payment",
        /// Who issues the bills.
        Provider = "provider",
        /// A job in the background.
        Job = "job",
        /// A user, who signs in.
        User = "user",
        /// What a role requires.
        Role = "role",
        /// How long sessions last.
        SessionPolicy = "session policy",
    }
}

word_enum! {
    /// Where a change was made from.
    pub enum Source {
        /// A page of the program, with or without script.
        Page = "page",
        /// The program's command line.
        CommandLine = "command line",
    }
}

impl EntityKind {
    /// What it is called on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SessionPolicy => "session settings",
            kind => kind.as_str(),
        }
    }
}

impl Source {
    /// What it is called on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Page => "Web",
            Self::CommandLine => "Command line",
        }
    }
}

/// Who makes a change, when and from where.
#[derive(Clone, Copy, Debug)]
pub struct AuditContext {
    /// UTC.
    pub at: DateTime<Utc>,
    /// The user; none where the program itself or its operator acts.
    pub actor: Option<Uuid>,
    /// From where.
    pub source: Source,
}

/// One change of one thing, which may change several of its fields.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Who, when and from where.
    pub context: AuditContext,
    /// The kind of thing.
    pub entity: EntityKind,
    /// Its id.
    pub id: Uuid,
    /// The version that the change made.
    pub version: i64,
}

/// One field's change, in the text that people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name, or a word for the whole thing: `created`, `deleted`, `restored`.
    pub field: String,
    /// The text before; none where the field was empty.
    pub before: Option<String>,
    /// The text after.
    pub after: Option<String>,
}

impl Change {
    /// A change of the whole thing.
    pub fn event(word: &str) -> Self {
        Self::of(word, None, None)
    }

    /// A field that has another value now.
    pub fn of(field: &str, before: Option<String>, after: Option<String>) -> Self {
        Self {
            field: field.to_owned(),
            before,
            after,
        }
    }
}

/// Who made a change, for people to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A user, by name.
    User(String),
    /// A user of whom only the id is left.
    UnknownUser,
    /// The program itself, or a page from the time when nobody signed in.
    Program,
    /// Whoever ran a command.
    CommandLine,
}

impl Actor {
    /// The actor of a change that was recorded with a user's id and a source. `names` holds the users' names by id.
    pub fn new(user: Option<Uuid>, source: Source, names: &HashMap<Uuid, String>) -> Self {
        match (user, source) {
            (Some(user), _) => names.get(&user).cloned().map_or(Self::UnknownUser, Self::User),
            (None, Source::CommandLine) => Self::CommandLine,
            (None, Source::Page) => Self::Program,
        }
    }

    /// The subject of a sentence.
    pub fn name(&self) -> &str {
        match self {
            Self::User(name) => name,
            Self::UnknownUser => "An unknown user",
            Self::Program => "System",
            Self::CommandLine => "The command line",
        }
    }
}
