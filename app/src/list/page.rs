//! A page of a list, or the nearest one that is there: which rows are read from where, and the addresses of the pages around it.

use chrono::NaiveDate;
use sqlx::PgConnection;

use super::cursor::Position;
use super::fetch::{Columns, FetchedRow, FetchedRows, Scan};
use super::names::names_deleted;
use super::query::{IgnoredParams, ListQuery};
use super::responses::{ListPage, Row, Totals};
use crate::base::error::AppError;

/// Where a subject's rows come from.
pub trait RowSource: Sync {
    /// The rows of a part of the list, in the order in which they are met.
    fn rows(&self, db: &mut PgConnection, scan: Scan<'_>)
    -> impl Future<Output = Result<FetchedRows, AppError>> + Send;

    /// Whether the rows are too many to be counted: then nobody knows where the last page begins.
    fn is_uncounted(&self) -> bool;
}

/// Rows of a list, and where they stand.
pub struct PageRows {
    rows: Vec<FetchedRow>,
    before: u64,
    has_previous: bool,
    has_next: bool,
    /// Whether they are the last of the list: some of them may belong to the page before the last.
    is_end: bool,
    /// The `extra` of the statement that brought them.
    pub extra: Option<i64>,
    /// Whether the search finds nothing but a deleted record.
    finds_deleted: bool,
}

impl PageRows {
    /// The page that `query` asks for.
    pub async fn read(db: &mut PgConnection, query: &ListQuery, source: &impl RowSource) -> Result<Self, AppError> {
        let asked = query.page.as_ref().map(|cursor| &cursor.position);
        let mut page = Self::read_at(db, query, source, asked).await?;
        if page.rows.is_empty() && asked.is_none() && query.spec.edit.is_some() {
            page.finds_deleted = names_deleted(db, query.spec, &query.search).await?;
        }
        let nearest = match asked {
            Some(_) if !page.rows.is_empty() => return Ok(page),
            None => return Ok(page),
            // The page is gone: all that stood there was deleted or moved.
            Some(Position::Before { .. }) => None,
            Some(Position::After { .. } | Position::Last) => Some(&Position::Last),
        };
        Self::read_at(db, query, source, nearest).await
    }

    /// The rows of a part, in the list's order. The last ones are as many as a page has, which is more than stand on the last page, until
    /// it is known where that begins; where nobody counts, and it will not be known, the first take their place.
    async fn read_at(
        db: &mut PgConnection,
        query: &ListQuery,
        source: &impl RowSource,
        position: Option<&Position>,
    ) -> Result<Self, AppError> {
        let scan = Scan::of_page(query, position, !source.is_uncounted());
        let Scan { key, backward, .. } = scan;
        let at = match position {
            Some(Position::After { at, .. } | Position::Before { at, .. }) => *at,
            Some(Position::Last) | None => 0,
        };
        let size = query.size.rows();
        let FetchedRows { mut rows, extra } = source.rows(db, scan).await?;
        let has_more = rows.len() > size;
        rows.truncate(size);
        if backward {
            rows.reverse();
        }
        Ok(Self {
            rows,
            before: match backward {
                true if has_more => at.saturating_sub(size as u64),
                // Fewer than a page may stand before the key: filling it up would show rows twice to who walks back.
                true => 0,
                false => at,
            },
            has_previous: if backward { has_more } else { key.is_some() },
            has_next: if backward { key.is_some() } else { has_more },
            is_end: backward && key.is_none(),
            extra,
            finds_deleted: false,
        })
    }

    /// Holds the page against the total, once that is known: the last page has what is left when all pages before are full, and a
    /// position, which counts what stood there when it was taken, never reaches beyond what is there now.
    fn fit(&mut self, total: u64, size: u64) {
        if self.is_end && !self.rows.is_empty() {
            let on_last = match total % size {
                0 => total.min(size),
                rest => rest,
            };
            let surplus = self.rows.len().saturating_sub(on_last as usize);
            self.rows.drain(..surplus);
            self.before = total - on_last;
            self.has_previous = total > on_last;
        }
        self.before = self.before.min(total.saturating_sub(self.rows.len() as u64));
    }

    /// The answer. `totals` are none where nobody has counted.
    pub fn answer(
        mut self,
        query: &ListQuery,
        ignored: IgnoredParams,
        columns: &Columns,
        totals: Option<Totals>,
        today: NaiveDate,
    ) -> ListPage {
        if let Some(totals) = &totals {
            self.fit(totals.total, query.size.rows() as u64);
        }
        let count = self.rows.len() as u64;
        let address = |position| query.at(position).to_url();
        let key = |row: Option<&FetchedRow>| row.map(|row| row.key.clone());
        let (first, last) = (key(self.rows.first()), key(self.rows.last()));
        let totals = totals.map(|totals| Totals {
            // Rows that came while the page was being made are not yet in the total.
            total: totals.total.max(self.before + count),
            ..totals
        });
        ListPage {
            previous: first
                .filter(|_| self.has_previous)
                .map(|key| address(Position::Before { key, at: self.before })),
            next: last.filter(|_| self.has_next).map(|key| {
                let at = self.before + count;
                address(Position::After { key, at })
            }),
            last: (self.has_next && totals.is_some()).then(|| address(Position::Last)),
            rows: self.rows.into_iter().map(|fetched| fetched.row).collect::<Vec<Row>>(),
            before: self.before,
            columns: columns.iter().map(|field| field.name.to_owned()).collect(),
            url: query.to_url(),
            ignored,
            totals,
            today,
            labels: Vec::new(),
            finds_deleted: self.finds_deleted,
        }
    }
}
