//! The list: search, filters, figures, table and pager.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::api::list_customers;
use super::desk::{Desk, HEADING};
use super::pager::{Pager, Total};
use super::place;
use super::table::{CustomerTable, draw_rows};
use super::toolbar::{Chips, ChosenColumns, ColumnsMenu, Filters, SearchBox, SortMenu};
use super::view::{COUNTED, CustomerList, Drawn, Figures};
use crate::people::me::Person;
use crate::people::roles::Right;
use crate::ui::fault::Fault;
use crate::ui::latest::Latest;
use crate::ui::title::PageTitle;
use crate::units::group_digits;

/// The page.
#[component]
pub fn ListPage() -> impl IntoView {
    let desk = Desk::of_page();
    ChosenColumns::provide();
    let search = use_location().search;
    let list = Latest::new(
        move || (search.get(), desk.changes.count()),
        |(address, _)| list_customers(address),
    );
    let retry = Callback::new(move |()| list.again());
    desk.return_focus(move || list.answered_later());
    let last = StoredValue::new(None::<CustomerList>);
    let content = move || {
        list.get().map(|answer| match answer {
            Ok(mut list) => {
                let before = last.with_value(|last| last.as_ref().and_then(|last| last.drawn.clone()));
                let drawn = list.drawn.take().unwrap_or_else(|| draw_rows(&list, before.as_ref()));
                list.drawn = Some(drawn);
                list.rows = Vec::new();
                last.set_value(Some(list.clone()));
                view! { <Listed list retry/> }.into_any()
            }
            // The rows that were there stay, below what went wrong.
            Err(error) => view! {
                <Fault error retry/>
                {last.get_value().map(|list| view! { <div class="stale"><Listed list retry/></div> })}
            }
            .into_any(),
        })
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
        <div class="region" id="list" aria-busy=move || list.busy().to_string()>
            <Transition fallback=|| view! { <p class="loading">"Loading customers…"</p> }>
                {content}
            </Transition>
        </div>
    }
}

/// All that an answer of the server fills.
#[component]
fn Listed(list: CustomerList, retry: Callback<()>) -> impl IntoView {
    let CustomerList {
        query,
        ignored,
        columns,
        before,
        numbers,
        previous,
        next,
        last,
        drawn,
        ..
    } = list;
    let Drawn { count, html, .. } = drawn.unwrap_or_default();
    let count = count as u64;
    let met = next.is_none().then_some(before + count);
    let total = Total::of(numbers.as_ref(), met, &query);
    let (choices, figures) = numbers.map(|numbers| (numbers.choices, numbers.figures)).unzip();
    view! {
        <Ignored parts=ignored/>
        <FigureStrip figures total/>
        <div class="bar">
            <Filters filter=query.filter.clone() choices/>
            <SortMenu query=query.clone()/>
            <ColumnsMenu columns=columns.clone() address=query.to_url() retry/>
        </div>
        <Chips query=query.clone()/>
        <div class="sheet">
            {if count == 0 {
                view! { <Nobody filtered=query.is_filtered()/> }.into_any()
            } else {
                view! {
                    <CustomerTable body=html columns query=query.clone()/>
                    <Pager query before count total previous next last/>
                }
                    .into_any()
            }}
        </div>
    }
}

/// The parts of the address that made no sense.
#[component]
fn Ignored(parts: Vec<String>) -> impl IntoView {
    (!parts.is_empty()).then(|| {
        let parts = parts.join(", ");
        view! { <p class="hint" role="note">"Part of the address makes no sense here and was ignored: " {parts} "."</p> }
    })
}

/// What the customers in view are worth.
#[component]
fn FigureStrip(figures: Option<Figures>, total: Total) -> impl IntoView {
    let noun = if total == Total::Exactly(1) {
        "customer"
    } else {
        "customers"
    };
    let figures = match figures {
        Some(figures) => view! {
            <div>
                <dt>"Monthly revenue"</dt>
                <dd title=figures.monthly_revenue.to_string()>{figures.monthly_revenue.short()}</dd>
            </div>
            <div>
                <dt>"Revenue at risk"</dt>
                <dd title=figures.revenue_at_risk.to_string()>
                    {figures.revenue_at_risk.short()} " "
                    <small>{group_digits(figures.customers_at_risk)} " High or Medium"</small>
                </dd>
            </div>
            <div>
                <dt>"Outstanding"</dt>
                <dd title=figures.outstanding.to_string()>
                    {figures.outstanding.short()} " " <small>"from " {group_digits(figures.debtors)}</small>
                </dd>
            </div>
        }
        .into_any(),
        None => view! {
            <div>
                <dt>"Revenue and outstanding"</dt>
                <dd><small>"Added up for " {group_digits(COUNTED)} " found or fewer: search for more letters."</small></dd>
            </div>
        }
        .into_any(),
    };
    view! {
        <dl class="figures">
            <div>
                <dt>"In this view"</dt>
                <dd>{total.to_string()} " " <small>{noun}</small></dd>
            </div>
            {figures}
        </dl>
    }
}

/// No rows: either nothing matches, or there is nobody yet.
#[component]
fn Nobody(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <div class="empty">
                <h2>"No customers match"</h2>
                <p>"Try fewer filters or another spelling."</p>
                <p class="ways"><a class="button" href="/customers" data-noscroll>"Clear search and filters"</a></p>
            </div>
        }
        .into_any()
    } else if !Person::may(Right::EditCustomers) {
        view! {
            <div class="empty">
                <h2>"No customers yet"</h2>
                <p>"An Admin adds the first ones."</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="empty">
                <h2>"No customers yet"</h2>
                <p>"Add the first one, or fill the database with demo data: " <code>"lastmile seed"</code></p>
                <p class="ways"><a class="button primary" href="/customers/new" data-noscroll>"New customer"</a></p>
            </div>
        }
        .into_any()
    }
}
