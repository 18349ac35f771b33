//! The server function about services. Forms change them: the browser itself sends each to its page's own address, with and without script.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use uuid::Uuid;

use super::responses::CustomerServices;
#[cfg(feature = "ssr")]
use super::service::read;
use crate::base::error::AppError;
#[cfg(feature = "ssr")]
use crate::{base::roles::Permission, http::context::AppContext};

/// The services of a customer.
///
/// # Errors
/// `SignedOut` and `Forbidden`; `NotFound` also for a deleted customer.
#[server(endpoint = "services/of_customer", input = GetUrl)]
pub async fn get_services(customer: Uuid) -> Result<CustomerServices, AppError> {
    let context = AppContext::require(Permission::Browse)?;
    context.with_deadline(read::customer_services(&context, customer)).await
}
