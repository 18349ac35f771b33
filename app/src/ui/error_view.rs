//! What a page shows when it cannot show what the user asked for.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::title::PageTitle;
use crate::base::error::AppError;
use crate::http::next_url::with_next;

/// In the context of a page: whether Retry loads the whole page again. It does where the server could not find out who the user is, since
/// the navigation is missing then too.
#[derive(Clone, Copy)]
pub struct RetryReloads(pub bool);

/// An error: what happened, what to do, and Retry where it may help. On the server it also sets the response's status.
#[component]
pub fn ErrorAlert(
    /// What failed.
    error: AppError,
    /// Tries again. Without script, the link reloads the page.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    error.set_status();
    let other_user = matches!(error, AppError::OtherUser { .. });
    let outdated = other_user || matches!(error, AppError::OldVersion | AppError::Incomplete);
    let signed_out = error == AppError::SignedOut;
    let is_forbidden = matches!(error, AppError::Forbidden(_));
    let can_retry = !signed_out && !other_user && !is_forbidden;
    let reloads = use_context::<RetryReloads>().is_some_and(|reloads| reloads.0);
    let on_retry = move |event: web_sys::MouseEvent| {
        if !reloads {
            event.prevent_default();
            retry.run(());
        }
    };
    view! {
        <div class="alert" role="alert">
            <p>{error.to_string()}</p>
            <span class="actions">
                {outdated.then(|| view! { <a class="button quiet" href="" rel="external">"Reload"</a> })}
                {signed_out.then(|| view! { <SignIn/> })}
                {is_forbidden.then(|| view! { <a class="button" href="/customers">"Go to customers"</a> })}
                {can_retry.then(|| view! { <a class="button" href="" rel=reloads.then_some("external") on:click=on_retry>"Retry"</a> })}
            </span>
        </div>
    }
}

/// The address of the page: its path and search.
pub fn use_address() -> impl Fn() -> String + Clone {
    let location = use_location();
    move || {
        let path = location.pathname.get();
        // The server's search begins with its `?`, the browser's does not.
        let search = location.search.get();
        match search.trim_start_matches('?') {
            "" => path,
            search => format!("{path}?{search}"),
        }
    }
}

/// A link to the sign-in page, which leads back to this address.
#[component]
fn SignIn() -> impl IntoView {
    let here = use_address();
    let address = move || with_next("/sign-in", &here());
    view! { <a class="button primary" href=address rel="external">"Sign in"</a> }
}

/// The page for an address that leads to nothing: 404, with a link back.
#[component]
pub fn NotFound(
    /// What does not exist.
    #[prop(default = "Page".into(), into)]
    what: String,
    /// The list that the way back leads to: its address and what is in it.
    #[prop(default = ("/customers", "customers"))]
    list: (&'static str, &'static str),
    /// More links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    AppError::NotFound.set_status();
    view! {
        <PageTitle text="Not found"/>
        <div class="empty">
            <h1>"Not found"</h1>
            <p>{format!("{what} not found; it may have been deleted or the link is incomplete.")}</p>
            <p class="actions">
                <a class="button primary" href=list.0>{format!("All {}", list.1)}</a>
                {children.map(|children| children())}
            </p>
        </div>
    }
}
