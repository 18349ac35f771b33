//! The browser's half of Lastmile: takes over the page that the server has rendered.

/// Called by the page's script once the WebAssembly is there.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // A fault of ours shall say what it was, on the browser's console.
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
