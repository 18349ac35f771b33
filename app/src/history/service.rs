//! What the pages ask for: the steps between a request and the store.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::Entity;
use super::query::cursor::{Cursor, Spot};
use super::query::{HistoryQuery, Ignored, Who, named};
use super::store::{self, Filter, Found, Range};
use super::view::{CustomerHistory, HistoryList, Line, PastEvent, Person};
use crate::contact::fold;
use crate::context::AppContext;
use crate::error::AppError;
use crate::people::model::asker::Caller;
use crate::people::model::roles::Right;
use crate::replica::Reader;
use crate::ui::dates::IST;

/// How many rows a page has. The statements say it, too.
pub const PAGE: usize = 50;

/// How many events a customer's page shows.
const EVENTS: usize = 20;

/// The most fields that a request may name: more than there are.
const MOST_FIELDS: usize = 200;

/// A page of the history. `url` is the part of the address behind the path, `fields` the words of the fields that its text finds.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn list(context: &AppContext, url: &str, fields: Vec<String>) -> Result<HistoryList, AppError> {
    let fields = &fields[..fields.len().min(MOST_FIELDS)];
    context
        .reading(|mut reader: Reader| async move {
            let list = list_from(&mut reader.db, HistoryQuery::from_url(url), fields).await;
            (reader, list)
        })
        .await
}

async fn list_from(
    db: &mut PgConnection,
    (mut query, mut ignored): (HistoryQuery, Ignored),
    fields: &[String],
) -> Result<HistoryList, AppError> {
    let people = store::people(&mut *db).await?;
    if let Some(who @ Who::User(id)) = query.who
        && people.iter().all(|person| person.id != id)
    {
        ignored.push(named("who", &who.word()));
        query.who = None;
    }
    let found = match query.text.as_str() {
        "" => None,
        text => Some(found(db, text, fields, &people).await?),
    };
    let filter = Filter::new(query.who, query.kind, found);
    let mut page = Page::read(store::page(db, &range(&query), &filter).await?, query.page);
    // Nothing is there any more under this filter: the newest page is.
    if page.lines.is_empty() && query.page.is_some() {
        query.page = None;
        page = Page::read(store::page(db, &range(&query), &filter).await?, None);
    }
    let address = |cursor| query.at(cursor).address();
    Ok(HistoryList {
        newest: page.newer.is_some().then(|| address(None)),
        newer: page.newer.map(|spot| address(Some(Cursor::Newer(spot)))),
        older: page.older.map(|spot| address(Some(Cursor::Older(spot)))),
        lines: page.lines,
        people,
        ignored,
        query,
    })
}

/// What a text finds.
async fn found(db: &mut PgConnection, text: &str, fields: &[String], people: &[Person]) -> Result<Found, AppError> {
    let text = fold(text);
    // Postgres holds no NUL in a text.
    let fields = fields.iter().filter(|word| !word.contains('\0')).cloned().collect();
    let pattern = like_pattern(&text);
    let known = people
        .iter()
        .filter(|person| fold(&person.name).contains(&text) || fold(&person.email).contains(&text));
    let mut ids: Vec<Uuid> = known.map(|person| person.id).collect();
    ids.extend(store::customers_named(db, &pattern).await?);
    Ok(Found { fields, ids, pattern })
}

/// A text as a pattern for LIKE, in which nothing but the ends is a wildcard.
fn like_pattern(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

/// Between which rows a page lies, and from which end it is read.
fn range(query: &HistoryQuery) -> Range {
    let day_begins = |day: NaiveDate| Spot {
        at: day.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(IST.local_minus_utc().into()),
        id: Uuid::nil(),
    };
    let first = Spot {
        at: DateTime::UNIX_EPOCH,
        id: Uuid::nil(),
    };
    let last = Spot {
        at: DateTime::<Utc>::from_timestamp(253_402_300_800, 0).unwrap_or_default(),
        id: Uuid::max(),
    };
    let above = query.from.map_or(first, day_begins);
    let below = query.to.and_then(|day| day.succ_opt()).map_or(last, day_begins);
    match query.page {
        Some(Cursor::Newer(spot)) => Range {
            above: above.max(spot),
            below,
            oldest_first: true,
        },
        Some(Cursor::Older(spot)) => Range {
            above,
            below: below.min(spot),
            oldest_first: false,
        },
        None => Range {
            above,
            below,
            oldest_first: false,
        },
    }
}

/// A page, and where the next ones begin.
struct Page {
    lines: Vec<Line>,
    newer: Option<Spot>,
    older: Option<Spot>,
}

impl Page {
    /// From the rows in the order in which they were met: one more than a page has tells that another follows.
    fn read(mut lines: Vec<Line>, cursor: Option<Cursor>) -> Self {
        let more = lines.len() > PAGE;
        lines.truncate(PAGE);
        let backwards = matches!(cursor, Some(Cursor::Newer(_)));
        if backwards {
            lines.reverse();
        }
        let spot = |line: &Line| Spot {
            at: line.at,
            id: line.id,
        };
        let (first, last) = (lines.first().map(spot), lines.last().map(spot));
        let (has_newer, has_older) = match cursor {
            // What a link has led from is there on the other side.
            Some(Cursor::Newer(_)) => (more, true),
            Some(Cursor::Older(_)) => (true, more),
            None => (false, more),
        };
        Self {
            newer: first.filter(|_| has_newer),
            older: last.filter(|_| has_older),
            lines,
        }
    }
}

/// What became of a customer, the last first: the events before a version, or the last ones.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn of_customer(context: &AppContext, id: Uuid, older: Option<i64>) -> Result<CustomerHistory, AppError> {
    let before = older.unwrap_or(i64::MAX);
    let caller = &context.caller;
    let mut events = context
        .reading(|mut reader: Reader| async move {
            let events = events_from(&mut reader.db, id, before, caller).await;
            (reader, events)
        })
        .await?;
    let more = events.len() > EVENTS;
    events.truncate(EVENTS);
    Ok(CustomerHistory {
        older: events.last().filter(|_| more).map(|event: &PastEvent| event.version),
        newest: older.is_none(),
        events,
        now: context.clock.now(),
    })
}

/// A page of events and one more, which tells that others follow. Those of a deleted customer are for who could restore it.
async fn events_from(
    db: &mut PgConnection,
    id: Uuid,
    before: i64,
    caller: &Caller,
) -> Result<Vec<PastEvent>, AppError> {
    if store::is_deleted(&mut *db, id).await? && caller.with_right(Right::EditCustomers).is_err() {
        return Err(AppError::NotFound);
    }
    store::events(db, Entity::Customer, id, before, EVENTS as i64 + 1).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_india_and_the_last_is_in_it() {
        let (query, _) = HistoryQuery::from_url("?from=2026-11-23&to=2026-11-23");
        let range = range(&query);
        assert_eq!(range.above.at.to_rfc3339(), "2026-11-22T18:30:00+00:00");
        assert_eq!(range.below.at.to_rfc3339(), "2026-11-23T18:30:00+00:00");
        assert_eq!((range.above.id, range.below.id), (Uuid::nil(), Uuid::nil()));
    }

    #[test]
    fn a_page_lies_within_the_days() {
        let spot = |at: &str| Spot {
            at: at.parse().expect("an instant"),
            id: Uuid::from_u128(7),
        };
        let (query, _) = HistoryQuery::from_url("?from=2026-11-23&to=2026-11-23");
        let inside = spot("2026-11-23T10:00:00Z");
        assert_eq!(range(&query.at(Some(Cursor::Older(inside)))).below, inside);
        assert_eq!(range(&query.at(Some(Cursor::Newer(inside)))).above, inside);
        // A place outside takes nothing away.
        let later = range(&query.at(Some(Cursor::Older(spot("2027-01-01T00:00:00Z")))));
        assert_eq!(later.below, range(&query).below);
    }

    #[test]
    fn a_pattern_means_its_characters() {
        assert_eq!(like_pattern(r"50%_\"), r"%50\%\_\\%");
    }
}
