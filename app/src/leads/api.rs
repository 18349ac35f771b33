//! The server functions about leads. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no lead with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::{LeadPage, MyDay};
use super::spec::SPEC;
use crate::base::error::AppError;
use crate::board::{Board, CardKey, CardMove, ColumnNumbers, MoveOutcome};
use crate::list::api::list_api;
use crate::list::responses::RelatedRows;
use crate::record::api::record_api;
use crate::record::choices::Choices;
use crate::record::responses::RecordMatch;
#[cfg(feature = "ssr")]
use {
    super::{board, codec::Leads, duplicates, my_day, record, spec::BOARD},
    crate::base::contact::PinCode,
    crate::base::units::Kbps,
    crate::board::columns as board_columns,
    crate::customers::spec::SPEC as CUSTOMERS,
    crate::http::context::AppContext,
    crate::plans::model::PlanType,
    crate::record::{convert, draft::Draft},
    crate::served_pin_codes::{model::WantedLine, store::availability},
    crate::users::store::timeline,
};

list_api!(Leads, "/api/leads");
record_api!(Leads, "/api/leads", timeline::timeline::<Leads>);

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
#[server(endpoint = "leads/move", client = crate::http::client::UserClient)]
pub async fn move_lead(id: Uuid, card: CardMove) -> Result<MoveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    board::move_card(&context, id, card).await
}

/// The form of a new lead (no id) or of an edit; after a sending without script, the form that came back.
#[server(endpoint = "leads/form", input = GetUrl)]
pub async fn form(#[server(default)] id: Option<Uuid>) -> Result<RecordForm, AppError> {
    let open = |context: AppContext| async move { record::open_form(&context, id).await };
    duplicates::form_with_matches(id, open).await
}

/// The options of the form: who may own a lead.
#[server(endpoint = "leads/choices", input = GetUrl)]
pub async fn get_lead_choices() -> Result<Choices, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context.with_deadline(Choices::load::<Leads>(&context)).await
}

/// The customers and leads that may be the one in a form, which is sent as a browser would send it: the form of the lead `id`, or of a new
/// one. By POST, since addresses are logged.
#[server(endpoint = "leads/duplicates", client = crate::http::client::UserClient)]
pub async fn find_duplicates(form: String, #[server(default)] id: Option<Uuid>) -> Result<Vec<RecordMatch>, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    // The form of a lead and of the customer whom it is to become name these fields alike.
    let form = RecordForm::parse(&SPEC, &form).unwrap_or_else(|| RecordForm::new(Uuid::nil(), None, Draft::default()));
    context.with_deadline(duplicates::find(&context, id, &form.draft)).await
}

/// The form of the customer whom a lead is to become; after a sending without script, the form that came back.
#[server(endpoint = "leads/conversion", input = GetUrl)]
pub async fn get_conversion_form(id: Uuid) -> Result<RecordForm, AppError> {
    let open = |context: AppContext| async move { convert::open_form::<Leads>(&context, id).await };
    duplicates::form_with_matches(Some(id), open).await
}

/// Makes a lead a customer. The form is sent as a browser would send it.
#[server(endpoint = "leads/convert", client = crate::http::client::UserClient)]
pub async fn convert_lead(id: Uuid, form: String) -> Result<SaveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    let submission = RecordForm::parse(&CUSTOMERS, &form)
        .ok_or_else(|| AppError::BadRequest("this is not the form of a customer".into()))?;
    convert::convert::<Leads>(&context, id, submission).await
}

/// The lead that a customer came from.
#[server(endpoint = "leads/of_customer", input = GetUrl)]
pub async fn get_leads_of_customer(customer: Uuid) -> Result<RelatedRows, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(record::leads_of_customer(&context, customer))
        .await
}

/// Whether a line of a plan type and a speed, each as it was typed, can be had at a PIN code.
#[server(endpoint = "leads/service", input = GetUrl)]
pub async fn check_service(pin_code: String, plan: String, speed: String) -> Result<String, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    let wanted = &WantedLine {
        pin_code: PinCode::parse(&pin_code).ok(),
        plan_type: PlanType::parse(&plan),
        speed: Kbps::parse(&speed),
    };
    let read = context.read_db(|mut db| async move { availability(&mut db, wanted).await });
    Ok(context.with_deadline(read).await?.sentence())
}
