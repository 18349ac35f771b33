//! The server functions about leads. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no lead with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::{LeadPage, MyDay};
use crate::base::error::AppError;
use crate::list::board::{Board, CardKey, CardMove, ColumnNumbers, MoveOutcome};
use crate::list::responses::{ListCounts, ListPage};
use crate::record::choices::Choices;
use crate::record::responses::{DeleteOutcome, DeletePreview, DeletedList, RecordForm, SaveOutcome};
use crate::timeline::TimelinePage;
#[cfg(feature = "ssr")]
use {
    super::{board, codec::Leads, my_day, record, spec::BOARD, spec::SPEC},
    crate::http::context::AppContext,
    crate::list::{board::columns as board_columns, columns, counts, table_rows},
    crate::record::{delete, save},
    crate::users::store::timeline::timeline,
};

/// A page of the list; `address` is the part of the list's address behind the path.
#[server(endpoint = "leads/list", input = GetUrl)]
pub async fn list_leads(address: String) -> Result<ListPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(table_rows::list::<Leads>(
            &context,
            &SPEC,
            &address,
            &columns::selected(&SPEC),
        ))
        .await
}

/// The numbers of the list: how many leads there are, of each value of each facet, and what they add up to.
#[server(endpoint = "leads/counts", input = GetUrl)]
pub async fn count_leads(address: String) -> Result<ListCounts, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(counts::counts::<Leads>(&context, &SPEC, &address))
        .await
}

/// A lead's page.
#[server(endpoint = "leads/record", input = GetUrl)]
pub async fn get_lead(id: Uuid) -> Result<LeadPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(record::lead_page(&context, id)).await
}

/// The caller's own open leads with a next step: overdue, today, this week.
#[server(endpoint = "leads/my_day", input = GetUrl)]
pub async fn get_my_day() -> Result<MyDay, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(my_day::my_day(&context)).await
}

/// The board: the first `shown` cards of each column, or a page of those behind a position and an id.
#[server(endpoint = "leads/board", input = GetUrl)]
pub async fn get_board(
    address: String,
    #[server(default)] shown: usize,
    #[server(default)] after: Option<CardKey>,
) -> Result<Board, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(board_columns::board::<Leads>(&context, &BOARD, &address, shown, after))
        .await
}

/// The numbers of the board's columns.
#[server(endpoint = "leads/board_counts", input = GetUrl)]
pub async fn count_board(address: String) -> Result<Vec<ColumnNumbers>, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(board_columns::numbers(&context, &BOARD, &address))
        .await
}

/// Moves a card of the board.
#[server(endpoint = "leads/move")]
pub async fn move_lead(id: Uuid, card: CardMove) -> Result<MoveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    board::move_card(&context, id, card).await
}

/// The last events of a lead, or those before the version `older`.
///
/// # Errors
/// `NotFound` also for a deleted lead where the caller could not restore it.
#[server(endpoint = "leads/timeline", input = GetUrl)]
pub async fn get_lead_timeline(id: Uuid, #[server(default)] older: Option<i64>) -> Result<TimelinePage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(timeline::<Leads>(&context, id, older)).await
}

/// The form of a new lead (no id) or of an edit; after a sending without script, the form that came back.
#[server(endpoint = "leads/form", input = GetUrl)]
pub async fn get_lead_form(#[server(default)] id: Option<Uuid>) -> Result<RecordForm, AppError> {
    // What came back is the sender's own, and is shown whatever else fails.
    if let Some(form) = use_context::<RecordForm>() {
        return Ok(form);
    }
    let context = AppContext::require(SPEC.edit)?;
    context.with_deadline(save::open_form::<Leads>(&context, id)).await
}

/// The options of the form: who may own a lead.
#[server(endpoint = "leads/choices", input = GetUrl)]
pub async fn get_lead_choices() -> Result<Choices, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context.with_deadline(Choices::load::<Leads>(&context)).await
}

/// Saves a form, which is sent as a browser would send it.
#[server(endpoint = "leads/save")]
pub async fn save_lead(form: String) -> Result<SaveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    let submission =
        RecordForm::parse(&SPEC, &form).ok_or_else(|| AppError::BadRequest("this is not the form of a lead".into()))?;
    save::save::<Leads>(&context, submission).await
}

/// What a deletion would take away.
#[server(endpoint = "leads/deletion", input = GetUrl)]
pub async fn get_delete_preview(id: Uuid) -> Result<DeletePreview, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::delete_preview::<Leads>(&context, id))
        .await
}

/// Deletes a lead.
#[server(endpoint = "leads/delete")]
pub async fn delete_lead(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::delete::<Leads>(&context, id).await
}

/// Restores a deleted lead.
#[server(endpoint = "leads/restore")]
pub async fn restore_lead(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::restore::<Leads>(&context, id).await
}

/// Deleted leads, the last deleted first.
#[server(endpoint = "leads/deleted", input = GetUrl)]
pub async fn deleted_leads(#[server(default)] older_than: Option<Uuid>) -> Result<DeletedList, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::deleted_list::<Leads>(&context, older_than))
        .await
}

/// Keeps the choice of columns, in a cookie.
#[server(endpoint = "leads/columns")]
pub async fn choose_lead_columns(#[server(default)] columns: Vec<String>) -> Result<(), AppError> {
    let context = AppContext::require(SPEC.browse)?;
    columns::keep(&SPEC, &columns, context.public_address.is_https())
}
