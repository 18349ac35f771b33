//! Links that stand on many pages.

use leptos::prelude::*;

/// A link to another page of a table. Without an address it is there all the same, so that nothing moves under the pointer.
pub fn page_link(label: &'static str, href: Option<String>) -> impl IntoView {
    let disabled = href.is_none().then_some("true");
    view! { <a class="button" role="link" data-noscroll href=href aria-disabled=disabled>{label}</a> }
}

/// The link above a page's heading, to what the page belongs to.
pub fn back_link(address: String, name: impl Into<String>) -> impl IntoView {
    view! { <p class="back"><a href=address>"← " <bdi>{name.into()}</bdi></a></p> }
}
