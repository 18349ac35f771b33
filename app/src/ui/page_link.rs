//! A link to another page of a table.

use leptos::prelude::*;

/// The link. Without an address it is there all the same, so that nothing moves under the pointer.
pub fn page_link(label: &'static str, href: Option<String>) -> impl IntoView {
    let disabled = href.is_none().then_some("true");
    view! { <a class="button" role="link" data-noscroll href=href aria-disabled=disabled>{label}</a> }
}
