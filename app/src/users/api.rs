//! The server functions about users: reads only, all by GET. Forms make the changes; the browser itself sends them to their page's own
//! address, with and without script, so that cookies and passwords go one way alone.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::responses::{Account, LinkPage, RolesPage, TwoStepSetup, UsersPage};
#[cfg(feature = "ssr")]
use super::service::{account, admin, invitations, sign_in::DemoAccounts};
use crate::base::error::AppError;
#[cfg(feature = "ssr")]
use crate::{
    base::roles::Permission,
    http::{context::AppContext, user_summary::AuthStage},
};

/// The caller's account.
///
/// # Errors
/// `SignedOut`, as of all that follow.
#[server(endpoint = "users/account", input = GetUrl)]
pub async fn get_account() -> Result<Account, AppError> {
    let context = AppContext::require_user()?;
    context.with_deadline(account::get_account(&context)).await
}

/// What is needed to turn the second step on: also for somebody whose role requires it before anything else.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "users/two-step", input = GetUrl)]
pub async fn get_two_step_setup() -> Result<TwoStepSetup, AppError> {
    let context = AppContext::of_request()?;
    let session = context.caller.session()?;
    if session.stage == AuthStage::CodeRequired {
        return Err(AppError::SignedOut);
    }
    context.with_deadline(account::two_step_setup(&context, session)).await
}

/// All users.
///
/// # Errors
/// `SignedOut` and `Forbidden`.
#[server(endpoint = "users/list", input = GetUrl)]
pub async fn list_users() -> Result<UsersPage, AppError> {
    let context = AppContext::require(Permission::Administer)?;
    context.with_deadline(admin::list_users(&context)).await
}

/// The roles and policies, which every user may read.
///
/// # Errors
/// `SignedOut`.
#[server(endpoint = "users/roles", input = GetUrl)]
pub async fn get_roles() -> Result<RolesPage, AppError> {
    let context = AppContext::require_user()?;
    context.with_deadline(admin::get_roles(&context)).await
}

/// What a one-time link is for.
///
/// # Errors
/// `NotFound` where it does not work any more.
#[server(endpoint = "users/link", input = GetUrl)]
pub async fn get_link(token: String) -> Result<LinkPage, AppError> {
    let context = AppContext::of_request()?;
    let link = context.with_deadline(invitations::get_link(&context, &token));
    let (purpose, user) = link.await?;
    Ok(LinkPage {
        purpose,
        user: user.map(|user| (user.name, user.email)),
    })
}

/// Whether the sign-in page offers the demo's accounts.
#[server(endpoint = "users/demo", input = GetUrl)]
pub async fn is_demo() -> Result<bool, AppError> {
    Ok(AppContext::of_request()?.shared::<Option<DemoAccounts>>().is_some())
}
