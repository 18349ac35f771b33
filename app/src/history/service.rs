//! What the history's page asks for: the steps between a request and the store.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::names;
use super::query::cursor::{Cursor, KeysetKey};
use super::query::{ActorFilter, HistoryQuery, IgnoredParams, ignored_param};
use super::responses::{HistoryList, HistoryRow};
use super::store::{self, HistoryFilter, KeysetRange, PAGE_SIZE, StoredRow};
use crate::base::audit::Actor;
use crate::base::error::AppError;
use crate::base::time::IST;
use crate::http::context::AppContext;
use crate::users::store::names as users;

/// A page of the history. `url` is the part of the address after the path.
pub async fn list(context: &AppContext, url: &str) -> Result<HistoryList, AppError> {
    context
        .read_db(|mut db| async move { list_from(&mut db, HistoryQuery::from_url(url)).await })
        .await
}

async fn list_from(
    db: &mut PgConnection,
    (mut query, mut ignored): (HistoryQuery, IgnoredParams),
) -> Result<HistoryList, AppError> {
    let users = users::all(&mut *db).await?;
    if let Some(actor @ ActorFilter::User(id)) = query.actor
        && users.iter().all(|user| user.id != id)
    {
        ignored.push(ignored_param("who", &actor.to_word()));
        query.actor = None;
    }
    let text = match query.text.as_str() {
        "" => None,
        text => Some(names::find(db, text, query.kind, &users).await?),
    };
    let filter = HistoryFilter {
        actor: query.actor,
        kind: query.kind,
        text,
    };
    let mut page = Page::new(store::page(db, &range(&query), &filter).await?, query.page);
    // Nothing is left under this filter: the newest page is shown.
    if page.rows.is_empty() && query.page.is_some() {
        query.page = None;
        page = Page::new(store::page(db, &range(&query), &filter).await?, None);
    }
    let record_names = names::names_of(db, &page.rows, &users).await?;
    let user_names: HashMap<Uuid, String> = users.iter().map(|user| (user.id, user.name.clone())).collect();
    let rows = page.rows.into_iter().map(|row| HistoryRow {
        id: row.id,
        at: row.key.at,
        actor: Actor::new(row.actor, row.source, &user_names),
        source: row.source,
        entity: row.entity,
        entity_id: row.entity_id,
        name: record_names.get(&(row.entity, row.entity_id)).cloned(),
        change: row.change,
    });
    let address = |cursor| query.with_page(cursor).address();
    Ok(HistoryList {
        rows: rows.collect(),
        newest: page.newer.is_some().then(|| address(None)),
        newer: page.newer.map(|key| address(Some(Cursor::Newer(key)))),
        older: page.older.map(|key| address(Some(Cursor::Older(key)))),
        users,
        ignored,
        query,
    })
}

/// Between which rows a page lies, and from which end it is read.
fn range(query: &HistoryQuery) -> KeysetRange {
    let start_of_day = |day: NaiveDate| KeysetKey {
        at: day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(IST.local_minus_utc().into()),
        seq: 0,
    };
    let first = KeysetKey {
        at: DateTime::UNIX_EPOCH,
        seq: 0,
    };
    let last = KeysetKey {
        at: DateTime::<Utc>::from_timestamp(253_402_300_800, 0).unwrap_or_default(),
        seq: i64::MAX,
    };
    let above = query.from.map_or(first, start_of_day);
    let below = query.to.and_then(|day| day.succ_opt()).map_or(last, start_of_day);
    let by_time = query.from.is_some() || query.to.is_some();
    let range = KeysetRange {
        above,
        below,
        by_time,
        oldest_first: false,
    };
    match query.page {
        Some(Cursor::Newer(key)) => KeysetRange {
            above: if by_time { above.max(key) } else { key },
            oldest_first: true,
            ..range
        },
        Some(Cursor::Older(key)) => KeysetRange {
            below: if by_time { below.min(key) } else { key },
            ..range
        },
        None => range,
    }
}

/// A page, and where the next ones begin.
struct Page {
    rows: Vec<StoredRow>,
    newer: Option<KeysetKey>,
    older: Option<KeysetKey>,
}

impl Page {
    /// From the rows in the order in which they were read: one more than a page has shows that others follow.
    fn new(mut rows: Vec<StoredRow>, cursor: Option<Cursor>) -> Self {
        let more = rows.len() > PAGE_SIZE;
        rows.truncate(PAGE_SIZE);
        if matches!(cursor, Some(Cursor::Newer(_))) {
            rows.reverse();
        }
        let (has_newer, has_older) = match cursor {
            // The row at which a link begins is on its other side.
            Some(Cursor::Newer(_)) => (more, true),
            Some(Cursor::Older(_)) => (true, more),
            None => (false, more),
        };
        Self {
            newer: rows.first().map(|row| row.key).filter(|_| has_newer),
            older: rows.last().map(|row| row.key).filter(|_| has_older),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_range_is_in_ist_and_includes_its_last_day() {
        let (query, _) = HistoryQuery::from_url("?from=2026-11-23&to=2026-11-23");
        let range = range(&query);
        assert_eq!(range.above.at.to_rfc3339(), "2026-11-22T18:30:00+00:00");
        assert_eq!(range.below.at.to_rfc3339(), "2026-11-23T18:30:00+00:00");
        assert_eq!((range.above.seq, range.below.seq), (0, 0));
        assert!(range.by_time);
    }

    #[test]
    fn a_page_stays_within_the_date_range() {
        let key = |at: &str| KeysetKey {
            at: at.parse().expect("an instant"),
            seq: 7,
        };
        let (query, _) = HistoryQuery::from_url("?from=2026-11-23&to=2026-11-23");
        let inside = key("2026-11-23T10:00:00Z");
        assert_eq!(range(&query.with_page(Some(Cursor::Older(inside)))).below, inside);
        assert_eq!(range(&query.with_page(Some(Cursor::Newer(inside)))).above, inside);
        // A key outside takes nothing away.
        let later = range(&query.with_page(Some(Cursor::Older(key("2027-01-01T00:00:00Z")))));
        assert_eq!(later.below, range(&query).below);
    }
}
