//! The server functions about served PIN codes. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no served PIN code with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::list::responses::{ListCounts, ListPage};
use crate::record::responses::{DeleteOutcome, DeletePreview, DeletedList, PlainRecord, RecordForm, SaveOutcome};
use crate::timeline::TimelinePage;
#[cfg(feature = "ssr")]
use {
    super::{codec::ServedPinCodes, spec::SPEC},
    crate::http::context::AppContext,
    crate::list::{columns, counts, table_rows},
    crate::record::{delete, save, store},
    crate::users::store::timeline::timeline,
};

/// A page of the list; `address` is the part of the list's address behind the path.
#[server(endpoint = "served_pin_codes/list", input = GetUrl)]
pub async fn list_served_pin_codes(address: String) -> Result<ListPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(table_rows::list::<ServedPinCodes>(
            &context,
            &SPEC,
            &address,
            &columns::selected(&SPEC),
        ))
        .await
}

/// The numbers of the list: how many served PIN codes there are, of each value of each facet.
#[server(endpoint = "served_pin_codes/counts", input = GetUrl)]
pub async fn count_served_pin_codes(address: String) -> Result<ListCounts, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(counts::counts::<ServedPinCodes>(&context, &SPEC, &address))
        .await
}

/// A served PIN code's page.
#[server(endpoint = "served_pin_codes/record", input = GetUrl)]
pub async fn get_served_pin_code(id: Uuid) -> Result<PlainRecord, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(store::plain_record::<ServedPinCodes>(&context, id))
        .await
}

/// The last events of a served PIN code, or those before the version `older`.
///
/// # Errors
/// `NotFound` also for a deleted one where the caller could not restore it.
#[server(endpoint = "served_pin_codes/timeline", input = GetUrl)]
pub async fn get_served_pin_code_timeline(
    id: Uuid,
    #[server(default)] older: Option<i64>,
) -> Result<TimelinePage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(timeline::<ServedPinCodes>(&context, id, older))
        .await
}

/// The form of a new served PIN code (no id) or of an edit; after a sending without script, the form that came back.
#[server(endpoint = "served_pin_codes/form", input = GetUrl)]
pub async fn get_served_pin_code_form(#[server(default)] id: Option<Uuid>) -> Result<RecordForm, AppError> {
    // What came back is the sender's own, and is shown whatever else fails.
    if let Some(form) = use_context::<RecordForm>() {
        return Ok(form);
    }
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(save::open_form::<ServedPinCodes>(&context, id))
        .await
}

/// Saves a form, which is sent as a browser would send it.
#[server(endpoint = "served_pin_codes/save")]
pub async fn save_served_pin_code(form: String) -> Result<SaveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    let submission = RecordForm::parse(&SPEC, &form)
        .ok_or_else(|| AppError::BadRequest("this is not the form of a served PIN code".into()))?;
    save::save::<ServedPinCodes>(&context, submission).await
}

/// What a deletion would take away.
#[server(endpoint = "served_pin_codes/deletion", input = GetUrl)]
pub async fn get_delete_preview(id: Uuid) -> Result<DeletePreview, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::delete_preview::<ServedPinCodes>(&context, id))
        .await
}

/// Deletes a served PIN code.
#[server(endpoint = "served_pin_codes/delete")]
pub async fn delete_served_pin_code(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::delete::<ServedPinCodes>(&context, id).await
}

/// Restores a deleted served PIN code.
#[server(endpoint = "served_pin_codes/restore")]
pub async fn restore_served_pin_code(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::restore::<ServedPinCodes>(&context, id).await
}

/// Deleted served PIN codes, the last deleted first.
#[server(endpoint = "served_pin_codes/deleted", input = GetUrl)]
pub async fn deleted_served_pin_codes(#[server(default)] older_than: Option<Uuid>) -> Result<DeletedList, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::deleted_list::<ServedPinCodes>(&context, older_than))
        .await
}

/// Keeps the choice of columns, in a cookie.
#[server(endpoint = "served_pin_codes/columns")]
pub async fn choose_served_pin_code_columns(#[server(default)] columns: Vec<String>) -> Result<(), AppError> {
    let context = AppContext::require(SPEC.browse)?;
    columns::keep(&SPEC, &columns, context.public_address.is_https())
}
