//! The title of the page.

use leptos::prelude::*;
use leptos_meta::Title;

use super::form_state::ReturnedForm;

/// The page's title, followed by the program's name.
#[component]
pub fn PageTitle(
    /// What the page is.
    #[prop(into)]
    text: String,
    /// Whether a form on the page has errors, of which the server does not know that it has returned them.
    #[prop(optional)]
    has_errors: Option<Signal<bool>>,
) -> impl IntoView {
    let title = move || {
        let has_errors = ReturnedForm::has_errors() || has_errors.is_some_and(|has_errors| has_errors.get());
        let error = if has_errors { "Error: " } else { "" };
        encode(format!("{error}{text} - Lastmile"))
    };
    // The server writes it when the page is drawn, and what it depends on may be gone by then.
    #[cfg(feature = "ssr")]
    let title = title();
    view! { <Title text=title/> }
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
