//! The server functions about people: reads only, all by GET. What is changed is changed by forms, which are sent to their page's
//! own address with and without script, so that cookies and passwords go one way alone.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::view::{Account, LinkPage, RolesPage, TwoStepSetUp, UsersPage};
use crate::error::AppError;
#[cfg(feature = "ssr")]
use crate::{context::AppContext, people::model::roles::Right};

/// The account of whoever asks.
///
/// # Errors
/// `SignedOut`; `Unavailable` and `Internal`, as of all that follow.
#[server(endpoint = "people/account", input = GetUrl)]
pub async fn open_account() -> Result<Account, AppError> {
    let context = AppContext::of_member()?;
    context.read(super::service::account::account(&context)).await
}

/// What turns the second step on: also for somebody whose role demands it before anything else.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "people/two-step", input = GetUrl)]
pub async fn open_two_step() -> Result<TwoStepSetUp, AppError> {
    use super::model::Stage;
    let context = AppContext::of_request()?;
    let session = context.caller.session()?;
    if session.stage == Stage::Code {
        return Err(AppError::SignedOut);
    }
    let again = use_context::<crate::ui::posted::Posted>().unwrap_or_default();
    super::service::account::begin_two_step(session, &again)
}

/// All users.
///
/// # Errors
/// `SignedOut` and `Forbidden`.
#[server(endpoint = "people/users", input = GetUrl)]
pub async fn list_users() -> Result<UsersPage, AppError> {
    let context = AppContext::with_right(Right::Administer)?;
    context.read(super::service::settings::users(&context)).await
}

/// The roles and rules, which everybody may read.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "people/roles", input = GetUrl)]
pub async fn open_roles() -> Result<RolesPage, AppError> {
    let context = AppContext::of_member()?;
    context.read(super::service::settings::roles(&context)).await
}

/// What a one-time link is for.
///
/// # Errors
/// `NotFound` where it does not work any more.
#[server(endpoint = "people/link", input = GetUrl)]
pub async fn open_link(token: String) -> Result<LinkPage, AppError> {
    let context = AppContext::of_request()?;
    let (purpose, user) = context
        .read(super::service::invitations::open_link(&context, &token))
        .await?;
    Ok(LinkPage {
        purpose,
        person: user.map(|user| (user.name, user.email)),
    })
}

/// Whether the sign-in page offers the demo's people.
///
/// # Errors
/// None but those of the way to the server.
#[server(endpoint = "people/demo", input = GetUrl)]
pub async fn demo_offered() -> Result<bool, AppError> {
    Ok(AppContext::of_request()?.reach.demo.is_some())
}
