//! The statement of the history's list, built from typed parts: no text of a user becomes SQL.
//!
//! Plans are made before the values are known (`plan_cache_mode` in server/src/database.rs), so the statement itself decides which index is
//! read: it bounds and orders the rows by all columns of that index, which no other index can do. Every other filter is written with
//! `IS NOT DISTINCT FROM`, for which Postgres uses no index.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::query::ActorFilter;
use super::query::cursor::KeysetKey;
use crate::base::audit::{Change, EntityKind, Source};
use crate::base::error::AppError;
use crate::base::spec::SubjectSpec;
use crate::db::audit_log::parse_source;
use crate::list::names::push_names_record;

/// How many rows a page has.
pub const PAGE_SIZE: usize = 50;

/// Between which rows to read, and from which end.
#[derive(Clone, Copy, Debug)]
pub struct KeysetRange {
    /// The rows are newer than this.
    pub above: KeysetKey,
    /// The rows are older than this.
    pub below: KeysetKey,
    /// Whether the range is one of time. Otherwise it is one of the order in which rows were written, which no clock disturbs.
    pub by_time: bool,
    /// The oldest of them are wanted, and come first.
    pub oldest_first: bool,
}

/// Which rows are wanted: each part narrows.
#[derive(Clone, Debug)]
pub struct HistoryFilter {
    /// Whose changes.
    pub actor: Option<ActorFilter>,
    /// Of which kind of thing.
    pub kind: Option<EntityKind>,
    /// What its text finds.
    pub text: Option<TextMatches>,
}

/// What a text finds.
#[derive(Clone, Debug)]
pub struct TextMatches {
    /// The names of fields.
    pub fields: Vec<&'static str>,
    /// The ids of users and records.
    pub ids: Vec<Uuid>,
    /// The text.
    pub text: String,
    /// The subjects of which it finds more records than are looked up one by one; then `ids` has none of them.
    pub many: Vec<&'static SubjectSpec>,
}

/// A row as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRow {
    /// Its place in the order.
    pub key: KeysetKey,
    /// UUIDv7.
    pub id: Uuid,
    /// The user's id.
    pub actor: Option<Uuid>,
    /// From where.
    pub source: Source,
    /// The kind of thing.
    pub entity: EntityKind,
    /// Which one.
    pub entity_id: Uuid,
    /// The change.
    pub change: Change,
}

/// The rows of a range under a filter, in the order in which they are read: at most one more than a page has.
pub async fn page(
    db: &mut PgConnection,
    range: &KeysetRange,
    filter: &HistoryFilter,
) -> Result<Vec<StoredRow>, AppError> {
    let list = ListSql { range, filter };
    let rows: Vec<Row> = list.statement().build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(StoredRow::from).collect())
}

/// The index that is read, and what stands in its first column. There are two of each: by time, and by the order of writing.
#[derive(Clone, Copy)]
enum ScanIndex {
    All,
    Actor(ActorFilter),
    Kind(EntityKind),
    /// Each of the fields that stand beside as `matched`.
    Field,
}

struct ListSql<'a> {
    range: &'a KeysetRange,
    filter: &'a HistoryFilter,
}

impl ListSql<'_> {
    fn statement(&self) -> QueryBuilder<Postgres> {
        let mut sql =
            QueryBuilder::new("SELECT seq, id, at, actor, source, entity, entity_id, field, before, after FROM (");
        match &self.filter.text {
            Some(text) if text.many.is_empty() => self.push_lookups(&mut sql, text),
            text => self.push_scan(&mut sql, self.index(), text.as_ref()),
        }
        sql.push(") AS found");
        self.push_order_and_limit(&mut sql, ScanIndex::All);
        sql
    }

    /// Most changes are of customers: among one user's they are close together, and other kinds far apart.
    fn index(&self) -> ScanIndex {
        match (self.filter.actor, self.filter.kind) {
            (Some(actor), None | Some(EntityKind::Customer)) => ScanIndex::Actor(actor),
            (_, Some(kind)) => ScanIndex::Kind(kind),
            (None, None) => ScanIndex::All,
        }
    }

    /// The rows from one end of an index. A text that finds very many records is looked for in each row.
    fn push_scan(&self, sql: &mut QueryBuilder<Postgres>, index: ScanIndex, text: Option<&TextMatches>) {
        sql.push("SELECT * FROM history WHERE ");
        self.push_range(sql, index);
        self.push_filters(sql, index);
        if let Some(text) = text {
            sql.push(" AND (field = ANY(").push_bind(text.fields.clone());
            sql.push(") OR entity_id = ANY(").push_bind(text.ids.clone()).push(")");
            for subject in &text.many {
                sql.push(" OR ");
                push_names_record(sql, subject, "history.entity_id", &text.text);
            }
            sql.push(")");
        }
        self.push_order_and_limit(sql, index);
    }

    /// A page of each field that a text finds, and of the things that it finds.
    fn push_lookups(&self, sql: &mut QueryBuilder<Postgres>, text: &TextMatches) {
        sql.push("SELECT h.* FROM unnest(").push_bind(text.fields.clone());
        sql.push("::text[]) AS matched (field) CROSS JOIN LATERAL (");
        self.push_scan(sql, ScanIndex::Field, None);
        // OFFSET makes Postgres look up these things, however soon it expects to meet rows of them in another index.
        sql.push(") AS h UNION (SELECT * FROM (SELECT * FROM history WHERE entity_id = ANY(");
        sql.push_bind(text.ids.clone()).push(") OFFSET 0) AS h WHERE ");
        self.push_range(sql, ScanIndex::All);
        self.push_filters(sql, ScanIndex::All);
        self.push_order_and_limit(sql, ScanIndex::All);
        sql.push(")");
    }

    /// The range as bounds of an index. Both bounds begin with the same value of the index's first column, so that all rows between have it.
    fn push_range(&self, sql: &mut QueryBuilder<Postgres>, index: ScanIndex) {
        let KeysetRange {
            above, below, by_time, ..
        } = *self.range;
        // In the order of writing rows of nobody have an index of their own.
        if !by_time && matches!(index, ScanIndex::Actor(ActorFilter::NoUser)) {
            sql.push("actor IS NULL AND ");
        }
        let columns = self.columns(index).join(", ");
        for (lead, sign, key) in [("", ">", above), (" AND ", "<", below)] {
            sql.push(format_args!("{lead}({columns}) {sign} ("));
            match index {
                ScanIndex::Actor(ActorFilter::NoUser) if by_time => {
                    sql.push_bind(Uuid::nil()).push(", ");
                }
                ScanIndex::All | ScanIndex::Actor(ActorFilter::NoUser) => {}
                ScanIndex::Actor(ActorFilter::User(user)) => {
                    sql.push_bind(user).push(", ");
                }
                ScanIndex::Kind(kind) => {
                    sql.push_bind(kind.as_str()).push(", ");
                }
                ScanIndex::Field => {
                    sql.push("matched.field, ");
                }
            }
            if by_time {
                sql.push_bind(key.at).push(", ");
            }
            sql.push_bind(key.seq).push(")");
        }
    }

    /// The columns of an index. Those of the indexes by time begin with an expression, so that Postgres does not take the other index of the same
    /// column, and sort.
    fn columns(&self, index: ScanIndex) -> Vec<&'static str> {
        let by_time = self.range.by_time;
        let first = match index {
            ScanIndex::All => None,
            ScanIndex::Actor(_) if by_time => Some("coalesce(actor, '00000000-0000-0000-0000-000000000000')"),
            ScanIndex::Actor(ActorFilter::NoUser) => None,
            ScanIndex::Actor(ActorFilter::User(_)) => Some("actor"),
            ScanIndex::Kind(_) => Some(if by_time { "(entity || '')" } else { "entity" }),
            ScanIndex::Field => Some(if by_time { "(field || '')" } else { "field" }),
        };
        first
            .into_iter()
            .chain(by_time.then_some("at"))
            .chain(["seq"])
            .collect()
    }

    /// The filters, but for the one that the index stands for.
    fn push_filters(&self, sql: &mut QueryBuilder<Postgres>, index: ScanIndex) {
        if let (Some(actor), false) = (self.filter.actor, matches!(index, ScanIndex::Actor(_))) {
            let user = match actor {
                ActorFilter::User(user) => Some(user),
                ActorFilter::NoUser => None,
            };
            sql.push(" AND actor IS NOT DISTINCT FROM ").push_bind(user);
        }
        if let (Some(kind), false) = (self.filter.kind, matches!(index, ScanIndex::Kind(_))) {
            sql.push(" AND entity IS NOT DISTINCT FROM ").push_bind(kind.as_str());
        }
    }

    /// One row more than a page has shows that others follow.
    fn push_order_and_limit(&self, sql: &mut QueryBuilder<Postgres>, index: ScanIndex) {
        let direction = if self.range.oldest_first { "" } else { " DESC" };
        let order = self.columns(index).join(&format!("{direction}, "));
        let limit = PAGE_SIZE + 1;
        sql.push(format_args!(" ORDER BY {order}{direction} LIMIT {limit}"));
    }
}

#[derive(FromRow)]
struct Row {
    seq: i64,
    id: Uuid,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    source: String,
    entity: String,
    entity_id: Uuid,
    field: String,
    before: Option<String>,
    after: Option<String>,
}

impl From<Row> for StoredRow {
    fn from(row: Row) -> Self {
        Self {
            key: KeysetKey {
                at: row.at,
                seq: row.seq,
            },
            id: row.id,
            actor: row.actor,
            source: parse_source(&row.source),
            // The table holds no other words.
            entity: EntityKind::parse(&row.entity).unwrap_or(EntityKind::Customer),
            entity_id: row.entity_id,
            change: Change::of(&row.field, row.before, row.after),
        }
    }
}
