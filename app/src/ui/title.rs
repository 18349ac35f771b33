//! The title of the page.

use leptos::prelude::*;
use leptos_meta::Title;

/// The title, with the program's name behind it. The framework writes a title on the server as it is, so it is escaped there;
/// the browser sets it as plain text.
#[component]
pub fn PageTitle(
    /// What the page is.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let title = format!("{text} - Lastmile");
    view! { <Title text=if cfg!(feature = "ssr") { escaped(&title) } else { title }/> }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
