//! The columns of a board: their cards and their numbers.

use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::{Board, BoardColumn, BoardSpec, CARDS, Card, CardKey, ColumnNumbers, MOST_CARDS};
use crate::base::cell::Cell;
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::base::units::Paise;
use crate::db::options::LoadedOptions;
use crate::db::predicates::{SearchBy, push_order, push_search};
use crate::http::context::AppContext;
use crate::list::fetch::{FetchedRow, fetch_rows, list_sql};
use crate::list::filter::{Found, push_facets};
use crate::list::query::ListQuery;
use crate::list::responses::COUNT_LIMIT;
use crate::list::table_rows::labels_of_chosen;

/// The board that an address asks for, with `shown` cards in each column, within limits; those behind a position and an id.
///
/// # Errors
/// The database's.
pub async fn board<S: LoadedOptions>(
    context: &AppContext,
    board: &'static BoardSpec,
    address: &str,
    shown: usize,
    after: Option<CardKey>,
) -> Result<Board, AppError> {
    let query = &ListQuery::parse(board.spec, address).0.first_page();
    let limit = shown.clamp(CARDS, MOST_CARDS);
    let read = context.read_db(|mut db| async move {
        let columns = Columns::look_up(&mut db, board, query).await?;
        // One more tells whether there are more.
        let cards = columns.cards(&mut db, after, limit + 1).await?;
        Ok((cards, labels_of_chosen::<S>(&mut db, query).await?))
    });
    let (mut cards, labels) = read.await?;
    let columns = board.columns(query).into_iter().map(|word| {
        let of_column = cards.extract_if(.., |(other, _)| other == word);
        let mut cards: Vec<Card> = of_column.map(|(_, card)| card).collect();
        let has_more = cards.len() > limit;
        cards.truncate(limit);
        let word = word.to_owned();
        BoardColumn { word, cards, has_more }
    });
    Ok(Board {
        columns: columns.collect(),
        today: context.clock.today(),
        labels,
    })
}

/// How many cards each column has and what they add up to; nothing where a search finds more than are counted.
///
/// # Errors
/// The database's.
pub async fn numbers(
    context: &AppContext,
    board: &'static BoardSpec,
    address: &str,
) -> Result<Vec<ColumnNumbers>, AppError> {
    let query = &ListQuery::parse(board.spec, address).0.first_page();
    let read = context.read_db(|mut db| async move {
        let columns = Columns::look_up(&mut db, board, query).await?;
        columns.numbers(&mut db).await
    });
    read.await
}

/// The columns, and what search and facets leave in them.
struct Columns<'a> {
    board: &'static BoardSpec,
    query: &'a ListQuery,
    terms: SearchTerms,
    found: Found,
}

impl<'a> Columns<'a> {
    async fn look_up(db: &mut PgConnection, board: &'static BoardSpec, query: &'a ListQuery) -> Result<Self, AppError> {
        let terms = SearchTerms::parse(&query.search);
        let found = Found::look_up(db, board.spec, &terms).await?;
        Ok(Self {
            board,
            query,
            terms,
            found,
        })
    }

    /// `unnest(…) LEFT JOIN LATERAL (SELECT <what> FROM …`: the cards of each column, which stands at `at`.
    fn push_each(&self, sql: &mut QueryBuilder<Postgres>, what: &str) {
        let (table, facet) = (self.board.spec.table, self.board.facet());
        sql.push("unnest(").push_bind(self.board.columns(self.query));
        sql.push(format_args!(
            "::text[]::{}[]) WITH ORDINALITY AS board (word, at) LEFT JOIN LATERAL (
             SELECT {what} FROM {table} WHERE deleted_at IS NULL AND {} = board.word",
            facet.sql_type, facet.column
        ));
        push_facets(sql, self.query, &[self.board.facet]);
        match &self.found {
            Found::All => {}
            Found::Few(ids) => {
                sql.push(" AND id = ANY (").push_bind(ids.clone()).push(")");
            }
            Found::Many => push_search(sql, &self.terms, SearchBy::Row),
        }
    }

    /// At most `limit` cards of each column, each with the column's word, column by column.
    async fn cards(
        &self,
        db: &mut PgConnection,
        after: Option<CardKey>,
        limit: usize,
    ) -> Result<Vec<(String, Card)>, AppError> {
        let word = self.board.spec.field(self.board.facet().name);
        let stays = self.board.stays.as_ref();
        let fields: Vec<_> = word.into_iter().chain(stays).chain(self.board.fields()).collect();
        let mut sql = list_sql(self.query, &fields, Some("position"));
        sql.push("(SELECT id, at FROM ");
        self.push_each(&mut sql, "id, position");
        if let Some((position, id)) = after {
            sql.push(" AND (position, id) < (").push_bind(position);
            sql.push(", ").push_bind(id).push(")");
        }
        push_order(&mut sql, "position", false, Some(limit));
        sql.push(format_args!(
            ") card ON TRUE) page JOIN {} USING (id) ORDER BY at, position DESC, id DESC",
            self.board.spec.table
        ));
        let fetched = fetch_rows(db, sql, self.query, &fields, true).await?;
        let card = |row| card(row, stays.is_some());
        Ok(fetched.rows.into_iter().filter_map(card).collect())
    }

    async fn numbers(&self, db: &mut PgConnection) -> Result<Vec<ColumnNumbers>, AppError> {
        if let Found::Many = self.found {
            return Ok(Vec::new());
        }
        let summed = self.board.spec.summed.first();
        let summed = summed.map_or("0", |name| self.board.spec.column_of(name));
        let mut sql = QueryBuilder::new("SELECT board.word::text, count(id), sum(amount)::bigint FROM ");
        self.push_each(&mut sql, &format!("id, {summed} AS amount"));
        sql.push(format_args!(
            " LIMIT {}) counted ON TRUE GROUP BY board.word, at ORDER BY at",
            COUNT_LIMIT + 1
        ));
        let rows: Vec<(String, i64, Option<i64>)> = sql.build_query_as().fetch_all(db).await?;
        let numbers = rows.into_iter().map(|(word, count, sum)| ColumnNumbers {
            word,
            count: count.unsigned_abs(),
            sum: Paise(sum.unwrap_or_default()),
        });
        Ok(numbers.collect())
    }
}

/// A card and its column's word, which is the first of its fields; then comes what says why it stays.
fn card(fetched: FetchedRow, may_stay: bool) -> Option<(String, Card)> {
    let FetchedRow { mut row, extra, .. } = fetched;
    let word = match row.cells.remove(0) {
        Cell::Tag(word) | Cell::Text(word) => word,
        _ => return None,
    };
    let stays = may_stay.then(|| row.cells.remove(0).into_text());
    let card = Card {
        row,
        position: extra?,
        stays: stays.filter(|text| !text.is_empty()),
    };
    Some((word, card))
}
