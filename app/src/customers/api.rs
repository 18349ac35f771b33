//! The server functions about customers. Each is a public address: reads are GET, writes POST. Whoever may not use it gets `SignedOut` or
//! `Forbidden`; where there is no customer with an id, or only a deleted one, it is `NotFound`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::CustomerPage;
use crate::base::error::AppError;
use crate::list::responses::{ListPage, Row};
use crate::record::responses::{DeleteOutcome, DeletePreview, DeletedList, RecordForm, SaveOutcome};
use crate::timeline::TimelinePage;
#[cfg(feature = "ssr")]
use {
    super::{codec::Customers, list, record, spec::SPEC},
    crate::http::context::AppContext,
    crate::list::columns,
    crate::record::{delete, save},
    crate::users::store::timeline::timeline,
};

/// A page of the list; `address` is the part of the list's address behind the path.
#[server(endpoint = "customers/list", input = GetUrl)]
pub async fn list_customers(address: String) -> Result<ListPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context
        .with_deadline(list::list(&context, &address, &columns::selected(&SPEC)))
        .await
}

/// A customer's page.
#[server(endpoint = "customers/record", input = GetUrl)]
pub async fn get_customer(id: Uuid) -> Result<CustomerPage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(record::customer_page(&context, id)).await
}

/// The last events of a customer, or those before the version `older`.
///
/// # Errors
/// `NotFound` also for a deleted customer where the caller could not restore it.
#[server(endpoint = "customers/timeline", input = GetUrl)]
pub async fn get_customer_timeline(id: Uuid, #[server(default)] older: Option<i64>) -> Result<TimelinePage, AppError> {
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(timeline::<Customers>(&context, id, older)).await
}

/// The form of a new customer (no id) or of an edit; after a sending without script, the form that came back.
#[server(endpoint = "customers/form", input = GetUrl)]
pub async fn get_customer_form(#[server(default)] id: Option<Uuid>) -> Result<RecordForm, AppError> {
    // What came back is the sender's own, and is shown whatever else fails.
    if let Some(form) = use_context::<RecordForm>() {
        return Ok(form);
    }
    let context = AppContext::require(SPEC.edit)?;
    context.with_deadline(save::open_form::<Customers>(&context, id)).await
}

/// Saves a form, which is sent as a browser would send it.
#[server(endpoint = "customers/save")]
pub async fn save_customer(form: String) -> Result<SaveOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    let submission = RecordForm::parse(&SPEC, &form)
        .ok_or_else(|| AppError::BadRequest("this is not the form of a customer".into()))?;
    save::save::<Customers>(&context, submission).await
}

/// What a deletion would take away.
#[server(endpoint = "customers/deletion", input = GetUrl)]
pub async fn get_delete_preview(id: Uuid) -> Result<DeletePreview, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::delete_preview::<Customers>(&context, id))
        .await
}

/// Deletes a customer.
#[server(endpoint = "customers/delete")]
pub async fn delete_customer(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::delete::<Customers>(&context, id).await
}

/// Restores a deleted customer.
#[server(endpoint = "customers/restore")]
pub async fn restore_customer(id: Uuid) -> Result<DeleteOutcome, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    delete::restore::<Customers>(&context, id).await
}

/// Deleted customers, the last deleted first.
#[server(endpoint = "customers/deleted", input = GetUrl)]
pub async fn deleted_customers(#[server(default)] older_than: Option<Uuid>) -> Result<DeletedList, AppError> {
    let context = AppContext::require(SPEC.edit)?;
    context
        .with_deadline(delete::deleted_list::<Customers>(&context, older_than))
        .await
}

/// The first customers that a search finds, by name, each with its city: for choosing one.
#[server(endpoint = "customers/find", input = GetUrl)]
pub async fn find_customers(search: String) -> Result<Vec<Row>, AppError> {
    const OFFERED: usize = 8;
    let context = AppContext::require(SPEC.browse)?;
    context.with_deadline(list::find(&context, &search, OFFERED)).await
}

/// Keeps the choice of columns, in a cookie.
#[server(endpoint = "customers/columns")]
pub async fn choose_customer_columns(#[server(default)] columns: Vec<String>) -> Result<(), AppError> {
    let context = AppContext::require(SPEC.browse)?;
    columns::keep(&SPEC, &columns, context.public_address.is_https())
}
