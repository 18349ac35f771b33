//! Every statement about the history. It is only ever added to.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

use crate::error::AppError;
use crate::words::words;

words! {
    /// What has a history.
    pub enum Entity {
        /// A customer.
        Customer = "customer",
    }
}

/// A change, as far as it is the same for all of its fields.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, UTC.
    pub at: DateTime<Utc>,
    /// What kind of thing.
    pub entity: Entity,
    /// Which one.
    pub id: Uuid,
    /// The version that the change made.
    pub version: i64,
}

/// One field's change, in the words that people read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The field's name, or a word for the whole: `created`, `deleted`, `restored`.
    pub field: &'static str,
    /// What it said before; none where it was empty.
    pub before: Option<String>,
    /// What it says now.
    pub after: Option<String>,
}

impl Change {
    /// A change of the whole thing.
    pub const fn word(word: &'static str) -> Self {
        Self {
            field: word,
            before: None,
            after: None,
        }
    }
}

/// Writes an event in the transaction of its change.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn record(transaction: &mut PgConnection, event: &Event, changes: &[Change]) -> Result<(), AppError> {
    let ids: Vec<Uuid> = changes.iter().map(|_| Uuid::now_v7()).collect();
    let fields: Vec<String> = changes.iter().map(|change| change.field.to_owned()).collect();
    let before: Vec<Option<String>> = changes.iter().map(|change| change.before.clone()).collect();
    let after: Vec<Option<String>> = changes.iter().map(|change| change.after.clone()).collect();
    sqlx::query!(
        "INSERT INTO history (id, at, source, entity, entity_id, version, field, before, after)
         SELECT f.id, $1, 'page', $2, $3, $4, f.field, f.before, f.after
         FROM unnest($5::uuid[], $6::text[], $7::text[], $8::text[]) AS f (id, field, before, after)",
        event.at,
        event.entity.word(),
        event.id,
        event.version,
        &ids,
        &fields,
        &before as &[Option<String>],
        &after as &[Option<String>],
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// For every field that was changed after a version, what it said at that version.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn first_after(
    db: &mut PgConnection,
    id: Uuid,
    version: i64,
) -> Result<HashMap<String, Option<String>>, AppError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (field) field, before FROM history
         WHERE entity_id = $1 AND version > $2 ORDER BY field, version",
        id,
        version
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| (row.field, row.before)).collect())
}
