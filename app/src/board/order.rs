//! The order of the cards in a column: by `position`, the highest first, and by id. A card that is moved goes halfway between its new
//! neighbours.

use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{BoardSpec, CardKey, CardMove};
use crate::db::predicates::push_order;

/// The room between a card that is moved to an end of its column and the one beside it: little beside that of a new record, which stands
/// above all others and far from them.
const STEP: i64 = 1 << 10;
/// The least room between cards that are moved apart, so that it lasts for some more.
const LEAST_STEP: i64 = 1 << 6;

/// The column that a card goes to, without that card.
struct Column<'a> {
    board: &'static BoardSpec,
    id: Uuid,
    to: &'a CardMove,
}

/// Puts a live record where a move says, and gives its position. A neighbour that is not there any more is passed over; without any, it goes
/// to the top. Until the transaction ends its row is locked, and nobody else moves a card: two people never count on the same room.
///
/// # Errors
/// The database's.
pub async fn place(
    transaction: &mut PgConnection,
    board: &'static BoardSpec,
    id: Uuid,
    to: &CardMove,
) -> Result<i64, sqlx::Error> {
    /// The advisory lock of whoever moves a card: "board", as a number of this program's own.
    const MOVING: i64 = 0x62_6f61_7264;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MOVING)
        .execute(&mut *transaction)
        .await?;
    let column = Column { board, id, to };
    let mut upper = match to.above {
        Some(above) => column.find(transaction, above).await?,
        None => None,
    };
    if let (None, Some(below)) = (upper, to.below)
        && let Some(lower) = column.find(transaction, below).await?
    {
        upper = column.next_cards(transaction, lower, true, 1).await?.pop();
    }
    let position = match upper {
        Some(upper) => column.room_below(transaction, upper).await?,
        None => {
            let top = column
                .next_cards(transaction, (i64::MAX, Uuid::max()), false, 1)
                .await?;
            top.first().map_or(0, |(position, _)| position + STEP)
        }
    };
    let mut sql = QueryBuilder::new(format!("UPDATE {} SET position = ", board.spec.table));
    sql.push_bind(position)
        .push(" WHERE deleted_at IS NULL AND id = ")
        .push_bind(id);
    sql.build().execute(transaction).await?;
    Ok(position)
}

impl Column<'_> {
    /// `SELECT … `: the cards.
    fn sql(&self) -> QueryBuilder<Postgres> {
        let facet = self.board.facet();
        let mut sql = QueryBuilder::new(format!(
            "SELECT position, id FROM {} WHERE deleted_at IS NULL AND {} = ",
            self.board.spec.table, facet.column
        ));
        sql.push_bind(self.to.to.clone())
            .push(format_args!("::text::{}", facet.sql_type));
        sql.push(" AND id <> ").push_bind(self.id);
        sql
    }

    /// A card, where it is in the column.
    async fn find(&self, db: &mut PgConnection, id: Uuid) -> Result<Option<CardKey>, sqlx::Error> {
        let mut sql = self.sql();
        sql.push(" AND id = ").push_bind(id);
        sql.build_query_as().fetch_optional(db).await
    }

    /// The next cards above or below a place.
    async fn next_cards(
        &self,
        db: &mut PgConnection,
        (position, id): CardKey,
        rises: bool,
        limit: usize,
    ) -> Result<Vec<CardKey>, sqlx::Error> {
        let mut sql = self.sql();
        sql.push(if rises {
            " AND (position, id) > ("
        } else {
            " AND (position, id) < ("
        });
        sql.push_bind(position).push(", ").push_bind(id).push(")");
        push_order(&mut sql, "position", rises, Some(limit));
        sql.build_query_as().fetch_all(db).await
    }

    /// A position directly below a card: halfway to the next one. Where there is no room, the next cards are moved down until there is: no
    /// more of them than that takes.
    async fn room_below(&self, db: &mut PgConnection, upper: CardKey) -> Result<i64, sqlx::Error> {
        let mut moved = 0;
        loop {
            let next = self.next_cards(&mut *db, upper, false, moved + 1).await?;
            let step = match next.get(moved) {
                Some((floor, _)) => (upper.0 - floor) / (moved as i64 + 2),
                None => STEP,
            };
            if step >= if moved == 0 { 1 } else { LEAST_STEP } {
                self.spread(db, &next[..moved.min(next.len())], upper.0 - step, step)
                    .await?;
                return Ok(upper.0 - step);
            }
            moved = (moved * 2).max(1);
        }
    }

    /// Puts cards below a position, each a step below the one before.
    async fn spread(&self, db: &mut PgConnection, cards: &[CardKey], from: i64, step: i64) -> Result<(), sqlx::Error> {
        if cards.is_empty() {
            return Ok(());
        }
        let table = self.board.spec.table;
        let ids: Vec<Uuid> = cards.iter().map(|(_, id)| *id).collect();
        let mut sql = QueryBuilder::new(format!("UPDATE {table} SET position = "));
        sql.push_bind(from)
            .push(" - at * ")
            .push_bind(step)
            .push(" FROM unnest(")
            .push_bind(ids);
        sql.push(format_args!(
            ") WITH ORDINALITY AS moved (moved_id, at) WHERE id = moved_id"
        ));
        sql.build().execute(db).await.map(|_| ())
    }
}
