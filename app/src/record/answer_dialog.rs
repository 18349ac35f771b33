//! A dialog whose content the server answers: while it loads, and where it does not come.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::base::error::AppError;
use crate::base::text::capitalize;
use crate::list::page_context::{PageContext, use_close};
use crate::list::routes::deleted_url;
use crate::ui::dialog::Dialog;
use crate::ui::error_view::ErrorAlert;
use crate::ui::latest_resource::Answer;

/// The dialog that `view` makes of an answer.
pub fn answer_dialog<T>(
    fetch: impl Fn() -> Answer<T> + Send + Sync + 'static,
    view: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    let answer = Resource::new_blocking(|| (), move |()| fetch());
    let retry = Callback::new(move |()| answer.refetch());
    let content = move || {
        answer.get().map(|answer| match answer {
            Ok(data) => view(data),
            Err(error) => view! { <ErrorDialog error retry/> }.into_any(),
        })
    };
    view! { <Transition fallback=|| view! { <LoadingDialog/> }>{content}</Transition> }
}

/// A dialog whose content is loading.
#[component]
pub fn LoadingDialog() -> impl IntoView {
    view! {
        <Dialog title="Loading…" close_to=PageContext::of_page().close_url on_close=use_close() loading=true>
            <p class="loading" aria-busy="true">"Loading…"</p>
        </Dialog>
    }
}

/// A dialog whose content could not be loaded.
#[component]
pub fn ErrorDialog(error: AppError, retry: Callback<()>) -> impl IntoView {
    let PageContext { spec, close_url, .. } = PageContext::of_page();
    let title = match error {
        AppError::NotFound => "Not found",
        AppError::Forbidden(_) => "No permission",
        _ => "Not available",
    };
    error.set_status();
    let content = match error {
        AppError::NotFound => view! {
            <p>{format!("{} not found; it may have been deleted.", capitalize(spec.singular))}</p>
            <p class="actions"><a class="button" href=deleted_url(spec)>{format!("Deleted {}", spec.plural)}</a></p>
        }
        .into_any(),
        error => view! { <ErrorAlert error retry/> }.into_any(),
    };
    view! {
        <Dialog title close_to=close_url on_close=use_close()>
            <div class="fields">{content}</div>
        </Dialog>
    }
}
