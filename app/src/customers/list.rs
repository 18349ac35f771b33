//! The list's page: the search, and what the server answers.

use leptos::{html, prelude::*};
use leptos_router::hooks::use_location;
use wasm_bindgen::JsCast;

use super::api::list_customers;
use super::desk::{Desk, HEADING};
use super::listed::listed;
use super::place;
use super::search_box::SearchBox;
use super::ticks::{ChosenColumns, use_ticks};
use super::view::CustomerList;
use crate::people::me::Person;
use crate::people::roles::Right;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;
use crate::ui::live::{Live, inputs};
use crate::ui::menu::close_menus;
use crate::ui::title::PageTitle;

/// The page.
#[component]
pub fn ListPage() -> impl IntoView {
    let desk = Desk::of_page();
    let columns = ChosenColumns::default();
    let search = use_location().search;
    let list = Latest::new(
        move || (search.get(), desk.changes.count()),
        |(address, _)| list_customers(address),
    );
    let retry = Callback::new(move |()| list.again());
    desk.return_focus(move || list.answered_later());
    close_menus();
    let region = NodeRef::<html::Div>::new();
    let tick = use_ticks(columns, retry);
    // What was ticked before the program was there to listen.
    let tick_early = tick.clone();
    Effect::new(move |_| {
        let inputs = region.get().map(|region| inputs(&region)).unwrap_or_default();
        let early: Vec<_> = inputs
            .into_iter()
            .filter(|input| input.checked() != input.default_checked())
            .collect();
        tick_early(&early);
    });
    let changed = move |event: web_sys::Event| {
        if let Some(input) = event.target().and_then(|target| target.dyn_into().ok()) {
            tick(&[input]);
        }
    };
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
        <div class="region" id="list" aria-busy=move || list.busy().to_string() on:change=changed node_ref=region>
            <Transition fallback=|| view! { <p class="loading">"Loading customers…"</p> }>
                {move || list.came().then(|| view! { <Answers list columns retry/> })}
            </Transition>
        </div>
    }
}

/// The latest answer; where that is a fault, above the one before.
#[component]
fn Answers(list: Latest<CustomerList>, columns: ChosenColumns, retry: Callback<()>) -> impl IntoView {
    let edits = Person::may(Right::EditCustomers);
    let html = Memo::new(move |before: Option<&String>| {
        let drawn = list.with(|answer| match answer {
            Some(Ok(list)) => Some(listed(list, &columns.or(&list.columns), edits)),
            _ => None,
        });
        drawn.or_else(|| before.cloned()).unwrap_or_default()
    });
    let fault = Memo::new(move |_| list.with(|answer| answer.and_then(|answer| answer.as_ref().err().cloned())));
    let stale = Signal::derive(move || fault.with(Option::is_some));
    view! {
        {move || fault.get().map(|error| view! { <Fault error retry/> })}
        <Live html stale/>
    }
}
