//! The title of the page.

use leptos::prelude::*;
use leptos_meta::Title;

/// The page's title, followed by the program's name.
#[component]
pub fn PageTitle(
    /// What the page is.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <Title text=encode(format!("{text} - Lastmile"))/> }
}

/// The server writes a title into the document as it is given, so it is escaped here.
#[cfg(feature = "ssr")]
fn encode(title: String) -> String {
    maud::html! { (title) }.into_string()
}

/// The browser sets a title as plain text.
#[cfg(not(feature = "ssr"))]
fn encode(title: String) -> String {
    title
}
