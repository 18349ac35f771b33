//! Above the table: the search, the filters with their numbers, the chips for what is on, the choice of columns.
//! Without script all of it is one form (`id="filters"`) that makes the same address.

use futures::future::{AbortHandle, abortable};
use leptos::{ev::SubmitEvent, html, prelude::*};
use std::collections::BTreeSet;
use std::time::Duration;

use super::api::choose_columns;
use super::desk::{Desk, use_go};
use super::field::Field;
use super::model::{ChurnRisk, PlanType, Status};
use super::place;
use super::query::{Choice, CustomerQuery, Filter, Order, PageSize, Sort};
use super::search::has_short_word;
use super::view::Choices;
use crate::text::{LONGEST_SEARCH, tidy_search};
use crate::ui::menu::Menu;
use crate::units::group_digits;

/// How long after the last key a search is sent.
const PAUSE: Duration = Duration::from_millis(180);

fn query_of(desk: Desk) -> CustomerQuery {
    desk.query.with_untracked(|query| CustomerQuery::from_url(query).0)
}

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
        let query = query_of(desk);
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

/// The three filters; without numbers where nobody has counted.
#[component]
pub fn Filters(filter: Filter, choices: Option<Choices>) -> impl IntoView {
    let choices = choices.unwrap_or_default();
    let statuses = Status::ALL.iter().map(|status| Row {
        word: status.word(),
        count: count_of(&choices.statuses, *status),
        on: filter.statuses.contains(status),
        choice: Choice::Status(*status),
    });
    let risks = ChurnRisk::ALL.iter().map(|risk| Row {
        word: risk.word(),
        count: count_of(&choices.churn_risks, *risk),
        on: filter.churn_risks.contains(risk),
        choice: Choice::Churn(*risk),
    });
    let plans = PlanType::ALL.iter().map(|plan| Row {
        word: plan.word(),
        count: count_of(&choices.plan_types, *plan),
        on: filter.plan_types.contains(plan),
        choice: Choice::Plan(*plan),
    });
    view! {
        <FilterMenu label="Status" name="status" rows=statuses.collect()/>
        <FilterMenu label="Churn risk" name="churn" rows=risks.collect()/>
        <FilterMenu label="Plan type" name="plan" rows=plans.collect()/>
        <button class="button unscripted" form="filters">"Apply filters"</button>
    }
}

fn count_of<T: PartialEq>(counts: &[(T, u64)], word: T) -> Option<u64> {
    counts.iter().find(|(other, _)| *other == word).map(|(_, count)| *count)
}

/// A choice of a filter, with how many customers it would show.
struct Row {
    word: &'static str,
    count: Option<u64>,
    on: bool,
    choice: Choice,
}

#[component]
fn FilterMenu(label: &'static str, name: &'static str, rows: Vec<Row>) -> impl IntoView {
    let desk = Desk::of_page();
    let on = rows.iter().filter(|row| row.on).count();
    let rows = rows.into_iter().map(|row| {
        let go = use_go();
        // From the address as it is at the click: a second click may come before the first is answered.
        let apply = move |_| {
            let query = query_of(desk).filtered(|filter| filter.toggle(row.choice));
            go(&place::list(&query.to_url()), false);
        };
        view! {
            <label class="choice">
                <input
                    type="checkbox" form="filters" name=name value=row.word checked=row.on prop:checked=row.on on:change=apply
                />
                <span>{row.word}</span>
                <span class="count">{row.count.map(group_digits)}</span>
            </label>
        }
    });
    let rows = rows.collect_view();
    view! {
        <Menu label count=Signal::stored(on)>
            <fieldset>
                <legend class="unseen">{label}</legend>
                {rows}
            </fieldset>
        </Menu>
    }
}

/// The sorts, for narrow screens: there the table has no headers.
#[component]
pub fn SortMenu(query: CustomerQuery) -> impl IntoView {
    let links = Sort::ALL.iter().map(|sort| {
        let here = query.order.by == *sort;
        let arrow = here.then_some(if query.order.descending { " ↓" } else { " ↑" });
        let href = place::list(&query.sorted(*sort).to_url());
        view! { <a class="choice" data-noscroll href=href aria-current=here.then_some("true")>{sort.label()} {arrow}</a> }
    });
    let links = links.collect_view();
    view! {
        <div class="narrow">
            <Menu label="Sort" count=Signal::stored(0)>{links}</Menu>
        </div>
    }
}

/// What is on, each with a way to take it off.
#[component]
pub fn Chips(query: CustomerQuery) -> impl IntoView {
    let chip = |label: String, without: CustomerQuery| {
        let name = format!("Remove {label}");
        view! {
            <li>
                <a class="chip" data-noscroll href=place::list(&without.to_url()) aria-label=name>
                    {label} <span aria-hidden="true">"×"</span>
                </a>
            </li>
        }
    };
    let filter = &query.filter;
    let search = (!filter.search.is_empty()).then(|| {
        chip(
            format!("Search: {}", filter.search),
            query.filtered(|filter| filter.search.clear()),
        )
    });
    let statuses = each(&filter.statuses, |status| {
        chip(
            format!("Status: {status}"),
            query.filtered(|filter| filter.toggle(Choice::Status(status))),
        )
    });
    let risks = each(&filter.churn_risks, |risk| {
        chip(
            format!("Churn risk: {risk}"),
            query.filtered(|filter| filter.toggle(Choice::Churn(risk))),
        )
    });
    let plans = each(&filter.plan_types, |plan| {
        chip(
            format!("Plan type: {plan}"),
            query.filtered(|filter| filter.toggle(Choice::Plan(plan))),
        )
    });
    let all = query.filtered(|filter| *filter = Filter::default());
    query.is_filtered().then(|| {
        view! {
            <ul class="chips" aria-label="Filters that are on">
                {search} {statuses} {risks} {plans}
                <li><a class="clear" data-noscroll href=place::list(&all.to_url())>"Clear all"</a></li>
            </ul>
        }
    })
}

fn each<T: Copy, V>(set: &BTreeSet<T>, view: impl Fn(T) -> V) -> Vec<V> {
    set.iter().copied().map(view).collect()
}

/// The choice of columns; kept in a cookie.
#[component]
pub fn ColumnsMenu(columns: Vec<Field>, address: String, retry: Callback<()>) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let latest = expect_context::<ChosenColumns>();
    let columns = latest.chosen.get_value().unwrap_or(columns);
    let apply = move |_| {
        let Some(form) = form.get_untracked() else {
            return;
        };
        let chosen = checked_columns(&form);
        latest.chosen.set_value(Some(chosen.clone()));
        let (choose, handle) = abortable(choose_columns(chosen));
        if let Some(Some(before)) = latest.request.try_update_value(|request| request.replace(handle)) {
            before.abort();
        }
        leptos::task::spawn_local(async move {
            // Where this fails, asking again fails too and says why.
            if choose.await.is_ok() {
                retry.run(());
            }
        });
    };
    let choices = Field::ALL.iter().filter(|field| **field != Field::Name).map(|field| {
        let on = columns.contains(field);
        view! {
            <label class="choice">
                <input type="checkbox" name="column" value=field.word() checked=on prop:checked=on/>
                <span>{field.label()}</span>
            </label>
        }
    });
    let choices = choices.collect_view();
    view! {
        <div class="push">
            <Menu label="Columns" count=Signal::stored(0)>
                <form method="post" action="/customers/columns" node_ref=form on:change=apply>
                    <input type="hidden" name="back" value=address/>
                    <fieldset class="columns">
                        <legend class="unseen">"Columns"</legend>
                        {choices}
                    </fieldset>
                    <button class="button unscripted">"Show these columns"</button>
                </form>
            </Menu>
        </div>
    }
}

/// The columns that were ticked last: the menu is drawn anew with every answer, and an older answer knows less.
#[derive(Clone, Copy)]
pub struct ChosenColumns {
    chosen: StoredValue<Option<Vec<Field>>>,
    request: StoredValue<Option<AbortHandle>>,
}

impl ChosenColumns {
    /// Makes the place, for the list below.
    pub fn provide() {
        provide_context(Self {
            chosen: StoredValue::new(None),
            request: StoredValue::new(None),
        });
    }
}

fn checked_columns(form: &web_sys::HtmlFormElement) -> Vec<Field> {
    let Ok(data) = web_sys::FormData::new_with_form(form) else {
        return Vec::new();
    };
    let values = data.get_all("column").into_iter().filter_map(|value| value.as_string());
    values.filter_map(|word| Field::parse(&word)).collect()
}
