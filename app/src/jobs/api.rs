//! The server function of the page: a read, by GET. Forms make the changes.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::responses::JobList;
use crate::base::error::AppError;
#[cfg(feature = "ssr")]
use {
    super::{routes::JobsQuery, service},
    crate::base::roles::Permission,
    crate::http::context::AppContext,
};

/// Jobs, for Admins. `address` is the part of the page's address behind the path.
///
/// # Errors
/// `SignedOut` and `Forbidden`.
#[server(endpoint = "jobs/list", input = GetUrl)]
pub async fn list_jobs(address: String) -> Result<JobList, AppError> {
    let context = AppContext::require(Permission::Administer)?;
    let query = JobsQuery::parse(&address);
    context.with_deadline(service::list(&context, query)).await
}
