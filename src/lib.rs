//! The browser's half of Lastmile: hydrates the page that the server has rendered.

/// The page's script calls it once the WebAssembly is loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    // A panic is reported on the browser's console.
    console_error_panic_hook::set_once();
    let here = leptos::prelude::window().location();
    let address = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
    // If a chunk cannot be loaded the page stays as the server rendered it: its links and forms work.
    if app::preload_chunks(&address).await.is_ok() {
        app::announce_hydration();
        leptos::mount::hydrate_body(app::App);
    }
}
