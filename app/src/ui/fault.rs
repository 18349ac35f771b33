//! What a page shows when it cannot show what was asked for.

use leptos::prelude::*;

use super::title::PageTitle;
use crate::error::AppError;

/// A fault: what happened, what to do, and Retry where it may help. On the server it also sets the answer's status.
#[component]
pub fn Fault(
    /// What failed.
    error: AppError,
    /// Tries again. Without script, the link loads the page again.
    #[prop(into)]
    retry: Callback<()>,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    error.set_status();
    let old = error == AppError::OldVersion;
    let again = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        retry.run(());
    };
    view! {
        <div class="fault" role="alert">
            <p>{error.to_string()}</p>
            <span class="ways">
                {old.then(|| view! { <a class="button quiet" href="" rel="external">"Reload"</a> })}
                <a class="button" href="" on:click=again>"Retry"</a>
            </span>
        </div>
    }
}

/// The page for an address behind which there is nothing: 404, with a way back.
#[component]
pub fn NotFound(
    /// What is not there.
    #[prop(default = "This page")]
    what: &'static str,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    AppError::NotFound.set_status();
    view! {
        <PageTitle text="Not found"/>
        <div class="empty">
            <h1>"Not found"</h1>
            <p>{what} " does not exist, or not any more. It may have been deleted, or the address is not whole."</p>
            <p class="ways">
                <a class="button primary" href="/customers">"All customers"</a>
                <a class="button" href="/customers/deleted">"Deleted customers"</a>
            </p>
        </div>
    }
}
