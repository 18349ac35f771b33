//! The document around the application.

use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::frame::App;

/// In the context of a page that the browser does not take over: it works as the server has made it.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// The document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let hydrated = use_context::<Plain>().is_none();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <leptos_meta::HashedStylesheet options=options.clone() id="style"/>
                {hydrated.then(|| view! { <HydrationScripts options/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
