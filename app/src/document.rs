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

/// Starts the program in the browser, and gives the page back to the browser where that fails.
const PAGE_SCRIPT: &str = include_str!("page_script.js");

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
    include_str!("../../style/deferred/services.css"),
    include_str!("../../style/deferred/my_day.css"),
    include_str!("../../style/deferred/board.css"),
    include_str!("../../style/deferred/history.css"),
    include_str!("../../style/deferred/users.css"),
    include_str!("../../style/deferred/billing.css"),
    include_str!("../../style/deferred/all_rows.css"),
    "}\n@layer print {\n@media print {\n",
    include_str!("../../style/deferred/print.css"),
    "}\n}\n",
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

/// A script as pages have it: without comments and indentation.
fn inline(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let lines: Vec<_> = lines.filter(|line| !line.starts_with("//")).collect();
    lines.join("\n")
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
                        {hydrated.then(|| {
                            let file = |end| format!("/{}/{}.{end}", options.site_pkg_dir, options.output_name);
                            view! { <StartScripts script=file("js") wasm=file("wasm") address/> }
                        })}
                    }
                        .into_any(),
                }}
                <MetaTags/>
            </head>
            <body>
                <App/>
                // What an extension adds to it is no change of the page: `page_script.js`.
                {link_at_end.then(|| view! { <div id="deferred-styles"><link rel="stylesheet" href=deferred_stylesheet()/></div> })}
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
    view! {
        <StartScripts script=script.to_string() wasm=wasm.to_string() address/>
        <link rel="modulepreload" href=script crossorigin=""/>
        <link rel="modulepreload" href=chunk_loader crossorigin=""/>
        {wasm_preload(wasm.to_string(), "low")}
        {chunk_files}
    }
}

/// The scripts in the page itself, given the addresses of the program's script and WebAssembly. The last runs when the page is parsed.
#[component]
fn StartScripts(script: String, wasm: String, address: String) -> impl IntoView {
    static FIRST: LazyLock<String> = LazyLock::new(|| inline(PAGE_SCRIPT));
    static OF_LIST: LazyLock<String> = LazyLock::new(|| inline(PRE_HYDRATION));
    let start = format!("lastmile.start(import('{script}'), '{wasm}')");
    view! {
        <script nonce=use_nonce()>{FIRST.as_str()}</script>
        {shows_list(&address).then(|| view! { <script nonce=use_nonce()>{OF_LIST.as_str()}</script> })}
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

    /// The source of every file of Rust and JavaScript below a folder.
    fn sources(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder");
        let paths = entries.map(|entry| entry.expect("a file").path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => sources(&path),
                false if path.extension().is_some_and(|kind| kind == "rs" || kind == "js") => {
                    vec![fs::read_to_string(&path).expect("text")]
                }
                false => Vec::new(),
            })
            .collect()
    }

    /// A page that was given back to the browser handles none.
    #[test]
    fn the_pages_script_knows_every_kind_of_event_that_is_handled() {
        let list = PAGE_SCRIPT.split_once("const HANDLED =\n").expect("the list").1;
        let list = list.split_once(';').expect("its end").0.trim().trim_matches('\'');
        let handled: BTreeSet<&str> = list.split(' ').collect();
        // Of the router.
        let mut used: BTreeSet<String> = ["click", "popstate"].map(str::to_owned).into();
        for source in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            for start in ["on:", "ev::", "window_event_listener_untyped(\"", " addEventListener('"] {
                for (_, rest) in source
                    .match_indices(start)
                    .map(|(at, start)| source.split_at(at + start.len()))
                {
                    let name: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
                    used.insert(name);
                }
            }
        }
        // What the script itself listens to.
        for name in ["", "error"] {
            used.remove(name);
        }
        let used: BTreeSet<&str> = used.iter().map(String::as_str).collect();
        let unknown: Vec<_> = used.difference(&handled).collect();
        assert!(used.len() > 15 && unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn scripts_are_written_without_comments() {
        assert_eq!(inline("// a\n{\n  // b\n  c();\n}\n"), "{\nc();\n}");
        for script in [PAGE_SCRIPT, PRE_HYDRATION] {
            assert!(inline(script).len() < script.len() && !inline(script).contains("// "));
        }
    }

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
