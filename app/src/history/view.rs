//! What the pages are made of: the answers of the server functions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Change, Entity, Source};
use super::query::{HistoryQuery, Ignored};
use crate::ui::latest::Answer;

/// Who made a change, as far as it can be said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// A person, by name.
    Person(String),
    /// A person of whom there is nothing left but the id.
    Gone,
    /// The program itself, or a page from the time when nobody signed in.
    Program,
    /// Whoever ran a command.
    CommandLine,
}

impl Actor {
    /// As a sentence begins with it.
    pub fn said(&self) -> &str {
        match self {
            Self::Person(name) => name,
            Self::Gone => "Somebody who is gone",
            Self::Program => "Lastmile",
            Self::CommandLine => "The command line",
        }
    }
}

/// All that was changed at once, of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastEvent {
    /// The version that it made.
    pub version: i64,
    /// UTC.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: Actor,
    /// What, field by field.
    pub changes: Vec<Change>,
}

/// What became of a customer, the last first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerHistory {
    /// The events.
    pub events: Vec<PastEvent>,
    /// The version before which older ones follow; none where there are none.
    pub older: Option<i64>,
    /// Whether these are the newest.
    pub newest: bool,
    /// UTC, from which the distances are counted.
    pub now: DateTime<Utc>,
}

/// A row of the history: one field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The row's id.
    pub id: Uuid,
    /// UTC.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: Actor,
    /// From where.
    pub source: Source,
    /// Of what kind of thing.
    pub entity: Entity,
    /// Of which.
    pub entity_id: Uuid,
    /// What that is called now; none where it is gone, or has no name.
    pub name: Option<String>,
    /// The account number of a customer, the email of a user.
    pub aside: Option<String>,
    /// Whether it is a customer, and not deleted.
    pub live: bool,
    /// What.
    pub change: Change,
}

/// Somebody whose changes can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// UUIDv7.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The email, which tells two of one name apart.
    pub email: String,
}

/// A page of the history, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryList {
    /// What was asked for, as it was understood.
    pub query: HistoryQuery,
    /// The parts of the address that made no sense.
    pub ignored: Ignored,
    /// Whose changes can be asked for.
    pub people: Vec<Person>,
    /// The rows.
    pub lines: Vec<Line>,
    /// The address of the newest page; none where this is it.
    pub newest: Option<String>,
    /// The address of the page before.
    pub newer: Option<String>,
    /// The address of the page behind.
    pub older: Option<String>,
}

impl Answer for HistoryList {}
impl Answer for CustomerHistory {}
