//! What a page shows when it cannot show what was asked for.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::title::PageTitle;
use crate::error::AppError;

/// Whether trying again means loading the page again: what is around a page's content could not be found out either.
#[derive(Clone, Copy)]
pub struct WholePage(pub bool);

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
    let old = matches!(error, AppError::OldVersion | AppError::Incomplete);
    let signed_out = error == AppError::SignedOut;
    // What only an Admin may do, nobody else may do again either.
    let may_help = !signed_out && error != AppError::Forbidden;
    let whole_page = use_context::<WholePage>().is_some_and(|whole| whole.0);
    let again = move |event: web_sys::MouseEvent| {
        if !whole_page {
            event.prevent_default();
            retry.run(());
        }
    };
    view! {
        <div class="fault" role="alert">
            <p>{error.to_string()}</p>
            <span class="ways">
                {old.then(|| view! { <a class="button quiet" href="" rel="external">"Reload"</a> })}
                {signed_out.then(|| view! { <SignIn/> })}
                {may_help.then(|| view! { <a class="button" href="" rel=whole_page.then_some("external") on:click=again>"Retry"</a> })}
            </span>
        </div>
    }
}

/// The way back in; signing in leads back to this very address.
#[component]
fn SignIn() -> impl IntoView {
    let location = use_location();
    let address = move || {
        let path = location.pathname.get();
        // The server's search begins with its `?`, the browser's does not.
        let search = location.search.get();
        let here = match search.trim_start_matches('?') {
            "" => path,
            search => format!("{path}?{search}"),
        };
        let next: String = form_urlencoded::byte_serialize(here.as_bytes()).collect();
        format!("/sign-in?next={next}")
    };
    view! { <a class="button primary" href=address rel="external">"Sign in"</a> }
}

/// The page for an address behind which there is nothing: 404, with a way back.
#[component]
pub fn NotFound(
    /// What is not there.
    #[prop(default = "This page")]
    what: &'static str,
    /// More ways on.
    #[prop(optional)]
    children: Option<Children>,
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
                {children.map(|children| children())}
            </p>
        </div>
    }
}
