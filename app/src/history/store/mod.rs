//! Every statement about the history. It is only ever added to.

mod page;

pub use page::{Filter, Found, Range, page};

use sqlx::{PgConnection, PgExecutor};
use std::collections::HashMap;
use uuid::Uuid;

use crate::error::AppError;
use crate::history::model::{Change, Entity, Event, Source};
use crate::history::view::{Actor, PastEvent, Person};

/// Changes as the columns that `unnest` makes rows of, each with an id of its own.
pub struct Lines {
    /// UUIDv7.
    pub ids: Vec<Uuid>,
    /// The field of each.
    pub fields: Vec<String>,
    /// What it said before.
    pub before: Vec<Option<String>>,
    /// What it says now.
    pub after: Vec<Option<String>>,
}

impl From<Vec<Change>> for Lines {
    fn from(changes: Vec<Change>) -> Self {
        let (mut fields, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            fields.push(change.field);
            before.push(change.before);
            after.push(change.after);
        }
        let ids = fields.iter().map(|_| Uuid::now_v7()).collect();
        Self {
            ids,
            fields,
            before,
            after,
        }
    }
}

/// Writes an event in the transaction of its change. (A customer's is written by the statement of the change itself.)
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn record(transaction: &mut PgConnection, event: &Event, changes: &[Change]) -> Result<(), AppError> {
    let lines = Lines::from(changes.to_vec());
    sqlx::query!(
        "INSERT INTO history (id, at, actor, source, entity, entity_id, version, field, before, after)
         SELECT f.id, $1, $2, $3, $4, $5, $6, f.field, f.before, f.after
         FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[]) AS f (id, field, before, after)",
        event.stamp.at,
        event.stamp.actor,
        event.stamp.source.word(),
        event.entity.word(),
        event.id,
        event.version,
        &lines.ids,
        &lines.fields,
        &lines.before as &[Option<String>],
        &lines.after as &[Option<String>],
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

/// The last events of a thing before a version, the last first: at most `limit`, each whole.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn events(
    db: &mut PgConnection,
    entity: Entity,
    id: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<PastEvent>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT h.version, h.at, h.actor, h.source, a.name AS "actor_name?", h.field, h.before, h.after
           FROM history h LEFT JOIN users a ON a.id = h.actor
           WHERE h.entity = $1 AND h.entity_id = $2 AND h.version < $3 AND h.version >= (
               SELECT min(v.version) FROM (
                   SELECT DISTINCT version FROM history WHERE entity = $1 AND entity_id = $2 AND version < $3
                   ORDER BY version DESC LIMIT $4) v)
           ORDER BY h.version DESC, h.id"#,
        entity.word(),
        id,
        before,
        limit
    );
    let mut events: Vec<PastEvent> = Vec::new();
    for row in rows.fetch_all(db).await? {
        let change = Change::of(&row.field, row.before, row.after);
        match events.last_mut().filter(|event| event.version == row.version) {
            Some(event) => event.changes.push(change),
            None => events.push(PastEvent {
                version: row.version,
                at: row.at,
                actor: actor(row.actor, row.actor_name, source(&row.source)),
                changes: vec![change],
            }),
        }
    }
    Ok(events)
}

/// Everybody who has ever been able to sign in, by name: their changes can be asked for.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn people(db: impl PgExecutor<'_>) -> Result<Vec<Person>, AppError> {
    let rows = sqlx::query_as!(Person, "SELECT id, name, email FROM users ORDER BY name, id");
    Ok(rows.fetch_all(db).await?)
}

/// Whether an id is a deleted customer's.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn is_deleted(db: impl PgExecutor<'_>, id: Uuid) -> Result<bool, AppError> {
    let deleted = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM customers WHERE id = $1 AND deleted_at IS NOT NULL) AS "deleted!""#,
        id
    );
    Ok(deleted.fetch_one(db).await?)
}

/// The customers, deleted or not, whose folded name or account number is like a pattern: at most [`MOST_NAMED`] and one more of each.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn customers_named(db: impl PgExecutor<'_>, pattern: &str) -> Result<Vec<Uuid>, AppError> {
    // The text that customers are searched by holds both, and has an index.
    let ids = sqlx::query_scalar!(
        r#"(SELECT id AS "id!" FROM customers
            WHERE deleted_at IS NULL AND search_text LIKE $1 AND (name_key LIKE $1 OR account_number::text LIKE $1
                OR 'lm-' || lpad(account_number::text, greatest(7, length(account_number::text)), '0') LIKE $1)
            LIMIT 1001)
           UNION ALL
           (SELECT id FROM customers
            WHERE deleted_at IS NOT NULL AND (name_key LIKE $1 OR account_number::text LIKE $1
                OR 'lm-' || lpad(account_number::text, greatest(7, length(account_number::text)), '0') LIKE $1)
            LIMIT 1001)"#,
        pattern
    );
    Ok(ids.fetch_all(db).await?)
}

/// With more than these, the history is not looked up customer by customer.
const MOST_NAMED: usize = 1_000;

/// Who made a change.
fn actor(id: Option<Uuid>, name: Option<String>, source: Source) -> Actor {
    match (id, name, source) {
        (_, Some(name), _) => Actor::Person(name),
        (Some(_), None, _) => Actor::Gone,
        (None, None, Source::CommandLine) => Actor::CommandLine,
        (None, None, Source::Page) => Actor::Program,
    }
}

/// From where. The program writes no other words.
fn source(word: &str) -> Source {
    Source::parse(word).unwrap_or(Source::Page)
}
