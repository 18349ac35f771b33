//! The search box of the list.

use leptos::{ev::SubmitEvent, html, prelude::*};
use std::time::Duration;

use crate::base::search::SearchTerms;
use crate::base::text::tidy_search;
use crate::list::page_context::PageContext;
use crate::list::query::{ListQuery, PageSize};
use crate::ui::navigate::use_navigate_in_place;

/// How long after the last key a search is sent.
const PAUSE: Duration = Duration::from_millis(180);

/// The search box. Results follow typing; Enter sends at once, and is what works without script.
#[component]
pub fn SearchBox() -> impl IntoView {
    let context = PageContext::of_page();
    let spec = context.spec;
    let navigate = use_navigate_in_place();
    let input = NodeRef::<html::Input>::new();
    let shown = Memo::new(move |_| context.query.with(|query| ListQuery::parse(spec, query).0));
    let search = Memo::new(move |_| shown.with(|query| query.search.clone()));
    // What the box itself has sent: an address that only echoes it must not undo what was typed since.
    let sent = StoredValue::new(search.get_untracked());
    let send = move || {
        let Some(typed) = input.get_untracked().map(|input| tidy_search(&input.value())) else {
            return;
        };
        let query = context.current_query();
        if query.search == typed {
            return;
        }
        // One step of the history for a search, not one for every pause in typing it.
        let replace = !query.search.is_empty();
        sent.set_value(typed.clone());
        let query = query.with_filter(|query| query.search = typed);
        navigate(&context.url(&query.to_url()), replace);
    };
    let send_later = {
        let send = send.clone();
        debounce(PAUSE, move |()| send())
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
    };
    Effect::new(move |_| {
        let search = search.get();
        if let Some(input) = input.get()
            && search != sent.get_value()
        {
            input.set_value(&search);
            sent.set_value(search);
        }
    });
    view! {
        <form id="filters" class="search-form" method="get" action=context.url("") role="search" on:submit=submit>
            <input
                class="search" type="search" name="q" aria-label=format!("Search {}", spec.plural) aria-describedby="search-hint"
                placeholder=spec.searched autocomplete="off" spellcheck="false" dir="auto"
                value=search.get_untracked() node_ref=input
                on:input={ let mut send_later = send_later; move |_| send_later(()) }
            />
            {move || shown.with(hidden_order)}
            <button class="button no-script-only">"Search"</button>
            <p class="hint" id="search-hint">
                {move || search.with(|search| SearchTerms::parse(search).has_short_word()).then(|| view! {
                    <span>"One or two letters match the start of a word."</span>
                })}
            </p>
        </form>
    }
}

/// Keeps order and size when the form is sent without script.
fn hidden_order(query: &ListQuery) -> impl IntoView + use<> {
    let sort = query
        .sort_param()
        .map(|sort| view! { <input type="hidden" name="sort" value=sort/> });
    let size = (query.size != PageSize::Small).then_some(query.size.as_str());
    let size = size.map(|size| view! { <input type="hidden" name="size" value=size/> });
    let view = query.view.clone();
    let view = view.map(|view| view! { <input type="hidden" name="view" value=view/> });
    (sort, size, view)
}
