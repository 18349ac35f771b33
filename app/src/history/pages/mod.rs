//! The page of the history of everything, for Admins: who changed what, when and from where.

mod filters;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::history::api::list_history;
use crate::history::query::PATH;
use crate::history::responses::HistoryList;
use crate::ui::dom::{HEADING, restore_focus};
use crate::ui::latest_resource::LatestResource;
use crate::ui::page_link::page_link;
use crate::ui::refresh::RefreshCounter;
use crate::ui::region::Region;
use crate::ui::title::PageTitle;
use filters::Filters;
use table::ChangeTable;

/// The page.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let search = use_location().search;
    let changes = RefreshCounter::of_app();
    let list = LatestResource::new(
        move || (search.get(), changes.count()),
        |(address, _)| list_history(address),
    );
    restore_focus(move || list.has_update(), HEADING);
    view! {
        <PageTitle text="History"/>
        <div class="page-header">
            <h1 id=HEADING tabindex="-1">"History"</h1>
        </div>
        <Region id="list" answer=list view=|list| view! { <Content list/> }.into_any()/>
    }
}

/// All that comes from an answer of the server.
#[component]
fn Content(list: HistoryList) -> impl IntoView {
    let HistoryList {
        query,
        ignored,
        users,
        rows,
        newest,
        newer,
        older,
    } = list;
    let is_filtered = query.is_filtered();
    let ignored = (!ignored.is_empty()).then(|| {
        let parts = ignored.join(", ");
        view! { <p class="hint" role="note">"Ignored a part of the address that is not valid: " {parts} "."</p> }
    });
    let table = if rows.is_empty() {
        view! { <Empty is_filtered/> }.into_any()
    } else {
        view! {
            <ChangeTable rows/>
            <div class="table-footer">
                <nav aria-label="Pages">
                    {page_link("Newest", newest)} {page_link("Newer", newer)} {page_link("Older", older)}
                </nav>
            </div>
        }
        .into_any()
    };
    view! {
        {ignored}
        <Filters query users/>
        <div class="table-card">{table}</div>
    }
}

#[component]
fn Empty(is_filtered: bool) -> impl IntoView {
    if is_filtered {
        view! {
            <div class="empty">
                <h2>"No changes match"</h2>
                <p>"Check the spelling and the dates, or clear filters."</p>
                <p class="actions"><a class="button" href=PATH>"Clear search and filters"</a></p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="empty">
                <h2>"No changes yet"</h2>
                <p>"Changes to customers, users and settings appear here."</p>
            </div>
        }
        .into_any()
    }
}
