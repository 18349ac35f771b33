//! The list's page: the search, and what the server answers.

mod content;
mod counts_resource;
mod filter_form;
mod head;
mod prefetch_triggers;
mod search_box;
mod table;

use leptos::prelude::*;

use super::page_context::PageContext;
use super::responses::{Counts, ListPage};
use crate::base::spec::SubjectSpec;
use crate::http::current_user::CurrentUser;
use crate::ui::error_view::ErrorAlert;
use crate::ui::html_block::HtmlBlock;
use crate::ui::latest_resource::{Answer, LatestResource};
use crate::ui::live_text::LiveText;
use crate::ui::menu::watch_menus;
use crate::ui::prefetch::PrefetchCache;
pub use content::board_filters;
use content::{content, nothing};
pub use counts_resource::{CountsResource, FetchCounts};
use filter_form::SelectedColumns;
pub use filter_form::use_filter_form;
pub use head::ListHead;
use prefetch_triggers::use_prefetch_triggers;
use table::Total;

/// Follows the ticks in the filters until hydration: a small script, which takes the list from the page that the ticks lead to. What it
/// has changed in the page is what the program finds in it; what it has not managed, the program does (`filter_form.rs`).
pub const PRE_HYDRATION: &str = include_str!("pre_hydration.js");

/// The page.
#[component]
pub fn ListView(
    /// The subject.
    spec: &'static SubjectSpec,
    /// Its server function that gives the page that an address asks for: its part behind the path.
    fetch: fn(String) -> Answer<ListPage>,
    /// Its server function that gives the numbers of the list that an address asks for, where they do not come with the rows.
    counts: Option<FetchCounts>,
    /// Its server function that keeps a choice of columns, by the names of their fields.
    choose_columns: fn(Vec<String>) -> Answer<()>,
    /// Whether the subject has a board.
    has_board: bool,
) -> impl IntoView {
    let context = PageContext::of_page();
    let columns = SelectedColumns::new(spec, choose_columns);
    let search = context.search;
    let prefetched = PrefetchCache::new(move |(address, _): (String, u32)| fetch(address));
    let list = LatestResource::new(
        move || (search.get(), context.refresh.count()),
        move |question| prefetched.get(question),
    );
    let counts = counts.map(|fetch| CountsResource::new(spec, fetch));
    let retry = Callback::new(move |()| {
        // The columns may be others.
        prefetched.clear();
        list.refetch();
    });
    use_prefetch_triggers(move |address| {
        let (here, changes) = untrack(|| (search.get(), context.refresh.count()));
        if address != here {
            prefetched.prefetch((address, changes));
        }
    });
    context.return_focus(move || list.has_update());
    context.return_to_row(move || list.is_ready());
    watch_menus();
    let changed = use_filter_form(Some(columns), retry);
    let loading = format!("Loading {}…", spec.plural);
    view! {
        <ListHead has_board/>
        <p class="visually-hidden" aria-live="polite"><LiveText text=Signal::derive(move || announced(spec, list, counts).unwrap_or_default())/></p>
        <div class="region" id="list" aria-busy=move || list.is_loading().to_string() on:change=changed>
            <Transition fallback=move || view! { <p class="loading">{loading.clone()}</p> }>
                <Answers spec list counts columns retry/>
            </Transition>
        </div>
    }
}

/// What who listens is told: how many rows an answer has brought. Rows that change are seen.
fn announced(
    spec: &'static SubjectSpec,
    list: LatestResource<ListPage>,
    counts: Option<CountsResource>,
) -> Option<String> {
    let is_news = list.has_update();
    list.with(|answer| {
        let list = answer.filter(|_| is_news)?.as_ref().ok()?;
        CountsResource::with(counts, spec, list, |counts| count_text(spec, list, counts))
    })
}

/// How many rows there are, in words; none before it is known.
fn count_text(spec: &'static SubjectSpec, list: &ListPage, counts: Counts<'_>) -> Option<String> {
    let query = list.query(spec);
    match Total::of(list, counts, &query) {
        Total::Loading => None,
        Total::Exactly(0) => Some(nothing(&query)),
        total => Some(format!("{total} {}", total.noun(spec))),
    }
}

/// The latest answer; a fault stands above the answer before it. To stand under the `Transition` itself, which walks through it
/// more than once: what is drawn is kept here.
#[component]
fn Answers(
    spec: &'static SubjectSpec,
    list: LatestResource<ListPage>,
    counts: Option<CountsResource>,
    columns: SelectedColumns,
    retry: Callback<()>,
) -> impl IntoView {
    let can_edit = CurrentUser::may(spec.edit);
    let draw = move |before: Option<&Option<String>>| {
        let drawn = list.with(|answer| match answer {
            Some(Ok(list)) => Some(CountsResource::with(counts, spec, list, |counts| {
                content(spec, list, counts, &columns.or(list.fields(spec)), can_edit)
            })),
            _ => None,
        });
        // Below a fault, what was there.
        drawn.or_else(|| before.cloned().flatten())
    };
    // Moves with every answer: one that is as before puts back what was ticked meanwhile.
    let html = Memo::new_with_compare(draw, |_, _| true);
    let fault = Memo::new(move |_| list.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned())));
    let stale = Signal::derive(move || fault.with(Option::is_some));
    // Both are read each time: the server waits for what was read at first.
    let is_ready = move || [list.is_ready(), CountsResource::is_ready(counts)] == [true; 2];
    view! {
        {move || fault.get().map(|error| view! { <ErrorAlert error retry/> })}
        {move || is_ready().then(|| view! { <HtmlBlock id="list-content" html stale/> })}
    }
}
