//! The statements of the page that shows the history of everything. They differ in the index that they walk; each holds all filters,
//! so that the choice of one is a matter of time and never of what is found. All end after one row more than a page has, and names are
//! joined to those rows alone.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{MOST_NAMED, actor, source};
use crate::error::AppError;
use crate::history::model::{Change, Entity};
use crate::history::query::Who;
use crate::history::query::cursor::Spot;
use crate::history::view::Line;

/// Between which rows to read, and from which end.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The rows are newer than this.
    pub above: Spot,
    /// The rows are older than this.
    pub below: Spot,
    /// The oldest of them are wanted, and come first.
    pub oldest_first: bool,
}

/// What a text finds.
#[derive(Clone, Debug)]
pub struct Found {
    /// The words of fields.
    pub fields: Vec<String>,
    /// Users and customers; not all of them where there are very many customers.
    pub ids: Vec<Uuid>,
    /// The pattern by which customers are found.
    pub pattern: String,
}

/// Which rows are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    kind: Option<&'static str>,
    user: Option<Uuid>,
    nobody: bool,
    found: Option<Found>,
    index: Index,
}

/// What is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Index {
    Time,
    Actor,
    Nobody,
    Kind,
    Found,
    FoundMany,
}

impl Filter {
    /// Each part narrows; without any, all rows are wanted.
    pub fn new(who: Option<Who>, kind: Option<Entity>, found: Option<Found>) -> Self {
        let index = match (&found, who, kind) {
            (Some(found), _, _) if found.ids.len() > MOST_NAMED => Index::FoundMany,
            (Some(_), _, _) => Index::Found,
            // Most changes are of customers: they are not far apart among somebody's. All others are.
            (None, Some(Who::User(_)), None | Some(Entity::Customer)) => Index::Actor,
            (None, Some(Who::Nobody), None | Some(Entity::Customer)) => Index::Nobody,
            (None, _, Some(_)) => Index::Kind,
            (None, None, None) => Index::Time,
        };
        Self {
            kind: kind.map(Entity::word),
            user: match who {
                Some(Who::User(id)) => Some(id),
                _ => None,
            },
            nobody: who == Some(Who::Nobody),
            found,
            index,
        }
    }
}

struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    actor_name: Option<String>,
    source: String,
    entity: String,
    entity_id: Uuid,
    name: Option<String>,
    account_number: Option<i64>,
    email: Option<String>,
    live: bool,
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// Reads the rows of a statement, with the names that go with them.
macro_rules! lines {
    ($db:expr, $range:expr, $filter:expr $(, $bind:expr)*; $rows:literal $(+ $more:literal)*) => {
        sqlx::query_as!(
            Row,
            r#"SELECT h.id AS "id!", h.at AS "at!", h.actor, a.name AS "actor_name?", h.source AS "source!", h.entity AS "entity!",
                   h.entity_id AS "entity_id!", coalesce(c.name, l.name, u.name, r.role) AS name,
                   c.account_number AS "account_number?", u.email AS "email?",
                   c.id IS NOT NULL AND c.deleted_at IS NULL AS "live!", h.field AS "field!", h.before, h.after
               FROM ("# + $rows $(+ $more)* + r#") AS h
               LEFT JOIN users a ON a.id = h.actor
               LEFT JOIN customers c ON h.entity = 'customer' AND c.id = h.entity_id
               LEFT JOIN leads l ON h.entity = 'lead' AND l.id = h.entity_id
               LEFT JOIN users u ON h.entity = 'user' AND u.id = h.entity_id
               LEFT JOIN role_rules r ON h.entity = 'role' AND r.id = h.entity_id"#,
            $range.above.at, $range.above.id, $range.below.at, $range.below.id,
            $filter.kind, $filter.user, $filter.nobody $(, $bind)*
        )
        .fetch_all(&mut *$db)
        .await?
    };
}

/// Walks an index from one end of the range. The condition and the order are what makes the planner choose it.
macro_rules! walk {
    ($db:expr, $range:expr, $filter:expr $(, $bind:expr)*; $condition:literal, $order:literal) => {
        lines!(
            $db, $range, $filter $(, $bind)*;
            "SELECT * FROM history
             WHERE (at, id) > ($1, $2) AND (at, id) < ($3, $4)
                 AND ($5::text IS NULL OR entity = $5) AND ($6::uuid IS NULL OR actor = $6) AND (NOT $7::boolean OR actor IS NULL) "
                + $condition + " ORDER BY " + $order + " LIMIT 51"
        )
    };
}

/// Looks up each of the found fields and things by itself: a page of each is enough, and is at hand in an index.
macro_rules! look_up {
    ($db:expr, $range:expr, $filter:expr, $fields:expr, $ids:expr; $order:literal) => {
        lines!(
            $db, $range, $filter, $fields, $ids;
            "SELECT * FROM (
                 SELECT f.* FROM unnest($8::text[]) AS found (word) CROSS JOIN LATERAL (
                     SELECT * FROM history
                     WHERE field = found.word AND (at, id) > ($1, $2) AND (at, id) < ($3, $4)
                         AND ($5::text IS NULL OR entity = $5) AND ($6::uuid IS NULL OR actor = $6)
                         AND (NOT $7::boolean OR actor IS NULL)
                     ORDER BY " + $order + " LIMIT 51) AS f
                 UNION
                 SELECT e.* FROM unnest($9::uuid[]) AS found (id) CROSS JOIN LATERAL (
                     SELECT * FROM history
                     WHERE entity_id = found.id AND (at, id) > ($1, $2) AND (at, id) < ($3, $4)
                         AND ($5::text IS NULL OR entity = $5) AND ($6::uuid IS NULL OR actor = $6)
                         AND (NOT $7::boolean OR actor IS NULL)
                     ORDER BY " + $order + " LIMIT 51) AS e
             ) AS found ORDER BY " + $order + " LIMIT 51"
        )
    };
}

/// The rows of a range under a filter, at most one more than a page has, in the order in which they are met.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn page(db: &mut PgConnection, range: &Range, filter: &Filter) -> Result<Vec<Line>, AppError> {
    let rows = if range.oldest_first {
        oldest(db, range, filter).await?
    } else {
        newest(db, range, filter).await?
    };
    let mut lines: Vec<Line> = rows.into_iter().map(Line::from).collect();
    // The joins keep no order.
    lines.sort_by_key(|line| (line.at, line.id));
    if !range.oldest_first {
        lines.reverse();
    }
    Ok(lines)
}

async fn newest(db: &mut PgConnection, range: &Range, filter: &Filter) -> Result<Vec<Row>, AppError> {
    let (fields, ids, pattern) = parts(filter.found.as_ref());
    Ok(match filter.index {
        Index::Time => walk!(db, range, filter; "", "at DESC, id DESC"),
        Index::Actor => walk!(db, range, filter; "AND actor = $6", "at DESC, id DESC"),
        // Of rows that have none in common the planner does not know it: the order says it.
        Index::Nobody => walk!(db, range, filter; "AND actor IS NULL", "actor DESC, at DESC, id DESC"),
        Index::Kind => walk!(db, range, filter; "AND entity = $5", "at DESC, id DESC"),
        Index::Found => look_up!(db, range, filter, fields, ids; "at DESC, id DESC"),
        Index::FoundMany => walk!(
            db, range, filter, fields, ids, pattern;
            "AND (field = ANY($8) OR entity_id = ANY($9) OR entity_id IN (
                 SELECT c.id FROM customers c WHERE c.name_key LIKE $10 OR c.account_number::text LIKE $10
                     OR 'lm-' || lpad(c.account_number::text, greatest(7, length(c.account_number::text)), '0') LIKE $10))",
            "at DESC, id DESC"
        ),
    })
}

async fn oldest(db: &mut PgConnection, range: &Range, filter: &Filter) -> Result<Vec<Row>, AppError> {
    let (fields, ids, pattern) = parts(filter.found.as_ref());
    Ok(match filter.index {
        Index::Time => walk!(db, range, filter; "", "at, id"),
        Index::Actor => walk!(db, range, filter; "AND actor = $6", "at, id"),
        Index::Nobody => walk!(db, range, filter; "AND actor IS NULL", "actor, at, id"),
        Index::Kind => walk!(db, range, filter; "AND entity = $5", "at, id"),
        Index::Found => look_up!(db, range, filter, fields, ids; "at, id"),
        Index::FoundMany => walk!(
            db, range, filter, fields, ids, pattern;
            "AND (field = ANY($8) OR entity_id = ANY($9) OR entity_id IN (
                 SELECT c.id FROM customers c WHERE c.name_key LIKE $10 OR c.account_number::text LIKE $10
                     OR 'lm-' || lpad(c.account_number::text, greatest(7, length(c.account_number::text)), '0') LIKE $10))",
            "at, id"
        ),
    })
}

/// What a text has found, as it is bound.
fn parts(found: Option<&Found>) -> (&[String], &[Uuid], &str) {
    found.map_or((&[], &[], ""), |found| (&found.fields, &found.ids, &found.pattern))
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let source = source(&row.source);
        Self {
            id: row.id,
            at: row.at,
            actor: actor(row.actor, row.actor_name, source),
            source,
            // The table holds no other words.
            entity: Entity::parse(&row.entity).unwrap_or(Entity::Customer),
            entity_id: row.entity_id,
            name: row.name,
            aside: row.account_number.map(|number| format!("LM-{number:07}")).or(row.email),
            live: row.live,
            change: Change::of(&row.field, row.before, row.after),
        }
    }
}
