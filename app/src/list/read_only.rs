//! A list whose rows are made and shown on other pages: bills, payments.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::page_context::PageContext;
use super::pages::{FetchCounts, ListView};
use super::responses::ListPage;
use super::routes::{Page, Route, is_address_of};
use crate::base::spec::SubjectSpec;
use crate::ui::latest_resource::Answer;

/// What its page calls.
pub struct ReadOnlyList {
    /// The subject.
    pub spec: &'static SubjectSpec,
    /// The page of the list that an address asks for: its part behind the path.
    pub list: fn(String) -> Answer<ListPage>,
    /// The numbers of that list.
    pub counts: FetchCounts,
    /// Keeps a choice of columns, by the names of their fields.
    pub choose_columns: fn(Vec<String>) -> Answer<()>,
}

/// Its page.
#[component]
pub fn ReadOnlyListPage(
    /// The list.
    list: &'static ReadOnlyList,
) -> impl IntoView {
    let ReadOnlyList {
        spec,
        list,
        counts,
        choose_columns,
    } = *list;
    let location = use_location();
    let search = Memo::new(move |before: Option<&String>| {
        // Who leaves for another page changes the address before this page goes.
        let before = before.filter(|_| location.pathname.with(|path| path != spec.path));
        before.cloned().unwrap_or_else(|| location.search.get())
    });
    let route = Memo::new(|_| Route {
        page: Page::List,
        dialog: None,
    });
    // The page of one of its rows is not this one, but who comes back from there returns to that row.
    let page = Memo::new(move |_| {
        let is_ours = |path: &String| is_address_of(spec, path);
        let path = location.pathname.get();
        Some(path)
            .filter(is_ours)
            .map_or(Page::List, |path| Route::parse(&path, "").page)
    });
    PageContext::provide(spec, route, page, search);
    let context = PageContext::of_page();
    on_cleanup(move || {
        if let Some(Page::Record(record)) = page.try_get_untracked() {
            context.leave_for(record);
        }
    });
    view! { <ListView spec fetch=list counts=Some(counts) choose_columns views=&[] has_board=false/> }
}
