//! The list's page: the search, and what the server answers.

mod listed;
mod pager;
mod pointed;
mod search_box;
mod table;
mod ticks;
mod toolbar;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use maud::{Markup, html};

use super::desk::Desk;
use crate::customers::api::list_customers;
use crate::customers::place;
use crate::customers::query::Order;
use crate::customers::view::CustomerList;
use crate::people::me::Person;
use crate::people::model::roles::Right;
use crate::ui::ahead::Ahead;
use crate::ui::dom::HEADING;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;
use crate::ui::live::Live;
use crate::ui::menu::watch_menus;
use crate::ui::title::PageTitle;
use listed::{listed, nobody};
use pager::Total;
use pointed::use_pointed;
use search_box::SearchBox;
use ticks::{ChosenColumns, use_ticks};

/// Follows the ticks in the filters until the program is there: a small script, which takes the list from the page that the ticks lead to. What it has
/// changed in the page is what the program finds in it; what it has not managed, the program does (`ticks.rs`).
pub const EARLY: &str = include_str!("early.js");

/// The page.
#[component]
pub fn ListPage() -> impl IntoView {
    let desk = Desk::of_page();
    let columns = ChosenColumns::default();
    let search = use_location().search;
    let ahead = Ahead::new(|(address, _)| list_customers(address));
    let list = Latest::new(
        move || (search.get(), desk.changes.count()),
        move |question| ahead.answer(question),
    );
    let retry = Callback::new(move |()| {
        // The columns may be others.
        ahead.forget();
        list.again();
    });
    use_pointed(move |address| {
        let (here, changes) = untrack(|| (search.get(), desk.changes.count()));
        if address != here {
            ahead.ask((address, changes));
        }
    });
    desk.return_focus(move || list.answered_later());
    desk.return_to_row(move || list.came());
    // Rows that change are seen; who listens is told how many they are.
    let heard = move || match list.answered_later() {
        true => list.with(|answer| answer.and_then(|answer| answer.as_ref().ok()).map(found)),
        false => None,
    };
    watch_menus();
    let ticked = use_ticks(columns, retry);
    view! {
        <PageTitle text="Customers"/>
        <div class="head">
            <h1 id=HEADING tabindex="-1">"Customers"</h1>
            <SearchBox/>
            {Person::may(Right::EditCustomers).then(|| view! {
                <a id="new" class="button primary" data-noscroll href=move || place::new(&desk.query.get())>
                    "New customer"
                </a>
            })}
        </div>
        <p class="unseen" aria-live="polite">{move || heard().unwrap_or_default()}</p>
        <div class="region" id="list" aria-busy=move || list.busy().to_string() on:change=ticked>
            <Transition fallback=|| view! { <p class="loading">"Loading customers…"</p> }>
                <Answers list columns retry/>
            </Transition>
        </div>
    }
}

/// How many customers there are, in words.
fn found(list: &CustomerList) -> String {
    match Total::of(list) {
        Total::Exactly(0) => nobody(list.query.is_filtered()).to_owned(),
        total => format!("{total} {}", total.noun()),
    }
}

/// The latest answer; a fault stands above the answer before it. To stand under the `Transition` itself, which walks through it
/// more than once: what is drawn is kept here.
#[component]
fn Answers(list: Latest<CustomerList>, columns: ChosenColumns, retry: Callback<()>) -> impl IntoView {
    let edits = Person::may(Right::EditCustomers);
    let draw = move |before: Option<&Option<String>>| {
        let drawn = list.with(|answer| match answer {
            Some(Ok(list)) => Some(listed(list, &columns.or(&list.columns), edits)),
            _ => None,
        });
        // Below a fault, what was there.
        drawn.or_else(|| before.cloned().flatten())
    };
    // Moves with every answer: one that is as before puts back what was ticked meanwhile.
    let text = Memo::new_with_compare(draw, |_, _| true);
    let fault = Memo::new(move |_| list.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned())));
    let stale = Signal::derive(move || fault.with(Option::is_some));
    view! {
        {move || fault.get().map(|error| view! { <Fault error retry/> })}
        {move || list.came().then(|| view! { <Live id="listed" text stale/> })}
    }
}

/// Shows which way the values of a sort go, as text.
fn arrow(order: Order) -> Markup {
    html! { span class={ "arrow " (order.direction()) } aria-hidden="true" {} }
}
