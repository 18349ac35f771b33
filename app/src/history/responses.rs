//! The answer of the history's server function.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::query::{HistoryQuery, IgnoredParams};
use crate::base::audit::{Actor, Change, EntityKind, Source};
use crate::ui::latest_resource::PageData;
use crate::users::model::user_ref::UserRef;

/// A row of the history: one field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// The row's id.
    pub id: Uuid,
    /// UTC.
    pub at: DateTime<Utc>,
    /// By whom.
    pub actor: Actor,
    /// From where.
    pub source: Source,
    /// The kind of thing that was changed.
    pub entity: EntityKind,
    /// Which one.
    pub entity_id: Uuid,
    /// Its name now; none where it has none, or is unknown.
    pub name: Option<RecordName>,
    /// The change.
    pub change: Change,
}

/// What a record is called now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordName {
    /// The name.
    pub name: String,
    /// What tells it apart from others of that name: an account number, an email.
    pub detail: Option<String>,
    /// Whether it is deleted.
    pub is_deleted: bool,
}

/// A page of the history, the newest row first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryList {
    /// The query as it was understood.
    pub query: HistoryQuery,
    /// The parameters of the address that make no sense.
    pub ignored: IgnoredParams,
    /// The users whose changes can be filtered.
    pub users: Vec<UserRef>,
    /// The rows.
    pub rows: Vec<HistoryRow>,
    /// The address of the newest page; none where this is it.
    pub newest: Option<String>,
    /// The address of the page before.
    pub newer: Option<String>,
    /// The address of the page after.
    pub older: Option<String>,
}

impl PageData for HistoryList {}
