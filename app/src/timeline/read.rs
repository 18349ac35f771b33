//! How a page of a timeline is read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{HistoryEvent, TimelinePage};
use crate::base::audit::{Actor, EntityKind};
use crate::base::error::AppError;
use crate::db::audit_log::{self, RecordedEvent};

/// How many events a page has.
const PAGE_SIZE: usize = 20;

/// A page of recorded events, whose actors have no names yet.
pub struct RecordedPage {
    events: Vec<RecordedEvent>,
    newest: bool,
    has_older: bool,
}

/// Reads the last events of a record, or those before the version `older`.
pub async fn read_page(
    db: &mut PgConnection,
    entity: EntityKind,
    id: Uuid,
    older: Option<i64>,
) -> Result<RecordedPage, AppError> {
    // One more than a page has shows that others follow.
    let limit = PAGE_SIZE as i64 + 1;
    let mut events = audit_log::events(db, entity, id, older.unwrap_or(i64::MAX), limit).await?;
    let has_older = events.len() > PAGE_SIZE;
    events.truncate(PAGE_SIZE);
    Ok(RecordedPage {
        events,
        newest: older.is_none(),
        has_older,
    })
}

impl RecordedPage {
    /// The users who made the changes.
    pub fn actors(&self) -> Vec<Uuid> {
        self.events.iter().filter_map(|event| event.actor).collect()
    }

    /// The page as it is shown, with the users' names by id. `now` is UTC.
    pub fn with_names(self, names: &HashMap<Uuid, String>, now: DateTime<Utc>) -> TimelinePage {
        TimelinePage {
            older: self.events.last().filter(|_| self.has_older).map(|event| event.version),
            newest: self.newest,
            now,
            events: self
                .events
                .into_iter()
                .map(|event| HistoryEvent {
                    version: event.version,
                    at: event.at,
                    actor: Actor::new(event.actor, event.source, names),
                    changes: event.changes,
                })
                .collect(),
        }
    }
}
