//! What the board asks for, and the move of a card.

use sqlx::Acquire as _;
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::Stage;
use super::responses::{Board, BoardColumn, CARDS, CardMove, ColumnNumbers, MOST_CARDS, MoveOutcome};
use super::spec::{SPEC, facet};
use super::store::board::{Columns, place};
use crate::base::error::AppError;
use crate::http::context::AppContext;
use crate::list::query::ListQuery;
use crate::list::table_rows::labels_of_chosen;
use crate::record::store::RecordStore as _;
use crate::record::write::{self, WriteError};

/// The columns that an address asks for: those of the chosen stages, or all.
fn stages(query: &ListQuery) -> Vec<Stage> {
    let all = Stage::ALL.iter().copied();
    all.filter(|stage| query.leaves(facet::STAGE, stage.as_str())).collect()
}

/// The columns, each with `shown` cards, within limits; those behind a position and an id.
///
/// # Errors
/// The database's.
pub async fn board(
    context: &AppContext,
    address: &str,
    shown: usize,
    after: Option<(i64, Uuid)>,
) -> Result<Board, AppError> {
    let query = &ListQuery::parse(&SPEC, address).0.first_page();
    let stages = &stages(query);
    let limit = shown.clamp(CARDS, MOST_CARDS);
    let read = context.read_db(|mut db| async move {
        let columns = Columns::look_up(&mut db, query, stages).await?;
        // One more tells whether there are more.
        let cards = columns.cards(&mut db, after, limit + 1).await?;
        Ok((cards, labels_of_chosen::<Leads>(&mut db, query).await?))
    });
    let (mut cards, labels) = read.await?;
    let columns = stages.iter().map(|&stage| {
        let of_stage = cards.extract_if(.., |(other, _)| *other == stage);
        let mut cards: Vec<_> = of_stage.map(|(_, card)| card).collect();
        let has_more = cards.len() > limit;
        cards.truncate(limit);
        BoardColumn { stage, cards, has_more }
    });
    Ok(Board {
        columns: columns.collect(),
        today: context.clock.today(),
        labels,
    })
}

/// The numbers of the columns; nothing where a search finds more leads than are counted.
///
/// # Errors
/// The database's.
pub async fn numbers(context: &AppContext, address: &str) -> Result<Vec<ColumnNumbers>, AppError> {
    let query = &ListQuery::parse(&SPEC, address).0.first_page();
    let stages = &stages(query);
    let read = context.read_db(|mut db| async move {
        let columns = Columns::look_up(&mut db, query, stages).await?;
        columns.numbers(&mut db).await
    });
    read.await
}

/// Moves a card, in a task of its own. What stands in the way is `Refused`.
///
/// # Errors
/// `NotFound`.
pub async fn move_card(context: &AppContext, id: Uuid, to: CardMove) -> Result<MoveOutcome, AppError> {
    context.run_write(|context| place_card(context, id, to)).await
}

/// A change of the stage is an edit of the lead. One of the order alone is none: it makes no version and no history.
async fn place_card(context: AppContext, id: Uuid, card: CardMove) -> Result<MoveOutcome, AppError> {
    let mut db = context.pool().acquire().await?;
    let mut transaction = db.begin().await?;
    let position = place(&mut transaction, id, &card).await?;
    let lead = Leads::get(&mut transaction, id).await?;
    let (record, stage) = (Leads::record_ref(&lead), lead.data.stage);
    let refusal = if lead.deleted_at.is_some() {
        Some(format!("{} was deleted meanwhile.", record.name))
    } else if stage == card.to {
        None
    } else if stage != card.from {
        Some(format!("Somebody else has moved {} to {stage} meanwhile.", record.name))
    } else if card.to == Stage::Lost {
        Some(format!("Edit {}, choose Lost and enter the reason.", record.name))
    } else {
        let data = LeadData {
            stage: card.to,
            lost_reason: None,
            ..lead.data.clone()
        };
        match write::update::<Leads>(&mut transaction, &context.audit(), &lead, &data).await {
            Ok(_) => None,
            Err(WriteError::Rejected(error)) => Some(error.message),
            Err(WriteError::Failed(error)) => return Err(error),
        }
    };
    match refusal {
        Some(message) => {
            transaction.rollback().await?;
            Ok(MoveOutcome::Refused(message))
        }
        None => {
            transaction.commit().await?;
            Ok(MoveOutcome::Done { record, position })
        }
    }
}
