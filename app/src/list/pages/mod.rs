//! The list's page: the search, and what the server answers.

mod content;
mod counts_resource;
mod filter_form;
mod head;
mod prefetch_triggers;
mod search_box;
mod table;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::page_context::PageContext;
use super::query::ListQuery;
use super::responses::{Counts, ListPage};
use super::views::View;
use crate::base::spec::{SubjectSpec, ValueOption};
use crate::base::text::in_sentence;
use crate::http::current_user::CurrentUser;
use crate::ui::dom::{all, closest, target};
use crate::ui::error_view::ErrorAlert;
use crate::ui::html_block::HtmlBlock;
use crate::ui::latest_resource::{Answer, LatestResource};
use crate::ui::live_text::LiveText;
use crate::ui::menu::watch_menus;
use crate::ui::prefetch::PrefetchCache;
pub use content::board_filters;
use content::{ShownList, content, nothing, unanswered};
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
    /// Its ready-made views.
    views: &'static [View],
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
    let announced = Memo::new(move |before| announced(spec, list, counts, context.query, before));
    view! {
        <ListHead views has_board/>
        <p class="visually-hidden" aria-live="polite">
            <LiveText text=Signal::derive(move || announced.with(|(_, text)| text.clone()).unwrap_or_default())/>
        </p>
        <div class="region" id="list" aria-busy=move || list.is_loading().to_string() on:change=changed on:click=open_row>
            <Transition fallback=move || view! { <p class="loading">{loading.clone()}</p> }>
                <Answers spec list counts columns retry/>
            </Transition>
        </div>
    }
}

/// A list's address, and what was said of it; none while that is not known.
type Announcement = (String, Option<String>);

/// What who listens is told of another list than before: how many rows it has, in which order, and which page this is. A list that is
/// shown again after a change says nothing: the notice has said what was done.
fn announced(
    spec: &'static SubjectSpec,
    list: LatestResource<ListPage>,
    counts: Option<CountsResource>,
    query: Memo<String>,
    before: Option<&Announcement>,
) -> Announcement {
    let loaded = || (query.get_untracked(), Some(String::new()));
    if !list.has_update() {
        return loaded();
    }
    list.with(|answer| {
        let Some(Ok(list)) = answer else {
            return before.cloned().unwrap_or_else(loaded);
        };
        match before {
            Some((address, Some(_))) if *address == list.url => before.cloned().unwrap_or_else(loaded),
            _ => {
                let text = CountsResource::with(counts, spec, list, |counts| announcement(spec, list, counts));
                (list.url.clone(), text)
            }
        }
    })
}

/// A list in a sentence: `500 customers, sorted by price, highest first, page 2 of 20`; none before it is known how many there are.
fn announcement(spec: &'static SubjectSpec, list: &ListPage, counts: Counts<'_>) -> Option<String> {
    let query = list.query(spec);
    let total = match Total::of(list, counts, &query) {
        Total::Loading => return None,
        Total::Exactly(0) => return Some(nothing(&query)),
        total => total,
    };
    let sort = query.sort_spec();
    let (sorted, size) = (in_sentence(sort.label), query.size.rows() as u64);
    let page = list.before.div_ceil(size) + 1;
    let page = match total {
        Total::Exactly(count) if count <= size => String::new(),
        Total::Exactly(count) => format!(", page {page} of {}", count.div_ceil(size)),
        _ => format!(", page {page}"),
    };
    let order = query.order_words();
    Some(format!(
        "{total} {}, sorted by {sorted}, {order}{page}",
        total.noun(spec)
    ))
}

/// Opens the record of a row at a click anywhere on it, unless text is selected or something else was meant.
fn open_row(event: web_sys::MouseEvent) {
    let Some(element) = target::<web_sys::Element>(&event).filter(|_| event.button() == 0) else {
        return;
    };
    let is_other = closest::<web_sys::Element>(&element, "a, button, input, label, [popover]").is_some();
    let row = closest::<web_sys::Element>(&element, "#list-content tbody tr").filter(|_| !is_other);
    let link = row.and_then(|row| row.query_selector("a.name").ok().flatten());
    let selection = window().get_selection().ok().flatten();
    let is_selecting = selection.is_some_and(|selection| !selection.is_collapsed());
    let Some(link) = link
        .and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok())
        .filter(|_| !is_selecting)
    else {
        return;
    };
    match link.get_attribute("href") {
        Some(href) if event.ctrl_key() || event.meta_key() => {
            let _ = window().open_with_url_and_target(&href, "_blank");
        }
        // Later: this very listener hears it, too.
        _ => request_animation_frame(move || link.click()),
    }
}

/// What the page shows of the list now. Called in the browser only.
fn shown_list(spec: &'static SubjectSpec) -> ShownList {
    let inputs = |selector: &str| all::<web_sys::HtmlInputElement>(document().query_selector_all(selector));
    let has_table = document()
        .query_selector("#list-content tbody")
        .is_ok_and(|body| body.is_some());
    let columns = inputs("#list-content [name=column]").into_iter();
    let columns = columns.filter(web_sys::HtmlInputElement::default_checked);
    let label = |input: web_sys::HtmlInputElement| {
        let name = closest::<web_sys::Element>(&input, "label")?
            .query_selector("bdi")
            .ok()??;
        Some(ValueOption {
            value: input.value(),
            label: name.text_content()?,
        })
    };
    ShownList {
        fields: has_table.then(|| columns.filter_map(|input| spec.field(&input.value())).collect()),
        labels: inputs("[form=filters]").into_iter().filter_map(label).collect(),
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
    let context = PageContext::of_page();
    let can_edit = CurrentUser::may(spec.edit);
    let draw = move |before: Option<&Option<String>>| {
        let drawn = list.with(|answer| match answer {
            Some(Ok(list)) => Some(CountsResource::with(counts, spec, list, |counts| {
                content(spec, list, counts, &columns.or(list.fields(spec)), can_edit)
            })),
            Some(Err(_)) if is_browser() && list.has_update() => {
                // What was asked for, around what is there.
                let query = context.query.with(|query| ListQuery::parse(spec, query).0);
                let shown = shown_list(spec);
                let ticked = columns.or(shown.fields.clone().unwrap_or_default());
                let numbers = |counts: Counts<'_>| unanswered(&query, &shown, counts, &ticked, can_edit);
                Some(match counts {
                    Some(counts) => counts.with_query(&query, numbers),
                    None => numbers(Counts::NONE),
                })
            }
            _ => None,
        });
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
