//! The browser's half of Lastmile: takes over the page that the server has rendered.

/// Called by the page's script once the WebAssembly is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    // A fault of ours shall say what it was, on the browser's console.
    console_error_panic_hook::set_once();
    let here = leptos::prelude::window().location();
    let address = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
    // Without all of its code the page is left as it is: its links and forms work.
    if app::fetch_parts(&address).await.is_ok() {
        app::announce_taking_over();
        leptos::mount::hydrate_body(app::App);
    }
}
