//! The statements of the board: the cards of its columns, their numbers, and their order.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::base::cell::Cell;
use crate::base::error::AppError;
use crate::base::search::SearchTerms;
use crate::base::units::Paise;
use crate::db::predicates::{SearchBy, push_order, push_search};
use crate::leads::model::Stage;
use crate::leads::responses::{Card, CardMove, ColumnNumbers};
use crate::leads::spec::{SPEC, facet, field};
use crate::list::fetch::{FetchedRow, fetch_rows, list_sql};
use crate::list::filter::{Found, push_facets};
use crate::list::query::ListQuery;
use crate::list::responses::COUNT_LIMIT;

/// The room between a card that is moved to an end of its column and the one beside it. A new lead stands higher than any of them: it has
/// the room of 2^20 above the lead before it.
const STEP: i64 = 1 << 10;
/// The least room between cards that are moved apart, so that it lasts for some more.
const LEAST_STEP: i64 = 1 << 6;

/// The columns of a board, and what search and facets leave in them.
pub struct Columns<'a> {
    query: &'a ListQuery,
    stages: &'a [Stage],
    terms: SearchTerms,
    found: Found,
}

impl<'a> Columns<'a> {
    /// Looks the search up.
    ///
    /// # Errors
    /// The database's.
    pub async fn look_up(db: &mut PgConnection, query: &'a ListQuery, stages: &'a [Stage]) -> Result<Self, AppError> {
        let terms = SearchTerms::parse(&query.search);
        let found = Found::look_up(db, SPEC.table, &terms).await?;
        Ok(Self {
            query,
            stages,
            terms,
            found,
        })
    }

    /// `unnest(…) LEFT JOIN LATERAL (SELECT <what> FROM leads …`: the cards of each column, which stands at `at`.
    fn push_each(&self, sql: &mut QueryBuilder<Postgres>, what: &'static str) {
        let words: Vec<&str> = self.stages.iter().map(|stage| stage.as_str()).collect();
        sql.push("unnest(").push_bind(words);
        sql.push("::text[]::lead_stage[]) WITH ORDINALITY AS board (stage, at) LEFT JOIN LATERAL (SELECT ");
        sql.push(what)
            .push(" FROM leads WHERE deleted_at IS NULL AND leads.stage = board.stage");
        push_facets(sql, self.query, Some(facet::STAGE));
        match &self.found {
            Found::All => {}
            Found::Few(ids) => {
                sql.push(" AND id = ANY (").push_bind(ids.clone()).push(")");
            }
            Found::Many => push_search(sql, &self.terms, SearchBy::Row),
        }
    }

    /// At most `limit` cards of each column, those behind a position and an id: each with its stage, column by column.
    ///
    /// # Errors
    /// The database's.
    pub async fn cards(
        &self,
        db: &mut PgConnection,
        after: Option<(i64, Uuid)>,
        limit: usize,
    ) -> Result<Vec<(Stage, Card)>, AppError> {
        let fields: Vec<_> = SPEC.field(field::STAGE).into_iter().chain(Card::fields()).collect();
        let mut sql = list_sql(self.query, &fields, Some("position"));
        sql.push("(SELECT id, at FROM ");
        self.push_each(&mut sql, "id, position");
        if let Some((position, id)) = after {
            sql.push(" AND (position, id) < (").push_bind(position);
            sql.push(", ").push_bind(id).push(")");
        }
        push_order(&mut sql, "position", false, Some(limit));
        sql.push(") card ON TRUE) page JOIN leads USING (id) ORDER BY at, position DESC, id DESC");
        let fetched = fetch_rows(db, sql, self.query, &fields, true).await?;
        Ok(fetched.rows.into_iter().filter_map(card).collect())
    }

    /// How many cards each column has and what they add up to; nothing where a search finds more than are counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn numbers(&self, db: &mut PgConnection) -> Result<Vec<ColumnNumbers>, AppError> {
        if let Found::Many = self.found {
            return Ok(Vec::new());
        }
        let mut sql = QueryBuilder::new("SELECT board.stage, count(amount), sum(amount)::bigint FROM ");
        self.push_each(&mut sql, "expected_value_paise AS amount");
        sql.push(format_args!(" LIMIT {}", COUNT_LIMIT + 1));
        sql.push(") counted ON TRUE GROUP BY board.stage, at ORDER BY at");
        let rows: Vec<(Stage, i64, Option<i64>)> = sql.build_query_as().fetch_all(db).await?;
        let numbers = rows.into_iter().map(|(stage, count, sum)| ColumnNumbers {
            stage,
            count: count.unsigned_abs(),
            sum: Paise(sum.unwrap_or_default()),
        });
        Ok(numbers.collect())
    }
}

/// A card and its stage, which is the first of its fields.
fn card(fetched: FetchedRow) -> Option<(Stage, Card)> {
    let FetchedRow { mut row, extra, .. } = fetched;
    let stage = match row.cells.remove(0) {
        Cell::Tag(word) => Stage::parse(&word)?,
        _ => return None,
    };
    Some((stage, Card { row, position: extra? }))
}

/// Puts a live lead where a move says, in the column that it goes to, and gives its position. A neighbour that is not there any more is
/// passed over; without any, the lead goes to the top. Until the transaction ends the row is locked, and nobody else moves a card: two
/// people never count with the same room.
///
/// # Errors
/// The database's.
pub async fn place(transaction: &mut PgConnection, id: Uuid, to: &CardMove) -> Result<i64, sqlx::Error> {
    /// The advisory lock of whoever moves a card: "board", as a number of this program's own.
    const MOVING: i64 = 0x62_6f61_7264;
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", MOVING)
        .fetch_one(&mut *transaction)
        .await?;
    let upper = sqlx::query!(
        r#"SELECT id AS "id!", position AS "position!" FROM (
               SELECT 1 AS choice, id, position FROM leads
               WHERE id = $3 AND id <> $1 AND stage = $2 AND deleted_at IS NULL
               UNION ALL
               SELECT 2, upper.id, upper.position FROM leads lower CROSS JOIN LATERAL (
                   SELECT id, position FROM leads
                   WHERE stage = $2 AND deleted_at IS NULL AND id <> $1 AND (position, id) > (lower.position, lower.id)
                   ORDER BY position, id LIMIT 1) upper
               WHERE lower.id = $4 AND lower.id <> $1 AND lower.stage = $2 AND lower.deleted_at IS NULL) found
           ORDER BY choice LIMIT 1"#,
        id,
        to.to as Stage,
        to.above,
        to.below
    );
    let upper = upper.fetch_optional(&mut *transaction).await?;
    let position = match upper {
        Some(upper) => room_below(transaction, id, to.to, (upper.position, upper.id)).await?,
        None => {
            let top = below(transaction, id, to.to, (i64::MAX, Uuid::max()), 1).await?;
            top.first().map_or(0, |(position, _)| position + STEP)
        }
    };
    sqlx::query!(
        "UPDATE leads SET position = $2 WHERE id = $1 AND deleted_at IS NULL",
        id,
        position
    )
    .execute(transaction)
    .await?;
    Ok(position)
}

/// The first cards below a place in a column, without the one that is moved.
async fn below(
    transaction: &mut PgConnection,
    id: Uuid,
    stage: Stage,
    (position, upper): (i64, Uuid),
    limit: usize,
) -> Result<Vec<(i64, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "SELECT position, id FROM leads
         WHERE stage = $1 AND deleted_at IS NULL AND id <> $2 AND (position, id) < ($3, $4)
         ORDER BY position DESC, id DESC LIMIT $5",
        stage as Stage,
        id,
        position,
        upper,
        limit as i64
    );
    let rows = rows.fetch_all(transaction).await?;
    Ok(rows.into_iter().map(|row| (row.position, row.id)).collect())
}

/// A position directly below a card: halfway to the next one. Where there is no room, the next cards are moved down until there is: no
/// more of them than that takes.
async fn room_below(
    transaction: &mut PgConnection,
    id: Uuid,
    stage: Stage,
    upper: (i64, Uuid),
) -> Result<i64, sqlx::Error> {
    let mut moved = 0;
    loop {
        let next = below(&mut *transaction, id, stage, upper, moved + 1).await?;
        let step = match next.get(moved) {
            Some((floor, _)) => (upper.0 - floor) / (moved as i64 + 2),
            None => STEP,
        };
        if step >= if moved == 0 { 1 } else { LEAST_STEP } {
            let ids: Vec<Uuid> = next.iter().take(moved).map(|(_, id)| *id).collect();
            sqlx::query!(
                "UPDATE leads SET position = $2 - $3 * moved.at FROM unnest($1::uuid[]) WITH ORDINALITY AS moved (id, at)
                 WHERE leads.id = moved.id",
                &ids,
                upper.0 - step,
                step
            )
            .execute(transaction)
            .await?;
            return Ok(upper.0 - step);
        }
        moved = (moved * 2).max(1);
    }
}
