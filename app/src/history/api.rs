//! The server functions about the history. Nothing here changes it.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::view::{CustomerHistory, HistoryList};
use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::people::model::roles::Right;

/// A page of the history of everything; `address` is the part of the page's address behind the path, `fields` are the words of the
/// fields that its text finds, which the page knows.
///
/// # Errors
/// `SignedOut` and `Forbidden`; `Unavailable` and `Internal`.
#[server(endpoint = "history/list", input = GetUrl)]
pub async fn list_history(address: String, #[server(default)] fields: Vec<String>) -> Result<HistoryList, AppError> {
    let context = crate::context::AppContext::with_right(Right::Administer)?;
    context.read(super::service::list(&context, &address, fields)).await
}

/// What became of a customer: the last events, or those before a version.
///
/// # Errors
/// `SignedOut` and `Forbidden`; `Unavailable` and `Internal`.
#[server(endpoint = "history/customer", input = GetUrl)]
pub async fn open_customer_history(
    id: Uuid,
    #[server(default)] older: Option<i64>,
) -> Result<CustomerHistory, AppError> {
    let context = crate::context::AppContext::with_right(Right::Browse)?;
    context.read(super::service::of_customer(&context, id, older)).await
}
