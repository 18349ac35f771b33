//! A page of the list.
//!
//! Whatever is asked for, a page reads about as many rows as it shows, never as many as there are:
//! - without a filter, from the index of the sort, from the spot where the page begins;
//! - with filters, so from the index of each segment in view, and merged;
//! - with a common search, the same, passing over what the search does not find;
//! - by name, with a search for letters alone, from those who have a word with them, as they stand by name with each word;
//! - by name, with one or two letters (or a word with marks) with which very many names begin, from those alone, which stand together;
//! - with any other search, what it finds is looked up in an index and sorted.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row, ValueRef};
use uuid::Uuid;

use super::cells::{self, Values};
use super::counts::{Counts, KeptCounts, counts_of_search};
use super::sample::{Foreseen, Sample};
use super::statement::{Direction, Part, SESSION_MARK, SORTED, Sorted, Way, read_value};
use crate::customers::model::field::Field;
use crate::customers::model::sort::Sort;
use crate::customers::model::{AccountNumber, CustomerName};
use crate::customers::query::cursor::{Position, Spot};
use crate::customers::query::{CustomerQuery, Filter, Order};
use crate::customers::view::ListRow;
use crate::error::AppError;

/// So few customers may be walked through, wherever a search stands among them. Counts that are a little old may have missed some: a walk goes much further.
const FEW_IN_VIEW: u64 = 20_000;

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The rows, in order.
    pub rows: Vec<ListRow>,
    /// The spot of the first row.
    pub first: Option<Spot>,
    /// The spot of the last row.
    pub last: Option<Spot>,
    /// How many rows stand before the first.
    pub before: u64,
    /// Whether there is a page before.
    pub has_previous: bool,
    /// Whether there is a page behind.
    pub has_next: bool,
    /// The counts of what the search finds, whatever the other filters; none where that is too many to count.
    pub counts: Option<Counts>,
    /// What the names of its rows begin with, where there are too many others to find those that come first.
    pub beginning: Option<String>,
    /// The mark of the sessions, where there are rows to bring it.
    pub session_mark: Option<Uuid>,
}

/// What the program knows of the customers before it asks for them; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    counts: KeptCounts,
    sample: Sample,
}

/// A page of a list, as it is asked for.
pub struct Asked<'a> {
    /// The list and the page.
    pub query: &'a CustomerQuery,
    /// What each row's cells show.
    pub columns: &'a [Field],
    /// What is known beforehand.
    pub known: &'a Known,
    /// The instant.
    pub now: DateTime<Utc>,
}

/// The page that is asked for, or the nearest one that is there.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn list(db: &mut PgConnection, asked: &Asked<'_>) -> Result<Page, AppError> {
    let foreseen = foresee(db, asked).await?;
    list_as_foreseen(db, asked, foreseen).await
}

/// The same, where it is known what to expect of the search.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn list_as_foreseen(db: &mut PgConnection, asked: &Asked<'_>, foreseen: Foreseen) -> Result<Page, AppError> {
    let query = asked.query;
    let mut list = List {
        filter: &query.filter,
        order: query.order,
        columns: asked.columns,
        foreseen,
        counted: None,
    };
    list.count_first(db).await?;
    let size = query.size.rows();
    let mut found = match query.page.as_ref().map(|cursor| &cursor.position) {
        Some(Position::After { spot, at }) => list.rows_after(db, Some(spot), *at, size).await?,
        Some(Position::Before { spot, at }) => list.rows_before(db, spot, *at, size).await?,
        Some(Position::Last) => list.last_rows(db, size).await?,
        None => list.rows_after(db, None, 0, size).await?,
    };
    if list.foreseen.needles.is_empty() {
        found.counts = Some(match found.mark {
            Some(mark) => asked.known.counts.at(db, mark).await?,
            // No row has brought the mark.
            None => asked.known.counts.now(db).await?,
        });
    }
    // The page is gone: all that stood behind the spot was deleted or moved. The nearest one is the last.
    if found.rows.is_empty() && query.page.is_some() {
        let counts = found.counts;
        found = list.last_rows(db, size).await?;
        found.counts = counts;
    }
    if let Some(total) = found.counts.as_ref().map(|counts| counts.total(&query.filter)) {
        found.end_at(total, size as u64);
        // A position counts what stood there when it was taken; it never reaches beyond what is there now.
        found.before = found.before.min(total.saturating_sub(found.rows.len() as u64));
    }
    list.page(found)
}

/// What is foreseen of the search; nothing where there is none.
async fn foresee(db: &mut PgConnection, asked: &Asked<'_>) -> Result<Foreseen, AppError> {
    let Known { counts, sample } = asked.known;
    let search = &asked.query.filter.search;
    if search.is_empty() {
        return Ok(Foreseen::default());
    }
    let counts = counts.lately(db).await?;
    let foreseen = sample
        .foresee(db, asked.now, counts.total(&Filter::default()), search)
        .await?;
    Ok(Foreseen {
        few_in_view: counts.total(&asked.query.filter) <= FEW_IN_VIEW,
        ..foreseen
    })
}

/// A list, of which parts are fetched.
struct List<'a> {
    filter: &'a Filter,
    order: Order,
    columns: &'a [Field],
    /// What is known of the search: what it looks for, and whether it passes over rows of the list or how it is looked up.
    foreseen: Foreseen,
    /// The counts of what it finds, where they are known beforehand and are not found with the rows.
    counted: Option<Counts>,
}

impl List<'_> {
    /// Counts what is not going to be looked up as a whole, as far as it is counted.
    async fn count_first(&mut self, db: &mut PgConnection) -> Result<(), AppError> {
        let foreseen = &self.foreseen;
        if !foreseen.uncounted && (self.may_walk() || self.may_begin()) {
            self.counted = counts_of_search(db, foreseen).await?;
            self.foreseen.uncounted = self.counted.is_none();
        }
        Ok(())
    }

    async fn rows_after(
        &self,
        db: &mut PgConnection,
        spot: Option<&Spot>,
        at: u64,
        size: usize,
    ) -> Result<Found, AppError> {
        // One row more tells whether a page follows.
        let mut found = self.fetch(db, spot, Direction::Forward, size + 1).await?;
        found.before = at;
        found.has_previous = spot.is_some();
        found.has_next = found.rows.len() > size;
        found.rows.truncate(size);
        Ok(found)
    }

    async fn rows_before(&self, db: &mut PgConnection, spot: &Spot, at: u64, size: usize) -> Result<Found, AppError> {
        let mut found = self.fetch(db, Some(spot), Direction::Backward, size + 1).await?;
        if found.rows.is_empty() {
            return self.rows_after(db, None, 0, size).await;
        }
        // Fewer than a page may stand before the spot: filling it up would show rows twice to who walks back.
        found.has_previous = found.rows.len() > size;
        if found.has_previous {
            found.before = at.saturating_sub(size as u64);
        }
        found.has_next = true;
        found.rows.truncate(size);
        found.rows.reverse();
        Ok(found)
    }

    /// The last rows, as many as a page has: more than stand on the last page, until it is known where that begins.
    /// Where a search finds so many that they are not counted, and it will not be known, the first.
    async fn last_rows(&self, db: &mut PgConnection, size: usize) -> Result<Found, AppError> {
        if self.foreseen.uncounted {
            return self.rows_after(db, None, 0, size).await;
        }
        let mut found = self.fetch(db, None, Direction::Backward, size).await?;
        if found.counts.is_none() && !self.foreseen.needles.is_empty() {
            return self.rows_after(db, None, 0, size).await;
        }
        found.rows.truncate(size);
        found.rows.reverse();
        found.at_the_end = true;
        Ok(found)
    }

    /// At most `limit` rows behind (or, backwards, before) a spot, in the order in which they are met.
    async fn fetch(
        &self,
        db: &mut PgConnection,
        spot: Option<&Spot>,
        direction: Direction,
        limit: usize,
    ) -> Result<Found, AppError> {
        let Foreseen {
            uncounted,
            needles,
            narrowed,
            ..
        } = &self.foreseen;
        let beginning = self.beginning();
        let part = |way| Part {
            filter: self.filter,
            needles,
            way,
            word: self.word(),
            many: self.foreseen.many,
            few_in_view: self.foreseen.few_in_view,
            columns: self.columns,
            beginning,
            spot,
            order: Sorted::new(self.order, direction),
            limit,
        };
        let searched = !needles.is_empty();
        let is_all = !searched || beginning.is_some();
        if is_all || self.may_walk() {
            let rows = part(Way::Walking).statement().build().fetch_all(&mut *db).await?;
            if rows.len() >= limit || is_all || self.foreseen.few_in_view {
                return self.found(rows, false);
            }
        }
        // Where the search and the order have to do with each other, all that is found may stand at the far end.
        let counted = !uncounted && self.counted.is_none();
        let looked_up = part(Way::LookedUp { narrowed, counted });
        let rows = looked_up.statement().build().fetch_all(db).await?;
        self.found(rows, counted)
    }

    /// The word by which the search is looked up among the words of all, which stand by name.
    fn word(&self) -> Option<&str> {
        self.foreseen.word().filter(|_| self.order.by == Sort::Name)
    }

    /// What the names in the list begin with, where there are so many of them that nobody gets to the others, which stand anywhere among all customers.
    fn beginning(&self) -> Option<&str> {
        (self.foreseen.uncounted && self.may_begin()).then(|| self.foreseen.needles.name_beginning())
    }

    /// Whether the list has only names that begin with the search if it finds too many, and is not looked up among the words. (All that begin with one word
    /// are found; with several, the first of them that have the others may be far apart.)
    fn may_begin(&self) -> bool {
        let foreseen = &self.foreseen;
        let one = foreseen.needles.words.len() == 1 && self.word().is_none();
        self.order.by == Sort::Name && foreseen.many && foreseen.begins_names && one
    }

    /// Whether a page is met soon by walking the list. By name it is not where names begin with the letters that are looked for, since those stand together; the words have
    /// them as well.
    fn may_walk(&self) -> bool {
        let foreseen = &self.foreseen;
        let together = foreseen.begins_names && self.word().is_some();
        foreseen.walk && (foreseen.few_in_view || !together)
    }

    /// What a statement has found; `counted` says that one of its rows has the counts.
    fn found(&self, mut rows: Vec<PgRow>, counted: bool) -> Result<Found, AppError> {
        let mut found = Found {
            counts: self.counted.clone(),
            ..Found::default()
        };
        if let Some(row) = rows.first().filter(|_| self.foreseen.needles.is_empty()) {
            found.mark = row.try_get(row.len() - 1)?;
        }
        found.session_mark = rows.first().map(|row| row.try_get(SESSION_MARK)).transpose()?;
        if counted {
            for row in &rows {
                if found.counts.is_none() {
                    found.counts = Counts::of_found(row)?;
                }
            }
            // Nothing found is counted, too.
            found.counts = found.counts.unwrap_or_default().if_few();
            // Where the page has no rows, one holds the counts alone.
            rows.retain(|row| row.try_get_raw(0).is_ok_and(|id| !id.is_null()));
        }
        found.rows = rows;
        Ok(found)
    }

    fn page(&self, found: Found) -> Result<Page, AppError> {
        let spot = |row: Option<&PgRow>| row.map(|row| self.spot(row)).transpose();
        Ok(Page {
            first: spot(found.rows.first())?,
            last: spot(found.rows.last())?,
            rows: self.read(&found.rows)?,
            before: found.before,
            has_previous: found.has_previous,
            has_next: found.has_next,
            counts: found.counts,
            beginning: self.beginning().map(str::to_owned),
            session_mark: found.session_mark,
        })
    }

    fn read(&self, rows: &[PgRow]) -> Result<Vec<ListRow>, sqlx::Error> {
        rows.iter().map(|row| self.row(row)).collect()
    }

    fn row(&self, row: &PgRow) -> Result<ListRow, sqlx::Error> {
        let mut values = Values::from(row, 0);
        let customer = CustomerName {
            id: values.next()?,
            account_number: AccountNumber(values.next()?),
            name: values.next()?,
        };
        // What the spot is made of is read where a spot is wanted.
        let mut values = Values::from(row, SORTED + 1);
        let segment = values.segment()?;
        let mut values = Values::from(row, SESSION_MARK + 1);
        let cells = self
            .columns
            .iter()
            .map(|field| cells::cell(*field, segment, &mut values));
        let cells = cells.collect::<Result<_, _>>()?;
        Ok(ListRow { customer, cells })
    }

    fn spot(&self, row: &PgRow) -> Result<Spot, sqlx::Error> {
        let value = read_value(&mut Values::from(row, SORTED), self.order.by)?;
        let id = Values::from(row, 0).next()?;
        Ok(Spot { value, id })
    }
}

/// Rows of the list that were found, as the database gave them, and where they stand.
#[derive(Default)]
struct Found {
    rows: Vec<PgRow>,
    before: u64,
    has_previous: bool,
    has_next: bool,
    /// Whether they are the last of the list: some of them may belong to the page before the last.
    at_the_end: bool,
    /// The mark of the counts when they were read.
    mark: Option<i64>,
    /// The counts of what the search finds; none where it is too many, or there is no search.
    counts: Option<Counts>,
    /// The mark of the sessions when they were read.
    session_mark: Option<Uuid>,
}

impl Found {
    /// Leaves of the last rows those that stand on the last page when all pages before are full. Other rows stay.
    fn end_at(&mut self, total: u64, size: u64) {
        if !self.at_the_end || self.rows.is_empty() {
            return;
        }
        let on_last = match total % size {
            0 => total.min(size),
            rest => rest,
        };
        let surplus = self.rows.len().saturating_sub(on_last as usize);
        self.rows.drain(..surplus);
        self.before = total - on_last;
        self.has_previous = total > on_last;
    }
}

/// The first live customers that a search finds, by name.
///
/// # Errors
/// `Unavailable` and `Internal`.
pub async fn find(
    db: &mut PgConnection,
    known: &Known,
    now: DateTime<Utc>,
    search: &str,
    columns: &[Field],
    limit: usize,
) -> Result<Vec<ListRow>, AppError> {
    let query = CustomerQuery::default().filtered(|filter| filter.search = search.to_owned());
    let customers = known.counts.lately(db).await?.total(&Filter::default());
    let foreseen = known.sample.foresee(db, now, customers, search).await?;
    let list = List {
        filter: &query.filter,
        order: query.order,
        columns,
        foreseen: Foreseen {
            // Nobody asks how many they are.
            uncounted: true,
            ..foreseen
        },
        counted: None,
    };
    let found = list.fetch(db, None, Direction::Forward, limit).await?;
    Ok(list.read(&found.rows)?)
}
