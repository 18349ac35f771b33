//! The server function of the history. Nothing here changes it.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::responses::HistoryList;
use crate::base::error::AppError;
#[cfg(feature = "ssr")]
use crate::{base::roles::Permission, http::context::AppContext};

/// A page of the history of everything; `address` is the part of the page's address behind the path.
///
/// # Errors
/// `SignedOut` and `Forbidden`.
#[server(endpoint = "history/list", input = GetUrl)]
pub async fn list_history(address: String) -> Result<HistoryList, AppError> {
    let context = AppContext::require(Permission::Administer)?;
    context.with_deadline(super::service::list(&context, &address)).await
}
