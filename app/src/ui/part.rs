//! Parts of the program that the browser fetches when they are needed: what few visits need shall not keep the first one waiting.
//!
//! A part is made by [`part!`], and stands on a page as [`Later`]. What the address of a loaded page needs is fetched before the
//! page is taken over, so that it finds what the server has rendered; what a link needs, when the link is pointed at.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

use super::fault::Fault;
use crate::error::AppError;

/// What comes of a part, in time.
pub type Coming<T> = Pin<Box<dyn Future<Output = Result<T, SplitLoaderError>>>>;

/// A part: the view of a `T`, whose code comes by itself.
pub struct Part<T: 'static> {
    name: &'static str,
    /// Whether the code is there; on the server it always is.
    there: AtomicBool,
    fetch: fn() -> Coming<()>,
    view: fn(T) -> Coming<AnyView>,
}

/// What can be fetched.
pub trait Fetch: Sync {
    /// As the build's list of files calls it.
    fn name(&self) -> &'static str;

    /// Fetches the code, unless it is there.
    ///
    /// # Errors
    /// `Incomplete`.
    fn fetch(&'static self) -> Pin<Box<dyn Future<Output = Result<(), AppError>>>>;
}

impl<T> Part<T> {
    /// A part; [`part!`] calls it.
    pub const fn new(name: &'static str, fetch: fn() -> Coming<()>, view: fn(T) -> Coming<AnyView>) -> Self {
        Self {
            name,
            there: AtomicBool::new(cfg!(feature = "ssr")),
            fetch,
            view,
        }
    }

    fn is_there(&self) -> bool {
        self.there.load(Ordering::Relaxed)
    }

    /// The view of something, where the code is there.
    fn view(&self, of: T) -> Result<AnyView, AppError> {
        let view = (self.view)(of).now_or_never();
        view.and_then(Result::ok).ok_or(AppError::Incomplete)
    }
}

impl<T> Fetch for Part<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fetch(&'static self) -> Pin<Box<dyn Future<Output = Result<(), AppError>>>> {
        Box::pin(async move {
            if !self.is_there() {
                (self.fetch)().await.map_err(|_| AppError::Incomplete)?;
                self.there.store(true, Ordering::Relaxed);
            }
            Ok(())
        })
    }
}

/// Makes a part of the view of something: `part! { NAME, in file_name, by fetch_name: fn view_name(of: T) { view } }`.
macro_rules! part {
    ($(#[$doc:meta])* $vis:vis $name:ident, in $file:ident, by $fetch:ident: fn $view:ident($of:ident: $type:ty) $body:block) => {
        // The split is a call between two modules of WebAssembly.
        #[allow(unsafe_code)]
        #[::leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, preload($fetch), fallible)]
        fn $view($of: $type) -> Result<::leptos::prelude::AnyView, ::leptos::wasm_split::SplitLoaderError> {
            Ok($body)
        }

        $(#[$doc])*
        $vis static $name: $crate::ui::part::Part<$type> =
            $crate::ui::part::Part::new(stringify!($file), || Box::pin($fetch()), |of| Box::pin($view(of)));
    };
}
pub(crate) use part;

/// The view of something by a part; until its code is there, what stands in for it.
#[component]
pub fn Later<T: Clone + Send + Sync + 'static>(
    /// The part.
    part: &'static Part<T>,
    /// What it shows.
    of: T,
    /// While it comes.
    #[prop(default = waiting)]
    waiting: fn() -> AnyView,
    /// Where it does not come.
    #[prop(default = failed)]
    failed: fn(AppError, Callback<()>) -> AnyView,
) -> impl IntoView {
    let fetched = RwSignal::new(part.is_there().then_some(Ok(())));
    let fetch = move || {
        fetched.set(None);
        spawn_local(async move {
            let there = part.fetch().await;
            // The page may have been left meanwhile.
            fetched.try_set(Some(there));
        });
    };
    if fetched.with_untracked(Option::is_none) {
        fetch();
    }
    let retry = Callback::new(move |()| fetch());
    move || match fetched.get() {
        None => waiting(),
        Some(there) => there
            .and_then(|()| part.view(of.clone()))
            .unwrap_or_else(|error| failed(error, retry)),
    }
}

fn waiting() -> AnyView {
    view! { <p class="loading">"Loading…"</p> }.into_any()
}

fn failed(error: AppError, retry: Callback<()>) -> AnyView {
    view! { <Fault error retry/> }.into_any()
}
