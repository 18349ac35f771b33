//! A part of a page that shows an answer of the server.

use leptos::prelude::*;

use super::error_view::ErrorAlert;
use super::latest_resource::{LatestResource, PageData};

/// What `view` makes of the answer; while it loads, or where it does not come, that is said in its place.
#[component]
pub fn Region<T: PageData>(
    /// Its id.
    id: &'static str,
    /// The answer.
    answer: LatestResource<T>,
    /// Draws the answer.
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let retry = Callback::new(move |()| answer.refetch());
    let content = move || {
        answer.get().map(|answer| match answer {
            Ok(data) => view(data),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    view! {
        <div class="region" id=id aria-busy=move || answer.is_loading().to_string()>{when_loaded(content)}</div>
    }
}

/// What shows the answers of resources: until the first of each is there, that they load.
pub fn when_loaded(content: impl Fn() -> Option<AnyView> + Send + 'static) -> AnyView {
    // Behind a pointer: the boundary is compiled once, and not for each page.
    fn boundary(content: Box<dyn Fn() -> Option<AnyView> + Send>) -> AnyView {
        view! { <Transition fallback=|| view! { <p class="loading">"Loading…"</p> }>{content}</Transition> }.into_any()
    }
    boundary(Box::new(content))
}
