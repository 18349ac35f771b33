//! The search box of the list.

use leptos::{ev::SubmitEvent, html, prelude::*};
use std::time::Duration;

use crate::customers::pages::desk::{Desk, use_go};
use crate::customers::place;
use crate::customers::query::{CustomerQuery, Order, PageSize};
use crate::customers::search::has_short_word;
use crate::text::{LONGEST_SEARCH, tidy_search};

/// How long after the last key a search is sent.
const PAUSE: Duration = Duration::from_millis(180);

/// The search box. Results follow typing; Enter sends at once, and is what works without script.
#[component]
pub fn SearchBox() -> impl IntoView {
    let desk = Desk::of_page();
    let go = use_go();
    let input = NodeRef::<html::Input>::new();
    let shown = Memo::new(move |_| desk.query.with(|query| CustomerQuery::from_url(query).0));
    let search = Memo::new(move |_| shown.with(|query| query.filter.search.clone()));
    // What the box itself has sent: an address that only echoes it must not undo what was typed since.
    let sent = StoredValue::new(search.get_untracked());
    let send = move || {
        let Some(typed) = input.get_untracked().map(|input| tidy_search(&input.value())) else {
            return;
        };
        let query = desk.asked();
        if query.filter.search == typed {
            return;
        }
        // One step of the history for a search, not one for every pause in typing it.
        let replace = !query.filter.search.is_empty();
        sent.set_value(typed.clone());
        go(
            &place::list(&query.filtered(|filter| filter.search = typed).to_url()),
            replace,
        );
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
        <form id="filters" class="search-form" method="get" action="/customers" role="search" on:submit=submit>
            <input
                class="search" type="search" name="q" aria-label="Search customers" aria-describedby="search-hint"
                placeholder="Name, email, phone, account number, city" autocomplete="off" spellcheck="false"
                maxlength=LONGEST_SEARCH.to_string() value=search.get_untracked() node_ref=input
                on:input={ let mut send_later = send_later; move |_| send_later(()) }
            />
            {move || shown.with(|query| hidden_order(query.order, query.size))}
            <button class="button unscripted">"Search"</button>
            <p class="hint" id="search-hint">
                {move || search.with(|search| has_short_word(search)).then_some(
                    "One or two characters match the beginnings of words.",
                )}
            </p>
        </form>
    }
}

/// Keeps order and size when the form is sent without script.
fn hidden_order(order: Order, size: PageSize) -> impl IntoView {
    let order = (order != Order::default()).then(|| view! { <input type="hidden" name="sort" value=order.to_word()/> });
    let size = (size != PageSize::Small).then(|| view! { <input type="hidden" name="size" value=size.word()/> });
    (order, size)
}
