//! The server functions about customers. Each is a public address: reads are GET, writes POST.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::model::CustomerName;
use super::model::field::Field;
#[cfg(feature = "ssr")]
use super::service::{self, columns};
use super::view::{CustomerForm, CustomerList, CustomerRecord, DeletedList, Deletion, Moved, Outcome};
use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::{context::AppContext, people::model::roles::Right};

/// A page of the list; `address` is the part of the list's address behind the path.
///
/// # Errors
/// `Unavailable` and `Internal`, as of all that follow.
#[server(endpoint = "customers/list", input = GetUrl)]
pub async fn list_customers(address: String) -> Result<CustomerList, AppError> {
    let context = AppContext::likely_with_right(Right::Browse)?;
    context.read(service::list(&context, &address, columns::chosen())).await
}

/// Whether the function at a path brings the mark of the sessions, and has the asker confirmed by it.
#[cfg(feature = "ssr")]
pub fn brings_mark(path: &str) -> bool {
    path == <ListCustomers as leptos::server_fn::ServerFn>::PATH
}

/// A customer's page.
///
/// # Errors
/// `NotFound` as well.
#[server(endpoint = "customers/record", input = GetUrl)]
pub async fn open_customer(id: Uuid) -> Result<CustomerRecord, AppError> {
    let context = AppContext::with_right(Right::Browse)?;
    context.read(service::record(&context, id)).await
}

/// The form of a new customer (no id) or of an edit; after a sending without script, the form that came back.
///
/// # Errors
/// `NotFound` as well.
#[server(endpoint = "customers/form", input = GetUrl)]
pub async fn open_customer_form(#[server(default)] id: Option<Uuid>) -> Result<CustomerForm, AppError> {
    // What came back is the sender's own, and is shown whatever else fails.
    if let Some(form) = use_context::<CustomerForm>() {
        return Ok(form);
    }
    let context = AppContext::with_right(Right::EditCustomers)?;
    context.read(service::open_form(&context, id)).await
}

/// Saves a form, which is sent as a browser would send it.
///
/// # Errors
/// `BadRequest` and `NotFound` as well.
#[server(endpoint = "customers/save")]
pub async fn save_customer(form: String) -> Result<Outcome, AppError> {
    let context = AppContext::with_right(Right::EditCustomers)?;
    let submission = super::submission::Submission::parse(&form)
        .ok_or_else(|| AppError::BadRequest("this is not the form of a customer".into()))?;
    let writer = context.clone();
    context
        .write(async move { service::save(&writer, submission).await })
        .await
}

/// What a deletion would take away.
///
/// # Errors
/// `NotFound` as well.
#[server(endpoint = "customers/deletion", input = GetUrl)]
pub async fn open_deletion(id: Uuid) -> Result<Deletion, AppError> {
    let context = AppContext::with_right(Right::EditCustomers)?;
    context.read(service::deletion(&context, id)).await
}

/// Deletes a customer.
///
/// # Errors
/// `NotFound` as well.
#[server(endpoint = "customers/delete")]
pub async fn delete_customer(id: Uuid) -> Result<Moved, AppError> {
    let context = AppContext::with_right(Right::EditCustomers)?;
    let writer = context.clone();
    context.write(async move { service::delete(&writer, id).await }).await
}

/// Takes a deletion back.
///
/// # Errors
/// `NotFound` as well.
#[server(endpoint = "customers/restore")]
pub async fn restore_customer(id: Uuid) -> Result<Moved, AppError> {
    let context = AppContext::with_right(Right::EditCustomers)?;
    let writer = context.clone();
    context.write(async move { service::restore(&writer, id).await }).await
}

/// Deleted customers, the last deleted first.
///
/// # Errors
/// `Unavailable` and `Internal`.
#[server(endpoint = "customers/deleted", input = GetUrl)]
pub async fn deleted_customers(#[server(default)] older_than: Option<Uuid>) -> Result<DeletedList, AppError> {
    let context = AppContext::with_right(Right::EditCustomers)?;
    context.read(service::deleted(&context, older_than)).await
}

/// The first customers that a search finds, each with its city: for choosing one.
///
/// # Errors
/// `Unavailable` and `Internal`.
#[server(endpoint = "customers/find", input = GetUrl)]
pub async fn find_customers(search: String) -> Result<Vec<(CustomerName, String)>, AppError> {
    const OFFERED: usize = 8;
    let context = AppContext::with_right(Right::Browse)?;
    context.read(service::find(&context, &search, OFFERED)).await
}

/// Keeps the choice of columns, in a cookie.
///
/// # Errors
/// None but those of the way to the server.
#[server(endpoint = "customers/columns")]
pub async fn choose_columns(#[server(default)] columns: Vec<Field>) -> Result<(), AppError> {
    AppContext::with_right(Right::Browse)?;
    columns::keep(&columns);
    Ok(())
}
