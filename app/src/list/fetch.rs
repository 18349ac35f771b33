//! The list's statement, built from typed parts: no text of a user ever becomes SQL.
//!
//! A subject says which rows: `list_sql` begins the statement up to its `FROM`, the subject adds a source (the table with conditions, or
//! the ids that it has found) and ends it with [`Scan::push_order`]; `fetch_rows` reads what comes.

use std::iter;

use sqlx::postgres::PgRow;
use sqlx::{Decode, PgConnection, Postgres, QueryBuilder, Row as _, Type};
use uuid::Uuid;

use super::cursor::Position;
use super::query::ListQuery;
use super::responses::Row;
use crate::base::cell::Cell;
use crate::base::contact::Phone;
use crate::base::error::AppError;
use crate::base::keyset::{KeysetKey, SortValue};
use crate::base::spec::{FieldSpec, Format, KeyType, SubjectSpec};
use crate::base::time::format_minute;
use crate::db::predicates;

/// The columns that a list shows.
pub type Columns = [&'static FieldSpec];

/// A part of a list: at most `limit` rows behind (or, backward, before) a key, in the order in which they are met.
#[derive(Clone, Copy, PartialEq)]
pub struct Scan<'a> {
    /// The list.
    pub query: &'a ListQuery,
    /// Where the part begins; none is the end of the list.
    pub key: Option<&'a KeysetKey>,
    /// Whether it is read towards the list's beginning.
    pub backward: bool,
    /// How many rows at most.
    pub limit: usize,
}

impl<'a> Scan<'a> {
    /// The scan of a page: one row more than it has tells whether others follow. The last page is read from the list's end, if `from_end`
    /// says that the rows are counted: otherwise nobody knows where that page begins, and it is the first.
    pub fn of_page(query: &'a ListQuery, position: Option<&'a Position>, from_end: bool) -> Self {
        let (key, backward) = match position {
            Some(Position::After { key, .. }) => (Some(key), false),
            Some(Position::Before { key, .. }) => (Some(key), true),
            Some(Position::Last) => (None, from_end),
            None => (None, false),
        };
        Self {
            query,
            key,
            backward,
            limit: query.size.rows() + 1,
        }
    }

    /// The column that the list is sorted by.
    pub fn column(&self) -> &'static str {
        self.query.sort_spec().column
    }

    /// The table that has this column.
    pub fn table(&self) -> &'static str {
        self.query.sort_spec().table.unwrap_or(self.query.spec.table)
    }

    /// The column, for the order of what [`list_sql`] begins: an output column of its name would be sorted by as text.
    pub fn table_column(&self) -> String {
        format!("{}.{}", self.table(), self.column())
    }

    /// Whether the values rise from row to row, as they are met.
    fn rises(&self) -> bool {
        self.query.descending == self.backward
    }

    /// The condition that leaves the rows of the part; `column` holds the sort's value.
    pub fn push_key(&self, sql: &mut QueryBuilder<Postgres>, column: &str) {
        if let Some(key) = self.key {
            predicates::push_key(sql, column, self.query.sort_spec().key, key, self.rises());
        }
    }

    /// The order of the part.
    pub fn push_order(&self, sql: &mut QueryBuilder<Postgres>, column: &str, limit: Option<usize>) {
        predicates::push_order(sql, column, self.rises(), limit);
    }
}

/// `SELECT … FROM `: who each row is, its sort's value and its columns; last, where there is one, `extra`, a `bigint`.
pub fn list_sql(query: &ListQuery, columns: &Columns, extra: Option<&str>) -> QueryBuilder<Postgres> {
    let SubjectSpec { title, subtitle, .. } = query.spec;
    let sort = query.sort_spec();
    let mut sql = QueryBuilder::new(format!("SELECT id, {}, ", query.spec.column_of(title)));
    push_expression(&mut sql, subtitle.0, subtitle.1);
    sql.push(", ").push(sort.column).push(match sort.key {
        KeyType::Enum(..) => "::text",
        KeyType::SmallInt | KeyType::Integer | KeyType::BigInt => "::bigint",
        KeyType::Text | KeyType::Date => "",
    });
    for field in columns.iter().flat_map(|field| parts(query.spec, field)) {
        sql.push(", ");
        push_expression(&mut sql, field.column, field.format);
    }
    if let Some(extra) = extra {
        sql.push(", ").push(extra);
    }
    sql.push(" FROM ");
    sql
}

/// Numbers of any size come as `bigint`.
fn push_expression(sql: &mut QueryBuilder<Postgres>, column: &str, format: Format) {
    match format {
        Format::Number(_) | Format::NumberOr(..) | Format::Due => sql.push(format_args!("({column})::bigint")),
        _ => sql.push(column),
    };
}

/// The fields of a cell: with that which stands beside it.
fn parts(spec: &SubjectSpec, field: &'static FieldSpec) -> impl Iterator<Item = &'static FieldSpec> {
    let beside = field.format.beside().and_then(|other| spec.field(other));
    iter::once(field).chain(beside)
}

/// A row, and its place in the order.
pub struct FetchedRow {
    /// The row.
    pub row: Row,
    /// Its place.
    pub key: KeysetKey,
    /// Its `extra`, where the statement has one.
    pub extra: Option<i64>,
}

/// What a statement has brought.
#[derive(Default)]
pub struct FetchedRows {
    /// The rows, in the order in which they were met.
    pub rows: Vec<FetchedRow>,
    /// The `extra` of the first row, where the statement has one.
    pub extra: Option<i64>,
}

/// Runs a statement that [`list_sql`] began with the same query and columns.
pub async fn fetch_rows(
    db: &mut PgConnection,
    mut sql: QueryBuilder<Postgres>,
    query: &ListQuery,
    columns: &Columns,
    has_extra: bool,
) -> Result<FetchedRows, AppError> {
    let rows = sql.build().fetch_all(db).await?;
    let rows: Result<Vec<_>, sqlx::Error> = rows
        .iter()
        .map(|row| read_row(row, query, columns, has_extra))
        .collect();
    let rows = rows?;
    let extra = rows.first().and_then(|row| row.extra);
    Ok(FetchedRows { rows, extra })
}

fn read_row(row: &PgRow, query: &ListQuery, columns: &Columns, has_extra: bool) -> Result<FetchedRow, sqlx::Error> {
    let mut values = Values { row, next: 0 };
    let id: Uuid = values.next()?;
    let title: String = values.next()?;
    let subtitle = match values.cell(query.spec.subtitle.1)? {
        Cell::Text(text) | Cell::Phone(text) => text,
        _ => String::new(),
    };
    let value = match query.sort_spec().key {
        KeyType::Text | KeyType::Enum(..) => SortValue::Text(values.next()?),
        KeyType::Date => SortValue::Date(values.next()?),
        KeyType::SmallInt | KeyType::Integer | KeyType::BigInt => SortValue::Number(values.next()?),
    };
    let cells = columns.iter().map(|field| {
        let mut parts = parts(query.spec, field).map(|part| values.cell(part.format));
        let cell = parts.next().transpose()?.unwrap_or(Cell::Empty);
        Ok(match parts.next().transpose()? {
            Some(other) => cell.beside(field.format, other),
            None => cell,
        })
    });
    let cells: Result<_, sqlx::Error> = cells.collect();
    let cells = cells?;
    let extra = if has_extra { values.next()? } else { None };
    let row = Row {
        id,
        title,
        subtitle,
        cells,
    };
    Ok(FetchedRow {
        row,
        key: KeysetKey { value, id },
        extra,
    })
}

/// The values of a row, one after the other.
struct Values<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Values<'r> {
    /// The next value. Its type is the statement's: comparing the two again for each value of each row takes longer than reading it.
    fn next<T: Decode<'r, Postgres> + Type<Postgres>>(&mut self) -> Result<T, sqlx::Error> {
        self.next += 1;
        self.row.try_get_unchecked(self.next - 1)
    }

    fn cell(&mut self, format: Format) -> Result<Cell, sqlx::Error> {
        Ok(match format {
            Format::Number(_) | Format::NumberOr(..) | Format::Due => Cell::number(format, self.next()?),
            Format::Date | Format::Deadline | Format::DeadlineUnless(..) => Cell::date(format, self.next()?),
            Format::Phone => {
                let phone: Option<String> = self.next()?;
                Cell::word(format, phone.map(|phone| Phone::from_stored(phone).to_string()))
            }
            Format::List => {
                let words: Option<Vec<String>> = self.next()?;
                Cell::text(words.map(|words| words.join(", ")))
            }
            Format::Hours => {
                let minutes: Option<Vec<i16>> = self.next()?;
                let range = |ends: &[i16]| format!("{}–{}", format_minute(ends[0]), format_minute(ends[1]));
                let ranges = minutes.map(|minutes| minutes.chunks_exact(2).map(range).collect::<Vec<_>>().join(", "));
                Cell::text(ranges)
            }
            Format::Text | Format::Tag | Format::Level | Format::Pair(_) => Cell::word(format, self.next()?),
        })
    }
}
