//! What the pages about money share: each shows the answer of a server function to what its address asks for.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

use crate::base::error::AppError;
use crate::base::roles::Permission;
use crate::http::current_user::CurrentUser;
use crate::ui::error_view::{ErrorAlert, NotFound};
use crate::ui::latest_resource::{Answer, LatestResource, PageData};
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::when_loaded;

/// What a page shows, to those who have a permission, of the answer to what its address asks for; `what` is not there where the address leads to
/// nothing.
pub fn answer_page<K, T>(
    what: &'static str,
    permission: Permission,
    key: impl Fn() -> Option<K> + Copy + Send + Sync + 'static,
    fetch: fn(K) -> Answer<T>,
    draw: fn(T) -> AnyView,
) -> AnyView
where
    K: Clone + PartialEq + Send + Sync + 'static,
    T: PageData,
{
    if !CurrentUser::may(permission) {
        return view! { <ErrorAlert error=AppError::Forbidden(permission) retry=|()| ()/> }.into_any();
    }
    let changes = RefreshCounter::of_app();
    let answer = LatestResource::new(
        move || (key(), changes.count()),
        move |(key, _)| match key {
            Some(key) => fetch(key),
            None => Box::pin(async { Err(AppError::NotFound) }),
        },
    );
    let retry = Callback::new(move |()| answer.refetch());
    let content = move || {
        answer.get().map(|answer| match answer {
            Ok(data) => draw(data),
            Err(AppError::NotFound) => view! { <NotFound what/> }.into_any(),
            Err(error) => view! { <ErrorAlert error retry/> }.into_any(),
        })
    };
    when_loaded(content)
}

/// The id in the path of the page's address.
pub fn path_id() -> impl Fn() -> Option<Uuid> + Copy {
    let params = use_params_map();
    move || params.with(|params| Uuid::parse_str(&params.get("id")?).ok())
}
