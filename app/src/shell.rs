//! The document around the application.

use axum::http::request::Parts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::customers::{EARLY, place::Place};
use crate::frame::{App, parts_of};

/// In the context of a page that the browser does not take over: it works as the server has made it.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// In the context of a page: what the build has made for the browser, so that no page looks for it again. Files by their addresses.
#[derive(Clone, Debug)]
pub struct Built {
    /// The styles, to stand in the page.
    pub styles: Arc<str>,
    /// Those of them that a page without any part of the program needs.
    pub first_styles: Arc<str>,
    /// The file of all styles.
    pub stylesheet: Arc<str>,
    /// The script that starts the program.
    pub script: Arc<str>,
    /// The script that fetches the program's parts; the first one imports it.
    pub splitter: Arc<str>,
    /// The program.
    pub program: Arc<str>,
    /// The files of each part, by its name.
    pub parts: Arc<HashMap<String, Vec<String>>>,
}

/// The document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let hydrated = use_context::<Plain>().is_none();
    let built = use_context::<Built>();
    let address = use_context::<Parts>()
        .and_then(|request| request.uri.path_and_query().map(ToString::to_string))
        .unwrap_or_default();
    let whole = !parts_of(&address).is_empty();
    // The rest of the styles comes behind the page, which is painted without waiting for them.
    let rest = built.as_ref().filter(|_| !whole).map(|built| built.stylesheet.clone());
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {match built {
                    Some(built) => view! {
                        <style nonce=use_nonce() inner_html=if whole { built.styles.clone() } else { built.first_styles.clone() }></style>
                        {hydrated.then(|| view! { <Scripts built address/> })}
                    }
                        .into_any(),
                    // While somebody develops.
                    None => view! {
                        <HashedStylesheet options=options.clone() id="style"/>
                        {hydrated.then(|| view! { <HydrationScripts options/> })}
                    }
                        .into_any(),
                }}
                <MetaTags/>
            </head>
            <body>
                <App/>
                {rest.map(|rest| view! { <link rel="stylesheet" href=rest/> })}
            </body>
        </html>
    }
}

/// Starts the program. All that it needs is asked for at once; the program itself, the greatest by far, gives way to what the page shows.
#[component]
fn Scripts(built: Built, address: String) -> impl IntoView {
    let Built {
        script,
        splitter,
        program,
        parts,
        ..
    } = built;
    let needed: BTreeSet<&String> = parts_of(&address)
        .iter()
        .filter_map(|part| parts.get(part.name()))
        .flatten()
        .collect();
    let needed = needed
        .into_iter()
        .map(|file| program_file(file.clone(), "auto"))
        .collect_view();
    let start =
        format!("import('{script}').then(m => m.default({{module_or_path: '{program}'}}).then(() => m.hydrate()))");
    view! {
        {Place::list_at(&address).map(|_| view! { <script nonce=use_nonce()>{EARLY}</script> })}
        <link rel="modulepreload" href=script crossorigin=""/>
        <link rel="modulepreload" href=splitter crossorigin=""/>
        {program_file(program.to_string(), "low")}
        {needed}
        <script type="module" nonce=use_nonce()>{start}</script>
    }
}

/// Asks for a file of the program before a script does.
fn program_file(address: String, priority: &'static str) -> impl IntoView {
    view! { <link rel="preload" href=address r#as="fetch" r#type="application/wasm" crossorigin="" fetchpriority=priority/> }
}
