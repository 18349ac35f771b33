//! The document around the application.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;
use std::sync::Arc;

use crate::frame::App;

/// In the context of a page that the browser does not take over: it works as the server has made it.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// In the context of a page: the styles, to stand in it.
#[derive(Clone, Debug)]
pub struct Styles(pub Arc<str>);

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
                {match use_context::<Styles>() {
                    Some(Styles(styles)) => view! { <style nonce=use_nonce() inner_html=styles.to_string()></style> }.into_any(),
                    None => view! { <leptos_meta::HashedStylesheet options=options.clone() id="style"/> }.into_any(),
                }}
                {hydrated.then(|| view! { <HydrationScripts options/> })}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
