//! The browser's half of Lastmile: hydrates the page that the server has rendered. The page's script (`app/src/page_script.js`) calls it.
#![cfg(feature = "hydrate")]

use std::future::poll_fn;
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use leptos::prelude::window;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Gives the page back to the browser.
    #[wasm_bindgen(js_namespace = lastmile)]
    fn fail(reason: &str);
}

/// Whether the page has been given back to the browser.
static IS_STOPPED: AtomicBool = AtomicBool::new(false);

/// Runs tasks until the page is given back.
struct Tasks;

impl CustomExecutor for Tasks {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, mut task: PinnedLocalFuture<()>) {
        wasm_bindgen_futures::spawn_local(poll_fn(move |context| {
            if IS_STOPPED.load(Ordering::Relaxed) {
                return Poll::Pending;
            }
            task.as_mut().poll(context)
        }));
    }

    fn poll_local(&self) {}
}

/// Loads the chunks that the page needs; false where one cannot be loaded.
#[wasm_bindgen]
pub async fn preload() -> bool {
    let here = window().location();
    let address = here.pathname().unwrap_or_default() + &here.search().unwrap_or_default();
    app::preload_chunks(&address).await.is_ok()
}

/// Hydrates the page, whose chunks are loaded. Where the page is not what the server has rendered, it traps.
#[wasm_bindgen]
pub fn hydrate() {
    panic::set_hook(Box::new(|info| fail(&info.to_string())));
    let _ = Executor::init_custom_executor(Tasks);
    leptos::mount::hydrate_body(app::App);
}

/// Ends all tasks: nothing of the program may change a page that was given back.
#[wasm_bindgen]
pub fn stop() {
    IS_STOPPED.store(true, Ordering::Relaxed);
}
