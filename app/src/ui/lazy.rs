//! Code that the browser loads when it is needed, so that the first visit does not wait for what few visits need.
//!
//! [`lazy_chunk!`] makes a chunk, and [`Lazy`] puts it on a page. The chunks that an address needs are loaded before the page is
//! hydrated, so that hydration finds what the server has rendered; those that a link needs, when somebody points at the link.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::error_view::ErrorAlert;
use crate::base::error::AppError;

/// A result of a chunk's code, which may have to be loaded first.
pub type ChunkFuture<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// A chunk of code: the view of a `T`.
pub struct LazyChunk<T: 'static> {
    name: &'static str,
    /// Whether the code is loaded; on the server it always is.
    loaded: AtomicBool,
    load: fn() -> ChunkFuture<()>,
    view: fn(T) -> ChunkFuture<AnyView>,
}

/// A chunk that can be loaded ahead, whatever it is a view of.
pub trait Preload: Sync {
    /// The chunk's name in the build's manifest.
    fn name(&self) -> &'static str;

    /// Loads the code, unless it is loaded.
    ///
    /// # Errors
    /// `Incomplete`.
    fn preload(&'static self) -> Pin<Box<dyn Future<Output = Result<(), AppError>>>>;
}

impl<T> LazyChunk<T> {
    /// A chunk. Only [`lazy_chunk!`] calls this.
    pub const fn new(name: &'static str, load: fn() -> ChunkFuture<()>, view: fn(T) -> ChunkFuture<AnyView>) -> Self {
        Self {
            name,
            loaded: AtomicBool::new(cfg!(feature = "ssr")),
            load,
            view,
        }
    }

    fn is_loaded(&self) -> bool {
        self.loaded.load(Ordering::Relaxed)
    }

    /// The view of something, where the code is loaded.
    fn view(&self, input: T) -> Result<AnyView, AppError> {
        let view = (self.view)(input).now_or_never();
        view.and_then(Result::ok).ok_or(AppError::Incomplete)
    }
}

impl<T> Preload for LazyChunk<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn preload(&'static self) -> Pin<Box<dyn Future<Output = Result<(), AppError>>>> {
        Box::pin(async move {
            if !self.is_loaded() {
                (self.load)().await.map_err(|_| AppError::Incomplete)?;
                self.loaded.store(true, Ordering::Relaxed);
            }
            Ok(())
        })
    }
}

/// Makes a chunk: `lazy_chunk! { NAME, file file_name, preload function_name: fn view_name(input: T) { view } }`.
macro_rules! lazy_chunk {
    ($(#[$doc:meta])* $vis:vis $name:ident, file $file:ident, preload $preload:ident: fn $view:ident($input:ident: $type:ty) $body:block) => {
        // The split is a call between two modules of WebAssembly.
        #[allow(unsafe_code)]
        #[::leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, preload($preload), fallible)]
        fn $view($input: $type) -> Result<::leptos::prelude::AnyView, ::leptos::wasm_split::SplitLoaderError> {
            Ok($body)
        }

        $(#[$doc])*
        $vis static $name: $crate::ui::lazy::LazyChunk<$type> =
            $crate::ui::lazy::LazyChunk::new(stringify!($file), || Box::pin($preload()), |input| Box::pin($view(input)));
    };
}
pub(crate) use lazy_chunk;

/// A chunk's view; while its code loads, a placeholder.
#[component]
pub fn Lazy<T: Clone + Send + Sync + 'static>(
    /// The chunk.
    chunk: &'static LazyChunk<T>,
    /// What it shows.
    input: T,
    /// The view while the code loads.
    #[prop(default = loading)]
    loading: fn() -> AnyView,
    /// The view where the code cannot be loaded.
    #[prop(default = failed)]
    failed: fn(AppError, Callback<()>) -> AnyView,
) -> impl IntoView {
    let outcome = RwSignal::new(chunk.is_loaded().then_some(Ok(())));
    let load = move || {
        outcome.set(None);
        spawn_local(async move {
            let result = chunk.preload().await;
            // The user may have left the page meanwhile.
            outcome.try_set(Some(result));
        });
    };
    if outcome.with_untracked(Option::is_none) {
        load();
    }
    let retry = Callback::new(move |()| load());
    move || match outcome.get() {
        None => loading(),
        Some(result) => result
            .and_then(|()| chunk.view(input.clone()))
            .unwrap_or_else(|error| failed(error, retry)),
    }
}

fn loading() -> AnyView {
    view! { <p class="loading">"Loading…"</p> }.into_any()
}

fn failed(error: AppError, retry: Callback<()>) -> AnyView {
    view! { <ErrorAlert error retry/> }.into_any()
}
