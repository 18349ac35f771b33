//! The HTML document around the application.

use axum::http::request::Parts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use crate::layout::{App, chunks_for, shows_list};
use crate::list::pages::PRE_HYDRATION;

/// In the context of a page that is not hydrated: it works as the server has rendered it.
#[derive(Clone, Copy, Debug)]
pub struct NoHydration;

/// In the context of a page: what the build has made for the browser, read once at the start. Files are given by their addresses.
#[derive(Clone, Debug)]
pub struct BuildAssets {
    /// The styles that every page needs (`style/main.css`), to be inlined.
    pub critical_styles: Arc<str>,
    /// The script that starts the WebAssembly.
    pub script: Arc<str>,
    /// The script that loads chunks; the first script imports it.
    pub chunk_loader: Arc<str>,
    /// The WebAssembly that every page needs.
    pub wasm: Arc<str>,
    /// The files of each chunk, by its name.
    pub chunks: Arc<HashMap<String, Vec<String>>>,
}

/// The styles that only lazy chunks need.
pub const DEFERRED_STYLES: &str = concat!(
    "@layer deferred {\n",
    include_str!("../../style/deferred/dialog.css"),
    include_str!("../../style/deferred/field.css"),
    include_str!("../../style/deferred/record.css"),
    include_str!("../../style/deferred/my_day.css"),
    include_str!("../../style/deferred/board.css"),
    include_str!("../../style/deferred/history.css"),
    include_str!("../../style/deferred/users.css"),
    include_str!("../../style/deferred/all_rows.css"),
    "}\n",
);

/// The address of [`DEFERRED_STYLES`]. It contains their hash, so that browsers may cache them for ever.
pub fn deferred_stylesheet() -> &'static str {
    static ADDRESS: LazyLock<String> = LazyLock::new(|| {
        let hash = Sha256::digest(DEFERRED_STYLES);
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("/pkg/deferred.{hash}.css")
    });
    &ADDRESS
}

/// The document.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let hydrated = use_context::<NoHydration>().is_none();
    let assets = use_context::<BuildAssets>();
    let address = use_context::<Parts>()
        .and_then(|request| request.uri.path_and_query().map(ToString::to_string))
        .unwrap_or_default();
    let has_chunks = !chunks_for(&address).is_empty();
    // A page without chunks links to the deferred styles at its end, so that its first paint does not wait for them.
    let link_at_end = assets.is_some() && !has_chunks;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {match assets {
                    Some(assets) => view! {
                        <style nonce=use_nonce() inner_html=assets.critical_styles.clone()></style>
                        {has_chunks.then(|| view! { <style nonce=use_nonce() inner_html=DEFERRED_STYLES></style> })}
                        {hydrated.then(|| view! { <Scripts assets address/> })}
                    }
                        .into_any(),
                    // A debug build, or `cargo leptos watch`.
                    None => view! {
                        <HashedStylesheet options=options.clone() id="style"/>
                        <link rel="stylesheet" href=deferred_stylesheet()/>
                        {hydrated.then(|| view! { <HydrationScripts options/> })}
                    }
                        .into_any(),
                }}
                <MetaTags/>
            </head>
            <body>
                <App/>
                {link_at_end.then(|| view! { <link rel="stylesheet" href=deferred_stylesheet()/> })}
            </body>
        </html>
    }
}

/// Starts hydration. Every file that it needs is requested at once; the main WebAssembly, by far the largest, with low priority, since
/// the page is readable without it.
#[component]
fn Scripts(assets: BuildAssets, address: String) -> impl IntoView {
    let BuildAssets {
        script,
        chunk_loader,
        wasm,
        chunks,
        ..
    } = assets;
    let files: BTreeSet<&String> = chunks_for(&address)
        .iter()
        .filter_map(|chunk| chunks.get(chunk.name()))
        .flatten()
        .collect();
    let chunk_files = files
        .into_iter()
        .map(|file| wasm_preload(file.clone(), "auto"))
        .collect_view();
    let start =
        format!("import('{script}').then(m => m.default({{module_or_path: '{wasm}'}}).then(() => m.hydrate()))");
    view! {
        {shows_list(&address).then(|| view! { <script nonce=use_nonce()>{PRE_HYDRATION}</script> })}
        <link rel="modulepreload" href=script crossorigin=""/>
        <link rel="modulepreload" href=chunk_loader crossorigin=""/>
        {wasm_preload(wasm.to_string(), "low")}
        {chunk_files}
        <script type="module" nonce=use_nonce()>{start}</script>
    }
}

/// Requests a WebAssembly file before a script does.
fn wasm_preload(address: String, priority: &'static str) -> impl IntoView {
    view! { <link rel="preload" href=address r#as="fetch" r#type="application/wasm" crossorigin="" fetchpriority=priority/> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_deferred_stylesheet_is_included() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style/deferred");
        let files = fs::read_dir(folder).expect("the folder");
        let paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        assert!(!paths.is_empty());
        for path in paths {
            let styles = fs::read_to_string(&path).expect("text");
            assert!(DEFERRED_STYLES.contains(&styles), "{}", path.display());
            let (opening, closing) = (styles.matches('{').count(), styles.matches('}').count());
            assert_eq!(opening, closing, "{}", path.display());
        }
    }
}
