//! Statements about the table `history` that every subject uses. The table is only ever added to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::base::audit::{Actor, AuditEvent, Change, EntityKind, Source};
use crate::base::error::AppError;

/// Changes as columns, of which `unnest` makes rows; each row has an id of its own.
pub struct ChangeColumns {
    /// UUIDv7.
    pub ids: Vec<Uuid>,
    /// The field of each.
    pub fields: Vec<String>,
    /// The text before each.
    pub before: Vec<Option<String>>,
    /// The text after each.
    pub after: Vec<Option<String>>,
}

impl From<Vec<Change>> for ChangeColumns {
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

/// Records an event in the transaction of its change. It is later than the thing's previous event, whatever the clocks say: times are
/// taken before the row is locked, by several programs.
pub async fn record(transaction: &mut PgConnection, event: &AuditEvent, changes: &[Change]) -> Result<(), AppError> {
    let columns = ChangeColumns::from(changes.to_vec());
    sqlx::query!(
        "INSERT INTO history (id, at, actor, source, entity, entity_id, version, field, before, after)
         SELECT f.id, (SELECT history_time($1, $5, $6)), $2, $3, $4, $5, $6, f.field, f.before, f.after
         FROM unnest($7::uuid[], $8::text[], $9::text[], $10::text[]) AS f (id, field, before, after)",
        event.context.at,
        event.context.actor,
        event.context.source.as_str(),
        event.entity.as_str(),
        event.id,
        event.version,
        &columns.ids,
        &columns.fields,
        &columns.before as &[Option<String>],
        &columns.after as &[Option<String>],
    )
    .execute(transaction)
    .await?;
    Ok(())
}

/// For every field that was changed after a version, its text at that version.
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

/// Who has changed a thing after a version, by name; `me`, who may have done so in another window, is "You".
pub async fn actors_since(
    db: &mut PgConnection,
    id: Uuid,
    version: i64,
    me: Option<Uuid>,
) -> Result<Vec<String>, AppError> {
    let rows = sqlx::query!(
        "SELECT users.id, users.name FROM users
         WHERE users.id IN (SELECT actor FROM history WHERE entity_id = $1 AND version > $2) ORDER BY users.name, users.id",
        id,
        version
    );
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows
        .map(|row| if Some(row.id) == me { "You".to_owned() } else { row.name })
        .collect())
}

/// Who has deleted things last, by their ids: the user, and from where.
pub async fn deleters(db: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Actor>, AppError> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (h.entity_id) h.entity_id, h.actor, h.source, u.name AS "name?"
           FROM history h LEFT JOIN users u ON u.id = h.actor
           WHERE h.entity_id = ANY($1) AND h.field = 'deleted' ORDER BY h.entity_id, h.version DESC"#,
        ids
    );
    let actor = |user: Option<Uuid>, source: &str, name: Option<String>| {
        let names = user.zip(name).into_iter().collect();
        Actor::new(user, parse_source(source), &names)
    };
    let rows = rows.fetch_all(db).await?.into_iter();
    Ok(rows
        .map(|row| (row.entity_id, actor(row.actor, &row.source, row.name)))
        .collect())
}

/// An event as it was recorded.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// The version that it made.
    pub version: i64,
    /// UTC.
    pub at: DateTime<Utc>,
    /// The user's id.
    pub actor: Option<Uuid>,
    /// From where.
    pub source: Source,
    /// Field by field.
    pub changes: Vec<Change>,
}

/// The last events of a thing before a version, the last first: at most `limit`, each whole.
pub async fn events(
    db: &mut PgConnection,
    entity: EntityKind,
    id: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<RecordedEvent>, AppError> {
    let rows = sqlx::query!(
        "SELECT version, at, actor, source, field, before, after FROM history
         WHERE entity = $1 AND entity_id = $2 AND version < $3 AND version >= (
             SELECT min(v.version) FROM (
                 SELECT DISTINCT version FROM history WHERE entity = $1 AND entity_id = $2 AND version < $3
                 ORDER BY version DESC LIMIT $4) v)
         ORDER BY version DESC, id",
        entity.as_str(),
        id,
        before,
        limit
    );
    let mut events: Vec<RecordedEvent> = Vec::new();
    for row in rows.fetch_all(db).await? {
        let change = Change::of(&row.field, row.before, row.after);
        match events.last_mut().filter(|event| event.version == row.version) {
            Some(event) => event.changes.push(change),
            None => events.push(RecordedEvent {
                version: row.version,
                at: row.at,
                actor: row.actor,
                source: parse_source(&row.source),
                changes: vec![change],
            }),
        }
    }
    Ok(events)
}

/// A recorded source. The program writes no other words.
pub fn parse_source(word: &str) -> Source {
    Source::parse(word).unwrap_or(Source::Page)
}
