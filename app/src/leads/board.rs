//! The move of a lead's card on the board.

use sqlx::Acquire as _;
use uuid::Uuid;

use super::codec::{LeadData, Leads};
use super::model::Stage;
use super::spec::{BOARD, SPEC};
use crate::base::error::AppError;
use crate::base::text::isolated;
use crate::board::{CardMove, MoveOutcome, order};
use crate::http::context::AppContext;
use crate::list::routes::{from_board, record_url};
use crate::record::store::RecordStore as _;
use crate::record::write::{self, WriteError};

/// Moves a card, in a task of its own. What stands in the way is `Refused`.
///
/// # Errors
/// `NotFound`; `BadRequest` where there is no such stage.
pub async fn move_card(context: &AppContext, id: Uuid, card: CardMove) -> Result<MoveOutcome, AppError> {
    let stage =
        |word: &str| Stage::parse(word).ok_or_else(|| AppError::BadRequest(format!("there is no stage {word}")));
    let (from, to) = (stage(&card.from)?, stage(&card.to)?);
    context
        .run_write(move |context| place_card(context, id, card, from, to))
        .await
}

/// A change of the stage is an edit of the lead. One of the order alone is none: it makes no version and no history.
async fn place_card(
    context: AppContext,
    id: Uuid,
    card: CardMove,
    from: Stage,
    to: Stage,
) -> Result<MoveOutcome, AppError> {
    let mut db = context.pool().acquire().await?;
    let mut transaction = db.begin().await?;
    let position = order::place(&mut transaction, &BOARD, id, &card).await?;
    let lead = Leads::get(&mut transaction, id).await?;
    let (name, stage) = (isolated(&lead.data.name).into_owned(), lead.data.stage);
    let refusal = if lead.deleted_at.is_some() {
        Some(format!("{name} has been deleted."))
    } else if stage == to {
        None
    } else if stage != from {
        Some(format!("{name} has already been moved to {stage}."))
    } else if to == Stage::Lost {
        Some(format!("Edit {name}, choose Lost and enter the reason."))
    } else {
        let data = LeadData {
            stage: to,
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
            // A lead that is not yet Won is nobody's customer.
            let next = (to == Stage::Won && stage != to).then(|| {
                let address = from_board(&format!("{}/convert", record_url(&SPEC, id, "")));
                ("Convert to customer".to_owned(), address)
            });
            Ok(MoveOutcome::Done { name, position, next })
        }
    }
}
